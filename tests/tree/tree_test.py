"""What holds for every source file of the tree: layering of includes, and length.

Reads the checkout itself rather than runfiles, so that a new file is covered without being listed.
"""
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
SOURCES = (".cpp", ".cc", ".c", ".h", ".td", ".py", ".bzl", ".sh", ".fed")

# The order of the compiler's stages: a stage includes nothing of a later one. Stages in one row are
# alternatives or neighbours that do not know each other, except where a later row says so.
STAGES = [
    ["source", "timing"],
    ["diagnostics"],
    ["lex"],
    ["ast"],
    ["parse"],
    ["format"],
    ["types"],
    ["check", "stdlib"],
    ["emit", "interpret", "differentiate", "inspect"],
    ["split"],
    ["manifest"],
    ["resources"],
    ["lower", "header"],
    ["codegen"],
    ["link"],
    ["pipeline"],
    ["driver"],
]

# Folder -> prefixes that its files may not include.
FORBIDDEN = {
    "runtime/": ["llvm/", "mlir/", "clang/", "compiler/", "dialects/", "tools/"],
    "runtime/data/": ["runtime/program", "runtime/report", "runtime/server", "runtime/simulator", "runtime/client"],
    "runtime/program/": ["grpc", "runtime/report", "runtime/server", "runtime/simulator", "runtime/client"],
    "runtime/report/": ["grpc", "runtime/server", "runtime/simulator", "runtime/client"],
    "runtime/server/": ["runtime/simulator", "runtime/client"],
    "runtime/simulator/": ["grpc", "runtime/report"],
    "runtime/client/": ["absl/", "google/", "grpc", "runtime/server", "runtime/simulator", "runtime/data", "runtime/program", "runtime/report"],
    "runtime/client_main/": ["grpc", "runtime/report", "runtime/server", "runtime/simulator"],
    "runtime/transport/": ["absl/", "google/", "grpcpp/", "runtime/server", "runtime/simulator", "runtime/data", "runtime/program", "runtime/report"],
    "runtime/abi/": ["runtime/", "absl/", "google/"],
    "dialects/": ["compiler/", "runtime/", "tools/"],
    "compiler/": ["tools/", "runtime/simulator", "runtime/client", "runtime/program", "runtime/report"],
    "dialects/local/": ["dialects/fed/"],
}

# Headers that are C99 alone.
C_ONLY = ["runtime/abi/", "runtime/client/"]
C_HEADERS = {"stddef.h", "stdint.h", "string.h", "stdbool.h"}


def files():
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout.split("\n")
    return [f for f in listed if f.endswith(SOURCES) and os.path.isfile(f"{ROOT}/{f}")]


def includes(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            found = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
            if found:
                yield number, found.group(1)


def is_test(path):
    return "_test." in path or path.startswith("tests/") or "test_" in os.path.basename(path)


class Tree(unittest.TestCase):
    def test_layering(self):
        rank = {stage: i for i, row in enumerate(STAGES) for stage in row}
        bad = []
        for path in files():
            if not path.endswith((".cpp", ".cc", ".c", ".h")) or is_test(path):
                continue
            stage = path.split("/")[1] if path.startswith("compiler/") else None
            for number, header in includes(path):
                for folder, prefixes in FORBIDDEN.items():
                    own = header.startswith(folder)
                    if path.startswith(folder) and not own and header.startswith(tuple(prefixes)):
                        if not (folder == "runtime/abi/" and header.startswith("runtime/abi/")):
                            bad.append(f"{path}:{number}: {folder} may not include {header}")
                if stage in rank and header.startswith("compiler/"):
                    other = header.split("/")[1]
                    if rank.get(other, -1) > rank[stage]:
                        bad.append(f"{path}:{number}: {stage} is an earlier stage than {other}")
                if path.startswith(tuple(C_ONLY)) and not header.startswith(("runtime/abi/", "runtime/client/")):
                    if header not in C_HEADERS:
                        bad.append(f"{path}:{number}: not one of C99's freestanding headers: {header}")
        self.assertEqual(bad, [], "\n" + "\n".join(bad))

    def test_no_file_is_long(self):
        bad = []
        for path in files():
            with open(f"{ROOT}/{path}", encoding="utf-8", errors="replace") as f:
                lines = sum(1 for _ in f)
            if lines > 600:
                bad.append(f"{path}: {lines} lines, more than 600")
        self.assertEqual(bad, [], "\n" + "\n".join(bad))

    def test_every_stage_is_ranked(self):
        known = {stage for row in STAGES for stage in row}
        folders = {p.split("/")[1] for p in files() if p.startswith("compiler/") and p.count("/") > 1}
        self.assertEqual(sorted(folders - known), [])


if __name__ == "__main__":
    if not os.path.isdir(f"{ROOT}/compiler"):
        sys.exit("the checkout was not found from " + __file__)
    unittest.main()
