// Functions in structs, and functions with declared types. All is resolved here: what a function
// captures are variables, and a call of it is a call of what it stands for.
#include <algorithm>
#include <iterator>

#include "compiler/check/checker.h"
#include "compiler/check/guards.h"
#include "compiler/check/written.h"

namespace fedc::checking {

// The parameters of a function literal of that type: "x", "x, y".
static std::string parameters_of(const Type* function) {
  constexpr std::string_view kNames[] = {"x", "y", "z", "u", "v", "w"};
  const Type* parameter = function->parameter();
  if (parameter == nullptr) return "";
  const size_t count = parameter->is_struct() ? parameter->fields().size() : 1;
  std::string names;
  for (size_t i = 0; i < count; ++i) {
    const std::string name =
        i < std::size(kNames) ? std::string(kNames[i]) : "x" + std::to_string(i);
    names += (i == 0 ? "" : ", ") + name;
  }
  return names;
}

std::string Checker::shown_function(const FnValue* function) {
  if (function->kind != FnValue::Kind::kStruct) return "a function";
  std::string text = "a struct with functions, `(";
  for (size_t i = 0; i < function->parts.size(); ++i) {
    const FnPart& part = function->parts[i];
    text += (i == 0 ? "" : ", ") + (part.name.empty() ? "." + std::to_string(i) : part.name);
  }
  return text + ")`";
}

Value Checker::function_struct(std::vector<FnPart> parts, SourceRange range) {
  for (FnPart& part : parts) {
    if (part.value.function == nullptr) part.value = as_variable(part.value, *sink_->lets);
  }
  FnValue* made = new_function_value(FnValue::Kind::kStruct, range);
  made->parts = std::move(parts);
  Value value;
  value.function = made;
  return value;
}

Value Checker::part_of(const FnValue* function, size_t index, SourceRange range) {
  const Value& value = function->parts[index].value;
  if (value.function != nullptr) return value;
  return reference(core::as<core::Ref>(value.expr)->var, range);
}

Value Checker::function_field(const FnValue* function, const ast::Name& name, SourceRange range) {
  std::vector<std::string> names;
  for (size_t i = 0; i < function->parts.size(); ++i) {
    if (function->parts[i].name == name.text) return part_of(function, i, range);
    names.push_back(function->parts[i].name);
  }
  no_such_field(shown_function(function), names, name);
  return error();
}

// `(..s, f=g)`, where s holds functions: a function takes the place of a function, and data that of
// data of the same type.
Value Checker::update_functions(const FnValue* base, const ast::Struct* update, ScopeRef scope) {
  std::vector<FnPart> parts;
  std::vector<std::string> names;
  for (size_t i = 0; i < base->parts.size(); ++i) {
    names.push_back(base->parts[i].name);
    parts.push_back({base->parts[i].name, part_of(base, i, update->base->range)});
  }
  for (const ast::Argument& field : update->fields) {
    const auto found = std::find(names.begin(), names.end(), field.name->text);
    if (found == names.end()) {
      no_such_field(shown_function(base), names, *field.name);
      return error();
    }
    Value& part = parts[static_cast<size_t>(found - names.begin())].value;
    const std::string what = "field `" + field.name->text + "`";
    const Value value = infer(field.value, scope);
    if (part.function == nullptr) {
      if (value.function != nullptr) {
        report(DiagnosticKind::FunctionValue, field.value->range,
               what + " is a function, but " + show(part.type) + " is expected")
            .with_hint("an update changes no type: give `" + field.name->text + "` " +
                       (inference_.resolve(part.type)->is_scalar() ? "a number, "
                                                                   : "a value of its type, ") +
                       "or make a new struct");
        return error();
      }
      part = coerce(value, part.type, field.value->range, what);
    } else if (part.function->kind == FnValue::Kind::kTyped) {
      part = adapt(value, part.function->type, field.value->range, what);
    } else if (value.function != nullptr || value.is_error()) {
      if (value.function != nullptr &&
          !same_signature(part.function, value.function, field.value->range, what)) {
        return error();
      }
      part = value;
    } else {
      report(DiagnosticKind::NotAFunction, field.value->range,
             what + " is " + show(value.type) + ", but a function is expected")
          .with_hint("write a function literal: `fn(x) { ... }`");
      return error();
    }
    if (part.is_error()) return error();
  }
  return function_struct(std::move(parts), update->range);
}

// Whether a function can take the place of `before`, as far as their declarations say.
bool Checker::same_signature(const FnValue* before, const FnValue* now, SourceRange range,
                             const std::string& what) {
  const bool struct_before = before->kind == FnValue::Kind::kStruct;
  if (struct_before != (now->kind == FnValue::Kind::kStruct)) {
    report(DiagnosticKind::NotAFunction, range,
           what + " is " + shown_function(now) + ", but was " + shown_function(before));
    return false;
  }
  if (struct_before) {
    bool same = before->parts.size() == now->parts.size();
    for (size_t i = 0; same && i < now->parts.size(); ++i)
      same = before->parts[i].name == now->parts[i].name;
    if (same) return true;
    report(DiagnosticKind::TypeMismatch, range,
           what + " is " + shown_function(now) + ", but was " + shown_function(before));
    return false;
  }
  const auto [known, required] = known_params(before);
  const Type* result = known_result(before);
  const Arity arity = arity_of(before);
  if (known.size() == required && (!known.empty() || arity.most == 0)) {
    const Type* parameter = known.size() == 1 ? known[0] : nullptr;
    if (known.size() > 1) {
      std::vector<Field> fields;
      for (const Type* type : known) fields.push_back({"", type});
      parameter = types_->structure(std::move(fields));
    }
    if (result == nullptr || result->is_error()) result = inference_.fresh_type();
    return agree(now, types_->function(parameter, result), range, what);
  }
  const Arity of_now = arity_of(now);
  // One parameter may stand for a struct of all.
  if (arity.most == kAnyNumber || of_now.most == kAnyNumber || arity.most == 1 ||
      of_now.most == 1 || (of_now.least <= arity.least && arity.least <= of_now.most)) {
    return true;
  }
  report(DiagnosticKind::ArgumentCount, range,
         what + " takes " + counted(of_now.least, "argument") + ", but was a function of " +
             std::to_string(arity.least))
      .with_hint("write a function of " + counted(arity.least, "argument"));
  return false;
}

Value Checker::adapt(Value value, const Type* to, SourceRange range, const std::string& what) {
  if (value.is_error() || to->is_error()) return value.is_error() ? value : error();
  if (!to->has_function()) return coerce(data(value, range, what), to, range, what);
  to = inference_.resolve(to);
  if (to->is_function()) return adapt_function(value, to, range, what);
  const FnValue* given = value.function;
  if (given == nullptr || given->kind != FnValue::Kind::kStruct ||
      given->parts.size() != to->fields().size()) {
    Diagnostic& diagnostic =
        report(DiagnosticKind::TypeMismatch, range,
               what + " is " + (given == nullptr ? show(value.type) : shown_function(given)) +
                   ", but " + show(to) + " is expected");
    if (given != nullptr) hint_to_call(diagnostic, given);
    return error();
  }
  std::vector<FnPart> parts;
  for (size_t i = 0; i < given->parts.size(); ++i) {
    const std::string& name = given->parts[i].name;
    const Field& field = to->fields()[i];
    if (!name.empty() && name != field.name) {
      report(DiagnosticKind::TypeMismatch, range,
             what + " is " + shown_function(given) + ", but " + show(to) + " is expected: field " +
                 std::to_string(i) + " is called `" + name + "`" +
                 (field.name.empty() ? "" : ", not `" + field.name + "`"));
      return error();
    }
    const std::string inner =
        "field `" + (field.name.empty() ? std::to_string(i) : field.name) + "` of " + what;
    const size_t mark = diagnostics_.reported();
    const Value part = adapt(part_of(given, i, range), field.type, range, inner);
    if (part.is_error()) {
      // The other parts stay as they are.
      const std::string text = written(range);
      const FnValue* const own_function = given->parts[i].value.function;
      const Type* const made = own_function == nullptr ? nullptr : known_result(own_function);
      Diagnostic* const reported = diagnostics_.first_since(mark);
      if (reported == nullptr || !field.type->is_function() || !is_tight(text)) return error();
      // It gives another type than what has been given before says.
      if (const Type* const wanted = inference_.substitute(field.type->result());
          made != nullptr && instance_ != nullptr && !wanted->has_variables() &&
          !made->has_function() && reported->message.find(": it gives ") != std::string::npos) {
        ModuleInfo* const user = instance_->decl->module;
        reported->with_hint("where the types of the other arguments have `" +
                            spelled(wanted, user) + "`, this one wants `" + spelled(made, user) +
                            "`: declare that");
        return error();
      }
      std::string changed;
      for (size_t j = 0; j < given->parts.size(); ++j) {
        const std::string& own = given->parts[j].name;
        changed += (changed.empty() ? "" : ", ") + (own.empty() ? "" : own + "=") +
                   (j == i ? "fn(" + parameters_of(inference_.substitute(field.type)) + ") { ... }"
                           : text + "." + (own.empty() ? std::to_string(j) : own));
      }
      reported->with_hint("write another function, and keep the rest: `(" + changed +
                          (given->parts.size() == 1 ? ",)`" : ")`"));
      return error();
    }
    parts.push_back({field.name, part});
  }
  return function_struct(std::move(parts), range);
}

Value Checker::adapt_function(Value value, const Type* to, SourceRange range,
                              const std::string& what) {
  const FnValue* given = value.function;
  if (given == nullptr || given->kind == FnValue::Kind::kStruct) {
    report(DiagnosticKind::NotAFunction, range,
           what + " is " + (given == nullptr ? show(value.type) : shown_function(given)) +
               ", but a function is expected")
        .with_hint(hint_of_function(value, to, range));
    return error();
  }
  if (!agree(given, to, range, what)) return error();
  FnValue* made = new_function_value(FnValue::Kind::kTyped, given->range);
  made->inner = given;
  made->type = to;
  made->key = "t" + std::to_string(reinterpret_cast<uintptr_t>(made));
  value.function = made;
  return value;
}

// The type of what a function gives, where its own declaration says it; else null.
const Type* Checker::known_result(const FnValue* function) {
  switch (function->kind) {
    case FnValue::Kind::kDecl: {
      const ast::FunctionDecl* decl = function->decl->function();
      if (decl->body == nullptr || !decl->generics.empty()) return nullptr;
      return type_of(decl->result, function->decl->module->scope->ref());
    }
    case FnValue::Kind::kClosure:
      return function->lambda->result == nullptr
                 ? nullptr
                 : type_of(function->lambda->result, function->scope);
    case FnValue::Kind::kLifted:
      return function->lifted->result;
    case FnValue::Kind::kTyped:
      return function->type->result();
    default:
      return nullptr;
  }
}

// How many arguments a function can be called with, its own declaration says.
Arity Checker::arity_of(const FnValue* function) {
  const std::vector<ast::Parameter>* parameters = nullptr;
  if (function->kind == FnValue::Kind::kClosure) parameters = &function->lambda->parameters;
  if (function->kind == FnValue::Kind::kDecl) parameters = &function->decl->function()->parameters;
  if (parameters == nullptr) return {};
  Arity arity{0, parameters->size()};
  for (const ast::Parameter& parameter : *parameters)
    arity.least += !parameter.optional && parameter.value == nullptr;
  return arity;
}

// The type of a function as far as its declaration says it: "`(int32 -> int32)`", "a function of
// `int32`" or "a function".
std::string Checker::shown_signature(const FnValue* function) {
  const auto [known, required] = known_params(function);
  const Type* result = known_result(function);
  const Type* parameter = known.size() == 1 ? known[0] : nullptr;
  if (known.size() > 1) {
    std::vector<Field> fields;
    for (const Type* type : known) fields.push_back({"", type});
    parameter = types_->structure(std::move(fields));
  }
  const bool all = !known.empty() || arity_of(function).most == 0;
  if (all && result != nullptr && !result->is_error())
    return "the function " + show(types_->function(parameter, result));
  return parameter == nullptr ? "a function" : "a function of " + show(parameter);
}

// What to write for a value where a function of type `to` is expected.
std::string Checker::hint_of_function(const Value& value, const Type* to, SourceRange range) {
  const std::string text = written(range);
  if (value.function == nullptr) {
    return "write a function: `fn(" + parameters_of(inference_.substitute(to)) + ") { " + text +
           " }`";
  }
  for (size_t i = 0; i < value.function->parts.size(); ++i) {
    const FnPart& part = value.function->parts[i];
    if (part.value.function == nullptr) continue;
    return "select the function: `" + written_tight(range) + "." +
           (part.name.empty() ? std::to_string(i) : part.name) + "`, for example";
  }
  return "";
}

// Of the names of the fields of `wanted`, "x, y", that of the same type for each of the parameters;
// as they are where there is none.
static std::string in_order_of(const std::vector<const Type*>& parameters, const Type* wanted,
                               const std::string& names) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < names.size();) {
    const size_t comma = std::min(names.find(", ", at), names.size());
    parts.push_back(names.substr(at, comma - at));
    at = comma + 2;
  }
  std::string all;
  std::vector<bool> taken(wanted->fields().size());
  if (parts.size() != taken.size()) return names;
  for (const Type* parameter : parameters) {
    size_t i = 0;
    while (i < taken.size() && (taken[i] || wanted->fields()[i].type != parameter)) ++i;
    if (i == taken.size()) return names;
    taken[i] = true;
    all += (all.empty() ? "" : ", ") + parts[i];
  }
  return all;
}

