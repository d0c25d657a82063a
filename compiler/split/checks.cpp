#include "compiler/split/checks.h"

#include "dialects/local/Local.h"
#include "mlir/IR/IRMapping.h"

namespace fedc::split {

using mlir::IntegerType;
using mlir::RankedTensorType;
using mlir::Value;

namespace {

RankedTensorType type_of(Value value) { return llvm::cast<RankedTensorType>(value.getType()); }
IntegerType element_of(Value value) {
  return llvm::cast<IntegerType>(type_of(value).getElementType());
}

// Whether the type has values above `value`.
bool exceeds(IntegerType type, int64_t value) {
  unsigned bits = type.getWidth() - (type.isUnsigned() ? 0 : 1);
  return bits > 63 || value < static_cast<int64_t>((uint64_t{1} << bits) - 1);
}

}  // namespace

Value FlatBuilder::splat(Value like, int64_t value) {
  llvm::APInt bits(element_of(like).getWidth(), static_cast<uint64_t>(value));
  return local::ConstantOp::create(b_, loc_, mlir::DenseElementsAttr::get(type_of(like), bits));
}

void FlatBuilder::check_range(Value value, int64_t most, const std::string& message) {
  RankedTensorType flags = local::withElementType(type_of(value), b_.getI1Type());
  Value good;
  auto require = [&](local::Direction direction, int64_t bound) {
    Value one = local::CompareOp::create(b_, loc_, flags, value, splat(value, bound), direction);
    good = good ? Value(local::AndOp::create(b_, loc_, flags, good, one)) : one;
  };
  if (!element_of(value).isUnsigned()) require(local::Direction::GE, 0);
  if (exceeds(element_of(value), most)) require(local::Direction::LE, most);
  if (!good) return;
  if (flags.getRank() > 0) {
    auto all = llvm::to_vector(llvm::seq<int64_t>(0, flags.getRank()));
    good = local::ReduceOp::create(b_, loc_, RankedTensorType::get({}, b_.getI1Type()), good,
                                   local::ReduceKind::All, all);
  }
  local::AssertOp::create(b_, loc_, good, message);
}

Value FlatBuilder::to_int64(Value value) {
  if (element_of(value).isSignlessInteger(64)) return value;
  return local::ConvertOp::create(b_, loc_, local::withElementType(type_of(value), b_.getI64Type()),
                                  value);
}

Value FlatBuilder::modulo(Value value, int64_t modulus) {
  // Before it becomes int64 a uint64 could not be told from a negative number.
  bool wide = element_of(value).isUnsigned() && element_of(value).getWidth() == 64;
  Value x = wide ? value : to_int64(value);
  Value by = splat(x, modulus);
  Value rest = local::RemainderOp::create(b_, loc_, x.getType(), x, by);
  if (element_of(value).isUnsigned()) return to_int64(rest);
  // The remainder has the sign of x.
  RankedTensorType flags = local::withElementType(type_of(value), b_.getI1Type());
  Value negative =
      local::CompareOp::create(b_, loc_, flags, rest, splat(rest, 0), local::Direction::LT);
  Value above = local::AddOp::create(b_, loc_, rest.getType(), rest, by);
  return local::SelectOp::create(b_, loc_, rest.getType(), negative, above, rest);
}

llvm::SmallVector<Value> FlatBuilder::rows(Value keys, mlir::Block& slice,
                                           mlir::ValueRange database) {
  int64_t count = type_of(keys).getDimSize(0);
  llvm::SmallVector<mlir::Type> one, stacked;
  llvm::SmallVector<Value> zeros;
  for (mlir::Type type : slice.getTerminator()->getOperandTypes()) {
    auto tensor = llvm::cast<RankedTensorType>(type);
    llvm::SmallVector<int64_t> shape = {count};
    llvm::append_range(shape, tensor.getShape());
    auto stack = RankedTensorType::get(shape, tensor.getElementType());
    one.push_back(type);
    stacked.push_back(stack);
    zeros.push_back(local::ConstantOp::create(
        b_, loc_, llvm::cast<mlir::DenseElementsAttr>(b_.getZeroAttr(stack))));
  }
  if (count == 0) return zeros;
  auto sequence = [&](llvm::ArrayRef<mlir::Type> leaves) {
    return local::SequenceType::get(b_.getContext(), leaves);
  };
  mlir::Type key = RankedTensorType::get({}, element_of(keys));
  Value all = local::SequenceRowsOp::create(b_, loc_, sequence({key}), keys);
  auto map = local::SequenceMapOp::create(b_, loc_, sequence(one), all);
  {
    mlir::OpBuilder::InsertionGuard guard(b_);
    mlir::Block* body = b_.createBlock(&map.getBody(), {}, {key}, {loc_});
    mlir::IRMapping mapping;
    for (auto [argument, value] : llvm::zip(slice.getArguments(), database))
      mapping.map(argument, value);
    mapping.map(slice.getArguments().back(), body->getArgument(0));
    for (mlir::Operation& op : slice.without_terminator()) b_.clone(op, mapping);
    llvm::SmallVector<Value> yielded;
    for (Value value : slice.getTerminator()->getOperands())
      yielded.push_back(mapping.lookup(value));
    local::YieldOp::create(b_, loc_, yielded);
  }
  Value batch = local::SequenceBatchOp::create(b_, loc_, sequence(stacked), map.getResult(), count,
                                               /*drop_remainder=*/true);
  auto reduce =
      local::SequenceReduceOp::create(b_, loc_, stacked, batch, zeros, mlir::IntegerAttr());
  mlir::OpBuilder::InsertionGuard guard(b_);
  llvm::SmallVector<mlir::Type> types(stacked);
  llvm::append_range(types, stacked);
  llvm::SmallVector<mlir::Location> locations(types.size(), loc_);
  mlir::Block* body = b_.createBlock(&reduce.getBody(), {}, types, locations);
  local::YieldOp::create(b_, loc_, body->getArguments().take_back(stacked.size()));
  return llvm::SmallVector<Value>(reduce.getResults());
}

}  // namespace fedc::split
