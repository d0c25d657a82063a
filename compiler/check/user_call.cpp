// Calls of named functions with a body.
#include <algorithm>

#include "compiler/check/guards.h"

namespace fedc::checking {

Value Checker::apply_user(const FnValue* function, std::vector<Arg> args, SourceRange range) {
  DeclInfo* info = function->decl;
  const ast::FunctionDecl* decl = info->function();
  ScopeRef module = info->module->scope->ref();
  const std::vector<ParamShape> shapes = shapes_of(decl->parameters);
  std::vector<bool> is_function;
  size_t required = 0;
  bool specialised = !decl->generics.empty();
  for (const ast::Parameter& parameter : decl->parameters) {
    required += parameter.value == nullptr;
    is_function.push_back(is_function_param(decl, parameter, module));
    specialised |= is_function.back();
  }
  Bindings lets;
  Sink sink(*this, lets);
  const SpreadTo to = spread_to(decl->name.text, decl->parameters, true);
  args = spread(std::move(args), required, lets, &to);
  if (shapes.size() == 1 && args.size() > 1) {
    const ast::TypeExpr* type = decl->parameters[0].type;
    if (!specialised && !is_inlined(info)) {
      Instance* instance = plain_instance(info);
      if (instance == nullptr) return error();
      args = gather(std::move(args), instance->param_types[0], range);
    } else if (type->kind == ast::TypeKind::Struct) {
      args = {value_arg(struct_of(std::move(args), nullptr, range), range)};
    }
  }
  std::vector<Arg*> by_param;
  if (!match_args(args, shapes, decl->name.text, range, decl, by_param)) {
    for (Arg& arg : args) {
      if (arg.ast != nullptr && arg.ast->kind != ast::ExprKind::Lambda) arg_value(arg);
    }
    return error();
  }
  std::deque<Arg> defaults;
  if (!fill_defaults(info, by_param, defaults, range)) return error();
  if (is_inlined(info)) return wrap(lets, apply_inlined(function, by_param, range));
  if (mentions(ast::TypeKind::Placed, decl->result, module, decl->generics) &&
      (!context_->mapped_by.empty() || context_->local)) {
    report(DiagnosticKind::FederatedInLocal, range,
           "`" + decl->name.text +
               "` has placements and cannot stand in a function that one "
               "participant runs alone")
        .with_hint(hint_out_of_local());
    return error();
  }
  std::vector<core::Expr*> arguments;
  std::vector<Lifted*> functions;
  if (!specialised) {
    Instance* instance = plain_instance(info);
    if (instance == nullptr) return error();
    bool failed = false;
    for (size_t i = 0; i < by_param.size(); ++i) {
      const Type* type = instance->param_types[i];
      const std::string what = "argument `" + shapes[i].name + "` of `" + decl->name.text + "`";
      Value value = data(arg_value(*by_param[i], type), by_param[i]->range, what);
      const bool placed = !value.is_error() && inference_.resolve(value.type)->is_federated();
      argument_of_ = decl;
      if (placed && !type->has_federated())
        mismatch_hint_ = hint_of_mapped_call(decl->name.text, by_param);
      value = coerce(value, type, by_param[i]->range, what);
      argument_of_ = nullptr;
      mismatch_hint_.clear();
      // Where one argument lives somewhere, the others do as well.
      if (value.is_error() && placed && !type->has_federated()) return error();
      failed |= value.is_error();
      arguments.push_back(value.expr);
    }
    if (failed) return error();
    auto* call = program_->make<core::Call>(instance->result, range, instance->function,
                                            std::move(arguments));
    return wrap(lets, {instance->result, call, nullptr});
  }

  std::optional<Placement> placement;
  for (size_t i = 0; i < by_param.size(); ++i) {
    if (is_function[i]) continue;
    Value value = data(arg_value(*by_param[i]), by_param[i]->range,
                       "argument `" + shapes[i].name + "` of `" + decl->name.text + "`");
    if (value.is_error()) return error();
    const Type* type = inference_.resolve(value.type);
    if (type->is_federated() && !placement) placement = type->placement();
  }
  Scope* scope = new_scope(module, info->module, info);
  if (!types_said(function, range) ||
      !instantiate_generics(info, function, scope, false, placement)) {
    return error();
  }
  if (!user_args(info, scope, by_param, is_function, arguments, functions, range)) return error();
  const UserCall looked_at{decl, &by_param, range};
  user_call_ = &looked_at;
  const bool met = check_constraints(info, scope, range);
  shape_of_ = decl->name.text;
  shape_range_ = range;
  const Type* result =
      met ? inference_.substitute(type_of(decl->result, scope->ref())) : types_->error();
  user_call_ = nullptr;
  if (result->is_error()) return error();
  auto* call = program_->make<core::Call>(result, range, nullptr, std::move(arguments));
  PendingCall pending;
  pending.call = call;
  pending.context = context_;
  pending.functions = std::move(functions);
  pending.decl = info;
  pending.scope = scope;
  pending.range = range;
  pending.copy = copy_;
  pending_calls_.push_back(std::move(pending));
  return wrap(lets, {result, call, nullptr});
}

bool Checker::is_inlined(const DeclInfo* info) {
  const ast::FunctionDecl* decl = info->function();
  const ScopeRef scope = info->module->scope->ref();
  if (mentions(ast::TypeKind::Function, decl->result, scope, decl->generics)) return true;
  return std::any_of(decl->parameters.begin(), decl->parameters.end(), [&](const auto& parameter) {
    if (!is_function_param(decl, parameter, scope)) return false;
    // One that is a function itself is given to an instance as such.
    const ast::TypeExpr* type = parameter.type;
    while (const auto* named = ast::as<ast::NamedType>(type)) {
      ModuleInfo* module = info->module;
      if (named->module) module = find_declaration(module, named->module->text)->imported;
      type = ast::as<ast::TypeDecl>(find_declaration(module, named->name.text)->decl)->type;
      if (!named->arguments.empty()) break;
    }
    return type->kind != ast::TypeKind::Function;
  });
}

Value Checker::apply_inlined(const FnValue* function, std::vector<Arg*>& by_param,
                             SourceRange range) {
  DepthGuard guard(*this, range);
  if (!guard.ok() || !limit_copies(range)) return error();
  DeclInfo* info = function->decl;
  const ast::FunctionDecl* decl = info->function();
  std::optional<Placement> placement;
  for (Arg* arg : by_param) {
    const Value value = arg_value(*arg);
    if (value.is_error()) return error();
    if (value.function != nullptr) continue;
    const Type* type = inference_.resolve(value.type);
    if (type->is_federated() && !placement) placement = type->placement();
  }
  Scope* generics = new_scope(info->module->scope->ref(), info->module, info);
  if (!types_said(function, range) ||
      !instantiate_generics(info, function, generics, false, placement)) {
    return error();
  }
  // Data first: it tells what functions are given.
  std::vector<Value> values(by_param.size());
  const UserCall looked_at{decl, &by_param, range};
  for (const bool functions : {false, true}) {
    user_call_ = &looked_at;
    const bool met = !functions || check_constraints(info, generics, range, /*early=*/true);
    user_call_ = nullptr;
    if (!met) return error();
    for (size_t i = 0; i < by_param.size(); ++i) {
      const ast::Parameter& parameter = decl->parameters[i];
      if (mentions(ast::TypeKind::Function, parameter.type, generics->ref()) != functions) continue;
      argument_of_ = decl;
      values[i] = adapt(*by_param[i]->value, signature_type(parameter.type, generics, info, range),
                        by_param[i]->range,
                        "argument `" + parameter.name.text + "` of `" + decl->name.text + "`");
      argument_of_ = nullptr;
      if (values[i].is_error()) return error();
    }
  }
  user_call_ = &looked_at;
  const bool met = check_constraints(info, generics, range);
  user_call_ = nullptr;
  if (!met) return error();
  Scope* body = new_scope(generics->ref(), info->module, info);
  for (size_t i = 0; i < values.size(); ++i) bind_argument(decl->parameters[i], values[i], body);
  const Type* result = signature_type(decl->result, generics, info, range);
  if (result->is_error()) return error();
  Copy copy{info, range};
  for (const Value& value : values)
    copy.given.push_back(value.function != nullptr ? nullptr : value.type);
  const Inlining inlining(*this, std::move(copy));
  return check_expr(decl->body, body->ref(), result, "the result of `" + decl->name.text + "`");
}

const Type* Checker::signature_type(const ast::TypeExpr* type, Scope* scope, DeclInfo* decl,
                                    SourceRange call) {
  const InCopy in_signature(*this, {decl, call});
  return type_of(type, scope->ref());
}

void Checker::bind_argument(const ast::Parameter& parameter, const Value& value, Scope* scope) {
  const std::string& name = parameter.name.text;
  if (name.empty() || name == "_") return;
  Binding binding;
  binding.range = parameter.name.range;
  if (value.function != nullptr) {
    binding.kind = Binding::Kind::kFunction;
    binding.function = value.function;
  } else if (!value.is_error()) {
    binding.kind = Binding::Kind::kVar;
    if (auto* ref = core::as<core::Ref>(value.expr)) {
      binding.var = ref->var;
    } else {
      binding.var = new_var(name, inference_.resolve(value.type), parameter.name.range);
      sink_->lets->emplace_back(binding.var, value.expr);
    }
  }
  bind(scope, name, binding);
}

void Checker::check_inlined(DeclInfo* info) {
  const ast::FunctionDecl* decl = info->function();
  const ScopeRef module = info->module->scope->ref();
  if (!decl->generics.empty()) return;
  for (const ast::Parameter& parameter : decl->parameters) {
    if (is_function_param(decl, parameter, module)) return;
  }
  Scratch scratch(*this);
  Scope* scope = new_scope(module, info->module, info);
  for (const ast::Parameter& parameter : decl->parameters) {
    const Type* type = type_of(parameter.type, module);
    if (type->is_error()) return;
    const core::Var* var = new_var(parameter.name.text, type, parameter.name.range);
    bind_argument(parameter, {type, program_->make<core::Ref>(var->range, var), nullptr}, scope);
  }
  const Type* result = type_of(decl->result, module);
  if (result->is_error()) return;
  const Value value =
      check_expr(decl->body, scope->ref(), result, "the result of `" + decl->name.text + "`");
  if (value.function != nullptr) check_functions(value.function);
}

// Functions of known types are looked into, as a call would.
void Checker::check_functions(const FnValue* function) {
  if (function->kind == FnValue::Kind::kStruct) {
    for (const FnPart& part : function->parts) {
      if (part.value.function != nullptr) check_functions(part.value.function);
    }
  } else if (function->kind == FnValue::Kind::kTyped) {
    const Type* parameter = function->type->parameter();
    if (parameter != nullptr) parameter = inference_.substitute(parameter);
    if (parameter != nullptr && (parameter->has_variables() || parameter->has_function())) return;
    bool makes_function = false;
    lift(function, parameter, function->range, &makes_function);
  }
}

bool Checker::user_args(DeclInfo* info, Scope* scope, std::vector<Arg*>& by_param,
                        const std::vector<bool>& is_function, std::vector<core::Expr*>& arguments,
                        std::vector<Lifted*>& functions, SourceRange range) {
  const ast::FunctionDecl* decl = info->function();
  for (size_t i = 0; i < by_param.size(); ++i) {
    if (is_function[i]) continue;
    const Type* type = signature_type(decl->parameters[i].type, scope, info, range);
    argument_of_ = decl;
    Value value =
        coerce(*by_param[i]->value, type, by_param[i]->range,
               "argument `" + decl->parameters[i].name.text + "` of `" + decl->name.text + "`");
    argument_of_ = nullptr;
    if (value.is_error()) return false;
    arguments.push_back(value.expr);
  }
  const UserCall looked_at{decl, &by_param, range};
  user_call_ = &looked_at;
  const bool met = check_constraints(info, scope, range, /*early=*/true);
  user_call_ = nullptr;
  if (!met) return false;
  for (size_t i = 0; i < by_param.size(); ++i) {
    if (!is_function[i]) continue;
    std::string what =
        "argument `" + decl->parameters[i].name.text + "` of `" + decl->name.text + "`";
    const FnValue* given = function_arg(*by_param[i], what);
    if (given == nullptr) return false;
    const Type* type = signature_type(decl->parameters[i].type, scope, info, range);
    if (type->is_error()) return false;
    const Type* parameter =
        type->parameter() == nullptr ? nullptr : inference_.substitute(type->parameter());
    if (parameter != nullptr && parameter->is_variable()) {
      const auto [known, required] = known_params(given);
      if (required != 1) {
        report(DiagnosticKind::CannotInfer, by_param[i]->range,
               "it is not known here what `" + decl->name.text + "` gives to the function")
            .with_hint("write the types of its parameters");
        return false;
      }
      inference_.assign(known[0], parameter);
      parameter = inference_.substitute(parameter);
    }
    Lifted* lifted = lift(given, parameter, by_param[i]->range);
    if (lifted == nullptr) return false;
    if (parameter != nullptr && lifted->parameter != nullptr) {
      if (auto failed = inference_.assign(parameter, lifted->parameter)) {
        mismatch(*failed, parameter, lifted->parameter, by_param[i]->range,
                 "what `" + decl->name.text + "` gives to the function");
        return false;
      }
    }
    const Type* wanted = inference_.substitute(type->result());
    if (auto failed = inference_.assign(lifted->result, type->result())) {
      mismatch(*failed, inference_.substitute(lifted->result), wanted, by_param[i]->range,
               "the value of the function given to `" + decl->name.text + "`");
      return false;
    }
    functions.push_back(lifted);
  }
  return true;
}

}  // namespace fedc::checking
