// Calls of the prelude's operations and intrinsics, all by their declarations.
#include <algorithm>

#include "compiler/check/checker.h"

namespace fedc::checking {
namespace {

enum class Role { kData, kStatic, kFunction, kPlacement };

bool is_intrinsic(const ast::FunctionDecl* decl) {
  return decl->function_kind == ast::FunctionKind::Intrinsic;
}

}  // namespace

// One call on its way.
struct Checker::OpCall {
  const FnValue* function;
  const ast::FunctionDecl* decl;
  std::string name;
  SourceRange range;
  std::vector<Arg*> by_param;
  std::vector<Role> roles;
  std::vector<Value> values;  // of data parameters
  Scope* scope = nullptr;
  Statics statics;
  std::vector<core::Lambda*> lambdas;
};

bool Checker::instantiate_generics(DeclInfo* decl, const FnValue* function, Scope* scope,
                                   bool of_op, std::optional<Placement> placement) {
  const ast::FunctionDecl* fn = decl->function();
  const ast::TypeApply* given = function == nullptr ? nullptr : function->type_args;
  if (given != nullptr && given->arguments.size() > fn->generics.size()) {
    report(DiagnosticKind::TypeArguments, given->arguments_range,
           "`" + fn->name.text + "` takes at most " + std::to_string(fn->generics.size()) +
               " type argument" + (fn->generics.size() == 1 ? "" : "s") + ", not " +
               std::to_string(given->arguments.size()))
        .with_note(shown_range(fn), "it is declared as `" + summary(fn) + "`");
    return false;
  }
  for (size_t i = 0; i < fn->generics.size(); ++i) {
    const ast::GenericParameter& generic = fn->generics[i];
    const ast::TypeArgument* argument =
        given != nullptr && i < given->arguments.size() ? &given->arguments[i] : nullptr;
    Constraint constraint = constraint_of(generic);
    Binding binding;
    binding.range = generic.name.range;
    const Type* explicit_type = nullptr;
    if (argument != nullptr && constraint != Constraint::kDim) {
      explicit_type =
          argument->type == nullptr ? nullptr : type_of(argument->type, function->scope);
      if (explicit_type == nullptr) {
        report(DiagnosticKind::TypeArguments, argument->range,
               "`" + generic.name.text + "` of `" + fn->name.text + "` is a type");
        return false;
      }
      if (explicit_type->is_error()) return false;
    }
    switch (constraint) {
      case Constraint::kDim:
        binding.kind = Binding::Kind::kDim;
        binding.dim = inference_.fresh_dim(of_op);
        if (argument != nullptr) {
          ast::Dim dim;
          dim.range = argument->range;
          dim.value = argument->dim;
          ast::NameRef name;
          if (const auto* named = ast::as<ast::NamedType>(argument->type)) {
            name.range = argument->range;
            name.name = named->name.text;
            dim.value = &name;
          }
          if (dim.value == nullptr) {
            report(DiagnosticKind::TypeArguments, argument->range,
                   "`" + generic.name.text + "` of `" + fn->name.text + "` is a dimension");
            return false;
          }
          auto value = dim_of(dim, function->scope);
          if (!value) return false;
          binding.dim = *value;
        }
        break;
      case Constraint::kElement:
      case Constraint::kNumeric:
      case Constraint::kFloat:
      case Constraint::kInteger: {
        binding.kind = Binding::Kind::kElement;
        ElementSet allowed = constraint == Constraint::kElement   ? kAllElements
                             : constraint == Constraint::kNumeric ? kNumericElements
                             : constraint == Constraint::kFloat   ? kFloatElements
                                                                  : kIntegerElements;
        if (explicit_type == nullptr) {
          binding.type = types_->tensor(inference_.fresh_element(allowed), {});
        } else if (!explicit_type->is_scalar() ||
                   !inference_.restrict(explicit_type->element_or_variable(), allowed)) {
          constraint_error(decl, generic, explicit_type, "", argument->range);
          return false;
        } else {
          binding.type = explicit_type;
        }
        break;
      }
      case Constraint::kPlacement:
        binding.kind = Binding::Kind::kPlacement;
        binding.placement = placement.value_or(Placement::kClients);
        break;
      default:
        binding.kind = Binding::Kind::kType;
        binding.type = explicit_type == nullptr ? inference_.fresh_type() : explicit_type;
        break;
    }
    bind(scope, generic.name.text, binding);
  }
  return true;
}

Value Checker::apply_op(const FnValue* function, std::vector<Arg> args, SourceRange range) {
  const Type* expected = std::exchange(expected_, nullptr);
  OpCall call;
  call.function = function;
  call.decl = function->decl->function();
  call.name = call.decl->name.text;
  call.range = range;
  // `value_and_grad(loss)` is a function: it waits for its arguments.
  if (call.decl->result != nullptr && call.decl->result->kind == ast::TypeKind::Function) {
    FnValue* curried = new_function_value(FnValue::Kind::kCurried, range);
    *curried = *function;
    curried->kind = FnValue::Kind::kCurried;
    curried->range = range;
    curried->key.clear();
    for (Arg& arg : args) arg_value(arg);
    curried->bound = std::move(args);
    Value value;
    value.function = curried;
    return value;
  }
  size_t required = 0;
  std::vector<ParamShape> shapes;
  for (const ast::Parameter& parameter : call.decl->parameters) {
    shapes.push_back({parameter.name.text, parameter.optional});
    required += !parameter.optional;
    Role role = Role::kData;
    if (parameter.is_static) {
      role = Role::kStatic;
    } else if (parameter.type->kind == ast::TypeKind::Function) {
      role = Role::kFunction;
    } else if (const auto* named = ast::as<ast::NamedType>(parameter.type)) {
      for (const ast::GenericParameter& generic : call.decl->generics) {
        if (generic.name.text == named->name.text &&
            constraint_of(generic) == Constraint::kPlacement) {
          role = Role::kPlacement;
        }
      }
    }
    call.roles.push_back(role);
  }
  Bindings lets;
  args = spread(std::move(args), required, lets);
  if (!match_args(args, shapes, callee_text(function), range, call.decl, call.by_param)) {
    for (Arg& arg : args) {
      if (arg.ast != nullptr && arg.ast->kind != ast::ExprKind::Lambda &&
          arg.ast->kind != ast::ExprKind::PlacementRef) {
        arg_value(arg);
      }
    }
    return error();
  }
  if (is_intrinsic(call.decl) && call.name.rfind("federated_", 0) == 0) {
    if (!context_->mapped_by.empty() || context_->local) {
      report(DiagnosticKind::FederatedInLocal, range,
             "`" + call.name + "` cannot stand " +
                 (context_->mapped_by.empty()
                      ? "in a function without placements: one participant runs it alone"
                      : "in a function given to `" + context_->mapped_by +
                            "`: one participant runs it alone"))
          .with_hint(hint_out_of_local());
      return error();
    }
    if (context_->if_depth > 0) {
      report(DiagnosticKind::FederatedUnderIf, range,
             "`" + call.name +
                 "` cannot stand under `if`: all participants must take part in "
                 "the same operations")
          .with_hint("use `if` inside the function given to `federated_map`");
      return error();
    }
  }

  // Data first: it tells what functions are given.
  bool failed = false;
  std::optional<Placement> placement;
  call.values.resize(call.by_param.size());
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    Arg* arg = call.by_param[i];
    if (arg == nullptr) continue;
    if (call.roles[i] == Role::kPlacement) {
      const auto* place = ast::as<ast::PlacementRef>(arg->ast);
      if (place == nullptr) {
        report(DiagnosticKind::WrongPlacement, arg->range, "`SERVER` or `CLIENTS` is expected");
        failed = true;
      } else {
        placement =
            place->placement == ast::Placement::Server ? Placement::kServer : Placement::kClients;
      }
    }
    if (call.roles[i] != Role::kData) continue;
    const bool is_function = arg_value(*arg).function != nullptr;
    if (is_function && arg->value->function->kind != FnValue::Kind::kCurried) {
      report(DiagnosticKind::FunctionValue, arg->range,
             "this is a function, but argument `" + call.decl->parameters[i].name.text + "` of `" +
                 callee_text(call.function) + "` is data")
          .with_note({}, "it is declared as `" + summary(call.decl) + "`");
      return error();
    }
    call.values[i] = data(*arg->value, arg->range);
    failed |= call.values[i].is_error();
  }
  if (failed) return error();
  std::optional<Placement> seen;
  for (const Value& value : call.values) {
    if (value.is_error()) continue;
    const Type* type = inference_.resolve(value.type);
    if (const Type* zip = zipped(*types_, type, &inference_)) type = zip;
    if (type->is_federated() && !seen) seen = type->placement();
  }
  if (call.name == "fold" && inference_.resolve(call.values[1].type)->has_federated()) {
    Arg& step = *call.by_param[2];
    const FnValue* stepped = arg_value(step).function;
    if (stepped != nullptr)
      return wrap(lets, federated_fold(stepped, *call.by_param[0], call.values[1], range));
  }
  // An operation on placed values is mapped over them; with a function, one says so oneself.
  if (seen && !is_intrinsic(call.decl) &&
      std::find(call.roles.begin(), call.roles.end(), Role::kFunction) == call.roles.end()) {
    return wrap(lets, map_placed(function, args, *seen, range));
  }
  if (!placement) placement = seen;