// How a function of another type becomes one of type `to`.
std::string Checker::hint_of_signature(const FnValue* function, const Type* to) {
  std::string names = parameters_of(inference_.substitute(to));
  // The names that it has stay.
  if (function->kind == FnValue::Kind::kClosure && names.find(',') != names.npos) {
    std::string kept;
    size_t at = 0;
    for (const ast::Parameter& parameter : function->lambda->parameters) {
      if (at >= names.size() || parameter.name.text.empty()) break;
      kept += (kept.empty() ? "" : ", ") + parameter.name.text;
      at = std::min(names.find(", ", at), names.size() - 2) + 2;
    }
    names = kept + (at < names.size() && !kept.empty() ? ", " : "") + names.substr(at);
  }
  if (function->kind == FnValue::Kind::kClosure) {
    const Type* parameter =
        to->parameter() == nullptr ? nullptr : inference_.substitute(to->parameter());
    const bool one = names == "x" && parameter != nullptr && !parameter->has_variables();
    return "write `fn(" + names + (one ? ": " + to_string(parameter) : "") + ") { ... }`";
  }
  if (function->decl == nullptr) return "write another function: `fn(" + names + ") { ... }`";
  const auto [known, required] = known_params(function);
  // One that is a struct is given whole.
  if (known.size() == 1 && inference_.substitute(known[0])->is_struct()) names = "x";
  const Type* wanted =
      to->parameter() == nullptr ? nullptr : inference_.substitute(to->parameter());
  const auto converted = [&](const Type* from, const Type* target, const std::string& text) {
    const auto a = from == nullptr ? std::nullopt : one_element(from);
    const auto b = target == nullptr ? std::nullopt : one_element(target);
    if (!a || !b || *a == *b) return text;
    return "cast<" + std::string(element_name(*b)) + ">(" + text + ")";
  };
  const Type* result = known_result(function);
  const std::string name = callee_text(function);
  // With another number of arguments, it is to be said which.
  std::string arguments =
      (names == "x" && !known.empty() && wanted != nullptr ? converted(wanted, known[0], "x")
                                                           : names) +
      (names.empty() ? "..." : ", ...");
  if (known.size() == 1 && wanted != nullptr && names == "x") {
    arguments = converted(wanted, known[0], "x");
  } else if (known.size() == required && wanted != nullptr && wanted->is_struct() &&
             known.size() == wanted->fields().size()) {
    arguments = in_order_of(known, wanted, names);
  }
  std::string call = name + "(" + arguments + ")";
  const std::string plain = name + "(" + names + ")";
  // One number is wanted of many, as of the losses of a batch.
  const Type* target = inference_.substitute(to->result());
  const auto element = result == nullptr ? std::nullopt : one_element(result);
  if (result != nullptr && result->is_tensor() && result->rank() > 0 && target->is_tensor() &&
      target->rank() == 0 && element && is_float(*element)) {
    call = "reduce_mean(" + call + ")";
  }
  const std::string made = converted(result, target, call);
  // Where nothing is to be converted, it is the function that is to be another.
  if (made == plain) return "let `" + name + "` take what it is given, and give what is expected";
  return "write a function around it: `fn(" + names + ") { " + made + " }`";
}

