"""Runs programs and compares their results with what stands in them.

`// ARGS: {...}` and `// RESULT: {...}` in a program are the arguments and the result, as fed-run takes
and prints them; with `// FLAGS: ...`, that and what fed-run prints. Numbers agree to five digits.
`// FAILS: text` in the place of a result: the run fails, and says that.

usage: results_test.py FED_RUN PROGRAM...
"""
import json
import re
import subprocess
import sys
import unittest


def said(text, word):
    return re.findall(rf"^// {word}: *(.*?) *$", text, re.M)


class Results(unittest.TestCase):
    def same(self, found, wanted, path):
        if isinstance(wanted, dict):
            self.assertEqual(list(found), list(wanted), path)
            for name in wanted:
                self.same(found[name], wanted[name], f"{path}.{name}")
        elif isinstance(wanted, list):
            self.assertEqual(len(found), len(wanted), path)
            for i, (a, b) in enumerate(zip(found, wanted)):
                self.same(a, b, f"{path}.{i}")
        elif isinstance(wanted, float):
            self.assertAlmostEqual(found, wanted, delta=2e-6 * max(1, abs(wanted)), msg=path)
        else:
            self.assertEqual(found, wanted, path)

    def test_results(self):
        self.assertTrue(PROGRAMS)
        for program in PROGRAMS:
            with open(program, encoding="utf-8") as f:
                text = f.read()
            flags = " ".join(said(text, "FLAGS")).split()
            runs = zip(said(text, "ARGS"), re.findall(r"^// (RESULT|FAILS): *(.*?) *$", text, re.M))
            for arguments, (kind, wanted) in runs:
                with self.subTest(f"{program} {arguments}"):
                    done = subprocess.run([FED_RUN, program, "--args=" + arguments, *flags],
                                          capture_output=True, text=True, timeout=120)
                    if kind == "FAILS":
                        self.assertNotEqual(done.returncode, 0, done.stdout)
                        self.assertIn(wanted, done.stderr)
                        continue
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.same(json.loads(done.stdout), json.loads(wanted), "result")


if __name__ == "__main__":
    FED_RUN, *PROGRAMS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
