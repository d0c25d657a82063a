// --checkpoint: all that a run needs to go on as if it had never ended.
#ifndef TOOLS_FED_RUN_CHECKPOINT_H_
#define TOOLS_FED_RUN_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/csv.h"
#include "runtime/program/process.h"
#include "tools/fed-run/flags.h"

namespace fedrun {

// What a run must have in common with the one that it goes on with, by the flag: "--seed", "--set
// lr"; "program" is its hash.
using Settings = std::map<std::string, std::string>;

// Of a run over `clients` clients of the process `name`, at a point of a sweep. A value that names
// a file (@FILE) stands with a hash of it.
Settings settings_of(const Flags& flags, const fedrt::Program& program, const std::string& name,
                     uint64_t clients, const SweepPoint& point);

// How far it got, beside the states.
struct Progress {
  uint64_t round = 0;                 // that has ended
  fedrt::CsvPosition table;           // of --metrics, after that round
  std::vector<fedrt::Metric> latest;  // of that round
  std::string target;                 // Target::save
};

// An archive of arrays as --state-out writes it: "run", text with the settings and the progress,
// "server/LEAF" for each leaf of the state, "clients", the bytes of the clients' states, and
// "metrics/NAME", those of the round. Whole or
// not at all, in the place of one that is there.
absl::Status write_checkpoint(const std::string& path, const Settings& settings,
                              const Progress& progress, const fedrt::Process& process);

// Gives `process` the states of the checkpoint, for `clients` clients. Fails, naming the file,
// where it is damaged, no checkpoint, or of another run.
absl::StatusOr<Progress> read_checkpoint(const std::string& path, const Settings& settings,
                                         uint64_t clients, fedrt::Process* process);

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_CHECKPOINT_H_
