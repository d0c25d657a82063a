// Aggregation of one level's uploads, in constant memory: partial aggregates for threads and trees,
// and the counter that merges them.
#ifndef RUNTIME_SERVER_AGGREGATE_H_
#define RUNTIME_SERVER_AGGREGATE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/abi/fed_abi.h"
#include "runtime/data/flat.h"
#include "runtime/program/tally.h"

namespace fedrt {

// What some of a level's uploads add up to. One thread at a time.
class PartialAggregate {
 public:
  explicit PartialAggregate(const fed_aggregation* aggregation);

  // Accepts or rejects one client's message whole: validated before anything is added. Returns
  // FED_ACCEPT or the reason. `upload` must be of the phase's layout and FED_ALIGNMENT-aligned.
  int32_t offer(const void* upload);
  // The same for each of up to FED_AT_ONCE messages, in one pass over what has been added up;
  // reasons[i]: what became of uploads[i].
  void offer_all(const void* const* uploads, size_t count, int32_t* reasons);

  void merge(const PartialAggregate& other);
  void report(void* message_in) const;
  void clear();
  const Tally& tally() const { return tally_; }

 private:
  const fed_aggregation* aggregation_;
  AlignedBuffer accumulator_;
  Tally tally_;
};

// Merges a stream of partials as a binary counter does: neighbours of equal weight first, so that
// at most log2(n) + 1 are held and the tree of merges depends on their number only.
template <typename Partial>
class MergeCounter {
 public:
  // The earlier one takes in the later one.
  using Merge = std::function<void(Partial* earlier, const Partial& later)>;
  explicit MergeCounter(Merge merge) : merge_(std::move(merge)) {}

  void push(Partial partial) {
    size_t d = 0;
    for (; d < digits_.size() && digits_[d]; ++d) {
      merge_(&*digits_[d], partial);
      partial = *std::exchange(digits_[d], std::nullopt);
    }
    if (d == digits_.size()) digits_.emplace_back();
    digits_[d] = std::move(partial);
  }

  // The whole, what is left being merged from the last to the first; nothing was pushed: nothing.
  std::optional<Partial> finish() {
    std::optional<Partial> whole;
    for (std::optional<Partial>& digit : digits_) {
      if (!digit) continue;
      if (whole) merge_(&*digit, *whole);
      whole = std::exchange(digit, std::nullopt);
    }
    digits_.clear();
    return whole;
  }

  size_t held() const {
    size_t count = 0;
    for (const auto& digit : digits_) count += digit.has_value();
    return count;
  }

 private:
  Merge merge_;
  std::vector<std::optional<Partial>> digits_;  // digit d: of 2^d partials
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_AGGREGATE_H_
