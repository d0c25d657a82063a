/* Windows of digits, eight elements at a time: what accumulators_float.c works on, and nothing else
 * includes. */
#ifndef RUNTIME_SERVER_ACCUMULATORS_WINDOW_H_
#define RUNTIME_SERVER_ACCUMULATORS_WINDOW_H_

#include <string.h>

#include "runtime/server/accumulators.h"
#include "runtime/server/accumulators_machine.h"

#pragma STDC FP_CONTRACT OFF

#define W FED_ACC_DIGIT_BITS
#define BLOCK FED_ACC_BLOCK
#define GROUP 8
#define F32_DIGITS 2
#define F64_DIGITS 4
#define MOST_DIGITS F64_DIGITS
#define DIGIT_MASK (((uint64_t)1 << W) - 1)

/* Vectors, their length that of a group. Memory need not be aligned as they are: memcpy. */
typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef int32_t words8 __attribute__((vector_size(32)));
typedef int64_t longs8 __attribute__((vector_size(64)));
typedef float floats8 __attribute__((vector_size(32)));
typedef double doubles8 __attribute__((vector_size(64)));

/* What an accumulator holds: its state, then the window indices of all elements, then for each
 * digit, the topmost first, the sums of all elements, each padded to whole blocks. While it has
 * seen one value an element, these are as they were given, where the lowest digit's sums will be,
 * their weight is behind the state, and the rest is zero, as everything is while it has seen none.
 */
enum { NOTHING = 0, ONE = 1, SUMS = 2 };

typedef struct {
  uint64_t* state;
  double* weight;
  uint8_t* index;
  int64_t* digit; /* element e's digit i is digit[i * stride + e] */
  uint64_t stride;
} sums;

static sums sums_of(const void* acc, uint64_t n) {
  unsigned char* bytes = (unsigned char*)(uintptr_t)acc;
  sums s;
  s.stride = (n + BLOCK - 1) / BLOCK * BLOCK;
  s.state = (uint64_t*)(void*)bytes;
  s.weight = (double*)(void*)(bytes + sizeof *s.state);
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

/* 2^exponent as two factors, which may itself be no normal value; and as one, where it is. */
typedef struct {
  doubles8 first, second, both;
} two_factors;
INLINE two_factors factors(words8 exponent) {
  const words8 half = exponent >> 1;
  two_factors scale;
  scale.first = powers_of_two(half);
  scale.second = powers_of_two(exponent - half);
  scale.both = powers_of_two(exponent);
  return scale;
}
INLINE doubles8 scaled(doubles8 values, const two_factors* scale, int one) {
  return one ? values * scale->both : values * scale->first * scale->second;
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

/* Cuts values into digits, each with the value's sign, and adds these. */
INLINE void add_digits(doubles8 value, doubles8* digit, int digits) {
  int i;
  for (i = 0; i < digits; ++i) {
    const doubles8 whole = __builtin_elementwise_trunc(value);
    digit[i] += whole;
    value = (value - whole) * 0x1p38;
  }
}

/* The smallest positive value of a type is 2^0 in what follows; its largest exponent field is what
 * infinity has. */
typedef struct {
  int mantissa_bits; /* with the implicit one */
  uint64_t infinity; /* bits of +infinity */
} float_format;

static const float_format F32 = {24, 0x7f800000u};
static const float_format F64 = {53, (uint64_t)0x7ff << 52};

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
static uint64_t round_one(int index, const int64_t* sums, int digits, const float_format* format,
                          int* negative) {
  uint64_t magnitude[F64_DIGITS]; /* the lowest digit first; all but the topmost below 2^W */
  uint64_t top, rest = 0, mantissa;
  int64_t carry = 0;
  int i, low, lsb, drop;
  /* Carries upward, so that every digit but the topmost is in [0, 2^W); the topmost has the sign.
   */
  for (i = 0; i < digits; ++i) {
    const int64_t sum = sums[digits - 1 - i];
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
  low = (index - (digits - 1) + i) * W;
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

#endif /* RUNTIME_SERVER_ACCUMULATORS_WINDOW_H_ */
