// Constants and shapes: verifiers, builders and folders.
#include "dialects/local/Local.h"
#include "llvm/ADT/SmallBitVector.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace local {
namespace {

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

bool isIdentity(ArrayRef<int64_t> permutation) {
  return llvm::all_of(llvm::enumerate(permutation),
                      [](auto entry) { return int64_t(entry.index()) == entry.value(); });
}

// True where the values are distinct dimensions of a tensor of this rank.
bool areDistinctDimensions(ArrayRef<int64_t> dimensions, int64_t rank) {
  llvm::SmallBitVector seen(rank);
  for (int64_t dim : dimensions) {
    if (dim < 0 || dim >= rank || seen[dim]) return false;
    seen.set(dim);
  }
  return true;
}

int64_t countUnknown(RankedTensorType type) { return type.getNumDynamicDims(); }

int64_t productFrom(RankedTensorType type, int64_t first) {
  int64_t product = 1;
  for (int64_t size : type.getShape().drop_front(first)) product *= size;
  return product;
}

}  // namespace

// Constants ------------------------------------------------------------------------------------

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult ParamOp::verifySymbolUses(SymbolTableCollection& tables) {
  Operation* param = tables.lookupNearestSymbolFrom(*this, getNameAttr());
  // The parameter is an operation of the fed dialect, which is built on this one: known by name.
  if (!param || param->getName().getStringRef() != "fed.param")  // param_c1
    return emitOpError() << "the module has no parameter `" << getName() << "`";
  auto type = param->getAttrOfType<TypeAttr>("type");
  if (type && type.getValue() != getType())  // param_c2
    return emitOpError() << "parameter `" << getName() << "` is a " << type.getValue();
  return success();
}

// get_dimension_size ---------------------------------------------------------------------------

LogicalResult GetDimensionSizeOp::verify() {
  int64_t dim = getDimension();
  if (dim < 0 || dim >= tensorType(getOperand()).getRank())  // get_dimension_size_c1
    return emitOpError() << "dimension " << dim << " is not one of " << getOperand().getType();
  return success();
}

SizeSource getSizeSource(Value tensor, int64_t dim) {
  Operation* op = tensor.getDefiningOp();
  if (!op) return {};
  auto given = [&](OperandRange sizes) -> SizeSource {
    int64_t index = 0;
    for (int64_t i = 0; i < dim; ++i) index += tensorType(tensor).isDynamicDim(i);
    return {sizes[index], SizeSource::kItself};
  };
  if (auto broadcast = dyn_cast<BroadcastInDimOp>(op)) return given(broadcast.getSizes());
  if (auto iota = dyn_cast<IotaOp>(op)) return given(iota.getSizes());
  if (auto select = dyn_cast<SelectOp>(op)) return {select.getOnTrue(), dim};
  if (op->hasTrait<OpTrait::Elementwise>() ||
      isa<CastOp, SliceOp, PadOp, ReverseOp, ScatterAddOp, ArgsortOp, CumulativeSumOp,
          ConvolutionOp, ConvolutionDataOp, ReduceWindowOp, SelectAndScatterOp, SelectAndGatherOp>(
          op))
    return {op->getOperand(0), dim};
  if (auto reshape = dyn_cast<ReshapeOp>(op)) {
    // Only dimension 0 can be unknown, and it is so in both.
    if (tensorType(reshape.getOperand()).isDynamicDim(0)) return {reshape.getOperand(), dim};
  } else if (auto transpose = dyn_cast<TransposeOp>(op)) {
    return {transpose.getOperand(), transpose.getPermutation()[dim]};
  } else if (auto concatenate = dyn_cast<ConcatenateOp>(op)) {
    if (dim != int64_t(concatenate.getDimension())) return {concatenate.getInputs().front(), dim};
  } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
    for (int64_t reduced : reduce.getDimensions()) dim += reduced <= dim;
    return {reduce.getOperand(), dim};
  } else if (auto dot = dyn_cast<DotGeneralOp>(op)) {
    SmallVector<int64_t> lhs(dot.getLhsBatching()), lhs_free = dot.getLhsFree(),
                                                    rhs_free = dot.getRhsFree();
    lhs.append(lhs_free);
    if (dim < int64_t(lhs.size())) return {dot.getLhs(), lhs[dim]};
    return {dot.getRhs(), rhs_free[dim - lhs.size()]};
  } else if (auto take = dyn_cast<TakeOp>(op)) {
    const int64_t batch = take.getBatch(), at = take.getDimension(),
                  behind = at + tensorType(take.getIndices()).getRank() - batch;
    if (dim < at) return {take.getOperand(), dim};
    if (dim < behind) return {take.getIndices(), dim - at + batch};
    return {take.getOperand(), dim - behind + at + 1};
  }
  return {};
}

