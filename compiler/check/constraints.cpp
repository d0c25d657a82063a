// What the type parameters of generic functions and operations accept.
#include <algorithm>

#include "compiler/check/checker.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc::checking {
namespace {

struct Named {
  std::string_view name;
  Constraint constraint;
  std::string_view text;  // "`T` must be ..."
};

constexpr Named kConstraints[] = {
    {"element", Constraint::kElement, "a scalar"},
    {"plain", Constraint::kPlain, "a scalar that is no key"},
    {"key", Constraint::kKey, "a `Key` or `PrivateKey`"},
    {"numeric", Constraint::kNumeric, "a scalar number"},
    {"float", Constraint::kFloat, "a floating-point scalar"},
    {"integer", Constraint::kInteger, "an integer scalar"},
    {"dim", Constraint::kDim, "a dimension"},
    {"placement", Constraint::kPlacement, "a placement"},
    {"tensor", Constraint::kTensor, "a tensor"},
    {"plain_tensor", Constraint::kPlainTensor, "a tensor without keys"},
    {"numeric_tensor", Constraint::kNumericTensor, "a tensor of numbers"},
    {"float_tensor", Constraint::kFloatTensor, "a tensor of floating-point numbers"},
    {"integer_tensor", Constraint::kIntegerTensor, "a tensor of integers"},
    {"tensors", Constraint::kTensors, "a tensor or a struct of tensors"},
    {"plain_tensors", Constraint::kPlainTensors, "a tensor or a struct of tensors, without keys,"},
    {"key_tensor", Constraint::kKeyTensor, "a tensor of keys"},
    {"numeric_tensors", Constraint::kNumericTensors, "numbers: a tensor or a struct of tensors"},
    {"float_tensors", Constraint::kFloatTensors,
     "floating-point numbers: a tensor or a struct of tensors"},
    {"bool_tensors", Constraint::kBoolTensors, "bools: a tensor or a struct of tensors"},
    {"integer_tensors", Constraint::kIntegerTensors, "integers: a tensor or a struct of tensors"},
    {"value", Constraint::kValue, "a value without placement"},
    {"message", Constraint::kMessage, "tensors of known dimensions"},
    {"numeric_message", Constraint::kNumericMessage, "numbers of known dimensions"},
    {"float_message", Constraint::kFloatMessage, "floating-point numbers of known dimensions"},
    {"integer_message", Constraint::kIntegerMessage, "integers of known dimensions"},
    {"placed", Constraint::kPlaced, "a struct of federated values of one placement"},
};

bool is_message(Constraint constraint) {
  return constraint >= Constraint::kMessage && constraint <= Constraint::kIntegerMessage;
}

std::string_view text_of(Constraint constraint) {
  for (const Named& named : kConstraints) {
    if (named.constraint == constraint) return named.text;
  }
  return "a type";
}

// The type with that element in each tensor.
const Type* of_element(TypeContext& types, const Type* type, ElementType element) {
  if (type->is_tensor()) return types.tensor(element, type->dims());
  if (!type->is_struct()) return type;
  std::vector<Field> fields;
  for (const Field& field : type->fields())
    fields.push_back({field.name, of_element(types, field.type, element)});
  return types.structure(std::move(fields));
}

bool mentions_key(const Type* type) {
  if (type->is_struct()) {
    return std::any_of(type->fields().begin(), type->fields().end(),
                       [](const Field& field) { return mentions_key(field.type); });
  }
  return type->is_tensor() && !type->element_or_variable().is_variable() && is_key(type->element());
}

}  // namespace

std::optional<Constraint> Checker::constraint_named(std::string_view name) {
  for (const Named& named : kConstraints) {
    if (named.name == name) return named.constraint;
  }
  return std::nullopt;
}

