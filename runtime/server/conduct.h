// A whole run of one computation at the server: its steps in order, and between them the phases of
// clients, wherever these are.
#ifndef RUNTIME_SERVER_CONDUCT_H_
#define RUNTIME_SERVER_CONDUCT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "runtime/program/arguments.h"
#include "runtime/program/outcome.h"
#include "runtime/program/program.h"
#include "runtime/server/round.h"

namespace fedrt {

// Whoever reaches the clients of a run.
class Clients {
 public:
  virtual ~Clients() = default;
  // Client phase `phase` (from 1): has the cohort work on round->download(), and closes the level.
  virtual absl::Status run_phase(uint64_t phase, ServerRound* round, Outcome* outcome) = 0;
  virtual bool is_cancelled() const = 0;
};

// Runs `computation`, whose clients have `client_phases`. Of the arguments the server's and the
// run's key are used; private keys come from the round's host. Fills in outcome->server; an error
// of a step is outcome->error, and the status its description.
absl::Status conduct(const Computation& computation, uint64_t client_phases,
                     const Arguments& arguments, const proto::Manifest& manifest,
                     ServerRound* round, Clients* clients, Outcome* outcome);

}  // namespace fedrt

#endif  // RUNTIME_SERVER_CONDUCT_H_
