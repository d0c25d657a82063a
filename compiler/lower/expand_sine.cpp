// Sine and cosine of any float: the argument is reduced to within pi/4 of a multiple of pi/2, by
// three fused steps (Cody and Waite) below 2^30 and by a product of integers (Payne and Hanek)
// above.
#include <cmath>
#include <limits>

#include "compiler/lower/math_builder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace fedc::lower {

using namespace mlir;

namespace {

// pi / 2 as a sum of three float64, and 2 / pi.
constexpr double kHalfPi[] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};
constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;

// The bits of 2 / pi behind the point, after 64 zeros.
constexpr uint64_t kTwoOverPiBits[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e,
    0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
    0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};

// x = n pi/2 + high + low; of n only the last two bits count.
struct Angle {
  Value n, high, low;
};

// The sum of two numbers as two, `high` being its rounding.
std::pair<Value, Value> two_sum(MathBuilder& b, Value x, Value y) {
  Value high = b.add(x, y), part = b.sub(high, x);
  return {high, b.add(b.sub(x, b.sub(high, part)), b.sub(y, part))};
}

// |x| < 2^30. The first step is exact: x and n pi/2's first part are multiples of 2^-53 of a
// difference below 1.
Angle reduce_moderate(MathBuilder& b, Value x) {
  Value n = b.round(b.mul(x, b.c(kTwoOverPi))), minus = b.neg(n);
  Value first = b.fma(minus, b.c(kHalfPi[0]), x);
  Value second = b.mul(minus, b.c(kHalfPi[1]));
  Value rest = b.fma(minus, b.c(kHalfPi[1]), b.neg(second));
  auto [high, low] = two_sum(b, first, second);
  low = b.add(low, b.fma(minus, b.c(kHalfPi[2]), rest));
  Value sum = b.add(high, low);
  return {b.to_int(n), sum, b.add(b.sub(high, sum), low)};
}

// 2^30 <= |x| < infinity. With |x| = m 2^e, the 192 bits of 2 / pi from the one whose product with
// 2^e is 2 give |x| * 2 / pi modulo 4, to 2^-137.
Angle reduce_large(OpBuilder& builder, Location loc, MathBuilder& b, Value x) {
  Type i64 = builder.getI64Type();
  auto shru = [&](Value v, Value n) -> Value { return arith::ShRUIOp::create(builder, loc, v, n); };
  auto shl = [&](Value v, Value n) -> Value { return arith::ShLIOp::create(builder, loc, v, n); };
  auto band = [&](Value v, Value n) -> Value { return arith::AndIOp::create(builder, loc, v, n); };
  auto bor = [&](Value v, Value n) -> Value { return arith::OrIOp::create(builder, loc, v, n); };
  auto is = [&](arith::CmpIPredicate p, Value v, Value n) -> Value {
    return arith::CmpIOp::create(builder, loc, p, v, n);
  };
  auto widen = [&](Value v) -> Value { return arith::ExtUIOp::create(builder, loc, i64, v); };
  constexpr auto kBelow = arith::CmpIPredicate::ult, kUnequal = arith::CmpIPredicate::ne;

  Value bits = b.bits(b.abs(x));
  Value exponent = shru(bits, b.ci(52));  // e + 1075
  Value m = bor(band(bits, b.ci((int64_t{1} << 52) - 1)), b.ci(int64_t{1} << 52));
  // The place of the first bit among kTwoOverPiBits: e + 62.
  Value place = b.subi(exponent, b.ci(1013));
  Value word = shru(place, b.ci(6)), bit = band(place, b.ci(63));
  SmallVector<Value> words;
  for (uint64_t w : kTwoOverPiBits) words.push_back(b.ci(static_cast<int64_t>(w)));
  for (size_t step = 16; step >= 1; step /= 2) {
    Value moves = is(kUnequal, band(word, b.ci(step)), b.ci(0));
    SmallVector<Value> next;
    for (size_t i = 0; i < 4 + step - 1; ++i) {
      Value far = i + step < words.size() ? words[i + step] : b.ci(0);
      next.push_back(b.pick(moves, far, words[i]));
    }
    words = next;
  }
  Value back = b.subi(b.ci(63), bit);
  SmallVector<Value> window;  // the highest first
  for (size_t i = 0; i < 3; ++i) {
    window.push_back(bor(shl(words[i], bit), shru(shru(words[i + 1], b.ci(1)), back)));
  }
  // m * window modulo 2^192: the first two bits are n, the others the fraction.
  auto low_product = arith::MulUIExtendedOp::create(builder, loc, m, window[2]);
  auto mid_product = arith::MulUIExtendedOp::create(builder, loc, m, window[1]);
  Value middle = b.addi(low_product.getHigh(), mid_product.getLow());
  Value carry = widen(is(kBelow, middle, mid_product.getLow()));
  Value top = arith::MulIOp::create(builder, loc, m, window[0]);
  top = b.addi(b.addi(top, mid_product.getHigh()), carry);
  // The fraction between -1/2 and 1/2: rounding n up is what the sign of the shifted bits says.
  Value n = shru(b.addi(top, b.ci(int64_t{1} << 61)), b.ci(62));
  Value high = bor(shl(top, b.ci(2)), shru(middle, b.ci(62))), low = shl(middle, b.ci(2));
  Value negative = is(arith::CmpIPredicate::slt, high, b.ci(0));
  Value minus_low = b.subi(b.ci(0), low);
  Value borrow = widen(is(kUnequal, low, b.ci(0)));
  high = b.pick(negative, b.subi(b.subi(b.ci(0), high), borrow), high);
  low = b.pick(negative, minus_low, low);
  // No float64 is closer to a multiple of pi/2 than 2^-62 of it: the first word is not 0.
  Value zeros = math::CountLeadingZerosOp::create(builder, loc, high);
  zeros = arith::MinUIOp::create(builder, loc, zeros, b.ci(63));
  high = bor(shl(high, zeros), shru(shru(low, b.ci(1)), b.subi(b.ci(63), zeros)));
  low = shl(low, zeros);
  Value first = band(high, b.ci(~int64_t{0x7ff}));
  Value second = bor(shl(high, b.ci(53)), shru(low, b.ci(11)));
  auto number = [&](Value v, int scale) {
    Value whole = arith::UIToFPOp::create(builder, loc, builder.getF64Type(), v);
    return b.mul(whole, b.c(std::ldexp(1.0, scale)));
  };
  Value scale = b.power_of_two(b.subi(b.ci(0), zeros));
  Value fh = b.mul(number(first, -64), scale), fl = b.mul(number(second, -117), scale);
  Value rh = b.mul(fh, b.c(kHalfPi[0]));
  Value rl = b.fma(fh, b.c(kHalfPi[0]), b.neg(rh));
  rl = b.add(rl, b.fma(fh, b.c(kHalfPi[1]), b.mul(fl, b.c(kHalfPi[0]))));
  Value sum = b.add(rh, rl);
  rl = b.add(b.sub(rh, sum), rl);
  Value flips = b.differ(negative, b.lt(x, b.c(0)));
  n = b.pick(b.lt(x, b.c(0)), b.subi(b.ci(0), n), n);
  return {n, b.pick(flips, b.neg(sum), sum), b.pick(flips, b.neg(rl), rl)};
}

