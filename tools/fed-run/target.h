// --target: a metric that a run is to reach, and in which round it does.
#ifndef TOOLS_FED_RUN_TARGET_H_
#define TOOLS_FED_RUN_TARGET_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace fedrun {

class Target {
 public:
  // Of "NAME>=NUMBER" or "NAME<=NUMBER". The message is without the flag's name.
  static absl::StatusOr<Target> parse(const std::string& text);

  const std::string& metric() const { return metric_; }
  // The metric's value after round `round`; rounds are seen in order, and some perhaps not at all.
  // Whether the target is reached. NaN is no value.
  bool see(uint64_t round, double value);
  bool reached() const { return reached_; }
  uint64_t round() const { return best_round_; }  // of the best value
  // Where the curve of the best values so far crosses the target, linear between the rounds that
  // were seen: as B. McMahan et al. (AISTATS 2017) count rounds. Of a target that is reached.
  double interpolated() const { return interpolated_; }
  // "target loss<=0.5 reached in round 7, interpolated 6.25: loss=0.46"; `rounds`: all that there
  // were.
  std::string report(uint64_t rounds) const;

  // All that was seen, as text, and back; fails where a text is none.
  std::string save() const;
  absl::Status restore(const std::string& text);

 private:
  std::string text_, metric_;
  bool least_ = true;  // the target is what the metric has to be at least
  double wanted_ = 0;
  bool any_ = false, reached_ = false;
  uint64_t seen_round_ = 0, best_round_ = 0;
  double best_ = 0, interpolated_ = 0;
};

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_TARGET_H_
