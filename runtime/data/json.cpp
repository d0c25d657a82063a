#include "runtime/data/json.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/excerpt.h"
#include "runtime/data/json_tree.h"

namespace fedrt {
namespace {

using Kind = JsonNode::Kind;

// Where in the value the decoder stands; the text is made only for messages.
struct Path {
  const Path* base = nullptr;
  const std::string* field = nullptr;  // or else the index
  size_t index = 0;
  const char* unit = nullptr;  // what the index counts, "client" or "record"
  size_t first = 0;            // the number of the first of these

  // "client 3, record 5": whose record it is in, of those whose clients have records.
  std::string record() const {
    const std::string outer = base ? base->record() : "";
    return unit ? absl::StrCat(outer, outer.empty() ? "" : ", ", unit, " ", first + index) : outer;
  }

  std::string text() const {
    std::string path = base ? base->text() : "";
    if (!base) return path;
    return field ? join_path(path, *field) : absl::StrCat(path, "[", index, "]");
  }
};

class Decoder {
 public:
  explicit Decoder(bool more_fields) : more_fields_(more_fields) {}
  absl::Status error() { return absl::InvalidArgumentError(error_); }

  // A list with an entry for each `unit`.
  bool decode_each(const JsonNode& node, const proto::Type& entry, const char* unit, Value* out) {
    return decode_list(node, entry, Value::Kind::kSequence, unit,
                       absl::StrCat("a list with one entry a ", unit), {}, out, /*first=*/1);
  }

  bool decode(const JsonNode& node, const proto::Type& type, const Path& path, Value* out) {
    switch (type.kind_case()) {
      case proto::Type::kTensor:
        return decode_tensor(node, type.tensor(), path, out);
      case proto::Type::kSequence:
        return decode_list(node, type.sequence(), Value::Kind::kSequence, "record",
                           "a list with one entry an element", path, out);
      case proto::Type::kStruct:
        return decode_struct(node, type.struct_(), path, out);
      case proto::Type::kFederated: {
        const proto::FederatedType& federated = type.federated();
        if (federated.placement() == proto::SERVER || federated.all_equal())
          return decode(node, federated.member(), path, out);
        return decode_list(node, federated.member(), Value::Kind::kClients, "client",
                           "a list with one entry a client", path, out);
      }
      case proto::Type::KIND_NOT_SET:
        break;
    }
    return fail(path, "a value of unknown type");
  }

 private:
  bool fail(const Path& path, const std::string& message) {
    const std::string where = path.text();
    error_ = absl::StrCat(where, where.empty() ? "" : ": ", message);
    // A path's indices do not say what they count.
    if (const std::string record = path.record(); !record.empty())
      absl::StrAppend(&error_, " (", record, ")");
    return false;
  }
  bool expected(const Path& path, const std::string& what, const JsonNode& node) {
    return fail(path, absl::StrCat("expected ", what, ", found ", node.describe()));
  }

  bool decode_list(const JsonNode& node, const proto::Type& item, Value::Kind kind,
                   const char* unit, const std::string& what, const Path& path, Value* out,
                   size_t first = 0) {
    if (node.kind != Kind::kList) return expected(path, what, node);
    out->kind = kind;
    out->items.resize(node.items().size());
    for (size_t i = 0; i < node.items().size(); ++i)
      if (!decode(node.items()[i], item, {&path, nullptr, i, unit, first}, &out->items[i]))
        return false;
    return true;
  }

