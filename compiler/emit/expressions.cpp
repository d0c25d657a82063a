// Expressions other than operations: constants, variables, structs, branches, calls.
#include "compiler/emit/emitter.h"
#include "dialects/fed/Fed.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fedc::emission {
namespace {

// Variables that the compiler made carry no name that would mean something to the user.
Hint hint_of(const core::Var& var) {
  if (var.name.empty() || var.name.front() == '%') return Hint("");
  return Hint(var.name);
}

Hint field_hint(const Hint& hint, const Type* type, size_t index) {
  if (!hint) return {};
  const Type* structure = type->is_federated() ? type->member() : type;
  const std::string& name = structure->fields()[index].name;
  return Hint(join_path(*hint, name.empty() ? std::to_string(index) : name));
}

mlir::DenseElementsAttr splat(mlir::RankedTensorType type, const core::Constant::Value& value) {
  mlir::Type element = type.getElementType();
  if (auto floating = llvm::dyn_cast<mlir::FloatType>(element)) {
    llvm::APFloat number(std::get<double>(value));
    bool exact;
    number.convert(floating.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &exact);
    return mlir::DenseElementsAttr::get(type, number);
  }
  unsigned bits = element.getIntOrFloatBitWidth();
  uint64_t number = 0;
  if (const bool* flag = std::get_if<bool>(&value)) number = *flag;
  if (const int64_t* number_ = std::get_if<int64_t>(&value)) number = *number_;
  if (const uint64_t* number_ = std::get_if<uint64_t>(&value)) number = *number_;
  return mlir::DenseElementsAttr::get(
      type, llvm::APInt(bits, number, /*isSigned=*/false, /*implicitTrunc=*/true));
}

}  // namespace

// ---- locations ---------------------------------------------------------------------------------

mlir::Location Emitter::place(SourceRange range) {
  mlir::Location here = b.getUnknownLoc();
  if (range.valid()) {
    uint64_t key = uint64_t{range.begin.file} << 32 | range.begin.offset;
    auto known = places_.find(key);
    if (known == places_.end()) {
      LineColumn place = sources_.line_column(range.begin);
      here = mlir::FileLineColLoc::get(b.getContext(), sources_.path(range.begin.file), place.line,
                                       place.column);
      places_.emplace(key, here);
    } else {
      here = known->second;
    }
  }
  return here;
}

// `here`, in the body of a call that was written out, in that of another ...
mlir::Location Emitter::called_from(mlir::Location here, const core::CallSite* site) {
  if (site != nullptr) {
    const mlir::Location caller = called_from(place(site->range), site->outer);
    return mlir::CallSiteLoc::get(here,
                                  fed::call_location(caller, site->callee, place(site->declared)));
  }
  if (!call_sites_.empty()) here = mlir::CallSiteLoc::get(here, call_sites_.back());
  return here;
}

mlir::Location Emitter::at(SourceRange range) { return called_from(place(range), written_out_); }

std::vector<std::string> Emitter::names(const Type* type, const Hint& hint) {
  std::vector<std::string> result;
  for (const Leaf& leaf : types_.of(type)) {
    result.push_back(hint ? join_path(*hint, leaf.path) : "");
  }
  return result;
}

mlir::Location Emitter::loc(const core::Expr* expr, const Hint& hint) {
  return fed::named_location(at(expr->range), names(expr->type, hint));
}

mlir::Location Emitter::loc(const OpCall& call) { return loc(&call.op, call.hint); }

mlir::Location Emitter::loc(const OpCall& call, size_t leaf) {
  mlir::Location where = at(call.op.range);
  if (!call.hint) return where;
  return fed::named_location(where, {join_path(*call.hint, types_.of(call.op.type)[leaf].path)});
}

// ---- types and values --------------------------------------------------------------------------

llvm::SmallVector<mlir::Type> Emitter::leaf_types(const Type* type) {
  llvm::SmallVector<mlir::Type> result;
  for (const Leaf& leaf : types_.of(type)) result.push_back(leaf.type);
  return result;
}

mlir::Value Emitter::constant(mlir::Location where, mlir::RankedTensorType type, double value) {
  core::Constant::Value number = value;
  if (!llvm::isa<mlir::FloatType>(type.getElementType())) number = static_cast<int64_t>(value);
  return local::ConstantOp::create(b, where, splat(type, number));
}

mlir::Value Emitter::index_constant(mlir::Location where, int64_t value) {
  auto type = mlir::RankedTensorType::get({}, b.getI64Type());
  return local::ConstantOp::create(b, where, splat(type, value));
}