// What is known of a function before it is called tells what the type parameters in `to` are.
bool Checker::agree(const FnValue* function, const Type* to, SourceRange range,
                    const std::string& what) {
  const std::string expected = show(to);
  const auto refuse = [&](DiagnosticKind kind, const std::string& difference) -> Diagnostic& {
    const std::string is = what + " is " + shown_signature(function);
    const bool of_count = kind == DiagnosticKind::ArgumentCount && is.ends_with("a function");
    Diagnostic& diagnostic =
        report(
            kind, range,
            of_count ? is + difference : is + ", but " + expected + " is expected: " + difference)
            .with_hint(hint_of_signature(function, to));
    note_parameter(diagnostic, what);
    return diagnostic;
  };
  const auto [known, required] = known_params(function);
  const Type* wanted = to->parameter() == nullptr ? nullptr : inference_.resolve(to->parameter());
  Arity arity = arity_of(function);
  if (!known.empty()) arity = {required, known.size()};
  if (wanted != nullptr && wanted->is_variable() && required > 1) {
    std::vector<Field> fields;
    for (size_t i = 0; i < required; ++i) fields.push_back({"", known[i]});
    inference_.assign(types_->structure(std::move(fields)), wanted);
    wanted = inference_.resolve(wanted);
  }
  std::vector<const Type*> given;
  if (wanted != nullptr && wanted->is_struct() && arity.most != 1) {
    for (const Field& field : wanted->fields()) given.push_back(field.type);
  } else if (wanted != nullptr) {
    given.push_back(wanted);
  }
  const bool open = wanted != nullptr && wanted->is_variable();
  const bool counted_here = !known.empty() || (!open && arity.most != kAnyNumber);
  if (counted_here && (given.size() < arity.least || given.size() > arity.most)) {
    const bool known_types = shown_signature(function) != "a function";
    Diagnostic& diagnostic =
        refuse(DiagnosticKind::ArgumentCount,
               known_types ? "it takes " + counted(arity.least, "argument") + ", not " +
                                 std::to_string(given.size())
                           : " of " + counted(arity.least, "argument") + ", but one of " +
                                 std::to_string(given.size()) + " is expected, " + expected);
    // Of a function that makes functions one of these was meant.
    if (function->kind == FnValue::Kind::kDecl &&
        mentions(ast::TypeKind::Function, function->decl->function()->result,
                 function->decl->module->scope->ref(), function->decl->function()->generics)) {
      hint_to_call(diagnostic, function);
    }
    return false;
  }
  for (size_t i = 0; i < given.size() && i < known.size(); ++i) {
    const Type* before = inference_.substitute(given[i]);
    if (before->has_function()) continue;
    if (inference_.assign(given[i], known[i])) {
      refuse(DiagnosticKind::TypeMismatch,
             (given.size() == 1 ? "it takes " : "its argument " + std::to_string(i + 1) + " is ") +
                 show(known[i]) + ", not " + show(before));
      return false;
    }
  }
  const Type* result = known_result(function);
  if (result == nullptr || result->is_error() || result->has_function()) return true;
  const Type* before = inference_.substitute(to->result());
  if (inference_.assign(result, to->result())) {
    refuse(DiagnosticKind::TypeMismatch, "it gives " + show(result) + ", not " + show(before));
    return false;
  }
  return true;
}

