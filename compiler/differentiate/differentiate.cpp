#include "compiler/differentiate/differentiate.h"

#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace fedc {

#define GEN_PASS_DEF_LOCALDIFFERENTIATE
#include "compiler/differentiate/Passes.h.inc"

namespace {

using namespace mlir;

// Whether a gradient may flow through values of this type. Sequences of floats do not take one, but
// they are followed, so that a use of one is found and refused.
bool carriesGradient(Type type) {
  if (auto sequence = dyn_cast<local::SequenceType>(type))
    return llvm::any_of(sequence.getElements(), carriesGradient);
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && local::isFloat(tensor.getElementType());
}

// What the forward code did is not done again where the reverse code repeats that.
bool wasDone(Operation& op) { return isa<local::AssertOp, local::DebugOp>(op); }

// Elements of one state that a fold keeps, over all its steps.
constexpr int64_t kMostNoted = int64_t{1} << 31;

// Gradients of the values of one block and of those it uses from above.
class Gradients {
 public:
  Value lookup(Value value) const { return gradients_.lookup(value); }

  // Adds `gradient` to that of `value`, in `value`'s type.
  void add(OpBuilder& builder, Location loc, Value value, Value gradient) {
    gradient = local::makeCast(builder, loc, gradient, value.getType());
    Value& sum = gradients_[value];
    sum = sum ? local::AddOp::create(builder, loc, sum, gradient) : gradient;
  }

  void forget(Value value) { gradients_.erase(value); }

  // A zero where no gradient has come.
  Value get(OpBuilder& builder, Location loc, Value value) const {
    if (Value gradient = lookup(value)) return gradient;
    return local::makeSplatLike(builder, loc, value, 0.0);
  }

 private:
  llvm::DenseMap<Value, Value> gradients_;
};

class Reverse {
 public:
  void activate(Value value) { active_.insert(value); }

  // Marks what depends on an active value, in order.
  void propagate(Block& block) {
    for (Operation& next : llvm::make_early_inc_range(block)) {
      Operation* op = &next;
      if (auto reduce = dyn_cast<local::SequenceReduceOp>(op); reduce && usesActive(*op))
        op = foldOverElements(reduce);
      if (auto fold = dyn_cast<local::FoldOp>(op)) propagateThrough(fold);
      if (usesActive(*op))
        for (Value result : op->getResults())
          if (carriesGradient(result.getType())) active_.insert(result);
    }
  }

  // Inserts, at `builder`'s place, code that carries `gradients` from the results of the block's
  // operations to their operands.
  LogicalResult run(OpBuilder& builder, Block& block, Gradients& gradients) {
    SmallVector<Operation*> ops;
    for (Operation& op : block.without_terminator()) ops.push_back(&op);
    for (Operation* op : llvm::reverse(ops))
      if (failed(visit(builder, op, gradients))) return failure();
    return success();
  }

