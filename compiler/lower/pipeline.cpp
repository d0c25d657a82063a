// The passes of lowering in their order.
#include "compiler/lower/lower.h"
#include "compiler/lower/passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

namespace fedc {

void add_lowering_passes(mlir::OpPassManager& pm, Side side, int64_t part_operations,
                         const std::string& cpu, int64_t poll_steps) {
  using namespace mlir;
  lower::FedPhasesToFunctionsPassOptions phases;
  phases.server = side == Side::kServer;
  phases.cpu = cpu;
  pm.addPass(lower::createFedPhasesToFunctionsPass(phases));
  // Before anything folds: upstream folds a function of a constant by the host's math library,
  // whose last bits are not those of the expansion.
  pm.addPass(lower::createLocalExpandMathPass());
  // No CSE before buffers exist: two equal empty tensors are two buffers, not one.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(lower::createFedBufferizePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(lower::createFedAssignArenaPass());
  pm.addPass(lower::createFedLinalgToLoopsPass());
  pm.addPass(memref::createFoldMemRefAliasOpsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createConvertVectorToSCFPass());
  lower::FedInsertPollsPassOptions polls;
  polls.limit = poll_steps;
  pm.addPass(lower::createFedInsertPollsPass(polls));
  lower::FedOutlinePartsPassOptions parts;
  parts.limit = part_operations;
  pm.addPass(lower::createFedOutlinePartsPass(parts));
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(lower::createFedExitAtPollsPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(lower::createFedMarkParallelLoopsPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createSymbolDCEPass());
  pm.addPass(lower::createFedDebugLocationsPass());
}

void register_lowering_dialects(mlir::DialectRegistry& registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
}

namespace lower {

void register_lowering() {
  registerLowerPasses();
  static mlir::PassPipelineRegistration<> client(
      "fed-lower-client", "from a split module to the client's phases in the LLVM dialect",
      [](mlir::OpPassManager& pm) { add_lowering_passes(pm, Side::kClient); });
  static mlir::PassPipelineRegistration<> server(
      "fed-lower-server", "from a split module to the server's steps in the LLVM dialect",
      [](mlir::OpPassManager& pm) { add_lowering_passes(pm, Side::kServer); });
}

}  // namespace lower
}  // namespace fedc
