// How a process begins, from what stands on a command line.
#ifndef RUNTIME_PROGRAM_START_PROCESS_H_
#define RUNTIME_PROGRAM_START_PROCESS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "runtime/program/process.h"

namespace fedrt {

// --args serves all functions, each of which takes its own: what none takes is a mistake.
// `restored`: the state comes from --init, so that initialize takes nothing.
absl::Status check_process_args(const Process& process, const std::string& args, bool restored);

// The first state: from the archive `init`, or, where that is empty, by the process's initialize
// with what --args gives.
absl::Status start_process(Process* process, const std::string& init, const std::string& args,
                           uint64_t clients);

// What a user should know of a state that was restored and may not expect, a line, or nothing. NaN
// is a value that a program may hold on purpose, and what a run that has diverged leaves behind.
std::string restored_remark(const Process& process);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_START_PROCESS_H_
