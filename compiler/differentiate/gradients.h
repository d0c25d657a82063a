// Gradients of values while reverse code is made. (Inside compiler/differentiate.)
#ifndef COMPILER_DIFFERENTIATE_GRADIENTS_H_
#define COMPILER_DIFFERENTIATE_GRADIENTS_H_

#include <functional>
#include <vector>

#include "dialects/local/Local.h"

namespace fedc {

// Of the values of one block and of those it uses from above.
//
// What a step of a loop uses from above has its gradients summed over the steps, in sums that the
// reverse loop carries: each product of two values of a step (`dot_general`) into a sum of its own,
// so that later the products of all steps can be one, the rest into one more. A sum goes on, in a
// loop inside of the step, from where it stands: sums do not depend on how loops are nested.
class Gradients {
 public:
  // A sum that a loop carries: `next` is what a step makes of `before`.
  struct Sum {
    mlir::Value of, before, next;
  };
  // Makes the argument of the loop's step for a sum of gradients of `of`.
  using Open = std::function<mlir::Value(mlir::Value of)>;

  Gradients() = default;
  // Gradients of `captures` go to sums, others are kept.
  Gradients(mlir::ValueRange captures, Open open)
      : captures_(captures.begin(), captures.end()), open_(std::move(open)) {}

  mlir::Value lookup(mlir::Value value) const { return gradients_.lookup(value); }

  // Adds `gradient` to that of `value`, in `value`'s type.
  void add(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value value, mlir::Value gradient) {
    gradient = local::makeCast(builder, loc, gradient, value.getType());
    if (is_summed(value) && gradient.getDefiningOp<local::DotGeneralOp>()) {
      mlir::Value before = open_(value);
      close(value, before, local::AddOp::create(builder, loc, before, gradient));
      return;
    }
    mlir::Value& sum = gradients_[value];
    sum = sum ? local::AddOp::create(builder, loc, sum, gradient) : gradient;
  }

  void forget(mlir::Value value) { gradients_.erase(value); }

  // A zero where no gradient has come.
  mlir::Value get(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value value) const {
    if (mlir::Value gradient = lookup(value)) return gradient;
    return local::makeSplatLike(builder, loc, value, 0.0);
  }

  // Whether gradients of this value go to sums, which then may go on elsewhere.
  bool is_summed(mlir::Value value) const { return captures_.contains(value); }
  mlir::Value open(mlir::Value value) const { return open_(value); }
  void close(mlir::Value of, mlir::Value before, mlir::Value next) {
    sums_.push_back({of, before, next});
  }

  // All sums, when all gradients have come.
  llvm::ArrayRef<Sum> sums(mlir::OpBuilder& builder, mlir::Location loc) {
    for (mlir::Value capture : captures_) {
      mlir::Value rest = lookup(capture);
      if (!rest) continue;
      mlir::Value before = open_(capture);
      close(capture, before, local::AddOp::create(builder, loc, before, rest));
      forget(capture);
    }
    return sums_;
  }

 private:
  llvm::DenseMap<mlir::Value, mlir::Value> gradients_;
  llvm::SetVector<mlir::Value> captures_;
  Open open_;
  std::vector<Sum> sums_;
};

}  // namespace fedc

#endif  // COMPILER_DIFFERENTIATE_GRADIENTS_H_
