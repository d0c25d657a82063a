// Sequences and gradients: operations whose function arguments become regions that see the values
// around them.
#include "compiler/emit/emitter.h"
#include "dialects/local/Local.h"
#include "mlir/IR/Matchers.h"

namespace fedc::emission {
namespace {

// Emits the function literal into `region` and ends it with its result, as leaves of `type`.
void emit_body(Emitter& e, mlir::Region& region, const core::Lambda& lambda, const Hint& hint,
               mlir::TypeRange types) {
  mlir::OpBuilder::InsertionGuard guard(e.b);
  Leaves results = e.emit_lambda(region, lambda, hint);
  mlir::Location where = e.at(lambda.body->range);
  e.convert(where, results, types);
  local::YieldOp::create(e.b, where, results);
}

// Null where none is given. The checker has seen that it is not negative.
mlir::IntegerAttr given_at_most(Emitter& e, const OpCall& call) {
  const int64_t given = static_int(call.op, "at_most", -1);
  return given < 0 ? mlir::IntegerAttr() : e.b.getI64IntegerAttr(given);
}

Leaves sequence_reduce(Emitter& e, const OpCall& call) {
  llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type);
  Leaves init = call.args[1];
  e.convert(e.at(call.op.range), init, types);
  auto op = local::SequenceReduceOp::create(e.b, e.loc(call), types, call.scalar(0), init,
                                            given_at_most(e, call));
  emit_body(e, op.getBody(), *call.op.lambdas[0], call.hint, types);
  return Leaves(op.getResults());
}

// fold(count, zero, f, at_most): the gradient needs the largest number of steps, which is `count`
// where that is a constant.
Leaves fold(Emitter& e, const OpCall& call) {
  llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type);
  Leaves init = call.args[1];
  e.convert(e.at(call.op.range), init, types);
  mlir::IntegerAttr at_most;
  mlir::DenseElementsAttr count;
  if (mlir::matchPattern(call.scalar(0), mlir::m_Constant(&count))) {
    at_most = e.b.getI64IntegerAttr(std::max<int64_t>(0, count.getSplatValue<int64_t>()));
  }
  if (mlir::IntegerAttr given = given_at_most(e, call)) at_most = given;
  auto op = local::FoldOp::create(e.b, e.loc(call), types, call.scalar(0), init, mlir::ValueRange(),
                                  at_most);
  emit_body(e, op.getBody(), *call.op.lambdas[0], call.hint, types);
  return Leaves(op.getResults());
}

// repeat_while(zero, condition, f, at_most): a fold whose first state is what the condition says.
Leaves repeat_while(Emitter& e, const OpCall& call) {
  const core::Lambda &condition = *call.op.lambdas[0], &f = *call.op.lambdas[1];
  const mlir::Location where = e.loc(call);
  llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type);
  Leaves init = call.args[0];
  e.convert(e.at(call.op.range), init, types);
  const mlir::Type truth = mlir::RankedTensorType::get({}, e.b.getI1Type());
  const auto holds = [&](const Leaves& state) {
    return e.convert(e.at(condition.range), e.emit_inline(condition, {state}).front(), truth);
  };
  Leaves states = {holds(init)};
  states.append(init.begin(), init.end());
  llvm::SmallVector<mlir::Type> all = {truth};
  llvm::append_range(all, types);
  const int64_t most = static_int(call.op, "at_most", 0);
  auto op = local::FoldOp::create(e.b, where, all, e.index_constant(where, most), states,
                                  mlir::ValueRange(), e.b.getI64IntegerAttr(most),
                                  /*reverse=*/false, /*until_false=*/true);
  {
    mlir::OpBuilder::InsertionGuard guard(e.b);
    mlir::Block& block = op.getBody().emplaceBlock();
    block.addArgument(mlir::RankedTensorType::get({}, e.b.getI64Type()), where);
    block.addArgument(truth, where);
    Leaves next = e.emit_lambda(op.getBody(), f, call.hint);
    e.convert(e.at(f.body->range), next, types);
    Leaves yielded = {holds(next)};
    yielded.append(next.begin(), next.end());
    local::YieldOp::create(e.b, e.at(f.body->range), yielded);
  }
  mlir::Value done = local::NotOp::create(e.b, where, op.getResult(0));
  local::AssertOp::create(
      e.b, e.at(call.op.range), done,
      "`repeat_while` has taken " + std::to_string(most) + " steps, and its condition still holds");
  auto results = op.getResults().drop_front();
  return Leaves(results);
}

Leaves sequence_map(Emitter& e, const OpCall& call) {
  auto type = llvm::cast<local::SequenceType>(e.leaf_types(call.op.type).front());
  auto op = local::SequenceMapOp::create(e.b, e.loc(call), type, call.scalar(0));
  emit_body(e, op.getBody(), *call.op.lambdas[0], {}, type.getElements());
  return {op.getResult()};
}

Leaves sequence_filter(Emitter& e, const OpCall& call) {
  auto op =
      local::SequenceFilterOp::create(e.b, e.loc(call), call.scalar(0).getType(), call.scalar(0));
  emit_body(e, op.getBody(), *call.op.lambdas[0], {},
            mlir::RankedTensorType::get({}, e.b.getI1Type()));
  return {op.getResult()};
}

