// The vectors of accumulators_float.c against the arithmetic that accumulators.h describes, an
// element and a value at a time: the same bytes, also of the digits that are kept.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <type_traits>
#include <vector>

#include "runtime/server/accumulators.h"
#include "runtime/server/float_sums.h"

namespace {

// The kernels of one kind of sum, what of a value they add digits of, and which digit they keep
// besides those that these have bits at.
template <typename T>
struct Sums : fedrt::Sum<T> {
  static void add_all(void* acc, const T* const* v, const double*, uint64_t count, uint64_t n) {
    fedrt::Sum<T>::add_all(acc, v, count, n);
  }
  static std::vector<T> parts(T value, double) { return {value}; }
  static int top(T, double) { return 0; }
};
struct WeightedF32 : fedrt::Weighted<float> {
  static std::vector<double> parts(float value, double weight) { return {value * weight}; }
  // |value| < 2^x and |weight| < 2^y: the digit of the bit below 2^(x + y).
  static int top(float value, double weight) {
    const int x = static_cast<int>(std::bit_cast<uint32_t>(value) >> 23 & 0xff) - 126;
    const int y = static_cast<int>(std::bit_cast<uint64_t>(weight) >> 52 & 0x7ff) - 1022;
    return std::max(x + y - 1 + 1074, 0) / FED_ACC_DIGIT_BITS;
  }
};
struct WeightedF64 : fedrt::Weighted<double> {
  static std::vector<double> parts(double value, double weight) {
    const double product = value * weight;
    return {product, std::fma(value, weight, -product)};
  }
  static int top(double, double) { return 0; }
};

// All digits of one element, none forgotten.
struct Element {
  std::map<int, int64_t> digits;
  int top = 0;

  template <typename T>
  void add(T value) {
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    constexpr int kFraction = std::numeric_limits<T>::digits - 1;
    const Bits bits = std::bit_cast<Bits>(std::abs(value));
    const int exponent = static_cast<int>(bits >> kFraction);
    const uint64_t fraction = bits & ((Bits{1} << kFraction) - 1);
    const uint64_t mantissa = exponent != 0 ? fraction | uint64_t{1} << kFraction : fraction;
    for (int bit = 0; bit <= kFraction; ++bit) {
      if (!(mantissa >> bit & 1)) continue;
      const int position = bit + (exponent != 0 ? exponent - 1 : 0);
      const int digit = position / FED_ACC_DIGIT_BITS;
      const int64_t part = int64_t{1} << position % FED_ACC_DIGIT_BITS;
      digits[digit] += std::signbit(value) ? -part : part;
      top = std::max(top, digit);
    }
  }
};

template <typename Kind>
class ScalarTest : public ::testing::Test {
 protected:
  using T = typename Kind::Value;
  T draw(int kind, int base) {
    using L = std::numeric_limits<T>;
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    if (rng_() % 8 == 0) return rng_() % 2 ? T(0) : T(-0.0);
    T value;
    if (kind == 0) {  // any bits, and many subnormals
      do {
        Bits bits = static_cast<Bits>(rng_());
        if (rng_() % 4 == 0) bits &= ~std::bit_cast<Bits>(L::infinity());
        value = std::bit_cast<T>(bits);
      } while (!std::isfinite(value));
      return value;
    }
    const int low = L::min_exponent - L::digits, high = L::max_exponent - 1;
    const int exponent = kind == 1 ? low + static_cast<int>(rng_() % (high - low))
                                   : base + static_cast<int>(rng_() % 9);
    value = std::ldexp(T(1) + static_cast<T>(rng_() % 4096) / T(4096), exponent);
    return rng_() % 2 ? -value : value;
  }

  // Such that no product overflows.
  double draw_weight(const std::vector<T>& values) {
    double weight;
    do {
      weight = rng_() % 2 ? static_cast<double>(1 + (rng_() >> (26 + rng_() % 38)))
                          : std::bit_cast<double>(rng_() >> 1);
    } while (!std::isfinite(weight) || weight == 0 ||
             std::ranges::any_of(values, [&](T v) { return !std::isfinite(v * weight); }));
    return weight;
  }

