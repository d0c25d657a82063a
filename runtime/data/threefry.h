// Threefry-2x32 with 20 rounds: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel
// random numbers: as easy as 1, 2, 3", SC 2011. What `local.threefry` computes, for whoever makes
// keys.
#ifndef RUNTIME_DATA_THREEFRY_H_
#define RUNTIME_DATA_THREEFRY_H_

#include <bit>
#include <cstdint>

namespace fedrt {

// Of 64-bit words that are two 32-bit words each, the first one in the upper half, as JAX has them.
inline uint64_t threefry(uint64_t key, uint64_t counter) {
  constexpr int kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  constexpr uint32_t kParity = 0x1BD11BDA;  // of the key schedule (SKEIN_KS_PARITY32)
  const uint32_t k0 = static_cast<uint32_t>(key >> 32), k1 = static_cast<uint32_t>(key);
  const uint32_t keys[3] = {k0, k1, kParity ^ k0 ^ k1};
  uint32_t x0 = static_cast<uint32_t>(counter >> 32) + keys[0];
  uint32_t x1 = static_cast<uint32_t>(counter) + keys[1];
  for (uint32_t group = 1; group <= 5; ++group) {
    for (int i = 0; i < 4; ++i) {
      x0 += x1;
      x1 = std::rotl(x1, kRotations[(group % 2 == 1 ? 0 : 4) + i]) ^ x0;
    }
    x0 += keys[group % 3];
    x1 += keys[(group + 1) % 3] + group;
  }
  return uint64_t{x0} << 32 | x1;
}

}  // namespace fedrt

#endif  // RUNTIME_DATA_THREEFRY_H_
