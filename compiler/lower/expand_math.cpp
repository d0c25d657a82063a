// local-expand-math: elementary functions as arithmetic, the same bits on every target.
//
// The reductions and the forms of the final sums are the classical ones (see J.-M. Muller,
// "Elementary Functions", and N. Brisebarre et al., "Handbook of Floating-Point Arithmetic"); the
// polynomials are truncated Taylor series, long enough that their error is below 0.1 ulp.
#include <cmath>
#include <limits>

#include "compiler/lower/math_builder.h"
#include "compiler/lower/passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace fedc::lower {

#define GEN_PASS_DEF_LOCALEXPANDMATHPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;
using Builder = MathBuilder;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// log 2 as a sum; the first part has so few bits that its products with exponents are exact.
double log2_high(const Builder& b) { return b.single() ? 0x1.62e300p-1 : 0x1.62e42fee00000p-1; }
double log2_low(const Builder& b) { return b.single() ? 0x1.2fefa2p-17 : 0x1.a39ef35793c76p-33; }
constexpr double kLog2E = 1.44269504088896340736;

// x = k log 2 + r with |r| <= log(2) / 2, k integral; `tail` is added to r.
struct Reduced {
  Value k, r;
};
Reduced reduce(Builder& b, Value x, Value tail = {}) {
  Value k = b.round(b.mul(x, b.c(kLog2E)));
  Value r = b.fma(b.neg(k), b.c(log2_high(b)), x);
  if (tail) {
    r = b.add(r, b.fma(b.neg(k), b.c(log2_low(b)), tail));
  } else {
    r = b.fma(b.neg(k), b.c(log2_low(b)), r);
  }
  return {b.to_int(k), r};
}

// e^r - 1 for |r| <= log(2) / 2.
Value small_expm1(Builder& b, Value r) {
  SmallVector<double> coefficients;
  double factorial = 1;
  for (int n = 2; n <= (b.single() ? 7 : 13); ++n) {
    factorial *= n;
    coefficients.push_back(1 / factorial);
  }
  return b.fma(b.mul(r, r), b.polynomial(r, coefficients), r);
}

// e^(x + tail); x is a number. Scales in two steps, so that subnormal results round once.
Value exp_of(Builder& b, Value x, Value tail = {}) {
  double most = b.single() ? 89.5 : 710.5, least = b.single() ? -104.5 : -746.0;
  Value high = b.gt(x, b.c(most)), low = b.lt(x, b.c(least));
  x = b.pick(high, b.c(most), b.pick(low, b.c(least), x));
  if (tail) tail = b.pick(b.either(high, low), b.c(0), tail);
  auto [k, r] = reduce(b, x, tail);
  Value y = b.add(b.c(1), small_expm1(b, r));
  Value half = b.sar(k, 1);
  return b.mul(b.mul(y, b.power_of_two(half)), b.power_of_two(b.subi(k, half)));
}

Value expand_exp(Builder& b, Value x) {
  Value is_nan = b.nan(x);
  return b.pick(is_nan, x, exp_of(b, b.pick(is_nan, b.c(0), x)));
}

// x = 2^k m with m between sqrt(1/2) and sqrt(2), for positive finite x.
struct Split {
  Value k, m;
};
Split split(Builder& b, Value x) {
  int lift = b.single() ? 25 : 54;
  Value tiny = b.lt(x, b.c(std::ldexp(1.0, 1 - b.bias())));
  x = b.pick(tiny, b.mul(x, b.c(std::ldexp(1.0, lift))), x);
  Value bits = b.bits(x);
  int64_t root = b.single() ? 0x3f3504f3 : 0x3fe6a09e667f3bcd;
  Value k = b.sar(b.subi(bits, b.ci(root)), b.mantissa());
  Value m = b.from_bits(b.subi(bits, b.shl(k, b.mantissa())));
  return {b.to_float(b.pick(tiny, b.subi(k, b.ci(lift)), k)), m};
}

