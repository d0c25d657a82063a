// Named functions: their specialisation, and what their bodies capture.
#include <algorithm>
#include <cctype>

#include "compiler/check/guards.h"

namespace fedc::checking {
namespace {

constexpr size_t kMostInstances = 10000;
constexpr int kDeepest = 150;

// A type as part of a name.
std::string word(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  if (out.empty()) return "any";
  return out.size() > 40 ? out.substr(0, 40) : out;
}

}  // namespace

InCopy::InCopy(Checker& checker, Copy copy) : checker_(checker), outer_(checker.copy_) {
  copy.outer = outer_;
  checker.copies_.push_back(std::move(copy));
  checker.copy_ = &checker.copies_.back();
}

Inlining::Inlining(Checker& checker, Copy copy)
    : checker_(checker), copy_(checker, std::move(copy)), around_(checker.program_->call_site) {
  const Copy& made = *checker.copy_;
  checker.program_->call_site = checker.program_->make_call_site(
      made.call, made.decl->decl->name.text, made.decl->decl->name.range);
}

DepthGuard::DepthGuard(Checker& checker, SourceRange range) : checker_(checker) {
  ok_ = ++checker_.depth_ <= kDeepest;
  if (!ok_) {
    checker_
        .report(DiagnosticKind::InstantiationLimit, range,
                "calls and definitions are nested more than " + std::to_string(kDeepest) +
                    " levels deep")
        .with_hint(
            "repeat with `fold`, or write one definition instead of several that use each "
            "other");
  }
}

std::string Checker::unique_name(const std::string& wanted) {
  std::string name = wanted;
  while (!function_names_.insert(name).second) {
    name = wanted + "." + std::to_string(++name_counts_[wanted]);
  }
  return name;
}

bool Checker::is_function_param(const ast::FunctionDecl* decl, const ast::Parameter& parameter,
                                ScopeRef scope) {
  return parameter.type != nullptr &&
         mentions(ast::TypeKind::Function, parameter.type, scope, decl->generics);
}

void Checker::check_signature(DeclInfo* info) {
  const ast::FunctionDecl* decl = info->function();
  ScopeRef scope = info->module->scope->ref();
  bool specialised = !decl->generics.empty();
  for (const ast::Parameter& parameter : decl->parameters) {
    specialised |= is_function_param(decl, parameter, scope);
    if (parameter.from_host && !decl->generics.empty()) {
      report(DiagnosticKind::HostInput, parameter.range,
             "`" + decl->name.text + "` is generic, so no host can give it anything")
          .with_hint("leave `from host` out, and let the computation that calls this one take it");
    }
    if (parameter.optional || parameter.is_static) {
      report(DiagnosticKind::NotAvailable, parameter.range,
             parameter.optional ? "optional parameters are not available yet"
                                : "`static` parameters are not available yet")
          .with_hint(parameter.optional ? ""
                                        : "a dimension can be a generic parameter: `<n: dim>`");
    }
  }
  if (decl->exported) check_export_signature(decl, scope);
  if (!specialised && !is_inlined(info)) {
    if (plain_instance(info) != nullptr) defaults_fit(info);
    return;
  }
  // The body is checked for each use; that the signature makes sense is seen now.
  Scope* generics = new_scope(scope, info->module, info);
  if (!instantiate_generics(info, nullptr, generics, false, std::nullopt)) return;
  const Statics* before = statics_;
  statics_ = nullptr;
  for (const ast::Parameter& parameter : decl->parameters) {
    type_of(parameter.type, generics->ref());
  }
  type_of(decl->result, generics->ref());
  defaults_fit(info);
  statics_ = before;
  pending_constraints_.clear();
  if (is_inlined(info)) check_inlined(info);
}

Instance* Checker::plain_instance(DeclInfo* info) {
  std::string key = "p" + std::to_string(reinterpret_cast<uintptr_t>(info));
  auto known = instance_by_key_.find(key);
  if (known != instance_by_key_.end()) return known->second;
  instance_by_key_[key] = nullptr;
  const ast::FunctionDecl* decl = info->function();
  // A mistake in a signature stands there, not where it is called.
  Instance* before = std::exchange(instance_, nullptr);
  Copy* const copy = std::exchange(copy_, nullptr);
  std::vector<const Type*> params;
  bool failed = false;
  ScopeRef scope = info->module->scope->ref();
  for (const ast::Parameter& parameter : decl->parameters) {
    params.push_back(type_of(parameter.type, scope));
    failed |= params.back()->is_error() ||
              (parameter.from_host && !check_from_host(parameter, params.back()));
  }
  const Type* result = type_of(decl->result, scope);
  failed |= result->is_error();
  instance_ = before;
  copy_ = copy;
  if (failed) return nullptr;
  return make_instance(info, info->module->scope, std::move(params), {}, key, "");
}

Instance* Checker::make_instance(DeclInfo* info, Scope* generics,
                                 std::vector<const Type*> param_types,
                                 const std::vector<Lifted*>& functions, std::string key,
                                 const std::string& description) {
  const ast::FunctionDecl* decl = info->function();
  instances_.push_back(std::make_unique<Instance>());
  Instance* instance = instances_.back().get();
  instance_by_key_[key] = instance;
  instance->decl = info;
  instance->scope = generics;
  instance->param_types = std::move(param_types);
  instance->description = description;
  statics_ = &no_statics_;
  shape_of_ = info->name;
  shape_range_ = decl->result->range;
  instance->result = inference_.substitute(type_of(decl->result, generics->ref()));
  instance->function = program_->make_function();
  core::Function* made = instance->function;
  made->range = decl->name.range;
  made->result = instance->result;
  made->exported = decl->exported;
  std::string suffix;
  for (const ast::GenericParameter& generic : decl->generics) {
    const Binding* binding = find_binding(generics->ref(), generic.name.text);
    if (binding == nullptr) continue;
    suffix += "." + word(binding->kind == Binding::Kind::kDim ? binding->dim.to_string()
                         : binding->type != nullptr ? to_string(binding->type)
                                                    : placement_name(binding->placement).data());
  }
  made->name = unique_name(info->name + suffix);

  contexts_.emplace_back();
  instance->context = &contexts_.back();
  instance->context->function = made;
  bool placed = instance->result->has_federated();
  instance->body_scope = new_scope(generics->ref(), info->module, info);
  FunctionContext* before = context_;
  context_ = instance->context;
  for (size_t i = 0; i < decl->parameters.size(); ++i) {
    const ast::Parameter& parameter = decl->parameters[i];
    const Type* type = instance->param_types[i];
    if (type == nullptr) continue;
    placed |= type->has_federated();
    const core::Var* var = new_var(parameter.name.text, type, parameter.name.range);
    made->params.push_back(var);
    Binding binding;
    binding.kind = Binding::Kind::kVar;
    binding.var = var;
    binding.range = parameter.name.range;
    if (!parameter.name.text.empty() && parameter.name.text != "_") {
      bind(instance->body_scope, parameter.name.text, binding);
    }
  }
  size_t next = 0;
  for (size_t i = 0; i < decl->parameters.size(); ++i) {
    if (instance->param_types[i] != nullptr) continue;
    const ast::Parameter& parameter = decl->parameters[i];
    lifted_.push_back(*functions[next++]);
    Lifted* own = &lifted_.back();
    own->parameter = own->parameter == nullptr ? nullptr : inference_.substitute(own->parameter);
    own->result = inference_.substitute(own->result);
    for (const core::Var*& captured : own->captures) {
      const Type* type = inference_.substitute(captured->type);
      placed |= type->has_federated();
      captured = new_var(captured->name, type, captured->range);
      made->params.push_back(captured);
    }
    FnValue* value = new_function_value(FnValue::Kind::kLifted, parameter.range);
    value->lifted = own;
    Binding binding;
    binding.kind = Binding::Kind::kFunction;
    binding.function = value;
    binding.range = parameter.name.range;
    bind(instance->body_scope, parameter.name.text, binding);
  }
  context_ = before;
  instance->context->local = !placed;
  queue_.push_back(instance);
  return instance;
}

const core::Var* Checker::capture(FunctionContext* context, const core::Var* var) {
  auto owner = owners_.find(var);
  if (owner == owners_.end() || owner->second == context || context->lifted == nullptr) return var;
  auto known = context->captured.find(var);
  if (known != context->captured.end()) return known->second;
  const core::Var* own = program_->make_var(var->name, var->type, var->range);
  owners_[own] = context;
  context->captured[var] = own;
  context->lifted->captures.push_back(var);
  context->function->params.push_back(own);
  return own;
}

// Every call passes what its function captures; that may be a capture of the caller in turn.
void Checker::link_captures() {
  for (bool changed = true; changed;) {
    changed = false;
    for (PendingCall& pending : pending_calls_) {
      for (Lifted* lifted : pending.functions) {
        for (size_t i = 0; i < lifted->captures.size(); ++i) {
          size_t before = pending.context->captured.size();
          capture(pending.context, lifted->captures[i]);
          changed |= pending.context->captured.size() != before;
        }
      }
    }
  }
  for (PendingCall& pending : pending_calls_) {
    for (Lifted* lifted : pending.functions) {
      for (const core::Var* var : lifted->captures) {
        pending.call->arguments.push_back(
            program_->make<core::Ref>(pending.range, capture(pending.context, var)));
      }
    }
  }
}

bool Checker::limit_instances(SourceRange range) {
  if (instances_.size() < kMostInstances) return true;
  if (!limit_reported_) {
    report(DiagnosticKind::InstantiationLimit, range,
           "generic functions need more than " + std::to_string(kMostInstances) + " instances");
  }
  limit_reported_ = true;
  return false;
}

void Checker::instantiate(PendingCall& pending) {
  DeclInfo* info = pending.decl;
  const ast::FunctionDecl* decl = info->function();
  Scope* scope = new_scope(info->module->scope->ref(), info->module, info);
  std::string key = "g" + std::to_string(reinterpret_cast<uintptr_t>(info));
  std::string description;
  for (const ast::GenericParameter& generic : decl->generics) {
    auto it = pending.scope->names.find(generic.name.text);
    if (it == pending.scope->names.end()) return;
    Binding binding = it->second;
    bool open = false;
    if (binding.kind == Binding::Kind::kDim) {
      binding.dim = inference_.substitute(binding.dim);
      open = binding.dim.is_variable();
      key += "," + std::to_string(binding.dim.key());
      description += ", `" + generic.name.text + "=" + binding.dim.to_string() + "`";
    } else if (binding.type != nullptr) {
      binding.type = inference_.substitute(binding.type);
      open = binding.type->has_variables();
      key += "," + std::to_string(reinterpret_cast<uintptr_t>(binding.type));
      description += ", `" + generic.name.text + "=" + to_string(binding.type) + "`";
    } else {
      key += binding.placement == Placement::kServer ? ",S" : ",C";
    }
    if (open) {
      report(DiagnosticKind::CannotInfer, pending.range,
             "nothing says what `" + generic.name.text + "` of `" + decl->name.text + "` is")
          .with_hint("write it in `< >`: `" +
                     call_with_types({pending.decl, pending.scope, pending.range}) +
                     "`, for example");
      return;
    }
    scope->names[generic.name.text] = binding;
  }
  std::vector<const Type*> params;
  size_t next = 0;
  for (const ast::Parameter& parameter : decl->parameters) {
    if (is_function_param(decl, parameter, info->module->scope->ref())) {
      params.push_back(nullptr);
      continue;
    }
    const Type* type = inference_.substitute(type_of(parameter.type, scope->ref()));
    if (type->is_error()) return;
    core::Expr*& argument = pending.call->arguments[next++];
    // A later argument may have made a dimension less known than it was.
    if (inference_.substitute(argument->type) != type) {
      argument = program_->make<core::Coerce>(type, argument->range, argument);
    }
    params.push_back(type);
  }
  for (Lifted* lifted : pending.functions) {
    key += ",f" + std::to_string(reinterpret_cast<uintptr_t>(lifted->function));
    for (const core::Var* var : lifted->captures) {
      key += "." + std::to_string(reinterpret_cast<uintptr_t>(inference_.substitute(var->type)));
    }
  }
  Instance* instance;
  auto known = instance_by_key_.find(key);
  if (known != instance_by_key_.end()) {
    instance = known->second;
  } else {
    if (!limit_instances(pending.range)) return;
    instance = make_instance(info, scope, std::move(params), pending.functions, key,
                             description.empty() ? "" : description.substr(2));
    instance->from = instance_;
    instance->call = pending.range;
    instance->copy = pending.copy;
  }
  if (instance != nullptr) pending.call->function = instance->function;
}

void Checker::finish_function(size_t mark) {
  inference_.default_literals(mark);
  std::vector<PendingConstraint> constraints = std::move(pending_constraints_);
  pending_constraints_.clear();
  constraints_final_ = true;
  // After a mistake, what it keeps from being known is not worth saying.
  const bool known = diagnostics_.error_count() == errors_before_;
  for (const PendingConstraint& c : constraints) {
    copy_ = c.copy;
    if (known) check_constraints(c.decl, c.scope, c.range);
  }
  constraints_final_ = false;
  if (!diagnostics_.has_errors()) {
    link_captures();
    for (PendingCall& pending : pending_calls_) {
      copy_ = pending.copy;
      if (pending.decl != nullptr) instantiate(pending);
    }
  } else {
    // Captures may be incomplete, but the bodies of what is called can still be wrong.
    for (PendingCall& pending : pending_calls_) {
      copy_ = pending.copy;
      if (pending.decl != nullptr && pending.functions.empty()) instantiate(pending);
    }
  }
  copy_ = nullptr;
  pending_calls_.clear();
  finish_literals();
}

// What literals are, now that their types are known.
void Checker::finish_literals() {
  for (const PendingLiteral& literal : pending_literals_) {
    core::Constant* constant = literal.constant;
    const Type* type = inference_.substitute(constant->type);
    if (!type->is_tensor() || type->has_variables()) continue;
    auto value = convert(constant->value, type, constant->range);
    if (value) constant->value = *value;
  }
  pending_literals_.clear();
}

void Checker::check_body(Instance* instance) {
  instance_ = instance;
  context_ = instance->context;
  statics_ = &no_statics_;
  lifted_by_key_.clear();
  errors_before_ = diagnostics_.error_count();
  size_t mark = inference_.mark();
  const ast::FunctionDecl* decl = instance->decl->function();
  Bindings lets;
  Sink sink(*this, lets);
  const Value value =
      wrap(lets, check_expr(decl->body, instance->body_scope->ref(), instance->result,
                            "the result of `" + decl->name.text + "`"));
  finish_function(mark);
  instance->function->body = value.expr;
  instance_ = nullptr;
  context_ = nullptr;
}

void Checker::check_queue() {
  while (!queue_.empty()) {
    Instance* instance = queue_.front();
    queue_.pop_front();
    check_body(instance);
  }
}

}  // namespace fedc::checking
