/* Sums of floats over clients: see accumulators.h for what they are. Here elements go eight at a
 * time, in vectors, and all values that are to be added to them before the sums are written back:
 * so a pass over an accumulator is paid once for up to FED_ACC_AT_ONCE clients. */
#include <string.h>

#include "runtime/abi/fed_abi.h"
#include "runtime/server/accumulators.h"

#define W FED_ACC_DIGIT_BITS
#define BLOCK FED_ACC_BLOCK
#define GROUP 8
#define F32_DIGITS 2
#define F64_DIGITS 4
#define MOST_DIGITS F64_DIGITS
#define DIGIT_MASK (((uint64_t)1 << W) - 1)

/* What every program that fedc compiles for this machine needs, too. */
#if defined(__x86_64__)
#define MACHINE __attribute__((target("arch=x86-64-v3")))
#else
#define MACHINE
#endif
#define INLINE static inline __attribute__((always_inline)) MACHINE

/* Vectors, their length that of a group. Memory need not be aligned as they are: memcpy. */
typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef int32_t words8 __attribute__((vector_size(32)));
typedef int64_t longs8 __attribute__((vector_size(64)));
typedef float floats8 __attribute__((vector_size(32)));
typedef double doubles8 __attribute__((vector_size(64)));

/* The smallest positive value of a type is 2^0 in what follows; its largest exponent field is what
 * infinity has. */
typedef struct {
  int mantissa_bits; /* with the implicit one */
  uint64_t infinity; /* bits of +infinity */
} float_format;

static const float_format F32 = {24, 0x7f800000u};
static const float_format F64 = {53, (uint64_t)0x7ff << 52};

/* What an accumulator holds: its state, then the window indices of all elements, then for each
 * digit, the topmost first, the sums of all elements, each padded to whole blocks. While it has
 * seen one value an element, these are as they were given, where the lowest digit's sums will be,
 * and the rest is zero, as everything is while it has seen none. */
enum { NOTHING = 0, ONE = 1, SUMS = 2 };

typedef struct {
  uint64_t* state;
  uint8_t* index;
  int64_t* digit; /* element e's digit i is digit[i * stride + e] */
  uint64_t stride;
} sums;

static sums sums_of(const void* acc, uint64_t n) {
  unsigned char* bytes = (unsigned char*)(uintptr_t)acc;
  sums s;
  s.stride = (n + BLOCK - 1) / BLOCK * BLOCK;
  s.state = (uint64_t*)(void*)bytes;
  s.index = bytes + FED_ACC_STATE_BYTES;
  s.digit = (int64_t*)(void*)(s.index + s.stride);
  return s;
}

static void* first_of(const sums* s, int digits) {
  return s->digit + (uint64_t)(digits - 1) * s->stride;
}

/* Memory that is zero is not written: a system that has not given it yet need not do so. */
static void clear(unsigned char* bytes, uint64_t count) {
  static const unsigned char zeros[4096];
  while (count != 0) {
    const size_t part = count < sizeof zeros ? (size_t)count : sizeof zeros;
    if (memcmp(bytes, zeros, part) != 0) memset(bytes, 0, part);
    bytes += part;
    count -= part;
  }
}

/* One group of an accumulator. */
typedef struct {
  words8 index;
  longs8 digit[MOST_DIGITS];
} group;

INLINE void load_group(group* g, const sums* s, uint64_t e, int digits) {
  bytes8 index;
  int i;
  memcpy(&index, s->index + e, sizeof index);
  g->index = __builtin_convertvector(index, words8);
  for (i = 0; i < digits; ++i)
    memcpy(g->digit + i, s->digit + (uint64_t)i * s->stride + e, sizeof g->digit[i]);
}

INLINE void store_digits(const group* g, const sums* s, uint64_t e, int digits) {
  int i;
  for (i = 0; i < digits; ++i)
    memcpy(s->digit + (uint64_t)i * s->stride + e, g->digit + i, sizeof g->digit[i]);
}

INLINE void store_index(const group* g, const sums* s, uint64_t e) {
  const bytes8 index = __builtin_convertvector(g->index, bytes8);
  memcpy(s->index + e, &index, sizeof index);
}