  bool decode_struct(const JsonNode& node, const proto::StructType& type, const Path& path,
                     Value* out) {
    out->kind = Value::Kind::kStruct;
    out->items.resize(type.fields_size());
    bool named = type.fields_size() > 0;
    std::string names;
    for (const auto& field : type.fields()) {
      named &= !field.name().empty();
      absl::StrAppend(&names, names.empty() ? "" : ", ", "`", field.name(), "`");
    }
    if (type.fields_size() == 0) {
      const bool empty =
          (node.kind == Kind::kList || node.kind == Kind::kObject) && node.items().empty();
      if (empty || (more_fields_ && path.base == nullptr && node.kind == Kind::kObject))
        return true;
      return expected(
          path, path.base == nullptr ? "{} (nothing is taken)" : "[] (a struct without fields)",
          node);
    }
    if (!named) {
      if (node.kind != Kind::kList || node.items().size() != out->items.size())
        return expected(path, absl::StrCat("a list of ", type.fields_size()), node);
      for (size_t i = 0; i < out->items.size(); ++i)
        if (!decode(node.items()[i], type.fields(static_cast<int>(i)).type(), {&path, nullptr, i},
                    &out->items[i]))
          return false;
      return true;
    }
    if (node.kind != Kind::kObject)
      return expected(path, absl::StrCat("an object with ", names), node);
    std::vector<bool> seen(type.fields_size());
    for (size_t k = 0; k < node.items().size(); ++k) {
      const std::string& key = node.body->keys[k];
      int index = 0;
      while (index < type.fields_size() && type.fields(index).name() != key) ++index;
      if (index == type.fields_size() && more_fields_ && path.base == nullptr) continue;
      if (index == type.fields_size())
        return fail(path,
                    absl::StrCat("unknown field `", excerpt(key), "`; the fields are ", names));
      seen[index] = true;
      if (!decode(node.items()[k], type.fields(index).type(), {&path, &key, 0}, &out->items[index]))
        return false;
    }
    for (int i = 0; i < type.fields_size(); ++i)
      if (!seen[i])
        return fail(path, absl::StrCat("field `", type.fields(i).name(), "` of type ",
                                       to_string(type.fields(i).type()), " is missing"));
    return true;
  }

  bool decode_tensor(const JsonNode& node, const proto::TensorType& type, const Path& path,
                     Value* out) {
    out->kind = Value::Kind::kTensor;
    Tensor& tensor = out->tensor;
    tensor.element = static_cast<ElementType>(type.element());
    tensor.dims.clear();
    for (const proto::Dimension& dim : type.dims())
      tensor.dims.push_back(dim.unknown() ? -1 : dim.size());
    if (!decode_level(node, type, 0, path, &tensor)) return false;
    // Below an empty list nothing says how long an unknown dimension is.
    for (int64_t& dim : tensor.dims)
      if (dim < 0) dim = 0;
    return true;
  }

  bool decode_level(const JsonNode& node, const proto::TensorType& type, int dim, const Path& path,
                    Tensor* tensor) {
    if (dim == type.dims_size()) return decode_element(node, path, tensor);
    const int64_t bound = type.dims(dim).unknown() ? type.dims(dim).size() : 0;
    const std::string element(element_name(tensor->element));
    const int64_t wanted = tensor->dims[dim];
    if (node.kind != Kind::kList)
      return expected(
          path, wanted >= 0 ? absl::StrCat("a list of ", wanted) : std::string("a list"), node);
    const int64_t size = static_cast<int64_t>(node.items().size());
    if (wanted >= 0 && size != wanted)
      return expected(path,
                      absl::StrCat("a list of ", wanted,
                                   type.dims(dim).unknown() ? " (as long as the first)" : ""),
                      node);
    if (bound > 0 && size > bound)
      return expected(path, absl::StrCat("at most ", bound, " entries"), node);
    tensor->dims[dim] = size;
    for (size_t i = 0; i < node.items().size(); ++i)
      if (!decode_level(node.items()[i], type, dim + 1, {&path, nullptr, i}, tensor)) return false;
    return true;
  }

  template <typename T>
  static void append(T value, Tensor* tensor) {
    const size_t at = tensor->bytes.size();
    tensor->bytes.resize(at + sizeof value);
    std::memcpy(tensor->bytes.data() + at, &value, sizeof value);
  }