Value Checker::apply_typed(const FnValue* function, std::vector<Arg> args, SourceRange range) {
  Bindings lets;
  Sink sink(*this, lets);
  const Type* type = function->type->parameter();
  if (type != nullptr) type = inference_.resolve(type);
  std::vector<Field> fields;
  if (type != nullptr && type->is_struct() && type->fields().size() > 1) {
    fields = type->fields();
    // Names count before they are gone.
    if (args.size() == 1 && args[0].name == nullptr) {
      const Value whole = arg_value(args[0], type);
      if (whole.is_error()) return error();
      const size_t given = whole.function != nullptr ? whole.function->parts.size()
                           : inference_.resolve(whole.type)->is_struct()
                               ? inference_.resolve(whole.type)->fields().size()
                               : 0;
      if (given == fields.size()) {
        args[0].value = adapt(whole, type, args[0].range, "the argument of the function");
        if (args[0].value->is_error()) return error();
      }
    }
    args = spread(std::move(args), fields.size(), lets);
  } else if (type != nullptr) {
    fields.push_back({"", type});
    if (args.size() > 1 && type->is_variable()) {
      args = {value_arg(struct_of(std::move(args), nullptr, range), range)};
    }
    args = gather(std::move(args), type, range);
  }
  std::vector<ParamShape> shapes;
  for (const Field& field : fields) shapes.push_back({field.name, false, nullptr, field.type});
  std::vector<Arg*> by_param;
  // As it is called: `o.next`.
  const std::string head = called_head(std::string(range.valid() ? sources_.text(range) : ""));
  if (!match_args(args, shapes, head.empty() ? "the function" : "`" + head + "`", range, nullptr,
                  by_param)) {
    return error();
  }
  std::vector<FnPart> parts;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string what = fields.size() == 1
                                 ? "the argument of the function"
                                 : "argument " + std::to_string(i + 1) + " of the function";
    const Value value = arg_value(*by_param[i], fields[i].type);
    parts.push_back({fields[i].name, adapt(value, fields[i].type, by_param[i]->range, what)});
    if (parts.back().value.is_error()) return error();
  }
  // A function of one parameter sees the names of the fields.
  const FnValue* inner = function->inner;
  const bool takes_one =
      (inner->kind == FnValue::Kind::kClosure && inner->lambda->parameters.size() == 1) ||
      (inner->kind == FnValue::Kind::kDecl && inner->decl->function()->parameters.size() == 1);
  std::vector<Arg> passed;
  if (takes_one && parts.size() > 1) {
    if (type->has_function()) {
      passed.push_back(value_arg(function_struct(std::move(parts), range), range));
    } else {
      std::vector<core::Expr*> values;
      for (const FnPart& part : parts) values.push_back(part.value.expr);
      const Type* made = inference_.substitute(type);
      auto* all = program_->make<core::Struct>(made, range, std::move(values));
      passed.push_back(value_arg({made, all, nullptr}, range));
    }
  } else {
    for (const FnPart& part : parts) passed.push_back(value_arg(part.value, range));
  }
  const Value result = apply(inner, std::move(passed), range);
  return wrap(lets, adapt(result, function->type->result(), range, "the value of the function"));
}

}  // namespace fedc::checking
