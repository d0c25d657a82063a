#include "compiler/pipeline/pipeline.h"

#include "compiler/differentiate/differentiate.h"
#include "compiler/inspect/inspect.h"
#include "compiler/lower/lower.h"
#include "compiler/lower/passes.h"
#include "compiler/split/passes.h"
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
  register_lowering_dialects(registry);
}

void add_optimise_passes(mlir::OpPassManager& passes, const Inspection& inspection,
                         const LoopMemory& memory) {
  if (!inspection.debug) passes.addPass(createLocalRemoveDebug());
  // Local functions are private: the inliner leaves entries only.
  passes.addPass(mlir::createInlinerPass());
  passes.addPass(mlir::createSymbolDCEPass());
  passes.addPass(createLocalInferBounds());
  passes.addPass(createLocalDifferentiate({memory.notes}));
  passes.addPass(mlir::createCanonicalizerPass());
  passes.addPass(mlir::createCSEPass());
  passes.addPass(createLocalStackContractions({memory.stacks}));
  if (inspection.check_finite) passes.addPass(createLocalCheckFinite());
}

void add_split_passes(mlir::OpPassManager& passes) {
  passes.addPass(split::createFedExpandMeans());
  passes.addPass(split::createFedSplit());
}

namespace {

struct LlvmPipelineOptions : mlir::PassPipelineOptions<LlvmPipelineOptions> {
  Option<Side> side{*this, "side", llvm::cl::desc("whose code to make"),
                    llvm::cl::init(Side::kClient),
                    llvm::cl::values(clEnumValN(Side::kClient, "client", "the client's phases"),
                                     clEnumValN(Side::kServer, "server", "the server's steps"))};
};

}  // namespace

void register_passes_and_pipelines() {
  registerDifferentiatePasses();
  registerInspectPasses();
  split::registerSplitPasses();
  lower::register_lowering();
  mlir::PassPipelineRegistration<>(
      "fed-optimise-pipeline", "expand calls and gradients of a fed module, and simplify it",
      [](mlir::OpPassManager& passes) { add_optimise_passes(passes); });
  mlir::PassPipelineRegistration<>("fed-to-split-pipeline", "from a fed module to the split module",
                                   [](mlir::OpPassManager& passes) {
                                     add_optimise_passes(passes);
                                     add_split_passes(passes);
                                   });
  mlir::PassPipelineRegistration<LlvmPipelineOptions>(
      "fed-to-llvm-pipeline", "from a fed module to one side's phases in the LLVM dialect",
      [](mlir::OpPassManager& passes, const LlvmPipelineOptions& options) {
        add_optimise_passes(passes);
        add_split_passes(passes);
        add_lowering_passes(passes, options.side);
      });
}

}  // namespace fedc
