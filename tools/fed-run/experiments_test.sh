#!/bin/bash
# Experiments with fed-run on digits: who holds what, who takes part, how far it goes.
# usage: experiments_test.sh FED_RUN
source tools/fed-run/testing.sh
digits=$(realpath examples/mnist/data)
mnist=$(realpath examples/mnist/mnist.fed)
lookup=$(realpath examples/embedding_lookup/embedding_lookup.fed)
own_folder

# ---- Partitions: how many examples of each label clients hold.
held="idx:images=$digits/t10k-images-idx3-ubyte.gz,labels=$digits/t10k-labels-idx1-ubyte.gz"
cat >labels.fed <<'EOF'
fn labels(data: {<image=uint8[784], label=int32>*}@CLIENTS) -> <n={int32[10]}@CLIENTS, all=int32[10]@SERVER> {
  let n = federated_map(fn(d) { sequence_reduce(d, zeros<int32[10]>(), fn(n, e) { n + one_hot<int32>(e.label, 10) }) }, data);
  (n=n, all=federated_sum(n))
}
EOF
for how in iid labels:2 dirichlet:0.1 dirichlet:1000; do
  "$run" labels.fed --clients=100 --args="$held,partition=$how" >"$how.json" || fail "partition=$how"
  "$run" labels.fed --clients=100 --args="$held,partition=$how" --threads=3 | cmp - "$how.json" || fail "$how: other threads"
  "$run" labels.fed --clients=100 --args="$held,partition=$how" --seed=1 | cmp -s - "$how.json" && fail "$how: no seed"
done
python3 - <<'EOF' || fail "partitions"
import json
got = {how: json.load(open(how + ".json")) for how in ("iid", "labels:2", "dirichlet:0.1", "dirichlet:1000")}
for how, counts in got.items():
    assert all(sum(client) == 20 for client in counts["n"]), how
    assert sum(counts["all"]) == 2000 and counts["all"] == got["iid"]["all"], how
labels = {how: sum(sum(n > 0 for n in client) for client in counts["n"]) / 100 for how, counts in got.items()}
assert labels["labels:2"] < 3 and labels["dirichlet:0.1"] < 4 and min(labels["iid"], labels["dirichlet:1000"]) > 8, labels
EOF
# Hsu et al.: of q from Dir(a p), with p nearly even over 10 labels, the mean of sum(q^2) is (a/10 + 1) / (a + 1); two examples of a
# client are of one label as often. Some clients of many, so that there are enough of each label.
for seed in 1 2 3 4 5 6; do
  "$run" labels.fed --clients=50 --args="${held//t10k/train},shards=0/10,partition=dirichlet:1" --seed=$seed
done >drawn.json
python3 - <<'EOF' || fail "Dirichlet draws"
import json
pairs = [k * (k - 1) / 380 for line in open("drawn.json") for n in json.loads(line)["n"] for k in n]
mean = sum(pairs) / 300
assert abs(mean - 1.1 / 2) < 0.05, mean
EOF
# The very same everywhere, as the documentation says it.
python3 - "$digits/t10k-labels-idx1-ubyte.gz" >known <<'EOF' || fail "the labels dealt by hand"
import gzip, sys
def mt19937_64(seed):
    mask, x = 2**64 - 1, [seed]
    for i in range(1, 312): x.append((6364136223846793005 * (x[-1] ^ x[-1] >> 62) + i) & mask)
    while True:
        for i in range(312):
            y = x[i] & ~0x7fffffff & mask | x[(i + 1) % 312] & 0x7fffffff
            x[i] = x[(i + 156) % 312] ^ y >> 1 ^ (0xb5026f5aa96619e9 if y & 1 else 0)
        for y in x:
            y ^= y >> 29 & 0x5555555555555555
            y ^= y << 17 & 0x71d67fffeda60000
            y ^= y << 37 & 0xfff7eee000000000
            yield (y ^ y >> 43) & mask
def shuffle(order):
    for i in range(len(order), 1, -1):
        j = next(draws) * i >> 64
        order[i - 1], order[j] = order[j], order[i - 1]
