"""gentbl: runs mlir-tblgen over one .td file, one output per generator."""

def _gentbl_impl(ctx):
    outs = []
    for out, opts in ctx.attr.outs.items():
        f = ctx.actions.declare_file(out)
        outs.append(f)
        args = ctx.actions.args()
        args.add_all(opts.split(" "))
        args.add("-I", "external/llvm/td")
        args.add("-I", ".")
        args.add("-o", f)
        args.add(ctx.file.td)
        ctx.actions.run(
            executable = ctx.executable._tblgen,
            arguments = [args],
            inputs = depset([ctx.file.td] + ctx.files.deps, transitive = [ctx.attr._td[DefaultInfo].files]),
            outputs = [f],
            mnemonic = "MlirTblgen",
        )
    return [DefaultInfo(files = depset(outs), runfiles = ctx.runfiles(outs))]

gentbl = rule(
    implementation = _gentbl_impl,
    attrs = {
        "td": attr.label(allow_single_file = [".td"], mandatory = True),
        "deps": attr.label_list(allow_files = [".td"]),
        "outs": attr.string_dict(mandatory = True),
        "_tblgen": attr.label(default = "@llvm//:bin/mlir-tblgen", executable = True, cfg = "exec", allow_single_file = True),
        "_td": attr.label(default = "@llvm//:td_files"),
    },
)
