#include "tests/generator/harness.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "compiler/check/check.h"
#include "compiler/codegen/codegen.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/differentiate/differentiate.h"
#include "compiler/emit/emit.h"
#include "compiler/link/link.h"
#include "compiler/manifest/manifest.h"
#include "compiler/parse/parse.h"
#include "compiler/pipeline/pipeline.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "runtime/simulator/load.h"

namespace fedc::generator {
namespace {

// Both sides' objects, linked and loaded. The kernels that sum over clients are in this executable.
std::shared_ptr<const fedrt::Program> load(mlir::ModuleOp split, CodegenOptions options,
                                           std::string* error) {
  const auto manifest = manifest::build_manifest(split);
  if (mlir::failed(manifest)) return nullptr;
  const auto client = compile_side(split, options);
  options.side = Side::kServer;
  options.manifest = manifest->SerializeAsString();
  const auto server = compile_side(split, options);
  if (!client || !server) return nullptr;
  const char* folder = getenv("TMPDIR");
  std::string path = std::string(folder ? folder : "/tmp") + "/generated.XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) {
    *error = "no temporary file";
    return nullptr;
  }
  close(file);
  std::shared_ptr<const fedrt::Program> result;
  const auto linked = link_shared({{"client.o", *client}, {"server.o", *server}}, error);
  if (linked) {
    std::ofstream(path, std::ios::binary) << *linked;
    auto program = fedrt::load_program(path);
    if (program.ok()) {
      result = *program;
    } else {
      *error = program.status().ToString();
    }
  }
  unlink(path.c_str());
  return result;
}

}  // namespace

// The module as emitted.
static mlir::OwningOpRef<mlir::ModuleOp> emitted(const std::string& text, Compiled& result,
                                                 std::string* error) {
  SourceManager sources;
  DiagnosticEngine diagnostics;
  const auto said = [&] {
    *error = diagnostics.to_string(sources);
    return nullptr;
  };
  const FileId file = sources.add_file("generated.fed", text);
  const auto module = parse(sources, file, diagnostics);
  if (diagnostics.has_errors()) return said();
  const auto program = check(*module, sources, diagnostics);
  if (!program) return said();

  mlir::DialectRegistry registry;
  register_dialects(registry);
  result.context =
      std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> fed = emit(*program, sources, diagnostics, *result.context);
  if (diagnostics.has_errors()) return said();
  return fed;
}

// Runs `body` with what the compiler says in the meantime appended to `error`.
static auto recorded(mlir::MLIRContext& context, std::string* error, auto body) {
  llvm::raw_string_ostream stream(*error);
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic& diagnostic) {
    stream << diagnostic.getLocation() << ": " << diagnostic << "\n";
    return mlir::success();
  });
  return body();
}

static bool prepare_for_oracle(mlir::ModuleOp module) {
  mlir::PassManager passes(module.getContext());
  passes.addPass(mlir::createInlinerPass());
  passes.addPass(createLocalDifferentiate());
  return mlir::succeeded(passes.run(module));
}

std::unique_ptr<Compiled> compile_for_oracle(const std::string& text, std::string* error,
                                             const std::function<void(mlir::ModuleOp)>& look) {
  auto result = std::make_unique<Compiled>();
  result->fed = emitted(text, *result, error);
  if (!result->fed) return nullptr;
  look(*result->fed);
  const bool done =
      recorded(*result->context, error, [&] { return prepare_for_oracle(*result->fed); });
  return done ? std::move(result) : nullptr;
}

