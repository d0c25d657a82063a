#include "compiler/interpret/eval.h"

#include "dialects/local/Local.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace fedc::interpret {
namespace {

Tensor constant(mlir::DenseElementsAttr value) {
  const auto type = mlir::cast<mlir::ShapedType>(value.getType());
  const ElementType element = element_type(type.getElementType());
  Tensor result = Tensor::zeros(element, type.getShape().vec());
  const size_t size = fedrt::element_size(element);
  int64_t i = 0;
  const auto put = [&](const llvm::APInt& bits) {
    const uint64_t word = bits.getZExtValue();
    std::memcpy(&result.bytes[i++ * size], &word, size);  // little endian, as this host is
  };
  if (mlir::isa<mlir::FloatType>(type.getElementType())) {
    for (const llvm::APFloat& x : value.getValues<llvm::APFloat>()) put(x.bitcastToAPInt());
  } else {
    for (const llvm::APInt& x : value.getValues<llvm::APInt>()) put(x);
  }
  return result;
}

}  // namespace

ElementType element_type(mlir::Type type) {
  if (type.isF16()) return ElementType::kFloat16;
  if (type.isBF16()) return ElementType::kBfloat16;
  if (type.isF32()) return ElementType::kFloat32;
  if (type.isF64()) return ElementType::kFloat64;
  if (type.isInteger(1)) return ElementType::kBool;
  const bool is_unsigned = type.isUnsignedInteger();
  switch (type.getIntOrFloatBitWidth()) {
    case 8:
      return is_unsigned ? ElementType::kUint8 : ElementType::kInt8;
    case 16:
      return is_unsigned ? ElementType::kUint16 : ElementType::kInt16;
    case 32:
      return is_unsigned ? ElementType::kUint32 : ElementType::kInt32;
    default:
      return is_unsigned ? ElementType::kUint64 : ElementType::kInt64;
  }
}

Evaluator::~Evaluator() {
  for (const auto& weak : cyclic_) {
    if (const ScopePtr scope = weak.lock()) scope->values.clear();
  }
}

void Evaluator::fail(int32_t status, mlir::Location location, std::string message) {
  if (!failure_) failure_ = Failure{status, location, std::move(message)};
}

std::optional<std::vector<Value>> Evaluator::run(mlir::Block& block, std::vector<Value> arguments,
                                                 ScopePtr parent) {
  auto scope = std::make_shared<Scope>(Scope{&block, std::move(parent), {}});
  for (size_t i = 0; i < arguments.size(); ++i) {
    scope->values.emplace(block.getArgument(i).getAsOpaquePointer(), std::move(arguments[i]));
  }
  for (mlir::Operation& op : block.without_terminator()) {
    if (!mlir::isMemoryEffectFree(&op) && !evaluate(op, scope)) return std::nullopt;
  }
  std::vector<Value> results;
  for (const mlir::Value value : block.getTerminator()->getOperands()) {
    const Value* result = get(value, scope);
    if (!result) return std::nullopt;
    results.push_back(*result);
  }
  return results;
}

const Value* Evaluator::get(mlir::Value value, const ScopePtr& scope) {
  if (failure_) return nullptr;
  ScopePtr at = scope;
  while (at && at->block != value.getParentBlock()) at = at->parent;
  if (!at) {
    fail(FED_BAD_CALL, value.getLoc(), "a value of a block that does not run");
    return nullptr;
  }
  const void* key = value.getAsOpaquePointer();
  if (auto it = at->values.find(key); it != at->values.end()) return &it->second;
  mlir::Operation* op = value.getDefiningOp();
  if (!op || op->getName().getDialectNamespace() == "fed") {
    std::optional<Value> result = outside(value, at);
    if (!result) return nullptr;
    return &at->values.emplace(key, std::move(*result)).first->second;
  }
  if (!evaluate(*op, at)) return nullptr;
  return &at->values.at(key);
}

const Tensor* Evaluator::tensor(mlir::Value value, const ScopePtr& scope) {
  const Value* found = get(value, scope);
  return found ? std::get_if<Tensor>(found) : nullptr;
}

void Evaluator::show(local::DebugOp, const Tensor&) {}

std::optional<Value> Evaluator::outside(mlir::Value value, const ScopePtr&) {
  fail(FED_BAD_CALL, value.getLoc(), "a value from outside of what is evaluated");
  return std::nullopt;
}

