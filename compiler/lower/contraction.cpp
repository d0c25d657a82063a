// Sums of products along rows, with sums in registers.
//
// For each block of rows of the left side and each tile of columns of the right one, the loops over
// the contracted indices carry the tile's sums as vectors; tiles.h says how large tiles are and in
// which order. Each output still starts at +0 and takes its products in increasing k, so that
// blocking changes no bit.
#include "compiler/lower/contraction.h"

#include "compiler/lower/panel.h"
#include "compiler/lower/tiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

using namespace mlir;

namespace {

// What the plan needs to know.
ContractionShape sizes_of(const Contraction& c) {
  ContractionShape sizes;
  sizes.element_bytes = llvm::divideCeil(c.element.getIntOrFloatBitWidth(), 8);
  sizes.rows = c.rows ? c.row_bound : 1;
  sizes.rows_are_known = !c.rows || isa<Attribute>(*c.rows);
  sizes.columns = c.columns;
  sizes.turned = c.turned;
  sizes.rows_are_near = c.rows_are_near;
  for (const Contraction::Outer& loop : c.outer)
    if (!loop.moves_right) sizes.reuse *= loop.bound;
  for (auto [i, step] : llvm::enumerate(c.contracted)) {
    // Only a loop that is the same everywhere can go outside of others.
    bool is_cut = i == 0 && !step.range && !step.guard;
    (is_cut ? sizes.blocks : sizes.block_steps) *= step.bound;
  }
  return sizes;
}

// Whether tiles of columns overlap.
bool overlaps(const TilePlan& plan) {
  return llvm::any_of(plan.parts, [&](const TilePart& part) {
    return part.overlaps() || part.from % plan.columns != 0;
  });
}

// Whether no element of the output is written twice, or read to be added to.
bool writes_once(const Contraction& c, const TilePlan& plan) {
  if (plan.block || overlaps(plan)) return false;
  if (plan.shares) return c.row_bound % plan.rows == 0;
  std::optional<int64_t> rows;
  if (c.rows) rows = getConstantIntValue(*c.rows);
  return llvm::all_of(plan.parts, [&](const TilePart& part) {
    if (!c.rows || !part.tail_rows) return true;
    return rows &&
           (*rows - rows_of_whole_tiles(*rows, part.rows, part.tail_rows)) % part.tail_rows == 0;
  });
}

class Builder {
 public:
  Builder(Lowering& lowering, Location loc, const Contraction& c, const Values& outs,
          const Epilogue& epilogue, const TilePlan& plan)
      : l_(lowering),
        b_(lowering.b),
        loc_(loc),
        c_(c),
        outs_(outs),
        epilogue_(epilogue),
        plan_(plan) {
    ContractionShape sizes = sizes_of(c);
    lanes_ = std::max<int64_t>(1, lowering.tiles.register_bytes / sizes.element_bytes);
    if (plan_.packs)
      panel_.emplace(lowering, loc, c, plan_.columns, lanes_,
                     (plan_.block ? plan_.block : sizes.blocks) * sizes.block_steps);
  }

  void build() {
    at_.outer.resize(c_.outer.size());
    over_outer(true, [&] {
      if (plan_.rows_outside) {
        for (const TilePart& part : plan_.parts) {
          over_outer(false, [&] {
            over_rows(part, [&](const Values& rows) {
              over_columns(part, [&](Value first, int64_t count) { tile(rows, first, count); });
            });
          });
        }
        return;
      }
      auto tiles = [&](const TilePart& part, Value first, int64_t count) {
        if (panel_) panel_->fill(at_, block_, first, count);
        over_outer(false,
                   [&] { over_rows(part, [&](const Values& rows) { tile(rows, first, count); }); });
      };
      if (!overlaps(plan_)) {
        // Columns inside of blocks: memory is read row by row.
        over_blocks([&] {
          for (const TilePart& part : plan_.parts)
            over_columns(part, [&](Value first, int64_t count) { tiles(part, first, count); });
        });
      } else {
        // Tiles of columns overlap: each has its whole sums before the next one begins.
        for (const TilePart& part : plan_.parts)
          over_columns(part, [&](Value first, int64_t count) {
            over_blocks([&] { tiles(part, first, count); });
          });
      }
    });
  }

