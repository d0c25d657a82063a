// The call that was meant where arguments do not fit: in another order, for a parameter that stands
// further behind, or with a function called. What fits is found by trying it.
#include <algorithm>
#include <set>

#include "compiler/check/checker.h"

namespace fedc::checking {
namespace {

constexpr int kMostTried = 64;
constexpr size_t kLongest = 40;  // of an argument that is shown

bool holds(SourceRange outer, SourceRange inner) {
  return outer.begin.file == inner.begin.file && outer.begin.offset <= inner.begin.offset &&
         inner.begin.offset + inner.length <= outer.begin.offset + outer.length;
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
  Inlining* const inlining = std::exchange(inlining_, nullptr);
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
  inlining_ = inlining;
  return fit && trial.errors() == 0;
}

// What was given as one argument too many is the type of the result, which stands in `< >`. True:
// another message says so, and this one is withdrawn.
bool Checker::suggest_types(const FnValue* function, const ast::Call& call, ScopeRef scope,
                            Diagnostic& diagnostic, const Type* expected) {
  if (diagnostic.kind != DiagnosticKind::ArgumentCount || expected == nullptr ||
      function->kind != FnValue::Kind::kDecl || !diagnostic.hint.starts_with(kNoArgumentSays)) {
    return false;
  }
  expected = inference_.substitute(expected);
  if (expected->has_variables() || expected->is_federated() || expected->has_function()) {
    return false;
  }
  const size_t takes = function->decl->function()->parameters.size();
  // What an operation makes it is told by what stands around it, so that this can be tried.
  std::vector<ast::Argument> rest = call.arguments;
  rest.resize(std::min(takes, rest.size()));
  if (function->decl->function()->body == nullptr &&
      !fits(function, rest, scope, call.range, expected)) {
    return false;
  }
  std::string arguments;
  for (size_t i = 0; i < takes && i < call.arguments.size(); ++i)
    arguments += (i == 0 ? "" : ", ") + written_argument(call.arguments[i].value);
  const std::string hint = "what is made is a type, which stands in `< >`: write `" +
                           written_argument(call.callee) + "<" + to_string(expected) + ">(" +
                           arguments + ")`";
  diagnostic.with_hint(hint);
  // A list of dimensions is no value either: that has been said, and this is how to mend both.
  Diagnostic* listed = nullptr;
  Diagnostic* last = nullptr;
  for (Diagnostic* said = diagnostics_.first_since(0); said != nullptr && said != &diagnostic;
       said = diagnostics_.first_since(said->number + 1)) {
    last = said;
    for (size_t i = takes; i < call.arguments.size(); ++i) {
      const ast::Expr* value = call.arguments[i].value;
      if (value->kind == ast::ExprKind::Error && holds(value->range, said->range)) listed = said;
    }
  }
  if (listed == nullptr) return false;
  listed->with_hint(hint);
  diagnostics_.withdraw_after(*last);
  return true;
}

void Checker::suggest_call(const FnValue* function, const ast::Call* call, ScopeRef scope,
                           size_t mark, const Type* expected) {
  if (DiagnosticTrial::active(diagnostics_)) return;
  // What is not printed needs no hint.
  if (diagnostics_.error_count() > DiagnosticEngine::kMaxPrinted) return;
  Diagnostic* const first = diagnostics_.first_since(std::max(mark, suggested_));
  suggested_ = diagnostics_.reported();
  if (first == nullptr || !holds(call->range, first->range)) return;
  const std::vector<ast::Argument>& given = call->arguments;
  if (suggest_types(function, *call, scope, *first, expected)) {
    suggested_ = diagnostics_.reported();
    return;
  }
  size_t positional = 0;
  for (const ast::Argument& argument : given) {
    // A mistake in an argument is none of the call's.
    const SourceRange range = argument.value->range;
    if (holds(range, first->range) && !(range == first->range)) return;
    positional += !argument.name;
  }

  int left = kMostTried;
  const auto meant = [&](const std::vector<ast::Argument>& arguments, const std::string& why) {
    if (left-- <= 0 || !fits(function, arguments, scope, call->range, expected)) return false;
    std::string shown, text;
    for (const ast::Argument& argument : arguments) {
      const std::string name = argument.name ? argument.name->text + "=" : "";
      const auto* called = ast::as<ast::Call>(argument.value);
      const bool made = called != nullptr && !called->arguments_range.valid();
      const ast::Expr* value = made ? called->callee : argument.value;
      const std::string separator = text.empty() ? "" : ", ";
      shown += separator + name + written_argument(value) + (made ? "()" : "");
      text += separator + name + std::string(sources_.text(value->range)) + (made ? "()" : "");
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
    first->with_fix(all, text);
    return true;
  };

  // The last one for a parameter further behind, where nothing else is known to help, or only what
  // one does for any function.
  const bool helps = first->hint.empty() || first->kind == DiagnosticKind::NotAFunction;
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
  for (size_t i = 0; i < positional; ++i) {
    for (size_t j = i + 1; j < positional; ++j) {
      if (placed(i) || placed(j)) continue;
      std::vector<ast::Argument> arguments = given;
      std::swap(arguments[i], arguments[j]);
      if (meant(arguments, kOrder)) return;
    }
  }
  for (size_t i = 0; i < positional; ++i) {
    for (size_t j = 0; j < positional; ++j) {
      if ((i <= j + 1 && j <= i + 1) || placed(i)) continue;
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
    ast::Call& called = tried_calls_.emplace_back();
    called.callee = given[i].value;
    called.range = given[i].value->range;
    std::vector<ast::Argument> arguments = given;
    arguments[i].value = &called;
    if (!meant(arguments, "`" + written_argument(given[i].value) +
                              "` is a function, and what it returns fits"))
      continue;
    const Value value = infer(given[i].value, scope);
    if (value.function != nullptr) note_called(*first, value.function);
    return;
  }
}

// A call whose value has another size than is wanted, and the one other number in it that gives
// what is wanted: an axis, or a size.
void Checker::suggest_number(const ast::Expr* expr, ScopeRef scope, const Type* wanted,
                             size_t mark) {
  if (DiagnosticTrial::active(diagnostics_)) return;
  if (diagnostics_.error_count() > DiagnosticEngine::kMaxPrinted) return;
  Diagnostic* const first = diagnostics_.first_since(mark);
  const ast::Expr* value = expr;
  while (const auto* block = ast::as<ast::Block>(value)) {
    if (!block->lets.empty()) return;
    value = block->value;
  }
  const auto* call = ast::as<ast::Call>(value);
  if (first == nullptr || first->kind != DiagnosticKind::TypeMismatch || call == nullptr ||
      !(first->range == call->range) || !wanted->is_tensor() || wanted->has_variables()) {
    return;
  }
  std::set<int64_t> numbers = {0, 1, 2, 3};
  for (const Dim dim : wanted->dims())
    if (dim.is_fixed()) numbers.insert(dim.size());
  int left = kMostTried;
  std::string found;
  for (size_t i = 0; i < call->arguments.size(); ++i) {
    const ast::Expr* const argument = call->arguments[i].value;
    const auto* list = ast::as<ast::Struct>(argument);
    const bool in_list = list != nullptr && list->base == nullptr && list->fields.size() == 1;
    const auto* written = ast::as<ast::Number>(in_list ? list->fields[0].value : argument);
    if (written == nullptr || written->is_float) continue;
    for (const int64_t n : numbers) {
      if (--left < 0 || (!written->negative && written->magnitude == static_cast<uint64_t>(n)))
        continue;
      ast::Number& number = tried_numbers_.emplace_back(*written);
      number.negative = false;
      number.magnitude = static_cast<uint64_t>(n);
      ast::Call& other = tried_calls_.emplace_back(*call);
      other.arguments[i].value = &number;
      if (in_list) {
        ast::Struct& one = tried_lists_.emplace_back(*list);
        one.fields[0].value = &number;
        other.arguments[i].value = &one;
      }
      if (tried_type(&other, scope, wanted) == nullptr) continue;
      if (!found.empty()) return;  // either may be meant
      for (size_t j = 0; j < call->arguments.size(); ++j) {
        const ast::Argument& part = call->arguments[j];
        const std::string text = std::to_string(n);
        found += (j == 0 ? "" : ", ") + (part.name ? part.name->text + "=" : "") +
                 (j != i    ? written_argument(part.value)
                  : in_list ? "(" + text + ",)"
                            : text);
      }
    }
  }
  if (found.empty()) return;
  const std::string as_result = first->hint;
  first->with_hint("write `" + written_argument(call->callee) + "(" + found + ")`" +
                   (as_result.empty() ? "" : "; or " + as_result));
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
                                 });
  // As it is written, where that is what the message is about.
  std::string name = decl->name.text;
  const std::string_view text = sources_.text(diagnostic.range);
  if (text.ends_with(name) && text.find_first_of("( \n") == std::string_view::npos) name = text;
  diagnostic.with_hint("to have what it returns, call it: `" + name + (takes ? "(...)`" : "()`"));
  note_called(diagnostic, function);
}

}  // namespace fedc::checking
