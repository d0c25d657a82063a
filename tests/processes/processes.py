"""Servers and clients as processes, for tests: started, waited for with a limit, ended."""
import os
import signal
import subprocess
import tempfile
import time
import unittest

LIMIT_S = 120  # of whatever is waited for; nothing takes as long, but on a machine that hangs
DIST = os.path.abspath("tools/dist/fedc")
EXAMPLES = os.path.abspath("examples")
HERE = os.path.abspath("tests/processes")
X86, ARM = "x86_64-linux-gnu", "aarch64-linux-gnu"
MNIST = f"{EXAMPLES}/mnist"
INTERRUPT, TERMINATE, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL


def digits(kind, more):
    """A SPEC of the excerpt of MNIST: "train" or "t10k"."""
    return f"idx:images={MNIST}/data/{kind}-images-idx3-ubyte.gz,labels={MNIST}/data/{kind}-labels-idx1-ubyte.gz,{more}"


class Process:
    """A program whose output goes to files, which may be read while it runs."""

    def __init__(self, folder, command):
        self.command = [str(word) for word in command]
        self.out, self.err = (tempfile.NamedTemporaryFile(dir=folder, mode="r+") for _ in range(2))
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.out,
                                        stderr=self.err)

    def printed(self):
        with open(self.out.name, encoding="utf-8") as f:
            return f.read()

    def said(self):
        with open(self.err.name, encoding="utf-8") as f:
            return f.read()

    def until(self, holds, what):
        """Waits until holds() of a running process."""
        end = time.monotonic() + LIMIT_S
        while not holds():
            if self.process.poll() is not None or time.monotonic() > end:
                if holds():
                    return
                raise AssertionError(f"no {what} of {self.command}\n{self.printed()}\n{self.said()}")
            time.sleep(0.02)

    def until_said(self, text):
        self.until(lambda: text in self.said(), repr(text))

    def until_printed(self, text):
        self.until(lambda: text in self.printed(), repr(text))

    def send(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Its exit status; negative: the signal that killed it."""
        try:
            return self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it hangs: {self.command}\n{self.printed()}\n{self.said()}") from None

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.out.close()
        self.err.close()


class ProcessTest(unittest.TestCase):
    """Has programs compiled into folders, once a class, and ends what a test has started."""

    PROGRAMS = []  # (path of a .fed file, targets)

    @classmethod
    def setUpClass(cls):
        cls.built = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.built.cleanup)
        for path, targets in cls.PROGRAMS:
            for target in targets:
                subprocess.run([f"{DIST}/bin/fedc", path, f"--target={target}", "-o",
                                f"{cls.built.name}/{target}"], check=True, timeout=LIMIT_S)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, *command):
        process = Process(self.folder, command)
        self.addCleanup(process.end)
        return process

    def server(self, name, *flags, listen="127.0.0.1:0"):
        """A server that listens; `address` is where."""
        process = self.start(f"{self.built.name}/{X86}/{name}_server", f"--listen={listen}", *flags)
        process.until_said("listening on ")
        process.until(lambda: "\n" in process.said(), "address")
        process.address = process.said().split("listening on ", 1)[1].split("\n", 1)[0]
        return process

    def client(self, name, server, *flags, target=X86):
        emulator = ["qemu-aarch64"] if target == ARM else []
        return self.start(*emulator, f"{self.built.name}/{target}/{name}_client",
                          f"--server={server.address}", *flags)

    def finish(self, *processes):
        """Waits for processes that should succeed."""
        for process in processes:
            self.assertEqual(process.wait(), 0, f"{process.command}\n{process.printed()}\n{process.said()}")

    def simulate(self, *command):
        return subprocess.run([f"{DIST}/bin/fed-run", *command], check=True, capture_output=True,
                              text=True, timeout=LIMIT_S).stdout

    def same_file(self, one, other):
        with open(one, "rb") as a, open(other, "rb") as b:
            self.assertTrue(a.read() == b.read(), f"{one} and {other} differ")
