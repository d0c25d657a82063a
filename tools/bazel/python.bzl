"""python_test: a test that is one Python file, run by the machine's python3."""

def python_test(name, src, args = [], data = [], **kw):
    native.sh_test(
        name = name,
        srcs = ["//tools/bazel:run_python.sh"],
        args = ["$(rootpath %s)" % src] + args,
        data = [src] + data,
        **kw
    )
