#include "compiler/split/schedule.h"

#include <random>

#include "compiler/split/min_cut.h"
#include "gtest/gtest.h"

namespace fedc::split {
namespace {

// Bytes that a schedule keeps over all boundaries.
uint64_t kept_bytes(const std::vector<Task>& tasks, const std::vector<TaskValue>& values,
                    const std::vector<int>& phases, int first, int last) {
  uint64_t bytes = 0;
  for (int boundary = first; boundary < last; ++boundary) {
    for (size_t v = 0; v < values.size(); ++v) {
      if (phases[values[v].producer] > boundary) continue;
      bool later = false;
      for (size_t t = 0; t < tasks.size(); ++t) {
        for (int need : tasks[t].needs) {
          later |= need == static_cast<int>(v) && phases[t] > boundary;
        }
      }
      if (later) bytes += std::max<uint64_t>(values[v].bytes, 1);
    }
  }
  return bytes;
}

bool valid(const std::vector<Task>& tasks, const std::vector<TaskValue>& values,
           const std::vector<int>& phases, int last) {
  for (size_t t = 0; t < tasks.size(); ++t) {
    if (phases[t] < tasks[t].level || phases[t] > last) return false;
    if (tasks[t].pinned && phases[t] != tasks[t].level) return false;
    for (int v : tasks[t].needs) {
      if (phases[values[v].producer] > phases[t]) return false;
    }
  }
  return true;
}

TEST(MinCut, TakesTheLargestSourceSide) {
  // 0 -> 1 -> 2 -> 3 with equal capacities: all cuts cost the same.
  MinCut cut(4);
  cut.add_edge(0, 1, 5);
  cut.add_edge(1, 2, 5);
  cut.add_edge(2, 3, 5);
  EXPECT_EQ(cut.source_side(0, 3), (std::vector<bool>{true, true, true, false}));
}

TEST(Schedule, OnePhaseIsTrivial) {
  EXPECT_EQ(schedule({{1, false, {}}, {1, true, {0}}}, {{0, 4}}, 1, 1), (std::vector<int>{1, 1}));
}

TEST(Schedule, RunsLaterWhatWouldGrow) {
  // A small input, expanded to a large value that only phase 2 uses: the input is read in phase 2.
  std::vector<Task> tasks = {{1, false, {}}, {1, false, {0}}, {2, true, {1}}};
  EXPECT_EQ(schedule(tasks, {{0, 64}, {1, 6400}}, 1, 2), (std::vector<int>{2, 2, 2}));
}

TEST(Schedule, RunsAtOnceWhatShrinks) {
  // A large aggregate, there at level 1 only, reduced to a scalar that phase 2 uses.
  std::vector<Task> tasks = {{1, true, {}}, {1, false, {0}}, {2, true, {1}}};
  EXPECT_EQ(schedule(tasks, {{0, 6400}, {1, 64}}, 1, 2), (std::vector<int>{1, 1, 2}));
}

TEST(Schedule, KeepsTheSmallerOfTwo) {
  // x (pinned at 1) makes big; both x and big are used in phase 2: only x is kept.
  std::vector<Task> tasks = {{1, true, {}}, {1, false, {0}}, {2, true, {0, 1}}};
  EXPECT_EQ(schedule(tasks, {{0, 64}, {1, 6400}}, 1, 2), (std::vector<int>{1, 2, 2}));
}

// Random small graphs: as few bytes as any valid schedule keeps, found by trying them all.
TEST(Schedule, IsOptimal) {
  std::mt19937 random(1);
  auto pick = [&](int low, int high) {
    return static_cast<int>(std::uniform_int_distribution<>(low, high)(random));
  };
  for (int round = 0; round < 600; ++round) {
    const int last = pick(1, 4);
    std::vector<Task> tasks;
    std::vector<TaskValue> values;
    const int count = pick(2, last == 4 ? 6 : 7);
    for (int t = 0; t < count; ++t) {
      Task task{pick(1, last), pick(0, 3) == 0, {}};
      for (size_t v = 0; v < values.size(); ++v) {
        if (pick(0, 2) == 0) task.needs.push_back(static_cast<int>(v));
      }
      for (int v : task.needs) task.level = std::max(task.level, tasks[values[v].producer].level);
      tasks.push_back(task);
      for (int i = pick(0, 2); i > 0; --i) {
        values.push_back({t, static_cast<uint64_t>(pick(0, 4) * 64)});
      }
    }
    std::vector<int> found = schedule(tasks, values, 1, last);
    ASSERT_TRUE(valid(tasks, values, found, last)) << "round " << round;
    uint64_t best = UINT64_MAX;
    std::vector<int> phases(count, 1);
    while (true) {
      if (valid(tasks, values, phases, last)) {
        best = std::min(best, kept_bytes(tasks, values, phases, 1, last));
      }
      int t = 0;
      while (t < count && ++phases[t] > last) phases[t++] = 1;
      if (t == count) break;
    }
    EXPECT_EQ(kept_bytes(tasks, values, found, 1, last), best) << "round " << round;
  }
}

TEST(Schedule, ManyTasksInAChain) {
  std::vector<Task> tasks = {{1, true, {}}};
  std::vector<TaskValue> values = {{0, 64}};
  for (int t = 1; t < 20000; ++t) {
    tasks.push_back({1, false, {t - 1}});
    values.push_back({t, 128});
  }
  tasks.push_back({3, true, {19999}});
  std::vector<int> phases = schedule(tasks, values, 1, 3);
  EXPECT_EQ(phases[0], 1);
  EXPECT_EQ(phases[1], 3);
}

}  // namespace
}  // namespace fedc::split
