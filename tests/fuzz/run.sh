#!/bin/bash
# Fuzzes one reader, for ten minutes or as many seconds as the second argument says. What it learns is
# kept in out/fuzz/NAME/corpus, what fails lies in out/fuzz/NAME.
#   run.sh [frontend|manifest|types [SECONDS]]
set -eu
cd "$(dirname "$0")/../.."
name=${1:-frontend} seconds=${2:-600}
bazel build "//tests/fuzz:${name}_fuzzer"
out=out/fuzz/$name
mkdir -p "$out/corpus" "$out/seeds"
flags=()
case $name in
  frontend)
    flags=(-dict=tests/fuzz/fed.dict)
    for seed in examples/*/*.fed tests/*/*.fed compiler/stdlib/*.fed; do
      cp "$seed" "$out/seeds/${seed//\//_}"
    done
    ;;
  manifest)
    bazel build //tools/dist //tests/simulator:hand.manifest
    cp -f bazel-bin/tests/simulator/hand.manifest "$out/seeds/"
    for source in examples/*/*.fed; do
      bazel-bin/tools/dist/fedc/bin/fedc "$source" --emit=obj -o "$out/compiled" 2>/dev/null
    done
    cp -f "$out"/compiled/*.manifest "$out/seeds/"
    ;;
  types)
    flags=(-dict=tests/fuzz/types.dict)
    cp tests/fuzz/types/* "$out/seeds/"
    ;;
esac
exec "bazel-bin/tests/fuzz/${name}_fuzzer" "$out/corpus" "$out/seeds" ${flags[@]+"${flags[@]}"} \
  -max_total_time="$seconds" -timeout=10 -max_len=16384 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="$out/"
