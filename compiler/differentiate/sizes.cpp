#include "compiler/differentiate/sizes.h"

#include "mlir/IR/Matchers.h"

namespace fedc {

using namespace mlir;

namespace {

bool is_same(SizeRoots::Root a, SizeRoots::Root b) { return a.value == b.value && a.dim == b.dim; }

}  // namespace

bool SizeRoots::is_open(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && !tensor.hasStaticShape();
}

bool SizeRoots::has_open(Region& region) {
  return region
      .walk([](Operation* op) {
        return llvm::any_of(op->getOperandTypes(), is_open) ||
                       llvm::any_of(op->getResultTypes(), is_open)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

void SizeRoots::look_at(Region& region) {
  SmallVector<local::FoldOp> loops;
  region.walk([&](local::FoldOp loop) {
    loops.push_back(loop);
    changed_[loop].resize(loop.getInit().size());
  });
  bool again = true;
  while (again) {
    again = false;
    for (local::FoldOp loop : loops) {
      ValueRange yielded = loop.getBody().front().getTerminator()->getOperands();
      for (auto [i, init] : llvm::enumerate(loop.getInit())) {
        auto type = cast<RankedTensorType>(init.getType());
        for (int64_t d = 0; d < type.getRank(); ++d) {
          if (!type.isDynamicDim(d) || !keeps(loop, i, d) ||
              is_same(root(yielded[i], d), root(init, d)))
            continue;
          changed_[loop][i].insert(d);
          again = true;
        }
      }
    }
  }
}

bool SizeRoots::keeps(local::FoldOp loop, size_t state, int64_t dim) const {
  auto it = changed_.find(loop);
  return it != changed_.end() && !it->second[state].contains(dim);
}

local::SizeSource SizeRoots::source_of(Value tensor, int64_t dim) const {
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    auto loop = dyn_cast_or_null<local::FoldOp>(argument.getOwner()->getParentOp());
    if (!loop || loop.getBody().empty() || &loop.getBody().front() != argument.getOwner() ||
        argument.getArgNumber() == 0)
      return {};
    const size_t i = argument.getArgNumber() - 1, states = loop.getInit().size();
    if (i >= states) return {loop.getRows()[i - states], dim + 1};
    if (keeps(loop, i, dim)) return {loop.getInit()[i], dim};
    return {};
  }
  auto result = cast<OpResult>(tensor);
  if (auto loop = dyn_cast<local::FoldOp>(result.getOwner())) {
    const size_t i = result.getResultNumber();
    if (i < loop.getInit().size() && keeps(loop, i, dim)) return {loop.getInit()[i], dim};
    return {};
  }
  return local::getSizeSource(tensor, dim);
}

SizeRoots::Root SizeRoots::root(Value tensor, int64_t dim) const {
  while (true) {
    auto type = cast<RankedTensorType>(tensor.getType());
    if (!type.isDynamicDim(dim)) return {Value(), type.getDimSize(dim)};
    if (auto said = said_.find({tensor, dim}); said != said_.end()) return said->second;
    local::SizeSource source = source_of(tensor, dim);
    if (!source.value) return {tensor, dim};
    if (source.dim == local::SizeSource::kItself) {
      DenseElementsAttr known;
      if (matchPattern(source.value, m_Constant(&known)))
        return {Value(), known.getSplatValue<int64_t>()};
      auto asked = source.value.getDefiningOp<local::GetDimensionSizeOp>();
      if (!asked) return source;
      source = {asked.getOperand(), static_cast<int64_t>(asked.getDimension())};
    }
    tensor = source.value;
    dim = source.dim;
  }
}

bool SizeRoots::is_outside(Value tensor, int64_t dim, Region& region) const {
  Root from = root(tensor, dim);
  return !from.value || !region.isAncestor(from.value.getParentRegion());
}

Value SizeRoots::outside(OpBuilder& builder, Location loc, Value tensor, int64_t dim,
                         Region& region) const {
  Root from = root(tensor, dim);
  if (!from.value) {
    auto type = RankedTensorType::get({}, builder.getI64Type());
    return local::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, from.dim));
  }
  if (!is_outside(tensor, dim, region)) return {};
  if (from.dim == local::SizeSource::kItself) return from.value;
  return local::GetDimensionSizeOp::create(builder, loc, from.value, from.dim);
}

void SizeRoots::take_back(Value tensor) {
  for (int64_t d = 0; d < cast<RankedTensorType>(tensor.getType()).getRank(); ++d)
    said_.erase({tensor, d});
}

}  // namespace fedc
