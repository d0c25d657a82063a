#!/bin/bash
# Runs a Python test with the machine's python3 (Bazel's own py_test wants one named `python`).
set -eu
exec python3 "$@"
