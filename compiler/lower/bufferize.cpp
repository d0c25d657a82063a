// fed-bufferize: elementwise fusion, then upstream's one-shot bufferization.
#include "compiler/lower/passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace fedc::lower {

#define GEN_PASS_DEF_FEDBUFFERIZEPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;

// A producer is computed inside its consumer where that computes no element twice, or where there
// is nothing to compute (it only moves elements).
bool should_fuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || !producer->hasOneUse()) return false;
  // Loops inside a body (reductions) stay outside others.
  if (!producer.getBody()->getOps<LoopLikeOpInterface>().empty()) return false;
  bool moves = producer.getBody()->getOperations().size() == 1;
  return moves || consumer.getMatchingIndexingMap(operand).isPermutation();
}

struct Bufferize : impl::FedBufferizePassBase<Bufferize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, should_fuse);
    if (failed(applyPatternsGreedily(module, std::move(patterns)))) return signalPassFailure();

    bufferization::OneShotBufferizationOptions options;
    options.allowUnknownOps = true;
    options.memCpyFn = [](OpBuilder &b, Location loc, Value from, Value to) {
      linalg::CopyOp::create(b, loc, from, to);
      return success();
    };
    bufferization::BufferizationState state;
    if (failed(bufferization::runOneShotBufferize(module, options, state)))
      return signalPassFailure();
    module.walk([&](memref::AllocOp op) {
      if (op.getType().hasStaticShape()) return;
      op.emitError("the compiler took a buffer of unknown size: please report this program");
      signalPassFailure();
    });
  }
};

}  // namespace
}  // namespace fedc::lower
