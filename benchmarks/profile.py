#!/usr/bin/env python3
"""Prints where the time of a simulated round goes: of federated averaging of softmax regression over the digits of MNIST, 1,000 clients, ten a round.

usage: profile.py FED_RUN MNIST     MNIST: a folder with its files

It samples fed-run with Linux's perf: a long run, less what a run of one round has, which is what both begin with (the program is
compiled, the files are read).
"""
import pathlib
import subprocess
import sys
import tempfile

ROUNDS = 5000
PARTS = {
    "compiled code": lambda dso, symbol: "memfd:" in dso,
    "sums over clients": lambda dso, symbol: symbol.startswith(("fed_acc_", "add_few_", "add_lists_")),
    "clients' data": lambda dso, symbol: "scale_v" in symbol or "RecordSource" in symbol or "pixels_of_bytes" in symbol,
    "memory (libc)": lambda dso, symbol: dso.startswith("libc.so"),
    "kernel": lambda dso, symbol: "kernel" in dso,
    "the rest of fed-run": lambda dso, symbol: True,
}


def sampled(fed_run, data, rounds):
    """Samples by part of a run."""
    program = pathlib.Path(__file__).resolve().parent.parent / "examples/mnist/mnist.fed"
    with tempfile.TemporaryDirectory() as work:
        samples = f"{work}/perf.data"
        subprocess.run(
            ["perf", "record", "-q", "-F", "2000", "-o", samples, fed_run, program, "--process=training", "--clients=1000", "--cohort=10",
             "--threads=1", f"--rounds={rounds}",
             f"--data=idx:images={data}/train-images-idx3-ubyte,labels={data}/train-labels-idx1-ubyte,batch=10"],
            check=True, stdout=subprocess.DEVNULL)
        report = subprocess.run(
            ["perf", "report", "-i", samples, "--stdio", "--sort", "dso,sym", "-F", "sample,dso,sym", "-t", "\t"],
            check=True, capture_output=True, text=True).stdout
    counts = dict.fromkeys(PARTS, 0)
    for line in report.splitlines():
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != 3 or not columns[0].isdigit():
            continue
        symbol = columns[2].partition("] ")[2].replace("fedrt::(anonymous namespace)::", "")
        counts[next(name for name, of in PARTS.items() if of(columns[1], symbol))] += int(columns[0])
    return counts


def main():
    fed_run, data = sys.argv[1:]
    before = sampled(fed_run, data, 1)
    counts = {name: max(count - before[name], 0) for name, count in sampled(fed_run, data, ROUNDS).items()}
    whole = sum(counts.values())
    print(f"A round of fed-run: 1,000 clients of MNIST, ten a round, batches of ten; {ROUNDS} rounds, one thread")
    for name, count in counts.items():
        print(f"{name:20}{count / whole:>6.0%}")


if __name__ == "__main__":
    main()
