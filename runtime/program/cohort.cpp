#include "runtime/program/cohort.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "runtime/data/threefry.h"
#include "runtime/program/keys.h"

namespace fedrt {

uint64_t CohortSize::of(uint64_t clients) const {
  if (fraction == 0) return count;
  const double share = std::floor(fraction * static_cast<double>(clients) + 0.5);
  return std::min(clients, std::max<uint64_t>(static_cast<uint64_t>(share), 1));
}

absl::StatusOr<CohortSize> parse_cohort(const std::string& text) {
  const auto read = [&](auto* out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
    return error == std::errc() && end == text.data() + text.size();
  };
  CohortSize size;
  if (text.find_first_of(".eE") == std::string::npos) {
    if (read(&size.count) && size.count > 0) return size;
  } else if (read(&size.fraction) && size.fraction > 0 && size.fraction <= 1) {
    return size;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("expected how many clients a round has, such as 10, or a fraction of all such "
                   "as 0.1, found `",
                   text, "`"));
}

std::vector<uint64_t> draw_cohort(uint64_t seed, uint64_t round, uint64_t size, uint64_t clients) {
  const uint64_t key = cohort_key(seed, round);
  std::unordered_map<uint64_t, uint64_t> moved;  // places that do not hold their own number
  const auto at = [&](uint64_t place) {
    const auto found = moved.find(place);
    return found != moved.end() ? found->second : place;
  };
  std::vector<uint64_t> cohort(size);
  for (uint64_t i = 0; i < size; ++i) {
    const uint64_t other =
        i + static_cast<uint64_t>(static_cast<__uint128_t>(threefry(key, i)) * (clients - i) >> 64);
    cohort[i] = at(other);
    moved[other] = at(i);
  }
  std::sort(cohort.begin(), cohort.end());
  return cohort;
}

}  // namespace fedrt
