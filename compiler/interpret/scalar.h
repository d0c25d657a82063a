// Arithmetic of one element, in its own type: the canonical rules, spelled out.
//
// Nothing here is shared with the lowering, so that the two can disagree. It must be compiled with
// -ffp-contract=off: `a * b + c` is two roundings; where one is meant, `fma` says so.
#ifndef FEDC_COMPILER_INTERPRET_SCALAR_H_
#define FEDC_COMPILER_INTERPRET_SCALAR_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace fedc::interpret {

// Rounds to the nearest number of `digits` binary digits whose exponent is at least `min_exponent`,
// ties to even; beyond `max` it is infinite. The 64 digits of a long double hold every float64 and
// every 64-bit integer, so there is one rounding.
inline long double round_to(long double x, int digits, int min_exponent, long double max) {
  if (x == 0 || std::isnan(x) || std::isinf(x)) return x;
  const int exponent = std::max(std::ilogb(x), min_exponent);
  const long double unit = std::scalbn(1.0L, exponent - (digits - 1));
  const long double y = std::nearbyint(x / unit) * unit;
  if (std::fabs(y) > max) return std::copysign(std::numeric_limits<long double>::infinity(), x);
  return y == 0 ? std::copysign(0.0L, x) : y;
}

// A 16-bit binary float with `Digits` digits of precision and `ExponentBits` bits of exponent.
// Every operation computes in float32 and rounds: for +, -, *, / and sqrt that is the correctly
// rounded result, as 24 digits are at least twice as many plus two.
template <int Digits, int ExponentBits>
struct Small {
  static constexpr int kBias = (1 << (ExponentBits - 1)) - 1;
  uint16_t bits = 0;

  Small() = default;
  explicit Small(long double x) {
    const long double max = std::scalbn(2.0L - std::scalbn(1.0L, 1 - Digits), kBias);
    x = round_to(x, Digits, 1 - kBias, max);
    const uint16_t sign = std::signbit(x) ? 0x8000 : 0;
    const uint16_t infinity = ((1 << ExponentBits) - 1) << (Digits - 1);
    if (std::isnan(x)) {
      bits = sign | infinity | (1 << (Digits - 2));
    } else if (std::isinf(x)) {
      bits = sign | infinity;
    } else if (x == 0) {
      bits = sign;
    } else {
      const int exponent = std::max(std::ilogb(x), 1 - kBias);
      const auto mantissa = static_cast<uint16_t>(std::scalbn(std::fabs(x), Digits - 1 - exponent));
      // A subnormal has no leading one, so its exponent field comes out as zero.
      bits = sign | static_cast<uint16_t>(((exponent + kBias - 1) << (Digits - 1)) + mantissa);
    }
  }

  float value() const {
    const int exponent = (bits & 0x7fff) >> (Digits - 1);
    const int mantissa = bits & ((1 << (Digits - 1)) - 1);
    const float sign = bits & 0x8000 ? -1.0f : 1.0f;
    if (exponent == (1 << ExponentBits) - 1) {
      return mantissa ? std::numeric_limits<float>::quiet_NaN()
                      : sign * std::numeric_limits<float>::infinity();
    }
    if (exponent == 0) return sign * std::scalbn(static_cast<float>(mantissa), 2 - kBias - Digits);
    return sign * std::scalbn(static_cast<float>(mantissa + (1 << (Digits - 1))),
                              exponent - kBias - (Digits - 1));
  }
};
using Half = Small<11, 5>;
using BFloat = Small<8, 8>;

template <class T>
constexpr bool is_small = std::is_same_v<T, Half> || std::is_same_v<T, BFloat>;
template <class T>
constexpr bool is_float = std::is_floating_point_v<T> || is_small<T>;
template <class T>
constexpr bool is_integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// The type that holds T's value exactly and has C++ arithmetic.
template <class T>
auto plain(T x) {
  if constexpr (is_small<T>) {
    return x.value();
  } else {
    return x;
  }
}

// `x` rounded to T; from a float of the same type, itself.
template <class T, class U>
T rounded(U x) {
  if constexpr (is_small<T>) {
    return T(static_cast<long double>(x));
  } else {
    return static_cast<T>(x);
  }
}