bool isKnownSize(Value tensor, int64_t dim, Value size) {
  while (tensorType(tensor).isDynamicDim(dim)) {
    SizeSource source = getSizeSource(tensor, dim);
    if (!source.value) break;
    if (source.dim == SizeSource::kItself) return source.value == size;
    tensor = source.value;
    dim = source.dim;
  }
  if (!tensorType(tensor).isDynamicDim(dim)) {
    DenseElementsAttr constant;
    return matchPattern(size, m_Constant(&constant)) &&
           constant.getSplatValue<int64_t>() == tensorType(tensor).getDimSize(dim);
  }
  auto asked = size.getDefiningOp<GetDimensionSizeOp>();
  if (!asked) return false;
  // Folding has followed this one already.
  return asked.getOperand() == tensor && int64_t(asked.getDimension()) == dim;
}

OpFoldResult GetDimensionSizeOp::fold(FoldAdaptor) {
  RankedTensorType type = tensorType(getOperand());
  int64_t dim = getDimension();
  if (dim < 0 || dim >= type.getRank()) return {};
  if (!type.isDynamicDim(dim))
    return DenseElementsAttr::get(cast<RankedTensorType>(getType()), type.getDimSize(dim));
  const SizeSource source = getSizeSource(getOperand(), dim);
  if (!source.value) return {};
  if (source.dim == SizeSource::kItself) return source.value;
  getOperandMutable().assign(source.value);
  setDimension(source.dim);
  return getResult();
}

// iota -----------------------------------------------------------------------------------------

LogicalResult IotaOp::verify() {
  RankedTensorType type = tensorType(getResult());
  int64_t dim = getDimension();
  if (dim < 0 || dim >= type.getRank())  // iota_c1
    return emitOpError() << "dimension " << dim << " is not one of " << type;
  if (int64_t(getSizes().size()) != countUnknown(type))  // iota_c2
    return emitOpError() << "has " << getSizes().size() << " sizes for " << countUnknown(type)
                         << " unknown dimensions of " << type;
  return success();
}

// broadcast_in_dim -----------------------------------------------------------------------------

LogicalResult BroadcastInDimOp::verify() {
  RankedTensorType from = tensorType(getOperand()), to = tensorType(getResult());
  ArrayRef<int64_t> dimensions = getDimensions();
  if (int64_t(dimensions.size()) != from.getRank() ||  // broadcast_in_dim_c1
      !areDistinctDimensions(dimensions, to.getRank()))
    return emitOpError() << "dims must name a different dimension of " << to
                         << " for each dimension of " << from;
  if (int64_t(getSizes().size()) != countUnknown(to))  // broadcast_in_dim_c2
    return emitOpError() << "has " << getSizes().size() << " sizes for " << countUnknown(to)
                         << " unknown dimensions of " << to;
  SmallVector<Dim> from_dims = getDims(from), to_dims = getDims(to);
  for (auto [i, dim] : llvm::enumerate(dimensions))
    if (from_dims[i] != Dim::fixed(1) && !meet(from_dims[i], to_dims[dim]))
      return emitOpError() << "dimension " << i << " of " << from  // broadcast_in_dim_c3
                           << " is neither 1 nor the size of dimension " << dim << " of " << to;
  if (from.getElementType() != to.getElementType())  // broadcast_in_dim_c4
    return emitOpError() << "changes the element type from " << from.getElementType() << " to "
                         << to.getElementType();
  return success();
}

