// Operations of `local` on one element at a time, and selection.
#include <limits>

#include "compiler/lower/lowering.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

namespace {

Value integer(OpBuilder& b, Location loc, Type type, const APInt& value) {
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
}

Value number(OpBuilder& b, Location loc, Type type, double value) {
  if (isa<FloatType>(type)) return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}

Value compare_float(OpBuilder& b, Location loc, arith::CmpFPredicate p, Value x, Value y) {
  return arith::CmpFOp::create(b, loc, p, x, y);
}

Value select(OpBuilder& b, Location loc, Value c, Value x, Value y) {
  return arith::SelectOp::create(b, loc, c, x, y);
}

// Truncates towards zero, saturates, NaN gives 0.
Value float_to_integer(OpBuilder& b, Location loc, Value x, IntegerType to, bool is_unsigned) {
  auto from = cast<FloatType>(x.getType());
  unsigned width = to.getWidth();
  APInt least = is_unsigned ? APInt::getMinValue(width) : APInt::getSignedMinValue(width);
  APInt most = is_unsigned ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width);
  // The first value above the range, a power of two, is exact in every float type.
  double above = std::ldexp(1.0, is_unsigned ? width : width - 1);
  // The largest below it: x <= least - 1 truncates to below the range, but least itself is exact.
  double low = is_unsigned ? 0.0 : -above;
  Type signless = IntegerType::get(b.getContext(), width);
  Value inside = is_unsigned ? Value(arith::FPToUIOp::create(b, loc, signless, x))
                             : Value(arith::FPToSIOp::create(b, loc, signless, x));
  Value too_high = compare_float(b, loc, arith::CmpFPredicate::OGE, x, number(b, loc, from, above));
  Value too_low =
      compare_float(b, loc, is_unsigned ? arith::CmpFPredicate::OLE : arith::CmpFPredicate::OLT, x,
                    number(b, loc, from, low));
  Value nan = compare_float(b, loc, arith::CmpFPredicate::UNO, x, x);
  Value r = select(b, loc, too_high, integer(b, loc, signless, most), inside);
  r = select(b, loc, too_low, integer(b, loc, signless, least), r);
  return select(b, loc, nan, integer(b, loc, signless, APInt::getZero(width)), r);
}

// The bits of the nearest bfloat16, ties to even: no target of ours has an instruction.
Value to_bfloat16(OpBuilder& b, Location loc, Value x) {
  Type i32 = b.getI32Type(), i16 = b.getI16Type();
  auto bits = [&](int64_t v) -> Value {
    return arith::ConstantOp::create(b, loc, b.getIntegerAttr(i32, v));
  };
  Value word = arith::BitcastOp::create(b, loc, i32, x);
  Value high = arith::ShRUIOp::create(b, loc, word, bits(16));
  Value odd = arith::AndIOp::create(b, loc, high, bits(1));
  Value nudge = arith::AddIOp::create(b, loc, odd, bits(0x7fff));
  Value rounded =
      arith::ShRUIOp::create(b, loc, arith::AddIOp::create(b, loc, word, nudge), bits(16));
  // Rounding would carry a NaN's payload away: it is made quiet instead.
  Value quiet = arith::OrIOp::create(b, loc, high, bits(0x40));
  Value is_nan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
  Value chosen = arith::SelectOp::create(b, loc, is_nan, quiet, rounded);
  return arith::TruncIOp::create(b, loc, i16, chosen);
}

// The float32 that a 16-bit float with these bits is.
Value widened(OpBuilder& b, Location loc, Value bits, Type half) {
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  if (half.isF16()) {
    Value x = arith::BitcastOp::create(b, loc, half, bits);
    return arith::ExtFOp::create(b, loc, f32, x);
  }
  Value low = arith::ExtUIOp::create(b, loc, i32, bits);
  Value word = arith::ShLIOp::create(b, loc, low, number(b, loc, i32, 16));
  return arith::BitcastOp::create(b, loc, f32, word);
}

bool is_half(Type type) { return type.isF16() || type.isBF16(); }

