#include "runtime/server/conduct.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "runtime/program/describe.h"
#include "runtime/program/keys.h"

namespace fedrt {
namespace {

// Of the server's own code, at a level.
absl::Status failure(uint64_t level, const proto::Manifest& manifest, const ServerRound& round,
                     Outcome* outcome) {
  if (round.error().status == FED_CANCELLED) return absl::CancelledError("cancelled");
  outcome->error = PhaseError{true, level, 0, round.error()};
  return absl::FailedPreconditionError(describe(*outcome->error, manifest));
}

// The input is made for each step again, of what that reads: while clients work, and while a step
// that does not read them runs, large arguments are there once.
absl::Status run_step(uint64_t k, const Computation& computation,
                      const std::vector<Tensor>& arguments, const std::vector<std::string>& keys,
                      const proto::Manifest& manifest, ServerRound* round, const Clients& clients,
                      Outcome* outcome) {
  if (clients.is_cancelled()) return absl::CancelledError("cancelled");
  const fed_layout& layout = computation.server->steps.input;
  AlignedBuffer input(layout.bytes);
  for (const uint32_t i : computation.manifest->server().phases(static_cast<int>(k)).inputs())
    if (!keys[i].empty())
      std::memcpy(input.data() + layout.leaves[i].offset, keys[i].data(), keys[i].size());
    else if (absl::Status status = write_leaf(layout.leaves[i], arguments[i], input.data());
             !status.ok())
      return status;
  const int32_t status = round->run_step(k, input.data());
  return status == FED_OK ? absl::OkStatus() : failure(k, manifest, *round, outcome);
}

// The server's keys of a run, drawn once for all steps: of each leaf of its input that takes some.
absl::StatusOr<std::vector<std::string>> server_keys(const fed_layout& input, uint64_t run,
                                                     const fed_host& host) {
  std::vector<std::string> keys(input.leaf_count);
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < input.leaf_count; ++i)
    if (input.leaves[i].origin == FED_FROM_KEY) bytes += input.leaves[i].bytes;
  const std::string drawn = draw_keys(server_key(run), bytes);
  uint64_t next = 0;
  for (uint64_t i = 0; i < input.leaf_count; ++i) {
    const fed_leaf& leaf = input.leaves[i];
    if (leaf.origin == FED_FROM_KEY) {
      keys[i] = drawn.substr(next, leaf.bytes);
      next += leaf.bytes;
    } else if (leaf.origin == FED_FROM_ENTROPY) {
      keys[i].resize(leaf.bytes);
      if (host.entropy == nullptr || host.entropy(host.user, keys[i].data(), leaf.bytes) != FED_OK)
        return absl::UnavailableError("the system has no entropy for private keys");
    }
  }
  return keys;
}

}  // namespace

absl::Status conduct(const Computation& computation, uint64_t client_phases,
                     const Arguments& arguments, const proto::Manifest& manifest,
                     ServerRound* round, Clients* clients, Outcome* outcome) {
  const fed_computation& steps = computation.server->steps;
  const absl::StatusOr<std::vector<std::string>> keys =
      server_keys(steps.input, arguments.key, round->host());
  if (!keys.ok()) return keys.status();
  const uint64_t levels = std::max(steps.phase_count, client_phases + 1);
  for (uint64_t level = 0; level < levels; ++level) {
    if (level > 0 && level <= client_phases)
      if (absl::Status status = clients->run_phase(level, round, outcome); !status.ok())
        return round->error().status == FED_OK ? status : failure(level, manifest, *round, outcome);
    if (level < steps.phase_count)
      if (absl::Status status = run_step(level, computation, arguments.server, *keys, manifest,
                                         round, *clients, outcome);
          !status.ok())
        return status;
  }
  for (uint64_t i = 0; i < steps.result.leaf_count; ++i) {
    Tensor tensor;
    if (absl::Status status = read_leaf(steps.result.leaves[i], round->result(), &tensor);
        !status.ok())
      return status;
    outcome->server.push_back(std::move(tensor));
  }
  return absl::OkStatus();
}

}  // namespace fedrt
