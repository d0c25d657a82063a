// Calls of the prelude's operations and intrinsics, all by their declarations.
#include "compiler/check/op_call.h"

#include <algorithm>

#include "compiler/check/written.h"

namespace fedc::checking {
namespace {

// An expression as it is written, on one line of no great length.
std::string as_label(std::string_view text) {
  constexpr size_t kLongest = 40;
  std::string label;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      label += c;
    } else if (!label.empty() && label.back() != ' ') {
      label += ' ';
    }
  }
  return label.size() <= kLongest ? label : label.substr(0, kLongest - 3) + "...";
}

bool is_intrinsic(const ast::FunctionDecl* decl) {
  return decl->function_kind == ast::FunctionKind::Intrinsic;
}

}  // namespace

// The first argument that is data, as it is written.
std::string Checker::written_first(const OpCall& call) {
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] != Role::kData || call.by_param[i] == nullptr) continue;
    const std::string text = written(call.by_param[i]->range);
    return text == "..." ? "x" : text;
  }
  return "x";
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
  const std::vector<ParamShape> shapes = shapes_of(call.decl->parameters);
  for (const ast::Parameter& parameter : call.decl->parameters) {
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
  const SpreadTo to = spread_to(callee_text(function), call.decl->parameters, false);
  args = spread(std::move(args), required, lets, &to);
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
          .with_hint(hint_of_aggregate(call.name, written_first(call)));
      return error();
    }
    if (context_->if_depth > 0) {
      // One `if` is one mistake, however much stands in its branches.
      if (std::exchange(under_if_.reported, true)) return error();
      const bool weighted = call.by_param.size() > 1 && call.by_param[1] != nullptr;
      const std::string value = written_first(call);
      report(DiagnosticKind::FederatedUnderIf, range,
             "`" + call.name +
                 "` cannot stand under `if`: all participants must take part in "
                 "the same operations")
          .with_hint(
              hint_under_if(call.name, value, weighted ? written(call.by_param[1]->range) : value));
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
        report(DiagnosticKind::WrongPlacement, arg->range, "`SERVER` or `CLIENTS` is expected")
            .with_hint("write which of the two: `" + call.name + "(..., SERVER)`");
        failed = true;
      } else {
        placement =
            place->placement == ast::Placement::Server ? Placement::kServer : Placement::kClients;
      }
    }
    if (call.roles[i] != Role::kData) continue;
    const bool is_function = arg_value(*arg).function != nullptr;
    if (is_function && arg->value->function->kind != FnValue::Kind::kCurried) {
      Diagnostic& diagnostic =
          report(DiagnosticKind::FunctionValue, arg->range,
                 "this is a function, but argument `" + call.decl->parameters[i].name.text +
                     "` of `" + callee_text(call.function) + "` is data")
              .with_note({}, "it is declared as `" + summary(call.decl) + "`");
      if (call.roles[0] == Role::kFunction && i > 0 && arg->name == nullptr) {
        diagnostic.with_hint("the function comes first: `" + callee_text(call.function) +
                             "(f, ...)`");
      } else {
        hint_to_call(diagnostic, arg->value->function);
      }
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
  if (call.name == "map_fields" || call.name == "zip_fields") {
    return wrap(lets, over_fields(call));
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
  if (call.name == "threefry" && has_private_key(inference_.resolve(call.values[0].type)) &&
      !sources_.path(range.begin.file).starts_with("<std/")) {
    report(DiagnosticKind::PrivateKeySent, range,
           "a `PrivateKey` hides its bits, and `threefry` shows them: whoever has these knows all "
           "keys that are made of it")
        .with_hint("draw with `random.private_normal<float32>(" + written(call.by_param[0]->range) +
                   ")`, for example, of `import \"std/random\" as random;`");
    return error();
  }
  return wrap(lets, op_finish(call, expected));
}

bool Checker::op_data_args(OpCall& call) {
  bool failed = false;
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] != Role::kData || call.by_param[i] == nullptr) continue;
    const ast::Parameter& parameter = call.decl->parameters[i];
    const Type* type = type_of(parameter.type, call.scope->ref());
    // What may be left out and is the server's may also be written down: it is the same everywhere.
    if (parameter.optional && type->is_federated() &&
        !inference_.resolve(call.values[i].type)->has_federated()) {
      type = type->member();
    }
    const auto* around = std::exchange(operation_of_, call.decl);
    call.values[i] = coerce(
        call.values[i], type, call.by_param[i]->range,
        "argument `" + parameter.name.text + "` of `" + callee_text(call.function) + "`", true);
    operation_of_ = around;
    failed |= call.values[i].is_error();
  }
  return !failed;
}

