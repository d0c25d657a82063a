// How long the stages of a compilation take: `fedc --timing`.
#ifndef FEDC_COMPILER_TIMING_TIMING_H_
#define FEDC_COMPILER_TIMING_TIMING_H_

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fedc {

// A watch that gives the time since it was last looked at to the stage that has just ended.
class StageTimes {
 public:
  void ended(std::string stage);

  // A table: seconds of wall time and the share of each stage, in their order, and their sum.
  std::string table() const;

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
  std::vector<std::pair<std::string, double>> stages_;
};

// Nothing without a watch.
inline void stage_ended(StageTimes* times, std::string_view stage) {
  if (times) times->ended(std::string(stage));
}

}  // namespace fedc

#endif  // FEDC_COMPILER_TIMING_TIMING_H_
