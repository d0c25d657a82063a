// A level's aggregate over threads: the bytes of the plain order, whoever adds what.
#include "runtime/server/level.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <thread>

#include "runtime/server/accumulators.h"
#include "runtime/server/crew.h"

namespace fedrt {
namespace {

constexpr uint64_t kSize = 300;  // values of an upload; behind them its number
constexpr uint64_t kUpload = (kSize + 1) * sizeof(float);
constexpr uint64_t kFold = 64;

// The sum, with every upload's values finite.
const fed_aggregation kSum = {
    sizeof(fed_aggregation),
    FED_ABI_VERSION,
    1,
    FED_ACC_SUM_F32_BYTES(kSize),
    [](const void* upload) { return fed_acc_finite_f32(static_cast<const float*>(upload), kSize); },
    [](void* sum) { fed_acc_sum_f32_zero(sum, kSize); },
    [](void* sum, const void* upload) {
      fed_acc_sum_f32_add(sum, static_cast<const float*>(upload), kSize);
    },
    [](void* sum, const void* other) { fed_acc_sum_f32_merge(sum, other, kSize); },
    [](const void* sum, void* out) {
      fed_acc_sum_f32_report(sum, static_cast<float*>(out), kSize);
    },
    [](void* sum, const void* const* uploads, uint64_t count) {
      fed_acc_sum_f32_add_all(sum, reinterpret_cast<const float* const*>(uploads), count, kSize);
    }};

// A fold in which every order shows: merge(a, b) = 31 a + b + 1, over the uploads' numbers.
uint64_t* hash(void* accumulator) { return static_cast<uint64_t*>(accumulator); }
uint64_t hash_of(const void* accumulator) { return *static_cast<const uint64_t*>(accumulator); }
int32_t zero(const fed_frame* frame) {
  *hash(frame->state_out) = 0;
  return FED_OK;
}
int32_t accumulate(const fed_frame* frame) {
  const float number = static_cast<const float*>(frame->message_in)[kSize];
  *hash(frame->state_out) = hash_of(frame->state_in) + static_cast<uint64_t>(number);
  return FED_OK;
}
int32_t merge(const fed_frame* frame) {
  *hash(frame->state_out) = 31 * hash_of(frame->state_in) + hash_of(frame->message_in) + 1;
  return FED_OK;
}
int32_t report(const fed_frame* frame) {
  *hash(frame->message_out) = hash_of(frame->state_in);
  return FED_OK;
}
const fed_fold kHash = {sizeof(fed_fold), FED_ABI_VERSION, 0,     1, kFold, zero,
                        accumulate,       merge,           report};

fed_server_program program(bool folds) {
  fed_server_program program{};
  program.size = sizeof program;
  program.version = FED_ABI_VERSION;
  program.arena_bytes = 64;
  program.folds = &kHash;
  program.fold_count = folds ? 1 : 0;
  return program;
}

// Uploads of very different sizes; some are not finite.
std::vector<AlignedBuffer> make_uploads(size_t count) {
  std::mt19937 rng(7);
  std::normal_distribution<float> normal;
  std::vector<AlignedBuffer> uploads;
  for (size_t i = 0; i < count; ++i) {
    uploads.emplace_back(kUpload);
    float* values = reinterpret_cast<float*>(uploads.back().data());
    for (uint64_t j = 0; j < kSize; ++j)
      values[j] = std::ldexp(normal(rng), static_cast<int>(rng() % 60) - 30);
    if (i % 11 == 3) values[i % kSize] = INFINITY;
    values[kSize] = static_cast<float>(i + 1);
  }
  return uploads;
}

struct Result {
  std::vector<uint8_t> sum = std::vector<uint8_t>(kSize * sizeof(float));
  uint64_t hash = 0;
  std::vector<int32_t> reasons;
  uint64_t accepted = 0;
  bool operator==(const Result&) const = default;
};

// One upload after another, by the plainest means.
Result plain(const std::vector<AlignedBuffer>& uploads, bool folds) {
  const fed_server_program program = fedrt::program(folds);
  ServerCode code;
  code.program = &program;
  PartialAggregate sum(&kSum);
  Folder folder(code, 1);
  MergeCounter<Folded> counter(
      [&](Folded* earlier, const Folded& later) { folder.merge(earlier, later); });
  Result result;
  for (const AlignedBuffer& upload : uploads) {
    result.reasons.push_back(sum.offer(upload.data()));
    if (result.reasons.back() == FED_ACCEPT) counter.push(folder.of(upload.data()));
  }
  sum.report(result.sum.data());
  result.accepted = sum.tally().accepted();
  if (const std::optional<Folded> folded = counter.finish(); folded && folds)
    EXPECT_EQ(folder.report(&*folded, &result.hash).status, FED_OK);
  return result;
}

// What a server's threads do: each takes what comes next, up to at_once() of it.
Result threaded(const std::vector<AlignedBuffer>& uploads, bool folds, size_t threads,
                uint64_t memory = ~uint64_t{0}, size_t* partials = nullptr) {
  const fed_server_program program = fedrt::program(folds);
  ServerCode code;
  code.program = &program;
  LevelAggregate level(code, 1, &kSum, threads, memory, [] { return false; });
  Result result;
  result.reasons.resize(uploads.size());
  std::mutex mutex;
  size_t next = 0;
  std::mt19937 rng(static_cast<unsigned>(threads));
  Crew crew(level.threads() - 1);
  std::atomic<size_t> begun{0};
  crew.run(level.threads(), [&](size_t) {
    // All at work before the first is done.
    for (++begun; begun < level.threads();) std::this_thread::yield();
    while (true) {
      std::vector<const void*> some;
      size_t first;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        first = next;
        const size_t count =
            std::min<size_t>({level.at_once(), 1 + rng() % 5, uploads.size() - next});
        for (; next < first + count; ++next) some.push_back(uploads[next].data());
      }
      if (some.empty()) return;
      std::this_thread::yield();  // few processors alternate, too
      level.add(first, some.data(), some.size(), &result.reasons[first]);
    }
  });
  EXPECT_LE(level.partials(), level.threads());
  if (partials != nullptr) *partials = level.partials();
  crew.run(level.partials() / 2, [&](size_t) { level.merge(); });
  level.total()->report(result.sum.data());
  result.accepted = level.total()->tally().accepted();
  Folder folder(code, 1);
  if (const std::optional<Folded> folded = level.folded())
    EXPECT_EQ(folder.report(&*folded, &result.hash).status, FED_OK);
  return result;
}

TEST(LevelTest, AnyNumberOfThreadsGivesTheSameBytes) {
  for (const bool folds : {false, true}) {
    const std::vector<AlignedBuffer> uploads = make_uploads(1000);
    const Result expected = plain(uploads, folds);
    EXPECT_EQ(expected.accepted, 909u);
    for (const size_t threads : {1, 2, 3, 8})
      EXPECT_EQ(threaded(uploads, folds, threads), expected) << threads << " threads";
  }
}

TEST(LevelTest, FewUploads) {
  for (const size_t count : {0, 1, 2, 5}) {
    const std::vector<AlignedBuffer> uploads = make_uploads(count);
    EXPECT_EQ(threaded(uploads, true, 4), plain(uploads, true)) << count << " uploads";
  }
}

TEST(LevelTest, MemoryBoundsTheThreads) {
  const std::vector<AlignedBuffer> uploads = make_uploads(60);
  size_t partials = 0;
  const Result expected = plain(uploads, false);
  for (const auto& [memory, most] : std::vector<std::pair<uint64_t, size_t>>{
           {0, 1}, {kSum.accumulator_bytes * 3, 3}, {~uint64_t{0}, 6}}) {
    EXPECT_EQ(threaded(uploads, false, 6, memory, &partials), expected);
    EXPECT_GE(partials, 1u);
    EXPECT_LE(partials, most);
  }
}

// Nothing waits for a message of which memory failed.
TEST(LevelTest, AFailureEndsTheOthers) {
  std::atomic<int> left{0};
  fed_fold failing = kHash;
  failing.accumulate = [](const fed_frame* frame) -> int32_t {
    if (static_cast<const float*>(frame->message_in)[kSize] == 3) throw std::bad_alloc();
    return accumulate(frame);
  };
  fed_server_program program = fedrt::program(true);
  program.folds = &failing;
  ServerCode code;
  code.program = &program;
  const std::vector<AlignedBuffer> uploads = make_uploads(40);
  LevelAggregate level(code, 1, nullptr, 3, ~uint64_t{0}, [] { return false; });
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      try {
        for (size_t i; (i = next++) < uploads.size();) {
          const void* upload = uploads[i].data();
          int32_t reason;
          level.add(i, &upload, 1, &reason);
        }
      } catch (const std::bad_alloc&) {
        ++left;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(left, 1);
}

}  // namespace
}  // namespace fedrt