  call.scope = new_scope(function->decl->module->scope->ref(), function->decl->module, nullptr);
  if (!instantiate_generics(function->decl, function, call.scope, true, placement)) return error();
  if (!op_data_args(call) || !op_statics(call) || !op_functions(call)) return error();
  return wrap(lets, op_finish(call, expected));
}

bool Checker::op_data_args(OpCall& call) {
  bool failed = false;
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] != Role::kData || call.by_param[i] == nullptr) continue;
    const ast::Parameter& parameter = call.decl->parameters[i];
    const Type* type = type_of(parameter.type, call.scope->ref());
    call.values[i] = coerce(
        call.values[i], type, call.by_param[i]->range,
        "argument `" + parameter.name.text + "` of `" + callee_text(call.function) + "`", true);
    failed |= call.values[i].is_error();
  }
  return !failed;
}

std::optional<core::Static> Checker::static_value(const ast::Parameter& param, Arg& arg) {
  if (arg.ast == nullptr) {
    not_constant(arg.range, "parameter `" + param.name.text + "` wants a constant");
    return std::nullopt;
  }
  bool is_list = param.type->kind == ast::TypeKind::Tensor;
  const auto* named = ast::as<ast::NamedType>(param.type);
  std::string kind = named == nullptr ? "" : named->name.text;
  if (is_list) {
    if (ast::as<ast::TensorType>(param.type)->dims.size() == 2) return pairs(arg);
    std::vector<int64_t> numbers;
    if (const auto* list = ast::as<ast::Struct>(arg.ast)) {
      for (const ast::Argument& field : list->fields) {
        auto number = constant_int(field.value, arg.scope);
        if (!number) return std::nullopt;
        numbers.push_back(*number);
      }
    } else {
      auto number = constant_int(arg.ast, arg.scope);
      if (!number) return std::nullopt;
      numbers.push_back(*number);
    }
    return core::Static(numbers);
  }
  if (kind == "bool" || kind == "float64") {
    auto value = constant(arg.ast, arg.scope);
    if (!value) return std::nullopt;
    if (const bool* b = std::get_if<bool>(&value->value); b != nullptr && kind == "bool") {
      return core::Static(std::vector<int64_t>{*b});
    }
    auto number = convert(
        value->value, types_->scalar(kind == "bool" ? ElementType::kBool : ElementType::kFloat64),
        arg.range);
    if (!number) return std::nullopt;
    return core::Static(std::get<double>(*number));
  }
  auto number = constant_int(arg.ast, arg.scope);
  if (!number) return std::nullopt;
  return core::Static(std::vector<int64_t>{*number});
}

