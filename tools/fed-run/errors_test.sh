#!/bin/bash
# What fed-run says of errors of compiled code, and of programs that have nothing to run.
# usage: errors_test.sh FED_RUN
source tools/fed-run/testing.sh
own_folder

# says TEXT ARGS...: fed-run fails with 1, prints no result, and its first line is TEXT.
says() {
  local text=$1
  shift
  "$run" "$@" >out 2>err
  local got=$?
  if [ $got != 1 ] || [ -s out ] || [ "$(head -1 err)" != "$text" ]; then
    fail "fed-run $*"
    echo "  status $got, it said"
    sed 's/^/  /' err
  fi
}

# ---- What is out of range, and of what.
cat >index.fed <<'END'
fn row(x: {<rows=float32[5,2], i=int32>}@CLIENTS) -> float32[2]@SERVER {
  federated_sum(federated_map(fn(x) { take(x.rows, x.i) }, x))
}
fn rows(x: {<rows=float32[5,2], i=int64[?<=3]>}@CLIENTS) -> float32[2]@SERVER {
  federated_sum(federated_map(fn(x) { reduce_sum(take(x.rows, x.i), axes=(0,)) }, x))
}
fn box(x: {<rows=float32[5,2], i=int32>}@CLIENTS) -> float32[2,1]@SERVER {
  federated_sum(federated_map(fn(x) { dynamic_slice(x.rows, (x.i, 0), sizes=(2, 1)) }, x))
}
fn entry(keys: {int32[1]}@CLIENTS, table: float32[3]@SERVER) -> float32@SERVER {
  let parts = federated_select(keys, 9, table, fn(t, key) { take(t, key) });
  federated_sum(federated_map(fn(p) { sequence_reduce(p, 0.0, fn(s, v) { s + v }) }, parts))
}
fn late(i: {int32}@CLIENTS, table: float32[3]@SERVER) -> float32@SERVER {
  federated_map(fn(t, i) { take(t, i) }, (table, federated_sum(i)))
}
export fn share(n: int32) -> int32 { 100 / n }
export fn nth(x: float32[3], i: int32) -> float32 { take(x, i) }
END
table='"rows":[[0,1],[2,3],[4,5],[6,7],[8,9]]'
says 'index.fed:2:39: error: index 5 is out of range: it can be 0 to 4 (on client 1, phase 1) [bad-value]' \
  index.fed --entry=row --args="{\"x\":[{$table,\"i\":4},{$table,\"i\":5}]}"
says 'index.fed:2:39: error: index -1 is out of range: it can be 0 to 4 (on client 0, phase 1) [bad-value]' \
  index.fed --entry=row --args="{\"x\":[{$table,\"i\":-1}]}"
says 'index.fed:5:50: error: index 7 is out of range: it can be 0 to 4 (on client 0, phase 1) [bad-value]' \
  index.fed --entry=rows --args="{\"x\":[{$table,\"i\":[0,7]}]}"
says 'index.fed:8:39: error: index 4 is out of range: it can be 0 to 3 (on client 0, phase 1) [bad-value]' \
  index.fed --entry=box --args="{\"x\":[{$table,\"i\":4}]}"
says 'index.fed:11:61: error: index 3 is out of range: it can be 0 to 2 (on client 0, phase 2) [bad-value]' \
  index.fed --entry=entry --args='{"keys":[[3]],"table":[1,2,3]}'
says 'index.fed:15:28: error: index 4 is out of range: it can be 0 to 2 (at the server, step 1) [bad-value]' \
  index.fed --entry=late --args='{"i":[1,3],"table":[1,2,3]}'
# A function of the app's runs on no client and in no phase.
says 'index.fed:17:38: error: an integer was divided by zero [bad-value]' index.fed --entry=share --args='{"n":0}'
says 'index.fed:18:53: error: index 3 is out of range: it can be 0 to 2 [bad-value]' \
  index.fed --entry=nth --args='{"x":[1,2,3],"i":3}'

