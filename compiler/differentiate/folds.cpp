// Reverse code of loops.
//
// The reverse loop takes the steps the other way. It carries the gradient of each active state and
// the sums of gradients of what the steps use from above (gradients.h). A step of it has what the
// forward step had: the states before the step and its rows, and then either the values of the
// forward step that the gradients need, which the forward loop notes, or the forward step itself
// once more. The latter is what the loop over segments of steps does, whose steps are loops with
// notes of their own.
#include <cmath>

#include "compiler/differentiate/reverse.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace fedc {

using namespace mlir;

namespace {

// Elements of one value that a loop notes, over all its steps.
constexpr int64_t kMostNoted = int64_t{1} << 31;

// Loops of fewer steps are not cut.
constexpr int64_t kFewSteps = 4;

// Of a tensor of static shape.
int64_t bytes_of(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumElements() * llvm::divideCeil(tensor.getElementTypeBitWidth(), 8);
}

bool is_static(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape();
}

// `type` once for each step.
RankedTensorType stacked(Type type, int64_t steps) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<local::Dim> dims = local::getDims(tensor);
  dims.insert(dims.begin(), local::Dim::fixed(steps));
  return local::makeTensorType(dims, tensor.getElementType());
}

RankedTensorType row_of(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return local::makeTensorType(ArrayRef(local::getDims(tensor)).drop_front(),
                               tensor.getElementType());
}

Value number(OpBuilder& b, Location loc, int64_t value) {
  auto type = RankedTensorType::get({}, b.getI64Type());
  return local::ConstantOp::create(b, loc, DenseElementsAttr::get(type, value));
}

// What is done faster than its result is read back: it only moves data, or is a number.
bool is_cheap(Operation* op) {
  if (isa<local::ConstantOp, local::ParamOp, local::BroadcastInDimOp, local::IotaOp,
          local::ReshapeOp, local::TransposeOp, local::CastOp, local::GetDimensionSizeOp,
          local::SliceOp, local::ReverseOp, local::TakeOp, local::DynamicSliceOp, local::ConvertOp,
          local::StopGradientOp>(op))
    return true;
  return op->hasTrait<OpTrait::Elementwise>() &&
         cast<RankedTensorType>(op->getResult(0).getType()).getRank() == 0;
}

// What an operation reads, its regions included.
llvm::SetVector<Value> inputs_of(Operation* op) {
  llvm::SetVector<Value> inputs(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), inputs);
  return inputs;
}

// Chooses what a reverse step has from notes: the least bytes, where whatever only moves data is
// done again.
class Chooser {
 public:
  // `marker` ends the forward part of the block.
  Chooser(Block* block, Operation* marker, ValueRange states) : block_(block), marker_(marker) {
    states_.insert(states.begin(), states.end());
  }

  void need(Value value) {
    if (states_.contains(value)) {
      needed_states.insert(value);
      return;
    }
    if (!is_forward(value) || !seen_.insert(value).second) return;
    if (!is_again(value)) {
      stored.insert(value);
      return;
    }
    for (Value input : inputs_of(value.getDefiningOp())) need(input);
  }

  llvm::SetVector<Value> stored, needed_states;

 private:
  bool is_forward(Value value) const {
    Operation* op = value.getDefiningOp();
    return op && op->getBlock() == block_ && op->isBeforeInBlock(marker_);
  }
  bool is_again(Value value) {
    Operation* op = value.getDefiningOp();
    return !is_static(value.getType()) || (is_cheap(op) && again(op) <= bytes_of(value.getType()));
  }
  // The bytes that it takes to have the value.
  int64_t cost(Value value) {
    if (states_.contains(value)) return bytes_of(value.getType());
    if (!is_forward(value)) return 0;
    if (auto known = costs_.find(value); known != costs_.end()) return known->second;
    const int64_t cost = is_again(value) ? again(value.getDefiningOp()) : bytes_of(value.getType());
    return costs_[value] = cost;
  }
  int64_t again(Operation* op) {
    int64_t sum = 0;
    for (Value input : inputs_of(op)) sum += cost(input);
    return sum;
  }

  Block* block_;
  Operation* marker_;
  llvm::DenseSet<Value> states_, seen_;
  llvm::DenseMap<Value, int64_t> costs_;
};

}  // namespace

// The block's arguments: the number of the step; of each active state the gradient of the next one;
// the sums; then what is given for each step: the states before it, its rows, gradients of its
// notes, stored values. The block: the forward step; a yield of what that yields, as a mark; the
// reverse code; the yield of the next gradients of states, of sums, and of the gradients of rows.
struct Reverse::Step {
  explicit Step(local::FoldOp op) : region(op) {}

