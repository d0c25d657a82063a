// Iteration over a range, and what loops carry.
#include "compiler/lower/carried.h"
#include "dialects/fed/Names.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

FailureOr<Carried> Carried::begin(Lowering& l, Location loc, ValueRange init, TypeRange types) {
  Carried carried;
  for (auto [i, value, type] : llvm::enumerate(init, types)) {
    FailureOr<Home> home = Home::of(l, loc, type);
    if (failed(home)) return failure();
    // For reports of memory: each leaf has its own name.
    Location named = fed::named_location(fed::without_names(loc), {fed::name_of(loc, i)});
    const Lowered& lowered = l.get(value);
    if (home->is_scalar()) {
      carried.state_.push_back(lowered.value);
    } else {
      Value now = l.buffer(named, home->bounds, home->element);
      Value next = l.buffer(named, home->bounds, home->element);
      Values sizes = home->store(l, loc, lowered, now);
      carried.state_.append({now, next});
      llvm::append_range(carried.state_, sizes);
    }
    carried.homes_.push_back(std::move(*home));
  }
  return carried;
}

void Carried::load(Lowering& l, Location loc, ValueRange values, ValueRange state) const {
  for (auto [home, value] : llvm::zip_equal(homes_, values)) {
    if (home.is_scalar()) {
      l.map(value, Lowered{state.front()});
      state = state.drop_front();
    } else {
      l.map(value, home.load(l, loc, state[0], state.slice(2, home.unknown())));
      state = state.drop_front(2 + home.unknown());
    }
  }
}

void Carried::offer(Lowering& l, ValueRange yielded, ValueRange arguments, ValueRange state) const {
  for (auto [home, value, argument] : llvm::zip_equal(homes_, yielded, arguments)) {
    // A value from outside is there already.
    Operation* op = value.getDefiningOp();
    if (op && !home.is_scalar() && home.unknown() == 0 && llvm::count(yielded, value) == 1 &&
        op->getBlock() == argument.getParentBlock())
      l.offer(value, {state[1], argument, state[0]});
    state = state.drop_front(home.is_scalar() ? 1 : 2 + home.unknown());
  }
}

Values Carried::store(Lowering& l, Location loc, ValueRange yielded, ValueRange state) const {
  Values next;
  for (auto [home, value] : llvm::zip_equal(homes_, yielded)) {
    const Lowered& lowered = l.get(value);
    if (home.is_scalar()) {
      next.push_back(lowered.value);
      state = state.drop_front();
    } else {
      auto tensor = lowered.value.getDefiningOp<bufferization::ToTensorOp>();
      Value place = tensor ? tensor.getBuffer() : Value();
      // In place of the state before: the buffers stay. (The state itself, as an argument that is
      // yielded again, is not offered and has a copy: others may be yielded from it, too.)
      bool is_in_place = place == state[0] && l.offered(value).replaced_memory == place;
      Values sizes;
      if (place != state[1] && !is_in_place) sizes = home.store(l, loc, lowered, state[1]);
      if (is_in_place)
        next.append({state[0], state[1]});
      else
        next.append({state[1], state[0]});
      llvm::append_range(next, sizes);
      state = state.drop_front(2 + home.unknown());
    }
  }
  return next;
}

namespace {

// Where the beginning of row `i`, of these sizes, of what the steps note is; null where a row has
// no elements.
Value row_of_notes(Lowering& l, Location loc, Value notes, Value i, const Sizes& of_note) {
  auto type = cast<MemRefType>(notes.getType());
  if (llvm::is_contained(type.getShape(), 0)) return {};
  Sizes offsets(type.getRank(), l.b.getIndexAttr(0)), ones(type.getRank(), l.b.getIndexAttr(1)),
      sizes = {l.b.getIndexAttr(1)};
  llvm::append_range(sizes, of_note);
  offsets[0] = i;
  SmallVector<int64_t> shape;
  for (OpFoldResult size : of_note)
    shape.push_back(isa<Attribute>(size) ? *getConstantIntValue(size) : ShapedType::kDynamic);
  MemRefType row = memref::SubViewOp::inferRankReducedResultType(shape, type, offsets, sizes, ones);
  return memref::SubViewOp::create(l.b, loc, row, notes, offsets, sizes, ones);
}

}  // namespace

FailureOr<Notes> Notes::begin(Lowering& l, Location loc, TypeRange types) {
  Notes notes;
  for (Type type : types) {
    FailureOr<Lowered> shape = l.shape_of(loc, type, {});
    if (failed(shape)) return failure();
    Type element = Lowering::signless(cast<RankedTensorType>(type).getElementType());
    Value memory = l.buffer(loc, shape->bounds, element);
    l.write(loc, l.fill(loc, *shape, l.constant(loc, element, 0)).value, memory);
    notes.memory_.push_back(memory);
    notes.shapes_.push_back(*shape);
  }
  return notes;
}

