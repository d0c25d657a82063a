// Stages of sequences: each is a cursor, a state and a step as code.
#include "compiler/lower/cursors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

static Value number(OpBuilder& b, Location loc, Type type, int64_t value) {
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
}
Value i32(OpBuilder& b, Location loc, int64_t value) {
  return number(b, loc, b.getI32Type(), value);
}
Value i64(OpBuilder& b, Location loc, int64_t value) {
  return number(b, loc, b.getI64Type(), value);
}
Value is(OpBuilder& b, Location loc, Value x, int64_t value) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x,
                               number(b, loc, x.getType(), value));
}

Value branch(Lowering& l, Location loc, Value condition, Values& state,
             llvm::function_ref<Value(Values&)> then, llvm::function_ref<Value(Values&)> other) {
  SmallVector<Type> types = {l.b.getI32Type()};
  for (Value v : state) types.push_back(v.getType());
  auto op = scf::IfOp::create(l.b, loc, types, condition, true, true);
  auto fill = [&](Block* block, llvm::function_ref<Value(Values&)> body) {
    OpBuilder::InsertionGuard guard(l.b);
    l.b.setInsertionPointToEnd(block);
    Values own = state;
    Value status = body(own);
    own.insert(own.begin(), status);
    scf::YieldOp::create(l.b, loc, own);
  };
  fill(op.thenBlock(), then);
  fill(op.elseBlock(), other);
  state.assign(op.getResults().begin() + 1, op.getResults().end());
  return op.getResult(0);
}

namespace {

// What the host gives, one element at a time, not copied.
class HostCursor : public Cursor {
 public:
  HostCursor(Location loc, int64_t sequence, local::SequenceType type)
      : Cursor(loc), sequence_(sequence), type_(type) {}

  LogicalResult prepare(Lowering& l) {
    for (Type type : type_.getElements()) {
      FailureOr<Home> home = Home::of(l, loc, type);
      if (failed(home)) return failure();
      homes_.push_back(std::move(*home));
    }
    return success();
  }

  Values open(Lowering& l) override {
    if (l.open_cursors.size() <= static_cast<size_t>(sequence_)) {
      l.open_cursors.resize(sequence_ + 1);
      l.cursors.resize(sequence_ + 1);
    }
    number_ = l.open_cursors[sequence_]++;
    l.cursors[sequence_] = std::max(l.cursors[sequence_], l.open_cursors[sequence_]);
    // fed_view: a pointer and FED_MAX_RANK sizes, in units of int64.
    views_ = l.buffer(loc, {static_cast<int64_t>(homes_.size()) * kView}, l.b.getI64Type());
    call(l, "fed.sequence_call", i64(l.b, loc, offsetof(fed_host, sequence_open)));
    return {};
  }

  Values rewind(Lowering& l, ValueRange) override {
    call(l, "fed.sequence_call", i64(l.b, loc, offsetof(fed_host, sequence_rewind)));
    return {};
  }