  std::mt19937_64 rng_{11};
};
using Kinds = ::testing::Types<Sums<float>, Sums<double>, WeightedF32, WeightedF64>;
TYPED_TEST_SUITE(ScalarTest, Kinds);

TYPED_TEST(ScalarTest, SameBytes) {
  using F = TypeParam;
  using T = typename F::Value;
  for (int round = 0; round < 600; ++round) {
    const uint64_t n = 1 + this->rng_() % 150, stride = (n + 63) / 64 * 64;
    const int kind = static_cast<int>(this->rng_() % 3);
    const int base = static_cast<int>(this->rng_() % 200) - 120;
    std::vector<Element> elements(n);
    std::vector<uint64_t> whole(F::bytes(n) / 8);
    uint64_t clients = 0;
    // Of one pass: any number of values; some partial sums are merged.
    for (int pass = 2 + static_cast<int>(this->rng_() % 4); pass > 0; --pass) {
      std::vector<uint64_t> part(whole.size());
      std::vector<uint64_t>& to = this->rng_() % 3 ? whole : part;
      const uint64_t count = this->rng_() % (round % 7 ? 6 : 40);
      std::vector<std::vector<T>> values(count, std::vector<T>(n));
      std::vector<const T*> list;
      std::vector<double> weights;
      for (auto& of_client : values) {
        for (T& value : of_client) value = this->draw(kind, base);
        list.push_back(of_client.data());
        weights.push_back(this->draw_weight(of_client));
        for (uint64_t e = 0; e < n; ++e) {
          for (auto part : F::parts(of_client[e], weights.back())) elements[e].add(part);
          elements[e].top = std::max(elements[e].top, F::top(of_client[e], weights.back()));
        }
      }
      clients += count;
      F::add_all(to.data(), list.data(), weights.data(), count, n);
      if (&to == &part) F::merge(whole.data(), part.data(), n);
    }
    if (clients < 2) continue;  // no digits yet
    const uint8_t* index = reinterpret_cast<const uint8_t*>(whole.data()) + FED_ACC_STATE_BYTES;
    for (uint64_t e = 0; e < n; ++e) {
      ASSERT_EQ(index[e], elements[e].top);
      for (int i = 0; i < F::kDigits; ++i) {
        int64_t digit;
        std::memcpy(&digit, index + stride + (i * stride + e) * 8, sizeof digit);
        ASSERT_EQ(digit, elements[e].digits[elements[e].top - i]) << round << " " << e << " " << i;
      }
    }
  }
}

TEST(AddAllTest, OfIntegersAndExtremesIsOneAfterAnother) {
  constexpr uint64_t kSize = 2500;  // more than two pieces
  std::mt19937_64 rng(12);
  std::vector<std::vector<int64_t>> values(5, std::vector<int64_t>(kSize));
  std::vector<const int64_t*> list;
  const int64_t modulus = int64_t{1} << 62;
  for (auto& of_client : values) {
    for (int64_t& v : of_client) v = static_cast<int64_t>(rng() % modulus);
    list.push_back(of_client.data());
  }
  std::vector<int64_t> one(kSize), all(kSize);
  for (const int64_t* v : list) fed_acc_sum_i64_add(one.data(), v, kSize);
  fed_acc_sum_i64_add_all(all.data(), list.data(), list.size(), kSize);
  EXPECT_EQ(one, all);
  fed_acc_max_i64_zero(one.data(), kSize);
  fed_acc_max_i64_zero(all.data(), kSize);
  for (const int64_t* v : list) fed_acc_max_i64_add(one.data(), v, kSize);
  fed_acc_max_i64_add_all(all.data(), list.data(), list.size(), kSize);
  EXPECT_EQ(one, all);
  fed_acc_modular_zero(one.data(), kSize);
  fed_acc_modular_zero(all.data(), kSize);
  for (const int64_t* v : list) fed_acc_modular_add(one.data(), v, kSize, modulus);
  fed_acc_modular_add_all(all.data(), list.data(), list.size(), kSize, modulus);
  EXPECT_EQ(one, all);
}

}  // namespace
