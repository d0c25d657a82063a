// What is worth knowing about a run besides its result.
#ifndef TOOLS_FED_RUN_REMARKS_H_
#define TOOLS_FED_RUN_REMARKS_H_

#include <string>

#include "runtime/simulator/simulation.h"

namespace fedrun {

// "warning: phase 1: 2 of 100 clients were not added: 1 not finite, 1 bad weight", a line a phase
// that rejected messages, and what clients that failed and dropped out failed of; empty where all
// went well.
std::string remarks(const fedrt::Outcome& outcome, const fedrt::proto::Manifest& manifest);

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_REMARKS_H_
