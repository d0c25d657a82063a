// What the clients of a process hold, from a SPEC on the command line.
//
// A SPEC is JSON (an object with the function's arguments but the state, by name), "@FILE" with
// such JSON in it, or a data set in files (spec_files.h) for a function whose clients hold one
// sequence.
#ifndef RUNTIME_PROGRAM_DATA_SPEC_H_
#define RUNTIME_PROGRAM_DATA_SPEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/data/value.h"
#include "runtime/program/arguments.h"

namespace fedrt {

// The text of `text_or_file`: itself, or what stands in FILE for "@FILE".
absl::StatusOr<std::string> text_of(const std::string& text_or_file, const std::string& flag);

// Where the text comes from, for messages: "--data", "--data: readings.json".
std::string source_of(const std::string& text_or_file, const std::string& flag);

// Gives a type the form in which one client writes its own value: a {T}@CLIENTS is the T, no list.
void make_own(proto::Type* type);

struct SpecRequest {
  const Computation* computation = nullptr;
  std::vector<int> fields;                 // of the argument, that are to be given
  std::string spec;                        // empty: none
  std::string flag;                        // for messages: "--data"
  std::optional<uint64_t> clients;         // as given; JSON with lists of clients and a
                                           // partition by a column say it themselves
  std::optional<uint64_t> otherwise;       // how many, where neither they nor the SPEC says it
  std::string clients_flag = "--clients";  // for messages
  uint64_t seed = 0;                       // of the shuffle where the SPEC has none
  bool own = false;                        // the SPEC is one client's own, in the form of make_own
};

// The fields of a computation's argument, but the client's state and what comes from elsewhere
// (the host, keys), of which something is at `placement`.
std::vector<int> fields_at(const Computation& computation, proto::Placement placement);

// The arguments, all but those that are no `fields` filled in (at the server they are no tensors).
// Fields that the SPEC does not give are taken from `others`: JSON with an object (of more fields,
// perhaps), from --args.
absl::StatusOr<Arguments> read_spec(const SpecRequest& request, const std::string& others);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_DATA_SPEC_H_
