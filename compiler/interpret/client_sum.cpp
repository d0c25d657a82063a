#include "compiler/interpret/client_sum.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "runtime/data/flat.h"
#include "runtime/server/accumulators.h"

namespace fedc::interpret {

Tensor client_sum(const std::vector<Tensor>& values, ElementType element, const Dims& dims) {
  Tensor result = Tensor::zeros(element, dims);
  const uint64_t n = result.size();
  if (element == ElementType::kFloat32) {
    fedrt::AlignedBuffer acc(fed_acc_sum_f32_bytes(n));
    fed_acc_sum_f32_zero(acc.data(), n);
    for (const Tensor& x : values) fed_acc_sum_f32_add(acc.data(), x.as<float>().data(), n);
    fed_acc_sum_f32_report(acc.data(), result.as<float>().data(), n);
    return result;
  }
  if (element == ElementType::kFloat64) {
    fedrt::AlignedBuffer acc(fed_acc_sum_f64_bytes(n));
    fed_acc_sum_f64_zero(acc.data(), n);
    for (const Tensor& x : values) fed_acc_sum_f64_add(acc.data(), x.as<double>().data(), n);
    fed_acc_sum_f64_report(acc.data(), result.as<double>().data(), n);
    return result;
  }
  bool failed = false;
  for (const Tensor& x : values) result = binary(Binary::kAdd, result, x, failed);
  return result;
}

Tensor client_wide_sum(const std::vector<Tensor>& values, const Dims& dims) {
  Tensor result = Tensor::zeros(ElementType::kFloat64, dims);
  const uint64_t n = result.size();
  fedrt::AlignedBuffer acc(fed_acc_sum_f32_bytes(n));
  fed_acc_sum_f32_zero(acc.data(), n);
  for (const Tensor& x : values) fed_acc_sum_f32_add(acc.data(), x.as<float>().data(), n);
  fed_acc_sum_f32_report_wide(acc.data(), result.as<double>().data(), n);
  return result;
}

Tensor weighted(const Tensor& value, const Tensor& weight) {
  bool failed = false;
  return binary(Binary::kMultiply, convert(value, ElementType::kFloat64),
                broadcast_in_dim(convert(weight, ElementType::kFloat64), value.dims, Dims{}),
                failed);
}

// The least power of two that |x| is below, but not one below that of the smallest normal value.
template <typename T>
static int above(T x) {
  const int least = std::numeric_limits<T>::min_exponent - 1;
  return x == 0 ? least : std::max(std::ilogb(x) + 1, least);
}

// The unit of the lower of the two digits that a weighted sum of float32 values keeps: the topmost
// one has the highest bit that a product of these exponents can have.
static double lowest_unit(const std::vector<Tensor>& values, const std::vector<double>& weights,
                          int64_t i) {
  int digit = 0;
  for (size_t c = 0; c < values.size(); ++c) {
    const int highest = above(values[c].as<float>()[i]) + above(weights[c]) - 1;
    digit = std::max(digit, (highest + 1074) / FED_ACC_DIGIT_BITS);
  }
  return std::ldexp(1, std::max(digit - 1, 0) * FED_ACC_DIGIT_BITS - 1074);
}

Tensor client_weighted_sum(const std::vector<Tensor>& values, const std::vector<Tensor>& weights,
                           const Dims& dims) {
  const int64_t n = Tensor::zeros(ElementType::kFloat64, dims).size();
  const size_t clients = values.size();
  std::vector<Tensor> parts;
  std::vector<double> by;
  for (size_t c = 0; c < clients; ++c) {
    parts.push_back(weighted(values[c], weights[c]));
    by.push_back(convert(weights[c], ElementType::kFloat64).as<double>()[0]);
  }
  for (size_t c = 0; c < clients; ++c) {
    if (values[c].element != ElementType::kFloat64) continue;
    // What the products' rounding lost.
    Tensor lost = parts[c];
    for (int64_t i = 0; i < n; ++i)
      lost.as<double>()[i] = std::fma(values[c].as<double>()[i], by[c], -parts[c].as<double>()[i]);
    parts.push_back(std::move(lost));
  }
  for (int64_t i = 0; i < n; ++i) {
    if (values.empty() || values[0].element == ElementType::kFloat64) continue;
    const double unit = lowest_unit(values, by, i);
    for (Tensor& part : parts) part.as<double>()[i] -= std::fmod(part.as<double>()[i], unit);
  }
  return client_sum(parts, ElementType::kFloat64, dims);
}

Tensor client_modular_sum(const std::vector<Tensor>& values, const Dims& dims, int64_t modulus) {
  Tensor result = Tensor::zeros(ElementType::kInt64, dims);
  for (const Tensor& x : values)
    for (int64_t i = 0; i < result.size(); ++i)
      result.as<int64_t>()[i] = (result.as<int64_t>()[i] + x.as<int64_t>()[i]) % modulus;
  return result;
}

bool all_finite(const Tensor& x) {
  const Tensor finite = is_finite(x);
  return std::ranges::all_of(finite.as<bool>(), [](bool b) { return b; });
}

bool any_nan(const Tensor& x) {
  const Tensor differs = compare(Compare::kNe, x, x);
  return std::ranges::any_of(differs.as<bool>(), [](bool b) { return b; });
}

bool is_weight(const Tensor& x) {
  if (x.element == ElementType::kInt64) {
    return fed_acc_weight_i64(x.as<int64_t>().data()) == FED_ACCEPT;
  }
  if (x.element == ElementType::kUint64) {
    return fed_acc_weight_u64(x.as<uint64_t>().data()) == FED_ACCEPT;
  }
  const Tensor zero = Tensor::zeros(x.element, x.dims);
  return all_finite(x) && compare(Compare::kGe, x, zero).bytes[0];
}

bool is_zero(const Tensor& x) {
  const Tensor zero = Tensor::zeros(x.element, x.dims);
  return compare(Compare::kEq, x, zero).bytes[0];
}

std::vector<Tensor> that_count(const std::vector<Tensor>& weights) {
  std::vector<Tensor> result;
  std::ranges::copy_if(weights, std::back_inserter(result),
                       [](const Tensor& weight) { return !is_zero(weight); });
  return result;
}

}  // namespace fedc::interpret
