// Shapes with unknown, possibly bounded, dimensions.
#include "dialects/local/Local.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace local {

SmallVector<Dim> getDims(RankedTensorType type) {
  auto encoding = dyn_cast_or_null<BoundsAttr>(type.getEncoding());
  SmallVector<Dim> dims;
  for (auto [i, size] : llvm::enumerate(type.getShape())) {
    if (size != ShapedType::kDynamic)
      dims.push_back(Dim::fixed(size));
    else
      dims.push_back(Dim::unknown(encoding ? encoding.getBounds()[i] : -1));
  }
  return dims;
}

int64_t getBound(RankedTensorType type, int64_t dim) { return getDims(type)[dim].bound; }

SmallVector<int64_t> getBounds(RankedTensorType type) {
  return llvm::map_to_vector(getDims(type), [](Dim dim) { return dim.bound; });
}

RankedTensorType makeTensorType(ArrayRef<Dim> dims, Type element) {
  SmallVector<int64_t> shape, bounds;
  bool any = false;
  for (Dim dim : dims) {
    shape.push_back(dim.size);
    bounds.push_back(dim.is_unknown() ? dim.bound : -1);
    any |= bounds.back() >= 0;
  }
  Attribute encoding;
  if (any) encoding = BoundsAttr::get(element.getContext(), bounds);
  return RankedTensorType::get(shape, element, encoding);
}

RankedTensorType makeTensorType(ArrayRef<int64_t> shape, ArrayRef<int64_t> bounds, Type element) {
  SmallVector<Dim> dims;
  for (auto [i, size] : llvm::enumerate(shape)) {
    if (size != ShapedType::kDynamic)
      dims.push_back(Dim::fixed(size));
    else
      dims.push_back(Dim::unknown(bounds.empty() ? -1 : bounds[i]));
  }
  return makeTensorType(dims, element);
}

RankedTensorType withElementType(RankedTensorType type, Type element) {
  return RankedTensorType::get(type.getShape(), element, type.getEncoding());
}

std::optional<int64_t> getBoundedElementCount(RankedTensorType type) {
  int64_t count = 1;
  for (Dim dim : getDims(type)) {
    if (dim.bound < 0) return std::nullopt;
    if (__builtin_mul_overflow(count, dim.bound, &count)) return std::nullopt;
  }
  return count;
}

RankedTensorType atBounds(RankedTensorType type) {
  return RankedTensorType::get(getBounds(type), type.getElementType());
}

RankedTensorType noteType(Type type, int64_t steps) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape = getBounds(tensor);
  shape.insert(shape.begin(), steps);
  return RankedTensorType::get(shape, tensor.getElementType());
}

std::optional<Dim> meet(Dim a, Dim b) {
  if (!a.is_unknown() && !b.is_unknown()) {
    if (a.size != b.size) return std::nullopt;
    return a;
  }
  if (a.is_unknown() && b.is_unknown()) {
    if (a.bound < 0 || b.bound < 0) return Dim::unknown(std::max(a.bound, b.bound));
    return Dim::unknown(std::min(a.bound, b.bound));
  }
  Dim known = a.is_unknown() ? b : a;
  int64_t bound = a.is_unknown() ? a.bound : b.bound;
  if (bound >= 0 && known.size > bound) return std::nullopt;
  return known;
}

RankedTensorType meetTypes(Type a, Type b) {
  auto left = dyn_cast<RankedTensorType>(a), right = dyn_cast<RankedTensorType>(b);
  if (!left || !right || left.getRank() != right.getRank()) return {};
  SmallVector<Dim> dims;
  for (auto [x, y] : llvm::zip_equal(getDims(left), getDims(right))) {
    std::optional<Dim> dim = meet(x, y);
    if (!dim) return {};
    dims.push_back(*dim);
  }
  return makeTensorType(dims, left.getElementType());
}

bool implies(Dim from, Dim to) {
  if (!to.is_unknown()) return from.size == to.size;
  return to.bound < 0 || (from.bound >= 0 && from.bound <= to.bound);
}

bool impliesShape(RankedTensorType from, RankedTensorType to) {
  return from.getRank() == to.getRank() &&
         llvm::all_of(llvm::zip_equal(getDims(from), getDims(to)),
                      [](auto pair) { return implies(std::get<0>(pair), std::get<1>(pair)); });
}

bool isFloat(Type type) { return isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(type); }

bool isNumber(Type type) {
  if (isFloat(type)) return true;
  auto integer = dyn_cast<IntegerType>(type);
  // Signed integers are signless in MLIR's terms; only unsigned ones say so.
  return integer && !integer.isSigned() &&
         llvm::is_contained({8u, 16u, 32u, 64u}, integer.getWidth());
}

