// Elementwise operations, in the element type.
#include <bit>
#include <cmath>

#include "compiler/interpret/tensor_ops.h"
#include "runtime/data/threefry.h"

namespace fedc::interpret {
namespace {

// f over the elements of x, each of type T, into elements of what f gives.
template <class T, class F>
Tensor map(const Tensor& x, ElementType element, F f) {
  Tensor result = Tensor::zeros(element, x.dims);
  const auto in = x.as<T>();
  auto out = result.as<decltype(f(in[0]))>();
  for (size_t i = 0; i < in.size(); ++i) out[i] = f(in[i]);
  return result;
}
template <class T, class F>
Tensor map(const Tensor& x, const Tensor& y, ElementType element, F f) {
  Tensor result = Tensor::zeros(element, x.dims);
  const auto a = x.as<T>(), b = y.as<T>();
  auto out = result.as<decltype(f(a[0], b[0]))>();
  for (size_t i = 0; i < a.size(); ++i) out[i] = f(a[i], b[i]);
  return result;
}

template <class T>
T unary_of(Unary op, T x) {
  if constexpr (std::is_same_v<T, bool>) {
    return op == Unary::kNot ? !x : x;
  } else {
    switch (op) {
      case Unary::kNegate:
        return negate(x);
      case Unary::kAbs:
        return absolute(x);
      case Unary::kSign:
        return sign(x);
      default:
        break;
    }
    if constexpr (is_float<T>) {
      switch (op) {
        case Unary::kSqrt:
          return rounded<T>(std::sqrt(plain(x)));
        case Unary::kRsqrt:  // two roundings
          return rounded<T>(1 / plain(rounded<T>(std::sqrt(plain(x)))));
        case Unary::kFloor:
          return rounded<T>(std::floor(plain(x)));
        case Unary::kCeil:
          return rounded<T>(std::ceil(plain(x)));
        case Unary::kRoundEven:
          return rounded<T>(std::nearbyint(plain(x)));
        case Unary::kRoundAway:
          return rounded<T>(std::round(plain(x)));
        default:
          break;
      }
    } else {
      const auto bits = static_cast<std::make_unsigned_t<T>>(x);
      switch (op) {
        case Unary::kBitwiseNot:
          return static_cast<T>(~bits);
        case Unary::kPopcount:
          return static_cast<T>(std::popcount(bits));
        case Unary::kLeadingZeros:
          return static_cast<T>(std::countl_zero(bits));
        default:
          break;
      }
    }
    return x;  // kCopy
  }
}

template <class T>
T bits_of(Binary op, T x, T y) {
  // A negative amount to shift by is one beyond the width, as any such.
  constexpr unsigned kWidth = 8 * sizeof(T);
  const bool inside = static_cast<std::make_unsigned_t<T>>(y) < kWidth;
  switch (op) {
    case Binary::kBitwiseAnd:
      return static_cast<T>(x & y);
    case Binary::kBitwiseOr:
      return static_cast<T>(x | y);
    case Binary::kBitwiseXor:
      return static_cast<T>(x ^ y);
    case Binary::kShiftLeft:
      return inside ? static_cast<T>(static_cast<uint64_t>(x) << y) : T{0};
    case Binary::kShiftRight:
      if (inside) return static_cast<T>(x >> y);
      return x < 0 ? static_cast<T>(-1) : T{0};
    case Binary::kThreefry:
      return static_cast<T>(fedrt::threefry(static_cast<uint64_t>(x), static_cast<uint64_t>(y)));
    default:
      __builtin_unreachable();
  }
}

template <class T>
T binary_of(Binary op, T x, T y, bool& failed) {
  if constexpr (std::is_same_v<T, bool>) {
    return op == Binary::kAnd ? (x && y) : (x || y);
  } else {
    switch (op) {
      case Binary::kAdd:
        return add(x, y);
      case Binary::kSubtract:
        return subtract(x, y);
      case Binary::kMultiply:
        return multiply(x, y);
      case Binary::kDivide:
        return divide(x, y, failed);
      case Binary::kRemainder:
        return remainder(x, y, failed);
      case Binary::kMaximum:
        return maximum(x, y);
      case Binary::kMinimum:
        return minimum(x, y);
      default:
        break;
    }
    if constexpr (is_integer<T>) return bits_of(op, x, y);
    __builtin_unreachable();
  }
}

template <class T>
bool compare_of(Compare op, T x, T y) {
  const auto a = plain(x), b = plain(y);
  switch (op) {
    case Compare::kEq:
      return a == b;
    case Compare::kNe:
      return a != b;
    case Compare::kLt:
      return a < b;
    case Compare::kLe:
      return a <= b;
    case Compare::kGt:
      return a > b;
    case Compare::kGe:
      return a >= b;
  }
  __builtin_unreachable();
}

}  // namespace

double libm(Function function, ElementType element, double x, double y) {
  const long double a = x;
  const auto exact = [&]() -> long double {
    switch (function) {
      case Function::kExp:
        return std::exp(a);
      case Function::kLog:
        return std::log(a);
      case Function::kLog1p:
        return std::log1p(a);
      case Function::kExpm1:
        return std::expm1(a);
      case Function::kTanh:
        return std::tanh(a);
      case Function::kLogistic:
        return 1 / (1 + std::exp(-a));
      case Function::kPower:
        return std::pow(a, static_cast<long double>(y));
      case Function::kSin:
        return std::sin(a);
      case Function::kCos:
        return std::cos(a);
      case Function::kErf:
        return std::erf(a);
    }
    __builtin_unreachable();
  }();
  return dispatch(element, [&]<class T>() -> double {
    if constexpr (is_float<T>) return plain(rounded<T>(exact));
    return 0;
  });
}

Tensor unary(Unary op, const Tensor& x) {
  return dispatch(x.element, [&]<class T>() {
    return map<T>(x, x.element, [&](T a) { return unary_of(op, a); });
  });
}

Tensor function(Function op, const Tensor& x, const Tensor* y, const MathLibrary& library) {
  return dispatch(x.element, [&]<class T>() {
    if constexpr (!is_float<T>) {
      return x;
    } else {
      const auto apply = [&](T a, T b) {
        return rounded<T>(library(op, x.element, plain(a), plain(b)));
      };
      if (y) return map<T>(x, *y, x.element, apply);
      return map<T>(x, x.element, [&](T a) { return apply(a, T{}); });
    }
  });
}

Tensor binary(Binary op, const Tensor& x, const Tensor& y, bool& failed) {
  return dispatch(x.element, [&]<class T>() {
    return map<T>(x, y, x.element, [&](T a, T b) { return binary_of(op, a, b, failed); });
  });
}

Tensor compare(Compare op, const Tensor& x, const Tensor& y) {
  return dispatch(x.element, [&]<class T>() {
    return map<T>(x, y, ElementType::kBool, [&](T a, T b) { return compare_of(op, a, b); });
  });
}

Tensor is_finite(const Tensor& x) {
  return dispatch(x.element, [&]<class T>() {
    return map<T>(x, ElementType::kBool, [](T a) {
      if constexpr (is_float<T>) return bool{std::isfinite(plain(a))};
      return true;
    });
  });
}

Tensor is_nan(const Tensor& x) {
  return dispatch(x.element, [&]<class T>() {
    return map<T>(x, ElementType::kBool, [](T a) { return is_nan(a); });
  });
}

Tensor select(const Tensor& pred, const Tensor& on_true, const Tensor& on_false) {
  Tensor result = on_false;
  const auto choose = pred.as<bool>();
  const size_t size = fedrt::element_size(result.element);
  for (int64_t i = 0; i < result.size(); ++i) {
    if (choose[choose.size() == 1 ? 0 : i]) {
      std::memcpy(&result.bytes[i * size], &on_true.bytes[i * size], size);
    }
  }
  return result;
}

Tensor convert(const Tensor& x, ElementType element) {
  return dispatch(x.element, [&]<class From>() {
    return dispatch(element, [&]<class To>() {
      return map<From>(x, element, [](From a) { return convert<To>(a); });
    });
  });
}

double number(const Tensor& x, int64_t i) {
  return dispatch(x.element, [&]<class T>() { return static_cast<double>(plain(x.as<T>()[i])); });
}

int64_t integer(const Tensor& x, int64_t i) {
  return dispatch(x.element, [&]<class T>() { return convert<int64_t>(x.as<T>()[i]); });
}

}  // namespace fedc::interpret
