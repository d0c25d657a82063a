#include "runtime/server/accumulators.h"

#include <math.h>
#include <string.h>

#include "runtime/abi/fed_abi.h"

#define W FED_ACC_DIGIT_BITS
#define BLOCK FED_ACC_BLOCK
#define F32_DIGITS 2
#define F64_DIGITS 4
#define DIGIT_MASK (((uint64_t)1 << W) - 1)

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

/* Moves an element's window up to `top`; what falls out below is never read again. */
static void move_window(uint8_t* index, int64_t* digit, uint64_t stride, int digits, int top) {
  const int up = top - *index;
  int i;
  for (i = digits - 1; i >= 0; --i)
    digit[(uint64_t)i * stride] = i >= up ? digit[(uint64_t)(i - up) * stride] : 0;
  *index = (uint8_t)top;
}

/* Adds ±mantissa * 2^position to one element. */
static void add_one(uint8_t* index, int64_t* digit, uint64_t stride, int digits, uint64_t mantissa,
                    int position, int negative) {
  const int low = position / W;
  const int shift = position % W;
  uint64_t part[3]; /* of digits low, low + 1, low + 2 */
  int top, i;
  if (mantissa == 0) return;
  part[0] = mantissa << shift & DIGIT_MASK;
  part[1] = mantissa >> (W - shift) & DIGIT_MASK;
  part[2] = mantissa >> (W - shift) >> W;
  top = low + (part[2] != 0 ? 2 : part[1] != 0 ? 1 : 0);
  if (top > *index) move_window(index, digit, stride, digits, top);
  for (i = 0; i < 3; ++i) {
    const int slot = *index - low - i;
    if (slot < 0 || slot >= digits) continue; /* above: part[i] is zero; below: out of the window */
    digit[(uint64_t)slot * stride] += negative ? -(int64_t)part[i] : (int64_t)part[i];
  }
}

static void merge_sums(const sums* to, const sums* from, uint64_t n, int digits) {
  uint64_t e;
  int i;
  for (e = 0; e < n; ++e) {
    const int other = from->index[e];
    int below;
    if (other > to->index[e]) move_window(to->index + e, to->digit + e, to->stride, digits, other);
    below = to->index[e] - other;
    for (i = below; i < digits; ++i)
      to->digit[(uint64_t)i * to->stride + e] +=
          from->digit[(uint64_t)(i - below) * from->stride + e];
  }
}

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

#define SUM_FLOAT(suffix, type, bits_type, digits, format, sign_shift)                           \
  static void add_bits_##suffix(const sums* s, uint64_t e, bits_type bits) {                     \
    const int fraction_bits = (format).mantissa_bits - 1;                                        \
    const int exponent = (int)((bits & ~((bits_type)1 << (sign_shift))) >> fraction_bits);       \
    uint64_t mantissa = bits & (((bits_type)1 << fraction_bits) - 1);                            \
    if (exponent != 0) mantissa |= (uint64_t)1 << fraction_bits;                                 \
    add_one(s->index + e, s->digit + e, s->stride, digits, mantissa,                             \
            exponent != 0 ? exponent - 1 : 0, (int)(bits >> (sign_shift)));                      \
  }                                                                                              \
  /* From the last element on: a digit takes no less room than the values that it comes from, so \
   * that it overwrites none but its own and those that have become digits. */                   \
  static void begin_sums_##suffix(const sums* s, uint64_t n) {                                   \
    const unsigned char* first = (const unsigned char*)first_of(s, digits);                      \
    uint64_t e = *s->state == ONE ? n : 0;                                                       \
    while (e-- != 0) {                                                                           \
      bits_type bits;                                                                            \
      memcpy(&bits, first + e * sizeof bits, sizeof bits);                                       \
      s->digit[(uint64_t)((digits) - 1) * s->stride + e] = 0;                                    \
      add_bits_##suffix(s, e, bits);                                                             \
    }                                                                                            \
    *s->state = SUMS;                                                                            \
  }                                                                                              \
  void fed_acc_sum_##suffix##_zero(void* acc, uint64_t n) {                                      \
    clear((unsigned char*)acc, fed_acc_sum_##suffix##_bytes(n));                                 \
  }                                                                                              \
  void fed_acc_sum_##suffix##_add(void* acc, const type* v, uint64_t n) {                        \
    const sums s = sums_of(acc, n);                                                              \
    uint64_t e;                                                                                  \
    if (n == 0) return;                                                                          \
    if (*s.state == NOTHING) {                                                                   \
      memcpy(first_of(&s, digits), v, n * sizeof *v);                                            \
      *s.state = ONE;                                                                            \
      return;                                                                                    \
    }                                                                                            \
    if (*s.state == ONE) begin_sums_##suffix(&s, n);                                             \
    for (e = 0; e < n; ++e) {                                                                    \
      bits_type bits;                                                                            \
      memcpy(&bits, v + e, sizeof bits);                                                         \
      add_bits_##suffix(&s, e, bits);                                                            \
    }                                                                                            \
  }                                                                                              \
  void fed_acc_sum_##suffix##_merge(void* acc, const void* other, uint64_t n) {                  \
    const sums s = sums_of(acc, n), from = sums_of(other, n);                                    \
    if (*from.state == NOTHING) return;                                                          \
    if (*from.state == ONE) {                                                                    \
      fed_acc_sum_##suffix##_add(acc, (const type*)first_of(&from, digits), n);                  \
      return;                                                                                    \
    }                                                                                            \
    if (*s.state != SUMS) begin_sums_##suffix(&s, n);                                            \
    merge_sums(&s, &from, n, digits);                                                            \
  }                                                                                              \
  void fed_acc_sum_##suffix##_report(const void* acc, type* out, uint64_t n) {                   \
    const sums s = sums_of(acc, n);                                                              \
    uint64_t e;                                                                                  \
    if (*s.state != SUMS) { /* also of nothing: there are zeros */                               \
      const type* first = (const type*)first_of(&s, digits);                                     \
      for (e = 0; e < n; ++e) out[e] = first[e] == 0 ? 0 : first[e];                             \
      return;                                                                                    \
    }                                                                                            \
    for (e = 0; e < n; ++e) {                                                                    \
      int negative;                                                                              \
      bits_type bits =                                                                           \
          (bits_type)round_one(s.index[e], s.digit + e, s.stride, digits, &(format), &negative); \
      if (negative) bits |= (bits_type)1 << (sign_shift);                                        \
      memcpy(out + e, &bits, sizeof bits);                                                       \
    }                                                                                            \
  }