  Value step(Lowering& l, Values&) override {
    OpBuilder& b = l.b;
    Value at = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, views_);
    Value address = arith::IndexCastOp::create(b, loc, b.getI64Type(), at);
    Value pointer =
        LLVM::IntToPtrOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()), address);
    Value status =
        call(l, "fed.sequence_next", {pointer, i32(b, loc, static_cast<int64_t>(homes_.size()))},
             b.getI32Type());
    // Sizes that the type does not allow end the pass: nothing of such an element is read.
    Value bad;
    Value have = i64(b, loc, 0), want = have;
    for (auto [leaf, home] : llvm::enumerate(homes_)) {
      for (size_t d = 0; d < home.shape.size(); ++d) {
        bool unknown = ShapedType::isDynamic(home.shape[d]);
        Value size = view_field(l, leaf, 1 + d);
        Value most = i64(b, loc, home.bounds[d]);
        Value wrong = arith::CmpIOp::create(
            b, loc, unknown ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::ne, size, most);
        have = arith::SelectOp::create(b, loc, wrong, size, have);
        want = arith::SelectOp::create(b, loc, wrong, unknown ? l.beyond(loc, most) : most, want);
        bad = bad ? Value(arith::OrIOp::create(b, loc, bad, wrong)) : wrong;
      }
    }
    if (!bad) return status;
    bad = arith::AndIOp::create(b, loc, bad, is(b, loc, status, kYield));
    l.fail_if(loc, bad, FED_BAD_SIZE, have, want);
    return arith::SelectOp::create(b, loc, bad, i32(b, loc, kDone), status);
  }

  FailureOr<SmallVector<Lowered>> element(Lowering& l, ValueRange) override {
    OpBuilder& b = l.b;
    SmallVector<Lowered> leaves;
    for (auto [leaf, home] : llvm::enumerate(homes_)) {
      Value pointer = LLVM::IntToPtrOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()),
                                               view_field(l, leaf, 0));
      int64_t bytes = llvm::divideCeil(home.element.getIntOrFloatBitWidth(), 8);
      for (int64_t bound : home.bounds) bytes *= bound;
      Value memory = l.bytes_at(loc, pointer, bytes);
      Lowered value;
      value.bounds = home.bounds;
      Values unknown;
      for (size_t d = 0; d < home.shape.size(); ++d) {
        if (!ShapedType::isDynamic(home.shape[d])) {
          value.sizes.push_back(b.getIndexAttr(home.shape[d]));
          continue;
        }
        unknown.push_back(
            arith::IndexCastOp::create(b, loc, b.getIndexType(), view_field(l, leaf, 1 + d)));
        value.sizes.push_back(unknown.back());
      }
      leaves.push_back(l.load_packed(loc, memory, 0, home, value, unknown));
    }
    return leaves;
  }

  void close(Lowering& l) override { --l.open_cursors[sequence_]; }

 private:
  static constexpr int64_t kView = 1 + FED_MAX_RANK;

  Value view_field(Lowering& l, int64_t leaf, int64_t field) {
    return memref::LoadOp::create(l.b, loc, views_, l.index_constant(loc, leaf * kView + field));
  }

  Value call(Lowering& l, StringRef name, ValueRange more, Type result = {}) {
    Values arguments = {l.frame, i32(l.b, loc, sequence_), i32(l.b, loc, number_),
                        i32(l.b, loc, l.site(loc))};
    llvm::append_range(arguments, more);
    return l.call(l.b, loc, name, arguments, result);
  }

  int64_t sequence_;
  local::SequenceType type_;
  SmallVector<Home> homes_;
  uint32_t number_ = 0;
  Value views_;
};

class MapCursor : public Cursor {
 public:
  bool computes() const override { return true; }
  MapCursor(local::SequenceMapOp op, std::unique_ptr<Cursor> inner)
      : Cursor(op.getLoc()), op_(op), inner_(std::move(inner)) {}
  Values open(Lowering& l) override { return inner_->open(l); }
  Values rewind(Lowering& l, ValueRange state) override { return inner_->rewind(l, state); }
  Value step(Lowering& l, Values& state) override { return inner_->step(l, state); }
  FailureOr<SmallVector<Lowered>> element(Lowering& l, ValueRange state) override {
    auto given = inner_->element(l, state);
    if (failed(given)) return failure();
    Block& block = op_.getBody().front();
    for (auto [argument, value] : llvm::zip_equal(block.getArguments(), *given))
      l.map(argument, value);
    if (failed(l.lower_block(block))) return failure();
    SmallVector<Lowered> results;
    for (Value value : block.getTerminator()->getOperands()) results.push_back(l.get(value));
    return results;
  }
  void close(Lowering& l) override { inner_->close(l); }

 private:
  local::SequenceMapOp op_;
  std::unique_ptr<Cursor> inner_;
};