labels = gzip.open(sys.argv[1]).read()[8:]
draws = mt19937_64(0)
order = list(range(len(labels)))
shuffle(order)
order = sorted(order[:30], key=lambda e: labels[e])
dealt = list(range(6))
shuffle(dealt)
n = [[sum(labels[e] == l for s in dealt[2 * c:2 * c + 2] for e in order[5 * s:5 * s + 5]) for l in range(10)] for c in range(3)]
print(str({"n": n, "all": [sum(c) for c in zip(*n)]}).replace(" ", "").replace("'", '"'))
EOF
expect 0 "$(cat known)" labels.fed --clients=3 --args="$held,limit=30,partition=labels:2"
expect 0 '{"n":[[0,0,5,4,0,0,0,0,0,1],[3,0,1,1,3,0,0,0,2,0],[0,1,0,0,0,3,4,1,0,1]],"all":[3,1,6,5,3,3,4,1,2,2]}' labels.fed --clients=3 --args="$held,limit=30,partition=dirichlet:0.5"
# Clients without examples are clients.
expect 0 '{"n":[[0,0,0,0,0,0,0,0,0,0],[0,0,0,0,0,0,0,0,0,1],[0,0,0,0,0,1,0,0,0,0],[0,0,0,0,0,0,1,0,0,0]],"all":[0,0,0,0,0,1,1,0,0,1]}' labels.fed --clients=4 --args="$held,limit=3,partition=dirichlet:0.5"
expect 1 'error: --args: partition: expected `iid`, `labels:K` (K from 1 on), `dirichlet:ALPHA` (ALPHA from 0.000001 to 1000000) or `column:NAME`, found `dirichlet`' \
  labels.fed --clients=4 --args="$held,partition=dirichlet"

# ---- Cohorts: who takes part in a round, as the documentation says it, and what it keeps.
cat >cohorts.fed <<'EOF'
process cohorts {
  initialize() -> int64@SERVER { federated_value(0, SERVER) }
  client_state() -> int64 { 0 }
  next(s: int64@SERVER, me: {int64}@CLIENTS, client_state: {int64}@CLIENTS)
      -> <state=int64@SERVER, client_state={int64}@CLIENTS, metrics=<who=int64@SERVER, times=int64@SERVER>> {
    let more = federated_map(fn(n) { n + 1 }, client_state);
    let times = federated_map(fn(n, me) { n * me }, (more, me));
    (state=federated_map(add, (s, federated_sum(me))), client_state=more, metrics=(who=federated_sum(me), times=federated_sum(times)))
  }
  evaluate(s: int64@SERVER, held: {int64}@CLIENTS) -> <n=int64@SERVER, pair=int64[2]@SERVER> {
    (n=federated_sum(held), pair=federated_map(fn(s) { zeros<int64[2]>() + s }, s))
  }
}
EOF
python3 - >who.txt <<'EOF'
def threefry(key, counter):
    m, rotations = 2**32 - 1, ((13, 15, 26, 6), (17, 29, 16, 24))
    k = [key >> 32, key & m]
    k.append(0x1BD11BDA ^ k[0] ^ k[1])
    x, y = (counter >> 32) + k[0] & m, (counter & m) + k[1] & m
    for group in range(1, 6):
        for r in rotations[1 - group % 2]:
            x = x + y & m
            y = (y << r | y >> 32 - r) & m ^ x
        x, y = x + k[group % 3] & m, y + k[(group + 1) % 3] + group & m
    return x << 32 | y
times = [0] * 10
for round in range(1, 6):
    key, order = threefry(threefry(3, 2**64 - 1), round), list(range(10))
    for i in range(4):
        j = i + (threefry(key, i) * (10 - i) >> 64)
        order[i], order[j] = order[j], order[i]
    for c in order[:4]: times[c] += 1
    print(f"round {round}/5: who={sum(10 ** c for c in order[:4])} times={sum(times[c] * 10 ** c for c in order[:4])}")
EOF
ten='{"me":[1,10,100,1000,10000,100000,1000000,10000000,100000000,1000000000]}'
for threads in 1 2 5; do
  expect 0 "$(cat who.txt)" cohorts.fed --rounds=5 --data="$ten" --cohort=4 --cohort-seed=3 --threads=$threads
