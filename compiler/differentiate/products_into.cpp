// What the reverse steps of loops add up, where it is products.
#include "compiler/differentiate/reverse.h"

namespace fedc {

using namespace mlir;

namespace {

// Where the step adds a product to the state, and nothing else reads either, the product begins
// with the state.
void add_into(Block& step, size_t state) {
  BlockArgument before = step.getArgument(1 + state);
  Value after = step.getTerminator()->getOperand(state);
  auto sum = after.getDefiningOp<local::AddOp>();
  if (!before.hasOneUse() || !after.hasOneUse() || !sum || sum->getBlock() != &step ||
      !llvm::is_contained(sum->getOperands(), before))
    return;
  Value added = sum.getLhs() == before ? sum.getRhs() : sum.getLhs();
  auto product = added.getDefiningOp<local::DotGeneralOp>();
  auto type = cast<RankedTensorType>(added.getType());
  if (!product || product.getInto() || !added.hasOneUse() || product->getBlock() != &step ||
      type != after.getType() || !local::isFloat(type.getElementType()))
    return;
  OpBuilder b(sum);
  auto into = local::DotGeneralOp::create(
      b, sum.getLoc(), type, product.getLhs(), product.getRhs(), before, product.getLhsBatching(),
      product.getRhsBatching(), product.getLhsContracting(), product.getRhsContracting());
  sum->replaceAllUsesWith(into);
  sum->erase();
  product->erase();
}

}  // namespace

void add_products_into_sums(Operation* root) {
  root->walk([](local::FoldOp loop) {
    if (!loop.getReverse()) return;
    for (size_t i = 0; i < loop.getInit().size(); ++i) add_into(loop.getBody().front(), i);
  });
}

}  // namespace fedc
