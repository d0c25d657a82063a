#include "compiler/lower/arena_plan.h"

#include <algorithm>
#include <random>

#include "gtest/gtest.h"

namespace fedc::lower {
namespace {

void expect_apart(const std::vector<BufferLife>& buffers, const ArenaPlan& plan) {
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_GE(plan.offsets[i], 0);
    EXPECT_LE(plan.offsets[i] + buffers[i].bytes, plan.bytes);
    for (size_t j = 0; j < i; ++j) {
      if (buffers[i].last < buffers[j].first || buffers[j].last < buffers[i].first) continue;
      EXPECT_TRUE(plan.offsets[i] + buffers[i].bytes <= plan.offsets[j] ||
                  plan.offsets[j] + buffers[j].bytes <= plan.offsets[i])
          << i << " and " << j;
    }
  }
}

TEST(ArenaPlan, NothingTakesNothing) {
  const ArenaPlan plan = plan_arena({});
  EXPECT_EQ(plan.bytes, 0);
  EXPECT_EQ(plan.live_bytes, 0);
}

TEST(ArenaPlan, BuffersThatLiveOneAfterTheOtherShare) {
  const ArenaPlan plan = plan_arena({{64, 0, 1}, {128, 2, 3}, {64, 4, 5}});
  EXPECT_EQ(plan.bytes, 128);
  EXPECT_EQ(plan.live_bytes, 128);
}

TEST(ArenaPlan, TheMomentOfAnEndIsTheLivings) {
  const ArenaPlan plan = plan_arena({{64, 0, 1}, {64, 1, 2}});
  EXPECT_EQ(plan.bytes, 128);
}

TEST(ArenaPlan, EmptyBuffersTakeNothing) {
  const ArenaPlan plan = plan_arena({{0, 0, 9}, {64, 0, 9}, {0, 3, 3}});
  EXPECT_EQ(plan.bytes, 64);
}

// Lives that are nested as those of structured code are, or not at all.
TEST(ArenaPlan, RandomPlansAreApartAndNearTheBound) {
  std::mt19937 random(7);
  double taken = 0, bound = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<BufferLife> buffers(random() % 60 + 1);
    for (BufferLife& buffer : buffers) {
      buffer.bytes = 64 * static_cast<int64_t>(random() % 40);
      buffer.first = static_cast<int64_t>(random() % 100);
      buffer.last = buffer.first + static_cast<int64_t>(random() % 20);
    }
    const ArenaPlan plan = plan_arena(buffers);
    expect_apart(buffers, plan);
    EXPECT_GE(plan.bytes, plan.live_bytes);
    taken += static_cast<double>(plan.bytes);
    bound += static_cast<double>(plan.live_bytes);
  }
  EXPECT_LT(taken / bound, 1.1);
}

}  // namespace
}  // namespace fedc::lower
