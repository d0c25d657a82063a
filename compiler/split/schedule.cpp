#include "compiler/split/schedule.h"

#include <algorithm>

#include "compiler/split/min_cut.h"

namespace fedc::split {

std::vector<int> schedule(const std::vector<Task>& tasks, const std::vector<TaskValue>& values,
                          int first, int last) {
  const int task_count = static_cast<int>(tasks.size());
  const int value_count = static_cast<int>(values.size());
  const int source = task_count + value_count;
  const int sink = source + 1;

  // A task runs after the boundary at the latest where it is never on the source side.
  std::vector<int> phase(task_count, last);
  for (int boundary = last - 1; boundary >= first; --boundary) {
    MinCut cut(sink + 1);
    for (int v = 0; v < value_count; ++v) {
      // Cut where the producer ran and some task that needs the value has not. Even an empty value
      // costs something, so that messages are read where they are first used.
      cut.add_edge(values[v].producer, task_count + v, std::max<uint64_t>(values[v].bytes, 1));
    }
    for (int t = 0; t < task_count; ++t) {
      for (int v : tasks[t].needs) {
        cut.add_edge(task_count + v, t, MinCut::kInfinite);
        cut.add_edge(t, values[v].producer, MinCut::kInfinite);
      }
      if (tasks[t].level > boundary) {
        cut.add_edge(t, sink, MinCut::kInfinite);
      } else if (tasks[t].pinned) {
        cut.add_edge(source, t, MinCut::kInfinite);
      }
    }
    std::vector<bool> ran = cut.source_side(source, sink);
    for (int t = 0; t < task_count; ++t) {
      if (ran[t]) phase[t] = boundary;
    }
  }
  return phase;
}

}  // namespace fedc::split
