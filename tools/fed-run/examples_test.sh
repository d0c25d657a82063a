#!/bin/bash
# fed-run from .fed files: compiles, runs, and reports errors in them.
# usage: examples_test.sh FED_RUN
set -u
run=$1
tmp=${TEST_TMPDIR:-$(mktemp -d)}
failures=0

expect() {
  local status=$1 out=$2 err=$3
  shift 3
  "$run" "$@" >"$tmp/out" 2>"$tmp/err"
  local got=$?
  if [ "$got" != "$status" ] || [ "$(cat "$tmp/out")" != "$out" ] || [ "$(cat "$tmp/err")" != "$err" ]; then
    echo "FAIL: fed-run $*"
    echo "  status $got, expected $status"
    diff <(echo "$out") "$tmp/out" | sed 's/^/  stdout: /'
    diff <(echo "$err") "$tmp/err" | sed 's/^/  stderr: /'
    failures=$((failures + 1))
  fi
}

expect 0 69.53333 "" examples/average/average.fed --args='{"readings":[68.5,70.3,69.8]}'
expect 0 0.6666667 "" examples/mean_over_threshold/mean_over_threshold.fed --args='{"readings":[68.5,70.3,69.8],"threshold":69.0}'
expect 0 '{"mean":2.5,"variance":1.25,"min":1,"max":4}' "" examples/statistics/statistics.fed --args='{"readings":[[1,2,3],[4],[]]}'
expect 0 '{"counts":[0,0,0,3,0,0,0,0,0,0],"clients":4}' "" examples/heavy_hitters/heavy_hitters.fed --args='{"mine":[[1,1,3],[3,7],[],[3,1,9]]}' --set at_least=3
# Folds merge in one order for any number of threads; slices too are made on all of them.
for threads in 1 2 3; do
  expect 0 "round 1/3: loss=1
round 2/3: loss=0.6944444
round 3/3: loss=0.48225304" "" examples/embedding_lookup/embedding_lookup.fed --process=training --rounds=3 --threads=$threads \
    --data='{"text":[{"words":[0,1,2],"score":1},{"words":[1,3,5],"score":-1}]}'
done
expect 1 "" 'examples/average/average.fed:3:3: error: no client contributed to this `federated_mean` (at the server, step 1) [assertion]
   3 |   federated_mean(readings)
     |   ^' examples/average/average.fed --args='{"readings":[]}'

expect 1 "" "error: cannot compile \`$tmp/none.fed\`: No such file or directory" "$tmp/none.fed" --args='{}'
cat >"$tmp/wrong.fed" <<'END'
fn average(readings: {float32}@CLIENTS) -> float32@SERVER {
  federated_mean(reading)
}
END
"$run" "$tmp/wrong.fed" --args='{"readings":[1]}' >"$tmp/out" 2>"$tmp/err"
[ $? = 1 ] && [ ! -s "$tmp/out" ] && grep -q "^$tmp/wrong.fed:2:18: error: .*reading.*\[.*\]\$" "$tmp/err" &&
  [ "$(grep -c 'error: ' "$tmp/err")" = 1 ] ||
  { echo "FAIL: an error in the program"; cat "$tmp/err"; failures=$((failures + 1)); }

# A process over image files, with state at the clients; the same bytes for any number of threads.
digits=examples/mnist/data
for threads in 1 2 3; do
  expect 0 "round 1/2: mean=102.751976 seen=10000 eval.examples=55
round 2/2: mean=102.751976 seen=20000 eval.examples=55" "" \
    tests/simulator/pixels.fed --process=pixels --rounds=2 --clients=10 --threads=$threads --set step=0.25 \
    --data="idx:images=$digits/train-images-idx3-ubyte.gz,labels=$digits/train-labels-idx1-ubyte.gz" \
    --eval-data="idx:images=$digits/t10k-images-idx3-ubyte.gz,labels=$digits/t10k-labels-idx1-ubyte.gz,limit=55" \
    --state-out="$tmp/pixels$threads.npz" --metrics="$tmp/pixels$threads.csv"
  cmp "$tmp/pixels1.npz" "$tmp/pixels$threads.npz" || failures=$((failures + 1))
  cmp "$tmp/pixels1.csv" "$tmp/pixels$threads.csv" || failures=$((failures + 1))
done

# Memory is that of the threads: a thousand times the clients hold a thousand times their state (8
# bytes each, in room for 64), and nothing else.
peak() {
  python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$run" tests/simulator/pixels.fed --process=pixels \
    --clients="$1" --threads=2 --data="idx:images=$digits/t10k-images-idx3-ubyte.gz,labels=$digits/t10k-labels-idx1-ubyte.gz"
}
few=$(peak 100) many=$(peak 100000)
[ $((many - few)) -lt 40000 ] || { echo "FAIL: memory: 100 clients $few KiB, 100000 clients $many KiB"; failures=$((failures + 1)); }

# Integers are as exact as the language says, and nothing is left behind in the temporary folder.
cat >"$tmp/total.fed" <<'END'
fn total(counts: {int8}@CLIENTS) -> int8@SERVER { federated_sum(counts) }
END
mkdir "$tmp/scratch"
TMPDIR="$tmp/scratch" expect 0 -56 "" "$tmp/total.fed" --args='{"counts":[100,100]}'
[ -z "$(ls -A "$tmp/scratch")" ] || { echo "FAIL: files were left: $(ls "$tmp/scratch")"; failures=$((failures + 1)); }

[ $failures = 0 ] && echo "all passed"
exit $((failures > 0))
