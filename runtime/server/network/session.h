// What the federation (federation.h) knows of a client and of the calls it makes.
#ifndef RUNTIME_SERVER_NETWORK_SESSION_H_
#define RUNTIME_SERVER_NETWORK_SESSION_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "grpcpp/support/status.h"
#include "proto/federation.pb.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/flat.h"

namespace fedrt {

namespace wire = fed::v1;
using Clock = std::chrono::steady_clock;

struct Session;

// A phase that clients work on. Calls hold it beyond its end, then without the download.
struct Phase {
  uint64_t round = 0;
  uint32_t number = 0;  // from 1
  uint64_t download_bytes = 0;
  uint64_t upload_bytes = 0;
  // Held while some of the download is copied: the memory behind it is the round's.
  std::mutex reading;
  const uint8_t* download = nullptr;  // null when the phase has ended
  // Where each client has a download of its own: makes that of client `number` in the cohort, null
  // after an error, which `error` then tells.
  std::function<const uint8_t*(uint64_t number, fed_error* error)> own_download;
};

// The methods of calls are for the outbox (outbox.h); their members but `buffer` are under the
// federation's lock.
class AwaitCall {
 public:
  virtual ~AwaitCall() = default;
  virtual void answer(const wire::AwaitReply& reply) = 0;
  virtual void fail(const grpc::Status& status) = 0;
};

class DownloadCall {
 public:
  virtual ~DownloadCall() = default;
  virtual void start() = 0;   // sends the first piece
  virtual void cancel() = 0;  // before finish only
  virtual void finish(const grpc::Status& status) = 0;

  bool started = false, cancelled = false, finished = false;
  Clock::time_point moved;  // when a piece went last
  std::shared_ptr<Phase> phase;
  std::shared_ptr<Session> session;
};

class UploadCall {
 public:
  enum class Stage : uint8_t {
    kQueued,     // nothing has been read
    kFirst,      // the first part is being read
    kParked,     // has its first part, and waits for memory for the whole
    kReceiving,  // reads on
    kArrived,    // is all there, and waits to be added
    kAdding,     // by a thread of the round's crew
    kRepeat,     // a repetition of one that has arrived: waits for its verdict
    kFinished,
  };
  virtual ~UploadCall() = default;
  virtual void start() = 0;   // reads the first part
  virtual void resume() = 0;  // goes on with the first part
  virtual void finish(const grpc::Status& status, const wire::UploadReply& reply) = 0;

  Stage stage = Stage::kQueued;
  Clock::time_point began, moved;  // reading; when a part came last
  uint64_t received = 0;           // bytes
  std::shared_ptr<Phase> phase;
  std::shared_ptr<Session> session;
  // The message; the call's own until it has arrived.
  AlignedBuffer buffer;
};

struct Session {
  std::string id;                     // 16 bytes
  Clock::time_point gone_at;          // unless it calls before then, or waits, or works
  bool lost = false;                  // its connection or its answer was missed last
  std::shared_ptr<AwaitCall> waiter;  // a call that is held until there is news
  Clock::time_point answer_by;
  uint64_t events = 0;
  std::deque<wire::AwaitReply> news;  // not acknowledged yet; the first is what a call is told
  static constexpr size_t kNotInPool = ~size_t{0};
  size_t pool_index = kNotInPool;

  // Its part in the round `round`.
  bool in_cohort = false;
  uint64_t round = 0;
  uint64_t arrival = 0;                                    // in the order of checking in
  uint64_t number = 0;                                     // in the cohort, in that order
  std::vector<std::optional<wire::UploadReply>> verdicts;  // by phase, from 1 at [0]
  std::shared_ptr<UploadCall> upload;                      // that is under way or being added
  std::vector<std::shared_ptr<UploadCall>> repeats;
  std::weak_ptr<DownloadCall> download;  // the last one
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_NETWORK_SESSION_H_
