// The few functions that every phase may call: errors and the host's sequences.
#ifndef COMPILER_LOWER_SUPPORT_H_
#define COMPILER_LOWER_SUPPORT_H_

#include "mlir/IR/BuiltinOps.h"

namespace fedc::lower {

// Adds `fed.begin`, `fed.status`, `fed.fail`, `fed.poll` and the sequence calls to a module, all
// private.
void add_support(mlir::ModuleOp module);

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_SUPPORT_H_
