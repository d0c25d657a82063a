// Convolutions and reductions of windows, compiled against interpreted, over random shapes and
// elements: sizes 0 and 1, windows that do not fit, NaN, infinities and zeros of both signs.
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::ElementType;
using fedrt::Tensor;
using Dims = std::vector<int64_t>;

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int64_t below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(engine_); }
  bool coin() { return below(2) == 1; }
  int64_t size() { return std::discrete_distribution<int64_t>({1, 3, 4, 4, 3, 2})(engine_); }

  template <class T>
  Tensor fill(const Dims& dims, bool special) {
    Tensor tensor = Tensor::zeros(fedrt::element_of<T>(), dims);
    for (T& x : tensor.as<T>()) {
      if constexpr (std::is_floating_point_v<T>) {
        static constexpr T kSpecial[] = {std::numeric_limits<T>::quiet_NaN(),
                                         std::numeric_limits<T>::infinity(),
                                         -std::numeric_limits<T>::infinity(), T(-0.0), T(0)};
        x = std::uniform_real_distribution<T>(-2, 2)(engine_);
        if (special && below(6) == 0) x = kSpecial[below(5)];
      } else {
        x = static_cast<T>(engine_());
      }
    }
    return tensor;
  }
  Tensor tensor(const std::string& element, const Dims& dims, bool special) {
    if (element == "f32") return fill<float>(dims, special);
    if (element == "f64") return fill<double>(dims, special);
    if (element == "i32") return fill<int32_t>(dims, special);
    return fill<uint8_t>(dims, special);
  }

 private:
  std::mt19937 engine_;
};

std::string list(const Dims& values) {
  std::string text;
  for (int64_t v : values) text += (text.empty() ? "" : ", ") + std::to_string(v);
  return "[" + text + "]";
}

// The first dimension unknown, with this bound, or not (-1).
std::string type(const Dims& dims, const std::string& element, int64_t bound) {
  std::string text = "tensor<", bounds;
  for (size_t i = 0; i < dims.size(); ++i) {
    const bool unknown = i == 0 && bound >= 0;
    text += (unknown ? "?" : std::to_string(dims[i])) + "x";
    bounds += (i ? ", " : "") + std::to_string(unknown ? bound : -1);
  }
  return text + element + (bound >= 0 ? ", #local.bounds<[" + bounds + "]>>" : ">");
}

int64_t positions(int64_t size, int64_t window, int64_t stride, int64_t low, int64_t high) {
  const int64_t places = low + size + high;
  return places < window ? 0 : (places - window) / stride + 1;
}

const char* const kElements[] = {"f32", "f64", "i32", "ui8"};

// What both gradients and the convolution itself compute of the same three tensors.
void check_convolution(Random& random, const std::string& element, Dims in_sizes, int64_t in,
                       int64_t out, int64_t groups) {
  const int64_t batch = random.below(8), bound = random.coin() ? batch + 1 : -1;
  Dims x = {batch}, w, y = {batch}, strides, padding, dilation;
  for (size_t i = 0; i < in_sizes.size(); ++i) {
    strides.push_back(1 + random.below(3));
    dilation.push_back(1 + random.below(3));
    padding.push_back(random.below(4));
    padding.push_back(random.below(4));
    w.push_back(1 + random.below(4));
    x.push_back(in_sizes[i]);
    y.push_back(positions(x.back(), (w[i] - 1) * dilation[i] + 1, strides[i], padding[2 * i],
                          padding[2 * i + 1]));
  }
  x.push_back(groups * in);
  w.push_back(in);
  w.push_back(groups * out);
  y.push_back(groups * out);
  const std::string attributes = " strides = " + list(strides) + " padding = " + list(padding) +
                                 " dilation = " + list(dilation) +
                                 " groups = " + std::to_string(groups);
  const std::string tx = type(x, element, bound), tw = type(w, element, -1),
                    ty = type(y, element, bound);
  const auto line = [&](const std::string& name, const std::string& op, const std::string& a,
                        const std::string& ta, const std::string& b, const std::string& tb,
                        const std::string& result) {
    return "  %" + name + " = local." + op + " %" + a + ", %" + b + attributes + " : (" + ta +
           ", " + tb + ") -> " + result + "\n";
  };
  const std::string module = "func.func @f(%x: " + tx + ", %w: " + tw + ", %y: " + ty + ") -> (" +
                             ty + ", " + tx + ", " + tw + ") {\n" +
                             line("a", "convolution", "x", tx, "w", tw, ty) +
                             line("b", "convolution_data", "y", ty, "w", tw, tx) +
                             line("c", "convolution_filter", "x", tx, "y", ty, tw) +
                             "  return %a, %b, %c : " + ty + ", " + tx + ", " + tw + "\n}\n";
  SCOPED_TRACE(module);
  std::vector<std::vector<LeafValue>> runs;
  for (bool special : {false, true})
    runs.push_back({{random.tensor(element, x, special), {}},
                    {random.tensor(element, w, special), {}},
                    {random.tensor(element, y, special), {}}});
  expect_same(module, runs);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) expect_same(module, runs, "x86-64-v4");
#endif
}

TEST(Convolution, AnyShape) {
  for (int i = 0; i < 40 && !HasFailure(); ++i) {
    Random random(100 + i);
    Dims sizes(1 + random.below(3));
    for (int64_t& size : sizes) size = random.size();
    check_convolution(random, kElements[random.below(4)], sizes, random.below(3), random.below(4),
                      1 + random.below(3));
  }
}

