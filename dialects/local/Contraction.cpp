// Contractions and reductions: verifiers, builders and folders.
#include "dialects/local/Local.h"

using namespace mlir;

namespace local {
namespace {

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

SmallVector<int64_t> otherDimensions(int64_t rank, ArrayRef<int64_t> a, ArrayRef<int64_t> b = {}) {
  SmallVector<int64_t> others;
  for (int64_t i = 0; i < rank; ++i)
    if (!llvm::is_contained(a, i) && !llvm::is_contained(b, i)) others.push_back(i);
  return others;
}

SmallVector<Dim> pick(RankedTensorType type, ArrayRef<int64_t> dimensions) {
  SmallVector<Dim> dims = getDims(type);
  return llvm::map_to_vector(dimensions, [&](int64_t i) { return dims[i]; });
}

}  // namespace

// dot_general ----------------------------------------------------------------------------------

SmallVector<int64_t> DotGeneralOp::getLhsFree() {
  return otherDimensions(tensorType(getLhs()).getRank(), getLhsBatching(), getLhsContracting());
}
SmallVector<int64_t> DotGeneralOp::getRhsFree() {
  return otherDimensions(tensorType(getRhs()).getRank(), getRhsBatching(), getRhsContracting());
}

// Paired dimensions must meet before.
static SmallVector<Dim> dotDims(RankedTensorType lhs, RankedTensorType rhs,
                                ArrayRef<int64_t> lhs_batching, ArrayRef<int64_t> rhs_batching,
                                ArrayRef<int64_t> lhs_contracting,
                                ArrayRef<int64_t> rhs_contracting) {
  SmallVector<Dim> dims;
  for (auto [a, b] : llvm::zip_equal(pick(lhs, lhs_batching), pick(rhs, rhs_batching)))
    dims.push_back(*meet(a, b));
  dims.append(pick(lhs, otherDimensions(lhs.getRank(), lhs_batching, lhs_contracting)));
  dims.append(pick(rhs, otherDimensions(rhs.getRank(), rhs_batching, rhs_contracting)));
  return dims;
}

void DotGeneralOp::build(OpBuilder& builder, OperationState& state, Value lhs, Value rhs,
                         ArrayRef<int64_t> lhs_batching, ArrayRef<int64_t> rhs_batching,
                         ArrayRef<int64_t> lhs_contracting, ArrayRef<int64_t> rhs_contracting,
                         Value into) {
  SmallVector<Dim> dims = dotDims(tensorType(lhs), tensorType(rhs), lhs_batching, rhs_batching,
                                  lhs_contracting, rhs_contracting);
  build(builder, state, makeTensorType(dims, tensorType(lhs).getElementType()), lhs, rhs, into,
        lhs_batching, rhs_batching, lhs_contracting, rhs_contracting);
}

LogicalResult DotGeneralOp::verify() {
  RankedTensorType lhs = tensorType(getLhs()), rhs = tensorType(getRhs());
  if (getLhsBatching().size() != getRhsBatching().size() ||  // dot_general_c1
      getLhsContracting().size() != getRhsContracting().size())
    return emitOpError() << "batching and contracting dimensions of the operands must pair up";
  auto distinct = [](RankedTensorType type, ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
    SmallVector<int64_t> all(a);
    all.append(b.begin(), b.end());
    llvm::sort(all);
    bool inside = all.empty() || (all.front() >= 0 && all.back() < type.getRank());
    return inside && std::adjacent_find(all.begin(), all.end()) == all.end();
  };
  if (!distinct(lhs, getLhsBatching(), getLhsContracting()) ||  // dot_general_c2
      !distinct(rhs, getRhsBatching(), getRhsContracting()))
    return emitOpError() << "batching and contracting dimensions must be distinct dimensions of "
                         << lhs << " and " << rhs;
  auto all_meet = [&](ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
    return llvm::all_of(llvm::zip_equal(pick(lhs, a), pick(rhs, b)), [](auto pair) {
      return meet(std::get<0>(pair), std::get<1>(pair)).has_value();
    });
  };
  if (!all_meet(getLhsBatching(), getRhsBatching()))  // dot_general_c3
    return emitOpError() << "batching dimensions differ: " << lhs << " and " << rhs;
  if (!all_meet(getLhsContracting(), getRhsContracting()))  // dot_general_c4
    return emitOpError() << "contracting dimensions differ: " << lhs << " and " << rhs;
  if (lhs.getElementType() != rhs.getElementType())  // dot_general_c6
    return emitOpError() << "operands have different element types: " << lhs << " and " << rhs;
  if (getInto() && getInto().getType() != getResult().getType())  // dot_general_c7
    return emitOpError() << "adds into " << getInto().getType() << ", which is not of the result's "
                         << "type " << getResult().getType();
  return detail::verifyResult(*this, tensorType(getResult()),  // dot_general_c5, dot_general_c6
                              dotDims(lhs, rhs, getLhsBatching(), getRhsBatching(),
                                      getLhsContracting(), getRhsContracting()),
                              lhs.getElementType());
}

// reduce ---------------------------------------------------------------------------------------

void ReduceOp::build(OpBuilder& builder, OperationState& state, Value operand, ReduceKind kind,
                     ArrayRef<int64_t> dimensions) {
  RankedTensorType type = tensorType(operand);
  SmallVector<Dim> dims = pick(type, otherDimensions(type.getRank(), dimensions));
  build(builder, state, makeTensorType(dims, type.getElementType()), operand, kind, dimensions);
}

LogicalResult ReduceOp::verify() {
  RankedTensorType from = tensorType(getOperand());
  int64_t last = -1;
  for (int64_t dim : getDimensions()) {
    if (dim <= last || dim >= from.getRank())  // reduce_c1
      return emitOpError() << "dims must be increasing dimensions of " << from;
    last = dim;
  }
  bool logical = getKind() == ReduceKind::Any || getKind() == ReduceKind::All;
  if (logical != from.getElementType().isSignlessInteger(1))  // reduce_c2
    return emitOpError() << "kind " << stringifyReduceKind(getKind()) << " does not combine "
                         << from.getElementType();
  SmallVector<Dim> dims = pick(from, otherDimensions(from.getRank(), getDimensions()));
  return detail::verifyResult(*this, tensorType(getResult()), dims,  // reduce_c3
                              from.getElementType());
}

OpFoldResult ReduceOp::fold(FoldAdaptor) {
  // One element starts from the identity, and 0 + -0 is 0: only kinds that give it back unchanged.
  bool exact = getKind() != ReduceKind::Sum || !isFloat(tensorType(getOperand()).getElementType());
  if (exact && getDimensions().empty() && getOperand().getType() == getType()) return getOperand();
  return {};
}

// arg_reduce -----------------------------------------------------------------------------------

LogicalResult ArgReduceOp::verify() {
  RankedTensorType from = tensorType(getOperand()), to = tensorType(getResult());
  if (getKind() != ReduceKind::Max && getKind() != ReduceKind::Min)  // arg_reduce_c1
    return emitOpError() << "kind is max or min, not " << stringifyReduceKind(getKind());
  int64_t dim = getDimension();
  if (dim < 0 || dim >= from.getRank())  // arg_reduce_c2
    return emitOpError() << "dimension " << dim << " is not one of " << from;
  if (!to.getElementType().isSignlessInteger(32) &&
      !to.getElementType().isSignlessInteger(64))  // arg_reduce_c4
    return emitOpError() << "gives indices of i32 or i64, not " << to.getElementType();
  return detail::verifyResult(*this, to,  // arg_reduce_c3
                              pick(from, otherDimensions(from.getRank(), {dim})),
                              to.getElementType());
}

}  // namespace local