 private:
  // A reduction of at most so many elements becomes one that notes them, and a fold over what it
  // noted: the gradient needs the elements in the other order. Where that cannot be, it stays.
  Operation* foldOverElements(local::SequenceReduceOp op) {
    // What maps the elements by an active value is a part of the step.
    while (auto map = op.getSequence().getDefiningOp<local::SequenceMapOp>()) {
      if (!active_.contains(map.getResult())) break;
      moveInto(map, op);
    }
    ArrayRef<Type> elements = op.getSequence().getType().getElements();
    if (!op.getAtMost() || active_.contains(op.getSequence()) ||
        op.getNumResults() != op.getInit().size() || !llvm::all_of(elements, [](Type type) {
          auto tensor = dyn_cast<RankedTensorType>(type);
          return tensor && tensor.hasStaticShape();
        }))
      return op;
    Location loc = op.getLoc();
    OpBuilder b(op);
    auto number = [&](OpBuilder& at, int64_t value) -> Value {
      auto type = RankedTensorType::get({}, at.getI64Type());
      return local::ConstantOp::create(at, loc, DenseElementsAttr::get(type, value));
    };
    Value zero = number(b, 0);
    SmallVector<Type> types = {zero.getType()};
    for (Type type : elements) {
      auto element = cast<RankedTensorType>(type);
      SmallVector<local::Dim> dims = local::getDims(element);
      dims.insert(dims.begin(), local::Dim::fixed(*op.getAtMost()));
      types.push_back(local::makeTensorType(dims, element.getElementType()));
    }
    auto noting =
        local::SequenceReduceOp::create(b, loc, types, op.getSequence(), zero, op.getAtMostAttr());
    Block& note = noting.getBody().emplaceBlock();
    note.addArgument(zero.getType(), loc);
    for (Type type : elements) note.addArgument(type, loc);
    OpBuilder inside = OpBuilder::atBlockEnd(&note);
    SmallVector<Value> noted(note.getArguments());
    noted[0] = local::AddOp::create(inside, loc, noted[0], number(inside, 1));
    local::YieldOp::create(inside, loc, noted);

    auto fold =
        local::FoldOp::create(b, loc, op.getResultTypes(), noting.getResult(0), op.getInit(),
                              noting.getResults().drop_front(), op.getAtMostAttr());
    fold.getBody().takeBody(op.getBody());
    fold.getBody().front().insertArgument(0u, zero.getType(), loc);
    op->replaceAllUsesWith(fold.getResults());
    op->erase();
    return fold;
  }

  // The same reduction of the elements that `map`, which makes those of `op`, takes.
  static void moveInto(local::SequenceMapOp map, local::SequenceReduceOp op) {
    Block &body = op.getBody().front(), &from = map.getBody().front();
    const unsigned states = op.getInit().size(), made = body.getNumArguments() - states;
    OpBuilder b = OpBuilder::atBlockBegin(&body);
    IRMapping mapping;
    for (BlockArgument argument : from.getArguments())
      mapping.map(argument, body.addArgument(argument.getType(), argument.getLoc()));
    for (Operation& inner : from.without_terminator()) b.clone(inner, mapping);
    for (auto [argument, value] : llvm::zip_equal(body.getArguments().slice(states, made),
                                                  from.getTerminator()->getOperands()))
      argument.replaceAllUsesWith(mapping.lookupOrDefault(value));
    body.eraseArguments(states, made);
    op.getSequenceMutable().assign(map.getSequence());
  }

  // A state that depends on an active one is active in the next step.
  void propagateThrough(local::FoldOp op) {
    Block& body = op.getBody().front();
    size_t states = op.getInit().size();
    for (auto [argument, operand] :
         llvm::zip_equal(body.getArguments().drop_front(), op->getOperands().drop_front()))
      if (active_.contains(operand)) active_.insert(argument);
    bool changed = true;
    while (changed) {
      changed = false;
      propagate(body);
      for (auto [argument, next] :
           llvm::zip(body.getArguments().slice(1, states), body.getTerminator()->getOperands()))
        if (active_.contains(next)) changed |= active_.insert(argument).second;
    }
  }

  bool usesActive(Operation& op) const {
    bool uses = false;
    op.walk([&](Operation* inner) {
      uses |= llvm::any_of(inner->getOperands(), [&](Value v) { return active_.contains(v); });
    });
    return uses;
  }

  LogicalResult visit(OpBuilder& builder, Operation* op, Gradients& gradients) {
    SmallVector<Value> of_results;
    bool any = false;
    for (Value result : op->getResults()) {
      of_results.push_back(active_.contains(result) ? gradients.lookup(result) : Value());
      any |= bool(of_results.back());
    }
    if (!any) return success();
    if (auto branch = dyn_cast<local::IfOp>(op))
      return visitIf(builder, branch, of_results, gradients);
    if (auto fold = dyn_cast<local::FoldOp>(op))
      return visitFold(builder, fold, of_results, gradients);
    if (auto custom = dyn_cast<local::CustomGradientOp>(op))
      return visitCustom(builder, custom, of_results, gradients);
    auto differentiable = dyn_cast<local::DifferentiableOpInterface>(op);
    if (!differentiable) return refuse(op);
    SmallVector<Value> of_operands(op->getNumOperands());
    if (failed(differentiable.buildVjp(builder, of_results, of_operands))) return failure();
    for (auto [operand, gradient] : llvm::zip_equal(op->getOperands(), of_operands)) {
      if (gradient && active_.contains(operand))
        gradients.add(builder, op->getLoc(), operand, gradient);
    }
    return success();
  }

