# What the tests of fed-run have in common; they source it first, with their arguments: FED_RUN ...
set -u
run=$(realpath "$1")
failures=0

fail() {
  echo "FAIL: $1"
  failures=$((failures + 1))
}

# To a folder of the test's own, where it may leave what it likes.
own_folder() { cd "${TEST_TMPDIR:-$(mktemp -d)}" || exit 1; }

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

# The end of every test.
finish() {
  [ "$failures" = 0 ] && echo "all passed"
  exit $((failures > 0))
}
