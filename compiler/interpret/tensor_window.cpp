// Convolutions and reductions of windows, in the canonical order.
#include <algorithm>

#include "compiler/interpret/index.h"
#include "compiler/interpret/tensor_ops.h"

namespace fedc::interpret {
namespace {

// Where tap `k` of the window of position `p` is along a spatial dimension of size `size`; -1 in
// the padding.
int64_t tap(const Convolution& c, size_t dim, int64_t p, int64_t k, int64_t size) {
  const int64_t at = p * c.strides[dim] + k * c.dilation[dim] - c.padding[2 * dim];
  return at >= 0 && at < size ? at : -1;
}

// Which element of the operand each tap of `filter_index` takes at `result_index`. False: padding.
bool taps(const Convolution& c, const Dims& result_index, const Dims& filter_index,
          const Dims& operand_dims, Dims& operand_index) {
  operand_index[0] = result_index[0];
  for (size_t d = 0; d < c.strides.size(); ++d) {
    operand_index[d + 1] = tap(c, d, result_index[d + 1], filter_index[d], operand_dims[d + 1]);
    if (operand_index[d + 1] < 0) return false;
  }
  return true;
}

// The position whose tap `filter_index` is `operand_index`. False: there is none.
bool positions(const Convolution& c, const Dims& operand_index, const Dims& filter_index,
               const Dims& result_dims, Dims& result_index) {
  result_index[0] = operand_index[0];
  for (size_t d = 0; d < c.strides.size(); ++d) {
    const int64_t from = operand_index[d + 1] + c.padding[2 * d] - filter_index[d] * c.dilation[d];
    if (from < 0 || from % c.strides[d] != 0 || from / c.strides[d] >= result_dims[d + 1]) {
      return false;
    }
    result_index[d + 1] = from / c.strides[d];
  }
  return true;
}

// Calls f(index) for each element of the window at `position`, row-major.
template <class F>
void for_each_in_window(const Windows& w, const Dims& dims, const Dims& position, F f) {
  Dims index(dims.size());
  for_each_index(w.window, [&](const Dims& offset) {
    for (size_t d = 0; d < dims.size(); ++d) {
      index[d] = position[d] * w.strides[d] + offset[d] - w.padding[2 * d];
      if (index[d] < 0 || index[d] >= dims[d]) return;
    }
    f(std::as_const(index));
  });
}

// The linear index of the window's largest (smallest) element; -1 where it has none.
template <class T>
int64_t selected(Reduce kind, const Tensor& x, const Windows& w, const Dims& position) {
  const auto in = x.as<T>();
  int64_t best = -1;
  for_each_in_window(w, x.dims, position, [&](const Dims& index) {
    const int64_t at = linear_index(x.dims, index);
    if (best < 0) {
      best = at;
      return;
    }
    const T value = in[at], extreme = in[best];
    const bool beyond =
        kind == Reduce::kMax ? plain(value) > plain(extreme) : plain(value) < plain(extreme);
    if (!is_nan(extreme) && (is_nan(value) || beyond)) best = at;
  });
  return best;
}

}  // namespace

Tensor convolution(const Tensor& x, const Tensor& filter, const Convolution& c, const Dims& dims) {
  const size_t last = dims.size() - 1;
  Tensor result = Tensor::zeros(x.element, dims);
  const Dims window(filter.dims.begin(), filter.dims.end() - 1);
  const int64_t in_group = filter.dims[last - 1], out_group = dims[last] / c.groups;
  dispatch(x.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto a = x.as<T>(), b = filter.as<T>();
      auto out = result.as<T>();
      Dims at(dims.size()), of_filter(dims.size());
      int64_t o = 0;
      for_each_index(dims, [&](const Dims& index) {
        T sum = convert<T>(0);
        for_each_index(window, [&](const Dims& k) {
          if (!taps(c, index, k, x.dims, at)) return;
          at[last] = index[last] / out_group * in_group + k[last - 1];
          std::copy(k.begin(), k.end(), of_filter.begin());
          of_filter[last] = index[last];
          sum = fma(a[linear_index(x.dims, at)], b[linear_index(filter.dims, of_filter)], sum);
        });
        out[o++] = sum;
      });
    }
  });
  return result;
}

