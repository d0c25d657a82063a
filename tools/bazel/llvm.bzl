"""Debian's LLVM and MLIR 22 as the repository @llvm, with a precompiled header of the MLIR set.

Headers are not listed as inputs: .bazelrc puts /usr/lib/llvm-22/include on the compiler's
built-in search path. The precompiled header is made once, here, so that it is an ordinary file
with the same bytes in every checkout and compile results can be shared through the disk cache.
"""

# Must equal what Bazel passes to a C++ compile (see .bazelrc), or clang refuses the header.
_PCH_FLAGS = ["-std=c++20", "-fPIC", "-fstack-protector", "-fno-omit-frame-pointer", "-Wno-builtin-macro-redefined"]

def _impl(ctx):
    p = "/usr/lib/llvm-22"
    ctx.symlink(p + "/include/mlir", "td/mlir")
    for t in ["mlir-tblgen", "FileCheck", "not", "count", "split-file", "lit", "llvm-nm", "llvm-objdump", "llvm-symbolizer", "llvm-dwarfdump", "llvm-readelf"]:
        ctx.symlink(p + "/bin/" + t, "bin/" + t)

    # From standard input, in /, to standard output: a path of this checkout inside the header would
    # make it differ between checkouts.
    flags = " ".join(_PCH_FLAGS + ["-isystem" + p + "/include", "-Xclang", "-fno-pch-timestamp"])
    command = "cd / && exec clang-22 -x c++-header %s -o - - < '%s' > '%s'" % (
        flags,
        ctx.path(Label("//tools/bazel:mlir_pch.h")),
        ctx.path("mlir.pch"),
    )
    r = ctx.execute(["sh", "-c", command], timeout = 300)
    if r.return_code != 0:
        fail("precompiled header: " + r.stderr)
    ctx.file("BUILD", """
package(default_visibility = ["//visibility:public"])
exports_files(glob(["bin/*"]) + ["mlir.pch"])
filegroup(name = "lit_tools", srcs = glob(["bin/*"]))
filegroup(name = "td_files", srcs = glob(["td/**/*.td"]))
cc_library(
    name = "mlir",
    linkopts = ["-L/usr/lib/llvm-22/lib", "-lMLIR", "-lLLVM", "-Wl,-rpath,/usr/lib/llvm-22/lib"],
)
""")

local_llvm = repository_rule(implementation = _impl, local = True)
