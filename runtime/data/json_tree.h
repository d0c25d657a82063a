// A parsed JSON text, in the form that decoding by type wants: small numbers, and each read both as
// double and as float, because rounding twice can differ from rounding once.
#ifndef RUNTIME_DATA_JSON_TREE_H_
#define RUNTIME_DATA_JSON_TREE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace fedrt {

struct JsonNode {
  enum class Kind : uint8_t { kNull, kBool, kInteger, kUnsigned, kFloat, kString, kList, kObject };
  struct Body {
    std::string text;             // of a string; of a float as written
    std::vector<JsonNode> items;  // of a list or an object
    std::vector<std::string> keys;
  };

  Kind kind = Kind::kNull;
  float number32 = 0;
  union {
    bool boolean;
    int64_t integer;        // kInteger: negative
    uint64_t unsigned_int;  // kUnsigned
    double number = 0;      // kFloat
  };
  std::unique_ptr<Body> body;

  const std::vector<JsonNode>& items() const { return body->items; }
  // As it stands in the text, shortened: for messages.
  std::string describe() const;
};

// One step from a value to a part of it: a key of an object, or an index of a list.
struct JsonStep {
  std::string key;
  size_t index = 0;
  bool is_key = false;
};

// Fails with the line and column, at keys that stand twice in an object, and beyond a nesting of
// 256; `where`, if it is not null, is then the part that it fails in.
absl::StatusOr<JsonNode> parse_json_tree(std::string_view text,
                                         std::vector<JsonStep>* where = nullptr);

}  // namespace fedrt

#endif  // RUNTIME_DATA_JSON_TREE_H_
