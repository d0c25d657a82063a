// Operations of `local` that go along one dimension element after element: sorting, running sums.
#include "compiler/lower/lowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace fedc::lower {

using namespace mlir;

namespace {

RankedTensorType type_of(Value value) { return cast<RankedTensorType>(value.getType()); }

// Whether x must stand before y; NaN is above all numbers.
Value stands_before(OpBuilder& b, Location loc, Type written, bool descending, Value x, Value y) {
  if (descending) std::swap(x, y);  // x < y
  if (isa<FloatType>(written)) {
    Value less = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, y);
    Value number = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ORD, x, x);
    Value nan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, y, y);
    return arith::OrIOp::create(b, loc, less, arith::AndIOp::create(b, loc, number, nan));
  }
  auto predicate =
      written.isUnsignedInteger() ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
  return arith::CmpIOp::create(b, loc, predicate, x, y);
}

// The shape without dimension `dim`.
Sizes without(const Lowered& shape, int64_t dim) {
  Sizes sizes = shape.sizes;
  sizes.erase(sizes.begin() + dim);
  return sizes;
}

Values with(ValueRange outer, int64_t dim, Value index) {
  Values place(outer.begin(), outer.end());
  place.insert(place.begin() + dim, index);
  return place;
}

}  // namespace

// A merge sort of indices from pairs upwards, which keeps the order of equal elements.
LogicalResult Lowering::lower_argsort(local::ArgsortOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  Type written = type_of(op.getOperand()).getElementType();
  Type result = type_of(op.getResult()).getElementType();
  if (failed(refuse_half(op, written))) return failure();
  int64_t dim = op.getDimension();
  Lowered shape = operand;
  if (llvm::is_contained(operand.bounds, 0)) {
    map(op.getResult(), fill(loc, shape, constant(loc, result, 0)));
    return success();
  }
  Type index_type = b.getIndexType();
  Value memory = buffer(loc, operand.bounds, result);
  Value from = buffer(loc, {operand.bounds[dim]}, b.getI64Type());
  Value to = buffer(loc, {operand.bounds[dim]}, b.getI64Type());
  Value zero = index_constant(loc, 0), one = index_constant(loc, 1);
  Value count = index(loc, operand.sizes[dim]);
  auto load = [&](OpBuilder& b, Location at, Value i) -> Value {
    Value number = memref::LoadOp::create(b, at, from, i);
    return arith::IndexCastOp::create(b, at, index_type, number);
  };
  auto store = [&](OpBuilder& b, Location at, Value number, Value where, Value i) {
    Value wide = arith::IndexCastOp::create(b, at, b.getI64Type(), number);
    memref::StoreOp::create(b, at, wide, where, i);
  };
  auto each = [&](OpBuilder& b, Location at, Value first, Value last, Value step,
                  llvm::function_ref<void(OpBuilder&, Location, Value)> body) {
    scf::ForOp::create(b, at, first, last, step, ValueRange(),
                       [&](OpBuilder& inner, Location at, Value i, ValueRange) {
                         body(inner, at, i);
                         scf::YieldOp::create(inner, at);
                       });
  };
  for_each(loc, without(operand, dim), [&](Location at, ValueRange outer) {
    each(b, at, zero, count, one,
         [&](OpBuilder& b, Location at, Value i) { store(b, at, i, from, i); });
    // Merges runs of `width` into runs of twice that.
    auto merge = [&](OpBuilder& b, Location at, Value width, Value low) {
      auto at_most = [&](Value v) -> Value { return arith::MinUIOp::create(b, at, v, count); };
      Value middle = at_most(arith::AddIOp::create(b, at, low, width));
      Value high = at_most(arith::AddIOp::create(b, at, middle, width));
      Value last = arith::SubIOp::create(b, at, count, one);
      scf::ForOp::create(
          b, at, low, high, one, ValueRange{low, middle},
          [&](OpBuilder& b, Location at, Value k, ValueRange run) {
            auto below = [&](Value i, Value end) -> Value {
              return arith::CmpIOp::create(b, at, arith::CmpIPredicate::ult, i, end);
            };
            // The next of both runs; of one that is over, some other, which is not taken.
            Value left = load(b, at, arith::MinUIOp::create(b, at, run[0], last));
            Value right = load(b, at, arith::MinUIOp::create(b, at, run[1], last));
            Value x = tensor::ExtractOp::create(b, at, operand.value, with(outer, dim, left));
            Value y = tensor::ExtractOp::create(b, at, operand.value, with(outer, dim, right));
            Value right_first = stands_before(b, at, written, op.getDescending(), y, x);
            Value left_over =
                arith::CmpIOp::create(b, at, arith::CmpIPredicate::uge, run[0], middle);
            Value takes_right = arith::AndIOp::create(
                b, at, below(run[1], high), arith::OrIOp::create(b, at, left_over, right_first));
            store(b, at, arith::SelectOp::create(b, at, takes_right, right, left), to, k);
            Value next_right = arith::AddIOp::create(b, at, run[1], one);
            Value next_left = arith::AddIOp::create(b, at, run[0], one);
            scf::YieldOp::create(
                b, at,
                ValueRange{arith::SelectOp::create(b, at, takes_right, run[0], next_left),
                           arith::SelectOp::create(b, at, takes_right, next_right, run[1])});
          });
    };
    scf::WhileOp::create(
        b, at, TypeRange(index_type), ValueRange(one),
        [&](OpBuilder& b, Location at, ValueRange width) {
          Value more = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ult, width[0], count);
          scf::ConditionOp::create(b, at, more, width);
        },
        [&](OpBuilder& b, Location at, ValueRange width) {
          Value twice = arith::AddIOp::create(b, at, width[0], width[0]);
          each(b, at, zero, count, twice,
               [&](OpBuilder& b, Location at, Value low) { merge(b, at, width[0], low); });
          each(b, at, zero, count, one, [&](OpBuilder& b, Location at, Value i) {
            memref::StoreOp::create(b, at, memref::LoadOp::create(b, at, to, i), from, i);
          });
          scf::YieldOp::create(b, at, twice);
        });
    each(b, at, zero, count, one, [&](OpBuilder& b, Location at, Value i) {
      Value number = memref::LoadOp::create(b, at, from, i);
      if (!result.isInteger(64)) number = arith::TruncIOp::create(b, at, result, number);
      memref::StoreOp::create(b, at, number, memory, with(outer, dim, i));
    });
  });
  shape.value = read(loc, part(loc, memory, shape.sizes));
  map(op.getResult(), shape);
  return success();
}

