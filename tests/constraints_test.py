#!/usr/bin/env python3
"""Each constraint of a dialect is in three places, and in no others.

constraints_test.py DOC DIALECT_FOLDER TESTS_FOLDER: an id such as `dot_general_c3` that stands in a
description, as `(dot_general_c3)` in the documentation generated from the .td file, must stand in a
comment of a verifier and, perhaps with a letter after it, in the name of a function of invalid*.mlir
that shows it.
"""
import pathlib
import re
import sys


def ids(pattern, files):
    return {i for f in files for i in re.findall(pattern, f.read_text())}


def main():
    doc, dialect, tests = map(pathlib.Path, sys.argv[1:4])
    stated = ids(r"\((\w+_c\d+)\)", [doc])
    verified = {i for line in ids(r"//(.*_c\d+.*)", dialect.glob("*.cpp")) for i in re.findall(r"\w+_c\d+", line)}
    tested = ids(r"@(\w+_c\d+)[a-z]?\b", tests.glob("invalid*.mlir"))
    failures = 0
    for name, found in (("verified", verified), ("tested", tested)):
        for i in sorted(stated - found):
            print(f"{i}: is stated but not {name}")
            failures += 1
        for i in sorted(found - stated):
            print(f"{i}: is {name} but not stated")
            failures += 1
    print(f"{len(stated)} constraints, {failures} failures")
    return 1 if failures or not stated else 0


sys.exit(main())
