// Contractions and reductions, in the canonical order.
#include <algorithm>
#include <array>

#include "compiler/interpret/index.h"
#include "compiler/interpret/tensor_ops.h"

namespace fedc::interpret {
namespace {

bool contains(const Dims& dims, int64_t d) { return std::ranges::count(dims, d) > 0; }

// The sizes of `x` at `dims`, in their order.
Dims sizes_at(const Tensor& x, const Dims& dims) {
  Dims sizes;
  for (const int64_t d : dims) sizes.push_back(x.dims[d]);
  return sizes;
}
// The dimensions of `x` that are in none of the lists, in increasing order.
Dims others(const Tensor& x, const Dims& a, const Dims& b = {}) {
  Dims rest;
  for (int64_t d = 0; d < static_cast<int64_t>(x.dims.size()); ++d) {
    if (!contains(a, d) && !contains(b, d)) rest.push_back(d);
  }
  return rest;
}
void place(Dims& index, const Dims& dims, const Dims& values, size_t first = 0) {
  for (size_t i = 0; i < dims.size(); ++i) index[dims[i]] = values[first + i];
}

template <class T>
T combine(Reduce kind, T a, T b) {
  if constexpr (std::is_same_v<T, bool>) {
    return kind == Reduce::kAny || kind == Reduce::kMax ? (a || b) : (a && b);
  } else {
    switch (kind) {
      case Reduce::kSum:
        return add(a, b);
      case Reduce::kProduct:
        return multiply(a, b);
      case Reduce::kMax:
        return maximum(a, b);
      default:
        return minimum(a, b);
    }
  }
}

template <class T>
T identity_of(Reduce kind) {
  if constexpr (std::is_same_v<T, bool>) {
    return kind == Reduce::kAll || kind == Reduce::kMin;
  } else {
    switch (kind) {
      case Reduce::kSum:
        return convert<T>(0);
      case Reduce::kProduct:
        return convert<T>(1);
      case Reduce::kMax:
        return lowest<T>();
      default:
        return highest<T>();
    }
  }
}

}  // namespace

Tensor dot_general(const Tensor& lhs, const Tensor& rhs, const Tensor* into,
                   const Contraction& dims) {
  const Dims lhs_free = others(lhs, dims.lhs_batching, dims.lhs_contracting);
  const Dims rhs_free = others(rhs, dims.rhs_batching, dims.rhs_contracting);
  Dims shape = sizes_at(lhs, dims.lhs_batching);
  for (const int64_t size : sizes_at(lhs, lhs_free)) shape.push_back(size);
  for (const int64_t size : sizes_at(rhs, rhs_free)) shape.push_back(size);
  const Dims contracted = sizes_at(lhs, dims.lhs_contracting);
  Tensor result = Tensor::zeros(lhs.element, shape);
  dispatch(lhs.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto a = lhs.as<T>(), b = rhs.as<T>();
      auto out = result.as<T>();
      Dims left(lhs.dims.size()), right(rhs.dims.size());
      int64_t o = 0;
      for_each_index(shape, [&](const Dims& index) {
        place(left, dims.lhs_batching, index);
        place(right, dims.rhs_batching, index);
        place(left, lhs_free, index, dims.lhs_batching.size());
        place(right, rhs_free, index, dims.lhs_batching.size() + lhs_free.size());
        T sum = into ? into->as<T>()[o] : convert<T>(0);
        for_each_index(contracted, [&](const Dims& k) {
          place(left, dims.lhs_contracting, k);
          place(right, dims.rhs_contracting, k);
          sum = fma(a[linear_index(lhs.dims, left)], b[linear_index(rhs.dims, right)], sum);
        });
        out[o++] = sum;
      });
    }
  });
  return result;
}

Tensor reduce(Reduce kind, const Tensor& x, const Dims& dimensions) {
  Dims reduced = dimensions;
  std::ranges::sort(reduced);
  const Dims kept = others(x, reduced);
  const Dims shape = sizes_at(x, kept), extent = sizes_at(x, reduced);
  Tensor result = Tensor::zeros(x.element, shape);
  dispatch(x.element, [&]<class T>() {
    const auto in = x.as<T>();
    auto out = result.as<T>();
    Dims at(x.dims.size());
    int64_t o = 0;
    for_each_index(shape, [&](const Dims& index) {
      place(at, kept, index);
      std::array<T, 16> partial;
      partial.fill(identity_of<T>(kind));
      int64_t i = 0;
      for_each_index(extent, [&](const Dims& k) {
        place(at, reduced, k);
        T& p = partial[i++ % 16];
        p = combine(kind, p, in[linear_index(x.dims, at)]);
      });
      for (int s = 8; s >= 1; s /= 2) {
        for (int p = 0; p < s; ++p) partial[p] = combine(kind, partial[p], partial[p + s]);
      }
      out[o++] = partial[0];
    });
  });
  return result;
}

Tensor arg_reduce(Reduce kind, const Tensor& x, int64_t dimension, ElementType element) {
  const Dims kept = others(x, {dimension});
  Tensor indices = Tensor::zeros(ElementType::kInt64, sizes_at(x, kept));
  auto out = indices.as<int64_t>();
  dispatch(x.element, [&]<class T>() {
    const auto in = x.as<T>();
    Dims at(x.dims.size());
    int64_t o = 0;
    for_each_index(indices.dims, [&](const Dims& index) {
      place(at, kept, index);
      int64_t best = 0;
      T extreme{};
      for (int64_t i = 0; i < x.dims[dimension]; ++i) {
        at[dimension] = i;
        const T value = in[linear_index(x.dims, at)];
        const bool beyond =
            kind == Reduce::kMax ? plain(value) > plain(extreme) : plain(value) < plain(extreme);
        if (i == 0 || (!is_nan(extreme) && (is_nan(value) || beyond))) {
          best = i;
          extreme = value;
        }
      }
      out[o++] = best;
    });
  });
  return convert(indices, element);
}

Tensor identity(Reduce kind, ElementType element, const Dims& dims) {
  Tensor result = Tensor::zeros(element, dims);
  dispatch(element, [&]<class T>() {
    for (T& x : result.as<T>()) x = identity_of<T>(kind);
  });
  return result;
}

}  // namespace fedc::interpret
