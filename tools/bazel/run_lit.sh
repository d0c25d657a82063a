#!/bin/bash
# Runs lit over the files given, from the runfiles root; lit.cfg.py lies in tests/.
set -eu
exec python3 external/llvm/bin/lit -v --no-progress-bar "$@"