// A list of pairs, `((0, 1), (2, 2))`, or of numbers that stand for a pair of themselves.
std::optional<core::Static> Checker::pairs(const Arg& arg) {
  std::vector<int64_t> numbers;
  auto add = [&](const ast::Expr* expr) {
    const auto* pair = ast::as<ast::Struct>(expr);
    if (pair != nullptr && pair->fields.size() != 2) {
      report(DiagnosticKind::BadConstant, expr->range,
             "an entry is a number, or a pair of one before and one after, not " +
                 std::to_string(pair->fields.size()) + " numbers");
      return false;
    }
    for (size_t i = 0; i < 2; ++i) {
      auto number = constant_int(pair == nullptr ? expr : pair->fields[i].value, arg.scope);
      if (!number) return false;
      numbers.push_back(*number);
    }
    return true;
  };
  if (const auto* list = ast::as<ast::Struct>(arg.ast)) {
    for (const ast::Argument& entry : list->fields) {
      if (!add(entry.value)) return std::nullopt;
    }
  } else if (!add(arg.ast)) {
    return std::nullopt;
  }
  return core::Static(numbers);
}

bool Checker::op_statics(OpCall& call) {
  bool failed = false;
  int64_t rank = -1;
  for (const Value& value : call.values) {
    if (value.is_error()) continue;
    const Type* type = inference_.resolve(value.type);
    if (type->is_struct() && !type->fields().empty()) {
      type = inference_.resolve(type->fields()[0].type);
    }
    if (type->is_tensor()) rank = static_cast<int64_t>(type->rank());
    break;
  }
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] != Role::kStatic || call.by_param[i] == nullptr) continue;
    const ast::Parameter& parameter = call.decl->parameters[i];
    auto value = static_value(parameter, *call.by_param[i]);
    if (!value) {
      failed = true;
      continue;
    }
    const std::string& name = parameter.name.text;
    auto* numbers = std::get_if<std::vector<int64_t>>(&*value);
    if ((name == "axis" || name == "axes") && numbers != nullptr && rank >= 0) {
      for (int64_t& axis : *numbers) {
        int64_t given = axis;
        if (axis < 0) axis += rank;
        if (axis >= 0 && axis < rank) continue;
        report(DiagnosticKind::ShapeMismatch, call.by_param[i]->range,
               "`" + callee_text(call.function) + "` has no axis " + std::to_string(given) +
                   ": its operand has " + std::to_string(rank) + " dimension" +
                   (rank == 1 ? "" : "s"));
        return false;
      }
    }
    call.statics[name] = *value;
  }
  return !failed;
}

