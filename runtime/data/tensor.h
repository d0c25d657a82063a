// Tensors in host memory: what loaders produce, what compiled programs read and write through flat
// layouts, and what the reference interpreter computes with.
#ifndef RUNTIME_DATA_TENSOR_H_
#define RUNTIME_DATA_TENSOR_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/abi/fed_abi.h"

namespace fedrt {

// The numbers are those of the ABI and of proto/manifest.proto.
enum class ElementType : uint32_t {
  kBool = FED_BOOL,
  kInt8 = FED_INT8,
  kInt16 = FED_INT16,
  kInt32 = FED_INT32,
  kInt64 = FED_INT64,
  kUint8 = FED_UINT8,
  kUint16 = FED_UINT16,
  kUint32 = FED_UINT32,
  kUint64 = FED_UINT64,
  kFloat16 = FED_FLOAT16,
  kBfloat16 = FED_BFLOAT16,
  kFloat32 = FED_FLOAT32,
  kFloat64 = FED_FLOAT64,
};

// Bytes of one element; a bool takes one. 0 for a value outside the enumeration.
size_t element_size(ElementType type);
// The name in the language: "float32".
std::string_view element_name(ElementType type);
std::optional<ElementType> element_from_name(std::string_view name);
inline bool is_float(ElementType type) { return type >= ElementType::kFloat16; }
inline bool is_signed_integer(ElementType type) {
  return type >= ElementType::kInt8 && type <= ElementType::kInt64;
}
inline bool is_unsigned_integer(ElementType type) {
  return type >= ElementType::kUint8 && type <= ElementType::kUint64;
}

// The element type of a C++ type. float16 and bfloat16 have none: they travel as uint16_t bits.
template <typename T>
constexpr ElementType element_of() {
  if constexpr (std::is_same_v<T, bool>) return ElementType::kBool;
  if constexpr (std::is_same_v<T, int8_t>) return ElementType::kInt8;
  if constexpr (std::is_same_v<T, int16_t>) return ElementType::kInt16;
  if constexpr (std::is_same_v<T, int32_t>) return ElementType::kInt32;
  if constexpr (std::is_same_v<T, int64_t>) return ElementType::kInt64;
  if constexpr (std::is_same_v<T, uint8_t>) return ElementType::kUint8;
  if constexpr (std::is_same_v<T, uint16_t>) return ElementType::kUint16;
  if constexpr (std::is_same_v<T, uint32_t>) return ElementType::kUint32;
  if constexpr (std::is_same_v<T, uint64_t>) return ElementType::kUint64;
  if constexpr (std::is_same_v<T, float>) return ElementType::kFloat32;
  if constexpr (std::is_same_v<T, double>) return ElementType::kFloat64;
}

// A dense tensor: row-major, little endian, actual dimensions; `bytes` has exactly
// product(dims) * element_size(element) bytes.
struct Tensor {
  ElementType element = ElementType::kFloat32;
  std::vector<int64_t> dims;
  std::vector<uint8_t> bytes;

  bool operator==(const Tensor&) const = default;  // the same bits, so that NaN equals itself

  int64_t size() const;  // in elements

  static Tensor zeros(ElementType element, std::vector<int64_t> dims);

  template <typename T>
  static Tensor of(std::vector<int64_t> dims, std::span<const T> values) {
    Tensor tensor{element_of<T>(), std::move(dims), {}};
    tensor.bytes.resize(values.size_bytes());
    if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
    return tensor;
  }
  template <typename T>
  static Tensor scalar(T value) {
    return of<T>({}, std::span<const T>(&value, 1));
  }

  // The elements as `T`s; T must have the element's size.
  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <typename T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

// product(dims), or nothing if that is negative or beyond 2^62.
std::optional<int64_t> element_count(std::span<const int64_t> dims);

// Conversions between the 16-bit floats' bits and float; to the narrow type by rounding to nearest
// even.
float float16_to_float(uint16_t bits);
uint16_t float_to_float16(float value);
float bfloat16_to_float(uint16_t bits);
uint16_t float_to_bfloat16(float value);

// Element `index` of what lies at `data`, exactly; a bool is 0 or 1.
long double number_at(ElementType element, const uint8_t* data, size_t index);

}  // namespace fedrt

#endif  // RUNTIME_DATA_TENSOR_H_
