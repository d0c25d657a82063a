// One thread's client: its memory, and what the compiled code calls back.
#ifndef RUNTIME_SIMULATOR_WORKER_H_
#define RUNTIME_SIMULATOR_WORKER_H_

#include <atomic>
#include <cstdint>

#include "runtime/client/fed_client.h"
#include "runtime/data/flat.h"
#include "runtime/program/client_host.h"
#include "runtime/simulator/simulation.h"

namespace fedrt {

class Simulation::Worker : public ClientHost {
 public:
  Worker(const fed_program* program, const SimulationOptions* options)
      : options_(options),
        memory_(fed_client_bytes(program)),
        client_(fed_client_open(program, memory_.data(), memory_.size(), table())) {}

  fed_client* client() { return client_; }

  // The next phase that runs is that of this client.
  void serve(const Computation* computation, const Arguments* arguments, uint64_t client,
             const std::atomic<uint64_t>* first_failed) {
    ClientHost::serve(computation->client, arguments, client);
    first_failed_ = first_failed;
  }

 private:
  bool is_cancelled() const override {
    if (options_->cancelled && options_->cancelled->load(std::memory_order_relaxed)) return true;
    // A client before this one has failed: what this one does will not be looked at.
    return first_failed_->load(std::memory_order_relaxed) < client_number();
  }
  void log(uint32_t site, const char* text) const override {
    if (options_->log) options_->log(site, text);
  }

  const SimulationOptions* options_;
  AlignedBuffer memory_;
  fed_client* client_;
  const std::atomic<uint64_t>* first_failed_ = nullptr;
};

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_WORKER_H_
