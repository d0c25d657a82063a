// Who is there and what they do: sessions, the pool of waiting clients, the cohort of a round, and
// the messages of its phase. Knows the protocol and no more of gRPC than its status codes.
//
// One lock guards it all. Calls come from gRPC's threads; one thread, the round's, gathers cohorts
// and runs phases, and a crew helps it to add what has arrived. What has to be said to a call is
// posted to the outbox.
#ifndef RUNTIME_SERVER_NETWORK_FEDERATION_H_
#define RUNTIME_SERVER_NETWORK_FEDERATION_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/federation.pb.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/program/tally.h"
#include "runtime/server/crew.h"
#include "runtime/server/network/counts.h"
#include "runtime/server/network/outbox.h"
#include "runtime/server/network/session.h"

namespace fedrt {

inline constexpr uint32_t kProtocol = 1;
inline constexpr size_t kMaxPart = size_t{1} << 20;  // bytes of the data of a chunk or part

struct FederationOptions {
  std::chrono::milliseconds hold{10000};         // how long an Await is kept without news
  std::chrono::milliseconds forget{20000};       // how long a session is kept without a call
  std::chrono::milliseconds stall{20000};        // of a transfer that holds what others wait for
  uint64_t upload_memory = uint64_t{256} << 20;  // bytes of uploads under way, if one is no more
  size_t max_sessions = 200000;
  size_t max_waiting = 20000;  // Awaits kept at a time; beyond, clients are told to come back
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(const std::string&)> note;  // for people, of what takes long
};

// Messages that have arrived whole.
struct Arrivals {
  uint64_t first = 0;                // how many of the phase arrived before them
  std::vector<uint64_t> clients;     // whose they are, by number in the cohort
  std::vector<const void*> uploads;  // of these
};

// What a phase asks of the cohort.
struct PhaseWork {
  std::string computation;
  uint32_t phase = 0;  // from 1
  const uint8_t* download = nullptr;
  uint64_t download_bytes = 0;
  uint64_t upload_bytes = 0;
  std::string params;                                // in phase 1
  std::function<std::string(uint64_t client)> keys;  // in phase 1, by number; empty: there are none
  uint64_t label = 0;                                // Work.label
  // Where each client has a download of its own: see Phase. One call at a time.
  std::function<const uint8_t*(uint64_t client, fed_error* error)> own_download;
  // Takes up to `at_once` messages in, each whole or not at all: reasons[i] becomes FED_ACCEPT or
  // why not. Called by up to `threads` threads at a time.
  std::function<void(const Arrivals& arrivals, int32_t* reasons)> add;
  size_t threads = 1, at_once = FED_AT_ONCE;
};

// A client that gave up, with the error of its program.
struct Abandonment {
  uint64_t client = 0;  // its number in the cohort
  int32_t status = 0;
  uint32_t site = 0;
};

struct PhaseEnd {
  absl::Status status;  // cancelled, or Unavailable: fewer than the minimum were accepted
  Tally tally;
  uint64_t late = 0;  // clients without an answer at the time limit
  std::vector<Abandonment> abandoned;
  std::vector<uint64_t> accepted;  // clients by number, sorted
};

class Federation {
 public:
  // `hash`: of the server's program, 32 bytes.
  Federation(std::string name, const uint8_t* hash, FederationOptions options);
  ~Federation();
  Federation(const Federation&) = delete;

  Counts& counts() { return counts_; }

  // The calls of the protocol, each from any thread. The calls' objects are told their answers
  // through the outbox.
  grpc::Status check_in(const wire::CheckInRequest& request, wire::CheckInReply* reply);
  void await(const wire::AwaitRequest& request, std::shared_ptr<AwaitCall> call);
  void await_gone(const AwaitCall* call, const std::string& session);
  grpc::Status abandon(const wire::AbandonRequest& request);

  void download(const wire::DownloadRequest& request, std::shared_ptr<DownloadCall> call);
  // A piece went. Whether the call goes on; if not it finishes.
  bool download_moved(const std::shared_ptr<DownloadCall>& call);
  // The client's own download cannot be made: it leaves the cohort.
  void download_failed(const std::shared_ptr<DownloadCall>& call, const fed_error& error);
  void download_done(const std::shared_ptr<DownloadCall>& call, const grpc::Status& status);
  void download_no_memory(const std::shared_ptr<DownloadCall>& call);
  void download_cancelled(DownloadCall* call);

  void upload(std::shared_ptr<UploadCall> call);
  // The first part, later ones. Whether to go on with it now; if not the call is resumed later, or
  // finished.
  bool upload_first(const std::shared_ptr<UploadCall>& call, const wire::UploadPart& part);
  bool upload_next(const std::shared_ptr<UploadCall>& call, const wire::UploadPart& part);
  // Throws std::bad_alloc; then upload_no_memory() ends the call.
  AlignedBuffer take_buffer(uint64_t bytes);
  void upload_no_memory(const std::shared_ptr<UploadCall>& call);
  // No more parts. `cancelled`: the connection is gone.
  void upload_end(const std::shared_ptr<UploadCall>& call, bool cancelled);
  void upload_cancelled(UploadCall* call);

