#!/bin/bash
# What fed-run says of rounds of nothing, of flags that there are not, and of files in the wrong place.
# usage: remarks_test.sh FED_RUN
source tools/fed-run/testing.sh
own_folder

usage() {
  local text=$1
  shift
  expect 2 "fed-run: $text
See fed-run --help." "$@"
}

cat >learn.fed <<'END'
import "std/federated" as federated;
import "std/optimizers" as optimizers;
param rate: float32 in [0.0, 1.0] = 0.25;

fn loss(m: float32, x: float32) -> float32 { (m - x) * (m - x) }

process learn {
  initialize() -> float32@SERVER { federated_value(0.0, SERVER) }
  next(m: float32@SERVER, data: {float32*}@CLIENTS) -> federated.Round<float32,float32> {
    federated.fedavg(m, data, loss, optimizers.sgd(rate))
  }
  evaluate(m: float32@SERVER, held: {float32*}@CLIENTS) -> float32@SERVER {
    federated.evaluation(m, held, loss)
  }
}
fn weighted(x: {float64}@CLIENTS, w: {float64}@CLIENTS) -> float64@SERVER {
  federated_mean(x, w, if_empty=0.0)
}
END

# ---- Rounds in which nobody has anything: the state stays, and it is said why numbers are missing.
nothing='as those of a client without data: the means at learn.fed:10:5 are of nothing, and their `if_empty` stands for them; `loss` is NaN'
unmeasured=${nothing/10:5/13:5}
unmeasured=${unmeasured/loss/eval}
expect 0 "warning: --data: none of the 2 clients has data
round 1: warning: the weights of all 2 clients are 0, $nothing
round 1/2: loss=NaN examples=0
round 2/2: loss=NaN examples=0
warning: in 2 of 2 rounds no client had a weight other than 0" learn.fed --rounds=2 --data='{"data":[[],[]]}' --state-out=still.npz
"$run" learn.fed --data='{"data":[[0]]}' --state-out=first.npz >/dev/null && cmp still.npz first.npz || fail "the state of a round of nothing"
expect 0 "warning: --data: 2 of 3 clients have no data (clients 1, 2)
round 1: warning: the weights of the only client are 0, $nothing
round 1/3: loss=NaN examples=0
round 2/3: loss=1 examples=1
round 3/3: loss=NaN examples=0
warning: in 2 of 3 rounds no client had a weight other than 0" learn.fed --rounds=3 --cohort=1 --data='{"data":[[1],[],[]]}'
expect 0 "warning: --data: 1 of 2 clients has no data (client 0)
warning: --eval-data: the only client has no data
round 1: warning: the weights of the only client are 0, $unmeasured
round 1/1: loss=4 examples=1 eval=NaN" learn.fed --data='{"data":[[],[2]]}' --eval-data='{"held":[[]]}'
expect 0 "warning: --data: there are no clients
round 1/1: loss=NaN examples=0" learn.fed --data='{"data":[]}'
: >none.jsonl
"$run" learn.fed --clients=2 --data=jsonl:records=none.jsonl 2>&1 | grep -q '^warning: --data: none of the 2 clients has data$' || fail "a file without records"
expect 0 'warning: the weights of all 2 clients are 0, as those of a client without data: the means at learn.fed:17:3 are of nothing, and their `if_empty` stands for them
0' learn.fed --entry=weighted --args='{"x":[1,2],"w":[0,0]}'
# The mean over the round's clients is one number: a target and the table have a name for it.
expect 0 'round 1/1: loss=4 examples=1 eval=1
target eval<=1 reached in round 1, interpolated 1.00: eval=1' learn.fed --data='{"data":[[2]]}' --eval-data='{"held":[[2]]}' --target='eval<=1' --metrics=table.csv
[ "$(head -1 table.csv)" = round,loss,examples,eval ] || fail "the table's names"
expect 1 'error: --target: no round has a number `eval`; there are `loss`, `examples`; write --target='"'eval<=1'"', and --eval-data=SPEC, which it needs' \
  learn.fed --data='{"data":[[2]]}' --target='eval<=1'