// The function makes a struct with another field than the start value has, and one sees which.
bool Checker::reports_field(const OpCall& call, size_t i, const Mismatch& failed,
                            SourceRange start) {
  const auto* literal = ast::as<ast::Lambda>(call.by_param[i]->ast);
  if (failed.kind != Mismatch::Kind::kFieldName || !failed.path.empty() || literal == nullptr)
    return false;
  const ast::Expr* value = literal->body;
  while (const auto* block = ast::as<ast::Block>(value)) value = block->value;
  const auto* made = ast::as<ast::Struct>(value);
  const std::vector<Field>& fields = failed.to->fields();
  for (size_t f = 0; made != nullptr && f < made->fields.size() && f < fields.size(); ++f) {
    const std::optional<ast::Name>& name = made->fields[f].name;
    if (!name || fields[f].name.empty() || failed.to->field_index(name->text) >= 0) continue;
    report(
        DiagnosticKind::TypeMismatch, name->range,
        "the start value of `" + callee_text(call.function) + "` has no field `" + name->text + "`")
        .with_hint("write `" + fields[f].name + "=`, as in the start value")
        .with_note(start, "it starts with this");
    return true;
  }
  return false;
}

// `s + cast<int64>(x)` of a function literal whose value is `cast<int64>(s + x)` and whose
// parameter `at` is the state; "" of others.
std::string Checker::converted_inside(const ast::Expr* function, size_t at) {
  const auto* literal = ast::as<ast::Lambda>(function);
  const ast::Expr* value = literal == nullptr ? nullptr : literal->body;
  while (const auto* block = ast::as<ast::Block>(value)) value = block->value;
  const auto* cast = ast::as<ast::Call>(value);
  const auto* sum = cast == nullptr || cast->arguments.size() != 1
                        ? nullptr
                        : ast::as<ast::Binary>(cast->arguments[0].value);
  if (sum == nullptr || sum->rest.size() != 1 || at >= literal->parameters.size()) return "";
  const std::string callee = written(cast->callee->range);
  const SourceRange first = sum->first->range, second = sum->rest[0].operand->range;
  const std::string& state = literal->parameters[at].name.text;
  const bool before = written(first) == state;
  if (!callee.starts_with("cast<") || before == (written(second) == state)) return "";
  const SourceRange other = before ? second : first;
  return replaced(sources_, sum->range, other, callee + "(" + written(other) + ")");
}

