#include "compiler/lower/tiles.h"

#include <gtest/gtest.h>

namespace fedc::lower {
namespace {

TEST(Rows, TailTilesTakeWhatWholeOnesWouldWaste) {
  EXPECT_EQ(rows_of_whole_tiles(12, 6, 4), 12);
  EXPECT_EQ(rows_of_whole_tiles(10, 6, 4), 6);
  EXPECT_EQ(rows_of_whole_tiles(20, 6, 4), 12);  // and two of four
  EXPECT_EQ(rows_of_whole_tiles(8, 6, 4), 0);
  EXPECT_EQ(rows_of_whole_tiles(3, 6, 4), 0);
}

TEST(Rows, WholeTilesAreGivenBackUntilNoRowIsRepeated) {
  EXPECT_EQ(rows_of_whole_tiles(784, 10, 6), 760);  // and four of six
  EXPECT_EQ(rows_of_whole_tiles(784, 12, 8), 768);
  EXPECT_EQ(rows_of_whole_tiles(14, 10, 6), 10);  // there is only one
}

TEST(Rows, AtRunTimeTheSame) {
  for (auto [whole, tail] :
       {std::pair(6, 4), std::pair(10, 6), std::pair(4, 3), std::pair(12, 8)}) {
    uint64_t table = tiles_given_back(whole, tail);
    for (int64_t rows = 0; rows < 100; ++rows) {
      int64_t covered = rows - rows % whole;
      int64_t back = (table >> (2 * (rows % whole)) & 3) * whole;
      if (back <= covered) covered -= back;
      EXPECT_EQ(covered, rows_of_whole_tiles(rows, whole, tail)) << rows;
    }
  }
}

TEST(Pieces, CoverEachColumnWithPowersOfTwo) {
  for (int64_t lanes : {2, 4, 8, 16}) {
    for (int64_t columns = 1; columns <= 64; ++columns) {
      std::vector<bool> covered(columns);
      for (Piece piece : pieces_of(columns, lanes)) {
        EXPECT_EQ(piece.width & (piece.width - 1), 0);
        ASSERT_LE(piece.at + piece.width, columns);
        for (int64_t i = 0; i < piece.width; ++i) covered[piece.at + i] = true;
      }
      for (bool c : covered) EXPECT_TRUE(c) << columns << " by " << lanes;
    }
  }
}

TEST(Pieces, ReachBackRatherThanBeShort) {
  EXPECT_EQ(pieces_of(10, 8), (llvm::SmallVector<Piece>{{0, 8}, {2, 8}}));
  EXPECT_EQ(pieces_of(16, 8), (llvm::SmallVector<Piece>{{0, 16}}));
  EXPECT_EQ(pieces_of(7, 8), (llvm::SmallVector<Piece>{{0, 4}, {3, 4}}));
  EXPECT_EQ(pieces_of(10, 16), (llvm::SmallVector<Piece>{{0, 8}, {2, 8}}));
}

ContractionShape product(int64_t m, int64_t k, int64_t n) {
  ContractionShape shape;
  shape.rows = m;
  shape.blocks = k;
  shape.columns = n;
  return shape;
}

const TileProfile& avx2() { return tile_profile("x86-64-v3"); }

TEST(Plan, SmallRightSideStaysNear) {
  TilePlan plan = plan_tiles(avx2(), product(784, 20, 200));
  EXPECT_TRUE(plan.rows_outside);
  EXPECT_FALSE(plan.packs);
  EXPECT_EQ(plan.block, 0);
  EXPECT_EQ(plan.rows, 6);
  EXPECT_EQ(plan.columns, 16);
}

TEST(Plan, LongSumsAreCutEvenly) {
  TilePlan plan = plan_tiles(avx2(), product(10, 3136, 512));
  EXPECT_FALSE(plan.rows_outside);
  EXPECT_EQ(plan.block, 448);
  EXPECT_FALSE(plan.packs);  // two tiles of rows do not pay for a copy
}

TEST(Plan, ManyTilesSharePanels) { EXPECT_TRUE(plan_tiles(avx2(), product(512, 512, 512)).packs); }

ContractionShape gradient(int64_t m, int64_t k, int64_t n) {
  ContractionShape shape = product(m, k, n);
  shape.rows_are_near = true;
  return shape;
}

TEST(Plan, NarrowColumnsShareRegisters) {
  TilePlan plan = plan_tiles(avx2(), gradient(784, 20, 10));
  EXPECT_TRUE(plan.shares);
  EXPECT_EQ(plan.rows, 8);  // ten registers of sums, none with idle lanes
  EXPECT_EQ(plan.columns, 10);
  EXPECT_EQ(plan.tail_rows, 0);
  // Whole registers, rows that lie apart and too few of them do not.
  EXPECT_FALSE(plan_tiles(avx2(), gradient(784, 20, 200)).shares);
  EXPECT_FALSE(plan_tiles(avx2(), product(784, 20, 10)).shares);
  EXPECT_FALSE(plan_tiles(avx2(), gradient(3, 20, 10)).shares);
  // An odd column shares with those of a whole register of rows, of which there are too many.
  EXPECT_FALSE(plan_tiles(avx2(), gradient(784, 20, 15)).shares);
}

TEST(Cells, AreFullWhereTheyShare) {
  for (int64_t lanes : {4, 8, 16}) {
    for (int64_t columns = 1; columns < 3 * lanes; ++columns) {
      ContractionShape shape = gradient(784, 20, columns);
      TileProfile profile = avx2();
      profile.register_bytes = 4 * lanes;
      TilePlan plan = plan_tiles(profile, shape);
      if (!plan.shares) continue;
      std::vector<int> sums(plan.rows * columns);
      auto cells = cells_of(plan.rows, columns, lanes, true, false);
      int64_t registers = 0;
      for (const Cell& cell : cells) {
        EXPECT_EQ(cell.rows * cell.piece.width % lanes, 0) << columns << " by " << lanes;
        registers += cell.rows * cell.piece.width / lanes;
        for (int64_t r = 0; r < cell.rows; ++r)
          for (int64_t c = 0; c < cell.piece.width; ++c)
            ++sums.at((cell.row + r) * columns + cell.piece.at + c);
      }
      EXPECT_LE(registers, profile.sums);
      for (int times : sums) EXPECT_EQ(times, 1) << columns << " by " << lanes;
    }
  }
}

TEST(Cells, AreOneRegisterWithIdleLanesWhereTheTargetMasks) {
  EXPECT_EQ(cells_of(1, 10, 16, false, true), (llvm::SmallVector<Cell>{{0, 1, {0, 16, 6}}}));
  EXPECT_EQ(cells_of(1, 8, 16, false, true), (llvm::SmallVector<Cell>{{0, 1, {0, 8}}}));
  EXPECT_EQ(cells_of(1, 20, 16, false, true),
            (llvm::SmallVector<Cell>{{0, 1, {0, 16}}, {0, 1, {4, 16}}}));
}

TEST(Cells, HavePartsWithoutIdleLanes) {
  auto parts = parts_of({4, 1, {0, 16, 6}});
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].cell, (Cell{4, 1, {0, 8}}));
  EXPECT_EQ(parts[1].cell, (Cell{4, 1, {8, 2}}));
  EXPECT_EQ(parts[1].lane, 8);
  parts = parts_of({4, 2, {8, 2}});
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].cell, (Cell{5, 1, {8, 2}}));
  EXPECT_EQ(parts[1].lane, 2);
}

