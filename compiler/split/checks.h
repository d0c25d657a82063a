// What splitting adds to the user's code: range checks and remainders of integers that clients
// send, and the slices that keys select.
#ifndef FEDC_COMPILER_SPLIT_CHECKS_H_
#define FEDC_COMPILER_SPLIT_CHECKS_H_

#include <string>

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fedc::split {

// Builds `local` operations on integer tensors of static shape, at one location.
class FlatBuilder {
 public:
  FlatBuilder(mlir::OpBuilder& builder, mlir::Location loc) : b_(builder), loc_(loc) {}

  // Asserts that every element is between 0 and `most`; nothing where the type says so.
  void check_range(mlir::Value value, int64_t most, const std::string& message);
  mlir::Value to_int64(mlir::Value value);
  // The elements modulo `modulus` (at least 1), from 0 to `modulus` - 1, as int64.
  mlir::Value modulo(mlir::Value value, int64_t modulus);
  // What `slice` (of the database, then a key) yields for each of the keys, each leaf stacked.
  llvm::SmallVector<mlir::Value> rows(mlir::Value keys, mlir::Block& slice,
                                      mlir::ValueRange database);

 private:
  // A splat in the shape and element type of `like`.
  mlir::Value splat(mlir::Value like, int64_t value);

  mlir::OpBuilder& b_;
  mlir::Location loc_;
};

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_CHECKS_H_
