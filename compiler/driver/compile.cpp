#include "compiler/driver/compile.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/check/check.h"
#include "compiler/driver/fatal_errors.h"
#include "compiler/driver/large_stack.h"
#include "compiler/driver/limits.h"
#include "compiler/driver/mlir_diagnostics.h"
#include "compiler/emit/emit.h"
#include "compiler/manifest/manifest.h"
#include "compiler/parse/parse.h"
#include "compiler/pipeline/pipeline.h"
#include "compiler/timing/timing.h"
#include "dialects/local/Local.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"

namespace fedc {
namespace {

// A value of more bytes can be in no layout and in no memory.
constexpr int64_t kMaxValueBytes = int64_t{1} << 40;

// Reports the first value that is too large, before passes compute with its size.
bool sizes_possible(mlir::ModuleOp module) {
  auto too_large = [](mlir::Value value) {
    auto type = llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
    if (!type || !type.hasStaticShape() || !type.getElementType().isIntOrFloat()) return false;
    int64_t left = kMaxValueBytes / std::max<int64_t>(type.getElementTypeBitWidth() / 8, 1);
    if (llvm::is_contained(type.getShape(), 0)) return false;
    std::string shape;
    bool fits = true;
    for (int64_t size : type.getShape()) {
      shape += (shape.empty() ? "" : ",") + std::to_string(size);
      fits = fits && size <= left;
      if (fits) left /= size;
    }
    if (!fits)
      mlir::emitError(value.getLoc())
          << "this value of shape [" << shape << "] takes more than " << kMaxValueBytes
          << " bytes, which is the most for one value";
    return !fits;
  };
  return !module
              .walk([&](mlir::Operation* op) {
                for (mlir::Region& region : op->getRegions())
                  for (mlir::Block& block : region)
                    if (llvm::any_of(block.getArguments(), too_large))
                      return mlir::WalkResult::interrupt();
                return llvm::any_of(op->getResults(), too_large) ? mlir::WalkResult::interrupt()
                                                                 : mlir::WalkResult::advance();
              })
              .wasInterrupted();
}

// The source text in one line; of what has comments in it, "...".
std::string in_one_line(std::string_view text) {
  if (text.find("//") != std::string_view::npos) return "...";
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank)
      line.push_back(c);
    else if (!line.empty() && line.back() != ' ')
      line.push_back(' ');
  }
  return line;
}

// The default values of exported functions, which stand in the main file.
void add_defaults(const ast::Module& syntax, const SourceManager& sources,
                  fed::proto::Manifest* manifest) {
  for (fed::proto::Computation& computation : *manifest->mutable_computations()) {
    if (computation.role() != fed::proto::EXPORT) continue;
    for (const ast::Decl* decl : syntax.declarations) {
      const auto* function = ast::as<ast::FunctionDecl>(decl);
      if (function == nullptr || function->name.text != computation.name()) continue;
      const bool any = std::any_of(function->parameters.begin(), function->parameters.end(),
                                   [](const ast::Parameter& p) { return p.value != nullptr; });
      for (const ast::Parameter& parameter : function->parameters)
        if (any)
          computation.add_defaults(
              parameter.value == nullptr ? "" : in_one_line(sources.text(parameter.value->range)));
    }
  }
}

}  // namespace

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

  bool run_passes(const char* stage, const std::function<void(mlir::OpPassManager&)>& add) {
    return timed(stage, [&] {
      MlirDiagnostics handler(&context, sources, diagnostics);
      return run(*module, add) && !diagnostics.has_errors();
    });
  }

  bool run(mlir::ModuleOp on, const std::function<void(mlir::OpPassManager&)>& add) {
    mlir::PassManager passes(&context, mlir::ModuleOp::getOperationName());
    passes.enableVerifier(true);
    add(passes);
    return mlir::succeeded(passes.run(on));
  }

  // Whether the module, as emitted, becomes another program than the one that is deployed.
  bool is_inspected() {
    if (options.inspection.check_finite) return true;
    return options.inspection.debug &&
           module->walk([](local::DebugOp) { return mlir::WalkResult::interrupt(); })
               .wasInterrupted();
  }

  // The split module's hash becomes that of what is deployed. Its passes say nothing new.
  void take_hash_of(mlir::ModuleOp emitted) {
    on_large_stack([&] {
      mlir::ScopedDiagnosticHandler quiet(&context,
                                          [](mlir::Diagnostic&) { return mlir::success(); });
      if (!run(emitted, [](mlir::OpPassManager& passes) {
            add_optimise_passes(passes);
            add_split_passes(passes);
          }))
        return false;
      (*module)->setAttr("fed.hash", emitted->getAttr("fed.hash"));
      return true;
    });
  }

  bool timed(const char* stage, const std::function<bool()>& run) {
    const bool done = on_large_stack([&] {
      const Compiling work(path, stage);
      return run();
    });
    stage_ended(options.times, stage);
    return done;
  }

  bool parse(FileId file) {
    return timed("parse", [&] {
      syntax = fedc::parse(sources, file, diagnostics);
      return !diagnostics.has_errors();
    });
  }

  const FatalErrors fatal_errors;
  CompileOptions options;
  std::string path;
  SourceManager sources;
  DiagnosticEngine diagnostics;
  std::unique_ptr<ast::Module> syntax;
  std::unique_ptr<core::Program> program;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::OwningOpRef<mlir::ModuleOp> deployed;  // as emitted, where the module is inspected
  fed::proto::Manifest manifest;
};

