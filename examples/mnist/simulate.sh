#!/bin/bash
# Trains mnist.fed over 100 simulated clients for 20 rounds.
# usage: simulate.sh FED_RUN [DIR_OF_IDX_FILES [SUFFIX]]     (SUFFIX: .gz where they are gzipped)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=${1:?usage: simulate.sh FED_RUN [DIR [SUFFIX]]}
data=${2:-$here/data}
gz=${3-.gz}
exec "$run" "$here/mnist.fed" --process=training --rounds=20 --clients=100 \
  --data="idx:images=$data/train-images-idx3-ubyte$gz,labels=$data/train-labels-idx1-ubyte$gz,batch=10,epochs=10,shuffle=1" \
  --eval-data="idx:images=$data/t10k-images-idx3-ubyte$gz,labels=$data/t10k-labels-idx1-ubyte$gz,batch=32"
