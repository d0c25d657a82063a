#include "compiler/check/window_shapes.h"

namespace fedc::checking {
namespace {

constexpr int64_t kMost = int64_t{1} << 31;

using Dims = std::optional<std::vector<Dim>>;

struct Windows {
  const Type* operand;
  const WindowNumbers& numbers;
  Refusal* why;

  std::nullopt_t refuse(std::string text, std::string hint = "") {
    *why = {std::move(text), std::move(hint), ""};
    return std::nullopt;
  }
  size_t spatial() const { return operand->rank() - 2; }

  // Whether a list has a number from `least` on for each spatial dimension, if it is given.
  bool fits(const char* name, const std::vector<int64_t>& list, size_t each, int64_t least) {
    if (!list.empty() && list.size() != each * spatial()) {
      std::string entries;
      for (size_t i = 0; i < spatial(); ++i) entries += i == 0 ? "2" : ", 2";
      if (spatial() == 1) entries += ",";
      refuse("`" + std::string(name) + "` has " + std::to_string(list.size() / each) +
                 " entries, and there " +
                 (spatial() == 1 ? "is 1 dimension"
                                 : "are " + std::to_string(spatial()) + " dimensions") +
                 " between batch and channels",
             "write an entry for each: `" + std::string(name) + "=(" + entries + ")`");
      return false;
    }
    for (int64_t number : list) {
      if (number >= least && number <= kMost) continue;
      refuse("`" + std::string(name) + "` is at least " + std::to_string(least) +
             " and at most 2^31, not " + std::to_string(number));
      return false;
    }
    return true;
  }

  bool known() {
    for (size_t i = 1; i < operand->rank(); ++i) {
      if (operand->dims()[i].is_fixed()) continue;
      refuse("only dimension 0, the batch, may be unknown, and dimension " + std::to_string(i) +
                 " is `" + operand->dims()[i].to_string() + "`",
             "give that dimension a number where it is declared");
      return false;
    }
    return true;
  }

  int64_t padding(size_t i, bool after) {
    return numbers.padding.empty() ? 0 : numbers.padding[2 * i + after];
  }
  static int64_t entry(const std::vector<int64_t>& list, size_t i, int64_t otherwise) {
    return list.empty() ? otherwise : list[i];
  }

  // How many windows of `window` places fit into spatial dimension i.
  std::optional<Dim> count(size_t i, int64_t window, int64_t stride) {
    const int64_t size = operand->dims()[i + 1].size();
    const int64_t places = padding(i, false) + size + padding(i, true);
    if (window <= places) return Dim::fixed((places - window) / stride + 1);
    return refuse("a window of " + std::to_string(window) + " does not fit into dimension " +
                      std::to_string(i + 1) + ", which has " + std::to_string(size) +
                      (places == size ? "" : ", with its padding " + std::to_string(places)),
                  "take a smaller window, or more `padding`");
  }
};

// Where the last dimensions are missing.
std::string hint_of_channels(const Type* operand) {
  return operand->rank() == 2 ? "`expand_dims(x, 2)` adds a dimension for one channel, which "
                                "`squeeze(..., 2)` takes away again"
                              : "";
}

}  // namespace

Dims convolution_dims(const Type* operand, const Type* filter, const WindowNumbers& numbers,
                      Refusal* why) {
  Windows w{operand, numbers, why};
  const size_t rank = operand->rank();
  if (rank < 3) {
    return w.refuse(
        "`x` has dimensions for the batch, for at least one axis, and for "
        "channels",
        hint_of_channels(operand));
  }
  if (filter->rank() != rank) {
    return w.refuse("the filter needs as many dimensions as `x`, which has " +
                        std::to_string(rank) +
                        ": the window's, the channels that it takes, and those that it makes",
                    "a window has as many dimensions as there are between batch and channels: " +
                        std::to_string(rank - 2));
  }
  if (!w.known() || !w.fits("strides", numbers.strides, 1, 1) ||
      !w.fits("dilation", numbers.dilation, 1, 1) || !w.fits("padding", numbers.padding, 2, 0)) {
    return std::nullopt;
  }
  for (size_t i = 0; i < rank; ++i) {
    if (filter->dims()[i].is_fixed()) continue;
    return w.refuse("dimension " + std::to_string(i) + " of the filter is `" +
                    filter->dims()[i].to_string() + "`; a filter's dimensions are known");
  }
  const int64_t channels = operand->dims()[rank - 1].size(), groups = numbers.groups;
  const int64_t taken = filter->dims()[rank - 2].size(), made = filter->dims()[rank - 1].size();
  if (groups < 1 || groups > kMost) {
    return w.refuse("`groups` is at least 1, not " + std::to_string(groups));
  }
  if (taken > kMost || taken * groups != channels) {
    return w.refuse((channels == 1 ? "there is 1 channel"
                                   : "there are " + std::to_string(channels) + " channels") +
                    std::string(" in dimension ") + std::to_string(rank - 1) +
                    " of `x`, and the filter takes " + std::to_string(taken) +
                    (groups == 1 ? "" : " for each of " + std::to_string(groups) + " groups") +
                    ", its dimension " + std::to_string(rank - 2));
  }
  if (made % groups != 0) {
    return w.refuse("the filter makes " + std::to_string(made) + " channels, its dimension " +
                        std::to_string(rank - 1) + ", which " + std::to_string(groups) +
                        " groups do not share equally",
                    "let it make a multiple of " + std::to_string(groups));
  }
  std::vector<Dim> dims = {operand->dims()[0]};
  for (size_t i = 0; i < w.spatial(); ++i) {
    const int64_t size = filter->dims()[i].size();
    if (size < 1 || size > kMost) {
      return w.refuse("dimension " + std::to_string(i) + " of the filter is " +
                      std::to_string(size) + ", which makes no window");
    }
    auto dim = w.count(i, (size - 1) * w.entry(numbers.dilation, i, 1) + 1,
                       w.entry(numbers.strides, i, 1));
    if (!dim) return std::nullopt;
    dims.push_back(*dim);
  }
  dims.push_back(Dim::fixed(made));
  return dims;
}

Dims pool_dims(const Type* operand, const WindowNumbers& numbers, Refusal* why) {
  Windows w{operand, numbers, why};
  if (operand->rank() < 3) {
    return w.refuse("it takes dimensions for the batch, for at least one axis, and for channels",
                    hint_of_channels(operand));
  }
  if (numbers.window.empty())
    return w.refuse("`window` has no entries",
                    "write one number for each dimension of an image: `window=(height, width)`");
  if (!w.known() || !w.fits("window", numbers.window, 1, 1) ||
      !w.fits("strides", numbers.strides, 1, 1) || !w.fits("padding", numbers.padding, 2, 0)) {
    return std::nullopt;
  }
  std::vector<Dim> dims = {operand->dims()[0]};
  for (size_t i = 0; i < w.spatial(); ++i) {
    const int64_t window = numbers.window[i];
    for (bool after : {false, true}) {
      if (w.padding(i, after) < window) continue;
      return w.refuse("a window of " + std::to_string(window) + " and a padding of " +
                          std::to_string(w.padding(i, after)) +
                          " make windows of nothing but padding",
                      "a padding is less than its window");
    }
    auto dim = w.count(i, window, w.entry(numbers.strides, i, window));
    if (!dim) return std::nullopt;
    dims.push_back(*dim);
  }
  dims.push_back(operand->dims().back());
  return dims;
}

}  // namespace fedc::checking
