#include "compiler/differentiate/differentiate.h"

#include <limits>

#include "compiler/differentiate/reverse.h"
#include "dialects/fed/Names.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace fedc {

#define GEN_PASS_DEF_LOCALDIFFERENTIATE
#include "compiler/differentiate/Passes.h.inc"

namespace {

using namespace mlir;

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

LogicalResult differentiate(local::GradientOp op, int64_t most_stored) {
  Location loc = op.getLoc();
  Block& block = op.getBody().front();
  auto yield = cast<local::YieldOp>(block.getTerminator());
  ArrayRef<BlockArgument> wrt = block.getArguments().take_front(op.getWrt());

  // The region's arguments are still apart from the operands here, and so is a use of an operand's
  // value from above, which is a constant.
  Reverse reverse(most_stored);
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
  using LocalDifferentiateBase::LocalDifferentiateBase;

  void runOnOperation() override {
    SmallVector<local::GradientOp> ops;  // post-order: innermost first
    getOperation()->walk([&](local::GradientOp op) { ops.push_back(op); });
    for (local::GradientOp op : ops) {
      // What is differentiated in its turn is the same code whatever memory there is, so that it
      // has the same gradient.
      const bool is_inner = bool(op->getParentOfType<local::GradientOp>());
      const int64_t most = is_inner ? std::numeric_limits<int64_t>::max() : int64_t(mostStored);
      if (failed(differentiate(op, most))) return signalPassFailure();
    }
    SmallVector<local::CustomGradientOp> custom;
    getOperation()->walk([&](local::CustomGradientOp op) { custom.push_back(op); });
    for (local::CustomGradientOp op : custom) inlineBody(op);
    add_products_into_sums(getOperation());
  }
};

}  // namespace
}  // namespace fedc
