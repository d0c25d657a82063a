// Bindings, patterns, blocks and `if`.
#include "compiler/check/checker.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc::checking {

const core::Var* Checker::new_var(const std::string& name, const Type* type, SourceRange range) {
  const core::Var* var = program_->make_var(name, type, range);
  owners_[var] = context_;
  return var;
}

Value Checker::wrap(const Bindings& lets, Value value) {
  if (value.expr == nullptr) return value;
  for (auto it = lets.rbegin(); it != lets.rend(); ++it) {
    value.expr = program_->make<core::Let>(value.expr->range, it->first, it->second, value.expr);
  }
  return value;
}

Value Checker::as_variable(Value value, Bindings& lets, const char* name) {
  if (value.is_error() || value.expr->kind == core::ExprKind::kRef) return value;
  SourceRange range = value.expr->range;
  const core::Var* var = new_var(name, value.type, range);
  lets.emplace_back(var, value.expr);
  return {value.type, program_->make<core::Ref>(range, var), nullptr};
}

const core::Var* Checker::bind_value(const std::string& name, SourceRange range, Value value,
                                     Scope* scope, Bindings& lets) {
  const core::Var* var = new_var(name, inference_.resolve(value.type), range);
  lets.emplace_back(var, value.expr);
  Binding binding;
  binding.kind = Binding::Kind::kVar;
  binding.var = var;
  binding.range = range;
  bind(scope, name, binding);
  return var;
}

void Checker::bind_error(const ast::Pattern* pattern, Scope* scope) {
  if (const auto* name = ast::as<ast::NamePattern>(pattern)) {
    Binding binding;
    binding.range = name->range;
    bind(scope, name->name, binding);
  } else if (const auto* fields = ast::as<ast::StructPattern>(pattern)) {
    for (const auto& field : fields->fields) bind_error(field.pattern, scope);
  }
}

void Checker::bind_pattern(const ast::Pattern* pattern, Value value, Scope* scope, Bindings& lets) {
  switch (pattern->kind) {
    case ast::PatternKind::Error:
      return;
    case ast::PatternKind::Name: {
      const auto* name = ast::as<ast::NamePattern>(pattern);
      if (value.function != nullptr) {
        Binding binding;
        binding.kind = Binding::Kind::kFunction;
        binding.function = value.function;
        binding.range = name->range;
        bind(scope, name->name, binding);
      } else if (value.is_error()) {
        bind_error(pattern, scope);
      } else {
        bind_value(name->name, name->range, value, scope, lets);
      }
      return;
    }
    case ast::PatternKind::Wildcard:
      if (!value.is_error() && value.function == nullptr) {
        lets.emplace_back(new_var("_", inference_.resolve(value.type), pattern->range), value.expr);
      }
      return;
    case ast::PatternKind::Struct:
      value = data(value, pattern->range);
      if (value.is_error()) {
        bind_error(pattern, scope);
      } else {
        bind_struct_pattern(ast::as<ast::StructPattern>(pattern), value, scope, lets);
      }
      return;
  }
}

