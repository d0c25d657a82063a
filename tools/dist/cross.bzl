"""cross_object and cross_archive: what cc_library targets hold, compiled for a target of fedc's.

Without a Bazel toolchain for it: clang is a compiler for every target, and the machine has the
libraries of both. An aspect compiles each library's own sources, with its own flags, once a target.
"""

TARGETS = ["aarch64-linux-gnu", "x86_64-linux-gnu"]

# Of which the machine has no libraries: what is compiled for them needs none.
FREESTANDING = ["arm64-apple-macosx11", "wasm32"]

_Objects = provider(fields = {"objects": "depset of object files, of the library and all it depends on"})

def _compile(ctx, target_name, cc, source, copts):
    out = ctx.actions.declare_file("_cross/%s/%s.o" % (target_name, source.basename))
    context = cc.compilation_context
    args = ctx.actions.args()
    args.add("--target=" + target_name)
    args.add_all(["-ffunction-sections", "-fdata-sections", "-fPIC", "-Wall", "-Wno-unused-parameter"])
    if target_name in FREESTANDING:
        args.add("-ffreestanding")
    if source.extension != "c":
        args.add("-std=c++20")
    args.add_all(context.quote_includes, before_each = "-iquote")
    args.add_all(context.includes, before_each = "-I")
    args.add_all(context.system_includes, before_each = "-isystem")
    args.add_all(copts)
    args.add_all(["-c", source, "-o", out])
    ctx.actions.run(
        executable = "clang-22",
        arguments = [args],
        inputs = depset([source], transitive = [context.headers]),
        outputs = [out],
        mnemonic = "CrossCompile",
        progress_message = "Compiling %s for %s" % (source.short_path, target_name),
        use_default_shell_env = True,
    )
    return out

def _aspect_impl(target, ctx):
    objects = []
    if CcInfo in target:
        for label in getattr(ctx.rule.attr, "srcs", []):
            for file in label.files.to_list():
                if file.extension in ["c", "cc", "cpp"]:
                    objects.append(_compile(ctx, ctx.attr.target, target[CcInfo], file, ctx.rule.attr.copts))
    deps = [dep[_Objects].objects for dep in getattr(ctx.rule.attr, "deps", []) if _Objects in dep]
    return [_Objects(objects = depset(objects, transitive = deps))]

_cross = aspect(
    implementation = _aspect_impl,
    attr_aspects = ["deps"],
    attrs = {"target": attr.string(values = TARGETS + FREESTANDING)},
)

# The objects of `deps`, but those of `without`.
def _objects(ctx):
    without = depset(transitive = [dep[_Objects].objects for dep in ctx.attr.without]).to_list()
    return [
        file
        for file in depset(transitive = [dep[_Objects].objects for dep in ctx.attr.deps]).to_list()
        if file not in without
    ]

def _make(ctx, suffix, command):
    out = ctx.actions.declare_file(ctx.label.name + suffix)
    objects = _objects(ctx)
    libraries = ["/usr/lib/%s/%s" % (ctx.attr.target, library) for library in ctx.attr.libraries]
    ctx.actions.run_shell(
        inputs = objects,
        outputs = [out],
        command = command.format(
            out = out.path,
            objects = " ".join([file.path for file in objects]),
            libraries = " ".join(libraries),
            root = getattr(ctx.attr, "root", ""),
        ),
        mnemonic = "Cross" + ("Object" if suffix == ".o" else "Archive"),
    )
    return [DefaultInfo(files = depset([out]))]

def _object_impl(ctx):
    # Sections stay apart, so that an executable drops those that it does not reach.
    return _make(
        ctx,
        ".o",
        "ld.lld-22 -r --gc-sections --undefined={root} --entry={root} -o {out} {objects} --start-group {libraries} --end-group",
    )

def _archive_impl(ctx):
    return _make(
        ctx,
        ".a",
        "rm -f {out} && llvm-ar-22 rcsD {out} {objects} && for l in {libraries}; do llvm-ar-22 qLsD {out} $l; done",
    )

_ATTRS = {
    "target": attr.string(mandatory = True, values = TARGETS + FREESTANDING),
    "deps": attr.label_list(aspects = [_cross]),
    "without": attr.label_list(aspects = [_cross], doc = "What is linked from elsewhere."),
    "libraries": attr.string_list(doc = "Static libraries of the target's system; patterns of the shell."),
}

cross_object = rule(
    implementation = _object_impl,
    attrs = dict(_ATTRS, root = attr.string(mandatory = True, doc = "The function that all is there for.")),
)

cross_archive = rule(
    implementation = _archive_impl,
    attrs = _ATTRS,
)
