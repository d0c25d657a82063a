// Calls, and functions as compile-time values.
#include <algorithm>
#include <cctype>

#include "compiler/check/checker.h"
#include "compiler/diagnostics/suggest.h"

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

FnValue* Checker::new_function_value(FnValue::Kind kind, SourceRange range) {
  function_values_.emplace_back();
  FnValue* function = &function_values_.back();
  function->kind = kind;
  function->range = range;
  return function;
}

std::string Checker::counted(size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string Checker::callee_text(const FnValue* function) {
  if (!function->spelling.empty()) return function->spelling;
  if (function->decl != nullptr) return function->decl->decl->name.text;
  return "the function";
}

Value Checker::infer_call(const ast::Call* call, ScopeRef scope, const Type* expected) {
  Value callee = infer(call->callee, scope);
  std::vector<Arg> args = unchecked_args(call->arguments, scope);
  if (callee.function != nullptr) {
    // Only an operation looks at it, first thing.
    bool of_op = callee.function->kind == FnValue::Kind::kDecl &&
                 callee.function->decl->function()->body == nullptr;
    expected_ = of_op ? expected : nullptr;
    return apply(callee.function, std::move(args), call->range);
  }
  if (!callee.is_error()) {
    report(DiagnosticKind::NotAFunction, call->callee->range,
           "this is " + show(callee.type) + ", not a function");
  }
  // Mistakes in the arguments are mistakes of their own.
  for (Arg& arg : args) {
    if (arg.ast->kind != ast::ExprKind::Lambda) arg_value(arg);
  }
  return error();
}

std::vector<Arg> Checker::unchecked_args(const std::vector<ast::Argument>& arguments,
                                         ScopeRef scope) {
  std::vector<Arg> args;
  for (const ast::Argument& argument : arguments) {
    Arg arg;
    arg.name = argument.name ? &*argument.name : nullptr;
    arg.ast = argument.value;
    arg.scope = scope;
    arg.range = argument.value->range;
    args.push_back(arg);
  }
  return args;
}

Value Checker::arg_value(Arg& arg, const Type* expected) {
  if (!arg.value) arg.value = infer(arg.ast, arg.scope, expected);
  return *arg.value;
}

const FnValue* Checker::function_arg(Arg& arg, const std::string& what) {
  Value value = arg_value(arg);
  if (value.function != nullptr) return value.function;
  if (!value.is_error()) {
    report(DiagnosticKind::NotAFunction, arg.range,
           what + " is " + show(value.type) + ", but a function is expected");
  }
  return nullptr;
}

Value Checker::apply(const FnValue* function, std::vector<Arg> args, SourceRange range) {
  switch (function->kind) {
    case FnValue::Kind::kDecl:
      return function->decl->function()->body == nullptr
                 ? apply_op(function, std::move(args), range)
                 : apply_user(function, std::move(args), range);
    case FnValue::Kind::kClosure:
      return apply_closure(function, std::move(args), range);
    case FnValue::Kind::kCurried:
      return apply_curried(function, std::move(args), range);
    case FnValue::Kind::kLifted:
      return apply_lifted(function, std::move(args), range);
    case FnValue::Kind::kTyped:
      return apply_typed(function, std::move(args), range);
    case FnValue::Kind::kStruct:
      report(DiagnosticKind::NotAFunction, range,
             "this is " + shown_function(function) + ", not a function")
          .with_hint("call one of its fields");
      return error();
  }
  return error();
}

// `f((a, b))` is `f(a, b)`: one struct stands for all arguments.
std::vector<Arg> Checker::spread(std::vector<Arg> args, size_t wanted, Bindings& lets) {
  if (args.size() != 1 || args[0].name != nullptr || wanted < 2) return args;
  if (args[0].ast != nullptr && args[0].ast->kind == ast::ExprKind::PlacementRef) return args;
  Value value = arg_value(args[0]);
  if (value.function != nullptr && value.function->parts.size() == wanted) {
    std::vector<Arg> result;
    for (size_t i = 0; i < wanted; ++i) {
      result.push_back(value_arg(part_of(value.function, i, args[0].range), args[0].range));
    }
    return result;
  }
  if (value.function != nullptr || value.is_error()) return args;
  const Type* type = inference_.resolve(value.type);
  if (!type->is_struct() || type->fields().size() != wanted) return args;
  std::vector<Arg> result;
  if (auto* parts = core::as<core::Struct>(value.expr)) {
    for (core::Expr* part : parts->fields) {
      result.push_back(value_arg({part->type, part, nullptr}, args[0].range));
    }
    return result;
  }
  value = as_variable(value, lets, "%args");
  for (size_t i = 0; i < wanted; ++i) {
    result.push_back(value_arg(select(value, static_cast<int>(i), args[0].range), args[0].range));
  }
  return result;
}

// `f(a, b)` is `f((a, b))`, where the one parameter is a struct. Any other parameter gathers
// nothing: there, a second argument is a mistake to report.
std::vector<Arg> Checker::gather(std::vector<Arg> args, const Type* parameter, SourceRange range) {
  if (args.size() < 2) return args;
  const Type* type = inference_.resolve(parameter);
  bool federated = type->is_federated();
  if (federated) type = inference_.resolve(type->member());
  if (!type->is_struct()) return args;
  Value value = struct_of(std::move(args), federated ? nullptr : type, range);
  args.clear();
  args.push_back(value_arg(value, range));
  return args;
}

// The first type parameter of a function that none of its parameters has in its type; else "".
// `summary` is the declaration up to its body.
static std::string type_argument_of(const std::string& summary, const ast::FunctionDecl& decl) {
  const size_t begin = summary.find('('), end = summary.rfind(") ->");
  if (begin == std::string::npos || end == std::string::npos || end < begin) return "";
  const std::string parameters = summary.substr(begin, end - begin);
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  for (const ast::GenericParameter& generic : decl.generics) {
    const std::string& name = generic.name.text;
    bool found = false;
    for (size_t at = parameters.find(name); at != std::string::npos && !found;
         at = parameters.find(name, at + 1)) {
      const size_t after = at + name.size();
      found = !is_part(parameters[at - 1]) &&
              (after == parameters.size() || !is_part(parameters[after]));
    }
    if (!found) return name;
  }
  return "";
}

bool Checker::match_args(std::vector<Arg>& args, const std::vector<ParamShape>& params,
                         const std::string& callee, SourceRange range,
                         const ast::FunctionDecl* decl, std::vector<Arg*>& by_param) {
  by_param.assign(params.size(), nullptr);
  bool failed = false;
  size_t position = 0;
  size_t most = params.size();
  const std::string shown = decl == nullptr ? callee : "`" + callee + "`";
  for (Arg& arg : args) {
    if (arg.name == nullptr) {
      if (position < most) by_param[position] = &arg;
      ++position;
      continue;
    }
    auto found = std::find_if(params.begin(), params.end(),
                              [&](const ParamShape& p) { return p.name == arg.name->text; });
    if (found == params.end()) {
      Diagnostic& diagnostic = report(DiagnosticKind::UnknownArgument, arg.name->range,
                                      shown + " has no parameter `" + arg.name->text + "`");
      std::vector<std::string_view> names;
      for (const ParamShape& p : params) names.push_back(p.name);
      diagnostic.with_suggestion(arg.name->range, nearest_name(arg.name->text, names));
      if (decl != nullptr) {
        diagnostic.with_note(shown_range(decl), "it is declared as `" + summary(decl) + "`");
      }
      failed = true;
      continue;
    }
    Arg*& slot = by_param[found - params.begin()];
    if (slot != nullptr) {
      report(DiagnosticKind::UnknownArgument, arg.name->range,
             "parameter `" + arg.name->text + "` of " + shown + " is given twice");
      failed = true;
    }
    slot = &arg;
  }
  size_t required = 0;
  const ParamShape* missing = nullptr;  // it need not have a name
  for (size_t i = 0; i < params.size(); ++i) {
    if (params[i].optional) continue;
    ++required;
    if (by_param[i] == nullptr && missing == nullptr) missing = &params[i];
  }
  if (failed) return false;
  if (position <= most && missing == nullptr) return true;
  std::string count =
      (required == most ? "" : std::to_string(required) + " to ") + counted(most, "argument");
  const bool named = missing != nullptr && !missing->name.empty() && missing->name != "_";
  Diagnostic& diagnostic =
      report(DiagnosticKind::ArgumentCount, range,
             shown + " takes " + count + ", not " + std::to_string(args.size()) +
                 (named ? ": `" + missing->name + "` is missing" : ""));
  if (decl != nullptr) {
    const std::string type = type_argument_of(summary(decl), *decl);
    if (position > most && !type.empty()) {
      diagnostic.with_hint("no argument says what `" + type + "` is: it stands in `< >`, as in `" +
                           callee + "<float32[2,3]>(...)`");
    }
    diagnostic.with_note(shown_range(decl), "it is declared as `" + summary(decl) + "`");
  }
  return false;
}

// The parameter types of a function whose own declaration gives them; else empty.
Checker::KnownParams Checker::known_params(const FnValue* function) {
  KnownParams known;
  std::vector<const Type*>& types = known.types;
  if (function->kind == FnValue::Kind::kLifted) {
    if (function->lifted->parameter != nullptr) types.push_back(function->lifted->parameter);
  } else if (function->kind == FnValue::Kind::kDecl) {
    const ast::FunctionDecl* decl = function->decl->function();
    if (decl->body == nullptr || !decl->generics.empty()) return {};
    for (const ast::Parameter& parameter : decl->parameters) {
      types.push_back(type_of(parameter.type, function->decl->module->scope->ref()));
      known.required += parameter.value == nullptr;
    }
    for (const Type* type : types) {
      if (type->is_error()) return {};
    }
    return known;
  } else if (function->kind == FnValue::Kind::kTyped) {
    if (function->type->parameter() != nullptr) {
      types.push_back(inference_.resolve(function->type->parameter()));
    }
  } else if (function->kind == FnValue::Kind::kClosure) {
    for (const ast::Parameter& parameter : function->lambda->parameters) {
      if (parameter.type == nullptr) return {};
      types.push_back(type_of(parameter.type, function->scope));
    }
  }
  for (const Type* type : types) {
    if (type->is_error()) return {};
  }
  known.required = types.size();
  return known;
}

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
    inlining.emplace(*this, owner, range);
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
  args = spread(std::move(args), lambda->parameters.size(), lets);
  if (lambda->parameters.size() == 1 && args.size() > 1) {
    const ast::TypeExpr* type = lambda->parameters[0].type;
    if (type != nullptr) {
      args = gather(std::move(args), type_of(type, function->scope), range);
    } else {
      args = {value_arg(struct_of(std::move(args), nullptr, range), range)};
    }
  }
  std::vector<ParamShape> shapes;
  for (const ast::Parameter& parameter : lambda->parameters) {
    shapes.push_back({parameter.name.text, false});
  }
  std::vector<Arg*> by_param;
  if (!match_args(args, shapes, "the function literal", range, nullptr, by_param)) return error();
  std::vector<Value> values;
  std::vector<Field> fields;
  std::vector<core::Expr*> parts;
  bool has_function = false;
  for (Arg* arg : by_param) {
    Value value = arg_value(*arg);
    if (value.is_error()) return error();
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
  pending_calls_.push_back(std::move(pending));
  return {lifted->result, call, nullptr};
}

Checker::MadeLambda Checker::make_lambda(const FnValue* function,
                                         const std::vector<const Type*>& params, SourceRange range,
                                         const std::string& mapped_by) {
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
    std::string whole;
    if (values.size() == 1 && wanted > 1) {
      std::vector<Arg> args = spread({value_arg(values[0], range)}, wanted, lets);
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
      whole = given_whole(mapped_by, params);
    }
    if (values.size() != wanted) {
      std::string given;
      for (size_t i = 0; i < params.size(); ++i) given += (i == 0 ? "" : ", ") + show(params[i]);
      report(DiagnosticKind::ArgumentCount, literal->parameters_range,
             "the function has " + counted(wanted, "parameter") + ", but `" + mapped_by +
                 "` gives it " + (given.empty() ? "nothing" : given));
      result = error();
    } else {
      std::swap(whole, whole_);
      result = closure_body(function, std::move(values), range);
      std::swap(whole, whole_);
    }
  }
  context_->mapped_by = before;
  context_->if_depth = if_depth;
  result = data(wrap(lets, result), range);
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
    args = spread(std::move(args), wanted, lets);
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
    *makes_function = true;
    return nullptr;
  }
  result = data(wrap(lets, result), range);
  context_ = outer;
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
