// fed-debug-locations: for each operation its place in the source and the calls that led there, and
// a subprogram for each function, those too that were inlined.
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

// The subprograms and locations of one module.
class Lines {
 public:
  Lines(MLIRContext* context, StringRef unit_file)
      : context_(context),
        unit_(LLVM::DICompileUnitAttr::get(unique(), llvm::dwarf::DW_LANG_C99, file_of(unit_file),
                                           StringAttr::get(context, "fedc"), /*isOptimized=*/true,
                                           LLVM::DIEmissionKind::LineTablesOnly)) {}

  LLVM::DISubprogramAttr subprogram(StringRef name, FileLineColLoc at) {
    auto nothing = LLVM::DISubroutineTypeAttr::get(context_, ArrayRef<LLVM::DITypeAttr>{});
    auto file = file_of(at.getFilename());
    auto text = StringAttr::get(context_, name);
    return LLVM::DISubprogramAttr::get(
        context_, unique(), unit_, file, text, text, file, at.getLine(), at.getLine(),
        LLVM::DISubprogramFlags::Definition | LLVM::DISubprogramFlags::Optimized, nothing,
        /*retainedNodes=*/{}, /*annotations=*/{});
  }

  // The frames of `loc`, the calls that are around each place of it as inlined ones, in `function`,
  // which is at `at`.
  Location resolve(Location loc, LLVM::DISubprogramAttr function, FileLineColLoc at) {
    SmallVector<fed::Frame> frames = fed::frames_of(loc);
    // Code of the compiler's own (loads of the frame, say) is the function's.
    if (frames.empty() || frames.back().callee) frames.push_back({at, {}});
    std::optional<Location> result;
    for (const fed::Frame& frame : llvm::reverse(frames)) {
      if (!result) {
        result = in_scope(frame.place, function, at.getFilename());
        continue;
      }
      auto inner = inlined(frame.callee);
      Location place =
          in_scope(frame.place, inner, fed::position_of(frame.callee).getFilename(), true);
      result = CallSiteLoc::get(place, *result);
    }
    return *result;
  }

 private:
  DistinctAttr unique() { return DistinctAttr::create(UnitAttr::get(context_)); }

  LLVM::DIFileAttr file_of(StringRef path) {
    // Files of the compiler's own are called <std/nn.fed>.
    if (path.consume_front("<")) path.consume_back(">");
    return LLVM::DIFileAttr::get(context_, llvm::sys::path::filename(path),
                                 llvm::sys::path::parent_path(path));
  }

  // One for each function, wherever it was inlined.
  LLVM::DISubprogramAttr inlined(NameLoc callee) {
    LLVM::DISubprogramAttr& known = inlined_[callee];
    if (!known) known = subprogram(callee.getName(), fed::position_of(callee));
    return known;
  }

  // A place in another file than the function's needs a scope in that file.
  Location in_scope(FileLineColLoc place, LLVM::DISubprogramAttr scope, StringRef file,
                    bool named = false) {
    if (place.getFilename() == file) return named ? fused(place, scope) : Location(place);
    return fused(
        place, LLVM::DILexicalBlockFileAttr::get(context_, scope, file_of(place.getFilename()), 0));
  }

  Location fused(FileLineColLoc place, Attribute scope) {
    return FusedLoc::get(context_, {place}, scope);
  }

  MLIRContext* context_;
  LLVM::DICompileUnitAttr unit_;
  llvm::DenseMap<Attribute, LLVM::DISubprogramAttr> inlined_;
};

struct DebugLocations : impl::FedDebugLocationsPassBase<DebugLocations> {
  void runOnOperation() override {
    MLIRContext* context = &getContext();
    ModuleOp module = getOperation();
    // The unit is the file that the first function is of. Functions of no file are the compiler's
    // own: they are in no line table.
    std::optional<Lines> lines;
    for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
      FileLineColLoc at = fed::position_of(function.getLoc());
      if (function.isExternal() || !at) continue;
      if (!lines) lines.emplace(context, at.getFilename());
      LLVM::DISubprogramAttr subprogram = lines->subprogram(function.getSymName(), at);
      function->setLoc(FusedLoc::get(context, {at}, subprogram));
      function.walk([&](Operation* op) {
        if (op != function.getOperation()) {
          op->setLoc(lines->resolve(op->getLoc(), subprogram, at));
        }
      });
    }
  }
};

}  // namespace
}  // namespace fedc::lower
