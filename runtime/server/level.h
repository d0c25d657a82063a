// Aggregation of one level's uploads by several threads: sums in partial aggregates, folds in the
// order of arrival. The result is the same bytes for any number of threads.
//
// A thread that adds has a partial aggregate to itself. One is made when all that there are have a
// thread, so that there are as many as threads have ever added at the same time: little work makes
// one, as one thread would.
#ifndef RUNTIME_SERVER_LEVEL_H_
#define RUNTIME_SERVER_LEVEL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/abi/fed_abi.h"
#include "runtime/server/aggregate.h"
#include "runtime/server/fold.h"
#include "runtime/server/fold_queue.h"

namespace fedrt {

class LevelAggregate {
 public:
  // `aggregation`, which may be null (nothing is summed), is the level's. Up to `threads` add at
  // the same time; fewer where what they take beside each other would be more than `memory` bytes.
  // Threads that wait for others look whether all `is_cancelled`.
  LevelAggregate(const ServerCode& code, uint64_t level, const fed_aggregation* aggregation,
                 size_t threads, uint64_t memory, std::function<bool()> is_cancelled);
  LevelAggregate(const LevelAggregate&) = delete;

  // How many may call add() at the same time, and with how many messages.
  size_t threads() const { return threads_; }
  size_t at_once() const { return at_once_; }

  // Accepts or rejects each of `count` messages whole: reasons[i] is what became of uploads[i].
  // They are those numbered from `first` on in the order of arrival. Every number comes once, and a
  // thread's numbers rise.
  void add(uint64_t first, const void* const* uploads, size_t count, int32_t* reasons);

  // When all has been added: makes one of the partial aggregates. Several threads may do it
  // together; up to partials() / 2 of them have something to do.
  void merge();
  size_t partials() const { return free_.size(); }
  // Afterwards: all sums, null where there are none; all folds, if a message was accepted.
  const PartialAggregate* total() const;
  std::optional<Folded> folded();

 private:
  // What one thread adds with.
  struct Desk {
    std::optional<PartialAggregate> partial;
    std::optional<Folder> folder;
  };
  std::unique_ptr<Desk> make_desk() const;
  std::unique_ptr<Desk> take_desk();
  void give_back(std::unique_ptr<Desk> desk);

  const ServerCode& code_;
  const uint64_t level_;
  const fed_aggregation* const aggregation_;
  Folder merger_;
  size_t threads_ = 1;
  const size_t at_once_;
  std::atomic<bool> failed_{false};  // a message will never come to the folds
  FoldQueue folds_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Desk>> free_;  // the last one used is the next
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_LEVEL_H_
