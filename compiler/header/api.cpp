#include "compiler/header/api.h"

#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <map>

#include "compiler/header/names.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/tensor.h"
#include "runtime/data/value.h"

namespace fedc::header {
namespace {

namespace proto = fed::proto;

// FED_CLIENT_HEAD_BYTES: the glue does not compile where it is another number.
constexpr uint64_t kClientHead = 256;

uint64_t aligned(uint64_t bytes) {
  return (bytes + FED_ALIGNMENT - 1) / FED_ALIGNMENT * FED_ALIGNMENT;
}

struct Element {
  const char* type;
  uint64_t bytes;
};

Element element_of(proto::ElementType element) {
  switch (element) {
    case proto::INT8:
      return {"int8_t", 1};
    case proto::INT16:
      return {"int16_t", 2};
    case proto::INT32:
      return {"int32_t", 4};
    case proto::INT64:
      return {"int64_t", 8};
    case proto::UINT16:
    case proto::FLOAT16:
    case proto::BFLOAT16:
      return {"uint16_t", 2};
    case proto::UINT32:
      return {"uint32_t", 4};
    case proto::UINT64:
      return {"uint64_t", 8};
    case proto::FLOAT32:
      return {"float", 4};
    case proto::FLOAT64:
      return {"double", 8};
    default:
      return {"uint8_t", 1};
  }
}

CValue value_of(const proto::Leaf& leaf, const std::string& wanted, Scope& scope) {
  std::vector<std::string> endings = {""};
  for (int d = 0; d < leaf.type().dims_size(); ++d)
    if (leaf.type().dims(d).unknown()) endings.push_back("_dim" + std::to_string(d));
  CValue value{&leaf, scope.add(wanted, endings), {}};
  for (size_t i = 1; i < endings.size(); ++i) value.dims.push_back(value.name + endings[i]);
  return value;
}

std::vector<CValue> fields_of(const proto::Layout& layout) {
  Scope scope;
  std::vector<CValue> values;
  for (const proto::Leaf& leaf : layout.leaves())
    values.push_back(value_of(leaf, identifier(leaf.name()), scope));
  return values;
}

std::vector<CPlace> places_of(const proto::Layout& layout, const std::string& macro,
                              Scope& global) {
  std::vector<CPlace> places;
  for (const proto::Leaf& leaf : layout.leaves()) {
    std::vector<std::string> endings = {"_OFFSET", "_BYTES"};
    if (has_unknown(leaf.type())) endings.push_back("_DIMS_OFFSET");
    places.push_back({&leaf, global.add(macro + "_" + upper(part(leaf.name())), endings)});
  }
  return places;
}

// Whether two elements are the same struct in C.
bool same_fields(const std::vector<CValue>& a, const std::vector<CValue>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const CValue& x, const CValue& y) {
    return x.name == y.name && fedrt::to_string(x.leaf->type()) == fedrt::to_string(y.leaf->type());
  });
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

Api::Api(const proto::Manifest& manifest, const ClientFacts& facts)
    : manifest(manifest), facts(facts), prefix(facts.prefix), macro(upper(facts.prefix)) {
  std::set<std::string> taken = {"fed_client", "fed_program", "fed_status"};
  for (const char* name :
       {"client", "host", "params", "computation", "error", "program_hash", "client_program",
        "open", "state_load", "state_save", "round_begin", "keys", "down", "run", "up", "round_end",
        "last_error", "params_read", "fed_client"})
    taken.insert(prefix + "_" + name);
  for (const char* name : {"CLIENT_BYTES", "STACK_BYTES", "STATE_BYTES", "PARAMS_BYTES",
                           "PARAMS_DEFAULT", "CLIENT_H_", "NO_COMPUTATION"})
    taken.insert(macro + "_" + name);
  Scope global(std::move(taken));
  Scope members({"size", "user", "cancelled", "entropy"});

  uint64_t input = 0, kept = 0, result = 0, down = 0, up = 0;
  memory.head = 320;
  for (int i = 0; i < manifest.computations_size(); ++i) {
    const proto::Computation& computation = manifest.computations(i);
    const proto::Side& side = computation.client();
    input = std::max<uint64_t>(input, side.input().bytes());
    kept = std::max<uint64_t>(kept, side.kept().bytes());
    result = std::max<uint64_t>(result, side.result().bytes());
    state_bytes = std::max<uint64_t>(state_bytes, side.state().bytes());
    for (const proto::Phase& phase : side.phases()) {
      down = std::max<uint64_t>(down, phase.message_in().bytes());
      up = std::max<uint64_t>(up, phase.message_out().bytes());
    }
    if (side.phases().empty()) continue;  // the server's alone

    CComputation c;
    c.computation = &computation;
    c.index = i;
    const std::string name = part(computation.name());
    if (!c.is_round()) {
      c.function = global.add(prefix + "_" + name);
    } else {
      c.enumerator = global.add(macro + "_" + upper(name));
      c.phases_macro = global.add(c.enumerator + "_PHASES");
    }
    for (int s = 0; s < side.sequences_size(); ++s) {
      CSequence sequence;
      sequence.sequence = &side.sequences(s);
      const std::string own = name + "_" + part(side.sequences(s).name());
      sequence.member = members.add(own, {"_next", "_rewind"});
      sequence.type = global.add(prefix + "_" + own);
      sequence.values = fields_of(side.sequences(s).element());
      const auto& cursors = facts.cursors;
      const bool counted = i < static_cast<int>(cursors.size()) &&
                           s < static_cast<int>(cursors[static_cast<size_t>(i)].size());
      sequence.passes = std::max<uint32_t>(
          1, counted ? cursors[static_cast<size_t>(i)][static_cast<size_t>(s)] : 1);
      for (const CComputation& earlier : computations)
        for (const CSequence& other : earlier.sequences)
          if (sequence.same_as.empty() && other.same_as.empty() &&
              same_fields(sequence.values, other.values))
            sequence.same_as = other.type;
      uint64_t bytes = 8;  // of a struct that would be empty
      for (const CValue& value : sequence.values) bytes += 8 * (1 + value.dims.size());
      memory.head += 16 + bytes * sequence.passes;
      c.sequences.push_back(std::move(sequence));
    }
    Scope arguments({"client", prefix + "_client_program"});
    for (const proto::Leaf& leaf : side.input().leaves()) {
      if (leaf.origin() == proto::FROM_KEY)
        c.key_bytes += leaf.bytes();
      else if (leaf.origin() == proto::FROM_ENTROPY)
        c.private_keys = true;
      else
        c.inputs.push_back(value_of(leaf, identifier(leaf.name()), arguments));
    }
    takes_keys |= c.key_bytes != 0;
    draws_keys |= c.private_keys;
    if (c.is_export()) {
      const bool plain =
          side.result().leaves_size() == 1 && side.result().leaves(0).name() == "result";
      for (const proto::Leaf& leaf : side.result().leaves())
        c.results.push_back(value_of(leaf, plain ? "out" : "out_" + part(leaf.name()), arguments));
      memory.input = std::max<uint64_t>(memory.input, side.input().bytes());
      memory.result = std::max<uint64_t>(memory.result, side.result().bytes());
    } else if (c.is_round()) {
      c.results = fields_of(side.result());
      if (!c.inputs.empty()) c.input_function = global.add(prefix + "_" + name + "_input");
      if (!c.results.empty()) {
        c.result_type = global.add(prefix + "_" + name + "_results");
        c.result_function = global.add(prefix + "_" + name + "_result");
      }
      for (int k = 0; k < side.phases_size(); ++k) {
        CPhase phase;
        const std::string number = std::to_string(k + 1);
        phase.down = global.add(c.enumerator + "_DOWN" + number, {"_BYTES"});
        phase.up = global.add(c.enumerator + "_UP" + number, {"_BYTES"});
        phase.down_places = places_of(side.phases(k).message_in(), phase.down, global);
        phase.up_places = places_of(side.phases(k).message_out(), phase.up, global);
        c.phases.push_back(std::move(phase));
      }
    }
    computations.push_back(std::move(c));
  }
  params = fields_of(manifest.param_layout());
  memory.head = aligned(memory.head);
  memory.params = aligned(manifest.param_layout().bytes());
  memory.input = aligned(memory.input);
  memory.result = aligned(memory.result);
  memory.client = kClientHead + 2 * aligned(state_bytes) + memory.params + aligned(input) +
                  aligned(kept) + aligned(result) + aligned(down) + aligned(up) +
                  aligned(facts.arena_bytes);
}

std::string Api::place(uint32_t site) const {
  if (site == 0 || site >= static_cast<uint32_t>(manifest.sites_size())) return "";
  const proto::Site& found = manifest.sites(static_cast<int>(site));
  if (found.line() == 0) return "";
  return fedrt::file_name(found) + ":" + std::to_string(found.line());
}

std::string c_type(const proto::TensorType& type) { return element_of(type.element()).type; }

uint64_t element_bytes(const proto::TensorType& type) { return element_of(type.element()).bytes; }

uint64_t element_count(const proto::TensorType& type) {
  uint64_t count = 1;
  for (const proto::Dimension& dim : type.dims()) count *= static_cast<uint64_t>(dim.size());
  return count;
}

bool has_unknown(const proto::TensorType& type) {
  return std::any_of(type.dims().begin(), type.dims().end(),
                     [](const proto::Dimension& dim) { return dim.unknown(); });
}

std::string c_number(double value, proto::ElementType element) {
  char text[64];
  const auto print = [&](const char* format, auto number) {
    snprintf(text, sizeof text, format, number);
    return std::string(text);
  };
  switch (element) {
    case proto::FLOAT16:
      return print("0x%04x", fedrt::float_to_float16(static_cast<float>(value)));
    case proto::BFLOAT16:
      return print("0x%04x", fedrt::float_to_bfloat16(static_cast<float>(value)));
    case proto::FLOAT32:
    case proto::FLOAT64: {
      const bool narrow = element == proto::FLOAT32;
      std::string number = print(narrow ? "%.9g" : "%.17g", value);
      // The shortest text that reads as the same number.
      for (int digits = 1; digits < 17; ++digits) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (narrow ? strtof(text, nullptr) == static_cast<float>(value)
                   : strtod(text, nullptr) == value) {
          number = text;
          break;
        }
      }
      if (number.find_first_of(".e") == std::string::npos) number += ".0";
      return number + (narrow ? "f" : "");
    }
    case proto::INT64:
      if (value <= -9223372036854775808.0) return "INT64_MIN";
      return "INT64_C(" + print("%" PRId64, static_cast<int64_t>(value)) + ")";
    case proto::UINT64:
      return "UINT64_C(" +
             (value >= 18446744073709551615.0 ? std::string("18446744073709551615")
                                              : print("%" PRIu64, static_cast<uint64_t>(value))) +
             ")";
    case proto::INT32:
      if (value <= -2147483648.0) return "INT32_MIN";
      return print("%.0f", value);
    case proto::UINT32:
      return print("%.0f", value) + "u";
    default:
      return print("%.0f", value);
  }
}

