"""The 2NN of examples/papers/mcmahan2017 against the float64 program of reference.cpp.

usage: two_nn_test.py FED_RUN REFERENCE PROGRAM DATA_DIR [--rounds=R] [--seeds=N] [--shuffled]

A hundred steps on one client give the same model to 1e-4. Federated averaging over 100 clients, ten a round, gives the same
accuracy to half a point, by the mean over the seeds: after every tenth round, and the last. Batches are the same in both, in the
order of the data; --shuffled compares training on digits of all kinds with batches that each of both draws for itself, too. With
the full data, 40 rounds and 3 seeds docs/results.md says what it prints.
"""
import argparse
import array
import csv
import glob
import io
import os
import random
import struct
import subprocess
import tempfile
import zipfile

LAYERS = {"first": (784, 200), "second": (200, 200), "out": (200, 10)}
NAMES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
RATE, BATCH = "0.1", 10
MODEL_TOLERANCE, ACCURACY_TOLERANCE = 1e-4, 0.005


def parse():
    parser = argparse.ArgumentParser()
    for name in ("fed_run", "reference", "program", "data"):
        parser.add_argument(name)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--shuffled", action="store_true")
    return parser.parse_args()


def files(folder):
    """By name; gzipped or not."""
    return {name: glob.glob(f"{folder}/{name}-ubyte*")[0] for name in NAMES}


def first_model(seed):
    """The leaves of a model, by name: their dimensions and numbers, Glorot's for weights."""
    draw = random.Random(seed)
    leaves = {}
    for name, (rows, columns) in LAYERS.items():
        bound = (6 / (rows + columns)) ** 0.5
        leaves[f"{name}.weights"] = (rows, columns), array.array(
            "f", (draw.uniform(-bound, bound) for _ in range(rows * columns)))
        leaves[f"{name}.bias"] = (columns,), array.array("f", bytes(4 * columns))
    return leaves


def write_npz(leaves, path):
    with zipfile.ZipFile(path, "w") as archive:
        for name, (dims, numbers) in leaves.items():
            header = str({"descr": "<f4", "fortran_order": False, "shape": dims})
            header += " " * (-(len(header) + 11) % 64) + "\n"
            archive.writestr(name + ".npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
                             numbers.tobytes())


def read_npz(leaves, path):
    with zipfile.ZipFile(path) as archive:
        return [array.array("f", archive.read(name + ".npy")[-4 * len(numbers):]) for name, (_, numbers) in leaves.items()]


def train(arguments, data, leaves, folder, clients, cohort, rounds, limit, labels, seed, shuffled=False):
    """Both: the accuracies after each round, and the numbers of the last model, leaf by leaf."""
    write_npz(leaves, f"{folder}/first.npz")
    with open(f"{folder}/model", "wb") as f:
        for _, numbers in leaves.values():
            f.write(numbers.tobytes())
    digits = [f"images={data[NAMES[i]]},labels={data[NAMES[i + 1]]}" for i in (0, 2)]
    subprocess.run(
        [arguments.fed_run, arguments.program, "--process=training", f"--clients={clients}", f"--cohort={cohort}",
         f"--rounds={rounds}", f"--seed={seed}", f"--set=lr={RATE}", f"--init={folder}/first.npz",
         *([] if shuffled else ["-DBUFFER=1"]), f"--data=idx:{digits[0]}" + (f",limit={limit}" if limit else "") +
         (f",partition=labels:{labels}" if labels else ""), f"--eval-data=idx:{digits[1]}",
         f"--state-out={folder}/last.npz", f"--metrics={folder}/metrics.csv"], check=True, stdout=subprocess.DEVNULL)
    with open(f"{folder}/metrics.csv", encoding="utf-8") as f:
        ours = [float(row["eval.accuracy"]) for row in csv.DictReader(f)]
    out = subprocess.run(
        [arguments.reference, *data.values(), f"{folder}/model", f"clients={clients}", f"cohort={cohort}", f"rounds={rounds}",
         f"batch={BATCH}", f"limit={limit}", f"labels={labels}", f"shuffle={int(shuffled)}", f"seed={seed}", f"rate={RATE}"],
        check=True, capture_output=True, text=True).stdout
    theirs = [float(row["accuracy"]) for row in csv.DictReader(io.StringIO(out))]
    assert len(ours) == len(theirs) == rounds, (len(ours), len(theirs))
    with open(f"{folder}/model.out", "rb") as f:
        numbers = array.array("d", f.read())
    last, at = [], 0
    for _, first in leaves.values():
        last.append(numbers[at:at + len(first)])
        at += len(first)
    assert at == len(numbers)
    return ours, theirs, read_npz(leaves, f"{folder}/last.npz"), last


def steps(arguments, data, folder):
    """A hundred steps of gradient descent on one client."""
    leaves = first_model(1)
    *_, ours, theirs = train(arguments, data, leaves, folder, 1, 1, 1, 100 * BATCH, 0, 1)
    worst = max(abs(a - b) for x, y in zip(ours, theirs, strict=True) for a, b in zip(x, y, strict=True))
    moved = max(abs(a - b) for x, (_, y) in zip(ours, leaves.values()) for a, b in zip(x, y))
    print(f"100 steps: largest difference of a number of the model {worst:.1e}, of one that moved by {moved:.2f}")
    assert moved > 0.05 and worst <= MODEL_TOLERANCE, (moved, worst)


def averaging(arguments, data, folder, labels, shuffled=False):
    curves = [train(arguments, data, first_model(seed), folder, 100, 10, arguments.rounds, 0, labels, seed, shuffled)[:2]
              for seed in range(1, arguments.seeds + 1)]
    for round_ in sorted({*range(10, arguments.rounds + 1, 10), arguments.rounds}):
        ours, theirs = (sum(curve[which][round_ - 1] for curve in curves) / len(curves) for which in (0, 1))
        print(f"{f'labels:{labels}' if labels else 'iid'}{', shuffled' * shuffled}, round {round_}: {ours:.4f}, float64 {theirs:.4f}")
        assert abs(ours - theirs) <= ACCURACY_TOLERANCE, (round_, ours, theirs)


def main():
    arguments = parse()
    arguments.fed_run, arguments.reference = map(os.path.abspath, (arguments.fed_run, arguments.reference))
    data = files(arguments.data)
    with tempfile.TemporaryDirectory() as folder:
        steps(arguments, data, folder)
        for labels in (0, 2):
            averaging(arguments, data, folder, labels)
        if arguments.shuffled:
            averaging(arguments, data, folder, 0, shuffled=True)


if __name__ == "__main__":
    main()
