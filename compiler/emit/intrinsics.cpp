// Federated intrinsics. Moves and reductions work leaf by leaf; the functions of map, aggregate and
// select become isolated regions.
#include "compiler/emit/emitter.h"
#include "dialects/fed/Fed.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/ErrorHandling.h"
#include "mlir/IR/IRMapping.h"

namespace fedc::emission {
namespace {

mlir::Type member_of(mlir::Type type) {
  auto federated = llvm::dyn_cast<fed::FederatedType>(type);
  return federated ? federated.getMember() : type;
}

template <class Op>
Leaves leaf_by_leaf(Emitter& e, const OpCall& call) {
  Leaves result;
  llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type);
  for (size_t i = 0; i < types.size(); ++i) {
    result.push_back(Op::create(e.b, e.loc(call, i), types[i], call.args[0][i]));
  }
  return result;
}

// The same value, placed or not, of another element type.
mlir::Value with_element(Emitter& e, mlir::Location where, mlir::Value value, mlir::Type element) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(member_of(value.getType()));
  if (tensor.getElementType() == element) return value;
  mlir::Type type = local::withElementType(tensor, element);
  auto placed = llvm::dyn_cast<fed::FederatedType>(value.getType());
  if (!placed) return local::ConvertOp::create(e.b, where, type, value);
  mlir::Type result =
      fed::FederatedType::get(e.b.getContext(), type, placed.getPlacement(), placed.getAllEqual());
  auto map = fed::MapOp::create(e.b, where, result, value, placed.getPlacement());
  mlir::OpBuilder::InsertionGuard guard(e.b);
  mlir::Block* body = e.b.createBlock(&map.getBody(), {}, {tensor}, {where});
  mlir::Value converted = local::ConvertOp::create(e.b, where, type, body->getArgument(0));
  fed::YieldOp::create(e.b, where, converted);
  return map.getResult(0);
}

// Clients' 16-bit floats are combined as float32: converted there, and the result at the server.
mlir::Type combined_element(Emitter& e, mlir::Type type) {
  mlir::Type element = llvm::cast<mlir::RankedTensorType>(member_of(type)).getElementType();
  return element.isF16() || element.isBF16() ? e.b.getF32Type() : element;
}

// `combine(loc, type, value, group)` for each leaf of the first argument.
Leaves combine_leaves(
    Emitter& e, const OpCall& call,
    llvm::function_ref<mlir::Value(size_t, mlir::Type, mlir::Value, mlir::IntegerAttr)> combine) {
  Leaves result;
  llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type);
  mlir::IntegerAttr group = e.new_group(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    auto placed = llvm::cast<fed::FederatedType>(types[i]);
    auto member = llvm::cast<mlir::RankedTensorType>(placed.getMember());
    mlir::Type element = combined_element(e, types[i]);
    mlir::Type type =
        fed::FederatedType::get(e.b.getContext(), local::withElementType(member, element),
                                placed.getPlacement(), placed.getAllEqual());
    mlir::Location where = e.loc(call, i);
    mlir::Value value = with_element(e, where, call.args[0][i], element);
    result.push_back(
        with_element(e, where, combine(i, type, value, group), member.getElementType()));
  }
  return result;
}

template <class Op>
Leaves extreme(Emitter& e, const OpCall& call) {
  return combine_leaves(e, call, [&](size_t i, mlir::Type type, mlir::Value value, auto group) {
    return mlir::Value(Op::create(e.b, e.loc(call, i), type, value, group));
  });
}

Leaves federated_sum(Emitter& e, const OpCall& call) {
  return combine_leaves(e, call, [&](size_t i, mlir::Type type, mlir::Value value, auto group) {
    return mlir::Value(fed::SumOp::create(e.b, e.loc(call, i), type, value, mlir::Value(), group));
  });
}

Leaves federated_mean(Emitter& e, const OpCall& call) {
  mlir::Value weight;
  if (call.has(1))
    weight =
        with_element(e, e.loc(call), call.scalar(1), combined_element(e, call.scalar(1).getType()));
  return combine_leaves(e, call, [&](size_t i, mlir::Type type, mlir::Value value, auto group) {
    mlir::Value if_empty;
    if (call.has(2))
      if_empty = with_element(e, e.loc(call, i), call.args[2][i], combined_element(e, type));
    return mlir::Value(
        fed::MeanOp::create(e.b, e.loc(call, i), type, value, weight, if_empty, group));
  });
}

