"""What `fedc --explain` shows is true: each wrong program gives that very kind, each right one none.

usage: explanations_test.py FEDC KINDS EXPLANATION...
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest


def run(*arguments, folder=None):
    return subprocess.run([FEDC, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


# What is wrong is not text, takes two files, or hundreds of lines.
IN_WORDS = {"instantiation-limit", "invalid-utf8", "nesting-too-deep", "private-name", "program-too-large", "type-too-large"}


class Explanations(unittest.TestCase):
    def test_texts(self):
        self.assertGreaterEqual(len(TEXTS), 60)
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
                self.assertEqual({bool(fails) for fails, _ in blocks},
                                 {False} if kind in IN_WORDS else {True, False}, "a wrong and a right program")
                for fails, program in blocks:
                    self.compile(program, kind if fails else None)

    def compile(self, program, kind):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/program.fed", "w", encoding="utf-8") as f:
                f.write(program)
            done = run("program.fed", "--emit=obj", "-o", "out", folder=folder)
            kinds = re.findall(r" (?:error|warning): .*\[F\d{4} ([a-z0-9-]+)\]$", done.stderr, re.M)
            self.assertEqual(set(kinds), {kind} if kind else set(), done.stderr)
            self.assertEqual(done.returncode, 1 if " error: " in done.stderr else 0, done.stderr)

    def test_unknown(self):
        for word, answer in (("shap-mismatch", "; did you mean `shape-mismatch`?"), ("F9999", "")):
            shown = run("--explain", word)
            self.assertEqual((shown.returncode, shown.stdout), (2, ""))
            self.assertIn(f"there is no error `{word}`{answer}", shown.stderr)

    def test_every_kind(self):
        with open(KINDS, encoding="utf-8") as f:
            kinds = re.findall(r'^FEDC_DIAGNOSTIC\(\w+, \d+, "([a-z0-9-]+)"', f.read(), re.M)
        self.assertGreater(len(kinds), 60)
        explained = {os.path.basename(path)[:-len(".md")] for path in TEXTS}
        self.assertEqual(set(kinds), explained)


if __name__ == "__main__":
    FEDC, KINDS, TEXTS = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    unittest.main(argv=sys.argv[:1])
