"""What `fedc --explain` shows is true: each wrong program gives that very kind, each right one none.

usage: explanations_test.py FEDC EXPLANATION...
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest


def run(*arguments, folder=None):
    return subprocess.run([FEDC, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


class Explanations(unittest.TestCase):
    def test_texts(self):
        self.assertGreaterEqual(len(TEXTS), 30)
        for path in TEXTS:
            kind = os.path.basename(path)[:-len(".md")]
            with open(path, encoding="utf-8") as f:
                text = f.read()
            with self.subTest(kind):
                shown = run("--explain", kind)
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                code, _, rest = shown.stdout.partition(f" {kind}\n\n")
                self.assertEqual(rest, text)
                self.assertEqual(run("--explain", code).stdout, shown.stdout)
                blocks = re.findall(r"^```fed( fails)?\n(.*?)^```$", text, re.M | re.S)
                self.assertEqual({bool(fails) for fails, _ in blocks}, {True, False}, "a wrong and a right program")
                for fails, program in blocks:
                    self.compile(program, kind if fails else None)

    def compile(self, program, kind):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/program.fed", "w", encoding="utf-8") as f:
                f.write(program)
            done = run("program.fed", "--emit=obj", "-o", "out", folder=folder)
            kinds = re.findall(r" (?:error|warning): .*\[F\d{4} ([a-z0-9-]+)\]$", done.stderr, re.M)
            self.assertEqual(set(kinds), {kind} if kind else set(), done.stderr)
            self.assertEqual(done.returncode, 1 if kind else 0, done.stderr)

    def test_unknown(self):
        for word, answer in (("shap-mismatch", "; did you mean `shape-mismatch`?"), ("F9999", "")):
            shown = run("--explain", word)
            self.assertEqual((shown.returncode, shown.stdout), (2, ""))
            self.assertIn(f"there is no error `{word}`{answer}", shown.stderr)

    def test_every_kind(self):
        shown = run("--explain", "invalid-utf8")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertIn("F0004 invalid-utf8", shown.stdout)


if __name__ == "__main__":
    FEDC, TEXTS = os.path.abspath(sys.argv[1]), sys.argv[2:]
    unittest.main(argv=sys.argv[:1])
