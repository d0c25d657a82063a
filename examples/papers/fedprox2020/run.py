#!/usr/bin/env python3
"""Runs the experiments of fedprox2020.fed and prints their table.

Every run that has ended is kept in the file of results, and is not made again: a run may be interrupted, and made in pieces.
"""
import argparse
import os
import random
import statistics
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import experiments  # noqa: E402
import synthetic  # noqa: E402

PROGRAM = os.path.join(HERE, "fedprox2020.fed")
DATA = {"synthetic(1,1)": (1, 1, False), "synthetic_iid": (0, 0, True)}
EPOCHS, SELECTED = 20, 10

# By name: the data, which part of the selected are stragglers, the strength of the proximal term, and whether stragglers are left
# out or their partial work is taken.
ROWS = {
    "stragglers-fedavg": ("synthetic(1,1)", 0.9, 0, "left out"),
    "stragglers-mu0": ("synthetic(1,1)", 0.9, 0, "taken"),
    "stragglers-mu1": ("synthetic(1,1)", 0.9, 1, "taken"),
    "all-mu0": ("synthetic(1,1)", 0.0, 0, "-"),
    "all-mu1": ("synthetic(1,1)", 0.0, 1, "-"),
    "iid-mu0": ("synthetic_iid", 0.0, 0, "-"),
    "iid-mu1": ("synthetic_iid", 0.0, 1, "-"),
}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fed_run", help="the executable fed-run")
    parser.add_argument("--rows", default=",".join(ROWS), help="which of them (%(default)s)")
    parser.add_argument("--seeds", type=int, default=10, help="seeds 0, 1, ... so many (%(default)s)")
    parser.add_argument("--rounds", type=int, default=200, help="(%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="of fed-run (%(default)s)")
    parser.add_argument("--results", help="a file of JSON that results are read from and added to")
    parser.add_argument("--print", action="store_true", dest="only_print", help="print the table of what there is, run nothing")
    arguments = parser.parse_args()
    arguments.rows = experiments.choose(parser, arguments.rows, ROWS)
    return arguments


def fed_run(arguments, *flags):
    experiments.run_fed([arguments.fed_run, PROGRAM, f"--threads={arguments.threads}", *flags])


def selections(arguments, seed, folder):
    """Of each round the numbers of those who take part."""
    numbers = ",".join(map(str, range(synthetic.USERS)))
    fed_run(arguments, "--process=selection", f"--rounds={arguments.rounds}", f"--data={{\"number\":[{numbers}]}}",
            f"--cohort={SELECTED}", f"--seed={seed}", f"--metrics={folder}/selection.csv")
    return [[i for i in range(synthetic.USERS) if row[f"selected[{i}]"] == "1"] for row in experiments.read_table(f"{folder}/selection.csv")]


def times(selected, part, stragglers_work, seed):
    """Of each round, for how many epochs each user has time. The same users are stragglers, and for as long, in every row."""
    draw = random.Random(f"stragglers {part} {seed}")
    all_rounds = []
    for users in selected:
        epochs = [0] * synthetic.USERS
        stragglers = set(draw.sample(users, round(part * SELECTED)))
        for user in users:
            partial = draw.randint(1, EPOCHS)
            epochs[user] = EPOCHS if user not in stragglers else partial if stragglers_work else 0
        all_rounds.append(epochs)
    return all_rounds


def run(arguments, row, seed, data, folder):
    """The accuracy after each round."""
    _, part, mu, stragglers = ROWS[row]
    work = times(selections(arguments, seed, folder), part, stragglers != "left out", seed)
    fed_run(arguments, "--process=training", f"--rounds={arguments.rounds}", f"--cohort={SELECTED}", f"--seed={seed}",
            f"--set=mu={mu}", f"--data=@{data}-train.json", f"--eval-data=@{data}-held.json",
            "--host-each-round=epochs=@" + experiments.write_json(work, f"{folder}/epochs.json"), f"--metrics={folder}/metrics.csv")
    rounds = experiments.read_table(f"{folder}/metrics.csv")
    for metrics, epochs in zip(rounds, work, strict=True):
        assert int(metrics["trained"]) == sum(n > 0 for n in epochs), "others took part than was said"
    return [float(metrics["eval.accuracy"]) for metrics in rounds]


def make(arguments, results):
    for seed in range(arguments.seeds):
        for name, definition in DATA.items():
            keys = {row: f"{row} seed {seed} rounds {arguments.rounds}" for row in arguments.rows if ROWS[row][0] == name}
            if all(key in results for key in keys.values()):
                continue
            with tempfile.TemporaryDirectory() as folder:
                train, held = synthetic.generate(*definition, seed)
                experiments.write_json({"data": train}, f"{folder}/data-train.json")
                experiments.write_json({"held": held}, f"{folder}/data-held.json")
                for row, key in keys.items():
                    if key in results:
                        continue
                    results.add(key, run(arguments, row, seed, f"{folder}/data", folder))
                    print(f"{key}: {results.get(key)[-1]:.4f}", file=sys.stderr, flush=True)


def show(arguments, results):
    print("| data | stragglers | their work | mu | test accuracy, mean | its deviation over seeds | over the last 50 rounds | seeds |")
    print("|---|---|---|---|---|---|---|---|")
    for row in arguments.rows:
        data, part, mu, stragglers = ROWS[row]
        curves = [curve for seed in range(arguments.seeds)
                  if (curve := results.get(f"{row} seed {seed} rounds {arguments.rounds}"))]
        if not curves:
            continue
        last = [curve[-1] for curve in curves]
        wobble = statistics.mean(statistics.pstdev(curve[-50:]) for curve in curves)
        spread = statistics.stdev(last) if len(last) > 1 else 0.0
        print(f"| {data} | {part:.0%} | {stragglers} | {mu} | {statistics.mean(last):.1%} | {spread:.1%} | {wobble:.1%} | {len(last)} |")


def main():
    arguments = parse()
    results = experiments.Results(arguments.results)
    if not arguments.only_print:
        make(arguments, results)
    show(arguments, results)


if __name__ == "__main__":
    main()
