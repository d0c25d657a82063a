// Shapes, contractions and reductions: what run-time sizes must satisfy, then the tensor operation.
#include "compiler/interpret/eval.h"
#include "dialects/local/Local.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fedc::interpret {
namespace {

mlir::RankedTensorType type_of(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

}  // namespace

Reduce reduce_kind(local::ReduceKind kind) {
  switch (kind) {
    case local::ReduceKind::Sum:
      return Reduce::kSum;
    case local::ReduceKind::Product:
      return Reduce::kProduct;
    case local::ReduceKind::Max:
      return Reduce::kMax;
    case local::ReduceKind::Min:
      return Reduce::kMin;
    case local::ReduceKind::Any:
      return Reduce::kAny;
    case local::ReduceKind::All:
      return Reduce::kAll;
  }
  __builtin_unreachable();
}

std::optional<Dims> Evaluator::sized(mlir::Operation& op, mlir::Type type,
                                     const std::vector<const Tensor*>& sizes) {
  const auto tensor_type = mlir::cast<mlir::RankedTensorType>(type);
  const auto bounds = mlir::dyn_cast_or_null<local::BoundsAttr>(tensor_type.getEncoding());
  Dims dims = tensor_type.getShape().vec();
  size_t next = 0;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (!mlir::ShapedType::isDynamic(dims[d])) continue;
    if (next == sizes.size()) {
      fail(FED_BAD_CALL, op.getLoc(), "a size is missing");
      return std::nullopt;
    }
    dims[d] = integer(*sizes[next++]);
    const int64_t bound = bounds ? bounds.getBounds()[d] : -1;
    if (dims[d] < 0 || (bound >= 0 && dims[d] > bound)) {
      fail(FED_BAD_SIZE, op.getLoc(),
           "size " + std::to_string(dims[d]) + " where at most " + std::to_string(bound) + " fit");
      return std::nullopt;
    }
  }
  return dims;
}

Evaluator::Results Evaluator::shape(mlir::Operation& op,
                                    const std::vector<const Tensor*>& operands) {
  if (auto size = mlir::dyn_cast<local::GetDimensionSizeOp>(op)) {
    return std::vector<Value>{Tensor::scalar<int64_t>(operands[0]->dims[size.getDimension()])};
  }
  if (auto cast = mlir::dyn_cast<local::CastOp>(op)) {
    const auto type = type_of(cast);
    const auto bounds = mlir::dyn_cast_or_null<local::BoundsAttr>(type.getEncoding());
    for (int64_t d = 0; d < type.getRank(); ++d) {
      const int64_t size = operands[0]->dims[d];
      if (!type.isDynamicDim(d) && !same(op, size, type.getDimSize(d))) return std::nullopt;
      const int64_t bound = type.isDynamicDim(d) && bounds ? bounds.getBounds()[d] : -1;
      if (bound >= 0 && size > bound) {
        same(op, size, bound);
        return std::nullopt;
      }
    }
    return std::vector<Value>{*operands[0]};
  }
  if (auto iota_op = mlir::dyn_cast<local::IotaOp>(op)) {
    const auto dims = sized(op, iota_op.getType(), operands);
    if (!dims) return std::nullopt;
    return std::vector<Value>{
        iota(element_type(type_of(iota_op).getElementType()), *dims, iota_op.getDimension())};
  }
  if (auto broadcast = mlir::dyn_cast<local::BroadcastInDimOp>(op)) {
    const auto dims = sized(op, broadcast.getType(), {operands.begin() + 1, operands.end()});
    if (!dims) return std::nullopt;
    const auto dimensions = broadcast.getDimensions();
    // Only a size that is 1 at compile time repeats: that an unknown one happens to be 1 changes
    // nothing about what the program means.
    const auto from = type_of(broadcast.getOperand());
    for (size_t i = 0; i < dimensions.size(); ++i) {
      if (from.getDimSize(i) == 1) continue;
      if (!same(op, operands[0]->dims[i], (*dims)[dimensions[i]])) return std::nullopt;
    }
    return std::vector<Value>{broadcast_in_dim(*operands[0], *dims, dimensions.vec())};
  }
  if (auto reshape_op = mlir::dyn_cast<local::ReshapeOp>(op)) {
    Dims dims = type_of(reshape_op).getShape().vec();
    int64_t size = 1;
    for (int64_t& dim : dims) {
      if (mlir::ShapedType::isDynamic(dim)) dim = operands[0]->dims[0];
      size *= dim;
    }
    if (!same(op, operands[0]->size(), size)) return std::nullopt;
    return std::vector<Value>{reshape(*operands[0], dims)};
  }
  if (auto transpose_op = mlir::dyn_cast<local::TransposeOp>(op)) {
    return std::vector<Value>{transpose(*operands[0], transpose_op.getPermutation().vec())};
  }
  if (auto slice_op = mlir::dyn_cast<local::SliceOp>(op)) {
    return std::vector<Value>{slice(*operands[0], slice_op.getStart().vec(),
                                    slice_op.getLimit().vec(), slice_op.getStrides().vec())};
  }
  if (auto pad_op = mlir::dyn_cast<local::PadOp>(op)) {
    return std::vector<Value>{pad(*operands[0], pad_op.getValue() ? operands[1] : nullptr,
                                  pad_op.getLow().vec(), pad_op.getHigh().vec(),
                                  pad_op.getInterior().vec())};
  }
  if (auto concatenate_op = mlir::dyn_cast<local::ConcatenateOp>(op)) {
    const auto dimension = static_cast<size_t>(concatenate_op.getDimension());
    for (const Tensor* operand : operands) {
      for (size_t d = 0; d < operand->dims.size(); ++d) {
        if (d != dimension && !same(op, operands[0]->dims[d], operand->dims[d])) {
          return std::nullopt;
        }
      }
    }
    return std::vector<Value>{concatenate(operands, dimension)};
  }
  return std::nullopt;
}

Evaluator::Results Evaluator::contract(mlir::Operation& op,
                                       const std::vector<const Tensor*>& operands) {
  if (auto dot = mlir::dyn_cast<local::DotGeneralOp>(op)) {
    const Contraction dims{dot.getLhsBatching().vec(), dot.getRhsBatching().vec(),
                           dot.getLhsContracting().vec(), dot.getRhsContracting().vec()};
    const auto agree = [&](const Dims& lhs, const Dims& rhs) {
      for (size_t i = 0; i < lhs.size(); ++i) {
        if (!same(op, operands[0]->dims[lhs[i]], operands[1]->dims[rhs[i]])) return false;
      }
      return true;
    };
    if (!agree(dims.lhs_batching, dims.rhs_batching) ||
        !agree(dims.lhs_contracting, dims.rhs_contracting)) {
      return std::nullopt;
    }
    const Tensor* into = dot.getInto() ? operands[2] : nullptr;
    Tensor result = dot_general(*operands[0], *operands[1], into, dims);
    return std::vector<Value>{std::move(result)};
  }
  if (auto reduce_op = mlir::dyn_cast<local::ReduceOp>(op)) {
    return std::vector<Value>{
        reduce(reduce_kind(reduce_op.getKind()), *operands[0], reduce_op.getDimensions().vec())};
  }
  if (auto arg = mlir::dyn_cast<local::ArgReduceOp>(op)) {
    return std::vector<Value>{arg_reduce(reduce_kind(arg.getKind()), *operands[0],
                                         arg.getDimension(),
                                         element_type(type_of(arg).getElementType()))};
  }
  return std::nullopt;
}

}  // namespace fedc::interpret
