// Branches and assertions.
#include "compiler/lower/lowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::lower {

using namespace mlir;

LogicalResult Lowering::lower_assert(local::AssertOp op) {
  Location loc = op.getLoc();
  Value wrong = arith::XOrIOp::create(b, loc, get(op.getCondition()).value,
                                      arith::ConstantOp::create(b, loc, b.getBoolAttr(true)));
  fail_if(b, loc, wrong, FED_ASSERTION, {}, {}, op.getMessage());
  return success();
}

// Scalars come out of the branch as values, tensors in a buffer that both branches write.
LogicalResult Lowering::lower_if(local::IfOp op) {
  Location loc = op.getLoc();
  SmallVector<Home> homes;
  Values buffers;
  SmallVector<Type> types;
  for (Type type : op.getResultTypes()) {
    FailureOr<Home> home = Home::of(*this, loc, type);
    if (failed(home)) return failure();
    if (home->is_scalar()) {
      types.push_back(home->element);
      buffers.push_back({});
    } else {
      buffers.push_back(buffer(loc, home->bounds, home->element));
      types.append(home->unknown(), b.getIndexType());
    }
    homes.push_back(std::move(*home));
  }
  auto branch = scf::IfOp::create(b, loc, types, get(op.getCondition()).value,
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  auto fill_branch = [&](Block& from, Block* to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(to);
    if (failed(lower_block(from))) return failure();
    Values results;
    for (auto [home, buffer, value] :
         llvm::zip_equal(homes, buffers, from.getTerminator()->getOperands())) {
      const Lowered& lowered = get(value);
      if (home.is_scalar()) {
        results.push_back(lowered.value);
      } else {
        llvm::append_range(results, home.store(*this, loc, lowered, buffer));
      }
    }
    scf::YieldOp::create(b, loc, results);
    return success();
  };
  if (failed(fill_branch(op.getThenRegion().front(), branch.thenBlock())) ||
      failed(fill_branch(op.getElseRegion().front(), branch.elseBlock())))
    return failure();
  ValueRange rest = branch.getResults();
  for (auto [home, buffer, result] : llvm::zip_equal(homes, buffers, op.getResults())) {
    if (home.is_scalar()) {
      map(result, Lowered{rest.front()});
      rest = rest.drop_front();
    } else {
      map(result, home.load(*this, loc, buffer, rest.take_front(home.unknown())));
      rest = rest.drop_front(home.unknown());
    }
  }
  return success();
}

}  // namespace fedc::lower
