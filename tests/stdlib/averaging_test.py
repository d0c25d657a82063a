"""Federated averaging on one client is gradient descent, byte for byte, and clipping shortens what the client changed.

usage: averaging_test.py FED_RUN PROGRAM
"""
import array
import json
import math
import random
import subprocess
import sys
import tempfile
import unittest
import zipfile

DRAW = random.Random(1)


def examples(size):
    return {"x": [[DRAW.gauss(0, 1) for _ in range(20)] for _ in range(size)], "label": [DRAW.randrange(5) for _ in range(size)]}


# Sizes that are no powers of two.
BATCHES = [examples(size) for size in (31, 7, 19)]


class Averaging(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def state(self, process, data, rounds=1, init=None, flags=()):
        """The file of the state after so many rounds of one client."""
        path = f"{self.folder}/{process}.npz"
        subprocess.run([FED_RUN, PROGRAM, f"--process={process}", f"--rounds={rounds}", "--clients=1", "--seed=7", *flags,
                        *([f"--init={init}"] if init else []), "--data=" + json.dumps(data), f"--state-out={path}"],
                       capture_output=True, text=True, timeout=120, check=True)
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def numbers(self, state):
        """All of them; the header of a leaf is a line."""
        return [x for leaf in state.values() for x in array.array("f", leaf[leaf.index(b"\n") + 1:])]

    def test_a_full_batch(self):
        """Three rounds of it."""
        wanted = self.state("descent", {"batch": BATCHES[:1]}, 3)
        for process in ("averaging", "unweighted"):
            self.assertEqual(self.state(process, {"data": [BATCHES[:1]]}, 3), wanted)

    def test_an_epoch_of_batches(self):
        """A step for each."""
        steps, before = [], None
        for batch in BATCHES:
            steps.append(self.state("descent", {"batch": [batch]}, 1, before))
            before = f"{self.folder}/descent.npz"
        self.assertEqual(self.state("averaging", {"data": [BATCHES[:2]]}), steps[1])
        self.assertEqual(self.state("averaging", {"data": [BATCHES]}), steps[2])
        self.assertEqual(self.state("unweighted", {"data": [BATCHES]}), steps[2])

    def test_clipping(self):
        data = {"data": [BATCHES[:1]]}
        start = self.numbers(self.state("averaging", {"data": [[]]}))
        whole = self.state("descent", {"batch": BATCHES[:1]})
        change = [x - y for x, y in zip(self.numbers(whole), start, strict=True)]
        norm = math.hypot(*change)
        self.assertGreater(norm, 0.1)
        # The model itself is longer than the bound, which leaves the change alone.
        self.assertGreater(math.hypot(*start), 3.0)
        self.assertEqual(self.state("clipping", data, flags=["--set=most=1.0"]), whole)
        clipped = self.state("clipping", data)
        self.assertEqual(clipped, self.state("cut", {"batch": BATCHES[:1]}))
        for x, y, z in zip(self.numbers(clipped), start, change):
            self.assertAlmostEqual(x - y, z * 0.05 / norm, delta=1e-7)


if __name__ == "__main__":
    FED_RUN, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
