// Reductions of sequences: one loop that asks a cursor for elements.
#include "compiler/lower/carried.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

Lowered Lowering::load_packed(Location loc, Value memory, int64_t offset, const Home& home,
                              Lowered value, ValueRange unknown) {
  auto type = MemRefType::get(home.shape, home.element.isInteger(1) ? b.getI8Type() : home.element);
  Value view = memref::ViewOp::create(b, loc, type, memory, index_constant(loc, offset), unknown);
  if (home.is_scalar()) {
    value.value = memref::LoadOp::create(b, loc, view, ValueRange{});
    if (home.element.isInteger(1)) value.value = is_nonzero(loc, value.value);
    return value;
  }
  value.value = read(loc, view);
  if (!home.element.isInteger(1)) return value;
  // A bool is a byte in memory that others fill: anything but 0 is true.
  Lowered bytes = value;
  return generic(loc, value, home.element, {bytes}, {},
                 [&](OpBuilder&, Location at, ValueRange v) { return is_nonzero(at, v[0]); });
}

Value Lowering::is_nonzero(Location loc, Value byte) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, byte,
                               constant(loc, byte.getType(), 0));
}

Lowered Lowering::row(Location loc, const Lowered& value, Value index) {
  Lowered result;
  result.sizes.assign(value.sizes.begin() + 1, value.sizes.end());
  result.bounds.assign(value.bounds.begin() + 1, value.bounds.end());
  if (result.is_scalar()) {
    result.value = element_at(loc, value, index);
    return result;
  }
  auto from = cast<RankedTensorType>(value.value.getType());
  if (llvm::is_contained(value.bounds, 0)) {
    result.value = destination(loc, result, from.getElementType());
    return result;
  }
  auto to = RankedTensorType::get(from.getShape().drop_front(), from.getElementType());
  Sizes offsets(value.sizes.size(), b.getIndexAttr(0)), ones(value.sizes.size(), b.getIndexAttr(1));
  Sizes sizes = value.sizes;
  offsets[0] = index;
  sizes[0] = b.getIndexAttr(1);
  result.value = tensor::ExtractSliceOp::create(b, loc, to, value.value, offsets, sizes, ones);
  return result;
}

LogicalResult Lowering::lower_sequence_reduce(local::SequenceReduceOp op) {
  Location loc = op.getLoc();
  auto made = cursor(op.getSequence());
  if (failed(made)) return failure();
  Cursor& source = **made;

  const int64_t accumulators = op.getInit().size();
  auto carried = Carried::begin(*this, loc, op.getInit(), op.getInit().getTypes());
  if (failed(carried)) return failure();
  auto notes = Notes::begin(*this, loc, op.getResults().drop_front(accumulators).getTypes());
  if (failed(notes)) return failure();
  Values state = source.open(*this);
  int64_t states = state.size();
  Values init = state;
  llvm::append_range(init, carried->state());
  // How many elements there were, where there is a limit to that.
  Value most;
  if (op.getAtMost()) {
    most = constant(loc, b.getI64Type(), *op.getAtMost());
    init.push_back(constant(loc, b.getI64Type(), 0));
  }
  SmallVector<Type> types;
  for (Value v : init) types.push_back(v.getType());
  SmallVector<Type> with_status = {b.getI32Type()};
  llvm::append_range(with_status, types);
  auto loop = scf::WhileOp::create(b, loc, with_status, init);
  {
    OpBuilder::InsertionGuard guard(b);
    Block* before =
        b.createBlock(&loop.getBefore(), {}, types, SmallVector<Location>(types.size(), loc));
    Values now(before->getArguments().begin(), before->getArguments().begin() + states);
    Value status = source.step(*this, now);
    Value go = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, status,
                                     constant(loc, b.getI32Type(), kDone));
    if (most) {
      // One element too many is an error already.
      Value in_range = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle,
                                             before->getArguments().back(), most);
      go = arith::AndIOp::create(b, loc, go, in_range);
    }
    Values passed = {status};
    llvm::append_range(passed, now);
    llvm::append_range(passed, before->getArguments().drop_front(states));
    scf::ConditionOp::create(b, loc, go, passed);

    Block* after = b.createBlock(&loop.getAfter(), {}, with_status,
                                 SmallVector<Location>(with_status.size(), loc));
    ValueRange arguments = after->getArguments();
    ValueRange current = arguments.slice(1, states),
               kept = arguments.slice(1 + states, carried->state().size());
    SmallVector<Type> kept_types(kept.getTypes());
    Value yields = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, arguments[0],
                                         constant(loc, b.getI32Type(), kYield));
    Value count, place;
    if (most) {
      Value before_it = arguments.back();
      Value one = arith::ExtUIOp::create(b, loc, b.getI64Type(), yields);
      count = arith::AddIOp::create(b, loc, before_it, one);
      Value fits = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, count, most);
      Value exceeds = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, count, most);
      fail_if(loc, exceeds, FED_BAD_SIZE, count, beyond(loc, most));
      yields = arith::AndIOp::create(b, loc, yields, fits);
      place = arith::IndexCastOp::create(b, loc, b.getIndexType(), before_it);
    }
    auto body = scf::IfOp::create(b, loc, kept_types, yields, true, true);
    {
      OpBuilder::InsertionGuard inside(b);
      b.setInsertionPointToEnd(body.elseBlock());
      scf::YieldOp::create(b, loc, kept);
      b.setInsertionPointToEnd(body.thenBlock());
      Block& region = op.getBody().front();
      carried->load(*this, loc, region.getArguments().take_front(accumulators), kept);
      auto leaves = source.element(*this, current);
      if (failed(leaves)) return failure();
      for (auto [argument, leaf] :
           llvm::zip_equal(region.getArguments().drop_front(accumulators), *leaves))
        map(argument, leaf);
      ValueRange yielded = region.getTerminator()->getOperands();
      carried->offer(*this, yielded.take_front(accumulators),
                     region.getArguments().take_front(accumulators), kept);
      if (failed(lower_block(region))) return failure();
      notes->write(*this, loc, yielded.drop_front(accumulators), place);
      Values next = carried->store(*this, loc, yielded.take_front(accumulators), kept);
      scf::YieldOp::create(b, loc, next);
    }
    Values yielded(current.begin(), current.end());
    llvm::append_range(yielded, body.getResults());
    if (most) yielded.push_back(count);
    scf::YieldOp::create(b, loc, yielded);
  }
  source.close(*this);
  carried->load(*this, loc, op.getResults().take_front(accumulators),
                loop.getResults().slice(1 + states, carried->state().size()));
  notes->load(*this, loc, op.getResults().drop_front(accumulators));
  return success();
}

}  // namespace fedc::lower
