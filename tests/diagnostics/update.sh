#!/bin/bash
# Writes the golden files anew from what fedc says now. Read the difference before you commit it.
set -eu
cd "$(dirname "$0")/../.."
bazel build //tools/fedc
python3 tests/diagnostics/diagnostics_test.py bazel-bin/tools/fedc/fedc --update
git --no-pager diff --stat -- tests/diagnostics
