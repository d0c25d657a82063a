"""Writes docs/local_operations.md: each operation of the local dialect and what stands behind it.

The table is read from the dialect's own documentation (made from its .td files) and from what the
generator of programs uses, whose programs are run interpreted, compiled for x86-64 and compiled for
aarch64, and compared.

usage: local_operations.py LOCAL_MD COVERAGE PAGE    (a test: does the page say what is so?)
       local_operations.py --update                  (from the root of a tree that is built)
"""
import difflib
import re
import subprocess
import sys

PAGE = "docs/local_operations.md"
FILES = 200  # of generated programs, from seed 1

HEAD = """# The operations of the local dialect

What one participant computes is written in these operations once a program is checked and its gradients are taken; `fedc --emit=fed` and
`fed-opt` show them. This page is written by `tests/docs/local_operations.py --update` and a test compares it with the sources.

- **Rules**: the shape rules by id, as they stand in the operation's description, in its verifier and in the name of the test that breaks them.
  `same` is the rule of elementwise operations: operands and result have one shape.
- **Gradient**: the operation brings its vector-Jacobian product, which finite differences check (`tests/differentiate`).
- **Compared over**: the element types, `seq` for sequences, with which the operation occurs in {files} files of generated programs: of random shapes,
  unknown, empty and size-1 dimensions, with NaN and infinities, with gradients of them and gradients of gradients. Each is interpreted plainly and run as
  compiled code, and the bytes are compared (`tests/generator`; `gradient` and `custom_gradient` are replaced by their expansions before anything runs; functions such as `exp` are compared with the compiler's own expansion of them, whose accuracy `tests/lower/math_test.cpp` measures).
"""

# Operations of which the generator's element types say nothing, and why.
ELSEWHERE = {
    "assert": "it has no result: after each `repeat_while` of the generated programs",
    "yield": "it has no result: the end of a region",
}

# What compiled programs do not have: `fed-run` alone shows it.
LOOKING = {"debug": "`tools/fed-run/debug_test.sh`, `compiler/interpret/federated_test.cpp`"}


def short(element):
    for long, letter in (("ui", "u"), ("i", "i"), ("f", "f")):
        if re.fullmatch(long + r"\d+", element):
            return letter + element[len(long):]
    return "seq" if element == "sequence" else element


def types(elements):
    """`i8 16 32 f32 64 bool`: the width stands alone where the kind is the one before."""
    order = {"i": 0, "u": 1, "f": 2}
    sized = sorted((order[e[0]], int(e[1:]), e[0]) for e in map(short, elements) if e[1:].isdigit())
    words, last = [], None
    for _, width, kind in sized:
        words.append(f"{kind}{width}" if kind != last else str(width))
        last = kind
    words += [e for e in map(short, sorted(elements)) if not e[1:].isdigit()]
    return " ".join(words)


def operations(doc):
    """Yields (name, summary, rules, has a gradient) from the dialect's documentation."""
    for part in re.split(r"^### `local\.", doc, flags=re.M)[1:]:
        name, part = part[:part.index("`")], part.split("\n## ")[0]
        summary = re.search(r"^_(.*)_$", part, re.M).group(1)
        summary = summary[0].lower() + summary[1:]  # the generator of documentation capitalises `x + y`
        rules = re.findall(r"\((\w+_c\d+)\)", part)
        traits = " ".join(re.findall(r"^(?:Traits|Interfaces): (.*)$", part, re.M))
        if "`SameShape`" in traits:
            rules.insert(0, "same")
        yield name, summary, rules, "`Vjp`" in traits


def page(doc, coverage):
    seen = {line.split()[0]: line.split()[1:] for line in coverage.splitlines()}
    rows, missing = [], []
    for name, summary, rules, gradient in operations(doc):
        if name not in LOOKING and (name not in seen or not (seen[name] or name in ELSEWHERE)):
            missing.append(name)
        compared = types(seen.get(name, [])) or ELSEWHERE.get(name) or LOOKING.get(name, "nothing")
        summary = summary.replace("|", "\\|")
        rules = " ".join(f"`{rule}`" for rule in rules) or "-"
        rows.append(f"| `{name}` | {summary} | {rules} | {'yes' if gradient else '-'} | {compared} |")
    if missing:
        raise SystemExit(f"no generated program uses {', '.join(missing)}: teach tests/generator")
    return "\n".join([HEAD.format(files=FILES), "| Operation | What it does | Rules | Gradient | Compared over |", "|---|---|---|---|---|", *rows]) + "\n"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main(arguments):
    update = arguments == ["--update"]
    doc, coverage, there = ("bazel-bin/dialects/local/Local.md", "bazel-bin/tests/generator/coverage", PAGE) if update else arguments
    used = subprocess.run([coverage, str(FILES)], stdout=subprocess.PIPE, text=True, check=True, timeout=600).stdout
    wanted = page(read(doc), used)
    if update:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(wanted)
        return 0
    if wanted == read(there):
        return 0
    print("".join(difflib.unified_diff(read(there).splitlines(True), wanted.splitlines(True), PAGE, "in the sources")))
    print(f"{PAGE} is out of date: run python3 tests/docs/local_operations.py --update")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