  static LogicalResult refuse(Operation* op) {
    if (auto reduce = dyn_cast<local::SequenceReduceOp>(op)) {
      if (reduce.getAtMost())
        return op->emitError() << "the gradient of a reduction of a sequence keeps its elements, "
                                  "which here are of unknown size, or come from what depends on "
                                  "the argument: take the gradient inside the reduction";
      return op->emitError()
             << "the gradient of a reduction of a sequence keeps its elements, and "
                "how many there are is not known: write it as `sequence_reduce(..., "
                "at_most=100)`, with the largest number, or take the gradient "
                "inside the reduction";
    }
    return op->emitError() << "`" << op->getName() << "` cannot be differentiated";
  }

  // The values from above that the regions use and through which gradients flow.
  llvm::SetVector<Value> activeCaptures(Operation* op) const {
    llvm::SetVector<Value> captures, active;
    getUsedValuesDefinedAbove(op->getRegions(), captures);
    for (Value value : captures)
      if (active_.contains(value) && isa<RankedTensorType>(value.getType())) active.insert(value);
    return active;
  }

  LogicalResult visitIf(OpBuilder& builder, local::IfOp op, ArrayRef<Value> of_results,
                        Gradients& gradients) {
    Location loc = op.getLoc();
    llvm::SetVector<Value> captures = activeCaptures(op);
    auto reverse = local::IfOp::create(builder, loc, TypeRange(ValueRange(captures.getArrayRef())),
                                       op.getCondition());
    for (auto [from, to] : llvm::zip_equal(op->getRegions(), reverse->getRegions())) {
      Block& block = to.emplaceBlock();
      OpBuilder inside = OpBuilder::atBlockEnd(&block);
      IRMapping mapping;
      for (Operation& inner : from.front().without_terminator())
        if (!wasDone(inner)) inside.clone(inner, mapping);
      propagate(block);
      Gradients local_gradients;
      SmallVector<Value> yielded;
      for (Value value : from.front().getTerminator()->getOperands())
        yielded.push_back(mapping.lookupOrDefault(value));
      for (auto [value, gradient] : llvm::zip_equal(yielded, of_results))
        if (gradient && active_.contains(value)) local_gradients.add(inside, loc, value, gradient);
      auto end = local::YieldOp::create(inside, loc);
      inside.setInsertionPoint(end);
      if (failed(run(inside, block, local_gradients))) return failure();
      SmallVector<Value> of_captures;
      for (Value value : captures) of_captures.push_back(local_gradients.get(inside, loc, value));
      end->setOperands(of_captures);
    }
    for (auto [value, gradient] : llvm::zip_equal(captures, reverse.getResults()))
      gradients.add(builder, loc, value, gradient);
    return success();
  }

  // What its second region does, where the reverse code is.
  LogicalResult visitCustom(OpBuilder& builder, local::CustomGradientOp op,
                            ArrayRef<Value> of_results, Gradients& gradients) {
    Location loc = op.getLoc();
    if (!activeCaptures(op).empty())
      return op->emitError() << "the functions of `custom_gradient` use what the gradient is taken "
                                "by, or depends on it, without being given it: make it a part of "
                                "their argument";
    Block& body = op.getBackward().front();
    SmallVector<Value> arguments(op.getOperands());
    for (auto [result, gradient] : llvm::zip_equal(op.getResults(), of_results))
      arguments.push_back(gradient ? local::makeCast(builder, loc, gradient, result.getType())
                                   : local::makeSplatLike(builder, loc, result, 0.0));
    IRMapping mapping;
    mapping.map(body.getArguments(), arguments);
    for (Operation& inner : body.without_terminator()) builder.clone(inner, mapping);
    for (auto [operand, gradient] :
         llvm::zip_equal(op.getOperands(), body.getTerminator()->getOperands()))
      if (active_.contains(operand))
        gradients.add(builder, loc, operand, mapping.lookupOrDefault(gradient));
    return success();
  }

