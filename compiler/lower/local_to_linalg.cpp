// local-to-linalg: functions over `local` become functions over upstream's dialects.
#include "compiler/lower/lowering.h"
#include "compiler/lower/passes.h"
#include "compiler/lower/support.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

#define GEN_PASS_DEF_LOCALTOLINALGPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;

struct LocalToLinalg : impl::LocalToLinalgPassBase<LocalToLinalg> {
  using LocalToLinalgPassBase::LocalToLinalgPassBase;

  void runOnOperation() override {
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (!function.isExternal() && failed(rewrite(function))) return signalPassFailure();
  }

  LogicalResult rewrite(func::FuncOp function) {
    if (!function.getBody().hasOneBlock())
      return function.emitError("expected one block: branches are `local.if`");
    Block& old = function.front();
    OpBuilder b(function);
    // Arguments: the frame; a scalar, or a tensor followed by its unknown sizes.
    SmallVector<Type> types = {LLVM::LLVMPointerType::get(b.getContext())};
    for (BlockArgument argument : old.getArguments()) {
      auto type = dyn_cast<RankedTensorType>(argument.getType());
      if (!type) return function.emitError("expected tensors as arguments");
      Type element = Lowering::signless(type.getElementType());
      if (type.getRank() == 0) {
        types.push_back(element);
        continue;
      }
      types.push_back(RankedTensorType::get(type.getShape(), element));
      types.append(type.getNumDynamicDims(), b.getIndexType());
    }
    auto block = std::make_unique<Block>();
    for (Type type : types) block->addArgument(type, function.getLoc());
    b.setInsertionPointToStart(block.get());
    // The block must have a parent for the helpers that look up symbols.
    function.getBody().push_back(block.release());
    Block* fresh = &function.getBody().back();
    b.setInsertionPointToStart(fresh);
    uint32_t sites = 0;
    Lowering lowering(
        b, fresh->getArgument(0), [&](Location, StringRef) { return ++sites; }, {},
        tile_profile(cpu));
    ValueRange rest = fresh->getArguments().drop_front();
    for (BlockArgument argument : old.getArguments()) {
      auto type = cast<RankedTensorType>(argument.getType());
      int64_t unknown = type.getNumDynamicDims();
      if (type.getRank() == 0) {
        lowering.map(argument, Lowered{rest.front()});
      } else {
        FailureOr<Lowered> shape =
            lowering.shape_of(function.getLoc(), type, rest.slice(1, unknown));
        if (failed(shape)) return failure();
        shape->value = rest.front();
        lowering.map(argument, *shape);
      }
      rest = rest.drop_front(1 + unknown);
    }
    if (failed(lowering.lower_block(old))) return failure();
    Values results;
    for (Value value : old.getTerminator()->getOperands())
      results.push_back(lowering.get(value).value);
    func::ReturnOp::create(b, old.getTerminator()->getLoc(), results);
    old.dropAllReferences();
    old.erase();
    function.setFunctionType(
        b.getFunctionType(types, llvm::to_vector(ValueRange(results).getTypes())));
    function.removeArgAttrsAttr();
    function.removeResAttrsAttr();
    return success();
  }
};

}  // namespace
}  // namespace fedc::lower
