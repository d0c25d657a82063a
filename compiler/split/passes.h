// From the fed module to the split module. Passes.td says what each pass does.
#ifndef FEDC_COMPILER_SPLIT_PASSES_H_
#define FEDC_COMPILER_SPLIT_PASSES_H_

#include <memory>
#include <string>

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace fedc::split {

#define GEN_PASS_DECL
#include "compiler/split/SplitPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/split/SplitPasses.h.inc"

// SHA-256 of the canonical split module, in lower-case hexadecimal: without locations, target or
// `fed.hash`, with the ABI's version. Equal for sources that differ in comments or positions only.
std::string program_hash(mlir::ModuleOp split_module);

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_PASSES_H_
