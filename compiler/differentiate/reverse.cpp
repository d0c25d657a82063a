// Reverse code of blocks, choices and reductions; loops: folds.cpp.
#include "compiler/differentiate/reverse.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

namespace fedc {

using namespace mlir;

bool carries_gradient(Type type) {
  if (auto sequence = dyn_cast<local::SequenceType>(type))
    return llvm::any_of(sequence.getElements(), carries_gradient);
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && local::isFloat(tensor.getElementType());
}

bool is_bounded(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && !llvm::is_contained(local::getBounds(tensor), -1);
}

RankedTensorType number_type(Builder& b) { return RankedTensorType::get({}, b.getI64Type()); }

Value number(OpBuilder& b, Location loc, int64_t value) {
  return local::ConstantOp::create(b, loc, DenseElementsAttr::get(number_type(b), value));
}

RankedTensorType row_of(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return local::makeTensorType(ArrayRef(local::getDims(tensor)).drop_front(),
                               tensor.getElementType());
}

bool was_done(Operation& op) { return isa<local::AssertOp, local::DebugOp>(op); }

namespace {

static LogicalResult refuse(Operation* op) {
  if (auto reduce = dyn_cast<local::SequenceReduceOp>(op)) {
    if (reduce.getAtMost())
      return op->emitError()
             << "the gradient of a reduction of a sequence keeps its elements, "
                "which here are of a size without a bound, or come from what depends on "
                "the argument: take the gradient inside the reduction";
    InFlightDiagnostic error = op->emitError()
                               << "the gradient of a reduction of a sequence keeps its elements, "
                                  "and how many there are is not known";
    error.attachNote() << "hint: say how many there are at most, by an argument `at_most=100` of "
                          "this reduction; or take the gradient inside it";
    return error;
  }
  return op->emitError() << "`" << op->getName() << "` cannot be differentiated";
}

// The same reduction of the elements that `map`, which makes those of `op`, takes.
static void move_into(local::SequenceMapOp map, local::SequenceReduceOp op) {
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

}  // namespace

void Reverse::propagate(Block& block) {
  for (Operation& op : llvm::make_early_inc_range(block)) propagate_one(&op);
}

void Reverse::propagate_one(Operation* op) {
  if (auto reduce = dyn_cast<local::SequenceReduceOp>(op); reduce && uses_active(*op))
    op = fold_over_elements(reduce);
  if (auto fold = dyn_cast<local::FoldOp>(op)) propagate_through(fold);
  if (uses_active(*op))
    for (Value result : op->getResults())
      if (carries_gradient(result.getType())) active_.insert(result);
}

LogicalResult Reverse::run(OpBuilder& builder, Block& block, Gradients& gradients) {
  SmallVector<Operation*> ops;
  for (Operation& op : block.without_terminator()) ops.push_back(&op);
  for (Operation* op : llvm::reverse(ops))
    if (failed(visit(builder, op, gradients))) return failure();
  return success();
}

// A reduction of at most so many elements becomes one that notes them, and a fold over what it
// noted: the gradient needs the elements in the other order. Where that cannot be, it stays.
Operation* Reverse::fold_over_elements(local::SequenceReduceOp op) {
  // What maps the elements by an active value is a part of the step.
  while (auto map = op.getSequence().getDefiningOp<local::SequenceMapOp>()) {
    if (!active_.contains(map.getResult())) break;
    move_into(map, op);
  }
  ArrayRef<Type> elements = op.getSequence().getType().getElements();
  if (!op.getAtMost() || active_.contains(op.getSequence()) ||
      op.getNumResults() != op.getInit().size() || !llvm::all_of(elements, is_bounded))
    return op;
  Location loc = op.getLoc();
  OpBuilder b(op);
  const auto most = static_cast<int64_t>(*op.getAtMost());
  Value zero = number(b, loc, 0);
  SmallVector<Type> types = {zero.getType()};
  for (Type type : elements) types.push_back(local::noteType(type, most));
  // The elements, then the sizes that their types leave open.
  Region noting_region(op);
  Block& note = noting_region.emplaceBlock();
  note.addArgument(zero.getType(), loc);
  for (Type type : elements) note.addArgument(type, loc);
  OpBuilder inside = OpBuilder::atBlockEnd(&note);
  SmallVector<Value> noted(note.getArguments());
  noted[0] = local::AddOp::create(inside, loc, noted[0], number(inside, loc, 1));
  for (Value element : note.getArguments().drop_front())
    for (Value size :
         local::makeUnknownSizes(inside, loc, cast<RankedTensorType>(element.getType()), element)) {
      noted.push_back(size);
      types.push_back(local::noteType(size.getType(), most));
    }
  local::YieldOp::create(inside, loc, noted);
  auto noting =
      local::SequenceReduceOp::create(b, loc, types, op.getSequence(), zero, op.getAtMostAttr());
  noting.getBody().takeBody(noting_region);

  auto fold = local::FoldOp::create(b, loc, op.getResultTypes(), noting.getResult(0), op.getInit(),
                                    noting.getResults().drop_front(), op.getAtMostAttr());
  fold.getBody().takeBody(op.getBody());
  Block& step = fold.getBody().front();
  step.insertArgument(0u, zero.getType(), loc);
  OpBuilder first = OpBuilder::atBlockBegin(&step);
  for (BlockArgument row : step.getArguments().slice(1 + op.getInit().size(), elements.size())) {
    auto type = cast<RankedTensorType>(row.getType());
    if (type.hasStaticShape()) continue;
    auto uses = llvm::to_vector(llvm::make_pointer_range(row.getUses()));
    row.setType(local::atBounds(type));
    SmallVector<Value> sizes;
    for (int64_t i = 0; i < type.getNumDynamicDims(); ++i)
      sizes.push_back(step.addArgument(zero.getType(), loc));
    Value element = local::makeBeginning(first, loc, row, type, sizes);
    for (OpOperand* use : uses) use->set(element);
  }
  op->replaceAllUsesWith(fold.getResults());
  op->erase();
  return fold;
}

// A state that depends on an active one is active in the next step.
void Reverse::propagate_through(local::FoldOp op) {
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

bool Reverse::uses_active(Operation& op) const {
  bool uses = false;
  op.walk([&](Operation* inner) {
    uses |= llvm::any_of(inner->getOperands(), [&](Value v) { return active_.contains(v); });
  });
  return uses;
}

llvm::SetVector<Value> Reverse::active_captures(Operation* op) const {
  llvm::SetVector<Value> captures, active;
  getUsedValuesDefinedAbove(op->getRegions(), captures);
  for (Value value : captures)
    if (active_.contains(value) && isa<RankedTensorType>(value.getType())) active.insert(value);
  return active;
}

LogicalResult Reverse::visit(OpBuilder& builder, Operation* op, Gradients& gradients) {
  SmallVector<Value> of_results;
  bool any = false;
  for (Value result : op->getResults()) {
    of_results.push_back(active_.contains(result) ? gradients.lookup(result) : Value());
    any |= bool(of_results.back());
  }
  if (!any) return success();
  if (auto branch = dyn_cast<local::IfOp>(op))
    return visit_if(builder, branch, of_results, gradients);
  if (auto fold = dyn_cast<local::FoldOp>(op))
    return visit_fold(builder, fold, of_results, gradients);
  if (auto custom = dyn_cast<local::CustomGradientOp>(op))
    return visit_custom(builder, custom, of_results, gradients);
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

LogicalResult Reverse::visit_if(OpBuilder& builder, local::IfOp op, ArrayRef<Value> of_results,
                                Gradients& gradients) {
  Location loc = op.getLoc();
  llvm::SetVector<Value> captures = active_captures(op);
  auto reverse = local::IfOp::create(builder, loc, TypeRange(ValueRange(captures.getArrayRef())),
                                     op.getCondition());
  for (auto [from, to] : llvm::zip_equal(op->getRegions(), reverse->getRegions())) {
    Block& block = to.emplaceBlock();
    OpBuilder inside = OpBuilder::atBlockEnd(&block);
    IRMapping mapping;
    for (Operation& inner : from.front().without_terminator())
      if (!was_done(inner)) inside.clone(inner, mapping);
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
LogicalResult Reverse::visit_custom(OpBuilder& builder, local::CustomGradientOp op,
                                    ArrayRef<Value> of_results, Gradients& gradients) {
  Location loc = op.getLoc();
  if (!active_captures(op).empty())
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

void Reverse::replace(Operation* from, ValueRange to, Gradients& gradients) {
  for (auto [before, after] : llvm::zip_equal(from->getResults(), to)) {
    if (active_.contains(before)) active_.insert(after);
    gradients.forget(before);
    before.replaceAllUsesWith(after);
  }
  erase(from);
}

void Reverse::erase(Operation* op) {
  for (Region& region : op->getRegions()) forget(region);
  for (Value result : op->getResults()) active_.erase(result);
  op->erase();
}

void Reverse::forget(Region& region) {
  for (Block& block : region) {
    for (Value argument : block.getArguments()) active_.erase(argument);
    for (Operation& op : block) {
      for (Region& inner : op.getRegions()) forget(inner);
      for (Value result : op.getResults()) active_.erase(result);
    }
  }
}

}  // namespace fedc
