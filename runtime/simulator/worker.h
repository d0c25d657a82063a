// One thread's client: its memory, and the host table that the compiled code calls back.
#ifndef RUNTIME_SIMULATOR_WORKER_H_
#define RUNTIME_SIMULATOR_WORKER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/client/fed_client.h"
#include "runtime/data/flat.h"
#include "runtime/simulator/simulation.h"

namespace fedrt {

class Simulation::Worker {
 public:
  Worker(const fed_program* program, const SimulationOptions* options);

  fed_client* client() { return client_; }

  // The next phase that runs is that of this client.
  void serve(const Computation* computation, const Arguments* arguments, uint64_t client,
             const std::atomic<uint64_t>* first_failed);

 private:
  static Worker* self(void* user) { return static_cast<Worker*>(user); }
  static int32_t sequence_open(void* user, uint32_t sequence, uint32_t cursor);
  static int32_t sequence_next(void* user, uint32_t sequence, uint32_t cursor, fed_view* leaves,
                               uint32_t count);
  static int32_t sequence_rewind(void* user, uint32_t sequence, uint32_t cursor);
  static int32_t cancelled(void* user);
  static int32_t entropy(void* user, void* out, uint64_t bytes);
  static void log(void* user, uint32_t site, const char* text);
  SequenceReader* reader(uint32_t sequence, uint32_t cursor);

  const SimulationOptions* options_;
  fed_host host_{};
  AlignedBuffer memory_;
  fed_client* client_;
  const Computation* computation_ = nullptr;
  const Arguments* arguments_ = nullptr;
  uint64_t current_ = 0;
  const std::atomic<uint64_t>* first_failed_ = nullptr;
  std::vector<std::vector<std::unique_ptr<SequenceReader>>> readers_;  // by sequence and cursor
};

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_WORKER_H_
