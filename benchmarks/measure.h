// Interleaved measurements. (Inside benchmarks.)
#ifndef BENCHMARKS_MEASURE_H_
#define BENCHMARKS_MEASURE_H_

#include <time.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

// Of one contender: microseconds a call.
struct Timing {
  double best, median;
};

// How much the median of any is above its best, as a part of it: what disturbed the machine.
inline double disturbance(const std::vector<Timing>& timings) {
  double most = 0;
  for (const Timing& t : timings) most = std::max(most, t.median / t.best - 1);
  return most;
}

// Microseconds that pass, whatever runs.
inline double passed_us() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double, std::micro>(Clock::now().time_since_epoch()).count();
}

// Microseconds that this thread has run: for contenders that are one thread, so that whoever else
// has the processor in between does not count.
inline double thread_us() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * double(now.tv_sec) + 1e-3 * double(now.tv_nsec);
}

// Calls the contenders in turn, round after round, so that what disturbs the machine disturbs all.
inline std::vector<Timing> measure(const std::vector<std::function<void()>>& contenders,
                                   int rounds = 101, double round_us = 200,
                                   double (*now)() = passed_us) {
  auto time = [now](const std::function<void()>& f, int calls) {
    const double start = now();
    for (int i = 0; i < calls; ++i) f();
    return (now() - start) / calls;
  };
  std::vector<int> calls;
  for (const auto& f : contenders) {
    f();
    double once = std::min(time(f, 1), time(f, 1));
    calls.push_back(std::clamp(static_cast<int>(round_us / std::max(once, 0.01)), 1, 10000));
  }
  std::vector<std::vector<double>> times(contenders.size());
  for (int round = 0; round < rounds; ++round)
    for (size_t i = 0; i < contenders.size(); ++i)
      times[i].push_back(time(contenders[i], calls[i]));
  std::vector<Timing> result;
  for (auto& t : times) {
    std::sort(t.begin(), t.end());
    result.push_back({t.front(), t[t.size() / 2]});
  }
  return result;
}

#endif  // BENCHMARKS_MEASURE_H_
