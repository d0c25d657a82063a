// Reverse code of loops.
//
// The reverse loop takes the steps the other way. It carries the gradient of each active state and
// the sums of gradients of what the steps use from above (gradients.h). A step of it has what the
// forward step had: the states before the step and its rows, and then either the values of the
// forward step that the gradients need, which the forward loop notes, or the forward step itself
// once more. The latter is what the loop over segments of steps does, whose steps are loops with
// notes of their own.
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

// Of which sums do not overflow.
constexpr int64_t kVeryMuch = int64_t{1} << 53;

// Of a tensor whose dimensions have bounds, at these; much more than any memory where it is very
// much.
int64_t elements_of(Type type) {
  return local::getBoundedElementCount(cast<RankedTensorType>(type)).value_or(kVeryMuch);
}
int64_t bytes_of(Type type) {
  const auto bits = cast<RankedTensorType>(type).getElementTypeBitWidth();
  int64_t bytes;
  if (__builtin_mul_overflow(elements_of(type), llvm::divideCeil(bits, 8), &bytes))
    return kVeryMuch;
  return std::min(bytes, kVeryMuch);
}

// `whole`, which has room for all that `like` may have, in the sizes that it has.
Value in_sizes_of(OpBuilder& b, Location loc, Value whole, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  return local::makeBeginning(b, loc, whole, type, local::makeUnknownSizes(b, loc, type, like));
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
    return !is_bounded(value.getType()) || (is_cheap(op) && again(op) <= bytes_of(value.getType()));
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

  // Of what may be noted, each size that its type leaves open: the size where it is known outside
  // of the loop, else null, and each step notes its own.
  llvm::DenseMap<std::pair<Value, int64_t>, Value> sizes;

  int64_t bytes_to_note(Value value) const {
    int64_t bytes = bytes_of(value.getType());
    auto type = cast<RankedTensorType>(value.getType());
    for (int64_t d = 0; d < type.getRank(); ++d)
      if (type.isDynamicDim(d) && !sizes.lookup({value, d})) bytes += 8;
    return bytes;
  }

  // What stands for `value`, in the step, where the note of it is `note`. `own` has a note, of the
  // forward step's value, and gives what stands for it.
  Value of_note(Location loc, Value value, RankedTensorType type, Value note,
                llvm::function_ref<Value(int64_t)> own) {
    OpBuilder first = OpBuilder::atBlockBegin(&block());
    SmallVector<Value> known;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (!type.isDynamicDim(d)) continue;
      Value size = sizes.lookup({value, d});
      known.push_back(size ? size : own(d));
    }
    return local::makeBeginning(first, loc, note, type, known);
  }
};

// Sizes ------------------------------------------------------------------------------------------

SizeRoots Reverse::sizes_around(local::FoldOp op) const {
  SmallVector<Region*> regions;
  for (Region* region = op->getParentRegion(); region;) {
    Operation* parent = region->getParentOp();
    const bool is_last = !parent || parent->hasTrait<OpTrait::IsIsolatedFromAbove>();
    // The step of a reverse loop that is made is no region of an operation yet.
    if (is_last || !llvm::is_contained(llvm::make_pointer_range(parent->getRegions()), region))
      regions.push_back(region);
    region = is_last ? nullptr : parent->getParentRegion();
  }
  SizeRoots roots = said_;
  for (Region* region : llvm::reverse(regions)) roots.look_at(*region);
  return roots;
}

// Says of the arguments of the reverse step what is known of the forward one's.
void Reverse::say_sizes(local::FoldOp op, Step& step, const SizeRoots& roots) {
  Block &body = op.getBody().front(), &block = step.block();
  const size_t states = op.getInit().size();
  auto as = [&](Value argument, Value of, int64_t more) {
    auto type = cast<RankedTensorType>(argument.getType());
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (!type.isDynamicDim(d)) continue;
      SizeRoots::Root root = roots.root(of, d + more);
      if (!root.value || !op.getBody().isAncestor(root.value.getParentRegion()))
        said_.say(argument, d, root);
    }
  };
  for (auto [n, i] : llvm::enumerate(step.active))
    as(block.getArgument(1 + n), body.getArgument(1 + i), 0);
  for (size_t i = 0; i < states; ++i)
    as(block.getArgument(step.first_given() + i), body.getArgument(1 + i), 0);
  for (auto [i, row] : llvm::enumerate(op.getRows()))
    as(block.getArgument(step.first_given() + states + i), row, 1);
}

// Reads sizes in the step where they come from; finds those of what may be noted.
void Reverse::find_sizes(local::FoldOp op, Step& step) {
  SizeRoots roots = sizes_around(op);
  roots.look_at(step.region);
  OpBuilder before(op);
  llvm::DenseMap<std::pair<Value, int64_t>, Value> known;
  auto outside = [&](Value tensor, int64_t dim) {
    const SizeRoots::Root root = roots.root(tensor, dim);
    auto [it, is_new] = known.try_emplace({root.value, root.dim});
    if (is_new) it->second = roots.outside(before, op.getLoc(), tensor, dim, step.region);
    return it->second;
  };
  SmallVector<local::GetDimensionSizeOp> asked;
  step.region.walk([&](local::GetDimensionSizeOp size) { asked.push_back(size); });
  for (local::GetDimensionSizeOp size : asked)
    if (Value from = outside(size.getOperand(), size.getDimension())) {
      size->replaceAllUsesWith(ValueRange(from));
      size->erase();
    }
  auto of = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    for (int64_t d = 0; type && d < type.getRank(); ++d)
      if (type.isDynamicDim(d)) step.sizes[{value, d}] = outside(value, d);
  };
  for (Value argument : step.block().getArguments()) of(argument);
  for (Operation& op : step.block()) {
    if (&op == step.mark) break;
    for (Value result : op.getResults()) of(result);
  }
}