TEST(Plan, FewRowsHaveWideTiles) {
  EXPECT_EQ(plan_tiles(avx2(), product(1, 100, 64)).columns, 64);
  EXPECT_EQ(plan_tiles(avx2(), product(3, 100, 64)).columns, 32);
  EXPECT_EQ(plan_tiles(avx2(), product(3, 100, 64)).rows, 3);
}

TEST(Plan, ColumnsThatAreLeftOverHaveATileOfTheirOwn) {
  auto parts = plan_tiles(avx2(), product(20, 784, 200)).parts;
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].to, 192);
  EXPECT_EQ(parts[1].from, 192);
  EXPECT_EQ(parts[1].columns, 8);
  EXPECT_EQ(parts[1].rows, 12);  // of one register: six sums would wait for each other
  EXPECT_EQ(parts[1].tail_rows, 8);
  // One register that reaches back, rather than two that are half empty.
  parts = plan_tiles(avx2(), product(20, 784, 199)).parts;
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].from, 191);
  // A whole tile that reaches back takes no more time ...
  EXPECT_EQ(plan_tiles(avx2(), product(20, 784, 204)).parts.size(), 1u);
  // ... but writes some columns twice.
  ContractionShape shape = product(20, 784, 204);
  shape.once = true;
  parts = plan_tiles(avx2(), shape).parts;
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].from, 192);
  EXPECT_EQ(parts[1].columns, 12);
  // Few products are not worth the code.
  EXPECT_EQ(plan_tiles(avx2(), product(4, 10, 200)).parts.size(), 1u);
}