# ---- Bounds.
cat >bounds.fed <<'END'
fn steps(n: {int64}@CLIENTS) -> float32@SERVER {
  federated_sum(federated_map(fn(n) { fold(n, 1.0, fn(i, x) { 2.0 * x }, at_most=3) }, n))
}
END
says 'bounds.fed:2:39: error: `at_most` of this `fold`: 5 is more than the bound 3 (on client 1, phase 1) [size-mismatch]' \
  bounds.fed --args='{"n":[3,5]}'
cat >elements.fed <<'END'
fn few(d: {float32*}@CLIENTS) -> float32@SERVER {
  federated_sum(federated_map(fn(d) { sequence_reduce(d, 0.0, fn(a, b) { a + b }, at_most=2) }, d))
}
END
says 'elements.fed:2:39: error: `at_most` of this `sequence_reduce`: 3 is more than the bound 2 (on client 1, phase 1) [size-mismatch]' \
  elements.fed --args='{"d":[[1,2],[1,2,3,4]]}'

# ---- Nobody, or nobody who counts.
cat >means.fed <<'END'
fn weighted(x: {<v=float32, w=int32>}@CLIENTS) -> float32@SERVER { federated_mean(x.v, x.w) }
fn plain(x: {float32}@CLIENTS) -> float32@SERVER { federated_mean(x) }
END
says 'means.fed:1:68: error: the total weight of this `federated_mean` is 0 (at the server, step 1) [assertion]' \
  means.fed --entry=weighted --args='{"x":[{"v":1,"w":0},{"v":2,"w":0}]}'
says 'means.fed:2:52: error: no client contributed to this `federated_mean` (at the server, step 1) [assertion]' \
  means.fed --entry=plain --args='{"x":[]}'

# ---- Nothing to run.
echo 'fn half(x: float32) -> float32 { x / 2.0 }' >plain.fed
says 'error: nothing of the program runs by itself: it has no process and no function of placed values (`fn f(x: {float32}@CLIENTS) -> float32@SERVER`); `export fn` lets a plain function run here, on one device' plain.fed

# ---- Long lines are shown around the caret, and what fails in the library at the line that calls it.
{ printf 'fn six(x: {float32[?<=7]}@CLIENTS) -> {float32[6]}@CLIENTS { '
  for i in $(seq 50); do printf 'let a%s = %s.0; ' $i $i; done
  printf 'federated_map(fn(x) { reshape<float32[6]>(x) }, x) }\n'; } >long.fed
says 'long.fed:1:866: error: sizes 6 and 5 do not agree (on client 0, phase 1) [size-mismatch]' \
  long.fed --args='{"x":[[1,2,3,4,5]]}'
if [ "$(tail -2 err)" != '   1 | ...50 = 50.0; federated_map(fn(x) { reshape<float32[6]>(x) }, x) }
     |                                     ^' ]; then
  echo "FAIL: the line of long.fed"
  cat err
  failures=$((failures + 1))
fi
cat >library.fed <<'END'
import "std/nn" as nn;
fn vector(word: {int32}@CLIENTS) -> {float32[2]}@CLIENTS {
  federated_map(fn(i) { nn.embedding(zeros<float32[3,2]>(), i) }, word)
}
END
says 'library.fed:3:25: error: in std/nn.fed:217:3: index 5 is out of range: it can be 0 to 2 (on client 0, phase 1) [bad-value]' \
  library.fed --args='{"word":[5]}'

# ---- What the host gives is no argument.
echo 'fn weighted(x: {float32}@CLIENTS, w: {float32}@CLIENTS from host) -> float32@SERVER { federated_mean(x, w) }' >host.fed
says 'error: --args: `w` comes from the host: give it as --host w=VALUE' \
  host.fed --args='{"x":[1,2],"w":[1,1]}'

finish
