"""What clients compute on targets that run here: what they do on x86-64-v3. WebAssembly is run by node.

usage: run_test.py FEDC EXAMPLES ABI MATH STEP_C STEP_JS CLIENT
"""
import array
import os
import shutil
import sys
import unittest

from target_test import LLVM, WASM, WASM_LINKERS, X86, TargetTest, output

AVX512 = X86 + ":x86-64-v4"
NODE = shutil.which("node") or shutil.which("nodejs")

with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
    CPU = set(next((line for line in cpuinfo if line.startswith("flags")), "").split())
HAS_AVX512 = CPU >= {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1"]


class Run(TargetTest):
    def compiled(self, program, target):
        name = os.path.splitext(os.path.basename(program))[0]
        folder = f"{self.folder}/{target}"
        system, _, cpu = target.partition(":")
        output(FEDC, program, "--emit=obj", f"--target={system}", *([f"--cpu={cpu}"] if cpu else []), "-o", folder)
        return f"{folder}/{name}_client.o", f"-DPROGRAM={name}_client_program"

    # What a computation's phases give on x86-64.
    def native(self, program, computation, target=X86):
        code, name = self.compiled(program, target)
        output("clang-22", *FLAGS, name, f"-I{ABI}", STEP_C, code, "-fuse-ld=lld", "-o", f"{self.folder}/step")
        given = output(f"{self.folder}/step", str(computation))
        self.assertGreater(len(given), 0)
        return given

    # The same in node.
    def wasm(self, program, computation):
        code, name = self.compiled(program, WASM)
        output("clang-22", f"--target={WASM}", "-ffreestanding", "-fno-builtin", "-nostdlib", *FLAGS, name, f"-I{ABI}",
               STEP_C, code, "-Wl,--no-entry", "-Wl,--export-all", "-o", f"{self.folder}/step.wasm")
        return output(NODE, STEP_JS, f"{self.folder}/step.wasm", str(computation))

    def both(self, program, computation=1):
        native, wasm = self.native(program, computation), self.wasm(program, computation)
        self.assertEqual(len(wasm), len(native))
        return native, wasm

    def example(self, name):
        return f"{EXAMPLES}/{name}/{name}.fed"

    @unittest.skipUnless(HAS_AVX512, "this processor has no AVX-512")
    def test_avx512(self):
        for program, computation in ((MATH, 0), (self.example("mnist"), 1), (self.example("kmeans"), 1)):
            with self.subTest(program):
                self.assertEqual(self.native(program, computation, AVX512), self.native(program, computation))
        code, _ = self.compiled(self.example("mnist"), AVX512)
        self.assertIn(b"%zmm", output(LLVM + "llvm-objdump", "-d", code))

    # Elementary functions are the same to the last bit: their multiplications and additions of one
    # rounding are made of others.
    @unittest.skipIf(NODE is None, "node is not installed")
    def test_elementary_functions(self):
        native, wasm = self.both(MATH, 0)
        self.assertEqual(native, wasm)

    @unittest.skipIf(NODE is None, "node is not installed")
    def test_without_products(self):
        for name in ("linear_regression", "kmeans"):
            with self.subTest(name):
                native, wasm = self.both(self.example(name))
                self.assertEqual(native, wasm)

    # Sums of products round each product.
    @unittest.skipIf(NODE is None, "node is not installed")
    def test_softmax_regression(self):
        native, wasm = self.both(self.example("mnist"))
        numbers, other = array.array("f"), array.array("f")
        # What training adds to weights and bias; how many examples; the loss.
        numbers.frombytes(native[:4 * 7850] + native[-4:])
        other.frombytes(wasm[:4 * 7850] + wasm[-4:])
        self.assertEqual(native[4 * 7850:-4], wasm[4 * 7850:-4])
        for what, these in (("model", slice(0, 7850)), ("loss", slice(7850, 7851))):
            largest = max(abs(x) for x in numbers[these])
            off = max(abs(x - y) for x, y in zip(numbers[these], other[these]))
            print(f"softmax regression, {what}: off by at most {off:.2g} of {largest:.2g}")
            self.assertGreater(largest, 1e-3)
            self.assertLess(off, 1e-5 * largest)

    # What a machine with 64 bits of memory asks a library for is there as instructions.
    def test_needs_nothing(self):
        for name in ("average", "embed", "mnist", "mnist_cnn", "personalisation", "quantile"):
            with self.subTest(name):
                code, _ = self.compiled(self.example(name), WASM)
                needed = set(output(LLVM + "llvm-nm", "-uj", code).decode().split())
                self.assertLessEqual(needed, WASM_LINKERS)
        code, _ = self.compiled(MATH, WASM)
        self.assertLessEqual(set(output(LLVM + "llvm-nm", "-uj", code).decode().split()), WASM_LINKERS)
        self.assertIn(b'name: "math.fed"', output(LLVM + "llvm-dwarfdump", "--debug-line", code))

    # The client that plays rounds is C99 for a machine without a library, too.
    def test_client_library(self):
        for target in (WASM, "arm64-apple-macosx11"):
            output("clang-22", f"--target={target}", "-std=c99", "-ffreestanding", "-Wall", "-Wextra", "-Wpedantic",
                   "-Werror", "-O2", "-I.", "-c", CLIENT, "-o", f"{self.folder}/client.o")


if __name__ == "__main__":
    FEDC, EXAMPLES, ABI, MATH, STEP_C, STEP_JS, CLIENT = sys.argv[1:8]
    unittest.main(argv=sys.argv[:1])