OpFoldResult BroadcastInDimOp::fold(FoldAdaptor adaptor) {
  RankedTensorType to = tensorType(getResult());
  if (getOperand().getType() == to && to.hasStaticShape() && isIdentity(getDimensions()))
    return getOperand();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getOperand());
      splat && to.hasStaticShape())
    return splat.resizeSplat(to);
  // A broadcast of a broadcast is one. Only over static shapes: else a size that is checked in
  // between would no longer be.
  if (auto inner = getOperand().getDefiningOp<BroadcastInDimOp>();
      inner && inner.getType().hasStaticShape() && to.hasStaticShape()) {
    SmallVector<int64_t> dimensions;
    for (int64_t dim : inner.getDimensions()) dimensions.push_back(getDimensions()[dim]);
    getOperandMutable().assign(inner.getOperand());
    setDimensions(dimensions);
    return getResult();
  }
  return {};
}

// reshape --------------------------------------------------------------------------------------

LogicalResult ReshapeOp::verify() {
  RankedTensorType from = tensorType(getOperand()), to = tensorType(getResult());
  bool unknown = !from.hasStaticShape() || !to.hasStaticShape();
  if (unknown) {
    auto leads = [](RankedTensorType type) {
      return countUnknown(type) == 1 && type.isDynamicDim(0);
    };
    if (!leads(from) || !leads(to) ||
        !implies(getDims(from).front(), getDims(to).front()))  // reshape_c1
      return emitOpError() << "only dimension 0 may be unknown, and then it stays the same: "
                           << from << " to " << to;
  }
  if (productFrom(from, unknown) != productFrom(to, unknown))  // reshape_c2
    return emitOpError() << "changes the number of elements: " << from << " to " << to;
  if (from.getElementType() != to.getElementType())  // reshape_c3
    return emitOpError() << "changes the element type from " << from.getElementType() << " to "
                         << to.getElementType();
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType()) return getOperand();
  if (auto constant = dyn_cast_or_null<DenseElementsAttr>(adaptor.getOperand()))
    return constant.reshape(tensorType(getResult()));
  if (auto inner = getOperand().getDefiningOp<ReshapeOp>()) {
    getOperandMutable().assign(inner.getOperand());
    return getResult();
  }
  return {};
}

// transpose ------------------------------------------------------------------------------------

void TransposeOp::build(OpBuilder& builder, OperationState& state, Value operand,
                        ArrayRef<int64_t> permutation) {
  SmallVector<Dim> from = getDims(tensorType(operand)), to;
  for (int64_t dim : permutation) to.push_back(from[dim]);
  build(builder, state, makeTensorType(to, tensorType(operand).getElementType()), operand,
        permutation);
}

LogicalResult TransposeOp::verify() {
  RankedTensorType from = tensorType(getOperand());
  ArrayRef<int64_t> permutation = getPermutation();
  if (int64_t(permutation.size()) != from.getRank() ||  // transpose_c1
      !areDistinctDimensions(permutation, from.getRank()))
    return emitOpError() << "permutation must name each dimension of " << from << " once";
  SmallVector<Dim> dims;
  for (int64_t dim : permutation) dims.push_back(getDims(from)[dim]);
  return detail::verifyResult(*this, tensorType(getResult()), dims,  // transpose_c2
                              from.getElementType());
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType() && isIdentity(getPermutation())) return getOperand();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getOperand()))
    return splat.resizeSplat(tensorType(getResult()));
  if (auto inner = getOperand().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> permutation;
    for (int64_t dim : getPermutation()) permutation.push_back(inner.getPermutation()[dim]);
    getOperandMutable().assign(inner.getOperand());
    setPermutation(permutation);
    return getResult();
  }
  return {};
}

