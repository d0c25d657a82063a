// How reductions combine elements. (Inside compiler/lower.)
#ifndef COMPILER_LOWER_REDUCTION_KINDS_H_
#define COMPILER_LOWER_REDUCTION_KINDS_H_

#include "dialects/local/Local.h"
#include "mlir/IR/Builders.h"

namespace fedc::lower {

// Two scalars or vectors combined.
mlir::Value combine(mlir::OpBuilder& b, mlir::Location loc, local::ReduceKind kind, bool is_float,
                    bool is_unsigned, mlir::Value x, mlir::Value y);

// What a reduction of no elements gives.
mlir::TypedAttr identity(mlir::OpBuilder& b, local::ReduceKind kind, mlir::Type type,
                         bool is_unsigned);

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_REDUCTION_KINDS_H_
