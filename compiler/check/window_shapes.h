// Shapes of convolutions and pools. (Inside compiler/check.)
#ifndef FEDC_COMPILER_CHECK_WINDOW_SHAPES_H_
#define FEDC_COMPILER_CHECK_WINDOW_SHAPES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/check/refusal.h"
#include "compiler/types/type.h"

namespace fedc::checking {

// Static arguments as they are given: empty where they are not. `padding` has two numbers a
// dimension, before and after.
struct WindowNumbers {
  std::vector<int64_t> window, strides, padding, dilation;
  int64_t groups = 1;
};

// The result's dimensions. Nothing, and a reason, where the operands do not fit; an operand is a
// tensor (batch, spatial dimensions, channels), a filter one of (spatial dimensions, channels of
// the operand, channels of the result).
std::optional<std::vector<Dim>> convolution_dims(const Type* operand, const Type* filter,
                                                 const WindowNumbers& numbers, Refusal* why);
std::optional<std::vector<Dim>> pool_dims(const Type* operand, const WindowNumbers& numbers,
                                          Refusal* why);

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_WINDOW_SHAPES_H_
