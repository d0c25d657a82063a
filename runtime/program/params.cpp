#include "runtime/program/params.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <regex>

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
  return number_at(tensor.element, tensor.bytes.data(), 0);
}

// A number as people write it in a program: without an exponent where it has few digits.
std::string plain(const Tensor& tensor) {
  const std::string text = print_element(tensor, 0);
  const double size = std::fabs(static_cast<double>(number_of(tensor)));
  if (text.find('e') == std::string::npos || !(size >= 1e-9 && size < 1e15)) return text;
  char digits[64];
  const auto print = [&](auto number) {
    return std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr;
  };
  const double number = static_cast<double>(number_of(tensor));
  return {digits, tensor.element == ElementType::kFloat64 ? print(number)
                                                          : print(static_cast<float>(number))};
}

// The ends in the parameter's own type: 0.0001 as a float32 is a little less than as a double.
absl::Status check_range(const fed::proto::Param& param, long double number, const Tensor& tensor) {
  const Tensor low = scalar_of(tensor.element, param.minimum());
  const Tensor high = scalar_of(tensor.element, param.maximum());
  if (number >= number_of(low) && number <= number_of(high)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--set ", param.name(), ": ", plain(tensor),
                                                 " is not between ", plain(low), " and ",
                                                 plain(high)));
}

// Whether `text` is what JSON calls a number: "-0.5", "1e-3".
bool is_json_number(const std::string& text) {
  static const std::regex form(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
  return std::regex_match(text, form);
}

// The value that --set gives a parameter.
absl::StatusOr<Tensor> read_value(const fed::proto::Param& param, const std::string& text) {
  const std::string flag = "--set " + param.name();
  const ElementType element = static_cast<ElementType>(param.type().element());
  const bool is_bool = element == ElementType::kBool;
  // What is no JSON at all is not a matter of JSON for whoever writes one number.
  const bool is_word = text.empty() || (text[0] != '"' && text[0] != '[' && text[0] != '{');
  if (is_word && (is_bool ? text != "true" && text != "false" : !is_json_number(text)))
    return absl::InvalidArgumentError(absl::StrCat(flag, ": expected ",
                                                   is_bool             ? "true or false"
                                                   : is_float(element) ? "a number, such as 0.5"
                                                                       : "an integer",
                                                   " (", std::string(element_name(element)),
                                                   "), found `", text, "`"));
  fed::proto::Type type;
  *type.mutable_tensor() = param.type();
  absl::StatusOr<Value> value = parse_json(text, type, flag);
  if (!value.ok()) return value.status();
  return std::move(value->tensor);
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
      absl::StatusOr<Tensor> value = read_value(param, found->second);
      if (!value.ok()) return value.status();
      tensor = *std::move(value);
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