Value convert(OpBuilder& b, Location loc, Value x, Type from, Type to) {
  if (from == to) return x;
  if (is_half(to)) return Lowering::narrowed(b, loc, x, to);
  if (is_half(from)) {
    x = widened(b, loc, x, from);
    from = b.getF32Type();
    if (from == to) return x;
  }
  bool from_unsigned = from.isUnsignedInteger() || from.isInteger(1);
  if (to.isInteger(1)) {
    if (isa<FloatType>(from))
      return compare_float(b, loc, arith::CmpFPredicate::UNE, x, number(b, loc, from, 0));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, x,
                                 number(b, loc, x.getType(), 0));
  }
  if (auto f = dyn_cast<FloatType>(from)) {
    if (auto t = dyn_cast<FloatType>(to)) {
      if (t.getWidth() > f.getWidth()) return arith::ExtFOp::create(b, loc, to, x);
      return arith::TruncFOp::create(b, loc, to, x);
    }
    return float_to_integer(b, loc, x, cast<IntegerType>(to), to.isUnsignedInteger());
  }
  if (isa<FloatType>(to)) {
    if (from_unsigned) return arith::UIToFPOp::create(b, loc, to, x);
    return arith::SIToFPOp::create(b, loc, to, x);
  }
  Type wide = Lowering::signless(to);
  unsigned have = x.getType().getIntOrFloatBitWidth(), want = wide.getIntOrFloatBitWidth();
  if (want == have) return x;
  if (want < have) return arith::TruncIOp::create(b, loc, wide, x);
  if (from_unsigned) return arith::ExtUIOp::create(b, loc, wide, x);
  return arith::ExtSIOp::create(b, loc, wide, x);
}

// The remainder of floats, exact: y is doubled until it passes |x| / 2, then subtracted on the way
// back. Each difference is exact (its operands are within a factor of two of each other).
Value float_remainder(OpBuilder& b, Location loc, Value x, Value y) {
  Type type = x.getType();
  auto constant = [&](double v) { return number(b, loc, type, v); };
  auto less = [](OpBuilder& b, Location loc, arith::CmpFPredicate p, Value u, Value v) -> Value {
    return arith::CmpFOp::create(b, loc, p, u, v);
  };
  double infinity = std::numeric_limits<double>::infinity();
  Value zero = constant(0), one = constant(1), half = constant(0.5), two = constant(2);
  Value ax = math::AbsFOp::create(b, loc, x), ay = math::AbsFOp::create(b, loc, y);
  Value finite = less(b, loc, arith::CmpFPredicate::OLT, ax, constant(infinity));
  Value nonzero = less(b, loc, arith::CmpFPredicate::OGT, ay, zero);
  Value defined = arith::AndIOp::create(b, loc, finite, nonzero);
  // Where the answer is a NaN, or x itself, the loops have nothing to do.
  Value small = less(b, loc, arith::CmpFPredicate::OLT, ax, ay);
  Value idle = arith::OrIOp::create(
      b, loc, small,
      arith::XOrIOp::create(b, loc, defined,
                            arith::ConstantOp::create(b, loc, b.getBoolAttr(true))));
  Value r0 = select(b, loc, idle, zero, ax), y0 = select(b, loc, idle, one, ay);
  auto up = scf::WhileOp::create(
      b, loc, TypeRange(type), ValueRange(y0),
      [&](OpBuilder& b, Location at, ValueRange v) {
        Value limit = arith::MulFOp::create(b, at, r0, half);
        Value go = less(b, at, arith::CmpFPredicate::OLE, v[0], limit);
        scf::ConditionOp::create(b, at, go, v);
      },
      [&](OpBuilder& b, Location at, ValueRange v) {
        Value twice = arith::MulFOp::create(b, at, v[0], two);
        scf::YieldOp::create(b, at, twice);
      });
  auto down = scf::WhileOp::create(
      b, loc, TypeRange({type, type}), ValueRange({r0, up.getResult(0)}),
      [&](OpBuilder& b, Location at, ValueRange v) {
        Value go = less(b, at, arith::CmpFPredicate::OGE, v[1], y0);
        scf::ConditionOp::create(b, at, go, v);
      },
      [&](OpBuilder& b, Location at, ValueRange v) {
        Value take = less(b, at, arith::CmpFPredicate::OGE, v[0], v[1]);
        Value rest = arith::SubFOp::create(b, at, v[0], v[1]);
        Value r = arith::SelectOp::create(b, at, take, rest, v[0]);
        Value down = arith::MulFOp::create(b, at, v[1], half);
        scf::YieldOp::create(b, at, ValueRange{r, down});
      });
  Value r = select(b, loc, small, ax, down.getResult(0));
  r = math::CopySignOp::create(b, loc, r, x);
  Value nan = constant(std::numeric_limits<double>::quiet_NaN());
  r = select(b, loc, defined, r, nan);
  return select(b, loc, compare_float(b, loc, arith::CmpFPredicate::UNO, x, y), nan, r);
}