# What is finite, but not times its weight, is no fault of the program's.
expect 0 'warning: phase 1: 1 of 2 clients was not added: 1 not finite (client 0)
note: what client 0 sends is finite, but not times its weight, which is more than float64 holds: smaller weights, all by the same factor, give the same mean
2' learn.fed --entry=weighted --args='{"x":[1e308,2],"w":[1e10,1]}'

# ---- Flags that there are not.
cat >asks.fed <<'END'
param rate: float32 = 0.5;
param most: int32 = 3;
fn asks(readings: {float32}@CLIENTS, n: {int32}@CLIENTS from host, base: float32@SERVER) -> float32@SERVER {
  federated_map(fn(a, b) { rate * (a + b) }, (federated_sum(readings), base))
}
END
usage 'unknown flag `--rate`; `rate` is a parameter of the program: write `--set rate=0.1`' asks.fed --rate=0.1
usage 'unknown flag `--rate`; `rate` is a parameter of the program: write `--set rate=0.1`' --rate 0.1 asks.fed
usage 'unknown flag `--rte`; `rate` is a parameter of the program: write `--set rate=VALUE`' --rte asks.fed
usage 'unknown flag `--momentum`; parameters of the program, `rate`, `most`, are given by `--set NAME=VALUE`' asks.fed --momentum=0.1
usage 'unknown flag `--readings`; `readings` is an argument of `asks`: write `--args='"'{\"readings\":[1,2]}'"'`' asks.fed --readings=[1,2]
usage 'unknown flag `--held`; `held` is an argument of `learn.evaluate`: write `--eval-data='"'{\"held\":VALUE}'"'`' learn.fed --held
usage 'unknown flag `--n`; the program takes `n` from the host: write `--host n=4`' asks.fed --n=4
usage 'unknown flag `--client`; did you mean `--clients`?' asks.fed --client=3
usage 'unknown flag `--check`; did you mean `--check-nan`?' asks.fed --check
usage 'unknown flag `--frob`; the parameter of the program is given by `--set rate=VALUE`' learn.fed --frob
usage 'unknown flag `--frob`' none.fed --frob
usage 'unknown flag `--epochs`; `epochs` is a part of the SPEC of data in files: write `--data=jsonl:records=PATH,epochs=5`' learn.fed --epochs=5
usage 'unknown flag `--batchs`; `batch` is a part of the SPEC of data in files: write `--data=jsonl:records=PATH,batch=5`' none.fed --batchs=5
usage '--report is for fedc: write `fedc FILE.fed --report=privacy`' learn.fed --report=privacy
usage '-o is for fedc: write `fedc FILE.fed -o VALUE`' learn.fed -o out
usage '--evaluate is for a server; here evaluate runs where --eval-data=SPEC says over what' learn.fed --evaluate

expect 1 'error: cannot compile `asks`: No such file or directory; did you mean `asks.fed`?' asks

# ---- Default values are for calls in the program.
cat >default.fed <<'END'
const HALF = 0.5;
export fn scaled(x: float32, factor: float32 = 2.0 * HALF) -> float32 { factor * x }
export fn twice(x: float32) -> float32 { scaled(x, factor=2.0) + 0.0 * scaled(x) }
END
expect 0 3 default.fed --entry=scaled --args='{"x":2,"factor":1.5}'
expect 1 'error: --args: field `factor` is missing: its default value, `2.0 * HALF`, is for calls in the program, and here it has to be given as well' \
  default.fed --entry=scaled --args='{"x":2}'
expect 0 4 default.fed --entry=twice --args='{"x":2}'
usage 'unknown flag `--factor`; `factor` is an argument of `scaled`: write `--args='"'{\"factor\":3}'"'`' default.fed --factor=3

