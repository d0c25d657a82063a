// Whoever runs a computation: over clients in this process, or over those that a server reaches.
#ifndef RUNTIME_PROGRAM_EXECUTOR_H_
#define RUNTIME_PROGRAM_EXECUTOR_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "runtime/data/flat.h"
#include "runtime/program/arguments.h"
#include "runtime/program/outcome.h"
#include "runtime/program/program.h"

namespace fedrt {

// Every client's state of one process, as the compiled code lays it out. Bytes: clients * stride.
struct ClientStates {
  uint64_t stride = 0;
  AlignedBuffer bytes;
};

class Executor {
 public:
  virtual ~Executor() = default;
  virtual const Program& program() const = 0;

  // The state of `clients` clients before anything ran: zeros; `client_state()` of the process
  // makes the real one. Nothing where clients keep their states themselves.
  virtual std::optional<ClientStates> new_states(uint64_t clients) const = 0;

  // Runs a computation. `params` as make_params gives them. `states` (null: there are none here)
  // are read, and replaced for the clients that finished if the whole run succeeded. On an error
  // the status is its description; if it comes from compiled code, outcome->error has the facts.
  virtual absl::Status run(const Computation& computation, const Arguments& arguments,
                           const AlignedBuffer& params, ClientStates* states, Outcome* outcome) = 0;
};

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_EXECUTOR_H_
