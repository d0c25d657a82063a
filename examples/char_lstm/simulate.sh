#!/bin/bash
# Trains char_lstm.fed over the speakers of plays.txt.
# usage: simulate.sh FED_RUN [ROUNDS] [MORE FLAGS OF FED_RUN ...]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=${1:?usage: simulate.sh FED_RUN [ROUNDS] [FLAGS ...]}
rounds=${2:-20}
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
python3 "$here/make_data.py" "$data"
"$run" "$here/char_lstm.fed" --rounds="$rounds" --data=@"$data/train.json" --eval-data=@"$data/test.json" \
  --eval-every=5 "${@:3}"