 private:
  using Body = llvm::function_ref<void()>;

  Value constant(int64_t v) { return l_.index_constant(loc_, v); }
  Value add(Value x, int64_t k) {
    return k == 0 ? x : Value(arith::AddIOp::create(b_, loc_, x, constant(k)));
  }

  // Runs `body` in a loop of its own; the builder is behind the loop afterwards.
  void loop(Value from, Value to, int64_t step, llvm::function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(b_, loc_, from, to, constant(step));
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }

  // The outer loops that move the right side, or the others.
  void over_outer(bool moves_right, Body body, size_t from = 0) {
    while (from < c_.outer.size() && c_.outer[from].moves_right != moves_right) ++from;
    if (from == c_.outer.size()) return body();
    loop(constant(0), l_.index(loc_, c_.outer[from].size), 1, [&](Value i) {
      at_.outer[from] = i;
      over_outer(moves_right, body, from + 1);
    });
  }

  // Blocks of the first contracted loop.
  void over_blocks(Body body) {
    if (!plan_.block) return body();
    Value size = l_.index(loc_, c_.contracted[0].size);
    // One block at least: it writes the zeros where there is nothing to add up.
    Value end = size;
    if (isa<Value>(c_.contracted[0].size))
      end = arith::MaxUIOp::create(b_, loc_, size, constant(1));
    loop(constant(0), end, plan_.block, [&](Value from) {
      Value rest = arith::SubIOp::create(b_, loc_, size, from);
      block_ = {from, arith::MinUIOp::create(b_, loc_, rest, constant(plan_.block))};
      body();
      block_ = {};
    });
  }

  // Tiles of rows: whole ones, then those at the end.
  void over_rows(const TilePart& part, llvm::function_ref<void(const Values&)> body) {
    if (!c_.rows) return body({Value()});
    Value size = l_.index(loc_, *c_.rows);
    auto tiles = [&](Value from, Value to, int64_t count, bool repeats) {
      loop(from, to, count, [&](Value first) {
        Values rows = {first};
        for (int64_t i = 1; i < count; ++i) {
          Value row = add(first, i);
          if (repeats)
            row = arith::MinUIOp::create(b_, loc_, row,
                                         arith::SubIOp::create(b_, loc_, size, constant(1)));
          rows.push_back(row);
        }
        body(rows);
      });
    };
    if (plan_.shares) {
      return loop(constant(0), size, plan_.rows, [&](Value first) {
        if (c_.row_bound % plan_.rows != 0)
          first = arith::MinUIOp::create(b_, loc_, first, constant(c_.row_bound - plan_.rows));
        Values rows;
        for (int64_t i = 0; i < plan_.rows; ++i) rows.push_back(add(first, i));
        body(rows);
      });
    }
    if (!part.tail_rows) return tiles(constant(0), size, part.rows, false);
    if (std::optional<int64_t> known = getConstantIntValue(*c_.rows)) {
      int64_t whole = rows_of_whole_tiles(*known, part.rows, part.tail_rows);
      if (whole) tiles(constant(0), constant(whole), part.rows, false);
      tiles(constant(whole), size, part.tail_rows, (*known - whole) % part.tail_rows != 0);
      return;
    }
    Value whole = rows_of_whole(part, size);
    if (c_.row_bound >= part.rows) tiles(constant(0), whole, part.rows, false);
    tiles(whole, size, part.tail_rows, true);
  }

