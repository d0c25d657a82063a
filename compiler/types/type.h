// The types of the language, interned: two types are equal exactly when their pointers are.
//
// Printed and parsed in the compact notation of TensorFlow Federated:
//   float32  float32[784,10]  int32[?]  float32[?<=32,784]   tensors (a scalar has no dimensions)
//   T*                                                      a sequence
//   <T,U>  <x=T,y=U>                                        a struct
//   (T -> U)  ( -> U)                                       a function
//   T@SERVER  T@CLIENTS  {T}@CLIENTS                         federated; {} where clients may differ
// Checking also uses inference variables (of types, elements and dimensions) and an error type,
// which absorbs: it is assignable to and from everything, so that one mistake gives one message.
#ifndef FEDC_COMPILER_TYPES_TYPE_H_
#define FEDC_COMPILER_TYPES_TYPE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fedc {

enum class ElementType : uint8_t {
  kBool,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64,
  // What random numbers are drawn from (std/random): 64 bits that no arithmetic applies to.
  kKey,
  kPrivateKey,  // of entropy that one participant alone has; in no message
};
inline constexpr int kNumElementTypes = 15;

// "int32" and so on; the same spelling is used in source, diagnostics and manifests.
std::string_view element_name(ElementType element);
std::optional<ElementType> element_from_name(std::string_view name);
bool is_float(ElementType element);    // the four floating-point types
bool is_integer(ElementType element);  // signed and unsigned, not bool
bool is_signed_integer(ElementType element);
bool is_unsigned_integer(ElementType element);
bool is_key(ElementType element);       // Key and PrivateKey
int element_bits(ElementType element);  // 8 for bool, which takes a byte in memory

enum class Placement : uint8_t { kServer, kClients };
std::string_view placement_name(Placement placement);  // "SERVER", "CLIENTS"

// One dimension of a tensor.
class Dim {
 public:
  static Dim fixed(int64_t size) { return Dim(Kind::kFixed, size); }
  static Dim unknown() { return Dim(Kind::kUnknown, 0); }                   // `?`
  static Dim bounded(int64_t bound) { return Dim(Kind::kBounded, bound); }  // `?<=bound`
  static Dim variable(uint32_t id) { return Dim(Kind::kVariable, id); }

  bool is_fixed() const { return kind_ == Kind::kFixed; }
  bool is_unknown() const { return kind_ == Kind::kUnknown || kind_ == Kind::kBounded; }
  bool has_bound() const { return kind_ == Kind::kFixed || kind_ == Kind::kBounded; }
  bool is_variable() const { return kind_ == Kind::kVariable; }
  int64_t size() const { return value_; }   // is_fixed()
  int64_t bound() const { return value_; }  // has_bound(): the most it can be
  uint32_t id() const { return static_cast<uint32_t>(value_); }
  uint64_t key() const { return static_cast<uint64_t>(value_) << 2 | static_cast<uint64_t>(kind_); }
  std::string to_string() const;

  friend bool operator==(Dim a, Dim b) { return a.kind_ == b.kind_ && a.value_ == b.value_; }
  friend bool operator!=(Dim a, Dim b) { return !(a == b); }

 private:
  enum class Kind : uint8_t { kFixed, kUnknown, kBounded, kVariable };
  Dim(Kind kind, int64_t value) : kind_(kind), value_(value) {}
  Kind kind_;
  int64_t value_;
};

enum class TypeKind : uint8_t {
  kTensor,
  kSequence,
  kStruct,
  kFunction,
  kFederated,
  kVariable,
  kError,
};

class Type;

struct Field {
  std::string name;  // empty: the field has no name
  const Type* type;
};

// The element of a tensor: an element type, or during checking a variable for one.
struct Element {
  ElementType type = ElementType::kBool;
  int32_t variable = -1;
  bool is_variable() const { return variable >= 0; }
  friend bool operator==(Element a, Element b) {
    return a.variable == b.variable && (a.is_variable() || a.type == b.type);
  }
};

