"""Every stage of the compiler on every example, for both targets; and the list of examples has all.

usage: examples_test.py FEDC EXAMPLES_DIR
"""
import glob
import os
import subprocess
import sys
import tempfile

STAGES = ["ast", "core", "fed", "split", "llvm", "asm"]
TARGETS = ["x86_64-linux-gnu", "aarch64-linux-gnu"]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def check(fedc, path):
    """Returns what is wrong with one example, a line each."""
    wrong = []
    for stage in STAGES:
        for target in TARGETS:
            done = run(fedc, path, f"--emit={stage}", f"--target={target}")
            if done.returncode != 0 or not done.stdout or done.stderr:
                wrong.append(f"{path}: --emit={stage} --target={target}: exit {done.returncode}\n{done.stderr}")
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as out:
            done = run(fedc, path, "--emit=obj", f"--target={target}", "-o", out)
            stem = os.path.basename(path)[:-len(".fed")]
            for name in (f"{stem}_client.o", f"{stem}_server.o", f"{stem}.manifest"):
                if not os.path.exists(f"{out}/{name}") or os.path.getsize(f"{out}/{name}") == 0:
                    wrong.append(f"{path}: --target={target}: {name} was not written\n{done.stderr}")
    return wrong


def main(fedc, examples):
    paths = sorted(glob.glob(f"{examples}/**/*.fed", recursive=True))
    assert paths, f"no example in {examples}"
    with open(f"{examples}/README.md", encoding="utf-8") as f:
        index = f.read()
    folders = {os.path.relpath(path, examples).split("/")[0] for path in paths}
    wrong = [f"{examples}/README.md: {folder} is missing" for folder in sorted(folders) if f"]({folder})" not in index]
    wrong += [line for path in paths for line in check(os.path.abspath(fedc), path)]
    print("\n".join(wrong) or f"{len(paths)} examples")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
