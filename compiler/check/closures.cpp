// Function literals, and functions that core has: what is given to operations and functions.
#include <algorithm>

#include "compiler/check/guards.h"
#include "compiler/check/written.h"

namespace fedc::checking {
namespace {

constexpr int kMostCopies = 20000;
// How often a literal with one set of captures may be in its own body: it may be given other
// functions there, so that it ends.
constexpr int kMostNested = 16;

class Nested {
 public:
  explicit Nested(int& count) : count_(count) { ++count_; }
  ~Nested() { --count_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  int& count_;
};

// Whether one sees that the value of a function's body holds functions. (Not all do.)
bool makes_functions(const ast::Expr* expr) {
  while (const auto* block = ast::as<ast::Block>(expr)) expr = block->value;
  if (expr->kind == ast::ExprKind::Lambda) return true;
  const auto* value = ast::as<ast::Struct>(expr);
  return value != nullptr &&
         std::any_of(value->fields.begin(), value->fields.end(),
                     [](const ast::Argument& field) { return makes_functions(field.value); });
}

}  // namespace

// Counts bodies that are checked anew for a call.
bool Checker::limit_copies(SourceRange range) {
  if (++lambdas_checked_ <= kMostCopies) return true;
  if (lambdas_checked_ == kMostCopies + 1) {
    report(DiagnosticKind::InstantiationLimit, range,
           "functions given to functions multiply beyond " + std::to_string(kMostCopies));
  }
  return false;
}

Value Checker::closure_body(const FnValue* function, std::vector<Value> args, SourceRange range) {
  DepthGuard guard(*this, range);
  if (!guard.ok()) return error();
  if (!limit_copies(range)) return error();
  int& nested = nested_closures_[function];
  const Nested one_more(nested);
  if (nested > kMostNested) {
    report(DiagnosticKind::Recursion, range,
           "functions cannot be recursive: this one is called with itself")
        .with_hint(
            "repeat with `fold(n, start, fn(i, so_far) { ... })`, over a sequence with "
            "`sequence_reduce`");
    return error();
  }
  const ast::Lambda* lambda = function->lambda;
  Scope* scope =
      new_scope(function->scope, function->scope.scope->module, function->scope.scope->owner);
  Bindings lets;
  Sink sink(*this, lets);
  // A literal of another declaration, which has come here as a value.
  DeclInfo* const owner = function->scope.scope->owner;
  std::optional<Inlining> inlining;
  if (owner != nullptr && instance_ != nullptr && owner != instance_->decl) {
    inlining.emplace(*this, Copy{owner, range, /*literal=*/true});
  }
  for (size_t i = 0; i < args.size(); ++i) {
    const ast::Parameter& parameter = lambda->parameters[i];
    const std::string& name = parameter.name.text;
    if (parameter.type != nullptr && !args[i].is_error()) {
      const Type* type = type_of(parameter.type, function->scope);
      args[i] = adapt(args[i], type, parameter.type->range, "what `" + name + "` is given");
    }
    bind_argument(parameter, args[i], scope);
  }
  const Type* wanted =
      lambda->result == nullptr ? nullptr : type_of(lambda->result, function->scope);
  Value value = wanted == nullptr
                    ? infer(lambda->body, scope->ref())
                    : check_expr(lambda->body, scope->ref(), wanted, "the function's value");
  return wrap(lets, value);
}

Value Checker::apply_closure(const FnValue* function, std::vector<Arg> args, SourceRange range) {
  const ast::Lambda* lambda = function->lambda;
  Bindings lets;
  Sink sink(*this, lets);
  SpreadTo to = spread_to(range.valid() ? called_head(std::string(sources_.text(range))) : "",
                          lambda->parameters, false);
  if (!to.callee.empty()) to.declared = lambda->parameters_range;
  args = spread(std::move(args), lambda->parameters.size(), lets, &to);
  if (lambda->parameters.size() == 1 && args.size() > 1) {
    const ast::TypeExpr* type = lambda->parameters[0].type;
    if (type != nullptr) {
      args = gather(std::move(args), type_of(type, function->scope), range);
    } else {
      args = {value_arg(struct_of(std::move(args), nullptr, range), range)};
    }
  }
  const std::vector<ParamShape> shapes = shapes_of(lambda->parameters);
  std::vector<Arg*> by_param;
  if (!match_args(args, shapes, "the function literal", range, nullptr, by_param)) return error();
  std::vector<Value> values;
  std::vector<Field> fields;
  std::vector<core::Expr*> parts;
  bool has_function = false;
  for (size_t i = 0; i < by_param.size(); ++i) {
    Arg* const arg = by_param[i];
    const ast::Parameter& parameter = lambda->parameters[i];
    const Type* type =
        parameter.type == nullptr ? nullptr : type_of(parameter.type, function->scope);
    Value value = arg_value(*arg, type);
    if (value.is_error()) return error();
    // What is written at the call is wrong there, not at the parameter.
    if (type != nullptr && !type->has_function() && arg->ast != nullptr) {
      value = coerce(data(value, arg->range), type, arg->range,
                     "argument `" + parameter.name.text + "` of the function");
      if (value.is_error()) return error();
    }
    values.push_back(value);
    has_function |= value.function != nullptr;
    if (value.function != nullptr) continue;
    fields.push_back({"", inference_.resolve(value.type)});
    parts.push_back(value.expr);
  }
  const bool makes_function = lambda->result != nullptr &&
                              mentions(ast::TypeKind::Function, lambda->result, function->scope);
  if (has_function || makes_function || makes_functions(lambda->body)) {
    return wrap(lets, closure_body(function, std::move(values), range));
  }
  // One core function for each list of argument types, however often it is called.
  const Type* parameter = nullptr;
  Value argument;
  if (parts.size() == 1) {
    parameter = fields[0].type;
    argument = values[0];
  } else if (!parts.empty()) {
    parameter = types_->structure(std::move(fields));
    argument = {parameter, program_->make<core::Struct>(parameter, range, std::move(parts)),
                nullptr};
  }
  bool holds_functions = false;
  Lifted* lifted = lift(function, parameter, range, &holds_functions);
  if (holds_functions) return wrap(lets, closure_body(function, std::move(values), range));
  if (lifted == nullptr) return error();
  FnValue call;
  call.kind = FnValue::Kind::kLifted;
  call.lifted = lifted;
  std::vector<Arg> passed;
  if (parameter != nullptr) passed.push_back(value_arg(argument, range));
  return wrap(lets, apply_lifted(&call, std::move(passed), range));
}

Value Checker::apply_lifted(const FnValue* function, std::vector<Arg> args, SourceRange range) {
  Lifted* lifted = function->lifted;
  std::vector<core::Expr*> arguments;
  size_t wanted = lifted->parameter == nullptr ? 0 : 1;
  if (wanted == 1 && args.size() > 1) {
    args = {value_arg(struct_of(std::move(args), lifted->parameter, range), range)};
  }
  if (args.size() != wanted) {
    report(DiagnosticKind::ArgumentCount, range,
           "the function takes " + counted(wanted, "argument") + ", not " +
               std::to_string(args.size()));
    return error();
  }
  if (wanted == 1) {
    Value value = data(arg_value(args[0], lifted->parameter), args[0].range);
    value = coerce(value, lifted->parameter, args[0].range, "the argument");
    if (value.is_error()) return error();
    arguments.push_back(value.expr);
  }
  auto* call =
      program_->make<core::Call>(lifted->result, range, lifted->function, std::move(arguments));
  PendingCall pending;
  pending.call = call;
  pending.context = context_;
  pending.functions = {lifted};
  pending.range = range;
  pending.copy = copy_;
  pending_calls_.push_back(std::move(pending));
  return {lifted->result, call, nullptr};
}

MadeLambda Checker::make_lambda(const FnValue* function, const std::vector<const Type*>& params,
                                SourceRange range, const std::string& mapped_by) {
  DepthGuard guard(*this, range);
  if (!guard.ok()) return {};
  std::string before = context_->mapped_by;
  int if_depth = context_->if_depth;
  // A loop on one participant stays that: what counts is what brought the participant in.
  if (before.rfind("federated_", 0) != 0) context_->mapped_by = mapped_by;
  context_->if_depth = 0;

  const ast::Lambda* literal =
      function->kind == FnValue::Kind::kClosure ? function->lambda : nullptr;
  bool same_count = literal != nullptr && literal->parameters.size() == params.size();
  core::Lambda* lambda = program_->make_lambda();
  lambda->range = function->range;
  std::vector<Value> values;
  for (size_t i = 0; i < params.size(); ++i) {
    std::string name = same_count ? literal->parameters[i].name.text : "";
    SourceRange at = same_count ? literal->parameters[i].name.range : range;
    const core::Var* var =
        new_var(name.empty() ? "%" + std::to_string(i) : name, inference_.resolve(params[i]), at);
    lambda->params.push_back(var);
    values.push_back({var->type, program_->make<core::Ref>(at, var), nullptr});
  }
  Value result;
  Bindings lets;
  Sink sink(*this, lets);
  if (literal == nullptr) {
    std::vector<Arg> args;
    for (const Value& value : values) args.push_back(value_arg(value, range));
    result = apply(function, std::move(args), range);
  } else {
    size_t wanted = literal->parameters.size();
    Whole whole;
    if (values.size() == 1 && wanted > 1) {
      const SpreadTo to = spread_to("", literal->parameters, false);
      std::vector<Arg> args = spread({value_arg(values[0], range)}, wanted, lets, &to);
      values.clear();
      for (Arg& arg : args) values.push_back(*arg.value);
    } else if (values.size() > 1 && wanted == 1) {
      std::vector<Field> fields;
      std::vector<core::Expr*> parts;
      for (const Value& value : values) {
        fields.push_back({"", value.type});
        parts.push_back(value.expr);
      }
      const Type* type = types_->structure(std::move(fields));
      values = {{type, program_->make<core::Struct>(type, range, std::move(parts)), nullptr}};
      whole = {given_whole(mapped_by, params), type};
    }
    if (values.size() != wanted) {
      std::string given;
      for (size_t i = 0; i < params.size(); ++i) given += (i == 0 ? "" : ", ") + show(params[i]);
      report(DiagnosticKind::ArgumentCount, literal->parameters_range,
             "the function has " + counted(wanted, "parameter") + ", but `" + mapped_by +
                 "` gives it " + (given.empty() ? "nothing" : given))
          .with_hint("write a parameter for each value that it is given");
      result = error();
    } else {
      std::swap(whole, whole_);
      result = closure_body(function, std::move(values), range);
      std::swap(whole, whole_);
    }
  }
  context_->mapped_by = before;
  context_->if_depth = if_depth;
  result = data(wrap(lets, result), literal == nullptr ? range : value_range(literal->body));
  if (result.is_error()) return {};
  lambda->body = result.expr;
  return {lambda, inference_.resolve(result.type)};
}

// A core function of one argument (or none) that does what `function` does. Its captures are
// collected while its body is checked, and completed with those of the calls in it at the end.
Lifted* Checker::lift(const FnValue* function, const Type* parameter, SourceRange range,
                      bool* makes_function) {
  parameter = parameter == nullptr ? nullptr : inference_.substitute(parameter);
  if (function->kind == FnValue::Kind::kLifted) return function->lifted;
  std::string key;
  if (!function->key.empty()) {
    key = function->key + "|" + std::to_string(reinterpret_cast<uintptr_t>(parameter));
    auto known = lifted_by_key_.find(key);
    if (known != lifted_by_key_.end()) return known->second;
  }
  DepthGuard guard(*this, range);
  if (!guard.ok()) return nullptr;
  lifted_.emplace_back();
  Lifted* lifted = &lifted_.back();
  contexts_.emplace_back();
  FunctionContext* inner = &contexts_.back();
  FunctionContext* outer = context_;
  inner->lifted = lifted;
  inner->local = outer->local;
  inner->mapped_by = outer->mapped_by;
  inner->if_depth = outer->if_depth;
  inner->function = program_->make_function();
  core::Function* made = inner->function;
  made->range = function->range;
  made->name = unique_name((instance_ == nullptr ? "" : instance_->function->name) + ".fn");
  lifted->function = made;
  lifted->parameter = parameter;

  context_ = inner;
  // It is called from where it is used.
  const core::CallSite* const call_site = std::exchange(program_->call_site, nullptr);
  std::vector<Value> values;
  if (parameter != nullptr) {
    const ast::Lambda* literal = function->lambda;
    bool named = literal != nullptr && literal->parameters.size() == 1;
    const core::Var* var = new_var(named ? literal->parameters[0].name.text : "%args", parameter,
                                   named ? literal->parameters[0].name.range : function->range);
    made->params.push_back(var);
    values.push_back({parameter, program_->make<core::Ref>(var->range, var), nullptr});
  }
  Value result;
  Bindings lets;
  Sink sink(*this, lets);
  if (function->kind == FnValue::Kind::kClosure) {
    size_t wanted = function->lambda->parameters.size();
    std::vector<Arg> args;
    for (const Value& value : values) args.push_back(value_arg(value, range));
    const SpreadTo to = spread_to("", function->lambda->parameters, false);
    args = spread(std::move(args), wanted, lets, &to);
    if (args.size() != wanted) {
      report(DiagnosticKind::ArgumentCount, function->lambda->parameters_range,
             "the function has " + counted(wanted, "parameter") + ", but is given " +
                 (parameter == nullptr ? "nothing" : show(parameter)));
      result = error();
    } else {
      values.clear();
      for (Arg& arg : args) values.push_back(*arg.value);
      result = closure_body(function, std::move(values), range);
    }
  } else {
    std::vector<Arg> args;
    for (const Value& value : values) args.push_back(value_arg(value, range));
    result = apply(function, std::move(args), range);
  }
  if (makes_function != nullptr && result.function != nullptr) {
    context_ = outer;
    program_->call_site = call_site;
    *makes_function = true;
    return nullptr;
  }
  result = data(wrap(lets, result), range);
  context_ = outer;
  program_->call_site = call_site;
  if (result.is_error()) {
    lifted = nullptr;
  } else {
    made->body = result.expr;
    lifted->result = made->result = inference_.resolve(result.type);
  }
  if (!key.empty()) lifted_by_key_[key] = lifted;
  return lifted;
}

}  // namespace fedc::checking
