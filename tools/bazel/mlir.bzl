"""cc rules for code that includes MLIR: they add the library and the precompiled header."""

_COPTS = select({
    "//tools/bazel:sanitize": [],
    "//conditions:default": ["-include-pch", "external/llvm/mlir.pch"],
})

def _mlir(rule, deps = [], copts = [], **kw):
    rule(
        copts = _COPTS + copts,
        deps = deps + ["@llvm//:mlir"],
        **kw
    )

# buildifier: disable=unnamed-macro
def mlir_library(textual_hdrs = [], **kw):
    _mlir(native.cc_library, textual_hdrs = textual_hdrs + ["@llvm//:mlir.pch"], **kw)

def mlir_binary(srcs = [], **kw):
    _mlir(native.cc_binary, srcs = srcs, additional_linker_inputs = ["@llvm//:mlir.pch"], **kw)

def mlir_test(srcs = [], linkopts = [], **kw):
    _mlir(
        native.cc_test,
        srcs = srcs,
        additional_linker_inputs = ["@llvm//:mlir.pch"],
        linkopts = linkopts + ["-lgtest", "-lgtest_main"],
        **kw
    )
