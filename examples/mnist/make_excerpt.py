#!/usr/bin/env python3
"""Draws the excerpt of MNIST that lies in data/ from the full set.

usage: make_excerpt.py DIR_OF_FULL_IDX_FILES OUT_DIR

A seeded sample without replacement: 10,000 of the 60,000 training digits and 2,000 of the 10,000
test digits, in the order drawn, as gzipped IDX files. Byte for byte repeatable.
"""
import gzip
import random
import struct
import sys

SEED = 20260
PARTS = {"train": 10000, "t10k": 2000}


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as f:
        f.write(data)


def main(source, out):
    generator = random.Random(SEED)
    for part, count in PARTS.items():
        images = read(f"{source}/{part}-images-idx3-ubyte")
        labels = read(f"{source}/{part}-labels-idx1-ubyte")
        _, total, rows, columns = struct.unpack(">IIII", images[:16])
        size = rows * columns
        chosen = generator.sample(range(total), count)
        write(f"{out}/{part}-images-idx3-ubyte.gz",
              struct.pack(">IIII", 0x803, count, rows, columns)
              + b"".join(images[16 + i * size:16 + (i + 1) * size] for i in chosen))
        write(f"{out}/{part}-labels-idx1-ubyte.gz",
              struct.pack(">II", 0x801, count) + bytes(labels[8 + i] for i in chosen))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
