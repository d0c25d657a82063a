// What loops carry from one step to the next. (Inside compiler/lower.)
#ifndef COMPILER_LOWER_CARRIED_H_
#define COMPILER_LOWER_CARRIED_H_

#include "compiler/lower/lowering.h"

namespace fedc::lower {

// Values of `local` across the iterations of a loop. Scalars are carried as they are. A tensor
// lives in two buffers, one read and one written, which change places after each step: no iteration
// overwrites what it still reads. `state` below is all that the loop carries, as `begin` gave it.
class Carried {
 public:
  // Storage for values of these types; `state()` begins as `init`.
  static mlir::FailureOr<Carried> begin(Lowering& lowering, mlir::Location loc,
                                        mlir::ValueRange init, mlir::TypeRange types);
  const Values& state() const { return state_; }
  // Makes `values` (arguments of the body, or the loop's results) what `state` holds.
  void load(Lowering& lowering, mlir::Location loc, mlir::ValueRange values,
            mlir::ValueRange state) const;
  // Lets what the body will yield be computed where `store` will put it, or where the body's
  // argument is.
  void offer(Lowering& lowering, mlir::ValueRange yielded, mlir::ValueRange arguments,
             mlir::ValueRange state) const;
  // Stores what the body yields; gives the state of the next step.
  Values store(Lowering& lowering, mlir::Location loc, mlir::ValueRange yielded,
               mlir::ValueRange state) const;

 private:
  llvm::SmallVector<Home> homes_;
  Values state_;  // per leaf: the scalar, or both buffers and the unknown sizes
};

// What the steps of a loop note: memory with a row for each, 0 where no step comes.
class Notes {
 public:
  static mlir::FailureOr<Notes> begin(Lowering& lowering, mlir::Location loc,
                                      mlir::TypeRange types);
  // Step `i`, an index, notes these.
  void write(Lowering& lowering, mlir::Location loc, mlir::ValueRange yielded, mlir::Value i) const;
  // Makes the loop's `results` what was noted.
  void load(Lowering& lowering, mlir::Location loc, mlir::ValueRange results);

 private:
  Values memory_;
  llvm::SmallVector<Lowered> shapes_;
};

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_CARRIED_H_
