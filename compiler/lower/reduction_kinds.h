// How reductions combine elements. (Inside compiler/lower.)
#ifndef COMPILER_LOWER_REDUCTION_KINDS_H_
#define COMPILER_LOWER_REDUCTION_KINDS_H_

#include <cstdint>

#include "dialects/local/Local.h"
#include "mlir/IR/Builders.h"

namespace fedc::lower {

class Lowering;
struct Lowered;

// Sums and products run over this many interleaved partials.
inline constexpr int64_t kPartials = 16;

// Two scalars or vectors combined.
mlir::Value combine(mlir::OpBuilder& b, mlir::Location loc, local::ReduceKind kind, bool is_float,
                    bool is_unsigned, mlir::Value x, mlir::Value y);

// What a reduction of no elements gives.
mlir::TypedAttr identity(mlir::OpBuilder& b, local::ReduceKind kind, mlir::Type type,
                         bool is_unsigned);

// Lowers a reduction over the dimensions `reduced` (in order) to `shape`, which gets its value,
// with neighbouring results side by side in vectors. False, and nothing is done, where the last
// dimension does not allow that.
bool reduce_columns(Lowering& lowering, local::ReduceOp op, llvm::ArrayRef<int64_t> reduced,
                    Lowered& shape);

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_REDUCTION_KINDS_H_