bool Evaluator::evaluate(mlir::Operation& op, const ScopePtr& scope) {
  Operands operands;
  for (const mlir::Value operand : op.getOperands()) {
    const Value* value = get(operand, scope);
    if (!value) return false;
    operands.push_back(value);
  }
  std::optional<std::vector<Value>> results = compute(op, operands, scope);
  if (!results || failure_) return false;
  for (const mlir::OpResult result : op.getResults()) {
    scope->values.insert_or_assign(result.getAsOpaquePointer(),
                                   std::move((*results)[result.getResultNumber()]));
  }
  return true;
}

Evaluator::Results Evaluator::compute(mlir::Operation& op, const Operands& operands,
                                      const ScopePtr& scope) {
  if (auto c = mlir::dyn_cast<local::ConstantOp>(op)) {
    if (auto dense = mlir::dyn_cast<mlir::DenseElementsAttr>(c.getValue())) {
      return std::vector<Value>{constant(dense)};
    }
  }
  if (auto param = mlir::dyn_cast<local::ParamOp>(op)) {
    const auto it = params_.find(param.getName().str());
    if (it != params_.end()) return std::vector<Value>{it->second};
    fail(FED_BAD_CALL, op.getLoc(),
         "no value is given for parameter `" + param.getName().str() + "`");
    return std::nullopt;
  }
  if (op.getNumRegions() ||
      mlir::isa<local::AssertOp, local::DebugOp, local::SequenceRowsOp, mlir::func::CallOp>(op)) {
    return control(op, operands, scope);
  }
  std::vector<const Tensor*> tensors;
  for (const Value* operand : operands) tensors.push_back(std::get_if<Tensor>(operand));
  if (llvm::is_contained(tensors, nullptr)) return sequence(op, operands, scope);
  Results results = elementwise(op, tensors);
  if (!results && !failure_) results = shape(op, tensors);
  if (!results && !failure_) results = contract(op, tensors);
  if (!results && !failure_) results = indexed(op, tensors);
  if (!results && !failure_) results = window(op, tensors);
  if (!results && !failure_) {
    fail(FED_BAD_CALL, op.getLoc(),
         "the interpreter does not know `" + op.getName().getStringRef().str() + "`");
  }
  return results;
}

bool Evaluator::same(mlir::Operation& op, int64_t a, int64_t b) {
  if (a == b) return true;
  fail(FED_BAD_SIZE, op.getLoc(), "sizes " + std::to_string(a) + " and " + std::to_string(b));
  return false;
}

