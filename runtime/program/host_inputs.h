// What parameters that are `from host` get: --host NAME=VALUE.
#ifndef RUNTIME_PROGRAM_HOST_INPUTS_H_
#define RUNTIME_PROGRAM_HOST_INPUTS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "runtime/program/arguments.h"
#include "runtime/program/program.h"

namespace fedrt {

// By the parameter's name: JSON, or @FILE.
using HostInputs = std::map<std::string, std::string>;

// Fails at a name that no computation takes from the host.
absl::Status check_host_names(const Program& program, const HostInputs& given);

// Fills in what the computation takes from the host, of arguments that are there but for that. A
// VALUE is a list with one entry a client, or what all have. `own`: the arguments are one client's,
// and a VALUE is that client's own.
absl::Status read_host_inputs(const Computation& computation, const HostInputs& given, bool own,
                              Arguments* arguments);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_HOST_INPUTS_H_