  // The backward fold runs the steps in the other order. It carries the gradient of each active
  // state and of each captured value; its rows are what the forward fold noted: the states before
  // each step.
  LogicalResult visitFold(OpBuilder& builder, local::FoldOp op, ArrayRef<Value> given_gradients,
                          Gradients& gradients) {
    Location loc = op.getLoc();
    SmallVector<Value> of_results(given_gradients);
    const size_t own_states = op.getInit().size();
    const bool counts = op.getUntilFalse();
    FailureOr<local::FoldOp> noting = noteStates(op, gradients);
    if (failed(noting)) return failure();
    local::FoldOp forward = *noting;
    Block& body = forward.getBody().front();
    size_t states = forward.getInit().size(), rows = forward.getRows().size();
    if (counts) of_results.insert(of_results.begin() + own_states, Value());
    Value count = counts ? forward.getResult(own_states) : Value(forward.getCount());
    ValueRange noted = forward.getResults().take_back(states);
    llvm::SetVector<Value> captures = activeCaptures(forward);

    SmallVector<size_t> active;  // states
    SmallVector<Value> init, given(noted);
    for (size_t i = 0; i < states; ++i) {
      if (!active_.contains(body.getArgument(1 + i))) continue;
      active.push_back(i);
      Value state = forward.getResult(i);
      init.push_back(of_results[i] ? local::makeCast(builder, loc, of_results[i], state.getType())
                                   : local::makeSplatLike(builder, loc, state, 0.0));
    }
    for (Value capture : captures) init.push_back(local::makeSplatLike(builder, loc, capture, 0.0));
    llvm::append_range(given, forward.getRows());
    SmallVector<size_t> notes;  // those of the forward fold with a gradient
    for (size_t i = states; i < of_results.size(); ++i) {
      if (!of_results[i]) continue;
      notes.push_back(i);
      given.push_back(local::makeCast(builder, loc, of_results[i], forward.getResult(i).getType()));
    }
    SmallVector<Type> results(ValueRange(init).getTypes());
    SmallVector<size_t> active_rows;
    for (size_t i = 0; i < rows; ++i) {
      if (!active_.contains(forward.getRows()[i])) continue;
      active_rows.push_back(i);
      results.push_back(forward.getRows()[i].getType());
    }

    auto reverse = local::FoldOp::create(builder, loc, results, count, init, given,
                                         forward.getAtMostAttr(), !forward.getReverse());
    Block& block = reverse.getBody().emplaceBlock();
    IRMapping mapping;
    mapping.map(body.getArgument(0), block.addArgument(body.getArgument(0).getType(), loc));
    for (Value value : init) block.addArgument(value.getType(), loc);
    for (BlockArgument argument : body.getArguments().drop_front())
      mapping.map(argument, block.addArgument(argument.getType(), argument.getLoc()));
    for (size_t i : notes) {
      auto type = cast<RankedTensorType>(body.getTerminator()->getOperand(i).getType());
      block.addArgument(type, loc);
    }
    ValueRange of_states = block.getArguments().slice(1, active.size()),
               sums = block.getArguments().slice(1 + active.size(), captures.size()),
               of_notes = block.getArguments().take_back(notes.size());

    OpBuilder inside = OpBuilder::atBlockEnd(&block);
    for (Operation& inner : body.without_terminator())
      if (!wasDone(inner)) inside.clone(inner, mapping);
    for (BlockArgument argument : body.getArguments())
      if (active_.contains(argument)) active_.insert(mapping.lookup(argument));
    propagate(block);
    Gradients inner_gradients;
    auto seed = [&](size_t i, Value gradient) {
      Value value = mapping.lookupOrDefault(body.getTerminator()->getOperand(i));
      if (active_.contains(value)) inner_gradients.add(inside, loc, value, gradient);
    };
    for (auto [i, gradient] : llvm::zip_equal(active, of_states)) seed(i, gradient);
    for (auto [i, gradient] : llvm::zip_equal(notes, of_notes)) seed(i, gradient);
    auto end = local::YieldOp::create(inside, loc);
    inside.setInsertionPoint(end);
    if (failed(run(inside, block, inner_gradients))) return failure();
    SmallVector<Value> next;
    for (size_t i : active)
      next.push_back(inner_gradients.get(inside, loc, mapping.lookup(body.getArgument(1 + i))));
    for (auto [capture, sum] : llvm::zip_equal(captures, sums)) {
      Value gradient = inner_gradients.lookup(capture);
      next.push_back(gradient ? local::AddOp::create(inside, loc, sum, gradient) : sum);
    }
    for (size_t i : active_rows)
      next.push_back(
          inner_gradients.get(inside, loc, mapping.lookup(body.getArgument(1 + states + i))));
    end->setOperands(next);

    auto give = [&](Value value, Value gradient) {
      if (active_.contains(value)) gradients.add(builder, loc, value, gradient);
    };
    ValueRange made = reverse.getResults();
    for (auto [i, gradient] : llvm::zip_equal(active, made.take_front(active.size())))
      give(forward.getInit()[i], gradient);
    for (auto [capture, gradient] :
         llvm::zip_equal(captures, made.slice(active.size(), captures.size())))
      give(capture, gradient);
    for (auto [i, gradient] : llvm::zip_equal(active_rows, made.take_back(active_rows.size())))
      give(forward.getRows()[i], gradient);
    return success();
  }

