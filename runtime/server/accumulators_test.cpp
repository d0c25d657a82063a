#include "runtime/server/accumulators.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "runtime/abi/fed_abi.h"
#include "runtime/server/exact.h"
#include "runtime/server/float_sums.h"

namespace {

using fedrt::Exact;
using fedrt::random_value;
using fedrt::rounds_to;

template <typename T>
using Accumulator = fedrt::AccumulatorOf<fedrt::Sum<T>>;

template <typename T>
T sum_of(const std::vector<T>& values) {
  Accumulator<T> acc;
  for (T v : values) acc.add(v);
  return acc.one();
}

template <typename T>
Exact exact_of(const std::vector<T>& values) {
  Exact exact;
  for (T v : values) exact.add(v);
  return exact;
}

template <typename T>
class SumTest : public ::testing::Test {};
using Floats = ::testing::Types<float, double>;
TYPED_TEST_SUITE(SumTest, Floats);

TYPED_TEST(SumTest, EmptyIsPositiveZero) {
  EXPECT_EQ(sum_of<TypeParam>({}), 0);
  EXPECT_FALSE(std::signbit(sum_of<TypeParam>({})));
}

TYPED_TEST(SumTest, SignedZerosGivePositiveZero) {
  EXPECT_FALSE(std::signbit(sum_of<TypeParam>({TypeParam(-0.0), TypeParam(-0.0)})));
  EXPECT_FALSE(std::signbit(sum_of<TypeParam>({TypeParam(1), TypeParam(-1)})));
}

TYPED_TEST(SumTest, OneValueIsItself) {
  using T = TypeParam;
  using L = std::numeric_limits<T>;
  std::mt19937_64 rng(1);
  for (T v : {T(1), T(-1), L::max(), L::lowest(), L::min(), L::denorm_min(), -L::denorm_min(),
              std::nextafter(L::min(), T(0)), T(0.1), T(1) / T(3)})
    EXPECT_EQ(sum_of<T>({v}), v);
  for (int i = 0; i < 20000; ++i) {
    const T v = random_value<T>(rng, L::min_exponent - L::digits, L::max_exponent - 2);
    ASSERT_EQ(sum_of<T>({v}), v);
  }
}

// Exponents so near each other that nothing falls out of the window: the correctly rounded sum.
TYPED_TEST(SumTest, NearExponentsAreExact) {
  using T = TypeParam;
  using L = std::numeric_limits<T>;
  std::mt19937_64 rng(2);
  for (int round = 0; round < 3000; ++round) {
    const int base =
        std::uniform_int_distribution<int>(L::min_exponent - L::digits, L::max_exponent - 40)(rng);
    std::vector<T> values(1 + rng() % 40);
    for (T& v : values) v = random_value<T>(rng, base, base + 12);
    if (rng() % 4 == 0)  // cancels to little or nothing
      for (size_t i = 0, n = values.size() - rng() % 2; i < n; ++i) values.push_back(-values[i]);
    ASSERT_TRUE(rounds_to(exact_of(values), sum_of(values)));
  }
}

TYPED_TEST(SumTest, SubnormalsAreExact) {
  using T = TypeParam;
  using L = std::numeric_limits<T>;
  std::mt19937_64 rng(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<T> values(1 + rng() % 50);
    for (T& v : values)
      v = static_cast<T>(static_cast<int>(rng() % 2001) - 1000) * L::denorm_min() *
          (rng() % 3 ? 1 : 1 << 20);
    ASSERT_TRUE(rounds_to(exact_of(values), sum_of(values)));
  }
}

TYPED_TEST(SumTest, TiesGoToEven) {
  using T = TypeParam;
  const T ulp = std::numeric_limits<T>::epsilon();
  EXPECT_EQ(sum_of<T>({1, ulp / 2}), T(1));
  EXPECT_EQ(sum_of<T>({1 + ulp, ulp / 2}), 1 + 2 * ulp);
  EXPECT_EQ(sum_of<T>({1, ulp / 2, ulp / 1024}), 1 + ulp);
  EXPECT_EQ(sum_of<T>({-1, -ulp / 2}), T(-1));
}

TYPED_TEST(SumTest, OverflowRoundsToInfinityAndPassesThroughIt) {
  using T = TypeParam;
  using L = std::numeric_limits<T>;
  EXPECT_EQ(sum_of<T>({L::max(), L::max()}), L::infinity());
  EXPECT_EQ(sum_of<T>({L::lowest(), L::lowest()}), -L::infinity());
  EXPECT_EQ(sum_of<T>({L::max(), L::max(), L::lowest()}), L::max());
  const T half_ulp = std::ldexp(T(1), L::max_exponent - L::digits - 1);
  EXPECT_EQ(sum_of<T>({L::max(), half_ulp}), L::infinity());
  EXPECT_EQ(sum_of<T>({L::max(), half_ulp / 2}), L::max());
}

TYPED_TEST(SumTest, AnyOrderAndAnyTreeGiveTheSameBytes) {
  using T = TypeParam;
  using L = std::numeric_limits<T>;
  std::mt19937_64 rng(4);
  const uint64_t n = 131;  // elements: more than two blocks
  for (int round = 0; round < 20; ++round) {
    std::vector<std::vector<T>> clients(1 + rng() % 30, std::vector<T>(n));
    for (auto& client : clients)
      for (T& v : client)
        v = rng() % 10 == 0
                ? T(0)
                : random_value<T>(rng, L::min_exponent - L::digits, L::max_exponent - 8);
    Accumulator<T> reference(n);
    for (const auto& client : clients) reference.add(client.data());
    for (int order = 0; order < 10; ++order) {
      std::shuffle(clients.begin(), clients.end(), rng);
      std::vector<Accumulator<T>> partials(1 + rng() % 7, Accumulator<T>(n));
      for (const auto& client : clients) partials[rng() % partials.size()].add(client.data());
      while (partials.size() > 1) {
        std::swap(partials[rng() % partials.size()], partials.back());
        const Accumulator<T> last = partials.back();
        partials.pop_back();
        partials[rng() % partials.size()].merge(last);
      }
      ASSERT_TRUE(partials[0] == reference);  // the whole state, and so the report
      ASSERT_EQ(std::memcmp(partials[0].report().data(), reference.report().data(), n * sizeof(T)),
                0);
    }
  }
}

TEST(SumErrorTest, HugeAndSmallMix) {
  // 2^100 and -2^100 hide 1 only if it is far below the window.
  EXPECT_EQ(sum_of<float>({0x1p30f, 1, -0x1p30f}), 1);
  EXPECT_EQ(sum_of<float>({1, 0x1p100f, -0x1p100f}), 0);
  EXPECT_EQ(sum_of<double>({1, 0x1p100, -0x1p100}), 1);
  EXPECT_EQ(sum_of<double>({1e-300, 1e300, -1e300}), 0);
}

// The promise of the header: |result - S| <= u |S| + (n-1) 2^-38 max, and that is no more than the
// bound of pairwise float32 summation, ceil(log2 n) u sum|x|, for 3 <= n <= 2^17.
TEST(SumErrorTest, BoundAgainstExactSums) {
  std::mt19937_64 rng(5);
  for (int round = 0; round < 400; ++round) {
    const int n = 3 + static_cast<int>(rng() % (round % 20 == 0 ? 20000 : 300));
    const int spread = static_cast<int>(rng() % 80);
    const int base = static_cast<int>(rng() % 100) - 80;
    std::vector<float> values(n);
    float largest = 0;
    double magnitudes = 0;
    for (float& v : values) {
      v = random_value<float>(rng, base - spread, base);
      if (rng() % 5 == 0 && round % 2) v = -values[0];
      largest = std::max(largest, std::abs(v));
      magnitudes += std::abs(static_cast<double>(v));
    }
    const float result = sum_of(values);
    const Exact exact = exact_of(values);
    const Exact error = exact.minus(result).magnitude();
    // |S| <= |result| + |error| up to higher order: 2^-22 covers it.
    const double bound = 0x1p-24 * std::abs(static_cast<double>(result)) * (1 + 0x1p-22) +
                         (n - 1) * 0x1p-38 * static_cast<double>(largest);
    Exact allowed;
    allowed.add(bound * (1 + 0x1p-20));
    ASSERT_FALSE(allowed < error) << n << " " << spread;
    Exact pairwise;
    pairwise.add(std::ceil(std::log2(n)) * 0x1p-24 * magnitudes);
    ASSERT_FALSE(pairwise < error) << n << " " << spread;
  }
}

TEST(SumErrorTest, BoundIsNoLargerThanPairwiseUpToTheMaximumCohort) {
  for (double n = 3; n <= static_cast<double>(FED_ACC_F32_MAX); n = n < 64 ? n + 1 : n * 1.01)
    EXPECT_LE(0x1p-24 + (std::floor(n) - 1) * 0x1p-38,
              std::ceil(std::log2(std::floor(n))) * 0x1p-24);
  EXPECT_LE(0x1p-24 + (0x1p17 - 1) * 0x1p-38, 17 * 0x1p-24);
}

// Headroom: the largest digits, as often as the header allows. Merging an accumulator with a copy
// doubles its count.
TYPED_TEST(SumTest, HeadroomIsTwoToTheTwentyFive) {
  using T = TypeParam;
  const T value = std::nextafter(T(0x1p20), T(0));  // ones in every bit of the mantissa
  for (T sign : {T(1), T(-1)}) {
    Accumulator<T> acc;
    acc.add(sign * value);
    for (int i = 0; i < 25; ++i) acc.merge(Accumulator<T>(acc));
    EXPECT_EQ(acc.one(), sign * value * T(0x1p25));
    // Full digits: the bits of each digit all ones.
    Accumulator<T> full;
    for (int low = 0; low < 3 * FED_ACC_DIGIT_BITS; ++low) full.add(sign * std::ldexp(T(1), low));
    const T once = full.one();
    for (int i = 0; i < 18; ++i) full.merge(Accumulator<T>(full));
    EXPECT_EQ(full.one(), once * T(0x1p18));
  }
}

// Whatever is merged with whatever: nothing, one value, several; and used again after zero.
TYPED_TEST(SumTest, StatesMeet) {
  using T = TypeParam;
  constexpr uint64_t kSize = 131;
  std::mt19937_64 rng(9);
  std::vector<std::vector<T>> values(4, std::vector<T>(kSize));
  for (auto& list : values)
    for (T& v : list) v = random_value<T>(rng, -20, 20);
  values[0][3] = T(-0.0);
  const auto make = [&](size_t first, size_t count) {
    Accumulator<T> acc(kSize);
    for (size_t i = 0; i < count; ++i) acc.add(values[first + i].data());
    return acc;
  };
  for (size_t left = 0; left <= 2; ++left)
    for (size_t right = 0; right <= 2; ++right) {
      Accumulator<T> merged = make(0, left);
      merged.merge(make(left, right));
      EXPECT_EQ(merged, make(0, left + right)) << left << "+" << right;
      EXPECT_EQ(merged.report(), make(0, left + right).report());
    }
  EXPECT_FALSE(std::signbit(make(0, 1).report()[3]));
  Accumulator<T> again = make(0, 3);
  again.zero();
  EXPECT_EQ(again, Accumulator<T>(kSize));
}

TEST(SumFormulaTest, BytesAnElement) {
  EXPECT_EQ(FED_ACC_SUM_F32_BYTES(0), 64u);
  EXPECT_EQ(FED_ACC_SUM_F32_BYTES(1), 64u + 1088u);
  EXPECT_EQ(FED_ACC_SUM_F32_BYTES(64), 64u + 1088u);
  EXPECT_EQ(FED_ACC_SUM_F32_BYTES(65), 64u + 2176u);
  EXPECT_EQ(FED_ACC_SUM_F64_BYTES(64), 64u + 2112u);
  EXPECT_EQ(FED_ACC_SUM_F32_BYTES(7850) % FED_ALIGNMENT, 0u);
  EXPECT_EQ(fed_acc_sum_f64_bytes(1000), FED_ACC_SUM_F64_BYTES(1000));
}

// A sum of float32 values as float64: what a float64 accumulator of them rounds to, where nothing
// falls out of the window; beyond float32, too.
TEST(WideTest, SumsOfFloat32AreRoundedToFloat64) {
  std::mt19937_64 rng(9);
  const auto wide = [](const Accumulator<float>& acc) {
    double out;
    fed_acc_sum_f32_report_wide(acc.memory().data(), &out, 1);
    return out;
  };
  for (int round = 0; round < 3000; ++round) {
    const int base = std::uniform_int_distribution<int>(-149, 115)(rng);
    Accumulator<float> acc;
    Exact exact;
    for (uint64_t n = rng() % 40; n > 0; --n) {
      const float v = random_value<float>(rng, base, base + 12);
      acc.add(v);
      exact.add(v);
    }
    ASSERT_TRUE(rounds_to(exact, wide(acc)));
  }
  const float kMax = std::numeric_limits<float>::max();
  Accumulator<float> large;
  for (int i = 0; i < 3; ++i) large.add(-kMax);
  EXPECT_EQ(wide(large), -3.0 * kMax);
  Accumulator<float> zero;
  zero.add(-0.f);
  EXPECT_FALSE(std::signbit(wide(zero)));
}

TEST(IntegerTest, SumsWrap) {
  int8_t a[2] = {127, -128}, out[2];
  int8_t acc[2];
  fed_acc_sum_i8_zero(acc, 2);
  fed_acc_sum_i8_add(acc, a, 2);
  fed_acc_sum_i8_add(acc, a, 2);
  fed_acc_sum_i8_report(acc, out, 2);
  EXPECT_EQ(out[0], -2);
  EXPECT_EQ(out[1], 0);
  int64_t big = std::numeric_limits<int64_t>::max(), total, sum;
  fed_acc_sum_i64_zero(&total, 1);
  fed_acc_sum_i64_add(&total, &big, 1);
  fed_acc_sum_i64_merge(&total, &big, 1);
  fed_acc_sum_i64_report(&total, &sum, 1);
  EXPECT_EQ(sum, -2);
}

TEST(IntegerTest, ModularSumsNeverOverflow) {
  const int64_t modulus = int64_t{1} << 62, most = modulus - 1;
  int64_t acc, other, out;
  fed_acc_modular_zero(&acc, 1);
  for (int i = 0; i < 5; ++i) fed_acc_modular_add(&acc, &most, 1, modulus);
  fed_acc_modular_report(&acc, &out, 1);
  EXPECT_EQ(out, modulus - 5);
  fed_acc_modular_zero(&other, 1);
  fed_acc_modular_add(&other, &most, 1, modulus);
  fed_acc_modular_merge(&acc, &other, 1, modulus);
  fed_acc_modular_report(&acc, &out, 1);
  EXPECT_EQ(out, modulus - 6);
  const int64_t nothing = 0;
  fed_acc_modular_zero(&acc, 1);
  fed_acc_modular_add(&acc, &nothing, 1, 1);
  EXPECT_EQ(acc, 0);
}

TEST(ExtremeTest, IdentitiesAndMerges) {
  float f, out;
  fed_acc_min_f32_zero(&f, 1);
  EXPECT_EQ(f, std::numeric_limits<float>::infinity());
  fed_acc_max_f32_zero(&f, 1);
  EXPECT_EQ(f, -std::numeric_limits<float>::infinity());
  for (float v : {3.0f, -2.0f, 7.0f}) fed_acc_max_f32_add(&f, &v, 1);
  float other = 9;
  fed_acc_max_f32_merge(&f, &other, 1);
  fed_acc_max_f32_report(&f, &out, 1);
  EXPECT_EQ(out, 9);
  uint16_t u;
  fed_acc_min_u16_zero(&u, 1);
  EXPECT_EQ(u, 65535);
  fed_acc_max_u16_zero(&u, 1);
  EXPECT_EQ(u, 0);
  int32_t i;
  fed_acc_max_i32_zero(&i, 1);
  EXPECT_EQ(i, std::numeric_limits<int32_t>::min());
  uint8_t b, yes = 1, no = 0;
  fed_acc_min_bool_zero(&b, 1);
  EXPECT_EQ(b, 1);
  fed_acc_min_bool_add(&b, &yes, 1);
  EXPECT_EQ(b, 1);
  fed_acc_min_bool_add(&b, &no, 1);
  EXPECT_EQ(b, 0);
}

TEST(ExtremeTest, SignedZerosDoNotShowTheOrder) {
  const float plus = 0.0f, minus = -0.0f;
  for (int order = 0; order < 2; ++order) {
    float low, high;
    fed_acc_min_f32_zero(&low, 1);
    fed_acc_max_f32_zero(&high, 1);
    for (int i = 0; i < 2; ++i) {
      fed_acc_min_f32_add(&low, i == order ? &plus : &minus, 1);
      fed_acc_max_f32_add(&high, i == order ? &plus : &minus, 1);
    }
    EXPECT_TRUE(std::signbit(low));
    EXPECT_FALSE(std::signbit(high));
  }
}

TEST(ValidateTest, FiniteNanAndWeights) {
  const float kInf = std::numeric_limits<float>::infinity();
  const float kNan = std::numeric_limits<float>::quiet_NaN();
  const float fine[3] = {1, -std::numeric_limits<float>::max(), 0}, inf[3] = {1, -kInf, 0},
              nan[3] = {0, 0, -kNan};
  EXPECT_EQ(fed_acc_finite_f32(fine, 3), FED_ACCEPT);
  EXPECT_EQ(fed_acc_finite_f32(inf, 3), FED_REJECT_NOT_FINITE);
  EXPECT_EQ(fed_acc_finite_f32(inf, 1), FED_ACCEPT);
  EXPECT_EQ(fed_acc_finite_f32(nan, 3), FED_REJECT_NOT_FINITE);
  EXPECT_EQ(fed_acc_not_nan_f32(inf, 3), FED_ACCEPT);
  EXPECT_EQ(fed_acc_not_nan_f32(nan, 3), FED_REJECT_NOT_FINITE);
  const double d[2] = {-0.0, std::numeric_limits<double>::infinity()};
  EXPECT_EQ(fed_acc_finite_f64(d, 1), FED_ACCEPT);
  EXPECT_EQ(fed_acc_finite_f64(d, 2), FED_REJECT_NOT_FINITE);
  EXPECT_EQ(fed_acc_weight_f64(&d[0]), FED_ACCEPT);
  EXPECT_EQ(fed_acc_weight_f64(&d[1]), FED_REJECT_BAD_WEIGHT);
  const float negative = -1e-40f;
  EXPECT_EQ(fed_acc_weight_f32(&negative), FED_REJECT_BAD_WEIGHT);
  EXPECT_EQ(fed_acc_weight_f32(&nan[2]), FED_REJECT_BAD_WEIGHT);
  const int32_t below = -1, above = 1;
  EXPECT_EQ(fed_acc_weight_i32(&below), FED_REJECT_BAD_WEIGHT);
  EXPECT_EQ(fed_acc_weight_i32(&above), FED_ACCEPT);
  const int64_t most = FED_ACC_WEIGHT_MAX, more = most + 1;
  EXPECT_EQ(fed_acc_weight_i64(&most), FED_ACCEPT);
  EXPECT_EQ(fed_acc_weight_i64(&more), FED_REJECT_BAD_WEIGHT);
  const uint64_t large = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(fed_acc_weight_u64(&large), FED_REJECT_BAD_WEIGHT);
}

TEST(ValidateTest, Ranges) {
  const int8_t small[3] = {0, 9, -1};
  EXPECT_EQ(fed_acc_range_i8(small, 2, 9), FED_ACCEPT);
  EXPECT_EQ(fed_acc_range_i8(small, 2, 8), FED_REJECT_OUT_OF_RANGE);
  EXPECT_EQ(fed_acc_range_i8(small, 3, 9), FED_REJECT_OUT_OF_RANGE);
  const int64_t wide[2] = {std::numeric_limits<int64_t>::max(),
                           std::numeric_limits<int64_t>::min()};
  EXPECT_EQ(fed_acc_range_i64(wide, 1, wide[0]), FED_ACCEPT);
  EXPECT_EQ(fed_acc_range_i64(wide, 1, wide[0] - 1), FED_REJECT_OUT_OF_RANGE);
  EXPECT_EQ(fed_acc_range_i64(wide, 2, wide[0]), FED_REJECT_OUT_OF_RANGE);
  const uint64_t large = uint64_t{1} << 63;
  EXPECT_EQ(fed_acc_range_u64(&large, 1, wide[0]), FED_REJECT_OUT_OF_RANGE);
  EXPECT_EQ(fed_acc_range_u64(&large, 0, 0), FED_ACCEPT);
}

}  // namespace
