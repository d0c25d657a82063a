#include "runtime/program/tally.h"

namespace fedrt {

uint64_t Tally::rejected() const {
  uint64_t total = 0;
  for (int reason = 1; reason < kReasons; ++reason) total += by_reason[reason];
  return total;
}

void Tally::count(int32_t reason) {
  // A reason that this version does not know is still a refusal.
  if (reason < 0 || reason >= kReasons) reason = FED_REJECT_OUT_OF_RANGE;
  ++by_reason[reason];
}

Tally& Tally::operator+=(const Tally& other) {
  for (int reason = 0; reason < kReasons; ++reason) by_reason[reason] += other.by_reason[reason];
  dropped += other.dropped;
  weightless += other.weightless;
  return *this;
}

std::string_view reason_name(int32_t reason) {
  switch (reason) {
    case FED_ACCEPT:
      return "accepted";
    case FED_REJECT_NOT_FINITE:
      return "not finite";
    case FED_REJECT_BAD_WEIGHT:
      return "bad weight";
    default:
      return "out of range";
  }
}

}  // namespace fedrt
