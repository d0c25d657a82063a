// Aggregation of one level's uploads, in constant memory: partial aggregates for threads and trees,
// and the counter that merges them.
#ifndef RUNTIME_SERVER_AGGREGATE_H_
#define RUNTIME_SERVER_AGGREGATE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/abi/fed_abi.h"
#include "runtime/data/flat.h"

namespace fedrt {

// Messages of one phase by what became of them.
struct Tally {
  static constexpr int kReasons = 4;  // FED_ACCEPT and the FED_REJECT_ codes
  std::array<uint64_t, kReasons> by_reason{};
  uint64_t dropped = 0;  // clients that were in the cohort and sent nothing

  uint64_t accepted() const { return by_reason[FED_ACCEPT]; }
  uint64_t rejected() const;
  void count(int32_t reason);
  Tally& operator+=(const Tally& other);
};

// "not finite", "bad weight", "out of range".
std::string_view reason_name(int32_t reason);

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
