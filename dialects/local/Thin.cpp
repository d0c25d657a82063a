#include "dialects/local/Local.h"
#include "mlir/IR/PatternMatch.h"
using namespace mlir;
namespace local {
LogicalResult GetDimensionSizeOp::verify() { return success(); }
OpFoldResult GetDimensionSizeOp::fold(FoldAdaptor) { return {}; }
LogicalResult IotaOp::verify() { return success(); }
LogicalResult BroadcastInDimOp::verify() { return success(); }
OpFoldResult BroadcastInDimOp::fold(FoldAdaptor) { return {}; }
LogicalResult BroadcastInDimOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult ReshapeOp::verify() { return success(); }
OpFoldResult ReshapeOp::fold(FoldAdaptor) { return {}; }
LogicalResult ReshapeOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult TransposeOp::verify() { return success(); }
OpFoldResult TransposeOp::fold(FoldAdaptor) { return {}; }
LogicalResult TransposeOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult SliceOp::verify() { return success(); }
LogicalResult SliceOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult PadOp::verify() { return success(); }
LogicalResult PadOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult ConcatenateOp::verify() { return success(); }
LogicalResult ConcatenateOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
OpFoldResult CastOp::fold(FoldAdaptor) { return {}; }
LogicalResult CastOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
OpFoldResult NegateOp::fold(FoldAdaptor) { return {}; }
LogicalResult NegateOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult AbsOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult SignOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult ExpOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult LogOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult Log1pOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult Expm1Op::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult TanhOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult LogisticOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult SqrtOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult RsqrtOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult FloorOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult CeilOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
OpFoldResult NotOp::fold(FoldAdaptor) { return {}; }
LogicalResult StopGradientOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
OpFoldResult AddOp::fold(FoldAdaptor) { return {}; }
LogicalResult AddOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
OpFoldResult SubtractOp::fold(FoldAdaptor) { return {}; }
LogicalResult SubtractOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
OpFoldResult MultiplyOp::fold(FoldAdaptor) { return {}; }
LogicalResult MultiplyOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
OpFoldResult DivideOp::fold(FoldAdaptor) { return {}; }
LogicalResult DivideOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult RemainderOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult PowerOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult MaximumOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult MinimumOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult CompareOp::verify() { return success(); }
LogicalResult SelectOp::verify() { return success(); }
OpFoldResult SelectOp::fold(FoldAdaptor) { return {}; }
LogicalResult SelectOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult ConvertOp::verify() { return success(); }
OpFoldResult ConvertOp::fold(FoldAdaptor) { return {}; }
LogicalResult ConvertOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult DotGeneralOp::verify() { return success(); }
LogicalResult DotGeneralOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult ReduceOp::verify() { return success(); }
LogicalResult ReduceOp::buildVjp(OpBuilder&, ValueRange, SmallVectorImpl<Value>&) {
  return emitOpError("has no derivative");
}
LogicalResult ArgReduceOp::verify() { return success(); }
LogicalResult IfOp::verify() { return success(); }
void IfOp::getCanonicalizationPatterns(RewritePatternSet&, MLIRContext*) {}
LogicalResult AssertOp::canonicalize(AssertOp, PatternRewriter&) { return failure(); }
LogicalResult GradientOp::verify() { return success(); }
LogicalResult SequenceReduceOp::verify() { return success(); }
LogicalResult SequenceMapOp::verify() { return success(); }
LogicalResult SequenceBatchOp::verify() { return success(); }
}  // namespace local
