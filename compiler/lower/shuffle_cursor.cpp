// The stage that gives elements in a random order, out of a buffer.
#include "compiler/lower/cursors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace fedc::lower {

using namespace mlir;

namespace {

// Elements lie in slots and stay there; what is shuffled are the slots' numbers. The first `filled`
// of these are in the buffer, and the one behind them is the element that was drawn last.
// State: filled, whether the inner pass has ended (i32), how many were drawn, then the inner state.
class ShuffleCursor : public Cursor {
 public:
  ShuffleCursor(local::SequenceShuffleOp op, std::unique_ptr<Cursor> inner)
      : Cursor(op.getLoc()),
        op_(op),
        inner_(std::move(inner)),
        size_(static_cast<int64_t>(op.getSize())) {}

  LogicalResult prepare(Lowering& l) {
    for (Type leaf : op_.getType().getElements()) {
      FailureOr<Home> home = Home::of(l, loc, leaf);
      if (failed(home)) return failure();
      unknown_ += home->unknown();
      homes_.push_back(std::move(*home));
    }
    return success();
  }

  Values open(Lowering& l) override {
    OpBuilder& b = l.b;
    for (const Home& home : homes_) {
      SmallVector<int64_t> bounds;
      if (!is_empty(home)) bounds.push_back(size_);
      llvm::append_range(bounds, home.bounds);
      buffers_.push_back(l.buffer(loc, bounds, home.element));
    }
    if (unknown_ != 0) sizes_ = l.buffer(loc, {size_, unknown_}, b.getI64Type());
    slots_ = l.buffer(loc, {size_}, b.getI64Type());
    auto loop = scf::ForOp::create(b, loc, l.index_constant(loc, 0), l.index_constant(loc, size_),
                                   l.index_constant(loc, 1));
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value slot = loop.getInductionVar();
      Value number = arith::IndexCastOp::create(b, loc, b.getI64Type(), slot);
      memref::StoreOp::create(b, loc, number, slots_, slot);
    }
    return at_first(l, inner_->open(l));
  }
  // Slots may be in any order: what is drawn depends on the order of elements alone.
  Values rewind(Lowering& l, ValueRange state) override {
    return at_first(l, inner_->rewind(l, state.drop_front(3)));
  }

