"""The digits of MNIST over clients, as all contenders of rounds.py get them."""
import gzip
import pathlib

import numpy

CLIENTS, COHORT, BATCH, RATE = 1000, 10, 10, 0.1


def read(folder, name):
    """The array in an IDX file of bytes, packed or not."""
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    dimensions = [int.from_bytes(data[4 + 4 * d:8 + 4 * d], "big") for d in range(data[3])]
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(dimensions)


def load(folder, kind):
    images = read(folder, f"{kind}-images-idx3-ubyte").reshape(-1, 784).astype(numpy.float32) / 255
    return images, read(folder, f"{kind}-labels-idx1-ubyte").astype(numpy.int32)


def clients(folder):
    """Images and labels of each client: as many for each, in a random order."""
    images, labels = load(folder, "train")
    order = numpy.random.default_rng(1).permutation(len(labels))
    return [(images[part], labels[part]) for part in numpy.array_split(order, CLIENTS)]


def accuracy(folder, weights, bias):
    images, labels = load(folder, "t10k")
    return float(numpy.mean(numpy.argmax(images @ weights + bias, 1) == labels))


def report(seconds, rounds, folder, weights, bias):
    """What rounds.py reads: seconds that the rounds took, and the accuracy after them."""
    print(f"RESULT {seconds / rounds} {accuracy(folder, numpy.asarray(weights), numpy.asarray(bias))}",
          flush=True)
