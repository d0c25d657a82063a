#include "runtime/program/arguments.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

size_t slots_in(const Computation& computation, LeafSlot::Space space) {
  return static_cast<size_t>(std::count_if(computation.argument_slots.begin(),
                                           computation.argument_slots.end(),
                                           [&](LeafSlot slot) { return slot.space == space; }));
}

}  // namespace

absl::StatusOr<Arguments> make_arguments(const Computation& computation, std::vector<Leaf> leaves,
                                         uint64_t clients) {
  Arguments arguments;
  arguments.clients = clients;
  arguments.server.resize(slots_in(computation, LeafSlot::Space::kServer));
  arguments.client.resize(slots_in(computation, LeafSlot::Space::kClient));
  arguments.sequences.resize(slots_in(computation, LeafSlot::Space::kClientSequence));
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

std::vector<uint64_t> clients_without_data(const Arguments& arguments) {
  std::vector<uint64_t> found;
  if (arguments.sequences.empty() || !arguments.client.empty()) return found;
  for (uint64_t client = 0; client < arguments.clients; ++client)
    if (std::all_of(arguments.sequences.begin(), arguments.sequences.end(),
                    [&](const auto& sequence) { return sequence->is_empty(client); }))
      found.push_back(client);
  return found;
}

}  // namespace fedrt
