#include "compiler/inspect/inspect.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "llvm/ADT/STLExtras.h"

namespace fedc {

#define GEN_PASS_DEF_LOCALCHECKFINITE
#include "compiler/inspect/InspectPasses.h.inc"

namespace {

using namespace mlir;

bool is_checked(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  return tensor && (tensor.getElementType().isF32() || tensor.getElementType().isF64());
}

class Checks {
 public:
  // Behind `op`, which has results to be checked.
  void add(Operation* op) {
    const Location loc = fed::without_names(op->getLoc());
    const std::string name = "`" + op->getName().stripDialect().str() + "`";
    OpBuilder b(op->getContext());
    b.setInsertionPointAfter(op);
    Value given;
    for (Value operand : op->getOperands()) {
      if (!is_checked(operand)) continue;
      Value finite = all_finite(operand);
      given = given ? Value(local::AndOp::create(b, loc, given, finite)) : finite;
    }
    if (!given) return;  // made of no floats, as constants are
    for (Value result : op->getResults()) {
      if (!is_checked(result)) continue;
      Value finite = all_finite(result);
      Value nan = no_nan(b, loc, result);
      Value unknown = local::NotOp::create(b, loc, given);
      local::AssertOp::create(b, loc, local::OrOp::create(b, loc, unknown, nan),
                              name + " makes NaN of finite numbers");
      local::AssertOp::create(b, loc, local::OrOp::create(b, loc, unknown, finite),
                              name + " makes an infinity of finite numbers");
    }
  }

 private:
  // A scalar bool: all elements of `value` are finite. It stands behind what makes the value, once.
  Value all_finite(Value value) {
    Value& known = finite_[value];
    if (known) return known;
    OpBuilder b(value.getContext());
    b.setInsertionPointAfterValue(value);
    const Location loc = fed::without_names(value.getLoc());
    auto truth = local::withElementType(cast<RankedTensorType>(value.getType()), b.getI1Type());
    return known = all(b, loc, local::IsFiniteOp::create(b, loc, truth, value));
  }

  static Value no_nan(OpBuilder& b, Location loc, Value value) {
    auto truth = local::withElementType(cast<RankedTensorType>(value.getType()), b.getI1Type());
    Value nan = local::IsNanOp::create(b, loc, truth, value);
    return all(b, loc, local::NotOp::create(b, loc, nan));
  }

  static Value all(OpBuilder& b, Location loc, Value truth) {
    const int64_t rank = cast<RankedTensorType>(truth.getType()).getRank();
    if (rank == 0) return truth;
    const auto dims = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    return local::ReduceOp::create(b, loc, truth, local::ReduceKind::All, dims);
  }

  llvm::DenseMap<Value, Value> finite_;
};

struct LocalCheckFinite : impl::LocalCheckFiniteBase<LocalCheckFinite> {
  void runOnOperation() override {
    SmallVector<Operation*> ops;
    getOperation()->walk([&](Operation* op) {
      if (isa<local::LocalDialect>(op->getDialect()) && op->getNumRegions() == 0 &&
          llvm::any_of(op->getResults(), is_checked))
        ops.push_back(op);
    });
    Checks checks;
    for (Operation* op : ops) checks.add(op);
  }
};

}  // namespace
}  // namespace fedc
