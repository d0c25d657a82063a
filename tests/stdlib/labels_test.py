"""A label that is no class makes the loss and its gradient NaN, so the server refuses the message.

usage: labels_test.py FED_RUN PROGRAM
"""
import json
import subprocess
import sys
import unittest


def run(labels):
    arguments = {"logits": [[1, 2, 3]] * len(labels), "label": labels}
    done = subprocess.run([FED_RUN, PROGRAM, "--args=" + json.dumps(arguments)],
                          capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout), done.stderr


class Labels(unittest.TestCase):
    def test_classes(self):
        result, warnings = run([0, 2, 2, 1])
        self.assertAlmostEqual(result["loss"], 1.157606, places=5)
        self.assertEqual((result["n"], warnings), (4, ""))

    def test_no_class(self):
        result, warnings = run([0, 2, 3, -1])
        self.assertAlmostEqual(result["loss"], 1.4076061, places=5)
        self.assertEqual(result["n"], 2)
        self.assertIn("2 not finite", warnings)


if __name__ == "__main__":
    FED_RUN, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
