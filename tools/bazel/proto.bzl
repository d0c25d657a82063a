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
        linkopts = (["-lgrpc++", "-lgrpc", "-lgpr"] if grpc else []) + ["-lprotobuf"],
        **kw
    )