Compilation::Compilation(CompileOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}
Compilation::~Compilation() = default;

bool Compilation::parse_file(const std::string& path, std::string* error) {
  state_->path = path;
  FileId file = state_->sources.add_from_disk(path, error);
  return file != 0 && state_->parse(file);
}

bool Compilation::parse_text(std::string path, std::string text) {
  state_->path = path;
  return state_->parse(state_->sources.add_file(std::move(path), std::move(text)));
}

bool Compilation::check() {
  State& s = *state_;
  return s.timed("check", [&] {
    s.program = fedc::check(*s.syntax, s.sources, s.diagnostics,
                            {s.options.defines, s.options.import_path});
    return s.program != nullptr;
  });
}

bool Compilation::emit() {
  State& s = *state_;
  return s.timed("emit", [&] {
    MlirDiagnostics handler(&s.context, s.sources, s.diagnostics);
    s.module = fedc::emit(*s.program, s.sources, s.diagnostics, s.context);
    return s.module && sizes_possible(*s.module);
  });
}

bool Compilation::optimise() {
  State& s = *state_;
  if (s.is_inspected()) s.deployed = s.module->clone();
  return s.run_passes("differentiate and optimise", [&](mlir::OpPassManager& passes) {
    add_optimise_passes(passes, s.options.inspection);
  });
}

bool Compilation::split() {
  State& s = *state_;
  if (!s.run_passes("split", add_split_passes)) return false;
  if (s.deployed) s.take_hash_of(*s.deployed);
  return true;
}

bool Compilation::describe() {
  State& s = *state_;
  return s.timed("describe", [&] {
    MlirDiagnostics handler(&s.context, s.sources, s.diagnostics);
    mlir::FailureOr<fed::proto::Manifest> manifest = manifest::build_manifest(*s.module);
    if (mlir::failed(manifest)) return false;
    s.manifest = std::move(*manifest);
    add_defaults(*s.syntax, s.sources, &s.manifest);
    check_message_limits(*s.program, s.manifest, s.sources, s.diagnostics);
    return true;
  });
}

const ast::Module& Compilation::syntax() const { return *state_->syntax; }
const core::Program& Compilation::program() const { return *state_->program; }
mlir::ModuleOp Compilation::module() { return *state_->module; }
const fed::proto::Manifest& Compilation::manifest() const { return state_->manifest; }
bool Compilation::is_inspected() const { return static_cast<bool>(state_->deployed); }
const std::string& Compilation::path() const { return state_->path; }
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