bool Checker::op_functions(OpCall& call) {
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] != Role::kFunction || call.by_param[i] == nullptr) continue;
    const ast::Parameter& parameter = call.decl->parameters[i];
    const auto* type = ast::as<ast::FunctionType>(parameter.type);
    std::string what =
        "argument `" + parameter.name.text + "` of `" + callee_text(call.function) + "`";
    const FnValue* function = function_arg(*call.by_param[i], what);
    if (function == nullptr) return false;
    std::vector<const Type*> params;
    if (const auto* fields = ast::as<ast::StructType>(type->parameter)) {
      for (const auto& field : fields->fields)
        params.push_back(type_of(field.type, call.scope->ref()));
    } else if (type->parameter != nullptr) {
      params.push_back(type_of(type->parameter, call.scope->ref()));
    }
    for (const Type*& param : params) {
      param = inference_.substitute(param);
      if (param->is_error()) return false;
      if (!param->is_variable()) continue;
      report(
          DiagnosticKind::CannotInfer, call.by_param[i]->range,
          "it is not known here what `" + callee_text(call.function) + "` gives to the function");
      return false;
    }
    MadeLambda made = make_lambda(function, params, call.by_param[i]->range, call.name);
    if (made.lambda == nullptr) return false;
    const Type* wanted = type_of(type->result, call.scope->ref());
    Value body{made.result, made.lambda->body, nullptr};
    body = coerce(body, wanted, call.by_param[i]->range,
                  "the value of the function given to `" + callee_text(call.function) + "`");
    if (body.is_error()) return false;
    made.lambda->body = body.expr;
    call.lambdas.push_back(made.lambda);
  }
  return true;
}

