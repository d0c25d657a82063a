// Bindings, patterns and blocks.
#include <algorithm>

#include "compiler/check/checker.h"
#include "compiler/check/guards.h"

namespace fedc::checking {

const core::Var* Checker::new_var(const std::string& name, const Type* type, SourceRange range) {
  const core::Var* var = program_->make_var(name, type, range);
  owners_[var] = context_;
  return var;
}

Value Checker::wrap(const Bindings& lets, Value value) {
  if (value.function != nullptr) {
    Sink* sink = sink_;
    while (sink->lets == &lets) sink = sink->outer;
    sink->lets->insert(sink->lets->end(), lets.begin(), lets.end());
    return value;
  }
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
      if (value.function == nullptr || value.function->kind != FnValue::Kind::kStruct) {
        value = data(value, pattern->range);
      }
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
  const FnValue* functions = value.function;
  const Type* type = functions != nullptr ? types_->error() : inference_.resolve(value.type);
  const Type* member = type->is_federated() ? inference_.resolve(type->member()) : type;
  if (functions == nullptr && !member->is_struct()) {
    if (!member->is_error()) {
      const auto* name =
          pattern->fields.empty() ? nullptr : ast::as<ast::NamePattern>(pattern->fields[0].pattern);
      const std::string first = name == nullptr ? "x" : name->name;
      report(DiagnosticKind::PatternMismatch, pattern->range,
             show(type) + " is not a struct and cannot be taken apart")
          .with_hint(member->is_tensor() && member->rank() > 0
                         ? "bind it to one name; `take(x, 0)` is an element or a row of a tensor"
                         : "bind it to one name: `let " + first + " = ...;`");
    }
    bind_error(pattern, scope);
    return;
  }
  std::vector<std::string> names;
  if (functions != nullptr) {
    for (const FnPart& part : functions->parts) names.push_back(part.name);
  } else {
    for (const Field& field : member->fields()) names.push_back(field.name);
  }
  const std::string shown = functions != nullptr ? shown_function(functions) : show(type);
  size_t positional = 0;
  while (positional < pattern->fields.size() && !pattern->fields[positional].name) ++positional;
  if (positional > 0 && pattern->fields.size() != names.size()) {
    report(DiagnosticKind::PatternMismatch, pattern->range,
           "the pattern has " + std::to_string(pattern->fields.size()) + " fields, but " + shown +
               " has " + std::to_string(names.size()))
        .with_hint(pattern->fields.size() < names.size()
                       ? "`_` takes a field that is not needed"
                       : "take out what is too much: a pattern has a name, or `_`, for each field");
    bind_error(pattern, scope);
    return;
  }
  if (functions == nullptr) value = as_variable(value, lets);
  std::set<int> taken;
  for (size_t i = 0; i < pattern->fields.size(); ++i) {
    const auto& field = pattern->fields[i];
    int index = static_cast<int>(i);
    if (field.name) {
      const auto found = std::find(names.begin(), names.end(), field.name->text);
      index = found == names.end() ? -1 : static_cast<int>(found - names.begin());
      if (index < 0 || !taken.insert(index).second) {
        if (index < 0) {
          no_such_field(shown, names, *field.name);
        } else {
          report(DiagnosticKind::PatternMismatch, field.name->range,
                 "field `" + field.name->text + "` is taken twice")
              .with_hint("remove one of the two: the name it is bound to may be used twice");
        }
        bind_error(field.pattern, scope);
        continue;
      }
    } else if (i >= positional) {  // behind a named one, which the parser has reported
      bind_error(field.pattern, scope);
      continue;
    } else {
      taken.insert(index);
    }
    if (field.pattern->kind == ast::PatternKind::Wildcard) continue;
    bind_pattern(field.pattern,
                 functions != nullptr ? part_of(functions, static_cast<size_t>(index), field.range)
                                      : select(value, index, field.range),
                 scope, lets);
  }
}

Value Checker::infer_block(const ast::Block* block, ScopeRef scope, const Type* expected) {
  Bindings lets;
  if (block->lets.empty()) return infer(block->value, scope, expected);
  Sink sink(*this, lets);
  Scope* inner = new_scope(scope, scope.scope->module, scope.scope->owner);
  inner->block = block;
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
  return wrap(lets, infer(block->value, inner->ref(), expected));
}

Value Checker::infer_enclosed(const ast::Expr* expr, ScopeRef scope, const Type* expected,
                              bool* is_function) {
  Bindings lets;
  Sink sink(*this, lets);
  const Value value = infer(expr, scope, expected);
  if (value.function != nullptr && value.function->kind != FnValue::Kind::kStruct) {
    *is_function = true;
    return error();
  }
  return wrap(lets, data(value, value_range(expr)));
}

}  // namespace fedc::checking
