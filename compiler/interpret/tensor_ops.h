// The operations of the `local` dialect on host tensors, one plain loop each.
//
// Arguments are what the dialect's verifiers let through; what depends on sizes that are known only
// at run time is checked by the caller (eval.cpp). Names and meaning are those of Local.td.
#ifndef FEDC_COMPILER_INTERPRET_TENSOR_OPS_H_
#define FEDC_COMPILER_INTERPRET_TENSOR_OPS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "compiler/interpret/scalar.h"
#include "runtime/data/tensor.h"

namespace fedc::interpret {

using fedrt::ElementType;
using fedrt::Tensor;
using Dims = std::vector<int64_t>;

// Calls f.template operator()<T>() with the C++ type of the element.
template <class F>
decltype(auto) dispatch(ElementType element, F&& f) {
  switch (element) {
    case ElementType::kBool:
      return f.template operator()<bool>();
    case ElementType::kInt8:
      return f.template operator()<int8_t>();
    case ElementType::kInt16:
      return f.template operator()<int16_t>();
    case ElementType::kInt32:
      return f.template operator()<int32_t>();
    case ElementType::kInt64:
      return f.template operator()<int64_t>();
    case ElementType::kUint8:
      return f.template operator()<uint8_t>();
    case ElementType::kUint16:
      return f.template operator()<uint16_t>();
    case ElementType::kUint32:
      return f.template operator()<uint32_t>();
    case ElementType::kUint64:
      return f.template operator()<uint64_t>();
    case ElementType::kFloat16:
      return f.template operator()<Half>();
    case ElementType::kBfloat16:
      return f.template operator()<BFloat>();
    case ElementType::kFloat32:
      return f.template operator()<float>();
    case ElementType::kFloat64:
      return f.template operator()<double>();
  }
  __builtin_unreachable();
}

enum class Unary {
  kNegate,
  kAbs,
  kSign,
  kSqrt,
  kRsqrt,
  kFloor,
  kCeil,
  kRoundEven,
  kRoundAway,
  kNot,
  kBitwiseNot,
  kPopcount,
  kLeadingZeros,
  kCopy
};
// Functions that no target computes exactly: the compiled code is within 4 ulp.
enum class Function { kExp, kLog, kLog1p, kExpm1, kTanh, kLogistic, kPower, kSin, kCos, kErf };
enum class Binary {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kMaximum,
  kMinimum,
  kAnd,
  kOr,
  kBitwiseAnd,
  kBitwiseOr,
  kBitwiseXor,
  kShiftLeft,
  kShiftRight,
  kThreefry  // of uint64
};
enum class Compare { kEq, kNe, kLt, kLe, kGt, kGe };
enum class Reduce { kSum, kProduct, kMax, kMin, kAny, kAll };

// How a Function is computed: element type, operand, second operand (of kPower). The default
// rounds what the C library gives in long double. A test that compares bytes passes the compiled
// expansions instead, whose accuracy is tested on its own.
using MathLibrary = std::function<double(Function, ElementType, double, double)>;
double libm(Function function, ElementType element, double x, double y);

Tensor unary(Unary op, const Tensor& x);
Tensor function(Function op, const Tensor& x, const Tensor* y, const MathLibrary& library);
// `failed` becomes true where an integer is divided by zero.
Tensor binary(Binary op, const Tensor& x, const Tensor& y, bool& failed);
Tensor compare(Compare op, const Tensor& x, const Tensor& y);
Tensor is_finite(const Tensor& x);
Tensor is_nan(const Tensor& x);
Tensor select(const Tensor& pred, const Tensor& on_true, const Tensor& on_false);
Tensor convert(const Tensor& x, ElementType element);

Tensor iota(ElementType element, const Dims& dims, int64_t dimension);
Tensor broadcast_in_dim(const Tensor& x, const Dims& dims, const Dims& dimensions);
Tensor reshape(const Tensor& x, const Dims& dims);
Tensor transpose(const Tensor& x, const Dims& permutation);
// A limit of -1 is the dimension's size.
Tensor slice(const Tensor& x, const Dims& start, const Dims& limit, const Dims& strides);
// `value`, a scalar, or zeros where it is null.
Tensor pad(const Tensor& x, const Tensor* value, const Dims& low, const Dims& high,
           const Dims& interior);
Tensor concatenate(const std::vector<const Tensor*>& inputs, int64_t dimension);

Tensor reverse(const Tensor& x, const Dims& dimensions);
// The box lies inside of x.
Tensor dynamic_slice(const Tensor& x, const Dims& start, const Dims& sizes);
Tensor dynamic_update_slice(const Tensor& x, const Tensor& update, const Dims& start);
// Whether all are at least 0 and below `size`.
bool are_indices(const Tensor& indices, int64_t size);
// The sizes of what `take` gives.
Dims taken_dims(const Dims& x, const Dims& indices, int64_t dimension, int64_t batch);
Tensor take(const Tensor& x, const Tensor& indices, int64_t dimension, int64_t batch);
Tensor scatter_add(const Tensor& x, const Tensor& indices, const Tensor& updates, int64_t dimension,
                   int64_t batch);
// The result's elements are `element`.
Tensor argsort(const Tensor& x, int64_t dimension, bool descending, ElementType element);
Tensor cumulative_sum(const Tensor& x, int64_t dimension);

struct Contraction {
  Dims lhs_batching, rhs_batching, lhs_contracting, rhs_contracting;
};
// Each sum begins with its element of `into`, which has the result's dimensions; null: +0.
Tensor dot_general(const Tensor& lhs, const Tensor& rhs, const Tensor* into,
                   const Contraction& dims);
Tensor reduce(Reduce kind, const Tensor& x, const Dims& dimensions);
// Reduce::kMax or kMin; the result's elements are `element`.
Tensor arg_reduce(Reduce kind, const Tensor& x, int64_t dimension, ElementType element);

// The three parts of a convolution, each from the other two; `dims` are the result's.
struct Convolution {
  Dims strides, padding, dilation;  // padding: two a dimension, before and after
  int64_t groups = 1;
};
Tensor convolution(const Tensor& x, const Tensor& filter, const Convolution& c, const Dims& dims);
Tensor convolution_data(const Tensor& gradient, const Tensor& filter, const Convolution& c,
                        const Dims& dims);
Tensor convolution_filter(const Tensor& x, const Tensor& gradient, const Convolution& c,
                          const Dims& dims);

struct Windows {
  Dims window, strides, padding;  // padding: two a dimension, before and after
};
// Of the kinds sum, max and min; the others max and min.
Tensor reduce_window(Reduce kind, const Tensor& x, const Windows& windows, const Dims& dims);
Tensor select_and_scatter(Reduce kind, const Tensor& x, const Tensor& source,
                          const Windows& windows);
Tensor select_and_gather(Reduce kind, const Tensor& x, const Tensor& source, const Windows& windows,
                         const Dims& dims);

// The identity of a reduction, in every element.
Tensor identity(Reduce kind, ElementType element, const Dims& dims);

// Element `i` of the tensor as a number; integers beyond 2^53 lose digits.
double number(const Tensor& x, int64_t i = 0);
int64_t integer(const Tensor& x, int64_t i = 0);

}  // namespace fedc::interpret

#endif  // FEDC_COMPILER_INTERPRET_TENSOR_OPS_H_
