"""Means near the largest number of their type: the mean where it is one, else an error at its line.

usage: means_test.py FED_RUN PROGRAM
"""
import json
import subprocess
import sys
import unittest

LARGE = 3e38  # two of them are more than float32 holds
HUGE = 1.5e308  # and these float64


def run(entry, **arguments):
    return subprocess.run([FED_RUN, PROGRAM, f"--entry={entry}", "--args=" + json.dumps(arguments)],
                          capture_output=True, text=True, timeout=60)


class Means(unittest.TestCase):
    def gives(self, wanted, entry, **arguments):
        done = run(entry, **arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), wanted)

    def fails(self, line, entry, **arguments):
        done = run(entry, **arguments)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(f"means.fed:{line}:3: error: this `federated_mean` overflows", done.stderr)

    def test_float32_sums_have_room(self):
        self.gives(LARGE, "weighted", x=[LARGE, LARGE], w=[1, 1])
        self.gives(-LARGE, "weighted", x=[-LARGE] * 5, w=[0.5, 1, 1, 0.25, 1])
        self.gives([LARGE, 2], "plain", x=[[LARGE, 1], [LARGE, 2], [LARGE, 3]])
        self.gives(LARGE, "weighted", x=[LARGE, LARGE], w=[2, 599])
        self.gives(LARGE, "weighted", x=[LARGE], w=[LARGE])
        self.gives(1e-45, "weighted", x=[1e-45], w=[1e-30])
        self.gives(65504, "half", x=[65504, 65504, 65504])

    def test_a_product_that_overflows_is_no_part(self):
        done = run("double", x=[HUGE, 1], w=[2, 1])
        self.assertEqual(done.stdout, "1\n")
        self.assertIn("1 of 2 clients was not added: 1 not finite", done.stderr)

    def test_integer_weights_have_a_total(self):
        self.gives(1.5, "counted", x=[1, 2], n=[2**38 - 1] * 2)
        done = run("counted", x=[1, 2, 3], n=[2**62, 2**38, 1])
        self.assertEqual(done.stdout, "3\n")
        self.assertIn("2 of 3 clients were not added: 2 bad weight", done.stderr)

    def test_float64_has_none_to_spare(self):
        self.gives(HUGE, "double", x=[HUGE], w=[1])
        self.fails(7, "double", x=[HUGE, HUGE], w=[1, 1])  # the sum
        self.fails(7, "double", x=[1e-300, 1e-300], w=[HUGE, HUGE])  # the weights
        self.gives(7, "double", x=[1, 2], w=[0, 0])
        self.fails(10, "doubles", x=[[1, HUGE], [2, HUGE]])

    def test_of_nobody_it_may_be_what_the_server_has(self):
        self.gives(3.5, "kept", x=[1, 2], w=[0, 0], before=3)
        self.gives(3.5, "kept", x=[], w=[], before=3)
        self.gives(1, "kept", x=[1, 2], w=[4, 0], before=3)
        self.gives([1.5, 2], "half_kept", x=[], before=[1.5, 2])
        self.gives([3, 4], "half_kept", x=[[3, 4]], before=[1.5, 2])

    def test_a_sum_rounds_to_infinity(self):
        self.gives("Infinity", "sum", x=[LARGE, LARGE])
        self.gives(2 * 3.0000000054977558e38, "wide", x=[LARGE, LARGE])


if __name__ == "__main__":
    FED_RUN, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
