// NumPy's archives of named arrays (.npz: a zip of .npy files), for models that go in and out.
#ifndef RUNTIME_DATA_NPZ_H_
#define RUNTIME_DATA_NPZ_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/tensor.h"

namespace fedrt {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

// Writes an archive that numpy.load reads: stored, not compressed; the same tensors give the same
// bytes. Replaces `path` only when all is written. A bfloat16 has no name in NumPy and goes as two
// raw bytes ("V2", as ml_dtypes writes it).
absl::Status write_npz(const std::string& path, const NamedTensors& tensors);

// Reads an archive, stored or deflated, checksums verified; arrays in Fortran's order are turned.
// Errors begin with the path and name the entry.
absl::StatusOr<NamedTensors> read_npz(const std::string& path);

}  // namespace fedrt

#endif  // RUNTIME_DATA_NPZ_H_
