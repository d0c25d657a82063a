// Convolutions: shapes, verifiers and vector-Jacobian products.
#include "dialects/local/Local.h"

using namespace mlir;

namespace local {
namespace {

constexpr int64_t kMost = int64_t{1} << 31;

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

bool onlyBatchUnknown(RankedTensorType type) {
  return llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
}

SmallVector<Dim> positions(Dim batch, RankedTensorType operand, RankedTensorType filter,
                           ArrayRef<int64_t> strides, ArrayRef<int64_t> padding,
                           ArrayRef<int64_t> dilation) {
  SmallVector<Dim> dims = {batch};
  for (size_t i = 0; i < strides.size(); ++i) {
    dims.push_back(Dim::fixed(countWindows(operand.getDimSize(i + 1),
                                           (filter.getDimSize(i) - 1) * dilation[i] + 1, strides[i],
                                           padding[2 * i], padding[2 * i + 1])));
  }
  dims.push_back(Dim::fixed(filter.getShape().back()));
  return dims;
}

// What all three operations ask of the three tensors of a convolution. `result` may be of any
// batch; the others' are compared by the caller.
template <class Op>
LogicalResult verifyParts(Op op, RankedTensorType operand, RankedTensorType filter,
                          RankedTensorType result) {
  int64_t rank = operand.getRank(), spatial = rank - 2;
  if (rank < 3 || filter.getRank() != rank || result.getRank() != rank)  // convolution_c1
    return op.emitOpError() << "operand, filter and result must have one rank, at least 3: "
                            << operand << ", " << filter << " and " << result;
  auto within = [](ArrayRef<int64_t> values, int64_t least) {
    return llvm::all_of(values, [&](int64_t v) { return v >= least && v <= kMost; });
  };
  if (int64_t(op.getStrides().size()) != spatial || int64_t(op.getDilation().size()) != spatial ||
      int64_t(op.getPadding().size()) != 2 * spatial || !within(op.getStrides(), 1) ||
      !within(op.getDilation(), 1) || !within(op.getPadding(), 0))  // convolution_c2
    return op.emitOpError() << "needs, for each of " << spatial
                            << " spatial dimensions, a stride and a dilation of at least 1 and two "
                               "paddings of at least 0";
  if (!onlyBatchUnknown(operand) || !onlyBatchUnknown(result) || !filter.hasStaticShape() ||
      llvm::is_contained(filter.getShape().take_front(spatial), 0))  // convolution_c3
    return op.emitOpError() << "only the batch may be unknown, and the filter's spatial dimensions "
                               "not 0: "
                            << operand << ", " << filter << " and " << result;
  int64_t groups = op.getGroups(), last = rank - 1;
  if (groups < 1 || groups > kMost || filter.getDimSize(last) % groups != 0 ||
      filter.getDimSize(last - 1) * groups != operand.getDimSize(last))  // convolution_c4
    return op.emitOpError() << groups << " groups do not divide the channels of " << operand
                            << " as " << filter << " wants";
  if (operand.getElementType() != filter.getElementType() ||
      result.getElementType() != operand.getElementType())  // convolution_c5
    return op.emitOpError() << "operands and result have different element types: " << operand
                            << ", " << filter << " and " << result;
  return success();
}

}  // namespace

int64_t countWindows(int64_t size, int64_t window, int64_t stride, int64_t low, int64_t high) {
  int64_t places = low + size + high;
  return places < window ? 0 : (places - window) / stride + 1;
}

void ConvolutionOp::build(OpBuilder& builder, OperationState& state, Value lhs, Value rhs,
                          ArrayRef<int64_t> strides, ArrayRef<int64_t> padding,
                          ArrayRef<int64_t> dilation, int64_t groups) {
  RankedTensorType type = tensorType(lhs);
  SmallVector<Dim> dims =
      positions(getDims(type)[0], type, tensorType(rhs), strides, padding, dilation);
  build(builder, state, makeTensorType(dims, type.getElementType()), lhs, rhs, strides, padding,
        dilation, groups);
}

LogicalResult ConvolutionOp::verify() {
  RankedTensorType operand = tensorType(getLhs()), filter = tensorType(getRhs()),
                   result = tensorType(getResult());
  if (failed(verifyParts(*this, operand, filter, result))) return failure();
  return detail::verifyResult(
      *this, result,  // convolution_c6
      positions(getDims(operand)[0], operand, filter, getStrides(), getPadding(), getDilation()),
      operand.getElementType());
}

LogicalResult ConvolutionDataOp::verify() {
  RankedTensorType operand = tensorType(getResult()), filter = tensorType(getRhs()),
                   result = tensorType(getLhs());
  if (failed(verifyParts(*this, operand, filter, result))) return failure();
  SmallVector<Dim> dims =
      positions(getDims(result)[0], operand, filter, getStrides(), getPadding(), getDilation());
  if (getDims(result) != dims)  // convolution_data_c1
    return emitOpError() << "takes the gradient " << result << ", expected "
                         << makeTensorType(dims, result.getElementType());
  SmallVector<Dim> made = getDims(operand);
  made[0] = getDims(result)[0];
  return detail::verifyResult(*this, operand, made, result.getElementType());
}

LogicalResult ConvolutionFilterOp::verify() {
  RankedTensorType operand = tensorType(getLhs()), filter = tensorType(getResult()),
                   result = tensorType(getRhs());
  if (failed(verifyParts(*this, operand, filter, result))) return failure();
  SmallVector<Dim> dims =
      positions(getDims(result)[0], operand, filter, getStrides(), getPadding(), getDilation());
  if (getDims(result) != dims)  // convolution_filter_c1
    return emitOpError() << "takes the gradient " << result << ", expected "
                         << makeTensorType(dims, result.getElementType());
  if (!meet(getDims(operand)[0], dims[0]))
    return emitOpError() << "batches differ: " << operand << " and " << result;
  return success();
}

// Vector-Jacobian products ---------------------------------------------------------------------

namespace {

// `like` with the batch of `of`.
RankedTensorType withBatch(RankedTensorType like, Value of) {
  SmallVector<Dim> dims = getDims(like);
  dims[0] = getDims(tensorType(of))[0];
  return makeTensorType(dims, like.getElementType());
}

template <class Made, class Op>
Value make(OpBuilder& builder, Op op, Type type, Value lhs, Value rhs) {
  return Made::create(builder, op.getLoc(), type, lhs, rhs, op.getStrides(), op.getPadding(),
                      op.getDilation(), op.getGroups());
}

}  // namespace

LogicalResult ConvolutionOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                      SmallVectorImpl<Value>& operand_gradients) {
  Value g = result_gradients.front();
  operand_gradients[0] =
      make<ConvolutionDataOp>(builder, *this, withBatch(tensorType(getLhs()), g), g, getRhs());
  operand_gradients[1] = make<ConvolutionFilterOp>(builder, *this, getRhs().getType(), getLhs(), g);
  return success();
}

LogicalResult ConvolutionDataOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                          SmallVectorImpl<Value>& operand_gradients) {
  Value g = result_gradients.front();
  operand_gradients[0] =
      make<ConvolutionOp>(builder, *this, withBatch(tensorType(getLhs()), g), g, getRhs());
  operand_gradients[1] = make<ConvolutionFilterOp>(builder, *this, getRhs().getType(), g, getLhs());
  return success();
}

LogicalResult ConvolutionFilterOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                            SmallVectorImpl<Value>& operand_gradients) {
  Value g = result_gradients.front();
  operand_gradients[0] = make<ConvolutionDataOp>(
      builder, *this, withBatch(tensorType(getLhs()), getRhs()), getRhs(), g);
  operand_gradients[1] =
      make<ConvolutionOp>(builder, *this, withBatch(tensorType(getRhs()), getLhs()), getLhs(), g);
  return success();
}

}  // namespace local
