"""The mean of one client is its value, byte for byte, whatever its weight; so federated averaging on it is gradient descent.

usage: weights_test.py FED_RUN PROGRAM
"""
import json
import random
import subprocess
import sys
import tempfile
import unittest
import zipfile

DRAW = random.Random(1)


def batch(size):
    return {"x": [[DRAW.gauss(0, 1) for _ in range(4)] for _ in range(size)], "y": [DRAW.gauss(0, 1) for _ in range(size)]}


class Weights(unittest.TestCase):
    def state(self, process, data, flags=()):
        """What the state is after three rounds of one client."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([FED_RUN, PROGRAM, f"--process={process}", "--rounds=3", "--clients=1", *flags,
                            "--data=" + json.dumps(data), f"--state-out={folder}/state.npz"],
                           capture_output=True, text=True, timeout=120, check=True)
            with zipfile.ZipFile(f"{folder}/state.npz") as archive:
                return {name: archive.read(name) for name in archive.namelist()}

    def test_a_full_batch(self):
        """Of any number of records, each of which counts for something."""
        for size, weight in ((7, 1), (599, 1), (600, 1), (1, 10**6 + 3), (3, 10**10 + 7)):
            one = batch(size)
            self.assertEqual(self.state("averaging", {"data": [[one]]}, [f"--set=weight={weight}"]),
                             self.state("descent", {"batch": [one]}), (size, weight))

    def test_values(self):
        """Of every type that is summed as float32, the largest and the smallest too."""
        def values(largest, smallest):
            return [0.0, largest, -largest, smallest, *(DRAW.gauss(0, 1) * 10.0 ** DRAW.randrange(-6, 4) for _ in range(296))]
        for n, w in ((7, 1e-30), (599, 1 / 3), (600, 1e200), (10**6 + 3, 1e-200), (2**38 - 1, DRAW.random())):
            numbers = {"x": [values(3.4e38, 1e-45)], "h": [values(65504, 6e-8)], "b": [values(3.3e38, 1e-38)], "n": [n], "w": [w]}
            done = subprocess.run([FED_RUN, PROGRAM, "--entry=unchanged", "--args=" + json.dumps(numbers)], capture_output=True,
                                  text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout), {"float32": True, "float16": True, "bfloat16": True, "fraction": True}, (n, w))


if __name__ == "__main__":
    FED_RUN, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
