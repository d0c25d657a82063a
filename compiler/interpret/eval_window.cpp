// Convolutions and reductions of windows: what run-time sizes must satisfy, then the tensor
// operation.
#include "compiler/interpret/eval.h"
#include "dialects/local/Local.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fedc::interpret {
namespace {

// The static sizes of `type`; only the first dimension of a convolution's tensors is unknown, and
// it is the operands'.
Dims with_batch(mlir::Type type, const Tensor& operand) {
  Dims dims = mlir::cast<mlir::RankedTensorType>(type).getShape().vec();
  if (mlir::ShapedType::isDynamic(dims[0])) dims[0] = operand.dims[0];
  return dims;
}

template <class Op>
Convolution convolution_of(Op op) {
  return {op.getStrides().vec(), op.getPadding().vec(), op.getDilation().vec(),
          static_cast<int64_t>(op.getGroups())};
}

template <class Op>
Windows windows_of(Op op) {
  return {op.getWindow().vec(), op.getStrides().vec(), op.getPadding().vec()};
}

Dims window_dims(const Windows& w, const Dims& operand) {
  Dims dims = operand;
  for (size_t d = 0; d < dims.size(); ++d) {
    dims[d] = local::countWindows(dims[d], w.window[d], w.strides[d], w.padding[2 * d],
                                  w.padding[2 * d + 1]);
  }
  return dims;
}

}  // namespace

Evaluator::Results Evaluator::window(mlir::Operation& op,
                                     const std::vector<const Tensor*>& operands) {
  if (auto forward = mlir::dyn_cast<local::ConvolutionOp>(op)) {
    return std::vector<Value>{convolution(*operands[0], *operands[1], convolution_of(forward),
                                          with_batch(forward.getType(), *operands[0]))};
  }
  if (auto data = mlir::dyn_cast<local::ConvolutionDataOp>(op)) {
    return std::vector<Value>{convolution_data(*operands[0], *operands[1], convolution_of(data),
                                               with_batch(data.getType(), *operands[0]))};
  }
  if (auto filter = mlir::dyn_cast<local::ConvolutionFilterOp>(op)) {
    if (!same(op, operands[0]->dims[0], operands[1]->dims[0])) return std::nullopt;
    return std::vector<Value>{convolution_filter(*operands[0], *operands[1], convolution_of(filter),
                                                 filter.getType().getShape().vec())};
  }
  if (auto reduction = mlir::dyn_cast<local::ReduceWindowOp>(op)) {
    const Windows windows = windows_of(reduction);
    return std::vector<Value>{reduce_window(reduce_kind(reduction.getKind()), *operands[0], windows,
                                            window_dims(windows, operands[0]->dims))};
  }
  const auto agree = [&](const Dims& a, const Dims& b) {
    for (size_t d = 0; d < a.size(); ++d) {
      if (!same(op, a[d], b[d])) return false;
    }
    return true;
  };
  if (auto scatter = mlir::dyn_cast<local::SelectAndScatterOp>(op)) {
    const Windows windows = windows_of(scatter);
    if (!agree(window_dims(windows, operands[0]->dims), operands[1]->dims)) return std::nullopt;
    return std::vector<Value>{
        select_and_scatter(reduce_kind(scatter.getKind()), *operands[0], *operands[1], windows)};
  }
  if (auto gather = mlir::dyn_cast<local::SelectAndGatherOp>(op)) {
    const Windows windows = windows_of(gather);
    if (!agree(operands[0]->dims, operands[1]->dims)) return std::nullopt;
    return std::vector<Value>{select_and_gather(reduce_kind(gather.getKind()), *operands[0],
                                                *operands[1], windows,
                                                window_dims(windows, operands[0]->dims))};
  }
  return std::nullopt;
}

}  // namespace fedc::interpret
