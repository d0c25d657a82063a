"""C++ code of a .proto file, by Debian's protoc (cc_proto_library wants a repository of its own)."""

def proto_library_cc(name, src, grpc = False, **kw):
    """`grpc`: the file declares a service, and its stubs belong to the library."""
    base = src[:-len(".proto")]
    suffixes = [".pb", ".grpc.pb"] if grpc else [".pb"]
    plugin = " --grpc_out=$(GENDIR) --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin"
    native.genrule(
        name = name + "_gen",
        srcs = [src],
        outs = [base + suffix + end for suffix in suffixes for end in [".h", ".cc"]],
        cmd = "protoc --cpp_out=$(GENDIR)" + (plugin if grpc else "") + " -I. $(SRCS)",
    )
    native.cc_library(
        name = name,
        srcs = [base + suffix + ".cc" for suffix in suffixes],
        hdrs = [base + suffix + ".h" for suffix in suffixes],
        copts = ["-w"],
        linkopts = (["-lgrpc++", "-lgrpc", "-lgpr", "-labsl_synchronization"] if grpc else []) + ["-lprotobuf"],
        **kw
    )

def proto_library_nanopb(name, src, options, copts = [], **kw):
    """The messages of a .proto file in C, for nanopb: NAME.nanopb.h. `options` lays them out."""
    base = src[:-len(".proto")]
    native.genrule(
        name = name + "_gen",
        srcs = [src, options],
        outs = [base + ".nanopb.h", base + ".nanopb.c"],
        cmd = "nanopb_generator.py -q -I . -D $(GENDIR) --extension=.nanopb --error-on-unmatched $(location %s)" % src,
    )
    native.cc_library(
        name = name,
        srcs = [base + ".nanopb.c"],
        hdrs = [base + ".nanopb.h"],
        copts = copts,
        linkopts = ["-lprotobuf-nanopb"],
        **kw
    )