  Region region;
  SmallVector<size_t> active, active_rows, active_notes;  // numbers of states, rows, own results
  Gradients gradients;
  size_t sums = 0;  // so many arguments
  local::YieldOp mark;
  llvm::SetVector<Value> stored;
  int64_t stored_bytes = 0;  // with the states, of one step
  int64_t of_steps = 0;      // where this one is a segment: of how many the whole loop is

  Block& block() { return region.front(); }
  size_t first_given() const { return 1 + active.size() + sums; }
};

LogicalResult Reverse::make_step(local::FoldOp op, ArrayRef<Value> of_results, Step& step) {
  Location loc = op.getLoc();
  Block& body = op.getBody().front();
  const size_t states = op.getInit().size(), rows = op.getRows().size();
  for (size_t i = 0; i < states; ++i)
    if (active_.contains(body.getArgument(1 + i))) step.active.push_back(i);
  for (size_t i = 0; i < rows; ++i)
    if (active_.contains(op.getRows()[i])) step.active_rows.push_back(i);
  for (size_t i = states; i < of_results.size(); ++i)
    if (of_results[i]) step.active_notes.push_back(i);
  llvm::SetVector<Value> captures = active_captures(op);

  Block& block = step.region.emplaceBlock();
  IRMapping mapping;
  mapping.map(body.getArgument(0), block.addArgument(body.getArgument(0).getType(), loc));
  for (size_t i : step.active) block.addArgument(op.getInit()[i].getType(), loc);
  for (BlockArgument argument : body.getArguments().drop_front())
    mapping.map(argument, block.addArgument(argument.getType(), argument.getLoc()));
  for (size_t i : step.active_notes)
    block.addArgument(body.getTerminator()->getOperand(i).getType(), loc);
  step.gradients = Gradients(captures.getArrayRef(), [&step, &block, loc](Value of) -> Value {
    Value sum = block.insertArgument(step.first_given(), of.getType(), loc);
    ++step.sums;
    return sum;
  });

  OpBuilder inside = OpBuilder::atBlockEnd(&block);
  for (Operation& inner : body.without_terminator()) inside.clone(inner, mapping);
  SmallVector<Value> yielded;
  for (Value value : body.getTerminator()->getOperands())
    yielded.push_back(mapping.lookupOrDefault(value));
  step.mark = local::YieldOp::create(inside, loc, yielded);
  auto end = local::YieldOp::create(inside, loc);
  for (BlockArgument argument : body.getArguments())
    if (active_.contains(argument)) active_.insert(mapping.lookup(argument));
  propagate(block);

  inside.setInsertionPoint(end);
  auto seed = [&](size_t i, Value gradient) {
    if (active_.contains(yielded[i])) step.gradients.add(inside, loc, yielded[i], gradient);
  };
  for (auto [n, i] : llvm::enumerate(step.active)) seed(i, block.getArgument(1 + n));
  ValueRange of_notes = block.getArguments().take_back(step.active_notes.size());
  for (auto [i, gradient] : llvm::zip_equal(step.active_notes, of_notes)) seed(i, gradient);
  if (failed(run(inside, block, step.gradients))) return failure();

  SmallVector<Value> next, of_rows;
  for (size_t i : step.active)
    next.push_back(step.gradients.get(inside, loc, mapping.lookup(body.getArgument(1 + i))));
  for (size_t i : step.active_rows)
    of_rows.push_back(
        step.gradients.get(inside, loc, mapping.lookup(body.getArgument(1 + states + i))));
  for (const Gradients::Sum& sum : step.gradients.sums(inside, loc)) next.push_back(sum.next);
  llvm::append_range(next, of_rows);
  end->setOperands(next);

  ValueRange before = block.getArguments().slice(step.first_given(), states);
  Chooser chooser(&block, step.mark, before);
  for (Operation* reverse = step.mark->getNextNode(); reverse; reverse = reverse->getNextNode())
    for (Value input : inputs_of(reverse)) chooser.need(input);
  step.stored = std::move(chooser.stored);
  for (Value value : step.stored) step.stored_bytes += bytes_of(value.getType());
  for (Value value : chooser.needed_states) step.stored_bytes += bytes_of(value.getType());
  return success();
}

