#!/bin/bash
# tests/generator/run.sh N [SEED [MACHINES]]: compares N generated programs with the interpreter, on all
# cores. What each file is compiled for (processor, tiles, length of parts, polls) is drawn from the
# seed MACHINES; one of five is also compiled for aarch64 and run under qemu. What fails is made
# smaller, and printed with the flags of tests/generator:fuzz that it fails with.
set -eu
cd "$(dirname "$0")/../.."
programs=${1:?usage: tests/generator/run.sh N [SEED [MACHINES]]}
seed=${2:-1}
machines=${3:-1}
bazel build //tests/generator:fuzz >&2
workers=$(nproc)
share=$(((programs + workers - 1) / workers))
pids=()
for ((i = 0; i < workers; ++i)); do
  # Seeds are one a file; a worker never needs more of them than programs.
  bazel-bin/tests/generator/fuzz --programs="$share" --seed=$((seed + i * share)) \
    --machines=$((machines + i)) --aarch64-every=5 &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
exit $failed
