// Which computation of a program a command line means.
#ifndef RUNTIME_PROGRAM_ENTRY_H_
#define RUNTIME_PROGRAM_ENTRY_H_

#include <string>

#include "absl/status/statusor.h"
#include "runtime/program/program.h"

namespace fedrt {

// What a command line says of it.
struct Wanted {
  std::string entry, process;  // --entry, --process; empty: not given
  std::string process_flag;    // a flag that only processes have and that was given; or empty
  // Whether what a program exports to its app is among the choices: nothing of it runs at a server.
  bool exports = false;
};

struct Choice {
  const Computation* once = nullptr;  // runs once; null: `process` it is
  std::string process;
};

// The function that runs once and is called as --entry says; or the process that --process names,
// which need not exist. Without either the only function, or the one that is called like the
// program; or the only process, where no function runs once or a flag of processes is given. Errors
// say what there is and how to name it.
absl::StatusOr<Choice> choose(const Program& program, const Wanted& wanted);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_ENTRY_H_
