/* Sums, minima and maxima over clients: the kernels that compiled server objects call. On x86-64
 * they need what these need: x86-64-v3.
 *
 * Sums of floats are exact where it matters and the same bytes for any order of additions and any
 * tree of merges. The idea is that of Demmel and Nguyen's indexed sums ("Parallel Reproducible
 * Summation", IEEE Transactions on Computers, 2015), here in integers: bits of the number line are
 * grouped into digits of W = 38 bits at fixed positions (digit j of a float32 covers the bits from
 * 2^(38j-149) on, of a float64 from 2^(38j-1074) on). A value is cut, sign and magnitude, into its
 * digits; what it gives to a digit depends on nothing else. Each element of an accumulator keeps
 * the sums of the topmost digits at which any value had a bit: 2 of them for float32, 4 for
 * float64. When a larger value comes the window moves up and the lowest digits are forgotten; lower
 * digits are never read, so forgetting them is independent of the order, too. `report` rounds once,
 * to nearest even; subnormals and overflow to infinity are as in IEEE 754, and a sum that is zero
 * is +0.
 *
 * Headroom: a digit's sum is an int64 and one value gives less than 2^38, so an accumulator takes
 * 2^25 additions (those behind merged ones included) before it could overflow.
 *
 * Error: with n values x_i, exact sum S and u = 2^-24,
 *     |report - S| <= u |S| + (n-1) 2^-38 max|x_i|   (1 + tiny)       for float32.
 * Pairwise float32 summation has the bound ceil(log2 n) u sum|x_i|, so ours is no larger for
 * 3 <= n <= 2^17 (n = 1 is exact, n = 2 differs from one rounding by 2^-14 of it); FED_ACC_F32_MAX
 * is the cohort that servers admit for that reason. For float64 the window is 114 bits or more
 * below the largest value: u |S| + (n-1) 2^-114 max|x_i| with u = 2^-53, for any n within the
 * headroom.
 *
 * Weighted sums are of products that the server makes: of float32 values and a weight
 * p = double(x) * double(w), rounded once to float64 (exact for integer weights up to 2^29) and cut
 * at the positions of float64's digits, so that neither large nor small weights make it overflow or
 * vanish. 2 digits are kept, the topmost of which has the highest bit that a product of factors
 * with these exponents can have (a subnormal x counts as one below 2^-126): it is that of the
 * product or the next, which is found without multiplying. So for n clients with exact sum S of
 * x_i w_i, none of them subnormal,
 *     |report - S| <= 2^-53 (|S| + sum|x_i w_i|) + n 2^-37 max|x_i w_i|   (1 + tiny).
 * Of one client, report / w in float64 rounds to x again: where x w is not below 2^-1022 (as it is
 * only for weights below 2^-873), report is off by less than 2^-53 |x w| + 2^-37 max(|x|, 2^-126)
 * w, since a window of 2 digits holds 38 bits below the topmost digit's lowest. So the quotient is
 * less than 2^-36 max(|x|, 2^-126) from x, and no float32 but x is nearest to it: its neighbours
 * are 2^-24 |x| away or more, and 2^-149. Of float64 values the product is added with what its
 * rounding lost, so that S itself is off by n 2^-114 max|x_i w_i|; `report` rounds that to float64,
 * and so the quotient of one client may be off by x's last bit.
 *
 * Memory: until a second value comes the first one is kept as it is, with its weight, and nothing
 * else of the accumulator is written, nor by `zero` where there are zeros: from memory that the
 * system gives as it is touched a sum over one client takes 4 bytes an element of the 17 (of a
 * float64 8 of 33).
 *
 * Accumulators are position independent, FED_ALIGNMENT-aligned, and two that have seen the same
 * values, weighted ones with the same weights, are equal byte for byte.
 */