// State: what is left to take, then the inner state.
class TakeCursor : public Cursor {
 public:
  bool computes() const override { return inner_->computes(); }
  TakeCursor(local::SequenceTakeOp op, std::unique_ptr<Cursor> inner)
      : Cursor(op.getLoc()), op_(op), inner_(std::move(inner)) {}
  Values open(Lowering& l) override { return with_count(l, inner_->open(l)); }
  Values rewind(Lowering& l, ValueRange state) override {
    return with_count(l, inner_->rewind(l, state.drop_front()));
  }
  Value step(Lowering& l, Values& state) override {
    OpBuilder& b = l.b;
    Value more = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, state[0], i64(b, loc, 0));
    return branch(
        l, loc, more, state,
        [&](Values& s) {
          Values inner(s.begin() + 1, s.end());
          Value status = inner_->step(l, inner);
          Value taken = arith::ExtUIOp::create(b, loc, b.getI64Type(), is(b, loc, status, kYield));
          Value left = arith::SubIOp::create(b, loc, s[0], taken);
          s.assign(1, left);
          llvm::append_range(s, inner);
          return status;
        },
        [&](Values&) { return i32(b, loc, kDone); });
  }
  FailureOr<SmallVector<Lowered>> element(Lowering& l, ValueRange state) override {
    return inner_->element(l, state.drop_front());
  }
  void close(Lowering& l) override { inner_->close(l); }

 private:
  Values with_count(Lowering& l, Values inner) {
    inner.insert(inner.begin(), l.get(op_.getCount()).value);
    return inner;
  }
  local::SequenceTakeOp op_;
  std::unique_ptr<Cursor> inner_;
};

// State: passes left, whether this one gave anything (i32), then the inner state.
class RepeatCursor : public Cursor {
 public:
  bool computes() const override { return inner_->computes(); }
  RepeatCursor(local::SequenceRepeatOp op, std::unique_ptr<Cursor> inner)
      : Cursor(op.getLoc()), op_(op), inner_(std::move(inner)) {}
  Values open(Lowering& l) override { return with_count(l, inner_->open(l)); }
  Values rewind(Lowering& l, ValueRange state) override {
    return with_count(l, inner_->rewind(l, state.drop_front(2)));
  }
  Value step(Lowering& l, Values& state) override {
    OpBuilder& b = l.b;
    Value more = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, state[0], i64(b, loc, 0));
    auto done = [&](Values&) { return i32(b, loc, kDone); };
    return branch(
        l, loc, more, state,
        [&](Values& s) {
          Values inner(s.begin() + 2, s.end());
          Value status = inner_->step(l, inner);
          Value gave = arith::ExtUIOp::create(b, loc, b.getI32Type(), is(b, loc, status, kYield));
          Value any = arith::OrIOp::create(b, loc, s[1], gave);
          Values next = {s[0], any};
          llvm::append_range(next, inner);
          s = next;
          return branch(
              l, loc, is(b, loc, status, kDone), s,
              [&](Values& ended) {
                Value left = arith::SubIOp::create(b, loc, ended[0], i64(b, loc, 1));
                // An empty sequence is empty however often it is repeated.
                left =
                    arith::SelectOp::create(b, loc, is(b, loc, ended[1], 0), i64(b, loc, 0), left);
                Value again =
                    arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, left, i64(b, loc, 0));
                ended[0] = left;
                ended[1] = i32(b, loc, 0);
                return branch(
                    l, loc, again, ended,
                    [&](Values& rewound) {
                      Values first = inner_->rewind(l, ValueRange(rewound).drop_front(2));
                      rewound.truncate(2);
                      llvm::append_range(rewound, first);
                      return i32(b, loc, kSkip);
                    },
                    done);
              },
              [&](Values&) { return status; });
        },
        done);
  }
  FailureOr<SmallVector<Lowered>> element(Lowering& l, ValueRange state) override {
    return inner_->element(l, state.drop_front(2));
  }
  void close(Lowering& l) override { inner_->close(l); }

 private:
  Values with_count(Lowering& l, Values inner) {
    Values state = {l.get(op_.getCount()).value, i32(l.b, loc, 0)};
    llvm::append_range(state, inner);
    return state;
  }
  local::SequenceRepeatOp op_;
  std::unique_ptr<Cursor> inner_;
};

// State: elements in the buffer, whether the inner pass has ended (i32), then the inner state.
class BatchCursor : public Cursor {
 public:
  BatchCursor(local::SequenceBatchOp op, std::unique_ptr<Cursor> inner)
      : Cursor(op.getLoc()), op_(op), inner_(std::move(inner)) {}

  LogicalResult prepare(Lowering& l) {
    auto type = cast<local::SequenceType>(op_.getSequence().getType());
    for (Type element : type.getElements()) {
      FailureOr<Home> home = Home::of(l, loc, element);
      if (failed(home)) return failure();
      if (home->unknown()) return op_.emitError("elements of unknown size cannot be batched");
      homes_.push_back(std::move(*home));
    }
    return success();
  }

