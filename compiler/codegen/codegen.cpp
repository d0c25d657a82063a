#include "compiler/codegen/codegen.h"

#include "compiler/codegen/descriptors.h"
#include "compiler/codegen/machine.h"
#include "compiler/manifest/manifest.h"
#include "compiler/resources/places.h"
#include "dialects/fed/Fed.h"
#include "dialects/fed/Names.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "runtime/abi/fed_abi.h"

namespace fedc {
namespace {

using namespace mlir;

// What the kernels cannot add up is refused where the user wrote it.
LogicalResult check_aggregations(ModuleOp split, const fed::proto::Manifest& manifest) {
  auto result = success();
  for (auto [i, program] : llvm::enumerate(split.getOps<fed::ProgramOp>())) {
    const fed::proto::Computation& computation = manifest.computations(i);
    for (auto aggregation : program.getOps<fed::AggregationOp>()) {
      for (auto reduction : aggregation.getReductions().getAsRange<fed::ReductionAttr>()) {
        if (reduction.getKind() == fed::ReductionKind::Aggregate) continue;
        const fed::proto::Leaf& leaf = computation.client()
                                           .phases(aggregation.getLevel() - 1)
                                           .message_out()
                                           .leaves(reduction.getValue());
        uint32_t element = leaf.type().element();
        const char* problem = nullptr;
        if (element == FED_FLOAT16 || element == FED_BFLOAT16)
          problem = "of float16 or bfloat16 is not available yet: convert to float32 first";
        for (const auto& dim : leaf.type().dims())
          if (dim.unknown()) problem = "needs values whose sizes are the same on every client";
        if (!problem) continue;
        emitError(cast<LocationAttr>(reduction.getLoc()))
            << "`" << reduction.getIntrinsic() << "` " << problem;
        result = failure();
      }
    }
  }
  return result;
}

// What lowering left on the module.
void read_attributes(ModuleOp lowered, codegen::DescriptorInput& input) {
  if (auto bytes = lowered->getAttrOfType<IntegerAttr>("fed.arena_bytes"))
    input.arena_bytes = bytes.getInt();
  auto cursors = lowered->getAttrOfType<DictionaryAttr>("fed.cursors");
  for (const fed::proto::Computation& computation : input.manifest.computations()) {
    std::vector<uint32_t> open;
    if (cursors)
      if (auto counts = cursors.getAs<DenseI32ArrayAttr>(computation.name()))
        open.assign(counts.asArrayRef().begin(), counts.asArrayRef().end());
    input.cursors.push_back(open);
  }
}

// What lowering noted of the buffers of a phase's function.
resources::PhaseMemory memory_of(ArrayAttr buffers) {
  resources::PhaseMemory memory;
  for (auto entry : buffers.getAsRange<ArrayAttr>()) {
    auto number = [&](unsigned i) { return cast<IntegerAttr>(entry[i]).getInt(); };
    resources::Buffer buffer;
    buffer.offset = number(0);
    buffer.bytes = number(1);
    buffer.first = number(2);
    buffer.last = number(3);
    auto made = cast<LocationAttr>(entry[4]);
    buffer.name = fed::name_of(made);
    buffer.made = resources::places_of(made);
    buffer.used = resources::places_of(cast<LocationAttr>(entry[5]));
    memory.arena_bytes = std::max(memory.arena_bytes, buffer.offset + buffer.bytes);
    memory.buffers.push_back(std::move(buffer));
  }
  return memory;
}

resources::Side side_of(ModuleOp split, ModuleOp lowered, const CodegenOptions& options) {
  resources::Side side;
  side.server = options.side == Side::kServer;
  side.target = options.target;
  for (auto program : split.getOps<fed::ProgramOp>()) {
    for (auto phase : program.getOps<fed::PhaseOp>()) {
      if ((phase.getSide() == fed::Placement::Server) != side.server) continue;
      auto function =
          lowered.lookupSymbol(phase_symbol(program.getSymName(), options.side, phase.getLevel()));
      resources::PhaseMemory memory;
      if (auto buffers = function ? function->getAttrOfType<ArrayAttr>("fed.buffers") : nullptr)
        memory = memory_of(buffers);
      if (auto live = function ? function->getAttrOfType<IntegerAttr>("fed.live_bytes") : nullptr)
        memory.live_bytes = live.getInt();
      memory.computation = program.getSymName().str();
      memory.level = static_cast<int64_t>(phase.getLevel());
      side.phases.push_back(std::move(memory));
    }
  }
  return side;
}

std::unique_ptr<llvm::Module> to_llvm(ModuleOp lowered, ModuleOp split,
                                      const codegen::DescriptorInput& given,
                                      llvm::TargetMachine& machine, llvm::LLVMContext& context,
                                      const std::string& manifest_bytes) {
  std::unique_ptr<llvm::Module> module = translateModuleToLLVMIR(lowered, context, given.name);
  if (!module) return nullptr;
  module->setDataLayout(machine.createDataLayout());
  module->setTargetTriple(machine.getTargetTriple());
  for (llvm::Function& function : *module) {
    if (function.isDeclaration()) continue;
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    if (!machine.getTargetFeatureString().empty())
      function.addFnAttr("target-features", machine.getTargetFeatureString());
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr("frame-pointer", "non-leaf");
  }
  codegen::DescriptorInput input = given;
  bool server = given.side == Side::kServer;
  for (auto program : split.getOps<fed::ProgramOp>()) {
    std::vector<std::pair<int64_t, llvm::Function*>> found;
    for (auto phase : program.getOps<fed::PhaseOp>()) {
      if ((phase.getSide() == fed::Placement::Server) != server) continue;
      std::string name = phase_symbol(program.getSymName(), given.side, phase.getLevel());
      found.push_back({phase.getLevel(), module->getFunction(name)});
    }
    llvm::sort(found, llvm::less_first());
    auto& phases = input.phases.emplace_back();
    for (auto& [level, function] : found) phases.push_back(function);
  }
  codegen::add_descriptor(*module, input);
  if (!server) return module;
  auto* bytes = llvm::ConstantDataArray::getString(context, manifest_bytes, /*AddNull=*/false);
  new llvm::GlobalVariable(*module, bytes->getType(), true, llvm::GlobalValue::ExternalLinkage,
                           bytes, given.prefix + "_manifest");
  auto* size = llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), manifest_bytes.size());
  new llvm::GlobalVariable(*module, size->getType(), true, llvm::GlobalValue::ExternalLinkage, size,
                           given.prefix + "_manifest_size");
  return module;
}

}  // namespace