  template <typename T>
  bool decode_integer(const JsonNode& node, const Path& path, Tensor* tensor) {
    const bool fits =
        node.kind == Kind::kUnsigned
            ? node.unsigned_int <= static_cast<uint64_t>(std::numeric_limits<T>::max())
        : node.kind == Kind::kInteger
            ? std::is_signed_v<T> &&
                  node.integer >= static_cast<int64_t>(std::numeric_limits<T>::min())
            : false;
    if (!fits)
      return expected(path,
                      absl::StrCat("an integer from ", std::numeric_limits<T>::min() + 0, " to ",
                                   std::numeric_limits<T>::max() + 0, " (",
                                   std::string(element_name(tensor->element)), ")"),
                      node);
    append(node.kind == Kind::kUnsigned ? static_cast<T>(node.unsigned_int)
                                        : static_cast<T>(node.integer),
           tensor);
    return true;
  }

  bool decode_float(const JsonNode& node, const Path& path, Tensor* tensor) {
    double wide = 0;
    float narrow = 0;
    bool special = false;
    switch (node.kind) {
      case Kind::kInteger:
        wide = static_cast<double>(node.integer);
        narrow = static_cast<float>(node.integer);
        break;
      case Kind::kUnsigned:
        wide = static_cast<double>(node.unsigned_int);
        narrow = static_cast<float>(node.unsigned_int);
        break;
      case Kind::kFloat:
        wide = node.number;
        narrow = node.number32;
        break;
      case Kind::kString: {
        const std::string& text = node.body->text;
        special = true;
        if (text == "NaN")
          wide = std::numeric_limits<double>::quiet_NaN();
        else if (text == "Infinity")
          wide = std::numeric_limits<double>::infinity();
        else if (text == "-Infinity")
          wide = -std::numeric_limits<double>::infinity();
        else
          return expected(path, "a number", node);
        narrow = static_cast<float>(wide);
        break;
      }
      default:
        return expected(path, "a number", node);
    }
    float stored = narrow;
    switch (tensor->element) {
      case ElementType::kFloat64:
        append(wide, tensor);
        return true;
      case ElementType::kFloat32:
        append(narrow, tensor);
        break;
      case ElementType::kFloat16:
        append(float_to_float16(narrow), tensor);
        stored = float16_to_float(float_to_float16(narrow));
        break;
      default:
        append(float_to_bfloat16(narrow), tensor);
        stored = bfloat16_to_float(float_to_bfloat16(narrow));
    }
    if (!special && std::isinf(stored))
      return expected(
          path, absl::StrCat("a number that fits in ", std::string(element_name(tensor->element))),
          node);
    return true;
  }

  bool decode_element(const JsonNode& node, const Path& path, Tensor* tensor) {
    switch (tensor->element) {
      case ElementType::kBool:
        if (node.kind != Kind::kBool) return expected(path, "true or false", node);
        tensor->bytes.push_back(node.boolean);
        return true;
      case ElementType::kInt8:
        return decode_integer<int8_t>(node, path, tensor);
      case ElementType::kInt16:
        return decode_integer<int16_t>(node, path, tensor);
      case ElementType::kInt32:
        return decode_integer<int32_t>(node, path, tensor);
      case ElementType::kInt64:
        return decode_integer<int64_t>(node, path, tensor);
      case ElementType::kUint8:
        return decode_integer<uint8_t>(node, path, tensor);
      case ElementType::kUint16:
        return decode_integer<uint16_t>(node, path, tensor);
      case ElementType::kUint32:
        return decode_integer<uint32_t>(node, path, tensor);
      case ElementType::kUint64:
        return decode_integer<uint64_t>(node, path, tensor);
      default:
        return decode_float(node, path, tensor);
    }
  }

