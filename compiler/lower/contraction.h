// Sums of products with the sums in registers. (Inside compiler/lower.)
#ifndef COMPILER_LOWER_CONTRACTION_H_
#define COMPILER_LOWER_CONTRACTION_H_

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "compiler/lower/lowering.h"

namespace fedc::lower {

// Where the loops of a contraction are; null where one is not entered yet, or not there.
struct ContractionIndex {
  Values outer;
  mlir::Value row, column;
  Values contracted;
};

// For each index of the outer loops, the rows and the columns: the sum, over the contracted loops
// in order, of `left` times `right`. Columns are neighbours in the output.
struct Contraction {
  // A loop around rows and columns.
  struct Outer {
    mlir::OpFoldResult size;
    int64_t bound;
    bool moves_right;  // whether the right side's index follows it
  };
  // One contracted loop: of its `size`, at most `bound`, from the first up to the second of the
  // range (may be null: all); where the guard (may be null) does not hold, that step is left out.
  struct Step {
    mlir::OpFoldResult size;
    int64_t bound;
    std::function<std::pair<mlir::Value, mlir::Value>(const ContractionIndex&)> range;
    std::function<mlir::Value(const ContractionIndex&)> guard;
    // The range is another one for each row, neither bound of which grows with the row: what lies
    // outside of a row's is left out for that row. Of the last contracted loop only.
    bool range_by_row = false;
  };
  using Place = std::function<Values(const ContractionIndex&)>;

  mlir::Operation* op;  // of `local`, with one result
  mlir::Type element;   // signless
  std::vector<Outer> outer;
  std::optional<mlir::OpFoldResult> rows;
  int64_t row_bound = 1;
  int64_t columns = 1;
  std::vector<Step> contracted;
  mlir::Value left, right;             // tensors
  mlir::Value into;                    // the tensor that sums begin with; null: from +0
  Place at_left, at_right, at_output;  // indices
  // Whether neighbours in `right` are iterations of the last contracted loop, not columns.
  bool turned = false;
  // Whether neighbours in `left` are rows.
  bool rows_are_near = false;
};

// Maps the tensor of all sums; `shape` gives its sizes. Where the operation has an epilogue the
// results of that are mapped, and the sums only if they are among them: else nobody may ask.
void build_contraction(Lowering& lowering, mlir::Location loc, const Contraction& c,
                       const Lowered& shape);

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_CONTRACTION_H_
