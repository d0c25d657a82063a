#!/bin/bash
# What fed-fmt does to files, and what it says.
set -euo pipefail
fmt=$PWD/$1
cd "$TEST_TMPDIR"
fail() { echo "FAILED: $*" >&2; exit 1; }
# expect STATUS STDOUT STDERR ARGUMENT...
expect() {
  local status=$1 out=$2 err=$3 got=0
  shift 3
  "$fmt" "$@" >out.txt 2>err.txt </dev/null || got=$?
  [ $got = "$status" ] || fail "$*: exit status $got: $(cat err.txt)"
  [ "$(cat out.txt)" = "$out" ] || fail "$*: printed: $(cat out.txt)"
  [[ "$(cat err.txt)" == $err ]] || fail "$*: said: $(cat err.txt)"
}

echo 'const A=1;' >a.fed
echo 'const B = 2;' >b.fed
echo 'const C = ;' >c.fed
expect 1 "" "a.fed: not formatted" --check a.fed b.fed
[ "$(cat a.fed)" = 'const A=1;' ] || fail "--check changed the file"

chmod 640 a.fed
ln -s a.fed link.fed
expect 0 "" "formatted link.fed" link.fed b.fed
[ "$(cat a.fed)" = 'const A = 1;' ] || fail "not formatted: $(cat a.fed)"
[ -L link.fed ] || fail "the link is gone"
[ "$(stat -c %a a.fed)" = 640 ] || fail "the permissions are others"
expect 0 "" "" --check a.fed b.fed link.fed

# A mistake in one file is shown, and the others are formatted.
echo 'const A=1;' >a.fed
expect 1 "" "c.fed:1:11: error: *
formatted a.fed" c.fed a.fed
[ "$(cat c.fed)" = 'const C = ;' ] || fail "a file with errors was changed"
[ "$(cat a.fed)" = 'const A = 1;' ] || fail "not formatted: $(cat a.fed)"

[ "$(echo 'const A=1;' | "$fmt" -)" = 'const A = 1;' ] || fail "the standard input"
expect 0 "" "" -
expect 1 "" "fed-fmt: cannot read \`none.fed\`: *" none.fed
expect 1 "" "fed-fmt: cannot read \`.\`: *" .
expect 2 "" "fed-fmt: no file is given*"
expect 2 "" "fed-fmt: unknown option \`--chekc\`; did you mean \`--check\`?*" --chekc a.fed
"$fmt" --help | grep -q '^usage: fed-fmt' || fail "--help"
echo "all as expected"
