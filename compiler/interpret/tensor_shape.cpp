// Operations that move elements. Each result element is found from its index, one at a time.
#include <algorithm>
#include <cstring>

#include "compiler/interpret/index.h"
#include "compiler/interpret/tensor_ops.h"

namespace fedc::interpret {
namespace {

// Replaces each element of `result` by x's at `source(index)`, unless that is negative.
template <class Source>
void gather(const Tensor& x, Tensor& result, Source source) {
  const size_t size = fedrt::element_size(x.element);
  int64_t out = 0;
  for_each_index(result.dims, [&](const Dims& index) {
    const int64_t in = source(index);
    if (in >= 0) std::memcpy(&result.bytes[out * size], &x.bytes[in * size], size);
    ++out;
  });
}
template <class Source>
Tensor gather(const Tensor& x, const Dims& dims, Source source) {
  Tensor result = Tensor::zeros(x.element, dims);
  gather(x, result, source);
  return result;
}

}  // namespace

Tensor iota(ElementType element, const Dims& dims, int64_t dimension) {
  Tensor indices = Tensor::zeros(ElementType::kInt64, dims);
  auto out = indices.as<int64_t>();
  int64_t i = 0;
  for_each_index(dims, [&](const Dims& index) { out[i++] = index[dimension]; });
  return convert(indices, element);
}

Tensor broadcast_in_dim(const Tensor& x, const Dims& dims, const Dims& dimensions) {
  return gather(x, dims, [&](const Dims& index) {
    Dims source(x.dims.size());
    for (size_t i = 0; i < source.size(); ++i) {
      source[i] = x.dims[i] == 1 ? 0 : index[dimensions[i]];
    }
    return linear_index(x.dims, source);
  });
}

Tensor reshape(const Tensor& x, const Dims& dims) { return {x.element, dims, x.bytes}; }

Tensor transpose(const Tensor& x, const Dims& permutation) {
  Dims dims(x.dims.size());
  for (size_t i = 0; i < dims.size(); ++i) dims[i] = x.dims[permutation[i]];
  return gather(x, dims, [&](const Dims& index) {
    Dims source(index.size());
    for (size_t i = 0; i < index.size(); ++i) source[permutation[i]] = index[i];
    return linear_index(x.dims, source);
  });
}

Tensor slice(const Tensor& x, const Dims& start, const Dims& limit, const Dims& strides) {
  Dims dims(x.dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t end = limit[i] == -1 ? x.dims[i] : limit[i];
    dims[i] = std::max<int64_t>(0, (end - start[i] + strides[i] - 1) / strides[i]);
  }
  return gather(x, dims, [&](const Dims& index) {
    Dims source(index.size());
    for (size_t i = 0; i < index.size(); ++i) source[i] = start[i] + index[i] * strides[i];
    return linear_index(x.dims, source);
  });
}

Tensor pad(const Tensor& x, const Tensor* value, const Dims& low, const Dims& high,
           const Dims& interior) {
  Dims dims(x.dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    dims[i] = low[i] + high[i] + x.dims[i] + std::max<int64_t>(0, x.dims[i] - 1) * interior[i];
  }
  Tensor result = Tensor::zeros(x.element, dims);
  if (value) result = broadcast_in_dim(*value, dims, {});
  gather(x, result, [&](const Dims& index) -> int64_t {
    Dims source(index.size());
    for (size_t i = 0; i < index.size(); ++i) {
      const int64_t at = index[i] - low[i];
      if (at < 0 || at % (interior[i] + 1) != 0) return -1;
      source[i] = at / (interior[i] + 1);
      if (source[i] >= x.dims[i]) return -1;
    }
    return linear_index(x.dims, source);
  });
  return result;
}

Tensor concatenate(const std::vector<const Tensor*>& inputs, int64_t dimension) {
  Dims dims = inputs.front()->dims;
  dims[dimension] = 0;
  for (const Tensor* input : inputs) dims[dimension] += input->dims[dimension];
  Tensor result = Tensor::zeros(inputs.front()->element, dims);
  const size_t size = fedrt::element_size(result.element);
  int64_t offset = 0;
  for (const Tensor* input : inputs) {
    int64_t in = 0;
    for_each_index(input->dims, [&](Dims index) {
      index[dimension] += offset;
      std::memcpy(&result.bytes[linear_index(dims, index) * size], &input->bytes[in++ * size],
                  size);
    });
    offset += input->dims[dimension];
  }
  return result;
}

}  // namespace fedc::interpret
