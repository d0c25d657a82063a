// What is done to the sums of a contraction while they are in registers, as the update of weights
// by their gradient: neither is the gradient stored, then, nor read again.
#include "compiler/lower/contraction.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace fedc::lower {

using namespace mlir;

namespace {

bool is_contraction(Operation* op) {
  return isa<local::DotGeneralOp, local::ConvolutionOp, local::ConvolutionDataOp,
             local::ConvolutionFilterOp>(op);
}

// Those that are one instruction or two on a register.
bool is_light(Operation* op) {
  return isa<local::AddOp, local::SubtractOp, local::MultiplyOp, local::NegateOp, local::MaximumOp,
             local::MinimumOp>(op);
}

// The scalar that a value is a broadcast of; null for others.
Value broadcast_scalar(Value value) {
  auto op = value.getDefiningOp<local::BroadcastInDimOp>();
  if (!op || cast<RankedTensorType>(op.getOperand().getType()).getRank() != 0) return {};
  return op.getOperand();
}

bool has_known_sizes(const Lowered& value) {
  return llvm::all_of(value.sizes, [](OpFoldResult size) { return isa<Attribute>(size); });
}

// The operations behind the contraction, each the only user of the one before and `taken` by none:
// a sum of two products is behind one of them only.
Epilogue find_epilogue(Operation* contraction, const llvm::SmallPtrSetImpl<Operation*>& taken) {
  Epilogue epilogue;
  auto type = dyn_cast<RankedTensorType>(contraction->getResult(0).getType());
  if (!type || !type.hasStaticShape() || type.getRank() == 0 ||
      !isa<Float32Type, Float64Type>(type.getElementType()))
    return epilogue;
  for (Operation* op = contraction; op->hasOneUse();) {
    Operation* user = *op->getUsers().begin();
    if (!is_light(user) || taken.contains(user) || user->getBlock() != op->getBlock() ||
        llvm::any_of(user->getOperandTypes(), [&](Type t) { return t != type; }))
      break;
    epilogue.push_back(op = user);
  }
  return epilogue;
}

}  // namespace

LogicalResult Lowering::lower_block(Block& block) {
  llvm::SmallPtrSet<Operation*, 16> later;
  llvm::DenseMap<Operation*, Operation*> contractions;  // by the last operation behind
  for (Operation& op : block.without_terminator()) {
    if (Operation* contraction = contractions.lookup(&op)) {
      if (failed(lower_with_epilogue(contraction))) return failure();
      continue;
    }
    if (later.contains(&op)) continue;
    if (is_contraction(&op)) {
      if (Epilogue epilogue = find_epilogue(&op, later); !epilogue.empty()) {
        // Where the last one stands all operands are there.
        later.insert_range(epilogue);
        contractions[epilogue.back()] = &op;
        built_.erase(&op);
        epilogues_[&op] = std::move(epilogue);
        continue;
      }
    }
    built_.erase(&op);
    if (failed(lower(&op))) return failure();
  }
  return success();
}

LogicalResult Lowering::lower_with_epilogue(Operation* contraction) {
  Epilogue epilogue = epilogues_.lookup(contraction);
  // Sizes that only run time knows are checked one operation after the other.
  bool is_known = true;
  for (Operation* op : epilogue)
    for (Value operand : op->getOperands())
      if (auto it = values_.find(operand); it != values_.end())
        is_known = is_known && has_known_sizes(it->second);
  if (!is_known) epilogues_.erase(contraction);
  if (failed(lower(contraction))) return failure();
  if (is_known && !epilogues_.contains(contraction)) {
    map(epilogue.back()->getResult(0), Lowered(get(contraction->getResult(0))));
    return success();
  }
  // It became something else than sums in registers.
  epilogues_.erase(contraction);
  for (Operation* op : epilogue)
    if (failed(lower(op))) return failure();
  return success();
}

Epilogue Lowering::take_epilogue(Operation* contraction, const Lowered& shape) {
  auto it = epilogues_.find(contraction);
  if (it == epilogues_.end() || !has_known_sizes(shape)) return {};
  Epilogue epilogue = std::move(it->second);
  epilogues_.erase(it);
  return epilogue;
}

bool Lowering::is_last_read(Value value, const Epilogue& epilogue, Operation* contraction) const {
  return llvm::all_of(value.getUsers(), [&](Operation* user) {
    if (llvm::is_contained(epilogue, user)) return true;
    // Of what sums begin with a tile reads what it will write.
    if (auto dot = dyn_cast<local::DotGeneralOp>(user); dot && user == contraction)
      return dot.getLhs() != value && dot.getRhs() != value;
    // Others than built contractions may be fused to a later place.
    return user != contraction && user->getBlock() == contraction->getBlock() &&
           built_.contains(user);
  });
}

Value Lowering::apply(const Epilogue& epilogue, Operation* contraction, Value sums,
                      ValueRange place) {
  auto type = cast<VectorType>(sums.getType());
  Operation* before = contraction;
  for (Operation* op : epilogue) {
    Location loc = op->getLoc();
    Values operands;
    for (Value operand : op->getOperands()) {
      if (operand == before->getResult(0)) {
        operands.push_back(sums);
      } else if (Value scalar = broadcast_scalar(operand)) {
        operands.push_back(vector::BroadcastOp::create(b, loc, type, get(scalar).value));
      } else {
        operands.push_back(vector::TransferReadOp::create(b, loc, type, get(operand).value, place,
                                                          constant(loc, type.getElementType(), 0),
                                                          ArrayRef<bool>{true}));
      }
    }
    sums = scalar(b, op, operands);
    before = op;
  }
  return sums;
}

}  // namespace fedc::lower
