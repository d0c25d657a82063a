// Calls: what is called, and which argument is whose.
#include <algorithm>
#include <cctype>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc::checking {

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
  const bool chooses =
      call->callee->kind == ast::ExprKind::If || call->callee->kind == ast::ExprKind::Match;
  const ast::Call* const around = std::exchange(called_, call);
  const ast::Call* const outer = std::exchange(choosing_, chooses ? call : nullptr);
  Value callee = infer(call->callee, scope);
  choosing_ = outer;
  called_ = around;
  std::vector<Arg> args = unchecked_args(call->arguments, scope);
  if (callee.function != nullptr) {
    // Only an operation looks at it, first thing.
    bool of_op = callee.function->kind == FnValue::Kind::kDecl &&
                 callee.function->decl->function()->body == nullptr;
    expected_ = of_op ? expected : nullptr;
    const size_t mark = diagnostics_.reported();
    const Value result = apply(callee.function, std::move(args), call->range);
    if (result.is_error()) suggest_call(callee.function, call, scope, mark, expected);
    return result;
  }
  if (!callee.is_error()) {
    report(DiagnosticKind::NotAFunction, call->callee->range,
           "this is " + show(callee.type) + ", not a function")
        .with_hint(hint_of_called(callee.type, *call));
  }
  // Mistakes in the arguments are mistakes of their own.
  for (Arg& arg : args) {
    if (arg.ast->kind != ast::ExprKind::Lambda) arg_value(arg);
  }
  return error();
}

// What is called, but is data.
std::string Checker::hint_of_called(const Type* type, const ast::Call& call) {
  type = inference_.resolve(type);
  if (type->is_federated()) type = inference_.resolve(type->member());
  if (call.arguments.size() != 1 || !type->is_tensor()) return "";
  const std::string base = written(call.callee->range);
  const std::string argument = written(call.arguments[0].value->range);
  return type->rank() > 0 ? "an element or a row is `take(" + base + ", " + argument + ")`"
                          : "to multiply, write `" + base + " * " +
                                written_tight(call.arguments[0].value->range) + "`";
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
           what + " is " + show(value.type) + ", but a function is expected")
        .with_hint("write a function literal, `fn(x) { ... }`, or the name of a function");
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
          .with_hint("call one of its fields, with its name behind a `.`");
      return error();
  }
  return error();
}

SpreadTo Checker::spread_to(std::string callee, const std::vector<ast::Parameter>& parameters,
                            bool strict) {
  SpreadTo to;
  to.callee = std::move(callee);
  to.strict = strict;
  for (const ast::Parameter& parameter : parameters) to.names.push_back(parameter.name.text);
  return to;
}

// Fields become arguments by position, so their names must not say otherwise.
bool Checker::spread_in_order(const Type* type, const SpreadTo& to, SourceRange range) {
  const std::vector<Field>& fields = type->fields();
  const auto is_parameter = [&](const std::string& name) {
    return std::find(to.names.begin(), to.names.end(), name) != to.names.end();
  };
  for (size_t i = 0; i < fields.size() && i < to.names.size(); ++i) {
    const std::string& name = fields[i].name;
    if (name.empty() || name == to.names[i] || to.names[i] == "_") continue;
    if (!to.strict && !is_parameter(name)) continue;
    // Each argument by the field that has its name, else by the one in its place.
    bool reordered = true;
    for (const Field& field : fields) reordered &= is_parameter(field.name);
    const std::string text = written(range);
    const bool is_name = text != "..." && text.find_first_of(" (") == text.npos;
    const std::string base = is_name && range.valid() && !to.mapped ? text : "s";
    std::string values, names;
    for (size_t j = 0; j < fields.size(); ++j) {
      const std::string own = fields[j].name.empty() ? std::to_string(j) : fields[j].name;
      const bool by_name = reordered && j < to.names.size() && type->field_index(to.names[j]) >= 0;
      values += (j == 0 ? "" : ", ") + (base + "." + (by_name ? to.names[j] : own));
      names += (j == 0 ? "" : ", ") + own;
    }
    const std::string call = (to.call.empty() ? to.callee : to.call) + "(" + values + ")";
    const bool named = !to.callee.empty();
    const std::string callee = named ? "`" + to.callee + "`" : "the function";
    Diagnostic& diagnostic =
        report(DiagnosticKind::TypeMismatch, range,
               "the fields of this struct become the arguments of " + callee +
                   " in their order, but field " + std::to_string(i) + " is called `" + name +
                   "` and the parameter there `" + to.names[i] + "`");
    if (to.declared.valid())
      diagnostic.with_note(to.declared, "the parameters of " + callee + " are these");
    diagnostic.with_hint(
        !named ? "write the parameters in the order of the fields: `fn(" + names + ") { ... }`"
        : reordered && to.call.empty() && text[0] == '('
            ? "give them without the inner parentheses: `" + to.callee + text + "`"
        : to.mapped ? "give them one by one: `fn(s) { " + call + " }`"
        : base == "s" && text != "s"
            ? "give them one by one, of a struct that is bound to a name: `" + call + "`"
            : "give them one by one: `" + call + "`");
    return false;
  }
  return true;
}

