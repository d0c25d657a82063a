#!/bin/bash
# Trains mnist.fed with one server process and 8 client processes on this machine, and compares the
# model with the one that fed-run makes of the same digits.
# usage: network.sh BIN [DIR_OF_IDX_FILES [SUFFIX]]     (BIN: where fedc and fed-run are)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${1:?usage: network.sh BIN [DIR [SUFFIX]]}
data=${2:-$here/data}
gz=${3-.gz}
clients=8 rounds=20
# shellcheck source=../processes.sh
. "$here/../processes.sh"

digits() { # digits SET OPTIONS: the SPEC of a set
  echo "idx:images=$data/$1-images-idx3-ubyte$gz,labels=$data/$1-labels-idx1-ubyte$gz,$2"
}
train=$(digits train batch=10,epochs=10,shuffle=1)
held=$(digits t10k batch=32)

"$bin/fedc" "$here/mnist.fed" -o "$work"
start_server "$work/mnist_server" --clients=$clients --rounds=$rounds --evaluate \
  --phase-timeout=120 --state-out="$work/network.npz"
for ((c = 0; c < clients; ++c)); do
  start_client "client$c" "$work/mnist_client" --data="$train,shards=$c/$clients" \
    --eval-data="$held,shards=$c/$clients"
done
wait_for_all

"$bin/fed-run" "$here/mnist.fed" --process=training --rounds=$rounds --clients=$clients \
  --data="$train" --eval-data="$held" --state-out="$work/simulation.npz" >/dev/null
cmp "$work/network.npz" "$work/simulation.npz"
echo "the model of one server and $clients clients is, byte for byte, the one that fed-run makes"
