// Elementwise operations: verifiers, builders and folders. A folder computes what compiled code
// computes, to the bit; where targets differ (the bits of a NaN) it leaves the operation alone.
#include "dialects/local/Local.h"
#include "llvm/ADT/APSInt.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace local {
namespace {

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
Type elementType(Value value) { return tensorType(value).getElementType(); }

// Beyond this, folding costs more in the program's size than it saves in its time.
constexpr int64_t kMaxFoldedElements = 1024;

// Applies `f` to the elements of constants of one static shape; null where that is not the case, is
// too large, or where `f` gives nothing.
template <typename To, typename From, typename F>
Attribute mapConstants(ArrayRef<Attribute> operands, Type result, F f) {
  auto type = cast<RankedTensorType>(result);
  if (!type.hasStaticShape()) return {};
  SmallVector<DenseElementsAttr> constants;
  for (Attribute operand : operands) {
    auto constant = dyn_cast_or_null<DenseElementsAttr>(operand);
    if (!constant || constant.getType().getShape() != type.getShape()) return {};
    constants.push_back(constant);
  }
  bool splat =
      llvm::all_of(constants, [](DenseElementsAttr constant) { return constant.isSplat(); });
  if (!splat && type.getNumElements() > kMaxFoldedElements) return {};
  SmallVector<To> results;
  for (int64_t i = 0, n = splat ? 1 : type.getNumElements(); i < n; ++i) {
    SmallVector<From, 2> values;
    for (DenseElementsAttr constant : constants)
      values.push_back(constant.isSplat() ? constant.getSplatValue<From>()
                                          : *(constant.value_begin<From>() + i));
    std::optional<To> value = f(values);
    if (!value) return {};
    results.push_back(*value);
  }
  return DenseElementsAttr::get(type, results);
}

template <typename F>
Attribute foldFloats(ArrayRef<Attribute> operands, Type result, F f) {
  return mapConstants<APFloat, APFloat>(operands, result,
                                        [&](ArrayRef<APFloat> values) -> std::optional<APFloat> {
                                          APFloat value = f(values);
                                          if (value.isNaN()) return std::nullopt;
                                          return value;
                                        });
}

template <typename F>
Attribute foldIntegers(ArrayRef<Attribute> operands, Type result, F f) {
  return mapConstants<APInt, APInt>(
      operands, result, [&](ArrayRef<APInt> values) -> std::optional<APInt> { return f(values); });
}

// The one value of a constant, as a float or an integer.
template <typename T>
std::optional<T> splatOf(Attribute attribute) {
  auto constant = dyn_cast_or_null<SplatElementsAttr>(attribute);
  if (!constant) return std::nullopt;
  if (isa<FloatType>(constant.getElementType()) != std::is_same_v<T, APFloat>) return std::nullopt;
  return constant.getSplatValue<T>();
}
bool isSplatInteger(Attribute attribute, int64_t value) {
  std::optional<APInt> splat = splatOf<APInt>(attribute);
  return splat && *splat == APInt(splat->getBitWidth(), value);
}
bool isSplatFloat(Attribute attribute, double value) {  // tells 0.0 from -0.0
  std::optional<APFloat> splat = splatOf<APFloat>(attribute);
  if (!splat) return false;
  APFloat other(value);
  bool loses;
  other.convert(splat->getSemantics(), APFloat::rmNearestTiesToEven, &loses);
  return splat->bitwiseIsEqual(other);
}

// A splat, given as a constant or spread over a shape, that has the shape of `other` for sure; else
// that they are equal is still to be checked.
Attribute splatOfShape(Value value, Value other) {
  DenseElementsAttr constant;
  auto broadcast = value.getDefiningOp<BroadcastInDimOp>();
  if (!matchPattern(broadcast ? broadcast.getOperand() : value, m_Constant(&constant)) ||
      !constant.isSplat())
    return {};
  RankedTensorType type = tensorType(value);
  size_t sizes = 0;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    bool known = type.isDynamicDim(i) ? isKnownSize(other, i, broadcast.getSizes()[sizes++])
                                      : !tensorType(other).isDynamicDim(i);
    if (!known) return {};
  }
  return constant;
}

