// The compiler, as fed-run needs it: from a .fed file to a loaded program, in this process.
#ifndef TOOLS_FED_RUN_COMPILE_H_
#define TOOLS_FED_RUN_COMPILE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/program/program.h"

namespace fedrun {

// What the program at `path` is, without code; nothing where it cannot be compiled.
std::optional<fed::proto::Manifest> manifest_of(const std::string& path,
                                                const std::map<std::string, std::string>& defines,
                                                const std::vector<std::string>& import_path);

// Compiles `path`, with what -D, -I and --cpu of the command line say, into a shared object in
// memory, and loads it. With `check_nan` the first operation that makes NaN or an infinity of
// finite numbers fails. Errors in the program are the status's message, as fedc prints them.
absl::StatusOr<std::shared_ptr<const fedrt::Program>> compile_and_load(
    const std::string& path, const std::map<std::string, std::string>& defines,
    const std::vector<std::string>& import_path, const std::string& cpu, bool check_nan);

}  // namespace fedrun

#endif  // TOOLS_FED_RUN_COMPILE_H_
