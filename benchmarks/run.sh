#!/bin/bash
# usage: run.sh DIST [WORK]     DIST: an installation's folder, as bazel-bin/tools/dist/fedc
#
# Compiles the programs of this folder with fedc, links them into C++ programs beside OpenBLAS,
# Eigen and, where it is installed, oneDNN, and prints how fast they are. `./dev bench` runs this.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dist=$(cd "$1" && pwd)
work=${2:-$(mktemp -d)}
[ $# -gt 1 ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
cd "$work"

# The shapes that training small networks multiplies, and a few large ones.
shapes="nn 20 784 200
nn 20 200 200
nn 20 200 10
nn 20 784 10
tn 784 20 200
tn 784 20 10
nt 20 10 200
nt 20 200 200
nn 32 3136 512
nn 128 128 128
nn 512 512 512
nn 1024 1024 1024"

# Batch, side, channels in and out, taps a side, padding: those of the CNN, and one as in deeper
# networks.
layers="10 28 1 32 5 2
10 14 32 64 5 2
10 14 64 64 3 1"

# All programs for a profile of the processors.
compile() {  # CPU
  objects=() convolutions=()
  : >shapes.inc
  while read -r kind m k n; do
    name=${kind}_${m}x${k}x${n}
    cp "$here/matmul_$kind.fed" "$name.fed"
    "$dist/bin/fedc" "$name.fed" --emit=obj --cpu="$1" -o . -D M="$m" -D K="$k" -D N="$n"
    echo "SHAPE($kind, $m, $k, $n)" >>shapes.inc
    objects+=("${name}_client.o")
  done <<<"$shapes"
  for model in softmax network cnn; do
    "$dist/bin/fedc" "$here/$model.fed" --emit=obj --cpu="$1" -o .
  done
  for batch in 10 20; do
    cp "$here/lstm.fed" "lstm_$batch.fed"
    "$dist/bin/fedc" "lstm_$batch.fed" --emit=obj --cpu="$1" -o . -D BATCH="$batch"
  done
  : >layers.inc
  while read -r b s c o k p; do
    for kind in forward data filter; do
      name=${kind}_${b}x${s}x${c}x${o}x${k}
      cp "$here/convolution_$kind.fed" "$name.fed"
      "$dist/bin/fedc" "$name.fed" --emit=obj --cpu="$1" -o . \
        -D B="$b" -D S="$s" -D C="$c" -D O="$o" -D K="$k" -D P="$p"
      convolutions+=("${name}_client.o")
    done
    echo "LAYER($b, $s, $c, $o, $k, $p)" >>layers.inc
  done <<<"$layers"
}

client="$dist/lib/fedc/x86_64-linux-gnu/libfed_client.a"
link() {  # OUTPUT MACHINE SOURCE OBJECT...
  local output=$1 machine=$2 source=$3
  shift 3
  clang++-22 -std=c++20 -O3 -march="$machine" -I"$work" -I"$dist/include/fedc" \
    -I/usr/include/eigen3 -DEIGEN_DONT_PARALLELIZE "$here/$source" "$@" "$client" \
    -fuse-ld=lld -lopenblas "${onednn[@]}" -o "$output"
}

onednn=()
if [ -f /usr/include/oneapi/dnnl/dnnl.hpp ]; then
  onednn=(-DHAVE_ONEDNN -I/usr/include/oneapi/dnnl -ldnnl)
else
  echo "oneDNN (libdnnl-dev) is not installed: no rows against it"
fi

# The kernels of OpenBLAS are named: where it does not know a processor it takes its slowest.
run() {
  env -u OPENBLAS_L2_SIZE OPENBLAS_CORETYPE="$1" OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 \
    DNNL_MAX_CPU_ISA="$2" "$3"
}

sets="x86-64-v3:Haswell:AVX2:AVX2"
if grep -qw avx512f /proc/cpuinfo; then sets+=" x86-64-v4:SkylakeX:AVX512_CORE:AVX-512"; fi
for set in $sets; do
  IFS=: read -r machine core isa instructions <<<"$set"
  compile "$machine"
  link matmul "$machine" matmul.cpp "${objects[@]}"
  link steps "$machine" steps.cpp softmax_client.o network_client.o
  link cnn "$machine" cnn.cpp cnn_client.o
  link lstm "$machine" lstm.cpp lstm_10_client.o lstm_20_client.o
  echo
  echo "Products against libraries with $instructions: MxKxN, ours, of the peak, ours over OpenBLAS, over Eigen, over oneDNN, over the best, noise"
  run "$core" "$isa" ./matmul
  echo
  echo "Steps against C++ over OpenBLAS with $instructions: ours, ours over C++, products at the peak as a part of our time and of C++'s, peak over C++, noise"
  run "$core" "$isa" ./steps
  run "$core" "$isa" ./cnn
  run "$core" "$isa" ./lstm
  if [ ${#onednn[@]} -gt 0 ]; then
    link convolutions "$machine" convolutions.cpp "${convolutions[@]}"
    echo
    echo "Convolutions against oneDNN with $instructions: sizes, ours, ours over oneDNN, noise"
    run "$core" "$isa" ./convolutions
  fi
done

echo
echo "Code of a client (bytes of text): its phases, and all of its library, the protocol and the header's functions too"
text_of() { llvm-size-22 -A "$1" | awk '/^\.text/ { n += $2 } END { print n }'; }
for target in x86_64-linux-gnu aarch64-linux-gnu; do
  for model in softmax network cnn lstm; do
    "$dist/bin/fedc" "$here/$model.fed" --emit=obj --target=$target -o "$target"
    "$dist/bin/fedc" "$here/$model.fed" --target=$target -o "$target/whole" >/dev/null
    printf '%-20s %-8s %6d %6d\n' "$target" "$model" "$(text_of "$target/${model}_client.o")" \
      "$(text_of "$target/whole/lib${model}_client.a")"
  done
done
