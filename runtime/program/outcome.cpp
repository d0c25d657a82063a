#include "runtime/program/outcome.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace fedrt {

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

bool keep_placement(proto::Placement placement, Value* value, proto::Type* type) {
  if (type->has_federated()) return type->federated().placement() == placement;
  if (!type->has_struct_()) return true;
  proto::Type kept;
  kept.mutable_struct_();
  std::vector<Value> items;
  for (int i = 0; i < type->struct_().fields_size(); ++i) {
    proto::StructType::Field field = type->struct_().fields(i);
    if (!keep_placement(placement, &value->items[static_cast<size_t>(i)], field.mutable_type()))
      continue;
    *kept.mutable_struct_()->add_fields() = std::move(field);
    items.push_back(std::move(value->items[static_cast<size_t>(i)]));
  }
  *type = std::move(kept);
  value->items = std::move(items);
  return type->struct_().fields_size() > 0;
}

}  // namespace fedrt
