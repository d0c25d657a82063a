#include "compiler/timing/timing.h"

#include <cstdio>

namespace fedc {

void StageTimes::ended(std::string stage) {
  const Clock::time_point now = Clock::now();
  stages_.push_back({std::move(stage), std::chrono::duration<double>(now - last_).count()});
  last_ = now;
}

std::string StageTimes::table() const {
  double sum = 0;
  for (const auto& [stage, seconds] : stages_) sum += seconds;
  std::string text = "  seconds  share  stage\n";
  const auto row = [&](const std::string& stage, double seconds) {
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, "%9.3f  %4.0f%%  ", seconds,
                  sum > 0 ? 100 * seconds / sum : 0);
    text += numbers + stage + "\n";
  };
  for (const auto& [stage, seconds] : stages_) row(stage, seconds);
  row("all", sum);
  return text;
}

}  // namespace fedc
