"""dist: lays out an installation as a folder of the package, from real copies of what others build.

Copies, because a tool looks for ../lib/fedc beside its own real path, which through a link would
be where it was built.
"""

def _make(ctx, file, path, command):
    out = ctx.actions.declare_file(ctx.attr.folder + "/" + path)
    ctx.actions.run_shell(
        inputs = [file],
        outputs = [out],
        arguments = [file.path, out.path],
        command = command,
        mnemonic = "Dist",
    )
    return out

def _impl(ctx):
    outs = []
    for target, where in ctx.attr.files.items():
        for file in target.files.to_list():
            path = where + file.short_path if where.endswith("/") else where
            outs.append(_make(ctx, file, path, 'cp --reflink=auto "$1" "$2"'))

    # Headers include each other by name alone: they lie in one folder.
    for file in ctx.files.headers:
        outs.append(_make(
            ctx,
            file,
            "include/fedc/" + file.basename,
            "sed -E 's|#include \"[^\"]*/([^\"/]+)\"|#include \"\\1\"|' \"$1\" > \"$2\"",
        ))

    listed = ctx.actions.declare_file(ctx.attr.folder + ".list")
    prefix = listed.short_path[:-len(".list")] + "/"
    ctx.actions.write(listed, "".join(sorted([out.short_path[len(prefix):] + "\n" for out in outs])))
    files = depset(outs + [listed])
    return [DefaultInfo(files = files, runfiles = ctx.runfiles(transitive_files = files))]

dist = rule(
    implementation = _impl,
    doc = "Makes `folder`/..., and `folder`.list, which names its files (the folder itself may hold what an earlier build left).",
    attrs = {
        "folder": attr.string(mandatory = True),
        "files": attr.label_keyed_string_dict(
            allow_files = True,
            doc = "Target -> the path of its file; or a folder, with a slash at the end, in which its files keep their paths in the source tree.",
        ),
        "headers": attr.label_list(allow_files = [".h", ".c"], doc = "And code that is included."),
    },
)
