// A call that lacks arguments: which, and where they are had.
#include <algorithm>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"

namespace fedc::checking {

// Whether what an argument is, a function or data, placed, a sequence or a number, is what the
// parameter takes, as far as one sees without its type parameters.
bool Checker::may_be(const ast::Argument& argument, ScopeRef scope, const ast::Parameter& parameter,
                     DeclInfo* decl) {
  const ScopeRef module = decl->module->scope->ref();
  bool is_function = false;
  const Type* type = nullptr;
  const bool known = tried([&] {
    const Value value = infer(argument.value, scope);
    is_function = value.function != nullptr;
    if (!is_function && !value.is_error())
      type = inference_.with_defaults(inference_.substitute(value.type));
    return true;
  });
  if (!known) return true;
  if (is_function_param(decl->function(), parameter, module)) return is_function;
  if (is_function) return false;
  if (type == nullptr) return true;
  const ast::TypeExpr* wanted = parameter.type;
  const auto* placed = ast::as<ast::PlacedType>(wanted);
  if (type->is_federated() != (placed != nullptr)) return false;
  if (placed != nullptr) {
    const bool server = placed->placement.text == "SERVER";
    if (server != (type->placement() == Placement::kServer)) return false;
    wanted = placed->member;
    type = type->member();
  }
  if (type->is_sequence() != (wanted->kind == ast::TypeKind::Sequence)) return false;
  const auto* named = ast::as<ast::NamedType>(wanted);
  const auto element = named == nullptr ? std::nullopt : element_from_name(named->name.text);
  return !element || (type->is_scalar() && type->element() == *element);
}

size_t Checker::left_out(const FnValue* function, const ast::Call& call, ScopeRef scope,
                         size_t missing) {
  const std::vector<ast::Parameter>& parameters = function->decl->function()->parameters;
  const auto fits = [&](size_t hole) {
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      if (call.arguments[i].name) continue;
      const size_t at = i < hole ? i : i + 1;
      if (at >= parameters.size() ||
          !may_be(call.arguments[i], scope, parameters[at], function->decl)) {
        return false;
      }
    }
    return true;
  };
  if (fits(missing)) return missing;
  for (size_t hole = missing; hole-- > 0;) {
    if (!parameters[hole].optional && parameters[hole].value == nullptr && fits(hole)) return hole;
  }
  return missing;
}

std::string Checker::hint_of_missing_arguments(const FnValue* function, const ast::Call& call,
                                               ScopeRef scope, Diagnostic& diagnostic,
                                               const Type* expected) {
  if (function->kind != FnValue::Kind::kDecl) return "";
  const std::vector<ast::Parameter>& parameters = function->decl->function()->parameters;
  const auto given = [&](size_t i) {
    const auto is_it = [&](const ast::Argument& argument) {
      return argument.name && argument.name->text == parameters[i].name.text;
    };
    return (i < call.arguments.size() && !call.arguments[i].name) ||
           std::any_of(call.arguments.begin(), call.arguments.end(), is_it);
  };
  std::vector<size_t> missing;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].optional && parameters[i].value == nullptr && !given(i))
      missing.push_back(i);
  }
  if (missing.empty() || missing.size() > 4) return "";
  // One before others, which then stand a place further on.
  const size_t hole =
      missing.size() == 1 ? left_out(function, call, scope, missing[0]) : missing[0];
  const bool behind = hole < missing[0];
  if (behind) {
    const std::vector<ParamShape> shapes = shapes_of(parameters);
    const std::string told = missing_text(shapes[missing[0]], missing[0]);
    if (const size_t at = diagnostic.message.find(told); at != std::string::npos) {
      diagnostic.message.replace(at, told.size(), missing_text(shapes[hole], hole));
    }
    missing[0] = hole;
  }
  const std::string head = written_argument(call.callee) + "(";
  const std::string& name = parameters[hole].name.text;
  // The call with a value in the place that is empty.
  const auto with = [&](const std::string& value) {
    std::string text = head;
    bool placed = false;
    const auto add = [&](const std::string& part) { text += (text == head ? "" : ", ") + part; };
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const ast::Argument& argument = call.arguments[i];
      if (i == hole && behind) {
        add(value);
        placed = true;
      }
      add((argument.name ? argument.name->text + "=" : "") + written_argument(argument.value));
    }
    const bool in_place =
        hole == call.arguments.size() && (call.arguments.empty() || !call.arguments.back().name);
    if (!placed) add(in_place ? value : name + "=" + value);
    return text + ")";
  };
  // The one value around that fits and is not given.
  std::vector<std::string> fitting;
  for (ScopeRef s = scope; missing.size() == 1 && s.scope != nullptr; s = s.scope->parent) {
    for (const auto& [bound, binding] : s.scope->names) {
      // One of another name would be a guess.
      if (bound != name || binding.kind != Binding::Kind::kVar || binding.number >= s.limit ||
          std::any_of(call.arguments.begin(), call.arguments.end(), [&](const auto& argument) {
            return written(argument.value->range) == bound;
          })) {
        continue;
      }
      if (text_fits(with(bound), scope, expected)) fitting.push_back(with(bound));
      if (fitting.size() > 1) break;
    }
  }
  if (fitting.size() == 1) return "write `" + fitting[0] + "`";
  // A number of each client's own is what its host knows.
  const auto* placed = ast::as<ast::PlacedType>(parameters[hole].type);
  const auto* member = placed == nullptr ? nullptr : ast::as<ast::NamedType>(placed->member);
  if (missing.size() == 1 && placed != nullptr && placed->per_member &&
      placed->placement.text == "CLIENTS" && member != nullptr &&
      element_from_name(member->name.text)) {
    return "declare the parameter `" + name + ": " + one_line(sources_.text(placed->range)) +
           " from host`, which each client's host fills, and write `" + with(name) + "`";
  }
  if (behind) {
    // Names, so that the others need no place.
    std::string text = head;
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const ast::Argument& argument = call.arguments[i];
      const std::string by = argument.name ? argument.name->text + "="
                             : i < hole    ? ""
                                           : parameters[i + 1].name.text + "=";
      text += (text == head ? "" : ", ") + by + written_argument(argument.value);
    }
    return "write `" + text + ", " + name + "=...)`";
  }
  std::string text = head, open;
  for (const ast::Argument& argument : call.arguments) {
    text += (text == head ? "" : ", ") + (argument.name ? argument.name->text + "=" : "") +
            written_argument(argument.value);
  }
  for (const size_t i : missing)
    open += (open.empty() ? "" : ", ") + parameters[i].name.text + "=...";
  return "write `" + text + (text == head ? "" : ", ") + open + ")`";
}

}  // namespace fedc::checking
