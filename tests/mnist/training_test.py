"""Trains examples/mnist through fed-run and holds every round against the float64 program.

usage: training_test.py FED_RUN REFERENCE EXAMPLE_DIR
"""
import csv
import io
import os
import subprocess
import sys
import tempfile

ROUNDS, CLIENTS, EPOCHS, BATCH, RATE, SEED = 20, 100, 5, 10, "0.1", 1
LOSS_TOLERANCE = 1e-4
ACCURACY = 0.90


def main(fed_run, reference, example):
    part = {name: f"{example}/data/{name}-ubyte.gz" for name in
            ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")}
    expected = subprocess.run(
        [reference, *part.values(), str(CLIENTS), str(ROUNDS), str(EPOCHS), str(BATCH), RATE, str(SEED)],
        check=True, capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        metrics = f"{folder}/metrics.csv"
        train = f"images={part['train-images-idx3']},labels={part['train-labels-idx1']}"
        held = f"images={part['t10k-images-idx3']},labels={part['t10k-labels-idx1']}"
        subprocess.run(
            [fed_run, f"{example}/mnist.fed", "--process=training", f"--rounds={ROUNDS}",
             f"--clients={CLIENTS}", f"--set=lr={RATE}", f"--metrics={metrics}",
             f"--data=idx:{train},batch={BATCH},epochs={EPOCHS},shuffle={SEED}",
             f"--eval-data=idx:{held},batch=32"], check=True)
        with open(metrics, encoding="utf-8") as f:
            actual = list(csv.DictReader(f))
    rows = list(csv.DictReader(io.StringIO(expected)))
    assert len(actual) == len(rows) == ROUNDS, (len(actual), len(rows))
    worst = 0.0
    for mine, theirs in zip(actual, rows):
        difference = abs(float(mine["loss"]) - float(theirs["loss"]))
        worst = max(worst, difference)
        assert difference <= LOSS_TOLERANCE, f"round {theirs['round']}: {mine} and {theirs}"
    accuracy = float(actual[-1]["eval.accuracy"])
    print(f"largest difference of a round's loss {worst:.2e}, accuracy {accuracy:.4f} "
          f"(float64: {rows[-1]['accuracy']})")
    assert accuracy >= ACCURACY, accuracy


if __name__ == "__main__":
    main(*(os.path.abspath(a) for a in sys.argv[1:4]))
