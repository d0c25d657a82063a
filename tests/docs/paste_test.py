"""Pastes pages of documentation, top to bottom, and compares what they print.

usage: paste_test.py PAGE...

The tools are installed first, as `./dev install ~/fedc` does, with a home of their own, and are on
the PATH. Each page has an empty folder; for those of an example it has the folder `examples`.

In a page, a fenced block that starts with ```fed NAME.fed or ```c NAME.c is that file; it is
written there. A block that starts with ```console is a session: lines with `$ ` are commands (a
trailing backslash continues them), the lines below are what they print, standard output and errors
together. A line `...` stands for any lines, `...` within a line for any text. ```console NAME is a
session in a terminal of that name: it goes on while those of other terminals are pasted, up to the
next plain ```console. The port 7100 stands for one that is free.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.join(os.environ.get("TEST_SRCDIR", ""), os.environ.get("TEST_WORKSPACE", ""))
TIMEOUT_S = 300
PORT = "7100"


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


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return str(s.getsockname()[1])


class Page:
    """A page that is being pasted."""

    def __init__(self, page, home):
        self.page, self.commands, self.failures = page, 0, 0
        self.environment = dict(os.environ, HOME=home, PATH=f"{home}/fedc/bin:{os.environ['PATH']}")
        self.port, self.terminals = free_port(), []

    def type(self, folder, number, body):
        """A session, in the place of one person."""
        for command, expected in session(body):
            self.commands += 1
            run = subprocess.Popen(["bash", "-c", command.replace(PORT, self.port)], cwd=folder,
                                   env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
            try:
                printed = run.communicate(timeout=TIMEOUT_S)[0]
            except subprocess.TimeoutExpired:
                run.kill()
                printed = f"(nothing more in {TIMEOUT_S} s)\n" + run.communicate()[0]
            printed = printed.replace(self.port, PORT)
            if not matches(expected, printed):
                self.failures += 1
                print(f"{self.page}:{number}: $ {command}\n--- the page says\n{expected}\n"
                      f"--- it printed (exit status {run.returncode})\n{printed}")

    def wait(self):
        for terminal in self.terminals:
            terminal.join()
        self.terminals = []

    def paste(self, folder):
        with open(self.page, encoding="utf-8") as f:
            text = f.read()
        for number, info, body in blocks(text):
            words = info.split()
            if len(words) == 2 and words[0] in ("fed", "c"):
                with open(f"{folder}/{words[1]}", "w", encoding="utf-8") as f:
                    f.write(body + "\n")
            elif words[:1] == ["console"] and len(words) == 2:
                typing = threading.Thread(target=self.type, args=(folder, number, body))
                typing.start()
                self.terminals.append(typing)
            elif words == ["console"]:
                self.wait()
                self.type(folder, number, body)
        self.wait()
        print(f"{self.page}: {self.commands} commands, {self.failures} differ")
        return self.failures == 0 and self.commands > 0


def main(pages):
    good = True
    with tempfile.TemporaryDirectory() as home:
        subprocess.run([f"{ROOT}/tools/dist/install.sh", f"{ROOT}/tools/dist/fedc", f"{home}/fedc"], check=True)
        for page in pages:
            with tempfile.TemporaryDirectory() as folder:
                if page.startswith("examples/"):
                    os.symlink(f"{ROOT}/examples", f"{folder}/examples")
                good = Page(page, home).paste(folder) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
