// Reductions of windows: shapes, verifiers and vector-Jacobian products.
#include "dialects/local/Local.h"

using namespace mlir;

namespace local {
namespace {

constexpr int64_t kMost = int64_t{1} << 31;

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

SmallVector<Dim> windowDims(RankedTensorType operand, ArrayRef<int64_t> window,
                            ArrayRef<int64_t> strides, ArrayRef<int64_t> padding) {
  SmallVector<Dim> dims = getDims(operand);
  for (auto [i, dim] : llvm::enumerate(dims)) {
    if (dim.is_unknown()) continue;
    dim = Dim::fixed(
        countWindows(dim.size, window[i], strides[i], padding[2 * i], padding[2 * i + 1]));
  }
  return dims;
}

// reduce_window_c1 and reduce_window_c2, which the operations that select ask for as well.
template <class Op>
LogicalResult verifyWindows(Op op) {
  RankedTensorType operand = tensorType(op.getOperand());
  size_t rank = operand.getRank();
  bool fits = op.getWindow().size() == rank && op.getStrides().size() == rank &&
              op.getPadding().size() == 2 * rank;
  for (size_t i = 0; fits && i < rank; ++i) {
    int64_t window = op.getWindow()[i], stride = op.getStrides()[i];
    fits = window >= 1 && window <= kMost && stride >= 1 && stride <= kMost;
    for (int64_t padding : op.getPadding().slice(2 * i, 2))
      fits &= padding >= 0 && padding < window;
  }
  if (!fits)
    return op.emitOpError() << "needs, for each dimension of " << operand
                            << ", a window and a stride of at least 1 and two paddings below the "
                               "window";  // reduce_window_c1
  for (size_t i = 0; i < rank; ++i)
    if (operand.isDynamicDim(i) && (op.getWindow()[i] != 1 || op.getStrides()[i] != 1))
      return op.emitOpError() << "dimension " << i << " of " << operand
                              << " is unknown and has no windows";  // reduce_window_c2
  return success();
}

template <class Op>
bool selects(Op op) {
  return op.getKind() == ReduceKind::Max || op.getKind() == ReduceKind::Min;
}

}  // namespace

void ReduceWindowOp::build(OpBuilder& builder, OperationState& state, Value operand,
                           ReduceKind kind, ArrayRef<int64_t> window, ArrayRef<int64_t> strides,
                           ArrayRef<int64_t> padding) {
  RankedTensorType type = tensorType(operand);
  build(builder, state,
        makeTensorType(windowDims(type, window, strides, padding), type.getElementType()), operand,
        kind, window, strides, padding);
}

LogicalResult ReduceWindowOp::verify() {
  RankedTensorType operand = tensorType(getOperand());
  if (failed(verifyWindows(*this))) return failure();
  if (!selects(*this) && getKind() != ReduceKind::Sum)  // reduce_window_c3
    return emitOpError() << "kind is sum, max or min, not " << stringifyReduceKind(getKind());
  return detail::verifyResult(*this, tensorType(getResult()),  // reduce_window_c4
                              windowDims(operand, getWindow(), getStrides(), getPadding()),
                              operand.getElementType());
}

LogicalResult SelectAndScatterOp::verify() {
  RankedTensorType operand = tensorType(getOperand()), source = tensorType(getSource());
  if (!selects(*this))  // select_and_scatter_c1
    return emitOpError() << "kind is max or min, not " << stringifyReduceKind(getKind());
  if (failed(verifyWindows(*this))) return failure();
  auto windows = makeTensorType(windowDims(operand, getWindow(), getStrides(), getPadding()),
                                operand.getElementType());
  if (source.getElementType() != operand.getElementType() || !meetTypes(source, windows))
    return emitOpError() << "has the source " << source << ", expected "  // select_and_scatter_c2
                         << windows;
  return detail::verifyResult(*this, tensorType(getResult()), getDims(operand),
                              operand.getElementType());  // select_and_scatter_c3
}

LogicalResult SelectAndGatherOp::verify() {
  RankedTensorType operand = tensorType(getOperand()), source = tensorType(getSource());
  if (!selects(*this))  // select_and_gather_c1
    return emitOpError() << "kind is max or min, not " << stringifyReduceKind(getKind());
  if (failed(verifyWindows(*this))) return failure();
  RankedTensorType both =
      source.getRank() == operand.getRank() ? meetTypes(operand, source) : RankedTensorType();
  if (!both || source.getElementType() != operand.getElementType())  // select_and_gather_c2
    return emitOpError() << "selects in " << operand << " but takes from " << source;
  return detail::verifyResult(*this, tensorType(getResult()),  // select_and_gather_c3
                              windowDims(operand, getWindow(), getStrides(), getPadding()),
                              operand.getElementType());
}

// Vector-Jacobian products ---------------------------------------------------------------------

LogicalResult ReduceWindowOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                       SmallVectorImpl<Value>& operand_gradients) {
  Location loc = getLoc();
  RankedTensorType operand = tensorType(getOperand());
  // The result's type may have forgotten a size that follows.
  SmallVector<Dim> dims = windowDims(operand, getWindow(), getStrides(), getPadding());
  Value g = makeCast(builder, loc, result_gradients.front(),
                     makeTensorType(dims, operand.getElementType()));
  if (getKind() != ReduceKind::Sum) {
    operand_gradients[0] = SelectAndScatterOp::create(
        builder, loc, operand, getOperand(), g, getKind(), getWindow(), getStrides(), getPadding());
    return success();
  }
  // Each element sums the gradients of the windows that it is in: with these `stride - 1` apart,
  // those are a window themselves.
  SmallVector<int64_t> low, high, interior, ones(operand.getRank(), 1),
      none(2 * operand.getRank(), 0);
  for (int64_t i = 0; i < operand.getRank(); ++i) {
    int64_t window = getWindow()[i], before = getPadding()[2 * i], count = dims[i].size;
    int64_t apart = dims[i].is_unknown() || count == 0 ? 0 : (count - 1) * getStrides()[i] + 1;
    low.push_back(window - 1 - before);
    high.push_back(dims[i].is_unknown() ? 0 : operand.getDimSize(i) + before - apart);
    interior.push_back(dims[i].is_unknown() ? 0 : getStrides()[i] - 1);
  }
  Value spread = PadOp::create(builder, loc, g, low, high, interior);
  operand_gradients[0] =
      ReduceWindowOp::create(builder, loc, spread, ReduceKind::Sum, getWindow(), ones, none);
  return success();
}

LogicalResult SelectAndScatterOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                           SmallVectorImpl<Value>& operand_gradients) {
  RankedTensorType operand = tensorType(getOperand());
  auto type = makeTensorType(windowDims(operand, getWindow(), getStrides(), getPadding()),
                             operand.getElementType());
  operand_gradients[1] =
      SelectAndGatherOp::create(builder, getLoc(), type, getOperand(), result_gradients.front(),
                                getKind(), getWindow(), getStrides(), getPadding());
  return success();
}

LogicalResult SelectAndGatherOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                          SmallVectorImpl<Value>& operand_gradients) {
  operand_gradients[1] = SelectAndScatterOp::create(
      builder, getLoc(), getOperand().getType(), getOperand(), result_gradients.front(), getKind(),
      getWindow(), getStrides(), getPadding());
  return success();
}

}  // namespace local
