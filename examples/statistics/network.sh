#!/bin/bash
# Runs statistics.fed with one server process and three client processes on this machine.
# usage: network.sh BIN     (BIN: where fedc is)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${1:?usage: network.sh BIN}
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

"$bin/fedc" "$here/statistics.fed" -o "$work"
"$work/statistics_server" --listen=127.0.0.1:0 --clients=3 2>"$work/server.txt" &
server=$!
pids+=("$server")
address=
for ((i = 0; i < 200 && ${#address} == 0; ++i)); do
  address=$(sed -n 's/^listening on //p' "$work/server.txt")
  kill -0 "$server" 2>/dev/null || break
  sleep 0.05
done
[ -n "$address" ] || { cat "$work/server.txt" >&2; exit 1; }
for readings in '[1,2,3]' '[4]' '[5,6]'; do
  "$work/statistics_client" --server="$address" --data="{\"readings\":$readings}" --quiet &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
pids=()
[ $failed = 0 ] || { cat "$work/server.txt" >&2; exit 1; }
