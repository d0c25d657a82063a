"""What the workers of the frameworks share: a step of training is timed when peers.py asks for it.

A worker is a process that reads lines and answers each by one: `MODEL BATCH` prepares a model and answers
`ready`, `go` runs steps for about a tenth of a second and answers the microseconds that one took. So the
contenders take turns although each has a process, and an interpreter, of its own.
"""
import sys
import time

import numpy

BATCHES = 10
RATE = 0.1
SECONDS = 0.1

# Layers of the models of benchmarks/*.fed: shapes of weights; each has a bias of the last dimension.
DENSE = {
    "softmax": [(784, 10)],
    "2NN": [(784, 200), (200, 200), (200, 10)],
}
CNN = [(5, 5, 1, 32), (5, 5, 32, 64), (3136, 512), (512, 10)]
LSTM = {"steps": 80, "inputs": 256, "hidden": 256, "classes": 10}


def data(model, batch):
    """BATCHES batches of inputs and labels, and weights to begin with."""
    random = numpy.random.default_rng(1)
    shape = (LSTM["steps"], batch, LSTM["inputs"]) if model == "LSTM" else (batch, 784)
    inputs = numpy.maximum(random.uniform(-1, 1, (BATCHES, *shape)), 0).astype(numpy.float32)
    return inputs, random.integers(0, 10, (BATCHES, batch), dtype=numpy.int32)


def weights(shapes):
    """A small random matrix and a zero bias for each shape."""
    random = numpy.random.default_rng(2)
    return [(0.05 * random.uniform(-1, 1, shape).astype(numpy.float32),
             numpy.zeros(shape[-1], numpy.float32)) for shape in shapes]


def serve(prepare):
    """Answers peers.py. `prepare(model, batch)` gives ways to run all batches once, each a function; the
    fastest of them is the one that counts."""
    fastest = None
    for line in sys.stdin:
        words = line.split()
        if words == ["go"]:
            start, calls = time.perf_counter(), 0
            while time.perf_counter() - start < SECONDS:
                fastest()
                calls += 1
            print((time.perf_counter() - start) / calls / BATCHES * 1e6, flush=True)
            continue
        times = []
        for way in prepare(words[0], int(words[1])):
            way()
            way()
            start = time.perf_counter()
            way()
            times.append((time.perf_counter() - start, way))
        fastest = min(times, key=lambda pair: pair[0])[1]
        print("ready", flush=True)
