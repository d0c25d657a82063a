// Values as JSON: numbers and nested lists for tensors, lists for sequences, objects for structs
// with names, lists for those without, and for {T}@CLIENTS a list with one entry a client. A value
// at SERVER (or all equal at CLIENTS) is that value. Infinity and NaN are the strings "Infinity",
// "-Infinity" and "NaN".
#ifndef RUNTIME_DATA_JSON_H_
#define RUNTIME_DATA_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/data/json_tree.h"
#include "runtime/data/value.h"

namespace fedrt {

// Reads a value of `type`. Errors begin with `source` (a flag or a file name) and the path of what
// is wrong, with the client and the record that it is in: "--args: data[3][5]: expected a number,
// found \"x\" (client 3, record 5)". Where the text itself is broken they begin with its line and
// column,
// "--args: line 1, column 7: ... (in data[3][5], client 3, record 5)". With `more_fields`
// the outermost object may have fields that the type lacks.
absl::StatusOr<Value> parse_json(std::string_view text, const proto::Type& type,
                                 const std::string& source, bool more_fields = false);

// The two halves of parse_json, for whoever looks at the text's tree, too.
absl::StatusOr<JsonNode> parse_json_for(std::string_view text, const proto::Type& type,
                                        const std::string& source);
absl::StatusOr<Value> decode_json(const JsonNode& tree, const proto::Type& type,
                                  const std::string& source, bool more_fields = false);

// Reads a list with one value of `type` for each `unit`, "round", which is what errors call an
// entry; the first is round 1.
absl::StatusOr<Value> parse_json_list(std::string_view text, const proto::Type& type,
                                      const char* unit, const std::string& source);

// The fields of a JSON object, in order.
absl::StatusOr<std::vector<std::string>> json_keys(std::string_view text,
                                                   const std::string& source);

// One line without blanks. Floats have the fewest digits that read back as the same value of their
// own type. `value` must be of `type`.
std::string print_json(const Value& value, const proto::Type& type);

// The shortest text that reads back as element `index` of the tensor, NaN and infinities unquoted.
std::string print_element(const Tensor& tensor, size_t index);

}  // namespace fedrt

#endif  // RUNTIME_DATA_JSON_H_
