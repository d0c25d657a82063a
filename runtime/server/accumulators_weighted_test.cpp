// Sums of values times weights against exact arithmetic, and the mean of one client.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "runtime/abi/fed_abi.h"
#include "runtime/server/accumulators.h"
#include "runtime/server/exact.h"
#include "runtime/server/float_sums.h"

namespace {

using fedrt::Exact;
using fedrt::random_value;
using fedrt::rounds_to;

template <typename T>
using Accumulator = fedrt::AccumulatorOf<fedrt::Weighted<T>>;

constexpr double kLargestWeight = static_cast<double>(FED_ACC_WEIGHT_MAX);

// Integers of any size, fractions, what is far from 1.
double random_weight(std::mt19937_64& rng, int extreme) {
  switch (rng() % 4) {
    case 0:
      return static_cast<double>(1 + rng() % 1000000);
    case 1:
      return static_cast<double>(1 + (rng() >> (26 + rng() % 38)));
    case 2:
      return std::uniform_real_distribution<double>(0.001, 1000)(rng);
    default:
      return std::abs(random_value<double>(rng, -extreme, extreme));
  }
}

// Whether the mean of one client is its value, in whatever type that was before.
void expect_itself(const std::vector<float>& values, double weight) {
  ASSERT_EQ(fed_acc_weighted_finite_f32(values.data(), weight, values.size()), FED_ACCEPT);
  Accumulator<float> acc(values.size());
  acc.add(values.data(), weight);
  const std::vector<double> sums = acc.report();
  for (size_t e = 0; e < values.size(); ++e) {
    const float mean = static_cast<float>(sums[e] / weight);
    const float wanted = values[e] == 0 ? 0 : values[e];
    ASSERT_EQ(std::bit_cast<uint32_t>(mean), std::bit_cast<uint32_t>(wanted))
        << values[e] << " " << weight;
  }
}

TEST(OneClientTest, TheMeanIsItsValueWhateverItsWeight) {
  using L = std::numeric_limits<float>;
  std::mt19937_64 rng(1);
  std::vector<float> values = {0,
                               -0.0f,
                               1,
                               -1,
                               L::max(),
                               L::lowest(),
                               3e38f,
                               L::min(),
                               0.1f,
                               L::denorm_min(),
                               -L::denorm_min(),
                               std::nextafter(L::min(), 0.0f),
                               1.0f / 3};
  // What float16 and bfloat16 hold, too, each in a float32.
  for (int i = 0; i < 200; ++i) {
    const float any = random_value<float>(rng, -149, 126);
    values.push_back(any);
    values.push_back(std::bit_cast<float>(std::bit_cast<uint32_t>(any) & 0xffff0000u));
    values.push_back(std::ldexp(static_cast<float>(static_cast<int>(rng() % 4095) - 2047), -24));
  }
  for (double weight : {1.0, 7.0, 599.0, 600.0, 1000003.0, 0x1p29 + 1, kLargestWeight, 1e-30,
                        1e-250, 1.0 / 3, 1e250, 0x1p-873, 0x1.fffffffffffffp895}) {
    expect_itself(values, weight);
  }
  for (int i = 0; i < 2000; ++i) expect_itself(values, random_weight(rng, 870));
}

template <typename T>
class WeightedTest : public ::testing::Test {};
using Floats = ::testing::Types<float, double>;
TYPED_TEST_SUITE(WeightedTest, Floats);

TYPED_TEST(WeightedTest, NothingIsPositiveZero) {
  Accumulator<TypeParam> acc;
  EXPECT_EQ(std::bit_cast<uint64_t>(acc.one()), 0u);
  acc.add(TypeParam(-0.0), 3);
  EXPECT_EQ(std::bit_cast<uint64_t>(acc.one()), 0u);
  acc.add(TypeParam(2), 3);
  acc.add(TypeParam(-1), 6);
  EXPECT_EQ(std::bit_cast<uint64_t>(acc.one()), 0u);
}

// Products whose bits all are within the window: the exact sum, rounded once.
TYPED_TEST(WeightedTest, NearExponentsAreExact) {
  using T = TypeParam;
  constexpr bool kWide = sizeof(T) == 8;
  std::mt19937_64 rng(2);
  for (int round = 0; round < 3000; ++round) {
    const int base =
        std::uniform_int_distribution<int>(kWide ? -900 : -120, kWide ? 900 : 100)(rng);
    Accumulator<T> acc;
    Exact exact;
    for (uint64_t n = 1 + rng() % 40; n > 0; --n) {
      // Of float64 all bits of both, of float32 12 of the value and 16 of the weight.
      T value = random_value<T>(rng, base, base + 4);
      if (!kWide) value = std::ldexp(static_cast<T>(static_cast<int>(rng() % 4096) - 2048), base);
      const double weight = kWide ? std::abs(random_value<double>(rng, -4, 0))
                                  : std::ldexp(static_cast<double>(1 + rng() % 65535), -8);
      acc.add(value, weight);
      exact.add_product(value, weight);
      if (rng() % 5 == 0) {
        acc.add(-value, weight);
        exact.add_product(-value, weight);
      }
    }
    ASSERT_TRUE(rounds_to(exact, acc.one()));
  }
}

// The promise of the header.
TYPED_TEST(WeightedTest, BoundAgainstExactSums) {
  using T = TypeParam;
  constexpr bool kWide = sizeof(T) == 8;
  std::mt19937_64 rng(3);
  for (int round = 0; round < 600; ++round) {
    const uint64_t n = 1 + rng() % (round % 20 == 0 ? 5000 : 100);
    const int spread = static_cast<int>(rng() % 80);
    Accumulator<T> acc;
    Exact exact;
    double largest = 0, magnitudes = 0;
    for (uint64_t i = 0; i < n; ++i) {
      const T value = random_value<T>(rng, -spread, 20);
      const double weight = random_weight(rng, round % 2 ? 100 : 5);
      acc.add(value, weight);
      exact.add_product(value, weight);
      const double product = std::abs(static_cast<double>(value) * weight);
      largest = std::max(largest, product);
      magnitudes += product;
    }
    const double report = acc.one();
    const double bound =
        kWide ? 0x1p-53 * std::abs(report) + static_cast<double>(n) * 0x1p-114 * largest
              : 0x1p-53 * (std::abs(report) + magnitudes) +
                    static_cast<double>(n) * 0x1p-37 * largest;
    Exact allowed;
    allowed.add(bound * (1 + 0x1p-20));
    ASSERT_FALSE(allowed < exact.minus(report).magnitude()) << n << " " << spread;
  }
}

TYPED_TEST(WeightedTest, SmallAndLargeProducts) {
  using T = TypeParam;
  using L = std::numeric_limits<double>;
  const auto sum = [](std::vector<std::pair<T, double>> parts) {
    Accumulator<T> acc;
    for (auto [value, weight] : parts) acc.add(value, weight);
    return acc.one();
  };
  EXPECT_EQ(sum({{T(3e38), kLargestWeight}, {T(3e38), kLargestWeight}}),
            2 * (static_cast<double>(T(3e38)) * kLargestWeight));
  EXPECT_EQ(sum({{T(1), 1e-30}, {T(-1), 1e-30}, {T(0.5), 1e-30}}), 0.5e-30);
  EXPECT_EQ(sum({{T(1), L::denorm_min()}, {T(2), L::denorm_min()}}), 3 * L::denorm_min());
  EXPECT_EQ(sum({{T(0.25), L::denorm_min()}, {T(1), L::denorm_min()}}), L::denorm_min());
  EXPECT_EQ(sum({{T(1), L::min()}, {T(0.5), L::min()}}), 1.5 * L::min());
  EXPECT_EQ(sum({{T(1), L::max()}, {T(1), L::max()}}), L::infinity());
  EXPECT_EQ(sum({{T(1), 0x1.8p1023}, {T(1), 0x1.8p1023}, {T(-1), 0x1.8p1023}}), 0x1.8p1023);
  // As a product of float32 would be, both infinite and zero.
  EXPECT_EQ(sum({{T(1e38), 1000}}) / 1000, static_cast<double>(T(1e38)));
  EXPECT_EQ(static_cast<T>(sum({{T(1e-38), 1e-10}}) / 1e-10), T(1e-38));
}

TYPED_TEST(WeightedTest, AnyOrderAnyTreeAndAnyNumberAtOnceGiveTheSameBytes) {
  using T = TypeParam;
  using L = std::numeric_limits<T>;
  std::mt19937_64 rng(4);
  const uint64_t n = 131;  // more than two blocks, and no whole groups
  for (int round = 0; round < 40; ++round) {
    struct Client {
      std::vector<T> values;
      double weight;
    };
    std::vector<Client> clients(1 + rng() % 40);
    for (Client& client : clients) {
      for (uint64_t e = 0; e < n; ++e)
        client.values.push_back(rng() % 10 == 0
                                    ? T(0)
                                    : random_value<T>(rng, L::min_exponent - L::digits,
                                                      sizeof(T) == 4 ? L::max_exponent - 2 : 600));
      client.weight = random_weight(rng, 300);
    }
    Accumulator<T> reference(n);
    for (const Client& client : clients) reference.add(client.values.data(), client.weight);
    for (int order = 0; order < 10; ++order) {
      std::shuffle(clients.begin(), clients.end(), rng);
      std::vector<Accumulator<T>> partials(1 + rng() % 7, Accumulator<T>(n));
      for (size_t i = 0; i < clients.size();) {
        std::vector<const T*> values;
        std::vector<double> weights;
        for (size_t many = rng() % 20; i < clients.size() && values.size() <= many; ++i) {
          values.push_back(clients[i].values.data());
          weights.push_back(clients[i].weight);
        }
        partials[rng() % partials.size()].add_all(values, weights);
      }
      while (partials.size() > 1) {
        std::swap(partials[rng() % partials.size()], partials.back());
        const Accumulator<T> last = partials.back();
        partials.pop_back();
        partials[rng() % partials.size()].merge(last);
      }
      ASSERT_TRUE(partials[0] == reference);  // the whole state, and so the report
      ASSERT_EQ(std::memcmp(partials[0].report().data(), reference.report().data(), n * 8), 0);
    }
  }
}

// Whatever is merged with whatever: nothing, one client, several; and used again after zero.
TYPED_TEST(WeightedTest, StatesMeet) {
  using T = TypeParam;
  constexpr uint64_t kSize = 131;
  std::mt19937_64 rng(5);
  std::vector<std::vector<T>> values(4, std::vector<T>(kSize));
  for (auto& list : values)
    for (T& v : list) v = random_value<T>(rng, -20, 20);
  const auto make = [&](size_t first, size_t count) {
    Accumulator<T> acc(kSize);
    for (size_t i = 0; i < count; ++i) acc.add(values[first + i].data(), 7.0 + 3.0 * (first + i));
    return acc;
  };
  for (size_t left = 0; left <= 2; ++left)
    for (size_t right = 0; right <= 2; ++right) {
      Accumulator<T> merged = make(0, left);
      merged.merge(make(left, right));
      EXPECT_EQ(merged, make(0, left + right)) << left << "+" << right;
      EXPECT_EQ(merged.report(), make(0, left + right).report());
    }
  Accumulator<T> again = make(0, 3);
  again.zero();
  EXPECT_EQ(again, Accumulator<T>(kSize));
  again = make(0, 1);
  again.zero();
  EXPECT_EQ(again, Accumulator<T>(kSize));
}

// Of one client nothing is written but its values and its weight.
TYPED_TEST(WeightedTest, OneClientTakesTheRoomOfItsValues) {
  using T = TypeParam;
  constexpr uint64_t kSize = 1000, kStride = 1024;
  std::vector<T> values(kSize, T(3));
  Accumulator<T> acc(kSize);
  acc.add(values.data(), 5);
  const auto* bytes = reinterpret_cast<const uint8_t*>(acc.memory().data());
  const size_t first = FED_ACC_STATE_BYTES + kStride + (sizeof(T) == 4 ? 1 : 3) * kStride * 8;
  for (size_t i = FED_ACC_STATE_BYTES; i < acc.memory().size() * 8; ++i) {
    if (i < first || i >= first + kSize * sizeof(T)) {
      ASSERT_EQ(bytes[i], 0) << i;
    }
  }
}

// More clients than the vectors' way of rounding takes, up to the headroom; full digits, too.
TYPED_TEST(WeightedTest, HeadroomIsTwoToTheTwentyFive) {
  using T = TypeParam;
  for (double sign : {1.0, -1.0}) {
    Accumulator<T> acc;
    const T value = static_cast<T>(sign) * std::nextafter(T(0x1p20), T(0));
    const double weight = 0x1p29 - 1;
    acc.add(value, weight);
    const double once = acc.one();
    for (int i = 0; i < 25; ++i) {
      acc.merge(Accumulator<T>(acc));
      ASSERT_EQ(acc.one(), std::ldexp(once, i + 1));
    }
    Accumulator<T> full;
    for (int low = 0; low < 2 * FED_ACC_DIGIT_BITS; ++low)
      full.add(static_cast<T>(sign), std::ldexp(1.0, low));
    const double all = full.one();
    for (int i = 0; i < 18; ++i) full.merge(Accumulator<T>(full));
    EXPECT_EQ(full.one(), all * 0x1p18);
  }
}

TYPED_TEST(WeightedTest, ProductsAreFinite) {
  using T = TypeParam;
  using L = std::numeric_limits<T>;
  const auto finite = [](const T* values, double weight, uint64_t n) {
    if constexpr (sizeof(T) == 4)
      return fed_acc_weighted_finite_f32(values, weight, n);
    else
      return fed_acc_weighted_finite_f64(values, weight, n);
  };
  const T fine[3] = {1, T(-3e38), 0}, inf[2] = {1, -L::infinity()}, nan[2] = {0, L::quiet_NaN()};
  EXPECT_EQ(finite(fine, kLargestWeight, 3), FED_ACCEPT);
  EXPECT_EQ(finite(fine, 1e269, 3), FED_ACCEPT);
  EXPECT_EQ(finite(fine, 1e270, 3), FED_REJECT_NOT_FINITE);
  EXPECT_EQ(finite(fine, 1e270, 1), FED_ACCEPT);
  EXPECT_EQ(finite(fine, 1e270, 0), FED_ACCEPT);
  EXPECT_EQ(finite(inf, 1e-300, 2), FED_REJECT_NOT_FINITE);
  EXPECT_EQ(finite(nan, 1e-300, 2), FED_REJECT_NOT_FINITE);
}

}  // namespace