done
expect 0 "$(cat who.txt)" cohorts.fed --rounds=5 --data="$ten" --cohort=0.36 --seed=3
expect 0 'round 1/1: who=1111111111 times=1111111111' cohorts.fed --data="$ten" --cohort=1.0
# Evaluation is over all its clients, and after the last round in any case.
expect 0 "$(sed '3s/$/ eval.n=6 eval.pair=[S,S]/; 5s/$/ eval.n=6 eval.pair=[T,T]/' who.txt |
  sed "s/S/$(awk -F'[= ]' 'NR <= 3 { s += $4 } END { printf "%.0f", s }' who.txt)/g; s/T/$(awk -F'[= ]' '{ s += $4 } END { printf "%.0f", s }' who.txt)/g")" \
  cohorts.fed --rounds=5 --data="$ten" --eval-data='{"held":[1,2,3]}' --cohort=4 --seed=3 --eval-every=3 --metrics=every.csv
[ "$(cut -d, -f1,4- every.csv | head -5)" = 'round,eval.n,eval.pair[0],eval.pair[1]
1,,,
2,,,
3,6,'"$(sed -n 4p every.csv | cut -d, -f5-)"'
4,,,' ] || { fail "the table of --eval-every"; cat every.csv; }
# Computations of several phases, with slices: a cohort of one is that client alone.
first='{"words":[0,1,2],"score":1}' second='{"words":[1,3,5],"score":-1}'
for seed in 1 2 3 4 5 6; do
  "$run" "$lookup" --process=training --data="{\"text\":[$first,$second]}" --cohort=1 --cohort-seed=$seed --state-out=c$seed.npz >/dev/null || fail "cohorts of slices"
done
for client in "$first" "$second"; do
  "$run" "$lookup" --process=training --data="{\"text\":[$client]}" --state-out=alone.npz >/dev/null
  for seed in 1 2 3 4 5 6; do cmp -s alone.npz c$seed.npz && echo $seed; done >same
  [ -s same ] || fail "no cohort of $client alone"
  cat same >>all
done
[ "$(sort all | tr '\n' ' ')" = '1 2 3 4 5 6 ' ] || fail "cohorts of one: $(cat all)"
expect 1 'error: --cohort: a round of 11 clients, but there are 10' cohorts.fed --data="$ten" --cohort=11
for wrong in 0 0.0 1.5 -1 x; do
  expect 2 'fed-run: --cohort: expected how many clients a round has, such as 10, or a fraction of all such as 0.1, found `'$wrong'`
See fed-run --help.' cohorts.fed --cohort=$wrong
done

# ---- A thousand clients, ten a round: fast, and no more memory in round 1000 than in round 10.
train="idx:images=$digits/train-images-idx3-ubyte.gz,labels=$digits/train-labels-idx1-ubyte.gz,batch=10"
peak() {
  python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$run" "$mnist" --process=training --clients=1000 --cohort=10 \
    --threads=2 --data="$train" --rounds="$1"
}
few=$(peak 10) many=$(peak 1000)
[ $((many - few)) -lt 8000 ] || fail "memory: $few KiB for 10 rounds, $many KiB for 1000"

# ---- Targets.
cat >ramp.fed <<'EOF'
process ramp {
  initialize() -> float32@SERVER { federated_value(0.0, SERVER) }
  next(s: float32@SERVER, x: {float32}@CLIENTS) -> <state=float32@SERVER, metrics=<n=float32@SERVER, pair=float32[2]@SERVER>> {
    let next = federated_map(fn(s, x) { s + x }, (s, federated_sum(x)));
    (state=next, metrics=(n=next, pair=federated_map(fn(s) { zeros<float32[2]>() + s }, next)))
  }
  evaluate(s: float32@SERVER, held: {float32}@CLIENTS) -> <left=float32@SERVER> {
    (left=federated_map(fn(s, h) { h - s }, (s, federated_sum(held))),)
  }
}
EOF
ramp=(ramp.fed --data='{"x":[4,6]}' --rounds=9)
rounds="round 1/9: n=10 pair=[10,10]
round 2/9: n=20 pair=[20,20]
round 3/9: n=30 pair=[30,30]"
expect 0 "$rounds
target n>=25 reached in round 3, interpolated 2.50: n=30" "${ramp[@]}" --target='n>=25'
expect 0 "round 1/9: n=10 pair=[10,10]
target n>=7 reached in round 1, interpolated 1.00: n=10" "${ramp[@]}" --target='n>=7'
expect 0 "$(sed '2s/$/ eval.left=80/; 3s/$/ eval.left=70/' <<<"$rounds")
target n>=25 reached in round 3, interpolated 2.50: n=30" \
  "${ramp[@]}" --target='n>=25' --eval-data='{"held":[100]}' --eval-every=2
# What is seen in every other round only is interpolated over two.
expect 0 "$(sed '2s/$/ eval.left=80/' <<<"$rounds")
round 4/9: n=40 pair=[40,40] eval.left=60
target eval.left<=75 reached in round 4, interpolated 2.50: eval.left=60" \
  "${ramp[@]}" --target='eval.left<=75' --eval-data='{"held":[100]}' --eval-every=2
expect 3 "${rounds//\/9/\/3}
target n<=-1 not reached in 3 rounds: the best is n=10 in round 1" "${ramp[@]/--rounds=9/--rounds=3}" --target='n<=-1'
expect 1 'error: --target: no round has a number `pair`; there are `n`, and those of `evaluate` with --eval-data' "${ramp[@]}" --target='pair>=1'
expect 1 'error: --target: no round has a number `m`; there are `n`, `eval.left`' "${ramp[@]}" --target='m>=1' --eval-data='{"held":[1]}'
expect 1 'error: --target: no round has a number `left`; there are `n`, `eval.left`; write --target='"'eval.left<=75'" \
  "${ramp[@]}" --target='left<=75' --eval-data='{"held":[1]}'
for metric in left eval.left; do
  expect 1 "error: --target: no round has a number \`$metric\`; there are \`n\`; write --target='eval.left<=75', and --eval-data=SPEC, which it needs" \
    "${ramp[@]}" --target="$metric<=75"
done
expect 2 "fed-run: --target: expected METRIC>=NUMBER or METRIC<=NUMBER, such as 'eval.accuracy>=0.97', found \`n>3\`; write --target='n>=3'
See fed-run --help." "${ramp[@]}" --target='n>3'
for wrong in n n=3 '>=3' 'n>=x' 'n>=inf'; do
  expect 2 "fed-run: --target: expected METRIC>=NUMBER or METRIC<=NUMBER, such as 'eval.accuracy>=0.97', found \`$wrong\`
See fed-run --help." "${ramp[@]}" --target="$wrong"
done

# ---- Checkpoints: killed again and again, a run ends with the bytes of one that was not.
cat >drift.fed <<'EOF'
import "std/random" as random;
process drift {
  initialize() -> float32[50]@SERVER { federated_value(zeros<float32[50]>(), SERVER) }
  client_state() -> float32[3] { zeros<float32[3]>() }
  next(s: float32[50]@SERVER, data: {<image=uint8[784], label=int32>*}@CLIENTS, mine: {float32[3]}@CLIENTS, key: {Key}@CLIENTS)
      -> <state=float32[50]@SERVER, client_state={float32[3]}@CLIENTS, metrics=<x=float32@SERVER, far=float32[2]@SERVER>> {
    let sums = federated_map(fn(d) { sequence_reduce(d, 0.0, fn(s, e) { s + cast<float32>(e.label) }) }, data);
    let moved = federated_map(fn(m, k, s) { m + 0.001 * s * random.normal<float32>(k) }, (mine, key, sums));
    let x = federated_mean(federated_map(fn(m) { reduce_sum(m) }, moved));
    (state=federated_map(fn(s, x) { 0.9 * s + x }, (s, x)), client_state=moved,
     metrics=(x=x, far=federated_map(fn(x) { zeros<float32[2]>() + x }, x)))
  }
  evaluate(s: float32[50]@SERVER, held: {float32}@CLIENTS) -> <v=float32@SERVER> {
    (v=federated_map(fn(s, h) { reduce_sum(s) + h }, (s, federated_sum(held))),)
  }
}
EOF
drift=(drift.fed --data="$held" --cohort=0.2 --clients=50 --target='x>=1e9' --rounds=900
  --eval-data="{\"held\":[$(seq -s, 50)]}" --eval-every=4)
"$run" "${drift[@]}" --state-out=whole.npz --metrics=whole.csv >whole.txt
[ $? = 3 ] || fail "the run that nobody kills"
for every in 1 7; do
  rm -f kept.ckpt
  python3 - $every "$run" "${drift[@]}" --state-out=killed.npz --metrics=killed.csv --checkpoint=kept.ckpt \
    --checkpoint-every=$every --resume <<'EOF' >killed.txt 2>killed.err || fail "killed, every $every"
import subprocess, sys
begun = []
for stop in (3, 40, 41, 300, 600, None):
    run = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1)
    lines = 0
    for line in run.stdout:
        if line.startswith("round") and not lines: begun.append(int(line.split()[1].split("/")[0]))
        lines += 1
        last = line
        if stop and line.startswith(f"round {stop}/") or stop and lines > 1 and int((line.split()[1]).split("/")[0]) > stop:
            run.kill()
            break
    run.stdout.close() if stop else None
    run.wait()
    assert run.returncode == (-9 if stop else 3), (run.returncode, run.stderr.read())
    if not stop: print(last, end="")
