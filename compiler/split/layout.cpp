#include "compiler/split/layout.h"

#include "runtime/abi/fed_abi.h"

namespace fedc::split {
namespace {

// No overflow: callers keep `bytes` at or below kMaxLayoutBytes.
uint64_t align(uint64_t bytes) {
  return (bytes + FED_ALIGNMENT - 1) / FED_ALIGNMENT * FED_ALIGNMENT;
}

}  // namespace

uint32_t LeafType::unknown_dims() const {
  uint32_t count = 0;
  for (const Dim& dim : dims) count += dim.unknown;
  return count;
}

uint64_t element_bytes(uint32_t element) {
  switch (element) {
    case FED_BOOL:
    case FED_INT8:
    case FED_UINT8:
      return 1;
    case FED_INT16:
    case FED_UINT16:
    case FED_FLOAT16:
    case FED_BFLOAT16:
      return 2;
    case FED_INT32:
    case FED_UINT32:
    case FED_FLOAT32:
      return 4;
    case FED_INT64:
    case FED_UINT64:
    case FED_FLOAT64:
      return 8;
    default:
      return 0;
  }
}

std::optional<uint64_t> leaf_bytes(const LeafType& leaf) {
  uint64_t bytes = element_bytes(leaf.element);
  if (bytes == 0) return std::nullopt;
  // A size of 0 anywhere makes the leaf empty, however large its other dimensions.
  for (const LeafType::Dim& dim : leaf.dims) {
    if (dim.size < 0) return std::nullopt;
    if (dim.size == 0) return 0;
  }
  for (const LeafType::Dim& dim : leaf.dims) {
    if (static_cast<uint64_t>(dim.size) > kMaxLayoutBytes / bytes) return std::nullopt;
    bytes *= static_cast<uint64_t>(dim.size);
  }
  return bytes;
}

std::optional<uint64_t> leaf_footprint(const LeafType& leaf) {
  std::optional<uint64_t> bytes = leaf_bytes(leaf);
  if (!bytes) return std::nullopt;
  return align(*bytes) + align(leaf.unknown_dims() * sizeof(int64_t));
}

std::optional<Layout> lay_out(std::span<const LeafType> leaves) {
  Layout layout;
  for (const LeafType& leaf : leaves) {
    std::optional<uint64_t> bytes = leaf_bytes(leaf);
    if (!bytes) return std::nullopt;
    LeafPlace place;
    if (uint32_t unknown = leaf.unknown_dims()) {
      place.dims_offset = layout.bytes;
      layout.bytes += align(unknown * sizeof(int64_t));
    }
    place.offset = layout.bytes;
    place.bytes = *bytes;
    layout.bytes += align(*bytes);
    if (layout.bytes > kMaxLayoutBytes) return std::nullopt;
    layout.leaves.push_back(place);
  }
  return layout;
}

}  // namespace fedc::split