bool Checker::keeps_start(OpCall& call, size_t i, const core::Lambda* lambda, const Type* given,
                          const Type* wanted) {
  // `zero: A, f: (<int64,A> -> A)`: the function is given what it gives, and at first what stands
  // before it.
  const auto* type = ast::as<ast::FunctionType>(call.decl->parameters[i].type);
  const auto names = [](const ast::TypeExpr* other, const std::string& name) {
    const auto* named = ast::as<ast::NamedType>(other);
    return named != nullptr && named->name.text == name;
  };
  const auto* result = ast::as<ast::NamedType>(type->result);
  if (result == nullptr || type->parameter == nullptr) return true;
  const std::string& name = result->name.text;
  const auto* fields = ast::as<ast::StructType>(type->parameter);
  const bool fed_back =
      fields == nullptr ? names(type->parameter, name)
                        : std::any_of(fields->fields.begin(), fields->fields.end(),
                                      [&](const auto& field) { return names(field.type, name); });
  size_t start = 0;
  while (start < i && (call.roles[start] != Role::kData || call.by_param[start] == nullptr ||
                       !names(call.decl->parameters[start].type, name))) {
    ++start;
  }
  if (!fed_back || start == i) return true;
  size_t at = 0;  // which of the function's parameters is the state
  while (fields != nullptr && at < fields->fields.size() && !names(fields->fields[at].type, name))
    ++at;
  const Type* from = inference_.substitute(given);
  const auto failed = inference_.assign(given, wanted);
  if (!failed) return true;
  const Type* to = inference_.substitute(wanted);
  const Arg& begin = *call.by_param[start];
  if (reports_field(call, i, *failed, begin.range)) return false;
  const std::string text = begin.ast == nullptr ? "" : written_argument(begin.ast);
  const bool number = begin.ast != nullptr && begin.ast->kind == ast::ExprKind::Number;
  const Type* shown = inference_.with_defaults(from);
  std::string hint;
  if (number && shown->is_tensor() && shown->rank() > 0 && !shown->has_variables()) {
    const bool zero = text.find_first_of("123456789") == std::string::npos;
    hint = zero ? "begin with `zeros<" + to_string(shown) + ">()`"
                : "begin with `fill<" + to_string(shown) + ">(" + text + ")`";
  } else if (const std::string typed = number ? suffixed(text, one_element(shown)) : "";
             !typed.empty()) {
    hint = "begin with `" + typed + "`";
    const std::string inside = converted_inside(call.by_param[i]->ast, at);
    if (!inside.empty()) hint += " and convert inside, `" + inside + "`";
  } else if (!text.empty() && convertible(shown, inference_.with_defaults(to)) &&
             one_element(shown) != one_element(to)) {
    hint = "begin with `cast<" + std::string(element_name(shown->element())) + ">(" + text + ")`";
  } else {
    hint = "begin with a value of type " + show(from);
  }
  mismatch_hint_ = hint + ", or let the function return " + show(to);
  mismatch(*failed, from, to, begin.range,
           "what the function of `" + callee_text(call.function) + "` makes of this start value")
      .with_note(lambda->body->range, "it returns this");
  mismatch_hint_.clear();
  return false;
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
    // What the function uses of what is placed is given to it, with what is mapped over.
    Mapped mapped;
    if (call.name == "federated_map") {
      for (size_t p = 0;
           function->kind == FnValue::Kind::kClosure && p < function->lambda->parameters.size();
           ++p) {
        mapped.parameters += (p == 0 ? "" : ", ") + function->lambda->parameters[p].name.text;
      }
      mapped.over = written(call.by_param[1]->range);
      const Type* over = inference_.resolve(call.values[1].type);
      if (const Type* zip = zipped(*types_, over, &inference_)) over = zip;
      if (over->is_federated()) mapped.at = over->placement();
    }
    std::swap(mapped, mapped_);
    MadeLambda made = make_lambda(function, params, call.by_param[i]->range, call.name);
    std::swap(mapped, mapped_);
    if (made.lambda == nullptr) return false;
    const Type* wanted = type_of(type->result, call.scope->ref());
    Value body{made.result, made.lambda->body, nullptr};
    // One parameter stands for all: where the value does not fit, it was meant as one of them.
    if (params.size() > 1 && function->kind == FnValue::Kind::kClosure &&
        function->lambda->parameters.size() == 1) {
      if (inference_.assign(made.result, wanted)) {
        report(DiagnosticKind::ArgumentCount, function->lambda->parameters_range,
               "the function has 1 parameter, but `" + callee_text(call.function) + "` gives it " +
                   std::to_string(params.size()) + " values")
            .with_hint(given_whole(callee_text(call.function), params));
        return false;
      }
    } else if (!keeps_start(call, i, made.lambda, made.result, wanted)) {
      return false;
    }
    const SourceRange at = function->kind == FnValue::Kind::kClosure
                               ? value_range(function->lambda->body)
                               : call.by_param[i]->range;
    body = coerce(body, wanted, at,
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
  call.expected = expected == nullptr ? nullptr : inference_.substitute(expected);
  const OpCall* const outer = std::exchange(op_call_, &call);
  bool met = check_constraints(call.function->decl, call.scope, call.range);
  callee_.clear();
  constraints_final_ = false;
  if (!met) {
    op_call_ = outer;
    return error();
  }
  const Statics* before = statics_;
  statics_ = &call.statics;
  shape_of_ = callee_text(call.function);
  shape_range_ = call.range;
  const Type* result = type_of(call.decl->result, call.scope->ref());
  statics_ = before;
  op_call_ = outer;
  if (result->is_error()) return error();
  result = inference_.substitute(result);
  if (!type_fits(result, call.range)) return error();
  if (call.name == "federated_eval") return evaluated_at(result, call.lambdas[0], call.range);
  auto* op = program_->make<core::Op>(result, call.range, call.name);
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] == Role::kData) op->args.push_back(call.values[i].expr);
  }
  if (call.name == "debug" && call.statics.count("label") == 0)
    call.statics["label"] = as_label(sources_.text(call.by_param[0]->range));
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

}  // namespace fedc::checking
