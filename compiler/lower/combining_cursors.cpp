// Stages of sequences that choose from elements or combine them.
#include "compiler/lower/cursors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace fedc::lower {

using namespace mlir;

namespace {

using Element = SmallVector<Lowered>;

// An element that outlives the code that made it: tensors in buffers of the pass, scalars and
// unknown sizes as values.
class KeptElement {
 public:
  LogicalResult prepare(Lowering& l, Location loc, local::SequenceType type) {
    for (Type leaf : type.getElements()) {
      FailureOr<Home> home = Home::of(l, loc, leaf);
      if (failed(home)) return failure();
      homes_.push_back(std::move(*home));
    }
    return success();
  }
  // Makes the buffers; gives values to begin with.
  Values open(Lowering& l, Location loc) {
    Values values;
    for (const Home& home : homes_) {
      if (home.is_scalar()) {
        buffers_.push_back({});
        values.push_back(l.constant(loc, home.element, 0));
      } else {
        buffers_.push_back(l.buffer(loc, home.bounds, home.element));
        values.append(home.unknown(), l.index_constant(loc, 0));
      }
    }
    return values;
  }
  Values store(Lowering& l, Location loc, ArrayRef<Lowered> leaves) {
    Values values;
    for (auto [home, buffer, leaf] : llvm::zip_equal(homes_, buffers_, leaves)) {
      if (home.is_scalar())
        values.push_back(leaf.value);
      else
        llvm::append_range(values, home.store(l, loc, leaf, buffer));
    }
    return values;
  }
  Element load(Lowering& l, Location loc, ValueRange values) {
    Element leaves;
    for (auto [home, buffer] : llvm::zip_equal(homes_, buffers_)) {
      const int64_t taken = home.is_scalar() ? 1 : home.unknown();
      leaves.push_back(home.is_scalar() ? Lowered{values.front()}
                                        : home.load(l, loc, buffer, values.take_front(taken)));
      values = values.drop_front(taken);
    }
    return leaves;
  }
  size_t size() const {
    size_t values = 0;
    for (const Home& home : homes_) values += home.is_scalar() ? 1 : home.unknown();
    return values;
  }

 private:
  SmallVector<Home> homes_;
  Values buffers_;
};

// State: how many are still to be skipped, then the inner state.
class SkipCursor : public Cursor {
 public:
  SkipCursor(local::SequenceSkipOp op, std::unique_ptr<Cursor> inner)
      : Cursor(op.getLoc()), op_(op), inner_(std::move(inner)) {}
  Values open(Lowering& l) override { return with_count(l, inner_->open(l)); }
  Values rewind(Lowering& l, ValueRange state) override {
    return with_count(l, inner_->rewind(l, state.drop_front()));
  }
  Value step(Lowering& l, Values& state) override {
    OpBuilder& b = l.b;
    Values inner(state.begin() + 1, state.end());
    Value status = inner_->step(l, inner);
    Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, state[0], i64(b, loc, 0));
    Value skipped = arith::AndIOp::create(b, loc, some, is(b, loc, status, kYield));
    Value one = arith::ExtUIOp::create(b, loc, b.getI64Type(), skipped);
    state.assign(1, arith::SubIOp::create(b, loc, state[0], one));
    llvm::append_range(state, inner);
    return arith::SelectOp::create(b, loc, skipped, i32(b, loc, kSkip), status);
  }
  FailureOr<Element> element(Lowering& l, ValueRange state) override {
    return inner_->element(l, state.drop_front());
  }
  bool computes() const override { return inner_->computes(); }
  void close(Lowering& l) override { inner_->close(l); }

 private:
  Values with_count(Lowering& l, Values inner) {
    inner.insert(inner.begin(), l.get(op_.getCount()).value);
    return inner;
  }
  local::SequenceSkipOp op_;
  std::unique_ptr<Cursor> inner_;
};

