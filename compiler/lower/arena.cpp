// fed-assign-arena: every buffer at a static offset of the caller's arena.
#include "compiler/lower/lowering.h"
#include "compiler/lower/passes.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

#define GEN_PASS_DEF_FEDASSIGNARENAPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;

// As layouts have it: no sum of sizes below this overflows in any program.
constexpr int64_t kLargestBuffer = int64_t{1} << 40;

// Nothing if it is more than kLargestBuffer.
std::optional<int64_t> bytes_of(MemRefType type) {
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  if (llvm::is_contained(type.getShape(), 0)) return 0;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(bytes, size, bytes) || bytes > kLargestBuffer) return std::nullopt;
  return llvm::alignTo(bytes, FED_ALIGNMENT);
}

struct AssignArena : impl::FedAssignArenaPassBase<AssignArena> {
  void runOnOperation() override {
    int64_t most = 0;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal() || function.getNumArguments() == 0 ||
          !isa<LLVM::LLVMPointerType>(function.getArgument(0).getType()))
        continue;
      std::optional<int64_t> bytes = assign(function);
      if (!bytes) return signalPassFailure();
      most = std::max(most, *bytes);
    }
    getOperation()->setAttr("fed.arena_bytes",
                            IntegerAttr::get(IntegerType::get(&getContext(), 64), most));
  }

  // What the function needs; nothing after an error.
  std::optional<int64_t> assign(func::FuncOp function) {
    SmallVector<memref::AllocOp> buffers;
    function.walk([&](memref::AllocOp op) { buffers.push_back(op); });
    if (buffers.empty()) return 0;
    int64_t total = 0;
    SmallVector<int64_t> sizes;
    for (memref::AllocOp op : buffers) {
      std::optional<int64_t> bytes = bytes_of(op.getType());
      if (!bytes) {
        op.emitError("what is computed here takes more than 2^40 bytes of memory");
        return std::nullopt;
      }
      sizes.push_back(*bytes);
      total += *bytes;
    }
    Location loc = function.getLoc();
    OpBuilder b = OpBuilder::atBlockBegin(&function.front());
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    Value frame = function.getArgument(0);
    Value at = LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), frame,
                                   ArrayRef<LLVM::GEPArg>{int32_t{offsetof(fed_frame, arena)}});
    Value base = LLVM::LoadOp::create(b, loc, pointer, at);
    Lowering lowering(b, frame, {}, {});
    Value arena = lowering.bytes_at(loc, base, total);
    int64_t offset = 0;
    for (auto [op, bytes] : llvm::zip_equal(buffers, sizes)) {
      Value start = arith::ConstantIndexOp::create(b, loc, offset);
      Value view = memref::ViewOp::create(b, op.getLoc(), op.getType(), arena, start, ValueRange{});
      offset += bytes;
      op.replaceAllUsesWith(view);
    }
    // Not before: the builder may stand in front of one of them.
    for (memref::AllocOp op : buffers) op.erase();
    return total;
  }
};

}  // namespace
}  // namespace fedc::lower