void Notes::write(Lowering& l, Location loc, ValueRange yielded, Value i) const {
  for (auto [memory, value] : llvm::zip_equal(memory_, yielded)) {
    const Lowered& note = l.get(value);
    if (note.is_scalar()) {
      if (cast<MemRefType>(memory.getType()).getDimSize(0) != 0)
        memref::StoreOp::create(l.b, loc, note.value, memory, i);
      continue;
    }
    // In the sizes that the type says, as which it is read again.
    auto type = cast<RankedTensorType>(value.getType());
    Home home{Lowering::signless(type.getElementType()), SmallVector<int64_t>(type.getShape()),
              local::getBounds(type)};
    Values unknown;
    Lowered fitted = home.fit(l, loc, note, unknown);
    if (Value place = row_of_notes(l, loc, memory, i, fitted.sizes))
      l.write(loc, fitted.value, place);
  }
}

void Notes::load(Lowering& l, Location loc, ValueRange results) {
  for (auto [result, memory, shape] : llvm::zip_equal(results, memory_, shapes_)) {
    shape.value = l.read(loc, memory);
    l.map(result, shape);
  }
}

LogicalResult Lowering::lower_fold(local::FoldOp op) {
  Location loc = op.getLoc();
  int64_t states = op.getInit().size();
  Block& region = op.getBody().front();
  Value count = get(op.getCount()).value;
  if (op.getAtMost()) {
    Value most = constant(loc, b.getI64Type(), *op.getAtMost());
    Value more = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, count, most);
    fail_if(loc, more, FED_BAD_SIZE, count, beyond(loc, most));
    count = arith::MinSIOp::create(b, loc, count, most);
  }
  count = arith::MaxSIOp::create(b, loc, count, constant(loc, b.getI64Type(), 0));
  Value steps = arith::IndexCastOp::create(b, loc, b.getIndexType(), count);

  turn_right_sides(region);
  auto carried = Carried::begin(*this, loc, op.getInit(), op.getInit().getTypes());
  if (failed(carried)) return failure();
  auto notes = Notes::begin(*this, loc, op.getResults().drop_front(states).getTypes());
  if (failed(notes)) return failure();
  // Step i, where the builder is: the state after it.
  auto step = [&](Value i, ValueRange state) -> FailureOr<Values> {
    map(region.getArgument(0), Lowered{arith::IndexCastOp::create(b, loc, b.getI64Type(), i)});
    carried->load(*this, loc, region.getArguments().slice(1, states), state);
    for (auto [argument, rows] :
         llvm::zip_equal(region.getArguments().drop_front(1 + states), op.getRows()))
      map(argument, row(loc, get(rows), i));
    ValueRange yielded = region.getTerminator()->getOperands();
    carried->offer(*this, yielded.take_front(states), region.getArguments().slice(1, states),
                   state);
    if (failed(lower_block(region))) return failure();
    notes->write(*this, loc, yielded.drop_front(states), i);
    return carried->store(*this, loc, yielded.take_front(states), state);
  };
  ValueRange last;
  if (op.getUntilFalse()) {
    Values init = {index_constant(loc, 0)};
    llvm::append_range(init, carried->state());
    SmallVector<Type> types(ValueRange(init).getTypes());
    SmallVector<Location> locs(types.size(), loc);
    auto loop = scf::WhileOp::create(b, loc, types, init);
    OpBuilder::InsertionGuard guard(b);
    Block* before = b.createBlock(&loop.getBefore(), {}, types, locs);
    // The first state is a scalar, which is carried as it is.
    Value more =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, before->getArgument(0), steps);
    more = arith::AndIOp::create(b, loc, more, before->getArgument(1));
    scf::ConditionOp::create(b, loc, more, before->getArguments());
    Block* after = b.createBlock(&loop.getAfter(), {}, types, locs);
    Value i = after->getArgument(0);
    FailureOr<Values> next = step(i, after->getArguments().drop_front());
    if (failed(next)) return failure();
    Values yielded = {arith::AddIOp::create(b, loc, i, index_constant(loc, 1))};
    llvm::append_range(yielded, *next);
    scf::YieldOp::create(b, loc, yielded);
    last = loop.getResults().drop_front();
  } else {
    auto loop = scf::ForOp::create(b, loc, index_constant(loc, 0), steps, index_constant(loc, 1),
                                   carried->state());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value i = loop.getInductionVar();
    if (op.getReverse()) {
      Value end = arith::SubIOp::create(b, loc, steps, index_constant(loc, 1));
      i = arith::SubIOp::create(b, loc, end, i);
    }
    FailureOr<Values> next = step(i, loop.getRegionIterArgs());
    if (failed(next)) return failure();
    // Without states, as where it only notes, the loop has its end already.
    if (!next->empty()) scf::YieldOp::create(b, loc, *next);
    last = loop.getResults();
  }
  carried->load(*this, loc, op.getResults().take_front(states), last);
  notes->load(*this, loc, op.getResults().drop_front(states));
  return success();
}

}  // namespace fedc::lower