LogicalResult Reverse::visit_fold(OpBuilder& builder, local::FoldOp op, ArrayRef<Value> of_results,
                                  Gradients& gradients) {
  if (!op.getAtMost())
    return op->emitError() << "the gradient of a fold keeps the state before each step, and how "
                              "many steps there are is not known: give the largest number, as "
                              "in `at_most=100`";
  for (Type state : op.getInit().getTypes())
    if (!is_static(state))
      return op->emitError() << "the gradient of a fold keeps the state before each step, and a "
                                "dimension of the state is not known: begin with a state of known "
                                "dimensions, or take the gradient of one example after the other";
  const int64_t steps = *op.getAtMost();
  {
    Step step(op);
    if (failed(make_step(op, of_results, step))) return failure();
    // Of very many steps no product of the two overflows.
    if (steps < kFewSteps || static_cast<double>(steps) * static_cast<double>(step.stored_bytes) <=
                                 static_cast<double>(most_stored_))
      return finish(builder, op, step, of_results, 0, gradients);
    forget(step.region);
  }
  SmallVector<Value> given(of_results);
  const int64_t segment = segment_of(steps);
  Segmented cut = cut_into_segments(op, segment);
  replace(op, cut.results, gradients);
  for (Operation* made : cut.made) propagate_one(made);
  for (auto [value, gradient] : llvm::zip_equal(cut.results, given))
    if (gradient) gradients.add(builder, value.getLoc(), value, gradient);
  for (Operation* made : llvm::reverse(cut.made)) {
    if (made != cut.outer) {
      if (failed(visit(builder, made, gradients))) return failure();
      continue;
    }
    SmallVector<Value> of_outer;
    for (Value result : made->getResults()) of_outer.push_back(gradients.lookup(result));
    Step step(cut.outer);
    step.of_steps = steps;
    if (failed(make_step(cut.outer, of_outer, step)) ||
        failed(finish(builder, cut.outer, step, of_outer, segment, gradients)))
      return failure();
  }
  return success();
}

// Leaves of the forward step in the reverse one what that needs; gives the numbers of the states
// that it needs, which are the arguments that are left.
SmallVector<size_t> Reverse::strip_forward(Step& step, size_t states) {
  Block& block = step.block();
  Operation* reverse = step.mark->getNextNode();
  step.mark->erase();
  SmallVector<Operation*> done;
  for (Operation* inner = &block.front(); inner != reverse; inner = inner->getNextNode())
    inner->walk([&](Operation* any) {
      if (was_done(*any)) done.push_back(any);
    });
  for (Operation* any : done) erase(any);
  for (Operation* inner = reverse->getPrevNode(); inner;) {
    Operation* previous = inner->getPrevNode();
    if (isOpTriviallyDead(inner)) erase(inner);
    inner = previous;
  }
  SmallVector<size_t> needed;
  llvm::BitVector unused(block.getNumArguments());
  for (size_t i = 0; i < states; ++i) {
    BlockArgument state = block.getArgument(step.first_given() + i);
    if (state.use_empty()) {
      active_.erase(state);
      unused.set(state.getArgNumber());
    } else {
      needed.push_back(i);
    }
  }
  block.eraseArguments(unused);
  return needed;
}

