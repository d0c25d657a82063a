#include "compiler/lex/literals.h"

#include <charconv>
#include <cstdlib>
#include <system_error>

namespace fedc::lex {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends the digits at `text[i...]` to `out`, without their underscores.
size_t take_digits(std::string_view text, size_t i, bool hex, std::string& out) {
  while (i < text.size() &&
         (text[i] == '_' || (hex ? hex_digit(text[i]) >= 0 : is_digit(text[i])))) {
    if (text[i] != '_') out.push_back(text[i]);
    ++i;
  }
  return i;
}

void decode_integer(std::string_view digits, int base, NumberValue& value) {
  const auto r =
      std::from_chars(digits.data(), digits.data() + digits.size(), value.magnitude, base);
  if (r.ec == std::errc::result_out_of_range) value.status = NumberValue::Status::TooLarge;
  value.float_value = static_cast<double>(value.magnitude);
}

void decode_float(std::string_view digits, NumberValue& value) {
  const auto r = std::from_chars(digits.data(), digits.data() + digits.size(), value.float_value);
  if (r.ec != std::errc::result_out_of_range) return;
  // from_chars does not say which end was passed; strtod gives an infinity or nearly zero.
  const double nearest = std::strtod(std::string(digits).c_str(), nullptr);
  value.status = nearest > 1 ? NumberValue::Status::TooLarge : NumberValue::Status::TooSmall;
}

}  // namespace

NumberValue decode_number(std::string_view text) {
  NumberValue value;
  std::string digits;
  size_t i = 0;
  if (text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    i = take_digits(text, 2, /*hex=*/true, digits);
    value.suffix = text.substr(i);
    value.suffix_offset = static_cast<uint32_t>(i);
    if (digits.empty()) {
      value.status = NumberValue::Status::Malformed;
      value.message = "a hexadecimal number has no digits";
      value.hint = "write `0` for zero, or digits, as in `0x1f`";
      return value;
    }
    decode_integer(digits, 16, value);
    return value;
  }
  i = take_digits(text, 0, false, digits);
  if (digits == "0" && i < text.size() && (text[i] == 'b' || text[i] == 'o') &&
      i + 1 < text.size() && is_digit(text[i + 1])) {
    value.status = NumberValue::Status::Malformed;
    value.message = "numbers are decimal or hexadecimal";
    uint64_t number = 0;
    const unsigned base = text[i] == 'b' ? 2 : 8;
    bool fits = text.size() - i - 1 < 20;
    for (const char c : text.substr(i + 1)) {
      if (c == '_') continue;
      fits = fits && is_digit(c) && static_cast<unsigned>(c - '0') < base;
      number = number * base + static_cast<unsigned>(c - '0');
    }
    value.hint = fits ? "write `" + std::to_string(number) + "`"
                      : "write it as a hexadecimal number, such as `0x1f`";
    return value;
  }
  if (i < text.size() && text[i] == '.') {
    value.is_float = true;
    digits.push_back('.');
    const size_t before = digits.size();
    i = take_digits(text, i + 1, false, digits);
    if (digits.size() == before) {
      value.status = NumberValue::Status::Malformed;
      value.message = "a number has no digits behind its point";
      value.hint = "write `" + std::string(text.substr(0, i)) + "0`";
      return value;
    }
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    size_t j = i + 1;
    std::string exponent = "e";
    if (j < text.size() && (text[j] == '+' || text[j] == '-')) {
      if (text[j] == '-') exponent.push_back('-');
      ++j;
    }
    const size_t sign = exponent.size();
    j = take_digits(text, j, false, exponent);
    if (exponent.size() == sign) {
      value.status = NumberValue::Status::Malformed;
      value.message = "the exponent of a number has no digits";
      value.hint = "write digits behind the `e`, as in `1e3`";
      return value;
    }
    value.is_float = true;
    digits += exponent;
    i = j;
  }
  value.suffix = text.substr(i);
  value.suffix_offset = static_cast<uint32_t>(i);
  if (value.is_float) {
    decode_float(digits, value);
  } else {
    decode_integer(digits, 10, value);
    if (value.status == NumberValue::Status::TooLarge) {
      // It may still be a float: `100000000000000000000f32`.
      NumberValue as_float;
      decode_float(digits, as_float);
      value.float_value = as_float.float_value;
    }
  }
  return value;
}

StringValue decode_string(std::string_view text) {
  StringValue value;
  auto fail = [&](size_t offset, size_t length, std::string message, std::string hint) {
    if (!value.message.empty()) return;
    value.error_offset = static_cast<uint32_t>(offset);
    value.error_length = static_cast<uint32_t>(length);
    value.message = std::move(message);
    value.hint = std::move(hint);
  };
  const size_t end = text.size() - 1;  // the closing quote
  for (size_t i = 1; i < end; ++i) {
    if (text[i] != '\\') {
      value.bytes.push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    switch (c) {
      case 'n':
        value.bytes.push_back('\n');
        break;
      case 't':
        value.bytes.push_back('\t');
        break;
      case 'r':
        value.bytes.push_back('\r');
        break;
      case '0':
        value.bytes.push_back('\0');
        break;
      case '\\':
      case '"':
        value.bytes.push_back(c);
        break;
      case 'x':
        if (i + 2 < end && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
          value.bytes.push_back(
              static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
          i += 2;
        } else {
          fail(i - 1, 2, "`\\x` needs two hexadecimal digits", "write a byte as `\\x0a`");
        }
        break;
      default:
        fail(i - 1, 2, "unknown escape in a string",
             "the escapes are `\\n`, `\\t`, `\\r`, `\\0`, `\\\\`, `\\\"` and `\\x0a`; write `\\\\` "
             "for a backslash");
    }
  }
  return value;
}

}  // namespace fedc::lex
