// What is worth knowing about a run besides its result.
#ifndef RUNTIME_REPORT_REMARKS_H_
#define RUNTIME_REPORT_REMARKS_H_

#include <string>

#include "runtime/program/outcome.h"

namespace fedrt {

// "warning: phase 1: 2 of 100 clients were not added: 1 not finite (client 7), 1 bad weight (client
// 9)", a line a phase that rejected messages, what clients that failed and dropped out failed of,
// and how many did not answer in time; empty where all went well.
std::string remarks(const Outcome& outcome, const proto::Manifest& manifest);

}  // namespace fedrt

#endif  // RUNTIME_REPORT_REMARKS_H_
