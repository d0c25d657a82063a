// Whole files as text.
#ifndef RUNTIME_DATA_FILE_H_
#define RUNTIME_DATA_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace fedrt {

// The bytes of a file. Fails with "PATH: cannot be read: WHY", at a folder, too.
absl::StatusOr<std::string> read_file(const std::string& path);

// Whether `path` can be written in the way that results are: next to it and then renamed. Fails
// with "PATH: cannot be written: WHY"; leaves a file that is there as it is, and no new one.
absl::Status check_writable(const std::string& path);

}  // namespace fedrt

#endif  // RUNTIME_DATA_FILE_H_