class Type {
 public:
  TypeKind kind() const { return kind_; }
  bool is_tensor() const { return kind_ == TypeKind::kTensor; }
  bool is_scalar() const { return is_tensor() && dims_.empty(); }
  bool is_sequence() const { return kind_ == TypeKind::kSequence; }
  bool is_struct() const { return kind_ == TypeKind::kStruct; }
  bool is_function() const { return kind_ == TypeKind::kFunction; }
  bool is_federated() const { return kind_ == TypeKind::kFederated; }
  bool is_variable() const { return kind_ == TypeKind::kVariable; }
  bool is_error() const { return kind_ == TypeKind::kError; }

  ElementType element() const { return element_.type; }  // a tensor without element variable
  Element element_or_variable() const { return element_; }
  const std::vector<Dim>& dims() const { return dims_; }
  size_t rank() const { return dims_.size(); }
  const std::vector<Field>& fields() const { return fields_; }
  const Type* member() const { return first_; }     // of a sequence or a federated type
  const Type* parameter() const { return first_; }  // of a function; null when it takes nothing
  const Type* result() const { return second_; }    // of a function
  Placement placement() const { return placement_; }
  bool all_equal() const { return all_equal_; }  // always true at SERVER
  uint32_t variable() const { return variable_; }

  bool has_variables() const { return has_variables_; }  // anywhere inside
  bool has_error() const { return has_error_; }          // anywhere inside
  bool has_federated() const { return has_federated_; }  // anywhere inside, itself included
  bool has_function() const { return has_function_; }    // anywhere inside, itself included
  bool has_unknown_dims() const { return has_unknown_dims_; }
  bool has_unbounded_dims() const { return has_unbounded_dims_; }
  bool has_sequence() const { return has_sequence_; }
  uint32_t depth() const { return depth_; }
  uint64_t size() const { return size_; }  // nodes when written out; saturates

  // The index of a named field of a struct, or -1.
  int field_index(std::string_view name) const;

 private:
  friend class TypeContext;
  Type() = default;
  TypeKind kind_ = TypeKind::kError;
  Placement placement_ = Placement::kServer;
  bool all_equal_ = false;
  bool has_variables_ = false, has_error_ = false, has_federated_ = false, has_function_ = false;
  bool has_unknown_dims_ = false, has_unbounded_dims_ = false, has_sequence_ = false;
  uint32_t variable_ = 0;
  uint32_t depth_ = 1;
  uint64_t size_ = 1;
  Element element_;
  std::vector<Dim> dims_;
  std::vector<Field> fields_;
  const Type* first_ = nullptr;
  const Type* second_ = nullptr;
};

// Owns types. Types of different contexts must not meet. Not thread-safe.
class TypeContext {
 public:
  TypeContext();
  TypeContext(const TypeContext&) = delete;
  TypeContext& operator=(const TypeContext&) = delete;

  const Type* tensor(ElementType element, std::vector<Dim> dims = {});
  const Type* tensor(Element element, std::vector<Dim> dims);
  const Type* scalar(ElementType element) { return tensor(element); }
  const Type* sequence(const Type* element);
  const Type* structure(std::vector<Field> fields);
  const Type* function(const Type* parameter, const Type* result);  // parameter may be null
  // At SERVER `all_equal` is always taken as true.
  const Type* federated(const Type* member, Placement placement, bool all_equal);
  const Type* variable(uint32_t id);
  const Type* error() const { return error_; }

 private:
  const Type* intern(std::unique_ptr<Type> type);
  std::unordered_map<std::string, std::unique_ptr<Type>> types_;
  const Type* error_;
};

// Compact notation. Variables print as `_`, the error type as `<error>`. Types of more than a few
// thousand characters are cut with `...`.
std::string to_string(const Type* type);

// Names that a program gives to types, "" for what has several.
using TypeNames = std::unordered_map<const Type*, std::string>;

// The same, with the names of those of its parts, or of the whole, that have one.
std::string to_string(const Type* type, const TypeNames& names);

// The same, never cut: what parse_type reads back. The text of a type is as long as its size() asks
// for, so for types whose size is known to be sensible.
std::string to_full_string(const Type* type);

// The type that compact notation spells, for tools and tests. Null and a message for a text that is
// not a type; nesting deeper than 256 is refused.
const Type* parse_type(TypeContext& context, std::string_view text, std::string* error);

}  // namespace fedc

#endif  // FEDC_COMPILER_TYPES_TYPE_H_
