#include "runtime/client_main/own_result.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/data/file.h"
#include "runtime/data/flat.h"
#include "runtime/data/json.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/outcome.h"

namespace fedrt {

absl::Status print_own_result(const Computation& computation, const void* result) {
  const proto::Computation& manifest = *computation.manifest;
  if (computation.client->result.leaf_count == 0) return absl::OkStatus();
  std::vector<Leaf> leaves(computation.result_leaves.size());
  for (size_t i = 0; i < leaves.size(); ++i) {
    leaves[i].members.emplace_back();
    const LeafSlot slot = computation.result_slots[i];
    if (slot.space != LeafSlot::Space::kClient) continue;
    if (absl::Status status = read_leaf(computation.client->result.leaves[slot.index], result,
                                        &leaves[i].members[0].tensor);
        !status.ok())
      return status;
  }
  proto::Type type = manifest.result();
  make_own(&type);
  absl::StatusOr<Value> value = unflatten(std::move(leaves), type, 1);
  if (!value.ok()) return value.status();
  if (manifest.has_state_result()) {
    const int field = static_cast<int>(manifest.state_result());
    type.mutable_struct_()->mutable_fields()->DeleteSubrange(field, 1);
    value->items.erase(value->items.begin() + field);
  }
  if (!keep_placement(proto::CLIENTS, &*value, &type)) return absl::OkStatus();
  return write_standard_output(print_json(*value, type) + "\n");
}

}  // namespace fedrt
