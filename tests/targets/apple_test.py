"""Clients for Apple's computers: that others link them, and what they need. Nothing runs here.

usage: apple_test.py FEDC EXAMPLES ABI
"""
import re
import struct
import subprocess
import sys
import tempfile
import unittest

LLVM = "/usr/lib/llvm-22/bin/"
TARGET = "arm64-apple-macosx"
NAMES = ["average", "linear_regression", "mnist", "mnist_cnn", "personalisation", "quantile"]
LINK = [LLVM + "ld64.lld", "-arch", "arm64", "-platform_version", "macos", "12.0", "12.0",
        "-undefined", "dynamic_lookup"]
MAIN = """#include "fed_abi.h"
extern const fed_program %s_client_program;
int main(void) { return %s_client_program.computations[0].phases[0].run(0); }
"""


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Apple(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        for name in NAMES:
            output(FEDC, f"{EXAMPLES}/{name}/{name}.fed", "--emit=obj", f"--target={TARGET}", "-o", cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def object_of(self, name):
        return f"{self.folder}/{name}_client.o"

    # Filling with zeros and with patterns, for which Darwin has functions of its own, too.
    def test_needs_three_functions(self):
        needed = set()
        for name in NAMES:
            with self.subTest(name):
                symbols = set(output(LLVM + "llvm-nm", "-uj", self.object_of(name)).split())
                self.assertLessEqual(symbols, {"_memcpy", "_memmove", "_memset"})
                needed |= symbols
                self.assertEqual(output(LLVM + "llvm-nm", "-gjU", self.object_of(name)).split(),
                                 [f"_{name}_client_program"])
        self.assertIn("_memset", needed)

    def test_links(self):
        for name in NAMES:
            with self.subTest(name):
                output(*LINK, "-dylib", self.object_of(name), "-o", f"{self.folder}/{name}.dylib")
                with open(f"{self.folder}/main.c", "w", encoding="utf-8") as f:
                    f.write(MAIN % (name, name))
                output("clang-22", f"--target={TARGET}11", "-ffreestanding", f"-I{ABI}", "-c",
                       f"{self.folder}/main.c", "-o", f"{self.folder}/main.o")
                output(*LINK, f"{self.folder}/main.o", self.object_of(name), "-o", f"{self.folder}/{name}")
                self.assertIn("EXECUTE", output(LLVM + "llvm-objdump", "--macho", "--private-header",
                                                f"{self.folder}/{name}"))

    # The descriptor states the memory and the stack that the report does.
    def test_stack(self):
        for name in NAMES:
            with self.subTest(name):
                report = output(FEDC, f"{EXAMPLES}/{name}/{name}.fed", "--report=cost-json", f"--target={TARGET}")
                arena = int(re.search(r'"arena_bytes":\s*(\d+)', report).group(1))
                stack = int(re.search(r'"stack_bytes":\s*(\d+)', report).group(1))
                self.assertGreater(stack, 128)
                with open(self.object_of(name), "rb") as f:
                    self.assertIn(struct.pack("<QQ", arena, stack), f.read())

    def test_lines(self):
        for name in NAMES:
            with self.subTest(name):
                lines = output(LLVM + "llvm-dwarfdump", "--debug-line", self.object_of(name))
                self.assertIn(f'name: "{name}.fed"', lines)
                self.assertIn("is_stmt prologue_end", lines)


if __name__ == "__main__":
    FEDC, EXAMPLES, ABI = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1])
