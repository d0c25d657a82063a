#include "tests/lower/compiled.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "compiler/codegen/codegen.h"
#include "compiler/interpret/testing.h"
#include "compiler/link/link.h"
#include "compiler/pipeline/pipeline.h"
#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "runtime/data/flat.h"

namespace fedc::testing {
namespace {

using fedrt::AlignedBuffer;
using fedrt::Tensor;

std::string compact(mlir::Type type) {
  if (auto sequence = llvm::dyn_cast<local::SequenceType>(type)) {
    std::string text = "<";
    for (mlir::Type element : sequence.getElements()) {
      if (text.size() > 1) text += ",";
      text += compact(element);
    }
    return text + ">*";
  }
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  mlir::Type element = tensor.getElementType();
  std::string text;
  if (element.isInteger(1)) {
    text = "bool";
  } else if (auto integer = llvm::dyn_cast<mlir::IntegerType>(element)) {
    text = (integer.isUnsigned() ? "uint" : "int") + std::to_string(integer.getWidth());
  } else {
    text = "float" + std::to_string(element.getIntOrFloatBitWidth());
  }
  if (tensor.getRank() == 0) return text;
  text += "[";
  for (auto [i, dim] : llvm::enumerate(local::getDims(tensor))) {
    if (i) text += ",";
    text += dim.is_unknown() ? "?<=" + std::to_string(dim.bound) : std::to_string(dim.size);
  }
  return text + "]";
}

// What the host of a run has, and counts.
struct Host {
  struct Pass {
    size_t next = 0;
    bool open = false;
  };
  std::vector<const std::vector<fedrt::Element>*> sequences;
  std::vector<std::vector<Pass>> passes;
  int polls = 0, cancel_after = -1, given = 0, fail_after = -1, most = 0;

  static int32_t open(void* user, uint32_t sequence, uint32_t cursor) {
    auto* host = static_cast<Host*>(user);
    auto& passes = host->passes[sequence];
    if (passes.size() <= cursor) passes.resize(cursor + 1);
    passes[cursor] = {0, true};
    host->most = std::max<int>(host->most, cursor + 1);
    return FED_OK;
  }
  static int32_t next(void* user, uint32_t sequence, uint32_t cursor, fed_view* leaves,
                      uint32_t count) {
    auto* host = static_cast<Host*>(user);
    Pass& pass = host->passes[sequence][cursor];
    EXPECT_TRUE(pass.open);
    if (host->fail_after >= 0 && host->given++ >= host->fail_after) return 99;
    if (pass.next == host->sequences[sequence]->size()) return FED_END;
    const fedrt::Element& element = (*host->sequences[sequence])[pass.next++];
    EXPECT_EQ(element.size(), count);
    for (uint32_t i = 0; i < count; ++i) {
      leaves[i].data = element[i].bytes.data();
      for (size_t d = 0; d < element[i].dims.size(); ++d) leaves[i].dims[d] = element[i].dims[d];
    }
    return FED_OK;
  }
  static int32_t rewind(void* user, uint32_t sequence, uint32_t cursor) {
    static_cast<Host*>(user)->passes[sequence][cursor].next = 0;
    return FED_OK;
  }
  static int32_t cancelled(void* user) {
    auto* host = static_cast<Host*>(user);
    return host->cancel_after >= 0 && host->polls++ >= host->cancel_after;
  }
};

}  // namespace

mlir::MLIRContext& context() {
  static mlir::MLIRContext* context = [] {
    mlir::DialectRegistry registry;
    register_dialects(registry);
    auto* made = new mlir::MLIRContext(registry);
    made->loadAllAvailableDialects();
    return made;
  }();
  return *context;
}

mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string& text) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context());
  EXPECT_TRUE(module) << text;
  return module;
}

