"""The .fed files of the tree are formatted, and formatting keeps what it must.

Reads the checkout itself, so that a new file is covered without being listed. Files in
tests/diagnostics and tests/parse are not: mistakes of layout are among what they show. What formatting
keeps is tried on all files that parse, as they are and torn apart: every token in a line of its own
place, comments in between.

usage: tree_test.py FED_FMT
"""
import os
import random
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# Not formatted: mistakes, and what is no program but shown by its lines.
FREE = ("tests/diagnostics/", "tests/parse/", "tests/simulator/hand.fed")
FED_FMT = None
TOKEN = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|[A-Za-z_]\w*|\d[\w.]*(?:(?<=[eE])[+-]\d+)?|->|[=!<>&|]=|=>|\.\.|&&|\|\||\S')


def files():
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "*.fed"],
        check=True, capture_output=True, text=True).stdout.split("\n")
    return [f for f in listed if f and os.path.isfile(f"{ROOT}/{f}")]


def run(text):
    done = subprocess.run([FED_FMT, "-"], input=text.encode(), capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def words(text):
    """Comments; and all else without white space and commas before closing brackets."""
    found = [t.rstrip() for t in TOKEN.findall(text)]
    comments = [t for t in found if t.startswith("//")]
    rest = "".join(t for t in found if not t.startswith("//"))
    return comments, re.sub(r",(?=[)>\]])", "", rest)


def torn(text, seed):
    """The same tokens between other white space and comments."""
    pick = random.Random(seed)
    out = []
    for token in TOKEN.findall(text):
        if token.startswith("//"):
            out.append(pick.choice(["", "\n", "\n\n"]) + token + "\n")
            continue
        # A `[` behind a line break would be a list; a `.` and a number are one token elsewhere.
        gap = pick.choices([" ", "\n", " // c%d\n" % len(out), "\n// d%d\n\n" % len(out)], [40, 3, 1, 1])[0]
        if token == "[" or (out and out[-1] == "."):
            gap = ""
        elif token in ".(" or (out and out[-1] in ("(", "-", "!")):
            gap = pick.choice(["", gap])
        out += [gap, token]
    return "".join(out)


class Tree(unittest.TestCase):
    maxDiff = None

    def test_formatted(self):
        names = [f for f in files() if not f.startswith(FREE)]
        self.assertGreater(len(names), 20)
        done = subprocess.run([FED_FMT, "--check"] + names, cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.stderr, "", "run ./dev fmt")

    def keeps(self, text):
        code, once, errors = run(text)
        self.assertEqual(code, 0, errors)
        self.assertEqual(words(once), words(text))
        code, twice, _ = run(once)
        self.assertEqual(twice, once)

    def test_keeps(self):
        tried = 0
        for name in files():
            with open(f"{ROOT}/{name}", encoding="utf-8", errors="replace") as f:
                text = f.read()
            if run(text)[0] != 0:
                continue
            tried += 1
            with self.subTest(name):
                self.keeps(text)
            for seed in range(3):
                with self.subTest(name, torn=seed):
                    self.keeps(torn(text, seed))
        self.assertGreater(tried, 20)


if __name__ == "__main__":
    FED_FMT = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1])
