// States under the names of their leaves, as archives hold them.
#ifndef RUNTIME_PROGRAM_NAMED_STATE_H_
#define RUNTIME_PROGRAM_NAMED_STATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/data/npz.h"
#include "runtime/data/value.h"

namespace fedrt {

// The leaf's path; "state" where the state is a single tensor.
std::string state_name(const LeafType& leaf);

// The tensors of exactly `leaves`, in order. Fails, beginning with `source`, at one that is
// missing, is of another type, or does not belong to the state; messages call each by its name in
// `tensors`, which begins with `prefix`.
absl::StatusOr<std::vector<Tensor>> named_state(const std::vector<LeafType>& leaves,
                                                const NamedTensors& tensors,
                                                const std::string& prefix,
                                                const std::string& source);

// Whether an array of an archive is one of `leaves` and has its type, before it is read: messages
// as above. For read_npz.
absl::Status check_named(const std::vector<LeafType>& leaves, const std::string& name,
                         const Tensor& form, const std::string& prefix, const std::string& source);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_NAMED_STATE_H_
