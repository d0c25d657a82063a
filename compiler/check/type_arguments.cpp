// The types and sizes that a call must give in `< >`, as no argument says them: which these are,
// and the call with them. What is shown is tried first.
#include <algorithm>
#include <cctype>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"
#include "compiler/parse/parse.h"

namespace fedc::checking {
namespace {

constexpr int kMostTexts = 500;  // that are tried in one run

// Whether a type has the type parameter in it where that of a value tells it: not inside of what a
// shape function computes.
bool says(const ast::TypeExpr* type, const std::string& name);

bool says(const ast::Expr* size, const std::string& name) {
  const auto* ref = ast::as<ast::NameRef>(size);
  return ref != nullptr && ref->name == name;
}

bool says(const ast::TypeArgument& argument, const std::string& name) {
  return argument.type != nullptr ? says(argument.type, name) : says(argument.dim, name);
}

bool says(const ast::TypeExpr* type, const std::string& name) {
  if (const auto* named = ast::as<ast::NamedType>(type)) {
    return (!named->module && named->name.text == name) ||
           std::any_of(named->arguments.begin(), named->arguments.end(),
                       [&](const ast::TypeArgument& argument) { return says(argument, name); });
  }
  if (const auto* tensor = ast::as<ast::TensorType>(type)) {
    bool computed = false, found = says(tensor->element, name);
    for (const ast::Dim& dim : tensor->dims) {
      computed |= dim.value != nullptr && dim.value->kind == ast::ExprKind::Call;
      found |= dim.value != nullptr && says(dim.value, name);
    }
    return found && !computed;
  }
  if (const auto* sequence = ast::as<ast::SequenceType>(type)) return says(sequence->element, name);
  if (const auto* placed = ast::as<ast::PlacedType>(type)) return says(placed->member, name);
  if (const auto* function = ast::as<ast::FunctionType>(type)) {
    return says(function->result, name) ||
           (function->parameter != nullptr && says(function->parameter, name));
  }
  const auto* fields = ast::as<ast::StructType>(type);
  return fields != nullptr &&
         std::any_of(fields->fields.begin(), fields->fields.end(),
                     [&](const auto& field) { return says(field.type, name); });
}

bool in_parameters(const ast::FunctionDecl* decl, const std::string& name) {
  return std::any_of(decl->parameters.begin(), decl->parameters.end(),
                     [&](const ast::Parameter& parameter) { return says(parameter.type, name); });
}

bool is_integer_text(const std::string& text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_';
         });
}

// The numbers of `3`, `(2, 3)` and `[2, 3]`; none of anything else.
std::vector<std::string> sizes_in(std::string text) {
  if (is_integer_text(text)) return {text};
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    text = "(" + text.substr(1, text.size() - 2) + ")";
  std::vector<std::string> sizes = values_in(text);
  if (!std::all_of(sizes.begin(), sizes.end(), is_integer_text)) sizes.clear();
  return sizes;
}

// `name` of `name=value`; "" where there is none.
std::string name_of(const std::string& argument) {
  size_t at = 0;
  while (at < argument.size() &&
         (std::isalnum(static_cast<unsigned char>(argument[at])) != 0 || argument[at] == '_')) {
    ++at;
  }
  const bool named =
      at > 0 && at + 1 < argument.size() && argument[at] == '=' && argument[at + 1] != '=';
  return named ? argument.substr(0, at) : "";
}

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : separator) + part;
  return all;
}

}  // namespace

const ast::GenericParameter* Checker::unsaid(const ast::FunctionDecl* decl, size_t given,
                                             bool by_result) {
  for (size_t i = given; i < decl->generics.size(); ++i) {
    const std::string& name = decl->generics[i].name.text;
    const auto* constraint = ast::as<ast::NamedType>(decl->generics[i].constraint);
    if (constraint != nullptr && constraint->name.text == "placement") continue;
    if (!in_parameters(decl, name) && !(by_result && says(decl->result, name)))
      return &decl->generics[i];
  }
  return nullptr;
}

bool Checker::text_fits(const std::string& text, ScopeRef scope, const Type* expected) {
  if (text.find("...") != std::string::npos || ++tried_.texts > kMostTexts) return false;
  return tried([&] {
    const FileId file = sources_.add_file("<hint>", "fn hint() -> <> { " + text + " }");
    parsed_.push_back(parse(sources_, file, diagnostics_));
    if (parsed_.back()->declarations.size() != 1) return false;
    const auto* decl = ast::as<ast::FunctionDecl>(parsed_.back()->declarations[0]);
    if (decl == nullptr || decl->body == nullptr) return false;
    const Value value = infer(decl->body->value, scope, expected);
    if (value.is_error()) return false;
    if (value.function != nullptr || expected == nullptr || expected->has_function()) return true;
    return !inference_.assign(value.type, expected);
  });
}

