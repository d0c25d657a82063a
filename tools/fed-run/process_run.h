// One run of a process: its rounds, from a first state or a checkpoint on, up to a target perhaps.
#ifndef TOOLS_FED_RUN_PROCESS_RUN_H_
#define TOOLS_FED_RUN_PROCESS_RUN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "runtime/data/csv.h"
#include "runtime/program/arguments.h"
#include "runtime/program/host_inputs.h"
#include "runtime/program/process.h"
#include "runtime/report/rounds.h"
#include "runtime/simulator/simulation.h"
#include "tools/fed-run/checkpoint.h"
#include "tools/fed-run/flags.h"
#include "tools/fed-run/sweep.h"

namespace fedrun {

// What all runs of a sweep have in common.
struct Experiment {
  std::shared_ptr<const fedrt::Program> program;
  std::string name;  // of the process
  const Flags* flags = nullptr;
  fedrt::Arguments data;
  std::optional<fedrt::Arguments> held;    // for evaluate, if it is to run
  fedrt::HostRounds data_host, held_host;  // what changes in each round
  uint64_t cohort = 0;                     // clients in a round
  // What is said once.
  bool noted_nan = false, noted_nothing = false;
};

// `status` with the flag that it is about in front.
absl::Status about(const std::string& flag, const absl::Status& status);

// Why the params cannot be made, if they cannot.
absl::StatusOr<fedrt::AlignedBuffer> params_of(const Experiment& experiment,
                                               const SweepPoint& point);

// What rounds of the process report, in the forms of Process::metric_forms; with the metrics of
// evaluate, if that runs.
std::vector<fedrt::Metric> metric_forms(const fedrt::Process& process, bool evaluates);

class ProcessRun {
 public:
  // Both must outlive it. The point's values are in the names of the run's files.
  ProcessRun(Experiment* experiment, SweepPoint point)
      : experiment_(*experiment), flags_(*experiment->flags), point_(std::move(point)) {}

  // All of it. Lines and remarks are printed as they come, but in a sweep no line a round.
  absl::Status run(fedrt::Simulation* simulation);

  uint64_t rounds() const { return whole_; }                            // that have ended
  const std::vector<fedrt::Metric>& latest() const { return latest_; }  // of the last of them
  const std::optional<Target>& target() const { return target_; }

 private:
  absl::Status start(fedrt::Process* process);
  absl::Status resume(fedrt::Process* process, fedrt::CsvPosition* table);
  absl::Status rounds(fedrt::Process* process, fedrt::Simulation* simulation);
  bool see(uint64_t round, const std::vector<fedrt::Metric>& metrics);
  // `metrics`: those of a function that succeeded.
  void remark(uint64_t round, const fedrt::Outcome& outcome, const fedrt::Computation& function,
              const std::vector<fedrt::Metric>* metrics, const fedrt::Arguments& arguments,
              fedrt::RoundReport* report);
  void keep(const fedrt::Process& process, fedrt::RoundReport* report);
  std::string path(const std::string& given) const { return path_of(given, point_); }

  Experiment& experiment_;
  const Flags& flags_;
  const SweepPoint point_;
  std::optional<Target> target_;
  Settings settings_;
  fedrt::CsvWriter table_;
  uint64_t whole_ = 0, kept_ = 0;  // the last round that has ended, and that of the checkpoint
  std::vector<fedrt::Metric> latest_;
  uint64_t vacuous_ = 0;   // rounds of which no client had a weight other than 0
  absl::Status not_kept_;  // the first checkpoint that could not be written
};

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_PROCESS_RUN_H_