/* Moves the elements' windows up to `top`, where that is above them; what falls out below is never
 * read again. Whether any moved. */
INLINE int move_windows(group* g, words8 top, int digits) {
  const words8 higher = top > g->index;
  longs8 up;
  int i, j;
  if (!__builtin_reduce_or(higher)) return 0;
  up = __builtin_convertvector((top - g->index) & higher, longs8);
  for (i = digits - 1; i >= 0; --i) {
    longs8 moved = g->digit[i] & (up == 0);
    for (j = 0; j < i; ++j) moved |= g->digit[j] & (up == i - j);
    g->digit[i] = moved;
  }
  g->index = (top & higher) | (g->index & ~higher);
  return 1;
}

/* 2^exponent, for exponents of normal values. */
INLINE doubles8 powers_of_two(words8 exponent) {
  return (doubles8)(__builtin_convertvector(exponent + 1023, longs8) << 52);
}

/* Between integers and the doubles that are, below 2^51. */
INLINE longs8 integers(doubles8 whole) {
  const doubles8 magic = (doubles8){0} + 0x1.8p52;
  return (longs8)(whole + magic) - (longs8)magic;
}
INLINE doubles8 doubles(longs8 whole) {
  const doubles8 magic = (doubles8){0} + 0x1.8p52;
  return (doubles8)(whole + (longs8)magic) - magic;
}

/* Over 38, for 0 to 2100. */
INLINE words8 over_digit_bits(words8 bits) { return bits * 1725 >> 16; }

/* How the two formats differ: bits and magnitudes of values, the topmost digit of a magnitude, and
 * the factor that makes a value a multiple of the unit of a window's topmost digit. Scaled so, the
 * smallest of float64 may lose bits, but none above the lowest digit of the window. */
typedef words8 bits_f32;
typedef floats8 values_f32;
typedef doubles8 scale_f32;
INLINE words8 top_f32(words8 magnitude) { return over_digit_bits((magnitude >> 23) + 22); }
INLINE void scale_to_f32(words8 index, doubles8* scale) { *scale = powers_of_two(149 - W * index); }
INLINE doubles8 scaled_f32(words8 bits, const doubles8* scale) {
  return __builtin_convertvector((floats8)bits, doubles8) * *scale;
}

typedef longs8 bits_f64;
typedef struct {
  doubles8 first, second; /* their product may be beyond the largest float64 */
} scale_f64;
INLINE words8 top_f64(longs8 magnitude) {
  const words8 top = over_digit_bits(__builtin_convertvector(magnitude >> 52, words8) + 51);
  return top & __builtin_convertvector(magnitude >= (int64_t)1 << W, words8); /* of subnormals */
}
INLINE void scale_to_f64(words8 index, scale_f64* scale) {
  const words8 exponent = 1074 - W * index, half = exponent >> 1;
  scale->first = powers_of_two(half);
  scale->second = powers_of_two(exponent - half);
}
INLINE doubles8 scaled_f64(longs8 bits, const scale_f64* scale) {
  return (doubles8)bits * scale->first * scale->second;
}

/* Cuts values into digits, each with the value's sign, and adds these. */
INLINE void add_digits(doubles8 value, doubles8* digit, int digits) {
  int i;
  for (i = 0; i < digits; ++i) {
    const doubles8 whole = __builtin_elementwise_trunc(value);
    digit[i] += whole;
    value = (value - whole) * 0x1p38;
  }
}

