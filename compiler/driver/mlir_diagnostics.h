// What MLIR passes report, in the form in which fedc reports everything.
#ifndef FEDC_COMPILER_DRIVER_MLIR_DIAGNOSTICS_H_
#define FEDC_COMPILER_DRIVER_MLIR_DIAGNOSTICS_H_

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/source/source.h"
#include "mlir/IR/Diagnostics.h"

namespace fedc {

// While it lives, errors of `context` go to `diagnostics`: at the innermost place of their location
// that lies in a file of `sources`, with a note for each call that was expanded on the way. A
// message that speaks of an operation of the IR ("'local.add' op ...") is a defect of the compiler
// and says so.
class MlirDiagnostics {
 public:
  MlirDiagnostics(mlir::MLIRContext* context, const SourceManager& sources,
                  DiagnosticEngine& diagnostics);

 private:
  void report(mlir::Diagnostic& diagnostic);
  SourceRange range_of(mlir::Location location) const;

  const SourceManager& sources_;
  DiagnosticEngine& diagnostics_;
  mlir::ScopedDiagnosticHandler handler_;
};

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_MLIR_DIAGNOSTICS_H_
