"""What an app engineer is handed: the header and the static library of programs, as they are used.

usage: header_test.py           (a test)
       header_test.py --update  (from the root of the source tree, with //tools/dist built: writes
                                 the golden headers)

The golden headers are what fedc writes, but for sizes that depend on how code is compiled.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.environ.get("TEST_SRCDIR", ""), os.environ.get("TEST_WORKSPACE", "")) \
    if "TEST_SRCDIR" in os.environ else os.getcwd()
DIST = f"{ROOT}/tools/dist/fedc" if "TEST_SRCDIR" in os.environ else f"{ROOT}/bazel-bin/tools/dist/fedc"
HERE = f"{ROOT}/tests/header"
X86, ARM = "x86_64-linux-gnu", "aarch64-linux-gnu"
GOLDEN = {"names": f"{HERE}/names.fed", "exports": f"{HERE}/exports.fed",
          "keys": f"{HERE}/keys.fed", "statistics": f"{ROOT}/examples/statistics/statistics.fed"}
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LANGUAGES = [["gcc", "-std=c99"], ["clang-22", "-std=c99"], ["g++", "-x", "c++", "-std=c++11"],
             ["clang-22", "-x", "c++", "-std=c++11"]]


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def must(*command, **options):
    done = run(*command, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def library(program, folder, target=X86):
    """Compiles a program's library into a folder of its own; gives the folder."""
    out = f"{folder}/{os.path.basename(program)}.{target}"
    if not os.path.exists(out):
        must(f"{DIST}/bin/fedc", program, "--emit=lib", f"--target={target}", "-o", out)
    return out


def steady(header):
    return re.sub(r"^(#define \w+_(?:CLIENT|STACK)_BYTES) \d+u$", r"\1 ...", header, flags=re.M)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def symbols(archive):
    """What an archive defines for others, and what it needs."""
    defined, needed = set(), set()
    for line in must("llvm-nm-22", archive).splitlines():
        words = line.split()
        if len(words) == 2 and words[0] in "Uw":
            needed.add(words[1])
        elif len(words) == 3 and words[1].isupper():
            defined.add(words[2])
    return defined, needed