Value Checker::op_finish(OpCall& call, const Type* expected) {
  // `let m: Model = zeros();`: only the context says what an operation makes.
  if (const auto* made = ast::as<ast::TensorType>(call.decl->result);
      made != nullptr && expected != nullptr && !expected->has_variables()) {
    const Type* base = type_of(made->element, call.scope->ref());
    if (inference_.resolve(base)->is_variable()) inference_.assign(expected, base);
  }
  constraints_final_ = true;
  callee_ = callee_text(call.function);
  bool met = check_constraints(call.function->decl, call.scope, call.range);
  callee_.clear();
  constraints_final_ = false;
  if (!met) return error();
  const Statics* before = statics_;
  statics_ = &call.statics;
  shape_of_ = callee_text(call.function);
  shape_range_ = call.range;
  const Type* result = type_of(call.decl->result, call.scope->ref());
  statics_ = before;
  if (result->is_error()) return error();
  result = inference_.substitute(result);
  if (!type_fits(result, call.range)) return error();
  auto* op = program_->make<core::Op>(result, call.range, call.name);
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] == Role::kData) op->args.push_back(call.values[i].expr);
  }
  op->statics = std::move(call.statics);
  op->lambdas = std::move(call.lambdas);
  if (call.function->type_args != nullptr) {
    for (size_t i = 0; i < call.function->type_args->arguments.size(); ++i) {
      const std::string& name = call.decl->generics[i].name.text;
      const Binding* binding = find_binding(call.scope->ref(), name);
      if (binding != nullptr && binding->type != nullptr) op->statics[name] = binding->type;
    }
  }
  return {result, op, nullptr};
}

// `value_and_grad(f)(x, ...)`: the first argument is the operation's, all are the function's.
Value Checker::apply_curried(const FnValue* function, std::vector<Arg> args, SourceRange range) {
  const ast::FunctionDecl* decl = function->decl->function();
  const auto* result = ast::as<ast::FunctionType>(decl->result);
  std::vector<ParamShape> shapes;
  for (const ast::Parameter& parameter : decl->parameters) {
    shapes.push_back({parameter.name.text, parameter.optional});
  }
  std::vector<Arg> bound = function->bound;
  std::vector<Arg*> by_param;
  if (!match_args(bound, shapes, decl->name.text, function->range, decl, by_param)) return error();
  const FnValue* inner =
      function_arg(*by_param[0], "argument `" + shapes[0].name + "` of `" + decl->name.text + "`");
  if (inner == nullptr) return error();

  std::vector<const Type*> known = known_params(inner);
  Bindings lets;
  args = spread(
      std::move(args),
      inner->kind == FnValue::Kind::kClosure ? inner->lambda->parameters.size() : known.size(),
      lets);
  if (known.size() == 1) args = gather(std::move(args), known[0], range);
  if (args.empty() || (!known.empty() && known.size() != args.size())) {
    report(DiagnosticKind::ArgumentCount, range,
           "the function takes " + std::to_string(known.empty() ? 1 : known.size()) +
               " arguments, not " + std::to_string(args.size()));
    return error();
  }
  std::vector<Value> values;
  std::vector<const Type*> params;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].name != nullptr) {
      report(DiagnosticKind::UnknownArgument, args[i].name->range,
             "arguments of a differentiated function have no names")
          .with_hint("give them in order");
      return error();
    }
    Value value = data(arg_value(args[i], known.empty() ? nullptr : known[i]), args[i].range);
    if (!known.empty()) {
      value = coerce(value, known[i], args[i].range,
                     "argument " + std::to_string(i + 1) + " of the function");
    }
    if (value.is_error()) return error();
    values.push_back(value);
    params.push_back(value.type);
  }
  Scope* scope = new_scope(function->decl->module->scope->ref(), function->decl->module, nullptr);
  if (!instantiate_generics(function->decl, function, scope, true, std::nullopt)) return error();
  if (coerce(values[0], type_of(result->parameter, scope->ref()), args[0].range,
             "argument 1 of the function")
          .is_error()) {
    return error();
  }
  MadeLambda made = make_lambda(inner, params, range, decl->name.text);
  if (made.lambda == nullptr) return error();
  const auto* function_type = ast::as<ast::FunctionType>(decl->parameters[0].type);
  Value body{made.result, made.lambda->body, nullptr};
  body = coerce(body, type_of(function_type->result, scope->ref()), by_param[0]->range,
                "the value of the function given to `" + decl->name.text + "`");
  if (body.is_error()) return error();
  made.lambda->body = body.expr;
  if (!check_constraints(function->decl, scope, range)) return error();
  const Type* type = inference_.substitute(type_of(result->result, scope->ref()));
  if (type->is_error()) return error();
  auto* op = program_->make<core::Op>(type, range, decl->name.text);
  for (const Value& value : values) op->args.push_back(value.expr);
  op->lambdas.push_back(made.lambda);
  return wrap(lets, {type, op, nullptr});
}

