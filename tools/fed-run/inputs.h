// The files that a run reads, before a program is compiled for them.
#ifndef TOOLS_FED_RUN_INPUTS_H_
#define TOOLS_FED_RUN_INPUTS_H_

#include "absl/status/status.h"
#include "tools/fed-run/flags.h"

namespace fedrun {

// Fails, with the flag in front, where one of them is not there or a SPEC cannot be read.
absl::Status check_inputs(const Flags& flags);

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_INPUTS_H_
