/* Integers, extremes and validation; sums of floats are in accumulators_float.c. */
#include "runtime/server/accumulators.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "runtime/abi/fed_abi.h"
#include "runtime/server/accumulators_machine.h"

/* The kernel that adds one client's values, for one and for several: of these two cache lines each,
 * all clients' before the next two, in registers. */
#define LINES 128u
#define ADDS(name, type)                                                                 \
  MACHINE void fed_acc_##name##_add(void* acc, const type* v, uint64_t n) {              \
    add_##name(acc, v, n);                                                               \
  }                                                                                      \
  MACHINE void fed_acc_##name##_add_all(void* acc, const type* const* v, uint64_t count, \
                                        uint64_t n) {                                    \
    const uint64_t part = LINES / sizeof(type);                                          \
    uint64_t e, c;                                                                       \
    for (e = 0; n - e >= part; e += part) {                                              \
      type sum[LINES / sizeof(type)];                                                    \
      memcpy(sum, (const type*)acc + e, sizeof sum);                                     \
      for (c = 0; c < count; ++c) add_##name(sum, v[c] + e, part);                       \
      memcpy((type*)acc + e, sum, sizeof sum);                                           \
    }                                                                                    \
    for (c = 0; c < count; ++c) add_##name((type*)acc + e, v[c] + e, n - e);             \
  }                                                                                      \
  MACHINE void fed_acc_##name##_merge(void* acc, const void* other, uint64_t n) {        \
    add_##name(acc, (const type*)other, n);                                              \
  }

#define SUM_INTEGER(suffix, type, unsigned_type)                                                \
  void fed_acc_sum_##suffix##_zero(void* acc, uint64_t n) { memset(acc, 0, n * sizeof(type)); } \
  INLINE void add_sum_##suffix(void* acc, const type* v, uint64_t n) {                          \
    unsigned_type* sum = (unsigned_type*)acc;                                                   \
    uint64_t i;                                                                                 \
    for (i = 0; i < n; ++i) sum[i] = (unsigned_type)(sum[i] + (unsigned_type)v[i]);             \
  }                                                                                             \
  ADDS(sum_##suffix, type)                                                                      \
  void fed_acc_sum_##suffix##_report(const void* acc, type* out, uint64_t n) {                  \
    memcpy(out, acc, n * sizeof(type));                                                         \
  }

SUM_INTEGER(i8, int8_t, uint8_t)
SUM_INTEGER(i16, int16_t, uint16_t)
SUM_INTEGER(i32, int32_t, uint32_t)
SUM_INTEGER(i64, int64_t, uint64_t)

void fed_acc_modular_zero(void* acc, uint64_t n) { memset(acc, 0, n * sizeof(int64_t)); }
MACHINE void fed_acc_modular_add(void* acc, const int64_t* v, uint64_t n, int64_t modulus) {
  int64_t* sum = (int64_t*)acc;
  uint64_t i;
  for (i = 0; i < n; ++i) { /* both are below the modulus before */
    const int64_t whole = sum[i] + v[i];
    sum[i] = whole >= modulus ? whole - modulus : whole;
  }
}
void fed_acc_modular_add_all(void* acc, const int64_t* const* v, uint64_t count, uint64_t n,
                             int64_t modulus) {
  uint64_t c;
  for (c = 0; c < count; ++c) fed_acc_modular_add(acc, v[c], n, modulus);
}
void fed_acc_modular_merge(void* acc, const void* other, uint64_t n, int64_t modulus) {
  fed_acc_modular_add(acc, (const int64_t*)other, n, modulus);
}
void fed_acc_modular_report(const void* acc, int64_t* out, uint64_t n) {
  memcpy(out, acc, n * sizeof(int64_t));
}

/* `before(a, b)`: a is nearer to the extreme than b. */
#define EXTREME(name, type, identity, before)                                          \
  void fed_acc_##name##_zero(void* acc, uint64_t n) {                                  \
    type* extreme = (type*)acc;                                                        \
    uint64_t i;                                                                        \
    for (i = 0; i < n; ++i) extreme[i] = (identity);                                   \
  }                                                                                    \
  INLINE void add_##name(void* acc, const type* v, uint64_t n) {                       \
    type* extreme = (type*)acc;                                                        \
    uint64_t i;                                                                        \
    for (i = 0; i < n; ++i) extreme[i] = before(v[i], extreme[i]) ? v[i] : extreme[i]; \
  }                                                                                    \
  ADDS(name, type)                                                                     \
  void fed_acc_##name##_report(const void* acc, type* out, uint64_t n) {               \
    memcpy(out, acc, n * sizeof(type));                                                \
  }

static int negative_f32(float v) {
  uint32_t bits;
  memcpy(&bits, &v, sizeof bits);
  return (int)(bits >> 31);
}
static int negative_f64(double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  return (int)(bits >> 63);
}

#define LESS(a, b) ((a) < (b))
#define MORE(a, b) ((a) > (b))
#define LESS_F32(a, b) ((a) < (b) || ((a) == (b) && negative_f32(a)))
#define MORE_F32(a, b) ((a) > (b) || ((a) == (b) && !negative_f32(a)))
#define LESS_F64(a, b) ((a) < (b) || ((a) == (b) && negative_f64(a)))
#define MORE_F64(a, b) ((a) > (b) || ((a) == (b) && !negative_f64(a)))