  // The round's thread.
  //
  // Waits for `clients` waiting clients (after `patience` with at least `least` of them there, if
  // it is not zero, for no more) and makes a cohort of them, in random order; its size, or
  // cancelled.
  absl::StatusOr<uint64_t> gather(uint64_t clients, uint64_t least, std::chrono::seconds patience);
  // Has the cohort work until all have answered, `limit` is over (if it is not zero), or fewer than
  // `least` can still be accepted. Messages are added as they come, by this thread and those of
  // `crew`. The cohort is then those that were accepted. `done`, if given, counts answers. What
  // `work.add` throws ends the phase and is thrown again.
  PhaseEnd run_phase(const PhaseWork& work, uint64_t least, std::chrono::seconds limit, Crew* crew,
                     std::atomic<uint64_t>* done);
  // Tells what is left of the cohort. `reason`: why not.
  void end_round(bool accepted, const std::string& reason);
  // Lets go of all calls that wait, and of those that come: gRPC is about to end.
  void close();
  // Tells everybody that no more is to be done, and waits until they know, `patience` at most; for
  // those whose connection or answer was missed last it does not wait.
  void finish(const std::string& reason, std::chrono::milliseconds patience);

 private:
  using Lock = std::unique_lock<std::mutex>;
  static constexpr std::chrono::milliseconds kPoll{50};  // of the flag that a signal sets

  bool is_cancelled() const { return options_.cancelled && options_.cancelled->load(); }
  std::shared_ptr<Session> find(const std::string& id);  // and counts where there is none
  void tell(Session* session, wire::AwaitReply reply);
  void answer(Session* session, const wire::AwaitReply& reply);
  void stop(std::shared_ptr<AwaitCall> call);
  void enter_pool(const std::shared_ptr<Session>& session);
  void leave_pool(Session* session);
  // A client that cannot go on with the running phase, and has not answered.
  void drop_out(Session* session, int32_t status, uint32_t site, const std::string& reason);
  void leave_cohort(Session* session, bool accepted, const std::string& reason);
  bool works(const Session& session, uint64_t round, uint32_t phase) const;
  bool has_answered(const Session& session) const;
  grpc::Status stale(const Session& session, uint64_t round, uint32_t phase);
  void tick();

  void finish_upload(UploadCall* call, const grpc::Status& status, const wire::UploadReply& reply);
  void free_lane();
  void free_buffer();
  bool complain(UploadCall* call, grpc::StatusCode code, const std::string& why, Incident incident);

  // How the messages of a phase are taken in.
  struct Intake {
    const PhaseWork& work;
    const uint64_t least;
    std::atomic<uint64_t>* const done;
    PhaseEnd* const end;
    std::optional<Clock::time_point> deadline;
    uint64_t taken = 0;  // messages, in the order of arrival
    size_t adding = 0;   // threads
    bool over = false;   // no more is taken
    bool late = false;   // because of the deadline
    std::exception_ptr failure;
  };
  void open_phase(const PhaseWork& work);
  void lead(Intake* intake);
  void help(Intake* intake);
  void add_arrived(Intake* intake, Lock* lock);
  void settle(const std::shared_ptr<UploadCall>& call, int32_t reason, PhaseEnd* end);
  void close_phase(const std::string& reason, bool late, PhaseEnd* end);
  void finish_download(DownloadCall* call, const grpc::Status& status);
  void give_up(const std::shared_ptr<DownloadCall>& call);
  void start_downloads();

  const std::string name_, hash_;
  const FederationOptions options_;
  Counts counts_;

  std::mutex mutex_;
  std::condition_variable changed_;  // for the round's thread
  std::condition_variable came_;     // for its crew: messages that it leaves to them
  std::map<std::string, std::shared_ptr<Session>> sessions_;
  std::vector<std::shared_ptr<Session>> pool_;  // wait for a round
  std::vector<std::shared_ptr<Session>> cohort_;
  std::mt19937_64 random_;
  uint64_t round_ = 0;  // the last one
  uint64_t arrivals_ = 0;
  std::string finished_;  // why, once it is over
  bool over_ = false, closing_ = false;

  // The phase that is running.
  std::shared_ptr<Phase> running_;
  uint64_t outstanding_ = 0;  // clients that have not answered
  std::deque<std::shared_ptr<UploadCall>> arrived_;
  bool rests_ = false;  // the round's thread: the next message is its own
  uint64_t crowd_ = 1;  // messages that have to wait until another thread begins
  std::vector<Abandonment> abandoned_;

  size_t lanes_used_ = 0;  // by uploads before they have their memory
  std::deque<std::shared_ptr<UploadCall>> queued_, parked_;
  std::map<const UploadCall*, std::shared_ptr<UploadCall>> uploads_;  // all that are not finished
  uint64_t buffers_used_ = 0, buffer_limit_ = 1;
  std::vector<AlignedBuffer> spare_;
  std::deque<std::shared_ptr<DownloadCall>> waiting_downloads_;
  size_t downloads_moving_ = 0;
  std::map<const DownloadCall*, std::shared_ptr<DownloadCall>> downloads_;

  Outbox outbox_;  // last: its thread uses all of this
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_NETWORK_FEDERATION_H_
