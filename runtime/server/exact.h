// What the tests of accumulators compare with: sums and products without rounding.
#ifndef RUNTIME_SERVER_EXACT_H_
#define RUNTIME_SERVER_EXACT_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <utility>

namespace fedrt {

// A fixed-point number wide enough for any sum of doubles and of products of two: two's complement,
// bit 0 is 2^-2148.
class Exact {
 public:
  void add(double value, int64_t times = 1) {
    for (int64_t i = 0; i < std::abs(times); ++i) add_product(value, times < 0 ? -1 : 1);
  }
  void add_product(double x, double y) {
    const auto [a, p] = parts(x);
    const auto [b, q] = parts(y);
    add_bits(static_cast<__uint128_t>(a) * b, p + q, std::signbit(x) != std::signbit(y));
  }
  Exact minus(double value) const {
    Exact result = *this;
    result.add(value, -1);
    return result;
  }
  Exact magnitude() const {
    if (!negative()) return *this;
    Exact result;
    uint64_t carry = 1;
    for (size_t i = 0; i < limbs_.size(); ++i) {
      result.limbs_[i] = ~limbs_[i] + carry;
      carry = carry && result.limbs_[i] == 0;
    }
    return result;
  }
  bool negative() const { return limbs_.back() >> 63; }
  bool zero() const {
    return std::all_of(limbs_.begin(), limbs_.end(), [](uint64_t l) { return l == 0; });
  }
  // Both non-negative.
  friend bool operator<(const Exact& a, const Exact& b) {
    return std::lexicographical_compare(a.limbs_.rbegin(), a.limbs_.rend(), b.limbs_.rbegin(),
                                        b.limbs_.rend());
  }
  friend bool operator==(const Exact&, const Exact&) = default;

 private:
  // Mantissa and position, in units of 2^-1074.
  static std::pair<uint64_t, int> parts(double value) {
    const uint64_t bits = std::bit_cast<uint64_t>(value);
    const int exponent = static_cast<int>(bits >> 52 & 2047);
    const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
    if (exponent == 0) return {fraction, 0};
    return {fraction | uint64_t{1} << 52, exponent - 1};
  }
  void add_bits(__uint128_t mantissa, int position, bool negative) {
    const int limb = position / 64, shift = position % 64;
    const uint64_t parts[3] = {static_cast<uint64_t>(mantissa << shift),
                               static_cast<uint64_t>(mantissa >> (64 - shift)),
                               shift ? static_cast<uint64_t>(mantissa >> (128 - shift)) : 0};
    uint64_t carry = 0;
    for (size_t i = limb; i < limbs_.size(); ++i) {
      const uint64_t part = i - limb < 3 ? parts[i - limb] : 0;
      const __uint128_t wide = negative ? static_cast<__uint128_t>(limbs_[i]) - part - carry
                                        : static_cast<__uint128_t>(limbs_[i]) + part + carry;
      limbs_[i] = static_cast<uint64_t>(wide);
      carry = static_cast<uint64_t>(wide >> 64) & 1;
    }
  }
  std::array<uint64_t, 70> limbs_{};
};

// Whether `result` is `exact` rounded to nearest even.
template <typename T>
::testing::AssertionResult rounds_to(const Exact& exact, T result) {
  if (exact.zero())
    return result == 0 && !std::signbit(result) ? ::testing::AssertionSuccess()
                                                : ::testing::AssertionFailure() << "not +0";
  const T kInf = std::numeric_limits<T>::infinity();
  if (std::isinf(result)) return ::testing::AssertionFailure() << "infinite";
  const Exact error = exact.minus(result).magnitude();
  for (T other : {std::nextafter(result, kInf), std::nextafter(result, -kInf)}) {
    if (std::isinf(other)) continue;
    const Exact theirs = exact.minus(other).magnitude();
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    if (theirs < error) return ::testing::AssertionFailure() << result << " but " << other;
    if (theirs == error && (std::bit_cast<Bits>(result) & 1))
      return ::testing::AssertionFailure() << result << " is an odd tie";
  }
  return ::testing::AssertionSuccess();
}

template <typename T>
T random_value(std::mt19937_64& rng, int low, int high) {
  const double mantissa = std::uniform_real_distribution<double>(1, 2)(rng);
  const int exponent = std::uniform_int_distribution<int>(low, high)(rng);
  const T v = std::ldexp(static_cast<T>(mantissa), exponent);
  return rng() & 1 ? -v : v;
}

}  // namespace fedrt

#endif  // RUNTIME_SERVER_EXACT_H_
