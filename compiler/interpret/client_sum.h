// Sums over clients, and what makes a client's message unfit for one.
#ifndef FEDC_COMPILER_INTERPRET_CLIENT_SUM_H_
#define FEDC_COMPILER_INTERPRET_CLIENT_SUM_H_

#include <vector>

#include "compiler/interpret/tensor_ops.h"

namespace fedc::interpret {

// The sum of `values`, all of this type; zeros of none. Floats are summed by the runtime's own
// kernel, whose result has no order: see runtime/server/accumulators.h. Integers wrap.
Tensor client_sum(const std::vector<Tensor>& values, ElementType element, const Dims& dims);
// The same of float32 values as float64, which no sum of finite ones overflows.
Tensor client_wide_sum(const std::vector<Tensor>& values, const Dims& dims);
// A value of float32 or float64 times a scalar weight, as float64.
Tensor weighted(const Tensor& value, const Tensor& weight);
// The sum as float64 of values of float32 or float64 times their weights, which are not 0; with the
// error that runtime/server/accumulators.h states, by plain arithmetic.
Tensor client_weighted_sum(const std::vector<Tensor>& values, const std::vector<Tensor>& weights,
                           const Dims& dims);
// The sum modulo `modulus`, at most 2^62, of int64 values from 0 to modulus - 1.
Tensor client_modular_sum(const std::vector<Tensor>& values, const Dims& dims, int64_t modulus);

bool all_finite(const Tensor& x);
bool any_nan(const Tensor& x);
// Of a scalar: finite, not negative, and of 64-bit integers small enough for their total; zero.
bool is_weight(const Tensor& x);
bool is_zero(const Tensor& x);
// Those of the weights that are not 0.
std::vector<Tensor> that_count(const std::vector<Tensor>& weights);

}  // namespace fedc::interpret

#endif  // FEDC_COMPILER_INTERPRET_CLIENT_SUM_H_