Constraint Checker::constraint_of(const ast::GenericParameter& generic) {
  if (generic.constraint == nullptr) return Constraint::kValue;
  const auto* named = ast::as<ast::NamedType>(generic.constraint);
  if (named != nullptr && !named->module) {
    if (auto constraint = constraint_named(named->name.text)) return *constraint;
  }
  if (generic.constraint->kind != ast::TypeKind::Error) {
    std::vector<std::string_view> names;
    for (const Named& known : kConstraints) names.push_back(known.name);
    const std::string near = named == nullptr ? "" : nearest_name(named->name.text, names);
    report(DiagnosticKind::UnknownName, generic.constraint->range,
           "`" + written(generic.constraint->range) + "` is no constraint of a type parameter")
        .with_hint(
            "constraints are `float`, `integer`, `numeric`, `element`, `dim`, `tensor`, "
            "`tensors`, `float_tensors`, `value` ...")
        .with_suggestion(generic.constraint->range, near);
  }
  return Constraint::kValue;
}

ElementSet Checker::elements_of(Constraint constraint) {
  switch (constraint) {
    case Constraint::kPlain:
    case Constraint::kPlainTensor:
    case Constraint::kPlainTensors:
      return kPlainElements;
    case Constraint::kNumeric:
    case Constraint::kNumericTensor:
    case Constraint::kNumericTensors:
    case Constraint::kNumericMessage:
      return kNumericElements;
    case Constraint::kFloat:
    case Constraint::kFloatTensor:
    case Constraint::kFloatTensors:
    case Constraint::kFloatMessage:
      return kFloatElements;
    case Constraint::kInteger:
    case Constraint::kIntegerTensor:
    case Constraint::kIntegerTensors:
    case Constraint::kIntegerMessage:
      return kIntegerElements;
    case Constraint::kKey:
    case Constraint::kKeyTensor:
      return kKeyElements;
    case Constraint::kBoolTensors:
      return kBoolElements;
    case Constraint::kMessage:
      return kMessageElements;
    case Constraint::kNone:
    case Constraint::kElement:
    case Constraint::kDim:
    case Constraint::kPlacement:
    case Constraint::kTensor:
    case Constraint::kTensors:
    case Constraint::kValue:
    case Constraint::kPlaced:
      return kAllElements;
  }
  return kAllElements;
}

// A resolved type; its literals are narrowed to what the constraint allows.
bool Checker::satisfies(const Type* type, Constraint constraint, std::string* why) {
  if (type->is_error()) return true;
  bool structs = true;
  switch (constraint) {
    case Constraint::kNone:
    case Constraint::kDim:
    case Constraint::kPlacement:
      return true;
    case Constraint::kValue:
      if (type->has_federated()) *why = "it is federated";
      if (type->has_function()) *why = "it has functions";
      return why->empty();
    case Constraint::kPlaced:
      return type->is_struct() && zipped(*types_, type, &inference_) != nullptr;
    case Constraint::kElement:
    case Constraint::kPlain:
    case Constraint::kNumeric:
    case Constraint::kFloat:
    case Constraint::kInteger:
    case Constraint::kKey:
      // The element variable already says which.
      return type->is_scalar();
    case Constraint::kTensor:
    case Constraint::kPlainTensor:
    case Constraint::kNumericTensor:
    case Constraint::kFloatTensor:
    case Constraint::kIntegerTensor:
    case Constraint::kKeyTensor:
      structs = false;
      break;
    default:
      break;
  }
  const bool known = is_message(constraint);
  const ElementSet allowed = elements_of(constraint);
  type = inference_.substitute(type);
  if (type->is_struct() && structs) {
    for (size_t i = 0; i < type->fields().size(); ++i) {
      const Field& field = type->fields()[i];
      if (satisfies(field.type, constraint, why)) continue;
      std::string name = field.name.empty() ? std::to_string(i) : field.name;
      *why = why->rfind("`.", 0) == 0 ? "`." + name + why->substr(1)
                                      : "`." + name + "` is " + show(field.type);
      return false;
    }
    return true;
  }
  if (!type->is_tensor()) {
    if (type->is_federated())
      *why = "it is federated: `federated_map` applies functions to members";
    return false;
  }
  if (!inference_.restrict(type->element_or_variable(), allowed)) return false;
  return !known || !type->has_unknown_dims();
}

