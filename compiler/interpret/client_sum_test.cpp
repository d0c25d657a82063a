// The kernels that sum over clients against exact arithmetic.
#include "compiler/interpret/client_sum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

#include "runtime/server/accumulators.h"

namespace fedc::interpret {
namespace {

// The sum, rounded once: what does not fit into the leading term is kept in further ones, without
// overlap (Shewchuk, "Adaptive precision floating-point arithmetic", 1997).
double exact_sum(const std::vector<double>& values) {
  std::vector<double> terms;
  for (double x : values) {
    size_t kept = 0;
    for (double y : terms) {
      if (std::fabs(x) < std::fabs(y)) std::swap(x, y);
      const double sum = x + y, lost = y - (sum - x);
      if (lost != 0) terms[kept++] = lost;
      x = sum;
    }
    terms.resize(kept);
    terms.push_back(x);
  }
  double sum = 0;
  for (auto term = terms.rbegin(); term != terms.rend(); ++term) sum += *term;
  return sum;
}

template <class T>
T kernel_sum(const std::vector<double>& values) {
  std::vector<Tensor> tensors;
  for (const double x : values) tensors.push_back(Tensor::scalar<T>(static_cast<T>(x)));
  return client_sum(tensors, fedrt::element_of<T>(), {}).template as<T>()[0];
}

// Values of very different sizes, with cancellation.
template <class T>
std::vector<double> random_values(std::mt19937_64& random, int spread) {
  std::vector<double> values;
  const int count = 1 + static_cast<int>(random() % 200);
  for (int i = 0; i < count; ++i) {
    const double mantissa = static_cast<double>(random() >> 11) * 0x1p-53 - 0.5;
    const int exponent = static_cast<int>(random() % (2 * spread + 1)) - spread;
    values.push_back(static_cast<T>(std::ldexp(mantissa, exponent)));
    if (random() % 4 == 0) values.push_back(-values[random() % values.size()]);
  }
  return values;
}

template <class T>
void expect_within_bound(const std::vector<double>& values, double unit, double window) {
  const double exact = exact_sum(values);
  double largest = 0;
  for (const double x : values) largest = std::max(largest, std::fabs(x));
  const double bound =
      unit * std::fabs(exact) + static_cast<double>(values.size()) * window * largest;
  EXPECT_LE(std::fabs(kernel_sum<T>(values) - exact), bound * (1 + 0x1p-20))
      << values.size() << " values";
}

TEST(ClientSum, Float32IsWithinItsBoundOfTheExactSum) {
  std::mt19937_64 random(1);
  for (int spread : {0, 3, 20, 60, 120}) {
    for (int i = 0; i < 200; ++i) {
      expect_within_bound<float>(random_values<float>(random, spread), 0x1p-24, 0x1p-38);
    }
  }
}

TEST(ClientSum, Float64IsWithinItsBoundOfTheExactSum) {
  std::mt19937_64 random(2);
  for (int spread : {0, 3, 20, 60, 500}) {
    for (int i = 0; i < 200; ++i) {
      // The exact sum is itself rounded here.
      expect_within_bound<double>(random_values<double>(random, spread), 0x1p-52, 0x1p-114);
    }
  }
}

TEST(ClientSum, NoFloat32SumOfModestSizesIsOffByMoreThanItsRounding) {
  // Sizes within 2^8 of each other: the window reaches far below what a float32 can show.
  std::mt19937_64 random(3);
  for (int i = 0; i < 500; ++i) {
    const std::vector<double> values = random_values<float>(random, 4);
    EXPECT_EQ(kernel_sum<float>(values), static_cast<float>(exact_sum(values)));
  }
}

TEST(ClientSum, IntegersWrapAndNothingGivesZeros) {
  EXPECT_EQ(
      client_sum({Tensor::scalar<int8_t>(100), Tensor::scalar<int8_t>(100)}, ElementType::kInt8, {})
          .as<int8_t>()[0],
      -56);
  EXPECT_EQ(client_sum({}, ElementType::kFloat32, {2}), Tensor::zeros(ElementType::kFloat32, {2}));
}

// The plain arithmetic and the kernels' vectors.
TEST(ClientSum, WeightedSumsAreThoseOfTheKernels) {
  std::mt19937_64 random(4);
  for (int spread : {0, 3, 20, 60, 120}) {
    for (int i = 0; i < 100; ++i) {
      std::vector<Tensor> narrow, wide, weights;
      std::vector<uint64_t> f32(fed_acc_weighted_f32_bytes(1) / 8),
          f64(fed_acc_weighted_f64_bytes(1) / 8);
      for (const double x : random_values<float>(random, spread)) {
        const double weight = i % 2 ? static_cast<double>(1 + random() % 1000)
                                    : std::ldexp(1 + static_cast<double>(random() >> 12) * 0x1p-52,
                                                 static_cast<int>(random() % 1000) - 700);
        const float value = static_cast<float>(x);
        narrow.push_back(Tensor::scalar<float>(value));
        wide.push_back(Tensor::scalar<double>(x / 3));
        weights.push_back(Tensor::scalar<double>(weight));
        fed_acc_weighted_f32_add(f32.data(), &value, weight, 1);
        fed_acc_weighted_f64_add(f64.data(), wide.back().as<double>().data(), weight, 1);
      }
      double sum;
      fed_acc_weighted_f32_report(f32.data(), &sum, 1);
      EXPECT_EQ(client_weighted_sum(narrow, weights, {}).as<double>()[0], sum);
      fed_acc_weighted_f64_report(f64.data(), &sum, 1);
      EXPECT_EQ(client_weighted_sum(wide, weights, {}).as<double>()[0], sum);
    }
  }
}

TEST(ClientSum, Weights) {
  EXPECT_TRUE(is_weight(Tensor::scalar<float>(-0.f)));
  EXPECT_TRUE(is_zero(Tensor::scalar<float>(-0.f)));
  EXPECT_FALSE(is_weight(Tensor::scalar<int64_t>(-1)));
  EXPECT_FALSE(is_weight(Tensor::scalar<double>(INFINITY)));
  EXPECT_FALSE(is_weight(Tensor::scalar<double>(NAN)));
  EXPECT_TRUE(is_weight(Tensor::scalar<uint64_t>((uint64_t{1} << 38) - 1)));
  EXPECT_FALSE(is_weight(Tensor::scalar<uint64_t>(uint64_t{1} << 38)));
}

}  // namespace
}  // namespace fedc::interpret
