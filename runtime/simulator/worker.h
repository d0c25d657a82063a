// One thread's client: its memory, and what the compiled code calls back.
#ifndef RUNTIME_SIMULATOR_WORKER_H_
#define RUNTIME_SIMULATOR_WORKER_H_

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "runtime/client/fed_client.h"
#include "runtime/data/flat.h"
#include "runtime/data/threefry.h"
#include "runtime/program/client_host.h"
#include "runtime/program/keys.h"
#include "runtime/simulator/debug.h"
#include "runtime/simulator/simulation.h"

namespace fedrt {

// Private keys for a participant that has no entropy but a seed.
class SimulatedEntropy {
 public:
  explicit SimulatedEntropy(uint64_t key = 0) : key_(key) {}
  void draw(void* out, uint64_t bytes) {
    const std::string drawn = draw_keys(key_, bytes);
    std::memcpy(out, drawn.data(), bytes);
    key_ = threefry(key_, ~uint64_t{0});  // not the same again
  }

 private:
  uint64_t key_;
};

class Simulation::Worker : public ClientHost {
 public:
  Worker(const Program* program, const SimulationOptions* options)
      : options_(options),
        program_(program),
        memory_(fed_client_bytes(&program->client())),
        client_(fed_client_open(&program->client(), memory_.data(), memory_.size(), table())) {
    host()->debug = [](void* user, uint32_t site, uint32_t element, uint32_t rank,
                       const fed_view* value, const int64_t* bounds) {
      const auto* worker = static_cast<Worker*>(static_cast<ClientHost*>(user));
      if (collected_debug == nullptr) return;
      const Tensor shown = shown_tensor(static_cast<ElementType>(element), rank, *value, bounds);
      absl::StrAppend(
          collected_debug, collected_debug->empty() ? "" : "\n",
          debug_line(*worker->computation_, worker->arguments(), worker->client_number(), site,
                     shown, worker->program_->manifest()));
    };
  }

  fed_client* client() { return client_; }

  // The next phase that runs is that of this client.
  void serve(const Computation* computation, const Arguments* arguments, uint64_t client,
             const std::atomic<uint64_t>* first_failed) {
    ClientHost::serve(computation->client, arguments, client);
    computation_ = computation;
    private_keys_.reset();
    first_failed_ = first_failed;
  }

 private:
  bool is_cancelled() const override {
    if (options_->cancelled && options_->cancelled->load(std::memory_order_relaxed)) return true;
    // A client before this one has failed: what this one does will not be looked at.
    return first_failed_->load(std::memory_order_relaxed) < client_number();
  }
  bool entropy(void* out, uint64_t bytes) override {
    if (!private_keys_)
      private_keys_.emplace(client_key(simulated_entropy(arguments().key), client_number()));
    private_keys_->draw(out, bytes);
    return true;
  }
  void log(uint32_t site, const char* text) const override {
    if (options_->log) options_->log(site, text);
  }

  const SimulationOptions* options_;
  const Program* program_;
  const Computation* computation_ = nullptr;
  std::optional<SimulatedEntropy> private_keys_;  // once it is asked for any
  AlignedBuffer memory_;
  fed_client* client_;
  const std::atomic<uint64_t>* first_failed_ = nullptr;
};

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_WORKER_H_
