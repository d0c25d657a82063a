#include <cstdio>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "runtime/abi/fed_version.h"
#include "runtime/program/command_line.h"
#include "runtime/program/entry.h"
#include "runtime/program/exit.h"
#include "runtime/program/own_names.h"
#include "runtime/program/program.h"
#include "runtime/simulator/load.h"
#include "tools/fed-run/compile.h"
#include "tools/fed-run/flags.h"
#include "tools/fed-run/inputs.h"
#include "tools/fed-run/run.h"

namespace fedrun {
namespace {

absl::StatusOr<int> run(const Flags& flags) {
  // A compilation takes longer than a look.
  if (flags.program.empty())
    if (absl::Status status = check_inputs(flags); !status.ok()) return status;
  const auto program = flags.program.empty()
                           ? compile_and_load(flags.file, flags.defines, flags.import_path,
                                              flags.cpu, flags.check_nan)
                           : fedrt::load_program(flags.program);
  if (!program.ok()) return program.status();
  const absl::StatusOr<fedrt::Choice> choice =
      fedrt::choose(**program, {flags.entry, flags.process, flags.process_flag, /*exports=*/true});
  if (!choice.ok()) return choice.status();
  // Values of the program's sizes are the one thing that may not fit.
  try {
    if (choice->once == nullptr) return run_process(*program, choice->process, flags);
    absl::Status status = run_once(*program, *choice->once, flags);
    if (!status.ok()) return status;
    return fedrt::kDone;
  } catch (const std::bad_alloc& error) {
    return absl::ResourceExhaustedError(error.what());
  }
}

// The program's own names, where there is a program without errors.
fedrt::CommandLine::Own own(const Flags& flags, const std::vector<std::string>& words) {
  if (!flags.program.empty()) {
    const auto program = fedrt::load_program(flags.program);
    return program.ok() ? fedrt::own_names((*program)->manifest(), fedrt::Runner::kSimulator)
                        : fedrt::own_names({}, fedrt::Runner::kSimulator);
  }
  for (const std::string& word : words)
    if (word.ends_with(".fed"))
      if (const auto manifest = manifest_of(word, flags.defines, flags.import_path))
        return fedrt::own_names(*manifest, fedrt::Runner::kSimulator);
  return fedrt::own_names({}, fedrt::Runner::kSimulator);
}

}  // namespace
}  // namespace fedrun

int main(int argc, char** argv) {
  fedrt::keep_standard_streams();
  const absl::StatusOr<fedrun::Flags> flags = fedrun::parse_flags(argc, argv, fedrun::own);
  if (!flags.ok()) return fedrt::wrong_usage("fed-run", flags.status());
  if (flags->help) return fedrt::print_alone(fedrun::kHelp);
  if (flags->version) return fedrt::print_alone("fed-run " FEDC_VERSION "\n");
  fedrt::ignore_broken_pipes();
  const absl::StatusOr<int> done = fedrun::run(*flags);
  return done.ok() ? *done : fedrt::exit_status(done.status());
}
