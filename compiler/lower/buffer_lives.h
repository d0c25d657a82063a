// When the buffers of a function hold something.
#ifndef FEDC_COMPILER_LOWER_BUFFER_LIVES_H_
#define FEDC_COMPILER_LOWER_BUFFER_LIVES_H_

#include "llvm/ADT/ArrayRef.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace fedc::lower {

// From the first to the last operation that may touch a buffer, in the order in which operations
// stand in the text. An operation with regions counts as one moment for what lives around it: a
// loop's buffer from outside is alive in all of its iterations.
struct Life {
  int64_t first = 0, last = 0;       // moments
  mlir::Operation* begin = nullptr;  // the operation of `first`
  mlir::Operation* end = nullptr;    // the innermost operation that touches it last
};

// The life of each of `buffers`, which are all of `function`.
llvm::SmallVector<Life> lives_of(mlir::func::FuncOp function,
                                 llvm::ArrayRef<mlir::memref::AllocOp> buffers);

}  // namespace fedc::lower

#endif  // FEDC_COMPILER_LOWER_BUFFER_LIVES_H_
