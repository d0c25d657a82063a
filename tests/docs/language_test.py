"""Compiles every program in a page of the language's documentation.

A block that starts with ```fed is a whole file that must compile; one that starts with
```fed fails KIND must fail, and all its diagnostics are of that kind.

usage: language_test.py FEDC PAGE...
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest


def programs(page):
    with open(page, encoding="utf-8") as f:
        text = f.read()
    for found in re.finditer(r"^```fed(?: fails (\S+))?\n(.*?)^```$", text, re.M | re.S):
        yield text[:found.start()].count("\n") + 1, found.group(1), found.group(2)


class Language(unittest.TestCase):
    def test_programs(self):
        count = 0
        for page in PAGES:
            for line, kind, text in programs(page):
                count += 1
                with self.subTest(f"{page}:{line}"), tempfile.TemporaryDirectory() as folder:
                    with open(f"{folder}/program.fed", "w", encoding="utf-8") as f:
                        f.write(text)
                    done = subprocess.run([FEDC, "program.fed", "--emit=fed"], cwd=folder,
                                          capture_output=True, text=True, timeout=60)
                    kinds = set(re.findall(r"^program.fed:.* (?:error|warning): .*\[F\d{4} ([a-z0-9-]+)\]$",
                                           done.stderr, re.M))
                    self.assertEqual(kinds, {kind} if kind else set(), done.stderr)
                    self.assertEqual(done.returncode, 1 if kind else 0, done.stderr)
        self.assertGreater(count, 10)


if __name__ == "__main__":
    FEDC, PAGES = os.path.abspath(sys.argv[1]), sys.argv[2:]
    unittest.main(argv=sys.argv[:1])
