// Verifiers of federated types, parameters and intrinsics.
#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"

using namespace mlir;

namespace fed {
namespace {

FederatedType federated(Value value) { return cast<FederatedType>(value.getType()); }

// What a region sees of a value.
Type memberOf(Type type) {
  auto placed = dyn_cast<FederatedType>(type);
  return placed ? placed.getMember() : type;
}

SmallVector<Type> membersOf(TypeRange types) {
  return llvm::map_to_vector(types, [](Type type) { return memberOf(type); });
}

bool isScalar(Type type, bool (*element)(Type)) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 0 && element(tensor.getElementType());
}

bool isInteger(Type element) { return local::isNumber(element) && !local::isFloat(element); }

// An unplaced value can be had anywhere, a server value where aggregates are.
bool isUnplacedOrServer(Type type) {
  auto placed = dyn_cast<FederatedType>(type);
  return !placed || placed.getPlacement() == Placement::Server;
}

LogicalResult verifyPlace(Operation* op) {
  Dialect* dialect = op->getParentOp()->getDialect();
  if (dialect && (isa<FedDialect>(dialect) || isa<local::LocalDialect>(dialect)))  // intrinsic_c1
    return op->emitOpError() << "cannot stand in a region of `" << op->getParentOp()->getName()
                             << "`";
  return success();
}

LogicalResult verifyMessage(Operation* op, Type member) {
  auto tensor = dyn_cast<RankedTensorType>(member);
  if (!tensor || !tensor.hasStaticShape())  // intrinsic_c2
    return op->emitOpError() << "moves a " << member << " between placements, which only a tensor "
                             << "of static shape can";
  return success();
}

// Place and types of an intrinsic that reduces each leaf by itself.
LogicalResult verifyReduction(Operation* op, Value value, Value result, bool (*element)(Type),
                              StringRef what,
                              function_ref<bool(Type sum, Type member)> gives = nullptr) {
  Type member = federated(value).getMember();
  if (failed(verifyPlace(op)) || failed(verifyMessage(op, member))) return failure();
  if (!element(cast<RankedTensorType>(member).getElementType()))
    return op->emitOpError() << "combines " << what << ", not " << member;
  Type made = federated(result).getMember();
  if (gives ? !gives(made, member) : made != member)
    return op->emitOpError() << "of " << member << " gives no " << federated(result).getMember();
  return success();
}

LogicalResult verifyRegion(Operation* op, Region& region, StringRef name, TypeRange takes,
                           TypeRange yields) {
  if (region.getArgumentTypes() != takes)
    return op->emitOpError() << name << " takes (" << region.getArgumentTypes() << "), expected ("
                             << takes << ")";
  Block& block = region.front();
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield) return op->emitOpError() << name << " must end with `fed.yield`";
  if (yield.getOperandTypes() != yields)
    return op->emitOpError() << name << " yields (" << yield.getOperandTypes() << "), expected ("
                             << yields << ")";
  return success();
}

}  // namespace

LogicalResult FederatedType::verify(function_ref<InFlightDiagnostic()> emit_error, Type member,
                                    Placement placement, bool all_equal) {
  if (!isa<RankedTensorType, local::SequenceType>(member))  // federated_type_c1
    return emit_error() << "a federated value's member is a tensor or a sequence, not " << member;
  if (all_equal && placement != Placement::Clients)  // federated_type_c2
    return emit_error() << "only a value at the clients is all equal";
  return success();
}

// param ----------------------------------------------------------------------------------------

// -1, 0 or 1; 2 where a value is NaN.
static int compareScalars(TypedAttr x, TypedAttr y) {
  if (auto real = dyn_cast<FloatAttr>(x)) {
    switch (real.getValue().compare(cast<FloatAttr>(y).getValue())) {
      case APFloat::cmpLessThan:
        return -1;
      case APFloat::cmpEqual:
        return 0;
      case APFloat::cmpGreaterThan:
        return 1;
      case APFloat::cmpUnordered:
        return 2;
    }
  }
  APInt a = cast<IntegerAttr>(x).getValue(), b = cast<IntegerAttr>(y).getValue();
  bool is_unsigned = x.getType().isUnsignedInteger() || x.getType().isSignlessInteger(1);
  return a == b ? 0 : (is_unsigned ? a.ult(b) : a.slt(b)) ? -1 : 1;
}

LogicalResult ParamOp::verify() {
  if (!isScalar(getType(), local::isElement))  // fed_param_c1
    return emitOpError() << "type must be a scalar tensor, not " << getType();
  Type element = cast<RankedTensorType>(getType()).getElementType();
  std::optional<TypedAttr> minimum = getMinimum(), maximum = getMaximum();
  for (std::optional<TypedAttr> value : {std::optional(getDefaultValue()), minimum, maximum})
    if (value && (!isa<FloatAttr, IntegerAttr>(*value) || value->getType() != element))
      return emitOpError() << "value " << *value << " is no " << element;  // fed_param_c1
  if (minimum.has_value() != maximum.has_value())                          // fed_param_c2
    return emitOpError() << "has one end of a range";
  if (minimum && (compareScalars(*minimum, getDefaultValue()) > 0 ||  // fed_param_c2
                  compareScalars(getDefaultValue(), *maximum) > 0))
    return emitOpError() << "default " << getDefaultValue() << " is not between " << *minimum
                         << " and " << *maximum;
  return success();
}

