#include "compiler/driver/compile.h"

#include <functional>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/driver/large_stack.h"
#include "compiler/driver/mlir_diagnostics.h"
#include "compiler/emit/emit.h"
#include "compiler/manifest/manifest.h"
#include "compiler/parse/parse.h"
#include "compiler/pipeline/pipeline.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"

namespace fedc {
struct Compilation::State {
  explicit State(CompileOptions o) : options(std::move(o)) {
    mlir::DialectRegistry registry;
    register_dialects(registry);
    context.appendDialectRegistry(registry);
    // Threads of MLIR's pool have small stacks, and compiling is quick.
    context.disableMultithreading();
    // What the user sees is their source, not the IR.
    context.printOpOnDiagnostic(false);
  }

  bool run_passes(const std::function<void(mlir::OpPassManager&)>& add) {
    return on_large_stack([&] {
      MlirDiagnostics handler(&context, sources, diagnostics);
      mlir::PassManager passes(&context, mlir::ModuleOp::getOperationName());
      passes.enableVerifier(true);
      add(passes);
      return mlir::succeeded(passes.run(*module)) && !diagnostics.has_errors();
    });
  }

  bool parse(FileId file) {
    return on_large_stack([&] {
      syntax = fedc::parse(sources, file, diagnostics);
      return !diagnostics.has_errors();
    });
  }

  CompileOptions options;
  SourceManager sources;
  DiagnosticEngine diagnostics;
  std::unique_ptr<ast::Module> syntax;
  std::unique_ptr<core::Program> program;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  fed::proto::Manifest manifest;
};

Compilation::Compilation(CompileOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}
Compilation::~Compilation() = default;

bool Compilation::parse_file(const std::string& path, std::string* error) {
  FileId file = state_->sources.add_from_disk(path, error);
  return file != 0 && state_->parse(file);
}

bool Compilation::parse_text(std::string path, std::string text) {
  return state_->parse(state_->sources.add_file(std::move(path), std::move(text)));
}

bool Compilation::check() {
  State& s = *state_;
  return on_large_stack([&] {
    s.program = fedc::check(*s.syntax, s.sources, s.diagnostics,
                            {s.options.defines, s.options.import_path});
    return s.program != nullptr;
  });
}

bool Compilation::emit() {
  State& s = *state_;
  return on_large_stack([&] {
    MlirDiagnostics handler(&s.context, s.sources, s.diagnostics);
    s.module = fedc::emit(*s.program, s.sources, s.diagnostics, s.context);
    return static_cast<bool>(s.module);
  });
}

bool Compilation::optimise() { return state_->run_passes(add_optimise_passes); }
bool Compilation::split() { return state_->run_passes(add_split_passes); }

bool Compilation::describe() {
  State& s = *state_;
  return on_large_stack([&] {
    MlirDiagnostics handler(&s.context, s.sources, s.diagnostics);
    mlir::FailureOr<fed::proto::Manifest> manifest = manifest::build_manifest(*s.module);
    if (mlir::failed(manifest)) return false;
    s.manifest = std::move(*manifest);
    return !s.diagnostics.has_errors();
  });
}

const ast::Module& Compilation::syntax() const { return *state_->syntax; }
const core::Program& Compilation::program() const { return *state_->program; }
mlir::ModuleOp Compilation::module() { return *state_->module; }
const fed::proto::Manifest& Compilation::manifest() const { return state_->manifest; }
const CompileOptions& Compilation::options() const { return state_->options; }
mlir::MLIRContext& Compilation::context() { return state_->context; }
SourceManager& Compilation::sources() { return state_->sources; }
DiagnosticEngine& Compilation::diagnostics() { return state_->diagnostics; }

std::string Compilation::module_text(bool locations) {
  std::string text;
  on_large_stack([&] {
    llvm::raw_string_ostream out(text);
    mlir::OpPrintingFlags flags;
    if (locations) flags.enableDebugInfo().useLocalScope();
    state_->module->print(out, flags);
    return true;
  });
  return text;
}

}  // namespace fedc
