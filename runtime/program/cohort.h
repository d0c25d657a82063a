// Who of many clients takes part in a round of a simulation.
#ifndef RUNTIME_PROGRAM_COHORT_H_
#define RUNTIME_PROGRAM_COHORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace fedrt {

// How many clients a round has: a number, or a fraction of all.
struct CohortSize {
  uint64_t count = 0;
  double fraction = 0;  // not 0: of all, rounded, and at least one client

  uint64_t of(uint64_t clients) const;
};

// Parses "10", a number, and "0.1" or "1e-3", a fraction: what has a point or an exponent. The
// message is without a flag's name.
absl::StatusOr<CohortSize> parse_cohort(const std::string& text);

// The numbers of `size` of `clients` clients, ascending, each set of that size as likely as any
// other: the first `size` places of 0, 1, ..., clients - 1 when for i from 0 on place i is
// exchanged with place i + floor(r (clients - i) / 2^64), r the i-th number of the round's
// cohort_key (keys.h). Equal for equal seeds and rounds; takes time and memory of `size`. `size` is
// at most `clients`.
std::vector<uint64_t> draw_cohort(uint64_t seed, uint64_t round, uint64_t size, uint64_t clients);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_COHORT_H_
