#!/bin/bash
# fed-run on programs that it compiles: parameters, arguments, metrics, constants, imports.
# usage: source_test.sh FED_RUN
source tools/fed-run/testing.sh
own_folder

# A parameter without a range has its whole type.
cat >free.fed <<'END'
param k: int32 = 2;
param f: float32 = 1.0;
param wide: float32 in [0.00001, 1000000.0] = 1.0;

fn free(x: {float32}@CLIENTS) -> float32@SERVER {
  federated_sum(federated_map(fn(v) { v * f * cast<float32>(k) }, x))
}
END
expect 0 8 free.fed --args='{"x":[1,1]}' --set k=4
expect 0 -6 free.fed --args='{"x":[1,1]}' --set k=-3
expect 0 2e+10 free.fed --args='{"x":[1]}' --set f=1e10
expect 1 'error: --set f: NaN is not a finite number' free.fed --args='{"x":[1]}' --set f='"NaN"'
expect 1 'error: --set f: expected a number, such as 0.5 (float32), found `nan`' free.fed --args='{"x":[1]}' --set f=nan
expect 1 'error: --set k: expected an integer (int32), found `3x`' free.fed --args='{"x":[1]}' --set k=3x
expect 1 'error: --set f: expected a number, such as 0.5 (float32), found ``' free.fed --args='{"x":[1]}' --set f=
expect 1 'error: --set wide: 2000000 is not between 0.00001 and 1000000' free.fed --args='{"x":[1]}' --set wide=2e6
expect 1 'error: --set k: expected an integer from -2147483648 to 2147483647 (int32), found 2147483648' free.fed --args='{"x":[1]}' --set k=2147483648

# Tensors among the metrics; arguments at the server from --args, for next and evaluate.
mkdir -p lib
echo 'const base = 3;' >lib/constants.fed
cat >metrics.fed <<'END'
import "constants.fed" as constants;
const wide = 40;

process p {
  initialize(start: float32@SERVER) -> float32@SERVER { start }
  next(s: float32@SERVER, data: {float32}@CLIENTS, rate: float32@SERVER)
      -> <state=float32@SERVER, metrics=<t=float32@SERVER, pair=float32[2,1]@SERVER, many=float32[wide]@SERVER>> {
    let t = federated_sum(data);
    let next = federated_map(fn(s, t, r) { s + r * t }, (s, t, rate));
    (state=next, metrics=(t=t,
      pair=federated_map(fn(t) { zeros<float32[2,1]>() + t }, t),
      many=federated_map(fn(t) { zeros<float32[wide]>() + t }, t)))
  }
  evaluate(s: float32@SERVER, held: {float32}@CLIENTS, rate: float32@SERVER) -> <v=float32@SERVER> {
    (v=federated_map(fn(s, r) { s * r }, (s, rate)),)
  }
}
END
process=(--process=p --data='{"data":[1,2]}' --eval-data='{"held":[1]}')
expect 0 'round 1/1: t=3 pair=[3,3] many=[3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,... 40] eval.v=14' \
  metrics.fed -I lib "${process[@]}" --args='{"start":1,"rate":2}'
expect 0 'round 1/1: t=3 pair=[3,3] many=[3,3] eval.v=14' \
  metrics.fed -Ilib -D wide=2 "${process[@]}" --args='{"start":1,"rate":2}' --metrics=m.csv
expect 0 'round 1/1: t=3 pair=[3,3] many=[3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,... 40] eval.v=14
note: --metrics: `many` has many elements: the table has its minimum, mean and maximum' \
  metrics.fed --import=lib --define wide=40 "${process[@]}" --args='{"start":1,"rate":2}' --metrics=w.csv
same() {
  [ "$(cat "$1")" = "$2" ] || { echo "FAIL: $1"; cat "$1"; failures=$((failures + 1)); }
}
same m.csv 'round,t,"pair[0,0]","pair[1,0]",many[0],many[1],eval.v
1,3,3,3,3,3,14'
same w.csv 'round,t,"pair[0,0]","pair[1,0]",min(many),mean(many),max(many),eval.v
1,3,3,3,3,3,3,14'
# What the SPEC gives is not looked for in --args.
expect 0 'round 1/1: t=1 pair=[1,1] many=[1,1]' \
  metrics.fed -Ilib -Dwide=2 --process=p --data='{"data":[1],"rate":5}' --args='{"start":1,"rate":2}'
