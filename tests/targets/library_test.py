"""The library and the header of a client, for each target, in an app: linked, looked at, and run where it can be.

usage: library_test.py DIST EXAMPLES APP_C STEP_JS
"""
import array
import os
import shutil
import sys
import unittest

from target_test import APPLE, APPLE_LINK, ARM, LLVM, WASM, WASM_LINKERS, X86, TargetTest, output

NODE = shutil.which("node") or shutil.which("nodejs")
NAMES = ["average", "mnist", "mnist_cnn", "personalisation", "quantile"]
MINIMUM = {"memcpy", "memmove", "memset"}
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1"]


class Library(TargetTest):
    def library(self, name, target):
        """The folder with the header, and the archive."""
        out = f"{self.folder}/{target}"
        archive = f"{out}/lib{name}_client.a"
        if not os.path.exists(archive):
            output(f"{DIST}/bin/fedc", f"{EXAMPLES}/{name}/{name}.fed", "--emit=lib", f"--target={target}", "-o", out)
        return out, archive

    # Nothing but the program's own names, and three functions of any library.
    def test_symbols(self):
        for target, prefix, own in ((X86, "", set()), (ARM, "", set()), (APPLE, "_", set()), (WASM, "", WASM_LINKERS)):
            for name in NAMES:
                with self.subTest(target=target, program=name):
                    _, archive = self.library(name, target)
                    symbols = {"U": set(), "T": set()}
                    for line in output(LLVM + "llvm-nm", "-g", archive).decode().splitlines():
                        words = line.split()
                        if len(words) >= 2:
                            symbols["U" if words[-2] == "U" else "T"].add(words[-1].removeprefix(prefix))
                    self.assertLessEqual(symbols["U"] - symbols["T"] - own, MINIMUM)
                    self.assertEqual({s for s in symbols["T"] if not s.startswith(name + "_")}, set())
                    self.assertIn(name + "_open", symbols["T"])

    # For Apple's: by their linker's rules, which want an archive of their own kind.
    def test_apple(self):
        folder, archive = self.library("mnist", APPLE)
        with open(archive, "rb") as f:
            self.assertIn(b"__.SYMDEF", f.read(200))
        output("clang-22", f"--target={APPLE}11", "-ffreestanding", *STRICT, f"-I{folder}", "-c", APP_C, "-o",
               f"{self.folder}/apple.o")
        with open(f"{self.folder}/main.c", "w", encoding="utf-8") as f:
            f.write("int step(unsigned);\nint main(void) { return step(0); }\n")
        output("clang-22", f"--target={APPLE}11", "-ffreestanding", "-c", f"{self.folder}/main.c", "-o",
               f"{self.folder}/main.o")
        output(*APPLE_LINK, f"{self.folder}/main.o", f"{self.folder}/apple.o", archive, "-o", f"{self.folder}/apple")
        self.assertIn(b"EXECUTE", output(LLVM + "llvm-objdump", "--macho", "--private-header", f"{self.folder}/apple"))
        linked = output(LLVM + "llvm-nm", f"{self.folder}/apple").decode()
        self.assertIn("_mnist_run", linked)
        self.assertEqual([line for line in linked.splitlines() if " U " in line], [])

    def native(self):
        folder, archive = self.library("mnist", X86)
        output("clang-22", *STRICT, f"-I{folder}", APP_C, archive, "-fuse-ld=lld", "-o", f"{self.folder}/app")
        return output(f"{self.folder}/app")

    # WebAssembly rounds each product of a sum.
    @unittest.skipIf(NODE is None, "node is not installed")
    def test_wasm(self):
        folder, archive = self.library("mnist", WASM)
        module = f"{self.folder}/app.wasm"
        output("clang-22", f"--target={WASM}", "-ffreestanding", "-nostdlib", *STRICT, f"-I{folder}", APP_C, archive,
               "-Wl,--no-entry", "-Wl,--export-all", "-o", module)
        native, wasm = self.native(), output(NODE, STEP_JS, module, "0")
        self.assertEqual(len(native), len(wasm))
        numbers, other = array.array("f"), array.array("f")
        numbers.frombytes(native[:4 * 7840])
        other.frombytes(wasm[:4 * 7840])
        largest = max(abs(x) for x in numbers)
        off = max(abs(x - y) for x, y in zip(numbers, other))
        print(f"what a client sends: off by at most {off:.2g} of {largest:.2g}")
        self.assertGreater(largest, 1e-3)
        self.assertLess(off, 1e-5 * largest)


if __name__ == "__main__":
    DIST, EXAMPLES, APP_C, STEP_JS = sys.argv[1:5]
    unittest.main(argv=sys.argv[:1])
