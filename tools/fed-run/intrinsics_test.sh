#!/bin/bash
# fed-run on the federated intrinsics that say more than a sum: what they give, and how they fail.
# usage: intrinsics_test.sh FED_RUN
source tools/fed-run/testing.sh
own_folder

# expect STATUS OUTPUT ARGS...: what fed-run prints, standard output and errors together, without
# warnings that a sum is not protected.
expect() {
  local status=$1 text=$2
  shift 2
  "$run" "$@" >out 2>err
  local got=$?
  { sed '/warning: this sum is not protected/,/^hint: until the protocol/d' err; cat out; } >all
  if [ "$got" != "$status" ] || [ "$(cat all)" != "$text" ]; then
    fail "fed-run $*"
    echo "  status $got, expected $status"
    diff <(echo "$text") all | sed 's/^/  /'
  fi
}

# ---- secure sums: integers of any type in, int64 out.
cat >secure.fed <<'END'
fn total(x: {uint8[2]}@CLIENTS, y: {int64}@CLIENTS) -> <a=int64[2]@SERVER,b=int64@SERVER,c=int64@SERVER> {
  (a=federated_secure_sum(x, 100), b=federated_secure_sum_bitwidth(y, 40), c=federated_secure_modular_sum(y, 7))
}
END
expect 0 '{"a":[4,6],"b":11,"c":4}' secure.fed --args='{"x":[[1,2],[3,4]],"y":[5,6]}'
expect 0 '{"a":[0,0],"b":0,"c":0}' secure.fed --args='{"x":[],"y":[]}'
expect 1 'secure.fed:2:6: error: a value of this `federated_secure_sum` is not between 0 and 100 (on client 1, phase 1) [assertion]
   2 |   (a=federated_secure_sum(x, 100), b=federated_secure_sum_bitwidth(y, 40), c=federated_secure_modula...
     |      ^' secure.fed --args='{"x":[[1,2],[1,101]],"y":[1,1]}'
expect 1 'secure.fed:2:38: error: a value of this `federated_secure_sum_bitwidth` is not between 0 and 1099511627775 (on client 0, phase 1) [assertion]
   2 |   (a=federated_secure_sum(x, 100), b=federated_secure_sum_bitwidth(y, 40), c=federated_secure_modula...
     |                                      ^' secure.fed --args='{"x":[[1,2]],"y":[-6]}'
# The largest possible sum is known before anything runs.
cat >large.fed <<'END'
fn large(x: {int64}@CLIENTS) -> int64@SERVER { federated_secure_sum(x, 2305843009213693951) }
END
expect 0 12 large.fed --args='{"x":[5,7]}'
expect 1 'large.fed:1:48: error: `large` has 3 clients, but with values up to 2305843009213693951 the sum stays under 2^62 for up to 2
   1 | fn large(x: {int64}@CLIENTS) -> int64@SERVER { federated_secure_sum(x, 2305843009213693951) }
     |                                                ^' large.fed --args='{"x":[5,7,1]}'
"$run" large.fed --args='{"x":[5]}' 2>&1 | grep -q 'large.fed:1:48: warning: this sum is not protected yet' || {
  echo "FAIL: no warning of fed-run"
  failures=$((failures + 1))
}

# ---- federated_aggregate: accumulate onto zero, merge as a binary counter counts, report.
cat >fold.fed <<'END'
param base: int64 in [0, 1000] = 0;
fn digits(x: {int64}@CLIENTS) -> <code=int64@SERVER, n=int32@SERVER> {
  let r = federated_aggregate(x, (code=base, n=0),
    fn(a, v) { (code=a.code * 10 + v, n=a.n + 1) },
    fn(a, b) { (code=a.code * 100 - b.code, n=a.n + b.n) },
    fn(a) { (code=a.code, n=a.n) });
  (code=r.code, n=r.n)
}
END
# ((1*100 - 2)*100 - (3*100 - 4))*100 - 5
expect 0 '{"code":950395,"n":5}' fold.fed --args='{"x":[1,2,3,4,5]}' --threads=1
expect 0 '{"code":950395,"n":5}' fold.fed --args='{"x":[1,2,3,4,5]}' --threads=3
expect 0 '{"code":0,"n":0}' fold.fed --args='{"x":[]}'
expect 0 '{"code":7,"n":0}' fold.fed --args='{"x":[]}' --set base=7
expect 0 '{"code":71,"n":1}' fold.fed --args='{"x":[1]}' --set base=7
cat >ratio.fed <<'END'
fn ratio(x: {int32}@CLIENTS) -> int32@SERVER {
  federated_aggregate(x, 1, fn(a, v) { a + 6 / v }, fn(a, b) { a + b }, fn(a) { 100 / (a - 9) })
}
END
expect 0 33 ratio.fed --args='{"x":[1,3,6]}'
expect 1 'ratio.fed:2:44: error: an integer was divided by zero (at the server, step 1) [bad-value]
   2 |   federated_aggregate(x, 1, fn(a, v) { a + 6 / v }, fn(a, b) { a + b }, fn(a) { 100 / (a - 9) })
     |                                            ^' ratio.fed --args='{"x":[1,0,2]}'
expect 1 'ratio.fed:2:81: error: an integer was divided by zero (at the server, step 1) [bad-value]
   2 |   federated_aggregate(x, 1, fn(a, v) { a + 6 / v }, fn(a, b) { a + b }, fn(a) { 100 / (a - 9) })
     |                                                                                 ^' ratio.fed --args='{"x":[1,6]}'

# ---- federated_select: slices of the server's table for each client's keys, one phase later.
cat >lookup.fed <<'END'
const words = 5;
fn lookup(keys: {int32[3]}@CLIENTS, table: float32[words,2]@SERVER, shift: float32@SERVER)
    -> <rows={float32[2]}@CLIENTS, total=float32[2]@SERVER> {
  let moved = federated_map(fn(t, s) { t + s }, (table, shift));
  let rows = federated_select(keys, 4, moved, fn(t, key) { matmul(one_hot<float32>(key, words), t) });
  let sums = federated_map(fn(r) { sequence_reduce(r, zeros<float32[2]>(), fn(s, v) { 2.0 * s + v }) }, rows);
  (rows=sums, total=federated_sum(sums))
}
END
table='"table":[[0,1],[10,11],[20,21],[30,31],[40,41]],"shift":0.5'
expect 0 '{"rows":[[13.5,20.5],[243.5,250.5]],"total":[257,271]}' \
  lookup.fed --args="{$table,\"keys\":[[0,0,1],[4,2,4]]}"
expect 1 'lookup.fed:5:14: error: a key of this `federated_select` is not between 0 and its `max_key`, 4 (on client 1, phase 1) [assertion]
   5 |   let rows = federated_select(keys, 4, moved, fn(t, key) { matmul(one_hot<float32>(key, words), t) }...
     |              ^' lookup.fed --args="{$table,\"keys\":[[0,0,1],[4,5,4]]}"
# An error in the function is one of the client whose slice it is.
cat >inverse.fed <<'END'
fn inverse(keys: {int32[2]}@CLIENTS, n: int32@SERVER) -> int32@SERVER {
  let parts = federated_select(keys, 9, n, fn(n, key) { n / key });
  federated_sum(federated_map(fn(p) { sequence_reduce(p, 0, fn(s, v) { s + v }) }, parts))
}
END
expect 0 25 inverse.fed --args='{"n":12,"keys":[[1,2],[3,4]]}'
expect 1 'inverse.fed:2:57: error: an integer was divided by zero (on client 1, phase 2) [bad-value]
   2 |   let parts = federated_select(keys, 9, n, fn(n, key) { n / key });
     |                                                         ^' inverse.fed --args='{"n":12,"keys":[[1,2],[0,4]]}'
expect 0 'warning: 1 of 2 clients failed and dropped out, the first with
inverse.fed:2:57: error: an integer was divided by zero (on client 1, phase 2) [bad-value]
   2 |   let parts = federated_select(keys, 9, n, fn(n, key) { n / key });
     |                                                         ^
18' inverse.fed --args='{"n":12,"keys":[[1,2],[0,4]]}' --drop-failed-clients

# ---- 16-bit floats are combined as float32, and the result has their type.
cat >half.fed <<'END'
fn half(x: {float16[2]}@CLIENTS, w: {bfloat16}@CLIENTS)
    -> <s=float16[2]@SERVER, m=float16[2]@SERVER, lo=float16[2]@SERVER, hi=bfloat16@SERVER, b=bfloat16@SERVER> {
  (s=federated_sum(x), m=federated_mean(x, w), lo=federated_min(x), hi=federated_max(w), b=federated_mean(w))
}
END
expect 0 '{"s":[3,"Infinity"],"m":[1.75,37504],"lo":[1,30000],"hi":3,"b":2}' half.fed --args='{"x":[[1,60000],[2,30000]],"w":[1,3]}'

finish
