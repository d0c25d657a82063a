// Reverse-mode differentiation, `local-differentiate`, and what goes before and follows it (see
// Passes.td).
#pragma once

#include <memory>

#include "mlir/Pass/Pass.h"

namespace fedc {

// Declares createLocalInferBounds(), createLocalDifferentiate(), createLocalStackContractions() and
// registerDifferentiatePasses().
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/differentiate/Passes.h.inc"

}  // namespace fedc
