// Dot products with sums in registers. (Inside compiler/lower.)
#ifndef COMPILER_LOWER_CONTRACTION_H_
#define COMPILER_LOWER_CONTRACTION_H_

#include <utility>

#include "compiler/lower/lowering.h"

namespace fedc::lower {

// A contraction of float tensors as numbered loops. The columns are the last dimension of the right
// side and of the output, of static size.
struct Contraction {
  Lowered lhs, rhs;
  int64_t loops = 0;
  llvm::SmallVector<int64_t> in_lhs, in_rhs, out;  // the loop that each dimension follows
  llvm::SmallVector<std::pair<int64_t, mlir::OpFoldResult>> outer;       // loops with their sizes
  llvm::SmallVector<std::pair<int64_t, mlir::OpFoldResult>> contracted;  // the first outermost
  int64_t row = -1;  // the loop over rows of the left side, if any
  mlir::OpFoldResult row_size;
  int64_t column = 0;
  int64_t columns = 0;
};

// The tensor of all sums; `shape` gives its sizes.
mlir::Value build_contraction(Lowering& lowering, mlir::Location loc, const Contraction& c,
                              const Lowered& shape);

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_CONTRACTION_H_
