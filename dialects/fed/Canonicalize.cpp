// What a `fed.map` takes or gives and nobody reads goes, so that what only it needed goes too: an
// aggregate that no result depends on is not computed, not sent, and cannot fail.
#include "dialects/fed/Fed.h"
#include "mlir/IR/PatternMatch.h"

namespace fed {
namespace {

struct DropUnusedOperands : mlir::OpRewritePattern<MapOp> {
  using OpRewritePattern::OpRewritePattern;

  llvm::LogicalResult matchAndRewrite(MapOp map, mlir::PatternRewriter& rewriter) const override {
    mlir::Block& body = map.getBody().front();
    llvm::BitVector unused(body.getNumArguments());
    for (mlir::BlockArgument argument : body.getArguments()) {
      if (argument.use_empty()) unused.set(argument.getArgNumber());
    }
    if (unused.none()) return mlir::failure();
    rewriter.modifyOpInPlace(map, [&] {
      body.eraseArguments(unused);
      map->eraseOperands(unused);
    });
    return mlir::success();
  }
};

struct DropUnusedResults : mlir::OpRewritePattern<MapOp> {
  using OpRewritePattern::OpRewritePattern;

  llvm::LogicalResult matchAndRewrite(MapOp map, mlir::PatternRewriter& rewriter) const override {
    llvm::BitVector unused(map.getNumResults());
    llvm::SmallVector<mlir::Type> types;
    for (mlir::OpResult result : map.getResults()) {
      if (result.use_empty()) {
        unused.set(result.getResultNumber());
      } else {
        types.push_back(result.getType());
      }
    }
    if (unused.none()) return mlir::failure();
    auto smaller =
        MapOp::create(rewriter, map.getLoc(), types, map.getOperands(), map.getPlacementAttr());
    smaller->setDiscardableAttrs(map->getDiscardableAttrDictionary());
    rewriter.inlineRegionBefore(map.getBody(), smaller.getBody(), smaller.getBody().end());
    mlir::Operation* yield = smaller.getBody().front().getTerminator();
    rewriter.modifyOpInPlace(yield, [&] { yield->eraseOperands(unused); });
    unsigned kept = 0;
    for (mlir::OpResult result : map.getResults()) {
      if (!unused[result.getResultNumber()]) {
        rewriter.replaceAllUsesWith(result, smaller.getResult(kept++));
      }
    }
    rewriter.eraseOp(map);
    return mlir::success();
  }
};

}  // namespace

void MapOp::getCanonicalizationPatterns(mlir::RewritePatternSet& patterns,
                                        mlir::MLIRContext* context) {
  patterns.add<DropUnusedOperands, DropUnusedResults>(context);
}

}  // namespace fed