arith::CmpFPredicate float_predicate(local::Direction d) {
  switch (d) {
    case local::Direction::EQ:
      return arith::CmpFPredicate::OEQ;
    case local::Direction::NE:
      return arith::CmpFPredicate::UNE;
    case local::Direction::LT:
      return arith::CmpFPredicate::OLT;
    case local::Direction::LE:
      return arith::CmpFPredicate::OLE;
    case local::Direction::GT:
      return arith::CmpFPredicate::OGT;
    case local::Direction::GE:
      return arith::CmpFPredicate::OGE;
  }
  llvm_unreachable("a direction");
}

arith::CmpIPredicate integer_predicate(local::Direction d, bool is_unsigned) {
  using P = arith::CmpIPredicate;
  switch (d) {
    case local::Direction::EQ:
      return P::eq;
    case local::Direction::NE:
      return P::ne;
    case local::Direction::LT:
      return is_unsigned ? P::ult : P::slt;
    case local::Direction::LE:
      return is_unsigned ? P::ule : P::sle;
    case local::Direction::GT:
      return is_unsigned ? P::ugt : P::sgt;
    case local::Direction::GE:
      return is_unsigned ? P::uge : P::sge;
  }
  llvm_unreachable("a direction");
}

Value logistic(OpBuilder& b, Location loc, Value x) {
  // 1 / (1 + e^-x), or e^x / (1 + e^x) for x < 0, so that nothing overflows.
  Type type = x.getType();
  Value zero = number(b, loc, type, 0), one = number(b, loc, type, 1);
  Value e =
      math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, math::AbsFOp::create(b, loc, x)));
  Value negative = compare_float(b, loc, arith::CmpFPredicate::OLT, x, zero);
  Value top = select(b, loc, negative, e, one);
  return arith::DivFOp::create(b, loc, top, arith::AddFOp::create(b, loc, e, one));
}

// Halves away from zero: with the number just below a half added, only halves and above reach the
// next integer.
Value round_away(OpBuilder& b, Location loc, Value x) {
  Type type = x.getType();
  double below = type.isF32() ? std::nextafter(0.5f, 0.0f) : std::nextafter(0.5, 0.0);
  Value half = math::CopySignOp::create(b, loc, number(b, loc, type, below), x);
  return math::TruncOp::create(b, loc, arith::AddFOp::create(b, loc, x, half));
}

// x shifted by y, which counts as unsigned: a negative amount is above the width.
Value shift(OpBuilder& b, Location loc, Value x, Value y, bool left, bool arithmetic) {
  Type type = x.getType();
  int64_t width = type.getIntOrFloatBitWidth();
  Value most = arith::MinUIOp::create(b, loc, y, number(b, loc, type, width - 1));
  if (!left && arithmetic) return arith::ShRSIOp::create(b, loc, x, most);
  Value moved = left ? Value(arith::ShLIOp::create(b, loc, x, most))
                     : Value(arith::ShRUIOp::create(b, loc, x, most));
  Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, y, most);
  return select(b, loc, inside, moved, number(b, loc, type, 0));
}

