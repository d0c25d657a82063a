// The call that was meant where arguments do not fit: in another order, for a parameter that stands
// further behind, as one struct, or with a function called. What fits is found by trying it.
#include <algorithm>
#include <cstdio>
#include <set>

#include "compiler/check/checker.h"
#include "compiler/check/guards.h"
#include "compiler/check/written.h"

namespace fedc::checking {
namespace {

constexpr int kMostTried = 64;
constexpr size_t kLongest = 40;  // of an argument that is shown

// What a function literal's parameters are given, where that is always the same.
std::string given_by(const std::string& operation) {
  return operation == "fold"              ? ", the step's number and the state"
         : operation == "sequence_reduce" ? ", what has accumulated and an element"
                                          : "";
}

const std::vector<ast::Parameter>* parameters_of(const FnValue* function) {
  if (function->kind == FnValue::Kind::kClosure) return &function->lambda->parameters;
  if (function->kind == FnValue::Kind::kDecl) return &function->decl->function()->parameters;
  return nullptr;
}

}  // namespace

std::string Checker::written_argument(const ast::Expr* value) {
  const std::string all = one_line(sources_.text(value->range));
  if (all.size() <= kLongest) return all;
  if (const auto* lambda = ast::as<ast::Lambda>(value))
    return "fn" + one_line(sources_.text(lambda->parameters_range)) + " { ... }";
  return all.substr(0, kLongest - 3) + "...";
}

// Whether the call is right as far as one sees without the bodies that are specialised for it.
bool Checker::fits(const FnValue* function, const std::vector<ast::Argument>& arguments,
                   ScopeRef scope, SourceRange range, const Type* expected) {
  return tried([&] {
    const bool of_op =
        function->kind == FnValue::Kind::kDecl && function->decl->function()->body == nullptr;
    expected_ = of_op ? expected : nullptr;
    const Value value = apply(function, unchecked_args(arguments, scope), range);
    if (value.is_error()) return false;
    if (value.function != nullptr || expected == nullptr || expected->has_function()) return true;
    return !inference_.assign(value.type, expected);
  });
}

// Its type is `wanted`, where that is given.
const Type* Checker::tried_type(const ast::Expr* expr, ScopeRef scope, const Type* wanted) {
  const Type* type = nullptr;
  const bool right = tried([&] {
    const Value value = infer(expr, scope, wanted);
    if (value.is_error() || value.function != nullptr) return false;
    if (wanted != nullptr && inference_.assign(value.type, wanted)) return false;
    type = inference_.with_defaults(inference_.substitute(value.type));
    return true;
  });
  return right ? type : nullptr;
}

// Does it with nothing kept and nothing reported: whether it gives true, and has no mistake.
bool Checker::tried(const std::function<bool()>& right) {
  const Inference before = inference_;
  const int lambdas_checked = lambdas_checked_;
  const bool limit_reported = limit_reported_;
  const UnderIf under_if = under_if_;
  Copy* const copy = std::exchange(copy_, nullptr);
  const FunctionContext* const around = context_;
  const DiagnosticTrial trial(diagnostics_);
  bool fit = false;
  {
    Scratch scratch(*this);
    context_->local = around->local;
    context_->mapped_by = around->mapped_by;
    context_->if_depth = around->if_depth;
    fit = right();
  }
  inference_.restore(before);
  lambdas_checked_ = lambdas_checked;
  limit_reported_ = limit_reported;
  under_if_ = under_if;
  copy_ = copy;
  return fit && trial.errors() == 0;
}

// `random.normal(key, 2.0, 0.5)`: numbers are drawn from 0 to 1, or around 0, and one computes with
// them. "" of another call.
std::string Checker::hint_of_scaled(const FnValue* function, const ast::Call& call, ScopeRef scope,
                                    const Type* expected) {
  if (function->kind != FnValue::Kind::kDecl || call.arguments.size() < 2 ||
      call.arguments.size() > 3 || function->decl->module->path != "<std/random.fed>") {
    return "";
  }
  const std::string& name = function->decl->decl->name.text;
  const bool normal = name.ends_with("normal"), uniform = name.ends_with("uniform");
  for (const ast::Argument& argument : call.arguments) {
    if (argument.name || written(argument.value->range) == "...") return "";
  }
  if (!normal && !uniform) return "";
  std::string drawn = written_argument(call.callee);
  if (call.callee->kind != ast::ExprKind::TypeApply) {
    const std::string type = types_by_result(function->decl, expected)[0];
    drawn += "<" + (type.empty() ? "float32[3]" : type) + ">";
  }
  drawn += "(" + written(call.arguments[0].value->range) + ")";
  const auto* first = ast::as<ast::Number>(call.arguments[1].value);
  const auto* second =
      call.arguments.size() < 3 ? nullptr : ast::as<ast::Number>(call.arguments[2].value);
  const std::string low =
      first != nullptr ? written(first->range) : written_tight(call.arguments[1].value->range);
  const bool from_0 =
      first != nullptr && (first->is_float ? first->float_value == 0 : first->magnitude == 0);
  if (call.arguments.size() == 2) {
    // The mean alone, of numbers whose mean is 0.
    const std::string text = standing(sources_, call.range, (from_0 ? "" : low + " + ") + drawn);
    if (!normal || !text_fits(text, scope, expected)) return "";
    return "it draws numbers around 0: write `" + text + "`";
  }
  const std::string high = written_tight(call.arguments[2].value->range);
  std::string factor = normal || from_0 ? high : "(" + high + " - " + low + ")";
  if (uniform && first != nullptr && second != nullptr) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", second->float_value - first->float_value);
    factor = text;
    if (factor.find_first_of(".e") == std::string::npos) factor += ".0";
  }
  const bool of_1 =
      factor == "1.0" || (factor == high && second != nullptr && second->float_value == 1);
  const std::string text = (from_0 ? "" : low + " + ") + (of_1 ? "" : factor + " * ") + drawn;
  if (!text_fits(text, scope, expected)) return "";
  return (normal ? "it draws numbers around 0 of deviation 1: write `"
                 : "it draws numbers from 0 to 1: write `") +
         standing(sources_, call.range, text) + "`";
}

