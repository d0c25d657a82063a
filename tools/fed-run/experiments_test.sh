#!/bin/bash
# Experiments with fed-run on digits: who holds what, who takes part, how far it goes.
# usage: experiments_test.sh FED_RUN
set -u
run=$(realpath "$1")
digits=$(realpath examples/mnist/data)
mnist=$(realpath examples/mnist/mnist.fed)
cd "${TEST_TMPDIR:-$(mktemp -d)}" || exit 1
failures=0

fail() {
  echo "FAIL: $1"
  failures=$((failures + 1))
}
# expect STATUS OUTPUT ARGS...: what fed-run prints, standard output and errors together.
expect() {
  local status=$1 text=$2
  shift 2
  "$run" "$@" >out 2>&1
  local got=$?
  if [ "$got" != "$status" ] || [ "$(cat out)" != "$text" ]; then
    fail "fed-run $*"
    echo "  status $got, expected $status"
    diff <(echo "$text") out | sed 's/^/  /'
  fi
}

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
expect 1 'error: --args: partition: expected `iid`, `labels:K` (K from 1 on) or `dirichlet:ALPHA` (ALPHA from 0.000001 to 1000000), found `dirichlet`' \
  labels.fed --clients=4 --args="$held,partition=dirichlet"

[ $failures = 0 ] && echo "all passed"
exit $((failures > 0))