// A sum is a reduction from zero.
Leaves sequence_sum(Emitter& e, const OpCall& call) {
  llvm::SmallVector<mlir::Type> types = e.leaf_types(call.op.type);
  mlir::Location where = e.at(call.op.range);
  Leaves zeros;
  for (mlir::Type type : types) {
    zeros.push_back(e.constant(where, llvm::cast<mlir::RankedTensorType>(type), 0));
  }
  auto op = local::SequenceReduceOp::create(e.b, e.loc(call), types, call.scalar(0), zeros,
                                            mlir::IntegerAttr());
  mlir::OpBuilder::InsertionGuard guard(e.b);
  mlir::Block& block = op.getBody().emplaceBlock();
  e.b.setInsertionPointToEnd(&block);
  auto elements = llvm::cast<local::SequenceType>(call.scalar(0).getType()).getElements();
  for (mlir::Type type : types) block.addArgument(type, where);
  for (mlir::Type type : elements) block.addArgument(type, where);
  Leaves sums;
  for (size_t i = 0; i < types.size(); ++i) {
    mlir::Value sum = block.getArgument(i), element = block.getArgument(types.size() + i);
    sums.push_back(local::AddOp::create(e.b, where, types[i], sum, element));
  }
  local::YieldOp::create(e.b, where, sums);
  return Leaves(op.getResults());
}

// take, skip and repeat.
template <class Op>
Leaves counted(Emitter& e, const OpCall& call) {
  return {Op::create(e.b, e.loc(call), call.scalar(0).getType(), call.scalar(0), call.scalar(1))};
}

Leaves sequence_enumerate(Emitter& e, const OpCall& call) {
  mlir::Type type = e.leaf_types(call.op.type).front();
  return {local::SequenceEnumerateOp::create(e.b, e.loc(call), type, call.scalar(0))};
}

Leaves sequence_zip(Emitter& e, const OpCall& call) {
  mlir::Type type = e.leaf_types(call.op.type).front();
  return {local::SequenceZipOp::create(e.b, e.loc(call), type, call.scalar(0), call.scalar(1))};
}

Leaves sequence_concatenate(Emitter& e, const OpCall& call) {
  mlir::Type type = e.leaf_types(call.op.type).front();
  mlir::Location where = e.at(call.op.range);
  return {local::SequenceConcatenateOp::create(e.b, e.loc(call), type,
                                               e.convert(where, call.scalar(0), type),
                                               e.convert(where, call.scalar(1), type))};
}

Leaves sequence_batch(Emitter& e, const OpCall& call) {
  mlir::Type type = e.leaf_types(call.op.type).front();
  return {local::SequenceBatchOp::create(e.b, e.loc(call), type, call.scalar(0),
                                         static_int(call.op, "size", 1),
                                         static_int(call.op, "drop_remainder", 0) != 0)};
}

Leaves sequence_shuffle(Emitter& e, const OpCall& call) {
  mlir::Type type = call.scalar(0).getType();
  return {local::SequenceShuffleOp::create(e.b, e.loc(call), type, call.scalar(0), call.scalar(1),
                                           static_int(call.op, "buffer", 1))};
}

// The operands are the leaves of all arguments; the gradient is taken by those of the first.
local::GradientOp gradient(Emitter& e, const OpCall& call, mlir::Location where) {
  const core::Lambda& function = *call.op.lambdas[0];
  Leaves operands;
  for (size_t i = 0; i < call.args.size(); ++i) {
    Leaves argument = call.args[i];
    e.convert(e.at(call.op.range), argument, e.leaf_types(function.params[i]->type));
    operands.append(argument);
  }
  llvm::SmallVector<mlir::Type> types = e.leaf_types(function.body->type);
  llvm::SmallVector<mlir::Type> value_types = types;
  size_t wrt = call.args[0].size();
  for (size_t i = 0; i < wrt; ++i) types.push_back(operands[i].getType());
  auto op = local::GradientOp::create(e.b, where, types, operands, wrt);
  emit_body(e, op.getBody(), function, {}, value_types);
  return op;
}

// custom_gradient(f, backward, x)
Leaves custom_gradient(Emitter& e, const OpCall& call) {
  const core::Lambda &f = *call.op.lambdas[0], &backward = *call.op.lambdas[1];
  Leaves operands = call.args[0];
  llvm::SmallVector<mlir::Type> results = e.leaf_types(call.op.type);
  e.convert(e.at(call.op.range), operands, e.leaf_types(f.params[0]->type));
  auto op = local::CustomGradientOp::create(e.b, e.loc(call), results, operands);
  emit_body(e, op.getBody(), f, call.hint, results);
  emit_body(e, op.getBackward(), backward, {}, mlir::ValueRange(operands).getTypes());
  return Leaves(op.getResults());
}

}  // namespace

void add_sequence_ops(OpTable& table) {
  table["fold"] = fold;
  table["repeat_while"] = repeat_while;
  table["sequence_reduce"] = sequence_reduce;
  table["sequence_map"] = sequence_map;
  table["sequence_sum"] = sequence_sum;
  table["sequence_filter"] = sequence_filter;
  table["sequence_take"] = counted<local::SequenceTakeOp>;
  table["sequence_skip"] = counted<local::SequenceSkipOp>;
  table["sequence_repeat"] = counted<local::SequenceRepeatOp>;
  table["sequence_enumerate"] = sequence_enumerate;
  table["sequence_zip"] = sequence_zip;
  table["sequence_concatenate"] = sequence_concatenate;
  table["sequence_batch"] = sequence_batch;
  table["sequence_shuffle"] = sequence_shuffle;
}

void add_gradients(OpTable& table) {
  // <value, gradient>: the operation's results in this very order.
  table["value_and_grad"] = [](Emitter& e, const OpCall& call) {
    local::GradientOp op = gradient(e, call, e.loc(call));
    return Leaves(op.getResults());
  };
  table["custom_gradient"] = custom_gradient;
  table["grad"] = [](Emitter& e, const OpCall& call) {
    local::GradientOp op = gradient(e, call, e.at(call.op.range));
    size_t values = op.getNumResults() - call.args[0].size();
    auto gradients = op.getResults().drop_front(values);
    return Leaves(gradients);
  };
}

}  // namespace fedc::emission
