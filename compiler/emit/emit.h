// From the checked program to the fed module: structs become their leaves, function literals become
// regions, names and places become locations.
#ifndef FEDC_COMPILER_EMIT_EMIT_H_
#define FEDC_COMPILER_EMIT_EMIT_H_

#include "compiler/check/core.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/source/source.h"

namespace mlir {
class MLIRContext;
class ModuleOp;
template <class>
class OwningOpRef;
}  // namespace mlir

namespace fedc {

// The verified fed module of a program that the checker accepted without errors. Null only when
// something was reported: a program that is too large once its calls are expanded, or (a defect of
// the compiler) IR that does not verify, which goes to `context`'s diagnostic handler.
//
// The dialects `fed`, `local` and `func` are loaded into `context`. Recursion is as deep as
// core::Expr allows, so run this where the stack is large (the driver does).
mlir::OwningOpRef<mlir::ModuleOp> emit(const core::Program& program, const SourceManager& sources,
                                       DiagnosticEngine& diagnostics, mlir::MLIRContext& context);

// True if emission knows the operation or intrinsic of the prelude. For the test that compares the
// prelude with what is known here.
bool emits_operation(std::string_view name);

}  // namespace fedc

#endif  // FEDC_COMPILER_EMIT_EMIT_H_