// `bound` is the name of the static argument.
template <class Op>
OpEmitter secure(const char* bound) {
  return [bound](Emitter& e, const OpCall& call) {
    e.report(
         DiagnosticKind::UnprotectedSum, call.op.range,
         "this sum is not protected yet: the server receives each client's value, in the clear, "
         "and adds it up")
        .with_hint(
            "until the protocol that hides the parts is there, use it only where the server "
            "may see the value of each client");
    Leaves result;
    llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type);
    mlir::IntegerAttr limit = e.b.getI64IntegerAttr(static_int(call.op, bound, 0));
    mlir::IntegerAttr group = e.new_group(types.size());
    for (size_t i = 0; i < types.size(); ++i) {
      result.push_back(Op::create(e.b, e.loc(call, i), types[i], call.args[0][i], limit, group));
    }
    return result;
  };
}

// The region takes members in place of federated leaves, then what the function captures.
Leaves federated_map(Emitter& e, const OpCall& call) {
  const core::Lambda& function = *call.op.lambdas[0];
  Leaves operands;
  for (const Leaves& argument : call.args) operands.append(argument);
  std::vector<const core::Var*> captured = captures(function);
  for (const core::Var* var : captured) operands.append(e.lookup(var));
  llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type);
  auto placement = call.op.type->placement() == Placement::kServer ? fed::Placement::Server
                                                                   : fed::Placement::Clients;
  auto op = fed::MapOp::create(e.b, e.loc(call), types, operands, placement);
  mlir::OpBuilder::InsertionGuard guard(e.b);
  Leaves results = e.emit_lambda(op.getBody(), function, call.hint, captured);
  mlir::Location where = e.at(function.body->range);
  for (auto [value, type] : llvm::zip_equal(results, types)) {
    value = e.convert(where, value, member_of(type));
  }
  fed::YieldOp::create(e.b, where, results);
  return Leaves(op.getResults());
}

void closed_region(Emitter& e, mlir::Region& region, const core::Lambda& lambda,
                   mlir::TypeRange types) {
  mlir::OpBuilder::InsertionGuard guard(e.b);
  Leaves results = e.emit_closed_lambda(region, lambda);
  mlir::Location where = e.at(lambda.body->range);
  e.convert(where, results, types);
  fed::YieldOp::create(e.b, where, results);
}

// federated_aggregate(value, zero, accumulate, merge, report)
Leaves federated_aggregate(Emitter& e, const OpCall& call) {
  llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type), results;
  for (mlir::Type type : types) results.push_back(member_of(type));
  const auto& lambdas = call.op.lambdas;
  llvm::SmallVector<mlir::Type> accumulator = e.leaf_types(lambdas[1]->body->type);
  auto op = fed::AggregateOp::create(e.b, e.loc(call), types, call.args[0], call.args[1]);
  closed_region(e, op.getAccumulate(), *lambdas[0], accumulator);
  closed_region(e, op.getMerge(), *lambdas[1], accumulator);
  closed_region(e, op.getReport(), *lambdas[2], results);
  return Leaves(op.getResults());
}