#define SUM_FLOAT(suffix, type, digits, sign_mask)                                              \
  /* Adds elements e to e + 7 of each of `v` (up to FED_ACC_AT_ONCE + 1) to a group. */         \
  INLINE void add_group_##suffix(group* g, const type* const* v, uint64_t count, uint64_t e,    \
                                 int* moved) {                                                  \
    bits_##suffix largest = {0}, bits;                                                          \
    scale_##suffix scale;                                                                       \
    doubles8 sum[digits] = {{0}};                                                               \
    uint64_t c;                                                                                 \
    int i;                                                                                      \
    for (c = 0; c < count; ++c) {                                                               \
      memcpy(&bits, v[c] + e, sizeof bits);                                                     \
      largest = __builtin_elementwise_max(largest, bits & (sign_mask));                         \
    }                                                                                           \
    *moved = move_windows(g, top_##suffix(largest), digits);                                    \
    scale_to_##suffix(g->index, &scale);                                                        \
    for (c = 0; c < count; ++c) {                                                               \
      memcpy(&bits, v[c] + e, sizeof bits);                                                     \
      add_digits(scaled_##suffix(bits, &scale), sum, digits);                                   \
    }                                                                                           \
    for (i = 0; i < (digits); ++i) g->digit[i] += integers(sum[i]);                             \
  }                                                                                             \
  /* Adds up to FED_ACC_AT_ONCE lists of values, and the first one where that is all that there \
   * is. From the last element on: a digit takes no less room than the first one's values, so   \
   * that it overwrites none but its own and those that have become digits. */                  \
  MACHINE static void add_few_##suffix(const sums* s, const type* const* v, uint64_t count,     \
                                       uint64_t n) {                                            \
    const type* list[FED_ACC_AT_ONCE + 1];                                                      \
    type last[FED_ACC_AT_ONCE + 1][GROUP];                                                      \
    const type* last_list[FED_ACC_AT_ONCE + 1];                                                 \
    const int begins = *s->state == ONE;                                                        \
    uint64_t c, e = n / GROUP * GROUP;                                                          \
    group g;                                                                                    \
    int moved;                                                                                  \
    for (c = 0; c < count; ++c) list[c] = v[c];                                                 \
    if (begins) list[count++] = (const type*)first_of(s, digits);                               \
    *s->state = SUMS;                                                                           \
    if (e != n) {                                                                               \
      memset(last, 0, sizeof last);                                                             \
      for (c = 0; c < count; ++c) {                                                             \
        memcpy(last[c], list[c] + e, (n - e) * sizeof(type));                                   \
        last_list[c] = last[c];                                                                 \
      }                                                                                         \
      load_group(&g, s, e, digits);                                                             \
      if (begins) g.digit[(digits) - 1] = (longs8){0};                                          \
      add_group_##suffix(&g, last_list, count, 0, &moved);                                      \
      store_digits(&g, s, e, digits);                                                           \
      store_index(&g, s, e);                                                                    \
    }                                                                                           \
    while (e != 0) {                                                                            \
      e -= GROUP;                                                                               \
      load_group(&g, s, e, digits);                                                             \
      if (begins) g.digit[(digits) - 1] = (longs8){0};                                          \
      add_group_##suffix(&g, list, count, e, &moved);                                           \
      store_digits(&g, s, e, digits);                                                           \
      if (moved) store_index(&g, s, e);                                                         \
    }                                                                                           \
  }                                                                                             \
  void fed_acc_sum_##suffix##_zero(void* acc, uint64_t n) {                                     \
    clear((unsigned char*)acc, fed_acc_sum_##suffix##_bytes(n));                                \
  }                                                                                             \
  void fed_acc_sum_##suffix##_add_all(void* acc, const type* const* v, uint64_t count,          \
                                      uint64_t n) {                                             \
    const sums s = sums_of(acc, n);                                                             \
    if (n == 0 || count == 0) return;                                                           \
    if (*s.state == NOTHING && count == 1) {                                                    \
      memcpy(first_of(&s, digits), v[0], n * sizeof *v[0]);                                     \
      *s.state = ONE;                                                                           \
      return;                                                                                   \
    }                                                                                           \
    while (count != 0) {                                                                        \
      const uint64_t few = count < FED_ACC_AT_ONCE ? count : FED_ACC_AT_ONCE;                   \
      add_few_##suffix(&s, v, few, n);                                                          \
      v += few;                                                                                 \
      count -= few;                                                                             \
    }                                                                                           \
  }                                                                                             \
  void fed_acc_sum_##suffix##_add(void* acc, const type* v, uint64_t n) {                       \
    fed_acc_sum_##suffix##_add_all(acc, &v, 1, n);                                              \
  }                                                                                             \
  MACHINE void fed_acc_sum_##suffix##_merge(void* acc, const void* other, uint64_t n) {         \
    const sums s = sums_of(acc, n), from = sums_of(other, n);                                   \
    uint64_t e;                                                                                 \
    if (*from.state == NOTHING) return;                                                         \
    if (*from.state == ONE) {                                                                   \
      fed_acc_sum_##suffix##_add(acc, (const type*)first_of(&from, digits), n);                 \
      return;                                                                                   \
    }                                                                                           \
    if (*s.state == ONE) add_few_##suffix(&s, 0, 0, n);                                         \
    *s.state = SUMS;                                                                            \
    for (e = 0; e < n; e += GROUP) {                                                            \
      group to, added;                                                                          \
      int i;                                                                                    \
      load_group(&to, &s, e, digits);                                                           \
      load_group(&added, &from, e, digits);                                                     \
      if (move_windows(&to, added.index, digits)) store_index(&to, &s, e);                      \
      move_windows(&added, to.index, digits);                                                   \
      for (i = 0; i < (digits); ++i) to.digit[i] += added.digit[i];                             \
      store_digits(&to, &s, e, digits);                                                         \
    }                                                                                           \
  }

