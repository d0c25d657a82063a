// fed-assign-arena: every buffer at a static offset of the caller's arena, which buffers share that
// do not live at the same time.
#include "compiler/lower/arena_plan.h"
#include "compiler/lower/buffer_lives.h"
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
    SmallVector<Life> lives = lives_of(function, buffers);
    std::vector<BufferLife> numbers;
    int64_t together = 0;
    for (auto [op, life] : llvm::zip_equal(buffers, lives)) {
      std::optional<int64_t> bytes = bytes_of(op.getType());
      if (!bytes || llvm::AddOverflow(together, *bytes, together)) {
        op.emitError("what is computed here takes more than 2^40 bytes of memory");
        return std::nullopt;
      }
      numbers.push_back({*bytes, life.first, life.last});
    }
    const ArenaPlan plan = plan_arena(numbers);
    Location loc = function.getLoc();
    OpBuilder b = OpBuilder::atBlockBegin(&function.front());
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    Value frame = function.getArgument(0);
    Value at = LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), frame,
                                   ArrayRef<LLVM::GEPArg>{int32_t{offsetof(fed_frame, arena)}});
    Value base = LLVM::LoadOp::create(b, loc, pointer, at);
    Lowering lowering(b, frame, {}, {});
    Value arena = lowering.bytes_at(loc, base, plan.bytes);
    SmallVector<Attribute> table;
    for (auto [op, life, number, offset] : llvm::zip_equal(buffers, lives, numbers, plan.offsets)) {
      table.push_back(
          b.getArrayAttr({b.getI64IntegerAttr(offset), b.getI64IntegerAttr(number.bytes),
                          b.getI64IntegerAttr(number.first), b.getI64IntegerAttr(number.last),
                          op.getLoc(), life.end->getLoc()}));
      Value start = arith::ConstantIndexOp::create(b, loc, offset);
      Value view = memref::ViewOp::create(b, op.getLoc(), op.getType(), arena, start, ValueRange{});
      op.replaceAllUsesWith(view);
    }
    // Not before: the builder may stand in front of one of them.
    for (memref::AllocOp op : buffers) op.erase();
    function->setAttr("fed.live_bytes", b.getI64IntegerAttr(plan.live_bytes));
    function->setAttr("fed.buffers", b.getArrayAttr(table));
    return plan.bytes;
  }
};

}  // namespace
}  // namespace fedc::lower