Tensor convolution_data(const Tensor& gradient, const Tensor& filter, const Convolution& c,
                        const Dims& dims) {
  const size_t last = dims.size() - 1;
  Tensor result = Tensor::zeros(gradient.element, dims);
  const int64_t in_group = filter.dims[last - 1], out_group = filter.dims[last] / c.groups;
  Dims window(filter.dims.begin(), filter.dims.end() - 1);
  window[last - 1] = out_group;
  dispatch(gradient.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto a = gradient.as<T>(), b = filter.as<T>();
      auto out = result.as<T>();
      Dims at(dims.size()), of_filter(dims.size());
      int64_t o = 0;
      for_each_index(dims, [&](const Dims& index) {
        T sum = convert<T>(0);
        const int64_t first = index[last] / in_group * out_group;
        for_each_index(window, [&](const Dims& k) {
          if (!positions(c, index, k, gradient.dims, at)) return;
          at[last] = first + k[last - 1];
          std::copy(k.begin(), k.end(), of_filter.begin());
          of_filter[last - 1] = index[last] % in_group;
          of_filter[last] = at[last];
          sum =
              fma(a[linear_index(gradient.dims, at)], b[linear_index(filter.dims, of_filter)], sum);
        });
        out[o++] = sum;
      });
    }
  });
  return result;
}

Tensor convolution_filter(const Tensor& x, const Tensor& gradient, const Convolution& c,
                          const Dims& dims) {
  const size_t last = dims.size() - 1;
  Tensor result = Tensor::zeros(x.element, dims);
  const Dims places(gradient.dims.begin(), gradient.dims.end() - 1);
  const int64_t in_group = dims[last - 1], out_group = dims[last] / c.groups;
  dispatch(x.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto a = x.as<T>(), b = gradient.as<T>();
      auto out = result.as<T>();
      Dims at(dims.size()), of_gradient(dims.size());
      int64_t o = 0;
      for_each_index(dims, [&](const Dims& index) {
        T sum = convert<T>(0);
        for_each_index(places, [&](const Dims& p) {
          if (!taps(c, p, index, x.dims, at)) return;
          at[last] = index[last] / out_group * in_group + index[last - 1];
          std::copy(p.begin(), p.end(), of_gradient.begin());
          of_gradient[last] = index[last];
          sum = fma(a[linear_index(x.dims, at)], b[linear_index(gradient.dims, of_gradient)], sum);
        });
        out[o++] = sum;
      });
    }
  });
  return result;
}

Tensor reduce_window(Reduce kind, const Tensor& x, const Windows& windows, const Dims& dims) {
  Tensor result = identity(kind, x.element, dims);
  dispatch(x.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto in = x.as<T>();
      auto out = result.as<T>();
      int64_t o = 0;
      for_each_index(dims, [&](const Dims& position) {
        T& all = out[o++];
        for_each_in_window(windows, x.dims, position, [&](const Dims& index) {
          const T value = in[linear_index(x.dims, index)];
          all = kind == Reduce::kSum   ? add(all, value)
                : kind == Reduce::kMax ? maximum(all, value)
                                       : minimum(all, value);
        });
      });
    }
  });
  return result;
}

Tensor select_and_scatter(Reduce kind, const Tensor& x, const Tensor& source,
                          const Windows& windows) {
  Tensor result = Tensor::zeros(x.element, x.dims);
  dispatch(x.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto in = source.as<T>();
      auto out = result.as<T>();
      int64_t o = 0;
      for_each_index(source.dims, [&](const Dims& position) {
        const T value = in[o++];
        const int64_t at = selected<T>(kind, x, windows, position);
        if (at >= 0) out[at] = add(out[at], value);
      });
    }
  });
  return result;
}

Tensor select_and_gather(Reduce kind, const Tensor& x, const Tensor& source, const Windows& windows,
                         const Dims& dims) {
  Tensor result = Tensor::zeros(x.element, dims);
  dispatch(x.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto in = source.as<T>();
      auto out = result.as<T>();
      int64_t o = 0;
      for_each_index(dims, [&](const Dims& position) {
        const int64_t at = selected<T>(kind, x, windows, position);
        if (at >= 0) out[o] = in[at];
        ++o;
      });
    }
  });
  return result;
}

}  // namespace fedc::interpret