assert begun[0] == 1 and begun == sorted(begun) and begun[-1] > 590, begun
EOF
  cmp whole.npz killed.npz || fail "the state of a run that was killed"
  cmp whole.csv killed.csv || fail "the metrics of a run that was killed"
  [ "$(tail -1 whole.txt)" = "$(cat killed.txt)" ] || { fail "the target of a run that was killed"; cat killed.txt; cat killed.err; }
done
# Rounds can be added, with other threads.
"$run" "${drift[@]}" --checkpoint=kept.ckpt --resume >out 2>err
[ "$(cat out err)" = "$(tail -1 whole.txt)
note: --resume: going on after round 900" ] || { fail "nothing to do"; cat out err; }
short=("${drift[@]/--rounds=900/--rounds=20}")
"$run" "${short[@]}" --checkpoint=short.ckpt --metrics=short.csv --threads=3 >/dev/null
"$run" "${drift[@]}" --checkpoint=short.ckpt --metrics=short.csv --state-out=short.npz --resume >/dev/null 2>&1
cmp whole.csv short.csv || fail "rounds that were added"
cmp whole.npz short.npz || fail "rounds that were added"
# A signal leaves the last whole round.
python3 - "$run" "${drift[@]}" --checkpoint=term.ckpt --checkpoint-every=1000000 --metrics=term.csv <<'EOF' || fail "a checkpoint at SIGTERM"
import subprocess, sys
run = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
for line in run.stdout:
    if line.startswith("round 9/"): break
run.terminate()
run.communicate(timeout=60)
assert run.returncode == 143, run.returncode
EOF
"$run" "${drift[@]}" --checkpoint=term.ckpt --metrics=term.csv --state-out=term.npz --resume >/dev/null 2>&1
cmp whole.csv term.csv || fail "going on after a signal"
cmp whole.npz term.npz || fail "going on after a signal"
# Of another run, damaged, none at all.
cp kept.ckpt good.ckpt
foreign() {
  local text=$1
  shift
  expect 1 "error: --resume: kept.ckpt: $text" "$@" --checkpoint=kept.ckpt --resume
}
foreign 'it is of a run with --seed=0, and this one has --seed=1; to begin a new run, name another file by --checkpoint' "${drift[@]}" --cohort-seed=0 --seed=1
foreign 'it is of a run with --cohort=10, and this one has --cohort=15; to begin a new run, name another file by --checkpoint' "${drift[@]/0.2/0.3}"
foreign 'it is of a run with no --drop-failed-clients, and this one has --drop-failed-clients=true; to begin a new run, name another file by --checkpoint' "${drift[@]}" --drop-failed-clients
foreign '900 rounds have ended, and --rounds says 20' "${short[@]}"
sed 's/0.001/0.002/' drift.fed >other.fed
"$run" other.fed "${drift[@]:1}" --checkpoint=kept.ckpt --resume >out 2>&1
[ $? = 1 ] && grep -q '^error: --resume: kept.ckpt: it is of another program (its hash is [0-9a-f]\{12\}, and that of this one [0-9a-f]\{12\}), or of this one before a change' out || { fail "another program"; cat out; }
cp whole.npz kept.ckpt
foreign 'no checkpoint of fed-run; from a state, as --state-out writes it, a run starts by --init=kept.ckpt; to begin a new run, name another file by --checkpoint' "${drift[@]}"
echo hello >kept.ckpt
foreign 'not a zip archive, or cut short; a checkpoint is what --checkpoint wrote; to begin a new run, name another file by --checkpoint' "${drift[@]}"
python3 - "$run" "${drift[@]}" --checkpoint=kept.ckpt --resume <<'EOF' || fail "damaged checkpoints"
import random, subprocess, sys
good = open("good.ckpt", "rb").read()
rng = random.Random(1)
for i in range(20):
    bad = bytearray(good)
    if i % 2:
        at = rng.randrange(len(bad))
        bad[at] ^= 1 << rng.randrange(8)
    else:
        del bad[rng.randrange(len(bad)):]
    open("kept.ckpt", "wb").write(bad)
    run = subprocess.run(sys.argv[1:], capture_output=True, text=True)
    # What no checksum covers is what nobody reads: dates, attributes, room between arrays.
    assert run.returncode == 1 and run.stderr.startswith("error: --resume: kept.ckpt: ") or i % 2 and run.returncode == 3, (i, run)
    assert open("kept.ckpt", "rb").read() == bytes(bad) or run.returncode == 3
EOF
cp good.ckpt kept.ckpt
cp killed.csv altered.csv
sed -i '3s/,/,1/' altered.csv
expect 1 'note: --resume: going on after round 900
error: --metrics: altered.csv: does not begin with the rows that were written before' "${drift[@]}" --checkpoint=kept.ckpt --resume --metrics=altered.csv
expect 0 'note: --resume: there is no none.ckpt: the run begins
round 1/1: n=10 pair=[10,10]' ramp.fed --data='{"x":[4,6]}' --checkpoint=none.ckpt --resume
expect 1 'error: --checkpoint: /no/such/x: cannot be written: No such file or directory' "${drift[@]}" --checkpoint=/no/such/x
for flag in '--resume needs --checkpoint=FILE' '--checkpoint-every needs --checkpoint=FILE' '--cohort-seed needs --cohort=N' \
  '--eval-every needs --eval-data=SPEC'; do
  given=${flag%% *}
  expect 2 "fed-run: $flag
See fed-run --help." ramp.fed "$given" $([ $given = --resume ] || echo 3)
done

# ---- Sweeps.
cat >scaled.fed <<'EOF'
param by: float32 in [0.0, 10.0] = 1.0;
param from: int32 = 0;
process scaled {
  initialize() -> float32@SERVER { federated_value(0.0, SERVER) }
  next(s: float32@SERVER, x: {float32}@CLIENTS) -> <state=float32@SERVER, metrics=<n=float32@SERVER, pair=float32[2]@SERVER>> {
    let next = federated_map(fn(s, x) { s + by * x + cast<float32>(from) }, (s, federated_sum(x)));
    (state=next, metrics=(n=next, pair=federated_map(fn(s) { zeros<float32[2]>() + s }, next)))
  }
}
EOF
scaled=(scaled.fed --data='{"x":[4,6]}' --rounds=3)
sweep=(--sweep by=0.5,2 --sweep from=0,100)
expect 0 'by=0.5 from=0: round 3: n=15 pair=[15,15]
by=0.5 from=100: round 3: n=315 pair=[315,315]
by=2 from=0: round 3: n=60 pair=[60,60]
by=2 from=100: round 3: n=360 pair=[360,360]' "${scaled[@]}" "${sweep[@]}" --state-out=m.d.npz --metrics=./m --sweep-table=sweep.csv
[ "$(cat sweep.csv)" = 'by,from,round,n,pair[0],pair[1]
0.5,0,3,15,15,15
0.5,100,3,315,315,315
2,0,3,60,60,60
2,100,3,360,360,360' ] || { fail "the table of a sweep"; cat sweep.csv; }
# Each run is the one with --set.
"$run" "${scaled[@]}" --set by=2 --set from=100 --state-out=one.npz --metrics=one.csv >/dev/null
cmp one.npz m.d-by=2,from=100.npz && cmp one.csv ./m-by=2,from=100 || fail "a run of a sweep"
[ "$(ls m[-.]*)" = 'm-by=0.5,from=0
m-by=0.5,from=100
m-by=2,from=0
m-by=2,from=100
m.d-by=0.5,from=0.npz
m.d-by=0.5,from=100.npz
m.d-by=2,from=0.npz
m.d-by=2,from=100.npz' ] || { fail "the files of a sweep"; ls m[-.]*; }
# With targets; checkpoints of runs that have ended, and of those that have not.
expect 3 'by=0.5: round 3: n=15 pair=[15,15]; target n>=25 not reached in 3 rounds: the best is n=15 in round 3
by=2: round 2: n=40 pair=[40,40]; target n>=25 reached in round 2, interpolated 1.25: n=40' \
  "${scaled[@]}" --sweep by=0.5,2 --target='n>=25' --sweep-table=target.csv --checkpoint=sweep.ckpt
[ "$(cat target.csv)" = 'by,round,reached,interpolated,n,pair[0],pair[1]
0.5,3,,,15,15,15
2,2,2,1.25,40,40,40' ] || { fail "the table of a sweep with a target"; cat target.csv; }
rm sweep-by=2.ckpt
"$run" "${scaled[@]}" --sweep by=0.5,2 --target='n>=25' --sweep-table=again.csv --checkpoint=sweep.ckpt --resume >again 2>err
cmp out again && cmp target.csv again.csv || fail "a sweep that goes on"
[ "$(cat err)" = 'note: --resume: going on after round 3 of sweep-by=0.5.ckpt
note: --resume: there is no sweep-by=2.ckpt: the run begins' ] || { fail "a sweep that goes on"; cat err; }
expect 1 'error: --sweep by: 11 is not between 0 and 10' "${scaled[@]}" --sweep by=1,11
expect 1 'error: --sweep from: expected an integer (int32), found `x`' "${scaled[@]}" --sweep from=1,x
expect 1 'error: --sweep form: the program has no parameter `form`; its parameters are `by`, `from`' "${scaled[@]}" --sweep form=1
usage() {
  expect 2 "fed-run: $1
See fed-run --help." "${scaled[@]}" "${@:2}"
}
usage '--sweep: expected NAME=VALUE,VALUE..., such as rate=0.1,0.2, found `by`' --sweep by
usage '--sweep: a value is missing in `by=1,,2`' --sweep by=1,,2
usage '--sweep: a value is missing in `by=`' --sweep by=
usage '--sweep: `1` stands twice in `by=1,2,1`' --sweep by=1,2,1
usage '--sweep by stands twice' --sweep by=1 --sweep by=2
usage '`by` is both in --sweep and in --set' --sweep by=1 --set by=2
usage '--sweep-table needs --sweep NAME=VALUE,VALUE' --sweep-table=x
usage '--sweep: more than 100000 combinations, the most there can be' --sweep "a=$(seq -s, 400)" --sweep "b=$(seq -s, 400)"

# ---- What the host says, anew in each round.
cat >hosted.fed <<'EOF'
process hosted {
  initialize() -> int32@SERVER { federated_value(0, SERVER) }
  next(s: int32@SERVER, x: {int32}@CLIENTS, n: {int32}@CLIENTS from host, k: {<a=int32, b=int32[2]>}@CLIENTS from host)
      -> <state=int32@SERVER, metrics=<nx=int32@SERVER, k=int32@SERVER>> {
    let nx = federated_sum(federated_map(fn(n, x) { n * x }, (n, x)));
    (state=federated_map(add, (s, nx)), metrics=(nx=nx, k=federated_sum(federated_map(fn(k) { k.a + reduce_sum(k.b) }, k))))
  }
  evaluate(s: int32@SERVER, n: {int32}@CLIENTS from host) -> <n=int32@SERVER> { (n=federated_sum(n),) }
}
EOF
hosted=(hosted.fed --data='{"x":[1,10,100]}' --eval-data={} --clients=3)
k='k=[{"a":1,"b":[10,100]},{"a":2,"b":[20,200]}]'
echo '[[1,2,3],[4,5,6],[7,8,9]]' >n.json
expect 0 'round 1/2: nx=321 k=333 eval.n=6
round 2/2: nx=654 k=666 eval.n=15' "${hosted[@]}" --rounds=2 --host-each-round n=@n.json --host-each-round "$k"
expect 0 'round 1/2: nx=111 k=9 eval.n=3
round 2/2: nx=222 k=9 eval.n=6' "${hosted[@]}" --rounds=2 --host-each-round 'n=[1,2]' --host 'k={"a":1,"b":[1,1]}'
for rounds in 2 3; do
  "$run" "${hosted[@]}" --rounds=$rounds --host-each-round n=@n.json --host 'k={"a":1,"b":[1,1]}' --checkpoint=hosted.ckpt --resume >out 2>/dev/null
done
[ "$(cat out)" = 'round 3/3: nx=987 k=9 eval.n=24' ] || { fail "what the host says after a checkpoint"; cat out; }
k='k=[{"a":1,"b":[1,1]},{"a":1,"b":[1,1]}]'
expect 1 'error: --host-each-round n: n.json: has 3 rounds, but --rounds says 4' \
  "${hosted[@]}" --rounds=4 --host-each-round n=@n.json --host-each-round "$k"
expect 1 'error: --host-each-round n: round 2: has 2 clients, but there are 3: --clients=N says how many' \
  "${hosted[@]}" --rounds=2 --host-each-round 'n=[[1,2,3],[4,5]]' --host-each-round "$k"
expect 1 'error: --host-each-round n: [1][2]: expected an integer from -2147483648 to 2147483647 (int32), found "6" (round 2, client 2)' \
  "${hosted[@]}" --rounds=2 --host-each-round 'n=[[1,2,3],[4,5,"6"]]' --host-each-round "$k"
expect 1 'error: --host-each-round n: expected a list with one entry a round, found 3' "${hosted[@]}" --host-each-round n=3 --host-each-round "$k"
expect 1 'error: --host-each-round n: line 1, column 5: invalid literal; last read: '"'1,[x' (in [1][0], round 2)" \
  "${hosted[@]}" --rounds=2 --host-each-round 'n=[1,[x]]' --host-each-round "$k"
expect 1 'error: --host n=VALUE is missing: `hosted.next` takes `n` of type {int32}@CLIENTS from the host' "${hosted[@]}" --host-each-round "$k"
expect 1 'error: --host-each-round: the program takes no `m` from the host; it takes `k`, `n`' "${hosted[@]}" --host-each-round 'm=[1]'
expect 2 'fed-run: `n` is both in --host-each-round and in --host
See fed-run --help.' "${hosted[@]}" --host n=1 --host-each-round 'n=[1]'

# ---- Data that are wrong are named by file, client and record.
cat >lists.fed <<'EOF'
process lists {
  initialize() -> int32@SERVER { federated_value(0, SERVER) }
  next(s: int32@SERVER, data: {<x=float32[2], n=int32>*}@CLIENTS, one: {int32}@CLIENTS, rate: float32@SERVER) -> <state=int32@SERVER> {
    (state=federated_map(add, (s, federated_sum(federated_map(fn(d) { sequence_reduce(d, 0, fn(s, e) { s + e.n }) }, data)))),)
  }
}
EOF
echo '{"data":[[],[{"x":[1,2],"n":1},{"x":[1],"n":1}]],"one":[1,2]}' >short.json
expect 1 'error: --data: short.json: data[1][1].x: expected a list of 2, found a list of 1 (client 1, record 1)' \
  lists.fed --data=@short.json --args='{"rate":1}'
echo '{"data":[[{"x":[1,2],"n":3e9}]],"one":[1,2]}' >large.json
expect 1 'error: --data: large.json: data[0][0].n: expected an integer from -2147483648 to 2147483647 (int32), found 3e9 (client 0, record 0)' \
  lists.fed --data=@large.json --args='{"rate":1}'
echo '{"data":[[],[]],"one":[1,"2"]}' >text.json
expect 1 'error: --data: text.json: one[1]: expected an integer from -2147483648 to 2147483647 (int32), found "2" (client 1)' lists.fed --data=@text.json --args='{"rate":1}'
echo '{"rate":[1]}' >rate.json
expect 1 'error: --args: rate.json: rate: expected a number, found a list of 1' lists.fed --data='{"data":[],"one":[]}' --args=@rate.json
echo '{"data":[' >cut.json
"$run" lists.fed --data=@cut.json --args='{"rate":1}' 2>&1 | grep -q '^error: --data: cut.json: line 2, column 1: ' || fail "JSON that is cut short"
cat >small.fed <<'EOF'
fn small(data: {<image=uint8[784], label=int8>*}@CLIENTS) -> int32@SERVER {
  federated_sum(federated_map(fn(d) { sequence_reduce(d, 0, fn(s, e) { s + 1 }) }, data))
}
EOF
python3 -c 'import struct; open("wide", "wb").write(struct.pack(">II", 0x801, 2000) + bytes([1] * 1500 + [200] + [1] * 499))'
"$run" small.fed --clients=10 --args="idx:images=$digits/t10k-images-idx3-ubyte.gz,labels=wide,shuffle=none" 2>&1 |
  cmp - <(echo 'error: --args: wide: record 1500, of client 7: label 200 does not fit in int8') || fail "a label that does not fit"

finish
