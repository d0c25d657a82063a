// The values of number and string tokens.
#ifndef FEDC_LEX_LITERALS_H_
#define FEDC_LEX_LITERALS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace fedc::lex {

// A number as written, without a sign.
struct NumberValue {
  enum class Status {
    Ok,
    Malformed,  // `message` and `hint` say why
    TooLarge,   // beyond uint64, or beyond float64
    TooSmall,   // not zero, but nearer to it than any float64
  };
  Status status = Status::Ok;
  bool is_float = false;       // has a point or an exponent
  uint64_t magnitude = 0;      // of an integer
  double float_value = 0;      // of a float; of an integer, the nearest double
  std::string_view suffix;     // `u8`, `f32`, `MiB`, or anything else that follows the digits
  uint32_t suffix_offset = 0;  // where it starts in the text
  std::string message;
  std::string hint;
};

// `text` is a Number token's.
NumberValue decode_number(std::string_view text);

struct StringValue {
  std::string bytes;
  // Of the first mistake, if `message` is not empty.
  uint32_t error_offset = 0;
  uint32_t error_length = 0;
  std::string message;
  std::string hint;
};

// `text` is a String token's, with its quotes.
StringValue decode_string(std::string_view text);

}  // namespace fedc::lex

#endif  // FEDC_LEX_LITERALS_H_