// federated_select(keys, max_key, database, fn): slices come stacked, and are read as a sequence.
Leaves federated_select(Emitter& e, const OpCall& call) {
  const core::Lambda& function = *call.op.lambdas[0];
  int64_t count =
      llvm::cast<mlir::RankedTensorType>(member_of(call.scalar(0).getType())).getDimSize(0);
  llvm::SmallVector<mlir::Type> slices = e.leaf_types(function.body->type), members, types;
  for (mlir::Type type : slices) {
    auto slice = llvm::cast<mlir::RankedTensorType>(type);
    llvm::SmallVector<int64_t> shape(slice.getShape());
    shape.insert(shape.begin(), count);
    members.push_back(mlir::RankedTensorType::get(shape, slice.getElementType()));
    types.push_back(fed::FederatedType::get(e.b.getContext(), members.back(),
                                            fed::Placement::Clients, /*all_equal=*/false));
  }
  int64_t max_key = static_int(call.op, "max_key", 0);
  auto op = fed::SelectOp::create(e.b, e.loc(call), types, call.scalar(0), max_key, call.args[1]);
  closed_region(e, op.getSlice(), function, slices);
  auto rows = fed::MapOp::create(e.b, e.loc(call), e.leaf_types(call.op.type), op.getResults(),
                                 fed::Placement::Clients);
  mlir::OpBuilder::InsertionGuard guard(e.b);
  mlir::Location where = e.at(call.op.range);
  mlir::Block* body = e.b.createBlock(&rows.getBody(), {}, members,
                                      llvm::SmallVector<mlir::Location>(members.size(), where));
  mlir::Value sequence =
      local::SequenceRowsOp::create(e.b, where, member_of(rows.getType(0)), body->getArguments());
  fed::YieldOp::create(e.b, where, sequence);
  return {rows.getResult(0)};
}

}  // namespace

Leaves Emitter::emit_closed_lambda(mlir::Region& region, const core::Lambda& lambda) {
  std::vector<const core::Var*> captured = captures(lambda);
  mlir::Block& block = region.emplaceBlock();
  // What the captured values are computed from stands in the block around: constants, parameters
  // and pure operations on them.
  llvm::SetVector<mlir::Operation*> needed;
  std::vector<mlir::Value> queue;
  for (const core::Var* var : captured)
    queue.insert(queue.end(), env_.at(var).begin(), env_.at(var).end());
  for (size_t i = 0; i < queue.size(); ++i) {
    mlir::Operation* op = queue[i].getDefiningOp();
    // An entry's arguments are federated, and the checker lets no such function see those.
    if (op == nullptr) llvm::report_fatal_error("a function in an entry uses its argument");
    if (!needed.insert(op)) continue;
    op->walk([&](mlir::Operation* inner) {
      for (mlir::Value operand : inner->getOperands()) {
        mlir::Operation* parent = operand.getParentBlock()->getParentOp();
        if (!op->isAncestor(parent)) queue.push_back(operand);
      }
    });
  }
  std::vector<Leaves> outer;
  for (const core::Var* var : captured) outer.push_back(env_.at(var));
  llvm::SmallVector<mlir::Operation*> ordered(needed.begin(), needed.end());
  llvm::sort(ordered, [](mlir::Operation* x, mlir::Operation* y) { return x->isBeforeInBlock(y); });
  mlir::IRMapping mapping;
  b.setInsertionPointToEnd(&block);
  for (mlir::Operation* op : ordered) b.clone(*op, mapping);
  for (const core::Var* var : captured) {
    for (mlir::Value& leaf : env_[var]) leaf = mapping.lookupOrDefault(leaf);
  }
  Leaves result = emit_lambda(region, lambda, {});
  for (size_t i = 0; i < captured.size(); ++i) env_[captured[i]] = std::move(outer[i]);
  return result;
}

void add_intrinsics(OpTable& table) {
  table["federated_value"] = leaf_by_leaf<fed::ValueOp>;
  table["federated_broadcast"] = leaf_by_leaf<fed::BroadcastOp>;
  table["federated_min"] = extreme<fed::MinOp>;
  table["federated_max"] = extreme<fed::MaxOp>;
  table["federated_sum"] = federated_sum;
  table["federated_mean"] = federated_mean;
  // A zip is the same leaves.
  table["federated_zip"] = [](Emitter& e, const OpCall& call) { return call.args[0]; };
  table["federated_map"] = federated_map;
  table["federated_aggregate"] = federated_aggregate;
  table["federated_select"] = federated_select;
  table["federated_secure_sum"] = secure<fed::SecureSumOp>("max");
  table["federated_secure_sum_bitwidth"] = secure<fed::SecureSumBitwidthOp>("bitwidth");
  table["federated_secure_modular_sum"] = secure<fed::SecureModularSumOp>("modulus");
}

}  // namespace fedc::emission