void Checker::bind_struct_pattern(const ast::StructPattern* pattern, Value value, Scope* scope,
                                  Bindings& lets) {
  const Type* type = inference_.resolve(value.type);
  const Type* member = type->is_federated() ? inference_.resolve(type->member()) : type;
  if (!member->is_struct()) {
    if (!member->is_error()) {
      report(DiagnosticKind::PatternMismatch, pattern->range,
             show(type) + " is not a struct and cannot be taken apart");
    }
    bind_error(pattern, scope);
    return;
  }
  size_t positional = 0;
  while (positional < pattern->fields.size() && !pattern->fields[positional].name) ++positional;
  if (positional > 0 && pattern->fields.size() != member->fields().size()) {
    report(DiagnosticKind::PatternMismatch, pattern->range,
           "the pattern has " + std::to_string(pattern->fields.size()) + " fields, but " +
               show(type) + " has " + std::to_string(member->fields().size()))
        .with_hint("`_` takes a field that is not needed");
    bind_error(pattern, scope);
    return;
  }
  value = as_variable(value, lets);
  std::set<int> taken;
  for (size_t i = 0; i < pattern->fields.size(); ++i) {
    const auto& field = pattern->fields[i];
    int index = static_cast<int>(i);
    if (field.name) {
      index = member->field_index(field.name->text);
      if (index < 0 || !taken.insert(index).second) {
        Diagnostic& diagnostic =
            index < 0 ? report(DiagnosticKind::NoSuchField, field.name->range,
                               show(type) + " has no field `" + field.name->text + "`")
                      : report(DiagnosticKind::PatternMismatch, field.name->range,
                               "field `" + field.name->text + "` is taken twice");
        if (index < 0) {
          std::vector<std::string_view> names;
          for (const Field& f : member->fields()) names.push_back(f.name);
          diagnostic.with_suggestion(field.name->range, nearest_name(field.name->text, names));
        }
        bind_error(field.pattern, scope);
        continue;
      }
    } else {
      taken.insert(index);
    }
    if (field.pattern->kind == ast::PatternKind::Wildcard) continue;
    bind_pattern(field.pattern, select(value, index, field.range), scope, lets);
  }
}

Value Checker::infer_block(const ast::Block* block, ScopeRef scope, const Type* expected) {
  Bindings lets;
  if (block->lets.empty()) return infer(block->value, scope, expected);
  Scope* inner = new_scope(scope, scope.scope->module, scope.scope->owner);
  for (const ast::Let& let : block->lets) {
    Value value;
    if (let.type == nullptr) {
      value = infer(let.value, inner->ref());
    } else {
      const auto* name = ast::as<ast::NamePattern>(let.pattern);
      const Type* type = type_of(let.type, inner->ref());
      value = type->is_error() ? error()
                               : check_expr(let.value, inner->ref(), type,
                                            name == nullptr ? "the value" : "`" + name->name + "`");
    }
    bind_pattern(let.pattern, value, inner, lets);
  }
  Value value = infer(block->value, inner->ref(), expected);
  if (value.function != nullptr && !lets.empty()) return data(value, block->value->range);
  return wrap(lets, value);
}

Value Checker::infer_if(const ast::If* expr, ScopeRef scope, const Type* expected) {
  Value condition = data(infer(expr->condition, scope), expr->condition->range);
  if (!condition.is_error() && inference_.resolve(condition.type)->is_federated()) {
    report(DiagnosticKind::FederatedUnderIf, expr->condition->range,
           "the condition is " + show(condition.type) +
               ": participants could decide differently which operations take place")
        .with_hint("use `if` inside the function given to `federated_map`");
    condition = error();
  } else {
    condition = coerce(condition, types_->scalar(ElementType::kBool), expr->condition->range,
                       "the condition");
  }
  ++context_->if_depth;
  Value then = data(infer(expr->then, scope, expected), expr->then->range);
  Value otherwise = data(infer(expr->otherwise, scope, expected), expr->otherwise->range);
  --context_->if_depth;
  if (condition.is_error() || then.is_error() || otherwise.is_error()) return error();
  const Type* a = inference_.substitute(then.type);
  const Type* b = inference_.substitute(otherwise.type);
  // Whichever says less, the other is assignable to it.
  bool first_wins = a->has_variables() || b->has_variables() || !fedc::assign(*types_, b, a) ||
                    fedc::assign(*types_, a, b).has_value();
  Value& from = first_wins ? otherwise : then;
  const Type* type = first_wins ? a : b;
  from =
      coerce(from, type, expr->range, first_wins ? "the value after `else`" : "the value of `if`");
  if (from.is_error()) return error();
  type = inference_.substitute(type);
  return {type,
          program_->make<core::If>(type, expr->range, condition.expr, then.expr, otherwise.expr),
          nullptr};
}

}  // namespace fedc::checking
