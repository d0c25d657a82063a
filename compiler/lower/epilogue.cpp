// What is done to the sums of a contraction while they are in registers, as the update of weights
// by their gradient: neither is the gradient stored, then, nor read again.
#include "compiler/lower/contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
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
             local::MinimumOp, local::SelectOp>(op);
}

// A tensor of the same shape.
bool is_shaped_as(Value value, RankedTensorType type, Type element) {
  auto other = dyn_cast<RankedTensorType>(value.getType());
  return other && other.getShape() == type.getShape() && other.getElementType() == element &&
         local::getBounds(other) == local::getBounds(type);
}

std::optional<Attribute> splat(Value value) {
  auto op = value.getDefiningOp<local::ConstantOp>();
  auto dense = op ? dyn_cast<DenseElementsAttr>(op.getValue()) : DenseElementsAttr();
  if (!dense || !dense.isSplat()) return {};
  return dense.getSplatValue<Attribute>();
}

// What stands behind one contraction.
class Finder {
 public:
  // `taken`: operations that another one has; `remade`: those that another one makes again, of
  // operands that must be there, then.
  Finder(Operation* contraction, const llvm::SmallPtrSetImpl<Operation*>& taken,
         const llvm::SmallPtrSetImpl<Operation*>& remade)
      : contraction_(contraction),
        taken_(taken),
        remade_(remade),
        type_(dyn_cast<RankedTensorType>(contraction->getResult(0).getType())) {}

  // The next reader of any result so far joins, while it can: what reads a result and cannot stands
  // behind the last that joined, where all results are there.
  Epilogue find() {
    if (!type_ || type_.getRank() == 0 || !isa<Float32Type, Float64Type>(type_.getElementType()))
      return {};
    while (epilogue_.operations.size() < kMost) {
      Operation* next = next_reader();
      if (!next || !joins(next)) break;
      epilogue_.operations.push_back(next);
    }
    for (Value value : values()) {
      if (llvm::any_of(value.getUsers(), [&](Operation* user) { return !is_in(user); }))
        epilogue_.results.push_back(value);
    }
    if (epilogue_.results.empty()) return {};
    return std::move(epilogue_);
  }

 private:
  static constexpr size_t kMost = 16;  // operations
  static constexpr int kDepth = 4;     // of operations that are made again

  Values values() const {
    Values values = {contraction_->getResult(0)};
    for (Operation* op : epilogue_.operations) values.push_back(op->getResult(0));
    return values;
  }
  bool is_in(Operation* op) const { return llvm::is_contained(epilogue_.operations, op); }

  Operation* next_reader() const {
    Operation* next = nullptr;
    for (Value value : values()) {
      for (Operation* user : value.getUsers()) {
        Operation* op = contraction_->getBlock()->findAncestorOpInBlock(*user);
        if (!is_in(op) && (!next || op->isBeforeInBlock(next))) next = op;
      }
    }
    return next;
  }

  bool joins(Operation* op) {
    if (!is_light(op) || taken_.contains(op) || remade_.contains(op) ||
        !is_shaped_as(op->getResult(0), type_, type_.getElementType()))
      return false;
    llvm::SmallPtrSet<Operation*, 4> inside = epilogue_.inside;
    if (!llvm::all_of(op->getOperands(), [&](Value v) { return can_read(v, inside, 0); }))
      return false;
    epilogue_.inside = inside;
    return true;
  }

  // Whether an operand is in a register, or can be; adds what is made again to `inside`.
  bool can_read(Value value, llvm::SmallPtrSet<Operation*, 4>& inside, int depth) {
    if (llvm::is_contained(values(), value)) return true;
    Operation* op = value.getDefiningOp();
    const bool is_float = is_shaped_as(value, type_, type_.getElementType());
    if (!is_float && !is_shaped_as(value, type_, IntegerType::get(value.getContext(), 1)))
      return false;
    if (is_float && (splat(value) || isa_and_nonnull<local::BroadcastInDimOp>(op))) return true;
    // Masks are not read from memory: a bool is no number of bits that vectors have there.
    const bool is_mask = isa_and_nonnull<local::CompareOp>(op);
    if (op && depth < kDepth && op->getBlock() == contraction_->getBlock() &&
        !taken_.contains(op) && (is_mask || (is_float && is_light(op) && op->hasOneUse()))) {
      llvm::SmallPtrSet<Operation*, 4> with = inside;
      with.insert(op);
      if (llvm::all_of(op->getOperands(), [&](Value v) { return can_read(v, with, depth + 1); })) {
        inside = with;
        return true;
      }
    }
    return is_float;
  }

  Operation* contraction_;
  const llvm::SmallPtrSetImpl<Operation*>& taken_;
  const llvm::SmallPtrSetImpl<Operation*>& remade_;
  RankedTensorType type_;
  Epilogue epilogue_;
};

}  // namespace