// `a + b` or `cast<float64>(a)` of values placed at P: federated_map of the operation.
Value Checker::map_placed(const FnValue* function, std::vector<Arg>& args, Placement placement,
                          SourceRange range) {
  if (!context_->mapped_by.empty()) {
    report(DiagnosticKind::FederatedInLocal, range,
           "a federated value cannot be used in a function given to `" + context_->mapped_by + "`");
    return error();
  }
  std::vector<core::Expr*> placed;
  std::vector<Field> fields;
  std::vector<int> index;  // into the zipped struct, or -1: a capture
  bool all_equal = true;
  Bindings lets;
  std::vector<Value> values;
  for (Arg& arg : args) {
    if (!arg.value) {  // a static parameter's
      index.push_back(-1);
      values.push_back({});
      continue;
    }
    Value value = *arg.value;
    const Type* type = inference_.resolve(value.type);
    if (const Type* zip = zipped(*types_, type, &inference_)) {
      value = coerce(value, zip, arg.range, "the operand");
      type = zip;
      if (type->placement() != placement) {
        report(DiagnosticKind::WrongPlacement, range,
               "`" + callee_text(function) + "` between a value at " +
                   std::string(placement_name(placement)) + " and one at " +
                   std::string(placement_name(type->placement())))
            .with_hint(
                "bring both to one place: `federated_broadcast` sends what the server has to the "
                "clients, an aggregation such as `federated_mean` the other way");
        return error();
      }
      all_equal &= type->all_equal();
      index.push_back(static_cast<int>(placed.size()));
      placed.push_back(value.expr);
      fields.push_back({"", type});
    } else {
      value = as_variable(value, lets);
      index.push_back(-1);
    }
    values.push_back(value);
  }
  std::vector<Field> members;
  for (const Field& field : fields) members.push_back({"", field.type->member()});
  const Type* member = placed.size() == 1 ? members[0].type : types_->structure(members);
  core::Expr* operand = placed[0];
  if (placed.size() > 1) {
    const Type* apart = types_->structure(fields);
    operand = program_->make<core::Struct>(apart, range, placed);
    operand = program_->make<core::Coerce>(types_->federated(member, placement, all_equal), range,
                                           operand);
  }
  if (placement == Placement::kClients && all_equal) {
    operand =
        program_->make<core::Coerce>(types_->federated(member, placement, false), range, operand);
  }
  std::string before = context_->mapped_by;
  context_->mapped_by = "federated_map";
  core::Lambda* lambda = program_->make_lambda();
  lambda->range = range;
  const core::Var* var = new_var("%0", member, range);
  lambda->params.push_back(var);
  Value whole{member, program_->make<core::Ref>(range, var), nullptr};
  std::vector<Arg> inner;
  for (size_t i = 0; i < values.size(); ++i) {
    inner.push_back(args[i]);
    if (!args[i].value) continue;
    inner.back().value = values[i];
    if (index[i] < 0) continue;
    inner.back().value = placed.size() == 1 ? whole : select(whole, index[i], range);
  }
  Value body = apply_op(function, std::move(inner), range);
  context_->mapped_by = before;
  if (body.is_error()) return error();
  lambda->body = body.expr;
  const Type* type = types_->federated(inference_.substitute(body.type), placement, false);
  auto* op = program_->make<core::Op>(type, range, "federated_map");
  op->args.push_back(operand);
  op->lambdas.push_back(lambda);
  return wrap(lets, {type, op, nullptr});
}

}  // namespace fedc::checking
