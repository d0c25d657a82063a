// How fast sums over clients move memory, against memcpy. run.sh links this with the run time.
//
// Each row adds so many updates that wait to an accumulator that has seen others, in one pass, and
// divides the bytes that this reads and writes (the updates, and the accumulator both ways) by the
// time; memcpy copies half as many, and so moves as many. By one thread, or by two at the same time
// as a server's are, each with updates, an accumulator and copies of its own. Ratios of medians,
// and of bests, which a machine with other things to do disturbs less.
#include <barrier>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/measure.h"
#include "runtime/server/accumulators.h"

namespace {

constexpr size_t kSize = size_t{1} << 20;  // elements of an update
constexpr struct {
  int updates, threads;
} kRows[] = {{1, 1}, {4, 1}, {8, 1}, {8, 2}};

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

// A second thread, to do the same at the same time.
class Pair {
 public:
  ~Pair() {
    work_ = nullptr;
    gate_.arrive_and_wait();
    other_.join();
  }
  // Calls work(0) here and work(1) there.
  void run(const std::function<void(int)>& work) {
    work_ = &work;
    gate_.arrive_and_wait();
    work(0);
    gate_.arrive_and_wait();
  }

 private:
  void loop() {
    while (true) {
      gate_.arrive_and_wait();
      if (work_ == nullptr) return;
      (*work_)(1);
      gate_.arrive_and_wait();
    }
  }

  std::barrier<> gate_{2};
  const std::function<void(int)>* work_ = nullptr;
  std::thread other_{[this] { loop(); }};
};

// What one thread adds, and copies.
template <typename T>
struct Desk {
  explicit Desk(const Kind<T>& kind)
      : accumulator(kind.bytes), from(most_bytes(kind)), to(most_bytes(kind)) {
    std::mt19937 rng(1);
    std::normal_distribution<double> normal;
    for (int u = 0; u < 8; ++u) {
      memory.emplace_back(kSize * sizeof(T));
      T* values = reinterpret_cast<T*>(memory.back().data());
      for (size_t i = 0; i < kSize; ++i)
        values[i] = static_cast<T>(normal(rng) * (sizeof(T) == 4 ? 1 : 0.01) *
                                   (std::is_floating_point_v<T> ? 0.01 : 1e4));
      updates.push_back(values);
    }
    std::memset(from.data(), 1, most_bytes(kind));
    kind.zero(accumulator.data(), kSize);
    kind.add_all(accumulator.data(), updates.data(), 2, kSize);
  }
  static size_t most_bytes(const Kind<T>& kind) {
    return kSize * (kind.read_and_written + 8 * sizeof(T)) / 2;
  }

  std::vector<Memory> memory;
  std::vector<const T*> updates;
  Memory accumulator, from, to;
};

template <typename T>
void measure_kind(const Kind<T>& kind) {
  Pair pair;
  Desk<T> desks[] = {Desk<T>(kind), Desk<T>(kind)};
  std::vector<std::function<void()>> contenders;
  std::vector<double> bytes;  // of a thread
  const auto by = [&](int threads, std::function<void(Desk<T>*)> work) {
    const auto one = [&desks, work](int t) { work(&desks[t]); };
    if (threads == 1)
      contenders.push_back([one] { one(0); });
    else
      contenders.push_back([one, &pair] { pair.run(one); });
  };
  for (const auto& row : kRows) {
    bytes.push_back(static_cast<double>(kSize) * (kind.read_and_written + row.updates * sizeof(T)));
    by(row.threads, [&kind, &row](Desk<T>* desk) {
      kind.add_all(desk->accumulator.data(), desk->updates.data(), row.updates, kSize);
    });
    by(row.threads, [half = static_cast<size_t>(bytes.back() / 2)](Desk<T>* desk) {
      std::memcpy(desk->to.data(), desk->from.data(), half);
    });
  }
  const std::vector<Timing> t = measure(contenders, 41, 2000);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const Timing &ours = t[2 * i], &copy = t[2 * i + 1];
    std::printf("%-16s %d at once, %d thread%s %7.2f ms %6.1f GB/s %5.2f %5.2f %4.0f%%\n",
                kind.name, kRows[i].updates, kRows[i].threads, kRows[i].threads == 1 ? " " : "s",
                ours.median / 1e3, kRows[i].threads * bytes[i] / ours.median / 1e3,
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
