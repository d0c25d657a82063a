#!/usr/bin/env python3
"""Makes digits.bin: small digits from the excerpt of MNIST in ../mnist/data.

usage: make_digits.py MNIST_DATA OUT

The first 1,200 training digits and then the first 300 test digits, 50 bytes each: the label, and 7 x 7
pixels from 0 to 255, each the mean of 4 x 4 of the original. Byte for byte repeatable.
"""
import gzip
import sys

PARTS = {"train": 1200, "t10k": 300}


def main(data, out):
    with open(out, "wb") as f:
        for part, count in PARTS.items():
            with gzip.open(f"{data}/{part}-images-idx3-ubyte.gz") as images, \
                 gzip.open(f"{data}/{part}-labels-idx1-ubyte.gz") as labels:
                images.read(16)
                labels.read(8)
                for _ in range(count):
                    image = images.read(28 * 28)
                    small = [sum(image[(4 * y + dy) * 28 + 4 * x + dx] for dy in range(4) for dx in range(4)) // 16
                             for y in range(7) for x in range(7)]
                    f.write(labels.read(1) + bytes(small))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
