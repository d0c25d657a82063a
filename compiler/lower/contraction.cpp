// Dot products along rows, with sums in registers.
//
// For each block of rows of the left side and each tile of columns of the right one, the loop over
// the contracted index carries the tile's sums as vectors. Each output still starts at +0 and takes
// its products in increasing k, so that blocking changes no bit.
#include "compiler/lower/contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

using namespace mlir;

namespace {

constexpr int64_t kRows = 4;        // whose sums are in registers together
constexpr int64_t kTileBytes = 64;  // of columns: 16 float32

// A tile's columns as vectors of powers of two, each an offset and a width.
SmallVector<std::pair<int64_t, int64_t>> pieces_of(int64_t columns) {
  SmallVector<std::pair<int64_t, int64_t>> pieces;
  int64_t at = 0;
  while (at < columns) {
    int64_t width = llvm::bit_floor(static_cast<uint64_t>(columns - at));
    pieces.push_back({at, width});
    at += width;
  }
  return pieces;
}

class Builder {
 public:
  Builder(Lowering& lowering, Location loc, const Contraction& c, Value out)
      : l_(lowering), b_(lowering.b), loc_(loc), c_(c), out_(out) {
    loops_.resize(c.loops);
    element_ = cast<RankedTensorType>(c.rhs.value.getType()).getElementType();
    tile_ = kTileBytes * 8 / element_.getIntOrFloatBitWidth();
  }

  void build() { outer(0); }

 private:
  Value constant(int64_t v) { return arith::ConstantIndexOp::create(b_, loc_, v); }

  // Runs `body` in a loop of its own; the builder is behind the loop afterwards.
  void loop(Value from, Value to, int64_t step, llvm::function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(b_, loc_, from, to, constant(step));
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }

  // Loops over all parallel dimensions but the rows and the columns.
  void outer(int64_t at) {
    if (at == static_cast<int64_t>(c_.outer.size())) return rows();
    auto [dim, size] = c_.outer[at];
    loop(constant(0), l_.index(loc_, size), 1, [&, dim = dim](Value i) {
      loops_[dim] = i;
      outer(at + 1);
    });
  }

  void rows() {
    if (c_.row < 0) return columns({Value()});
    Value size = l_.index(loc_, c_.row_size);
    Value rest = arith::RemUIOp::create(b_, loc_, size, constant(kRows));
    Value whole = arith::SubIOp::create(b_, loc_, size, rest);
    auto block = [&](Value first, int64_t count) {
      Values rows = {first};
      for (int64_t i = 1; i < count; ++i)
        rows.push_back(arith::AddIOp::create(b_, loc_, first, constant(i)));
      columns(rows);
    };
    loop(constant(0), whole, kRows, [&](Value first) { block(first, kRows); });
    loop(whole, size, 1, [&](Value first) { block(first, 1); });
  }

  void columns(const Values& rows) {
    int64_t whole = c_.columns / tile_ * tile_;
    if (whole > 0)
      loop(constant(0), constant(whole), tile_, [&](Value first) { tile(rows, first, tile_); });
    if (whole < c_.columns) tile(rows, constant(whole), c_.columns - whole);
  }

  void tile(const Values& rows, Value first, int64_t count) {
    auto pieces = pieces_of(count);
    Values columns, sums;
    for (auto [at, width] : pieces)
      columns.push_back(at ? Value(arith::AddIOp::create(b_, loc_, first, constant(at))) : first);
    for (size_t r = 0; r < rows.size(); ++r) {
      for (auto [at, width] : pieces) {
        auto type = VectorType::get({width}, element_);
        sums.push_back(arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(type)));
      }
    }
    sums = contract(0, sums, rows, pieces, columns);
    for (auto [r, row] : llvm::enumerate(rows)) {
      for (auto [p, column] : llvm::enumerate(columns)) {
        if (row) loops_[c_.row] = row;
        loops_[c_.column] = column;
        Values indices;
        for (int64_t dim : c_.out) indices.push_back(loops_[dim]);
        vector::StoreOp::create(b_, loc_, sums[r * pieces.size() + p], out_, indices);
      }
    }
  }

  Values contract(int64_t at, Values sums, const Values& rows,
                  ArrayRef<std::pair<int64_t, int64_t>> pieces, const Values& columns) {
    if (at == static_cast<int64_t>(c_.contracted.size())) return step(sums, rows, pieces, columns);
    auto [dim, size] = c_.contracted[at];
    auto op = scf::ForOp::create(b_, loc_, constant(0), l_.index(loc_, size), constant(1), sums);
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(op.getBody());
    loops_[dim] = op.getInductionVar();
    Values inner(op.getRegionIterArgs());
    scf::YieldOp::create(b_, loc_, contract(at + 1, inner, rows, pieces, columns));
    return Values(op.getResults());
  }

  Values step(const Values& sums, const Values& rows, ArrayRef<std::pair<int64_t, int64_t>> pieces,
              const Values& columns) {
    Values right;
    Value zero = arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(element_));
    for (auto [piece, column] : llvm::zip_equal(pieces, columns)) {
      loops_[c_.column] = column;
      auto type = VectorType::get({piece.second}, element_);
      right.push_back(vector::TransferReadOp::create(b_, loc_, type, c_.rhs.value, at(c_.in_rhs),
                                                     zero, ArrayRef<bool>{true}));
    }
    Values next;
    for (Value row : rows) {
      if (row) loops_[c_.row] = row;
      Value x = tensor::ExtractOp::create(b_, loc_, c_.lhs.value, at(c_.in_lhs));
      for (Value y : right) {
        Value spread = vector::BroadcastOp::create(b_, loc_, y.getType(), x);
        next.push_back(math::FmaOp::create(b_, loc_, spread, y, sums[next.size()]));
      }
    }
    return next;
  }

  Values at(ArrayRef<int64_t> dims) {
    Values indices;
    for (int64_t dim : dims) indices.push_back(loops_[dim]);
    return indices;
  }

  Lowering& l_;
  OpBuilder& b_;
  Location loc_;
  const Contraction& c_;
  Value out_;
  Type element_;
  int64_t tile_;
  Values loops_;  // where each loop is
};

}  // namespace

Value build_contraction(Lowering& lowering, Location loc, const Contraction& c,
                        const Lowered& shape) {
  Type element = cast<RankedTensorType>(c.rhs.value.getType()).getElementType();
  Value memory = lowering.buffer(loc, shape.bounds, element);
  Builder(lowering, loc, c, memory).build();
  return lowering.read(loc, lowering.part(loc, memory, shape.sizes));
}

}  // namespace fedc::lower
