#!/bin/bash
# Trains mnist.fed with one server process and 8 client processes on this machine, and compares the
# model with the one that fed-run makes of the same digits.
# usage: network.sh BIN [DIR_OF_IDX_FILES [SUFFIX]]     (BIN: where fedc and fed-run are)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${1:?usage: network.sh BIN [DIR [SUFFIX]]}
data=${2:-$here/data}
gz=${3-.gz}
clients=8 rounds=${ROUNDS:-20}

work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

digits() { # digits SET OPTIONS: the SPEC of a set
  echo "idx:images=$data/$1-images-idx3-ubyte$gz,labels=$data/$1-labels-idx1-ubyte$gz,$2"
}
train=$(digits train batch=10,epochs=10,shuffle=1)
held=$(digits t10k batch=32)

"$bin/fedc" "$here/mnist.fed" -o "$work"
"$work/mnist_server" --listen=127.0.0.1:0 --clients=$clients --rounds="$rounds" --evaluate \
  --phase-timeout=120 --state-out="$work/network.npz" 2>"$work/server.txt" &
server=$!
pids+=("$server")
address=
for ((i = 0; i < 200 && ${#address} == 0; ++i)); do
  address=$(sed -n 's/^listening on //p' "$work/server.txt")
  kill -0 "$server" 2>/dev/null || break
  sleep 0.05
done
[ -n "$address" ] || { cat "$work/server.txt" >&2; exit 1; }
for ((i = 0; i < clients; ++i)); do
  "$work/mnist_client" --server="$address" --data="$train,shards=$i/$clients" \
    --eval-data="$held,shards=$i/$clients" --quiet >"$work/client$i.txt" 2>&1 &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
pids=()
if [ $failed = 1 ]; then
  cat "$work"/*.txt >&2
  exit 1
fi

"$bin/fed-run" "$here/mnist.fed" --process=training --rounds="$rounds" --clients=$clients \
  --data="$train" --eval-data="$held" --state-out="$work/simulation.npz" >/dev/null
cmp "$work/network.npz" "$work/simulation.npz"
echo "the model of one server and $clients clients is, byte for byte, the one that fed-run makes"
