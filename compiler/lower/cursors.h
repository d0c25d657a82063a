// What stages of sequences share. (Inside compiler/lower.)
#ifndef COMPILER_LOWER_CURSORS_H_
#define COMPILER_LOWER_CURSORS_H_

#include <cstdint>
#include <memory>

#include "compiler/lower/lowering.h"

namespace fedc::lower {

mlir::Value i32(mlir::OpBuilder& b, mlir::Location loc, int64_t value);
mlir::Value i64(mlir::OpBuilder& b, mlir::Location loc, int64_t value);
// Whether the integer is `value`.
mlir::Value is(mlir::OpBuilder& b, mlir::Location loc, mlir::Value x, int64_t value);

// Builds `scf.if condition -> (status, state...)` around code written at the lowering's builder.
// A branch returns its status and replaces the state it was given.
mlir::Value branch(Lowering& l, mlir::Location loc, mlir::Value condition, Values& state,
                   llvm::function_ref<mlir::Value(Values&)> then,
                   llvm::function_ref<mlir::Value(Values&)> other);

// The cursor of an operation that chooses from its operands' elements or combines them; `inner` are
// the operands' cursors. Null for another operation; fails after an error.
mlir::FailureOr<std::unique_ptr<Cursor>> combining_cursor(
    Lowering& l, mlir::Operation* op, llvm::MutableArrayRef<std::unique_ptr<Cursor>> inner);

// Fails after an error.
mlir::FailureOr<std::unique_ptr<Cursor>> shuffle_cursor(Lowering& l, local::SequenceShuffleOp op,
                                                        std::unique_ptr<Cursor> inner);

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_CURSORS_H_