  // The same fold, which also notes the state before each step; it takes the place of `op`. Where
  // the steps may end early it has one more state, behind the others: how many there were.
  FailureOr<local::FoldOp> noteStates(local::FoldOp op, Gradients& gradients) {
    if (!op.getAtMost())
      return op->emitError() << "the gradient of a fold keeps the state before each step, and how "
                                "many steps there are is not known: give the largest number, as "
                                "in `at_most=100`";
    SmallVector<Type> types(op.getResultTypes());
    for (Type type : op.getInit().getTypes()) {
      auto state = cast<RankedTensorType>(type);
      if (!state.hasStaticShape())
        return op->emitError() << "the gradient of a fold keeps the state before each step, and a "
                                  "dimension of "
                               << state << " is not known";
      __int128 elements = *op.getAtMost();
      for (int64_t size : state.getShape()) elements *= size;
      if (elements > kMostNoted)
        return op->emitError() << "the gradient of a fold keeps the state before each step: "
                               << *op.getAtMost() << " times " << state.getNumElements()
                               << " elements is too much";
      SmallVector<local::Dim> dims = local::getDims(state);
      dims.insert(dims.begin(), local::Dim::fixed(*op.getAtMost()));
      types.push_back(local::makeTensorType(dims, state.getElementType()));
    }
    OpBuilder builder(op);
    const size_t states = op.getInit().size();
    SmallVector<Value> init(op.getInit());
    const bool counts = op.getUntilFalse();
    if (counts) {
      auto number = RankedTensorType::get({}, builder.getI64Type());
      init.push_back(local::ConstantOp::create(builder, op.getLoc(),
                                               DenseElementsAttr::get(number, int64_t{0})));
      types.insert(types.begin() + states, number);
      types.push_back(RankedTensorType::get({int64_t(*op.getAtMost())}, builder.getI64Type()));
    }
    auto noting =
        local::FoldOp::create(builder, op.getLoc(), types, op.getCount(), init, op.getRows(),
                              op.getAtMostAttr(), op.getReverse(), op.getUntilFalse());
    noting.getBody().takeBody(op.getBody());
    Block& body = noting.getBody().front();
    SmallVector<Value> yielded(body.getTerminator()->getOperands());
    if (counts) {
      body.insertArgument(1 + states, init.back().getType(), op.getLoc());
      OpBuilder inside(body.getTerminator());
      Value one = local::ConstantOp::create(
          inside, op.getLoc(),
          DenseElementsAttr::get(cast<RankedTensorType>(init.back().getType()), int64_t{1}));
      yielded.insert(yielded.begin() + states,
                     local::AddOp::create(inside, op.getLoc(), body.getArgument(0), one));
    }
    llvm::append_range(yielded, body.getArguments().slice(1, init.size()));
    body.getTerminator()->setOperands(yielded);
    SmallVector<Value> stay(noting.getResults());
    if (counts) stay.erase(stay.begin() + states);
    for (auto [before, after] : llvm::zip(op.getResults(), stay)) {
      // Another value may come to stand where `before` was in memory.
      if (active_.erase(before)) active_.insert(after);
      gradients.forget(before);
      before.replaceAllUsesWith(after);
    }
    op->erase();
    return noting;
  }

