// Multi-dimensional indices, row-major.
#ifndef FEDC_COMPILER_INTERPRET_INDEX_H_
#define FEDC_COMPILER_INTERPRET_INDEX_H_

#include <cstdint>
#include <utility>
#include <vector>

namespace fedc::interpret {

// Calls f(index) for every index of a tensor of shape `dims`, the last dimension fastest.
template <class F>
void for_each_index(const std::vector<int64_t>& dims, F f) {
  for (const int64_t dim : dims) {
    if (dim == 0) return;
  }
  std::vector<int64_t> index(dims.size(), 0);
  while (true) {
    f(std::as_const(index));
    size_t d = dims.size();
    while (d > 0 && ++index[d - 1] == dims[d - 1]) index[--d] = 0;
    if (d == 0) return;
  }
}

inline int64_t linear_index(const std::vector<int64_t>& dims, const std::vector<int64_t>& index) {
  int64_t linear = 0;
  for (size_t d = 0; d < dims.size(); ++d) linear = linear * dims[d] + index[d];
  return linear;
}

}  // namespace fedc::interpret

#endif  // FEDC_COMPILER_INTERPRET_INDEX_H_
