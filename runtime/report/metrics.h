// Metrics as text: scalars as numbers, tensors shortened.
#ifndef RUNTIME_REPORT_METRICS_H_
#define RUNTIME_REPORT_METRICS_H_

#include <string>
#include <vector>

#include "runtime/program/process.h"

namespace fedrt {

// "loss=0.53125 bias=[0.5,1]"; of a tensor the first elements and how many there are:
// "bias=[0.5,1,0.25,0,... 784]", row by row. `brief`: floats have few digits and tensors fewer
// elements.
std::string one_line(const std::vector<Metric>& metrics, bool brief);

// The number that a scalar is; true is 1.
double number_of(const Metric& metric);

// Whether the table has a metric's minimum, mean and maximum and not its elements: those with more
// than 32, and those whose size may change from round to round.
bool is_summarised(const Metric& metric);

// The columns of a metric: "loss"; "bias[0]", "bias[1]"; "m[0,0]", "m[0,1]"; "min(w)", "mean(w)",
// "max(w)".
void add_columns(const Metric& metric, std::vector<std::string>* names);
void add_cells(const Metric& metric, std::vector<std::string>* cells);

}  // namespace fedrt

#endif  // RUNTIME_REPORT_METRICS_H_