expect 1 'error: --data: field `rate` of type float32@SERVER is missing: add it, or write --args='"'{\"rate\":0.5}'" \
  metrics.fed -Ilib --process=p --data='{"data":[1]}' --args='{"start":1}'
expect 1 'error: --data is missing: `p.next` takes `data` of type {float32}@CLIENTS; write --data='"'{\"data\":[...]}'" \
  metrics.fed -Ilib --process=p --args='{"start":1,"rate":2}'
expect 1 'error: --args: `start` is for `initialize`, which does not run with --init' \
  metrics.fed -Ilib --process=p --data='{"data":[1]}' --args='{"start":1,"rate":2}' --init=/dev/null

# A state that holds NaN is what it is, and is not taken for a good one in silence.
expect 0 'round 1/1: t=1 pair=[1,1] many=[1,1]' metrics.fed -Ilib -Dwide=2 --process=p \
  --data='{"data":[1]}' --args='{"start":"NaN","rate":"NaN"}' --state-out=nan.npz
expect 0 'note: --init: `state` holds NaN in 1 of 1 elements
round 1/1: t=1 pair=[1,1] many=[1,1]' metrics.fed -Ilib -Dwide=2 --process=p \
  --data='{"data":[1]}' --args='{"rate":2}' --init=nan.npz

# What is missing where a value is the server's; files that are not there, before anything is compiled.
cat >held.fed <<'END'
process held {
  initialize() -> int32@SERVER { federated_value(0, SERVER) }
  next(s: int32@SERVER, x: {float32}@CLIENTS) -> <state=int32@SERVER, m=float32@SERVER> {
    (state=s, m=federated_mean(federated_map(fn(v) { v / (v - v) }, x)))
  }
  evaluate(s: int32@SERVER, at: float32@SERVER, h: {float32}@CLIENTS) -> <e=float32@SERVER> {
    (e=federated_map(fn(m, a) { m * a }, (federated_sum(h), at)),)
  }
}
END
expect 1 'error: --eval-data: field `at` of type float32@SERVER is missing: add it, or write --args='"'{\"at\":0.5}'" \
  held.fed --data='{"x":[1]}' --eval-data='{"h":[1]}'
expect 1 'round 1: warning: phase 1: 1 of 1 client was not added: 1 not finite (client 0)
note: the data of client 0 are finite, and what is made of them is not, as by a learning rate that is too large, or of a label that is no class; --check-nan shows the operation
round 1 failed; the state is that before it
held.fed:4:17: error: no client contributed to this `federated_mean` (at the server, step 1) [assertion]
   4 |     (state=s, m=federated_mean(federated_map(fn(v) { v / (v - v) }, x)))
     |                 ^' held.fed --data='{"x":[1]}' --eval-data='{"h":[1]}' --args='{"at":2}'
echo 'fn broken' >broken.fed
expect 1 'error: --data: none.json: cannot be read: No such file or directory' broken.fed --data=@none.json
expect 1 'error: --eval-data: none.gz: cannot be read: No such file or directory' broken.fed --eval-data=idx:images=none.gz
expect 1 'error: --data: images=PATH is missing' broken.fed --data=idx:limit=3
expect 1 'error: --init: none.npz: cannot be read: No such file or directory' broken.fed --init=none.npz
expect 1 'error: --host n: none.json: cannot be read: No such file or directory' broken.fed --host n=@none.json

# An error at its line where there are more clients than a sum is made for; what went wrong.
echo "{\"x\":[$(yes 1 | head -131073 | paste -sd,)]}" >many.json
expect 1 'free.fed:6:3: error: `free` has 131073 clients, but sums keep their precision up to 131072
   6 |   federated_sum(federated_map(fn(v) { v * f * cast<float32>(k) }, x))
     |   ^' free.fed --args=@many.json
cat >ratio.fed <<'END'
fn ratio(x: {int32}@CLIENTS) -> int32@SERVER {
  federated_sum(federated_map(fn(v) { 6 / v }, x))
}
END
expect 1 'ratio.fed:2:39: error: an integer was divided by zero (on client 1, phase 1) [bad-value]
   2 |   federated_sum(federated_map(fn(v) { 6 / v }, x))
     |                                       ^' ratio.fed --args='{"x":[1,0,2]}'
expect 0 'warning: 1 of 3 clients failed and dropped out, the first with
ratio.fed:2:39: error: an integer was divided by zero (on client 1, phase 1) [bad-value]
   2 |   federated_sum(federated_map(fn(v) { 6 / v }, x))
     |                                       ^