std::vector<std::string> Checker::types_by_result(DeclInfo* decl, const Type* expected) {
  const ast::FunctionDecl* function = decl->function();
  std::vector<std::string> known(function->generics.size());
  if (expected == nullptr) return known;
  expected = inference_.substitute(expected);
  if (expected->has_variables() || expected->is_federated() || expected->has_function() ||
      expected->is_error()) {
    return known;
  }
  // `R[reshape(R, X)]`: a shape function works out the rest, of what is asked for.
  const auto* tensor = ast::as<ast::TensorType>(function->result);
  const auto* base = tensor == nullptr ? nullptr : ast::as<ast::NamedType>(tensor->element);
  for (size_t i = 0; base != nullptr && i < known.size(); ++i) {
    const ast::GenericParameter& generic = function->generics[i];
    if (generic.name.text != base->name.text || in_parameters(function, base->name.text)) continue;
    const Constraint constraint = constraint_of(generic);
    const bool element = constraint >= Constraint::kElement && constraint < Constraint::kTensor;
    if (!element) known[i] = to_string(expected);
    if (element && expected->is_tensor()) known[i] = element_name(expected->element());
  }
  tried([&] {
    Scope* scope = new_scope(decl->module->scope->ref(), decl->module, nullptr);
    if (!bind_generics(decl, nullptr, {}, scope, false, std::nullopt)) return false;
    const Type* result = type_of(function->result, scope->ref());
    if (result->is_error() || inference_.assign(result, expected)) return false;
    for (size_t i = 0; i < known.size(); ++i) {
      const Binding& binding = scope->names[function->generics[i].name.text];
      if (binding.kind == Binding::Kind::kDim) {
        const Dim dim = inference_.substitute(binding.dim);
        if (!dim.is_variable()) known[i] = dim.to_string();
      } else if (binding.type != nullptr) {
        const Type* type = inference_.substitute(binding.type);
        if (!type->has_variables()) known[i] = to_string(type);
      }
    }
    return true;
  });
  return known;
}

