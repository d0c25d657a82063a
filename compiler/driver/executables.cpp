#include "compiler/driver/executables.h"

#include "compiler/codegen/codegen.h"
#include "compiler/driver/code.h"
#include "compiler/link/installation.h"
#include "compiler/link/link.h"
#include "mlir/IR/BuiltinOps.h"
#include "proto/manifest.pb.h"

namespace fedc {
namespace {

// `executable` has its name and what it is linked with; the objects are the same for both sides.
std::optional<std::string> linked(const Compilation& compilation, Side side,
                                  const std::string& object, Executable executable,
                                  std::string* error) {
  CodegenOptions options;
  options.target = executable.target;
  options.side = side;
  options.manifest = compilation.manifest().SerializeAsString();
  std::optional<std::string> main = main_object(compilation.program().name, options, error);
  if (!main) return std::nullopt;
  executable.objects = {{"main.o", *std::move(main)}, {executable.name + ".o", object}};
  return link_executable(executable, error);
}

}  // namespace

std::optional<std::string> client_executable(const Compilation& compilation,
                                             const std::string& object,
                                             const Installation& installation, std::string* error) {
  Executable executable;
  executable.name = compilation.program().name + "_client";
  executable.target = compilation.options().target;
  for (const char* part : {"fed_client_main.o", "libfed_transport.a", "libfed_client.a"}) {
    std::optional<std::string> path = installation.library(executable.target + "/" + part, error);
    if (!path) return std::nullopt;
    executable.files.push_back(*std::move(path));
  }
  executable.libraries = {"curl", "z", "stdc++", "m"};
  return linked(compilation, Side::kClient, object, std::move(executable), error);
}

std::optional<std::string> server_executable(const Compilation& compilation,
                                             const std::string& object,
                                             const Installation& installation, std::string* error) {
  Executable executable;
  executable.name = compilation.program().name + "_server";
  executable.target = host_target();
  std::optional<std::string> runtime = installation.library("libfed_server.so", error);
  if (!runtime) return std::nullopt;
  executable.files = {*std::move(runtime)};
  // A copy beside the executable comes first, so that a server can be taken elsewhere with it.
  executable.library_path = {"$ORIGIN", installation.libraries()};
  return linked(compilation, Side::kServer, object, std::move(executable), error);
}

}  // namespace fedc
