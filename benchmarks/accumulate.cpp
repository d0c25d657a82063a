// How fast sums over clients move memory, against memcpy. run.sh links this with the run time.
//
// Each row adds so many updates that wait to an accumulator that has seen others, in one pass, and
// divides the bytes that this reads and writes (the updates, and the accumulator both ways) by the
// time; memcpy copies half as many, and so moves as many. Ratios of medians, and of bests, which a
// machine with other things to do disturbs less.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "benchmarks/measure.h"
#include "runtime/server/accumulators.h"

namespace {

constexpr size_t kSize = size_t{1} << 20;  // elements of an update
constexpr int kUpdates[] = {1, 4, 8};

// Memory that begins at a cache line's start, a different one in each page.
class Memory {
 public:
  explicit Memory(size_t bytes) : bytes_(bytes + 8192) {
    static size_t lines = 0;
    const size_t offset = (lines += 5) % 64 * 64;
    data_ = bytes_.data() + (4096 - reinterpret_cast<uintptr_t>(bytes_.data()) % 4096) + offset;
  }
  char* data() { return data_; }

 private:
  std::vector<char> bytes_;
  char* data_;
};

template <typename T>
struct Kind {
  const char* name;
  uint64_t bytes;             // of an accumulator
  uint64_t read_and_written;  // of it, an element, in one pass
  void (*zero)(void*, uint64_t);
  void (*add_all)(void*, const T* const*, uint64_t, uint64_t);
};

// Clients count for as many examples as they have.
constexpr double kWeights[8] = {600, 599, 601, 7, 1000003, 580, 620, 333};

template <typename T, auto kAddAll>
void add_weighted(void* accumulator, const T* const* values, uint64_t count, uint64_t n) {
  kAddAll(accumulator, values, kWeights, count, n);
}

template <typename T>
void measure_kind(const Kind<T>& kind) {
  std::mt19937 rng(1);
  std::normal_distribution<double> normal;
  std::vector<Memory> memory;
  std::vector<const T*> updates;
  for (int u = 0; u < 8; ++u) {
    memory.emplace_back(kSize * sizeof(T));
    T* values = reinterpret_cast<T*>(memory.back().data());
    for (size_t i = 0; i < kSize; ++i)
      values[i] = static_cast<T>(normal(rng) * (sizeof(T) == 4 ? 1 : 0.01) *
                                 (std::is_floating_point_v<T> ? 0.01 : 1e4));
    updates.push_back(values);
  }
  Memory accumulator(kind.bytes);
  const size_t most = kSize * (kind.read_and_written + 8 * sizeof(T)) / 2;
  Memory from(most), to(most);
  std::memset(from.data(), 1, most);
  kind.zero(accumulator.data(), kSize);
  kind.add_all(accumulator.data(), updates.data(), 2, kSize);
  std::vector<std::function<void()>> contenders;
  std::vector<double> bytes;
  for (int count : kUpdates) {
    bytes.push_back(static_cast<double>(kSize) * (kind.read_and_written + count * sizeof(T)));
    contenders.push_back(
        [&, count] { kind.add_all(accumulator.data(), updates.data(), count, kSize); });
    contenders.push_back([&, half = static_cast<size_t>(bytes.back() / 2)] {
      std::memcpy(to.data(), from.data(), half);
    });
  }
  const std::vector<Timing> t = measure(contenders, 41, 2000);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const Timing &ours = t[2 * i], &copy = t[2 * i + 1];
    std::printf("%-16s %d at once %7.2f ms %6.1f GB/s %5.2f %5.2f %4.0f%%\n", kind.name,
                kUpdates[i], ours.median / 1e3, bytes[i] / ours.median / 1e3,
                copy.median / ours.median, copy.best / ours.best, 100 * disturbance({ours, copy}));
  }
}

}  // namespace

int main() {
  measure_kind<float>({"float32", FED_ACC_SUM_F32_BYTES(kSize), 1 + 2 * 16, fed_acc_sum_f32_zero,
                       fed_acc_sum_f32_add_all});
  measure_kind<double>({"float64", FED_ACC_SUM_F64_BYTES(kSize), 1 + 2 * 32, fed_acc_sum_f64_zero,
                        fed_acc_sum_f64_add_all});
  measure_kind<float>({"float32 weighted", FED_ACC_SUM_F32_BYTES(kSize), 1 + 2 * 16,
                       fed_acc_weighted_f32_zero,
                       add_weighted<float, fed_acc_weighted_f32_add_all>});
  measure_kind<double>({"float64 weighted", FED_ACC_SUM_F64_BYTES(kSize), 1 + 2 * 32,
                        fed_acc_weighted_f64_zero,
                        add_weighted<double, fed_acc_weighted_f64_add_all>});
  measure_kind<int32_t>({"int32", kSize * 4, 8, fed_acc_sum_i32_zero, fed_acc_sum_i32_add_all});
  measure_kind<int64_t>({"int64", kSize * 8, 16, fed_acc_sum_i64_zero, fed_acc_sum_i64_add_all});
}
