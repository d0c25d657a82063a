#include "compiler/types/type.h"

#include <algorithm>
#include <array>
#include <limits>

namespace fedc {
namespace {

constexpr std::array<std::string_view, kNumElementTypes> kNames = {
    "bool",   "int8",    "int16",    "int32",   "int64",   "uint8", "uint16",    "uint32",
    "uint64", "float16", "bfloat16", "float32", "float64", "Key",   "PrivateKey"};

// Types share their parts, so a small graph can spell an enormous text.
constexpr size_t kLongestText = 4000;

void print(const Type* type, std::string& out, size_t longest = kLongestText,
           const TypeNames* names = nullptr) {
  if (out.size() > longest) {
    if (out.size() < longest + 3 || out.compare(out.size() - 3, 3, "...") != 0) out += "...";
    return;
  }
  if (names != nullptr) {
    if (const auto named = names->find(type); named != names->end() && !named->second.empty()) {
      out += named->second;
      return;
    }
  }
  switch (type->kind()) {
    case TypeKind::kTensor:
      if (type->element_or_variable().is_variable()) {
        out += '_';
      } else {
        out += element_name(type->element());
      }
      if (!type->dims().empty()) {
        out += '[';
        for (size_t i = 0; i < type->rank(); ++i) {
          if (i != 0) out += ',';
          out += type->dims()[i].to_string();
        }
        out += ']';
      }
      return;
    case TypeKind::kSequence:
      print(type->member(), out, longest, names);
      out += '*';
      return;
    case TypeKind::kStruct: {
      out += '<';
      bool first = true;
      for (const Field& field : type->fields()) {
        if (!first) out += ',';
        first = false;
        if (!field.name.empty()) out += field.name + "=";
        print(field.type, out, longest, names);
      }
      out += '>';
      return;
    }
    case TypeKind::kFunction:
      out += '(';
      if (type->parameter() != nullptr) print(type->parameter(), out, longest, names);
      out += " -> ";
      print(type->result(), out, longest, names);
      out += ')';
      return;
    case TypeKind::kFederated: {
      bool braces = !type->all_equal();
      if (braces) out += '{';
      print(type->member(), out, longest, names);
      if (braces) out += '}';
      out += '@';
      out += placement_name(type->placement());
      return;
    }
    case TypeKind::kVariable:
      out += '_';
      return;
    case TypeKind::kError:
      out += "<error>";
      return;
  }
}

void append_number(std::string& key, uint64_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

}  // namespace

std::string_view element_name(ElementType element) { return kNames[static_cast<int>(element)]; }

std::optional<ElementType> element_from_name(std::string_view name) {
  for (int i = 0; i < kNumElementTypes; ++i) {
    if (kNames[i] == name) return static_cast<ElementType>(i);
  }
  return std::nullopt;
}

bool is_float(ElementType element) {
  return element >= ElementType::kFloat16 && element <= ElementType::kFloat64;
}
bool is_key(ElementType element) { return element >= ElementType::kKey; }
bool is_signed_integer(ElementType element) {
  return element >= ElementType::kInt8 && element <= ElementType::kInt64;
}
bool is_unsigned_integer(ElementType element) {
  return element >= ElementType::kUint8 && element <= ElementType::kUint64;
}
bool is_integer(ElementType element) {
  return is_signed_integer(element) || is_unsigned_integer(element);
}

int element_bits(ElementType element) {
  constexpr std::array<int, kNumElementTypes> kBits = {8,  8,  16, 32, 64, 8,  16, 32,
                                                       64, 16, 16, 32, 64, 64, 64};
  return kBits[static_cast<int>(element)];
}

std::string_view placement_name(Placement placement) {
  return placement == Placement::kServer ? "SERVER" : "CLIENTS";
}

std::string Dim::to_string() const {
  switch (kind_) {
    case Kind::kFixed:
      return std::to_string(value_);
    case Kind::kUnknown:
      return "?";
    case Kind::kBounded:
      return "?<=" + std::to_string(value_);
    case Kind::kVariable:
      return "_";
  }
  return "?";
}

int Type::field_index(std::string_view name) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

TypeContext::TypeContext() {
  std::unique_ptr<Type> type(new Type());
  type->has_error_ = true;
  error_ = intern(std::move(type));
}

const Type* TypeContext::intern(std::unique_ptr<Type> type) {
  std::string key;
  key.push_back(static_cast<char>(type->kind_));
  key.push_back(static_cast<char>(static_cast<int>(type->placement_) * 2 + type->all_equal_));
  append_number(key, type->variable_);
  Element element = type->element_;
  append_number(key, element.is_variable() ? 256u + static_cast<uint64_t>(element.variable)
                                           : static_cast<uint64_t>(element.type));
  append_number(key, type->dims_.size());
  for (Dim dim : type->dims_) append_number(key, dim.key());
  for (const Type* part : {type->first_, type->second_}) {
    append_number(key, reinterpret_cast<uintptr_t>(part));
  }
  for (const Field& field : type->fields_) {
    append_number(key, field.name.size());
    key += field.name;
    append_number(key, reinterpret_cast<uintptr_t>(field.type));
  }
  auto [it, inserted] = types_.try_emplace(std::move(key));
  if (!inserted) return it->second.get();

  Type& t = *type;
  auto include = [&t](const Type* part) {
    if (part == nullptr) return;
    t.has_variables_ |= part->has_variables_;
    t.has_error_ |= part->has_error_;
    t.has_federated_ |= part->has_federated_;
    t.has_function_ |= part->has_function_;
    t.has_unknown_dims_ |= part->has_unknown_dims_;
    t.has_unbounded_dims_ |= part->has_unbounded_dims_;
    t.has_sequence_ |= part->has_sequence_;
    t.depth_ = std::max(t.depth_, part->depth_ + 1);
    constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
    t.size_ = part->size_ > kMost - t.size_ ? kMost : t.size_ + part->size_;
  };
  include(t.first_);
  include(t.second_);
  for (const Field& field : t.fields_) include(field.type);
  t.has_variables_ |= t.is_variable() || t.element_.is_variable();
  t.has_federated_ |= t.is_federated();
  t.has_function_ |= t.is_function();
  t.has_sequence_ |= t.is_sequence();
  for (Dim dim : t.dims_) {
    t.has_variables_ |= dim.is_variable();
    t.has_unknown_dims_ |= dim.is_unknown();
    t.has_unbounded_dims_ |= dim.is_unknown() && !dim.has_bound();
  }
  it->second = std::move(type);
  return it->second.get();
}

const Type* TypeContext::tensor(ElementType element, std::vector<Dim> dims) {
  return tensor(Element{element, -1}, std::move(dims));
}

const Type* TypeContext::tensor(Element element, std::vector<Dim> dims) {
  std::unique_ptr<Type> type(new Type());
  type->kind_ = TypeKind::kTensor;
  type->element_ = element;
  type->dims_ = std::move(dims);
  return intern(std::move(type));
}

const Type* TypeContext::sequence(const Type* element) {
  std::unique_ptr<Type> type(new Type());
  type->kind_ = TypeKind::kSequence;
  type->first_ = element;
  return intern(std::move(type));
}

const Type* TypeContext::structure(std::vector<Field> fields) {
  std::unique_ptr<Type> type(new Type());
  type->kind_ = TypeKind::kStruct;
  type->fields_ = std::move(fields);
  return intern(std::move(type));
}

const Type* TypeContext::function(const Type* parameter, const Type* result) {
  std::unique_ptr<Type> type(new Type());
  type->kind_ = TypeKind::kFunction;
  type->first_ = parameter;
  type->second_ = result;
  return intern(std::move(type));
}

const Type* TypeContext::federated(const Type* member, Placement placement, bool all_equal) {
  std::unique_ptr<Type> type(new Type());
  type->kind_ = TypeKind::kFederated;
  type->first_ = member;
  type->placement_ = placement;
  type->all_equal_ = all_equal || placement == Placement::kServer;
  return intern(std::move(type));
}

const Type* TypeContext::variable(uint32_t id) {
  std::unique_ptr<Type> type(new Type());
  type->kind_ = TypeKind::kVariable;
  type->variable_ = id;
  return intern(std::move(type));
}

std::string to_string(const Type* type) {
  std::string out;
  print(type, out);
  return out;
}

std::string to_string(const Type* type, const TypeNames& names) {
  std::string out;
  print(type, out, kLongestText, &names);
  return out;
}

std::string to_full_string(const Type* type) {
  std::string out;
  print(type, out, std::numeric_limits<size_t>::max() - 3);
  return out;
}

}  // namespace fedc
