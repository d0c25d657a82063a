// Between the leaves of a computation's type and the sides' layouts.
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/simulator/simulation.h"

namespace fedrt {

absl::StatusOr<Arguments> make_arguments(const Computation& computation, std::vector<Leaf> leaves,
                                         uint64_t clients) {
  Arguments arguments;
  arguments.clients = clients;
  arguments.server.resize(computation.server->steps.input.leaf_count);
  arguments.client.resize(computation.client->input.leaf_count);
  arguments.sequences.resize(computation.client->sequence_count);
  if (leaves.size() != computation.argument_leaves.size())
    return absl::InvalidArgumentError(absl::StrCat("`", computation.manifest->name(), "` takes ",
                                                   computation.argument_leaves.size(),
                                                   " leaves, not ", leaves.size()));
  for (size_t i = 0; i < leaves.size(); ++i) {
    const LeafType& type = computation.argument_leaves[i];
    const LeafSlot slot = computation.argument_slots[i];
    if (slot.space == LeafSlot::Space::kClientState) continue;
    if (leaves[i].members.size() != (type.per_client() ? clients : 1))
      return absl::InvalidArgumentError(absl::StrCat(type.path, ": has ", leaves[i].members.size(),
                                                     " members, not ",
                                                     type.per_client() ? clients : 1));
    for (const LeafValue& member : leaves[i].members) {
      const auto check = [&](const Tensor& tensor, size_t part) -> absl::Status {
        absl::Status status = check_tensor(tensor, *type.tensors[part]);
        if (status.ok()) return status;
        return absl::InvalidArgumentError(
            absl::StrCat(type.path, ": ", std::string(status.message())));
      };
      if (!type.sequence)
        if (absl::Status status = check(member.tensor, 0); !status.ok()) return status;
      for (const Element& element : member.elements) {
        if (element.size() != type.tensors.size())
          return absl::InvalidArgumentError(absl::StrCat(type.path, ": elements of another shape"));
        for (size_t part = 0; part < element.size(); ++part)
          if (absl::Status status = check(element[part], part); !status.ok()) return status;
      }
    }
    switch (slot.space) {
      case LeafSlot::Space::kServer:
        arguments.server[slot.index] = std::move(leaves[i].members[0].tensor);
        break;
      case LeafSlot::Space::kClient:
        for (LeafValue& member : leaves[i].members)
          arguments.client[slot.index].push_back(std::move(member.tensor));
        break;
      case LeafSlot::Space::kClientSequence:
        arguments.sequences[slot.index] = make_value_source(std::move(leaves[i]));
        break;
      case LeafSlot::Space::kClientState:
        break;
    }
  }
  return arguments;
}

absl::StatusOr<std::vector<Leaf>> result_leaves(const Computation& computation, Outcome outcome) {
  std::vector<Leaf> leaves(computation.result_leaves.size());
  for (size_t i = 0; i < leaves.size(); ++i) {
    const LeafSlot slot = computation.result_slots[i];
    if (slot.space == LeafSlot::Space::kServer) {
      leaves[i].members.push_back({std::move(outcome.server[slot.index]), {}});
      continue;
    }
    if (slot.space != LeafSlot::Space::kClient) continue;
    std::vector<LeafValue>& members = outcome.client[slot.index].members;
    for (size_t c = 0; c < members.size(); ++c) {
      if (!outcome.finished[c]) continue;
      leaves[i].members.push_back(std::move(members[c]));
      if (computation.result_leaves[i].all_equal) break;  // everybody has the same
    }
    if (computation.result_leaves[i].all_equal && leaves[i].members.empty())
      return absl::FailedPreconditionError(absl::StrCat(
          "no client finished, so nobody holds the result",
          computation.result_leaves[i].path.empty() ? "" : " ", computation.result_leaves[i].path));
  }
  return leaves;
}

}  // namespace fedrt
