#include "runtime/program/not_finite.h"

#include <cmath>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace fedrt {
namespace {

// "[0,3]` of client 4 is NaN", of the first element that is not finite.
std::string find(ElementType type, const std::vector<int64_t>& dims, const void* data,
                 uint64_t client) {
  if (!is_float(type)) return "";
  const int64_t count = element_count(dims).value_or(0);
  for (int64_t i = 0; i < count; ++i) {
    const auto value = number_at(type, static_cast<const uint8_t*>(data), static_cast<size_t>(i));
    if (std::isfinite(value)) continue;
    std::vector<int64_t> index(dims.size());
    int64_t rest = i;
    for (size_t d = dims.size(); d-- > 0; rest /= dims[d]) index[d] = rest % dims[d];
    return absl::StrCat(index.empty() ? "" : absl::StrCat("[", absl::StrJoin(index, ","), "]"),
                        "` of client ", client, " is ",
                        std::isnan(value) ? "NaN"
                        : value > 0       ? "Infinity"
                                          : "-Infinity");
  }
  return "";
}

std::string find_in_sequence(const LeafType& leaf, const SequenceSource& source, uint64_t client) {
  bool any = false;
  for (const proto::TensorType* type : leaf.tensors)
    any |= is_float(static_cast<ElementType>(type->element()));
  if (!any) return "";
  const std::unique_ptr<SequenceReader> reader = source.open(source.clients() == 1 ? 0 : client);
  std::vector<fed_view> views(leaf.tensors.size());
  for (uint64_t element = 0;
       reader->next(views.data(), static_cast<uint32_t>(views.size())) == FED_OK; ++element)
    for (size_t part = 0; part < views.size(); ++part) {
      std::vector<int64_t> dims;
      for (int d = 0; d < leaf.tensors[part]->dims_size(); ++d) dims.push_back(views[part].dims[d]);
      const std::string found = find(static_cast<ElementType>(leaf.tensors[part]->element()), dims,
                                     views[part].data, client);
      if (found.empty()) continue;
      const std::string& path = leaf.element_paths[part];
      return absl::StrCat("[", element, "]", path.empty() ? "" : ".", path, found);
    }
  return "";
}

}  // namespace

std::string not_finite_in_data(const Computation& computation, const Arguments& arguments,
                               uint64_t client) {
  for (size_t i = 0; i < computation.argument_leaves.size(); ++i) {
    const LeafType& leaf = computation.argument_leaves[i];
    const LeafSlot slot = computation.argument_slots[i];
    std::string found;
    if (slot.space == LeafSlot::Space::kClient) {
      const std::vector<Tensor>& members = arguments.client[slot.index];
      const Tensor& tensor = members[members.size() == 1 ? 0 : client];
      found = find(tensor.element, tensor.dims, tensor.bytes.data(), client);
    } else if (slot.space == LeafSlot::Space::kClientSequence) {
      found = find_in_sequence(leaf, *arguments.sequences[slot.index], client);
    }
    if (!found.empty()) return absl::StrCat("`", leaf.path, found);
  }
  return "";
}

}  // namespace fedrt