LogicalResult Lowering::lower_cumulative_sum(local::CumulativeSumOp op) {
  Location loc = op.getLoc();
  Lowered operand = get(op.getOperand());
  Type element = signless(type_of(op.getResult()).getElementType());
  if (failed(refuse_half(op, element))) return failure();
  if (llvm::is_contained(operand.bounds, 0)) {
    map(op.getResult(), operand);
    return success();
  }
  int64_t dim = op.getDimension();
  Value memory = buffer(loc, operand.bounds, element);
  Value zero = index_constant(loc, 0), one = index_constant(loc, 1);
  Value count = index(loc, operand.sizes[dim]), nothing = constant(loc, element, 0);
  for_each(loc, without(operand, dim), [&](Location at, ValueRange outer) {
    scf::ForOp::create(
        b, at, zero, count, one, ValueRange(nothing),
        [&](OpBuilder& b, Location at, Value i, ValueRange sum) {
          Values place = with(outer, dim, i);
          Value x = tensor::ExtractOp::create(b, at, operand.value, place);
          Value more = isa<FloatType>(element) ? Value(arith::AddFOp::create(b, at, sum[0], x))
                                               : Value(arith::AddIOp::create(b, at, sum[0], x));
          // The first is the element itself: -0 stays.
          Value first = arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, i, zero);
          Value next = arith::SelectOp::create(b, at, first, x, more);
          memref::StoreOp::create(b, at, next, memory, place);
          scf::YieldOp::create(b, at, next);
        });
  });
  Lowered result = operand;
  result.value = read(loc, part(loc, memory, operand.sizes));
  map(op.getResult(), result);
  return success();
}

}  // namespace fedc::lower