std::string Checker::with_type_arguments(const UntypedCall& call, std::vector<std::string> known,
                                         const ScopeRef* scope, const Type* expected,
                                         bool* is_tried, bool* is_guessed) {
  const ast::FunctionDecl* decl = call.decl;
  const std::vector<ast::GenericParameter>& generics = decl->generics;
  known.resize(generics.size());
  size_t count = 0;  // how many are written
  for (size_t i = 0; i < generics.size(); ++i) {
    if (constraint_of(generics[i]) == Constraint::kPlacement) break;
    if (!in_parameters(decl, generics[i].name.text)) count = i + 1;
  }
  const auto is_size = [&](size_t i) { return constraint_of(generics[i]) == Constraint::kDim; };
  // Those that stand there, each for the next of its kind.
  for (const bool sizes : {false, true}) {
    size_t next = 0;
    for (const auto& [type, given_size] : call.types) {
      if (given_size != sizes) continue;
      while (next < generics.size() && is_size(next) != sizes) ++next;
      if (next < generics.size()) known[next++] = type;
    }
  }
  // Sizes among the arguments: those under no name of a parameter, and those that are too many;
  // then, where nothing else says a size, all.
  const auto is_parameter = [&](const std::string& name) {
    return std::any_of(
        decl->parameters.begin(), decl->parameters.end(),
        [&](const ast::Parameter& parameter) { return parameter.name.text == name; });
  };
  std::vector<std::string> kept, sizes, positional;
  for (const std::string& argument : call.arguments) {
    const std::string name = name_of(argument);
    if (name.empty() || is_parameter(name)) {
      kept.push_back(argument);
      continue;
    }
    for (const std::string& size : sizes_in(argument.substr(name.size() + 1)))
      sizes.push_back(size);
  }
  const auto take_sizes = [&](std::vector<std::string>& arguments, size_t most) {
    for (size_t i = 0; i < arguments.size() && most > 0;) {
      const std::vector<std::string> found = sizes_in(arguments[i]);
      if (found.empty()) {
        ++i;
        continue;
      }
      sizes.insert(sizes.end(), found.begin(), found.end());
      arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
      --most;
    }
  };
  const size_t takes = decl->parameters.size();
  std::vector<std::string> fewer = kept;
  if (kept.size() > takes) {
    // What is no size of those that are too many is not for this function.
    take_sizes(kept, kept.size());
    kept.resize(std::min(kept.size(), takes));
    fewer = kept;
  } else {
    take_sizes(fewer, fewer.size());
  }
  *is_guessed = false;
  std::vector<size_t> open;  // sizes that nothing says
  size_t next = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!known[i].empty()) continue;
    const Constraint constraint = constraint_of(generics[i]);
    if (constraint == Constraint::kDim) {
      if (next < sizes.size()) {
        known[i] = sizes[next++];
      } else {
        open.push_back(i);
      }
      continue;
    }
    const ElementSet elements = elements_of(constraint);
    *is_guessed = true;
    known[i] = elements == kIntegerElements ? "int32"
               : elements == kBoolElements  ? "bool"
                                            : "float32";
    if (elements == kKeyElements) known[i] = "Key";
    const bool scalar = constraint >= Constraint::kElement && constraint < Constraint::kTensor;
    const bool of_tensor =
        constraint >= Constraint::kTensor && constraint <= Constraint::kKeyTensor;
    if (!scalar && next < sizes.size()) {
      known[i] +=
          "[" + joined({sizes.begin() + static_cast<std::ptrdiff_t>(next), sizes.end()}, ",") + "]";
      next = sizes.size();
    } else if (of_tensor) {
      known[i] += "[3]";
    }
  }
  known.resize(count);
  for (size_t i = 0; i < takes; ++i) {
    const ast::Parameter& parameter = decl->parameters[i];
    const bool needed = !parameter.optional && parameter.value == nullptr;
    if (needed && i >= fewer.size() && i >= kept.size()) kept.push_back(parameter.name.text);
    if (needed && i >= fewer.size()) fewer.push_back(parameter.name.text);
  }
  const auto made = [&](const std::vector<std::string>& arguments) {
    return call.callee + "<" + joined(known, ",") + ">(" + joined(arguments, ", ") + ")";
  };
  *is_tried = false;
  // A size that only the rest of the call shows: the first that fits.
  static constexpr const char* kSizes[] = {"2", "1", "3", "4", "0"};
  std::string found;
  for (const char* size : kSizes) {
    for (size_t i = 0; i < open.size(); ++i)
      known[open[i]] = open.size() == 1 ? size : std::to_string(i + 2);
    for (const auto& arguments : {fewer, kept}) {
      if (scope == nullptr || !text_fits(made(arguments), *scope, expected)) continue;
      *is_guessed |= *is_tried || open.size() > 1;
      if (!*is_tried) found = made(arguments);
      *is_tried = true;
      break;
    }
    if (open.size() != 1 || (*is_tried && *is_guessed)) break;
  }
  if (*is_tried) return found;
  *is_guessed = true;
  if (open.size() == 1) known[open[0]] = "3";
  return made(kept);
}

// A call with type arguments, of which some are known.
std::string Checker::call_with_types(const PendingConstraint& call) {
  std::vector<std::string> known;
  for (const ast::GenericParameter& generic : generics_of(call.decl)) {
    const Binding* binding = find_binding(call.scope->ref(), generic.name.text);
    std::string& text = known.emplace_back();
    if (binding == nullptr) continue;
    if (binding->kind == Binding::Kind::kDim) {
      const Dim dim = inference_.substitute(binding->dim);
      if (!dim.is_variable()) text = dim.to_string();
    } else if (binding->type != nullptr) {
      const Type* type = inference_.with_defaults(binding->type);
      if (!type->has_variables()) text = to_string(type);
    }
  }
  UntypedCall untyped;
  untyped.decl = call.decl->function();
  if (untyped.decl == nullptr) return call.decl->decl->name.text + "<...>";
  const std::string text = written(call.range);
  const size_t begin = std::min(text.find('('), text.size());
  untyped.callee = text.substr(0, std::min(begin, text.find('<')));
  if (text == "..." || begin == text.size() || !is_tight(untyped.callee)) {
    untyped.callee = call.decl->decl->name.text;
    untyped.arguments = {"..."};
  } else if (text.size() > begin + 2) {
    untyped.arguments = {text.substr(begin + 1, text.size() - begin - 2)};
  }
  bool is_tried = false, is_guessed = false;
  return with_type_arguments(untyped, known, nullptr, nullptr, &is_tried, &is_guessed);
}

