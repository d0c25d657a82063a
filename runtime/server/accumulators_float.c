/* Sums of floats over clients: see accumulators.h for what they are. Here elements go eight at a
 * time, in vectors, and all values that are to be added to them before the sums are written back:
 * so a pass over an accumulator is paid once for up to FED_ACC_AT_ONCE clients. */
#include <string.h>

#include "runtime/server/accumulators.h"
#include "runtime/server/accumulators_window.h"

#pragma STDC FP_CONTRACT OFF

/* What values are multiplied by. `exponent` and the exponent field of a float32 are together the
 * position, in units of float64's smallest value, of the highest bit that their product can have.
 */
typedef struct {
  double value;
  int32_t exponent;
} weight;
INLINE weight weight_of(double value) {
  weight w;
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  w.value = value;
  w.exponent = (int32_t)(bits >> 52 & 0x7ff) - 126 + 51;
  return w;
}

/* How the sums differ, of eight elements of one value: `magnitude` is what `top` finds the topmost
 * digit of; `scale` makes a value a multiple of the unit of a window's topmost digit, and `add`
 * adds a value's digits. A value is `v`, or that times the weight `w`. Nearly always one factor
 * scales (`is_one_factor`), which is then known where `add` is called. */
typedef words8 magnitude_sum_f32;
typedef doubles8 scale_sum_f32;
INLINE int is_one_factor_sum_f32(words8 index) {
  (void)index;
  return 1;
}
INLINE words8 magnitude_of_sum_f32(const float* v, const weight* w) {
  words8 bits;
  (void)w;
  memcpy(&bits, v, sizeof bits);
  return bits & INT32_MAX;
}
INLINE words8 larger_sum_f32(words8 x, words8 y) { return __builtin_elementwise_max(x, y); }
INLINE words8 top_sum_f32(words8 magnitude) { return over_digit_bits((magnitude >> 23) + 22); }
INLINE void scale_to_sum_f32(words8 index, doubles8* scale) {
  *scale = powers_of_two(149 - W * index);
}
INLINE void add_sum_f32(const float* v, const weight* w, const doubles8* scale, int one,
                        doubles8* digit) {
  floats8 values;
  (void)w;
  (void)one;
  memcpy(&values, v, sizeof values);
  add_digits(__builtin_convertvector(values, doubles8) * *scale, digit, F32_DIGITS);
}

/* Of float64. Scaled so, the smallest may lose bits, but none above the lowest digit of the window.
 */
typedef doubles8 magnitude_sum_f64;
typedef two_factors scale_sum_f64;
INLINE int is_one_factor_sum_f64(words8 index) { return !__builtin_reduce_or(index < 2); }
INLINE doubles8 load_f64(const double* v) {
  doubles8 values;
  memcpy(&values, v, sizeof values);
  return values;
}
INLINE doubles8 absolute(doubles8 values) { return (doubles8)((longs8)values & INT64_MAX); }
INLINE doubles8 magnitude_of_sum_f64(const double* v, const weight* w) {
  (void)w;
  return absolute(load_f64(v));
}
/* One instruction, as neither is a NaN. */
INLINE doubles8 larger_sum_f64(doubles8 x, doubles8 y) {
  const longs8 first = x > y;
  return (doubles8)(((longs8)x & first) | ((longs8)y & ~first));
}
INLINE words8 top_sum_f64(doubles8 largest) {
  const longs8 magnitude = (longs8)largest;
  const words8 top = over_digit_bits(__builtin_convertvector(magnitude >> 52, words8) + 51);
  return top & __builtin_convertvector(magnitude >= (int64_t)1 << W, words8); /* of subnormals */
}
INLINE void scale_to_sum_f64(words8 index, two_factors* scale) {
  *scale = factors(1074 - W * index);
}
INLINE void add_sum_f64(const double* v, const weight* w, const two_factors* scale, int one,
                        doubles8* digit) {
  (void)w;
  add_digits(scaled(load_f64(v), scale, one), digit, F64_DIGITS);
}

/* Of float32 times a weight: the product as float64, and its digits where those of float64 are.
 * What the topmost digit is found of is the largest exponent that a product of such factors can
 * have. */
