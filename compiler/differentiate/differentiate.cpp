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
    for (Operation& op : block)
      if (usesActive(op))
        for (Value result : op.getResults())
          if (carriesGradient(result.getType())) active_.insert(result);
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
    if (isa<local::SequenceReduceOp>(op))
      return op->emitError() << "a reduction of a sequence cannot be differentiated: take the "
                                "gradient inside the reduction";
    return op->emitError() << "`" << op->getName() << "` cannot be differentiated";
  }

  // The values from above that the regions use and through which gradients flow.
  llvm::SetVector<Value> activeCaptures(local::IfOp op) const {
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
        if (!isa<local::AssertOp>(inner)) inside.clone(inner, mapping);  // it was checked before
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
  Operation* last_forward = yield->getPrevNode();
  Gradients gradients;
  Value loss = yield.getValues().front();
  gradients.add(builder, loc, loss, local::makeSplatLike(builder, loc, loss, 1.0));
  if (failed(reverse.run(builder, block, gradients))) return failure();

  SmallVector<Value> results(yield.getValues());
  for (Value argument : wrt) results.push_back(gradients.get(builder, loc, argument));
  yield->setOperands(results);

  nameReverse(op, last_forward ? last_forward->getNextNode() : &block.front(), yield);

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

struct LocalDifferentiate : impl::LocalDifferentiateBase<LocalDifferentiate> {
  void runOnOperation() override {
    SmallVector<local::GradientOp> ops;  // post-order: innermost first
    getOperation()->walk([&](local::GradientOp op) { ops.push_back(op); });
    for (local::GradientOp op : ops)
      if (failed(differentiate(op))) return signalPassFailure();
  }
};

}  // namespace
}  // namespace fedc
