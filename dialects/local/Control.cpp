// Choice, assertion, differentiation and sequences: verifiers and canonicalisation.
#include "dialects/local/Local.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace local {

// A scalar bool that is known.
static std::optional<bool> constantBool(Value value) {
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant))) return std::nullopt;
  return constant.getSplatValue<bool>();
}

// if -------------------------------------------------------------------------------------------

LogicalResult IfOp::verify() {
  for (Region* region : {&getThenRegion(), &getElseRegion()})
    if (failed(detail::verifyYield(*this, *region, getResultTypes(), "the results")))  // if_c1
      return failure();
  return success();
}

namespace {

// A known condition leaves one region, in place.
struct KnownCondition : OpRewritePattern<IfOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(IfOp op, PatternRewriter& rewriter) const override {
    std::optional<bool> condition = constantBool(op.getCondition());
    if (!condition) return failure();
    Block& block = (*condition ? op.getThenRegion() : op.getElseRegion()).front();
    Operation* yield = block.getTerminator();
    SmallVector<Value> values(yield->getOperands());
    rewriter.eraseOp(yield);
    rewriter.inlineBlockBefore(&block, op);
    rewriter.replaceOp(op, values);
    return success();
  }
};

}  // namespace

void IfOp::getCanonicalizationPatterns(RewritePatternSet& patterns, MLIRContext* context) {
  patterns.add<KnownCondition>(context);
}

// assert ---------------------------------------------------------------------------------------

LogicalResult AssertOp::canonicalize(AssertOp op, PatternRewriter& rewriter) {
  if (constantBool(op.getCondition()) != true) return failure();
  rewriter.eraseOp(op);
  return success();
}

// gradient -------------------------------------------------------------------------------------

LogicalResult GradientOp::verify() {
  if (failed(detail::verifyArguments(*this, getBody(), getOperandTypes())))  // gradient_c1
    return failure();
  int64_t wrt = getWrt();
  if (wrt < 0 || wrt > int64_t(getOperands().size()))  // gradient_c2
    return emitOpError() << "wrt = " << wrt << " but there are " << getOperands().size()
                         << " operands";
  SmallVector<Type> types;
  Block& block = getBody().front();
  if (!block.empty()) llvm::append_range(types, block.back().getOperandTypes());
  auto scalar = types.empty() ? RankedTensorType() : dyn_cast<RankedTensorType>(types.front());
  if (!scalar || scalar.getRank() != 0 || !isFloat(scalar.getElementType()))  // gradient_c3
    return emitOpError() << "the first value that the region yields must be a float scalar";
  size_t yielded = types.size();
  for (Type type : getOperands().take_front(wrt).getTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !isFloat(tensor.getElementType()))  // gradient_c2
      return emitOpError() << "differentiates with respect to " << type
                           << ", which is no float tensor";
    types.push_back(type);
  }
  if (getResultTypes() != TypeRange(types))  // gradient_c4
    return emitOpError() << "has results (" << getResultTypes() << "), expected ("
                         << TypeRange(types) << ")";
  return detail::verifyYield(*this, getBody(), TypeRange(types).take_front(yielded),
                             "the first results");
}

LogicalResult CustomGradientOp::verify() {
  SmallVector<Type> both(getOperandTypes());
  llvm::append_range(both, getResultTypes());
  if (failed(detail::verifyArguments(*this, getBody(), getOperandTypes())) ||  // custom_gradient_c1
      failed(detail::verifyYield(*this, getBody(), getResultTypes(), "the results")))
    return failure();
  if (failed(detail::verifyArguments(*this, getBackward(), both)))  // custom_gradient_c2
    return failure();
  return detail::verifyYield(*this, getBackward(), getOperandTypes(),
                             "the operands, whose gradients they are,");
}

// Sequences ------------------------------------------------------------------------------------

