// What a core can do at most. (Inside benchmarks.)
#ifndef BENCHMARKS_PEAK_H_
#define BENCHMARKS_PEAK_H_

#ifdef __AVX512F__
typedef float Lanes __attribute__((vector_size(64)));
#else
typedef float Lanes __attribute__((vector_size(32)));
#endif

constexpr int kPeakSteps = 2000, kPeakSums = 12;
// Multiplications and additions of a call of `peak`.
constexpr double kPeakOperations = 2.0 * kPeakSteps * kPeakSums * (sizeof(Lanes) / sizeof(float));

// As many multiplications and additions a second as the core can do: independent ones in registers.
inline void peak() {
  Lanes sums[kPeakSums] = {}, x = {}, y = {};
  asm volatile("" : "+v"(x), "+v"(y));
  for (int i = 0; i < kPeakSteps; ++i)
    for (Lanes& sum : sums) {
      sum = __builtin_elementwise_fma(x, y, sum);
      asm volatile("" : "+v"(sum));
    }
}

#endif  // BENCHMARKS_PEAK_H_
