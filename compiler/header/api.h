// What a client library offers: the program's computations, values and sequences with their names
// in C. (Inside compiler/header.)
#ifndef FEDC_COMPILER_HEADER_API_H_
#define FEDC_COMPILER_HEADER_API_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/header/header.h"
#include "proto/manifest.pb.h"

namespace fedc::header {

// A leaf as an argument, or as the field of a struct.
struct CValue {
  const fed::proto::Leaf* leaf;
  std::string name;
  std::vector<std::string> dims;  // of each unknown dimension: the name of its size

  bool scalar() const { return leaf->type().dims().empty(); }
};

struct CSequence {
  const fed::proto::Sequence* sequence;
  std::string member;   // of the host table: `member`_next, `member`_rewind
  std::string type;     // of an element
  std::string same_as;  // the earlier element type that this one is another name of, or empty
  uint32_t passes;      // that can be open at the same time; at least 1
  std::vector<CValue> values;
};

// One message or parameter leaf, whose place has constants.
struct CPlace {
  const fed::proto::Leaf* leaf;
  std::string macro;  // before _OFFSET, _BYTES and _DIMS_OFFSET
};

struct CPhase {
  std::string down, up;  // macros, before _BYTES
  std::vector<CPlace> down_places, up_places;
};

// A computation that has something to do at the client. Three kinds: rounds, which have an
// enumerator; functions that the app calls; and what makes a new client's state.
struct CComputation {
  const fed::proto::Computation* computation;
  int index;  // in the manifest and the descriptor
  std::string enumerator;
  std::string function;  // of the other kinds
  std::vector<CSequence> sequences;
  std::vector<CValue> inputs;  // that the app gives: keys are not among them
  uint64_t key_bytes = 0;      // of the keys that the server sends for a round
  bool private_keys = false;   // it draws some
  std::string input_function;  // of rounds that have inputs
  std::vector<CValue> results;
  std::string result_type, result_function;  // of rounds that have results
  std::string phases_macro;
  std::vector<CPhase> phases;

  bool is_export() const { return computation->role() == fed::proto::EXPORT; }
  bool is_state() const { return computation->role() == fed::proto::CLIENT_STATE; }
  bool is_round() const { return !is_export() && !is_state(); }
};

// Bytes of a client's memory, in the order in which they lie.
struct Memory {
  uint64_t head = 0;  // the library's own, elements that are scalars included
  uint64_t params = 0, input = 0, result = 0;  // what calls of exported functions read and write
  uint64_t client = 0;                         // fed_client_bytes of the program
  uint64_t total() const { return head + params + input + result + client; }
};

// The stack of the library's own functions and the client runtime's, more than they take.
inline constexpr uint64_t kGlueStackBytes = 1024;

struct Api {
  Api(const fed::proto::Manifest& manifest, const ClientFacts& facts);

  const fed::proto::Manifest& manifest;
  const ClientFacts& facts;
  std::string prefix, macro;  // "mnist", "MNIST"
  std::vector<CComputation> computations;
  std::vector<CValue> params;
  uint64_t state_bytes = 0;
  Memory memory;
  bool takes_keys = false;  // of the server, in some computation
  bool draws_keys = false;  // from the host's entropy

  // "mnist.fed:12", or empty where the place is not known.
  std::string place(uint32_t site) const;
};

// "const float", of an element; bool is a byte and 16-bit floats are their bits.
std::string c_type(const fed::proto::TensorType& type);
uint64_t element_bytes(const fed::proto::TensorType& type);
// Elements of a tensor with unknown dimensions at their bounds.
uint64_t element_count(const fed::proto::TensorType& type);
bool has_unknown(const fed::proto::TensorType& type);

// A number of the parameter's type as C writes it: "0.100000001f", "INT64_C(5)"; 16-bit floats as
// their bits.
std::string c_number(double value, fed::proto::ElementType element);

// "int64_t x_dim0, const float *x" and so on: what gives a value to a function...
std::string argument(const CValue& value);
// ... and what gets one from it.
std::string output(const CValue& value);

// How the header and the definition say it: "fed_status mnist_predict(mnist_client *client, ...)".
std::string input_signature(const Api& api, const CComputation& computation);
std::string result_signature(const Api& api, const CComputation& computation);
std::string call_signature(const Api& api, const CComputation& computation);

}  // namespace fedc::header

#endif  // FEDC_COMPILER_HEADER_API_H_
