// What comes out of a computation.
#ifndef RUNTIME_PROGRAM_OUTCOME_H_
#define RUNTIME_PROGRAM_OUTCOME_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/value.h"
#include "runtime/program/program.h"
#include "runtime/program/tally.h"

namespace fedrt {

// A phase that did not end well.
struct PhaseError {
  bool server = false;
  uint64_t phase = 0;  // client phases from 1, server steps from 0
  uint64_t client = 0;
  fed_error error{};
  bool has_details = true;  // false: of a client elsewhere, whose values stay there
  bool federated = true;    // false: of a function that runs by itself, without clients or phases

  static constexpr uint64_t kThisClient = ~uint64_t{0};  // as `client`: the only one here
};

// A client whose message of a phase was not added.
struct Refusal {
  uint64_t phase = 0;  // from 1
  uint64_t client = 0;
  int32_t reason = FED_ACCEPT;
  // Of what is not finite: what was sent is, but not times its weight.
  bool product = false;
};
// The most refusals that are kept of a phase and a reason.
inline constexpr size_t kMostRefusals = 4;

struct Outcome {
  std::vector<Tensor> server;  // a leaf of the server's result each
  // A leaf of the client's result each: a member for each client that took part, meaningless where
  // it did not finish.
  std::vector<Leaf> client;
  std::vector<uint8_t> finished;  // likewise: its messages of all phases were accepted
  std::vector<Tally> phases;      // by client phase
  std::vector<Refusal> refused;   // in a simulation, the first of each phase and reason by number
  std::optional<PhaseError> error;
  uint64_t failed_clients = 0;              // that left the round and did not end it
  std::optional<PhaseError> first_failure;  // of those, by the client's number
  uint64_t late_clients = 0;                // that had not answered at the time limit
};

// The leaves of the result's type, in order. Leaves per client hold the clients that finished only.
absl::StatusOr<std::vector<Leaf>> result_leaves(const Computation& computation, Outcome outcome);

// Drops what is not at `placement`, which is elsewhere. False where nothing is left.
bool keep_placement(proto::Placement placement, Value* value, proto::Type* type);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_OUTCOME_H_