Value sign(OpBuilder& b, Location loc, Value x, bool is_float, bool is_unsigned) {
  Type type = x.getType();
  Value zero = number(b, loc, type, 0), one = number(b, loc, type, 1);
  if (is_float) {
    // Zeros and NaNs are their own sign.
    Value unit = math::CopySignOp::create(b, loc, one, x);
    return select(b, loc, compare_float(b, loc, arith::CmpFPredicate::ONE, x, zero), unit, x);
  }
  Value nonzero = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, x, zero);
  Value positive = select(b, loc, nonzero, one, zero);
  if (is_unsigned) return positive;
  Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, x, zero);
  return select(b, loc, negative, number(b, loc, type, -1), positive);
}

}  // namespace

Value Lowering::narrowed(OpBuilder& b, Location loc, Value x, Type to) {
  if (to.isBF16()) return to_bfloat16(b, loc, x);
  Value rounded = arith::TruncFOp::create(b, loc, to, x);
  return arith::BitcastOp::create(b, loc, b.getI16Type(), rounded);
}

Value Lowering::scalar(OpBuilder& b, Operation* op, ValueRange v) {
  Location loc = op->getLoc();
  Type element = cast<RankedTensorType>(op->getOperand(0).getType()).getElementType();
  bool is_float = isa<FloatType>(element);
  bool is_unsigned = element.isUnsignedInteger() || element.isInteger(1);
  Type type = signless(element);
  auto one_of = [&](auto f, auto i) -> Value { return is_float ? f() : i(); };
  // Integer division: by zero is an error with result 0; the least integer by -1 wraps.
  auto divide = [&](bool remainder) -> Value {
    Value zero = number(b, loc, type, 0), one = number(b, loc, type, 1);
    Value by_zero = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, v[1], zero);
    fail_if(b, loc, by_zero, FED_BAD_VALUE);
    if (is_unsigned) {
      Value d = select(b, loc, by_zero, one, v[1]);
      Value r = remainder ? Value(arith::RemUIOp::create(b, loc, v[0], d))
                          : Value(arith::DivUIOp::create(b, loc, v[0], d));
      return select(b, loc, by_zero, zero, r);
    }
    Value minus = number(b, loc, type, -1);
    Value negates = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, v[1], minus);
    Value d = select(b, loc, arith::OrIOp::create(b, loc, by_zero, negates), one, v[1]);
    Value r = remainder ? Value(arith::RemSIOp::create(b, loc, v[0], d))
                        : Value(arith::DivSIOp::create(b, loc, v[0], d));
    Value wrapped = remainder ? zero : Value(arith::SubIOp::create(b, loc, zero, v[0]));
    r = select(b, loc, negates, wrapped, r);
    return select(b, loc, by_zero, zero, r);
  };
  return llvm::TypeSwitch<Operation*, Value>(op)
      .Case([&](local::NegateOp) {
        return one_of(
            [&] { return Value(arith::NegFOp::create(b, loc, v[0])); },
            [&] { return Value(arith::SubIOp::create(b, loc, number(b, loc, type, 0), v[0])); });
      })
      .Case([&](local::AbsOp) -> Value {
        if (is_float) return math::AbsFOp::create(b, loc, v[0]);
        if (is_unsigned) return v[0];
        Value zero = number(b, loc, type, 0);
        Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, v[0], zero);
        return select(b, loc, negative, arith::SubIOp::create(b, loc, zero, v[0]), v[0]);
      })
      .Case([&](local::SignOp) { return sign(b, loc, v[0], is_float, is_unsigned); })
      .Case([&](local::ExpOp) -> Value { return math::ExpOp::create(b, loc, v[0]); })
      .Case([&](local::LogOp) -> Value { return math::LogOp::create(b, loc, v[0]); })
      .Case([&](local::Log1pOp) -> Value { return math::Log1pOp::create(b, loc, v[0]); })
      .Case([&](local::Expm1Op) -> Value { return math::ExpM1Op::create(b, loc, v[0]); })
      .Case([&](local::TanhOp) -> Value { return math::TanhOp::create(b, loc, v[0]); })
      .Case([&](local::LogisticOp) { return logistic(b, loc, v[0]); })
      .Case([&](local::SqrtOp) -> Value { return math::SqrtOp::create(b, loc, v[0]); })
      .Case([&](local::RsqrtOp) -> Value {
        return arith::DivFOp::create(b, loc, number(b, loc, type, 1),
                                     math::SqrtOp::create(b, loc, v[0]));
      })
      .Case([&](local::FloorOp) -> Value { return math::FloorOp::create(b, loc, v[0]); })
      .Case([&](local::CeilOp) -> Value { return math::CeilOp::create(b, loc, v[0]); })
      .Case([&](local::RoundNearestEvenOp) -> Value {
        return math::RoundEvenOp::create(b, loc, v[0]);
      })
      .Case([&](local::RoundNearestAfzOp) -> Value { return round_away(b, loc, v[0]); })
      .Case([&](local::SineOp) -> Value { return math::SinOp::create(b, loc, v[0]); })
      .Case([&](local::CosineOp) -> Value { return math::CosOp::create(b, loc, v[0]); })
      .Case([&](local::ErfOp) -> Value { return math::ErfOp::create(b, loc, v[0]); })
      .Case([&](local::BitwiseNotOp) -> Value {
        return arith::XOrIOp::create(b, loc, v[0], number(b, loc, type, -1));
      })
      .Case([&](local::PopcntOp) -> Value { return math::CtPopOp::create(b, loc, v[0]); })
      .Case([&](local::CountLeadingZerosOp) -> Value {
        return math::CountLeadingZerosOp::create(b, loc, v[0]);
      })
      .Case([&](local::BitwiseAndOp) -> Value { return arith::AndIOp::create(b, loc, v[0], v[1]); })
      .Case([&](local::BitwiseOrOp) -> Value { return arith::OrIOp::create(b, loc, v[0], v[1]); })
      .Case([&](local::BitwiseXorOp) -> Value { return arith::XOrIOp::create(b, loc, v[0], v[1]); })
      .Case([&](local::ShiftLeftOp) -> Value { return shift(b, loc, v[0], v[1], true, false); })
      .Case([&](local::ShiftRightOp) -> Value {
        return shift(b, loc, v[0], v[1], false, !is_unsigned);
      })
      .Case([&](local::ThreefryOp) { return threefry(b, loc, v[0], v[1]); })
      .Case([&](local::NotOp) -> Value {
        return arith::XOrIOp::create(b, loc, v[0],
                                     arith::ConstantOp::create(b, loc, b.getBoolAttr(true)));
      })
      .Case([&](local::AddOp) {
        return one_of([&] { return Value(arith::AddFOp::create(b, loc, v[0], v[1])); },
                      [&] { return Value(arith::AddIOp::create(b, loc, v[0], v[1])); });
      })
      .Case([&](local::SubtractOp) {
        return one_of([&] { return Value(arith::SubFOp::create(b, loc, v[0], v[1])); },
                      [&] { return Value(arith::SubIOp::create(b, loc, v[0], v[1])); });
      })
      .Case([&](local::MultiplyOp) {
        return one_of([&] { return Value(arith::MulFOp::create(b, loc, v[0], v[1])); },
                      [&] { return Value(arith::MulIOp::create(b, loc, v[0], v[1])); });
      })
      .Case([&](local::DivideOp) {
        return one_of([&] { return Value(arith::DivFOp::create(b, loc, v[0], v[1])); },
                      [&] { return divide(false); });
      })
      .Case([&](local::RemainderOp) {
        return one_of([&] { return float_remainder(b, loc, v[0], v[1]); },
                      [&] { return divide(true); });
      })
      .Case([&](local::PowerOp) -> Value { return math::PowFOp::create(b, loc, v[0], v[1]); })
      .Case([&](local::MaximumOp) -> Value {
        if (is_float) return arith::MaximumFOp::create(b, loc, v[0], v[1]);
        if (is_unsigned) return arith::MaxUIOp::create(b, loc, v[0], v[1]);
        return arith::MaxSIOp::create(b, loc, v[0], v[1]);
      })
      .Case([&](local::MinimumOp) -> Value {
        if (is_float) return arith::MinimumFOp::create(b, loc, v[0], v[1]);
        if (is_unsigned) return arith::MinUIOp::create(b, loc, v[0], v[1]);
        return arith::MinSIOp::create(b, loc, v[0], v[1]);
      })
      .Case([&](local::AndOp) -> Value { return arith::AndIOp::create(b, loc, v[0], v[1]); })
      .Case([&](local::OrOp) -> Value { return arith::OrIOp::create(b, loc, v[0], v[1]); })
      .Case([&](local::CompareOp o) -> Value {
        if (is_float) return compare_float(b, loc, float_predicate(o.getDirection()), v[0], v[1]);
        return arith::CmpIOp::create(b, loc, integer_predicate(o.getDirection(), is_unsigned), v[0],
                                     v[1]);
      })
      .Case([&](local::IsFiniteOp) -> Value {
        double infinity = std::numeric_limits<double>::infinity();
        return compare_float(b, loc, arith::CmpFPredicate::OLT, math::AbsFOp::create(b, loc, v[0]),
                             number(b, loc, type, infinity));
      })
      .Case([&](local::IsNanOp) -> Value {
        return compare_float(b, loc, arith::CmpFPredicate::UNO, v[0], v[0]);
      })
      .Case([&](local::ConvertOp o) {
        return convert(b, loc, v[0], element, cast<RankedTensorType>(o.getType()).getElementType());
      })
      .Default(Value());
}