// State: what is kept of the element, where that is cheaper than to compute it again, then the
// inner state.
class FilterCursor : public Cursor {
 public:
  FilterCursor(local::SequenceFilterOp op, std::unique_ptr<Cursor> inner)
      : Cursor(op.getLoc()), op_(op), inner_(std::move(inner)), keeps_(inner_->computes()) {}
  LogicalResult prepare(Lowering& l) {
    return keeps_ ? kept_.prepare(l, loc, op_.getSequence().getType()) : success();
  }
  Values open(Lowering& l) override {
    Values state;
    if (keeps_) state = kept_.open(l, loc);
    llvm::append_range(state, inner_->open(l));
    return state;
  }
  Values rewind(Lowering& l, ValueRange state) override {
    Values fresh(state.take_front(kept_.size()));
    llvm::append_range(fresh, inner_->rewind(l, state.drop_front(kept_.size())));
    return fresh;
  }
  Value step(Lowering& l, Values& state) override {
    const size_t kept = kept_.size();
    Values inner(state.begin() + kept, state.end());
    Value status = inner_->step(l, inner);
    state.truncate(kept);
    llvm::append_range(state, inner);
    return branch(
        l, loc, is(l.b, loc, status, kYield), state,
        [&](Values& now) -> Value {
          FailureOr<Element> leaves = inner_->element(l, ValueRange(now).drop_front(kept));
          if (failed(leaves)) return fails(l);
          if (keeps_) {
            Values values = kept_.store(l, loc, *leaves);
            std::copy(values.begin(), values.end(), now.begin());
            *leaves = kept_.load(l, loc, values);
          }
          Block& body = op_.getBody().front();
          for (auto [argument, leaf] : llvm::zip_equal(body.getArguments(), *leaves))
            l.map(argument, leaf);
          if (failed(l.lower_block(body))) return fails(l);
          return arith::SelectOp::create(l.b, loc, l.get(body.getTerminator()->getOperand(0)).value,
                                         i32(l.b, loc, kYield), i32(l.b, loc, kSkip));
        },
        [&](Values&) { return status; });
  }
  FailureOr<Element> element(Lowering& l, ValueRange state) override {
    if (failed_) return failure();
    if (keeps_) return kept_.load(l, loc, state.take_front(kept_.size()));
    return inner_->element(l, state);
  }
  void close(Lowering& l) override { inner_->close(l); }

 private:
  Value fails(Lowering& l) {
    failed_ = true;
    return i32(l.b, loc, kDone);
  }
  local::SequenceFilterOp op_;
  std::unique_ptr<Cursor> inner_;
  const bool keeps_;
  KeptElement kept_;
  bool failed_ = false;
};

// State: the number of the next element, then the inner state.
class EnumerateCursor : public Cursor {
 public:
  EnumerateCursor(local::SequenceEnumerateOp op, std::unique_ptr<Cursor> inner)
      : Cursor(op.getLoc()), inner_(std::move(inner)) {}
  Values open(Lowering& l) override { return from_zero(l, inner_->open(l)); }
  Values rewind(Lowering& l, ValueRange state) override {
    return from_zero(l, inner_->rewind(l, state.drop_front()));
  }
  Value step(Lowering& l, Values& state) override {
    OpBuilder& b = l.b;
    Values inner(state.begin() + 1, state.end());
    Value status = inner_->step(l, inner);
    Value one = arith::ExtUIOp::create(b, loc, b.getI64Type(), is(b, loc, status, kYield));
    state.assign(1, arith::AddIOp::create(b, loc, state[0], one));
    llvm::append_range(state, inner);
    return status;
  }
  FailureOr<Element> element(Lowering& l, ValueRange state) override {
    auto leaves = inner_->element(l, state.drop_front());
    if (failed(leaves)) return failure();
    Value index = arith::SubIOp::create(l.b, loc, state[0], i64(l.b, loc, 1));
    leaves->insert(leaves->begin(), Lowered{index});
    return leaves;
  }
  bool computes() const override { return inner_->computes(); }
  void close(Lowering& l) override { inner_->close(l); }

 private:
  Values from_zero(Lowering& l, Values inner) {
    inner.insert(inner.begin(), i64(l.b, loc, 0));
    return inner;
  }
  std::unique_ptr<Cursor> inner_;
};

// Two sequences at once. State: a flag (i32) that is 0 at first, then both inner states.
class PairCursor : public Cursor {
 public:
  PairCursor(Location loc, std::unique_ptr<Cursor> lhs, std::unique_ptr<Cursor> rhs)
      : Cursor(loc), lhs_(std::move(lhs)), rhs_(std::move(rhs)) {}
  Values open(Lowering& l) override {
    Values left = lhs_->open(l), right = rhs_->open(l);
    left_ = left.size();
    return state(i32(l.b, loc, 0), left, right);
  }
  Values rewind(Lowering& l, ValueRange now) override {
    return state(i32(l.b, loc, 0), lhs_->rewind(l, left(now)), rhs_->rewind(l, right(now)));
  }
  void close(Lowering& l) override {
    rhs_->close(l);
    lhs_->close(l);
  }

 protected:
  ValueRange left(ValueRange state) const { return state.slice(1, left_); }
  ValueRange right(ValueRange state) const { return state.drop_front(1 + left_); }
  static Values state(Value flag, ValueRange left, ValueRange right) {
    Values state = {flag};
    llvm::append_range(state, left);
    llvm::append_range(state, right);
    return state;
  }
  // 1 where the integer is `value`.
  Value flag(Lowering& l, Value x, int64_t value) {
    return arith::ExtUIOp::create(l.b, loc, l.b.getI32Type(), is(l.b, loc, x, value));
  }
  std::unique_ptr<Cursor> lhs_, rhs_;

 private:
  size_t left_ = 0;
};

