"""Writes docs/operations.md, the list of operations, from the declarations of the prelude.

In a source, `// ---- Title.` starts a section and a comment above a declaration describes it.

usage: operations.py PRELUDE MODULE... PAGE    (a test: is the page what the declarations say?)
       operations.py --update                  (from the root of the source tree: writes the page)
"""
import difflib
import re
import sys

SOURCES = [f"compiler/stdlib/{name}.fed" for name in ("prelude", "aggregators", "federated", "nn", "optimizers",
                                                        "random")]
# Of each module, in the order of the sources: its title, and what stands below.
MODULES = (
    ("std/aggregators: what the server makes of the clients' values", "`import \"std/aggregators\" as aggregators;` gives them as "
     "`aggregators.mean` and so on. [Learning](learning.md#aggregators) shows their use."),
    ("std/federated: rounds of learning", "`import \"std/federated\" as federated;` gives them as `federated.fedavg` and so on. "
     "[Learning](learning.md#rounds) shows processes that call them."),
    ("std/nn: functions for learning", "`import \"std/nn\" as nn;` gives them as `nn.relu` and so on."),
    ("std/optimizers: optimizers and schedules", "`import \"std/optimizers\" as optimizers;` gives them as `optimizers.sgd` and so on. "
     "[Learning](learning.md#optimizers) says what an optimizer is."),
    ("std/random: random numbers", "`import \"std/random\" as random;` gives them as `random.normal` and so on. "
     "[Random numbers](language.md#random-numbers) says where keys come from."),
)
PAGE = "docs/operations.md"

HEAD = """# Operations

Everything that a program can call without an import, by section, and last the modules of the standard library: each function's signature and what
it does. This page is made of the declarations that the compiler itself reads, and a test compares the two.

How to read a signature:

- In `< >` stand type parameters; they follow from the arguments, or are given, as in `zeros<Model>()`. [Functions](language.md#functions) lists what
  the constraints accept.
- `axes?: ...` may be left out; `static` values are known when the program is compiled; arguments may be given by name, as in `concatenate(x, axis=0)`.
- `{T}@P` and `T@P` are [placed values](language.md#placement); an `intrinsic` moves or combines them.
- A result `X[f(...)]` is X with the shape that the rule `f` works out: `elementwise` broadcasts, `reduce` drops the reduced dimensions,
  `same` keeps them, as `secure_sum` and its like do, which check the bound. In `bool[f(...)]` the elements are bools.
"""


def one_line(text):
    """Declarations that stand on several lines, each in one."""
    lines = []
    for line in text.split("\n"):
        last = lines[-1] if lines else ""
        if re.match(r"(op|intrinsic|fn|type) ", last) and not last.endswith((";", "{", "}")):
            joint = "" if last.endswith(("(", "<")) or line.startswith((")", ">")) else " "
            lines[-1] = last + joint + line.strip()
        else:
            lines.append(line)
    return "\n".join(lines)


def sections(text):
    """Yields (title, text below the title, [(declaration, comment)])."""
    title, intro, entries, comment = "", [], [], []
    in_title = False

    def finished():
        return title, " ".join(intro), list(entries)

    for line in one_line(text).split("\n"):
        if line.startswith("// ---- "):
            if entries:
                yield finished()
            first, _, rest = line[len("// ---- "):].partition(".")
            if ":" in first:
                first, _, before = first.partition(":")
                rest = before.strip().capitalize() + "." + rest
            title, intro, entries, comment = first, [rest.strip()] if rest.strip() else [], [], []
            in_title = True
        elif line.startswith("//"):
            (intro if in_title else comment).append(line[2:].strip())
        elif line.startswith(("fn _", "type _")):
            comment, in_title = [], False
        elif re.match(r"(op|intrinsic|fn|type) ", line):
            entries.append((re.sub(r" \{$", "", line.rstrip(";")), " ".join(comment)))
            comment, in_title = [], False
        elif not line:
            comment, in_title = [], False
    if entries:
        yield finished()


def page(prelude, *modules):
    parts = [HEAD]
    listed = list(sections(prelude))
    for (title, intro), module in zip(MODULES, modules, strict=True):
        listed += [(title, intro, entries) for _, _, entries in sections(module)]
    for title, intro, entries in listed:
        parts.append(f"## {title}\n")
        if intro:
            parts.append(intro + "\n")
        for declaration, comment in entries:
            name = re.match(r"\w+ (\w+)", declaration).group(1)
            if not comment:
                raise SystemExit(f"{name} has no comment that describes it")
            parts.append(f"### {name}\n\n```\n{declaration}\n```\n\n{comment}\n")
    return "\n".join(parts)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main(arguments):
    if arguments == ["--update"]:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(page(*[read(source) for source in SOURCES]))
        return 0
    *declarations, there = [read(path) for path in arguments]
    wanted = page(*declarations)
    # That the pattern for declarations misses none is seen by counting what they begin with.
    declared = len(re.findall(r"^(?:op|intrinsic|fn|type) (?!_)", "\n".join(declarations), re.M))
    assert declared == wanted.count("\n### ") > 50, (declared, wanted.count("\n### "))
    if wanted == there:
        return 0
    print("".join(difflib.unified_diff(there.splitlines(True), wanted.splitlines(True), PAGE, "declared")))
    print(f"{PAGE} is out of date: run python3 tests/docs/operations.py --update")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