bool Checker::check_constraints(DeclInfo* decl, Scope* scope, SourceRange range, bool early) {
  bool open = false;
  for (const ast::GenericParameter& generic : generics_of(decl)) {
    auto it = scope->names.find(generic.name.text);
    if (it == scope->names.end() || it->second.type == nullptr) continue;
    const Type* type = inference_.substitute(it->second.type);
    if (type->is_variable()) {
      open = true;
      if (!constraints_final_ || early) continue;
      if (uninferred_.insert(type).second) {
        report_uninferred(type, {decl, scope, range, copy_}, generic);
      }
      return false;
    }
    std::string why;
    if (!satisfies(type, constraint_of(generic), &why)) {
      constraint_error(decl, generic, type, why, range);
      return false;
    }
  }
  if (open && !early) pending_constraints_.push_back({decl, scope, range, copy_});
  return true;
}

// A value of unknown type makes all that takes it unknown: only where it comes from is the mistake.
void Checker::report_uninferred(const Type* type, PendingConstraint call,
                                const ast::GenericParameter& generic) {
  std::string name = generic.name.text;
  const auto is_it = [&](const PendingConstraint& pending) {
    for (const ast::GenericParameter& parameter : generics_of(pending.decl)) {
      const auto it = pending.scope->names.find(parameter.name.text);
      if (it == pending.scope->names.end() || it->second.type == nullptr) continue;
      if (inference_.substitute(it->second.type) != type) continue;
      name = parameter.name.text;
      return true;
    }
    return false;
  };
  const auto source = std::find_if(pending_constraints_.begin(), pending_constraints_.end(), is_it);
  if (source != pending_constraints_.end()) call = *source;
  const std::string& callee = call.decl->decl->name.text;
  Copy* const copy = std::exchange(copy_, call.copy);
  report(DiagnosticKind::CannotInfer, call.range,
         "nothing says what `" + name + "` of `" + callee + "` is")
      .with_hint("write it in `< >`: `" + call_with_types(call) + "`, for example");
  copy_ = copy;
}

// In the body of a generic function: a type parameter of any type is to be one of a constraint.
std::string Checker::hint_of_generic(const Type* type, Constraint constraint) {
  const bool direct = instance_ != nullptr && instance_->call.valid() && copy_ == nullptr &&
                      (instance_->from == nullptr || !instance_->from->call.valid());
  if (!direct) return "";
  const Type* shown = inference_.with_defaults(type);
  for (const ast::GenericParameter& generic : instance_->decl->function()->generics) {
    const auto it = instance_->scope->names.find(generic.name.text);
    if (generic.constraint != nullptr || it == instance_->scope->names.end() ||
        it->second.type == nullptr || inference_.substitute(it->second.type) != shown) {
      continue;
    }
    const auto named = std::find_if(std::begin(kConstraints), std::end(kConstraints),
                                    [&](const Named& n) { return n.constraint == constraint; });
    if (named == std::end(kConstraints)) return "";
    return "its body takes no " + show(shown) + ": give it another type; declared as `fn " +
           instance_->decl->decl->name.text + "<" + generic.name.text + ": " +
           std::string(named->name) + ">(...)` it says itself what it takes";
  }
  return "";
}

