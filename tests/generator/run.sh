#!/bin/bash
# tests/generator/run.sh N [SEED]: compares N generated programs with the interpreter, on all cores.
# Every fifth file is also compiled for aarch64 and run under qemu.
set -eu
cd "$(dirname "$0")/../.."
programs=${1:?usage: tests/generator/run.sh N [SEED]}
seed=${2:-1}
bazel build //tests/generator:fuzz >&2
workers=$(nproc)
share=$(((programs + workers - 1) / workers))
pids=()
for ((i = 0; i < workers; ++i)); do
  # Seeds are one a file; a worker never needs more of them than programs.
  bazel-bin/tests/generator/fuzz --programs="$share" --seed=$((seed + i * share)) \
    --aarch64-every=5 &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
exit $failed
