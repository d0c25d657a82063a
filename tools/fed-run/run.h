// What fed-run does with a compiled program. Results go to standard output, remarks to standard
// error; an error's message is complete.
#ifndef TOOLS_FED_RUN_RUN_H_
#define TOOLS_FED_RUN_RUN_H_

#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/program/arguments.h"
#include "runtime/program/outcome.h"
#include "runtime/program/program.h"
#include "tools/fed-run/flags.h"

namespace fedrun {

// Where the lines of `debug` go while nothing else is shown.
inline void print_debug(const std::string& lines) { std::fprintf(stderr, "%s\n", lines.c_str()); }

// Where NaN and infinities that were refused come from: a client's data, or else what looks for
// them; "" where none were. `arguments`: of the run that the outcome is of.
std::string note_of_nan(const fedrt::Outcome& outcome, const Flags& flags,
                        const fedrt::Computation& computation, const fedrt::Arguments& arguments);

absl::Status run_once(std::shared_ptr<const fedrt::Program> program,
                      const fedrt::Computation& computation, const Flags& flags);
// `name`: of the process. The exit status (runtime/program/exit.h), if nothing failed.
absl::StatusOr<int> run_process(std::shared_ptr<const fedrt::Program> program,
                                const std::string& name, const Flags& flags);

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_RUN_H_