LogicalResult Lowering::lower_elementwise(Operation* op) {
  Location loc = op->getLoc();
  // Both 16-bit floats are for storage and messages: converted from float32 and to it, no more.
  bool storage = false;
  if (auto convert = dyn_cast<local::ConvertOp>(op)) {
    auto is_float32 = [](Type type) {
      return cast<RankedTensorType>(type).getElementType().isF32();
    };
    storage = is_float32(convert.getOperand().getType()) || is_float32(convert.getType());
  }
  for (Type type : llvm::concat<Type>(llvm::to_vector(op->getOperandTypes()),
                                      llvm::to_vector(op->getResultTypes()))) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && !storage && (tensor.getElementType().isF16() || tensor.getElementType().isBF16()))
      return op->emitError(
          "arithmetic on float16 and bfloat16 is not available in compiled code "
          "yet: convert to float32 first");
  }
  SmallVector<Lowered> operands;
  for (Value operand : op->getOperands()) operands.push_back(get(operand));
  operands = conform(loc, operands);
  Type element = signless(cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
  bool ok = true;
  Lowered result = generic(loc, operands[0], element, operands, {},
                           [&](OpBuilder& inner, Location at, ValueRange v) {
                             Value r = scalar(inner, op, v);
                             ok = r != nullptr;
                             return ok ? r : v[0];
                           });
  if (!ok) return op->emitError("`") << op->getName() << "` cannot be compiled to machine code yet";
  map(op->getResult(0), std::move(result));
  return success();
}

LogicalResult Lowering::lower_select(local::SelectOp op) {
  Location loc = op.getLoc();
  SmallVector<Lowered> operands = {get(op.getOnTrue()), get(op.getOnFalse())};
  Lowered pred = get(op.getPred());
  if (!pred.is_scalar()) operands.push_back(pred);
  operands = conform(loc, operands);
  if (pred.is_scalar()) operands.push_back(pred);
  Type element = signless(cast<RankedTensorType>(op.getType()).getElementType());
  map(op.getResult(), generic(loc, operands[0], element, operands, {},
                              [&](OpBuilder& inner, Location at, ValueRange v) -> Value {
                                return arith::SelectOp::create(inner, at, v[2], v[0], v[1]);
                              }));
  return success();
}

}  // namespace fedc::lower