// log(2^k (1 + f)) + extra.
Value log_sum(Builder& b, Value k, Value f, Value extra = {}) {
  Value s = b.div(f, b.add(b.c(2), f));
  Value z = b.mul(s, s);
  SmallVector<double> coefficients;
  for (int n = 3; n <= (b.single() ? 9 : 21); n += 2) coefficients.push_back(2.0 / n);
  Value r = b.mul(z, b.polynomial(z, coefficients));
  Value half = b.mul(b.mul(b.c(0.5), f), f);
  Value low = b.mul(k, b.c(log2_low(b)));
  if (extra) low = b.add(low, extra);
  Value inner = b.sub(half, b.add(b.mul(s, b.add(half, r)), low));
  return b.sub(b.mul(k, b.c(log2_high(b))), b.sub(inner, f));
}

// What logarithms of `u` give at the edges: NaN below 0, -infinity at 0, u itself at infinity, NaN.
Value log_edges(Builder& b, Value u, Value result) {
  Value infinite = b.eq(u, b.c(kInfinity));
  result = b.pick(b.either(infinite, b.nan(u)), u, result);
  result = b.pick(b.eq(u, b.c(0)), b.c(-kInfinity), result);
  return b.pick(b.lt(u, b.c(0)), b.c(std::numeric_limits<double>::quiet_NaN()), result);
}

Value expand_log(Builder& b, Value x) {
  auto [k, m] = split(b, x);
  return log_edges(b, x, log_sum(b, k, b.sub(m, b.c(1))));
}

Value expand_log1p(Builder& b, Value x) {
  Value one = b.c(1), u = b.add(one, x);
  // The rounding error of that sum, exactly.
  Value back = b.sub(u, one);
  Value error = b.add(b.sub(one, b.sub(u, back)), b.sub(x, back));
  auto [k, m] = split(b, u);
  Value result = log_edges(b, u, log_sum(b, k, b.sub(m, one), b.div(error, u)));
  return b.pick(b.eq(x, b.c(0)), x, result);
}

Value expand_expm1(Builder& b, Value x) {
  Value is_nan = b.nan(x);
  double most = b.single() ? 88.8 : 709.8, least = b.single() ? -20.0 : -45.0;
  Value y = b.pick(is_nan, b.c(0), x);
  y = b.pick(b.gt(y, b.c(most)), b.c(most), b.pick(b.lt(y, b.c(least)), b.c(least), y));
  auto [k, r] = reduce(b, y);
  // 2^k e + (2^k - 1), halved so that 2^k does not overflow.
  Value scale = b.power_of_two(b.subi(k, b.ci(1)));
  Value sum = b.fma(scale, small_expm1(b, r), b.sub(scale, b.c(0.5)));
  Value result = b.add(sum, sum);
  // So small that e^x - 1 is x (and half of it might not be a number).
  Value tiny = b.lt(b.abs(x), b.c(std::ldexp(1.0, b.single() ? -25 : -54)));
  return b.pick(b.either(tiny, is_nan), x, result);
}

Value expand_tanh(Builder& b, Value x) {
  Value a = b.abs(x);
  Value t = expand_expm1(b, b.mul(b.c(-2), a));
  Value result = b.copysign(b.div(b.neg(t), b.add(t, b.c(2))), x);
  Value tiny = b.lt(a, b.c(std::ldexp(1.0, b.single() ? -13 : -28)));
  return b.pick(b.either(tiny, b.nan(x)), x, result);
}

// Sums of two numbers, the second below the rounding of the first.
struct Double {
  Value high, low;
};

