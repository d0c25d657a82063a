// The command line of fed-run.
#ifndef TOOLS_FED_RUN_FLAGS_H_
#define TOOLS_FED_RUN_FLAGS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/program/cohort.h"
#include "runtime/program/command_line.h"
#include "tools/fed-run/sweep.h"
#include "tools/fed-run/target.h"

namespace fedrun {

struct Flags {
  bool help = false, version = false;
  std::string file;     // FILE.fed, or empty with --program
  std::string program;  // FILE.so
  std::string entry, args;
  std::string process_flag;  // one that only processes have, and that was given
  std::string process, data, eval_data, init, state_out, metrics;
  uint64_t rounds = 1;
  std::optional<uint64_t> clients, eval_clients;
  std::optional<fedrt::CohortSize> cohort;  // nothing: all clients
  uint64_t eval_every = 1;
  std::optional<Target> target;
  std::string target_text;  // as it was given
  std::string checkpoint;
  uint64_t checkpoint_every = 1;
  bool resume = false;
  std::vector<SweepAxis> sweep;
  std::string sweep_table;
  uint64_t seed = 0;
  std::optional<uint64_t> cohort_seed;  // nothing: seed
  int threads = 1;                      // at least 1
  std::map<std::string, std::string> set, host, host_rounds;
  bool drop_failed_clients = false;
  bool check_nan = false;
  std::map<std::string, std::string> defines;  // for the compiler, as fedc has them
  std::vector<std::string> import_path;
  std::string cpu;
};

// Fails with a message that says what is wrong with the command line.
// `own` is asked where a flag is unknown, with what was read until then and all words that are
// none.
absl::StatusOr<Flags> parse_flags(
    int argc, char** argv,
    const std::function<fedrt::CommandLine::Own(const Flags& flags,
                                                const std::vector<std::string>& words)>& own);

extern const char kHelp[];

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_FLAGS_H_
