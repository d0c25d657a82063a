#!/usr/bin/env python3
"""Rewrites the expected output of the tests in this folder: update.py path/to/fedc [FILE.fed ...]

Each file is a program followed by what `fedc --emit=fed` makes of it, as FileCheck lines. Read the
difference before committing it.
"""
import pathlib
import subprocess
import sys

RUN = "// RUN: fedc --emit=fed %s | FileCheck %s\n"


def escape(line):
    return line.replace("[[", "{{\\[\\[}}")


def main():
    fedc = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(__file__).resolve().parent
    files = [pathlib.Path(f) for f in sys.argv[2:]] or sorted(folder.glob("*.fed"))
    for path in files:
        text = path.read_text()
        if "// RUN:" in text and RUN not in text:
            continue  # has a run line of its own
        source = text.split("\n// CHECK", 1)[0].replace(RUN, "").strip("\n") + "\n"
        # Places must be those of the final file.
        path.write_text(RUN + source)
        out = subprocess.run([fedc, "--emit=fed", path], check=True, capture_output=True, text=True)
        lines = [escape(line).rstrip() for line in out.stdout.splitlines()]
        checks = ["// CHECK: " + lines[0]] + ["// CHECK-NEXT: " + line for line in lines[1:]]
        path.write_text(RUN + source + "\n" + "\n".join(checks) + "\n")


if __name__ == "__main__":
    main()
