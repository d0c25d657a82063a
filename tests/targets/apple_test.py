"""Clients for Apple's computers: that others link them, and what they need. Nothing runs here.

usage: apple_test.py FEDC EXAMPLES ABI
"""
import re
import struct
import sys
import unittest

from target_test import APPLE, APPLE_LINK, LLVM, TargetTest, output

NAMES = ["average", "linear_regression", "mnist", "mnist_cnn", "personalisation", "quantile"]
LINK = [*APPLE_LINK, "-undefined", "dynamic_lookup"]
MAIN = """#include "fed_abi.h"
extern const fed_program %s_client_program;
int main(void) { return %s_client_program.computations[0].phases[0].run(0); }
"""


def text(*command):
    return output(*command).decode()


class Apple(TargetTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in NAMES:
            text(FEDC, f"{EXAMPLES}/{name}/{name}.fed", "--emit=obj", f"--target={APPLE}", "-o", cls.folder)

    def object_of(self, name):
        return f"{self.folder}/{name}_client.o"

    # Filling with zeros and with patterns, for which Darwin has functions of its own, too.
    def test_needs_three_functions(self):
        needed = set()
        for name in NAMES:
            with self.subTest(name):
                symbols = set(text(LLVM + "llvm-nm", "-uj", self.object_of(name)).split())
                self.assertLessEqual(symbols, {"_memcpy", "_memmove", "_memset"})
                needed |= symbols
                self.assertEqual(text(LLVM + "llvm-nm", "-gjU", self.object_of(name)).split(),
                                 [f"_{name}_client_program"])
        self.assertIn("_memset", needed)

    def test_links(self):
        for name in NAMES:
            with self.subTest(name):
                text(*LINK, "-dylib", self.object_of(name), "-o", f"{self.folder}/{name}.dylib")
                with open(f"{self.folder}/main.c", "w", encoding="utf-8") as f:
                    f.write(MAIN % (name, name))
                text("clang-22", f"--target={APPLE}11", "-ffreestanding", f"-I{ABI}", "-c",
                       f"{self.folder}/main.c", "-o", f"{self.folder}/main.o")
                text(*LINK, f"{self.folder}/main.o", self.object_of(name), "-o", f"{self.folder}/{name}")
                self.assertIn("EXECUTE", text(LLVM + "llvm-objdump", "--macho", "--private-header",
                                                f"{self.folder}/{name}"))

    # The descriptor states the memory and the stack that the report does.
    def test_stack(self):
        for name in NAMES:
            with self.subTest(name):
                report = text(FEDC, f"{EXAMPLES}/{name}/{name}.fed", "--report=cost-json", f"--target={APPLE}")
                arena = int(re.search(r'"arena_bytes":\s*(\d+)', report).group(1))
                stack = int(re.search(r'"stack_bytes":\s*(\d+)', report).group(1))
                self.assertGreater(stack, 128)
                with open(self.object_of(name), "rb") as f:
                    self.assertIn(struct.pack("<QQ", arena, stack), f.read())

    def test_lines(self):
        for name in NAMES:
            with self.subTest(name):
                lines = text(LLVM + "llvm-dwarfdump", "--debug-line", self.object_of(name))
                self.assertIn(f'name: "{name}.fed"', lines)
                self.assertIn("is_stmt prologue_end", lines)


if __name__ == "__main__":
    FEDC, EXAMPLES, ABI = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1])
