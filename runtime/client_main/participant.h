// This process as one client of a server.
#ifndef RUNTIME_CLIENT_MAIN_PARTICIPANT_H_
#define RUNTIME_CLIENT_MAIN_PARTICIPANT_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "runtime/client_main/flags.h"
#include "runtime/client_main/own_data.h"
#include "runtime/client_main/own_state.h"
#include "runtime/program/client_host.h"
#include "runtime/program/program.h"
#include "runtime/transport/fed_session.h"

namespace fedrt {

class Participant : private ClientHost {
 public:
  // What is given by reference must outlive it. `cancelled` becomes true to cancel.
  Participant(const Program& program, const ClientFlags& flags, OwnData* data, OwnState* state,
              const std::atomic<bool>& cancelled);

  // Takes part until the server needs this client no more, it leaves, or something fails.
  // Cancelled: by `cancelled`.
  absl::Status run();

 private:
  static Participant* self(void* user) { return static_cast<Participant*>(user); }
  // Of fed_session_host, which documents them.
  int32_t prepare(const fed_session_round& round, const void* params, uint64_t params_bytes);
  int32_t begin(const fed_session_round& round);
  int32_t ended(const fed_session_round& round, const fed_session_end& end);

  bool is_cancelled() const override { return cancelled_.load(std::memory_order_relaxed); }
  void log(uint32_t site, const char* text) const override;
  // The first state of a process's client, and the committed one of the client library.
  absl::Status make_state(const Computation& maker, const void* params, uint64_t params_bytes);
  void say(const fed_session_round& round, const std::string& text) const;
  // What may surprise in what this client gives a computation, each once.
  void remark(const Computation& computation, const Arguments& arguments);
  int32_t stay_out(const fed_session_round& round, const absl::Status& why) const;

  const Program& program_;
  const ClientFlags& flags_;
  OwnData& data_;
  OwnState& state_;
  const std::atomic<bool>& cancelled_;
  AlignedBuffer memory_;
  fed_client* client_;
  uint64_t begun_ = 0, accepted_ = 0;
  bool told_evaluation_ = false, told_no_data_ = false;
  absl::Status failure_;  // why `ended` ends the session
};

}  // namespace fedrt

#endif  // RUNTIME_CLIENT_MAIN_PARTICIPANT_H_
