// Aggregation of one level's uploads, in constant memory: partial aggregates for threads and trees,
// and the counter that merges them.
#ifndef RUNTIME_SERVER_AGGREGATE_H_
#define RUNTIME_SERVER_AGGREGATE_H_

#include <cstdint>
#include <optional>
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
class MergeCounter {
 public:
  void push(PartialAggregate partial);
  // The whole; nothing was pushed: nothing.
  std::optional<PartialAggregate> finish();
  size_t held() const;

 private:
  std::vector<std::optional<PartialAggregate>> digits_;  // digit d: of 2^d partials
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_AGGREGATE_H_
