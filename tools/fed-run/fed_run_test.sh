#!/bin/bash
# fed-run's command line on a program that is compiled already.
# usage: fed_run_test.sh FED_RUN PROGRAM.so
set -u
run=$1 program=$2
tmp=${TEST_TMPDIR:-$(mktemp -d)}
failures=0

# expect STATUS STDOUT STDERR ARGS...: runs fed-run on the program and compares all three exactly.
expect() {
  local status=$1 out=$2 err=$3
  shift 3
  "$run" --program="$program" "$@" >"$tmp/out" 2>"$tmp/err"
  local got=$?
  if [ "$got" != "$status" ] || [ "$(cat "$tmp/out")" != "$out" ] || [ "$(cat "$tmp/err")" != "$err" ]; then
    echo "FAIL: fed-run $*"
    echo "  status $got, expected $status"
    diff <(echo "$out") "$tmp/out" | sed 's/^/  stdout: /'
    diff <(echo "$err") "$tmp/err" | sed 's/^/  stderr: /'
    failures=$((failures + 1))
  fi
}
usage_error() { expect 2 "" "fed-run: $1
See fed-run --help." "${@:2}"; }

# Once: the JSON alone on standard output.
expect 0 69.53333 "" --entry=average --args='{"readings":[68.5,70.3,69.8]}'
expect 0 69.53333 "" --entry average --args '{"readings":[68.5,70.3,69.8]}' --threads 3
echo '{"readings":[1,2]}' >"$tmp/args.json"
expect 0 3 "" --entry=average --args="@$tmp/args.json" --set scale=2
expect 0 '{"mean":2.5,"variance":1.25,"own":[2.75,2.25,0]}' "" --entry=spread --args='{"readings":[[1,2,3],[4],[]]}'
expect 0 2 "warning: phase 1: 2 of 4 clients were not added: 2 not finite (clients 1, 3)
note: \`readings\` of client 1 is NaN" --entry=average --args='{"readings":[1,"NaN",3,"Infinity"]}'
expect 1 "" 'error: --args: readings[1]: expected a number, found "x" (client 1)' --entry=average --args='{"readings":[1,"x"]}'
expect 1 "" 'error: --args is missing: `average` takes `readings` of type <readings={float32}@CLIENTS>; write --args='"'{\"readings\":[...]}'" --entry=average
expect 1 "" "error: --args: $tmp/none.json: cannot be read: No such file or directory" --entry=average --args="@$tmp/none.json"
expect 1 "" "error: --args: has 2 clients, but --clients says 3" --entry=average --clients=3 --args='{"readings":[1,2]}'
expect 1 "" 'error: --set scale: 3 is not between 0.5 and 2' --entry=average --args='{"readings":[1]}' --set scale=3
expect 1 "" 'error: which function? Name one with --entry: `average`, `spread`' --args='{}'
expect 1 "" 'error: --entry: no function `avarage` runs once; there are `average`, `spread`' --entry=avarage --args='{}'
expect 1 "" 'tests/simulator/hand.fed:5:3: error: federated_mean of no clients (at the server, step 1) [assertion]
   5 |   federated_mean(federated_map(fn(x) { x * scale }, readings))
     |   ^' --entry=average --args='{"readings":[]}'

# A process: a line a round; the state in and out; the metrics as a table.
expect 0 "round 1/2: clients=2
round 2/2: clients=2" "" --process=tally --rounds=2 --data='{"data":[1,2]}' --state-out="$tmp/state.npz" --metrics="$tmp/m.csv"
[ "$(cat "$tmp/m.csv")" = "round,clients
1,2
2,2" ] || { echo "FAIL: metrics"; cat "$tmp/m.csv"; failures=$((failures + 1)); }
# 100 + (1 + 7) + (2 + 7), then + (1 + 8) + (2 + 8).
python3 - "$tmp/state.npz" <<'END' || failures=$((failures + 1))
import struct, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None and archive.namelist() == ["state.npy"], archive.namelist()
npy = archive.read("state.npy")
assert npy[:8] == b"\x93NUMPY\x01\x00" and (10 + struct.unpack("<H", npy[8:10])[0]) % 64 == 0
assert npy[10:60].startswith(b"{'descr': '<f4', 'fortran_order': False, 'shape': (), }"[:50]), npy
assert struct.unpack("<f", npy[-4:]) == (136.0,), npy[-4:]
END
expect 0 "round 1/1: clients=1" "" --process=tally --data='{"data":[0]}' --init="$tmp/state.npz" --state-out="$tmp/after.npz"
python3 -c "import struct,zipfile,sys; sys.exit(struct.unpack('<f', zipfile.ZipFile('$tmp/after.npz').read('state.npy')[-4:]) != (143.0,))" ||
  { echo "FAIL: --init"; failures=$((failures + 1)); }
# A client that is rejected keeps its state.
expect 0 "round 1/1: clients=1" 'round 1: warning: phase 1: 1 of 2 clients was not added: 1 not finite (client 0)
note: `data` of client 0 is NaN' --process=tally --data='{"data":["NaN",2]}'
expect 1 "" 'error: the program has no process `taly`; it has `tally`' --process=taly --data='{"data":[1]}'
expect 1 "" 'error: --data is missing: `tally.next` takes `data` of type <data={float32}@CLIENTS>; write --data='"'{\"data\":[...]}'" --process=tally
expect 1 "" 'error: the program has no process `average`; it has `tally`; a function that runs once has --entry=average' --process=average --data='{}'
expect 1 "" 'error: the program has no process `tally.next`; it has `tally`; write --process=tally' --process=tally.next --data='{}'
expect 1 "" 'error: --entry: `tally.next` is part of a process, whose functions run together: --process=tally' --entry=tally.next
expect 1 "" 'error: --entry: `tally` is a process, whose functions run together: --process=tally' --entry=tally
# Folders where files are wanted, and files that cannot be written, before anything runs.
expect 1 "" 'error: --args: .: cannot be read: Is a directory' --entry=average --args=@.
expect 1 "" 'error: --data: .: cannot be read: Is a directory' --process=tally --data=@.
expect 1 "" 'error: --init: .: cannot be read: Is a directory' --process=tally --data='{"data":[1]}' --init=.
expect 1 "" 'error: --state-out: /no/such/folder/s.npz: cannot be written: No such file or directory' --process=tally --data='{"data":[1]}' --state-out=/no/such/folder/s.npz
expect 1 "" "error: --state-out: $tmp: cannot be written: Is a directory" --process=tally --data='{"data":[1]}' --state-out="$tmp"
# JSON as people write it.
expect 1 "" 'error: --data: `readings.json` is no JSON; a file is named with @: --data=@readings.json' --process=tally --data=readings.json
expect 1 "" 'error: --args: line 1, column 16: a number or a string is expected here: write "NaN", with the quotes (in readings[1], client 1)' --entry=average --args='{"readings":[1,NaN]}'
# A client that fails ends the run, or drops out.
failure='error: x * scale: an integer was divided by zero (on client 1, phase 1) [bad-value]'
expect 1 "" "tests/simulator/hand.fed:5:40: $failure
   5 |   federated_mean(federated_map(fn(x) { x * scale }, readings))
     |                                        ^" --entry=average --args='{"readings":[1,13,3]}'
expect 0 2 "warning: 1 of 3 clients failed and dropped out, the first with
tests/simulator/hand.fed:5:40: $failure
   5 |   federated_mean(federated_map(fn(x) { x * scale }, readings))
     |                                        ^" --entry=average --args='{"readings":[1,13,3]}' --drop-failed-clients
expect 1 "" 'error: --data: IDX files fill an argument that is one sequence; `tally.next` takes <state=float32@SERVER,data={float32}@CLIENTS,count={int64}@CLIENTS>' --process=tally --clients=2 --data=idx:images=x
expect 1 "" 'error: --eval-data: process `tally` has no evaluate' --process=tally --data='{"data":[1]}' --eval-data='{}'
expect 1 "" 'error: --args: no function of the process takes `x`' --process=tally --data='{"data":[1]}' --args='{"x":1}'
expect 1 "" "error: --init: $tmp/args.json: not a zip archive, or cut short" --process=tally --data='{"data":[1]}' --init="$tmp/args.json"
expect 1 "" "error: --metrics: /no/such/folder/m.csv: cannot be written: No such file or directory" --process=tally --data='{"data":[1]}' --metrics=/no/such/folder/m.csv

# What cannot be printed is an error, and no reason to lose the state.
"$run" --program="$program" --entry=average --args='{"readings":[1]}' >/dev/full 2>"$tmp/err"
[ $? = 1 ] && [ "$(cat "$tmp/err")" = 'error: standard output cannot be written: No space left on device' ] ||
  { echo "FAIL: a result to a full device"; cat "$tmp/err"; failures=$((failures + 1)); }
"$run" --program="$program" --process=tally --rounds=3 --data='{"data":[1]}' --state-out="$tmp/full.npz" >/dev/full 2>"$tmp/err"
[ $? = 1 ] && [ -s "$tmp/full.npz" ] && [ "$(cat "$tmp/err")" = 'round 1: warning: standard output cannot be written: No space left on device; the rounds go on
error: metrics are missing, the first of them of round 1: standard output cannot be written: No space left on device' ] ||
  { echo "FAIL: rounds to a full device"; cat "$tmp/err"; failures=$((failures + 1)); }
# A device is written to, and stays one; what is neither that nor a file is refused.
expect 1 "round 1/1: clients=1" 'error: --state-out: /dev/full: cannot be written: No space left on device' --data='{"data":[1]}' --state-out=/dev/full
expect 0 "round 1/1: clients=1" "" --data='{"data":[1]}' --state-out=/dev/null
[ -c /dev/full ] && [ -c /dev/null ] || { echo "FAIL: a device was replaced"; failures=$((failures + 1)); }
mkfifo "$tmp/pipe"
expect 1 "" "error: --state-out: $tmp/pipe: cannot be written: it is no regular file" --data='{"data":[1]}' --state-out="$tmp/pipe"
expect 1 "round 1/1: clients=1" 'round 1: warning: /dev/full: cannot be written: No space left on device; the rounds go on
error: metrics are missing, the first of them of round 1: /dev/full: cannot be written: No space left on device' --data='{"data":[1]}' --metrics=/dev/full
for flag in --help --version; do
  "$run" $flag >/dev/full 2>"$tmp/err"
  [ $? = 1 ] && grep -q 'standard output cannot be written' "$tmp/err" || { echo "FAIL: $flag to a full device"; failures=$((failures + 1)); }
done
"$run" --version >"$tmp/out" && grep -qx 'fed-run [0-9.]*' "$tmp/out" || { echo "FAIL: --version"; failures=$((failures + 1)); }

# The same bytes for any number of threads.
for threads in 1 2 5; do
  "$run" --program="$program" --process=tally --rounds=5 --threads=$threads --data='{"data":[0.1,1e7,-3e-5,0.7,12.25]}' --state-out="$tmp/t$threads.npz" >/dev/null
  cmp "$tmp/t1.npz" "$tmp/t$threads.npz" || failures=$((failures + 1))
done

# A signal ends the run after the round in progress, and the state of the last whole round is kept.
for signal in TERM INT; do
  rm -f "$tmp/out" "$tmp/kept.npz"
  # Python starts it: a shell's background processes ignore SIGINT.
  python3 - "$signal" "$run" --program="$program" --process=tally --rounds=1000000000 --data='{"data":[1]}' --state-out="$tmp/kept.npz" <<'END' || failures=$((failures + 1))
import signal, subprocess, sys
run = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
run.stdout.readline()
run.send_signal(getattr(signal, "SIG" + sys.argv[1]))
_, errors = run.communicate(timeout=60)
assert run.returncode == 128 + getattr(signal, "SIG" + sys.argv[1]) and "cancelled in round" in errors, (run.returncode, errors)
END
  [ -s "$tmp/kept.npz" ] || { echo "FAIL: no state after SIG$signal"; failures=$((failures + 1)); }
done

# What waits for its data ends with the first signal.
python3 - "$run" "$program" "$tmp" <<'END' || failures=$((failures + 1))
import os, signal, subprocess, sys, time
run, program, folder = sys.argv[1:]
pipe = folder + "/data.fifo"
os.mkfifo(pipe)
for flags in (["--entry=average", "--args=@" + pipe], ["--process=tally", "--data=@" + pipe]):
    waits = subprocess.Popen([run, "--program=" + program, *flags], stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    assert waits.poll() is None, waits.communicate()
    waits.send_signal(signal.SIGTERM)
    waits.communicate(timeout=10)
    assert waits.returncode == -signal.SIGTERM, waits.returncode
END

usage_error 'unknown flag `--arg`; did you mean `--args`?' --arg=3
usage_error 'unknown flag `--frobnicate`; the parameter of the program is given by `--set scale=VALUE`' --frobnicate
# A parameter of the program, set as if it were a flag.
usage_error 'unknown flag `--scale`; `scale` is a parameter of the program: write `--set scale=0.1`' --scale=0.1
usage_error 'unknown flag `--momentum`; the parameter of the program is given by `--set scale=VALUE`' --momentum=0.1
usage_error '--threads: expected a whole number from 1 to 1024, found `0`' --threads=0
usage_error '--entry stands twice' --entry=a --entry=b
usage_error '--set scale stands twice' --set scale=1 --set scale=2
usage_error '`--define` takes NAME=VALUE, not `x`' -D x
usage_error '-D, -I and --cpu are for programs that are compiled: FILE.fed' -I.
usage_error '--set: expected NAME=VALUE, found `lr`' --set lr
usage_error '--data: a value is missing' --process=tally --data
usage_error '--process is for processes, and --entry for computations that run once' --entry=a --process=b
# The only process needs no name where a flag says that a process is meant.
expect 0 "round 1/1: clients=2" "" --data='{"data":[1,2]}'
expect 1 "" 'error: --data is missing: `tally.next` takes `data` of type <data={float32}@CLIENTS>; write --data='"'{\"data\":[...]}'" --rounds=2
usage_error 'either FILE.fed or --program=FILE.so, not both' x.fed
"$run" >"$tmp/out" 2>"$tmp/err"
[ $? = 2 ] && grep -q 'a program is missing: FILE.fed' "$tmp/err" || { echo "FAIL: no program"; failures=$((failures + 1)); }
"$run" --help >"$tmp/out" 2>"$tmp/err" && grep -q '^usage: fed-run' "$tmp/out" && grep -q '^examples:' "$tmp/out" ||
  { echo "FAIL: --help"; failures=$((failures + 1)); }
awk 'length > 100 { print "FAIL: help line too long: " $0; bad = 1 } END { exit bad }' "$tmp/out" || failures=$((failures + 1))

# On a terminal: a bar that ends full.
if command -v script >/dev/null; then
  script -qec "$run --program=$program --process=tally --rounds=3 --data='{\"data\":[1]}'" /dev/null >"$tmp/out" 2>&1 </dev/null
  grep -q '\[################\] 3/3 0:00  clients=1' "$tmp/out" || { echo "FAIL: the bar"; cat -v "$tmp/out"; failures=$((failures + 1)); }
fi

[ $failures = 0 ] && echo "all passed"
exit $((failures > 0))