EXTREME(min_f32, float, INFINITY, LESS_F32)
EXTREME(max_f32, float, -INFINITY, MORE_F32)
EXTREME(min_f64, double, (double)INFINITY, LESS_F64)
EXTREME(max_f64, double, -(double)INFINITY, MORE_F64)
EXTREME(min_i8, int8_t, INT8_MAX, LESS)
EXTREME(max_i8, int8_t, INT8_MIN, MORE)
EXTREME(min_i16, int16_t, INT16_MAX, LESS)
EXTREME(max_i16, int16_t, INT16_MIN, MORE)
EXTREME(min_i32, int32_t, INT32_MAX, LESS)
EXTREME(max_i32, int32_t, INT32_MIN, MORE)
EXTREME(min_i64, int64_t, INT64_MAX, LESS)
EXTREME(max_i64, int64_t, INT64_MIN, MORE)
EXTREME(min_u8, uint8_t, UINT8_MAX, LESS)
EXTREME(max_u8, uint8_t, 0, MORE)
EXTREME(min_u16, uint16_t, UINT16_MAX, LESS)
EXTREME(max_u16, uint16_t, 0, MORE)
EXTREME(min_u32, uint32_t, UINT32_MAX, LESS)
EXTREME(max_u32, uint32_t, 0, MORE)
EXTREME(min_u64, uint64_t, UINT64_MAX, LESS)
EXTREME(max_u64, uint64_t, 0, MORE)
EXTREME(min_bool, uint8_t, 1, LESS)
EXTREME(max_bool, uint8_t, 0, MORE)

#define VALIDATE_FLOAT(suffix, type, bits_type, infinity, sign_shift)                          \
  static bits_type magnitude_##suffix(const type* v) {                                         \
    bits_type bits;                                                                            \
    memcpy(&bits, v, sizeof bits);                                                             \
    return bits & ~((bits_type)1 << (sign_shift));                                             \
  }                                                                                            \
  MACHINE int32_t fed_acc_finite_##suffix(const type* v, uint64_t n) {                         \
    int bad = 0;                                                                               \
    uint64_t i;                                                                                \
    for (i = 0; i < n; ++i) bad |= magnitude_##suffix(v + i) >= (infinity);                    \
    return bad ? FED_REJECT_NOT_FINITE : FED_ACCEPT;                                           \
  }                                                                                            \
  MACHINE int32_t fed_acc_not_nan_##suffix(const type* v, uint64_t n) {                        \
    int bad = 0;                                                                               \
    uint64_t i;                                                                                \
    for (i = 0; i < n; ++i) bad |= magnitude_##suffix(v + i) > (infinity);                     \
    return bad ? FED_REJECT_NOT_FINITE : FED_ACCEPT;                                           \
  }                                                                                            \
  /* The largest one's product decides. */                                                     \
  MACHINE int32_t fed_acc_weighted_finite_##suffix(const type* v, double weight, uint64_t n) { \
    bits_type largest = 0;                                                                     \
    type most;                                                                                 \
    uint64_t i;                                                                                \
    for (i = 0; i < n; ++i) {                                                                  \
      const bits_type magnitude = magnitude_##suffix(v + i);                                   \
      largest = magnitude > largest ? magnitude : largest;                                     \
    }                                                                                          \
    memcpy(&most, &largest, sizeof most);                                                      \
    return largest < (infinity) && (double)most * weight <= DBL_MAX ? FED_ACCEPT               \
                                                                    : FED_REJECT_NOT_FINITE;   \
  }                                                                                            \
  int32_t fed_acc_weight_##suffix(const type* v) {                                             \
    return magnitude_##suffix(v) < (infinity) && *v >= 0 ? FED_ACCEPT : FED_REJECT_BAD_WEIGHT; \
  }

VALIDATE_FLOAT(f32, float, uint32_t, 0x7f800000u, 31)
VALIDATE_FLOAT(f64, double, uint64_t, (uint64_t)0x7ff << 52, 63)

#define WEIGHT_SIGNED(suffix, type)                     \
  int32_t fed_acc_weight_##suffix(const type* v) {      \
    return *v < 0 ? FED_REJECT_BAD_WEIGHT : FED_ACCEPT; \
  }
#define WEIGHT_UNSIGNED(suffix, type)              \
  int32_t fed_acc_weight_##suffix(const type* v) { \
    (void)v;                                       \
    return FED_ACCEPT;                             \
  }

WEIGHT_SIGNED(i8, int8_t)
WEIGHT_SIGNED(i16, int16_t)
WEIGHT_SIGNED(i32, int32_t)
WEIGHT_UNSIGNED(u8, uint8_t)
WEIGHT_UNSIGNED(u16, uint16_t)
WEIGHT_UNSIGNED(u32, uint32_t)

/* As an unsigned number a negative one is above every bound. */
#define RANGE(suffix, type)                                                         \
  MACHINE int32_t fed_acc_range_##suffix(const type* v, uint64_t n, int64_t most) { \
    int bad = 0;                                                                    \
    uint64_t i;                                                                     \
    for (i = 0; i < n; ++i) bad |= (uint64_t)(int64_t)v[i] > (uint64_t)most;        \
    return bad ? FED_REJECT_OUT_OF_RANGE : FED_ACCEPT;                              \
  }

RANGE(i8, int8_t)
RANGE(i16, int16_t)
RANGE(i32, int32_t)
RANGE(i64, int64_t)
RANGE(u8, uint8_t)
RANGE(u16, uint16_t)
RANGE(u32, uint32_t)
RANGE(u64, uint64_t)

#define WEIGHT_LARGE(suffix, type)                                           \
  int32_t fed_acc_weight_##suffix(const type* v) {                           \
    const int32_t within = fed_acc_range_##suffix(v, 1, FED_ACC_WEIGHT_MAX); \
    return within == FED_ACCEPT ? FED_ACCEPT : FED_REJECT_BAD_WEIGHT;        \
  }

WEIGHT_LARGE(i64, int64_t)
WEIGHT_LARGE(u64, uint64_t)
