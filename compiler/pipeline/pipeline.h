// The only place that orders passes. Each stretch takes the module that the one before leaves:
//
//   emit -> [fed module] -> optimise -> [fed module, entries only] -> split -> [split module]
//        -> lower, once a side -> [LLVM dialect]
//
// In fed-opt, from a fed module: `--fed-optimise-pipeline`, `--fed-to-split-pipeline` and
// `--fed-to-llvm-pipeline=side=client` go that far; `--fed-lower-client` and `--fed-lower-server`
// go on from a split module. (The order of lowering's passes is theirs:
// compiler/lower/pipeline.cpp.)
#ifndef FEDC_COMPILER_PIPELINE_PIPELINE_H_
#define FEDC_COMPILER_PIPELINE_PIPELINE_H_

#include <cstdint>

#include "compiler/pipeline/inspection.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

namespace fedc {

// Every dialect that a stage may create, with what passes need to know of them.
void register_dialects(mlir::DialectRegistry& registry);

// The bytes that a loop may take beside what it computes, for its gradient: see
// `local-differentiate` and `local-stack-contractions`. Results do not depend on it.
struct LoopMemory {
  int64_t notes = int64_t{1} << 26;
  int64_t stacks = int64_t{1} << 26;
};

// Calls are expanded, gradients are replaced by code, and what is left is simplified.
void add_optimise_passes(mlir::OpPassManager& passes, const Inspection& inspection = {},
                         const LoopMemory& memory = {});

// From an optimised fed module to the split module.
void add_split_passes(mlir::OpPassManager& passes);

// Every pass and pipeline of ours, for fed-opt's command line.
void register_passes_and_pipelines();

}  // namespace fedc

#endif  // FEDC_COMPILER_PIPELINE_PIPELINE_H_