#ifndef RUNTIME_SERVER_ACCUMULATORS_H_
#define RUNTIME_SERVER_ACCUMULATORS_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FED_ACC_DIGIT_BITS 38
#define FED_ACC_STATE_BYTES 64u             /* of an accumulator of floats, before the rest */
#define FED_ACC_BLOCK 64u                   /* elements, to which it is padded */
#define FED_ACC_AT_ONCE 16u                 /* clients a pass of `add_all` over sums of floats */
#define FED_ACC_F32_MAX ((uint64_t)1 << 17) /* most clients for the float32 bound above */
#define FED_ACC_MAX ((uint64_t)1 << 25)     /* most additions */
/* The largest weight of 64-bit integers: FED_ACC_MAX of them add up to less than 2^63. */
#define FED_ACC_WEIGHT_MAX (((int64_t)1 << 38) - 1)

/* Bytes of the accumulator of n elements: an element's digits and their index, in whole blocks, and
 * the state. */
#define FED_ACC_SUM_BYTES(n, digits) \
  (FED_ACC_STATE_BYTES + ((uint64_t)(n) + 63u) / 64u * (64u * (1u + 8u * (digits))))
#define FED_ACC_SUM_F32_BYTES(n) FED_ACC_SUM_BYTES(n, 2u) /* 17 an element */
#define FED_ACC_SUM_F64_BYTES(n) FED_ACC_SUM_BYTES(n, 4u) /* 33 an element */

uint64_t fed_acc_sum_f32_bytes(uint64_t n);
uint64_t fed_acc_sum_f64_bytes(uint64_t n);
uint64_t fed_acc_weighted_f32_bytes(uint64_t n); /* as many as without weights */
uint64_t fed_acc_weighted_f64_bytes(uint64_t n);

/* For each kind and type, over n elements:
 *   zero    the accumulator of no values
 *   add     one client's values; validated before (a value that is not finite gives garbage)
 *   add_all those of `count` clients: the same bytes as by one `add` each, in one pass over the
 *           accumulator (of floats for each FED_ACC_AT_ONCE of them)
 *   merge   adds everything that `other` has seen; `other` is unchanged and is not `acc`
 *   report  the result; the accumulator is unchanged */
#define FED_ACC_DECLARE(name, type)                                                           \
  void fed_acc_##name##_zero(void* acc, uint64_t n);                                          \
  void fed_acc_##name##_add(void* acc, const type* v, uint64_t n);                            \
  void fed_acc_##name##_add_all(void* acc, const type* const* v, uint64_t count, uint64_t n); \
  void fed_acc_##name##_merge(void* acc, const void* other, uint64_t n);                      \
  void fed_acc_##name##_report(const void* acc, type* out, uint64_t n);

FED_ACC_DECLARE(sum_f32, float)
/* The sum rounded to float64, which no sum of finite float32 values overflows. */
void fed_acc_sum_f32_report_wide(const void* acc, double* out, uint64_t n);
FED_ACC_DECLARE(sum_f64, double)

/* Sums of values times weights: of each client one weight, which is finite and above 0 (one of
 * weight 0 is not added), such that the products are finite, too. The report is the sum rounded to
 * float64. */
#define FED_ACC_DECLARE_WEIGHTED(suffix, type)                                                     \
  void fed_acc_weighted_##suffix##_zero(void* acc, uint64_t n);                                    \
  void fed_acc_weighted_##suffix##_add(void* acc, const type* v, double weight, uint64_t n);       \
  void fed_acc_weighted_##suffix##_add_all(void* acc, const type* const* v, const double* weights, \
                                           uint64_t count, uint64_t n);                            \
  void fed_acc_weighted_##suffix##_merge(void* acc, const void* other, uint64_t n);                \
  void fed_acc_weighted_##suffix##_report(const void* acc, double* out, uint64_t n);

FED_ACC_DECLARE_WEIGHTED(f32, float)
FED_ACC_DECLARE_WEIGHTED(f64, double)

/* Integers wrap in their own width, two's complement; unsigned ones share the kernels. The
 * accumulator is n integers. */
FED_ACC_DECLARE(sum_i8, int8_t)
FED_ACC_DECLARE(sum_i16, int16_t)
FED_ACC_DECLARE(sum_i32, int32_t)
FED_ACC_DECLARE(sum_i64, int64_t)

/* Sums modulo `modulus`, from 1 to 2^62, of values from 0 to modulus - 1: reduced at each addition,
 * so that no number of them overflows. The accumulator is n integers, below the modulus. */
