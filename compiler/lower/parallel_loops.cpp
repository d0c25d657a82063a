// fed-linalg-to-loops and fed-mark-parallel-loops: that iterations of a loop are independent is
// known where it is made of a linalg operation, and told to LLVM, which would have to compare
// addresses.
#include "compiler/lower/passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"

namespace fedc::lower {

#define GEN_PASS_DEF_FEDLINALGTOLOOPSPASS
#define GEN_PASS_DEF_FEDMARKPARALLELLOOPSPASS
#include "compiler/lower/LowerPasses.h.inc"

namespace {

using namespace mlir;

// Conversions carry attributes of the LLVM dialect from a loop to the branch back.
constexpr const char* kAnnotation = "llvm.loop_annotation";

class LinalgToLoops : public impl::FedLinalgToLoopsPassBase<LinalgToLoops> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> operations;
    getOperation()->walk([&](linalg::LinalgOp op) { operations.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : operations) {
      auto iterators = op.getIteratorTypesArray();
      rewriter.setInsertionPoint(op);
      FailureOr<linalg::LinalgLoops> loops = linalg::linalgOpToLoops(rewriter, op);
      if (failed(loops)) return op.emitError("cannot become loops"), signalPassFailure();
      // Iterations of that loop alone: what the loops around it add up is read and written by each
      // of its own.
      if (!loops->empty() && linalg::isParallelIterator(iterators.back()))
        loops->back()->setAttr(kAnnotation, annotation());
      rewriter.eraseOp(op);
    }
  }

  Attribute annotation() {
    MLIRContext* context = &getContext();
    auto group = LLVM::AccessGroupAttr::get(context, DistinctAttr::create(UnitAttr::get(context)));
    return LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {},
                                         {}, {}, group);
  }
};

// The blocks of the loop that `latch` goes back to `header` in.
llvm::SmallSetVector<Block*, 4> loop_of(Block* header, Block* latch) {
  llvm::SmallSetVector<Block*, 4> blocks;
  blocks.insert(header);
  blocks.insert(latch);
  for (size_t i = 1; i < blocks.size(); ++i) blocks.insert_range(blocks[i]->getPredecessors());
  return blocks;
}

class MarkParallelLoops : public impl::FedMarkParallelLoopsPassBase<MarkParallelLoops> {
  void runOnOperation() override {
    SmallVector<LLVM::BrOp> latches;
    getOperation()->walk([&](LLVM::BrOp branch) {
      if (branch->hasAttr(kAnnotation)) latches.push_back(branch);
    });
    for (LLVM::BrOp latch : latches) {
      auto annotation = cast<LLVM::LoopAnnotationAttr>(latch->removeAttr(kAnnotation));
      latch.setLoopAnnotationAttr(annotation);
      for (Block* block : loop_of(latch.getDest(), latch->getBlock())) {
        for (auto access : block->getOps<LLVM::AccessGroupOpInterface>()) {
          access.setAccessGroups(ArrayAttr::get(
              &getContext(), SmallVector<Attribute>(annotation.getParallelAccesses().begin(),
                                                    annotation.getParallelAccesses().end())));
        }
      }
    }
  }
};

}  // namespace
}  // namespace fedc::lower
