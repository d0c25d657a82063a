"""Runs the examples in a Passes.td: the first block of a pass's description must become the second;
where words say what it becomes, it must go through the pass.

pass_examples.py FED_OPT PASSES_TD
"""
import re
import subprocess
import sys


def canonical(fed_opt, text, passes):
    """The module that fed-opt prints, without what differs by nature: hashes and positions."""
    run = subprocess.run([fed_opt, *passes, "-"], input=text, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"fed-opt {' '.join(passes)} failed:\n{run.stderr}\n{text}")
    out = re.sub(r"^#loc\d* = .*\n", "", run.stdout, flags=re.M)
    out = re.sub(r"#loc\d*\b|loc\([^)]*\)", "loc", out)
    return re.sub(r' attributes \{fed\.hash = "[0-9a-f]*"\}', "", out)


def main():
    fed_opt, path = sys.argv[1:]
    with open(path) as file:
        text = file.read()
    passes = re.findall(r'Pass<"([^"]+)".*?description = \[\{(.*?)\}\];', text, flags=re.S)
    if not passes:
        sys.exit(f"{path}: no pass found")
    failed = False
    for name, description in passes:
        blocks = re.findall(r"```mlir\n(.*?)```", description, flags=re.S)
        if len(blocks) not in (1, 2):
            sys.exit(f"{path}: {name} has {len(blocks)} examples; an input and an output are expected")
        got = canonical(fed_opt, blocks[0], ["--" + name])
        if len(blocks) == 1:
            continue
        want = canonical(fed_opt, blocks[1], [])
        if got != want:
            failed = True
            print(f"{name}: the example becomes\n{got}\nbut its description says\n{want}")
    sys.exit(failed)


main()