  Values open(Lowering& l) override {
    for (Home& home : homes_) {
      SmallVector<int64_t> bounds = {static_cast<int64_t>(op_.getSize())};
      llvm::append_range(bounds, home.bounds);
      buffers_.push_back(l.buffer(loc, bounds, home.element));
    }
    return with_count(l, inner_->open(l));
  }
  Values rewind(Lowering& l, ValueRange state) override {
    return with_count(l, inner_->rewind(l, state.drop_front(2)));
  }

  Value step(Lowering& l, Values& state) override {
    OpBuilder& b = l.b;
    Value size = i64(b, loc, op_.getSize());
    Values init = state;
    init[0] = i64(b, loc, 0);
    SmallVector<Type> types;
    for (Value v : init) types.push_back(v.getType());
    SmallVector<Location> locs(types.size(), loc);
    auto loop = scf::WhileOp::create(b, loc, types, init);
    {
      OpBuilder::InsertionGuard guard(b);
      Block* before = b.createBlock(&loop.getBefore(), {}, types, locs);
      ValueRange s = before->getArguments();
      Value room = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, s[0], size);
      Value go = arith::AndIOp::create(b, loc, room, is(b, loc, s[1], 0));
      scf::ConditionOp::create(b, loc, go, s);
      Block* after = b.createBlock(&loop.getAfter(), {}, types, locs);
      Values now(after->getArguments());
      Values inner(now.begin() + 2, now.end());
      Value status = inner_->step(l, inner);
      Value gave = is(b, loc, status, kYield);
      auto store = scf::IfOp::create(b, loc, TypeRange(), gave, true, false);
      {
        OpBuilder::InsertionGuard inside(b);
        b.setInsertionPointToStart(store.thenBlock());
        if (failed(store_element(l, now[0], inner))) failed_ = true;
        scf::YieldOp::create(b, loc);
      }
      Value one = arith::ExtUIOp::create(b, loc, b.getI64Type(), gave);
      Values next = {arith::AddIOp::create(b, loc, now[0], one),
                     arith::ExtUIOp::create(b, loc, b.getI32Type(), is(b, loc, status, kDone))};
      llvm::append_range(next, inner);
      scf::YieldOp::create(b, loc, next);
    }
    state.assign(loop.getResults().begin(), loop.getResults().end());
    Value least = op_.getDropRemainder() ? size : i64(b, loc, 1);
    Value enough = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, state[0], least);
    return arith::SelectOp::create(b, loc, enough, i32(b, loc, kYield), i32(b, loc, kDone));
  }

  FailureOr<SmallVector<Lowered>> element(Lowering& l, ValueRange state) override {
    if (failed_) return failure();
    SmallVector<Lowered> leaves;
    OpFoldResult count = l.b.getIndexAttr(op_.getSize());
    if (!op_.getDropRemainder())
      count = Value(arith::IndexCastOp::create(l.b, loc, l.b.getIndexType(), state[0]));
    for (auto [home, buffer] : llvm::zip_equal(homes_, buffers_)) {
      Lowered leaf;
      leaf.sizes.push_back(count);
      leaf.bounds.push_back(op_.getSize());
      for (int64_t size : home.bounds) {
        leaf.sizes.push_back(l.b.getIndexAttr(size));
        leaf.bounds.push_back(size);
      }
      leaf.value = l.read(loc, l.part(loc, buffer, leaf.sizes));
      leaves.push_back(leaf);
    }
    return leaves;
  }
  void close(Lowering& l) override { inner_->close(l); }

 private:
  LogicalResult store_element(Lowering& l, Value at, ValueRange state) {
    OpBuilder& b = l.b;
    auto leaves = inner_->element(l, state);
    if (failed(leaves)) return failure();
    Value row = arith::IndexCastOp::create(b, loc, b.getIndexType(), at);
    for (auto [home, buffer, leaf] : llvm::zip_equal(homes_, buffers_, *leaves)) {
      if (home.is_scalar()) {
        memref::StoreOp::create(b, loc, leaf.value, buffer, row);
        continue;
      }
      if (llvm::is_contained(home.bounds, 0)) {
        // There is nothing to store, but sizes must fit as any element's must.
        Values unknown;
        home.fit(l, loc, leaf, unknown);
        continue;
      }
      Sizes offsets = {row}, sizes = {b.getIndexAttr(1)};
      Sizes ones(home.bounds.size() + 1, b.getIndexAttr(1));
      SmallVector<int64_t> shape;
      for (int64_t size : home.bounds) {
        offsets.push_back(b.getIndexAttr(0));
        sizes.push_back(b.getIndexAttr(size));
      }
      auto type = memref::SubViewOp::inferRankReducedResultType(
          home.bounds, cast<MemRefType>(buffer.getType()), offsets, sizes, ones);
      Value slot =
          memref::SubViewOp::create(b, loc, cast<MemRefType>(type), buffer, offsets, sizes, ones);
      home.store(l, loc, leaf, slot);
    }
    return success();
  }
  Values with_count(Lowering& l, Values inner) {
    Values state = {i64(l.b, loc, 0), i32(l.b, loc, 0)};
    llvm::append_range(state, inner);
    return state;
  }
  local::SequenceBatchOp op_;
  std::unique_ptr<Cursor> inner_;
  SmallVector<Home> homes_;
  Values buffers_;
  bool failed_ = false;
};

