// What parameters that are `from host` get: --host NAME=VALUE, and in each round of a process
// another one, --host-each-round NAME=VALUES.
#ifndef RUNTIME_PROGRAM_HOST_INPUTS_H_
#define RUNTIME_PROGRAM_HOST_INPUTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/value.h"
#include "runtime/program/arguments.h"
#include "runtime/program/program.h"

namespace fedrt {

// By the parameter's name: JSON, or @FILE.
using HostInputs = std::map<std::string, std::string>;

// Fails at a name that no computation takes from the host; `flag` is where the names stand.
absl::Status check_host_names(const Program& program, const HostInputs& given,
                              const std::string& flag = "--host");

// What the host says anew in each round: VALUES is a list with one entry a round, each of which is
// a VALUE of `--host`, all in the same form.
class HostRounds {
 public:
  // Of what is given, what the computation takes; the arguments are filled in as in the first
  // round. Fails where a round's value does not fit the types or the clients, and where there are
  // fewer than `rounds`.
  static absl::StatusOr<HostRounds> read(const Computation& computation, const HostInputs& given,
                                         uint64_t rounds, Arguments* arguments);

  // Whether it gives this parameter.
  bool has(const std::string& name) const { return fields_.count(name) > 0; }

  // Fills in what the computation takes in a round, counted from 1.
  absl::Status fill(const Computation& computation, uint64_t round, Arguments* arguments) const;

 private:
  struct Field {
    proto::Type type;  // of a round's value
    std::vector<Value> rounds;
  };
  std::map<std::string, Field> fields_;  // by the parameter's name
};

// Fills in what the computation takes from the host, of arguments that are there but for that and
// for what `rounds` gives. A VALUE is a list with one entry a client, or what all have. `own`: the
// arguments are one client's, and a VALUE is that client's own.
absl::Status read_host_inputs(const Computation& computation, const HostInputs& given, bool own,
                              Arguments* arguments, const HostRounds& rounds = {});

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_HOST_INPUTS_H_