// A call that lacks arguments, with what is bound here for the one that is missing, or with its
// place.
// A function literal whose parameters stand in another order than what it is given: then its body
// is right with two of them exchanged. True: this is told.
bool Checker::suggest_parameters(const FnValue* function, const ast::Call& call, ScopeRef scope,
                                 size_t mark, const Type* expected) {
  Diagnostic* const first = diagnostics_.first_since(mark);
  // Where only what it gives is of another type, many functions would do.
  if (first == nullptr || first->message.starts_with("the value of the function")) return false;
  for (size_t at = 0; at < call.arguments.size(); ++at) {
    const auto* lambda = ast::as<ast::Lambda>(call.arguments[at].value);
    const size_t count = lambda == nullptr ? 0 : lambda->parameters.size();
    if (count < 2 || count > 4 || !holds(lambda->range, first->range)) continue;
    for (size_t i = 0; i < count; ++i) {
      for (size_t j = i + 1; j < count; ++j) {
        ast::Lambda& other = tried_.lambdas.emplace_back(*lambda);
        std::swap(other.parameters[i], other.parameters[j]);
        std::vector<ast::Argument> arguments = call.arguments;
        arguments[at].value = &other;
        if (!fits(function, arguments, scope, call.range, expected)) continue;
        std::string names;
        for (const ast::Parameter& parameter : other.parameters)
          names += (names.empty() ? "" : ", ") + one_line(sources_.text(parameter.range));
        const std::string callee = callee_text(function);
        diagnostics_.withdraw_after(*first);
        first->kind = DiagnosticKind::TypeMismatch;
        first->range = lambda->parameters_range;
        first->message = "these parameters stand in another order than what `" + callee +
                         "` gives the function" + given_by(callee);
        first->notes.clear();
        first->with_hint("write `fn(" + names + ") { ... }`")
            .with_fix(lambda->parameters_range, "(" + names + ")");
        return true;
      }
    }
  }
  return false;
}

