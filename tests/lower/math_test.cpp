// Elementary functions without a math library: within 4 ulp of the x87's 64-bit results, some
// within less.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::Tensor;

constexpr int64_t kBatch = 4096;

template <typename T>
using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

// Every exponent, numbers near what is special, and numbers near 1 and 0.
template <typename T>
std::vector<T> samples(size_t count, uint64_t seed) {
  using L = std::numeric_limits<T>;
  std::vector<T> values = {0,
                           1,
                           2,
                           L::infinity(),
                           L::quiet_NaN(),
                           L::denorm_min(),
                           L::min(),
                           L::max(),
                           L::epsilon(),
                           T(0.5),
                           T(88.7),
                           T(89),
                           T(103.9),
                           T(104.5),
                           T(709.7),
                           T(709.8),
                           T(745.1),
                           T(745.2),
                           T(746),
                           T(20),
                           T(45),
                           T(3),
                           T(10),
                           std::nextafter(L::min(), T(0)),
                           std::nextafter(T(1), T(0)),
                           std::nextafter(T(1), T(2)),
                           T(0.34657),
                           T(0.3466),
                           T(0.7071067),
                           T(0.70711)};
  size_t special = values.size();
  for (size_t i = 0; i < special; ++i) values.push_back(-values[i]);
  std::mt19937_64 random(seed);
  auto unit = [&] { return std::ldexp(T(random() >> 11), -53); };
  // Next to multiples of pi / 2, of all sizes.
  for (int i = 0; i < 400; ++i) {
    T multiple =
        static_cast<T>(std::floor(std::ldexp(unit(), i % 40 + 1)) * 1.57079632679489661923L);
    for (T value : {multiple, std::nextafter(multiple, T(0)), -multiple}) values.push_back(value);
  }
  // The float64 and the float32 that are closest to one.
  values.push_back(T(0x1.7999bbcc90e28p+861));
  values.push_back(T(0x1.6ac5b262ca1ffp+849));
  values.push_back(T(0x1.5fe4ffp+57));
  while (values.size() < count) {
    switch (random() % 4) {
      case 0:
        values.push_back(std::bit_cast<T>(static_cast<Bits<T>>(random())));
        break;
      case 1:
        values.push_back((unit() - T(0.5)) * 8);
        break;
      case 2:
        values.push_back((unit() - T(0.5)) * (sizeof(T) == 4 ? 220 : 1600));
        break;
      default:
        values.push_back(1 + (unit() - T(0.5)) * std::ldexp(T(1), -int(random() % 24)));
    }
  }
  values.resize(count);
  return values;
}

// The distance of `got` from the exact `want` in units of the last place of want's type.
template <typename T>
double ulps(T got, long double want) {
  T nearest = static_cast<T>(want);
  if (std::isnan(want)) return std::isnan(got) ? 0 : 1e9;
  if (std::isinf(nearest) || std::isinf(got)) {
    if (nearest == got) return 0;
    // One of both just overflowed: allow the largest number for infinity.
    T most = std::copysign(std::numeric_limits<T>::max(), nearest);
    return (nearest == most || got == most) && std::signbit(got) == std::signbit(nearest) ? 1 : 1e9;
  }
  if (nearest == 0 && got == 0) return 0;
  int exponent = nearest == 0 ? std::numeric_limits<T>::min_exponent : std::ilogb(nearest) + 1;
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  long double unit = std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits);
  return static_cast<double>(std::fabs((static_cast<long double>(got) - want) / unit));
}

template <typename T>
const char* type_name() {
  return sizeof(T) == 4 ? "f32" : "f64";
}

