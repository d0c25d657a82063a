// Programs as shared objects, as fed-run links them.
#ifndef RUNTIME_SIMULATOR_LOAD_H_
#define RUNTIME_SIMULATOR_LOAD_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "runtime/program/program.h"

namespace fedrt {

// Loads a shared object that holds both sides of one program. The object stays loaded as long as
// the Program lives.
absl::StatusOr<std::shared_ptr<const Program>> load_program(const std::string& path);

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_LOAD_H_
