#!/bin/bash
# Fuzzes the front end for ten minutes, or for as many seconds as the first argument says. What it
# learns is kept in out/fuzz/corpus, what fails lies in out/fuzz.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
bazel build //tests/fuzz:frontend_fuzzer
mkdir -p out/fuzz/corpus out/fuzz/seeds
for seed in examples/*/*.fed tests/*/*.fed compiler/stdlib/*.fed; do
  cp "$seed" "out/fuzz/seeds/${seed//\//_}"
done
exec bazel-bin/tests/fuzz/frontend_fuzzer out/fuzz/corpus out/fuzz/seeds \
  -dict=tests/fuzz/fed.dict -max_total_time="$seconds" -timeout=10 -max_len=16384 \
  -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix=out/fuzz/
