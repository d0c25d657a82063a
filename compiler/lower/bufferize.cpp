// fed-bufferize: elementwise fusion, then upstream's one-shot bufferization. A value that goes out
// is computed where it goes, if nothing else needs that place: messages as large as a model need no
// buffer of that size besides.
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

// What a body has at most after fusion. Longer chains gain nothing from one more, and the work of
// the compiler grows with the square of a body's length.
constexpr size_t kLargestBody = 256;

// A producer is computed inside its consumer where that computes no element twice, or where there
// is nothing to compute (it only moves elements).
bool should_fuse(OpOperand* operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || !linalg::areElementwiseOpsFusable(operand)) return false;
  if (producer.getBody()->getOperations().size() == 1) return true;
  if (producer.getBody()->getOperations().size() + consumer.getBody()->getOperations().size() >
      kLargestBody)
    return false;
  // Loops inside a body (reductions) stay outside others.
  if (!producer->hasOneUse() || !producer.getBody()->getOps<LoopLikeOpInterface>().empty())
    return false;
  return consumer.getMatchingIndexingMap(operand).isPermutation();
}

// Upstream's set of fusion patterns also replaces destinations by empty tensors of the exact size:
// ours are slices of what the bound needs, and stay.
struct Fuse : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter& rewriter) const override {
    for (OpOperand& operand : op->getOpOperands()) {
      if (!should_fuse(&operand)) continue;
      Operation* producer = operand.get().getDefiningOp();
      if (!producer->hasOneUse()) {
        // A copy of its own: fusion would keep the shared one alive as a second result.
        rewriter.setInsertionPoint(op);
        producer = rewriter.clone(*producer);
        rewriter.modifyOpInPlace(op, [&] { operand.set(producer->getResult(0)); });
      }
      auto fused = linalg::fuseElementwiseOps(rewriter, &operand);
      if (failed(fused)) continue;
      for (auto [from, to] : fused->replacements)
        rewriter.replaceUsesWithIf(
            from, to, [&](OpOperand& use) { return use.get().getDefiningOp() != producer; });
      rewriter.eraseOp(op);
      return success();
    }
    return failure();
  }
};

// Whether a copy of it can be one call of memcpy: without gaps, and done in far less time than
// there may be between two polls.
bool is_one_block(Value memory) {
  constexpr int64_t kMostBytes = 8 << 20;
  auto type = cast<MemRefType>(memory.getType());
  return type.hasStaticShape() && type.getLayout().isIdentity() &&
         type.getElementType().isIntOrFloat() &&
         type.getNumElements() <= kMostBytes * 8 / std::max(8u, type.getElementTypeBitWidth());
}

struct Bufferize : impl::FedBufferizePassBase<Bufferize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    RewritePatternSet patterns(&getContext());
    patterns.add<Fuse>(&getContext());
    if (failed(applyPatternsGreedily(module, std::move(patterns)))) return signalPassFailure();

    bufferization::OneShotBufferizationOptions options;
    options.allowUnknownOps = true;
    options.memCpyFn = [](OpBuilder& b, Location loc, Value from, Value to) {
      if (is_one_block(from) && is_one_block(to))
        memref::CopyOp::create(b, loc, from, to);
      else
        linalg::CopyOp::create(b, loc, from, to);
      return success();
    };
    {
      IRRewriter rewriter(&getContext());
      bufferization::OneShotAnalysisState analysis(module, options);
      if (failed(bufferization::analyzeOp(module, analysis)) ||
          failed(bufferization::eliminateEmptyTensors(rewriter, module, analysis)))
        return signalPassFailure();
    }
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