void Checker::suggest_call(const FnValue* function, const ast::Call* call, ScopeRef scope,
                           size_t mark, const Type* expected) {
  if (DiagnosticTrial::active(diagnostics_)) return;
  // What is not printed needs no hint.
  if (diagnostics_.error_count() > DiagnosticEngine::kMaxPrinted) return;
  if (suggest_parameters(function, *call, scope, mark, expected)) {
    suggested_ = diagnostics_.reported();
    return;
  }
  Diagnostic* const first = diagnostics_.first_since(std::max(mark, suggested_));
  if (first == nullptr || !holds(call->range, first->range)) return;
  suggested_ = diagnostics_.reported();
  // What is said from here on is about this call: better than what is said where nothing else is.
  struct Kept {
    Diagnostic& diagnostic;
    std::string hint;
    ~Kept() {
      if (diagnostic.hint.empty()) diagnostic.hint = std::move(hint);
    }
  };
  const bool foreign = std::exchange(first->in_foreign_text, false);
  const Kept kept{*first, foreign ? std::exchange(first->hint, "") : ""};
  const std::vector<ast::Argument>& given = call->arguments;
  if (first->kind == DiagnosticKind::ArgumentCount) {
    const std::string scaled = hint_of_scaled(function, *call, scope, expected);
    if (!scaled.empty()) {
      first->with_hint(scaled);
      first->range = call->range;
      return;
    }
  }
  // `rate=0.1` is for what stands there by default.
  for (const ast::Argument& argument : given) {
    if (first->kind != DiagnosticKind::UnknownArgument || !argument.name ||
        !(argument.name->range == first->range) || function->kind != FnValue::Kind::kDecl) {
      continue;
    }
    std::string others;
    for (const ast::Argument& other : given) {
      if (&other != &argument) others += written(other.range) + ", ";
    }
    for (const ast::Parameter& parameter : function->decl->function()->parameters) {
      const auto* made = ast::as<ast::Call>(parameter.value);
      if (made == nullptr) continue;
      const std::string text = written(call->callee->range) + "(" + others + parameter.name.text +
                               "=" + written(made->callee->range) + "(" + written(argument.range) +
                               "))";
      if (!text_fits(text, scope, expected)) continue;
      first->with_hint("it is a parameter of `" + written(made->callee->range) + "`: write `" +
                       text + "`");
      return;
    }
  }
  if (suggest_types(function, *call, scope, *first, expected)) {
    suggested_ = diagnostics_.reported();
    return;
  }
  if (first->kind == DiagnosticKind::ArgumentCount && first->hint.empty() &&
      first->range == call->range && first->message.find(" fields of ") == std::string::npos) {
    first->with_hint(hint_of_missing_arguments(function, *call, scope, *first, expected));
    if (!first->hint.empty()) return;
  }
  size_t positional = 0;
  for (const ast::Argument& argument : given) {
    // A mistake in an argument is none of the call's.
    const SourceRange range = argument.value->range;
    if (holds(range, first->range) && !(range == first->range)) return;
    positional += !argument.name;
  }

  int left = kMostTried;
  // One of the arguments may be made of what stands there: `changed` then stands around its text.
  const ast::Expr* changed = nullptr;
  std::string before, behind;
  const auto meant = [&](const std::vector<ast::Argument>& arguments, const std::string& why) {
    if (left-- <= 0 || !fits(function, arguments, scope, call->range, expected)) return false;
    std::string shown, text;
    for (const ast::Argument& argument : arguments) {
      const std::string name = argument.name ? argument.name->text + "=" : "";
      const bool made = argument.value == changed;
      const std::string separator = text.empty() ? "" : ", ";
      std::string values;
      const auto* list = made ? ast::as<ast::Struct>(argument.value) : nullptr;
      for (size_t i = 0; list != nullptr && i < list->fields.size(); ++i)
        values += (i == 0 ? "" : ", ") + written_argument(list->fields[i].value);
      if (list == nullptr) values = written_argument(argument.value);
      shown += separator + name + (made ? before + values + behind : values);
      text += separator + name + (made ? before : "") +
              std::string(sources_.text(argument.value->range)) + (made ? behind : "");
    }
    diagnostics_.withdraw_after(*first);
    suggested_ = diagnostics_.reported();
    // What was not called is none of it.
    std::erase_if(first->notes,
                  [](const DiagnosticNote& note) { return note.text.starts_with("`"); });
    const std::string callee = written_argument(call->callee);
    const bool literal = call->callee->kind == ast::ExprKind::Lambda;
    first->with_hint(why + ": write `" + (literal ? "(" + callee + ")" : callee) + "(" + shown +
                     ")`");
    SourceRange all = given.front().range;
    all.length = given.back().range.begin.offset + given.back().range.length - all.begin.offset;
    if (behind != "(...)") first->with_fix(all, text);
    return true;
  };

  // The last one for a parameter further behind, where nothing else is known to help, or only what
  // one does for any function.
  const bool of_function = first->message.find(" is a function") != std::string::npos ||
                           first->message.find(" is the function") != std::string::npos;
  const bool helps =
      first->hint.empty() || first->kind == DiagnosticKind::NotAFunction || of_function;
  const std::vector<ast::Parameter>* parameters =
      helps && positional > 0 ? parameters_of(function) : nullptr;
  for (size_t j = positional; parameters != nullptr && j < parameters->size(); ++j) {
    std::vector<ast::Argument> arguments = given;
    arguments[positional - 1].name = (*parameters)[j].name;
    if (meant(arguments, "`" + written_argument(given[positional - 1].value) +
                             "` fits the parameter `" + (*parameters)[j].name.text + "`")) {
      return;
    }
  }
  // Two exchanged; then one moved past several, or given by its name. One that is called as its
  // parameter stands where it should.
  constexpr char kOrder[] = "the arguments fit in another order";
  const std::vector<ast::Parameter>* const all = parameters_of(function);
  const auto placed = [&](size_t i) {
    const auto* name = ast::as<ast::NameRef>(given[i].value);
    return name != nullptr && all != nullptr && i < all->size() &&
           (*all)[i].name.text == name->name;
  };
  // A number fits anywhere: that it does says nothing where a conversion is what is missing.
  const bool converts = first->hint.starts_with("values never convert");
  const auto is_number = [&](size_t i) {
    return converts && given[i].value->kind == ast::ExprKind::Number;
  };
  for (size_t i = 0; i < positional; ++i) {
    for (size_t j = i + 1; j < positional; ++j) {
      if (placed(i) || placed(j) || is_number(i) || is_number(j)) continue;
      std::vector<ast::Argument> arguments = given;
      std::swap(arguments[i], arguments[j]);
      if (meant(arguments, kOrder)) return;
    }
  }
  for (size_t i = 0; i < positional; ++i) {
    for (size_t j = 0; j < positional; ++j) {
      if ((i <= j + 1 && j <= i + 1) || placed(i) || converts) continue;
      std::vector<ast::Argument> arguments = given;
      arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
      arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(j), given[i]);
      if (meant(arguments, kOrder)) return;
    }
  }
  for (size_t i = 0; i + 1 < positional; ++i) {
    for (size_t j = positional; all != nullptr && j < all->size() && !placed(i); ++j) {
      std::vector<ast::Argument> arguments = given;
      arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
      arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(positional) - 1, given[i]);
      arguments[positional - 1].name = (*all)[j].name;
      if (meant(arguments, kOrder)) return;
    }
  }
  // Several that are to be one struct, as in `concatenate((x, y))`.
  for (size_t k = 0; k + 1 < positional; ++k) {
    ast::Struct& list = tried_.lists.emplace_back();
    list.fields.assign(given.begin() + static_cast<std::ptrdiff_t>(k),
                       given.begin() + static_cast<std::ptrdiff_t>(positional));
    list.range = given[k].range;
    list.range.length = given[positional - 1].range.end_offset() - list.range.begin.offset;
    std::vector<ast::Argument> arguments(given.begin(),
                                         given.begin() + static_cast<std::ptrdiff_t>(k));
    arguments.push_back({std::nullopt, &list, list.range});
    arguments.insert(arguments.end(), given.begin() + static_cast<std::ptrdiff_t>(positional),
                     given.end());
    changed = &list;
    before = "(";
    behind = ")";
    const DiagnosticKind kind = first->kind;
    if (!meant(arguments, "several values are given as a struct")) continue;
    if (kind == DiagnosticKind::BadConstant || kind == DiagnosticKind::UnknownArgument) {
      first->kind = DiagnosticKind::ArgumentCount;
      first->range = list.range;
      first->message = "`" + callee_text(function) + "` takes these values as one struct";
    }
    return;
  }
  // One that has a field that is wanted.
  const bool of_types =
      first->kind == DiagnosticKind::TypeMismatch || first->kind == DiagnosticKind::WrongPlacement;
  for (size_t i = 0; (of_types || first->hint.empty()) && i < given.size(); ++i) {
    const ast::ExprKind kind = given[i].value->kind;
    if (kind != ast::ExprKind::NameRef && kind != ast::ExprKind::Field) continue;
    const Type* type = tried_type(given[i].value, scope);
    if (type != nullptr && type->is_federated()) type = type->member();
    if (type == nullptr || !type->is_struct()) continue;
    for (size_t f = 0; f < std::min<size_t>(type->fields().size(), 8); ++f) {
      const std::string& name = type->fields()[f].name;
      if (name.empty()) continue;
      ast::Field& field = tried_.fields.emplace_back();
      field.base = given[i].value;
      field.name = {name, given[i].value->range};
      field.range = given[i].value->range;
      std::vector<ast::Argument> arguments = given;
      arguments[i].value = &field;
      changed = &field;
      before = "";
      behind = "." + name;
      if (meant(arguments, "a field of `" + written_argument(given[i].value) + "` fits")) return;
    }
  }
  // One that is a field of what is wanted.
  for (size_t i = 0; i < given.size(); ++i) {
    const auto* field = ast::as<ast::Field>(given[i].value);
    if (field == nullptr || !(first->range == field->range)) continue;
    std::vector<ast::Argument> arguments = given;
    arguments[i].value = field->base;
    if (meant(arguments, "`" + written_argument(field->base) + "` itself fits")) return;
  }
  // One that is the function of what is wanted.
  for (size_t i = 0; i < given.size(); ++i) {
    const ast::ExprKind kind = given[i].value->kind;
    if (kind != ast::ExprKind::NameRef && kind != ast::ExprKind::Field &&
        kind != ast::ExprKind::TypeApply) {
      continue;
    }
    ast::Call& called = tried_.calls.emplace_back();
    called.callee = given[i].value;
    called.range = given[i].value->range;
    std::vector<ast::Argument> arguments = given;
    arguments[i].value = &called;
    changed = &called;
    before = "";
    behind = "()";
    tried([&] {
      const FnValue* named = infer(given[i].value, scope).function;
      if (named != nullptr) behind = arguments_text(named);
      return true;
    });
    if (!meant(arguments, "`" + written_argument(given[i].value) +
                              "` is a function, and what it returns fits"))
      continue;
    const Value value = infer(given[i].value, scope);
    if (value.function != nullptr) note_called(*first, value.function);
    return;
  }
  // A mistake in the library is none of its own.
  const bool inside = std::any_of(first->notes.begin(), first->notes.end(), [&](const auto& note) {
    return note.text.starts_with("it happens here") && note.range.valid() &&
           sources_.path(note.range.begin.file).starts_with("<std/");
  });
  if (first->hint.empty() || first->kind == DiagnosticKind::NotAFunction || inside)
    suggest_default(function, *call, scope, *first, expected);
}

