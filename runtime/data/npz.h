// NumPy's archives of named arrays (.npz: a zip of .npy files), for models that go in and out.
#ifndef RUNTIME_DATA_NPZ_H_
#define RUNTIME_DATA_NPZ_H_

#include <functional>
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

// Whether an array is wanted, by its name and form: a tensor without its bytes.
using NpzFilter = std::function<absl::Status(const std::string& name, const Tensor& form)>;

// Whether an array is wanted at all, by its name.
using NpzNames = std::function<bool(const std::string& name)>;

// Reads an archive, stored or deflated, checksums verified; arrays in Fortran's order are turned.
// Errors begin with the path and name the entry. An array is only unpacked once its header is of
// its size and `filter`, if there is one, has let it pass; else the filter's error is the result.
// Of an array that is not `wanted` there is the name alone, whatever it is of.
absl::StatusOr<NamedTensors> read_npz(const std::string& path, const NpzFilter& filter = nullptr,
                                      const NpzNames& wanted = nullptr);

// "; `.astype(numpy.int32)` makes it that": what to say of an array of the one type where the other
// is wanted; nothing where they are the same.
std::string astype_hint(ElementType found, ElementType wanted);

}  // namespace fedrt

#endif  // RUNTIME_DATA_NPZ_H_
