#!/usr/bin/env python3
"""Compares with the frameworks that people use today: whole steps of training, and whole simulated rounds.

usage: peers.py DIST CACHE MNIST [--rounds N]      `./dev bench --peers` runs this

DIST is an installation's folder, CACHE where virtual environments are made (some 8 GB), MNIST where the IDX
files are. Each peer is installed by pip; one that does not install is named and skipped. Everything runs on
one core, in turns; each number is a median, the ratio that of a peer's median to ours, so above 1 we are faster.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import requirements

HERE = pathlib.Path(__file__).resolve().parent
MODELS = ["softmax", "2NN", "CNN", "LSTM"]
TURNS = 11
CORE = os.environ | {
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3", "RAY_DEDUP_LOGS": "0",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # the wheels know the processors
    CORE.pop(name, None)


def install(cache):
    """Python of each environment that could be made; says what could not."""
    pythons = {}
    for name, packages in requirements.ENVIRONMENTS.items():
        folder = cache / name
        python = folder / "bin" / "python"
        # What was asked for last time, and installed: another list makes the environment anew.
        stamp = folder / "packages"
        if not stamp.exists() or stamp.read_text().split() != packages:
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            result = subprocess.run([python, "-m", "pip", "install", "--quiet", *packages],
                                    capture_output=True, text=True)
            if result.returncode:
                reasons = [l.strip() for l in result.stderr.splitlines() if "Error:" in l or "ERROR:" in l]
                print(f"skipped: {packages[0]} does not install: {reasons[-1] if reasons else 'pip says no why'}")
                continue
            stamp.write_text("\n".join(packages))
        pythons[name] = python
    return pythons


def pinned(command):
    return ["taskset", "-c", str(min(os.sched_getaffinity(0))), *map(str, command)]


class Worker:
    """A process that times steps when it is asked to."""

    def __init__(self, name, command, log):
        self.name = name
        self.process = subprocess.Popen(pinned(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=log, env=CORE, text=True)

    def ask(self, line):
        """The answer, None where the worker has ended."""
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        return self.process.stdout.readline().strip() or None

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def build_ours(dist, work):
    """The worker of the compiled steps, for the best instructions that this processor has."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    cpu = "x86-64-v4" if "avx512f" in flags else "x86-64-v3"
    objects = []
    for model, batch in [("softmax", 0), ("network", 0), ("cnn", 0), ("lstm", 10), ("lstm", 20)]:
        name = f"{model}_{batch}" if batch else model
        source = work / f"{name}.fed"
        source.write_text((HERE.parent / f"{model}.fed").read_text())
        constants = ["-D", f"BATCH={batch}"] if batch else []
        subprocess.run([dist / "bin/fedc", source, "--emit=obj", f"--cpu={cpu}", "-o", work, *constants],
                       check=True)
        objects.append(work / f"{name}_client.o")
    output = work / "ours"
    subprocess.run(
        ["clang++-22", "-std=c++20", "-O2", f"-I{dist}/include/fedc", f"-I{HERE.parent}",
         HERE / "ours.cpp", *objects, dist / "lib/fedc/x86_64-linux-gnu/libfed_client.a",
         "-fuse-ld=lld", "-o", output], check=True)
    return output, cpu


