// Iteration over a range: the verifier.
#include "dialects/local/Local.h"

using namespace mlir;

namespace local {

// What a loop's region yields, and what its results are then: fold_c2, fold_c3, sequence_reduce_c2,
// sequence_reduce_c3.
LogicalResult detail::verifyStatesAndNotes(Operation* op, Region& body, TypeRange init,
                                           std::optional<uint64_t> at_most) {
  Block& block = body.front();
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield) return op->emitOpError() << "region must end with `local.yield`";
  SmallVector<Type> results(init);
  TypeRange yielded(yield.getValues());
  if (yielded.take_front(init.size()) != init)
    return op->emitOpError() << "starts from (" << init << ") but yields (" << yielded << ")";
  for (Type type : yielded.drop_front(init.size())) {
    auto note = dyn_cast<RankedTensorType>(type);
    if (!at_most || !note || llvm::is_contained(getBounds(note), -1))
      return op->emitOpError() << "notes " << type
                               << ", which needs at_most and a bound for each dimension";
    results.push_back(noteType(note, *at_most));
  }
  if (op->getResultTypes() != TypeRange(results))
    return op->emitOpError() << "has results (" << op->getResultTypes() << "), expected ("
                             << TypeRange(results) << ")";
  return success();
}

LogicalResult FoldOp::verify() {
  std::optional<uint64_t> at_most = getAtMost();
  size_t states = getInit().size();
  SmallVector<Type> arguments = {RankedTensorType::get({}, IntegerType::get(getContext(), 64))};
  llvm::append_range(arguments, getInit().getTypes());
  if (at_most && int64_t(*at_most) < 0)  // fold_c3
    return emitOpError() << "at_most is negative";
  if (getUntilFalse()) {  // fold_c4
    auto first =
        states == 0 ? RankedTensorType() : dyn_cast<RankedTensorType>(getInit().front().getType());
    if (!first || first.getRank() != 0 || !first.getElementType().isInteger(1) || getReverse())
      return emitOpError() << "goes on until its first state is false, which is an i1 scalar, and "
                              "not in reverse";
  }
  for (Type type : getRows().getTypes()) {
    auto rows = cast<RankedTensorType>(type);
    if (!at_most || rows.getRank() == 0 || rows.getDimSize(0) != int64_t(*at_most))  // fold_c3
      return emitOpError() << "needs at_most rows, which " << rows << " has not";
    arguments.push_back(
        makeTensorType(ArrayRef(getDims(rows)).drop_front(), rows.getElementType()));
  }
  if (failed(detail::verifyArguments(*this, getBody(), arguments))) return failure();  // fold_c1
  return detail::verifyStatesAndNotes(*this, getBody(), getInit().getTypes(), at_most);
}

}  // namespace local
