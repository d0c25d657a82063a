"""C++ code of a .proto file, by Debian's protoc (cc_proto_library wants a repository of its own)."""

def proto_library_cc(name, src, **kw):
    base = src[:-len(".proto")]
    native.genrule(
        name = name + "_gen",
        srcs = [src],
        outs = [base + ".pb.h", base + ".pb.cc"],
        cmd = "protoc --cpp_out=$(GENDIR) -I. $(SRCS)",
    )
    native.cc_library(
        name = name,
        srcs = [base + ".pb.cc"],
        hdrs = [base + ".pb.h"],
        copts = ["-w"],
        linkopts = ["-lprotobuf"],
        **kw
    )
