// Branches, assertions, and what is shown of a run.
#include "compiler/lower/lowering.h"
#include "compiler/split/layout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

LogicalResult Lowering::lower_assert(local::AssertOp op) {
  Location loc = op.getLoc();
  Value wrong = arith::XOrIOp::create(b, loc, get(op.getCondition()).value,
                                      arith::ConstantOp::create(b, loc, b.getBoolAttr(true)));
  fail_if(b, loc, wrong, FED_ASSERTION, {}, {}, op.getMessage());
  return success();
}

// The value is written to a buffer of its own, and its place and sizes to another one: a fed_view,
// and behind it the bounds.
LogicalResult Lowering::lower_debug(local::DebugOp op) {
  constexpr int64_t kView = 1 + FED_MAX_RANK;
  Location loc = op.getLoc();
  const Lowered value = get(op.getValue());
  const Type written = cast<RankedTensorType>(op.getValue().getType()).getElementType();
  auto i64 = [&](int64_t number) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(number));
  };
  auto i32 = [&](int64_t number) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(number));
  };
  auto address = [&](Value memref) -> Value {
    Value at = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
    return arith::IndexCastOp::create(b, loc, b.getI64Type(), at);
  };
  Value memory, view = buffer(loc, {2 * kView}, b.getI64Type());
  auto set = [&](int64_t field, Value number) {
    memref::StoreOp::create(b, loc, number, view, index_constant(loc, field));
  };
  if (value.is_scalar()) {
    memory = buffer(loc, {1}, signless(written));
    memref::StoreOp::create(b, loc, value.value, memory, index_constant(loc, 0));
  } else {
    memory = buffer(loc, value.bounds, signless(written));
    write(loc, value.value, part(loc, memory, value.sizes));
  }
  set(0, address(memory));
  for (auto [d, size] : llvm::enumerate(value.sizes)) {
    set(1 + d, arith::IndexCastOp::create(b, loc, b.getI64Type(), index(loc, size)));
    set(kView + d, i64(value.bounds[d]));
  }
  const auto element = split::leaf_type(RankedTensorType::get({}, written));
  Value pointer =
      LLVM::IntToPtrOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()), address(view));
  call(b, loc, "fed.debug",
       {frame, i32(site(loc, op.getLabel())), i32(element->element), i32(value.sizes.size()),
        pointer},
       {});
  return success();
}

// Scalars come out of the branch as values, tensors in a buffer that both branches write.
LogicalResult Lowering::lower_if(local::IfOp op) {
  Location loc = op.getLoc();
  SmallVector<Home> homes;
  Values buffers;
  SmallVector<Type> types;
  for (Type type : op.getResultTypes()) {
    FailureOr<Home> home = Home::of(*this, loc, type);
    if (failed(home)) return failure();
    if (home->is_scalar()) {
      types.push_back(home->element);
      buffers.push_back({});
    } else {
      buffers.push_back(buffer(loc, home->bounds, home->element));
      types.append(home->unknown(), b.getIndexType());
    }
    homes.push_back(std::move(*home));
  }
  auto branch = scf::IfOp::create(b, loc, types, get(op.getCondition()).value,
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  auto fill_branch = [&](Block& from, Block* to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(to);
    if (failed(lower_block(from))) return failure();
    Values results;
    for (auto [home, buffer, value] :
         llvm::zip_equal(homes, buffers, from.getTerminator()->getOperands())) {
      const Lowered& lowered = get(value);
      if (home.is_scalar()) {
        results.push_back(lowered.value);
      } else {
        llvm::append_range(results, home.store(*this, loc, lowered, buffer));
      }
    }
    scf::YieldOp::create(b, loc, results);
    return success();
  };
  if (failed(fill_branch(op.getThenRegion().front(), branch.thenBlock())) ||
      failed(fill_branch(op.getElseRegion().front(), branch.elseBlock())))
    return failure();
  ValueRange rest = branch.getResults();
  for (auto [home, buffer, result] : llvm::zip_equal(homes, buffers, op.getResults())) {
    if (home.is_scalar()) {
      map(result, Lowered{rest.front()});
      rest = rest.drop_front();
    } else {
      map(result, home.load(*this, loc, buffer, rest.take_front(home.unknown())));
      rest = rest.drop_front(home.unknown());
    }
  }
  return success();
}

}  // namespace fedc::lower
