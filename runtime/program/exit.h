// How the programs that run computations end, fed-run, servers and clients alike: what they print
// last, their exit status, and signals.
#ifndef RUNTIME_PROGRAM_EXIT_H_
#define RUNTIME_PROGRAM_EXIT_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "runtime/program/program.h"

namespace fedrt {

// Exit statuses. Wrong is a command line that cannot be understood, whatever the program and the
// files that it names; what does not fit those has failed. Missed is a target that was not reached.
enum : int { kDone = 0, kFailed = 1, kWrongUsage = 2, kMissed = 3, kSignalled = 128 };

// From here on Ctrl-C and SIGTERM set interrupted() and no more; the second signal, of whichever
// kind, ends the process as it is. A pipe that nobody reads any more is an error of the write. To
// be called when there is a round to end: until then a signal ends the process, whatever that waits
// for.
void catch_signals();
// The part about pipes alone.
void ignore_broken_pipes();
const std::atomic<bool>& interrupted();

// Prints an error to standard error, unless `status` is none. The exit status: 128 and the signal's
// number for what was cancelled by a signal.
int exit_status(const absl::Status& status);
// Prints what is wrong with the command line of `program` ("fed-run").
int wrong_usage(const std::string& program, const absl::Status& status);
// Prints `text` alone to standard output: --help, --version.
int print_alone(const std::string& text);

// What --version of a program's server or client says: the version, the program with its hash, and
// what it runs.
std::string version_text(const std::string& executable, const Program& program);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_EXIT_H_