LogicalResult Reverse::finish(OpBuilder& builder, local::FoldOp op, Step& step,
                              ArrayRef<Value> of_results, int64_t segment, Gradients& gradients) {
  Location loc = op.getLoc();
  Block& block = step.block();
  const int64_t steps = *op.getAtMost();
  const size_t states = op.getInit().size(), rows = op.getRows().size();
  const bool counts = op.getUntilFalse();

  for (Type state : op.getInit().getTypes()) {
    const int64_t elements = cast<RankedTensorType>(state).getNumElements();
    if (static_cast<__int128>(steps) * elements > kMostNoted)
      return op->emitError() << "the gradient of a fold keeps the state before each step: " << steps
                             << " times " << elements << " elements is too much";
  }

  // The forward loop's step: with what it notes for the reverse one, or as it is.
  OpBuilder before(op);
  Region forward_region(op);
  SmallVector<Value> noted, own;  // values of the step
  if (segment) {
    forward_region.takeBody(op.getBody());
    own = SmallVector<Value>(forward_region.front().getTerminator()->getOperands());
    forward_region.front().getTerminator()->erase();
    step.stored.clear();
  } else {
    Block& forward = forward_region.emplaceBlock();
    IRMapping mapping;
    mapping.map(block.getArgument(0), forward.addArgument(block.getArgument(0).getType(), loc));
    for (BlockArgument argument : block.getArguments().slice(step.first_given(), states + rows))
      mapping.map(argument, forward.addArgument(argument.getType(), argument.getLoc()));
    OpBuilder inside = OpBuilder::atBlockEnd(&forward);
    for (Operation& inner : block) {
      if (&inner == step.mark) break;
      inside.clone(inner, mapping);
    }
    for (Value value : step.mark->getOperands()) own.push_back(mapping.lookupOrDefault(value));
    for (Value value : step.stored) {
      noted.push_back(mapping.lookup(value));
      value.replaceAllUsesWith(block.addArgument(value.getType(), value.getLoc()));
    }
  }

  const SmallVector<size_t> states_noted = strip_forward(step, states);

  // The forward loop. Where its steps may end early, one more state counts them.
  SmallVector<Value> init(op.getInit());
  Block& forward = forward_region.front();
  OpBuilder inside = OpBuilder::atBlockEnd(&forward);
  if (counts) {
    init.push_back(number(before, loc, 0));
    forward.insertArgument(1 + states, init.back().getType(), loc);
    own.insert(own.begin() + states,
               local::AddOp::create(inside, loc, forward.getArgument(0), number(inside, loc, 1)));
  }
  for (size_t i : states_noted) noted.push_back(forward.getArgument(1 + i));
  SmallVector<Type> types;
  for (auto [i, value] : llvm::enumerate(own))
    types.push_back(i < init.size() ? init[i].getType() : stacked(value.getType(), steps));
  int64_t bytes = 0;
  for (Value value : noted) {
    types.push_back(stacked(value.getType(), steps));
    bytes += steps * bytes_of(value.getType());
  }
  llvm::append_range(own, noted);
  local::YieldOp::create(inside, loc, own);
  auto forward_loop =
      local::FoldOp::create(before, loc, types, op.getCount(), init, op.getRows(),
                            op.getAtMostAttr(), op.getReverse(), op.getUntilFalse());
  forward_loop.getBody().takeBody(forward_region);
  SmallVector<Value> results(forward_loop.getResults().drop_back(noted.size()));
  Value count = counts ? results[states] : Value(op.getCount());
  if (counts) results.erase(results.begin() + states);
  replace(op, results, gradients);

  // The reverse loop.
  SmallVector<Value> start, given;  // what it carries; what is given, in the order of its arguments
  for (size_t i : step.active) {
    Value state = results[i];
    start.push_back(of_results[i] ? local::makeCast(builder, loc, of_results[i], state.getType())
                                  : local::makeSplatLike(builder, loc, state, 0.0));
  }
  ArrayRef<Gradients::Sum> sums = step.gradients.sums(builder, loc);
  for (const Gradients::Sum& sum : sums)
    start.push_back(gradients.is_summed(sum.of) ? gradients.open(sum.of)
                                                : local::makeSplatLike(builder, loc, sum.of, 0.0));
  ValueRange notes = forward_loop.getResults().take_back(noted.size());
  llvm::append_range(given, notes.take_back(states_noted.size()));
  llvm::append_range(given, forward_loop.getRows());
  for (size_t i : step.active_notes)
    given.push_back(local::makeCast(builder, loc, of_results[i], results[i].getType()));
  llvm::append_range(given, notes.drop_back(states_noted.size()));
  types = SmallVector<Type>(ValueRange(start).getTypes());
  for (size_t i : step.active_rows) types.push_back(forward_loop.getRows()[i].getType());
  auto loop = local::FoldOp::create(builder, loc, types, count, start, given,
                                    forward_loop.getAtMostAttr(), !forward_loop.getReverse());
  loop.getBody().takeBody(step.region);
  loop->setAttr("kept_bytes", builder.getI64IntegerAttr(bytes));
  loop->setAttr("of_steps", builder.getI64IntegerAttr(segment ? step.of_steps : steps));
  if (segment) loop->setAttr("segment", builder.getI64IntegerAttr(segment));

  auto give = [&](Value value, Value gradient) {
    if (active_.contains(value)) gradients.add(builder, loc, value, gradient);
  };
  ValueRange made = loop.getResults();
  for (auto [i, gradient] : llvm::zip(step.active, made)) give(forward_loop.getInit()[i], gradient);
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value gradient = made[step.active.size() + i];
    if (gradients.is_summed(sum.of))
      gradients.close(sum.of, start[step.active.size() + i], gradient);
    else
      give(sum.of, gradient);
  }
  for (auto [i, gradient] :
       llvm::zip_equal(step.active_rows, made.take_back(step.active_rows.size())))
    give(forward_loop.getRows()[i], gradient);
  return success();
}

// Segments --------------------------------------------------------------------------------------

int64_t segment_of(int64_t steps) {
  const auto root = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(steps))));
  for (int64_t off = 0; off <= root / 2; ++off)
    for (int64_t near : {root - off, root + off})
      if (steps % near == 0) return near;
  return root;
}

