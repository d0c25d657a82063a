#include "runtime/server/aggregate.h"

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

}  // namespace fedrt