// Integers wrap, as two's complement: the arithmetic is that of 64-bit unsigned numbers.
template <class T>
T add(T a, T b) {
  if constexpr (is_float<T>) {
    return rounded<T>(plain(a) + plain(b));
  } else {
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
}
template <class T>
T subtract(T a, T b) {
  if constexpr (is_float<T>) {
    return rounded<T>(plain(a) - plain(b));
  } else {
    return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  }
}
template <class T>
T multiply(T a, T b) {
  if constexpr (is_float<T>) {
    return rounded<T>(plain(a) * plain(b));
  } else {
    return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  }
}
// a * b + c with one rounding (of 16-bit floats: in float32, then to T).
template <class T>
T fma(T a, T b, T c) {
  if constexpr (is_float<T>) {
    return rounded<T>(std::fma(plain(a), plain(b), plain(c)));
  } else {
    return add(multiply(a, b), c);
  }
}

// Truncates in integers; by zero gives 0 and sets `failed`. The smallest integer over -1 wraps.
template <class T>
T divide(T a, T b, bool& failed) {
  if constexpr (is_float<T>) {
    return rounded<T>(plain(a) / plain(b));
  } else {
    if (b == 0) {
      failed = true;
      return 0;
    }
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return subtract(T{0}, a);
    }
    return static_cast<T>(a / b);
  }
}
// The sign is the dividend's; exact.
template <class T>
T remainder(T a, T b, bool& failed) {
  if constexpr (is_float<T>) {
    return rounded<T>(std::fmod(plain(a), plain(b)));
  } else {
    if (b == 0) {
      failed = true;
      return 0;
    }
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;
    }
    return static_cast<T>(a % b);
  }
}

template <class T>
bool is_nan(T x) {
  if constexpr (is_float<T>) {
    return std::isnan(plain(x));
  } else {
    return false;
  }
}

template <class T>
T negate(T a) {
  if constexpr (is_float<T>) {
    return rounded<T>(-plain(a));
  } else {
    return subtract(T{0}, a);
  }
}
template <class T>
T absolute(T a) {
  if constexpr (is_float<T>) {
    return rounded<T>(std::fabs(plain(a)));
  } else if constexpr (std::is_signed_v<T>) {
    return a < 0 ? negate(a) : a;
  } else {
    return a;
  }
}
// -1, 0 or 1; of a NaN that NaN, of a zero that zero.
template <class T>
T sign(T a) {
  if (is_nan(a) || plain(a) == 0) return a;
  if constexpr (std::is_unsigned_v<T>) {
    return 1;
  } else {
    return rounded<T>(plain(a) < 0 ? -1 : 1);
  }
}
// The larger; NaN if either is; +0 is larger than -0.
template <class T>
T maximum(T a, T b) {
  if (is_nan(a)) return a;
  if (is_nan(b)) return b;
  if constexpr (is_float<T>) {
    if (plain(a) == plain(b)) return std::signbit(plain(a)) ? b : a;
  }
  return plain(a) > plain(b) ? a : b;
}
// The smaller; NaN if either is; -0 is smaller than +0.
template <class T>
T minimum(T a, T b) {
  if (is_nan(a)) return a;
  if (is_nan(b)) return b;
  if constexpr (is_float<T>) {
    if (plain(a) == plain(b)) return std::signbit(plain(a)) ? a : b;
  }
  return plain(a) < plain(b) ? a : b;
}

// Changes the type. Float to integer truncates and saturates, NaN gives 0; integer to float and
// float to float round to nearest even; integer to integer wraps; to bool asks whether it is not 0.
template <class To, class From>
To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return plain(x) != 0;
  } else if constexpr (is_float<To>) {
    return rounded<To>(plain(x));
  } else if constexpr (is_float<From>) {
    if (is_nan(x)) return 0;
    const long double t = std::trunc(static_cast<long double>(plain(x)));
    if (t <= static_cast<long double>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
    if (t >= static_cast<long double>(std::numeric_limits<To>::max())) {
      return std::numeric_limits<To>::max();
    }
    return static_cast<To>(t);
  } else {
    return static_cast<To>(x);
  }
}

// What a maximum (or a minimum) of no elements is: an infinity, or the type's limit.
template <class T>
T lowest() {
  if constexpr (is_float<T>) {
    return rounded<T>(-std::numeric_limits<float>::infinity());
  } else {
    return std::numeric_limits<T>::min();
  }
}
template <class T>
T highest() {
  if constexpr (is_float<T>) {
    return rounded<T>(std::numeric_limits<float>::infinity());
  } else {
    return std::numeric_limits<T>::max();
  }
}

}  // namespace fedc::interpret

#endif  // FEDC_COMPILER_INTERPRET_SCALAR_H_