// Whether `operand` is `neutral` everywhere, so that the operation gives `other`.
bool isNeutral(Value operand, Value other, Type result, double neutral) {
  if (other.getType() != result) return false;
  Attribute splat = splatOfShape(operand, other);
  return isFloat(elementType(other)) ? isSplatFloat(splat, neutral)
                                     : isSplatInteger(splat, static_cast<int64_t>(neutral));
}

constexpr auto kNearest = APFloat::rmNearestTiesToEven;

}  // namespace

// Arithmetic -----------------------------------------------------------------------------------

OpFoldResult NegateOp::fold(FoldAdaptor adaptor) {
  if (auto inner = getOperand().getDefiningOp<NegateOp>();
      inner && inner.getOperand().getType() == getType())
    return inner.getOperand();
  if (isFloat(elementType(getResult())))
    return foldFloats(adaptor.getOperands(), getType(), [](ArrayRef<APFloat> x) { return -x[0]; });
  return foldIntegers(adaptor.getOperands(), getType(), [](ArrayRef<APInt> x) { return -x[0]; });
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (isFloat(elementType(getResult()))) {
    // x + 0.0 is not x where x is -0.0.
    if (isNeutral(getRhs(), getLhs(), getType(), -0.0)) return getLhs();
    if (isNeutral(getLhs(), getRhs(), getType(), -0.0)) return getRhs();
    return foldFloats(adaptor.getOperands(), getType(), [](ArrayRef<APFloat> x) {
      APFloat sum = x[0];
      sum.add(x[1], kNearest);
      return sum;
    });
  }
  if (isNeutral(getRhs(), getLhs(), getType(), 0)) return getLhs();
  if (isNeutral(getLhs(), getRhs(), getType(), 0)) return getRhs();
  return foldIntegers(adaptor.getOperands(), getType(),
                      [](ArrayRef<APInt> x) { return x[0] + x[1]; });
}

OpFoldResult SubtractOp::fold(FoldAdaptor adaptor) {
  if (isFloat(elementType(getResult()))) {
    if (isNeutral(getRhs(), getLhs(), getType(), 0.0)) return getLhs();
    return foldFloats(adaptor.getOperands(), getType(), [](ArrayRef<APFloat> x) {
      APFloat difference = x[0];
      difference.subtract(x[1], kNearest);
      return difference;
    });
  }
  if (isNeutral(getRhs(), getLhs(), getType(), 0)) return getLhs();
  return foldIntegers(adaptor.getOperands(), getType(),
                      [](ArrayRef<APInt> x) { return x[0] - x[1]; });
}

OpFoldResult MultiplyOp::fold(FoldAdaptor adaptor) {
  if (isNeutral(getRhs(), getLhs(), getType(), 1)) return getLhs();
  if (isNeutral(getLhs(), getRhs(), getType(), 1)) return getRhs();
  if (isFloat(elementType(getResult()))) {
    return foldFloats(adaptor.getOperands(), getType(), [](ArrayRef<APFloat> x) {
      APFloat product = x[0];
      product.multiply(x[1], kNearest);
      return product;
    });
  }
  if (isSplatInteger(adaptor.getRhs(), 0) && getRhs().getType() == getType()) return getRhs();
  return foldIntegers(adaptor.getOperands(), getType(),
                      [](ArrayRef<APInt> x) { return x[0] * x[1]; });
}

// Quotient and remainder of integers; nothing where the divisor is 0: that fails at run time.
template <typename F>
static Attribute foldDivision(ArrayRef<Attribute> operands, Type result, F f) {
  return mapConstants<APInt, APInt>(operands, result,
                                    [&](ArrayRef<APInt> x) -> std::optional<APInt> {
                                      if (x[1].isZero()) return std::nullopt;
                                      return f(x[0], x[1]);
                                    });
}

OpFoldResult DivideOp::fold(FoldAdaptor adaptor) {
  if (isNeutral(getRhs(), getLhs(), getType(), 1)) return getLhs();
  Type element = elementType(getResult());
  if (isFloat(element)) {
    return foldFloats(adaptor.getOperands(), getType(), [](ArrayRef<APFloat> x) {
      APFloat quotient = x[0];
      quotient.divide(x[1], kNearest);
      return quotient;
    });
  }
  bool is_unsigned = element.isUnsignedInteger();
  return foldDivision(adaptor.getOperands(), getType(), [&](const APInt& x, const APInt& y) {
    return is_unsigned ? x.udiv(y) : x.sdiv(y);
  });
}

