// Elements at computed places: verifiers, builders and vector-Jacobian products.
#include "dialects/local/Local.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;

namespace local {
namespace {

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

bool isDimension(int64_t dim, RankedTensorType type) { return dim >= 0 && dim < type.getRank(); }

// The type of `take`, with all that follows; null where batch dimensions do not meet.
RankedTensorType takenType(RankedTensorType from, RankedTensorType indices, int64_t dimension,
                           int64_t batch) {
  SmallVector<Dim> dims = getDims(from), places = getDims(indices), result;
  for (int64_t i = 0; i < batch; ++i) {
    std::optional<Dim> dim = meet(dims[i], places[i]);
    if (!dim) return {};
    result.push_back(*dim);
  }
  result.append(dims.begin() + batch, dims.begin() + dimension);
  result.append(places.begin() + batch, places.end());
  result.append(dims.begin() + dimension + 1, dims.end());
  return makeTensorType(result, from.getElementType());
}

bool isPlacedWell(RankedTensorType from, RankedTensorType indices, int64_t dimension,
                  int64_t batch) {
  return batch >= 0 && batch <= dimension && isDimension(dimension, from) &&
         batch <= indices.getRank();
}

}  // namespace

// reverse --------------------------------------------------------------------------------------

LogicalResult ReverseOp::verify() {
  RankedTensorType type = tensorType(getOperand());
  llvm::SmallBitVector seen(type.getRank());
  for (int64_t dim : getDimensions()) {
    if (!isDimension(dim, type) || seen[dim])  // reverse_c1
      return emitOpError() << "dims must be distinct dimensions of " << type;
    seen.set(dim);
  }
  return detail::verifyResult(*this, tensorType(getResult()), getDims(type),  // reverse_c2
                              type.getElementType());
}

LogicalResult ReverseOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                  SmallVectorImpl<Value>& operand_gradients) {
  operand_gradients[0] =
      ReverseOp::create(builder, getLoc(), result_gradients.front(), getDimensions());
  return success();
}

// dynamic_slice --------------------------------------------------------------------------------

void DynamicSliceOp::build(OpBuilder& builder, OperationState& state, Value operand,
                           ValueRange start, ArrayRef<int64_t> sizes) {
  build(builder, state, RankedTensorType::get(sizes, tensorType(operand).getElementType()), operand,
        start, sizes);
}

RankedTensorType DynamicSliceOp::getFullType() {
  return RankedTensorType::get(getSizes(), tensorType(getOperand()).getElementType());
}

LogicalResult DynamicSliceOp::verify() {
  RankedTensorType from = tensorType(getOperand());
  size_t rank = from.getRank();
  if (!from.hasStaticShape() || getStart().size() != rank ||  // dynamic_slice_c1
      getSizes().size() != rank)
    return emitOpError() << "needs static dimensions, and a start and a size for each, of " << from;
  for (auto [i, size] : llvm::enumerate(getSizes()))
    if (size < 0 || size > from.getDimSize(i))  // dynamic_slice_c2
      return emitOpError() << "size " << size << " does not fit dimension " << i << " of " << from;
  return detail::verifyResult(*this, tensorType(getResult()), getDims(getFullType()),
                              from.getElementType());  // dynamic_slice_c3
}

LogicalResult DynamicSliceOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                       SmallVectorImpl<Value>& operand_gradients) {
  Value zero = makeSplatLike(builder, getLoc(), getOperand(), 0.0);
  // The result's type may have forgotten a size that follows.
  Value g = makeCast(builder, getLoc(), result_gradients.front(), getFullType());
  operand_gradients[0] = DynamicUpdateSliceOp::create(builder, getLoc(), zero, g, getStart());
  return success();
}

LogicalResult DynamicUpdateSliceOp::verify() {
  RankedTensorType from = tensorType(getOperand()), update = tensorType(getUpdate());
  if (!from.hasStaticShape() || !update.hasStaticShape() ||  // dynamic_update_slice_c1
      int64_t(getStart().size()) != from.getRank())
    return emitOpError() << "needs static dimensions, and a start for each, of " << from << " and "
                         << update;
  bool fits = update.getRank() == from.getRank() &&
              update.getElementType() == from.getElementType() &&
              llvm::all_of(llvm::zip_equal(update.getShape(), from.getShape()),
                           [](auto sizes) { return std::get<0>(sizes) <= std::get<1>(sizes); });
  if (!fits)  // dynamic_update_slice_c2
    return emitOpError() << "update " << update << " does not fit into " << from;
  return detail::verifyResult(*this, tensorType(getResult()), getDims(from),
                              from.getElementType());  // dynamic_update_slice_c3
}