// slice ----------------------------------------------------------------------------------------

static int64_t slicedSize(int64_t start, int64_t limit, int64_t stride) {
  return (limit - start + stride - 1) / stride;
}

void SliceOp::build(OpBuilder& builder, OperationState& state, Value operand,
                    ArrayRef<int64_t> start, ArrayRef<int64_t> limit, ArrayRef<int64_t> strides) {
  SmallVector<Dim> dims = getDims(tensorType(operand));
  for (auto [i, dim] : llvm::enumerate(dims))
    if (!dim.is_unknown()) dim = Dim::fixed(slicedSize(start[i], limit[i], strides[i]));
  build(builder, state, makeTensorType(dims, tensorType(operand).getElementType()), operand, start,
        limit, strides);
}

RankedTensorType SliceOp::getFullType() {
  RankedTensorType from = tensorType(getOperand());
  SmallVector<Dim> dims = getDims(from);
  for (auto [i, dim] : llvm::enumerate(dims))
    if (!dim.is_unknown())
      dim = Dim::fixed(slicedSize(getStart()[i], getLimit()[i], getStrides()[i]));
  return makeTensorType(dims, from.getElementType());
}

LogicalResult SliceOp::verify() {
  RankedTensorType from = tensorType(getOperand());
  size_t rank = from.getRank();
  if (getStart().size() != rank || getLimit().size() != rank ||  // slice_c1
      getStrides().size() != rank)
    return emitOpError() << "needs a start, a limit and a stride for each dimension of " << from;
  for (auto [i, dim] : llvm::enumerate(getDims(from))) {
    int64_t start = getStart()[i], limit = getLimit()[i], stride = getStrides()[i];
    if (dim.is_unknown()) {
      if (start != 0 || limit != -1 || stride != 1)  // slice_c2
        return emitOpError() << "dimension " << i << " of " << from
                             << " is unknown and must be taken whole: start 0, limit -1, stride 1";
      continue;
    }
    if (start < 0 || start > limit || limit > dim.size || stride < 1)  // slice_c3
      return emitOpError() << "start " << start << ", limit " << limit << " and stride " << stride
                           << " do not fit dimension " << i << " of " << from;
  }
  return detail::verifyResult(*this, tensorType(getResult()), getDims(getFullType()),  // slice_c4
                              from.getElementType());
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  // Equal types mean that every dimension is whole.
  if (getOperand().getType() == getType()) return getOperand();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getOperand());
      splat && tensorType(getResult()).hasStaticShape())
    return splat.resizeSplat(tensorType(getResult()));
  return {};
}

// pad ------------------------------------------------------------------------------------------

static int64_t paddedSize(int64_t size, int64_t low, int64_t high, int64_t interior) {
  return low + high + size + std::max<int64_t>(size - 1, 0) * interior;
}

void PadOp::build(OpBuilder& builder, OperationState& state, Value operand, ArrayRef<int64_t> low,
                  ArrayRef<int64_t> high, ArrayRef<int64_t> interior) {
  SmallVector<Dim> dims = getDims(tensorType(operand));
  for (auto [i, dim] : llvm::enumerate(dims))
    if (!dim.is_unknown()) dim = Dim::fixed(paddedSize(dim.size, low[i], high[i], interior[i]));
  build(builder, state, makeTensorType(dims, tensorType(operand).getElementType()), operand,
        /*value=*/Value(), low, high, interior);
}

RankedTensorType PadOp::getFullType() {
  RankedTensorType from = tensorType(getOperand());
  SmallVector<Dim> dims = getDims(from);
  for (auto [i, dim] : llvm::enumerate(dims))
    if (!dim.is_unknown())
      dim = Dim::fixed(paddedSize(dim.size, getLow()[i], getHigh()[i], getInterior()[i]));
  return makeTensorType(dims, from.getElementType());
}