OpFoldResult RemainderOp::fold(FoldAdaptor adaptor) {
  Type element = elementType(getResult());
  if (isFloat(element))
    return foldFloats(adaptor.getOperands(), getType(), [](ArrayRef<APFloat> x) {
      APFloat remainder = x[0];
      remainder.mod(x[1]);
      return remainder;
    });
  bool is_unsigned = element.isUnsignedInteger();
  return foldDivision(adaptor.getOperands(), getType(), [&](const APInt& x, const APInt& y) {
    return is_unsigned ? x.urem(y) : x.srem(y);
  });
}

template <typename F, typename G>
static Attribute foldExtremum(ArrayRef<Attribute> operands, Type result, F pick_float,
                              G pick_first) {
  Type element = cast<RankedTensorType>(result).getElementType();
  if (isFloat(element))
    return foldFloats(operands, result,
                      [&](ArrayRef<APFloat> x) { return pick_float(x[0], x[1]); });
  return foldIntegers(operands, result, [&](ArrayRef<APInt> x) {
    return pick_first(x[0], x[1], element.isUnsignedInteger()) ? x[0] : x[1];
  });
}

OpFoldResult MaximumOp::fold(FoldAdaptor adaptor) {
  return foldExtremum(
      adaptor.getOperands(), getType(),
      [](const APFloat& x, const APFloat& y) { return llvm::maximum(x, y); },
      [](const APInt& x, const APInt& y, bool is_unsigned) {
        return is_unsigned ? x.uge(y) : x.sge(y);
      });
}

OpFoldResult MinimumOp::fold(FoldAdaptor adaptor) {
  return foldExtremum(
      adaptor.getOperands(), getType(),
      [](const APFloat& x, const APFloat& y) { return llvm::minimum(x, y); },
      [](const APInt& x, const APInt& y, bool is_unsigned) {
        return is_unsigned ? x.ule(y) : x.sle(y);
      });
}

// Logic ----------------------------------------------------------------------------------------

OpFoldResult NotOp::fold(FoldAdaptor adaptor) {
  if (auto inner = getOperand().getDefiningOp<NotOp>();
      inner && inner.getOperand().getType() == getType())
    return inner.getOperand();
  return foldIntegers(adaptor.getOperands(), getType(), [](ArrayRef<APInt> x) { return ~x[0]; });
}

OpFoldResult AndOp::fold(FoldAdaptor adaptor) {
  if (isSplatInteger(adaptor.getRhs(), 1) && getLhs().getType() == getType()) return getLhs();
  if (isSplatInteger(adaptor.getRhs(), 0) && getRhs().getType() == getType()) return getRhs();
  return foldIntegers(adaptor.getOperands(), getType(),
                      [](ArrayRef<APInt> x) { return x[0] & x[1]; });
}

OpFoldResult OrOp::fold(FoldAdaptor adaptor) {
  if (isSplatInteger(adaptor.getRhs(), 0) && getLhs().getType() == getType()) return getLhs();
  if (isSplatInteger(adaptor.getRhs(), 1) && getRhs().getType() == getType()) return getRhs();
  return foldIntegers(adaptor.getOperands(), getType(),
                      [](ArrayRef<APInt> x) { return x[0] | x[1]; });
}

// compare --------------------------------------------------------------------------------------

void CompareOp::build(OpBuilder& builder, OperationState& state, Value lhs, Value rhs,
                      Direction direction) {
  RankedTensorType type = meetTypes(lhs.getType(), rhs.getType());
  build(builder, state, withElementType(type, builder.getI1Type()), lhs, rhs, direction);
}

LogicalResult CompareOp::verify() {
  if (elementType(getLhs()).isSignlessInteger(1) && getDirection() != Direction::EQ &&
      getDirection() != Direction::NE)  // compare_c1
    return emitOpError() << "bools have no order";
  return success();
}

// `order` is negative, 0 or positive.
static APInt holds(Direction direction, int order) {
  bool value = false;
  switch (direction) {
    case Direction::EQ:
      value = order == 0;
      break;
    case Direction::NE:
      value = order != 0;
      break;
    case Direction::LT:
      value = order < 0;
      break;
    case Direction::LE:
      value = order <= 0;
      break;
    case Direction::GT:
      value = order > 0;
      break;
    case Direction::GE:
      value = order >= 0;
      break;
  }
  return APInt(1, value);
}

