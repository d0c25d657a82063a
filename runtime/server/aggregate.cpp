#include "runtime/server/aggregate.h"

namespace fedrt {

PartialAggregate::PartialAggregate(const fed_aggregation* aggregation)
    : aggregation_(aggregation), accumulator_(aggregation->accumulator_bytes) {
  aggregation_->zero(accumulator_.data());
}

int32_t PartialAggregate::offer(const void* upload) {
  int32_t reason = FED_ACCEPT;
  offer_all(&upload, 1, &reason);
  return reason;
}

void PartialAggregate::offer_all(const void* const* uploads, size_t count, int32_t* reasons) {
  const void* valid[FED_AT_ONCE];
  size_t used = 0;
  for (size_t i = 0; i < count; ++i) {
    reasons[i] = aggregation_->validate(uploads[i]);
    tally_.count(reasons[i]);
    if (reasons[i] == FED_ACCEPT) valid[used++] = uploads[i];
  }
  if (used == 1)
    aggregation_->accumulate(accumulator_.data(), valid[0]);
  else if (used > 1)
    aggregation_->accumulate_all(accumulator_.data(), valid, used);
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