std::unique_ptr<Compiled> compile(const std::string& text, const Machine& machine,
                                  std::string* error) {
  auto result = std::make_unique<Compiled>();
  mlir::OwningOpRef<mlir::ModuleOp> fed = emitted(text, *result, error);
  if (!fed) return nullptr;
  const bool done = recorded(*result->context, error, [&] {
    result->fed = fed->clone();
    if (!prepare_for_oracle(*result->fed)) return false;

    mlir::PassManager passes(result->context.get());
    result->checks_finite = machine.check_finite;
    LoopMemory memory;
    if (machine.note_bytes >= 0) memory.notes = machine.note_bytes;
    if (machine.stack_bytes >= 0) memory.stacks = machine.stack_bytes;
    add_optimise_passes(passes, {.check_finite = machine.check_finite}, memory);
    add_split_passes(passes);
    if (mlir::failed(passes.run(*fed))) return false;
    CodegenOptions options;
    if (machine.part_operations != 0) options.part_operations = machine.part_operations;
    if (machine.poll_steps != 0) options.poll_steps = machine.poll_steps;
    options.cpu = machine.cpu;
    options.tiles = machine.tiles;
    result->program = load(*fed, options, error);
    if (!result->program) return false;
    if (machine.aarch64) {
      options.target = "aarch64-linux-gnu";
      options.cpu.clear();
      const auto object = compile_side(*fed, options);
      if (!object) return false;
      result->aarch64_client = *object;
    }
    return true;
  });
  return done ? std::move(result) : nullptr;
}

const std::vector<std::string>& function_names() {
  static const std::vector<std::string> names = {"exp",      "log",   "log1p", "expm1", "tanh",
                                                 "logistic", "power", "sin",   "cos",   "erf"};
  return names;
}

std::unique_ptr<CompiledMath> CompiledMath::make(std::string* error) {
  std::string text;
  for (const std::string& function : function_names()) {
    const bool two = function == "power";
    for (const char* element : {"float32", "float64"}) {
      const std::string placed = std::string("{") + element + "}@CLIENTS";
      text += "fn " + function + "_" + element + "(x: " + placed + (two ? ", y: " + placed : "") +
              ") -> " + placed + " { federated_map(" + function +
              (two ? ", (x, y)) }\n" : ", x) }\n");
    }
  }
  auto result = std::make_unique<CompiledMath>();
  result->compiled_ = compile(text, {}, error);
  if (!result->compiled_) return nullptr;
  result->arena_.resize(result->compiled_->program->client().arena_bytes + FED_ALIGNMENT);
  return result;
}

double CompiledMath::operator()(interpret::Function function, fedrt::ElementType element, double x,
                                double y) const {
  // Compiled code has no arithmetic on the 16-bit floats yet.
  if (fedrt::element_size(element) < 4) return interpret::libm(function, element, x, y);
  const std::string name = function_names()[static_cast<int>(function)] + "_" +
                           std::string(fedrt::element_name(element));
  const fedrt::Computation* computation = compiled_->program->find(name);
  if (!computation) std::abort();
  const fed_computation& client = *computation->client;
  alignas(FED_ALIGNMENT) uint8_t input[4 * FED_ALIGNMENT] = {}, result[4 * FED_ALIGNMENT] = {},
                                           kept[4 * FED_ALIGNMENT] = {},
                                           message[4 * FED_ALIGNMENT] = {};
  const auto put = [&](uint64_t leaf, double value) {
    const fedrt::Tensor scalar = interpret::convert(fedrt::Tensor::scalar<double>(value), element);
    std::memcpy(input + client.input.leaves[leaf].offset, scalar.bytes.data(), scalar.bytes.size());
  };
  put(0, x);
  if (function == interpret::Function::kPower) put(1, y);
  fed_error error = {sizeof(fed_error), FED_ABI_VERSION, FED_OK, 0, {0, 0}};
  fed_host host = {};
  host.size = sizeof(fed_host);
  host.version = FED_ABI_VERSION;
  const uint64_t start = reinterpret_cast<uint64_t>(arena_.data());
  fed_frame frame = {};
  frame.size = sizeof(fed_frame);
  frame.version = FED_ABI_VERSION;
  frame.input = input;
  frame.result = result;
  frame.kept = kept;
  frame.message_in = frame.message_out = message;
  frame.arena =
      reinterpret_cast<void*>((start + FED_ALIGNMENT - 1) / FED_ALIGNMENT * FED_ALIGNMENT);
  frame.host = &host;
  frame.error = &error;
  if (client.phases[0].run(&frame) != FED_OK) std::abort();
  fedrt::Tensor out = fedrt::Tensor::zeros(element, {});
  std::memcpy(out.bytes.data(), result + client.result.leaves[0].offset, out.bytes.size());
  return interpret::number(out);
}

}  // namespace fedc::generator
