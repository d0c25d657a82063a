// Reductions of windows and the operations that select one element of each.
#include "compiler/lower/lowering.h"
#include "compiler/lower/reduction_kinds.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

using namespace mlir;

namespace {

// Windows of at most so many elements, all of them there, become code without loops.
constexpr int64_t kUnrolled = 16;

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
    int64_t taps = 1;
    for (int64_t size : window_) taps *= std::min<int64_t>(size, kUnrolled + 1);
    unrolls_ = taps <= kUnrolled && llvm::all_of(padding_, [](int64_t p) { return p == 0; });
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

  // Whether windows share no element, and are small.
  bool are_apart() const {
    for (size_t d = 0; d < window_.size(); ++d)
      if (window_[d] > strides_[d]) return false;
    return unrolls_;
  }
  // Whether each element is in a window.
  bool cover() const {
    for (size_t d = 0; d < window_.size(); ++d)
      if (!is_whole(d) && (window_[d] < strides_[d] ||
                           (shape_.bounds[d] - 1) * strides_[d] + window_[d] < operand_.bounds[d]))
        return false;
    return true;
  }
  // Whether the windows along a dimension are its elements.
  bool is_whole(size_t d) const {
    return window_[d] == 1 && strides_[d] == 1;  // then there is no padding
  }

  // For windows that are apart, the one at `position` and the `width` - 1 behind it in the last
  // dimension: writes the sum of zero and the source's number where a window's selected element is,
  // and zero where its others are. More than one only where the last dimension is whole.
  void scatter(ValueRange position, int64_t width, Value source, Value target) {
    auto type = VectorType::get({width}, element_);
    auto number_type = b_.getIntegerType(element_.getIntOrFloatBitWidth());
    auto number = [&](int64_t n) -> Value {
      auto value = DenseElementsAttr::get(VectorType::get({width}, number_type),
                                          b_.getIntegerAttr(number_type, n).getValue());
      return arith::ConstantOp::create(b_, loc_, value);
    };
    auto read = [&](Value tensor, ValueRange index) -> Value {
      return vector::TransferReadOp::create(b_, loc_, type, tensor, index,
                                            l_.constant(loc_, element_, 0), ArrayRef<bool>{true});
    };
    std::vector<Values> places;
    for_each(position, {}, [&](ValueRange index, ValueRange) -> Values {
      places.push_back(Values(index));
      return {};
    });
    Value best = read(operand_.value, places[0]), selected = number(0);
    for (size_t n = 1; n < places.size(); ++n) {
      Value x = read(operand_.value, places[n]), better = is_better(x, best);
      best = arith::SelectOp::create(b_, loc_, better, x, best);
      selected = arith::SelectOp::create(b_, loc_, better, number(n), selected);
    }
    Value zero = arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(type));
    Value sum =
        combine(b_, loc_, local::ReduceKind::Sum, is_float(), false, zero, read(source, position));
    for (auto [n, place] : llvm::enumerate(places)) {
      Value here = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, selected, number(n));
      Value written = arith::SelectOp::create(b_, loc_, here, sum, zero);
      vector::StoreOp::create(b_, loc_, written, target, place);
    }
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
    if (unrolls_) {
      for (int64_t k = 0; k < window_[d]; ++k) {
        index[d] = k == 0 ? base : Value(arith::AddIOp::create(b_, loc_, base, constant(k)));
        carried = loop(d + 1, position, index, std::move(carried), body);
      }
      return carried;
    }
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
  bool is_unsigned_, unrolls_;
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
  bool apart = windows.are_apart();
  if (!apart || !windows.cover()) write(loc, fill(loc, result, zero).value, target);
  Values position;
  auto loop = [&](Value from, Value to, int64_t step, llvm::function_ref<void()> body) {
    auto loop = scf::ForOp::create(b, loc, from, to, index_constant(loc, step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    position.push_back(loop.getInductionVar());
    body();
    position.pop_back();
  };
  // Windows that are neighbours in memory, several at once.
  auto scatter_row = [&](int64_t size) {
    int64_t lanes =
        std::max<int64_t>(1, tiles.register_bytes * 8 / int64_t(element.getIntOrFloatBitWidth()));
    int64_t whole = size - size % lanes;
    if (whole)
      loop(index_constant(loc, 0), index_constant(loc, whole), lanes,
           [&] { windows.scatter(position, lanes, source.value, target); });
    for (Piece piece : pieces_of(size - whole, lanes)) {
      position.push_back(index_constant(loc, whole + piece.at));
      windows.scatter(position, piece.width, source.value, target);
      position.pop_back();
    }
  };
  std::function<void()> loops = [&] {
    size_t d = position.size();
    if (apart && d + 1 == sizes.size() && windows.is_whole(d))
      if (std::optional<int64_t> size = getConstantIntValue(sizes[d])) return scatter_row(*size);
    if (d == sizes.size()) {
      if (apart) return windows.scatter(position, 1, source.value, target);
      auto [place, any] = windows.selected(position);
      auto branch = scf::IfOp::create(b, loc, any, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      Value before = memref::LoadOp::create(b, loc, target, place);
      Value after = sum(before, element_at(loc, source, position));
      memref::StoreOp::create(b, loc, after, target, place);
      return;
    }
    loop(index_constant(loc, 0), index(loc, sizes[d]), 1, loops);
  };
  loops();
  result.value = read(loc, target);
  map(op.getResult(), result);
  return success();
}

}  // namespace fedc::lower