LogicalResult PadOp::verify() {
  RankedTensorType from = tensorType(getOperand());
  size_t rank = from.getRank();
  auto negative = [](int64_t amount) { return amount < 0; };
  if (getLow().size() != rank || getHigh().size() != rank || getInterior().size() != rank ||
      llvm::any_of(getLow(), negative) || llvm::any_of(getHigh(), negative) ||
      llvm::any_of(getInterior(), negative))  // pad_c1
    return emitOpError() << "needs low, high and interior, none negative, for each dimension of "
                         << from;
  for (auto [i, dim] : llvm::enumerate(getDims(from)))
    if (dim.is_unknown() && (getLow()[i] || getHigh()[i] || getInterior()[i]))  // pad_c2
      return emitOpError() << "dimension " << i << " of " << from
                           << " is unknown and cannot be padded";
  if (getValue() &&
      getValue().getType() != RankedTensorType::get({}, from.getElementType()))  // pad_c4
    return emitOpError() << "pads " << from << " with a " << getValue().getType();
  return detail::verifyResult(*this, tensorType(getResult()), getDims(getFullType()),  // pad_c3
                              from.getElementType());
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto zero = [](int64_t amount) { return amount == 0; };
  if (getOperand().getType() == getType() && llvm::all_of(getLow(), zero) &&
      llvm::all_of(getHigh(), zero) && llvm::all_of(getInterior(), zero))
    return getOperand();
  return {};
}

// concatenate ----------------------------------------------------------------------------------

RankedTensorType ConcatenateOp::getFullType() {
  RankedTensorType full = tensorType(getInputs().front());
  int64_t joined = getDimension(), size = 0;
  for (Value input : getInputs()) {
    SmallVector<Dim> dims = getDims(tensorType(input));
    size += dims[joined].size;
    dims[joined] = getDims(full)[joined];
    full = meetTypes(full, makeTensorType(dims, full.getElementType()));
    if (!full) return {};
  }
  SmallVector<Dim> dims = getDims(full);
  dims[joined] = Dim::fixed(size);
  return makeTensorType(dims, full.getElementType());
}

LogicalResult ConcatenateOp::verify() {
  if (getInputs().empty()) return emitOpError() << "joins nothing";  // concatenate_c1
  RankedTensorType first = tensorType(getInputs().front());
  int64_t joined = getDimension();
  if (joined < 0 || joined >= first.getRank())  // concatenate_c2
    return emitOpError() << "dimension " << joined << " is not one of " << first;
  for (Value input : getInputs()) {
    RankedTensorType type = tensorType(input);
    if (type.getRank() != first.getRank() ||
        type.getElementType() != first.getElementType())  // concatenate_c1
      return emitOpError() << "joins " << first << " and " << type;
    if (type.isDynamicDim(joined))  // concatenate_c2
      return emitOpError() << "joins along dimension " << joined << ", which is unknown in "
                           << type;
  }
  RankedTensorType full = getFullType();
  if (!full)  // concatenate_c3
    return emitOpError() << "inputs differ in a dimension other than " << joined << ": "
                         << getInputs().getTypes();
  return detail::verifyResult(*this, tensorType(getResult()), getDims(full),  // concatenate_c4
                              first.getElementType());
}

OpFoldResult ConcatenateOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return {};
}

// cast -----------------------------------------------------------------------------------------

LogicalResult CastOp::verify() {
  if (!meetTypes(getOperand().getType(), getType()))  // cast_c1
    return emitOpError() << "no tensor is both a " << getOperand().getType() << " and a "
                         << getType();
  return success();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getOperand().getType() == getType()) return getOperand();
  // What the inner cast alone asserts must still be checked.
  if (auto inner = getOperand().getDefiningOp<CastOp>();
      inner && impliesShape(tensorType(inner.getOperand()), tensorType(inner.getResult()))) {
    getOperandMutable().assign(inner.getOperand());
    return getResult();
  }
  return {};
}

}  // namespace local
