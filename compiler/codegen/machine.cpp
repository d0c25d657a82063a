#include "compiler/codegen/machine.h"

#include "llvm/Analysis/RuntimeLibcallInfo.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/CodeGen/CodeGenTargetMachineImpl.h"
#include "llvm/CodeGen/LibcallLoweringInfo.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetOptions.h"

namespace fedc::codegen {
namespace {

void initialise() {
  static bool done = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeWebAssemblyTargetInfo();
    LLVMInitializeWebAssemblyTarget();
    LLVMInitializeWebAssemblyTargetMC();
    LLVMInitializeWebAssemblyAsmPrinter();
    return true;
  }();
  (void)done;
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> make_machine(const Target& target, std::string* error) {
  initialise();
  llvm::Triple triple(target.triple);
  const llvm::Target* llvm_target = llvm::TargetRegistry::lookupTarget(triple, *error);
  if (!llvm_target) return nullptr;
  llvm::TargetOptions options;
  // A multiplication and an addition stay two roundings; fused ones are written as such.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.FunctionSections = true;
  options.DataSections = true;
  // A module of WebAssembly is linked as a whole.
  const llvm::Reloc::Model relocation = triple.isWasm() ? llvm::Reloc::Static : llvm::Reloc::PIC_;
  return std::unique_ptr<llvm::TargetMachine>(
      llvm_target->createTargetMachine(triple, target.cpu, target.features, options, relocation,
                                       std::nullopt, llvm::CodeGenOptLevel::Default));
}

void optimise(llvm::Module& module, llvm::TargetMachine& machine) {
  if (machine.getTargetTriple().isWasm()) expand_fused(module);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;  // grows code several times over for a few percent
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  llvm::PassBuilder builder(&machine, tuning);
  // Of a C library these are there and nothing else; loops may become calls of them.
  llvm::TargetLibraryInfoImpl library(module.getTargetTriple());
  library.disableAllFunctions();
  for (llvm::LibFunc f : {llvm::LibFunc_memcpy, llvm::LibFunc_memmove, llvm::LibFunc_memset})
    library.setAvailable(f);
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

std::optional<std::string> emit(llvm::Module& module, llvm::TargetMachine& machine, bool assembly,
                                const FramesCallback& frames) {
  keep_to_library(module, machine);
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  auto type = assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  // TargetMachine::addPassesToEmitFile, with passes of ours before and behind the printer.
  // Where these do not say that there is a memcpy, copies become loops over bytes.
  passes.add(new llvm::RuntimeLibraryInfoWrapper(machine.getTargetTriple()));
  passes.add(new llvm::LibcallLoweringInfoWrapper());
  auto& printer = static_cast<llvm::CodeGenTargetMachineImpl&>(machine);
  auto* info = new llvm::MachineModuleInfoWrapperPass(&machine);
  llvm::TargetPassConfig* config = machine.createPassConfig(passes);
  passes.add(config);
  passes.add(info);
  if (config->addISelPasses()) return std::nullopt;
  config->addMachinePasses();
  config->setInitialized();
  passes.add(make_lines_pass());
  if (printer.addAsmPrinter(passes, stream, nullptr, type, info->getMMI().getContext()))
    return std::nullopt;
  if (frames) passes.add(make_frames_pass(frames));
  passes.add(llvm::createFreeMachineFunctionPass());
  passes.run(module);
  return std::string(bytes);
}

std::optional<size_t> call_depth(const llvm::Module& module) {
  llvm::DenseMap<const llvm::Function*, size_t> depths;  // 0 while it is being worked out
  auto depth_of = [&](auto self, const llvm::Function& function) -> std::optional<size_t> {
    auto [found, is_new] = depths.try_emplace(&function, 0);
    if (!is_new) return found->second ? std::optional(found->second) : std::nullopt;
    size_t below = 0;
    for (const llvm::Instruction& instruction : llvm::instructions(function)) {
      auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      // What is called through a pointer is a callback, what is only declared a library's.
      const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
      if (!callee || callee->isDeclaration()) continue;
      std::optional<size_t> depth = self(self, *callee);
      if (!depth) return std::nullopt;
      below = std::max(below, *depth);
    }
    return depths[&function] = below + 1;
  };
  size_t deepest = 0;
  for (const llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    std::optional<size_t> depth = depth_of(depth_of, function);
    if (!depth) return std::nullopt;
    deepest = std::max(deepest, *depth);
  }
  return deepest;
}

uint64_t code_bytes(llvm::StringRef object) {
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "object"));
  if (!file) {
    llvm::consumeError(file.takeError());
    return 0;
  }
  uint64_t sum = 0;
  for (const llvm::object::SectionRef& section : (*file)->sections())
    if (section.isText()) sum += section.getSize();
  return sum;
}

}  // namespace fedc::codegen
