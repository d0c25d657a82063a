// Default values of parameters: constants, structs of them, and functions. They stand in the scope
// of the declaration's file and are evaluated anew for each call that leaves the argument out.
#include "compiler/check/checker.h"
#include "compiler/check/guards.h"

namespace fedc::checking {

// A mistake in a declaration stands there, not where it is called.
Checker::Scratch::Scratch(Checker& checker)
    : checker(checker),
      sink(checker, lets),
      instance(std::exchange(checker.instance_, nullptr)),
      context(checker.context_),
      copy(std::exchange(checker.copy_, nullptr)),
      calls(std::exchange(checker.pending_calls_, {})),
      literals(std::exchange(checker.pending_literals_, {})),
      constraints(std::exchange(checker.pending_constraints_, {})),
      lifted(std::exchange(checker.lifted_by_key_, {})),
      mark(checker.inference_.mark()) {
  checker.contexts_.emplace_back();
  checker.context_ = &checker.contexts_.back();
  checker.context_->function = checker.program_->make_function();
}

Checker::Scratch::~Scratch() {
  checker.inference_.default_literals(mark);
  checker.finish_literals();
  checker.instance_ = instance;
  checker.context_ = context;
  checker.copy_ = copy;
  checker.pending_calls_ = std::move(calls);
  checker.pending_literals_ = std::move(literals);
  checker.pending_constraints_ = std::move(constraints);
  checker.lifted_by_key_ = std::move(lifted);
}

Value Checker::default_value(const ast::Expr* expr, ScopeRef scope) {
  switch (expr->kind) {
    case ast::ExprKind::Struct: {
      const auto* fields = ast::as<ast::Struct>(expr);
      if (fields->base != nullptr) break;
      std::vector<Arg> args = unchecked_args(fields->fields, scope);
      for (Arg& arg : args) {
        arg.value = default_value(arg.ast, scope);
        if (arg.value->is_error()) return error();
      }
      return struct_of(std::move(args), nullptr, expr->range);
    }
    case ast::ExprKind::NameRef:
    case ast::ExprKind::Field:
    case ast::ExprKind::TypeApply:
    case ast::ExprKind::Call:
    case ast::ExprKind::Lambda: {
      const Value value = infer(expr, scope);
      if (value.is_error() || value.function != nullptr) return value;
      break;
    }
    default:
      break;
  }
  const auto value = constant(expr, scope);
  return value ? literal(*value, expr->range) : error();
}

bool Checker::defaults_fit(DeclInfo* info) {
  if (info->defaults_fit) return *info->defaults_fit;
  info->defaults_fit = false;  // for what is asked while they are looked at
  const ast::FunctionDecl* decl = info->function();
  const ast::Parameter* first = nullptr;
  bool fit = true;
  Scratch scratch(*this);
  std::string in_order;
  for (const bool with_value : {false, true}) {
    for (const ast::Parameter& parameter : decl->parameters) {
      if ((parameter.value != nullptr) != with_value) continue;
      in_order += (in_order.empty() ? "`(" : ", ") + written(parameter.range);
    }
  }
  in_order += ")`";
  for (const ast::Parameter& parameter : decl->parameters) {
    if (parameter.value != nullptr) {
      if (first == nullptr) first = &parameter;
    } else if (first != nullptr) {
      report(DiagnosticKind::DefaultValue, parameter.name.range,
             "`" + parameter.name.text + "` has no default value, but `" + first->name.text +
                 "` before it has")
          .with_hint("parameters with default values stand last: " + in_order);
      fit = false;
    }
  }
  if (first != nullptr) fit &= check_defaults(info);
  info->defaults_fit = fit;
  return fit;
}

// Whether constants that are written as a default value fit its type, which is told of each number.
bool Checker::constants_fit(const ast::Expr* expr, const Type* type, ScopeRef scope,
                            const std::string& what) {
  if (const auto* fields = ast::as<ast::Struct>(expr)) {
    if (!type->is_struct() || type->fields().size() != fields->fields.size()) return true;
    for (size_t i = 0; i < fields->fields.size(); ++i) {
      const Field& field = type->fields()[i];
      const std::string name = field.name.empty() ? std::to_string(i) : field.name;
      if (!constants_fit(fields->fields[i].value, field.type, scope,
                         "field `" + name + "` of " + what)) {
        return false;
      }
    }
    return true;
  }
  const bool is_constant =
      expr->kind == ast::ExprKind::Number || expr->kind == ast::ExprKind::Bool ||
      expr->kind == ast::ExprKind::Unary || expr->kind == ast::ExprKind::Binary ||
      expr->kind == ast::ExprKind::NameRef;
  if (!is_constant || !type->is_tensor() || type->has_variables()) return true;
  if (const auto* name = ast::as<ast::NameRef>(expr)) {
    const DeclInfo* decl = find_declaration(scope.scope->module, name->name);
    if (decl == nullptr || decl->decl->kind != ast::DeclKind::Constant) return true;
  }
  const std::optional<ConstValue> value = constant(expr, scope);
  if (!value) return false;
  const std::string text(sources_.text(expr->range));
  const std::string message = what + " is `" + text + "`, ";
  if (!type->is_scalar()) {
    report(DiagnosticKind::TypeMismatch, expr->range,
           message + "one number, but " + show(type) + " is expected")
        .with_hint(
            "default values are numbers, bools, structs of these, and functions: leave this one "
            "out, and give it in each call");
    return false;
  }
  const ElementType element = type->element();
  if (value->type != nullptr && value->type != type) {
    Diagnostic& diagnostic =
        report(DiagnosticKind::TypeMismatch, expr->range,
               message + "which is " + show(value->type) + ", but " + show(type) + " is expected");
    if (element == ElementType::kBool) {
      diagnostic.with_hint("write `true` or `false`");
    } else if (expr->kind == ast::ExprKind::NameRef) {
      const auto* declared = ast::as<ast::ConstantDecl>(
          find_declaration(scope.scope->module, ast::as<ast::NameRef>(expr)->name)->decl);
      diagnostic.with_hint("declare it without a type: `const " + text + " = " +
                           written(declared->value->range) + ";` takes the type that is expected");
    } else {
      const std::string number = hint_of_cast(text, element);
      diagnostic.with_hint(number.starts_with("write")
                               ? number
                               : "without a suffix, a number takes the type that is expected");
    }
    return false;
  }
  if (element == ElementType::kBool && !std::holds_alternative<bool>(value->value)) {
    report(DiagnosticKind::TypeMismatch, expr->range, message + "a number, but `bool` is expected")
        .with_hint("write `true` or `false`");
    return false;
  }
  if (std::holds_alternative<double>(value->value) && !is_float(element) && !is_key(element)) {
    report(DiagnosticKind::TypeMismatch, expr->range,
           message + "which is not an integer, but " + show(type) + " is expected")
        .with_hint(std::string("write an integer, such as `1`, or make the ") +
                   (what.rfind("field", 0) == 0 ? "field" : "parameter") + " a `float32`");
    return false;
  }
  return convert(value->value, type, expr->range).has_value();
}

bool Checker::check_defaults(DeclInfo* info) {
  const ast::FunctionDecl* decl = info->function();
  Scope* scope = new_scope(info->module->scope->ref(), info->module, info);
  bool fit = instantiate_generics(info, nullptr, scope, false, std::nullopt);
  for (const ast::Parameter& parameter : decl->parameters) {
    if (!fit || parameter.value == nullptr) continue;
    const Type* type = type_of(parameter.type, scope->ref());
    const std::string what = "the default value of `" + parameter.name.text + "`";
    fit = !type->is_error() && constants_fit(parameter.value, type, scope->ref(), what);
    if (!fit) continue;
    Value value = default_value(parameter.value, scope->ref());
    if (!value.is_error()) value = adapt(value, type, parameter.value->range, what);
    fit = !value.is_error();
  }
  return fit;
}

bool Checker::fill_defaults(DeclInfo* info, std::vector<Arg*>& by_param, std::deque<Arg>& made,
                            SourceRange range) {
  const ast::FunctionDecl* decl = info->function();
  for (size_t i = 0; i < by_param.size(); ++i) {
    if (by_param[i] != nullptr) continue;
    if (!defaults_fit(info)) return false;
    Scope* scope = new_scope(info->module->scope->ref(), info->module, info);
    made.push_back(value_arg(default_value(decl->parameters[i].value, scope->ref()), range));
    if (made.back().value->is_error()) return false;
    by_param[i] = &made.back();
  }
  return true;
}

}  // namespace fedc::checking
