"""One test target a folder of lit tests; lit runs the files in parallel inside it."""

def lit_tests(name, srcs, tools, data = [], size = "medium", **kw):
    native.sh_test(
        name = name,
        size = size,
        srcs = ["//tools/bazel:run_lit.sh"],
        args = ["$(rootpath %s)" % src for src in srcs],
        data = srcs + ["//tests:lit.cfg.py", "@llvm//:lit_tools"] + tools + data,
        **kw
    )
