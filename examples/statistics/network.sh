#!/bin/bash
# Runs statistics.fed with one server process and three client processes on this machine.
# usage: network.sh BIN     (BIN: where fedc is)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${1:?usage: network.sh BIN}
# shellcheck source=../processes.sh
. "$here/../processes.sh"

"$bin/fedc" "$here/statistics.fed" -o "$work"
start_server "$work/statistics_server" --clients=3
for readings in '[1,2,3]' '[4]' '[5,6]'; do
  start_client "client$readings" "$work/statistics_client" --data="{\"readings\":$readings}"
done
wait_for_all
