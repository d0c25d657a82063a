#include "runtime/program/params.h"

#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "runtime/data/json.h"

namespace fedrt {
namespace {

// The double as a scalar of the type: saturating, so that a range's end stays an end.
Tensor scalar_of(ElementType element, double value) {
  Tensor tensor = Tensor::zeros(element, {});
  const auto store = [&](auto number) { std::memcpy(tensor.bytes.data(), &number, sizeof number); };
  const auto store_integer = [&]<typename T>(T) {
    constexpr double kEnd = 2.0 * static_cast<double>(T{1} << (sizeof(T) * 8 - 2)) *
                            (std::is_signed_v<T> ? 1 : 2);  // one past the largest
    if (value >= kEnd)
      store(std::numeric_limits<T>::max());
    else if (!(value > static_cast<double>(std::numeric_limits<T>::min())))
      store(std::numeric_limits<T>::min());
    else
      store(static_cast<T>(value));
  };
  switch (element) {
    case ElementType::kBool:
      store(static_cast<uint8_t>(value != 0));
      break;
    case ElementType::kInt8:
      store_integer(int8_t{});
      break;
    case ElementType::kInt16:
      store_integer(int16_t{});
      break;
    case ElementType::kInt32:
      store_integer(int32_t{});
      break;
    case ElementType::kInt64:
      store_integer(int64_t{});
      break;
    case ElementType::kUint8:
      store_integer(uint8_t{});
      break;
    case ElementType::kUint16:
      store_integer(uint16_t{});
      break;
    case ElementType::kUint32:
      store_integer(uint32_t{});
      break;
    case ElementType::kUint64:
      store_integer(uint64_t{});
      break;
    case ElementType::kFloat16:
      store(float_to_float16(static_cast<float>(value)));
      break;
    case ElementType::kBfloat16:
      store(float_to_bfloat16(static_cast<float>(value)));
      break;
    case ElementType::kFloat32:
      store(static_cast<float>(value));
      break;
    case ElementType::kFloat64:
      store(value);
      break;
  }
  return tensor;
}

long double number_of(const Tensor& tensor) {
  const auto load = [&]<typename T>(T number) {
    std::memcpy(&number, tensor.bytes.data(), sizeof number);
    return number;
  };
  switch (tensor.element) {
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

// The ends in the parameter's own type: 0.0001 as a float32 is a little less than as a double.
absl::Status check_range(const fed::proto::Param& param, long double number, const Tensor& tensor) {
  const Tensor low = scalar_of(tensor.element, param.minimum());
  const Tensor high = scalar_of(tensor.element, param.maximum());
  if (number >= number_of(low) && number <= number_of(high)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--set ", param.name(), ": ", print_element(tensor, 0), " is not between ",
                   print_element(low, 0), " and ", print_element(high, 0)));
}

}  // namespace

absl::StatusOr<AlignedBuffer> make_params(const fed::proto::Manifest& manifest,
                                          const fed_layout& layout,
                                          const std::map<std::string, std::string>& overrides) {
  std::string names;
  for (const auto& param : manifest.params())
    absl::StrAppend(&names, names.empty() ? "" : ", ", "`", param.name(), "`");
  for (const auto& [name, text] : overrides) {
    bool known = false;
    for (const auto& param : manifest.params()) known |= param.name() == name;
    if (!known)
      return absl::InvalidArgumentError(
          absl::StrCat("--set ", name, ": the program has no parameter `", name, "`; ",
                       names.empty() ? "it has none" : "its parameters are " + names));
  }
  if (layout.leaf_count != static_cast<uint64_t>(manifest.params_size()))
    return absl::InternalError("the program and its manifest disagree about its parameters");
  AlignedBuffer buffer(layout.bytes);
  for (int i = 0; i < manifest.params_size(); ++i) {
    const auto& param = manifest.params(i);
    const ElementType element = static_cast<ElementType>(param.type().element());
    Tensor tensor = scalar_of(element, param.default_value());
    if (const auto found = overrides.find(param.name()); found != overrides.end()) {
      fed::proto::Type type;
      *type.mutable_tensor() = param.type();
      absl::StatusOr<Value> value = parse_json(found->second, type, "--set " + param.name());
      if (!value.ok()) return value.status();
      tensor = std::move(value->tensor);
      const long double number = number_of(tensor);
      if (!param.has_minimum()) {  // every value of the type that a computation can use
        if (!std::isfinite(number))
          return absl::InvalidArgumentError(absl::StrCat(
              "--set ", param.name(), ": ", print_element(tensor, 0), " is not a finite number"));
      } else if (absl::Status status = check_range(param, number, tensor); !status.ok()) {
        return status;
      }
    }
    if (absl::Status status = write_leaf(layout.leaves[i], tensor, buffer.data()); !status.ok())
      return status;
  }
  return buffer;
}

}  // namespace fedrt
