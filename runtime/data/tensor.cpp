#include "runtime/data/tensor.h"

#include <bit>
#include <cstring>

namespace fedrt {
namespace {

struct ElementFacts {
  ElementType type;
  std::string_view name;
  size_t size;
};

constexpr ElementFacts kElements[] = {
    {ElementType::kBool, "bool", 1},         {ElementType::kInt8, "int8", 1},
    {ElementType::kInt16, "int16", 2},       {ElementType::kInt32, "int32", 4},
    {ElementType::kInt64, "int64", 8},       {ElementType::kUint8, "uint8", 1},
    {ElementType::kUint16, "uint16", 2},     {ElementType::kUint32, "uint32", 4},
    {ElementType::kUint64, "uint64", 8},     {ElementType::kFloat16, "float16", 2},
    {ElementType::kBfloat16, "bfloat16", 2}, {ElementType::kFloat32, "float32", 4},
    {ElementType::kFloat64, "float64", 8},
};

}  // namespace

size_t element_size(ElementType type) {
  for (const ElementFacts& facts : kElements)
    if (facts.type == type) return facts.size;
  return 0;
}

std::string_view element_name(ElementType type) {
  for (const ElementFacts& facts : kElements)
    if (facts.type == type) return facts.name;
  return "unknown";
}

std::optional<ElementType> element_from_name(std::string_view name) {
  for (const ElementFacts& facts : kElements)
    if (facts.name == name) return facts.type;
  return std::nullopt;
}

std::optional<int64_t> element_count(std::span<const int64_t> dims) {
  constexpr int64_t kLimit = int64_t{1} << 62;
  int64_t count = 1;
  bool empty = false;
  for (int64_t dim : dims) {
    if (dim < 0) return std::nullopt;
    if (dim == 0) {
      empty = true;
      continue;
    }
    if (count > kLimit / dim) return std::nullopt;
    count *= dim;
  }
  return empty ? 0 : count;
}

int64_t Tensor::size() const { return element_count(dims).value_or(0); }

Tensor Tensor::zeros(ElementType element, std::vector<int64_t> dims) {
  Tensor tensor{element, std::move(dims), {}};
  tensor.bytes.resize(static_cast<size_t>(tensor.size()) * element_size(element));
  return tensor;
}

float float16_to_float(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 31u;
  const uint32_t fraction = bits & 1023u;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

uint16_t float_to_float16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu);
  if (magnitude >= 0x47800000u) return sign | 0x7c00u;  // 2^16 and more
  const uint32_t exponent = magnitude >> 23;
  if (exponent < 102) return sign;  // below half of the smallest subnormal
  const uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  // A normal result drops 13 bits of the mantissa; a subnormal one 13 more than its exponent lacks.
  const uint32_t shift = exponent >= 113 ? 13 : 126 - exponent;
  const uint32_t kept = mantissa >> shift;
  const uint32_t rest = mantissa & ((1u << shift) - 1);
  const uint32_t half = 1u << (shift - 1);
  uint32_t result = exponent >= 113 ? kept + ((exponent - 113) << 10) : kept;
  if (rest > half || (rest == half && (kept & 1))) ++result;  // may carry into infinity: right
  return static_cast<uint16_t>(sign | result);
}

float bfloat16_to_float(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

uint16_t float_to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

long double number_at(ElementType element, const uint8_t* data, size_t index) {
  const auto load = [&]<typename T>(T number) {
    std::memcpy(&number, data + index * sizeof number, sizeof number);
    return number;
  };
  switch (element) {
    case ElementType::kBool:
    case ElementType::kUint8:
      return load(uint8_t{});
    case ElementType::kInt8:
      return load(int8_t{});
    case ElementType::kInt16:
      return load(int16_t{});
    case ElementType::kInt32:
      return load(int32_t{});
    case ElementType::kInt64:
      return load(int64_t{});
    case ElementType::kUint16:
      return load(uint16_t{});
    case ElementType::kUint32:
      return load(uint32_t{});
    case ElementType::kUint64:
      return load(uint64_t{});
    case ElementType::kFloat16:
      return float16_to_float(load(uint16_t{}));
    case ElementType::kBfloat16:
      return bfloat16_to_float(load(uint16_t{}));
    case ElementType::kFloat32:
      return load(float{});
    case ElementType::kFloat64:
      return load(double{});
  }
  return 0;
}

}  // namespace fedrt
