#include "runtime/program/named_state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/excerpt.h"

namespace fedrt {

std::string state_name(const LeafType& leaf) { return leaf.path.empty() ? "state" : leaf.path; }

namespace {

std::string names_of(const std::vector<LeafType>& leaves, const std::string& prefix) {
  std::string names;
  for (const LeafType& leaf : leaves)
    absl::StrAppend(&names, names.empty() ? "" : ", ", "`", prefix, state_name(leaf), "`");
  return names;
}

}  // namespace

absl::Status check_named(const std::vector<LeafType>& leaves, const std::string& name,
                         const Tensor& form, const std::string& prefix, const std::string& source) {
  for (const LeafType& leaf : leaves) {
    if (prefix + state_name(leaf) != name) continue;
    const proto::TensorType& type = *leaf.tensors[0];
    absl::Status status = check_form(form, type);
    if (status.ok()) return status;
    Tensor converted{static_cast<ElementType>(type.element()), form.dims, {}};
    return absl::InvalidArgumentError(absl::StrCat(
        source, ": `", name, "`: ", std::string(status.message()),
        check_form(converted, type).ok() ? astype_hint(form.element, converted.element) : ""));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      source, ": `", excerpt(name), "` is not in the state, which is ", names_of(leaves, prefix)));
}

absl::StatusOr<std::vector<Tensor>> named_state(const std::vector<LeafType>& leaves,
                                                const NamedTensors& tensors,
                                                const std::string& prefix,
                                                const std::string& source) {
  const auto name_of = [&](const LeafType& leaf) { return prefix + state_name(leaf); };
  for (const auto& [name, tensor] : tensors)
    if (absl::Status status = check_named(leaves, name, tensor, prefix, source); !status.ok())
      return status;
  std::vector<Tensor> state;
  for (const LeafType& leaf : leaves) {
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& entry) {
      return entry.first == name_of(leaf);
    });
    if (found == tensors.end())
      return absl::InvalidArgumentError(absl::StrCat(
          source, ": `", name_of(leaf), "` is missing; the state is ", names_of(leaves, prefix)));
    state.push_back(found->second);
  }
  return state;
}

}  // namespace fedrt