SUM_FLOAT(f32, float, F32_DIGITS, INT32_MAX)
SUM_FLOAT(f64, double, F64_DIGITS, INT64_MAX)

static int highest_bit(uint64_t v) {
  int bit = 0, step;
  for (step = 32; step > 0; step /= 2)
    if (v >> step) {
      v >>= step;
      bit += step;
    }
  return bit;
}

/* The bits of the float nearest to the element's sum. */
static uint64_t round_one(uint8_t index, const int64_t* sums, uint64_t stride, int digits,
                          const float_format* format, int* negative) {
  uint64_t magnitude[F64_DIGITS]; /* the lowest digit first; all but the topmost below 2^W */
  uint64_t top, rest = 0, mantissa;
  int64_t carry = 0;
  int i, low, lsb, drop;
  /* Carries upward, so that every digit but the topmost is in [0, 2^W); the topmost has the sign.
   */
  for (i = 0; i < digits; ++i) {
    const int64_t sum = sums[(uint64_t)(digits - 1 - i) * stride];
    if (i == digits - 1) {
      magnitude[i] = (uint64_t)(sum + carry);
    } else {
      /* The parts first: sum + carry itself stays within int64 because of the headroom. */
      const uint64_t bits = (uint64_t)(sum + carry);
      magnitude[i] = bits & DIGIT_MASK;
      carry = (sum + carry - (int64_t)magnitude[i]) / ((int64_t)1 << W);
    }
  }
  *negative = (int)(magnitude[digits - 1] >> 63);
  if (*negative) { /* two's complement over all digits */
    uint64_t one = 1;
    for (i = 0; i < digits; ++i) {
      magnitude[i] = ~magnitude[i] + one;
      if (i != digits - 1) {
        magnitude[i] &= DIGIT_MASK;
        one = one && magnitude[i] == 0;
      }
    }
  }
  for (i = digits - 1; i >= 0 && magnitude[i] == 0; --i) {
  }
  if (i < 0) {
    *negative = 0;
    return 0;
  }
  /* `top` gathers up to 63 bits of the magnitude from the highest on; its lowest bit is 2^low. What
   * comes below only says whether anything is there. */
  top = magnitude[i];
  low = ((int)index - (digits - 1) + i) * W;
  while (--i >= 0) {
    const int have = highest_bit(top) + 1;
    const int room = have < 63 ? (63 - have < W ? 63 - have : W) : 0;
    const uint64_t digit = magnitude[i];
    if (room == 0) {
      rest |= digit;
      continue;
    }
    top = top << room | digit >> (W - room);
    low -= room;
    rest = digit & (((uint64_t)1 << (W - room)) - 1);
  }
  /* The result's lowest bit: below the highest by the mantissa, or that of the subnormals. */
  lsb = low + highest_bit(top) - (format->mantissa_bits - 1);
  if (lsb < 0) lsb = 0;
  if (lsb <= low) {
    mantissa = top << (low - lsb); /* exact: then nothing is in `rest` */
  } else {
    drop = lsb - low; /* at most 62: `top` has 64 bits, and one of them is at `lsb` or above */
    mantissa = top >> drop;
    top &= ((uint64_t)1 << drop) - 1;
    if (top > (uint64_t)1 << (drop - 1) ||
        (top == (uint64_t)1 << (drop - 1) && (rest != 0 || (mantissa & 1))))
      ++mantissa;
  }
  /* With the exponent field lsb + 1 and the implicit bit, or lsb = 0 for subnormals, the sum of the
   * two is the encoding; a carry out of the mantissa is right, too. */
  if ((uint64_t)lsb >= format->infinity >> (format->mantissa_bits - 1)) return format->infinity;
  mantissa += (uint64_t)lsb << (format->mantissa_bits - 1);
  return mantissa < format->infinity ? mantissa : format->infinity;
}