std::string as_split(mlir::ModuleOp module) {
  auto function = module.lookupSymbol<mlir::func::FuncOp>("f");
  std::string signature = "(<", ins, outs, body;
  llvm::raw_string_ostream stream(body);
  mlir::AsmState state(module);
  int64_t inputs = 0, sequences = 0;
  std::string arguments;
  for (auto [i, argument] : llvm::enumerate(function.getArguments())) {
    if (i) signature += ",", ins += ", ", arguments += ", ";
    std::string name = "x" + std::to_string(i);
    bool is_sequence = llvm::isa<local::SequenceType>(argument.getType());
    signature += name + "={" + compact(argument.getType()) + "}@CLIENTS";
    ins += std::string("#fed.slot<") + (is_sequence ? "sequence" : "input") + ", " +
           std::to_string(is_sequence ? sequences++ : inputs++) + ", \"" + name + "\">";
    std::string text;
    llvm::raw_string_ostream out(text);
    argument.printAsOperand(out, state);
    out << ": " << argument.getType();
    arguments += text;
  }
  signature += "> -> <";
  if (!arguments.empty()) stream << "^bb0(" << arguments << "):\n";
  mlir::Operation* end = function.front().getTerminator();
  for (mlir::Operation& op : function.front().without_terminator()) {
    op.print(stream, state);
    stream << "\n";
  }
  stream << "fed.yield";
  for (auto [i, value] : llvm::enumerate(end->getOperands())) {
    stream << (i ? ", " : " ");
    value.printAsOperand(stream, state);
    outs += (i ? ", " : "") + std::string("#fed.slot<result, ") + std::to_string(i) + ", \"y" +
            std::to_string(i) + "\">";
    signature += (i ? ",{" : "{") + compact(value.getType()) + "}@CLIENTS";
  }
  signature += ">)";
  for (auto [i, value] : llvm::enumerate(end->getOperands()))
    stream << (i ? ", " : " : ") << value.getType();
  std::string params;
  for (mlir::Operation& op : *module.getBody()) {
    if (&op == function.getOperation()) continue;
    llvm::raw_string_ostream out(params);
    op.print(out);
    params += "\n";
  }
  return "module @t attributes {fed.hash = \"00\"} {\n" + params +
         "fed.program @p <\"\", one_shot> \"" + signature +
         "\" {\nfed.phase server 0 ins [] outs [] {\n" + "fed.yield\n}\nfed.phase clients 1 ins [" +
         ins + "] outs [" + outs + "] {\n" + body + "\n}\n}\n}\n";
}

std::unique_ptr<Compiled> Compiled::of_function(const std::string& text, const std::string& cpu) {
  auto module = parse(text);
  if (!module) return nullptr;
  auto split = parse(as_split(*module));
  return split ? of_split(*split, cpu) : nullptr;
}

std::unique_ptr<Compiled> Compiled::of_split(mlir::ModuleOp split, const std::string& cpu) {
  CodegenOptions options;
  options.cpu = cpu;
  auto object = compile_side(split, options);
  EXPECT_TRUE(object);
  if (!object) return nullptr;
  const char* directory = getenv("TEST_TMPDIR");
  static int count = 0;
  std::string path = std::string(directory ? directory : "/tmp") + "/compiled." +
                     std::to_string(getpid()) + "." + std::to_string(count++) + ".so";
  std::string error;
  const auto linked = link_shared({{"client.o", *object}}, &error);
  EXPECT_TRUE(linked) << error;
  if (!linked) return nullptr;
  std::ofstream(path, std::ios::binary) << *linked;
  std::unique_ptr<Compiled> result(new Compiled);
  result->object_ = *object;
  fed::PhaseOp phase;
  split.walk([&](fed::PhaseOp op) {
    if (!phase && op.getSide() == fed::Placement::Clients) phase = op;
  });
  for (mlir::Type type : phase.getBody().front().getArgumentTypes())
    result->is_sequence_.push_back(llvm::isa<local::SequenceType>(type));
  result->library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  EXPECT_TRUE(result->library_) << dlerror();
  unlink(path.c_str());
  if (!result->library_) return nullptr;
  std::string symbol = symbol_prefix(split.getSymName().value_or("program")) + "_client_program";
  result->program_ = static_cast<const fed_program*>(dlsym(result->library_, symbol.c_str()));
  EXPECT_TRUE(result->program_);
  return result->program_ ? std::move(result) : nullptr;
}

Compiled::~Compiled() {
  if (library_) dlclose(library_);
}

