// Operations that work element by element: on scalars, tensors with broadcasting, and whole structs
// of them, leaf by leaf.
#include "compiler/emit/emitter.h"
#include "dialects/local/Local.h"

namespace fedc::emission {
namespace {

// Builds the operation on operands that have the result's shape already.
using Build = mlir::Value (*)(Emitter&, mlir::Location, mlir::RankedTensorType,
                              llvm::ArrayRef<mlir::Value>);

mlir::RankedTensorType type_of(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

// Which leaf of an argument combines with each leaf of the result: a tensor with every leaf of the
// struct it meets.
void align(LeafTypes& types, const Type* result, const Type* argument, size_t first,
           std::vector<size_t>& out) {
  if (result->is_struct() && argument->is_struct()) {
    for (size_t i = 0; i < result->fields().size(); ++i) {
      const Type* field = argument->fields()[i].type;
      align(types, result->fields()[i].type, field, first, out);
      first += types.count(field);
    }
  } else {
    out.insert(out.end(), types.count(result), first);
  }
}

// Where the actual size of the result's dimension `dim` can be read: an operand that has it, not
// one that is repeated along it.
mlir::Value size_of(Emitter& e, mlir::Location where, int64_t dim, int64_t rank,
                    llvm::ArrayRef<mlir::Value> operands) {
  int64_t fixed = 1;
  for (mlir::Value operand : operands) {
    mlir::RankedTensorType type = type_of(operand);
    int64_t own = dim - (rank - type.getRank());
    if (own < 0) continue;
    if (type.isDynamicDim(own)) {
      return local::GetDimensionSizeOp::create(e.b, where, operand, own);
    }
    fixed = std::max(fixed, type.getDimSize(own));
  }
  return e.index_constant(where, fixed);
}

// Repeats an operand along dimensions that it lacks (leading ones) or has once.
mlir::Value broadcast(Emitter& e, mlir::Location where, mlir::Value value,
                      mlir::RankedTensorType shape, llvm::ArrayRef<mlir::Value> operands) {
  mlir::RankedTensorType type = type_of(value);
  int64_t lead = shape.getRank() - type.getRank();
  bool needed = lead != 0;
  llvm::SmallVector<int64_t> dims;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    dims.push_back(lead + i);
    needed |= type.getDimSize(i) == 1 && shape.getDimSize(lead + i) != 1;
  }
  if (!needed) return value;
  llvm::SmallVector<mlir::Value> sizes;
  for (int64_t i = 0; i < shape.getRank(); ++i) {
    if (shape.isDynamicDim(i)) sizes.push_back(size_of(e, where, i, shape.getRank(), operands));
  }
  return local::BroadcastInDimOp::create(
      e.b, where, local::withElementType(shape, type.getElementType()), value, sizes, dims);
}

// `scalar_first`: a scalar first argument stays one (a predicate for all elements).
Leaves elementwise(Emitter& e, const OpCall& call, Build build, bool scalar_first = false) {
  std::vector<std::vector<size_t>> sources(call.args.size());
  for (size_t i = 0; i < call.args.size(); ++i) {
    align(e.types(), call.op.type, call.op.args[i]->type, 0, sources[i]);
  }
  Leaves result;
  const std::vector<Leaf>& leaves = e.leaves(call.op.type);
  for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    auto type = llvm::cast<mlir::RankedTensorType>(leaves[leaf].type);
    mlir::Location where = e.at(call.op.range);
    llvm::SmallVector<mlir::Value> operands;
    for (size_t i = 0; i < call.args.size(); ++i) {
      operands.push_back(call.args[i][sources[i][leaf]]);
    }
    llvm::SmallVector<mlir::Value> shaped;
    for (size_t i = 0; i < operands.size(); ++i) {
      bool keep = i == 0 && scalar_first && type_of(operands[i]).getRank() == 0;
      shaped.push_back(keep ? operands[i] : broadcast(e, where, operands[i], type, operands));
    }
    result.push_back(build(e, e.loc(call, leaf), type, shaped));
  }
  return result;
}

template <class Op>
void add_op(OpTable& table, llvm::StringRef name) {
  table[name] = [](Emitter& e, const OpCall& call) {
    return elementwise(e, call,
                       [](Emitter& e, mlir::Location where, mlir::RankedTensorType type,
                          llvm::ArrayRef<mlir::Value> operands) -> mlir::Value {
                         return Op::create(e.b, where, mlir::TypeRange(type),
                                           mlir::ValueRange(operands))
                             .getResult();
                       });
  };
}

template <local::Direction direction>
void add_comparison(OpTable& table, llvm::StringRef name) {
  table[name] = [](Emitter& e, const OpCall& call) {
    return elementwise(e, call,
                       [](Emitter& e, mlir::Location where, mlir::RankedTensorType type,
                          llvm::ArrayRef<mlir::Value> operands) -> mlir::Value {
                         return local::CompareOp::create(e.b, where, type, operands[0], operands[1],
                                                         direction);
                       });
  };
}

}  // namespace

