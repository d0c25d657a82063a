"""Every kind of diagnostic_kinds.def has a file here that says `// EXPECT: kind`, and the other way
round; the list is in the order that it promises.

usage: kinds_test.py KINDS
"""
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = sys.argv.pop()


class Kinds(unittest.TestCase):
    def setUp(self):
        with open(KINDS, encoding="utf-8") as f:
            self.text = f.read()
        self.kinds = re.findall(r'^FEDC_DIAGNOSTIC\(\w+, \d+, "([^"]+)"', self.text, re.M)

    def test_every_kind_is_shown(self):
        shown = set()
        for name in os.listdir(HERE):
            if name.endswith(".fed"):
                with open(os.path.join(HERE, name), encoding="utf-8", errors="replace") as f:
                    shown.update(re.findall(r"^// EXPECT: *(.*?) *$", f.read(), re.M))
        self.assertGreater(len(self.kinds), 20)
        self.assertEqual(sorted(set(self.kinds) - shown), [], "kinds without a test")
        self.assertEqual(sorted(shown - set(self.kinds)), [], "tests of unknown kinds")

    def test_numbers(self):
        """No two kinds have one number, and none has that of a kind that is gone."""
        numbers = re.findall(r"^FEDC_DIAGNOSTIC\(\w+, (\d+)", self.text, re.M)
        gone = re.search(r"^// Numbers of kinds that are gone: (.*)\.$", self.text, re.M).group(1)
        numbers += re.findall(r"\d+", gone)
        self.assertEqual(len(numbers), len(set(numbers)), "a number is used twice")
        self.assertTrue(all(0 < int(n) < 10000 for n in numbers))

    def test_order(self):
        """In alphabetical order within each stage."""
        for stage in self.text.split("// ---- ")[1:]:
            names = re.findall(r"^FEDC_DIAGNOSTIC\((\w+)", stage, re.M)
            self.assertEqual(names, sorted(names))


if __name__ == "__main__":
    unittest.main()
