"""Runs fedc over every .fed file of its folder and compares all that it says with golden files.

A file named fail_*.fed must fail and name, in `// EXPECT: kind` lines, the kinds of diagnostic that
it shows; each must be in the output, which fail_*.expected gives whole. So must mistake_*.fed, which
has one mistake and gets one message. A file named warn_*.fed passes with such warnings. Any other
.fed file must pass without a word. `// FLAGS: ...` replaces the flags of the run. That every kind
has a file is kinds_test.py's business.

usage: diagnostics_test.py FEDC [--update]
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ["--emit=fed"]
# The second are what people write who come from elsewhere: one mistake each, and one message.
FAIL = ("fail_", "mistake_")
SPEAKING = FAIL + ("warn_",)
FEDC = None


def sources():
    return sorted(f for f in os.listdir(HERE) if f.endswith(".fed"))


def directives(name, word):
    with open(os.path.join(HERE, name), encoding="utf-8", errors="replace") as f:
        return re.findall(rf"^// {word}: *(.*?) *$", f.read(), re.M)


def run(name, *more):
    flags = directives(name, "FLAGS")
    flags = flags[0].split() if flags else FLAGS
    # From its own folder, so that the output names no other.
    done = subprocess.run([FEDC, name, *flags, *more], cwd=HERE, capture_output=True, timeout=60)
    return done.returncode, done.stderr.decode("utf-8", errors="replace")


def golden(name):
    path = os.path.join(HERE, name[:-len(".fed")] + ".expected")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as f:
        return f.read()


def position(text, line, column):
    """Of a place, as it is counted from 1, in the text."""
    return sum(len(before) for before in text.splitlines(keepends=True)[:line - 1]) + column - 1


def update():
    for name in sources():
        code, output = run(name)
        if not name.startswith(SPEAKING) or code != int(name.startswith(FAIL)):
            continue
        with open(os.path.join(HERE, name[:-len(".fed")] + ".expected"), "w", encoding="utf-8") as f:
            f.write(output)


class Diagnostics(unittest.TestCase):
    maxDiff = None

    def test_output(self):
        for name in sources():
            with self.subTest(name):
                code, output = run(name)
                if not name.startswith(SPEAKING):
                    self.assertEqual((code, output), (0, ""))
                    continue
                self.assertEqual(output, golden(name))
                self.assertEqual(code, int(name.startswith(FAIL)))
                expected = directives(name, "EXPECT")
                self.assertNotEqual(expected, [], "there is no `// EXPECT: kind`")
                if name.startswith("mistake_"):
                    self.assertEqual(len(re.findall(r"(?:error|warning): ", output)), 1, output)
                for kind in expected:
                    self.assertRegex(output, rf" \[F\d{{4}} {kind}\]\n")

    def test_json(self):
        """With --diagnostics=json, the same is said in a form for tools."""
        for name in sources():
            with self.subTest(name):
                heads = []
                for line in run(name, "--diagnostics=json")[1].splitlines():
                    d = json.loads(line)
                    self.assertLessEqual((d.get("line", 0), d.get("column", 0)),
                                         (d.get("end_line", 0), d.get("end_column", 0)))
                    if "fix" in d:
                        self.assertIn("hint", d)
                        self.assertEqual(d["fix"]["file"], d["file"])
                    place = f"{d['file']}:{d['line']}:{d['column']}: " if "file" in d else ""
                    heads.append(f"{place}{d['severity']}: {d['message']} [{d['code']} {d['id']}]")
                    for note in d["notes"]:
                        place = f"{note['file']}:{note['line']}:{note['column']}: " if "file" in note else ""
                        heads.append(f"{place}note: {note['message']}")
                said = re.findall(r"^(?:[^ |].*?:\d+:\d+: )?(?:error|warning|note): .*$", golden(name), re.M)
                self.assertEqual(heads[:len(said)], said)

    def test_fixes(self):
        """What stands in `fix` can be written: then it is not said again, and nothing more is."""
        with tempfile.TemporaryDirectory() as folder:
            for name in os.listdir(HERE):
                if name.endswith((".fed", ".json")):
                    shutil.copy(os.path.join(HERE, name), folder)
            for name in sources():
                with open(os.path.join(HERE, name), "rb") as f:
                    text = f.read().decode("utf-8", errors="replace")
                if not name.startswith(SPEAKING) or "\ufffd" in text:
                    continue
                before = self.said(name, folder)
                # All together, from the last on, so that places stay what they are.
                fixed, last = [], len(text)
                for d in sorted(before, key=lambda d: (d.get("line", 0), d.get("column", 0)), reverse=True):
                    if "fix" not in d or d["file"] != name:
                        continue
                    begin = position(text, d["fix"]["line"], d["fix"]["column"])
                    end = position(text, d["fix"]["end_line"], d["fix"]["end_column"])
                    if end > last:
                        continue
                    text = text[:begin] + d["fix"]["replacement"] + text[end:]
                    last = begin
                    fixed.append(d)
                if not fixed:
                    continue
                with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                    f.write(text)
                after = self.said(name, folder)
                with self.subTest(name):
                    self.assertLessEqual(len(after), len(before), after)
                    for d in fixed:
                        same = [[(e["id"], e["message"], e.get("line")) for e in some].count(
                            (d["id"], d["message"], d["line"])) for some in (before, after)]
                        self.assertLess(same[1], same[0], d)

    @staticmethod
    def said(name, folder):
        flags = directives(name, "FLAGS")
        flags = flags[0].split() if flags else FLAGS
        done = subprocess.run([FEDC, name, *flags, "--diagnostics=json"], cwd=folder, capture_output=True,
                              timeout=60)
        lines = done.stderr.decode("utf-8", errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def test_wording(self):
        """Lower case, no final period, and a place for everything."""
        for name in sources():
            for line in golden(name).split("\n"):
                found = re.match(r"(?:(\S+?:\d+:\d+): )?(error|warning|note): (.*?)(?: \[F\d{4} [a-z0-9-]+\])?$", line)
                if not found:
                    continue
                with self.subTest(name + ": " + line):
                    message = found.group(3)
                    self.assertFalse(message.endswith("."), "ends with a period")
                    self.assertFalse(re.match(r"[A-Z][a-z]", message), "starts with a capital")


if __name__ == "__main__":
    FEDC = os.path.abspath(sys.argv[1])
    if sys.argv[2:] == ["--update"]:
        update()
    else:
        unittest.main(argv=sys.argv[:1])
