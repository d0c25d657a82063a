#include "runtime/server/round.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "runtime/program/describe.h"
#include "runtime/server/accumulators.h"

namespace fedrt {
namespace {

constexpr uint64_t kSecureTotal = (uint64_t{1} << 62) - 1;  // the largest of a secure sum

uint64_t largest_message(const fed_computation& steps, const fed_layout fed_phase::* message) {
  uint64_t bytes = 0;
  for (uint64_t k = 0; k < steps.phase_count; ++k)
    bytes = std::max(bytes, (steps.phases[k].*message).bytes);
  return bytes;
}

}  // namespace

absl::Status check_cohort(const fed::proto::Manifest& manifest,
                          const fed::proto::Computation& computation, uint64_t clients) {
  const auto too_many = [&](uint32_t site, const std::string& why) {
    return absl::InvalidArgumentError(describe_at(
        site, absl::StrCat("`", computation.name(), "` has ", clients, " clients, but ", why),
        manifest));
  };
  for (const auto& aggregation : computation.aggregations()) {
    const int phase = static_cast<int>(aggregation.level()) - 1;
    if (phase < 0 || phase >= computation.client().phases_size()) continue;
    const auto& upload = computation.client().phases(phase).message_out();
    for (const auto& reduction : aggregation.reductions()) {
      if (reduction.kind() == fed::proto::SECURE_SUM && reduction.limit() > 0 &&
          clients > kSecureTotal / static_cast<uint64_t>(reduction.limit()))
        return too_many(reduction.site(),
                        absl::StrCat("with values up to ", reduction.limit(),
                                     " the sum stays under 2^62 for up to ",
                                     kSecureTotal / static_cast<uint64_t>(reduction.limit())));
      if (reduction.kind() == fed::proto::SUM && clients > FED_ACC_F32_MAX &&
          reduction.value() < static_cast<uint32_t>(upload.leaves_size()) &&
          upload.leaves(static_cast<int>(reduction.value())).type().element() ==
              fed::proto::FLOAT32)
        return too_many(reduction.site(),
                        absl::StrCat("sums keep their precision up to ", FED_ACC_F32_MAX));
    }
  }
  if (clients > FED_ACC_MAX)
    return too_many(0, absl::StrCat("sums keep their precision up to ", FED_ACC_MAX));
  return absl::OkStatus();
}

ServerRound::ServerRound(const fed_server_program* program,
                         const fed_server_computation* computation, const fed_host* host,
                         uint64_t minimum_clients)
    : computation_(computation),
      host_(host),
      minimum_clients_(minimum_clients),
      arena_bytes_(program->arena_bytes),
      message_in_bytes_(largest_message(computation->steps, &fed_phase::message_in)),
      message_out_bytes_(largest_message(computation->steps, &fed_phase::message_out)),
      kept_(computation->steps.kept.bytes),
      result_(computation->steps.result.bytes),
      error_{sizeof(fed_error), FED_ABI_VERSION, FED_OK, 0, {0, 0}} {
  code_.program = program;
  code_.computation = static_cast<uint64_t>(computation - program->computations);
  code_.kept = kept_.data();
  code_.host = host;
}

int32_t ServerRound::run_step(uint64_t k, const uint8_t* input) {
  AlignedBuffer arena(arena_bytes_);
  message_out_ = AlignedBuffer(message_out_bytes_);
  fed_frame frame{};
  frame.size = sizeof frame;
  frame.version = FED_ABI_VERSION;
  frame.params = code_.params;
  frame.input = input;
  frame.message_in = message_in_.data();
  frame.message_out = message_out_.data();
  frame.kept = kept_.data();
  frame.result = result_.data();
  frame.arena = arena.data();
  frame.host = host_;
  frame.error = &error_;
  const int32_t status = computation_->steps.phases[k].run(&frame);
  message_in_ = AlignedBuffer();
  if (error_.status == FED_OK) error_.status = status;
  return error_.status;
}

const fed_aggregation* ServerRound::aggregation(uint64_t level) const {
  for (uint64_t i = 0; i < computation_->aggregation_count; ++i)
    if (computation_->aggregations[i].level == level) return &computation_->aggregations[i];
  return nullptr;
}

absl::Status ServerRound::close_level(uint64_t level, const PartialAggregate* total,
                                      const Folded* folded, uint64_t accepted) {
  if (accepted < minimum_clients_)
    return absl::FailedPreconditionError(
        absl::StrCat("phase ", level, ": ", accepted,
                     accepted == 1 ? " client was" : " clients were", " accepted, and at least ",
                     minimum_clients_, minimum_clients_ == 1 ? " is" : " are", " needed"));
  message_out_ = AlignedBuffer();
  if (level >= step_count()) return absl::OkStatus();
  message_in_ = AlignedBuffer(message_in_bytes_);
  if (total != nullptr) {
    total->report(message_in_.data());
  } else if (const fed_aggregation* aggregation = this->aggregation(level)) {
    PartialAggregate(aggregation).report(message_in_.data());
  }
  if (Folder folder(code_, level); folder.any()) {
    error_ = folder.report(folded, message_in_.data());
    if (error_.status != FED_OK) return absl::FailedPreconditionError("an aggregate failed");
  }
  return absl::OkStatus();
}

}  // namespace fedrt