# ---- Values as other languages write lists; a value for a flag that has none.
list='--sweep: the values of `rate` are a list with commas alone: write --sweep rate='
usage "${list}0.1,0.2" learn.fed --sweep 'rate=[0.1, 0.2]'
usage "${list}0.1,0.2" learn.fed --sweep 'rate=0.1 0.2'
usage "${list}V,W,... with every value" learn.fed --sweep rate=0.1:0.5:0.1
usage 'one program at a time: `learn.fed` and `0.2`; the values of one flag have no spaces between them, or stand in quotes' learn.fed --sweep rate=0.1 0.2
usage '--resume takes no value; the file is that of --checkpoint: write --checkpoint=b.ckpt --resume' learn.fed --resume=b.ckpt
usage 'one program at a time: `learn.fed` and `b.ckpt`; a run is gone on with by --checkpoint=b.ckpt --resume' learn.fed --resume b.ckpt

# ---- Files that are another flag's.
data=(--data='{"data":[[1]]}')
"$run" learn.fed "${data[@]}" --checkpoint=run.ckpt --state-out=run.npz >/dev/null 2>&1 || fail "a checkpoint"
expect 1 'error: --init: run.ckpt: it is a checkpoint of fed-run, which goes on with its run by --checkpoint=run.ckpt --resume; --init takes a state, as --state-out writes it' \
  learn.fed "${data[@]}" --init=run.ckpt
anew='; to begin a new run, name another file by --checkpoint'
expect 1 "error: --resume: run.npz: no checkpoint of fed-run; from a state, as --state-out writes it, a run starts by --init=run.npz$anew" \
  learn.fed "${data[@]}" --checkpoint=run.npz --resume
printf '[1,2]\n' >lists.jsonl
cat >pairs.fed <<'END'
fn pairs(p: {<x=float32, y=float32>*}@CLIENTS) -> int64@SERVER {
  federated_sum(federated_map(fn(p) { sequence_reduce(p, 0i64, fn(n, _) { n + 1 }) }, p))
}
END
read_lists=(pairs.fed --args=jsonl:records=lists.jsonl --clients=1)
where='error: --args: lists.jsonl: line 1: record 0, of client 0: expected an object with `x`, `y`, found a list of'
expect 1 "$where 2; write {\"x\":...,\"y\":...} on each line" "${read_lists[@]}"
printf '[{"x":1,"y":2},{"x":1,"y":2}]\n' >lists.jsonl
expect 1 "$where 2; each record of the list is a line of its own, as \`jq -c '.[]'\` makes them" "${read_lists[@]}"

# ---- Links stay: what they lead to is written, in another folder and where there is nothing yet.
mkdir -p there && echo old >there/old.npz
ln -s there/old.npz link.npz
ln -s there/new.npz dangling.npz
ln -s link.npz twice.npz
ln -s nowhere/x.npz lost.npz
ln -s circle.npz circle.npz
for link in dangling.npz twice.npz; do
  "$run" learn.fed "${data[@]}" --state-out=$link >/dev/null || fail "--state-out=$link"
  [ -L $link ] && cmp $link run.npz || fail "a state through $link"
done
[ -L link.npz ] && cmp there/old.npz run.npz && cmp there/new.npz run.npz || fail "where links lead"
ln -s there/run.ckpt linked.ckpt
"$run" learn.fed "${data[@]}" --checkpoint=linked.ckpt >/dev/null && "$run" learn.fed "${data[@]}" --rounds=2 --checkpoint=linked.ckpt --resume >/dev/null 2>&1 &&
  [ -L linked.ckpt ] || fail "a checkpoint through a link"
[ "$(ls there | tr '\n' ' ')" = 'new.npz old.npz run.ckpt ' ] || fail "what is beside it: $(ls there)"
expect 1 'error: --state-out: lost.npz leads to nowhere/x.npz: cannot be written: No such file or directory' learn.fed "${data[@]}" --state-out=lost.npz
expect 1 'error: --state-out: circle.npz: cannot be written: Too many levels of symbolic links' learn.fed "${data[@]}" --state-out=circle.npz

# ---- A pipe gives its data once, and everybody who asks for them gets them.
mkfifo pipe
echo '{"data":[[2]]}' >pipe &
expect 0 'round 1/1: loss=4 examples=1' learn.fed --rounds=1 --args=@pipe --checkpoint=piped.ckpt
wait

finish
