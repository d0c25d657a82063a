// fed-debug-locations: one place in the source per operation, and a subprogram per function.
#include "compiler/lower/passes.h"
#include "dialects/fed/Names.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/Support/Path.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace fedc::lower {

#define GEN_PASS_DEF_FEDDEBUGLOCATIONSPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;

LLVM::DIFileAttr file_of(MLIRContext* context, StringRef path) {
  return LLVM::DIFileAttr::get(context, llvm::sys::path::filename(path),
                               llvm::sys::path::parent_path(path));
}

struct DebugLocations : impl::FedDebugLocationsPassBase<DebugLocations> {
  void runOnOperation() override {
    MLIRContext* context = &getContext();
    ModuleOp module = getOperation();
    // The unit is the file that most functions are of: the first one named.
    FileLineColLoc first;
    for (auto function : module.getOps<LLVM::LLVMFuncOp>())
      if (!first && !function.isExternal()) first = fed::position_of(function.getLoc());
    if (!first) return;  // no sources: no line tables
    auto unit_file = file_of(context, first.getFilename());
    auto unit = LLVM::DICompileUnitAttr::get(DistinctAttr::create(UnitAttr::get(context)),
                                             llvm::dwarf::DW_LANG_C99, unit_file,
                                             StringAttr::get(context, "fedc"), /*isOptimized=*/true,
                                             LLVM::DIEmissionKind::LineTablesOnly);
    auto nothing = LLVM::DISubroutineTypeAttr::get(context, ArrayRef<LLVM::DITypeAttr>{});
    for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
      if (function.isExternal()) continue;
      FileLineColLoc at = fed::position_of(function.getLoc());
      auto file = at ? file_of(context, at.getFilename()) : unit_file;
      unsigned line = at ? at.getLine() : 0;
      if (!at) at = FileLineColLoc::get(context, first.getFilename(), 0, 0);
      auto name = StringAttr::get(context, function.getSymName());
      auto subprogram = LLVM::DISubprogramAttr::get(
          context, DistinctAttr::create(UnitAttr::get(context)), unit, file, name, name, file, line,
          line, LLVM::DISubprogramFlags::Definition | LLVM::DISubprogramFlags::Optimized, nothing,
          /*retainedNodes=*/{}, /*annotations=*/{});
      function->setLoc(FusedLoc::get(context, {at}, subprogram));
      function.walk([&](Operation* op) {
        if (op == function.getOperation()) return;
        FileLineColLoc place = fed::position_of(op->getLoc());
        // Code of the compiler's own (loads of the frame, say) is the function's.
        if (!place) place = at;
        Location loc = place;
        // A place in another file needs a scope in that file.
        if (place.getFilename() != at.getFilename()) {
          auto block = LLVM::DILexicalBlockFileAttr::get(context, subprogram,
                                                         file_of(context, place.getFilename()), 0);
          loc = FusedLoc::get(context, {place}, block);
        }
        op->setLoc(loc);
      });
    }
  }
};

}  // namespace
}  // namespace fedc::lower
