// Reductions that keep the last dimension, such as the gradient of a bias: neighbouring results in
// the lanes of vectors, each with its 16 interleaved partials as the canonical order wants them.
#include <algorithm>

#include "compiler/lower/lowering.h"
#include "compiler/lower/reduction_kinds.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

using namespace mlir;

namespace {

// One reduction; `reduced` in order, without the last dimension.
class ColumnReduction {
 public:
  ColumnReduction(Lowering& lowering, local::ReduceOp op, ArrayRef<int64_t> reduced,
                  const Lowered& shape, Value memory)
      : l_(lowering),
        b_(lowering.b),
        loc_(op.getLoc()),
        operand_(lowering.get(op.getOperand())),
        reduced_(reduced),
        shape_(shape),
        memory_(memory),
        kind_(op.getKind()) {
    Type written = cast<RankedTensorType>(op.getType()).getElementType();
    element_ = Lowering::signless(written);
    is_unsigned_ = written.isUnsignedInteger() || written.isInteger(1);
    lanes_ = std::max<int64_t>(
        1, lowering.tiles.register_bytes * 8 / int64_t(element_.getIntOrFloatBitWidth()));
  }

  void build() {
    int64_t columns = shape_.bounds.back();
    Value count = l_.index(loc_, operand_.sizes[reduced_[0]]);
    for (int64_t d : ArrayRef(reduced_).drop_front())
      count = arith::MulIOp::create(b_, loc_, count, l_.index(loc_, operand_.sizes[d]));
    count_ = count;
    // Of the widest registers, so that targets need the same memory.
    int64_t width = 64 * 8 / int64_t(element_.getIntOrFloatBitWidth());
    scratch_ = l_.buffer(loc_, {kPartials, width}, element_);
    over_outer(0, [&] {
      if (columns >= lanes_) {
        // The last vector reaches back where columns are left over.
        Value last = constant(columns - lanes_);
        loop(constant(0), constant(columns), lanes_,
             [&](Value first) { reduce(arith::MinUIOp::create(b_, loc_, first, last), lanes_); });
        return;
      }
      for (Piece piece : pieces_of(columns, lanes_)) reduce(constant(piece.at), piece.width);
    });
  }

 private:
  Value constant(int64_t v) { return l_.index_constant(loc_, v); }

  void loop(Value from, Value to, int64_t step, llvm::function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(b_, loc_, from, to, constant(step));
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }

  void over_outer(size_t depth, llvm::function_ref<void()> body) {
    if (depth + 1 == shape_.sizes.size()) return body();
    loop(constant(0), l_.index(loc_, shape_.sizes[depth]), 1, [&](Value i) {
      outer_.push_back(i);
      over_outer(depth + 1, body);
      outer_.pop_back();
    });
  }

  // The results from `column` on.
  void reduce(Value column, int64_t width) {
    auto type = VectorType::get({width}, element_);
    Value zero = constant(0), lanes = constant(kPartials);
    Value tail = arith::RemUIOp::create(b_, loc_, count_, lanes);
    Value body = arith::SubIOp::create(b_, loc_, count_, tail);
    Value neutral = arith::ConstantOp::create(
        b_, loc_,
        DenseElementsAttr::get(cast<ShapedType>(type),
                               Attribute(identity(b_, kind_, element_, is_unsigned_))));
    auto main = scf::ForOp::create(b_, loc_, zero, body, lanes, Values(kPartials, neutral));
    {
      OpBuilder::InsertionGuard guard(b_);
      b_.setInsertionPointToStart(main.getBody());
      Values next;
      for (int64_t k = 0; k < kPartials; ++k) {
        Value i = main.getInductionVar();
        if (k) i = arith::AddIOp::create(b_, loc_, i, constant(k));
        next.push_back(combined(main.getRegionIterArg(k), element(i, column, type)));
      }
      scf::YieldOp::create(b_, loc_, next);
    }
    // What is left over goes to the first partials.
    Values partials(main.getResults());
    auto scratch_at = [&](Value k) { return Values{k, zero}; };
    for (int64_t k = 0; k < kPartials; ++k)
      vector::StoreOp::create(b_, loc_, partials[k], scratch_, scratch_at(constant(k)));
    loop(zero, tail, 1, [&](Value k) {
      Value x = element(arith::AddIOp::create(b_, loc_, body, k), column, type);
      Value before = vector::LoadOp::create(b_, loc_, type, scratch_, scratch_at(k));
      vector::StoreOp::create(b_, loc_, combined(before, x), scratch_, scratch_at(k));
    });
    for (int64_t k = 0; k < kPartials; ++k)
      partials[k] = vector::LoadOp::create(b_, loc_, type, scratch_, scratch_at(constant(k)));
    for (int64_t half = kPartials / 2; half >= 1; half /= 2)
      for (int64_t k = 0; k < half; ++k) partials[k] = combined(partials[k], partials[k + half]);
    Values place = outer_;
    place.push_back(column);
    vector::StoreOp::create(b_, loc_, partials[0], memory_, place);
  }

  // Columns of the `linear`-th element of the reduced dimensions.
  Value element(Value linear, Value column, VectorType type) {
    Values indices(operand_.sizes.size());
    for (int64_t i = int64_t(reduced_.size()) - 1; i >= 1; --i) {
      Value size = l_.index(loc_, operand_.sizes[reduced_[i]]);
      indices[reduced_[i]] = arith::RemUIOp::create(b_, loc_, linear, size);
      linear = arith::DivUIOp::create(b_, loc_, linear, size);
    }
    indices[reduced_[0]] = linear;
    indices.back() = column;
    auto next = outer_.begin();
    for (Value& index : indices)
      if (!index) index = *next++;
    return vector::TransferReadOp::create(b_, loc_, type, operand_.value, indices,
                                          l_.constant(loc_, element_, 0), ArrayRef<bool>{true});
  }

  Value combined(Value x, Value y) {
    return combine(b_, loc_, kind_, isa<FloatType>(element_), is_unsigned_, x, y);
  }

  Lowering& l_;
  OpBuilder& b_;
  Location loc_;
  Lowered operand_;
  SmallVector<int64_t> reduced_;
  const Lowered& shape_;
  Value memory_;
  local::ReduceKind kind_;
  Type element_;
  bool is_unsigned_;
  int64_t lanes_;
  Value count_, scratch_;
  Values outer_;
};

}  // namespace

bool reduce_columns(Lowering& lowering, local::ReduceOp op, ArrayRef<int64_t> reduced,
                    Lowered& shape) {
  const Lowered& operand = lowering.get(op.getOperand());
  Type element = cast<RankedTensorType>(op.getType()).getElementType();
  // A bool is no number of bits that vectors have in memory.
  if (shape.is_scalar() || reduced.back() + 1 == int64_t(operand.sizes.size()) ||
      element.isInteger(1) || !isa<Attribute>(shape.sizes.back()) || shape.bounds.back() < 2 ||
      llvm::is_contained(operand.bounds, 0))
    return false;
  Value memory = lowering.buffer(op.getLoc(), shape.bounds, Lowering::signless(element));
  ColumnReduction(lowering, op, reduced, shape, memory).build();
  shape.value = lowering.read(op.getLoc(), lowering.part(op.getLoc(), memory, shape.sizes));
  return true;
}

}  // namespace fedc::lower
