// Values of the language's types on the host, and their decomposition into leaves.
//
// A value is a tree that mirrors its type. Compiled programs and the interpreter know leaves only:
// the tensors and sequences of a type in depth-first order over struct fields. Inside a sequence
// the unit is again the tensor: an element is the list of its leaves.
#ifndef RUNTIME_DATA_VALUE_H_
#define RUNTIME_DATA_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/manifest.pb.h"
#include "runtime/data/tensor.h"

namespace fedrt {

namespace proto = fed::proto;

struct Value {
  enum class Kind : uint8_t {
    kTensor,
    kStruct,    // items: one a field
    kSequence,  // items: one an element
    kClients,   // items: one a client; a value of type {T}@CLIENTS
  };
  // A value at SERVER, or all equal at CLIENTS, is the member's value itself.
  Kind kind = Kind::kStruct;
  Tensor tensor;
  std::vector<Value> items;

  bool operator==(const Value&) const = default;

  static Value of(Tensor tensor) { return {Kind::kTensor, std::move(tensor), {}}; }
  static Value make(Kind kind, std::vector<Value> items) { return {kind, {}, std::move(items)}; }
};

// One leaf of a type.
struct LeafType {
  std::string path;  // "model.weights", "pair.0"; empty where the type is itself the leaf
  proto::Placement placement = proto::UNPLACED;
  bool all_equal = false;
  bool sequence = false;
  // The leaf's type; of a sequence the types of its element's leaves, with their paths in the
  // element. Pointers into the Type that was taken apart.
  std::vector<const proto::TensorType*> tensors;
  std::vector<std::string> element_paths;
  const proto::Type* element = nullptr;  // of a sequence: its element's type

  bool per_client() const { return placement == proto::CLIENTS && !all_equal; }
};

// The leaves of `type` in depth-first order.
std::vector<LeafType> leaves_of(const proto::Type& type);

using Element = std::vector<Tensor>;  // one element of a sequence: its leaves

// What one participant holds of one leaf.
struct LeafValue {
  Tensor tensor;                  // of a tensor leaf
  std::vector<Element> elements;  // of a sequence leaf

  bool operator==(const LeafValue&) const = default;
};

// What everybody holds of one leaf: one member for each client where the leaf is per client, else
// exactly one.
struct Leaf {
  std::vector<LeafValue> members;

  bool operator==(const Leaf&) const = default;
};

// How many clients `value` has, by its lists of type {T}@CLIENTS; -1 where it has none. Two lists
// of different lengths are an error that names both.
absl::StatusOr<int64_t> client_count(const Value& value, const proto::Type& type);

// Takes a value apart. Fails where it is not of the type; messages name the path.
absl::StatusOr<std::vector<Leaf>> flatten(const Value& value, const proto::Type& type);

// Puts a value together again from the leaves of `type`; `clients` is the length of its lists of
// type {T}@CLIENTS (needed where T has no leaves).
absl::StatusOr<Value> unflatten(std::vector<Leaf> leaves, const proto::Type& type, size_t clients);

// Whether `tensor` is of `type`: element type, rank, sizes, bounds. The message says what differs.
absl::Status check_tensor(const Tensor& tensor, const proto::TensorType& type);
// The same of its element type and dimensions alone, whatever its bytes are.
absl::Status check_form(const Tensor& tensor, const proto::TensorType& type);

// The compact notation: "float32[?<=32,784]", "{<x=int32,y=bool>*}@CLIENTS".
std::string to_string(const proto::TensorType& type);
std::string to_string(const proto::Type& type);

// "a.b" from "a" and "b"; either may be empty.
std::string join_path(const std::string& base, const std::string& name);
// The name of field `index` in a path: its own, or its number.
std::string field_name(const proto::StructType& type, int index);

// The name of a site's file, without its folder: "mnist.fed"; one of the standard library is
// "std/nn.fed".
std::string file_name(const proto::Site& site);

// Who fills field `field` of a computation's argument.
proto::Origin origin_of(const proto::Computation& computation, int field);

}  // namespace fedrt

#endif  // RUNTIME_DATA_VALUE_H_
