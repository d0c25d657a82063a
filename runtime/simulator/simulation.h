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
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/flat.h"
#include "runtime/program/executor.h"
#include "runtime/server/crew.h"

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
  // What `debug` shows: lines of text, the last without its end, in an order that no number of
  // threads changes. Called from one thread at a time.
  std::function<void(const std::string& lines)> debug;
};

class Simulation : public Executor {
 public:
  Simulation(std::shared_ptr<const Program> program, SimulationOptions options);
  ~Simulation() override;
  Simulation(const Simulation&) = delete;

  const Program& program() const override { return *program_; }
  const SimulationOptions& options() const { return options_; }
  // As SimulationOptions.done, from the next run on.
  void count_into(std::atomic<uint64_t>* done) { options_.done = done; }
  // As SimulationOptions.debug, likewise.
  void show_debug(std::function<void(const std::string& lines)> debug) {
    options_.debug = std::move(debug);
  }

  std::optional<ClientStates> new_states(uint64_t clients) const override;
  absl::Status run(const Computation& computation, const Arguments& arguments,
                   const AlignedBuffer& params, ClientStates* states, Outcome* outcome) override;

 private:
  class Worker;
  class Run;

  std::shared_ptr<const Program> program_;
  SimulationOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Crew crew_;
};

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_SIMULATION_H_
