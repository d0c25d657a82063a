#include "compiler/driver/library.h"

#include "compiler/driver/code.h"
#include "compiler/header/header.h"
#include "compiler/link/archive.h"
#include "compiler/link/installation.h"
#include "compiler/link/link.h"
#include "mlir/IR/BuiltinOps.h"
#include "proto/manifest.pb.h"

namespace fedc {

std::optional<ClientLibrary> client_library(const Compilation& compilation,
                                            const std::string& object, const CodeFacts& facts,
                                            const Installation& installation, std::string* error) {
  const std::string& target = compilation.options().target;
  header::ClientFacts client = {symbol_prefix_of(compilation), target, facts.side.arena_bytes,
                                facts.side.stack_bytes, facts.cursors};
  const std::string name = compilation.program().name + "_client";
  std::optional<std::string> runtime = installation.library(target + "/libfed_client.a", error);
  if (!runtime) return std::nullopt;
  const std::optional<std::string> glue =
      compile_c({name + ".c", header::client_glue(compilation.manifest(), client)}, target,
                installation.headers(), error);
  if (!glue) return std::nullopt;

  Executable whole;
  whole.name = name + ".o";
  whole.target = target;
  whole.objects = {{name + ".c", *glue}, {name + ".o", object}};
  whole.files = {*std::move(runtime)};
  std::optional<std::string> linked = link_relocatable(whole, error);
  if (!linked) return std::nullopt;
  std::optional<std::string> archive =
      make_archive({whole.name, *std::move(linked)},
                   header::client_symbols(compilation.manifest(), client), error);
  if (!archive) return std::nullopt;
  return ClientLibrary{*std::move(archive), header::client_header(compilation.manifest(), client)};
}

}  // namespace fedc