LogicalResult Lowering::lower_block(Block& block) {
  llvm::SmallPtrSet<Operation*, 16> later, remade;
  llvm::DenseMap<Operation*, Operation*> contractions;  // by the last operation behind
  for (Operation& op : block.without_terminator()) {
    if (Operation* contraction = contractions.lookup(&op)) {
      if (failed(lower_with_epilogue(contraction))) return failure();
      continue;
    }
    if (later.contains(&op)) continue;
    if (is_contraction(&op)) {
      Epilogue epilogue = Finder(&op, later, remade).find();
      if (!epilogue.operations.empty()) {
        // Where the last one stands all operands are there.
        later.insert_range(epilogue.operations);
        remade.insert_range(epilogue.inside);
        contractions[epilogue.operations.back()] = &op;
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
  SmallVector<Operation*> operations = epilogues_.lookup(contraction).operations;
  if (failed(lower(contraction))) return failure();
  // Else it became something else than sums in registers, or sizes are to be compared first.
  if (!epilogues_.erase(contraction)) return success();
  for (Operation* op : operations)
    if (failed(lower(op))) return failure();
  return success();
}

Epilogue Lowering::take_epilogue(Operation* contraction, const Lowered& shape) {
  Epilogue none;
  none.results = {contraction->getResult(0)};
  auto it = epilogues_.find(contraction);
  if (it == epilogues_.end()) return none;
  auto is_known = [&](Operation* op) {
    return llvm::all_of(op->getOperands(), [&](Value operand) {
      auto value = values_.find(operand);
      if (value == values_.end() || value->second.is_scalar()) return true;
      return llvm::all_of(llvm::zip_equal(value->second.sizes, shape.sizes), [&](auto pair) {
        auto [size, wanted] = pair;
        return agreed(size, wanted) == wanted;
      });
    });
  };
  // What is made here has no sizes yet: those of an earlier copy of this block must not be asked.
  for (Operation* op : it->second.operations) values_.erase(op->getResult(0));
  values_.erase(contraction->getResult(0));
  if (!llvm::all_of(it->second.operations, is_known) || !llvm::all_of(it->second.inside, is_known))
    return none;
  Epilogue epilogue = std::move(it->second);
  epilogues_.erase(it);
  return epilogue;
}

bool Lowering::is_last_read(Value value, const Epilogue& epilogue, Operation* contraction) const {
  auto is_part = [&](Operation* op) { return llvm::is_contained(epilogue.operations, op); };
  return llvm::all_of(value.getUsers(), [&](Operation* user) {
    if (is_part(user)) return true;
    // What is made again, and nowhere else.
    if (epilogue.inside.contains(user))
      return llvm::all_of(user->getUsers(), [&](Operation* op) {
        return is_part(op) || epilogue.inside.contains(op);
      });
    // Of what sums begin with a tile reads what it will write.
    if (auto dot = dyn_cast<local::DotGeneralOp>(user); dot && user == contraction)
      return dot.getLhs() != value && dot.getRhs() != value;
    // Others than built contractions may be fused to a later place.
    return user != contraction && user->getBlock() == contraction->getBlock() &&
           built_.contains(user);
  });
}

Values Lowering::apply(const Epilogue& epilogue, Operation* contraction, Value sums,
                       ValueRange place) {
  auto type = cast<VectorType>(sums.getType());
  llvm::DenseMap<Value, Value> made;
  made[contraction->getResult(0)] = sums;
  for (Operation* op : epilogue.operations) {
    Values operands;
    for (Value operand : op->getOperands())
      operands.push_back(remake(epilogue, operand, type, place, made));
    made[op->getResult(0)] = on_registers(op, operands);
  }
  return Values(llvm::map_range(epilogue.results, [&](Value value) { return made.at(value); }));
}

Value Lowering::on_registers(Operation* op, ValueRange operands) {
  if (isa<local::SelectOp>(op))
    return arith::SelectOp::create(b, op->getLoc(), operands[0], operands[1], operands[2]);
  return scalar(b, op, operands);
}

Value Lowering::remake(const Epilogue& epilogue, Value value, VectorType type, ValueRange place,
                       llvm::DenseMap<Value, Value>& made) {
  if (Value done = made.lookup(value)) return done;
  Location loc = value.getLoc();
  Value result;
  auto read = [&](Value tensor, ValueRange at) -> Value {
    return vector::TransferReadOp::create(
        b, loc, type, tensor, at, constant(loc, type.getElementType(), 0), ArrayRef<bool>{true});
  };
  if (std::optional<Attribute> number = splat(value)) {
    Attribute attribute = DenseElementsAttr::get(cast<ShapedType>(type), *number);
    result = arith::ConstantOp::create(b, loc, cast<TypedAttr>(attribute));
  } else if (auto op = value.getDefiningOp<local::BroadcastInDimOp>()) {
    const Lowered& operand = get(op.getOperand());
    bool along = false;  // whether neighbours are neighbours in the operand
    Values at;
    for (auto [i, dim] : llvm::enumerate(op.getDimensions())) {
      const bool repeats = getConstantIntValue(operand.sizes[i]) == 1;
      at.push_back(repeats ? index_constant(loc, 0) : place[dim]);
      along = !repeats && dim + 1 == static_cast<int64_t>(place.size());
    }
    result = along ? read(operand.value, at)
                   : Value(vector::BroadcastOp::create(b, loc, type, element_at(loc, operand, at)));
  } else if (Operation* op = value.getDefiningOp(); op && epilogue.inside.contains(op)) {
    Values operands;
    for (Value operand : op->getOperands())
      operands.push_back(remake(epilogue, operand, type, place, made));
    result = on_registers(op, operands);
  } else {
    result = read(get(value).value, place);
  }
  made[value] = result;
  return result;
}

}  // namespace fedc::lower
