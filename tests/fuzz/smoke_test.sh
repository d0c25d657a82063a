#!/bin/bash
# Twenty seconds of a fuzz target, from the files given.
#   smoke_test.sh FUZZER DICTIONARY|- SEED...
set -eu
fuzzer=$1 dictionary=$2
shift 2
corpus="$TEST_TMPDIR/corpus"
mkdir -p "$corpus"
i=0
for seed in "$@"; do
  case $seed in
    examples/*) [[ $seed == *.fed ]] || continue ;;
  esac
  cp -L "$seed" "$corpus/$((i += 1))"
done
flags=()
[ "$dictionary" = - ] || flags=("-dict=$dictionary")
exec "$fuzzer" "$corpus" ${flags[@]+"${flags[@]}"} -max_total_time=20 -timeout=10 -max_len=8192 \
  -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 -artifact_prefix="$TEST_TMPDIR/"