  // rows_of_whole_tiles of a number that is known at run time.
  Value rows_of_whole(const TilePart& part, Value size) {
    Value rest = arith::RemUIOp::create(b_, loc_, size, constant(part.rows));
    Value covered = arith::SubIOp::create(b_, loc_, size, rest);
    Value table = constant(tiles_given_back(part.rows, part.tail_rows));
    Value place = arith::AddIOp::create(b_, loc_, rest, rest);
    Value count = arith::AndIOp::create(b_, loc_, arith::ShRUIOp::create(b_, loc_, table, place),
                                        constant(3));
    Value back = arith::MulIOp::create(b_, loc_, count, constant(part.rows));
    Value fits = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::ule, back, covered);
    back = arith::SelectOp::create(b_, loc_, fits, back, constant(0));
    return arith::SubIOp::create(b_, loc_, covered, back);
  }

  // Tiles of columns: their first and how many.
  void over_columns(const TilePart& part, llvm::function_ref<void(Value, int64_t)> body) {
    if (part.to - part.from == part.columns) return body(constant(part.from), part.columns);
    loop(constant(part.from), constant(part.to), part.columns, [&](Value first) {
      // The last tile may reach back over columns that are done and give the same sums again.
      if (part.overlaps())
        first = arith::MinUIOp::create(b_, loc_, first, constant(part.to - part.columns));
      body(first, part.columns);
    });
  }

