// --sweep: one run for each combination of values of parameters.
#ifndef TOOLS_FED_RUN_SWEEP_H_
#define TOOLS_FED_RUN_SWEEP_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace fedrun {

// A parameter's name and its values, as text.
struct SweepAxis {
  std::string parameter;
  std::vector<std::string> values;
};

// Parses "lr=0.05,0.1". The message is without the flag's name.
absl::StatusOr<SweepAxis> parse_sweep(const std::string& text);

// One combination: parameters in the order of the flags, and their values.
using SweepPoint = std::vector<std::pair<std::string, std::string>>;

// All combinations, the last axis fastest; a single empty one where there are no axes. Fails where
// there are too many to be meant.
absl::StatusOr<std::vector<SweepPoint>> sweep_points(const std::vector<SweepAxis>& axes);

// "lr=0.05,mu=0.9", with another separator perhaps.
std::string to_string(const SweepPoint& point, const std::string& separator = ",");

// The file of one run: "out/model-lr=0.05.npz" of "out/model.npz". An empty path, and that of a run
// outside a sweep, stay.
std::string path_of(const std::string& path, const SweepPoint& point);

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_SWEEP_H_
