// Reductions of windows and the operations that select one element of each.
#include "compiler/lower/lowering.h"
#include "compiler/lower/reduction_kinds.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace fedc::lower {

using namespace mlir;

namespace {

// The windows of one operation.
class Windows {
 public:
  template <class Op>
  Windows(Lowering& lowering, Op op)
      : l_(lowering),
        b_(lowering.b),
        loc_(op.getLoc()),
        operand_(lowering.get(op.getOperand())),
        kind_(op.getKind()),
        window_(op.getWindow()),
        strides_(op.getStrides()),
        padding_(op.getPadding()) {
    Type written = cast<RankedTensorType>(op.getOperand().getType()).getElementType();
    element_ = Lowering::signless(written);
    is_unsigned_ = written.isUnsignedInteger();
    shape_ = operand_;
    for (size_t d = 0; d < shape_.sizes.size(); ++d) {
      if (is_whole(d)) continue;
      shape_.bounds[d] = local::countWindows(operand_.bounds[d], window_[d], strides_[d],
                                             padding_[2 * d], padding_[2 * d + 1]);
      shape_.sizes[d] = b_.getIndexAttr(shape_.bounds[d]);
    }
  }

  Type element() const { return element_; }
  Value identity() {
    return arith::ConstantOp::create(b_, loc_, lower::identity(b_, kind_, element_, is_unsigned_));
  }
  // The numbers of windows.
  const Lowered& shape() const { return shape_; }
  const Lowered& operand() const { return operand_; }

  // The window at `position` combined.
  Value combined(ValueRange position) {
    Values init = {identity()};
    return for_each(position, init, [&](ValueRange index, ValueRange so_far) -> Values {
      Value x = l_.element_at(loc_, operand_, index);
      return {combine(b_, loc_, kind_, is_float(), is_unsigned_, so_far[0], x)};
    })[0];
  }

  // Where the window at `position` has its largest or smallest element, and whether it has one.
  std::pair<Values, Value> selected(ValueRange position) {
    size_t rank = operand_.sizes.size();
    // The best so far, whether there is one, and its index.
    Values init(rank, l_.index_constant(loc_, 0));
    init.insert(init.begin(), {l_.constant(loc_, element_, 0),
                               Value(arith::ConstantOp::create(b_, loc_, b_.getBoolAttr(false)))});
    Value yes = arith::ConstantOp::create(b_, loc_, b_.getBoolAttr(true));
    Values last = for_each(position, init, [&](ValueRange index, ValueRange best) -> Values {
      Value x = l_.element_at(loc_, operand_, index);
      Value first = arith::XOrIOp::create(b_, loc_, best[1], yes);
      Value better = arith::OrIOp::create(b_, loc_, first, is_better(x, best[0]));
      Values next = {arith::SelectOp::create(b_, loc_, better, x, best[0]), yes};
      for (size_t d = 0; d < rank; ++d)
        next.push_back(arith::SelectOp::create(b_, loc_, better, index[d], best[d + 2]));
      return next;
    });
    return {Values(llvm::drop_begin(last, 2)), last[1]};
  }

 private:
  using Body = llvm::function_ref<Values(ValueRange, ValueRange)>;

  bool is_float() const { return isa<FloatType>(element_); }
  // Whether the windows along a dimension are its elements.
  bool is_whole(size_t d) const {
    return window_[d] == 1 && strides_[d] == 1;  // then there is no padding
  }

  // Strictly better; or the first NaN, which nothing beats.
  Value is_better(Value x, Value best) {
    bool wants_max = kind_ == local::ReduceKind::Max;
    if (is_float()) {
      using P = arith::CmpFPredicate;
      Value strict = arith::CmpFOp::create(b_, loc_, wants_max ? P::OGT : P::OLT, x, best);
      Value nan = arith::CmpFOp::create(b_, loc_, P::UNO, x, x);
      Value fine = arith::CmpFOp::create(b_, loc_, P::ORD, best, best);
      return arith::OrIOp::create(b_, loc_, strict, arith::AndIOp::create(b_, loc_, nan, fine));
    }
    using P = arith::CmpIPredicate;
    P p = wants_max ? (is_unsigned_ ? P::ugt : P::sgt) : (is_unsigned_ ? P::ult : P::slt);
    return arith::CmpIOp::create(b_, loc_, p, x, best);
  }

  // Loops over the elements of the window at `position` in row-major order, carrying values.
  Values for_each(ValueRange position, Values init, Body body) {
    Values index(position);
    return loop(0, position, index, std::move(init), body);
  }
  Values loop(size_t d, ValueRange position, Values& index, Values carried, Body body) {
    if (d == operand_.sizes.size()) return body(index, carried);
    if (is_whole(d)) return loop(d + 1, position, index, std::move(carried), body);
    Value base = arith::MulIOp::create(b_, loc_, position[d], constant(strides_[d]));
    Value from = base;
    Value end = arith::AddIOp::create(b_, loc_, base, constant(window_[d] - padding_[2 * d]));
    if (padding_[2 * d] > 0) {
      from = arith::SubIOp::create(b_, loc_, base, constant(padding_[2 * d]));
      from = arith::MaxSIOp::create(b_, loc_, from, constant(0));
    }
    if (padding_[2 * d + 1] > 0)
      end = arith::MinSIOp::create(b_, loc_, end, l_.index(loc_, operand_.sizes[d]));
    auto op = scf::ForOp::create(b_, loc_, from, end, constant(1), carried);
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(op.getBody());
    index[d] = op.getInductionVar();
    Values next = loop(d + 1, position, index, Values(op.getRegionIterArgs()), body);
    scf::YieldOp::create(b_, loc_, next);
    return Values(op.getResults());
  }
  Value constant(int64_t v) { return l_.index_constant(loc_, v); }

