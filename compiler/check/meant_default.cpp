// What was meant by an argument where another stands by default, and by a number that makes a value
// of another size. What fits is found by trying it.
#include <algorithm>
#include <set>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"

namespace fedc::checking {
namespace {

constexpr int kMostTried = 64;

// The name of a type that is applied, `Optimizer` of `optimizers.Optimizer<M,S>`; "" of others.
std::string applied_name(const ast::TypeExpr* type) {
  const auto* named = ast::as<ast::NamedType>(type);
  return named == nullptr || named->arguments.empty() ? "" : named->name.text;
}

}  // namespace

// A number where what is made of one stands by default: `0.1` for `sgd(0.1)`. "" where it is none.
std::string Checker::hint_of_made(const ast::Call& call, const ast::Argument& argument,
                                  const ast::Parameter& parameter, ScopeRef scope,
                                  const Type* expected) {
  const auto* made = ast::as<ast::Call>(parameter.value);
  if (made == nullptr || argument.value->kind != ast::ExprKind::Number) return "";
  const std::string text =
      written(made->callee->range) + "(" + written(argument.value->range) + ")";
  const std::string whole = replaced(sources_, call.range, argument.value->range, text);
  return whole != text && text_fits(whole, scope, expected) ? "write `" + text + "`" : "";
}

// What fits another parameter than the one that it is given for.
std::string Checker::hint_of_other_parameter(const FnValue* function,
                                             const std::vector<ast::Argument>& others,
                                             const ast::Expr* value,
                                             const ast::Parameter& parameter, ScopeRef scope,
                                             SourceRange range, const Type* expected) {
  const ast::FunctionDecl* decl = function->decl->function();
  for (const ast::Parameter& other : decl->parameters) {
    if (applied_name(other.type).empty() || other.name.text == parameter.name.text) continue;
    std::vector<ast::Argument> arguments = others;
    const auto known =
        std::find_if(arguments.begin(), arguments.end(), [&](const ast::Argument& argument) {
          return argument.name && argument.name->text == other.name.text;
        });
    const bool given = known != arguments.end();
    if (given) {
      known->value = value;
    } else {
      arguments.push_back({other.name, value, value->range});
    }
    if (!fits(function, arguments, scope, range, expected)) continue;
    // One that takes several of these.
    std::string several;
    for (const DeclInfo* info : function->decl->module->in_order) {
      const ast::FunctionDecl* next = info->function();
      std::string names;
      int count = 0;
      for (size_t i = 0; next != nullptr && i < next->parameters.size(); ++i) {
        if (applied_name(next->parameters[i].type) != applied_name(other.type)) continue;
        names += (count++ == 0 ? "`" : " and `") + next->parameters[i].name.text + "`";
      }
      if (count < 2 || next == decl || is_private(next->name.text)) continue;
      std::string head(sources_.text(range));
      head = head.substr(0, std::min(head.find('('), head.size()));
      head = head.substr(0, head.rfind('.') + 1);
      several = "; `" + head + next->name.text + "` takes several, " + names;
    }
    return "it fits the parameter `" + other.name.text + "`" +
           (given ? ", which is given: leave one of the two out"
                  : ": write `" + other.name.text + "=` in front of it") +
           several;
  }
  return "";
}

// A function, or a struct of some, that is given where another one is wanted by default.
bool Checker::suggest_default(const FnValue* function, const ast::Call& call, ScopeRef scope,
                              Diagnostic& diagnostic, const Type* expected) {
  if (function->kind != FnValue::Kind::kDecl) return false;
  const std::vector<ast::Parameter>& parameters = function->decl->function()->parameters;
  std::vector<ast::Argument> arguments = call.arguments;
  for (size_t i = 0; i < arguments.size() && i < parameters.size(); ++i) {
    if (!arguments[i].name) arguments[i].name = parameters[i].name;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    for (const ast::Parameter& parameter : parameters) {
      if (!arguments[i].name || parameter.name.text != arguments[i].name->text ||
          parameter.value == nullptr || parameter.value->kind == ast::ExprKind::Number) {
        continue;
      }
      const std::string made = hint_of_made(call, call.arguments[i], parameter, scope, expected);
      std::vector<ast::Argument> others = arguments;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      if (made.empty() && !fits(function, others, scope, call.range, expected)) continue;
      const SourceRange range = arguments[i].value->range;
      const std::string value = written_argument(parameter.value);
      diagnostics_.withdraw_after(diagnostic);
      if (!holds(range, diagnostic.range)) {
        diagnostic.message = "`" + written_argument(arguments[i].value) +
                             "` does not fit the parameter `" + parameter.name.text + "` of `" +
                             callee_text(function) + "`: " + diagnostic.message;
        diagnostic.range = range;
      }
      const std::string other =
          made.empty() ? hint_of_other_parameter(function, others, arguments[i].value, parameter,
                                                 scope, call.range, expected)
                       : made;
      // A function, where another one is the default.
      std::string names;
      const bool is_function = value.find('(') == value.npos && value.find('{') == value.npos;
      tried([&] {
        const FnValue* known =
            infer(parameter.value, function->decl->module->scope->ref()).function;
        const FnValue* given = infer(arguments[i].value, scope).function;
        if (known == nullptr || known->decl == nullptr || given == nullptr) return true;
        if (given->kind != FnValue::Kind::kDecl || !is_function) return true;
        for (const ast::Parameter& each : known->decl->function()->parameters)
          names += (names.empty() ? "" : ", ") + each.name.text;
        return true;
      });
      diagnostic.with_hint(other.empty() && !names.empty()
                               ? "it takes `fn(" + names + ") { ... }`; left out, it is `" + value +
                                     "`"
                           : other.empty() ? "leave it out, or give another: by default it is `" +
                                                 parameter.name.text + "=" + value + "`"
                                           : other);
      return true;
    }
  }
  return false;
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
      ast::Number& number = tried_.numbers.emplace_back(*written);
      number.negative = false;
      number.magnitude = static_cast<uint64_t>(n);
      ast::Call& other = tried_.calls.emplace_back(*call);
      other.arguments[i].value = &number;
      if (in_list) {
        ast::Struct& one = tried_.lists.emplace_back(*list);
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

}  // namespace fedc::checking