typedef words8 magnitude_weighted_f32;
typedef two_factors scale_weighted_f32;
INLINE int is_one_factor_weighted_f32(words8 index) { return is_one_factor_sum_f64(index); }
INLINE words8 magnitude_of_weighted_f32(const float* v, const weight* w) {
  words8 bits;
  memcpy(&bits, v, sizeof bits);
  return (bits >> 23 & 0xff) + w->exponent;
}
INLINE words8 larger_weighted_f32(words8 x, words8 y) { return __builtin_elementwise_max(x, y); }
/* The largest is not negative: the search for it begins with 0. */
INLINE words8 top_weighted_f32(words8 largest) { return over_digit_bits(largest); }
INLINE void scale_to_weighted_f32(words8 index, two_factors* scale) {
  scale_to_sum_f64(index, scale);
}
INLINE void add_weighted_f32(const float* v, const weight* w, const two_factors* scale, int one,
                             doubles8* digit) {
  floats8 values;
  memcpy(&values, v, sizeof values);
  add_digits(scaled(__builtin_convertvector(values, doubles8) * w->value, scale, one), digit,
             F32_DIGITS);
}

/* Of float64 times a weight: the product as float64, and what rounding it lost (exact by a fused
 * multiplication, where it is not below the smallest float64), which is below its lowest bit. */
typedef doubles8 magnitude_weighted_f64;
typedef two_factors scale_weighted_f64;
INLINE int is_one_factor_weighted_f64(words8 index) { return is_one_factor_sum_f64(index); }
INLINE doubles8 magnitude_of_weighted_f64(const double* v, const weight* w) {
  return absolute(load_f64(v) * w->value);
}
INLINE doubles8 larger_weighted_f64(doubles8 x, doubles8 y) { return larger_sum_f64(x, y); }
INLINE words8 top_weighted_f64(doubles8 largest) { return top_sum_f64(largest); }
INLINE void scale_to_weighted_f64(words8 index, two_factors* scale) {
  scale_to_sum_f64(index, scale);
}
INLINE void add_weighted_f64(const double* v, const weight* w, const two_factors* scale, int one,
                             doubles8* digit) {
  const doubles8 values = load_f64(v), product = values * w->value;
  const doubles8 lost = __builtin_elementwise_fma(values, (doubles8){0} + w->value, -product);
  add_digits(scaled(product, scale, one), digit, F64_DIGITS);
  add_digits(scaled(lost, scale, one), digit, F64_DIGITS);
}

