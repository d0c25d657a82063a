// Iteration over a range: the verifier.
#include "dialects/local/Local.h"

using namespace mlir;

namespace local {

LogicalResult FoldOp::verify() {
  std::optional<uint64_t> at_most = getAtMost();
  size_t states = getInit().size();
  SmallVector<Type> arguments = {RankedTensorType::get({}, IntegerType::get(getContext(), 64))};
  llvm::append_range(arguments, getInit().getTypes());
  if (at_most && int64_t(*at_most) < 0)  // fold_c3
    return emitOpError() << "at_most is negative";
  for (Type type : getRows().getTypes()) {
    auto rows = cast<RankedTensorType>(type);
    if (!at_most || rows.getRank() == 0 || rows.getDimSize(0) != int64_t(*at_most))  // fold_c3
      return emitOpError() << "needs at_most rows, which " << rows << " has not";
    arguments.push_back(
        makeTensorType(ArrayRef(getDims(rows)).drop_front(), rows.getElementType()));
  }
  if (failed(detail::verifyArguments(*this, getBody(), arguments))) return failure();  // fold_c1
  Block& block = getBody().front();
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield) return emitOpError() << "region must end with `local.yield`";
  SmallVector<Type> results(getInit().getTypes());
  TypeRange yielded(yield.getValues());
  if (yielded.take_front(states) != TypeRange(results))  // fold_c2
    return emitOpError() << "starts from (" << TypeRange(results) << ") but yields (" << yielded
                         << ")";
  for (Type type : yielded.drop_front(states)) {
    auto note = dyn_cast<RankedTensorType>(type);
    if (!at_most || !note || !note.hasStaticShape())  // fold_c2, fold_c3
      return emitOpError() << "notes " << type << ", which needs at_most and a static shape";
    SmallVector<Dim> dims = getDims(note);
    dims.insert(dims.begin(), Dim::fixed(*at_most));
    results.push_back(makeTensorType(dims, note.getElementType()));
  }
  if (getResultTypes() != TypeRange(results))  // fold_c2
    return emitOpError() << "has results (" << getResultTypes() << "), expected ("
                         << TypeRange(results) << ")";
  return success();
}

}  // namespace local
