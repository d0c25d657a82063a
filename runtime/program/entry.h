// Which computation of a program a command line means.
#ifndef RUNTIME_PROGRAM_ENTRY_H_
#define RUNTIME_PROGRAM_ENTRY_H_

#include <string>

#include "absl/status/statusor.h"
#include "runtime/program/program.h"

namespace fedrt {

// The function that runs once and is called `name` (from --entry); without a name the only one, or
// the one that is called like the program. Errors say what there is and how to name it. What a
// program exports to its app is among them where that is wanted: nothing of it runs at a server.
absl::StatusOr<const Computation*> choose_entry(const Program& program, const std::string& name,
                                                bool with_exports = false);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_ENTRY_H_