#define ADD_GROUP(name, type, digits)                                                            \
  /* Adds elements e to e + 7 of each of `v` (up to FED_ACC_AT_ONCE + 1), times its weight, to a \
   * group. */                                                                                   \
  INLINE void add_group_##name(group* g, const type* const* v, const weight* w, uint64_t count,  \
                               uint64_t e, int* moved) {                                         \
    magnitude_##name largest = {0};                                                              \
    scale_##name scale;                                                                          \
    doubles8 sum[digits] = {{0}};                                                                \
    uint64_t c;                                                                                  \
    int i;                                                                                       \
    for (c = 0; c < count; ++c) {                                                                \
      const magnitude_##name m = magnitude_of_##name(v[c] + e, w + c);                           \
      largest = larger_##name(m, largest);                                                       \
    }                                                                                            \
    *moved = move_windows(g, top_##name(largest), digits);                                       \
    scale_to_##name(g->index, &scale);                                                           \
    if (is_one_factor_##name(g->index))                                                          \
      for (c = 0; c < count; ++c) add_##name(v[c] + e, w + c, &scale, 1, sum);                   \
    else                                                                                         \
      for (c = 0; c < count; ++c) add_##name(v[c] + e, w + c, &scale, 0, sum);                   \
    for (i = 0; i < (digits); ++i) g->digit[i] += integers(sum[i]);                              \
  }

#define ADD_FEW(name, type, digits, machine, suffix)                                               \
  /* Adds up to FED_ACC_AT_ONCE lists of values (`w` null: without weights), and the first one     \
   * where that is all that there is. From the last element on: a digit takes no less room than    \
   * the first one's values, so that it overwrites none but its own and those that have become     \
   * digits. */                                                                                    \
  machine static void add_few_##name##suffix(const sums* s, const type* const* v, const double* w, \
                                             uint64_t count, uint64_t n) {                         \
    const type* list[FED_ACC_AT_ONCE + 1];                                                         \
    type last[FED_ACC_AT_ONCE + 1][GROUP];                                                         \
    const type* last_list[FED_ACC_AT_ONCE + 1];                                                    \
    weight weights[FED_ACC_AT_ONCE + 1];                                                           \
    const int begins = *s->state == ONE;                                                           \
    uint64_t c, e = n / GROUP * GROUP;                                                             \
    group g;                                                                                       \
    int moved;                                                                                     \
    for (c = 0; c < count; ++c) {                                                                  \
      list[c] = v[c];                                                                              \
      weights[c] = weight_of(w ? w[c] : 0);                                                        \
    }                                                                                              \
    if (begins) {                                                                                  \
      list[count] = (const type*)first_of(s, digits);                                              \
      weights[count++] = weight_of(*s->weight);                                                    \
    }                                                                                              \
    *s->state = SUMS;                                                                              \
    *s->weight = 0;                                                                                \
    if (e != n) {                                                                                  \
      memset(last, 0, sizeof last);                                                                \
      for (c = 0; c < count; ++c) {                                                                \
        memcpy(last[c], list[c] + e, (n - e) * sizeof(type));                                      \
        last_list[c] = last[c];                                                                    \
      }                                                                                            \
      load_group(&g, s, e, digits);                                                                \
      if (begins) g.digit[(digits) - 1] = (longs8){0};                                             \
      add_group_##name(&g, last_list, weights, count, 0, &moved);                                  \
      store_digits(&g, s, e, digits);                                                              \
      store_index(&g, s, e);                                                                       \
    }                                                                                              \
    while (e != 0) {                                                                               \
      e -= GROUP;                                                                                  \
      load_group(&g, s, e, digits);                                                                \
      if (begins) g.digit[(digits) - 1] = (longs8){0};                                             \
      add_group_##name(&g, list, weights, count, e, &moved);                                       \
      store_digits(&g, s, e, digits);                                                              \
      if (moved) store_index(&g, s, e);                                                            \
    }                                                                                              \
  }

#define SUM_FLOAT(name, type, digits)                                                            \
  uint64_t fed_acc_##name##_bytes(uint64_t n) { return FED_ACC_SUM_BYTES(n, digits); }           \
  void fed_acc_##name##_zero(void* acc, uint64_t n) {                                            \
    clear((unsigned char*)acc, FED_ACC_SUM_BYTES(n, digits));                                    \
  }                                                                                              \
  static void add_lists_##name(void* acc, const type* const* v, const double* w, uint64_t count, \
                               uint64_t n) {                                                     \
    const sums s = sums_of(acc, n);                                                              \
    if (n == 0 || count == 0) return;                                                            \
    if (*s.state == NOTHING && count == 1) {                                                     \
      memcpy(first_of(&s, digits), v[0], n * sizeof *v[0]);                                      \
      *s.state = ONE;                                                                            \
      *s.weight = w ? *w : 0;                                                                    \
      return;                                                                                    \
    }                                                                                            \
    while (count != 0) {                                                                         \
      const uint64_t few = count < FED_ACC_AT_ONCE ? count : FED_ACC_AT_ONCE;                    \
      add_few_##name(&s, v, w, few, n);                                                          \
      v += few;                                                                                  \
      if (w) w += few;                                                                           \
      count -= few;                                                                              \
    }                                                                                            \
  }                                                                                              \
  MACHINE void fed_acc_##name##_merge(void* acc, const void* other, uint64_t n) {                \
    const sums s = sums_of(acc, n), from = sums_of(other, n);                                    \
    uint64_t e;                                                                                  \
    if (*from.state == NOTHING) return;                                                          \
    if (*from.state == ONE) {                                                                    \
      const type* first = (const type*)first_of(&from, digits);                                  \
      add_lists_##name(acc, &first, from.weight, 1, n);                                          \
      return;                                                                                    \
    }                                                                                            \
    if (*s.state == ONE) add_few_##name(&s, 0, 0, 0, n);                                         \
    *s.state = SUMS;                                                                             \
    for (e = 0; e < n; e += GROUP) {                                                             \
      group to, added;                                                                           \
      int i;                                                                                     \
      load_group(&to, &s, e, digits);                                                            \
      load_group(&added, &from, e, digits);                                                      \
      if (move_windows(&to, added.index, digits)) store_index(&to, &s, e);                       \
      move_windows(&added, to.index, digits);                                                    \
      for (i = 0; i < (digits); ++i) to.digit[i] += added.digit[i];                              \
      store_digits(&to, &s, e, digits);                                                          \
    }                                                                                            \
  }