Outcome Compiled::run(const std::vector<LeafValue>& arguments, int cancel_after,
                      int fail_sequence_after) {
  const fed_computation& computation = program_->computations[0];
  const fed_phase& phase = computation.phases[0];
  AlignedBuffer params(program_->params.bytes), input(computation.input.bytes),
      in(phase.message_in.bytes), out(phase.message_out.bytes), kept(computation.kept.bytes),
      result(computation.result.bytes), state_in(computation.state.bytes),
      state_out(computation.state.bytes);
  constexpr uint64_t kGuard = 4096;
  AlignedBuffer arena(program_->arena_bytes + kGuard);
  // What is undefined before a phase must not matter.
  memset(arena.data(), 0xa5, arena.size());
  memset(result.data(), 0x5a, result.size());
  Host host;
  host.cancel_after = cancel_after;
  host.fail_after = fail_sequence_after;
  size_t next_input = 0;
  EXPECT_EQ(arguments.size(), is_sequence_.size());
  for (auto [argument, is_sequence] : llvm::zip_equal(arguments, is_sequence_)) {
    if (is_sequence) {
      host.sequences.push_back(&argument.elements);
      continue;
    }
    auto status =
        fedrt::write_leaf(computation.input.leaves[next_input++], argument.tensor, input.data());
    EXPECT_TRUE(status.ok()) << status.message();
  }
  host.passes.resize(host.sequences.size());
  fed_host table{sizeof(fed_host), FED_ABI_VERSION, &host,   Host::open, Host::next,
                 Host::rewind,     Host::cancelled, nullptr, nullptr};
  Outcome outcome;
  outcome.error = {sizeof(fed_error), FED_ABI_VERSION, 77, 7, {7, 7}};
  fed_frame frame{sizeof(fed_frame), FED_ABI_VERSION,  params.data(), input.data(),
                  in.data(),         out.data(),       kept.data(),   result.data(),
                  state_in.data(),   state_out.data(), arena.data(),  &table,
                  &outcome.error};
  int32_t status = phase.run(&frame);
  EXPECT_EQ(status, outcome.error.status);
  for (uint64_t i = 0; i < kGuard; ++i)
    EXPECT_EQ(arena.data()[program_->arena_bytes + i], 0xa5) << "written behind the arena";
  outcome.cursors_seen = host.most;
  for (uint64_t i = 0; i < computation.result.leaf_count; ++i) {
    const fed_leaf& leaf = computation.result.leaves[i];
    Tensor tensor;
    auto read = fedrt::read_leaf(leaf, result.data(), &tensor);
    // After an error there may be nothing, or a part of it.
    EXPECT_TRUE(read.ok() || status != FED_OK) << read.message();
    for (uint64_t at = leaf.offset + tensor.bytes.size();
         status == FED_OK && at < leaf.offset + leaf.bytes; ++at)
      EXPECT_EQ(result.data()[at], 0) << "behind the value of leaf " << i;
    outcome.results.push_back(std::move(tensor));
  }
  return outcome;
}

void expect_same(const std::string& text, const std::vector<std::vector<LeafValue>>& runs,
                 const std::string& cpu) {
  SCOPED_TRACE(text);
  auto module = parse(text);
  ASSERT_TRUE(module);
  auto compiled = Compiled::of_function(text, cpu);
  ASSERT_TRUE(compiled);
  for (const auto& arguments : runs) {
    auto expected = interpret::call_function(*module, "f", arguments);
    Outcome outcome = compiled->run(arguments);
    ASSERT_EQ(outcome.error.status, expected.error ? expected.error->status : FED_OK);
    if (expected.error) continue;
    ASSERT_EQ(outcome.results.size(), expected.results.size());
    for (size_t i = 0; i < outcome.results.size(); ++i) {
      const Tensor &got = outcome.results[i], &want = expected.results[i].tensor;
      if (interpret::testing::same(got, want)) continue;
      ASSERT_EQ(got.dims, want.dims) << "of result " << i;
      ASSERT_EQ(got.element, want.element) << "of result " << i;
      size_t size = fedrt::element_size(got.element);
      for (int64_t at = 0; at < got.size(); ++at) {
        double x = interpret::number(got, at), y = interpret::number(want, at);
        if ((x != x && y != y) || !memcmp(&got.bytes[at * size], &want.bytes[at * size], size))
          continue;
        std::string inputs;
        for (const LeafValue& argument : arguments)
          if (at < argument.tensor.size())
            inputs += " " + std::to_string(interpret::number(argument.tensor, at));
        ADD_FAILURE() << std::hexfloat << "result " << i << " at " << at << ": " << x
                      << " instead of " << y << "; arguments there:" << inputs;
        break;
      }
    }
  }
}

}  // namespace fedc::testing
