#!/usr/bin/env python3
"""How the time of fedc grows with the number of functions: compile_time.py FEDC

Writes programs of N small functions, each of which calls the one before in one computation whose
client runs them all, and prints the time to the split IR and to executables' objects, a function,
and both as multiples of those at the smallest N. A column that stays near 1 is linear growth. The
runs of all sizes alternate, and each number is the median of them.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

SIZES = (100, 300, 1000)
RUNS = 5


def program(n):
    """n functions, all called; the calls are no chain, so depth is not what is measured."""
    functions = [
        f"fn f{i}(x: float32[8], k: float32) -> float32[8] {{\n"
        f"  let y = tanh(x * k) + {i}.5;\n"
        f"  if reduce_sum(y) > k {{ y - x }} else {{ maximum(y, x) }}\n"
        f"}}\n" for i in range(n)
    ]
    steps = "".join(f"  let s{i + 1} = f{i}(s{i}, k);\n" for i in range(n))
    return ("".join(functions) + "fn all(s0: float32[8], k: float32) -> float32[8] {\n" + steps + f"  s{n}\n}}\n"
            "fn main(x: {float32[8]}@CLIENTS, k: float32@SERVER) -> float32[8]@SERVER {\n"
            "  federated_mean(federated_map(all, (x, federated_broadcast(k))))\n}\n")


def seconds(fedc, *arguments):
    start = time.monotonic()
    subprocess.run([fedc, *arguments], check=True, timeout=600, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def main():
    fedc = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for n in SIZES:
            with open(os.path.join(folder, f"f{n}.fed"), "w", encoding="utf-8") as f:
                f.write(program(n))
        times = {(n, kind): [] for n in SIZES for kind in ("split", "obj")}
        for _ in range(RUNS):
            for n in SIZES:
                source = os.path.join(folder, f"f{n}.fed")
                times[n, "split"].append(seconds(fedc, source, "--emit=split", "-o", folder))
                times[n, "obj"].append(seconds(fedc, source, "--emit=obj", "-o", folder))
    print("functions   to split IR    a function, relative    to objects    a function, relative")
    first = {kind: statistics.median(times[SIZES[0], kind]) / SIZES[0] for kind in ("split", "obj")}
    for n in SIZES:
        split, objects = (statistics.median(times[n, kind]) for kind in ("split", "obj"))
        print(f"{n:9}   {split:9.3f} s   {split / n / first['split']:20.2f}   {objects:9.3f} s   "
              f"{objects / n / first['obj']:20.2f}")


main()