LogicalResult SequenceReduceOp::verify() {
  SmallVector<Type> types(getInit().getTypes());
  llvm::append_range(types, getSequence().getType().getElements());
  if (failed(detail::verifyArguments(*this, getBody(), types)))  // sequence_reduce_c1
    return failure();
  if (getAtMost() && int64_t(*getAtMost()) < 0)  // sequence_reduce_c3
    return emitOpError() << "at_most is negative";
  return detail::verifyStatesAndNotes(*this, getBody(), getInit().getTypes(),  // sequence_reduce_c2
                                      getAtMost());
}

LogicalResult SequenceMapOp::verify() {
  ArrayRef<Type> elements = getSequence().getType().getElements();
  if (failed(detail::verifyArguments(*this, getBody(), elements)))  // sequence_map_c1
    return failure();
  return detail::verifyYield(*this, getBody(), getType().getElements(),  // sequence_map_c2
                             "the leaves of the result's element");
}

LogicalResult SequenceFilterOp::verify() {
  ArrayRef<Type> elements = getSequence().getType().getElements();
  if (failed(detail::verifyArguments(*this, getBody(), elements)))  // sequence_filter_c1
    return failure();
  Type condition = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  return detail::verifyYield(*this, getBody(), condition,
                             "the leaves of the condition");  // sequence_filter_c2
}

static LogicalResult verifyElement(Operation* op, SequenceType result, ArrayRef<Type> leaves) {
  if (result.getElements() == leaves) return success();
  return op->emitOpError() << "gives " << result << ", expected "
                           << SequenceType::get(op->getContext(), leaves);
}

LogicalResult SequenceEnumerateOp::verify() {  // sequence_enumerate_c1
  SmallVector<Type> leaves = {RankedTensorType::get({}, IntegerType::get(getContext(), 64))};
  llvm::append_range(leaves, getSequence().getType().getElements());
  return verifyElement(*this, getType(), leaves);
}

LogicalResult SequenceZipOp::verify() {  // sequence_zip_c1
  SmallVector<Type> leaves(getLhs().getType().getElements());
  llvm::append_range(leaves, getRhs().getType().getElements());
  return verifyElement(*this, getType(), leaves);
}

LogicalResult SequenceBatchOp::verify() {
  if (getSize() < 1)  // sequence_batch_c1
    return emitOpError() << "size must be at least 1, not " << int64_t(getSize());
  SmallVector<Type> batched;
  for (Type element : getSequence().getType().getElements()) {
    auto type = cast<RankedTensorType>(element);
    if (!type.hasStaticShape())  // sequence_batch_c2
      return emitOpError() << "cannot batch " << type << ": its elements may differ in shape";
    SmallVector<Dim> dims = getDims(type);
    dims.insert(dims.begin(), getDropRemainder() ? Dim::fixed(getSize()) : Dim::unknown(getSize()));
    batched.push_back(makeTensorType(dims, type.getElementType()));
  }
  return verifyElement(*this, getType(), batched);  // sequence_batch_c3
}

LogicalResult SequenceShuffleOp::verify() {
  if (static_cast<int64_t>(getSize()) < 1)  // sequence_shuffle_c1
    return emitOpError() << "size must be at least 1, not " << int64_t(getSize());
  return success();
}

LogicalResult SequenceRowsOp::verify() {
  if (getRows().empty()) return emitOpError() << "needs a tensor";  // sequence_rows_c1
  int64_t count = -1;
  SmallVector<Type> elements;
  for (Type operand : getRows().getTypes()) {
    auto type = cast<RankedTensorType>(operand);
    if (type.getRank() == 0 || type.isDynamicDim(0) ||
        (count >= 0 && type.getDimSize(0) != count))  // sequence_rows_c1
      return emitOpError() << "has no rows of " << type
                           << ": all operands need one static size of the first dimension";
    count = type.getDimSize(0);
    elements.push_back(makeTensorType(ArrayRef(getDims(type)).drop_front(), type.getElementType()));
  }
  return verifyElement(*this, getType(), elements);  // sequence_rows_c2
}

}  // namespace local