// `f((a, b))` is `f(a, b)`: one struct stands for all arguments.
std::vector<Arg> Checker::spread(std::vector<Arg> args, size_t wanted, Bindings& lets,
                                 const SpreadTo* to) {
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
  SpreadTo given = to == nullptr ? SpreadTo() : *to;
  given.mapped = args[0].ast == nullptr;
  if (to != nullptr && !spread_in_order(type, given, args[0].range)) {
    for (size_t i = 0; i < wanted; ++i) result.push_back(value_arg(error(), args[0].range));
    return result;
  }
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

std::vector<ParamShape> Checker::shapes_of(const std::vector<ast::Parameter>& parameters) {
  std::vector<ParamShape> shapes;
  for (const ast::Parameter& parameter : parameters) {
    shapes.push_back({parameter.name.text, parameter.optional || parameter.value != nullptr,
                      parameter.type, nullptr});
  }
  return shapes;
}

std::string Checker::missing_text(const ParamShape& missing, size_t index) {
  const bool named = !missing.name.empty() && missing.name != "_";
  std::string type;
  if (missing.type != nullptr && !inference_.substitute(missing.type)->has_variables())
    type = to_string(inference_.substitute(missing.type));
  // What stands in the prelude is generic: it says more in the whole declaration.
  if (missing.written != nullptr && !in_prelude(missing.written->range)) {
    type = one_line(sources_.text(missing.written->range));
  }
  if (named) return "`" + missing.name + (type.empty() ? "" : ": " + type) + "` is missing";
  return "argument " + std::to_string(index + 1) + (type.empty() ? "" : ", `" + type + "`,") +
         " is missing";
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
      std::string all;
      for (const ParamShape& p : params) all += (all.empty() ? "`" : ", `") + p.name + "`";
      diagnostic.with_hint(params.empty() ? "" : "its parameters are " + all)
          .with_suggestion(arg.name->range, nearest_name(arg.name->text, names));
      if (decl != nullptr) {
        diagnostic.with_note(shown_range(decl), "it is declared as `" + summary(decl) + "`");
      }
      failed = true;
      continue;
    }
    Arg*& slot = by_param[found - params.begin()];
    if (slot != nullptr) {
      report(DiagnosticKind::UnknownArgument, arg.name->range,
             "parameter `" + arg.name->text + "` of " + shown + " is given twice")
          .with_hint("leave one of the two out; those without a name are given in order");
      failed = true;
    }
    slot = &arg;
  }
  size_t required = 0;
  size_t missing = params.size();
  for (size_t i = 0; i < params.size(); ++i) {
    if (params[i].optional) continue;
    ++required;
    if (by_param[i] == nullptr) missing = std::min(missing, i);
  }
  if (failed) return false;
  const bool misses = missing < params.size();
  if (position <= most && !misses) return true;
  // All that are missing behind the first.
  std::string others;
  for (size_t i = missing + 1; i < params.size(); ++i) {
    if (params[i].optional || by_param[i] != nullptr) continue;
    others += "; " + missing_text(params[i], i);
  }
  std::string count =
      (required == most ? "" : std::to_string(required) + " to ") + counted(most, "argument");
  // One struct of another number of fields was meant as all arguments.
  const Type* whole = args.size() == 1 && args[0].value && args[0].value->function == nullptr &&
                              !args[0].value->is_error()
                          ? inference_.resolve(args[0].value->type)
                          : nullptr;
  if (whole != nullptr && (!whole->is_struct() || whole->fields().size() < 2)) whole = nullptr;
  const std::string given = whole == nullptr ? std::to_string(args.size())
                                             : "the " + std::to_string(whole->fields().size()) +
                                                   " fields of " + show(whole);
  const bool fewer = whole == nullptr || whole->fields().size() < required;
  std::string excess;
  if (!misses && most > 0 && args[most].ast != nullptr) {
    excess = ": `" + written_argument(args[most].ast) + "` " +
             (position == most + 1 ? "is one too many" : "and what comes after it are too many");
  }
  const SourceRange at = excess.empty() ? range : args[most].range;
  Diagnostic& diagnostic = report(
      DiagnosticKind::ArgumentCount, at,
      shown + " takes " + count + ", not " + given + excess +
          (misses && fewer
               ? ": " +
                     missing_text(
                         params[std::max(missing, whole == nullptr ? 0 : whole->fields().size())],
                         missing) +
                     (whole == nullptr ? others : "")
               : ""));
  // What an operation gives to a function stands nowhere in the text.
  if (misses && whole == nullptr && args.size() == 1 && args[0].ast == nullptr &&
      context_->mapped_by == "federated_map") {
    diagnostic.with_hint("several values are given as a struct: `federated_map(" +
                         (decl == nullptr ? "f" : callee) + ", (" +
                         (mapped_.over.empty() ? "a" : mapped_.over) + ", ...))`");
  }
  if (!excess.empty() && callee == "federated_map" && in_prelude(decl->name.range)) {
    std::string values;
    std::vector<Arg*> mapped;
    for (size_t i = 1; i < args.size(); ++i) {
      values += (i == 1 ? "" : ", ") + written_argument(args[i].ast);
      mapped.push_back(&args[i]);
    }
    std::string call = mapped_call(written_argument(args[0].ast), mapped);
    if (call.empty())
      call = "`federated_map(" + written_argument(args[0].ast) + ", (" + values + "))`";
    diagnostic.with_hint("several values are given as a struct: write " + call);
  }
  if (decl != nullptr) {
    const ast::GenericParameter* type = unsaid(decl, 0, false);
    const std::string_view text = sources_.text(range);
    const std::string_view head = text.substr(0, std::min(text.find('('), text.size()));
    if (position > most && type != nullptr && head.find('<') == std::string_view::npos) {
      diagnostic.with_hint(kNoArgumentSays + type->name.text + "` is: it stands in `< >`");
    }
    diagnostic.with_note(shown_range(decl), "it is declared as `" + summary(decl) + "`");
  }
  if (!excess.empty() && diagnostic.hint.empty())
    diagnostic.with_hint(position == most + 1 ? "leave it out" : "leave them out");
  return false;
}

// The parameter types of a function whose own declaration gives them; else empty.
KnownParams Checker::known_params(const FnValue* function) {
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

}  // namespace fedc::checking