  void tile(const Values& rows, Value first, int64_t count) {
    tile_rows_ = rows;
    cells_ = cells_of(rows.size(), count, lanes_, plan_.shares, l_.tiles.masks);
    first_column_ = first;
    auto first_sums = [&] {
      return Values(llvm::map_range(cells_, [&](const Cell& cell) { return first_sum(cell); }));
    };
    Values sums;
    if (!block_.first) {
      sums = first_sums();
    } else {
      Value is_first =
          arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::eq, block_.first, constant(0));
      SmallVector<Type> types(llvm::map_range(cells_, [&](Cell cell) { return type_of(cell); }));
      auto branch = scf::IfOp::create(b_, loc_, types, is_first, true, true);
      OpBuilder::InsertionGuard guard(b_);
      b_.setInsertionPointToEnd(branch.thenBlock());
      scf::YieldOp::create(b_, loc_, first_sums());
      b_.setInsertionPointToEnd(branch.elseBlock());
      Values partial;
      for (const Cell& cell : cells_) {
        partial.push_back(join(cell, [&](const Cell& part) {
          return vector::LoadOp::create(b_, loc_, type_of(part), outs_[0], place_of(part));
        }));
      }
      scf::YieldOp::create(b_, loc_, partial);
      sums = Values(branch.getResults());
    }
    sums = contract(sums);
    std::tie(cells_, sums) = apart(sums);
    if (block_.first && !epilogue_.operations.empty())
      finish_last_block(sums);
    else
      finish(sums);
  }

  // Stores the results of the sums of all cells. They are all read before any is written: cells may
  // overlap, and results may take the place of what they are made of.
  void finish(const Values& sums) {
    llvm::SmallVector<Values> results;
    for (auto [cell, sum] : llvm::zip_equal(cells_, sums))
      results.push_back(l_.apply(epilogue_, c_.op, sum, place_of(cell)));
    for (auto [cell, values] : llvm::zip_equal(cells_, results))
      for (auto [value, out] : llvm::zip_equal(values, outs_))
        vector::StoreOp::create(b_, loc_, value, out, place_of(cell));
  }

  // What the sums of a cell begin with.
  Value first_sum(const Cell& cell) {
    if (!c_.into) return arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(type_of(cell)));
    return join(cell, [&](const Cell& part) {
      return neighbours(c_.into, place_of(part), part.piece.width);
    });
  }

  // A cell of what `read` gives for each of its parts; idle lanes are 0.
  Value join(const Cell& cell, llvm::function_ref<Value(const Cell&)> read) {
    auto parts = parts_of(cell);
    if (parts.size() == 1 && parts[0].cell == cell) return read(cell);
    Value all = arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(type_of(cell)));
    for (const CellPart& part : parts)
      all = vector::InsertStridedSliceOp::create(
          b_, loc_, read(part.cell), all, ArrayRef<int64_t>{part.lane}, ArrayRef<int64_t>{1});
    return all;
  }

  VectorType type_of(const Cell& cell) {
    return VectorType::get({cell.rows * cell.piece.width}, c_.element);
  }

  Values place_of(const Cell& cell) {
    at_.row = tile_rows_[cell.row];
    at_.column = add(first_column_, cell.piece.at);
    Values place = c_.at_output(at_);
    at_.row = at_.column = {};
    return place;
  }

  // Each cell's parts as cells of their own.
  std::pair<llvm::SmallVector<Cell>, Values> apart(const Values& sums) {
    std::pair<llvm::SmallVector<Cell>, Values> result;
    for (auto [cell, sum] : llvm::zip_equal(cells_, sums)) {
      for (const CellPart& part : parts_of(cell)) {
        result.first.push_back(part.cell);
        result.second.push_back(part.cell == cell ? sum
                                                  : Value(vector::ExtractStridedSliceOp::create(
                                                        b_, loc_, sum, ArrayRef<int64_t>{part.lane},
                                                        ArrayRef<int64_t>{part.cell.piece.width},
                                                        ArrayRef<int64_t>{1})));
      }
    }
    return result;
  }

  // `finish` behind the last block; the sums so far behind the others.
  void finish_last_block(const Values& sums) {
    Value end = add(block_.first, plan_.block), size = l_.index(loc_, c_.contracted[0].size);
    Value is_last = arith::CmpIOp::create(b_, loc_, arith::CmpIPredicate::uge, end, size);
    auto branch = scf::IfOp::create(b_, loc_, is_last, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(branch.thenBlock());
    finish(sums);
    b_.setInsertionPointToStart(branch.elseBlock());
    for (auto [cell, sum] : llvm::zip_equal(cells_, sums))
      vector::StoreOp::create(b_, loc_, sum, outs_[0], place_of(cell));
  }

  Values contract(Values sums) {
    size_t depth = at_.contracted.size();
    if (depth == c_.contracted.size()) return step(sums);
    const Contraction::Step& contracted = c_.contracted[depth];
    if (contracted.range_by_row) return contract_by_row(sums, contracted);
    // A block is counted from its start, so that its length is seen to be bounded.
    bool is_block = depth == 0 && block_.first;
    Value low = constant(0), high;
    if (is_block)
      high = block_.second;
    else if (contracted.range)
      std::tie(low, high) = contracted.range(at_);
    else
      high = l_.index(loc_, contracted.size);
    auto op = scf::ForOp::create(b_, loc_, low, high, constant(1), sums);
    OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(op.getBody());
    Values inner(op.getRegionIterArgs());
    Value k = op.getInductionVar();
    if (is_block) k = arith::AddIOp::create(b_, loc_, block_.first, k);
    at_.contracted.push_back(k);
    if (contracted.guard) {
      auto branch = scf::IfOp::create(b_, loc_, TypeRange(ValueRange(inner)), contracted.guard(at_),
                                      true, true);
      OpBuilder::InsertionGuard inside(b_);
      b_.setInsertionPointToEnd(branch.elseBlock());
      scf::YieldOp::create(b_, loc_, inner);
      b_.setInsertionPointToEnd(branch.thenBlock());
      scf::YieldOp::create(b_, loc_, contract(inner));
      inner = Values(branch.getResults());
    } else {
      inner = contract(inner);
    }
    at_.contracted.pop_back();
    b_.setInsertionPointToEnd(op.getBody());
    scf::YieldOp::create(b_, loc_, inner);
    return Values(op.getResults());
  }

  // The last contracted loop, with ranges that differ by row: in three parts, of which the one in
  // the middle is in the range of all rows.
  Values contract_by_row(const Values& sums, const Contraction::Step& contracted) {
    SmallVector<std::pair<Value, Value>> ranges;
    for (Value row : tile_rows_) {
      at_.row = row;
      ranges.push_back(contracted.range(at_));
    }
    at_.row = {};
    auto within = [&](Value x, Value low, Value high) -> Value {
      return arith::MinSIOp::create(b_, loc_, arith::MaxSIOp::create(b_, loc_, x, low), high);
    };
    // A row's range begins and ends no later than that of the row before.
    Value begin = ranges.back().first, end = ranges.front().second;
    Value from = within(ranges.front().first, begin, end);
    Value to = within(ranges.back().second, from, end);
    auto part = [&](Value low, Value high, const Values& sums, bool is_all) {
      auto op = scf::ForOp::create(b_, loc_, low, high, constant(1), sums);
      OpBuilder::InsertionGuard guard(b_);
      b_.setInsertionPointToStart(op.getBody());
      Value k = op.getInductionVar();
      at_.contracted.push_back(k);
      Values next(op.getRegionIterArgs());
      if (is_all) {
        next = step(next);
      } else {
        for (auto [row, range] : llvm::enumerate(ranges)) next = step_of_row(next, row, k, range);
      }
      at_.contracted.pop_back();
      b_.setInsertionPointToEnd(op.getBody());
      scf::YieldOp::create(b_, loc_, next);
      return Values(op.getResults());
    };
    if (ranges.size() == 1) return part(begin, end, sums, true);
    return part(to, end, part(from, to, part(begin, from, sums, false), true), false);
  }

  // A step of one row of the tile, where it is in the row's range.
  Values step_of_row(const Values& sums, int64_t row, Value k, std::pair<Value, Value> range) {
    auto compare = [&](arith::CmpIPredicate p, Value x) -> Value {
      return arith::CmpIOp::create(b_, loc_, p, k, x);
    };
    Value inside = arith::AndIOp::create(b_, loc_, compare(arith::CmpIPredicate::sge, range.first),
                                         compare(arith::CmpIPredicate::slt, range.second));
    llvm::SmallVector<Cell> cells = cells_;
    Values own, all = sums;
    llvm::SmallVector<size_t> places;
    cells_.clear();
    for (auto [i, cell] : llvm::enumerate(cells)) {
      if (cell.row != row) continue;
      cells_.push_back(cell);
      own.push_back(sums[i]);
      places.push_back(i);
    }
    auto branch = scf::IfOp::create(b_, loc_, TypeRange(ValueRange(own)), inside, true, true);
    {
      OpBuilder::InsertionGuard guard(b_);
      b_.setInsertionPointToEnd(branch.thenBlock());
      scf::YieldOp::create(b_, loc_, step(own));
      b_.setInsertionPointToEnd(branch.elseBlock());
      scf::YieldOp::create(b_, loc_, own);
    }
    cells_ = std::move(cells);
    for (auto [i, place] : llvm::enumerate(places)) all[place] = branch.getResult(i);
    return all;
  }

  Values step(const Values& sums) {
    llvm::SmallDenseMap<int64_t, Value> right, left;  // by the first column, by the row
    Values next;
    for (auto [cell, sum] : llvm::zip_equal(cells_, sums)) {
      Value& y = right[cell.piece.at];
      if (!y) y = repeated(right_of(cell.piece), cell.rows, true);
      Value x;
      if (cell.rows > 1) {
        x = repeated(left_of(cell), cell.piece.width, false);
      } else {
        Value& scalar = left[cell.row];
        if (!scalar) {
          at_.row = tile_rows_[cell.row];
          scalar = tensor::ExtractOp::create(b_, loc_, c_.left, c_.at_left(at_));
          at_.row = {};
        }
        x = vector::BroadcastOp::create(b_, loc_, y.getType(), scalar);
      }
      next.push_back(add_product(x, y, sum));
    }
    return next;
  }

  Value right_of(Piece piece) {
    if (panel_) return panel_->read(at_, block_, piece);
    at_.column = add(first_column_, piece.at);
    Values place = c_.at_right(at_);
    at_.column = {};
    return neighbours(c_.right, place, piece.width, piece.idle);
  }

  // The left side of a cell's rows.
  Value left_of(const Cell& cell) {
    at_.row = tile_rows_[cell.row];
    Values place = c_.at_left(at_);
    at_.row = {};
    return neighbours(c_.left, place, cell.rows);
  }

  // Of a vector of `count` all but the last `idle`, which are 0.
  Value neighbours(Value tensor, const Values& place, int64_t count, int64_t idle = 0) {
    auto type = VectorType::get({count}, c_.element);
    Value zero = arith::ConstantOp::create(b_, loc_, b_.getZeroAttr(c_.element)), mask;
    if (idle > 0)
      mask = vector::ConstantMaskOp::create(b_, loc_, VectorType::get({count}, b_.getI1Type()),
                                            ArrayRef<int64_t>{count - idle});
    AffineMap map = vector::getTransferMinorIdentityMap(cast<ShapedType>(tensor.getType()), type);
    return vector::TransferReadOp::create(b_, loc_, type, tensor, place, AffineMapAttr::get(map),
                                          zero, mask, b_.getBoolArrayAttr({true}));
  }

  // The elements `times` times: all of them after each other, or each beside itself.
  Value repeated(Value elements, int64_t times, bool whole) {
    if (times == 1) return elements;
    int64_t count = cast<VectorType>(elements.getType()).getDimSize(0);
    SmallVector<int64_t> from;
    for (int64_t i = 0; i < count * times; ++i) from.push_back(whole ? i % count : i / times);
    return vector::ShuffleOp::create(b_, loc_, elements, elements, from);
  }

  Value add_product(Value x, Value y, Value sum) {
    if (isa<FloatType>(c_.element)) return l_.product_and_sum(b_, loc_, x, y, sum);
    return arith::AddIOp::create(b_, loc_, sum, arith::MulIOp::create(b_, loc_, x, y));
  }

  Lowering& l_;
  OpBuilder& b_;
  Location loc_;
  const Contraction& c_;
  Values outs_;  // by result of the epilogue; sums of blocks wait in the first
  const Epilogue& epilogue_;
  TilePlan plan_;
  int64_t lanes_;
  std::optional<Panel> panel_;
  ContractionIndex at_;
  // Of the tile that is built.
  Values tile_rows_;
  Value first_column_;
  llvm::SmallVector<Cell> cells_;
  StepBlock block_;  // of the first contracted loop; null: all of it
};

}  // namespace

