#include "runtime/data/pixels.h"

#include <cstring>
#include <limits>

namespace fedrt {
namespace {

// To base 256, p / 255 is 0.pppp...: as many of these digits as a mantissa holds are a product
// without an error, and what follows comes by a fused multiplication, which rounds once. A test
// goes through all bytes.
template <typename T>
struct Reciprocal {
  static constexpr int kDigits = std::numeric_limits<T>::digits / 8;
  static constexpr T unit() {
    T power = 1;
    for (int digit = 0; digit < kDigits; ++digit) power /= 256;
    return power;
  }
  static constexpr T low() { return unit() / 255; }
  static constexpr T high() { return (1 - unit()) / 255; }
};

// What follows soon is asked for: images lie in memory, a client's behind each other, and most come
// from so far away that waiting for them would take longer than all that is done here.
constexpr size_t kLine = 64, kAhead = 4096;

// A cache line at a time, in whatever vectors the function it is inlined into may use.
template <typename T>
[[gnu::always_inline]] inline void scale(const uint8_t* in, size_t count, T* out) {
  constexpr size_t kLanes = 16;
  using Bytes [[gnu::vector_size(kLanes)]] = uint8_t;
  using Values [[gnu::vector_size(kLanes * sizeof(T))]] = T;
  constexpr T kHigh = Reciprocal<T>::high(), kLow = Reciprocal<T>::low();
  size_t p = 0;
  for (; p + kLine <= count; p += kLine) {
    // A number: beyond the array there is nothing to point to.
    __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(in) + p + kAhead));
    for (size_t lane = 0; lane < kLine; lane += kLanes) {
      Bytes bytes;
      std::memcpy(&bytes, in + p + lane, sizeof bytes);
      const Values values = __builtin_convertvector(bytes, Values);
      const Values scaled = __builtin_elementwise_fma(values, Values{} + kLow, values * kHigh);
      std::memcpy(out + p + lane, &scaled, sizeof scaled);
    }
  }
  for (; p < count; ++p) {
    const T value = static_cast<T>(in[p]);
    out[p] = __builtin_elementwise_fma(value, kLow, value * kHigh);
  }
}

// For the machines that compiled programs are for, and such as have vectors of 64 bytes.
#if defined(__x86_64__)
template <typename T>
[[gnu::target("arch=x86-64-v3")]] void scale_v3(const uint8_t* in, size_t count, T* out) {
  scale(in, count, out);
}
template <typename T>
[[gnu::target("arch=x86-64-v4"), clang::min_vector_width(512)]] void scale_v4(const uint8_t* in,
                                                                              size_t count,
                                                                              T* out) {
  scale(in, count, out);
}
template <typename T>
void scale_here(const uint8_t* in, size_t count, T* out) {
  (__builtin_cpu_supports("x86-64-v4") ? scale_v4<T> : scale_v3<T>)(in, count, out);
}
#else
template <typename T>
void scale_here(const uint8_t* in, size_t count, T* out) {
  scale(in, count, out);
}
#endif

}  // namespace

void pixels_of_bytes(const uint8_t* in, size_t count, float* out) { scale_here(in, count, out); }
void pixels_of_bytes(const uint8_t* in, size_t count, double* out) { scale_here(in, count, out); }

}  // namespace fedrt
