#include "compiler/driver/code.h"

#include <string_view>

#include "compiler/check/core.h"
#include "compiler/codegen/codegen.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/driver/fatal_errors.h"
#include "compiler/driver/large_stack.h"
#include "compiler/driver/limits.h"
#include "compiler/driver/mlir_diagnostics.h"
#include "compiler/link/link.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "proto/manifest.pb.h"

namespace fedc {
namespace {

#if defined(__aarch64__)
constexpr std::string_view kHostTarget = "aarch64-linux-gnu";
#else
constexpr std::string_view kHostTarget = "x86_64-linux-gnu";
#endif

std::optional<std::string> code(Compilation& compilation, Side side, std::string target,
                                std::string cpu, CodeForm form, CodeFacts* wanted = nullptr) {
  std::optional<std::string> result;
  on_large_stack([&] {
    const Compiling work(compilation.path(),
                         side == Side::kClient ? "client's code" : "server's code");
    MlirDiagnostics handler(&compilation.context(), compilation.sources(),
                            compilation.diagnostics());
    CodegenOptions options;
    options.target = std::move(target);
    options.cpu = std::move(cpu);
    options.side = side;
    options.times = compilation.options().times;
    options.output = form == CodeForm::kObject     ? CodegenOutput::kObject
                     : form == CodeForm::kAssembly ? CodegenOutput::kAssembly
                                                   : CodegenOutput::kLlvm;
    if (side == Side::kServer) options.manifest = compilation.manifest().SerializeAsString();
    CodeFacts facts;
    result = compile_side(compilation.module(), options, &facts);
    if (!result) return false;
    // Limits are of what is deployed.
    if (!compilation.is_inspected())
      check_code_limits(compilation.program(), facts.side, compilation.sources(),
                        compilation.diagnostics());
    if (compilation.diagnostics().has_errors()) result.reset();
    if (wanted) *wanted = std::move(facts);
    return true;
  });
  return result;
}

}  // namespace

std::optional<std::string> client_code(Compilation& compilation, CodeForm form, CodeFacts* facts) {
  const CompileOptions& options = compilation.options();
  return code(compilation, Side::kClient, options.target, options.cpu, form, facts);
}

std::optional<std::string> server_code(Compilation& compilation, CodeForm form, CodeFacts* facts) {
  return code(compilation, Side::kServer, host_target(), "", form, facts);
}

bool report_helpers(Compilation& compilation) {
  for (const core::Helper& helper : compilation.program().helpers) {
    compilation.diagnostics()
        .report(DiagnosticKind::WrongPlacement, helper.range,
                "there is nothing to run: `" + helper.name +
                    "` is a helper for other functions, since " + helper.reason)
        .with_hint(helper.hint);
  }
  return !compilation.program().helpers.empty();
}

std::optional<std::string> compile_shared(Compilation& compilation, const std::string& path,
                                          std::string* error) {
  if (!compilation.parse_file(path, error)) {
    if (error->empty()) compilation.check();  // a file with syntax errors may have others as well
    return std::nullopt;
  }
  if (!compilation.check()) return std::nullopt;
  if (compilation.program().entries.empty() && report_helpers(compilation)) return std::nullopt;
  if (!compilation.emit() || !compilation.optimise() || !compilation.split() ||
      !compilation.describe()) {
    return std::nullopt;
  }
  std::optional<std::string> client =
      code(compilation, Side::kClient, host_target(), compilation.options().cpu, CodeForm::kObject);
  if (!client) return std::nullopt;
  std::optional<std::string> server = server_code(compilation, CodeForm::kObject);
  if (!server) return std::nullopt;
  const std::string& name = compilation.program().name;
  return link_shared(
      {{name + "_client.o", *std::move(client)}, {name + "_server.o", *std::move(server)}}, error);
}

std::string host_target() { return std::string(kHostTarget); }

std::string symbol_prefix_of(const Compilation& compilation) {
  return symbol_prefix(compilation.program().name);
}

}  // namespace fedc
