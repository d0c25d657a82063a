// Generated programs: enough structure to print them, and to make them smaller.
#ifndef FEDC_TESTS_GENERATOR_PROGRAM_H_
#define FEDC_TESTS_GENERATOR_PROGRAM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proto/manifest.pb.h"
#include "runtime/data/value.h"

namespace fedc::generator {

using fedrt::ElementType;

// A type of the language. Immutable and shared.
struct Ty;
using TyPtr = std::shared_ptr<const Ty>;

struct Dim {
  int64_t size = 0;  // of an unknown dimension, its bound
  int tag = 0;       // not 0: unknown; equal tags have equal sizes at run time
  bool operator==(const Dim&) const = default;
};

struct Ty {
  enum class Kind : uint8_t { kTensor, kStruct, kSequence, kKey, kFunction };
  Kind kind = Kind::kTensor;
  ElementType element = ElementType::kFloat32;
  std::vector<Dim> dims;                              // of a tensor or a key
  std::vector<std::pair<std::string, TyPtr>> fields;  // an empty name: unnamed
  TyPtr member;                                       // of a sequence; a function's result
  bool private_key = false;

  bool is_tensor() const { return kind == Kind::kTensor; }
  bool is_struct() const { return kind == Kind::kStruct; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_key() const { return kind == Kind::kKey; }
  // Its parameters are its `fields`.
  bool is_function() const { return kind == Kind::kFunction; }
  bool is_scalar() const { return is_tensor() && dims.empty(); }
};

TyPtr tensor_type(ElementType element, std::vector<Dim> dims = {});
TyPtr struct_type(std::vector<std::pair<std::string, TyPtr>> fields);
TyPtr sequence_type(TyPtr member);
TyPtr key_type(bool private_key, std::vector<Dim> dims = {});
TyPtr function_type(std::vector<TyPtr> parameters, TyPtr result);
// In the compact notation. With `tags`, unknown dimensions that may differ look different.
std::string to_string(const Ty& type, bool tags = false);
inline bool equal(const TyPtr& a, const TyPtr& b) {
  return to_string(*a, true) == to_string(*b, true);
}
bool has_unknown_dims(const Ty& type);
bool has_sequence(const Ty& type);
bool has_private_key(const Ty& type);
bool has_key(const Ty& type);
// Tensors and structs of them, and nothing else.
bool is_data(const Ty& type);
std::vector<TyPtr> leaves(const TyPtr& type);
int64_t element_count(const Ty& type);

enum class Place : uint8_t { kServer, kClients, kAllEqual };
struct FedTy {
  TyPtr member;
  Place place = Place::kServer;
};
std::string to_string(const FedTy& type);
void to_proto(const FedTy& type, fed::proto::Type* out);

// An expression (or a block): text in which `$0`, `$1`, ... stand for the children.
struct Node;
using NodePtr = std::shared_ptr<const Node>;
struct Node {
  TyPtr type;  // of the value; null where it has a placement
  std::string text;
  std::vector<NodePtr> kids;
  std::vector<std::string> binds;  // names that it introduces, each unique in its file
  std::string use;                 // the name that it refers to, if it is a variable or a function
  bool block = false;              // begins with `let`: stands only where a block does
};
NodePtr leaf(TyPtr type, std::string text);
NodePtr make(TyPtr type, std::string text, std::vector<NodePtr> kids,
             std::vector<std::string> binds = {});
NodePtr variable(TyPtr type, const std::string& name);
std::string print(const Node& node);
// Names that are used in `node` and not bound there.
void free_names(const Node& node, std::set<std::string>* names);
int size_of(const Node& node);

struct Parameter {
  std::string name;
  TyPtr type;
};
// fn NAME(PARAMETERS) -> RESULT { BODY }. The result may be a function, or a struct with some.
struct Function {
  std::string name;
  std::vector<Parameter> parameters;
  TyPtr result;
  NodePtr body;
  bool differentiable = false;  // a float scalar of a float first parameter
};
struct Param {
  std::string name;
  ElementType element;
  std::string declaration;  // after `param `, without the semicolon
};

struct Statement {
  std::string name;
  FedTy type;
  NodePtr value;
};
struct Entry {
  std::string name;
  std::vector<std::pair<std::string, FedTy>> parameters;
  std::set<std::string> from_host;  // those that the device says
  std::vector<Statement> statements;
  std::vector<std::string> results;  // names of parameters or statements; field i is `ri`

  FedTy type_of(const std::string& name) const;
};

struct File {
  uint64_t seed = 0;
  std::vector<Param> params;
  std::vector<Function> functions;
  std::vector<Entry> entries;
};
std::string print(const File& file);
// Without functions and params that nobody uses.
File without_unused(const File& file);

// What entry `entry` is called with.
struct Call {
  size_t clients = 0;
  std::vector<fedrt::Leaf> leaves;              // of the argument; keys are those of `key`
  uint64_t key = 0;                             // of the run
  std::vector<std::set<size_t>> lost;           // see interpret::Options
  std::map<std::string, fedrt::Tensor> params;  // those that do not have their defaults
};
fed::proto::Type argument_type(const Entry& entry);
fed::proto::Type result_type(const Entry& entry);

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_PROGRAM_H_
