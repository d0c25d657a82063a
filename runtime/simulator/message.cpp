#include "runtime/simulator/message.h"

#include <algorithm>
#include <cmath>

#include "runtime/data/flat.h"
#include "runtime/data/tensor.h"

namespace fedrt {

MessageWeights::MessageWeights(const proto::Computation& computation, uint64_t level,
                               const fed_layout& message) {
  for (const proto::Aggregation& aggregation : computation.aggregations()) {
    if (aggregation.level() != level) continue;
    for (const proto::Reduction& reduction : aggregation.reductions()) {
      if (!reduction.has_weight() || reduction.weight() >= message.leaf_count) continue;
      const fed_leaf* leaf = &message.leaves[reduction.weight()];
      if (std::find(leaves_.begin(), leaves_.end(), leaf) == leaves_.end()) leaves_.push_back(leaf);
    }
  }
}

bool MessageWeights::all_zero(const void* message) const {
  return !leaves_.empty() && std::all_of(leaves_.begin(), leaves_.end(), [&](const fed_leaf* leaf) {
    return number_at(static_cast<ElementType>(leaf->element_type),
                     static_cast<const uint8_t*>(message) + leaf->offset, 0) == 0;
  });
}

bool is_finite(const fed_layout& message, const void* bytes) {
  for (uint64_t i = 0; i < message.leaf_count; ++i) {
    const fed_leaf& leaf = message.leaves[i];
    Tensor tensor;
    if (!is_float(static_cast<ElementType>(leaf.element_type)) ||
        !read_leaf(leaf, bytes, &tensor).ok())
      continue;
    for (int64_t e = 0; e < tensor.size(); ++e)
      if (!std::isfinite(number_at(tensor.element, tensor.bytes.data(), static_cast<size_t>(e))))
        return false;
  }
  return true;
}

}  // namespace fedrt
