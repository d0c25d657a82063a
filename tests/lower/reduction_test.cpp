// Reductions that keep the last dimension, compiled against interpreted, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::Tensor;
using Dims = std::vector<int64_t>;

template <class T>
Tensor random_tensor(std::mt19937& random, const Dims& dims, bool special) {
  Tensor tensor = Tensor::zeros(fedrt::element_of<T>(), dims);
  for (T& x : tensor.as<T>()) {
    if constexpr (std::is_floating_point_v<T>) {
      constexpr T kInfinity = std::numeric_limits<T>::infinity();
      const T some[] = {std::numeric_limits<T>::quiet_NaN(), kInfinity, -kInfinity, T(-0.0), T(0)};
      x = std::uniform_real_distribution<T>(-2, 2)(random);
      if (special && random() % 40 == 0) x = some[random() % 5];
    } else {
      x = static_cast<T>(random());
    }
  }
  return tensor;
}

// `reduced` and sizes as MLIR writes them; the first dimension is unknown where it has a bound.
template <class T>
void check(const std::string& element, const Dims& dims, const Dims& reduced, int64_t bound) {
  std::string in = "tensor<", bounds, dimensions, out = "tensor<", out_bounds;
  for (int64_t d = 0; d < static_cast<int64_t>(dims.size()); ++d) {
    const bool unknown = d == 0 && bound >= 0;
    const std::string size = (unknown ? "?" : std::to_string(dims[d])) + "x",
                      most = std::to_string(unknown ? bound : -1);
    in += size;
    bounds += (d ? ", " : "") + most;
    if (std::find(reduced.begin(), reduced.end(), d) != reduced.end()) {
      dimensions += (dimensions.empty() ? "" : ", ") + std::to_string(d);
    } else {
      out += size;
      out_bounds += (out_bounds.empty() ? "" : ", ") + most;
    }
  }
  auto close = [&](std::string& type, const std::string& with) {
    bool unknown = type.find('?') != std::string::npos;
    type += element + (unknown ? ", #local.bounds<[" + with + "]>>" : ">");
  };
  close(in, bounds);
  close(out, out_bounds);
  std::mt19937 random(dims.back());
  for (const char* kind : {"sum", "product", "max", "min"}) {
    const std::string module = "func.func @f(%x: " + in + ") -> " + out +
                               " {\n  %r = local.reduce " + kind + " %x dims = [" + dimensions +
                               "] : " + in + " -> " + out + "\n  return %r : " + out + "\n}\n";
    SCOPED_TRACE(module);
    std::vector<std::vector<LeafValue>> runs;
    for (bool special : {false, true})
      runs.push_back({{random_tensor<T>(random, dims, special), {}}});
    expect_same(module, runs);
  }
}

TEST(Reduction, ColumnsOfAnyNumber) {
  for (int64_t columns : {1, 2, 3, 7, 8, 10, 21}) {
    check<float>("f32", {35, columns}, {0}, columns % 2 ? 40 : -1);
    check<double>("f64", {3, 5, columns}, {0, 1}, 3);
  }
}

TEST(Reduction, DimensionsBetween) {
  check<float>("f32", {4, 7, 5, 20}, {0, 2}, -1);
  check<float>("f32", {4, 7, 5, 20}, {1, 2}, 6);
  check<int32_t>("i32", {4, 19, 9}, {1}, 6);
  check<uint8_t>("ui8", {40, 33}, {0}, -1);
}

TEST(Reduction, NothingToReduce) {
  check<float>("f32", {0, 20}, {0}, -1);
  check<float>("f32", {0, 20}, {0}, 4);
  check<float>("f32", {0, 3, 20}, {1}, 4);
}

}  // namespace
}  // namespace fedc::testing
