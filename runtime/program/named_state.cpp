#include "runtime/program/named_state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fedrt {

std::string state_name(const LeafType& leaf) { return leaf.path.empty() ? "state" : leaf.path; }

absl::StatusOr<std::vector<Tensor>> named_state(const std::vector<LeafType>& leaves,
                                                const NamedTensors& tensors,
                                                const std::string& prefix,
                                                const std::string& source) {
  const auto name_of = [&](const LeafType& leaf) { return prefix + state_name(leaf); };
  std::string names;
  for (const LeafType& leaf : leaves)
    absl::StrAppend(&names, names.empty() ? "" : ", ", "`", name_of(leaf), "`");
  for (const auto& [name, tensor] : tensors)
    if (std::none_of(leaves.begin(), leaves.end(),
                     [&](const LeafType& leaf) { return name_of(leaf) == name; }))
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": `", name, "` is not in the state, which is ", names));
  std::vector<Tensor> state;
  for (const LeafType& leaf : leaves) {
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& entry) {
      return entry.first == name_of(leaf);
    });
    if (found == tensors.end())
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": `", name_of(leaf), "` is missing; the state is ", names));
    if (absl::Status status = check_tensor(found->second, *leaf.tensors[0]); !status.ok())
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": `", found->first, "`: ", std::string(status.message())));
    state.push_back(found->second);
  }
  return state;
}

}  // namespace fedrt