// Moves ----------------------------------------------------------------------------------------

LogicalResult ValueOp::verify() {
  if (failed(verifyPlace(*this))) return failure();
  if (federated(getResult()).getMember() != getValue().getType())  // value_c1
    return emitOpError() << "places a " << getValue().getType() << " but gives " << getType();
  if (getType().getPlacement() == Placement::Clients && !getType().getAllEqual())  // value_c2
    return emitOpError() << "at the clients is all equal: " << getType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  Type member = federated(getValue()).getMember();
  if (failed(verifyPlace(*this)) || failed(verifyMessage(*this, member))) return failure();
  if (federated(getResult()).getMember() != member)  // broadcast_c1
    return emitOpError() << "of " << member << " gives no " << federated(getResult()).getMember();
  return success();
}

LogicalResult MapOp::verify() {
  if (failed(verifyPlace(*this))) return failure();
  bool all_equal = true;
  for (Type type : getOperandTypes()) {
    auto placed = dyn_cast<FederatedType>(type);
    if (!placed) continue;
    all_equal &= placed.getAllEqual();
    if (placed.getPlacement() != getPlacement())  // map_c1
      return emitOpError() << "at the " << stringifyPlacement(getPlacement()) << " cannot read "
                           << type;
  }
  for (Type type : getResultTypes()) {
    auto placed = cast<FederatedType>(type);
    if (placed.getPlacement() != getPlacement())  // map_c1
      return emitOpError() << "at the " << stringifyPlacement(getPlacement()) << " cannot give "
                           << type;
    if (placed.getAllEqual() && !all_equal)  // map_c1
      return emitOpError() << "gives an all-equal value from values that are not";
  }
  return verifyRegion(*this, getBody(), "region",  // map_c2, map_c3
                      membersOf(getOperandTypes()), membersOf(getResultTypes()));
}

// Aggregations ---------------------------------------------------------------------------------

LogicalResult MinOp::verify() {  // min_c1
  return verifyReduction(*this, getValue(), getResult(), local::isNumber, "numbers");
}

LogicalResult MaxOp::verify() {  // max_c1
  return verifyReduction(*this, getValue(), getResult(), local::isNumber, "numbers");
}

RankedTensorType wide_sum(RankedTensorType member) {
  if (!member.getElementType().isF32()) return member;
  return local::withElementType(member, Float64Type::get(member.getContext()));
}

bool is_sum_of(Type sum, Type member, bool weighted) {
  auto tensor = dyn_cast<RankedTensorType>(member);
  const bool wide = tensor && sum == wide_sum(tensor);
  if (weighted) return wide && cast<RankedTensorType>(sum).getElementType().isF64();
  return sum == member || wide;
}

LogicalResult SumOp::verify() {
  Value weight = getWeight();
  if (weight && !isScalar(federated(weight).getMember(), local::isNumber))  // sum_c2
    return emitOpError() << "weight must be a scalar number, not " << federated(weight).getMember();
  return verifyReduction(*this, getValue(), getResult(), local::isNumber, "numbers",
                         [&](Type sum, Type member) {  // sum_c1, sum_c3
                           return is_sum_of(sum, member, static_cast<bool>(weight));
                         });
}

LogicalResult MeanOp::verify() {
  if (getWeight() && !isScalar(federated(getWeight()).getMember(), local::isNumber))  // mean_c2
    return emitOpError() << "weight must be a scalar number, not "
                         << federated(getWeight()).getMember();
  if (getIfEmpty() && (!isUnplacedOrServer(getIfEmpty().getType()) ||  // mean_c3
                       memberOf(getIfEmpty().getType()) != federated(getValue()).getMember()))
    return emitOpError() << "if_empty must be a " << federated(getValue()).getMember()
                         << ", unplaced or at the server, not " << getIfEmpty().getType();
  return verifyReduction(*this, getValue(), getResult(), local::isFloat, "floats");  // mean_c1
}

// secure_sum_c1, secure_sum_bitwidth_c1, secure_modular_sum_c1;
// secure_sum_c2, secure_sum_bitwidth_c2, secure_modular_sum_c2.
static LogicalResult verifySecure(Operation* op, Value value, Value result, int64_t limit,
                                  int64_t least, int64_t most) {
  Type member = federated(value).getMember();
  if (failed(verifyPlace(op)) || failed(verifyMessage(op, member))) return failure();
  auto tensor = cast<RankedTensorType>(member);
  Type sum = local::withElementType(tensor, IntegerType::get(op->getContext(), 64));
  if (!isInteger(tensor.getElementType()))
    return op->emitOpError() << "sums integers, not " << member;
  if (federated(result).getMember() != sum)
    return op->emitOpError() << "of " << member << " gives a " << sum << ", not "
                             << federated(result).getMember();
  if (limit < least || limit > most)
    return op->emitOpError() << "has a limit of " << limit << ", which is not from " << least
                             << " to " << most;
  return success();
}

