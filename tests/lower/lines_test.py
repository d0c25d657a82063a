"""Every address of compiled code maps to a line of the program, through the calls that were inlined.

usage: lines_test.py FEDC PROGRAM
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

LLVM = "/usr/lib/llvm-22/bin/"
TARGETS = ("x86_64-linux-gnu", "aarch64-linux-gnu")


def output(*command, **kw):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, **kw).stdout


class Code:
    """The functions of one side's phases: for each instruction its text and its frames, the innermost
    first, each as (function, file, line)."""

    def __init__(self, side, target):
        with tempfile.TemporaryDirectory() as folder:
            output(FEDC, PROGRAM, "--emit=obj", f"--target={target}", "-o", folder)
            name = os.path.splitext(os.path.basename(PROGRAM))[0]
            whole = os.path.join(folder, "whole.so")
            # In an object each function's addresses begin at 0.
            output(LLVM + "ld.lld", "-shared", "--unresolved-symbols=ignore-all", "-o", whole,
                   os.path.join(folder, f"{name}_{side}.o"))
            text = output(LLVM + "llvm-objdump", "-d", "--no-show-raw-insn", "--no-print-imm-hex", whole)
            self.instructions = []
            for function, body in re.findall(r"^[0-9a-f]+ <(\S+)>:\n((?:.+\n)*)", text, flags=re.M):
                if not re.search(rf"\.{side}\.\d+$", function):
                    continue  # of the runtime's, or the kernels' calls: no source
                for address, code in re.findall(r"^ +([0-9a-f]+): +(.*)$", body, flags=re.M):
                    code = code.replace("\t", " ").strip()
                    if not re.match(r"nop|data16|xchgw|int3|udf", code):  # padding
                        self.instructions.append((int(address, 16), code))
            found = output(LLVM + "llvm-symbolizer", f"--obj={whole}", "--inlines", "--output-style=JSON",
                           input="".join(f"0x{a:x}\n" for a, _ in self.instructions))
        self.frames = [[(f["FunctionName"], f["FileName"], f["Line"]) for f in json.loads(line)["Symbol"]]
                       for line in found.splitlines()]

    def of(self, pattern):
        """The frames of the instructions that match."""
        return {tuple(frames) for (_, code), frames in zip(self.instructions, self.frames)
                if re.match(pattern, code)}


def names(frames):
    return [(function.split(".float32")[0], os.path.basename(file), line) for function, file, line in frames]


class Lines(unittest.TestCase):
    maxDiff = None

    def test_every_address(self):
        for target in TARGETS:
            for side in ("client", "server"):
                code = Code(side, target)
                self.assertGreater(len(code.instructions), 10)
                self.assertEqual(len(code.instructions), len(code.frames))
                for (address, text), frames in zip(code.instructions, code.frames):
                    where = f"{target} {side} {address:x}: {text}: {frames}"
                    for function, file, line in frames:
                        self.assertNotIn(line, (0, None), where)
                        self.assertIn(os.path.basename(file), ("lines.fed", "nn.fed"), where)
                    # However deep the standard library is in it, it was called from here.
                    self.assertTrue(frames[-1][1].endswith("lines.fed"), where)
                    self.assertRegex(frames[-1][0], rf"lines\.{side}\.\d", where)

    def test_operations_and_their_calls(self):
        for target in TARGETS:
            client = Code("client", target)
            entry = "lines.client.1"
            roots = [names(f) for f in client.of(r"v?f?sqrt")]
            # Twice the same line, through two calls.
            self.assertCountEqual(roots, [
                [("square", "lines.fed", 5), ("twice", "lines.fed", call), (entry, "lines.fed", 26)]
                for call in (10, 11)])
            divisions = [names(f) for f in client.of(r"v?f?div")]
            self.assertIn([("twice", "lines.fed", 12), (entry, "lines.fed", 26)], divisions)
            maxima = [names(f) for f in client.of(r"vmax|vcmp|vblendv|fmax|fcm|bsl")]
            self.assertIn([("nn.relu", "nn.fed", 9), (entry, "lines.fed", 22)], maxima)
            server = Code("server", target) if target == TARGETS[0] else None
            if server:
                self.assertEqual([names(f) for f in server.of("v?sqrt")],
                                 [[("_at_server", "lines.fed", 16), ("lines.server.1", "lines.fed", 28)]])


if __name__ == "__main__":
    FEDC, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