void fed_acc_modular_zero(void* acc, uint64_t n);
void fed_acc_modular_add(void* acc, const int64_t* v, uint64_t n, int64_t modulus);
void fed_acc_modular_add_all(void* acc, const int64_t* const* v, uint64_t count, uint64_t n,
                             int64_t modulus);
void fed_acc_modular_merge(void* acc, const void* other, uint64_t n, int64_t modulus);
void fed_acc_modular_report(const void* acc, int64_t* out, uint64_t n);

/* The accumulator is n elements; no values give the identity: the infinities, the integers' limits,
 * for bool true (min) and false (max). -0 is less than +0, so that no order shows. */
#define FED_ACC_DECLARE_MIN_MAX(suffix, type) \
  FED_ACC_DECLARE(min_##suffix, type)         \
  FED_ACC_DECLARE(max_##suffix, type)

FED_ACC_DECLARE_MIN_MAX(f32, float)
FED_ACC_DECLARE_MIN_MAX(f64, double)
FED_ACC_DECLARE_MIN_MAX(i8, int8_t)
FED_ACC_DECLARE_MIN_MAX(i16, int16_t)
FED_ACC_DECLARE_MIN_MAX(i32, int32_t)
FED_ACC_DECLARE_MIN_MAX(i64, int64_t)
FED_ACC_DECLARE_MIN_MAX(u8, uint8_t)
FED_ACC_DECLARE_MIN_MAX(u16, uint16_t)
FED_ACC_DECLARE_MIN_MAX(u32, uint32_t)
FED_ACC_DECLARE_MIN_MAX(u64, uint64_t)
FED_ACC_DECLARE_MIN_MAX(bool, uint8_t)

/* Validation: FED_ACCEPT, or the FED_REJECT_ code. */
int32_t fed_acc_finite_f32(const float* v, uint64_t n); /* FED_REJECT_NOT_FINITE */
int32_t fed_acc_finite_f64(const double* v, uint64_t n);
/* The same of the products with a weight, as float64. */
int32_t fed_acc_weighted_finite_f32(const float* v, double weight, uint64_t n);
int32_t fed_acc_weighted_finite_f64(const double* v, double weight, uint64_t n);
int32_t fed_acc_not_nan_f32(const float* v, uint64_t n); /* FED_REJECT_NOT_FINITE */
int32_t fed_acc_not_nan_f64(const double* v, uint64_t n);
/* A weight is finite, not negative, and as a 64-bit integer at most FED_ACC_WEIGHT_MAX, or
 * FED_REJECT_BAD_WEIGHT; -0 is a zero. */
int32_t fed_acc_weight_f32(const float* v);
int32_t fed_acc_weight_f64(const double* v);
int32_t fed_acc_weight_i8(const int8_t* v);
int32_t fed_acc_weight_i16(const int16_t* v);
int32_t fed_acc_weight_i32(const int32_t* v);
int32_t fed_acc_weight_i64(const int64_t* v);
int32_t fed_acc_weight_u8(const uint8_t* v);
int32_t fed_acc_weight_u16(const uint16_t* v);
int32_t fed_acc_weight_u32(const uint32_t* v);
int32_t fed_acc_weight_u64(const uint64_t* v);
/* Each of n integers is from 0 to `most` (not negative), or FED_REJECT_OUT_OF_RANGE. */
int32_t fed_acc_range_i8(const int8_t* v, uint64_t n, int64_t most);
int32_t fed_acc_range_i16(const int16_t* v, uint64_t n, int64_t most);
int32_t fed_acc_range_i32(const int32_t* v, uint64_t n, int64_t most);
int32_t fed_acc_range_i64(const int64_t* v, uint64_t n, int64_t most);
int32_t fed_acc_range_u8(const uint8_t* v, uint64_t n, int64_t most);
int32_t fed_acc_range_u16(const uint16_t* v, uint64_t n, int64_t most);
int32_t fed_acc_range_u32(const uint32_t* v, uint64_t n, int64_t most);
int32_t fed_acc_range_u64(const uint64_t* v, uint64_t n, int64_t most);

#ifdef __cplusplus
}
#endif
#endif /* RUNTIME_SERVER_ACCUMULATORS_H_ */
