#!/usr/bin/env python3
"""Runs the experiments of McMahan et al. (AISTATS 2017) on MNIST and prints their table beside the paper's.

Every run that has ended is kept in the file of results, and is not made again. One that is interrupted goes on, the next time,
after its last round: its checkpoint lies beside that file. So the table can be made in pieces, and by several processes.
"""
import argparse
import glob
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import experiments  # noqa: E402


@dataclass
class Row:
    program: str
    partition: str
    epochs: int
    rate: float
    target: float
    paper: int  # rounds to the target: tables 1 and 2
    most: int   # rounds to make, without a target


# C = 0.1 and B = 10.
ROWS = {
    "2nn-iid": Row("two_nn", "iid", 1, 0.1, 0.97, 87, 100),
    "2nn-labels": Row("two_nn", "labels:2", 1, 0.1, 0.97, 664, 700),
    "cnn-iid-e5": Row("cnn", "iid", 5, 0.1, 0.99, 20, 60),
    "cnn-iid-e1": Row("cnn", "iid", 1, 0.1, 0.99, 34, 100),
    "cnn-labels-e5": Row("cnn", "labels:2", 5, 0.1, 0.99, 229, 500),
    "cnn-labels-e1": Row("cnn", "labels:2", 1, 0.1, 0.99, 350, 700),
}
FULL = ("cnn-labels-e5", "cnn-labels-e1")
AT = (10, 20, 40)
IMAGES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fed_run", help="the executable fed-run")
    parser.add_argument("data", help="a folder with MNIST's four files: what `./dev data mnist` prints")
    parser.add_argument("--rows", help=f"which of {','.join(ROWS)} (all but those of the CNN with label shards)")
    parser.add_argument("--full", action="store_true", help="all rows")
    parser.add_argument("--seeds", default="1,2,3", help="a list (%(default)s)")
    parser.add_argument("--rounds", type=int, help="at most so many (twice what the row should take, or so)")
    parser.add_argument("--clients", type=int, default=100, help="(%(default)s)")
    parser.add_argument("--rate", type=float, help="the learning rate (that of the row)")
    parser.add_argument("--target", type=float, help="the accuracy that ends a run (that of the row)")
    parser.add_argument("--threads", type=int, default=1, help="of fed-run (%(default)s)")
    parser.add_argument("--results", help="a file of JSON that results are read from and added to")
    parser.add_argument("--print", action="store_true", dest="only_print", help="print the table of what there is, run nothing")
    arguments = parser.parse_args()
    arguments.rows = experiments.choose(parser, arguments.rows, ROWS) if arguments.rows else [
        row for row in ROWS if arguments.full or row not in FULL]
    arguments.seeds = [int(seed) for seed in arguments.seeds.split(",")]
    arguments.files = {name: (glob.glob(f"{arguments.data}/{name}-ubyte*") or [None])[0] for name in IMAGES}
    if not arguments.only_print and None in arguments.files.values():
        parser.error(f"there are no files of MNIST in {arguments.data}")
    return arguments


def settings(arguments, name):
    row = ROWS[name]
    return arguments.rate or row.rate, arguments.target or row.target, arguments.rounds or row.most


def key_of(arguments, name, seed):
    """What a result is kept under: all that decides it but the number of rounds."""
    rate, target, _ = settings(arguments, name)
    return f"{name} seed {seed} rate {rate:g} target {target:g} clients {arguments.clients}"


def rounds_to(curve, target):
    """Where the curve of the best accuracies so far, linear between rounds, crosses the target; None if it does not."""
    best = None
    for number, accuracy in enumerate(curve, 1):
        if accuracy >= target:
            return float(number) if best is None else number - (accuracy - target) / (accuracy - best)
        best = accuracy if best is None else max(best, accuracy)
    return None


def run(arguments, name, seed, stem):
    """The accuracies after each round up to the target. Files of the run begin with `stem`."""
    row = ROWS[name]
    rate, target, rounds = settings(arguments, name)
    train, held = (f"idx:images={arguments.files[images]},labels={arguments.files[labels]}"
                   for images, labels in (IMAGES[:2], IMAGES[2:]))
    experiments.run_fed([
        arguments.fed_run, f"{HERE}/{row.program}.fed", "--process=training", f"--clients={arguments.clients}", "--cohort=0.1",
        f"--rounds={rounds}", f"--seed={seed}", f"--set=lr={rate:g}", f"--threads={arguments.threads}",
        f"--set=epochs={row.epochs}", f"--data={train},partition={row.partition}", f"--eval-data={held}",
        f"--target=eval.accuracy>={target:g}", f"--metrics={stem}.csv", f"--checkpoint={stem}.ckpt",
        *(["--resume"] if os.path.exists(f"{stem}.ckpt") else []),
    ], expected=(0, 3))
    return [float(metrics["eval.accuracy"]) for metrics in experiments.read_table(f"{stem}.csv")]


def make(arguments, results):
    with tempfile.TemporaryDirectory() as temporary:
        for name in arguments.rows:
            for seed in arguments.seeds:
                key = key_of(arguments, name, seed)
                _, target, rounds = settings(arguments, name)
                known = results.get(key)
                if known and (rounds_to(known, target) or len(known) >= rounds):
                    continue
                stem = (arguments.results or f"{temporary}/run") + "-" + key.replace(" ", "-")
                curve = run(arguments, name, seed, stem)
                results.add(key, curve)
                if rounds_to(curve, target):
                    os.remove(f"{stem}.ckpt")
                print(f"{key}: {len(curve)} rounds, {max(curve):.4f}", file=sys.stderr, flush=True)


def show(arguments, results):
    print("| network | data | E | rate | accuracy after " + " | ".join(map(str, AT)) +
          " rounds | target | rounds to it | mean | the paper's | seeds |")
    print("|---" * (9 + len(AT)) + "|")
    for name in arguments.rows:
        row = ROWS[name]
        rate, target, _ = settings(arguments, name)
        curves = [curve for seed in arguments.seeds if (curve := results.get(key_of(arguments, name, seed)))]
        if not curves:
            continue
        after = [f"{statistics.mean(curve[n - 1] for curve in curves):.2%}" if all(len(curve) >= n for curve in curves) else "-"
                 for n in AT]
        reached = [rounds_to(curve, target) for curve in curves]
        each = ", ".join("-" if n is None else f"{n:.1f}" for n in reached)
        mean = "-" if None in reached else f"{statistics.mean(reached):.1f}"
        network = "2NN" if row.program == "two_nn" else "CNN"
        data = "iid" if row.partition == "iid" else "two label shards"
        print("| " + " | ".join([network, data, str(row.epochs), f"{rate:g}", *after, f"{target:.0%}", each, mean,
                                 str(row.paper), str(len(curves))]) + " |")


def main():
    arguments = parse()
    results = experiments.Results(arguments.results)
    if not arguments.only_print:
        make(arguments, results)
    show(arguments, results)


if __name__ == "__main__":
    main()
