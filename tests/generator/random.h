// Random choices, the same for a seed on every machine (splitmix64).
#ifndef FEDC_TESTS_GENERATOR_RANDOM_H_
#define FEDC_TESTS_GENERATOR_RANDOM_H_

#include <cstdint>
#include <vector>

namespace fedc::generator {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  // From 0 to n - 1.
  int below(int n) { return static_cast<int>(next() % static_cast<uint64_t>(n)); }
  // From `low` to `high`, both included.
  int between(int low, int high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(static_cast<int>(from.size()))];
  }

 private:
  uint64_t state_;
};

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_RANDOM_H_
