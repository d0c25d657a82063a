#include <atomic>
#include <csignal>
#include <cstdio>
#include <new>
#include <string>

#include "runtime/program/command_line.h"
#include "runtime/program/program.h"
#include "runtime/simulator/load.h"
#include "tools/fed-run/compile.h"
#include "tools/fed-run/flags.h"
#include "tools/fed-run/run.h"

namespace {

constexpr int kFailed = 1, kUsage = 2;

std::atomic<bool> cancelled{false};

// The first Ctrl-C, or SIGTERM from a scheduler, ends the round in progress and keeps what is
// there; the second one ends it all.
void on_interrupt(int signal) {
  cancelled = true;
  std::signal(signal, SIG_DFL);
}

int fail(const absl::Status& status) {
  const std::string message(status.message());
  std::fprintf(stderr, "%s%s\n", message.find("error: ") == std::string::npos ? "error: " : "",
               message.c_str());
  return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  fedrt::keep_standard_streams();
  const absl::StatusOr<fedrun::Flags> flags = fedrun::parse_flags(argc, argv);
  if (!flags.ok()) {
    std::fprintf(stderr, "fed-run: %s\nSee fed-run --help.\n",
                 std::string(flags.status().message()).c_str());
    return kUsage;
  }
  if (flags->help) {
    std::fputs(fedrun::kHelp, stdout);
    return 0;
  }
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  const auto program = flags->program.empty() ? fedrun::compile_and_load(
                                                    flags->file, flags->defines, flags->import_path)
                                              : fedrt::load_program(flags->program);
  if (!program.ok()) return fail(program.status());
  // Values of the program's sizes are the one thing that may not fit.
  try {
    const absl::Status status = flags->process.empty()
                                    ? fedrun::run_once(*program, *flags, cancelled)
                                    : fedrun::run_process(*program, *flags, cancelled);
    return status.ok() ? 0 : fail(status);
  } catch (const std::bad_alloc& error) {
    return fail(absl::ResourceExhaustedError(error.what()));
  }
}