// The coefficients of z = r^2 in the Taylor series of cos(r), or of sin(r) / r, after the first.
SmallVector<double> series(bool cosine, int terms) {
  SmallVector<double> coefficients;
  double factorial = 1;
  for (int k = 1; k <= terms; ++k) {
    double n = 2 * k + (cosine ? 0 : 1);
    factorial *= -n * (n - 1);
    coefficients.push_back(1 / factorial);
  }
  return coefficients;
}

// sin(high + low), |high| below about pi/4.
Value small_sine(MathBuilder& b, Value high, Value low, bool single) {
  Value z = b.mul(high, high);
  Value tail = b.fma(b.mul(b.c(-0.5), z), low, low);
  Value p = b.polynomial(z, series(false, single ? 5 : 8));
  return b.add(high, b.fma(b.mul(high, z), p, tail));
}

Value small_cosine(MathBuilder& b, Value high, Value low, bool single) {
  Value z = b.mul(high, high), half = b.mul(b.c(0.5), z);
  Value p = b.polynomial(z, ArrayRef(series(true, single ? 6 : 9)).drop_front());
  Value rest = b.fma(b.mul(z, z), p, b.neg(b.mul(high, low)));
  // 1 - half, and what its rounding lost.
  Value sum = b.sub(b.c(1), half);
  return b.add(sum, b.add(b.sub(b.sub(b.c(1), sum), half), rest));
}

}  // namespace

Value expand_sine(OpBuilder& builder, Location loc, Value x, bool cosine) {
  Type narrow = x.getType(), wide = builder.getF64Type();
  bool single = narrow.isF32();
  // float32 through float64, which has bits to spare for a shorter series.
  if (single) x = arith::ExtFOp::create(builder, loc, wide, x);
  MathBuilder b(builder, loc, wide);
  Value size = b.abs(x);
  Value finite = b.lt(size, b.c(std::numeric_limits<double>::infinity()));
  Value at = b.pick(finite, x, b.c(0));
  auto yield = [](OpBuilder& inner, Location where, const Angle& angle) {
    scf::YieldOp::create(inner, where, ValueRange{angle.n, angle.high, angle.low});
  };
  auto angle = scf::IfOp::create(
      builder, loc, b.lt(b.abs(at), b.c(0x1p30)),
      [&](OpBuilder& inner, Location where) {
        MathBuilder math(inner, where, wide);
        yield(inner, where, reduce_moderate(math, at));
      },
      [&](OpBuilder& inner, Location where) {
        MathBuilder math(inner, where, wide);
        yield(inner, where, reduce_large(inner, where, math, at));
      });
  Value n = angle.getResult(0), high = angle.getResult(1), low = angle.getResult(2);
  Value sine = small_sine(b, high, low, single), cosines = small_cosine(b, high, low, single);
  // A cosine is the sine of a quarter turn more.
  if (cosine) n = b.addi(n, b.ci(1));
  auto has = [&](int64_t mask) -> Value {
    Value part = arith::AndIOp::create(builder, loc, n, b.ci(mask));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, part, b.ci(0));
  };
  Value result = b.pick(has(1), cosines, sine);
  result = b.pick(has(2), b.neg(result), result);
  // So small that sin(x) is x, zeros with their sign among them.
  if (!cosine) result = b.pick(b.lt(size, b.c(0x1p-27)), x, result);
  result = b.pick(finite, result, b.c(std::numeric_limits<double>::quiet_NaN()));
  if (single) result = arith::TruncFOp::create(builder, loc, narrow, result);
  return result;
}

}  // namespace fedc::lower