mlir::Value Emitter::convert(mlir::Location where, mlir::Value value, mlir::Type type) {
  if (value.getType() == type) return value;
  mlir::OpBuilder::InsertionGuard guard(b);
  if (llvm::isa<mlir::RankedTensorType>(type)) return local::CastOp::create(b, where, type, value);
  if (auto sequence = llvm::dyn_cast<local::SequenceType>(type)) {
    auto map = local::SequenceMapOp::create(b, where, type, value);
    mlir::Block& block = map.getBody().emplaceBlock();
    b.setInsertionPointToEnd(&block);
    Leaves elements;
    auto from = llvm::cast<local::SequenceType>(value.getType());
    for (mlir::Type element : from.getElements()) {
      elements.push_back(block.addArgument(element, where));
    }
    convert(where, elements, sequence.getElements());
    local::YieldOp::create(b, where, elements);
    return map.getResult();
  }
  auto from = llvm::cast<fed::FederatedType>(value.getType());
  auto to = llvm::cast<fed::FederatedType>(type);
  if (from.getMember() == to.getMember()) return value;
  return convert_placed(where, value, type);
}

mlir::Value Emitter::convert_placed(mlir::Location where, mlir::Value value, mlir::Type type) {
  if (value.getType() == type) return value;
  auto to = llvm::dyn_cast<fed::FederatedType>(type);
  if (!to) return convert(where, value, type);
  mlir::OpBuilder::InsertionGuard guard(b);
  auto from = llvm::cast<fed::FederatedType>(value.getType());
  std::string name = fed::name_of(value);
  auto map =
      fed::MapOp::create(b, fed::named_location(where, name), type, value, to.getPlacement());
  mlir::Block& block = map.getBody().emplaceBlock();
  mlir::Value member = block.addArgument(from.getMember(), fed::named_location(where, name));
  b.setInsertionPointToEnd(&block);
  fed::YieldOp::create(b, where, convert(where, member, to.getMember()));
  return map.getResult(0);
}

void Emitter::convert(mlir::Location where, Leaves& values, mlir::TypeRange types) {
  for (auto [value, type] : llvm::zip_equal(values, types)) value = convert(where, value, type);
}

// ---- expressions -------------------------------------------------------------------------------

Leaves Emitter::emit(const core::Expr* expr, const Hint& hint) {
  while (const auto* let = core::as<core::Let>(expr)) {
    env_[let->var] = emit(let->value, hint_of(*let->var));
    expr = let->body;
  }
  const core::CallSite* const before = std::exchange(written_out_, expr->written_out);
  Leaves result = emit_plain(expr, hint);
  written_out_ = before;
  return result;
}

Leaves Emitter::emit_plain(const core::Expr* expr, const Hint& hint) {
  switch (expr->kind) {
    case core::ExprKind::kConstant:
      return emit_constant(*core::as<core::Constant>(expr), hint);
    case core::ExprKind::kParam:
      return {local::ParamOp::create(b, loc(expr, hint), types_.tensor(expr->type),
                                     core::as<core::Param>(expr)->name)};
    case core::ExprKind::kRef:
      return env_.at(core::as<core::Ref>(expr)->var);
    case core::ExprKind::kLet:
      break;  // handled above
    case core::ExprKind::kStruct: {
      Leaves result;
      const auto* structure = core::as<core::Struct>(expr);
      for (size_t i = 0; i < structure->fields.size(); ++i) {
        result.append(emit(structure->fields[i], field_hint(hint, expr->type, i)));
      }
      return result;
    }
    case core::ExprKind::kSelect: {
      const auto* select = core::as<core::Select>(expr);
      Leaves base = emit(select->base);
      size_t begin = types_.offset(select->base->type, select->index);
      auto part = llvm::ArrayRef(base).slice(begin, types_.count(expr->type));
      return Leaves(part.begin(), part.end());
    }
    case core::ExprKind::kIf:
      return emit_if(*core::as<core::If>(expr), hint);
    case core::ExprKind::kCall:
      return emit_call(*core::as<core::Call>(expr), hint);
    case core::ExprKind::kOp:
      return emit_ops(*core::as<core::Op>(expr), hint);
    case core::ExprKind::kCoerce: {
      Leaves values = emit(core::as<core::Coerce>(expr)->value, hint);
      convert(at(expr->range), values, leaf_types(expr->type));
      return values;
    }
  }
  return {};
}

Leaves Emitter::emit_constant(const core::Constant& constant, const Hint& hint) {
  mlir::RankedTensorType type = types_.tensor(constant.type);
  mlir::DenseElementsAttr value;
  if (const std::string* text = std::get_if<std::string>(&constant.value)) {
    llvm::SmallVector<uint8_t> bytes(text->begin(), text->end());
    value = mlir::DenseElementsAttr::get(type, llvm::ArrayRef<uint8_t>(bytes));
  } else {
    value = splat(type, constant.value);
  }
  return {local::ConstantOp::create(b, loc(&constant, hint), value)};
}

Leaves Emitter::emit_if(const core::If& branch, const Hint& hint) {
  mlir::Value condition = emit(branch.condition).front();
  llvm::SmallVector<mlir::Type> types = leaf_types(branch.type);
  auto op = local::IfOp::create(b, loc(&branch, hint), types, condition);
  mlir::OpBuilder::InsertionGuard guard(b);
  auto fill = [&](mlir::Region& region, const core::Expr* body) {
    b.setInsertionPointToEnd(&region.emplaceBlock());
    Leaves values = emit(body, hint);
    mlir::Location where = at(body->range);
    convert(where, values, types);
    local::YieldOp::create(b, where, values);
  };
  fill(op.getThenRegion(), branch.then);
  fill(op.getElseRegion(), branch.otherwise);
  return Leaves(op.getResults());
}

