// Vector-Jacobian products of the operations that move or sum elements.
#include "dialects/local/Local.h"

using namespace mlir;

namespace local {
namespace {

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

SmallVector<int64_t> keptDimensions(int64_t rank, ArrayRef<int64_t> reduced) {
  SmallVector<int64_t> kept;
  for (int64_t i = 0; i < rank; ++i)
    if (!llvm::is_contained(reduced, i)) kept.push_back(i);
  return kept;
}

// Permutes `value` so that its dimension i becomes dimension `places[i]`.
Value moveDimensions(OpBuilder& builder, Location loc, Value value, ArrayRef<int64_t> places) {
  SmallVector<int64_t> permutation(places.size());
  for (auto [i, place] : llvm::enumerate(places)) permutation[place] = i;
  if (llvm::is_sorted(places)) return value;
  return TransposeOp::create(builder, loc, value, permutation);
}

// A reduction's result, repeated to the operand's shape.
Value spread(OpBuilder& builder, ReduceOp reduce, Value value) {
  RankedTensorType to =
      withElementType(tensorType(reduce.getOperand()), tensorType(value).getElementType());
  return BroadcastInDimOp::create(
      builder, reduce.getLoc(), to, value,
      makeUnknownSizes(builder, reduce.getLoc(), to, reduce.getOperand()),
      keptDimensions(to.getRank(), reduce.getDimensions()));
}

}  // namespace

LogicalResult BroadcastInDimOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                         SmallVectorImpl<Value>& operand_gradients) {
  Location loc = getLoc();
  RankedTensorType from = tensorType(getOperand()), to = tensorType(getResult());
  // Sum over what was repeated: new dimensions, and those stretched from size 1.
  SmallVector<int64_t> reduced, survivors, places;
  for (int64_t i = 0; i < to.getRank(); ++i) {
    auto* it = llvm::find(getDimensions(), i);
    bool repeated = it == getDimensions().end() ||
                    (from.getDimSize(it - getDimensions().begin()) == 1 && to.getDimSize(i) != 1);
    if (repeated)
      reduced.push_back(i);
    else
      survivors.push_back(it - getDimensions().begin());
  }
  Value gradient = result_gradients.front();
  if (!reduced.empty())
    gradient = ReduceOp::create(builder, loc, gradient, ReduceKind::Sum, reduced);
  // Dimension i of the gradient is the operand's dimension survivors[i]; the others have size 1.
  for (int64_t survivor : survivors)
    places.push_back(llvm::count_if(survivors, [&](int64_t other) { return other < survivor; }));
  gradient = moveDimensions(builder, loc, gradient, places);
  if (int64_t(survivors.size()) < from.getRank()) {
    llvm::sort(survivors);
    gradient =
        BroadcastInDimOp::create(builder, loc, from, gradient,
                                 makeUnknownSizes(builder, loc, from, getOperand()), survivors);
  }
  operand_gradients[0] = gradient;
  return success();
}

LogicalResult ReshapeOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                  SmallVectorImpl<Value>& operand_gradients) {
  RankedTensorType from = tensorType(getOperand());
  if (from.hasStaticShape()) {
    operand_gradients[0] = ReshapeOp::create(builder, getLoc(), from, result_gradients.front());
    return success();
  }
  // A reshape may forget a bound but not find it again; the cast that follows does.
  SmallVector<Dim> dims = getDims(from);
  dims[0] = getDims(tensorType(getResult()))[0];
  operand_gradients[0] = ReshapeOp::create(
      builder, getLoc(), makeTensorType(dims, from.getElementType()), result_gradients.front());
  return success();
}

LogicalResult TransposeOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                    SmallVectorImpl<Value>& operand_gradients) {
  operand_gradients[0] =
      moveDimensions(builder, getLoc(), result_gradients.front(), getPermutation());
  return success();
}

LogicalResult SliceOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                SmallVectorImpl<Value>& operand_gradients) {
  // The result's type may have forgotten a size that follows.
  Value gradient = makeCast(builder, getLoc(), result_gradients.front(), getFullType());
  RankedTensorType from = tensorType(getOperand());
  SmallVector<int64_t> low, high, interior;
  for (int64_t i = 0; i < from.getRank(); ++i) {
    if (from.isDynamicDim(i)) {
      low.push_back(0);
      high.push_back(0);
      interior.push_back(0);
      continue;
    }
    int64_t start = getStart()[i], stride = getStrides()[i];
    int64_t count = (getLimit()[i] - start + stride - 1) / stride;
    low.push_back(count ? start : 0);
    high.push_back(from.getDimSize(i) - (count ? start + (count - 1) * stride + 1 : 0));
    interior.push_back(stride - 1);
  }
  operand_gradients[0] = PadOp::create(builder, getLoc(), gradient, low, high, interior);
  return success();
}