  llvm::DenseSet<Value> active_;
};

// Reverse code stands where the forward operations are in the source, but what the user calls them
// are the forward values; the gradients are called what the results of `op` are.
void nameReverse(local::GradientOp op, Operation* first, local::YieldOp yield) {
  for (Operation* reverse = first; reverse != yield; reverse = reverse->getNextNode())
    reverse->walk([](Operation* inner) { inner->setLoc(fed::without_names(inner->getLoc())); });
  for (auto [result, value] : llvm::zip_equal(op->getResults(), yield.getValues())) {
    Operation* maker = value.getDefiningOp();
    bool is_reverse = maker && maker->getBlock() == yield->getBlock() &&
                      !maker->isBeforeInBlock(first) && maker->getNumResults() == 1;
    std::string name = fed::name_of(result);
    if (is_reverse && !name.empty()) maker->setLoc(fed::named_location(maker->getLoc(), {name}));
  }
}

LogicalResult differentiate(local::GradientOp op) {
  Location loc = op.getLoc();
  Block& block = op.getBody().front();
  auto yield = cast<local::YieldOp>(block.getTerminator());
  ArrayRef<BlockArgument> wrt = block.getArguments().take_front(op.getWrt());

  // The region's arguments are still apart from the operands here, and so is a use of an operand's
  // value from above, which is a constant.
  Reverse reverse;
  for (Value argument : wrt) reverse.activate(argument);
  reverse.propagate(block);
  OpBuilder builder(yield);
  Gradients gradients;
  Value loss = yield.getValues().front();
  Value seed = local::makeSplatLike(builder, loc, loss, 1.0);
  gradients.add(builder, loc, loss, seed);
  if (failed(reverse.run(builder, block, gradients))) return failure();

  SmallVector<Value> results(yield.getValues());
  for (Value argument : wrt) results.push_back(gradients.get(builder, loc, argument));
  yield->setOperands(results);

  nameReverse(op, seed.getDefiningOp(), yield);

  // Products that no result needs.
  for (Operation& inner : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&inner)) inner.erase();

  for (auto [argument, operand] : llvm::zip_equal(block.getArguments(), op.getOperands()))
    argument.replaceAllUsesWith(operand);
  op->replaceAllUsesWith(yield->getOperands());
  yield->erase();
  op->getBlock()->getOperations().splice(op->getIterator(), block.getOperations());
  op->erase();
  return success();
}

// What is left when all gradients are code is its first region.
void inlineBody(local::CustomGradientOp op) {
  Block& body = op.getBody().front();
  Operation* yield = body.getTerminator();
  for (auto [argument, operand] : llvm::zip_equal(body.getArguments(), op.getOperands()))
    argument.replaceAllUsesWith(operand);
  op->replaceAllUsesWith(yield->getOperands());
  yield->erase();
  op->getBlock()->getOperations().splice(op->getIterator(), body.getOperations());
  op->erase();
}

struct LocalDifferentiate : impl::LocalDifferentiateBase<LocalDifferentiate> {
  void runOnOperation() override {
    SmallVector<local::GradientOp> ops;  // post-order: innermost first
    getOperation()->walk([&](local::GradientOp op) { ops.push_back(op); });
    for (local::GradientOp op : ops)
      if (failed(differentiate(op))) return signalPassFailure();
    SmallVector<local::CustomGradientOp> custom;
    getOperation()->walk([&](local::CustomGradientOp op) { custom.push_back(op); });
    for (local::CustomGradientOp op : custom) inlineBody(op);
  }
};

}  // namespace
}  // namespace fedc
