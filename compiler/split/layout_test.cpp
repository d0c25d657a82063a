#include "compiler/split/layout.h"

#include <limits>

#include "gtest/gtest.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::split {
namespace {

LeafType leaf(uint32_t element, std::vector<LeafType::Dim> dims = {}) {
  return LeafType{element, std::move(dims)};
}

TEST(Layout, EmptySpaceTakesNothing) {
  auto layout = lay_out({});
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->bytes, 0u);
}

TEST(Layout, LeavesAreAligned) {
  std::vector<LeafType> leaves = {leaf(FED_BOOL), leaf(FED_FLOAT32, {{784}, {10}}),
                                  leaf(FED_INT64)};
  auto layout = lay_out(leaves);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->leaves[0].offset, 0u);
  EXPECT_EQ(layout->leaves[0].bytes, 1u);
  EXPECT_EQ(layout->leaves[1].offset, 64u);
  EXPECT_EQ(layout->leaves[1].bytes, 31360u);
  EXPECT_EQ(layout->leaves[2].offset, 64u + 31360u);
  EXPECT_EQ(layout->bytes, 64u + 31360u + 64u);
}

TEST(Layout, UnknownDimensionsComeFirst) {
  std::vector<LeafType> leaves = {leaf(FED_INT8), leaf(FED_FLOAT32, {{32, true}, {784}, {3, true}}),
                                  leaf(FED_INT8)};
  auto layout = lay_out(leaves);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->leaves[1].dims_offset, 64u);
  EXPECT_EQ(layout->leaves[1].offset, 128u);
  EXPECT_EQ(layout->leaves[1].bytes, 32u * 784 * 3 * 4);
  EXPECT_EQ(layout->leaves[2].offset, 128u + 32 * 784 * 3 * 4);
  EXPECT_EQ(leaves[1].unknown_dims(), 2u);
}

TEST(Layout, EveryElementTypeHasASize) {
  for (uint32_t element = FED_BOOL; element <= FED_FLOAT64; ++element) {
    EXPECT_GT(element_bytes(element), 0u) << element;
  }
  EXPECT_EQ(element_bytes(0), 0u);
  EXPECT_EQ(element_bytes(FED_FLOAT64 + 1), 0u);
}

TEST(Layout, EmptyTensorsTakeNoData) {
  const int64_t huge = std::numeric_limits<int64_t>::max();
  std::vector<LeafType> leaves = {leaf(FED_FLOAT32, {{huge}, {0}}), leaf(FED_FLOAT32, {{0, true}}),
                                  leaf(FED_INT8)};
  auto layout = lay_out(leaves);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->leaves[0].bytes, 0u);
  EXPECT_EQ(layout->leaves[1].dims_offset, 0u);
  EXPECT_EQ(layout->leaves[1].offset, 64u);
  EXPECT_EQ(layout->leaves[2].offset, 64u);
}

TEST(Layout, TooLargeIsRefused) {
  const int64_t huge = std::numeric_limits<int64_t>::max();
  EXPECT_FALSE(leaf_bytes(leaf(FED_FLOAT64, {{huge}})));
  EXPECT_FALSE(leaf_bytes(leaf(FED_INT8, {{int64_t{1} << 40}, {2}})));
  EXPECT_FALSE(leaf_bytes(leaf(FED_INT8, {{-1}})));
  EXPECT_TRUE(leaf_bytes(leaf(FED_INT8, {{int64_t{1} << 40}})));
  std::vector<LeafType> leaves(3, leaf(FED_INT8, {{int64_t{1} << 39}}));
  EXPECT_FALSE(lay_out(leaves));
  EXPECT_FALSE(lay_out(std::vector<LeafType>{leaf(99)}));
}

TEST(Layout, FootprintIsWhatALeafAddsToALayout) {
  LeafType bounded = leaf(FED_FLOAT32, {{5, true}});
  EXPECT_EQ(leaf_footprint(bounded), 128u);
  EXPECT_EQ(lay_out(std::vector<LeafType>{bounded})->bytes, 128u);
}

}  // namespace
}  // namespace fedc::split