// Sums stay below 2^62, so values do.
constexpr int64_t kMostOfSum = int64_t{1} << 62;

LogicalResult SecureSumOp::verify() {
  return verifySecure(*this, getValue(), getResult(), getMax(), 0, kMostOfSum - 1);
}
LogicalResult SecureSumBitwidthOp::verify() {
  return verifySecure(*this, getValue(), getResult(), getBitwidth(), 1, 62);
}
LogicalResult SecureModularSumOp::verify() {
  return verifySecure(*this, getValue(), getResult(), getModulus(), 1, kMostOfSum);
}

LogicalResult AggregateOp::verify() {
  if (failed(verifyPlace(*this))) return failure();
  SmallVector<Type> accumulator = membersOf(getZero().getTypes()),
                    members = membersOf(getValues().getTypes()),
                    results = membersOf(getResultTypes());
  for (Type type : getZero().getTypes())
    if (isa<FederatedType>(type))  // aggregate_c1
      return emitOpError() << "zero must be unplaced, not " << type;
  for (ArrayRef<Type> types : {ArrayRef<Type>(members), ArrayRef<Type>(accumulator)})
    for (Type type : types)
      if (failed(verifyMessage(*this, type))) return failure();
  SmallVector<Type> step = accumulator, both = accumulator;
  llvm::append_range(step, members);
  llvm::append_range(both, accumulator);
  if (failed(verifyRegion(*this, getAccumulate(), "accumulate", step,  // aggregate_c2
                          accumulator)) ||
      failed(verifyRegion(*this, getMerge(), "merge", both, accumulator)))  // aggregate_c3
    return failure();
  return verifyRegion(*this, getReport(), "report", accumulator, results);  // aggregate_c4
}

LogicalResult FoldOp::verify() {
  Block& block = getZero().front();
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield || block.getNumArguments() != 0)  // fold_c1
    return emitOpError() << "zero takes nothing and must end with `fed.yield`";
  SmallVector<Type> accumulator(yield.getOperandTypes()), step = accumulator, both = accumulator;
  for (Type type : accumulator)
    if (failed(verifyMessage(*this, type))) return failure();  // fold_c1
  SmallVector<Type> members(getAccumulate().getArgumentTypes());
  if (members.size() != accumulator.size() + getValues().size())  // fold_c2
    return emitOpError() << "accumulate takes " << members.size() << " values, expected "
                         << accumulator.size() + getValues().size();
  llvm::append_range(step, ArrayRef(members).drop_front(accumulator.size()));
  llvm::append_range(both, accumulator);
  if (failed(verifyRegion(*this, getAccumulate(), "accumulate", step, accumulator)) ||  // fold_c2
      failed(verifyRegion(*this, getMerge(), "merge", both, accumulator)))              // fold_c3
    return failure();
  auto end =
      getReport().front().empty() ? YieldOp() : dyn_cast<YieldOp>(getReport().front().back());
  if (!end || end.getNumOperands() != getResults().size())  // fold_c4
    return emitOpError() << "report must yield " << getResults().size() << " values";
  return verifyRegion(*this, getReport(), "report", accumulator, end.getOperandTypes());  // fold_c4
}

LogicalResult SelectOp::verify() {
  if (failed(verifyPlace(*this))) return failure();
  auto keys = dyn_cast<RankedTensorType>(federated(getKeys()).getMember());
  if (!keys || keys.getRank() != 1 || !keys.hasStaticShape() ||
      !isInteger(keys.getElementType()))  // select_c1
    return emitOpError() << "keys must be integers of rank 1 and static length, not "
                         << federated(getKeys()).getMember();
  if (static_cast<int64_t>(getMaxKey()) < 0)  // select_c2
    return emitOpError() << "max_key must be at least 0";
  SmallVector<Type> takes = membersOf(getDatabase().getTypes()), slices;
  for (Type type : takes)
    if (failed(verifyMessage(*this, type))) return failure();
  takes.push_back(RankedTensorType::get({}, keys.getElementType()));
  for (Type type : membersOf(getResultTypes())) {
    auto stack = dyn_cast<RankedTensorType>(type);
    if (!stack || stack.getRank() == 0 || stack.getDimSize(0) != keys.getDimSize(0))  // select_c4
      return emitOpError() << "gives a stack of " << keys.getDimSize(0)
                           << " slices for each leaf, not " << type;
    slices.push_back(local::makeTensorType(ArrayRef(local::getDims(stack)).drop_front(),
                                           stack.getElementType()));
  }
  return verifyRegion(*this, getSlice(), "region", takes, slices);  // select_c3, select_c4
}

}  // namespace fed
