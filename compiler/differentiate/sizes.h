// Which sizes of dimensions are equal, as far as the code says. (Inside compiler/differentiate.)
#ifndef COMPILER_DIFFERENTIATE_SIZES_H_
#define COMPILER_DIFFERENTIATE_SIZES_H_

#include "dialects/local/Local.h"

namespace fedc {

// Each unknown dimension has a root: the size that it comes from. Dimensions of one root are of one
// size wherever no check has failed. A root of a dimension of static size is that size.
//
// A state of a loop has the root of what the loop begins with where every step gives it back in the
// size that it had. That is assumed of all states of all loops at first, and no longer of those
// that turn out otherwise under what is assumed, until none does: loops in loops, and states that
// take their sizes from each other, are no case of their own.
class SizeRoots {
 public:
  // The size is dimension `dim` of `value`; or `value` itself, an i64 scalar, where `dim` is
  // SizeSource::kItself; or `dim` where there is no value.
  using Root = local::SizeSource;

  // The loops of the region are looked at, and nothing outside of it.
  void look_at(mlir::Region& region);
  // Besides: dimension `dim` of `tensor` has this root.
  void say(mlir::Value tensor, int64_t dim, Root root) { said_[{tensor, dim}] = root; }
  void take_back(mlir::Value tensor);

  Root root(mlir::Value tensor, int64_t dim) const;
  // Whether no step of the loop, which was looked at, changes the size of a state's dimension.
  bool keeps(local::FoldOp loop, size_t state, int64_t dim) const;

  bool is_outside(mlir::Value tensor, int64_t dim, mlir::Region& region) const;
  // The size as a value, or null where its root is within `region`. Builds at `builder`, which must
  // be where whatever is outside of the region can be read.
  mlir::Value outside(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value tensor, int64_t dim,
                      mlir::Region& region) const;

  // Whether the type, or one of an operation's in the region, leaves a dimension open.
  static bool is_open(mlir::Type type);
  static bool has_open(mlir::Region& region);

 private:
  // The value that the size of a state, result or row of a loop comes from.
  local::SizeSource source_of(mlir::Value tensor, int64_t dim) const;

  // Of loops that were looked at: the states' dimensions that steps change.
  llvm::DenseMap<mlir::Operation*, llvm::SmallVector<llvm::SmallDenseSet<int64_t, 2>>> changed_;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, Root> said_;
};

}  // namespace fedc

#endif  // COMPILER_DIFFERENTIATE_SIZES_H_