std::string argument(const CValue& value) {
  const proto::TensorType& type = value.leaf->type();
  const std::string element = c_type(type);
  if (value.scalar()) return element + " " + value.name;
  const uint64_t count = element_count(type);
  if (!has_unknown(type) && count != 0)
    return "const " + element + " " + value.name + "[" + std::to_string(count) + "]";
  std::string text;
  for (const std::string& dim : value.dims) text += "int64_t " + dim + ", ";
  return text + "const " + element + " *" + value.name;
}

std::string output(const CValue& value) {
  const proto::TensorType& type = value.leaf->type();
  const std::string element = c_type(type);
  const uint64_t count = element_count(type);
  std::string text;
  for (const std::string& dim : value.dims) text += "int64_t *" + dim + ", ";
  if (value.scalar() || count == 0) return text + element + " *" + value.name;
  return text + element + " " + value.name + "[" + std::to_string(count) + "]";
}

std::string input_signature(const Api& api, const CComputation& computation) {
  std::vector<std::string> parts = {api.prefix + "_client *client"};
  for (const CValue& value : computation.inputs) parts.push_back(argument(value));
  return "fed_status " + computation.input_function + "(" + joined(parts) + ")";
}

std::string result_signature(const Api& api, const CComputation& computation) {
  return "fed_status " + computation.result_function + "(const " + api.prefix +
         "_client *client, " + computation.result_type + " *out)";
}

std::string call_signature(const Api& api, const CComputation& computation) {
  std::vector<std::string> parts = {api.prefix + "_client *client"};
  if (computation.is_state()) {
    parts.push_back("const " + api.prefix + "_params *params");
  } else {
    for (const CValue& value : computation.inputs) parts.push_back(argument(value));
    for (const CValue& value : computation.results) parts.push_back(output(value));
  }
  return "fed_status " + computation.function + "(" + joined(parts) + ")";
}

}  // namespace fedc::header
