#include "compiler/codegen/machine.h"

#include "compiler/codegen/codegen.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/DataExtractor.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetOptions.h"

namespace fedc {
namespace codegen {
namespace {

constexpr Target kTargets[] = {
    {"x86_64-linux-gnu", "x86_64-unknown-linux-gnu", "x86-64-v3", ""},
    {"aarch64-linux-gnu", "aarch64-unknown-linux-gnu", "generic", "+neon"},
};

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
    return true;
  }();
  (void)done;
}

}  // namespace

const Target* find_target(llvm::StringRef name) {
  for (const Target& target : kTargets)
    if (name == target.name) return &target;
  return nullptr;
}

std::unique_ptr<llvm::TargetMachine> make_machine(const Target& target, std::string* error) {
  initialise();
  llvm::Triple triple(target.triple);
  const llvm::Target* llvm_target = llvm::TargetRegistry::lookupTarget(triple, *error);
  if (!llvm_target) return nullptr;
  llvm::TargetOptions options;
  // A multiplication and an addition stay two roundings; fused ones are written as such.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.EmitStackSizeSection = true;
  options.FunctionSections = true;
  options.DataSections = true;
  return std::unique_ptr<llvm::TargetMachine>(llvm_target->createTargetMachine(
      triple, target.cpu, target.features, options, llvm::Reloc::PIC_, std::nullopt,
      llvm::CodeGenOptLevel::Default));
}

void optimise(llvm::Module& module, llvm::TargetMachine& machine) {
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

std::optional<std::string> emit(llvm::Module& module, llvm::TargetMachine& machine, bool assembly) {
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  auto type = assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type)) return std::nullopt;
  passes.run(module);
  return std::string(bytes);
}

uint64_t stack_bytes(llvm::StringRef object) {
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "object"));
  if (!file) {
    llvm::consumeError(file.takeError());
    return 0;
  }
  // Nothing recurses, and no chain of calls is longer than four functions (a phase, the next
  // element, the host's answer, the error), so the four largest are enough for any. Entries: an
  // address (8 bytes, relocated) and a ULEB128 size.
  constexpr size_t kDepth = 4;
  std::vector<uint64_t> sizes;
  for (const llvm::object::SectionRef& section : (*file)->sections()) {
    auto name = section.getName();
    if (!name || *name != ".stack_sizes") continue;
    auto contents = section.getContents();
    if (!contents) continue;
    llvm::DataExtractor data(*contents, (*file)->isLittleEndian(), 8);
    uint64_t offset = 0;
    while (offset < contents->size()) {
      data.getU64(&offset);
      sizes.push_back(data.getULEB128(&offset));
    }
  }
  llvm::sort(sizes, std::greater<>());
  uint64_t sum = 0;
  for (size_t i = 0; i < std::min(kDepth, sizes.size()); ++i) sum += sizes[i];
  // The sizes leave out return addresses.
  return llvm::alignTo(sum + kDepth * 8, 16);
}

bool patch(std::string& object, llvm::StringRef symbol, uint64_t offset, uint64_t value) {
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "object"));
  if (!file) {
    llvm::consumeError(file.takeError());
    return false;
  }
  for (const llvm::object::SymbolRef& candidate : (*file)->symbols()) {
    auto name = candidate.getName();
    auto section = candidate.getSection();
    auto at = candidate.getValue();
    if (!name || !section || !at || *name != symbol) continue;
    if (*section == (*file)->section_end()) continue;
    uint64_t start = llvm::object::ELFSectionRef(**section).getOffset() + *at + offset;
    for (int i = 0; i < 8; ++i) object[start + i] = static_cast<char>(value >> (8 * i));
    return true;
  }
  return false;
}

}  // namespace codegen

bool is_known_target(llvm::StringRef target) { return codegen::find_target(target) != nullptr; }

std::string known_targets() {
  std::string names;
  for (const codegen::Target& target : codegen::kTargets) {
    if (!names.empty()) names += ", ";
    names += target.name;
  }
  return names;
}

}  // namespace fedc
