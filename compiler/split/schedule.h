// In which phase each operation of one side runs, so that little is kept between phases.
#ifndef FEDC_COMPILER_SPLIT_SCHEDULE_H_
#define FEDC_COMPILER_SPLIT_SCHEDULE_H_

#include <cstdint>
#include <vector>

namespace fedc::split {

// An operation, or a place where values come from (an argument, a message) or go to (a message, a
// result).
struct Task {
  int level = 0;           // the first phase in which it can run; not below those of what it needs
  bool pinned = false;     // it runs at its level
  std::vector<int> needs;  // values
};

// What one task makes and others need.
struct TaskValue {
  int producer = 0;    // a task
  uint64_t bytes = 0;  // what keeping it from one phase to the next costs
};

// The phase of each task: at least its level, at least the phases of the producers of what it
// needs, at most `last`. Between each two phases the bytes of all values made before and needed
// after are the fewest possible; where several schedules are equally good, tasks run early.
//
// For each boundary the tasks that ran before it are the source side of a minimum cut. The largest
// such sides contain each other from one boundary to the next (cuts are submodular, and what must
// be on the source side only grows), so all boundaries can be at their minimum together.
std::vector<int> schedule(const std::vector<Task>& tasks, const std::vector<TaskValue>& values,
                          int first, int last);

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_SCHEDULE_H_