void add_elementwise(OpTable& table) {
  add_op<local::AddOp>(table, "add");
  add_op<local::SubtractOp>(table, "subtract");
  add_op<local::MultiplyOp>(table, "multiply");
  add_op<local::DivideOp>(table, "divide");
  add_op<local::RemainderOp>(table, "remainder");
  add_op<local::PowerOp>(table, "power");
  add_op<local::MaximumOp>(table, "maximum");
  add_op<local::MinimumOp>(table, "minimum");
  add_op<local::AndOp>(table, "and");
  add_op<local::OrOp>(table, "or");

  add_op<local::NegateOp>(table, "negate");
  add_op<local::AbsOp>(table, "abs");
  add_op<local::SignOp>(table, "sign");
  add_op<local::ExpOp>(table, "exp");
  add_op<local::LogOp>(table, "log");
  add_op<local::Log1pOp>(table, "log1p");
  add_op<local::Expm1Op>(table, "expm1");
  add_op<local::TanhOp>(table, "tanh");
  add_op<local::LogisticOp>(table, "logistic");
  add_op<local::SqrtOp>(table, "sqrt");
  add_op<local::RsqrtOp>(table, "rsqrt");
  add_op<local::FloorOp>(table, "floor");
  add_op<local::CeilOp>(table, "ceil");
  add_op<local::RoundNearestEvenOp>(table, "round");
  add_op<local::RoundNearestAfzOp>(table, "round_nearest_afz");
  add_op<local::SineOp>(table, "sin");
  add_op<local::CosineOp>(table, "cos");
  add_op<local::ErfOp>(table, "erf");
  add_op<local::NotOp>(table, "not");
  add_op<local::StopGradientOp>(table, "stop_gradient");
  add_op<local::IsFiniteOp>(table, "is_finite");
  add_op<local::IsNanOp>(table, "is_nan");
  add_op<local::ConvertOp>(table, "cast");

  add_op<local::BitwiseAndOp>(table, "bitwise_and");
  add_op<local::BitwiseOrOp>(table, "bitwise_or");
  add_op<local::BitwiseXorOp>(table, "bitwise_xor");
  add_op<local::BitwiseNotOp>(table, "bitwise_not");
  add_op<local::ShiftLeftOp>(table, "shift_left");
  add_op<local::ShiftRightOp>(table, "shift_right");
  // Keys are words in IR, so what is drawn and a key that is derived are the same operation.
  add_op<local::ThreefryOp>(table, "threefry");
  add_op<local::ThreefryOp>(table, "derive_key");
  add_op<local::PopcntOp>(table, "popcount");
  add_op<local::CountLeadingZerosOp>(table, "count_leading_zeros");

  add_comparison<local::Direction::EQ>(table, "equal");
  add_comparison<local::Direction::NE>(table, "not_equal");
  add_comparison<local::Direction::LT>(table, "less");
  add_comparison<local::Direction::LE>(table, "less_equal");
  add_comparison<local::Direction::GT>(table, "greater");
  add_comparison<local::Direction::GE>(table, "greater_equal");

  table["select"] = [](Emitter& e, const OpCall& call) {
    return elementwise(
        e, call,
        [](Emitter& e, mlir::Location where, mlir::RankedTensorType type,
           llvm::ArrayRef<mlir::Value> operands) -> mlir::Value {
          return local::SelectOp::create(e.b, where, type, operands[0], operands[1], operands[2]);
        },
        /*scalar_first=*/true);
  };
  // clamp(min, x, max)
  table["clamp"] = [](Emitter& e, const OpCall& call) {
    return elementwise(e, call,
                       [](Emitter& e, mlir::Location where, mlir::RankedTensorType type,
                          llvm::ArrayRef<mlir::Value> operands) -> mlir::Value {
                         mlir::Value low =
                             local::MaximumOp::create(e.b, where, type, operands[0], operands[1]);
                         return local::MinimumOp::create(e.b, where, type, low, operands[2]);
                       });
  };
}

}  // namespace fedc::emission
