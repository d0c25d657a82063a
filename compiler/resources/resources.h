// What a compiled program takes: memory, work, messages, code. Plain facts, which codegen and the
// cost analysis fill and reports and budgets read.
#ifndef FEDC_COMPILER_RESOURCES_RESOURCES_H_
#define FEDC_COMPILER_RESOURCES_RESOURCES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace fedc::resources {

// A place in a source file; line 0: unknown.
struct Place {
  std::string file;  // the path that was compiled
  unsigned line = 0, column = 0;
};

// Places in a library come first, then the calls that lead there, the last one in the user's file.
using Places = std::vector<Place>;

// A buffer of the arena; bytes include what alignment adds.
struct Buffer {
  int64_t offset = 0, bytes = 0;
  int64_t first = 0, last = 0;  // moments of its life, in the order of the code
  std::string name;             // of the value, or ""
  Places made, used;            // where it is first made, and where last used
};

// A phase of the client or a step of the server.
struct PhaseMemory {
  std::string computation;
  int64_t level = 0;
  int64_t arena_bytes = 0, live_bytes = 0;
  std::vector<Buffer> buffers;
};

struct Work {
  double operations =
      0;             // of floating point: a multiplication, an addition, a function such as exp
  double bytes = 0;  // of tensors that are read from memory or written to it
};

// The work of one element or step of a loop whose count is not known when compiling.
struct LoopWork {
  std::string over;  // "element of the sequence", "step of the loop"
  Places at;
  double times = 1;  // that the loop itself runs in its surroundings
  Work each;
};

// What the gradient of a loop keeps of the forward steps.
struct KeptLoop {
  Places at;
  int64_t steps = 0;  // the most
  // 0: what the reverse steps need is stored. Else so many steps at a time are made again, from the
  // states before each such segment.
  int64_t segment = 0;
  int64_t bytes = 0;  // of the states and of one segment, or of all steps
};

struct PhaseCost {
  std::string computation;
  bool server = false;
  int64_t level = 0;
  Work once;
  std::vector<LoopWork> loops;
  std::vector<KeptLoop> kept;
};

// Of one side's object.
struct Side {
  bool server = false;
  std::string target;
  uint64_t arena_bytes = 0, stack_bytes = 0, code_bytes = 0;
  std::vector<PhaseMemory> phases;
};

}  // namespace fedc::resources

#endif  // FEDC_COMPILER_RESOURCES_RESOURCES_H_