// State: the number of the next row.
class RowsCursor : public Cursor {
 public:
  explicit RowsCursor(local::SequenceRowsOp op) : Cursor(op.getLoc()), op_(op) {}
  Values open(Lowering& l) override { return {l.index_constant(loc, 0)}; }
  Values rewind(Lowering& l, ValueRange) override { return open(l); }
  Value step(Lowering& l, Values& state) override {
    OpBuilder& b = l.b;
    auto type = cast<RankedTensorType>(op_.getRows().front().getType());
    Value more = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, state[0],
                                       l.index_constant(loc, type.getDimSize(0)));
    state[0] = arith::AddIOp::create(b, loc, state[0], l.index_constant(loc, 1));
    return arith::SelectOp::create(b, loc, more, i32(b, loc, kYield), i32(b, loc, kDone));
  }
  FailureOr<SmallVector<Lowered>> element(Lowering& l, ValueRange state) override {
    Value row = arith::SubIOp::create(l.b, loc, state[0], l.index_constant(loc, 1));
    SmallVector<Lowered> leaves;
    for (Value operand : op_.getRows()) leaves.push_back(l.row(loc, l.get(operand), row));
    return leaves;
  }
  void close(Lowering&) override {}

 private:
  local::SequenceRowsOp op_;
};

}  // namespace

FailureOr<std::unique_ptr<Cursor>> Lowering::cursor(Value sequence) {
  std::unique_ptr<Cursor> result;
  auto type = cast<local::SequenceType>(sequence.getType());
  Operation* op = sequence.getDefiningOp();
  if (auto rows = dyn_cast_or_null<local::SequenceRowsOp>(op)) {
    result = std::make_unique<RowsCursor>(rows);
    return result;
  }
  if (!op) {
    auto host = std::make_unique<HostCursor>(sequence.getLoc(), get(sequence).sequence, type);
    if (failed(host->prepare(*this))) return failure();
    result = std::move(host);
    return result;
  }
  SmallVector<std::unique_ptr<Cursor>> inner;
  for (Value operand : op->getOperands()) {
    if (!isa<local::SequenceType>(operand.getType())) continue;
    auto made = cursor(operand);
    if (failed(made)) return failure();
    inner.push_back(std::move(*made));
  }
  if (auto map = dyn_cast<local::SequenceMapOp>(op)) {
    result = std::make_unique<MapCursor>(map, std::move(inner[0]));
  } else if (auto take = dyn_cast<local::SequenceTakeOp>(op)) {
    result = std::make_unique<TakeCursor>(take, std::move(inner[0]));
  } else if (auto repeat = dyn_cast<local::SequenceRepeatOp>(op)) {
    result = std::make_unique<RepeatCursor>(repeat, std::move(inner[0]));
  } else if (auto batches = dyn_cast<local::SequenceBatchOp>(op)) {
    auto batch = std::make_unique<BatchCursor>(batches, std::move(inner[0]));
    if (failed(batch->prepare(*this))) return failure();
    result = std::move(batch);
  } else {
    auto combining = combining_cursor(*this, op, inner);
    if (failed(combining)) return failure();
    if (!*combining) {
      op->emitError("a sequence made like this cannot be compiled to machine code");
      return failure();
    }
    result = std::move(*combining);
  }
  return result;
}

}  // namespace fedc::lower
