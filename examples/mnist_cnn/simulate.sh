#!/bin/bash
# Trains mnist_cnn.fed over 20 simulated clients for 4 rounds, on the digits of examples/mnist.
# usage: simulate.sh FED_RUN [ROUNDS]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=${1:?usage: simulate.sh FED_RUN [ROUNDS]}
data=$here/../mnist/data
exec "$run" "$here/mnist_cnn.fed" --process=training --rounds="${2:-4}" --clients=20 \
  --data="idx:images=$data/t10k-images-idx3-ubyte.gz,labels=$data/t10k-labels-idx1-ubyte.gz,batch=10,epochs=1,shuffle=1" \
  --eval-data="idx:images=$data/train-images-idx3-ubyte.gz,labels=$data/train-labels-idx1-ubyte.gz,batch=32,limit=1000"