std::string symbol_prefix(llvm::StringRef program) {
  std::string name;
  for (char c : program) name += llvm::isAlnum(c) || c == '_' ? c : '_';
  if (name.empty() || llvm::isDigit(name[0])) name.insert(name.begin(), '_');
  // What begins with fed_ is the runtime's.
  if ((name + "_").rfind("fed_", 0) == 0 || (name + "_").rfind("FED_", 0) == 0)
    name.insert(name.begin(), 'x');
  return name;
}

std::optional<std::string> compile_side(ModuleOp split, const CodegenOptions& options,
                                        CodeFacts* facts) {
  const Target* target = find_target(options.target, options.cpu);
  std::string error =
      find_target(options.target)
          ? "`" + options.target + "` has no processors `" + options.cpu +
                "`: the known ones are " + known_cpus(options.target)
          : "unknown target `" + options.target + "`: the known ones are " + known_targets();
  std::unique_ptr<llvm::TargetMachine> machine;
  if (target) machine = codegen::make_machine(*target, &error);
  if (!machine) {
    emitError(split.getLoc()) << error;
    return std::nullopt;
  }
  MLIRContext* context = split.getContext();
  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  context->appendDialectRegistry(registry);

  FailureOr<fed::proto::Manifest> layouts = manifest::build_manifest(split);
  if (failed(layouts) || failed(check_aggregations(split, *layouts))) return std::nullopt;
  OwningOpRef<ModuleOp> lowered(split.clone());
  PassManager pm(context);
  add_lowering_passes(pm, options.side, options.part_operations,
                      options.tiles.empty() ? target->tiles : options.tiles, options.poll_steps);
  if (failed(pm.run(*lowered))) return std::nullopt;
  const std::string side = options.side == Side::kServer ? "server" : "client";
  stage_ended(options.times, "lower the " + side);

  codegen::DescriptorInput input{*layouts, options.side};
  input.name = split.getSymName().value_or("program").str();
  input.prefix = symbol_prefix(input.name);
  if (auto hash = split->getAttrOfType<StringAttr>("fed.hash"))
    if (!llvm::tryGetFromHex(hash.getValue(), input.hash)) input.hash.clear();
  read_attributes(*lowered, input);

  llvm::LLVMContext llvm_context;
  std::unique_ptr<llvm::Module> module =
      to_llvm(*lowered, split, input, *machine, llvm_context, options.manifest);
  if (!module) return std::nullopt;
  codegen::optimise(*module, *machine);
  stage_ended(options.times, "optimise the " + side);
  std::optional<size_t> depth = codegen::call_depth(*module);
  if (!depth) {
    emitError(split.getLoc()) << "the code calls itself: please report this program";
    return std::nullopt;
  }
  // The descriptor states the stack that the code takes, which is known when the code is there.
  std::unique_ptr<llvm::Module> shown, coded;
  if (options.output == CodegenOutput::kLlvm) shown = llvm::CloneModule(*module);
  if (options.output == CodegenOutput::kAssembly) coded = llvm::CloneModule(*module);
  bool stated = true;
  std::optional<std::string> object = codegen::emit(
      *module, *machine, /*assembly=*/false, [&](const std::vector<uint64_t>& frames) {
        input.stack_bytes = codegen::stack_bytes(frames, *depth);
        stated = codegen::state_stack(*module, input);
        if (shown) codegen::state_stack(*shown, input);
        if (coded) codegen::state_stack(*coded, input);
      });
  if (object && facts) {
    facts->side = side_of(split, *lowered, options);
    facts->side.arena_bytes = input.arena_bytes;
    facts->side.stack_bytes = input.stack_bytes;
    facts->side.code_bytes = codegen::code_bytes(*object);
    facts->cursors = input.cursors;
  }
  if (object && coded) object = codegen::emit(*coded, *machine, /*assembly=*/true);
  stage_ended(options.times, "machine code of the " + side);
  if (!object) {
    emitError(split.getLoc()) << "no machine code can be made for `" << options.target << "`";
    return std::nullopt;
  }
  if (!stated) {
    emitError(split.getLoc()) << "the object lacks its descriptor: please report this program";
    return std::nullopt;
  }
  if (!shown) return object;
  std::string text;
  llvm::raw_string_ostream stream(text);
  shown->print(stream, nullptr);
  return text;
}

}  // namespace fedc
