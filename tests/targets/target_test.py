"""What the tests of targets share."""
import subprocess
import tempfile
import unittest

LLVM = "/usr/lib/llvm-22/bin/"
X86, ARM, APPLE, WASM = "x86_64-linux-gnu", "aarch64-linux-gnu", "arm64-apple-macosx", "wasm32"
# Links for Apple's computers, with nothing that is to be found there.
APPLE_LINK = [LLVM + "ld64.lld", "-arch", "arm64", "-platform_version", "macos", "12.0", "12.0"]
# Of an object of WebAssembly that has functions and a stack, in the linker's hands.
WASM_LINKERS = {"__stack_pointer", "__indirect_function_table", "__linear_memory"}


def output(*command):
    """What a command that has to succeed writes, in bytes."""
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout.decode(errors='replace')}"
                             f"{done.stderr.decode(errors='replace')}")
    return done.stdout


class TargetTest(unittest.TestCase):
    """With a folder for its tests, which is gone afterwards."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()