LogicalResult PadOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                              SmallVectorImpl<Value>& operand_gradients) {
  // The result's type may have forgotten a size that follows.
  Value gradient = makeCast(builder, getLoc(), result_gradients.front(), getFullType());
  RankedTensorType from = tensorType(getOperand());
  SmallVector<int64_t> start, limit, strides;
  for (int64_t i = 0; i < from.getRank(); ++i) {
    if (from.isDynamicDim(i)) {
      start.push_back(0);
      limit.push_back(-1);
      strides.push_back(1);
      continue;
    }
    int64_t low = getLow()[i], stride = getInterior()[i] + 1, count = from.getDimSize(i);
    start.push_back(low);
    limit.push_back(count ? low + (count - 1) * stride + 1 : low);
    strides.push_back(stride);
  }
  operand_gradients[0] = SliceOp::create(builder, getLoc(), gradient, start, limit, strides);
  if (!getValue()) return success();
  // What is not the operand's is the value's.
  Value ones = makeSplatLike(builder, getLoc(), getOperand(), 1.0);
  Value inside = PadOp::create(builder, getLoc(), ones, getLow(), getHigh(), getInterior());
  Value zero = makeSplatLike(builder, getLoc(), inside, 0.0);
  Value outside = CompareOp::create(builder, getLoc(), inside, zero, Direction::EQ);
  Value of_value = SelectOp::create(builder, getLoc(), outside, gradient, zero);
  operand_gradients[1] = ReduceOp::create(builder, getLoc(), of_value, ReduceKind::Sum,
                                          keptDimensions(from.getRank(), {}));
  return success();
}

LogicalResult ConcatenateOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                      SmallVectorImpl<Value>& operand_gradients) {
  RankedTensorType to = getFullType();
  Value gradient = makeCast(builder, getLoc(), result_gradients.front(), to);
  int64_t joined = getDimension(), offset = 0;
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    SmallVector<int64_t> start(to.getRank(), 0), strides(to.getRank(), 1), limit;
    for (int64_t size : to.getShape()) limit.push_back(ShapedType::isDynamic(size) ? -1 : size);
    int64_t size = tensorType(input).getDimSize(joined);
    start[joined] = offset;
    limit[joined] = offset += size;
    operand_gradients[i] = SliceOp::create(builder, getLoc(), gradient, start, limit, strides);
  }
  return success();
}

LogicalResult CastOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                               SmallVectorImpl<Value>& operand_gradients) {
  operand_gradients[0] =
      makeCast(builder, getLoc(), result_gradients.front(), getOperand().getType());
  return success();
}

LogicalResult DotGeneralOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                     SmallVectorImpl<Value>& operand_gradients) {
  Location loc = getLoc();
  Value g = result_gradients.front();
  SmallVector<int64_t> lhs_free = getLhsFree(), rhs_free = getRhsFree();
  // The result's dimensions: batching, lhs's free ones, rhs's free ones.
  int64_t batching = getLhsBatching().size();
  auto range = [](int64_t begin, int64_t count) {
    return llvm::to_vector(llvm::seq<int64_t>(begin, begin + count));
  };
  SmallVector<int64_t> g_batching = range(0, batching), g_lhs = range(batching, lhs_free.size()),
                       g_rhs = range(batching + lhs_free.size(), rhs_free.size());

  // Contracting g with rhs over rhs's free dimensions leaves batching, lhs's free dimensions, then
  // the contracted ones in the order of rhs's dimensions. Likewise for rhs.
  auto paired = [](ArrayRef<int64_t> of, ArrayRef<int64_t> with) {
    SmallVector<int64_t> sorted(of), partners;
    llvm::sort(sorted);
    for (int64_t dim : sorted) partners.push_back(with[llvm::find(of, dim) - of.begin()]);
    return partners;
  };
  SmallVector<int64_t> places(getLhsBatching());
  places.append(lhs_free);
  places.append(paired(getRhsContracting(), getLhsContracting()));
  operand_gradients[0] = moveDimensions(builder, loc,
                                        DotGeneralOp::create(builder, loc, g, getRhs(), g_batching,
                                                             getRhsBatching(), g_rhs, rhs_free),
                                        places);

  places.assign(getRhsBatching().begin(), getRhsBatching().end());
  places.append(paired(getLhsContracting(), getRhsContracting()));
  places.append(rhs_free);
  operand_gradients[1] =
      moveDimensions(builder, loc,
                     DotGeneralOp::create(builder, loc, getLhs(), g, getLhsBatching(), g_batching,
                                          lhs_free, g_lhs),
                     places);
  if (getInto()) operand_gradients[2] = g;
  return success();
}

