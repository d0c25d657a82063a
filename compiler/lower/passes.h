// The passes of lowering; Passes.td says what each does.
#ifndef COMPILER_LOWER_PASSES_H_
#define COMPILER_LOWER_PASSES_H_

#include <memory>

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace fedc::lower {

#define GEN_PASS_DECL
#include "compiler/lower/LowerPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/lower/LowerPasses.h.inc"

// Each pass alone, and the pipelines `fed-lower-client` and `fed-lower-server`.
void register_lowering();

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_PASSES_H_
