// Rounds of a process: the server's state goes from `initialize` through `next` after `next`, the
// clients' from `client_state`; `evaluate` looks at a state and its own clients.
#ifndef RUNTIME_PROGRAM_PROCESS_H_
#define RUNTIME_PROGRAM_PROCESS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/npz.h"
#include "runtime/program/executor.h"

namespace fedrt {

// What a round reports, by its path in the result ("loss").
struct Metric {
  std::string name;
  Tensor tensor;
  bool fixed_size = true;  // all rounds have these dimensions
};

class Process {
 public:
  // Finds the process's functions and checks that they fit together. The executor and the params
  // must outlive it.
  // `seed` is what all keys of its functions are made of: run r of next (from 1) has the same ones
  // whenever it runs.
  static absl::StatusOr<Process> make(Executor* executor, const std::string& name,
                                      const AlignedBuffer* params, uint64_t seed);

  const Computation& initialize_function() const { return *initialize_; }
  const Computation& next_function() const { return *next_; }
  const Computation* evaluate_function() const { return evaluate_; }  // null: there is none

  uint64_t rounds() const { return rounds_; }  // that next has made
  // The metrics that a function (next or evaluate) reports, by their names and types: zeros, an
  // unknown dimension is 0.
  std::vector<Metric> metric_forms(const Computation& function) const;

  // The fields of a function's argument that the caller gives: all but the states and what comes
  // from the host or is filled with keys.
  std::vector<int> open_fields(const Computation& function) const;

  // The first state, by the process's own initialize (which may take arguments), and every
  // client's.
  absl::Status initialize(Arguments arguments, uint64_t clients);
  // The first state from an archive: exactly the state's leaves, by their paths.
  absl::Status restore(const NamedTensors& tensors, const std::string& source, uint64_t clients);
  // What the checkpoint `source` holds, as save() and client_states() gave it after `rounds`
  // rounds: the tensors, whose names begin with `prefix`, and the clients' bytes.
  absl::Status resume(const NamedTensors& tensors, const std::string& prefix,
                      const std::string& source, std::string_view client_states, uint64_t clients,
                      uint64_t rounds);
  // The clients' states as the compiled code lays them out; nothing where they keep them.
  std::string_view client_states() const;
  // The state by its leaves' paths; a state that is a single tensor is named "state".
  NamedTensors save() const;

  // One round over what the arguments hold besides the states. On an error the states are as
  // before. The new state is taken out of outcome->server.
  absl::Status next(Arguments arguments, std::vector<Metric>* metrics, Outcome* outcome);
  absl::Status evaluate(Arguments arguments, std::vector<Metric>* metrics, Outcome* outcome);

 private:
  Process(Executor* executor, const AlignedBuffer* params, uint64_t seed)
      : executor_(executor), params_(params), seed_(seed) {}
  absl::Status find_functions(const std::string& name);
  absl::Status start_clients(uint64_t clients);
  bool takes_state(const Computation& function) const;
  // Runs `function` with the state among its arguments: it may be large, and is not copied.
  absl::Status run_with_state(const Computation& function, Arguments* arguments,
                              ClientStates* client_states, Outcome* outcome);
  // `outcome`: null where only their forms are wanted.
  void collect(const Computation& function, const Outcome* outcome,
               std::vector<Metric>* metrics) const;

  Executor* executor_;
  const AlignedBuffer* params_;
  uint64_t seed_;
  uint64_t rounds_ = 0;  // that next has made
  const Computation* initialize_ = nullptr;
  const Computation* next_ = nullptr;
  const Computation* evaluate_ = nullptr;
  const Computation* client_state_ = nullptr;
  size_t result_state_begin_ = 0;  // where the state's leaves begin in next's result
  std::vector<Tensor> state_;      // leaves of initialize's result
  std::optional<ClientStates> client_states_;
};

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_PROCESS_H_
