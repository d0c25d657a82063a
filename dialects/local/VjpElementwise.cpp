// Vector-Jacobian products of the elementwise operations.
#include "dialects/local/Local.h"

using namespace mlir;

namespace local {
namespace {

// Spells arithmetic over tensors of one shape.
class Calculator {
 public:
  Calculator(OpBuilder& builder, Location loc) : builder_(builder), loc_(loc) {}

  Value add(Value x, Value y) { return AddOp::create(builder_, loc_, x, y); }
  Value subtract(Value x, Value y) { return SubtractOp::create(builder_, loc_, x, y); }
  Value multiply(Value x, Value y) { return MultiplyOp::create(builder_, loc_, x, y); }
  Value divide(Value x, Value y) { return DivideOp::create(builder_, loc_, x, y); }
  Value negate(Value x) { return NegateOp::create(builder_, loc_, x); }
  Value splat(Value like, double value) { return makeSplatLike(builder_, loc_, like, value); }
  Value compare(Direction direction, Value x, Value y) {
    return CompareOp::create(builder_, loc_, x, y, direction);
  }
  // `x` where the predicate holds, else 0.
  Value keep(Value predicate, Value x) {
    return SelectOp::create(builder_, loc_, predicate, x, splat(x, 0.0));
  }
  // 0 where the predicate holds, else `x`.
  Value drop(Value predicate, Value x) {
    return SelectOp::create(builder_, loc_, predicate, splat(x, 0.0), x);
  }

 private:
  OpBuilder& builder_;
  Location loc_;
};

}  // namespace

// The gradients of `result_gradients.front()`, g below, by each operand. Operations with one float
// result get here only with a gradient of it.
#define VJP(Op)                                                               \
  LogicalResult Op::buildVjp(OpBuilder& builder, ValueRange result_gradients, \
                             SmallVectorImpl<Value>& operand_gradients)
#define VJP_BEGIN                     \
  Value g = result_gradients.front(); \
  Calculator calc(builder, getLoc());

// Constant almost everywhere -------------------------------------------------------------------

VJP(SignOp) { return success(); }
VJP(FloorOp) { return success(); }
VJP(CeilOp) { return success(); }
VJP(RoundNearestEvenOp) { return success(); }
VJP(RoundNearestAfzOp) { return success(); }
VJP(StopGradientOp) { return success(); }

// One operand ----------------------------------------------------------------------------------

VJP(NegateOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.negate(g);
  return success();
}

VJP(AbsOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.multiply(g, SignOp::create(builder, getLoc(), getOperand()));
  return success();
}

VJP(ExpOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.multiply(g, getResult());
  return success();
}

VJP(LogOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.divide(g, getOperand());
  return success();
}

VJP(Log1pOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.divide(g, calc.add(getOperand(), calc.splat(g, 1.0)));
  return success();
}

VJP(Expm1Op) {
  VJP_BEGIN
  // e^x, not y + 1: at very negative x that would cancel.
  operand_gradients[0] = calc.multiply(g, ExpOp::create(builder, getLoc(), getOperand()));
  return success();
}

VJP(TanhOp) {
  VJP_BEGIN
  Value square = calc.multiply(getResult(), getResult());
  operand_gradients[0] = calc.multiply(g, calc.subtract(calc.splat(g, 1.0), square));
  return success();
}

VJP(LogisticOp) {
  VJP_BEGIN
  Value rest = calc.subtract(calc.splat(g, 1.0), getResult());
  operand_gradients[0] = calc.multiply(g, calc.multiply(getResult(), rest));
  return success();
}

VJP(SqrtOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.divide(calc.multiply(g, calc.splat(g, 0.5)), getResult());
  return success();
}

VJP(RsqrtOp) {
  VJP_BEGIN
  Value slope = calc.divide(calc.multiply(getResult(), calc.splat(g, -0.5)), getOperand());
  operand_gradients[0] = calc.multiply(g, slope);
  return success();
}

VJP(SineOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.multiply(g, CosineOp::create(builder, getLoc(), getOperand()));
  return success();
}

VJP(CosineOp) {
  VJP_BEGIN
  Value sine = SineOp::create(builder, getLoc(), getOperand());
  operand_gradients[0] = calc.negate(calc.multiply(g, sine));
  return success();
}

VJP(ErfOp) {
  VJP_BEGIN
  Value square = calc.multiply(getOperand(), getOperand());
  Value bell = ExpOp::create(builder, getLoc(), calc.negate(square));
  constexpr double kTwoOverRootPi = 1.1283791670955126;
  operand_gradients[0] = calc.multiply(g, calc.multiply(bell, calc.splat(g, kTwoOverRootPi)));
  return success();
}

VJP(ConvertOp) {
  Type from = cast<RankedTensorType>(getOperand().getType()).getElementType();
  if (isFloat(from))
    operand_gradients[0] = ConvertOp::create(builder, getLoc(), result_gradients.front(), from);
  return success();
}

// Two operands ---------------------------------------------------------------------------------

VJP(AddOp) {
  operand_gradients[0] = operand_gradients[1] = result_gradients.front();
  return success();
}

VJP(SubtractOp) {
  VJP_BEGIN
  operand_gradients[0] = g;
  operand_gradients[1] = calc.negate(g);
  return success();
}

VJP(MultiplyOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.multiply(g, getRhs());
  operand_gradients[1] = calc.multiply(g, getLhs());
  return success();
}

VJP(DivideOp) {
  VJP_BEGIN
  operand_gradients[0] = calc.divide(g, getRhs());
  operand_gradients[1] = calc.negate(calc.multiply(operand_gradients[0], getResult()));
  return success();
}

VJP(RemainderOp) {
  VJP_BEGIN
  // x = q y + r with q an integer, so dr/dy is -q; (x - r) / y is q up to its rounding.
  Value quotient = calc.divide(calc.subtract(getLhs(), getResult()), getRhs());
  operand_gradients[0] = g;
  operand_gradients[1] = calc.negate(calc.multiply(g, quotient));
  return success();
}

VJP(PowerOp) {
  VJP_BEGIN
  Location loc = getLoc();
  Value x = getLhs(), y = getRhs();
  Value lower = PowerOp::create(builder, loc, x, calc.subtract(y, calc.splat(y, 1.0)));
  // 0 * infinity must not arise: where y is 0 the power is constant in x, and where x is 0 the
  // limit of x^y log x is 0 for y > 0.
  Value by_x =
      calc.drop(calc.compare(Direction::EQ, y, calc.splat(y, 0.0)), calc.multiply(y, lower));
  Value by_y = calc.drop(calc.compare(Direction::EQ, x, calc.splat(x, 0.0)),
                         calc.multiply(getResult(), LogOp::create(builder, loc, x)));
  operand_gradients[0] = calc.multiply(g, by_x);
  operand_gradients[1] = calc.multiply(g, by_y);
  return success();
}

VJP(MaximumOp) {
  VJP_BEGIN
  Value first = calc.compare(Direction::GE, getLhs(), getRhs());
  operand_gradients[0] = calc.keep(first, g);
  operand_gradients[1] = calc.drop(first, g);
  return success();
}

VJP(MinimumOp) {
  VJP_BEGIN
  Value first = calc.compare(Direction::LE, getLhs(), getRhs());
  operand_gradients[0] = calc.keep(first, g);
  operand_gradients[1] = calc.drop(first, g);
  return success();
}

VJP(SelectOp) {
  VJP_BEGIN
  operand_gradients[1] = calc.keep(getPred(), g);
  operand_gradients[2] = calc.drop(getPred(), g);
  return success();
}

}  // namespace local
