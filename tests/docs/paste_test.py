"""Pastes a page of documentation, top to bottom, and compares what it prints.

usage: paste_test.py PAGE...

In a page, a fenced block that starts with ```fed NAME.fed is that file: it is written into an empty
folder. A block that starts with ```console is a session there: lines with `$ ` are commands (a
trailing backslash continues them), the lines below are what they print, standard output and errors
together. A line `...` stands for any lines, `...` within a line for any text. The tools are on the
PATH and `examples` is the examples folder.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.environ.get("TEST_SRCDIR", ""), os.environ.get("TEST_WORKSPACE", ""))
TIMEOUT_S = 300


def blocks(text):
    """Yields (line number, info string, body) of each fenced block."""
    info, body, start = None, [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            if info is None:
                info, body, start = line[3:].strip(), [], number
            else:
                yield start, info, "\n".join(body)
                info = None
        elif info is not None:
            body.append(line)


def session(body):
    """Yields (command, expected output)."""
    command, expected = None, []
    lines = iter(body.split("\n"))
    for line in lines:
        if line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(expected)
            command, expected = line[2:], []
            while command.endswith("\\"):
                command = command[:-1] + next(lines).strip()
        else:
            expected.append(line)
    if command is not None:
        yield command, "\n".join(expected)


def matches(expected, actual):
    pattern = ""
    for line in expected.strip("\n").split("\n"):
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ \t]*\n"
    return re.fullmatch(pattern, actual.strip("\n") + "\n") is not None


def paste(page):
    failures = 0
    with open(page, encoding="utf-8") as f:
        text = f.read()
    environment = dict(os.environ)
    tools = [f"{ROOT}/tools/{t}" for t in ("fedc", "fed-opt", "fed-run")]
    environment["PATH"] = ":".join(tools + [environment["PATH"]])
    commands = 0
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(f"{ROOT}/examples", f"{folder}/examples")
        for number, info, body in blocks(text):
            words = info.split()
            if len(words) == 2 and words[0] == "fed":
                with open(f"{folder}/{words[1]}", "w", encoding="utf-8") as f:
                    f.write(body + "\n")
            elif words[:1] == ["console"]:
                for command, expected in session(body):
                    commands += 1
                    run = subprocess.run(["bash", "-c", command], cwd=folder, env=environment,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         timeout=TIMEOUT_S, text=True, check=False)
                    if not matches(expected, run.stdout):
                        failures += 1
                        print(f"{page}:{number}: $ {command}\n--- the page says\n{expected}\n"
                              f"--- it printed (exit status {run.returncode})\n{run.stdout}")
    print(f"{page}: {commands} commands, {failures} differ")
    return failures == 0


if __name__ == "__main__":
    sys.exit(0 if all([paste(page) for page in sys.argv[1:]]) else 1)