  bool more_fields_;
  std::string error_;
};

// Where the text of a value of `type` is broken, in the words that Path has: " (in data[1][5],
// client 1, record 5)"; nothing outside of its parts. With a `unit` it is a list of such values.
std::string broken_part(const proto::Type& whole, const char* unit,
                        const std::vector<JsonStep>& steps) {
  std::string path, counted;
  const proto::Type* type = &whole;
  bool outermost = true;
  const auto count = [&](const char* unit, size_t index) {
    absl::StrAppend(&counted, ", ", unit, " ", index);
  };
  for (const JsonStep& step : steps) {
    if (type == nullptr) break;  // deeper than the value is
    path =
        step.is_key ? join_path(path, excerpt(step.key)) : absl::StrCat(path, "[", step.index, "]");
    if (std::exchange(outermost, false) && unit != nullptr) {
      if (step.is_key) break;
      count(unit, step.index + 1);
      continue;
    }
    while (type->has_federated() &&
           (type->federated().placement() == proto::SERVER || type->federated().all_equal()))
      type = &type->federated().member();
    const proto::Type* part = nullptr;  // of a tensor, or of what nobody asked for
    if (type->has_federated() && !step.is_key) {
      count("client", step.index);
      part = &type->federated().member();
    } else if (type->has_sequence() && !step.is_key) {
      count("record", step.index);
      part = &type->sequence();
    } else if (type->has_struct_()) {
      const auto& fields = type->struct_().fields();
      for (int i = 0; i < fields.size(); ++i)
        if (step.is_key ? fields[i].name() == step.key : static_cast<size_t>(i) == step.index)
          part = &fields[i].type();
    }
    type = part;
  }
  return path.empty() ? "" : absl::StrCat(" (in ", path, counted, ")");
}

template <typename T>
std::string shortest(T value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

// The 16-bit floats have no std::to_chars: integers as such, else the first precision that reads
// back.
template <typename Narrow>
std::string shortest16(float value, Narrow narrow) {
  char text[40];
  if (value == std::trunc(value) && std::abs(value) < 1e5f) return shortest(value);
  for (int digits = 1; digits <= 9; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(value));
    if (narrow(std::strtof(text, nullptr)) == narrow(value)) break;
  }
  return text;
}

template <typename T>
std::string print_float(T value, std::string (*print)(T)) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return print(value);
}

void print_level(const Tensor& tensor, size_t dim, size_t* next, std::string* out) {
  if (dim == tensor.dims.size()) {
    const std::string text = print_element(tensor, (*next)++);
    const bool quoted = text == "NaN" || text == "Infinity" || text == "-Infinity";
    absl::StrAppend(out, quoted ? "\"" : "", text, quoted ? "\"" : "");
    return;
  }
  out->push_back('[');
  for (int64_t i = 0; i < tensor.dims[dim]; ++i) {
    if (i != 0) out->push_back(',');
    print_level(tensor, dim + 1, next, out);
  }
  out->push_back(']');
}

void print_value(const Value& value, const proto::Type& type, std::string* out) {
  const auto print_list = [&](const proto::Type& item) {
    out->push_back('[');
    for (size_t i = 0; i < value.items.size(); ++i) {
      if (i != 0) out->push_back(',');
      print_value(value.items[i], item, out);
    }
    out->push_back(']');
  };
  switch (type.kind_case()) {
    case proto::Type::kTensor: {
      size_t next = 0;
      return print_level(value.tensor, 0, &next, out);
    }
    case proto::Type::kSequence:
      return print_list(type.sequence());
    case proto::Type::kFederated:
      if (value.kind == Value::Kind::kClients) return print_list(type.federated().member());
      return print_value(value, type.federated().member(), out);
    case proto::Type::kStruct: {
      bool named = type.struct_().fields_size() > 0;
      for (const auto& field : type.struct_().fields()) named &= !field.name().empty();
      out->push_back(named ? '{' : '[');
      for (int i = 0; i < type.struct_().fields_size(); ++i) {
        const auto& field = type.struct_().fields(i);
        if (i != 0) out->push_back(',');
        if (named) absl::StrAppend(out, "\"", field.name(), "\":");
        print_value(value.items[i], field.type(), out);
      }
      out->push_back(named ? '}' : ']');
      return;
    }
    case proto::Type::KIND_NOT_SET:
      return;
  }
}

}  // namespace