OpFoldResult CompareOp::fold(FoldAdaptor adaptor) {
  Type element = elementType(getLhs());
  Direction direction = getDirection();
  if (isFloat(element))
    return mapConstants<APInt, APFloat>(adaptor.getOperands(), getType(),
                                        [&](ArrayRef<APFloat> x) -> std::optional<APInt> {
                                          APFloat::cmpResult order = x[0].compare(x[1]);
                                          if (order == APFloat::cmpUnordered)
                                            return APInt(1, direction == Direction::NE);
                                          return holds(direction, order == APFloat::cmpLessThan ? -1
                                                                  : order == APFloat::cmpEqual ? 0
                                                                                               : 1);
                                        });
  return foldIntegers(adaptor.getOperands(), getType(), [&](ArrayRef<APInt> x) {
    bool less = element.isUnsignedInteger() ? x[0].ult(x[1]) : x[0].slt(x[1]);
    return holds(direction, less ? -1 : x[0] == x[1] ? 0 : 1);
  });
}

// select ---------------------------------------------------------------------------------------

LogicalResult SelectOp::verify() {
  RankedTensorType pred = tensorType(getPred()), known = tensorType(getOnTrue());
  if (elementType(getOnFalse()) != known.getElementType())  // select_c2
    return emitOpError() << "chooses between " << known << " and " << getOnFalse().getType();
  known = meetTypes(known, getOnFalse().getType());
  if (!known)  // select_c2
    return emitOpError() << "chooses between different shapes: " << getOnTrue().getType() << " and "
                         << getOnFalse().getType();
  if (pred.getRank() != 0) {
    known = meetTypes(known, pred);
    if (!known)  // select_c1
      return emitOpError() << "condition " << pred << " is neither a scalar nor of the shape of "
                           << getOnTrue().getType();
  }
  return detail::verifyResult(*this, tensorType(getResult()), getDims(known),
                              known.getElementType());
}

OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  auto same = [&](Value value) { return value.getType() == getType(); };
  if (getOnTrue() == getOnFalse() && same(getOnTrue())) return getOnTrue();
  if (isSplatInteger(adaptor.getPred(), 1) && same(getOnTrue())) return getOnTrue();
  if (isSplatInteger(adaptor.getPred(), 0) && same(getOnFalse())) return getOnFalse();
  return {};
}

// convert --------------------------------------------------------------------------------------

static std::optional<APInt> toInteger(const APFloat& value, Type to) {
  if (to.isSignlessInteger(1)) return APInt(1, !value.isZero());
  // Saturates; a NaN gives 0.
  llvm::APSInt integer(to.getIntOrFloatBitWidth(), to.isUnsignedInteger());
  bool exact;
  value.convertToInteger(integer, APFloat::rmTowardZero, &exact);
  return integer;
}

static bool isUnsigned(Type integer) {
  return integer.isUnsignedInteger() || integer.isSignlessInteger(1);
}

OpFoldResult ConvertOp::fold(FoldAdaptor adaptor) {
  if (getOperand().getType() == getType()) return getOperand();
  Type from = elementType(getOperand()), to = elementType(getResult());
  ArrayRef<Attribute> operands = adaptor.getOperands();
  if (isFloat(from) && isFloat(to))
    return foldFloats(operands, getType(), [&](ArrayRef<APFloat> x) {
      APFloat value = x[0];
      bool loses;
      value.convert(cast<FloatType>(to).getFloatSemantics(), kNearest, &loses);
      return value;
    });
  if (isFloat(from))
    return mapConstants<APInt, APFloat>(operands, getType(),
                                        [&](ArrayRef<APFloat> x) { return toInteger(x[0], to); });
  if (isFloat(to))
    return mapConstants<APFloat, APInt>(operands, getType(),
                                        [&](ArrayRef<APInt> x) -> std::optional<APFloat> {
                                          APFloat value(cast<FloatType>(to).getFloatSemantics());
                                          value.convertFromAPInt(x[0], !isUnsigned(from), kNearest);
                                          return value;
                                        });
  return foldIntegers(operands, getType(), [&](ArrayRef<APInt> x) {
    if (to.isSignlessInteger(1)) return APInt(1, !x[0].isZero());
    unsigned width = to.getIntOrFloatBitWidth();
    return isUnsigned(from) ? x[0].zextOrTrunc(width) : x[0].sextOrTrunc(width);
  });
}

}  // namespace local
