#include "compiler/interpret/client_sum.h"

#include <algorithm>

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

}  // namespace fedc::interpret