LogicalResult DynamicUpdateSliceOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                             SmallVectorImpl<Value>& operand_gradients) {
  Value g = makeCast(builder, getLoc(), result_gradients.front(), getOperand().getType());
  Value zero = makeSplatLike(builder, getLoc(), getUpdate(), 0.0);
  operand_gradients[0] = DynamicUpdateSliceOp::create(builder, getLoc(), g, zero, getStart());
  operand_gradients[1] =
      DynamicSliceOp::create(builder, getLoc(), g, getStart(), tensorType(getUpdate()).getShape());
  return success();
}

// take, scatter_add ----------------------------------------------------------------------------

void TakeOp::build(OpBuilder& builder, OperationState& state, Value operand, Value indices,
                   int64_t dimension, int64_t batch) {
  build(builder, state, takenType(tensorType(operand), tensorType(indices), dimension, batch),
        operand, indices, dimension, batch);
}

LogicalResult TakeOp::verify() {
  RankedTensorType from = tensorType(getOperand()), indices = tensorType(getIndices());
  int64_t dimension = getDimension(), batch = getBatch();
  if (!isPlacedWell(from, indices, dimension, batch))  // take_c1
    return emitOpError() << "cannot take along dimension " << dimension << " of " << from
                         << " with batch " << batch << " and indices " << indices;
  RankedTensorType full = takenType(from, indices, dimension, batch);
  if (!full)  // take_c2
    return emitOpError() << "batch dimensions differ: " << from << " and " << indices;
  return detail::verifyResult(*this, tensorType(getResult()), getDims(full),  // take_c3
                              from.getElementType());
}

LogicalResult TakeOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                               SmallVectorImpl<Value>& operand_gradients) {
  Value zero = makeSplatLike(builder, getLoc(), getOperand(), 0.0);
  operand_gradients[0] =
      ScatterAddOp::create(builder, getLoc(), zero, getIndices(), result_gradients.front(),
                           int64_t(getDimension()), int64_t(getBatch()));
  return success();
}

LogicalResult ScatterAddOp::verify() {
  RankedTensorType from = tensorType(getOperand()), indices = tensorType(getIndices()),
                   updates = tensorType(getUpdates());
  int64_t dimension = getDimension(), batch = getBatch();
  if (!isPlacedWell(from, indices, dimension, batch))  // scatter_add_c1
    return emitOpError() << "cannot add along dimension " << dimension << " of " << from
                         << " with batch " << batch << " and indices " << indices;
  RankedTensorType full = takenType(from, indices, dimension, batch);
  if (!full)  // scatter_add_c2
    return emitOpError() << "batch dimensions differ: " << from << " and " << indices;
  if (updates.getElementType() != from.getElementType() ||
      !meetTypes(full, updates))  // scatter_add_c3
    return emitOpError() << "updates are " << updates << ", expected " << full;
  return detail::verifyResult(*this, tensorType(getResult()), getDims(from),  // scatter_add_c4
                              from.getElementType());
}

LogicalResult ScatterAddOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                     SmallVectorImpl<Value>& operand_gradients) {
  Value g = result_gradients.front();
  operand_gradients[0] = g;
  operand_gradients[2] = TakeOp::create(builder, getLoc(), g, getIndices(), int64_t(getDimension()),
                                        int64_t(getBatch()));
  return success();
}

// argsort --------------------------------------------------------------------------------------

LogicalResult ArgsortOp::verify() {
  RankedTensorType from = tensorType(getOperand()), to = tensorType(getResult());
  int64_t dim = getDimension();
  if (!isDimension(dim, from))  // argsort_c1
    return emitOpError() << "dimension " << dim << " is not one of " << from;
  Type element = to.getElementType();
  if (!element.isSignlessInteger(32) && !element.isSignlessInteger(64))  // argsort_c3
    return emitOpError() << "gives i32 or i64, not " << element;
  return detail::verifyResult(*this, to, getDims(from), element);  // argsort_c2
}

// cumulative_sum -------------------------------------------------------------------------------

LogicalResult CumulativeSumOp::verify() {
  RankedTensorType from = tensorType(getOperand());
  int64_t dim = getDimension();
  if (!isDimension(dim, from))  // cumulative_sum_c1
    return emitOpError() << "dimension " << dim << " is not one of " << from;
  return detail::verifyResult(*this, tensorType(getResult()), getDims(from),
                              from.getElementType());  // cumulative_sum_c2
}

LogicalResult CumulativeSumOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                        SmallVectorImpl<Value>& operand_gradients) {
  // An element counts in its sum and in all after it.
  int64_t dim = getDimension();
  Value g = ReverseOp::create(builder, getLoc(), result_gradients.front(), ArrayRef(dim));
  Value sums = CumulativeSumOp::create(builder, getLoc(), g, dim);
  operand_gradients[0] = ReverseOp::create(builder, getLoc(), sums, ArrayRef(dim));
  return success();
}

}  // namespace local
