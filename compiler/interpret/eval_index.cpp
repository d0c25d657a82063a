// Elements at computed places: the indices are checked, then the tensor operation.
#include "compiler/interpret/eval.h"
#include "dialects/local/Local.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fedc::interpret {
namespace {

mlir::RankedTensorType type_of(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

}  // namespace

std::optional<Dims> Evaluator::box(mlir::Operation& op, const std::vector<const Tensor*>& start,
                                   const Dims& sizes, const Dims& within) {
  Dims places;
  for (size_t d = 0; d < sizes.size(); ++d) {
    places.push_back(integer(*start[d]));
    if (places[d] >= 0 && places[d] <= within[d] - sizes[d]) continue;
    fail(FED_BAD_VALUE, op.getLoc(),
         std::to_string(sizes[d]) + " elements from " + std::to_string(places[d]) +
             " on are not all inside of dimension " + std::to_string(d) + ", which has " +
             std::to_string(within[d]));
    return std::nullopt;
  }
  return places;
}

bool Evaluator::in_range(mlir::Operation& op, const Tensor& indices, int64_t size) {
  if (are_indices(indices, size)) return true;
  fail(FED_BAD_VALUE, op.getLoc(),
       "an index is out of range: there are " + std::to_string(size) + " elements");
  return false;
}

Evaluator::Results Evaluator::indexed(mlir::Operation& op,
                                      const std::vector<const Tensor*>& operands) {
  if (auto reversed = mlir::dyn_cast<local::ReverseOp>(op)) {
    return std::vector<Value>{reverse(*operands[0], reversed.getDimensions().vec())};
  }
  if (auto sliced = mlir::dyn_cast<local::DynamicSliceOp>(op)) {
    const Dims sizes = sliced.getSizes().vec();
    const auto start = box(op, {operands.begin() + 1, operands.end()}, sizes, operands[0]->dims);
    if (!start) return std::nullopt;
    return std::vector<Value>{dynamic_slice(*operands[0], *start, sizes)};
  }
  if (mlir::isa<local::DynamicUpdateSliceOp>(op)) {
    const auto start =
        box(op, {operands.begin() + 2, operands.end()}, operands[1]->dims, operands[0]->dims);
    if (!start) return std::nullopt;
    return std::vector<Value>{dynamic_update_slice(*operands[0], *operands[1], *start)};
  }
  const auto batches_agree = [&](int64_t batch) {
    for (int64_t d = 0; d < batch; ++d) {
      if (!same(op, operands[0]->dims[d], operands[1]->dims[d])) return false;
    }
    return true;
  };
  if (auto taken = mlir::dyn_cast<local::TakeOp>(op)) {
    const int64_t dim = taken.getDimension(), batch = taken.getBatch();
    if (!in_range(op, *operands[1], operands[0]->dims[dim]) || !batches_agree(batch)) {
      return std::nullopt;
    }
    return std::vector<Value>{take(*operands[0], *operands[1], dim, batch)};
  }
  if (auto scattered = mlir::dyn_cast<local::ScatterAddOp>(op)) {
    const int64_t dim = scattered.getDimension(), batch = scattered.getBatch();
    if (!in_range(op, *operands[1], operands[0]->dims[dim]) || !batches_agree(batch)) {
      return std::nullopt;
    }
    const Dims dims = taken_dims(operands[0]->dims, operands[1]->dims, dim, batch);
    for (size_t d = 0; d < dims.size(); ++d) {
      if (!same(op, operands[2]->dims[d], dims[d])) return std::nullopt;
    }
    return std::vector<Value>{scatter_add(*operands[0], *operands[1], *operands[2], dim, batch)};
  }
  if (auto order = mlir::dyn_cast<local::ArgsortOp>(op)) {
    return std::vector<Value>{argsort(*operands[0], order.getDimension(), order.getDescending(),
                                      element_type(type_of(order).getElementType()))};
  }
  if (auto sums = mlir::dyn_cast<local::CumulativeSumOp>(op)) {
    return std::vector<Value>{cumulative_sum(*operands[0], sums.getDimension())};
  }
  return std::nullopt;
}

}  // namespace fedc::interpret
