#include "compiler/lower/panel.h"

#include "llvm/ADT/bit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

using namespace mlir;

namespace {

constexpr int64_t kSmallestSquare = 4;

// The transpose of a square of numbers: of its halves, then of their halves.
Values transposed(OpBuilder& b, Location loc, Values rows) {
  int64_t n = rows.size();
  for (int64_t half = n / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> low, high;  // of two rows: left halves side by side, right halves
    for (int64_t j = 0; j < n; ++j) {
      low.push_back(j & half ? n + j - half : j);
      high.push_back(j & half ? n + j : j + half);
    }
    for (int64_t i = 0; i < n; ++i) {
      if (i & half) continue;
      Value x = rows[i], y = rows[i + half];
      rows[i] = vector::ShuffleOp::create(b, loc, x, y, low);
      rows[i + half] = vector::ShuffleOp::create(b, loc, x, y, high);
    }
  }
  return rows;
}

}  // namespace

Panel::Panel(Lowering& lowering, Location loc, const Contraction& c, int64_t columns, int64_t lanes,
             int64_t steps)
    : l_(lowering), b_(lowering.b), loc_(loc), c_(c), lanes_(lanes) {
  memory_ = lowering.buffer(loc, {steps, columns}, c.element);
}

void Panel::fill(const ContractionIndex& place, StepBlock block, Value first, int64_t count) {
  ContractionIndex at = place;
  auto element = [&](Value k, Value column) {
    at.contracted.push_back(k);
    at.column = arith::AddIOp::create(b_, loc_, first, column);
    Value x = tensor::ExtractOp::create(b_, loc_, c_.right, c_.at_right(at));
    memref::StoreOp::create(b_, loc_, x, memory_, ValueRange{row(at, block), column});
    at.contracted.pop_back();
  };
  over_steps(at, block, 0, [&](Value low, Value high) {
    if (!c_.turned) {
      return loop(low, high, 1, [&](Value k) {
        at.contracted.push_back(k);
        for (Piece piece : pieces_of(count, lanes_)) {
          at.column = add(first, piece.at);
          vector::StoreOp::create(b_, loc_, vector_at(at, piece.width), memory_,
                                  ValueRange{row(at, block), constant(piece.at)});
        }
        at.contracted.pop_back();
      });
    }
    turn_all(at, block, low, high, first, count, element);
  });
}

void Panel::turn_all(ContractionIndex& at, StepBlock block, Value low, Value high, Value first,
                     int64_t count, llvm::function_ref<void(Value, Value)> element) {
  // How many steps there are, where that is known: then the last square reaches back.
  std::optional<int64_t> steps = getConstantIntValue(high);
  if (getConstantIntValue(low) != 0) steps.reset();
  int64_t most = steps ? std::min<int64_t>(lanes_, llvm::bit_floor<uint64_t>(*steps)) : lanes_;
  int64_t column = 0;
  for (int64_t side = most; side >= kSmallestSquare; side /= 2) {
    int64_t from = column;
    column += (count - column) / side * side;
    if (from == column) continue;
    auto squares = [&](Value k) {
      at.contracted.push_back(k);
      for (int64_t i = from; i < column; i += side) {
        at.column = add(first, i);
        turn(at, block, i, side);
      }
      at.contracted.pop_back();
    };
    if (steps) {
      loop(low, high, side, [&](Value k) {
        squares(*steps % side ? arith::MinUIOp::create(b_, loc_, k, constant(*steps - side)) : k);
      });
      continue;
    }
    Value length = arith::SubIOp::create(b_, loc_, high, low);
    Value rest = arith::RemUIOp::create(b_, loc_, length, constant(side));
    Value end = arith::SubIOp::create(b_, loc_, high, rest);
    loop(low, end, side, squares);
    loop(end, high, 1, [&](Value k) {
      loop(constant(from), constant(column), 1, [&](Value i) { element(k, i); });
    });
  }
  if (column < count) {
    loop(constant(column), constant(count), 1,
         [&](Value i) { loop(low, high, 1, [&](Value k) { element(k, i); }); });
  }
}

void Panel::turn(const ContractionIndex& place, StepBlock block, int64_t column, int64_t side) {
  ContractionIndex at = place;
  Values lines;
  for (int64_t i = 0; i < side; ++i) {
    at.column = add(place.column, i);
    lines.push_back(vector_at(at, side));
  }
  lines = transposed(b_, loc_, lines);
  Value first = row(at, block);
  for (auto [i, line] : llvm::enumerate(lines))
    vector::StoreOp::create(b_, loc_, line, memory_, ValueRange{add(first, i), constant(column)});
}

Value Panel::read(const ContractionIndex& at, StepBlock block, Piece piece) {
  auto type = VectorType::get({piece.width}, c_.element);
  return vector::LoadOp::create(b_, loc_, type, memory_,
                                ValueRange{row(at, block), constant(piece.at)});
}

void Panel::over_steps(ContractionIndex& at, StepBlock block, size_t depth,
                       llvm::function_ref<void(Value, Value)> last) {
  Value low = constant(0), high;
  if (depth == 0 && block.first) {
    low = block.first;
    high = arith::AddIOp::create(b_, loc_, low, block.second);
  } else {
    high = l_.index(loc_, c_.contracted[depth].size);
  }
  if (depth + 1 == c_.contracted.size()) return last(low, high);
  loop(low, high, 1, [&](Value i) {
    at.contracted.push_back(i);
    over_steps(at, block, depth + 1, last);
    at.contracted.pop_back();
  });
}

void Panel::loop(Value from, Value to, int64_t step, llvm::function_ref<void(Value)> body) {
  auto op = scf::ForOp::create(b_, loc_, from, to, constant(step));
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPointToStart(op.getBody());
  body(op.getInductionVar());
}

Value Panel::row(const ContractionIndex& at, StepBlock block) {
  Value number;
  for (auto [i, index] : llvm::enumerate(at.contracted)) {
    if (i == 0) {
      number = block.first ? Value(arith::SubIOp::create(b_, loc_, index, block.first)) : index;
      continue;
    }
    Value scaled = arith::MulIOp::create(b_, loc_, number, constant(c_.contracted[i].bound));
    number = arith::AddIOp::create(b_, loc_, scaled, index);
  }
  return number;
}

Value Panel::vector_at(const ContractionIndex& at, int64_t width) {
  auto type = VectorType::get({width}, c_.element);
  Value zero = arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(c_.element));
  return vector::TransferReadOp::create(b_, loc_, type, c_.right, c_.at_right(at), zero,
                                        ArrayRef<bool>{true});
}

Value Panel::constant(int64_t value) { return l_.index_constant(loc_, value); }

Value Panel::add(Value x, int64_t k) {
  return k == 0 ? x : Value(arith::AddIOp::create(b_, loc_, x, constant(k)));
}

}  // namespace fedc::lower