  Lowering& l_;
  OpBuilder& b_;
  Location loc_;
  Lowered operand_, shape_;
  local::ReduceKind kind_;
  ArrayRef<int64_t> window_, strides_, padding_;
  Type element_;
  bool is_unsigned_;
};

Values indices(OpBuilder& b, Location loc, size_t rank) {
  Values result;
  for (size_t d = 0; d < rank; ++d) result.push_back(linalg::IndexOp::create(b, loc, d));
  return result;
}

}  // namespace

LogicalResult Lowering::lower_reduce_window(local::ReduceWindowOp op) {
  Location loc = op.getLoc();
  Windows windows(*this, op);
  if (failed(refuse_half(op, windows.element()))) return failure();
  size_t rank = windows.shape().sizes.size();
  map(op.getResult(), generic(loc, windows.shape(), windows.element(), {}, {},
                              [&](OpBuilder&, Location at, ValueRange) {
                                return windows.combined(indices(b, at, rank));
                              }));
  return success();
}

LogicalResult Lowering::lower_select_and_gather(local::SelectAndGatherOp op) {
  Location loc = op.getLoc();
  SmallVector<Lowered> operands = conform(loc, {get(op.getOperand()), get(op.getSource())});
  map(op.getOperand(), operands[0]);
  Windows windows(*this, op);
  if (failed(refuse_half(op, windows.element()))) return failure();
  size_t rank = windows.shape().sizes.size();
  Value zero = constant(loc, windows.element(), 0);
  if (llvm::is_contained(operands[0].bounds, 0)) {
    map(op.getResult(), fill(loc, windows.shape(), zero));
    return success();
  }
  map(op.getResult(),
      generic(loc, windows.shape(), windows.element(), {}, {},
              [&](OpBuilder&, Location at, ValueRange) -> Value {
                auto [place, any] = windows.selected(indices(b, at, rank));
                // A window without elements selects index 0, which is there or is not read.
                auto branch = scf::IfOp::create(
                    b, at, any,
                    [&, place = place](OpBuilder& inner, Location at) {
                      Value x = operands[1].is_scalar() ? operands[1].value
                                                        : Value(tensor::ExtractOp::create(
                                                              inner, at, operands[1].value, place));
                      scf::YieldOp::create(inner, at, x);
                    },
                    [&](OpBuilder& inner, Location at) { scf::YieldOp::create(inner, at, zero); });
                return branch.getResult(0);
              }));
  return success();
}

LogicalResult Lowering::lower_select_and_scatter(local::SelectAndScatterOp op) {
  Location loc = op.getLoc();
  Windows windows(*this, op);
  Type element = windows.element();
  if (failed(refuse_half(op, element))) return failure();
  Lowered shape = windows.shape(), source = get(op.getSource());
  Lowered result = windows.operand();
  auto kind = isa<FloatType>(element);
  auto sum = [&](Value x, Value y) {
    return combine(b, loc, local::ReduceKind::Sum, kind, false, x, y);
  };
  Value zero = constant(loc, element, 0);
  if (result.is_scalar()) {
    map(op.getResult(), Lowered{sum(zero, source.value)});
    return success();
  }
  // The same number of windows as of numbers.
  Sizes sizes = source.sizes;
  for (size_t d = 0; d < sizes.size(); ++d) sizes[d] = agree(loc, shape.sizes[d], sizes[d]);
  source = resize(loc, source, sizes, shape.bounds);
  if (llvm::is_contained(result.bounds, 0) || llvm::is_contained(shape.bounds, 0)) {
    map(op.getResult(), fill(loc, result, zero));
    return success();
  }
  Value memory = buffer(loc, result.bounds, element);
  Value target = part(loc, memory, result.sizes);
  write(loc, fill(loc, result, zero).value, target);
  Values position;
  std::function<void()> loops = [&] {
    size_t d = position.size();
    if (d == sizes.size()) {
      auto [place, any] = windows.selected(position);
      auto branch = scf::IfOp::create(b, loc, any, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      Value before = memref::LoadOp::create(b, loc, target, place);
      Value after = sum(before, element_at(loc, source, position));
      memref::StoreOp::create(b, loc, after, target, place);
      return;
    }
    auto loop = scf::ForOp::create(b, loc, index_constant(loc, 0), index(loc, sizes[d]),
                                   index_constant(loc, 1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    position.push_back(loop.getInductionVar());
    loops();
    position.pop_back();
  };
  loops();
  result.value = read(loc, target);
  map(op.getResult(), result);
  return success();
}

}  // namespace fedc::lower
