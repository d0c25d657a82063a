// Folds over the clients of a phase in the order of its cohort, whichever thread ran which client.
#ifndef RUNTIME_SERVER_FOLD_QUEUE_H_
#define RUNTIME_SERVER_FOLD_QUEUE_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "runtime/server/aggregate.h"
#include "runtime/server/fold.h"

namespace fedrt {

class FoldQueue {
 public:
  // Threads that are more than `ahead` clients before the others wait, so that memory is bounded.
  // `folder` merges; it must outlive the queue.
  FoldQueue(Folder* folder, uint64_t ahead, std::function<bool()> is_cancelled);

  // What became of the message of client `index` of the cohort: nothing where it was not accepted.
  // Each index once, from any thread, and in each thread in increasing order.
  void hand_in(uint64_t index, std::optional<Folded> folded);

  // When all have been handed in.
  std::optional<Folded> finish() { return counter_.finish(); }

 private:
  const uint64_t ahead_;
  const std::function<bool()> is_cancelled_;
  std::mutex mutex_;
  std::condition_variable moved_;
  uint64_t next_ = 0;
  std::map<uint64_t, std::optional<Folded>> early_;
  MergeCounter<Folded> counter_;
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_FOLD_QUEUE_H_
