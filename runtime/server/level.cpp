#include "runtime/server/level.h"

#include <algorithm>
#include <utility>

namespace fedrt {
namespace {

// Roughly: what a thread's sums and folds take, with the folds of messages that it is ahead by.
uint64_t bytes_a_thread(const ServerCode& code, uint64_t level,
                        const fed_aggregation* aggregation) {
  uint64_t sums = aggregation != nullptr ? aggregation->accumulator_bytes : 0;
  uint64_t folds = 0;
  for (uint64_t i = 0; i < code.program->fold_count; ++i) {
    const fed_fold& fold = code.program->folds[i];
    if (fold.computation == code.computation && fold.level == level)
      folds += fold.accumulator_bytes;
  }
  return sums + (folds == 0 ? 0 : 3 * folds + code.program->arena_bytes);
}

}  // namespace

// Folds wait for those before them, so a thread takes one message at a time where there are some.
LevelAggregate::LevelAggregate(const ServerCode& code, uint64_t level,
                               const fed_aggregation* aggregation, size_t threads, uint64_t memory,
                               std::function<bool()> is_cancelled)
    : code_(code),
      level_(level),
      aggregation_(aggregation),
      merger_(code, level),
      threads_(std::clamp<uint64_t>(
          memory / std::max<uint64_t>(bytes_a_thread(code, level, aggregation), 1), 1,
          std::max<size_t>(threads, 1))),
      at_once_(merger_.any() ? 1 : FED_AT_ONCE),
      folds_(&merger_, threads_,
             [this, is_cancelled = std::move(is_cancelled)] { return failed_ || is_cancelled(); }) {
  free_.reserve(threads_);
  free_.push_back(make_desk());
}

std::unique_ptr<LevelAggregate::Desk> LevelAggregate::make_desk() const {
  auto desk = std::make_unique<Desk>();
  if (aggregation_ != nullptr) desk->partial.emplace(aggregation_);
  if (merger_.any()) desk->folder.emplace(code_, level_);
  return desk;
}

std::unique_ptr<LevelAggregate::Desk> LevelAggregate::take_desk() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      std::unique_ptr<Desk> desk = std::move(free_.back());
      free_.pop_back();
      return desk;
    }
  }
  return make_desk();
}

void LevelAggregate::give_back(std::unique_ptr<Desk> desk) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(std::move(desk));
}

void LevelAggregate::add(uint64_t first, const void* const* uploads, size_t count,
                         int32_t* reasons) {
  std::fill_n(reasons, count, FED_ACCEPT);
  try {
    std::unique_ptr<Desk> desk = take_desk();
    if (desk->partial) desk->partial->offer_all(uploads, count, reasons);
    for (size_t i = 0; desk->folder && i < count; ++i) {
      std::optional<Folded> folded;
      if (reasons[i] == FED_ACCEPT) folded = desk->folder->of(uploads[i]);
      folds_.hand_in(first + i, std::move(folded));
    }
    give_back(std::move(desk));
  } catch (...) {
    failed_ = true;  // nobody waits for what would have been handed in
    throw;
  }
}

void LevelAggregate::merge() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (free_.size() > 1) {
    std::unique_ptr<Desk> other = std::move(free_.back());
    free_.pop_back();
    std::unique_ptr<Desk> one = std::move(free_.back());
    free_.pop_back();
    lock.unlock();
    if (one->partial) one->partial->merge(*other->partial);
    other = nullptr;
    lock.lock();
    free_.push_back(std::move(one));
  }
}

const PartialAggregate* LevelAggregate::total() const {
  const std::optional<PartialAggregate>& partial = free_.front()->partial;
  return partial ? &*partial : nullptr;
}

std::optional<Folded> LevelAggregate::folded() { return folds_.finish(); }

}  // namespace fedrt
