// Shapes with unknown, possibly bounded, dimensions.
#include "dialects/local/Local.h"

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

LogicalResult detail::verifySameShape(Operation* op) {
  auto known = cast<RankedTensorType>(op->getOperand(0).getType());
  for (Value operand : llvm::drop_begin(op->getOperands())) {
    RankedTensorType both = meetTypes(known, operand.getType());
    if (!both)
      return op->emitOpError() << "operands have different shapes: " << known << " and "
                               << operand.getType();
    known = both;
  }
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  bool asserts = isa<CastOp>(op);
  if (asserts ? !meetTypes(known, result) : !impliesShape(known, result))
    return op->emitOpError() << "result type " << result << " does not follow from the operands' ("
                             << known << ")";
  return success();
}

}  // namespace local