  Value step(Lowering& l, Values& state) override {
    OpBuilder& b = l.b;
    fill(l, state);
    Value zero = i64(b, loc, 0), one = i64(b, loc, 1), filled = state[0];
    Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, filled, zero);
    Value last =
        arith::SelectOp::create(b, loc, some, arith::SubIOp::create(b, loc, filled, one), zero);
    Value bits = threefry(b, loc, l.get(op_.getKey()).value, state[2]);
    Value count = arith::AddIOp::create(b, loc, last, one);
    Value drawn = index(l, arith::RemUIOp::create(b, loc, bits, count)), end = index(l, last);
    Value chosen = memref::LoadOp::create(b, loc, slots_, drawn);
    Value moved = memref::LoadOp::create(b, loc, slots_, end);
    memref::StoreOp::create(b, loc, moved, slots_, drawn);
    memref::StoreOp::create(b, loc, chosen, slots_, end);
    state[0] = last;
    state[2] = arith::AddIOp::create(b, loc, state[2], one);
    return arith::SelectOp::create(b, loc, some, i32(b, loc, kYield), i32(b, loc, kDone));
  }

  FailureOr<SmallVector<Lowered>> element(Lowering& l, ValueRange state) override {
    if (failed_) return failure();
    OpBuilder& b = l.b;
    Value slot = index(l, memref::LoadOp::create(b, loc, slots_, index(l, state[0])));
    Values unknown;
    for (int64_t i = 0; i < unknown_; ++i) {
      Value size =
          memref::LoadOp::create(b, loc, sizes_, ValueRange{slot, l.index_constant(loc, i)});
      unknown.push_back(index(l, size));
    }
    SmallVector<Lowered> leaves;
    ValueRange rest = unknown;
    for (auto [home, buffer] : llvm::zip_equal(homes_, buffers_)) {
      if (home.is_scalar()) {
        leaves.push_back({memref::LoadOp::create(b, loc, buffer, slot)});
        continue;
      }
      leaves.push_back(
          home.load(l, loc, place(l, home, buffer, slot), rest.take_front(home.unknown())));
      rest = rest.drop_front(home.unknown());
    }
    return leaves;
  }
  void close(Lowering& l) override { inner_->close(l); }

 private:
  static bool is_empty(const Home& home) { return llvm::is_contained(home.bounds, 0); }
  Value index(Lowering& l, Value number) {
    return arith::IndexCastOp::create(l.b, loc, l.b.getIndexType(), number);
  }
  Values at_first(Lowering& l, Values inner) {
    Values state = {i64(l.b, loc, 0), i32(l.b, loc, 0), i64(l.b, loc, 0)};
    llvm::append_range(state, inner);
    return state;
  }
  // The memory of a tensor in a slot; one without elements takes none.
  Value place(Lowering& l, const Home& home, Value buffer, Value slot) {
    if (is_empty(home)) return buffer;
    OpBuilder& b = l.b;
    Sizes offsets = {slot}, sizes = {b.getIndexAttr(1)};
    Sizes ones(home.bounds.size() + 1, b.getIndexAttr(1));
    for (int64_t size : home.bounds) {
      offsets.push_back(b.getIndexAttr(0));
      sizes.push_back(b.getIndexAttr(size));
    }
    auto type = memref::SubViewOp::inferRankReducedResultType(
        home.bounds, cast<MemRefType>(buffer.getType()), offsets, sizes, ones);
    return memref::SubViewOp::create(b, loc, cast<MemRefType>(type), buffer, offsets, sizes, ones);
  }

  // Reads elements until the buffer is full or there are no more.
  void fill(Lowering& l, Values& state) {
    OpBuilder& b = l.b;
    SmallVector<Type> types;
    for (Value v : state) types.push_back(v.getType());
    SmallVector<Location> locs(types.size(), loc);
    auto loop = scf::WhileOp::create(b, loc, types, state);
    OpBuilder::InsertionGuard guard(b);
    Block* before = b.createBlock(&loop.getBefore(), {}, types, locs);
    ValueRange s = before->getArguments();
    Value room = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, s[0], i64(b, loc, size_));
    scf::ConditionOp::create(b, loc, arith::AndIOp::create(b, loc, room, is(b, loc, s[1], 0)), s);
    Block* after = b.createBlock(&loop.getAfter(), {}, types, locs);
    Values now(after->getArguments());
    Values inner(now.begin() + 3, now.end());
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
                   arith::ExtUIOp::create(b, loc, b.getI32Type(), is(b, loc, status, kDone)),
                   now[2]};
    llvm::append_range(next, inner);
    scf::YieldOp::create(b, loc, next);
    state.assign(loop.getResults().begin(), loop.getResults().end());
  }

  LogicalResult store_element(Lowering& l, Value at, ValueRange state) {
    OpBuilder& b = l.b;
    auto leaves = inner_->element(l, state);
    if (failed(leaves)) return failure();
    Value slot = index(l, memref::LoadOp::create(b, loc, slots_, index(l, at)));
    int64_t next = 0;
    for (auto [home, buffer, leaf] : llvm::zip_equal(homes_, buffers_, *leaves)) {
      if (home.is_scalar()) {
        memref::StoreOp::create(b, loc, leaf.value, buffer, slot);
        continue;
      }
      Values unknown;
      if (is_empty(home))
        home.fit(l, loc, leaf, unknown);
      else
        unknown = home.store(l, loc, leaf, place(l, home, buffer, slot));
      for (Value size : unknown) {
        Value number = arith::IndexCastOp::create(b, loc, b.getI64Type(), size);
        memref::StoreOp::create(b, loc, number, sizes_,
                                ValueRange{slot, l.index_constant(loc, next++)});
      }
    }
    return success();
  }

  local::SequenceShuffleOp op_;
  std::unique_ptr<Cursor> inner_;
  const int64_t size_;
  SmallVector<Home> homes_;
  int64_t unknown_ = 0;  // sizes of an element
  Values buffers_;
  Value sizes_, slots_;
  bool failed_ = false;
};

}  // namespace

FailureOr<std::unique_ptr<Cursor>> shuffle_cursor(Lowering& l, local::SequenceShuffleOp op,
                                                  std::unique_ptr<Cursor> inner) {
  auto made = std::make_unique<ShuffleCursor>(op, std::move(inner));
  if (failed(made->prepare(l))) return failure();
  return std::unique_ptr<Cursor>(std::move(made));
}

}  // namespace fedc::lower
