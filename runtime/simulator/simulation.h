// Runs compiled computations over many clients in this process: the very code that ships, without
// the network.
//
// Results do not depend on the number of threads nor on the order in which clients finish. Updates
// are aggregated as they come and kept nowhere, so memory is that of the threads; what grows with
// the number of clients is what they hold by the program's own meaning: client state, results that
// stay on clients, and, between the phases of a computation with several, the values that the
// compiler keeps for later phases.
#ifndef RUNTIME_SIMULATOR_SIMULATION_H_
#define RUNTIME_SIMULATOR_SIMULATION_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/flat.h"
#include "runtime/data/sequence.h"
#include "runtime/data/value.h"
#include "runtime/server/aggregate.h"
#include "runtime/simulator/program.h"

namespace fedrt {

struct SimulationOptions {
  int threads = 1;
  uint64_t minimum_clients = 0;  // of accepted messages, in every phase
  // A client whose phase fails leaves the cohort, as a device in the field would; else its error
  // ends the run.
  bool failed_clients_drop_out = false;
  const std::atomic<bool>* cancelled = nullptr;
  std::atomic<uint64_t>* done = nullptr;  // counts clients whose phase has run
  // For tests. `order` permutes the clients of a phase (numbered from 1); `drops_out` says that a
  // client vanishes before its message of that phase. Called from one thread and from many.
  std::function<void(uint64_t phase, std::vector<uint64_t>* clients)> order;
  std::function<bool(uint64_t phase, uint64_t client)> drops_out;
  std::function<void(uint32_t site, const std::string& text)> log;
};

// Everything that goes into a computation, by the sides' layouts.
struct Arguments {
  uint64_t clients = 0;
  std::vector<Tensor> server;               // a leaf of the server's input each
  std::vector<std::vector<Tensor>> client;  // a leaf of the client's input: one a client, or one
                                            // that all clients share
  std::vector<std::shared_ptr<const SequenceSource>> sequences;
};

// Arguments from the leaves of the argument's type, in order; leaves of client state are ignored.
absl::StatusOr<Arguments> make_arguments(const Computation& computation, std::vector<Leaf> leaves,
                                         uint64_t clients);

// Every client's state of one process, as the compiled code lays it out. Bytes: clients * stride.
struct ClientStates {
  uint64_t stride = 0;
  AlignedBuffer bytes;
};

// A phase that did not end well.
struct PhaseError {
  bool server = false;
  uint64_t phase = 0;  // client phases from 1, server steps from 0
  uint64_t client = 0;
  fed_error error{};
};

struct Outcome {
  std::vector<Tensor> server;  // a leaf of the server's result each
  // A leaf of the client's result each: a member a client, meaningless where it did not finish.
  std::vector<Leaf> client;
  std::vector<uint8_t> finished;  // by client: its messages of all phases were accepted
  std::vector<Tally> phases;      // by client phase
  std::optional<PhaseError> error;
  uint64_t failed_clients = 0;              // with failed_clients_drop_out
  std::optional<PhaseError> first_failure;  // of those, by the client's number
};

// The leaves of the result's type, in order. Leaves per client hold the clients that finished only.
absl::StatusOr<std::vector<Leaf>> result_leaves(const Computation& computation, Outcome outcome);

// An error as the compiler prints its own: place, message, source line and caret.
std::string describe(const PhaseError& error, const proto::Manifest& manifest);

// "error: MESSAGE" in the same form, at a site of the manifest (0: none).
std::string describe_at(uint32_t site, const std::string& message, const proto::Manifest& manifest);

class Simulation {
 public:
  Simulation(std::shared_ptr<const Program> program, SimulationOptions options);
  ~Simulation();
  Simulation(const Simulation&) = delete;

  const Program& program() const { return *program_; }
  const SimulationOptions& options() const { return options_; }
  // As SimulationOptions.done, from the next run on.
  void count_into(std::atomic<uint64_t>* done) { options_.done = done; }

  // The state of `clients` clients before anything ran: zeros. `client_state()` of the process
  // makes the real one.
  ClientStates new_states(uint64_t clients) const;

  // Runs a computation. `params` as make_params gives them. `states` (null: the program has none)
  // are read, and replaced for the clients that finished if the whole run succeeded. On an error
  // the status is its description; if it comes from compiled code, outcome->error has the facts.
  absl::Status run(const Computation& computation, const Arguments& arguments,
                   const AlignedBuffer& params, ClientStates* states, Outcome* outcome);

 private:
  class Worker;
  class Run;

  std::shared_ptr<const Program> program_;
  SimulationOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_SIMULATION_H_
