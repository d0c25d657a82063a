"""sanitized_binary: a binary whose every part is compiled with sanitizers and coverage, in any build.

A transition adds the flags, so that an ordinary `bazel test` can run a fuzz target as it should be.
Not for code that includes MLIR, whose precompiled header knows nothing of them.
"""

_FLAGS = ["-fsanitize=address,undefined,fuzzer-no-link", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-O1", "-g1"]

def _transition_impl(settings, attr):
    return {
        "//command_line_option:copt": settings["//command_line_option:copt"] + _FLAGS,
        "//command_line_option:linkopt": settings["//command_line_option:linkopt"] + ["-fsanitize=address,undefined"],
    }

_sanitize = transition(
    implementation = _transition_impl,
    inputs = ["//command_line_option:copt", "//command_line_option:linkopt"],
    outputs = ["//command_line_option:copt", "//command_line_option:linkopt"],
)

def _impl(ctx):
    binary = ctx.attr.binary[0][DefaultInfo].files_to_run.executable
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = out, target_file = binary, is_executable = True)
    return [DefaultInfo(executable = out, files = depset([out]))]

sanitized_binary = rule(
    implementation = _impl,
    executable = True,
    attrs = {
        "binary": attr.label(cfg = _sanitize, mandatory = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
