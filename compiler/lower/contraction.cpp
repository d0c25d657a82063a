// Sums of products along rows, with sums in registers.
//
// For each block of rows of the left side and each tile of columns of the right one, the loop over
// the contracted index carries the tile's sums as vectors. Each output still starts at +0 and takes
// its products in increasing k, so that blocking changes no bit.
#include "compiler/lower/contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

using namespace mlir;

namespace {

constexpr int64_t kRows = 4;        // whose sums are in registers together
constexpr int64_t kTileBytes = 64;  // of columns: 16 float32; a single row has four such tiles

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
    tile_ = kTileBytes * 8 / c.element.getIntOrFloatBitWidth();
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

  void outer(size_t depth) {
    if (depth == c_.outer.size()) return rows();
    loop(constant(0), l_.index(loc_, c_.outer[depth]), 1, [&](Value i) {
      at_.outer.push_back(i);
      outer(depth + 1);
      at_.outer.pop_back();
    });
  }

  void rows() {
    if (!c_.rows) return columns({Value()});
    Value size = l_.index(loc_, *c_.rows);
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
    int64_t width = rows.size() == 1 ? 4 * tile_ : tile_;
    int64_t whole = c_.columns / width * width;
    if (whole > 0)
      loop(constant(0), constant(whole), width, [&](Value first) { tile(rows, first, width); });
    if (whole < c_.columns) tile(rows, constant(whole), c_.columns - whole);
  }

  void tile(const Values& rows, Value first, int64_t count) {
    auto pieces = pieces_of(count);
    Values columns, sums;
    for (auto [at, width] : pieces)
      columns.push_back(at ? Value(arith::AddIOp::create(b_, loc_, first, constant(at))) : first);
    for (size_t r = 0; r < rows.size(); ++r) {
      for (auto [at, width] : pieces) {
        auto type = VectorType::get({width}, c_.element);
        sums.push_back(arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(type)));
      }
    }
    sums = contract(sums, rows, pieces, columns);
    for (auto [r, row] : llvm::enumerate(rows)) {
      for (auto [p, column] : llvm::enumerate(columns)) {
        at_.row = row;
        at_.column = column;
        vector::StoreOp::create(b_, loc_, sums[r * pieces.size() + p], out_, c_.at_output(at_));
      }
    }
    at_.row = at_.column = {};
  }

  Values contract(Values sums, const Values& rows, ArrayRef<std::pair<int64_t, int64_t>> pieces,
                  const Values& columns) {
    size_t depth = at_.contracted.size();
    if (depth == c_.contracted.size()) return step(sums, rows, pieces, columns);
    const Contraction::Step& contracted = c_.contracted[depth];
    auto [low, high] = contracted.range(at_);
    auto op = scf::ForOp::create(b_, loc_, low, high, constant(1), sums);
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(op.getBody());
    Values inner(op.getRegionIterArgs());
    at_.contracted.push_back(op.getInductionVar());
    if (contracted.guard) {
      auto branch = scf::IfOp::create(b_, loc_, TypeRange(ValueRange(inner)), contracted.guard(at_),
                                      true, true);
      OpBuilder::InsertionGuard inside(b_);
      b_.setInsertionPointToEnd(branch.elseBlock());
      scf::YieldOp::create(b_, loc_, inner);
      b_.setInsertionPointToEnd(branch.thenBlock());
      scf::YieldOp::create(b_, loc_, contract(inner, rows, pieces, columns));
      inner = Values(branch.getResults());
    } else {
      inner = contract(inner, rows, pieces, columns);
    }
    at_.contracted.pop_back();
    b_.setInsertionPointToEnd(op.getBody());
    scf::YieldOp::create(b_, loc_, inner);
    return Values(op.getResults());
  }

  Values step(const Values& sums, const Values& rows, ArrayRef<std::pair<int64_t, int64_t>> pieces,
              const Values& columns) {
    Values right;
    Value zero = arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(c_.element));
    at_.row = {};
    for (auto [piece, column] : llvm::zip_equal(pieces, columns)) {
      at_.column = column;
      auto type = VectorType::get({piece.second}, c_.element);
      right.push_back(vector::TransferReadOp::create(b_, loc_, type, c_.right, c_.at_right(at_),
                                                     zero, ArrayRef<bool>{true}));
    }
    at_.column = {};
    Values next;
    for (Value row : rows) {
      at_.row = row;
      Value x = tensor::ExtractOp::create(b_, loc_, c_.left, c_.at_left(at_));
      for (Value y : right) {
        Value spread = vector::BroadcastOp::create(b_, loc_, y.getType(), x);
        next.push_back(add_product(spread, y, sums[next.size()]));
      }
    }
    at_.row = {};
    return next;
  }

  Value add_product(Value x, Value y, Value sum) {
    if (isa<FloatType>(c_.element)) return math::FmaOp::create(b_, loc_, x, y, sum);
    return arith::AddIOp::create(b_, loc_, sum, arith::MulIOp::create(b_, loc_, x, y));
  }

  Lowering& l_;
  OpBuilder& b_;
  Location loc_;
  const Contraction& c_;
  Value out_;
  int64_t tile_;
  ContractionIndex at_;
};

}  // namespace

Value build_contraction(Lowering& lowering, Location loc, const Contraction& c,
                        const Lowered& shape) {
  Value memory = lowering.buffer(loc, shape.bounds, c.element);
  Builder(lowering, loc, c, memory).build();
  return lowering.read(loc, lowering.part(loc, memory, shape.sizes));
}

}  // namespace fedc::lower