#define UNWEIGHTED(name, type, digits)                                                         \
  void fed_acc_##name##_add_all(void* acc, const type* const* v, uint64_t count, uint64_t n) { \
    add_lists_##name(acc, v, 0, count, n);                                                     \
  }                                                                                            \
  void fed_acc_##name##_add(void* acc, const type* v, uint64_t n) {                            \
    add_lists_##name(acc, &v, 0, 1, n);                                                        \
  }                                                                                            \
  INLINE group group_of_##name(const sums* s, uint64_t e) {                                    \
    group g;                                                                                   \
    load_group(&g, s, e, digits);                                                              \
    return g;                                                                                  \
  }

#define WEIGHTED(name, type, digits)                                                    \
  void fed_acc_##name##_add_all(void* acc, const type* const* v, const double* weights, \
                                uint64_t count, uint64_t n) {                           \
    add_lists_##name(acc, v, weights, count, n);                                        \
  }                                                                                     \
  void fed_acc_##name##_add(void* acc, const type* v, double weight, uint64_t n) {      \
    add_lists_##name(acc, &v, &weight, 1, n);                                           \
  }                                                                                     \
  /* Eight elements' sums, also while there is one value each, or none. */              \
  INLINE group group_of_##name(const sums* s, uint64_t e) {                             \
    group g = {0};                                                                      \
    if (*s->state == SUMS) load_group(&g, s, e, digits);                                \
    if (*s->state == ONE) {                                                             \
      const type* first = (const type*)first_of(s, digits);                             \
      const weight its = weight_of(*s->weight);                                         \
      int moved;                                                                        \
      add_group_##name(&g, &first, &its, 1, e, &moved);                                 \
    }                                                                                   \
    return g;                                                                           \
  }

/* Also for machines with vectors of 64 bytes, where these are (and the build does not rule them
 * out, as that of a test does). */
#if defined(__x86_64__) && !defined(FED_ACC_ONE_MACHINE)
#define ADD(name, type, digits)                                                                    \
  ADD_GROUP(name, type, digits)                                                                    \
  ADD_FEW(name, type, digits, MACHINE, _v3)                                                        \
  ADD_FEW(name, type, digits, __attribute__((target("arch=x86-64-v4"))), _v4)                      \
  static void add_few_##name(const sums* s, const type* const* v, const double* w, uint64_t count, \
                             uint64_t n) {                                                         \
    (__builtin_cpu_supports("x86-64-v4") ? add_few_##name##_v4 : add_few_##name##_v3)(s, v, w,     \
                                                                                      count, n);   \
  }
#else
#define ADD(name, type, digits) ADD_GROUP(name, type, digits) ADD_FEW(name, type, digits, MACHINE, )
#endif

ADD(sum_f32, float, F32_DIGITS)
ADD(sum_f64, double, F64_DIGITS)
ADD(weighted_f32, float, F32_DIGITS)
ADD(weighted_f64, double, F64_DIGITS)
SUM_FLOAT(sum_f32, float, F32_DIGITS)
SUM_FLOAT(sum_f64, double, F64_DIGITS)
SUM_FLOAT(weighted_f32, float, F32_DIGITS)
SUM_FLOAT(weighted_f64, double, F64_DIGITS)
UNWEIGHTED(sum_f32, float, F32_DIGITS)
UNWEIGHTED(sum_f64, double, F64_DIGITS)
WEIGHTED(weighted_f32, float, F32_DIGITS)
WEIGHTED(weighted_f64, double, F64_DIGITS)

/* The sums of a group of two digits, in units of the lower one: rounded to nearest, and to an odd
 * last bit where not exact, from which rounding to float32 gives what rounding once would (Boldo
 * and Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding
 * to odd", 2008). 0 where that is not possible: sums over up to 2^13 clients always are small
 * enough. */
INLINE int two_digits(group g, doubles8* nearest, doubles8* odd) {
  doubles8 high, low, sum, error;
  longs8 carry, most, bits, away;
  carry = g.digit[1] >> W;
  g.digit[1] &= (int64_t)DIGIT_MASK;
  g.digit[0] += carry;
  most = g.digit[0] ^ (g.digit[0] >> 63);
  if (__builtin_reduce_or(most) >> 51) return 0;
  high = doubles(g.digit[0]) * 0x1p38;
  low = doubles(g.digit[1]);
  sum = high + low;
  error = low - (sum - high); /* exact: `high` is 0 or the larger one */
  bits = (longs8)sum;
  away = ((bits ^ (longs8)error) >> 63) | 1;
  bits += away & (error != 0) & ~-(bits & 1);
  *nearest = sum;
  *odd = (doubles8)bits;
  return 1;
}