// The step
// -----------------------------------------------------------------------------------------

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
  for (size_t i : step.active_notes) block.addArgument(row_of(op.getResult(i).getType()), loc);
  const bool is_open =
      llvm::any_of(op->getOperandTypes(), SizeRoots::is_open) || SizeRoots::has_open(op.getBody());
  SizeRoots roots = is_open ? sizes_around(op) : SizeRoots();
  step.gradients = Gradients(captures.getArrayRef(), [&, loc](Value of) -> Value {
    Value sum = block.insertArgument(step.first_given(), of.getType(), loc);
    ++step.sums;
    auto type = cast<RankedTensorType>(of.getType());
    for (int64_t d = 0; is_open && d < type.getRank(); ++d)
      if (type.isDynamicDim(d)) said_.say(sum, d, roots.root(of, d));
    return sum;
  });
  if (is_open) say_sizes(op, step, roots);

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
  for (auto [i, gradient] : llvm::zip_equal(step.active_notes, of_notes))
    seed(i, in_sizes_of(inside, loc, gradient, yielded[i]));
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

  if (is_open) {
    find_sizes(op, step);
    for (Value argument : block.getArguments()) said_.take_back(argument);
  }
  ValueRange before = block.getArguments().slice(step.first_given(), states);
  Chooser chooser(&block, step.mark, before);
  for (Operation* reverse = step.mark->getNextNode(); reverse; reverse = reverse->getNextNode())
    for (Value input : inputs_of(reverse)) chooser.need(input);
  step.stored = std::move(chooser.stored);
  for (const auto& kept : {step.stored.getArrayRef(), chooser.needed_states.getArrayRef()})
    for (Value value : kept) step.stored_bytes += step.bytes_to_note(value);
  return success();
}

LogicalResult Reverse::visit_fold(OpBuilder& builder, local::FoldOp op, ArrayRef<Value> of_results,
                                  Gradients& gradients) {
  if (!op.getAtMost())
    return op->emitError() << "the gradient of a fold keeps the state before each step, and how "
                              "many steps there are is not known: give the largest number, as "
                              "in `at_most=100`";
  for (Type state : op.getInit().getTypes())
    if (!is_bounded(state))
      return op->emitError()
             << "the gradient of a fold keeps the state before each step, and a "
                "dimension of the state has no bound: declare the parameters that it begins "
                "with and that a step returns with one, such as `?<=32`";
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
    const int64_t elements = elements_of(state);
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
      Value there = mapping.lookup(value);
      auto type = cast<RankedTensorType>(value.getType());
      noted.push_back(there);
      Value note = block.addArgument(local::atBounds(type), value.getLoc());
      value.replaceAllUsesWith(
          step.of_note(value.getLoc(), value, type, note, [&](int64_t dim) -> Value {
            noted.push_back(local::GetDimensionSizeOp::create(inside, loc, there, dim));
            return block.addArgument(number_type(inside), loc);
          }));
    }
  }

  const SmallVector<size_t> states_noted = strip_forward(step, states);
  OpBuilder inside = OpBuilder::atBlockEnd(&forward_region.front());
  for (auto [n, i] : llvm::enumerate(states_noted)) {
    BlockArgument note = block.getArgument(step.first_given() + n);
    auto type = cast<RankedTensorType>(note.getType());
    if (type.hasStaticShape()) continue;
    Value there = forward_region.front().getArgument(1 + i);
    auto uses = llvm::to_vector(llvm::make_pointer_range(note.getUses()));
    note.setType(local::atBounds(type));
    Value state = step.of_note(loc, note, type, note, [&](int64_t dim) -> Value {
      noted.push_back(local::GetDimensionSizeOp::create(inside, loc, there, dim));
      return block.addArgument(number_type(inside), loc);
    });
    for (OpOperand* use : uses) use->set(state);
  }

  // The forward loop. Where its steps may end early, one more state counts them.
  SmallVector<Value> init(op.getInit());
  Block& forward = forward_region.front();
  if (counts) {
    init.push_back(number(before, loc, 0));
    forward.insertArgument(1 + states, init.back().getType(), loc);
    own.insert(own.begin() + states,
               local::AddOp::create(inside, loc, forward.getArgument(0), number(inside, loc, 1)));
  }
  for (size_t i : states_noted) noted.push_back(forward.getArgument(1 + i));
  SmallVector<Type> types;
  for (auto [i, value] : llvm::enumerate(own))
    types.push_back(i < init.size() ? init[i].getType() : local::noteType(value.getType(), steps));
  int64_t bytes = 0;
  for (Value value : noted) {
    types.push_back(local::noteType(value.getType(), steps));
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
  for (size_t i : step.active_rows)
    types.push_back(local::noteType(row_of(forward_loop.getRows()[i].getType()), steps));
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
       llvm::zip_equal(step.active_rows, made.take_back(step.active_rows.size()))) {
    Value row = forward_loop.getRows()[i];
    give(row, in_sizes_of(builder, loc, gradient, row));
  }
  return success();
}

}  // namespace fedc
