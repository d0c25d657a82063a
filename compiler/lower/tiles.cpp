#include "compiler/lower/tiles.h"

#include <algorithm>
#include <cassert>

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

namespace fedc::lower {
namespace {

// As measured (docs/decisions/0010-tiles.md). Of the 16 registers of AVX2 12 hold sums, 2 the right
// side and one the left; of the 32 of NEON 24, 4 and up to 4; of the 32 of AVX-512 20, 2 and none
// (a product takes its left side from memory).
constexpr TileProfile kProfiles[] = {
    {"x86-64-v3", 32, 12, 6, 4, 24 << 10, 32 << 10},
    {"x86-64-v4", 64, 24, 10, 6, 24 << 10, 64 << 10, true, true},
    // Devices that carry the code: it is to be small.
    {"armv8-a", 16, 24, 6, 4, 24 << 10, 32 << 10, true, false, false},
    // Of WebAssembly only the width is known: engines have at least the 16 registers of SSE.
    {"wasm32", 16, 8, 4, 4, 24 << 10, 32 << 10, false},
};

// The powers of two that columns are, largest first.
llvm::SmallVector<Piece> binary_pieces(int64_t columns) {
  llvm::SmallVector<Piece> pieces;
  for (int64_t at = 0; at < columns;) {
    int64_t width = llvm::bit_floor(static_cast<uint64_t>(columns - at));
    pieces.push_back({at, width});
    at += width;
  }
  return pieces;
}

// The rows of a tile that shares registers, all full; 0 where it would not be better.
int64_t rows_that_share(const TileProfile& profile, const ContractionShape& shape, int64_t lanes) {
  int64_t rest = shape.columns % lanes;
  if (rest == 0 || !shape.rows_are_near || !shape.rows_are_known || shape.turned) return 0;
  int64_t narrowest = rest & -rest;
  int64_t group = lanes / narrowest;
  int64_t rows = profile.sums * lanes / shape.columns / group * group;
  rows = std::min(rows, shape.rows / group * group);
  return rows >= profile.tail_rows ? rows : 0;
}

// Sums that hide the latency of their additions: four cycles, two at once.
constexpr int64_t kChains = 8;
// Products of a column, at least, for code of its own for columns that are left over.
constexpr int64_t kOwnTile = 128;

// Rows that tail tiles do beyond those that there are, where they do `rows`.
int64_t repeated(int64_t rows, int64_t tail) { return llvm::divideCeil(rows, tail) * tail - rows; }

// The whole tiles that are given back where `rest` rows are left over.
int64_t given_back(int64_t rest, int64_t whole, int64_t tail) {
  int64_t best = 0;
  for (int64_t tiles = 1; tiles <= 3; ++tiles)
    if (repeated(rest + tiles * whole, tail) < repeated(rest + best * whole, tail)) best = tiles;
  return best;
}

// Rows of tiles, and of tail tiles, of so many registers of columns that rows of the profile's
// tiles would be too few for.
TilePart rest_part(const TileProfile& profile, const ContractionShape& shape, int64_t registers) {
  TilePart part;
  const int64_t most = profile.sums / registers;
  if (shape.rows_are_known && shape.rows <= most) {
    part.rows = std::max<int64_t>(shape.rows, 1);
    return part;
  }
  part.rows = profile.rows * registers < kChains ? most : profile.rows;
  part.tail_rows = std::min<int64_t>(part.rows, llvm::divideCeil(kChains, registers));
  if (shape.rows_are_known &&
      rows_of_whole_tiles(shape.rows, part.rows, part.tail_rows) == shape.rows)
    part.tail_rows = 0;
  return part;
}

// Rows of whole tiles.
int64_t rows_of_tile(const TileProfile& profile, const ContractionShape& shape) {
  // One of the tail has them all, and most of the time some twice.
  if (!shape.rows_are_known && shape.rows <= profile.tail_rows) return profile.rows;
  if (shape.rows <= profile.rows) return std::max<int64_t>(shape.rows, 1);
  // Tiles of one size rather than two. Of rows that are not known there are most of the time as
  // many as there can be: all batches are full but the last.
  for (int64_t even = profile.rows; even > profile.tail_rows; --even)
    if (shape.rows % even == 0) return even;
  return profile.rows;
}

// The plan's tiles, and one of its own for the columns that are left over.
void divide_columns(const TileProfile& profile, const ContractionShape& shape, TilePlan& plan) {
  TilePart all{0, shape.columns, plan.columns, plan.rows, plan.tail_rows};
  all.columns = std::max<int64_t>(1, std::min(all.columns, shape.columns));
  const int64_t rest = shape.columns % all.columns;
  const int64_t depth = shape.blocks * shape.block_steps;
  if (rest && !plan.shares && profile.own_rest && depth * shape.rows * shape.reuse >= kOwnTile) {
    const int64_t lanes = profile.register_bytes / shape.element_bytes;
    const int64_t registers = llvm::divideCeil(rest, lanes);
    int64_t taken = 0;  // registers, if it does not reach back
    for (const Cell& cell : cells_of(1, rest, lanes, false, profile.masks))
      taken += llvm::divideCeil(cell.piece.width, lanes);
    const bool is_less = registers * lanes < all.columns;
    const bool is_exact = taken == registers || (shape.once && taken * lanes <= all.columns);
    if (is_less || (shape.once && is_exact)) {
      TilePart last = rest_part(profile, shape, is_exact ? taken : registers);
      last.columns = is_exact ? rest : registers * lanes;
      last.to = shape.columns;
      last.from = last.to - last.columns;
      all.to -= rest;
      plan.parts = {all, last};
      return;
    }
  }
  plan.parts = {all};
}

}  // namespace

const TileProfile& tile_profile(llvm::StringRef cpu) {
  for (const TileProfile& profile : kProfiles)
    if (cpu == profile.name) return profile;
  return kProfiles[0];
}

int64_t rows_of_whole_tiles(int64_t rows, int64_t whole, int64_t tail) {
  int64_t rest = rows % whole, back = given_back(rest, whole, tail) * whole;
  return rows - rest - (back <= rows - rest ? back : 0);
}

uint64_t tiles_given_back(int64_t whole, int64_t tail) {
  assert(whole <= 32);
  uint64_t table = 0;
  for (int64_t rest = 0; rest < whole; ++rest)
    table |= static_cast<uint64_t>(given_back(rest, whole, tail)) << (2 * rest);
  return table;
}

llvm::SmallVector<Piece> pieces_of(int64_t columns, int64_t lanes) {
  llvm::SmallVector<Piece> pieces;
  for (int64_t at = 0; at < columns;) {
    uint64_t rest = columns - at;
    int64_t width = llvm::bit_floor(rest);
    // One vector that reaches back, rather than several or one that fills less of a register than
    // it could.
    int64_t most = std::min<int64_t>(lanes, llvm::bit_floor(static_cast<uint64_t>(columns)));
    int64_t reaching = std::max<int64_t>(most, llvm::bit_ceil(rest));
    if (at > 0 && (width != columns - at || width < most) && reaching <= columns) {
      at = columns - reaching;
      width = reaching;
    }
    pieces.push_back({at, width});
    at += width;
  }
  return pieces;
}

llvm::SmallVector<Cell> cells_of(int64_t rows, int64_t columns, int64_t lanes, bool shares,
                                 bool masks) {
  llvm::SmallVector<Cell> cells;
  auto pieces = shares ? binary_pieces(columns) : pieces_of(columns, lanes);
  if (!shares && masks && columns < lanes && pieces.size() > 1) {
    int64_t width = llvm::bit_ceil(static_cast<uint64_t>(columns));
    pieces = {{0, width, width - columns}};
  }
  for (int64_t row = 0; row < rows; ++row) {
    for (Piece piece : pieces) {
      int64_t group = shares ? std::max<int64_t>(1, lanes / piece.width) : 1;
      if (row % group == 0) cells.push_back({row, group, piece});
    }
  }
  return cells;
}

llvm::SmallVector<CellPart> parts_of(const Cell& cell) {
  llvm::SmallVector<CellPart> parts;
  const Piece& whole = cell.piece;
  for (int64_t i = 0; i < cell.rows; ++i)
    for (Piece piece : binary_pieces(whole.width - whole.idle))
      parts.push_back(
          {{cell.row + i, 1, {whole.at + piece.at, piece.width}}, i * whole.width + piece.at});
  return parts;
}

TilePlan plan_tiles(const TileProfile& profile, const ContractionShape& shape) {
  TilePlan plan;
  int64_t lanes = profile.register_bytes / shape.element_bytes;
  int64_t rows = rows_of_tile(profile, shape);
  plan.rows = rows;
  if (!shape.rows_are_known || shape.rows % rows != 0) plan.tail_rows = profile.tail_rows;
  plan.columns = lanes * llvm::bit_floor(static_cast<uint64_t>(profile.sums / rows));

  if (int64_t sharing = rows_that_share(profile, shape, lanes)) {
    plan.shares = true;
    plan.rows = rows = sharing;
    plan.tail_rows = 0;
    plan.columns = shape.columns;
  }
  divide_columns(profile, shape, plan);

  int64_t depth = shape.blocks * shape.block_steps;
  int64_t right_bytes = depth * shape.columns * shape.element_bytes;
  int64_t tiles = llvm::divideCeil(shape.rows, rows) * shape.reuse;
  plan.packs = shape.turned || (depth > 1 && right_bytes > profile.near_bytes && tiles >= 8);
  plan.rows_outside = !shape.turned && right_bytes <= profile.near_bytes;
  if (plan.rows_outside || plan.shares || shape.blocks == 1) return plan;
  // Partial sums cost a load and a store of the tile: worth it where a panel is more than twice
  // what should stay near.
  int64_t iteration_bytes =
      std::max<int64_t>(1, shape.block_steps) * plan.columns * shape.element_bytes;
  int64_t block = std::max<int64_t>(1, profile.panel_bytes / iteration_bytes);
  if (shape.blocks > 2 * block)
    plan.block = llvm::divideCeil(shape.blocks, llvm::divideCeil(shape.blocks, block));
  return plan;
}

}  // namespace fedc::lower