class Header(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def link(self, compiler, sources, libraries, *flags):
        program = f"{self.folder}/program"
        must(*compiler, *STRICT, *flags, *[f"-I{os.path.dirname(one)}" for one in libraries],
             f"-I{DIST}/include/fedc", *sources, *(["-x", "none"] if "-x" in compiler else []),
             *libraries, "-o", program)
        return program

    def embed(self, target):
        return library(f"{ROOT}/examples/embed/embed.fed", self.folder, target) + "/libembed_client.a"

    def test_golden(self):
        for name, program in GOLDEN.items():
            with self.subTest(name):
                got = read(f"{library(program, self.folder)}/{name}_client.h")
                self.assertEqual(steady(got), read(f"{HERE}/golden/{name}_client.h"))
                self.assertEqual([line for line in got.split("\n") if len(line) > 100], [])

    # A library alone, too, keeps to what the program says of the server.
    def test_budgets_of_the_server(self):
        program = f"{self.folder}/narrow.fed"
        with open(program, "w", encoding="utf-8") as f:
            f.write("limit server.code <= 1B;\n" + read(f"{ROOT}/examples/average/average.fed"))
        done = run(f"{DIST}/bin/fedc", program, "--emit=lib", "-o", f"{self.folder}/narrow")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("narrow.fed:1:7: error: ", done.stderr)
        self.assertIn("limit-exceeded", done.stderr)
        self.assertFalse(os.path.exists(f"{self.folder}/narrow/libnarrow_client.a"))

    # Alone, twice, with other programs', and with the runtime's headers before and after.
    def test_compiles(self):
        folders = [library(program, self.folder) for program in GOLDEN.values()]
        orders = [[f"{name}_client.h"] * 2 for name in GOLDEN]
        orders += [["names_client.h", "fed_abi.h", "exports_client.h", "fed_client.h"],
                   ["fed_session.h", "names_client.h"] if os.path.exists(f"{DIST}/include/fedc/fed_session.h")
                   else ["fed_client.h", "names_client.h"]]
        for order in orders:
            text = "".join(f'#include "{name}"\n' for name in order)
            text += "int main(void) { return FED_OK; }\n"
            with open(f"{self.folder}/main.c", "w", encoding="utf-8") as f:
                f.write(text)
            for language in LANGUAGES:
                with self.subTest(f"{order} {language}"):
                    must(*language, *STRICT, "-fsyntax-only", *[f"-I{folder}" for folder in folders],
                         f"-I{DIST}/include/fedc", f"{self.folder}/main.c")

    # All that others see is what the header declares; all that is needed are three functions.
    def test_symbols(self):
        for target in (X86, ARM):
            for name, program in GOLDEN.items():
                with self.subTest(f"{name} {target}"):
                    folder = library(program, self.folder, target)
                    defined, needed = symbols(f"{folder}/lib{name}_client.a")
                    header = read(f"{folder}/{name}_client.h")
                    declared = set(re.findall(r"^(?:fed_status|struct fed_client|\w+_client) \*?(\w+)\(", header, re.M))
                    declared |= set(re.findall(r"^extern const (?:struct )?\w+ (\w+)", header, re.M))
                    self.assertEqual(defined, declared)
                    self.assertTrue(all(one.startswith(f"{name}_") for one in defined), defined)
                    self.assertLessEqual(needed, {"memcpy", "memmove", "memset"})

    # Nothing in a library depends on where or when it was made, and nothing in it makes the stack of
    # who links it executable.
    def test_archive(self):
        first = library(GOLDEN["names"], self.folder)
        must(f"{DIST}/bin/fedc", GOLDEN["names"], "--emit=lib", "-o", f"{self.folder}/again")
        with open(f"{first}/libnames_client.a", "rb") as a, open(f"{self.folder}/again/libnames_client.a", "rb") as b:
            self.assertEqual(a.read(), b.read())
        sections = must("llvm-readelf-22", "-SW", f"{first}/libnames_client.a")
        self.assertIn(".note.GNU-stack", sections)
        lines = must("llvm-dwarfdump-22", "--debug-line", f"{first}/libnames_client.a")
        self.assertIn('name: "names.fed"', lines)

    def test_hash(self):
        source = f"{self.folder}/hash.c"
        with open(source, "w", encoding="utf-8") as f:
            f.write('#include <stdio.h>\n#include "embed_client.h"\nint main(void) {\n  int i;\n'
                    '  for (i = 0; i < 32; i++) printf("%02x", embed_program_hash[i]);\n  return 0;\n}\n')
        x86 = must(self.link(["gcc", "-std=c99"], [source], [self.embed(X86)]))
        arm = self.link(["aarch64-linux-gnu-gcc", "-std=c99", "-static"], [source], [self.embed(ARM)])
        self.assertEqual(must("qemu-aarch64", arm), x86)
        report = must(f"{DIST}/bin/fedc", f"{ROOT}/examples/embed/embed.fed", "--report=privacy")
        self.assertIn(f"program {x86}\n", report)

    # The example, by every compiler and on both targets: the same lines, and a model that learns.
    def test_embed(self):
        source, digits = f"{ROOT}/examples/embed/embed.c", f"{ROOT}/examples/embed/digits.bin"
        said = set()
        for language in LANGUAGES:
            said.add(must(self.link(language, [source], [self.embed(X86)]), digits))
        for extra in (["-static"], []):
            program = self.link(["aarch64-linux-gnu-gcc", "-std=c99"], [source], [self.embed(ARM)], *extra)
            said.add(must("qemu-aarch64", *([] if extra else ["-L", "/usr/aarch64-linux-gnu"]), program, digits))
        self.assertEqual(len(said), 1, said)
        right = [int(n) for n in re.findall(r"after round \d+: (\d+) of 300", said.pop())]
        self.assertEqual(len(right), 6)
        self.assertEqual(right, sorted(right))
        self.assertLess(right[0], 60)
        self.assertGreater(right[-1], 250)

    def test_stack(self):
        source = f"{HERE}/stack.c"
        flags = ["-std=c99", "-D_DEFAULT_SOURCE", "-O1"]
        must(self.link(["gcc"], [source], [self.embed(X86)], *flags))
        must("qemu-aarch64", self.link(["aarch64-linux-gnu-gcc", "-static"], [source], [self.embed(ARM)], *flags))

    def test_two_programs(self):
        for target, compiler, emulator in ((X86, ["gcc", "-std=c99"], []),
                                           (ARM, ["aarch64-linux-gnu-gcc", "-std=c99", "-static"], ["qemu-aarch64"])):
            archives = [library(GOLDEN[name], self.folder, target) + f"/lib{name}_client.a"
                        for name in ("exports", "names")]
            program = self.link(compiler, [f"{HERE}/two.c"], archives)
            self.assertEqual(must(*emulator, program), "14 3\n")

    def test_misuse(self):
        archive = library(GOLDEN["names"], self.folder) + "/libnames_client.a"
        program = self.link(["clang-22", "-std=c99", "-g", "-fsanitize=address,undefined",
                             "-fno-sanitize-recover=all"], [f"{HERE}/misuse.c"],
                            [archive, f"{DIST}/lib/fedc/{X86}/libfed_client.a"])
        self.assertEqual(must(program), "all as it must be\n")

    def test_keys(self):
        for target, compiler, emulator in ((X86, ["clang-22", "-fsanitize=address,undefined"], []),
                                           (ARM, ["aarch64-linux-gnu-gcc", "-static"], ["qemu-aarch64"])):
            archive = library(GOLDEN["keys"], self.folder, target) + "/libkeys_client.a"
            program = self.link(compiler, [f"{HERE}/keys.c"], [archive], "-std=c99", "-g")
            done = run(*emulator, program)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    # Programs whose names are no identifiers, or begin as the runtime's do.
    def test_program_names(self):
        for name, prefix in (("my-app", "my_app"), ("3d", "_3d"), ("fed", "xfed"), ("fed_client", "xfed_client"),
                             ("class", "class")):
            with self.subTest(name):
                with open(f"{self.folder}/{name}.fed", "w", encoding="utf-8") as f:
                    f.write("export fn one() -> int32 { 1 }\n"
                            "fn f(x: {float32}@CLIENTS) -> float32@SERVER { federated_sum(x) }\n")
                archive = library(f"{self.folder}/{name}.fed", self.folder) + f"/lib{name}_client.a"
                with open(f"{self.folder}/main.c", "w", encoding="utf-8") as f:
                    f.write(f'#include "{name}_client.h"\nint main(void) {{ return {prefix}_one(NULL, NULL) != '
                            'FED_BAD_CALL; }\n')
                must(self.link(["gcc", "-std=c99"], [f"{self.folder}/main.c"], [archive]))

    # A file of exported functions alone: no server, no client that meets one.
    def test_exports_alone(self):
        must(f"{DIST}/bin/fedc", GOLDEN["exports"], "--emit=exe", "-o", f"{self.folder}/exe")
        self.assertEqual(sorted(os.listdir(f"{self.folder}/exe")), ["exports_client.h", "libexports_client.a"])


def update():
    with tempfile.TemporaryDirectory() as folder:
        for name, program in GOLDEN.items():
            text = steady(read(f"{library(program, folder)}/{name}_client.h"))
            with open(f"{HERE}/golden/{name}_client.h", "w", encoding="utf-8") as f:
                f.write(text)


if __name__ == "__main__":
    if "--update" in sys.argv:
        update()
    else:
        unittest.main()
