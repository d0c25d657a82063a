// A copy of what a tile's columns of the right side of a contraction are. (Inside compiler/lower.)
#ifndef COMPILER_LOWER_PANEL_H_
#define COMPILER_LOWER_PANEL_H_

#include <cstdint>
#include <utility>

#include "compiler/lower/contraction.h"
#include "compiler/lower/tiles.h"

namespace fedc::lower {

// Iterations of the first contracted loop: from the first on, as many as the second; or all where
// null.
using StepBlock = std::pair<mlir::Value, mlir::Value>;

// Memory of `steps` rows of `columns` numbers: one row for each iteration of the contracted loops,
// in their order and as many as their bounds say. Neighbours in memory are columns, whatever they
// are in the right side.
class Panel {
 public:
  Panel(Lowering& lowering, mlir::Location loc, const Contraction& c, int64_t columns,
        int64_t lanes, int64_t steps);

  // Copies `count` columns from the first on of the block, at the outer indices of `at`.
  void fill(const ContractionIndex& at, StepBlock block, mlir::Value first, int64_t count);
  // A piece of the row of the contracted indices of `at`.
  mlir::Value read(const ContractionIndex& at, StepBlock block, Piece piece);

 private:
  // Code inside of loops over the contracted indices but the last, which gets that one's bounds.
  void over_steps(ContractionIndex& at, StepBlock block, size_t depth,
                  llvm::function_ref<void(mlir::Value low, mlir::Value high)> last);
  void loop(mlir::Value from, mlir::Value to, int64_t step,
            llvm::function_ref<void(mlir::Value)> body);
  // Turns `count` columns from `first` on of the steps from `low` up to `high`: squares as large as
  // fit, then one element at a time.
  void turn_all(ContractionIndex& at, StepBlock block, mlir::Value low, mlir::Value high,
                mlir::Value first, int64_t count,
                llvm::function_ref<void(mlir::Value step, mlir::Value column)> element);
  // `side` columns from `at.column` on of as many iterations of the last loop.
  void turn(const ContractionIndex& at, StepBlock block, int64_t column, int64_t side);
  // The number of a row.
  mlir::Value row(const ContractionIndex& at, StepBlock block);
  mlir::Value vector_at(const ContractionIndex& at, int64_t width);
  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value x, int64_t k);

  Lowering& l_;
  mlir::OpBuilder& b_;
  mlir::Location loc_;
  const Contraction& c_;
  int64_t lanes_;
  mlir::Value memory_;
};

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_PANEL_H_
