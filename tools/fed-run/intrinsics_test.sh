#!/bin/bash
# fed-run on the federated intrinsics that say more than a sum: what they give, and how they fail.
# usage: intrinsics_test.sh FED_RUN
set -u
run=$(realpath "$1")
cd "${TEST_TMPDIR:-$(mktemp -d)}" || exit 1
failures=0

# expect STATUS OUTPUT ARGS...: what fed-run prints, standard output and errors together, without
# warnings that a sum is not protected.
expect() {
  local status=$1 text=$2
  shift 2
  "$run" "$@" >out 2>err
  local got=$?
  { sed '/warning: this sum is not protected/,/^hint: its range/d' err; cat out; } >all
  if [ "$got" != "$status" ] || [ "$(cat all)" != "$text" ]; then
    echo "FAIL: fed-run $*"
    echo "  status $got, expected $status"
    diff <(echo "$text") all | sed 's/^/  /'
    failures=$((failures + 1))
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
   2 |   (a=federated_secure_sum(x, 100), b=federated_secure_sum_bitwidth(y, 40), c=federated_secure_modular_sum(y, 7))
     |      ^' secure.fed --args='{"x":[[1,2],[1,101]],"y":[1,1]}'
expect 1 'secure.fed:2:38: error: a value of this `federated_secure_sum_bitwidth` is not between 0 and 1099511627775 (on client 0, phase 1) [assertion]
   2 |   (a=federated_secure_sum(x, 100), b=federated_secure_sum_bitwidth(y, 40), c=federated_secure_modular_sum(y, 7))
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

[ $failures = 0 ] && echo "all passed"
exit $((failures > 0))
