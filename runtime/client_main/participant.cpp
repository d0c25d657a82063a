#include "runtime/client_main/participant.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/client_main/own_result.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/describe.h"

namespace fedrt {
namespace {

constexpr uint32_t kMilliseconds = 1000;

std::string describe_here(uint64_t phase, const fed_error& error, const Program& program) {
  return describe(PhaseError{false, phase, PhaseError::kThisClient, error}, program.manifest());
}

}  // namespace

Participant::Participant(const Program& program, const ClientFlags& flags, OwnData* data,
                         OwnState* state, const std::atomic<bool>& cancelled)
    : program_(program),
      flags_(flags),
      data_(*data),
      state_(*state),
      cancelled_(cancelled),
      memory_(fed_client_bytes(&program.client())),
      client_(fed_client_open(&program.client(), memory_.data(), memory_.size(), table())) {}

void Participant::say(const fed_session_round& round, const std::string& text) const {
  std::fprintf(stderr, "round %llu: %s: %s\n", static_cast<unsigned long long>(round.label),
               round.computation->name, text.c_str());
}

void Participant::log(uint32_t site, const char* text) const {
  if (!flags_.quiet)
    std::fprintf(stderr, "%s\n", describe_at(site, text, program_.manifest()).c_str());
}

int32_t Participant::stay_out(const fed_session_round& round, const absl::Status& why) const {
  say(round, absl::StrCat("this client stays out of it: ", std::string(why.message())));
  return FED_HOST_ERROR;
}

absl::Status Participant::make_state(const Computation& maker, const void* params,
                                     uint64_t params_bytes) {
  Arguments none;
  serve(maker.client, &none, 0);
  const std::string& name = maker.manifest->name();
  int32_t status = fed_client_round_begin(client_, name.c_str(), nullptr, params, params_bytes);
  if (status != FED_OK)
    return absl::InvalidArgumentError("the server's parameters are not those of the program");
  for (uint64_t k = 0; k < maker.client->phase_count && status == FED_OK; ++k)
    status = fed_client_run(client_, k, nullptr);
  const fed_error error = *fed_client_error(client_);
  fed_client_round_end(client_, status == FED_OK);
  if (status == FED_CANCELLED) return absl::CancelledError("cancelled");
  if (status == FED_OK) return absl::OkStatus();
  return absl::FailedPreconditionError(describe_here(1, error, program_));
}

int32_t Participant::prepare(const fed_session_round& round, const void* params,
                             uint64_t params_bytes) {
  const Computation& computation = *program_.find(round.computation->name);
  if (absl::StatusOr<const Arguments*> arguments = data_.of(computation); !arguments.ok())
    return stay_out(round, arguments.status());
  const std::string& process = computation.manifest->process();
  const Computation* maker = state_.maker(process);
  if (maker == nullptr) return FED_OK;
  if (const AlignedBuffer* state = state_.find(process); state != nullptr)
    return fed_client_state_load(client_, state->data(), state->size());
  const absl::Status made = make_state(*maker, params, params_bytes);
  if (absl::IsCancelled(made)) return FED_CANCELLED;
  return made.ok() ? FED_OK : stay_out(round, made);
}

void Participant::remark(const Computation& computation, const Arguments& arguments) {
  if (flags_.quiet) return;
  if (computation.manifest->role() == proto::EVALUATE && flags_.eval_data.empty() &&
      !fields_at(computation, proto::CLIENTS).empty() && !std::exchange(told_evaluation_, true))
    std::fprintf(stderr,
                 "note: %s is over --data, which this client trains on: --eval-data is not given\n",
                 computation.manifest->name().c_str());
  if (!clients_without_data(arguments).empty() && !std::exchange(told_no_data_, true))
    std::fprintf(stderr, "warning: %s: this client has no data\n",
                 computation.manifest->name().c_str());
}

int32_t Participant::begin(const fed_session_round& round) {
  absl::StatusOr<const Arguments*> arguments = data_.of(*program_.find(round.computation->name));
  if (!arguments.ok()) return stay_out(round, arguments.status());
  remark(*program_.find(round.computation->name), **arguments);
  serve(round.computation, *arguments, 0);
  ++begun_;
  const absl::Status status = write_input(fed_client_input(client_, nullptr));
  return status.ok() ? FED_OK : stay_out(round, status);
}

int32_t Participant::ended(const fed_session_round& round, const fed_session_end& end) {
  if (!end.accepted) {
    if (end.error != nullptr && end.error->status != FED_CANCELLED)
      std::fprintf(stderr, "%s\n", describe_here(round.phase, *end.error, program_).c_str());
    if (!flags_.quiet) say(round, absl::StrCat("not accepted: ", end.reason));
    return FED_OK;
  }
  const Computation& computation = *program_.find(round.computation->name);
  if (const void* state = fed_client_new_state(client_, nullptr);
      computation.manifest->has_state_result())
    failure_ = state_.replace(computation.manifest->process(), state);
  if (failure_.ok()) failure_ = print_own_result(computation, fed_client_result(client_, nullptr));
  if (!failure_.ok()) return FED_HOST_ERROR;
  if (!flags_.quiet) say(round, "accepted");
  ++accepted_;
  return flags_.rounds && accepted_ >= *flags_.rounds ? FED_END : FED_OK;
}

absl::Status Participant::run() {
  if (client_ == nullptr) return absl::InternalError("the program cannot be opened");
  fed_session_host host{};
  host.size = sizeof host;
  host.version = FED_ABI_VERSION;
  host.user = this;
  host.cancelled = [](void* user) -> int { return self(user)->is_cancelled(); };
  host.prepare = [](void* user, const fed_session_round* round, const void* params,
                    uint64_t params_bytes) {
    return self(user)->prepare(*round, params, params_bytes);
  };
  host.begin = [](void* user, const fed_session_round* round) { return self(user)->begin(*round); };
  host.ended = [](void* user, const fed_session_round* round, const fed_session_end* end) {
    return self(user)->ended(*round, *end);
  };
  if (!flags_.quiet) host.log = [](void*, const char* text) { std::fprintf(stderr, "%s\n", text); };
  const fed_session_member member = {&program_.client(), client_};
  fed_session_options options{};
  options.size = sizeof options;
  options.version = FED_ABI_VERSION;
  options.server = flags_.server.c_str();
  options.members = &member;
  options.member_count = 1;
  options.host = &host;
  options.give_up_ms = static_cast<uint32_t>(flags_.give_up) * kMilliseconds;
  fed_rpc why;
  switch (fed_session_run(&options, &why)) {
    case FED_SESSION_FINISHED:
      if (begun_ != 0 && accepted_ == 0)
        return absl::FailedPreconditionError("none of this client's rounds was accepted");
      return absl::OkStatus();
    case FED_SESSION_LEFT:
      return absl::OkStatus();
    case FED_SESSION_CANCELLED:
      return absl::CancelledError("cancelled");
    case FED_SESSION_UNREACHABLE:
      return absl::UnavailableError(
          absl::StrCat("nothing was heard of the server for ", flags_.give_up, " s: ", why.text));
    case FED_SESSION_HOST_ERROR:
      return failure_;
    default:
      return absl::FailedPreconditionError(
          absl::StrCat("the server at ", flags_.server, " refuses this client: ", why.text));
  }
}

}  // namespace fedrt
