#!/usr/bin/env python3
"""Rewrites the CHECK lines of golden lit tests from what the tool prints now; review the difference.

update_checks.py FED_OPT FILE...: a file's first line is `// RUN: fed-opt %s FLAGS | FileCheck %s`.
Before each function of the file stand its checks: the label, then every line of the printed
function. Values are captured at their definition.
"""
import pathlib
import re
import subprocess
import sys


def checks(function):
    seen = set()

    def value(match):
        name = match.group(1)
        first = name not in seen
        seen.add(name)
        key = "V" + name if name[0].isdigit() else name.upper()
        return f"%[[{key}:.*]]" if first else f"%[[{key}]]"

    lines = []
    for i, line in enumerate(function):
        line = line.strip().replace("[[", "{{\\[\\[}}").replace("]]", "{{\\]\\]}}")
        # `%3:2 = ...` defines %3; %3#1 uses it.
        line = re.sub(r"%(\w+)", value, line)
        if i == 0:
            label, rest = line.split("(", 1)
            lines += [f"// CHECK-LABEL: {label}(", f"// CHECK-SAME: {rest}"]
        else:
            lines.append(f"// CHECK-NEXT: {line}")
    return lines


def main():
    tool, files = sys.argv[1], map(pathlib.Path, sys.argv[2:])
    for path in files:
        text = path.read_text()
        flags = re.match(r"// RUN: fed-opt %s (.*?) \| FileCheck %s", text).group(1).split()
        printed = subprocess.run([tool, str(path), *flags], capture_output=True, text=True, check=True).stdout
        functions = {}
        for match in re.finditer(r"^  func\.func @(\w+).*?^  }", printed, flags=re.M | re.S):
            functions[match.group(1)] = checks(match.group(0).splitlines())
        out = []
        for line in text.splitlines():
            if line.startswith("// CHECK"):
                continue
            match = re.match(r"func\.func @(\w+)", line)
            if match:
                out += functions[match.group(1)]
            out.append(line)
        path.write_text("\n".join(out) + "\n")


main()