namespace {

// `unit`: null, or of the list of such values that it is.
absl::StatusOr<JsonNode> parse_tree(std::string_view text, const proto::Type& type,
                                    const char* unit, const std::string& source) {
  std::vector<JsonStep> broken;
  absl::StatusOr<JsonNode> tree = parse_json_tree(text, &broken);
  if (tree.ok()) return tree;
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", std::string(tree.status().message()),
                                                 broken_part(type, unit, broken)));
}

absl::StatusOr<Value> decode(const JsonNode& tree, const proto::Type& type, const char* unit,
                             const std::string& source, bool more_fields) {
  Decoder decoder(more_fields);
  Value value;
  if (unit == nullptr ? decoder.decode(tree, type, {}, &value)
                      : decoder.decode_each(tree, type, unit, &value))
    return value;
  return absl::InvalidArgumentError(
      absl::StrCat(source, ": ", std::string(decoder.error().message())));
}

absl::StatusOr<Value> parse(std::string_view text, const proto::Type& type, const char* unit,
                            const std::string& source, bool more_fields) {
  const absl::StatusOr<JsonNode> tree = parse_tree(text, type, unit, source);
  if (!tree.ok()) return tree.status();
  return decode(*tree, type, unit, source, more_fields);
}

}  // namespace

absl::StatusOr<Value> parse_json(std::string_view text, const proto::Type& type,
                                 const std::string& source, bool more_fields) {
  return parse(text, type, nullptr, source, more_fields);
}

absl::StatusOr<JsonNode> parse_json_for(std::string_view text, const proto::Type& type,
                                        const std::string& source) {
  return parse_tree(text, type, nullptr, source);
}

absl::StatusOr<Value> decode_json(const JsonNode& tree, const proto::Type& type,
                                  const std::string& source, bool more_fields) {
  return decode(tree, type, nullptr, source, more_fields);
}

absl::StatusOr<Value> parse_json_list(std::string_view text, const proto::Type& type,
                                      const char* unit, const std::string& source) {
  return parse(text, type, unit, source, /*more_fields=*/false);
}

absl::StatusOr<std::vector<std::string>> json_keys(std::string_view text,
                                                   const std::string& source) {
  absl::StatusOr<JsonNode> tree = parse_json_tree(text);
  if (!tree.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", std::string(tree.status().message())));
  if (tree->kind != Kind::kObject)
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": expected an object, found ", tree->describe()));
  return tree->body->keys;
}

std::string print_element(const Tensor& tensor, size_t index) {
  const auto at = [&]<typename T>(T) {
    T value;
    std::memcpy(&value, tensor.bytes.data() + index * sizeof(T), sizeof(T));
    return value;
  };
  switch (tensor.element) {
    case ElementType::kBool:
      return tensor.bytes[index] ? "true" : "false";
    case ElementType::kInt8:
      return std::to_string(at(int8_t{}));
    case ElementType::kInt16:
      return std::to_string(at(int16_t{}));
    case ElementType::kInt32:
      return std::to_string(at(int32_t{}));
    case ElementType::kInt64:
      return std::to_string(at(int64_t{}));
    case ElementType::kUint8:
      return std::to_string(at(uint8_t{}));
    case ElementType::kUint16:
      return std::to_string(at(uint16_t{}));
    case ElementType::kUint32:
      return std::to_string(at(uint32_t{}));
    case ElementType::kUint64:
      return std::to_string(at(uint64_t{}));
    case ElementType::kFloat16:
      return print_float<float>(float16_to_float(at(uint16_t{})),
                                [](float v) { return shortest16(v, float_to_float16); });
    case ElementType::kBfloat16:
      return print_float<float>(bfloat16_to_float(at(uint16_t{})),
                                [](float v) { return shortest16(v, float_to_bfloat16); });
    case ElementType::kFloat32:
      return print_float<float>(at(float{}), [](float v) { return shortest(v); });
    case ElementType::kFloat64:
      return print_float<double>(at(double{}), [](double v) { return shortest(v); });
  }
  return "";
}

std::string print_json(const Value& value, const proto::Type& type) {
  std::string out;
  print_value(value, type, &out);
  return out;
}

}  // namespace fedrt
