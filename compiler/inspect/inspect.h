// What a simulation does to look into a program, and what keeps it out of everything else: the
// passes `local-remove-debug` and `local-check-finite` (see Passes.td).
#ifndef FEDC_COMPILER_INSPECT_INSPECT_H_
#define FEDC_COMPILER_INSPECT_INSPECT_H_

#include <memory>

#include "mlir/Pass/Pass.h"

namespace fedc {

// Declares createLocalRemoveDebug(), createLocalCheckFinite() and registerInspectPasses().
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/inspect/InspectPasses.h.inc"

}  // namespace fedc

#endif  // FEDC_COMPILER_INSPECT_INSPECT_H_
