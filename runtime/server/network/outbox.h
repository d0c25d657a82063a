// One thread that does, in order, what was decided under a lock: calls into gRPC.
//
// gRPC may run callbacks, which take our locks, inside the calls we make; and a call object is gone
// soon after its Finish. So nothing is called with a lock held: it is posted while the lock is
// held, in the order of the decisions, and after a call's Finish nothing more is posted for it.
#ifndef RUNTIME_SERVER_NETWORK_OUTBOX_H_
#define RUNTIME_SERVER_NETWORK_OUTBOX_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fedrt {

class Outbox {
 public:
  // `tick` is called about every `period`, on the same thread.
  Outbox(std::chrono::milliseconds period, std::function<void()> tick);
  // Does what was posted, and ends.
  ~Outbox();
  Outbox(const Outbox&) = delete;

  void post(std::function<void()> action);

 private:
  void loop();

  const std::chrono::milliseconds period_;
  const std::function<void()> tick_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::function<void()>> actions_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_NETWORK_OUTBOX_H_