TEST(Plan, PartsCoverAllColumns) {
  for (const char* cpu : {"x86-64-v3", "x86-64-v4", "armv8-a", "wasm32"}) {
    for (bool once : {false, true}) {
      for (int64_t rows : {1, 3, 20, 784}) {
        for (int64_t columns = 1; columns < 200; ++columns) {
          ContractionShape shape = product(rows, 100, columns);
          shape.once = once;
          int64_t done = 0;
          for (const TilePart& part : plan_tiles(tile_profile(cpu), shape).parts) {
            EXPECT_LE(part.from, done);
            EXPECT_GE(part.to - part.from, part.columns);
            done = part.to;
          }
          EXPECT_EQ(done, columns);
        }
      }
    }
  }
}

TEST(Plan, FewRowsAreOneTile) {
  TilePlan plan = plan_tiles(avx2(), product(5, 784, 32));
  EXPECT_EQ(plan.rows, 5);
  EXPECT_EQ(plan.tail_rows, 0);
  EXPECT_EQ(plan.columns, 16);
}

TEST(Plan, TilesOfOneSizeRatherThanTwo) {
  for (bool known : {true, false}) {
    ContractionShape shape = product(20, 784, 192);
    shape.rows_are_known = known;
    TilePlan plan = plan_tiles(avx2(), shape);
    EXPECT_EQ(plan.rows, 5);
    EXPECT_EQ(plan.tail_rows, known ? 0 : 4);
    EXPECT_EQ(plan.columns, 16);
  }
  EXPECT_EQ(plan_tiles(tile_profile("x86-64-v4"), product(32, 784, 192)).rows, 8);
  TilePlan plan = plan_tiles(avx2(), product(22, 784, 192));  // 2 x 11: 3 x 6 + 4
  EXPECT_EQ(plan.rows, 6);
  EXPECT_EQ(plan.tail_rows, 4);
}

TEST(Plan, FewRowsAtMostAreATailTile) {
  ContractionShape shape = product(3, 784, 192);
  shape.rows_are_known = false;
  TilePlan plan = plan_tiles(avx2(), shape);
  EXPECT_GT(plan.rows, 3);
  EXPECT_EQ(plan.tail_rows, 4);
}

TEST(Plan, NothingToAdd) {
  EXPECT_EQ(plan_tiles(avx2(), product(0, 0, 1)).block, 0);
  ContractionShape shape = product(4, 0, 20);
  shape.turned = true;
  EXPECT_TRUE(plan_tiles(avx2(), shape).packs);
}

TEST(Profile, ANameThatIsNotKnownHasTheFirst) { EXPECT_STREQ(tile_profile("").name, "x86-64-v3"); }

}  // namespace
}  // namespace fedc::lower