Leaves Emitter::emit_call(const core::Call& call, const Hint& hint) {
  const core::Function& function = *call.function;
  std::vector<Leaves> arguments;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    arguments.push_back(emit(call.arguments[i]));
    convert(at(call.arguments[i]->range), arguments.back(), leaf_types(function.params[i]->type));
  }
  if (analysis_.of(&function).federated) {
    for (size_t i = 0; i < arguments.size(); ++i) env_[function.params[i]] = arguments[i];
    call_sites_.push_back(fed::call_location(at(call.range), function.name, at(function.range)));
    Leaves result = emit(function.body, hint);
    call_sites_.pop_back();
    convert(at(call.range), result, leaf_types(call.type));
    return result;
  }
  Leaves operands;
  for (const Leaves& argument : arguments) operands.append(argument);
  auto callee = llvm::cast<mlir::func::FuncOp>(functions_.at(&function));
  mlir::Location where = fed::call_location(loc(&call, hint), callee.getSymName(), callee.getLoc());
  auto op = mlir::func::CallOp::create(b, where, callee, operands);
  return Leaves(op.getResults());
}

Leaves Emitter::emit_ops(const core::Op& op, const Hint& hint) {
  // `a + b + c + ...` nests in the first argument, as deep as the chain is long.
  std::vector<const core::Op*> chain = {&op};
  while (!chain.back()->args.empty()) {
    const auto* first = core::as<core::Op>(static_cast<const core::Expr*>(chain.back()->args[0]));
    if (first == nullptr) break;
    chain.push_back(first);
  }
  Leaves result;
  const Hint none;
  for (size_t i = chain.size(); i-- > 0;) {
    const core::Op& link = *chain[i];
    OpCall use{link, {}, i == 0 ? hint : none};
    for (size_t a = 0; a < link.args.size(); ++a) {
      if (a == 0 && i + 1 < chain.size()) {
        use.args.push_back(std::move(result));
      } else {
        use.args.push_back(link.args[a] == nullptr ? Leaves() : emit(link.args[a]));
      }
    }
    auto emitter = op_table().find(link.name);
    if (emitter == op_table().end()) {
      llvm::report_fatal_error(llvm::Twine("no emission of prelude operation ") + link.name);
    }
    result = emitter->second(*this, use);
  }
  return result;
}

Leaves Emitter::emit_lambda(mlir::Region& region, const core::Lambda& lambda, const Hint& hint,
                            llvm::ArrayRef<const core::Var*> captured) {
  mlir::Block& block = region.empty() ? region.emplaceBlock() : region.front();
  bind_params(block, lambda.params);
  std::vector<Leaves> outer;
  for (const core::Var* var : captured) {
    outer.push_back(env_.at(var));
    for (mlir::Value& leaf : env_[var]) leaf = block.addArgument(leaf.getType(), leaf.getLoc());
  }
  b.setInsertionPointToEnd(&block);
  Leaves result = emit(lambda.body, hint);
  for (size_t i = 0; i < captured.size(); ++i) env_[captured[i]] = std::move(outer[i]);
  return result;
}

Leaves Emitter::emit_inline(const core::Lambda& lambda, llvm::ArrayRef<Leaves> arguments,
                            const Hint& hint) {
  for (auto [param, leaves] : llvm::zip_equal(lambda.params, arguments)) env_[param] = leaves;
  return emit(lambda.body, hint);
}

void Emitter::bind_params(mlir::Block& block, llvm::ArrayRef<const core::Var*> params) {
  for (const core::Var* param : params) {
    Leaves& values = env_[param];
    values.clear();
    std::vector<std::string> leaf_names = names(param->type, hint_of(*param));
    const std::vector<Leaf>& leaves = types_.of(param->type);
    mlir::Location where = at(param->range);
    for (size_t i = 0; i < leaves.size(); ++i) {
      values.push_back(
          block.addArgument(leaves[i].type, fed::named_location(where, leaf_names[i])));
    }
  }
}

const OpTable& op_table() {
  static const OpTable* const table = [] {
    auto* result = new OpTable;
    add_elementwise(*result);
    add_tensor_ops(*result);
    add_indexing(*result);
    add_window_ops(*result);
    add_sequence_ops(*result);
    add_gradients(*result);
    add_intrinsics(*result);
    return result;
  }();
  return *table;
}

std::vector<int64_t> static_ints(const core::Op& op, const char* name,
                                 std::vector<int64_t> otherwise) {
  auto found = op.statics.find(name);
  if (found == op.statics.end()) return otherwise;
  return std::get<std::vector<int64_t>>(found->second);
}

int64_t static_int(const core::Op& op, const char* name, int64_t otherwise) {
  std::vector<int64_t> values = static_ints(op, name, {otherwise});
  return values.empty() ? otherwise : values.front();
}

}  // namespace fedc::emission