// What a function does, by the comment above it: the first sentence, where it is short.
void Checker::note_description(Diagnostic& diagnostic, const ast::FunctionDecl* decl) {
  constexpr size_t kLongest = 240;
  std::string text = one_line(decl->doc);
  // The `.` of an initial ends none: there, a work is named, which is not a part of it.
  const auto initial = [&](size_t at) {
    return at > 1 && std::isupper(static_cast<unsigned char>(text[at - 1])) != 0 &&
           text[at - 2] == ' ';
  };
  size_t end = text.find(". ");
  if (end != std::string::npos && initial(end)) end = text.rfind(": ", end);
  if (end != std::string::npos) text.resize(end);
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  if (text.empty() || text.size() > kLongest) return;
  diagnostic.with_note(shown_range(decl), "its description: " + text);
}

bool Checker::suggest_types(const FnValue* function, const ast::Call& call, ScopeRef scope,
                            Diagnostic& diagnostic, const Type* expected) {
  if (function->kind != FnValue::Kind::kDecl) return false;
  const ast::FunctionDecl* decl = function->decl->function();
  const auto* apply = ast::as<ast::TypeApply>(call.callee);
  if (unsaid(decl, 0, false) == nullptr) return false;
  const auto unknown_size = [&](const ast::Argument& argument) {
    return argument.name && argument.name->range == diagnostic.range &&
           !sizes_in(written(argument.value->range)).empty();
  };
  switch (diagnostic.kind) {
    case DiagnosticKind::ArgumentCount:
      if (!diagnostic.hint.starts_with(kNoArgumentSays)) return false;
      break;
    case DiagnosticKind::UnknownArgument:
      if (apply != nullptr ||
          std::none_of(call.arguments.begin(), call.arguments.end(), unknown_size))
        return false;
      break;
    case DiagnosticKind::CannotInfer:
      if (!(diagnostic.range == call.range)) return false;
      break;
    case DiagnosticKind::ShapeMismatch:
      // `iota(3)`
      if (!diagnostic.hint.empty() || apply != nullptr || !(diagnostic.range == call.range))
        return false;
      break;
    case DiagnosticKind::TypeArguments:
      if (apply == nullptr ||
          std::none_of(apply->arguments.begin(), apply->arguments.end(),
                       [&](const auto& a) { return a.range == diagnostic.range; })) {
        return false;
      }
      break;
    default:
      return false;
  }
  UntypedCall untyped;
  untyped.decl = decl;
  untyped.callee = written_argument(apply == nullptr ? call.callee : apply->function);
  if (apply != nullptr) {
    for (const auto& argument : apply->arguments) {
      const bool size = argument.type == nullptr || names_size(argument.type, scope);
      untyped.types.emplace_back(written(argument.range), size);
    }
  }
  for (const ast::Argument& argument : call.arguments) {
    const std::string name = argument.name ? argument.name->text + "=" : "";
    untyped.arguments.push_back(name + (argument.value->kind == ast::ExprKind::Error
                                            ? written(argument.value->range)
                                            : written_argument(argument.value)));
  }
  bool is_tried = false, is_guessed = false;
  const std::string text = with_type_arguments(untyped, types_by_result(function->decl, expected),
                                               &scope, expected, &is_tried, &is_guessed);
  // Of an operation all is seen: what does not fit was not meant.
  if (!is_tried && decl->body == nullptr) return false;
  if (diagnostic.kind == DiagnosticKind::CannotInfer) {
    diagnostic.with_hint("write it in `< >`: `" + text + "`" + (is_guessed ? ", for example" : ""));
    return true;
  }
  const std::string hint = (diagnostic.kind == DiagnosticKind::TypeArguments
                                ? "write `"
                                : "types and sizes stand in `< >`: write `") +
                           text + "`" + (is_guessed ? ", for example" : "");
  diagnostic.with_hint(hint);
  if (diagnostic.kind != DiagnosticKind::ArgumentCount) return true;
  // A list of dimensions is no value either: that has been said, and this is how to mend both.
  Diagnostic* listed = nullptr;
  Diagnostic* last = nullptr;
  for (Diagnostic* said = diagnostics_.first_since(0); said != nullptr && said != &diagnostic;
       said = diagnostics_.first_since(said->number + 1)) {
    last = said;
    for (const ast::Argument& argument : call.arguments) {
      const SourceRange range = argument.value->range;
      if (argument.value->kind == ast::ExprKind::Error &&
          range.begin.offset <= said->range.begin.offset &&
          said->range.end_offset() <= range.end_offset() &&
          range.begin.file == said->range.begin.file) {
        listed = said;
      }
    }
  }
  if (listed == nullptr) return true;
  listed->with_hint(hint);
  diagnostics_.withdraw_after(*last);
  return true;
}

}  // namespace fedc::checking