Segmented cut_into_segments(local::FoldOp op, int64_t segment) {
  Location loc = op.getLoc();
  OpBuilder b(op);
  Segmented cut;
  const int64_t most = *op.getAtMost(), segments = llvm::divideCeil(most, segment),
                all = segments * segment;
  auto scalar = [&](OpBuilder& at, int64_t value) { return number(at, loc, value); };
  Value count = op.getCount(), many;
  DenseElementsAttr known;
  const bool is_whole = matchPattern(count, m_Constant(&known)) &&
                        known.getSplatValue<int64_t>() == most && all == most;
  if (is_whole) {
    many = scalar(b, segments);
  } else {
    // One above the most is one above the most here, too.
    Value up = local::AddOp::create(b, loc, count, scalar(b, segment - 1));
    many = local::DivideOp::create(b, loc, up, scalar(b, segment));
    Value is_more = local::CompareOp::create(b, loc, count, scalar(b, most), local::Direction::GT);
    many = local::SelectOp::create(b, loc, is_more, scalar(b, segments + 1), many);
  }

  SmallVector<Value> rows;
  for (Value row : op.getRows()) {
    auto type = cast<RankedTensorType>(row.getType());
    if (all != most) {
      SmallVector<int64_t> low(type.getRank(), 0), high = low;
      high[0] = all - most;
      row = local::PadOp::create(b, loc, row, low, high, low);
      cut.made.push_back(row.getDefiningOp());
      type = cast<RankedTensorType>(row.getType());
    }
    SmallVector<local::Dim> dims = local::getDims(type);
    dims[0] = local::Dim::fixed(segment);
    dims.insert(dims.begin(), local::Dim::fixed(segments));
    rows.push_back(
        local::ReshapeOp::create(b, loc, local::makeTensorType(dims, type.getElementType()), row));
    cut.made.push_back(rows.back().getDefiningOp());
  }

  const size_t states = op.getInit().size();
  SmallVector<Type> inner_types(op.getInit().getTypes()), outer_types = inner_types;
  for (Value value : op.getBody().front().getTerminator()->getOperands().drop_front(states)) {
    inner_types.push_back(stacked(value.getType(), segment));
    outer_types.push_back(stacked(inner_types.back(), segments));
  }
  cut.outer =
      local::FoldOp::create(b, loc, outer_types, many, op.getInit(), rows,
                            b.getI64IntegerAttr(segments), op.getReverse(), op.getUntilFalse());
  cut.made.push_back(cut.outer);
  Block& body = cut.outer.getBody().emplaceBlock();
  Value s = body.addArgument(count.getType(), loc);
  for (Value value : op.getInit()) body.addArgument(value.getType(), loc);
  for (Value value : rows) body.addArgument(row_of(value.getType()), loc);
  OpBuilder in = OpBuilder::atBlockEnd(&body);
  Value first = local::MultiplyOp::create(in, loc, s, scalar(in, segment)), own;
  if (is_whole) {
    own = scalar(in, segment);
  } else {
    Value rest = local::SubtractOp::create(in, loc, count, first);
    own = local::MinimumOp::create(in, loc, rest, scalar(in, segment));
  }
  auto inner =
      local::FoldOp::create(in, loc, inner_types, own, body.getArguments().slice(1, states),
                            body.getArguments().drop_front(1 + states),
                            in.getI64IntegerAttr(segment), op.getReverse(), op.getUntilFalse());
  inner.getBody().takeBody(op.getBody());
  local::YieldOp::create(in, loc, inner.getResults());
  Block& steps = inner.getBody().front();
  OpBuilder at = OpBuilder::atBlockBegin(&steps);
  Value j = steps.getArgument(0), i = local::AddOp::create(at, loc, first, j);
  j.replaceAllUsesExcept(i, i.getDefiningOp());

  cut.results = SmallVector<Value>(cut.outer.getResults().take_front(states));
  for (auto [note, type] : llvm::zip_equal(cut.outer.getResults().drop_front(states),
                                           TypeRange(op->getResultTypes()).drop_front(states))) {
    auto tensor = cast<RankedTensorType>(type);
    SmallVector<local::Dim> dims = local::getDims(tensor);
    dims[0] = local::Dim::fixed(all);
    Value flat = local::ReshapeOp::create(
        b, loc, local::makeTensorType(dims, tensor.getElementType()), note);
    cut.made.push_back(flat.getDefiningOp());
    if (all != most) {
      SmallVector<int64_t> start(tensor.getRank(), 0), limit(tensor.getShape()),
          strides(tensor.getRank(), 1);
      flat = local::SliceOp::create(b, loc, flat, start, limit, strides);
      cut.made.push_back(flat.getDefiningOp());
    }
    cut.results.push_back(flat);
  }
  return cut;
}

}  // namespace fedc
