// Where buffers lie in an arena, as numbers alone.
#ifndef FEDC_COMPILER_LOWER_ARENA_PLAN_H_
#define FEDC_COMPILER_LOWER_ARENA_PLAN_H_

#include <cstdint>
#include <vector>

namespace fedc::lower {

// A buffer holds something from one moment to another, both included.
struct BufferLife {
  int64_t bytes = 0;
  int64_t first = 0, last = 0;
};

struct ArenaPlan {
  std::vector<int64_t> offsets;  // of each buffer: no two that live at one moment overlap
  int64_t bytes = 0;             // that the arena takes
  int64_t live_bytes = 0;        // the most that lives at one moment: no plan takes less
};

// Places the buffers in three orders (by size, by size and life, by their beginning), each at the
// lowest place that is free in its life, and keeps the smallest plan (the greedy heuristics of
// Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020). Sizes are
// multiples of the alignment, and so are offsets.
ArenaPlan plan_arena(const std::vector<BufferLife>& buffers);

}  // namespace fedc::lower

#endif  // FEDC_COMPILER_LOWER_ARENA_PLAN_H_
