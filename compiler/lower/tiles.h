// How sums of products are cut into what registers and caches hold: numbers only, by target.
// (Inside compiler/lower.)
//
// A tile is a block of rows by a block of columns whose sums stay in registers. Around it there are
// loops in one of two orders: rows outside, where all of the right side stays in the innermost
// cache anyway; else columns outside, so that the part of the right side that a tile's columns
// read, a panel, is read by all rows while it is near. A panel that many tiles read is copied to
// memory of its own first, without gaps. Where a panel is too long, the contracted loop is cut into
// blocks, and the sums so far wait in the output: the order of additions is the same.
#ifndef COMPILER_LOWER_TILES_H_
#define COMPILER_LOWER_TILES_H_

#include <cstdint>

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace fedc::lower {

// What is chosen for a target.
struct TileProfile {
  const char* name;        // of the processors, as codegen's profiles have it
  int64_t register_bytes;  // of one vector
  int64_t sums;            // vectors of sums that fit beside what is multiplied
  int64_t rows;            // of a tile
  int64_t tail_rows;       // of the tiles at the end, some of which may repeat the last row
  int64_t near_bytes;      // of the right side that stay in the innermost cache
  int64_t panel_bytes;     // of a panel between partial sums
  bool fused = true;       // it multiplies and adds in one instruction and one rounding
  bool masks = false;      // it reads a part of a vector alone
  bool own_rest = true;    // columns that are left over are worth a tile of their own: its code
};

// The profile of a processor; the most general one where the name is not known.
const TileProfile& tile_profile(llvm::StringRef cpu);

// A contraction's sizes: each at most that.
struct ContractionShape {
  int64_t element_bytes = 4;
  int64_t rows = 1;
  bool rows_are_known = true;  // `rows` is exact
  int64_t columns = 1;
  // Products of a sum: `blocks` times `block_steps`, `blocks` being the length of the loop that can
  // be cut (1 if none can).
  int64_t blocks = 1, block_steps = 1;
  int64_t reuse = 1;           // the loops around the rows that read the same right side
  int64_t stride_bytes = 0;    // in the right side, between neighbours of the innermost step
  bool turned = false;         // neighbours in the right side are steps, not columns
  bool rows_are_near = false;  // neighbours in the left side are rows
  bool once = false;           // it is of use that no element of the output is written twice
};

// Columns in tiles of one width, and the rows of these tiles.
struct TilePart {
  int64_t from = 0, to = 0;  // the columns
  int64_t columns = 1;       // of a tile; the last one reaches back where they are not a multiple
  int64_t rows = 1;          // of a whole tile
  int64_t tail_rows = 0;     // of the others; 0: there are none

  bool overlaps() const { return (to - from) % columns != 0; }
};

struct TilePlan {
  int64_t rows = 1;       // of a whole tile
  int64_t tail_rows = 0;  // of the others; 0: there are none
  int64_t columns = 1;    // of a tile
  // All columns: tiles of those sizes, then what is left over where a tile of its own is better
  // than one of those that reaches back.
  llvm::SmallVector<TilePart, 2> parts;
  bool rows_outside = false;
  bool packs = false;
  // What is left of the columns shares registers with that of other rows: no lanes are idle. The
  // last tile of rows reaches back; there are no tail tiles.
  bool shares = false;
  int64_t block = 0;  // iterations of the loop that is cut between partial sums; 0: all
};

TilePlan plan_tiles(const TileProfile& profile, const ContractionShape& shape);

// How many rows whole tiles take; what is left is done by tail tiles, the last of which may repeat
// the last row. Whole tiles that tail tiles do in less time are left to them.
int64_t rows_of_whole_tiles(int64_t rows, int64_t whole, int64_t tail);
// For each remainder of the division of the rows by `whole`, two bits from the lowest ones on: how
// many whole tiles less than fit it is better to have, if so many fit.
uint64_t tiles_given_back(int64_t whole, int64_t tail);

// A vector of columns of a tile: where it begins and its width, a power of two. Vectors may
// overlap. Of the last `idle` of its lanes there are no columns.
struct Piece {
  int64_t at, width, idle = 0;
  bool operator==(const Piece&) const = default;
};
// The vectors of a tile of `columns`; `lanes` is the width of a register. None has idle lanes.
llvm::SmallVector<Piece> pieces_of(int64_t columns, int64_t lanes);

// A vector of sums of a tile: a piece of some neighbouring rows, one after the other.
struct Cell {
  int64_t row, rows;
  Piece piece;
  bool operator==(const Cell&) const = default;
};
// The vectors of a tile; where it `shares`, those narrower than a register have several rows. Where
// the target `masks`, columns that do not fill one register have one with idle lanes.
llvm::SmallVector<Cell> cells_of(int64_t rows, int64_t columns, int64_t lanes, bool shares,
                                 bool masks);

// What of a cell lies together in the output, without idle lanes, and at which lane it begins.
struct CellPart {
  Cell cell;
  int64_t lane;
};
llvm::SmallVector<CellPart> parts_of(const Cell& cell);

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_TILES_H_