// The arguments of a call of a function that may be called without any: which are meant, where it
// makes a value of some, is not known.
std::string Checker::arguments_text(const FnValue* function) {
  const ast::FunctionDecl* decl = function->decl == nullptr ? nullptr : function->decl->function();
  const bool makes = decl == nullptr || decl->parameters.empty() ||
                     mentions(ast::TypeKind::Function, decl->result,
                              function->decl->module->scope->ref(), decl->generics);
  return makes ? "()" : "(...)";
}

void Checker::note_called(Diagnostic& diagnostic, const FnValue* function) {
  if (function->kind != FnValue::Kind::kDecl) return;
  const ast::FunctionDecl* decl = function->decl->function();
  const std::string text = "`" + decl->name.text + "` is declared as `" + summary(decl) + "`";
  const bool known = std::any_of(diagnostic.notes.begin(), diagnostic.notes.end(),
                                 [&](const DiagnosticNote& note) { return note.text == text; });
  if (!known) diagnostic.with_note(shown_range(decl), text);
}

void Checker::hint_to_call(Diagnostic& diagnostic, const FnValue* function) {
  if (function->kind != FnValue::Kind::kDecl) return;
  const ast::FunctionDecl* decl = function->decl->function();
  if (!function->spelling.empty()) return;
  const bool takes = std::any_of(decl->parameters.begin(), decl->parameters.end(),
                                 [](const ast::Parameter& parameter) {
                                   return !parameter.optional && parameter.value == nullptr;
                                 }) ||
                     arguments_text(function) != "()";
  // As it is written, where that is what the message is about.
  std::string name = decl->name.text;
  const std::string_view text = sources_.text(diagnostic.range);
  if (text.ends_with(name) && text.find_first_of("( \n") == std::string_view::npos) name = text;
  diagnostic.with_hint("to have what it returns, call it: `" + name + (takes ? "(...)`" : "()`"));
  note_called(diagnostic, function);
}

}  // namespace fedc::checking