// Reductions -----------------------------------------------------------------------------------

// The gradient of each factor is the product of the others. Where no factor of a product is 0 that
// is product / factor; where one is, only its own gradient is not 0.
static Value productVjp(OpBuilder& builder, ReduceOp op, Value g) {
  Location loc = op.getLoc();
  Value x = op.getOperand(), one = makeSplatLike(builder, loc, x, 1.0),
        zero = makeSplatLike(builder, loc, x, 0.0);
  Value is_zero = CompareOp::create(builder, loc, x, zero, Direction::EQ);
  Value factors = SelectOp::create(builder, loc, is_zero, one, x);
  Value product = ReduceOp::create(builder, loc, factors, ReduceKind::Product, op.getDimensions());
  Value zeros = ConvertOp::create(builder, loc, is_zero, builder.getI64Type());
  Value count = ReduceOp::create(builder, loc, zeros, ReduceKind::Sum, op.getDimensions());
  Value all =
      MultiplyOp::create(builder, loc, spread(builder, op, g), spread(builder, op, product));
  Value others = DivideOp::create(builder, loc, all, factors);
  Value zero_count = spread(builder, op, count);
  auto count_is = [&](double n) -> Value {
    return CompareOp::create(builder, loc, zero_count, makeSplatLike(builder, loc, zero_count, n),
                             Direction::EQ);
  };
  Value of_zero = SelectOp::create(builder, loc, count_is(1), all, zero);
  Value of_other = SelectOp::create(builder, loc, count_is(0), others, zero);
  return SelectOp::create(builder, loc, is_zero, of_zero, of_other);
}

// The gradient goes to the first element, in row-major order, that attains the extremum. (None does
// where a NaN is the result.)
static Value extremumVjp(OpBuilder& builder, ReduceOp op, Value g) {
  Location loc = op.getLoc();
  Value x = op.getOperand();
  RankedTensorType index_type = withElementType(tensorType(x), builder.getI64Type());
  SmallVector<Value> sizes = makeUnknownSizes(builder, loc, index_type, x);
  Value index;
  for (int64_t dim : op.getDimensions()) {
    Value iota = IotaOp::create(builder, loc, index_type, sizes, dim);
    if (index) {
      Value size = GetDimensionSizeOp::create(builder, loc, x, dim);
      Value stride =
          BroadcastInDimOp::create(builder, loc, index_type, size, sizes, ArrayRef<int64_t>{});
      index = AddOp::create(builder, loc, MultiplyOp::create(builder, loc, index, stride), iota);
    } else {
      index = iota;
    }
  }
  if (!index) return g;  // nothing is reduced
  Value attained =
      CompareOp::create(builder, loc, x, spread(builder, op, op.getResult()), Direction::EQ);
  // The number of elements of any tensor is below 2^62.
  Value beyond = makeSplatLike(builder, loc, index, 0x1p62);
  Value candidates = SelectOp::create(builder, loc, attained, index, beyond);
  Value first = ReduceOp::create(builder, loc, candidates, ReduceKind::Min, op.getDimensions());
  Value is_first =
      CompareOp::create(builder, loc, candidates, spread(builder, op, first), Direction::EQ);
  Value chosen = AndOp::create(builder, loc, attained, is_first);
  return SelectOp::create(builder, loc, chosen, spread(builder, op, g),
                          makeSplatLike(builder, loc, x, 0.0));
}

LogicalResult ReduceOp::buildVjp(OpBuilder& builder, ValueRange result_gradients,
                                 SmallVectorImpl<Value>& operand_gradients) {
  Value g = result_gradients.front();
  switch (getKind()) {
    case ReduceKind::Sum:
      operand_gradients[0] = spread(builder, *this, g);
      break;
    case ReduceKind::Product:
      operand_gradients[0] = productVjp(builder, *this, g);
      break;
    case ReduceKind::Max:
    case ReduceKind::Min:
      operand_gradients[0] = extremumVjp(builder, *this, g);
      break;
    case ReduceKind::Any:
    case ReduceKind::All:
      break;
  }
  return success();
}

}  // namespace local