def compare_steps(dist, work, pythons):
    ours, cpu = build_ours(dist, work)
    log = open(work / "workers.log", "w")
    workers = [Worker("fedc", [ours], log)]
    workers += [Worker(name, [pythons[environment], HERE / program], log)
                for name, (environment, program) in requirements.STEPS.items()
                if environment in pythons]
    print(f"\nSteps of training, microseconds, and the time over ours ({cpu}); the last column is the best peer's")
    print(f"{'':17}" + "".join(f"{w.name:>18}" for w in workers) + f"{'best':>8}")
    for model in MODELS:
        for batch in (10, 20):
            ready = [w for w in workers if w.ask(f"{model} {batch}") == "ready"]
            times = {w.name: [] for w in ready}
            for _ in range(TURNS):
                for worker in ready:
                    times[worker.name].append(float(worker.ask("go")))
            medians = {name: statistics.median(values) for name, values in times.items()}
            row, best = f"{model:8} batch {batch:<3}", []
            for worker in workers:
                if worker.name not in medians:
                    row += f"{'failed':>18}"
                    continue
                ratio = medians[worker.name] / medians["fedc"]
                row += f"{medians[worker.name]:>12.1f} {ratio:>5.2f}"
                if worker.name != "fedc":
                    best.append(ratio)
            print(row + (f"{min(best):>8.2f}" if best else ""), flush=True)
    for worker in workers:
        worker.end()


def our_round(dist, data, rounds, work):
    """Seconds a round, without what is before the first; and the accuracy at the end."""
    def run(count):
        start = time.perf_counter()
        output = subprocess.run(
            pinned([dist / "bin/fed-run", HERE.parent.parent / "examples/mnist/mnist.fed",
                    "--process=training", "--clients=1000", "--cohort=10", "--threads=1",
                    f"--rounds={count}", f"--eval-every={count}",
                    f"--data=idx:images={data}/train-images-idx3-ubyte,"
                    f"labels={data}/train-labels-idx1-ubyte,batch=10",
                    f"--eval-data=idx:images={data}/t10k-images-idx3-ubyte,"
                    f"labels={data}/t10k-labels-idx1-ubyte"]),
            check=True, capture_output=True, text=True, cwd=work).stdout
        accuracy = float(output.strip().splitlines()[-1].split("eval.accuracy=")[1])
        return time.perf_counter() - start, accuracy

    # Ten times as many rounds, so that what a run begins with is small beside what is measured.
    short = statistics.median(run(1)[0] for _ in range(3))
    long = statistics.median(run(1 + 10 * rounds)[0] for _ in range(3))
    whole, accuracy = run(rounds)
    return (long - short) / (10 * rounds), whole, accuracy


def compare_rounds(dist, work, pythons, data, rounds):
    print(f"\n{rounds} rounds of softmax regression on MNIST: 1,000 clients, ten a round, batches of ten; one core")
    print(f"{'':22}{'ms a round':>12}{'over ours':>11}{'whole run':>12}  accuracy")
    ours, whole, accuracy = our_round(dist, data, rounds, work)
    print(f"{'fed-run':22}{ours * 1e3:>12.2f}{1:>11.2f}{whole:>10.1f} s  {accuracy:.4f}", flush=True)
    for name, (environment, program) in requirements.ROUNDS.items():
        if environment not in pythons or not (HERE / program).exists():
            print(f"{name:22}{'skipped':>12}")
            continue
        start = time.perf_counter()
        result = subprocess.run(pinned([pythons[environment], HERE / program, data, rounds]), env=CORE,
                                capture_output=True, text=True, cwd=work)
        whole = time.perf_counter() - start
        line = next((l for l in result.stdout.splitlines() if l.startswith("RESULT ")), None)
        if not line:
            print(f"{name:22}{'failed':>12}   {result.stderr.strip().splitlines()[-1:]}")
            continue
        seconds, accuracy = map(float, line.split()[1:])
        print(f"{name:22}{seconds * 1e3:>12.2f}{seconds / ours:>11.2f}{whole:>10.1f} s  {accuracy:.4f}",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dist", type=pathlib.Path)
    parser.add_argument("cache", type=pathlib.Path)
    parser.add_argument("mnist", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=100)
    arguments = parser.parse_args()
    dist, data = arguments.dist.resolve(), arguments.mnist.resolve()
    cache = arguments.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    pythons = install(cache)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        compare_steps(dist, work, pythons)
        compare_rounds(dist, work, pythons, data, arguments.rounds)


if __name__ == "__main__":
    main()
