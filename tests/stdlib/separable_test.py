"""A network of all kinds of layers learns digits.

usage: separable_test.py FED_RUN PROGRAM DIGITS
"""
import re
import subprocess
import sys
import unittest


class Separable(unittest.TestCase):
    def test_it_learns(self):
        def digits(kind, more):
            return (f"idx:images={DIGITS}/{kind}-images-idx3-ubyte.gz,labels={DIGITS}/{kind}-labels-idx1-ubyte.gz,"
                    f"{more}")
        done = subprocess.run([FED_RUN, PROGRAM, "--rounds=4", "--clients=4", "--data=" + digits("train", "limit=800,epochs=2"),
                               "--eval-data=" + digits("t10k", "limit=400"), "--eval-every=4"],
                              capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr)
        losses = [float(x) for x in re.findall(r" loss=(\S+)", done.stdout)]
        self.assertEqual(len(losses), 4, done.stdout)
        self.assertEqual(losses, sorted(losses, reverse=True))
        self.assertLess(losses[-1], 0.5 * losses[0])
        self.assertGreater(float(re.search(r"eval.accuracy=(\S+)", done.stdout)[1]), 0.6)


if __name__ == "__main__":
    FED_RUN, PROGRAM, DIGITS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