void build_contraction(Lowering& lowering, Location loc, const Contraction& c,
                       const Lowered& shape) {
  Epilogue epilogue = lowering.take_epilogue(c.op, shape);
  const bool is_static =
      llvm::all_of(shape.sizes, [](OpFoldResult size) { return isa<Attribute>(size); });
  auto offer_of = [&](Value result) {
    Lowering::Offer offer = is_static ? lowering.offered(result) : Lowering::Offer();
    if (offer.replaced && !lowering.is_last_read(offer.replaced, epilogue, c.op))
      offer.replaced = nullptr;
    return offer;
  };
  ContractionShape sizes = sizes_of(c);
  sizes.once =
      llvm::any_of(epilogue.results, [&](Value result) { return offer_of(result).replaced; });
  TilePlan plan = plan_tiles(lowering.tiles, sizes);
  Values memories;
  for (Value result : epilogue.results) {
    Lowering::Offer offer = offer_of(result);
    memories.push_back(offer.replaced && writes_once(c, plan) ? offer.replaced_memory
                                                              : offer.memory);
    if (!memories.back()) memories.back() = lowering.buffer(loc, shape.bounds, c.element);
  }
  Builder(lowering, loc, c, memories, epilogue, plan).build();
  lowering.note_built(c.op);
  for (auto [result, memory] : llvm::zip_equal(epilogue.results, memories)) {
    Lowered done = shape;
    done.value = lowering.read(loc, lowering.part(loc, memory, shape.sizes));
    lowering.map(result, done);
  }
}

}  // namespace fedc::lower
