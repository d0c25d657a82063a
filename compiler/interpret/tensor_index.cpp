// Elements at computed places, sorting and running sums.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "compiler/interpret/index.h"
#include "compiler/interpret/tensor_ops.h"

namespace fedc::interpret {
namespace {

// Copies element `from` of x to element `to` of the result.
void copy(const Tensor& x, int64_t from, Tensor& result, int64_t to) {
  const size_t size = fedrt::element_size(x.element);
  std::memcpy(&result.bytes[to * size], &x.bytes[from * size], size);
}

// The index of `update`'s element in what it is a box of.
Dims moved(const Dims& index, const Dims& start) {
  Dims result = index;
  for (size_t d = 0; d < result.size(); ++d) result[d] += start[d];
  return result;
}

// Where `take` finds the element of its result at `index`.
Dims taken_from(const Tensor& indices, const Dims& index, int64_t dimension, int64_t batch) {
  const int64_t inner = static_cast<int64_t>(indices.dims.size()) - batch;
  Dims place(index.begin(), index.begin() + batch);
  place.insert(place.end(), index.begin() + dimension, index.begin() + dimension + inner);
  Dims from(index.begin(), index.begin() + dimension);
  from.push_back(integer(indices, linear_index(indices.dims, place)));
  from.insert(from.end(), index.begin() + dimension + inner, index.end());
  return from;
}

// Calls f(row) with the elements along `dimension`, as linear indices, for each place beside it.
template <class F>
void for_each_row(const Dims& dims, int64_t dimension, F f) {
  Dims outer = dims;
  outer[dimension] = 1;
  for_each_index(outer, [&](Dims index) {
    std::vector<int64_t> row(dims[dimension]);
    for (int64_t i = 0; i < dims[dimension]; ++i) {
      index[dimension] = i;
      row[i] = linear_index(dims, index);
    }
    f(row);
  });
}

}  // namespace

Tensor reverse(const Tensor& x, const Dims& dimensions) {
  Tensor result = Tensor::zeros(x.element, x.dims);
  int64_t out = 0;
  for_each_index(x.dims, [&](Dims index) {
    for (const int64_t d : dimensions) index[d] = x.dims[d] - 1 - index[d];
    copy(x, linear_index(x.dims, index), result, out++);
  });
  return result;
}

Tensor dynamic_slice(const Tensor& x, const Dims& start, const Dims& sizes) {
  Tensor result = Tensor::zeros(x.element, sizes);
  int64_t out = 0;
  for_each_index(sizes, [&](const Dims& index) {
    copy(x, linear_index(x.dims, moved(index, start)), result, out++);
  });
  return result;
}

Tensor dynamic_update_slice(const Tensor& x, const Tensor& update, const Dims& start) {
  Tensor result = x;
  int64_t in = 0;
  for_each_index(update.dims, [&](const Dims& index) {
    copy(update, in++, result, linear_index(x.dims, moved(index, start)));
  });
  return result;
}

bool are_indices(const Tensor& indices, int64_t size) {
  for (int64_t i = 0; i < indices.size(); ++i) {
    // An unsigned index beyond 2^63 would be negative, and is as wrong.
    const int64_t index = integer(indices, i);
    if (index < 0 || index >= size) return false;
  }
  return true;
}

Dims taken_dims(const Dims& x, const Dims& indices, int64_t dimension, int64_t batch) {
  Dims dims(x.begin(), x.begin() + dimension);
  dims.insert(dims.end(), indices.begin() + batch, indices.end());
  dims.insert(dims.end(), x.begin() + dimension + 1, x.end());
  return dims;
}

Tensor take(const Tensor& x, const Tensor& indices, int64_t dimension, int64_t batch) {
  Tensor result = Tensor::zeros(x.element, taken_dims(x.dims, indices.dims, dimension, batch));
  int64_t out = 0;
  for_each_index(result.dims, [&](const Dims& index) {
    copy(x, linear_index(x.dims, taken_from(indices, index, dimension, batch)), result, out++);
  });
  return result;
}

Tensor scatter_add(const Tensor& x, const Tensor& indices, const Tensor& updates, int64_t dimension,
                   int64_t batch) {
  Tensor result = x;
  dispatch(x.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      auto out = result.as<T>();
      const auto in = updates.as<T>();
      int64_t next = 0;
      for_each_index(updates.dims, [&](const Dims& index) {
        T& sum = out[linear_index(x.dims, taken_from(indices, index, dimension, batch))];
        sum = add(sum, in[next++]);
      });
    }
  });
  return result;
}

Tensor argsort(const Tensor& x, int64_t dimension, bool descending, ElementType element) {
  Tensor result = Tensor::zeros(ElementType::kInt64, x.dims);
  auto out = result.as<int64_t>();
  dispatch(x.element, [&]<class T>() {
    const auto in = x.as<T>();
    // NaN is above all numbers.
    const auto below = [](T a, T b) { return is_nan(b) ? !is_nan(a) : plain(a) < plain(b); };
    for_each_row(x.dims, dimension, [&](const std::vector<int64_t>& row) {
      std::vector<int64_t> order(row.size());
      std::iota(order.begin(), order.end(), 0);
      std::ranges::sort(order, [&](int64_t a, int64_t b) {
        const T x = in[row[descending ? b : a]], y = in[row[descending ? a : b]];
        return below(x, y) || (!below(y, x) && a < b);
      });
      for (size_t i = 0; i < row.size(); ++i) out[row[i]] = order[i];
    });
  });
  return convert(result, element);
}

Tensor cumulative_sum(const Tensor& x, int64_t dimension) {
  Tensor result = x;
  dispatch(x.element, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      auto out = result.as<T>();
      for_each_row(x.dims, dimension, [&](const std::vector<int64_t>& row) {
        for (size_t i = 1; i < row.size(); ++i) out[row[i]] = add(out[row[i - 1]], out[row[i]]);
      });
    }
  });
  return result;
}

}  // namespace fedc::interpret