void Checker::constraint_error(DeclInfo* decl, const ast::GenericParameter& generic,
                               const Type* type, const std::string& why, SourceRange range) {
  const std::string& name = decl->decl->name.text;
  const std::string& called = callee_.empty() ? name : callee_;
  Constraint constraint = constraint_of(generic);
  bool message = is_message(constraint);
  const Type* shown = inference_.with_defaults(type);
  std::string ignored;
  if (message && shown->has_unknown_dims() && satisfies(type, Constraint::kTensors, &ignored)) {
    report(DiagnosticKind::UnknownDimsAggregate, range,
           "`" + name + "` cannot combine " + show(type) + " over clients: " +
               (why.rfind("`.", 0) == 0
                    ? "the dimensions of " + why.substr(0, why.find('`', 1) + 1) + " are"
                    : "its dimensions are") +
               " not known")
        .with_hint(
            "clients may have different sizes: reduce it first, to a value of fixed dimensions; "
            "`reshape` to those fails at run time where a client has another number");
    return;
  }
  if (constraint == Constraint::kMessage && satisfies(type, Constraint::kTensors, &ignored)) {
    report(DiagnosticKind::PrivateKeySent, range,
           "`" + name + "` would send " + show(type) +
               ", but a `PrivateKey` never leaves where it was drawn")
        .with_hint(
            "draw from it there, with `std/random`, and send what you make with that; a `Key` may "
            "be "
            "sent");
    return;
  }
  if (name == "federated_mean" && constraint == Constraint::kFloatMessage) {
    std::string none;
    if (satisfies(type, Constraint::kNumericMessage, &none)) {
      report(DiagnosticKind::IntegerMean, range,
             "the mean of integers is not an integer: " + show(type) +
                 (why.empty() ? "" : ", where " + why))
          .with_hint("convert it first: `cast<float32>(" + written(operand_of(generic.name.text)) +
                     ")`; its mean, and the result that is declared, is `" +
                     to_string(of_element(*types_, shown, ElementType::kFloat32)) + "@SERVER`");
      return;
    }
  }
  // An operator's type parameters are seen by nobody.
  const bool is_operator = called != name;
  const std::string_view side = generic.name.text == "A"   ? " on its left"
                                : generic.name.text == "B" ? " on its right"
                                                           : "";
  // Of a function, the parameter that is of the type.
  const SourceRange operand = user_call_ == nullptr ? SourceRange() : operand_of(generic.name.text);
  const ast::Parameter* parameter =
      user_call_ == nullptr ? nullptr : parameter_of(generic.name.text);
  const std::string& taken_as = parameter == nullptr ? generic.name.text : parameter->name.text;
  Diagnostic& diagnostic =
      report(DiagnosticKind::ConstraintNotMet, operand.valid() ? operand : range,
             "`" + called + "` wants " + std::string(text_of(constraint)) +
                 (is_operator ? std::string(side) : " for `" + taken_as + "`") + ", not " +
                 show(type) + (why.empty() ? "" : ": " + why));
  const std::string placed =
      user_call_ != nullptr && type->is_federated() ? hint_of_placed_arguments(*user_call_) : "";
  if (parameter != nullptr && parameter->type->kind == ast::TypeKind::Function) {
    diagnostic.with_hint("it is what the function given for `" + taken_as +
                         "` makes: convert it there, with `cast`");
  } else if (!placed.empty()) {
    diagnostic.with_hint(placed).replacing(user_call_->range);
  } else if (const std::string in_call = hint_in_call(range); !in_call.empty()) {
    const std::string told = hint_of_generic(type, constraint);
    diagnostic.with_hint(told.empty() ? in_call : told);
  } else if (const ast::FunctionDecl* function = decl->function()) {
    diagnostic.with_hint(hint_of_constraint(function, constraint, shown, generic.name.text));
    const bool converts = diagnostic.hint.starts_with("values never convert") ||
                          diagnostic.hint.starts_with("compare it") ||
                          diagnostic.hint.starts_with("a bool is no number");
    if (converts) diagnostic.replacing(operand.valid() ? operand : range);
  }
  if (whole_.type != nullptr && inference_.substitute(type) == inference_.substitute(whole_.type)) {
    blame_whole(diagnostic);
  }
  if (elements_of(constraint) == kPlainElements && mentions_key(shown)) {
    const bool makes = name == "fill" || name == "zeros" || name == "ones" || name == "cast";
    diagnostic.with_hint(
        makes && shown->is_tensor() && generic.name.text != "X"
            ? "nothing makes a key of a number: take a parameter, `key: {Key}@CLIENTS` or `key: "
              "Key@SERVER`, and derive others with `random.split` and `random.fold_in`"
            : "a key is only drawn from: `import \"std/random\" as random;` has `uniform`, "
              "`normal`, `split` and more");
  }
  if (elements_of(constraint) != kPlainElements && mentions_key(shown)) {
    diagnostic.with_hint("a key is no number: `random.fold_in(" +
                         written(operand_of(generic.name.text)) +
                         ", 1u64)`, of `import \"std/random\" as random;`, makes another of it");
  }
  if (callee_.empty() || callee_ == name) {
    note_declaration(diagnostic, decl);
  }
}

}  // namespace fedc::checking
