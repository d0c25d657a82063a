#include "compiler/driver/library.h"

#include "compiler/codegen/targets.h"
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
  const Target& target = *find_target(compilation.options().target);
  header::ClientFacts client = {symbol_prefix_of(compilation), std::string(target.name),
                                facts.side.arena_bytes, facts.side.stack_bytes, facts.cursors};
  const std::string name = compilation.program().name + "_client";
  // The client runtime, which is compiled with it.
  if (!installation.header("fed_client.c", error)) return std::nullopt;
  const std::optional<std::string> glue =
      compile_c({name + ".c", header::client_glue(compilation.manifest(), client)}, target.triple,
                installation.headers(), error);
  if (!glue) return std::nullopt;

  std::vector<LinkInput> objects = {{name + "_api.o", *glue}, {name + ".o", object}};
  // Where the linker can, one object with nothing visible but what the header declares.
  if (target.is_linux) {
    std::optional<std::string> linked =
        link_relocatable({name + ".o", std::string(target.name), objects}, error);
    if (!linked) return std::nullopt;
    std::optional<std::string> kept =
        keep_global({name + ".o", *std::move(linked)},
                    header::client_symbols(compilation.manifest(), client), error);
    if (!kept) return std::nullopt;
    objects = {{name + ".o", *std::move(kept)}};
  }
  std::optional<std::string> archive = make_archive(objects, error);
  if (!archive) return std::nullopt;
  return ClientLibrary{*std::move(archive), header::client_header(compilation.manifest(), client)};
}

}  // namespace fedc
