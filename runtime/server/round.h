// One round of one computation at the server: its own steps between the levels of aggregation. It
// knows nothing of transports, threads or where clients are.
#ifndef RUNTIME_SERVER_ROUND_H_
#define RUNTIME_SERVER_ROUND_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "proto/manifest.pb.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/flat.h"
#include "runtime/server/aggregate.h"
#include "runtime/server/code.h"
#include "runtime/server/fold.h"

namespace fedrt {

// An error that names the line of the aggregation which `clients` clients are too many for. Float32
// sums keep their promised error up to 2^17 clients, anything up to 2^25
// (runtime/server/accumulators.h), and the largest possible secure sum stays under 2^62.
absl::Status check_cohort(const fed::proto::Manifest& manifest,
                          const fed::proto::Computation& computation, uint64_t clients);

// Values may be large: what the steps read and write is there while they do, and no longer.
class ServerRound {
 public:
  // `host` answers the steps' callbacks. Everything must outlive the round.
  ServerRound(const fed_server_program* program, const fed_server_computation* computation,
              const fed_host* host, uint64_t minimum_clients);

  void set_params(const AlignedBuffer* params) { code_.params = params->data(); }

  const fed_host& host() const { return *host_; }
  uint64_t step_count() const { return computation_->steps.phase_count; }
  // Runs step k; steps run in order. `input`: the arguments in the layout of the steps' input, the
  // same for every step. Returns its status; error() tells more.
  int32_t run_step(uint64_t k, const uint8_t* input);
  const fed_error& error() const { return error_; }

  // What clients download for the phase after step k, valid until the level is closed.
  const uint8_t* download() const { return message_out_.data(); }
  uint64_t download_bytes() const { return message_out_.size(); }

  // Null where nothing is aggregated at that level.
  const fed_aggregation* aggregation(uint64_t level) const;

  // For folds and selections, after the first step has run.
  const ServerCode& code() const { return code_; }

  // Ends a level: `total` (null: no upload) and `folded` (null: none was accepted) are reported to
  // the step of that level. Fails below the minimum of accepted clients, which holds for every
  // phase, and where a fold failed: error() then tells more.
  absl::Status close_level(uint64_t level, const PartialAggregate* total, const Folded* folded,
                           uint64_t accepted);

  const uint8_t* result() const { return result_.data(); }

 private:
  const fed_server_computation* computation_;
  const fed_host* host_;
  uint64_t minimum_clients_, arena_bytes_, message_in_bytes_, message_out_bytes_;
  ServerCode code_;
  AlignedBuffer message_in_, message_out_, kept_, result_;
  fed_error error_;
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_ROUND_H_
