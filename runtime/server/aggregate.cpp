#include "runtime/server/aggregate.h"

#include <utility>

namespace fedrt {

PartialAggregate::PartialAggregate(const fed_aggregation* aggregation)
    : aggregation_(aggregation), accumulator_(aggregation->accumulator_bytes) {
  aggregation_->zero(accumulator_.data());
}

int32_t PartialAggregate::offer(const void* upload) {
  const int32_t reason = aggregation_->validate(upload);
  if (reason == FED_ACCEPT) aggregation_->accumulate(accumulator_.data(), upload);
  tally_.count(reason);
  return reason;
}

void PartialAggregate::merge(const PartialAggregate& other) {
  aggregation_->merge(accumulator_.data(), other.accumulator_.data());
  tally_ += other.tally_;
}

void PartialAggregate::report(void* message_in) const {
  aggregation_->report(accumulator_.data(), message_in);
}

void PartialAggregate::clear() {
  aggregation_->zero(accumulator_.data());
  tally_ = {};
}

void MergeCounter::push(PartialAggregate partial) {
  size_t d = 0;
  for (; d < digits_.size() && digits_[d]; ++d) {
    digits_[d]->merge(partial);  // the earlier one takes in the later one
    partial = *std::exchange(digits_[d], std::nullopt);
  }
  if (d == digits_.size()) digits_.emplace_back();
  digits_[d] = std::move(partial);
}

std::optional<PartialAggregate> MergeCounter::finish() {
  std::optional<PartialAggregate> whole;
  for (std::optional<PartialAggregate>& digit : digits_) {
    if (!digit) continue;
    if (whole) digit->merge(*whole);
    whole = std::exchange(digit, std::nullopt);
  }
  digits_.clear();
  return whole;
}

size_t MergeCounter::held() const {
  size_t count = 0;
  for (const auto& digit : digits_) count += digit.has_value();
  return count;
}

}  // namespace fedrt