SUM_FLOAT(f32, float, uint32_t, F32_DIGITS, F32, 31)
SUM_FLOAT(f64, double, uint64_t, F64_DIGITS, F64, 63)

void fed_acc_sum_f32_report_wide(const void* acc, double* out, uint64_t n) {
  const sums s = sums_of(acc, n);
  uint64_t e;
  if (*s.state != SUMS) {
    const float* first = (const float*)first_of(&s, F32_DIGITS);
    for (e = 0; e < n; ++e) out[e] = first[e] == 0 ? 0 : (double)first[e];
    return;
  }
  for (e = 0; e < n; ++e) {
    int negative;
    const uint64_t bits = round_one(s.index[e], s.digit + e, s.stride, F32_DIGITS, &F64, &negative);
    double units; /* of float64's smallest value, where those of the digits are of float32's */
    memcpy(&units, &bits, sizeof bits);
    out[e] = (negative ? -units : units) * 0x1p925;
  }
}

#define SUM_INTEGER(suffix, type, unsigned_type)                                                \
  void fed_acc_sum_##suffix##_zero(void* acc, uint64_t n) { memset(acc, 0, n * sizeof(type)); } \
  void fed_acc_sum_##suffix##_add(void* acc, const type* v, uint64_t n) {                       \
    unsigned_type* sum = (unsigned_type*)acc;                                                   \
    uint64_t i;                                                                                 \
    for (i = 0; i < n; ++i) sum[i] = (unsigned_type)(sum[i] + (unsigned_type)v[i]);             \
  }                                                                                             \
  void fed_acc_sum_##suffix##_merge(void* acc, const void* other, uint64_t n) {                 \
    fed_acc_sum_##suffix##_add(acc, (const type*)other, n);                                     \
  }                                                                                             \
  void fed_acc_sum_##suffix##_report(const void* acc, type* out, uint64_t n) {                  \
    memcpy(out, acc, n * sizeof(type));                                                         \
  }

SUM_INTEGER(i8, int8_t, uint8_t)
SUM_INTEGER(i16, int16_t, uint16_t)
SUM_INTEGER(i32, int32_t, uint32_t)
SUM_INTEGER(i64, int64_t, uint64_t)

void fed_acc_modular_zero(void* acc, uint64_t n) { memset(acc, 0, n * sizeof(int64_t)); }
void fed_acc_modular_add(void* acc, const int64_t* v, uint64_t n, int64_t modulus) {
  int64_t* sum = (int64_t*)acc;
  uint64_t i;
  for (i = 0; i < n; ++i) sum[i] = (sum[i] + v[i]) % modulus; /* below 2^63 before */
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
  void fed_acc_##name##_add(void* acc, const type* v, uint64_t n) {                    \
    type* extreme = (type*)acc;                                                        \
    uint64_t i;                                                                        \
    for (i = 0; i < n; ++i) extreme[i] = before(v[i], extreme[i]) ? v[i] : extreme[i]; \
  }                                                                                    \
  void fed_acc_##name##_merge(void* acc, const void* other, uint64_t n) {              \
    fed_acc_##name##_add(acc, (const type*)other, n);                                  \
  }                                                                                    \
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
  int32_t fed_acc_finite_##suffix(const type* v, uint64_t n) {                                 \
    int bad = 0;                                                                               \
    uint64_t i;                                                                                \
    for (i = 0; i < n; ++i) bad |= magnitude_##suffix(v + i) >= (infinity);                    \
    return bad ? FED_REJECT_NOT_FINITE : FED_ACCEPT;                                           \
  }                                                                                            \
  int32_t fed_acc_not_nan_##suffix(const type* v, uint64_t n) {                                \
    int bad = 0;                                                                               \
    uint64_t i;                                                                                \
    for (i = 0; i < n; ++i) bad |= magnitude_##suffix(v + i) > (infinity);                     \
    return bad ? FED_REJECT_NOT_FINITE : FED_ACCEPT;                                           \
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
#define RANGE(suffix, type)                                                  \
  int32_t fed_acc_range_##suffix(const type* v, uint64_t n, int64_t most) {  \
    int bad = 0;                                                             \
    uint64_t i;                                                              \
    for (i = 0; i < n; ++i) bad |= (uint64_t)(int64_t)v[i] > (uint64_t)most; \
    return bad ? FED_REJECT_OUT_OF_RANGE : FED_ACCEPT;                       \
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