// The logarithm of a positive finite float64 with about 65 bits.
Double log_double(Builder& b, Value x) {
  auto [k, m] = split(b, x);
  Value f = b.sub(m, b.c(1));
  // s = f / (2 + f), z = s^2
  Value dh = b.add(b.c(2), f), dl = b.sub(f, b.sub(dh, b.c(2)));
  Value sh = b.div(f, dh);
  Value rest = b.fma(b.neg(sh), dl, b.fma(b.neg(sh), dh, f));
  Value sl = b.div(rest, dh);
  Value zh = b.mul(sh, sh);
  Value zl = b.fma(b.mul(b.c(2), sh), sl, b.fma(sh, sh, b.neg(zh)));
  // z / 3 in full, the further terms of the series in plain float64
  double third = 1.0 / 3, third_low = std::fma(-3.0, third, 1.0) / 3;
  Value uh = b.mul(zh, b.c(third));
  Value ul = b.fma(zl, b.c(third), b.fma(zh, b.c(third_low), b.fma(zh, b.c(third), b.neg(uh))));
  SmallVector<double> coefficients;
  for (int n = 5; n <= 25; n += 2) coefficients.push_back(1.0 / n);
  Value w = b.mul(b.mul(zh, zh), b.polynomial(zh, coefficients));
  Value vh = b.add(uh, w), vl = b.add(b.add(b.sub(uh, vh), w), ul);
  // 2s (1 + v)
  Value ah = b.mul(b.c(2), sh), al = b.mul(b.c(2), sl);
  Value bh = b.mul(ah, vh);
  Value bl = b.fma(al, vh, b.fma(ah, vl, b.fma(ah, vh, b.neg(bh))));
  Value ch = b.add(ah, bh), cl = b.add(b.add(b.sub(ah, ch), bh), b.add(al, bl));
  // + k log 2
  Value gh = b.mul(k, b.c(log2_high(b)));
  Value eh = b.add(gh, ch);
  Value el = b.add(b.add(b.sub(gh, eh), ch), b.fma(k, b.c(log2_low(b)), cl));
  Value high = b.add(eh, el);
  return {high, b.add(b.sub(eh, high), el)};
}

// x^y for float64, by IEEE 754's pow.
Value expand_pow64(Builder& b, Value x, Value y) {
  Value zero = b.c(0), one = b.c(1), infinity = b.c(kInfinity);
  Value ax = b.abs(x), ay = b.abs(y);
  Value plain = b.both(b.both(b.gt(ax, zero), b.lt(ax, infinity)), b.lt(ay, infinity));
  auto [high, low] = log_double(b, b.pick(plain, ax, one));
  Value exponent = b.pick(plain, y, one);
  Value qh = b.mul(exponent, high);
  Value ql = b.fma(exponent, low, b.fma(exponent, high, b.neg(qh)));
  Value within = b.lt(b.abs(qh), b.c(750));
  Value result = exp_of(b, qh, b.pick(within, ql, zero));
  // Zeros and infinities: growing is towards infinity.
  Value positive = b.gt(y, zero);
  Value shrinks = b.lt(ax, one);
  Value edge = b.pick(b.differ(positive, shrinks), infinity, zero);
  edge = b.pick(b.eq(ax, one), one, edge);
  result = b.pick(plain, result, edge);
  // Signs of negative bases.
  Value whole = b.eq(b.floor(y), y);
  Value halves = b.mul(y, b.c(0.5));
  Value odd = b.both(whole, b.cmp(arith::CmpFPredicate::UNE, b.floor(halves), halves));
  result = b.pick(odd, b.copysign(result, x), result);
  Value undefined = b.both(b.both(b.lt(x, zero), b.lt(ax, infinity)),
                           b.cmp(arith::CmpFPredicate::UNE, b.floor(y), y));
  result = b.pick(undefined, b.c(std::numeric_limits<double>::quiet_NaN()), result);
  result = b.pick(b.either(b.nan(x), b.nan(y)), b.add(x, y), result);
  return b.pick(b.either(b.eq(y, zero), b.eq(x, one)), one, result);
}

