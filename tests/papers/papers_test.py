"""The scripts that make papers' tables, on few rounds and an excerpt of the data.

usage: papers_test.py FED_RUN EXAMPLES DATA_DIR
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest


def table(script, *flags):
    """The cells of the table that a script prints, a list a row, without the heading."""
    done = subprocess.run([sys.executable, f"{EXAMPLES}/{script}", FED_RUN, *flags], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()]
    assert len({len(row) for row in rows}) == 1, done.stdout
    return rows[2:]


class Papers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.results = folder.name + "/results.json"

    def test_fedprox(self):
        flags = ["--rows=stragglers-fedavg,stragglers-mu1", "--seeds=1", "--rounds=2", f"--results={self.results}"]
        rows = table("fedprox2020/run.py", *flags)
        self.assertEqual([row[:4] for row in rows], [["synthetic(1,1)", "90%", "left out", "0"],
                                                     ["synthetic(1,1)", "90%", "taken", "1"]])
        with open(self.results, encoding="utf-8") as f:
            curves = json.load(f)
        self.assertEqual([len(curve) for curve in curves.values()], [2, 2])
        self.assertEqual(rows, table("fedprox2020/run.py", *flags, "--print"))

    def test_mcmahan(self):
        flags = [DATA, "--seeds=1", f"--results={self.results}"]
        table("mcmahan2017/run.py", *flags, "--rows=2nn-labels", "--rounds=1")
        table("mcmahan2017/run.py", *flags, "--rows=2nn-labels", "--rounds=3")
        table("mcmahan2017/run.py", *flags, "--rows=cnn-iid-e1", "--rounds=1", "--target=0.3")
        table("mcmahan2017/run.py", DATA, "--seeds=1", "--rows=2nn-labels", "--rounds=3", "--results=" + self.results + ".whole")
        (cnn,) = table("mcmahan2017/run.py", *flags, "--rows=cnn-iid-e1", "--target=0.3", "--print")
        self.assertEqual(cnn, ["CNN", "iid", "1", "0.1", "-", "-", "-", "30%", "1.0", "1.0", "34", "1"])
        with open(self.results, encoding="utf-8") as f, open(self.results + ".whole", encoding="utf-8") as g:
            pieces, whole = json.load(f), json.load(g)
        (name, curve), = whole.items()
        self.assertEqual(len(curve), 3)
        self.assertEqual(pieces[name], curve)


if __name__ == "__main__":
    FED_RUN, EXAMPLES, DATA = map(os.path.abspath, sys.argv[1:])
    unittest.main(argv=sys.argv[:1])