// The flag: whether the left element waits for one to its right.
class ZipCursor : public PairCursor {
 public:
  using PairCursor::PairCursor;
  Value step(Lowering& l, Values& now) override {
    Value ready = branch(
        l, loc, is(l.b, loc, now[0], 1), now, [&](Values&) { return i32(l.b, loc, kYield); },
        [&](Values& s) {
          Values one(left(s));
          Value status = lhs_->step(l, one);
          s = state(flag(l, status, kYield), one, Values(right(s)));
          return status;
        });
    return branch(
        l, loc, is(l.b, loc, ready, kYield), now,
        [&](Values& s) {
          Values other(right(s));
          Value status = rhs_->step(l, other);
          s = state(flag(l, status, kSkip), Values(left(s)), other);
          return status;
        },
        [&](Values&) { return ready; });
  }
  FailureOr<Element> element(Lowering& l, ValueRange now) override {
    FailureOr<Element> leaves = lhs_->element(l, left(now));
    FailureOr<Element> rest = rhs_->element(l, right(now));
    if (failed(leaves) || failed(rest)) return failure();
    llvm::append_range(*leaves, *rest);
    return leaves;
  }
  bool computes() const override { return lhs_->computes() || rhs_->computes(); }
};

// The flag: whether the first sequence has ended.
class ConcatenateCursor : public PairCursor {
 public:
  ConcatenateCursor(local::SequenceConcatenateOp op, std::unique_ptr<Cursor> lhs,
                    std::unique_ptr<Cursor> rhs)
      : PairCursor(op.getLoc(), std::move(lhs), std::move(rhs)), op_(op) {}
  LogicalResult prepare(Lowering& l) { return kept_.prepare(l, loc, op_.getType()); }
  Values open(Lowering& l) override {
    first_ = kept_.open(l, loc);
    return PairCursor::open(l);
  }
  Value step(Lowering& l, Values& now) override {
    return branch(
        l, loc, is(l.b, loc, now[0], 0), now,
        [&](Values& s) -> Value {
          Values one(left(s));
          Value status = lhs_->step(l, one);
          s = state(flag(l, status, kDone), one, Values(right(s)));
          return arith::SelectOp::create(l.b, loc, is(l.b, loc, status, kDone),
                                         i32(l.b, loc, kSkip), status);
        },
        [&](Values& s) {
          Values other(right(s));
          Value status = rhs_->step(l, other);
          s = state(s[0], Values(left(s)), other);
          return status;
        });
  }
  FailureOr<Element> element(Lowering& l, ValueRange now) override {
    bool failed_either = false;
    Values values = first_;
    auto copy = [&](Cursor& from, ValueRange its, Values& kept) -> Value {
      FailureOr<Element> leaves = from.element(l, its);
      if (failed(leaves))
        failed_either = true;
      else
        kept = kept_.store(l, loc, *leaves);
      return i32(l.b, loc, kYield);
    };
    branch(
        l, loc, is(l.b, loc, now[0], 0), values,
        [&](Values& kept) { return copy(*lhs_, left(now), kept); },
        [&](Values& kept) { return copy(*rhs_, right(now), kept); });
    if (failed_either) return failure();
    return kept_.load(l, loc, values);
  }
  bool computes() const override { return true; }

 private:
  local::SequenceConcatenateOp op_;
  KeptElement kept_;
  Values first_;  // of kept_, before there is an element
};

template <class Made>
FailureOr<std::unique_ptr<Cursor>> prepared(Lowering& l, std::unique_ptr<Made> made) {
  if (failed(made->prepare(l))) return failure();
  return std::unique_ptr<Cursor>(std::move(made));
}

}  // namespace

FailureOr<std::unique_ptr<Cursor>> combining_cursor(
    Lowering& l, Operation* op, MutableArrayRef<std::unique_ptr<Cursor>> inner) {
  std::unique_ptr<Cursor> result;
  if (auto skip = dyn_cast<local::SequenceSkipOp>(op))
    result = std::make_unique<SkipCursor>(skip, std::move(inner[0]));
  if (auto enumerate = dyn_cast<local::SequenceEnumerateOp>(op))
    result = std::make_unique<EnumerateCursor>(enumerate, std::move(inner[0]));
  if (auto zip = dyn_cast<local::SequenceZipOp>(op))
    result = std::make_unique<ZipCursor>(zip.getLoc(), std::move(inner[0]), std::move(inner[1]));
  if (auto shuffle = dyn_cast<local::SequenceShuffleOp>(op))
    return shuffle_cursor(l, shuffle, std::move(inner[0]));
  if (auto filter = dyn_cast<local::SequenceFilterOp>(op))
    return prepared(l, std::make_unique<FilterCursor>(filter, std::move(inner[0])));
  if (auto both = dyn_cast<local::SequenceConcatenateOp>(op))
    return prepared(
        l, std::make_unique<ConcatenateCursor>(both, std::move(inner[0]), std::move(inner[1])));
  return result;
}

}  // namespace fedc::lower
