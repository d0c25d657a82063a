// What is shown of a process's rounds: a bar with the latest metrics on a terminal, else a
// line a round.
#ifndef RUNTIME_REPORT_PROGRESS_H_
#define RUNTIME_REPORT_PROGRESS_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"

namespace fedrt {

class Progress {
 public:
  // `clients_a_round`: whose phases a whole round runs, as `done` counts them (evaluation
  // included). `lines`: whether there is a line a round where there is no bar.
  Progress(uint64_t rounds, uint64_t clients_a_round, bool lines = true);
  ~Progress();

  std::atomic<uint64_t>* done() { return &done_; }
  // Round `round` (from 1) has ended; `metrics` is "loss=0.53125 accuracy=0.81", `brief` the
  // same with fewer digits, for the bar. Fails where standard output cannot be written.
  absl::Status round(uint64_t round, const std::string& metrics, const std::string& brief);
  // A remark of its own line, on standard error.
  void note(const std::string& text);
  // Leaves the bar as it stands. Called by the destructor, too.
  void stop();

 private:
  void draw();  // with mutex_ held

  const uint64_t rounds_, clients_a_round_;
  const bool terminal_, lines_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<uint64_t> done_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  uint64_t rounds_done_ = 0;
  std::string metrics_;
  std::thread painter_;
};

}  // namespace fedrt

#endif  // RUNTIME_REPORT_PROGRESS_H_