uint64_t fed_acc_sum_f32_bytes(uint64_t n) { return FED_ACC_SUM_F32_BYTES(n); }
uint64_t fed_acc_sum_f64_bytes(uint64_t n) { return FED_ACC_SUM_F64_BYTES(n); }

/* The sums of a group of float32 values as float64: rounded to nearest, and to an odd last bit
 * where not exact, from which rounding to float32 gives what rounding once would (Boldo and
 * Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to
 * odd", 2008). 0 where that is not possible: sums over up to 2^13 clients always are small enough.
 */
INLINE int sums_as_f64(const sums* s, uint64_t e, doubles8* nearest, doubles8* odd) {
  group g;
  doubles8 high, low, sum, error, unit;
  longs8 carry, most, bits, away;
  load_group(&g, s, e, F32_DIGITS);
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
  unit = powers_of_two(W * (g.index - 1) - 149);
  *nearest = sum * unit;
  *odd = (doubles8)bits * unit;
  return 1;
}

/* One value each, and zeros where there is none: as they are, but -0. */
#define REPORT_FIRST(s, type, digits)                              \
  if (*(s).state != SUMS) {                                        \
    const type* first = (const type*)first_of(&(s), digits);       \
    for (e = 0; e < n; ++e) out[e] = first[e] == 0 ? 0 : first[e]; \
    return;                                                        \
  }

static float report_one_f32(const sums* s, uint64_t e) {
  int negative;
  const uint32_t bits =
      (uint32_t)round_one(s->index[e], s->digit + e, s->stride, F32_DIGITS, &F32, &negative);
  float value;
  memcpy(&value, &bits, sizeof value);
  return negative ? -value : value;
}

static double report_one_f64(const sums* s, uint64_t e, int digits) {
  int negative;
  const uint64_t bits = round_one(s->index[e], s->digit + e, s->stride, digits, &F64, &negative);
  double value;
  memcpy(&value, &bits, sizeof value);
  return negative ? -value : value;
}

MACHINE void fed_acc_sum_f32_report(const void* acc, float* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  REPORT_FIRST(s, float, F32_DIGITS)
  for (e = 0; e < n; e += GROUP) {
    const uint64_t end = n - e < GROUP ? n : e + GROUP;
    doubles8 nearest, odd;
    if (sums_as_f64(&s, e, &nearest, &odd)) {
      const floats8 values = __builtin_convertvector(odd, floats8);
      memcpy(out + e, &values, (end - e) * sizeof *out);
    } else {
      uint64_t i;
      for (i = e; i < end; ++i) out[i] = report_one_f32(&s, i);
    }
  }
}

MACHINE void fed_acc_sum_f32_report_wide(const void* acc, double* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  REPORT_FIRST(s, float, F32_DIGITS)
  for (e = 0; e < n; e += GROUP) {
    const uint64_t end = n - e < GROUP ? n : e + GROUP;
    doubles8 nearest, odd;
    if (sums_as_f64(&s, e, &nearest, &odd)) {
      memcpy(out + e, &nearest, (end - e) * sizeof *out);
    } else {
      uint64_t
          i; /* in units of float64's smallest value, where those of the digits are float32's */
      for (i = e; i < end; ++i) out[i] = report_one_f64(&s, i, F32_DIGITS) * 0x1p925;
    }
  }
}

void fed_acc_sum_f64_report(const void* acc, double* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  REPORT_FIRST(s, double, F64_DIGITS)
  for (e = 0; e < n; ++e) out[e] = report_one_f64(&s, e, F64_DIGITS);
}