/* Element i of a group, rounded. */
static uint64_t bits_of(const group* g, uint64_t i, int digits, const float_format* format,
                        int* negative) {
  int64_t sums[MOST_DIGITS];
  int d;
  for (d = 0; d < digits; ++d) sums[d] = g->digit[d][i];
  return round_one(g->index[i], sums, digits, format, negative);
}

static float element_sum_f32(const group* g, uint64_t i) {
  int negative;
  const uint32_t bits = (uint32_t)bits_of(g, i, F32_DIGITS, &F32, &negative);
  float value;
  memcpy(&value, &bits, sizeof value);
  return negative ? -value : value;
}

static double element_f64(const group* g, uint64_t i, int digits) {
  int negative;
  const uint64_t bits = bits_of(g, i, digits, &F64, &negative);
  double value;
  memcpy(&value, &bits, sizeof value);
  return negative ? -value : value;
}

/* The sums of float32's digits as float64, from units of float64's smallest value to theirs. */
static double element_wide(const group* g, uint64_t i) {
  return element_f64(g, i, F32_DIGITS) * 0x1p925;
}
static double element_weighted_f32(const group* g, uint64_t i) {
  return element_f64(g, i, F32_DIGITS);
}
static double element_of_f64(const group* g, uint64_t i) { return element_f64(g, i, F64_DIGITS); }

/* All elements of a group at once; 0 where that is not possible. */
INLINE int elements_sum_f32(const group* g, floats8* out) {
  doubles8 nearest, odd;
  if (!two_digits(*g, &nearest, &odd)) return 0;
  *out = __builtin_convertvector(odd * powers_of_two(W * (g->index - 1) - 149), floats8);
  return 1;
}
INLINE int elements_wide(const group* g, doubles8* out) {
  doubles8 nearest, odd;
  if (!two_digits(*g, &nearest, &odd)) return 0;
  *out = nearest * powers_of_two(W * (g->index - 1) - 149);
  return 1;
}
/* Scaling does not round: the sum is a multiple of the unit, which is not below float64's smallest
 * value where the lower digit is not 0. */
INLINE int elements_weighted_f32(const group* g, doubles8* out) {
  doubles8 nearest, odd;
  two_factors unit;
  if (!two_digits(*g, &nearest, &odd)) return 0;
  unit = factors(W * (g->index - 1) - 1074);
  *out = scaled(nearest, &unit, 0);
  return 1;
}
INLINE int elements_of_f64(const group* g, doubles8* out) {
  (void)g;
  (void)out;
  return 0;
}

/* One value each, and zeros where there is none: as they are, but -0. */
#define REPORT_FIRST(s, type, digits)                              \
  if (*(s).state != SUMS) {                                        \
    const type* first = (const type*)first_of(&(s), digits);       \
    for (e = 0; e < n; ++e) out[e] = first[e] == 0 ? 0 : first[e]; \
    return;                                                        \
  }
#define REPORT_SUMS(group_of, vectors, elements, element)      \
  for (e = 0; e < n; e += GROUP) {                             \
    const uint64_t count = n - e < GROUP ? n - e : GROUP;      \
    const group g = group_of(&s, e);                           \
    vectors values;                                            \
    uint64_t i;                                                \
    if (elements(&g, &values))                                 \
      memcpy(out + e, &values, count * sizeof *out);           \
    else                                                       \
      for (i = 0; i < count; ++i) out[e + i] = element(&g, i); \
  }

MACHINE void fed_acc_sum_f32_report(const void* acc, float* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  REPORT_FIRST(s, float, F32_DIGITS)
  REPORT_SUMS(group_of_sum_f32, floats8, elements_sum_f32, element_sum_f32)
}

MACHINE void fed_acc_sum_f32_report_wide(const void* acc, double* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  REPORT_FIRST(s, float, F32_DIGITS)
  REPORT_SUMS(group_of_sum_f32, doubles8, elements_wide, element_wide)
}

MACHINE void fed_acc_weighted_f32_report(const void* acc, double* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  REPORT_SUMS(group_of_weighted_f32, doubles8, elements_weighted_f32, element_weighted_f32)
}

MACHINE void fed_acc_sum_f64_report(const void* acc, double* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  REPORT_FIRST(s, double, F64_DIGITS)
  REPORT_SUMS(group_of_sum_f64, doubles8, elements_of_f64, element_of_f64)
}

MACHINE void fed_acc_weighted_f64_report(const void* acc, double* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  REPORT_SUMS(group_of_weighted_f64, doubles8, elements_of_f64, element_of_f64)
}