Evaluator::Results Evaluator::elementwise(mlir::Operation& op,
                                          const std::vector<const Tensor*>& operands) {
  const auto unary_op =
      llvm::TypeSwitch<mlir::Operation*, std::optional<Unary>>(&op)
          .Case<local::NegateOp>([](auto) { return Unary::kNegate; })
          .Case<local::AbsOp>([](auto) { return Unary::kAbs; })
          .Case<local::SignOp>([](auto) { return Unary::kSign; })
          .Case<local::SqrtOp>([](auto) { return Unary::kSqrt; })
          .Case<local::RsqrtOp>([](auto) { return Unary::kRsqrt; })
          .Case<local::FloorOp>([](auto) { return Unary::kFloor; })
          .Case<local::CeilOp>([](auto) { return Unary::kCeil; })
          .Case<local::RoundNearestEvenOp>([](auto) { return Unary::kRoundEven; })
          .Case<local::RoundNearestAfzOp>([](auto) { return Unary::kRoundAway; })
          .Case<local::BitwiseNotOp>([](auto) { return Unary::kBitwiseNot; })
          .Case<local::PopcntOp>([](auto) { return Unary::kPopcount; })
          .Case<local::CountLeadingZerosOp>([](auto) { return Unary::kLeadingZeros; })
          .Case<local::NotOp>([](auto) { return Unary::kNot; })
          .Case<local::StopGradientOp>([](auto) { return Unary::kCopy; })
          .Default([](auto) { return std::nullopt; });
  const auto function_op = llvm::TypeSwitch<mlir::Operation*, std::optional<Function>>(&op)
                               .Case<local::ExpOp>([](auto) { return Function::kExp; })
                               .Case<local::LogOp>([](auto) { return Function::kLog; })
                               .Case<local::Log1pOp>([](auto) { return Function::kLog1p; })
                               .Case<local::Expm1Op>([](auto) { return Function::kExpm1; })
                               .Case<local::TanhOp>([](auto) { return Function::kTanh; })
                               .Case<local::LogisticOp>([](auto) { return Function::kLogistic; })
                               .Case<local::SineOp>([](auto) { return Function::kSin; })
                               .Case<local::CosineOp>([](auto) { return Function::kCos; })
                               .Case<local::ErfOp>([](auto) { return Function::kErf; })
                               .Case<local::PowerOp>([](auto) { return Function::kPower; })
                               .Default([](auto) { return std::nullopt; });
  const auto binary_op = llvm::TypeSwitch<mlir::Operation*, std::optional<Binary>>(&op)
                             .Case<local::AddOp>([](auto) { return Binary::kAdd; })
                             .Case<local::SubtractOp>([](auto) { return Binary::kSubtract; })
                             .Case<local::MultiplyOp>([](auto) { return Binary::kMultiply; })
                             .Case<local::DivideOp>([](auto) { return Binary::kDivide; })
                             .Case<local::RemainderOp>([](auto) { return Binary::kRemainder; })
                             .Case<local::MaximumOp>([](auto) { return Binary::kMaximum; })
                             .Case<local::MinimumOp>([](auto) { return Binary::kMinimum; })
                             .Case<local::BitwiseAndOp>([](auto) { return Binary::kBitwiseAnd; })
                             .Case<local::BitwiseOrOp>([](auto) { return Binary::kBitwiseOr; })
                             .Case<local::BitwiseXorOp>([](auto) { return Binary::kBitwiseXor; })
                             .Case<local::ShiftLeftOp>([](auto) { return Binary::kShiftLeft; })
                             .Case<local::ShiftRightOp>([](auto) { return Binary::kShiftRight; })
                             .Case<local::ThreefryOp>([](auto) { return Binary::kThreefry; })
                             .Case<local::AndOp>([](auto) { return Binary::kAnd; })
                             .Case<local::OrOp>([](auto) { return Binary::kOr; })
                             .Default([](auto) { return std::nullopt; });
  auto compare_op = mlir::dyn_cast<local::CompareOp>(op);
  auto select_op = mlir::dyn_cast<local::SelectOp>(op);
  auto finite_op = mlir::dyn_cast<local::IsFiniteOp>(op);
  auto nan_op = mlir::dyn_cast<local::IsNanOp>(op);
  auto convert_op = mlir::dyn_cast<local::ConvertOp>(op);
  if (!unary_op && !function_op && !binary_op && !compare_op && !select_op && !finite_op &&
      !nan_op && !convert_op) {
    return std::nullopt;
  }
  for (const Tensor* operand : operands) {
    if (select_op && operand == operands[0] && operand->dims.empty()) continue;  // a scalar choice
    for (size_t d = 0; d < operand->dims.size(); ++d) {
      if (!same(op, operands.back()->dims[d], operand->dims[d])) return std::nullopt;
    }
  }
  const Tensor& x = *operands[0];
  if (unary_op) return std::vector<Value>{unary(*unary_op, x)};
  if (function_op) {
    const Tensor* y = operands.size() == 2 ? operands[1] : nullptr;
    return std::vector<Value>{function(*function_op, x, y, math_)};
  }
  if (binary_op) {
    bool by_zero = false;
    Tensor result = binary(*binary_op, x, *operands[1], by_zero);
    if (by_zero) {
      fail(FED_BAD_VALUE, op.getLoc(), "an integer is divided by zero");
      return std::nullopt;
    }
    return std::vector<Value>{std::move(result)};
  }
  if (compare_op) {
    static constexpr Compare kDirections[] = {Compare::kEq, Compare::kNe, Compare::kLt,
                                              Compare::kLe, Compare::kGt, Compare::kGe};
    return std::vector<Value>{
        compare(kDirections[static_cast<int>(compare_op.getDirection())], x, *operands[1])};
  }
  if (select_op) return std::vector<Value>{select(x, *operands[1], *operands[2])};
  if (finite_op) return std::vector<Value>{is_finite(x)};
  if (nan_op) return std::vector<Value>{is_nan(x)};
  const auto type = mlir::cast<mlir::RankedTensorType>(convert_op.getType());
  return std::vector<Value>{convert(x, element_type(type.getElementType()))};
}

}  // namespace fedc::interpret
