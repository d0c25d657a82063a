// What is worth knowing about a run besides its result.
#ifndef RUNTIME_REPORT_REMARKS_H_
#define RUNTIME_REPORT_REMARKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/program/outcome.h"

namespace fedrt {

// "warning: phase 1: 2 of 100 clients were not added: 1 not finite (client 7), 1 bad weight (client
// 9)", a line a phase that rejected messages, what clients that failed and dropped out failed of,
// and how many did not answer in time; empty where all went well.
std::string remarks(const Outcome& outcome, const proto::Manifest& manifest);

// "1 of 3 clients has no data (client 2)", "none of the 2 clients has data"; empty where all
// have some. `idle`: those that have none.
std::string idle_remark(const std::vector<uint64_t>& idle, uint64_t clients);

// Whether clients were accepted in a phase and none of them had a weight other than 0, so that its
// weighted means are of nothing. Only a simulation knows.
bool averaged_nothing(const Outcome& outcome);
// What that was, "warning: the weights of all 2 clients are 0, ..."; empty where it was not the
// case. `nan`: names of metrics that are NaN.
std::string nothing_remark(const Outcome& outcome, const proto::Computation& computation,
                           const proto::Manifest& manifest, const std::vector<std::string>& nan);

}  // namespace fedrt

#endif  // RUNTIME_REPORT_REMARKS_H_