9' ratio.fed --args='{"x":[1,0,2]}' --drop-failed-clients

# What a program exports to its app runs on one device: values in, values out.
cat >export.fed <<'END'
param scale: float32 in [0.0, 10.0] = 2.0;
type Model = <w=float32[3,2], b=float32[2]>;
export fn predict(m: Model, x: float32[3]) -> float32[2] { scale * (matmul(x, m.w) + m.b) }
export fn total(xs: <v=float32[?<=4], n=int32>*) -> <sum=float32, n=int64> {
  sequence_reduce(xs, (sum=0.0, n=0), fn(s, x) { (sum=s.sum + reduce_sum(x.v), n=s.n + dim(x.v, 0) / cast<int64>(x.n)) })
}
export fn next(x: float32[?<=3]) -> float32[?<=3] { x + 1.0 }
export fn version() -> int32 { 3 }
fn best(m: Model, x: float32[3]) -> float32 { reduce_max(predict(m, x)) }
fn mean_best(m: Model@SERVER, x: {float32[3]}@CLIENTS) -> float32@SERVER {
  federated_mean(federated_map(best, (federated_broadcast(m), x)))
}
END
model='"m":{"w":[[1,2],[3,4],[5,6]],"b":[0.5,0.25]}'
expect 0 '[19,24.5]' export.fed --entry=predict --args="{$model,\"x\":[1,1,1]}"
expect 0 '[9.5,12.25]' export.fed --entry=predict --args="{$model,\"x\":[1,1,1]}" --set scale=1
expect 0 '{"sum":13,"n":3}' export.fed --entry=total --args='{"xs":[{"v":[1,2],"n":1},{"v":[],"n":1},{"v":[1,2,3,4],"n":4}]}'
expect 1 'export.fed:5:88: error: an integer was divided by zero [bad-value]
   5 |   sequence_reduce(xs, (sum=0.0, n=0), fn(s, x) { (sum=s.sum + reduce_sum(x.v), n=s.n + dim(x.v, 0) /...
     |                                                                                        ^' export.fed --entry=total --args='{"xs":[{"v":[1],"n":0}]}'
expect 0 '[2,3]' export.fed --entry=next --args='{"x":[1,2]}'
expect 0 3 export.fed --entry=version
# Without --entry it is the federated computation that runs.
expect 0 24.5 export.fed --args="{$model,\"x\":[[1,1,1]]}"
expect 1 'error: --entry: no function `predct` runs once; there are `predict`, `total`, `next`, `version`, `mean_best`' export.fed --entry=predct
{ sed -n '1,/^export/p' export.fed; sed -n '/^process/,$p' metrics.fed; } | grep -v constants | sed 's/wide/40/' >both.fed
expect 1 'error: --data is missing: `p.next` takes `data`, `rate` of type <data={float32}@CLIENTS,rate=float32@SERVER>; write --data='"'{\"data\":[...],\"rate\":0.5}'" both.fed
expect 0 '[19,24.5]' both.fed --entry=predict --args="{$model,\"x\":[1,1,1]}"
head -3 both.fed >alone.fed
expect 0 '[19,24.5]' alone.fed --args="{$model,\"x\":[1,1,1]}"

# Sizes that nobody has room for: at compile time beyond 2^40 bytes, else when memory is wanted.
cat >big.fed <<'END'
fn big(x: {float32}@CLIENTS) -> float32@SERVER {
  federated_sum(federated_map(fn(v) { reduce_sum(zeros<float32[1048576,1048576]>() + v) }, x))
}
END
expect 1 'big.fed:2:50: error: this value of shape [1048576,1048576] takes more than 1099511627776 bytes, which is the most for one value [F0401 cannot-compile]
   2 |   federated_sum(federated_map(fn(v) { reduce_sum(zeros<float32[1048576,1048576]>() + v) }, x))
     |                                                  ^~~~~' big.fed --args='{"x":[1]}'
cat >large.fed <<'END'
fn large(x: {float32}@CLIENTS) -> float32[200000,200000]@SERVER {
  federated_sum(federated_map(fn(v) { zeros<float32[200000,200000]>() + v }, x))
}
END
(ulimit -v 16000000 && exec "$run" large.fed --args='{"x":[1]}') >out 2>&1
if [ $? != 1 ] || ! grep -q "^error: there is no memory for 1600000[0-9]* bytes of the program's values\$" out; then
  echo "FAIL: large.fed"
  cat out
  failures=$((failures + 1))
fi

finish