// Enough channels for whole tiles, more than one, and what is left over.
TEST(Convolution, ManyChannels) {
  for (int64_t channels : {16, 37, 70}) {
    for (const char* element : {"f32", "f64"}) {
      Random random(channels);
      check_convolution(random, element, {5, 6}, 3, channels, 1);
      check_convolution(random, element, {5, 6}, channels, 3, 1);
    }
  }
}

// The batches of operand and gradient may turn out to differ.
TEST(Convolution, BatchesMustAgree) {
  const std::string x = type({0, 3, 1}, "f32", 4), y = type({0, 2, 1}, "f32", 4);
  const auto run = [](Random& random, int64_t a, int64_t b) -> std::vector<LeafValue> {
    return {{random.tensor("f32", {a, 3, 1}, false), {}},
            {random.tensor("f32", {b, 2, 1}, false), {}}};
  };
  Random random(1);
  expect_same("func.func @f(%x: " + x + ", %y: " + y +
                  ") -> tensor<2x1x1xf32> {\n"
                  "  %r = local.convolution_filter %x, %y strides = [1] padding = [0, 0] "
                  "dilation = [1] groups = 1 : (" +
                  x + ", " + y + ") -> tensor<2x1x1xf32>\n  return %r : tensor<2x1x1xf32>\n}\n",
              {run(random, 4, 4), run(random, 0, 0), run(random, 3, 4), run(random, 4, 1)});
}

TEST(Windows, AnyShape) {
  for (int i = 0; i < 40 && !HasFailure(); ++i) {
    Random random(500 + i);
    const std::string element = kElements[random.below(4)];
    const int64_t rank = random.below(4), bound = rank > 0 && random.coin() ? 6 : -1;
    Dims x(rank), y(rank), window, strides, padding;
    for (int64_t d = 0; d < rank; ++d) {
      const bool whole = (d == 0 && bound >= 0) || random.below(4) == 0;
      x[d] = random.size();
      window.push_back(whole ? 1 : 1 + random.below(4));
      strides.push_back(whole ? 1 : 1 + random.below(3));
      padding.push_back(random.below(window[d]));
      padding.push_back(random.below(window[d]));
      y[d] = positions(x[d], window[d], strides[d], padding[2 * d], padding[2 * d + 1]);
    }
    const std::string tx = type(x, element, bound), ty = type(y, element, bound);
    const std::string attributes = " window = " + list(window) + " strides = " + list(strides) +
                                   " padding = " + list(padding) + " : ";
    const std::string kind = random.coin() ? "max" : "min";
    const std::string module =
        "func.func @f(%x: " + tx + ", %v: " + tx + ", %y: " + ty + ") -> (" + ty + ", " + ty +
        ", " + tx + ", " + ty + ") {\n  %a = local.reduce_window sum %x" + attributes + tx +
        " -> " + ty + "\n  %b = local.reduce_window " + kind + " %x" + attributes + tx + " -> " +
        ty + "\n  %c = local.select_and_scatter " + kind + " %x, %y" + attributes + "(" + tx +
        ", " + ty + ") -> " + tx + "\n  %d = local.select_and_gather " + kind + " %x, %v" +
        attributes + "(" + tx + ", " + tx + ") -> " + ty + "\n  return %a, %b, %c, %d : " + ty +
        ", " + ty + ", " + tx + ", " + ty + "\n}\n";
    SCOPED_TRACE(module);
    std::vector<std::vector<LeafValue>> runs;
    for (bool special : {false, true})
      runs.push_back({{random.tensor(element, x, special), {}},
                      {random.tensor(element, x, special), {}},
                      {random.tensor(element, y, special), {}}});
    expect_same(module, runs);
  }
}

// As in pooling: no padding, no element in two windows, some perhaps in none; channels behind.
TEST(Windows, ApartFromEachOther) {
  for (int64_t channels : {1, 3, 8, 20}) {
    for (const char* element : kElements) {
      Random random(channels);
      const int64_t window = 2 + random.below(2), stride = window + random.below(2);
      const Dims x = {3, 7, 6, channels},
                 y = {3, positions(7, window, stride, 0, 0), positions(6, 2, 2, 0, 0), channels};
      const std::string tx = type(x, element, 5), ty = type(y, element, 5);
      const std::string attributes = " window = " + list({1, window, 2, 1}) +
                                     " strides = " + list({1, stride, 2, 1}) +
                                     " padding = [0, 0, 0, 0, 0, 0, 0, 0] : ";
      for (const char* kind : {"max", "min"}) {
        const std::string module =
            "func.func @f(%x: " + tx + ", %y: " + ty + ") -> (" + ty + ", " + tx +
            ") {\n  %a = local.reduce_window " + kind + " %x" + attributes + tx + " -> " + ty +
            "\n  %b = local.select_and_scatter " + kind + " %x, %y" + attributes + "(" + tx + ", " +
            ty + ") -> " + tx + "\n  return %a, %b : " + ty + ", " + tx + "\n}\n";
        SCOPED_TRACE(module);
        std::vector<std::vector<LeafValue>> runs;
        for (bool special : {false, true})
          runs.push_back(
              {{random.tensor(element, x, special), {}}, {random.tensor(element, y, special), {}}});
        expect_same(module, runs);
      }
    }
  }
}

// Filters and batches of more than what stays in the innermost cache.
TEST(Convolution, Panels) {
  for (int64_t channels : {1, 24}) {
    Random random(channels);
    check_convolution(random, "f32", {15, 14}, channels, 40, 1);
    check_convolution(random, "f32", {12, 13}, 40, channels, 1);
    check_convolution(random, "f32", {9, 16}, 20, 20, 2);
  }
}

}  // namespace
}  // namespace fedc::testing
