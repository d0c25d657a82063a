// Reverse code of a block: reverse.cpp, and of loops: folds.cpp. (Inside compiler/differentiate.)
#ifndef COMPILER_DIFFERENTIATE_REVERSE_H_
#define COMPILER_DIFFERENTIATE_REVERSE_H_

#include "compiler/differentiate/gradients.h"
#include "compiler/differentiate/sizes.h"

namespace fedc {

// Whether a gradient may flow through values of this type. Sequences of floats do not take one, but
// they are followed, so that a use of one is found and refused.
bool carries_gradient(mlir::Type type);

// Whether it is a tensor whose unknown dimensions have bounds: what a loop may note.
bool is_bounded(mlir::Type type);

// An i64 scalar, as counts and sizes are.
mlir::RankedTensorType number_type(mlir::Builder& builder);
mlir::Value number(mlir::OpBuilder& builder, mlir::Location loc, int64_t value);
// The type of a row of a tensor.
mlir::RankedTensorType row_of(mlir::Type type);

// What the forward code did is not done again where the reverse code repeats that.
bool was_done(mlir::Operation& op);

// Of the reverse loops inside: a step that adds a product to a sum makes it go on with that sum's
// terms. (What a program adds up itself is rounded as it is written.) Here, and not when code has
// been simplified, so that it does not depend on what else that is the same as what.
void add_products_into_sums(mlir::Operation* root);

class Reverse {
 public:
  // The reverse of a loop stores what it needs where that is at most so many bytes.
  explicit Reverse(int64_t most_stored) : most_stored_(most_stored) {}

  void activate(mlir::Value value) { active_.insert(value); }

  // Marks what depends on an active value, in order.
  void propagate(mlir::Block& block);

  // Inserts, at `builder`'s place, code that carries `gradients` from the results of the block's
  // operations to their operands.
  mlir::LogicalResult run(mlir::OpBuilder& builder, mlir::Block& block, Gradients& gradients);

 private:
  // Of the reverse of a loop, before there is a place for it; see folds.cpp.
  struct Step;

  void propagate_one(mlir::Operation* op);
  mlir::Operation* fold_over_elements(local::SequenceReduceOp op);
  void propagate_through(local::FoldOp op);
  bool uses_active(mlir::Operation& op) const;
  // The values from above that the regions use and through which gradients flow.
  llvm::SetVector<mlir::Value> active_captures(mlir::Operation* op) const;

  mlir::LogicalResult visit(mlir::OpBuilder& builder, mlir::Operation* op, Gradients& gradients);
  mlir::LogicalResult visit_if(mlir::OpBuilder& builder, local::IfOp op,
                               llvm::ArrayRef<mlir::Value> of_results, Gradients& gradients);
  mlir::LogicalResult visit_custom(mlir::OpBuilder& builder, local::CustomGradientOp op,
                                   llvm::ArrayRef<mlir::Value> of_results, Gradients& gradients);

  mlir::LogicalResult visit_fold(mlir::OpBuilder& builder, local::FoldOp op,
                                 llvm::ArrayRef<mlir::Value> of_results, Gradients& gradients);
  mlir::LogicalResult make_step(local::FoldOp op, llvm::ArrayRef<mlir::Value> of_results,
                                Step& step);
  // Sizes in and around the loop.
  SizeRoots sizes_around(local::FoldOp op) const;
  void say_sizes(local::FoldOp op, Step& step, const SizeRoots& roots);
  void find_sizes(local::FoldOp op, Step& step);
  llvm::SmallVector<size_t> strip_forward(Step& step, size_t states);
  // Puts both loops in the place of `op`. With `segment`, the steps of which are segments of so
  // many, only states are stored.
  mlir::LogicalResult finish(mlir::OpBuilder& builder, local::FoldOp op, Step& step,
                             llvm::ArrayRef<mlir::Value> of_results, int64_t segment,
                             Gradients& gradients);
  // `to` takes the place of `from`, which is erased.
  void replace(mlir::Operation* from, mlir::ValueRange to, Gradients& gradients);
  // Nothing of it is active any more: other values may come to stand in its memory.
  void erase(mlir::Operation* op);
  void forget(mlir::Region& region);

  const int64_t most_stored_;
  llvm::DenseSet<mlir::Value> active_;
  SizeRoots said_;  // of the arguments of steps that are made
};

// The loop as a loop over segments of steps, in each of which a loop makes its steps; what stands
// behind it gives its results. Every segment but the last has `segment` steps.
struct Segmented {
  local::FoldOp outer;
  llvm::SmallVector<mlir::Operation*> made;  // the loop, and whatever a gradient may flow through
  llvm::SmallVector<mlir::Value> results;
};
Segmented cut_into_segments(local::FoldOp op, int64_t segment);
// How many steps a segment has, of a loop of at most so many: about the square root, so that the
// states before all segments and what the steps of one need are about as much; a divisor where one
// is near.
int64_t segment_of(int64_t steps);

}  // namespace fedc

#endif  // COMPILER_DIFFERENTIATE_REVERSE_H_
