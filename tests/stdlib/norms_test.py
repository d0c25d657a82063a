"""Norms of structs and their gradients, that at 0 among them.

usage: norms_test.py FED_RUN PROGRAM
"""
import json
import subprocess
import sys
import unittest


class Norms(unittest.TestCase):
    def test_norms(self):
        arguments = {"m": {"w": [3, 4], "b": 12}}
        done = subprocess.run([FED_RUN, PROGRAM, "--args=" + json.dumps(arguments)],
                              capture_output=True, text=True, timeout=60, check=True)
        result = json.loads(done.stdout)
        self.assertEqual(result["norm"], 13)
        for name in ("gradient", "clipped"):
            for found, wanted in zip(result[name]["w"] + [result[name]["b"]], (3 / 13, 4 / 13, 12 / 13)):
                self.assertAlmostEqual(found, wanted, places=6)
        self.assertEqual(result["kept"], arguments["m"])
        self.assertEqual(result["at_zero"], {"w": [0, 0], "b": 0})


if __name__ == "__main__":
    FED_RUN, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
