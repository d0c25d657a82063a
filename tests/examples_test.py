#!/usr/bin/env python3
"""The examples of a dialect's or a pass's description are tests.

examples_test.py DOC [--pass]: DOC is the documentation that mlir-tblgen generates from a .td file.
Every operation (section) must have an example in it; each example must verify, and print and parse
to the same text again. With --pass each section is a pass, which is run on its examples, verified.
"""
import pathlib
import re
import subprocess
import sys

FED_OPT = "tools/fed-opt/fed-opt"


def run(text, *flags):
    done = subprocess.run([FED_OPT, "--verify-each", *flags], input=text, capture_output=True, text=True)
    return done.stdout, done.stderr if done.returncode else None


def main():
    doc = pathlib.Path(sys.argv[1]).read_text()
    of_passes = "--pass" in sys.argv
    heading = r"^### `-([\w-]+)`" if of_passes else r"^### `(\w+\.\w+)`"
    parts = re.split(heading, doc, flags=re.M)[1:]
    count = failures = 0
    for name, body in zip(parts[::2], parts[1::2]):
        # The next section of another kind (types, attributes) ends the operation.
        body = re.split(r"^## ", body, flags=re.M)[0]
        examples = re.findall(r"^```mlir\n(.*?)^```", body, flags=re.M | re.S)
        if not examples:
            print(f"{name}: has no example")
            failures += 1
        for example in examples:
            count += 1
            if not of_passes and name not in example:
                print(f"{name}: is not in its example")
                failures += 1
            once, error = run(example)
            twice, error2 = run(once) if error is None else ("", None)
            if of_passes and error is None:
                _, error = run(example, "--" + name)
            if error or error2:
                print(f"{name}: {error or error2}\n{example}")
                failures += 1
            elif once != twice:
                print(f"{name}: does not round-trip\n{once}\n{twice}")
                failures += 1
    print(f"{count} examples, {failures} failures")
    return 1 if failures or not count else 0


sys.exit(main())
