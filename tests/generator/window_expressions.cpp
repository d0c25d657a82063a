// Productions of convolutions and pools.
#include <algorithm>

#include "tests/generator/expressions.h"

namespace fedc::generator {
namespace {

// One axis of a window: what a size of the result says of the operand's.
struct Axis {
  int64_t window = 1, stride = 1, dilation = 1, low = 0, high = 0, size = 0;

  std::string padding() const {
    return "(" + std::to_string(low) + ", " + std::to_string(high) + ")";
  }
};

// `positions` >= 1; the padding is below the window.
Axis any_axis(Random& random, int64_t positions, bool dilated) {
  Axis axis;
  axis.window = random.between(1, 3);
  axis.stride = random.between(1, 3);
  axis.dilation = dilated ? random.between(1, 2) : 1;
  axis.low = random.below(static_cast<int>(axis.window));
  axis.high = random.below(static_cast<int>(axis.window));
  const int64_t places = (positions - 1) * axis.stride + (axis.window - 1) * axis.dilation + 1 +
                         random.below(static_cast<int>(axis.stride));
  axis.size = places - axis.low - axis.high;
  if (axis.size < 1) {
    axis.size = places;
    axis.low = axis.high = 0;
  }
  return axis;
}

}  // namespace

// The result as a batch, one axis and channels.
NodePtr Expressions::windowed(const TyPtr& type, int depth) {
  if (type->dims.empty() || has_unknown_dims(*type) || element_count(*type) == 0 ||
      element_count(*type) > 200) {
    return nullptr;
  }
  const bool apart = type->dims.size() > 1;
  const int64_t batch = apart ? type->dims.front().size : 1;
  const int64_t channels = apart ? type->dims.back().size : 1;
  const int64_t positions = element_count(*type) / (batch * channels);
  const bool pools = random_.chance(40);
  const Axis axis = any_axis(random_, positions, !pools);
  const auto number = [](int64_t v) { return std::to_string(v); };
  const auto tensor = [&](int64_t a, int64_t b, int64_t c) {
    return tensor_type(type->element, {Dim{a}, Dim{b}, Dim{c}});
  };
  const std::string around =
      "strides=" + number(axis.stride) + ", padding=(" + axis.padding() + ",))";
  if (pools) {
    NodePtr x = expression(tensor(batch, axis.size, channels), depth - 1);
    if (!x) return nullptr;
    const bool mean = fedrt::is_float(type->element) && random_.chance(50);
    return make(type,
                "reshape<" + to_string(*type) + ">(" + (mean ? "avg_pool" : "max_pool") +
                    "($0, window=" + number(axis.window) + ", " + around + ")",
                {std::move(x)});
  }
  int64_t groups = random_.between(1, 3);
  if (channels % groups != 0) groups = 1;
  const int64_t taken = random_.between(1, 3);
  NodePtr x = expression(tensor(batch, axis.size, groups * taken), depth - 1);
  NodePtr filter = expression(tensor(axis.window, taken, channels), depth - 1);
  if (!x || !filter) return nullptr;
  return make(type,
              "reshape<" + to_string(*type) + ">(convolution($0, $1, dilation=" +
                  number(axis.dilation) + ", groups=" + number(groups) + ", " + around + ")",
              {std::move(x), std::move(filter)});
}

}  // namespace fedc::generator
