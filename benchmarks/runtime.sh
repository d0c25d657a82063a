#!/bin/bash
# usage: runtime.sh DIST BIN     DIST: an installation's folder; BIN: where accumulate and simulator are
#
# Prints how fast the run time is beside the machine and beside the compiled code that it calls.
# `./dev bench` runs this.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo
echo "Sums over clients against memcpy: 2^20 elements, bytes moved a second, over memcpy's by as many threads, best over its best, noise"
"$2/accumulate"

"$1/bin/fedc" "$here/simulator.fed" --emit=obj -o "$work"
clang-22 -shared -fuse-ld=lld "$work"/simulator_{client,server}.o -o "$work/simulator.so"
echo
echo "Simulation: a client's share of a round over a bare call of its compiled code, and what two"
echo "threads do over what two processes do"
"$2/simulator" "$work/simulator.so"