// erf: below 1 its series, beyond that 1 - e^(-x^2) times a polynomial in (x - 3) / (x + 3), which
// was fitted to e^(x^2) erfc(x) so that the error in erf is below 2^-40 and 2^-65.
Value expand_erf(Builder& b, Value x) {
  constexpr double kTail32[] = {0x1.6e98289c8439bp-3,  -0x1.4e10173d50a26p-2, 0x1.f701f1dbd7240p-3,
                                -0x1.3357085035608p-3, 0x1.2687fdf13c2e3p-4,  -0x1.8396eac4f4788p-6,
                                0x1.6ff37bdb1dd8dp-8,  0x1.1050ab8e6a164p-9};
  constexpr double kTail64[] = {
      0x1.6e9827d229d28p-3,   -0x1.4e102b9cf8549p-2, 0x1.f6ff204106e7ap-3,  -0x1.336ffbeeda387p-3,
      0x1.258b13b3fa755p-4,   -0x1.8fa58ea9781afp-6, 0x1.17c824e36f68ap-8,  0x1.7308f8a913521p-11,
      -0x1.3932fde3e7576p-11, 0x1.716f72717d721p-15, 0x1.ff0f8b8aef529p-15, -0x1.33c165c45be23p-16,
      -0x1.df4b19491781bp-17, -0x1.287e11e86d22bp-19};
  Value is_nan = b.nan(x), a = b.abs(b.pick(is_nan, b.c(0), x));
  // x + x (2 / sqrt(pi) - 1 - ...): the first term needs no rounding.
  constexpr double kTwoOverRootPi = 1.1283791670955126;
  SmallVector<double> coefficients = {kTwoOverRootPi - 1};
  double factorial = 1;
  for (int n = 1; n <= (b.single() ? 11 : 18); ++n) {
    factorial *= -n;
    coefficients.push_back(kTwoOverRootPi / (factorial * (2 * n + 1)));
  }
  Value near = b.fma(b.polynomial(b.mul(x, x), coefficients), x, x);
  // Above 4 and 6 the nearest number is 1.
  double most = b.single() ? 4 : 6;
  Value at = b.pick(b.lt(a, b.c(1)), b.c(1), b.pick(b.gt(a, b.c(most)), b.c(most), a));
  Value t = b.div(b.sub(at, b.c(3)), b.add(at, b.c(3)));
  Value tail = b.polynomial(t, b.single() ? ArrayRef<double>(kTail32) : ArrayRef<double>(kTail64));
  Value far = b.sub(b.c(1), b.mul(exp_of(b, b.neg(b.mul(at, at))), tail));
  return b.pick(is_nan, x, b.pick(b.lt(a, b.c(1)), near, b.copysign(far, x)));
}

// Whether the expansions cover a type.
bool covered(Type type) {
  Type element = getElementTypeOrSelf(type);
  return (element.isF32() || element.isF64()) && !isa<TensorType>(type);
}

template <typename Op, Value (*expand)(Builder&, Value)>
struct Unary : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter& rewriter) const override {
    if (!covered(op.getType())) return failure();
    Builder b(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, expand(b, op.getOperand()));
    return success();
  }
};

struct Power : OpRewritePattern<math::PowFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::PowFOp op, PatternRewriter& rewriter) const override {
    if (!covered(op.getType())) return failure();
    Location loc = op.getLoc();
    Type wide = rewriter.getF64Type();
    if (auto vector = dyn_cast<VectorType>(op.getType())) wide = vector.clone(wide);
    Builder b(rewriter, loc, wide);
    if (!getElementTypeOrSelf(op.getType()).isF32()) {
      rewriter.replaceOp(op, expand_pow64(b, op.getLhs(), op.getRhs()));
      return success();
    }
    // float32 through float64: one more rounding of a far more precise result.
    Value x = arith::ExtFOp::create(rewriter, loc, wide, op.getLhs());
    Value y = arith::ExtFOp::create(rewriter, loc, wide, op.getRhs());
    Value result = expand_pow64(b, x, y);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), result);
    return success();
  }
};

template <typename Op, bool cosine>
struct Trigonometric : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter& rewriter) const override {
    if (!covered(op.getType()) || isa<VectorType>(op.getType())) return failure();
    rewriter.replaceOp(op, expand_sine(rewriter, op.getLoc(), op.getOperand(), cosine));
    return success();
  }
};

struct ExpandMath : impl::LocalExpandMathPassBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<Unary<math::ExpOp, expand_exp>, Unary<math::LogOp, expand_log>,
                 Unary<math::Log1pOp, expand_log1p>, Unary<math::ExpM1Op, expand_expm1>,
                 Unary<math::TanhOp, expand_tanh>, Unary<math::ErfOp, expand_erf>, Power,
                 Trigonometric<math::SinOp, false>, Trigonometric<math::CosOp, true>>(
        &getContext());
    // Folding is off: it would take a constant's function from the host's math library.
    GreedyRewriteConfig config;
    config.enableFolding(false);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

}  // namespace
}  // namespace fedc::lower
