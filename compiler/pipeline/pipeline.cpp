#include "compiler/pipeline/pipeline.h"

#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace fedc {

void register_dialects(mlir::DialectRegistry& registry) {
  registry.insert<fed::FedDialect, local::LocalDialect, mlir::func::FuncDialect,
                  mlir::arith::ArithDialect>();
  mlir::func::registerInlinerExtension(registry);
}

void add_optimise_passes(mlir::OpPassManager& passes) {
  // Local functions are private: the inliner leaves entries only.
  passes.addPass(mlir::createInlinerPass());
  passes.addPass(mlir::createSymbolDCEPass());
  passes.addPass(mlir::createCanonicalizerPass());
  passes.addPass(mlir::createCSEPass());
}

void register_passes_and_pipelines() {
  mlir::PassPipelineRegistration<>("fed-optimise-pipeline",
                                   "expand calls and gradients of a fed module, and simplify it",
                                   add_optimise_passes);
}

}  // namespace fedc