template <typename T>
void check_unary(const char* op, long double (*exact)(long double), double bound = 4,
                 size_t count = 1 << 17) {
  std::string type = "tensor<" + std::to_string(kBatch) + "x" + type_name<T>() + ">";
  auto compiled =
      Compiled::of_function("func.func @f(%x: " + type + ") -> " + type + " {\n %r = local." + op +
                            " %x : " + type + "\n return %r : " + type + "\n}");
  ASSERT_TRUE(compiled);
  std::vector<T> values = samples<T>(count, 1);
  double worst = 0;
  for (size_t at = 0; at < values.size(); at += kBatch) {
    std::span<const T> part(values.data() + at, kBatch);
    Outcome outcome = compiled->run({LeafValue{Tensor::of<T>({kBatch}, part), {}}});
    ASSERT_EQ(outcome.error.status, FED_OK);
    auto got = outcome.results[0].as<T>();
    for (int64_t i = 0; i < kBatch; ++i) {
      double error = ulps<T>(got[i], exact(part[i]));
      worst = std::max(worst, error);
      ASSERT_LE(error, bound) << op << "(" << std::hexfloat << part[i] << ") = " << got[i]
                              << " instead of " << static_cast<T>(exact(part[i]));
      if (got[i] == 0) {
        ASSERT_EQ(std::signbit(got[i]), std::signbit(static_cast<T>(exact(part[i])))) << part[i];
      }
    }
  }
  printf("%s %s: %.2f ulp\n", op, type_name<T>(), worst);
}

long double logistic(long double x) { return 1 / (1 + std::exp(-x)); }

#define UNARY(name, op, ...)                                    \
  TEST(Math, name##32) { check_unary<float>(op, __VA_ARGS__); } \
  TEST(Math, name##64) { check_unary<double>(op, __VA_ARGS__); }
UNARY(Exp, "exp", std::exp)
UNARY(Log, "log", std::log)
UNARY(LogPlusOne, "log_plus_one", std::log1p)
UNARY(ExponentialMinusOne, "exponential_minus_one", std::expm1)
UNARY(Tanh, "tanh", std::tanh)
UNARY(Logistic, "logistic", logistic)
UNARY(Sine, "sine", std::sin, 1)
UNARY(Cosine, "cosine", std::cos, 1)
UNARY(Erf, "erf", std::erf, 2)

template <typename T>
void check_power(size_t count) {
  std::string type = "tensor<" + std::to_string(kBatch) + "x" + type_name<T>() + ">";
  auto compiled = Compiled::of_function("func.func @f(%x: " + type + ", %y: " + type + ") -> " +
                                        type + " {\n %r = local.power %x, %y : " + type +
                                        "\n return %r : " + type + "\n}");
  ASSERT_TRUE(compiled);
  std::vector<T> x = samples<T>(count, 2), y = samples<T>(count, 3);
  std::mt19937_64 random(4);
  std::vector<T> special = samples<T>(60, 5);
  for (size_t i = 0; i < 3600; ++i) x[i] = special[i / 60], y[i] = special[i % 60];
  for (size_t i = 3600; i < count; ++i) {
    if (i % 3 == 0) y[i] = T(int64_t(random() % 41) - 20);
    // A result anywhere in the range, subnormal ones too.
    if (i % 3 == 1 && x[i] > 0 && std::isfinite(x[i]) && x[i] != 1) {
      double range = sizeof(T) == 4 ? 104 : 745;
      y[i] = T((random() / 0x1p63 - 1) * range / std::log(static_cast<double>(x[i])));
    }
  }
  double worst = 0;
  for (size_t at = 0; at < count; at += kBatch) {
    Outcome outcome =
        compiled->run({LeafValue{Tensor::of<T>({kBatch}, std::span<const T>(&x[at], kBatch)), {}},
                       LeafValue{Tensor::of<T>({kBatch}, std::span<const T>(&y[at], kBatch)), {}}});
    ASSERT_EQ(outcome.error.status, FED_OK);
    auto got = outcome.results[0].as<T>();
    for (int64_t i = 0; i < kBatch; ++i) {
      long double want =
          std::pow(static_cast<long double>(x[at + i]), static_cast<long double>(y[at + i]));
      double error = ulps<T>(got[i], want);
      worst = std::max(worst, error);
      ASSERT_LE(error, 4) << std::hexfloat << "pow(" << x[at + i] << ", " << y[at + i]
                          << ") = " << got[i] << " instead of " << static_cast<T>(want);
    }
  }
  printf("power %s: %.2f ulp\n", type_name<T>(), worst);
}
TEST(Math, Power32) { check_power<float>(1 << 17); }
TEST(Math, Power64) { check_power<double>(1 << 17); }

}  // namespace
}  // namespace fedc::testing
