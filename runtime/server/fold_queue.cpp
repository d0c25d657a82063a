#include "runtime/server/fold_queue.h"

#include <chrono>
#include <utility>

namespace fedrt {

FoldQueue::FoldQueue(Folder* folder, uint64_t ahead, std::function<bool()> is_cancelled)
    : ahead_(ahead),
      is_cancelled_(std::move(is_cancelled)),
      counter_([folder](Folded* earlier, const Folded& later) { folder->merge(earlier, later); }) {}

void FoldQueue::hand_in(uint64_t index, std::optional<Folded> folded) {
  std::unique_lock<std::mutex> lock(mutex_);
  // Whoever holds the next index is not waiting, so somebody always goes on.
  while (index > next_ + ahead_ && !is_cancelled_())
    moved_.wait_for(lock, std::chrono::milliseconds(50));
  early_.emplace(index, std::move(folded));
  for (auto it = early_.begin(); it != early_.end() && it->first == next_; ++next_) {
    if (it->second) counter_.push(*std::move(it->second));
    it = early_.erase(it);
  }
  moved_.notify_all();
}

}  // namespace fedrt