bool isInteger(Type type) { return isNumber(type) && !isFloat(type); }

bool isElement(Type type) { return type.isSignlessInteger(1) || isNumber(type); }

SmallVector<Value> makeUnknownSizes(OpBuilder& builder, Location loc, RankedTensorType type,
                                    Value from) {
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (type.isDynamicDim(i)) sizes.push_back(GetDimensionSizeOp::create(builder, loc, from, i));
  return sizes;
}

Value makeSplatLike(OpBuilder& builder, Location loc, Value like, double value) {
  auto type = cast<RankedTensorType>(like.getType());
  Type element = type.getElementType();
  TypedAttr scalar;
  if (auto real = dyn_cast<FloatType>(element))
    scalar = builder.getFloatAttr(real, value);
  else
    scalar = IntegerAttr::get(element,
                              APInt(element.getIntOrFloatBitWidth(), static_cast<int64_t>(value),
                                    /*isSigned=*/true, /*implicitTrunc=*/true));
  if (type.hasStaticShape())
    return ConstantOp::create(builder, loc, DenseElementsAttr::get(type, Attribute(scalar)));
  Value splat = ConstantOp::create(
      builder, loc, DenseElementsAttr::get(RankedTensorType::get({}, element), Attribute(scalar)));
  return BroadcastInDimOp::create(builder, loc, type, splat,
                                  makeUnknownSizes(builder, loc, type, like), ArrayRef<int64_t>{});
}

Value makeCast(OpBuilder& builder, Location loc, Value value, Type type) {
  if (value.getType() == type) return value;
  return CastOp::create(builder, loc, type, value);
}

Value makeBeginning(OpBuilder& builder, Location loc, Value whole, RankedTensorType type,
                    ValueRange sizes) {
  for (auto [i, dim] : llvm::enumerate(getDims(type))) {
    if (!dim.is_unknown()) continue;
    if (cast<RankedTensorType>(whole.getType()).isDynamicDim(i)) {  // it is in its size
      sizes = sizes.drop_front();
      continue;
    }
    Value places =
        IotaOp::create(builder, loc, makeTensorType({dim}, builder.getI64Type()), sizes.front(), 0);
    whole = TakeOp::create(builder, loc, whole, places, i, 0);
    sizes = sizes.drop_front();
  }
  return makeCast(builder, loc, whole, type);
}

bool areFirstPlaces(Value indices, int64_t size) {
  auto iota = indices.getDefiningOp<IotaOp>();
  if (!iota || cast<RankedTensorType>(indices.getType()).getRank() != 1) return false;
  const int64_t most = getBound(cast<RankedTensorType>(indices.getType()), 0);
  return most >= 0 && most <= size;
}

bool areInside(Value indices, int64_t size) {
  if (areFirstPlaces(indices, size)) return true;
  DenseElementsAttr known;
  if (!matchPattern(indices, m_Constant(&known)) || size < 0) return false;
  const bool is_unsigned = known.getElementType().isUnsignedInteger();
  return llvm::all_of(known.getValues<APInt>(), [&](const APInt& index) {
    return (is_unsigned || !index.isNegative()) &&
           index.getLimitedValue() < static_cast<uint64_t>(size);
  });
}

LogicalResult detail::verifySameShape(Operation* op) {
  auto known = cast<RankedTensorType>(op->getOperand(0).getType());
  for (Value operand : llvm::drop_begin(op->getOperands())) {
    RankedTensorType both = meetTypes(known, operand.getType());
    if (!both)  // shape_c1
      return op->emitOpError() << "operands have different shapes: " << known << " and "
                               << operand.getType();
    known = both;
  }
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  return verifyResult(op, result, getDims(known), result.getElementType());
}

LogicalResult detail::verifyResult(Operation* op, RankedTensorType result, ArrayRef<Dim> dims,
                                   Type element) {
  RankedTensorType known = makeTensorType(dims, element);
  if (result.getElementType() != element || !impliesShape(known, result))  // shape_c2
    return op->emitOpError() << "result type " << result << " does not follow from the operands: "
                             << "expected " << known << " or a type that says less";
  return success();
}

LogicalResult detail::verifyArguments(Operation* op, Region& region, TypeRange types) {
  if (region.getArgumentTypes() != types)
    return op->emitOpError() << "region takes (" << region.getArgumentTypes() << "), expected ("
                             << types << ")";
  return success();
}

LogicalResult detail::verifyYield(Operation* op, Region& region, TypeRange types, StringRef what) {
  Block& block = region.front();
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield) return op->emitOpError() << "region must end with `local.yield`";
  if (yield.getOperandTypes() != types)
    return op->emitOpError() << "region yields (" << yield.getOperandTypes() << "), but " << what
                             << " are (" << types << ")";
  return success();
}

}  // namespace local
