// What the tests of sums of floats have in common: the kernels by type, and accumulators with their
// memory.
#ifndef RUNTIME_SERVER_FLOAT_SUMS_H_
#define RUNTIME_SERVER_FLOAT_SUMS_H_

#include <cstdint>
#include <vector>

#include "runtime/server/accumulators.h"

namespace fedrt {

// The kernels of sums of T.
template <typename T>
struct Sum;
// The kernels of sums of T times weights.
template <typename T>
struct Weighted;

#define FED_KERNELS(Kind, T, R, name)                         \
  template <>                                                 \
  struct Kind<T> {                                            \
    using Value = T;                                          \
    using Report = R;                                         \
    static constexpr int kDigits = sizeof(T) == 4 ? 2 : 4;    \
    static constexpr auto bytes = fed_acc_##name##_bytes;     \
    static constexpr auto zero = fed_acc_##name##_zero;       \
    static constexpr auto add = fed_acc_##name##_add;         \
    static constexpr auto add_all = fed_acc_##name##_add_all; \
    static constexpr auto merge = fed_acc_##name##_merge;     \
    static constexpr auto report = fed_acc_##name##_report;   \
  };
FED_KERNELS(Sum, float, float, sum_f32)
FED_KERNELS(Sum, double, double, sum_f64)
FED_KERNELS(Weighted, float, double, weighted_f32)
FED_KERNELS(Weighted, double, double, weighted_f64)
#undef FED_KERNELS

// An accumulator of n elements. A weight follows what is added where the kernels take one.
template <typename Kernels>
class AccumulatorOf {
 public:
  using Value = typename Kernels::Value;
  using Report = typename Kernels::Report;

  explicit AccumulatorOf(uint64_t n = 1) : n_(n), memory_(Kernels::bytes(n) / 8) { zero(); }
  void zero() { Kernels::zero(memory_.data(), n_); }
  template <typename... Weight>
  void add(const Value* values, Weight... weight) {
    Kernels::add(memory_.data(), values, weight..., n_);
  }
  template <typename... Weight>
  void add(Value value, Weight... weight) {
    Kernels::add(memory_.data(), &value, weight..., 1);
  }
  void add_all(const std::vector<const Value*>& values, const std::vector<double>& weights) {
    Kernels::add_all(memory_.data(), values.data(), weights.data(), values.size(), n_);
  }
  void merge(const AccumulatorOf& other) {
    Kernels::merge(memory_.data(), other.memory_.data(), n_);
  }
  std::vector<Report> report() const {
    std::vector<Report> out(n_);
    Kernels::report(memory_.data(), out.data(), n_);
    return out;
  }
  Report one() const { return report()[0]; }
  const std::vector<uint64_t>& memory() const { return memory_; }
  bool operator==(const AccumulatorOf&) const = default;

 private:
  uint64_t n_;
  std::vector<uint64_t> memory_;
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_FLOAT_SUMS_H_
