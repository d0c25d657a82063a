// The type parameters of a call, given or open.
#include "compiler/check/checker.h"

namespace fedc::checking {

bool Checker::instantiate_generics(DeclInfo* decl, const FnValue* function, Scope* scope,
                                   bool of_op, std::optional<Placement> placement) {
  const ast::FunctionDecl* fn = decl->function();
  const ast::TypeApply* given = function == nullptr ? nullptr : function->type_args;
  if (given != nullptr && given->arguments.size() > fn->generics.size()) {
    report(DiagnosticKind::TypeArguments, given->arguments_range,
           "`" + fn->name.text + "` takes at most " + std::to_string(fn->generics.size()) +
               " type argument" + (fn->generics.size() == 1 ? "" : "s") + ", not " +
               std::to_string(given->arguments.size()))
        .with_note(shown_range(fn), "it is declared as `" + summary(fn) + "`");
    return false;
  }
  for (size_t i = 0; i < fn->generics.size(); ++i) {
    const ast::GenericParameter& generic = fn->generics[i];
    const ast::TypeArgument* argument =
        given != nullptr && i < given->arguments.size() ? &given->arguments[i] : nullptr;
    Constraint constraint = constraint_of(generic);
    Binding binding;
    binding.range = generic.name.range;
    const Type* explicit_type = nullptr;
    if (argument != nullptr && constraint != Constraint::kDim) {
      explicit_type =
          argument->type == nullptr ? nullptr : type_of(argument->type, function->scope);
      if (explicit_type == nullptr) {
        report(DiagnosticKind::TypeArguments, argument->range,
               "`" + generic.name.text + "` of `" + fn->name.text + "` is a type");
        return false;
      }
      if (explicit_type->is_error()) return false;
    }
    switch (constraint) {
      case Constraint::kDim:
        binding.kind = Binding::Kind::kDim;
        binding.dim = inference_.fresh_dim(of_op);
        if (argument != nullptr) {
          ast::Dim dim;
          dim.range = argument->range;
          dim.value = argument->dim;
          ast::NameRef name;
          if (const auto* named = ast::as<ast::NamedType>(argument->type)) {
            name.range = argument->range;
            name.name = named->name.text;
            dim.value = &name;
          }
          if (dim.value == nullptr) {
            report(DiagnosticKind::TypeArguments, argument->range,
                   "`" + generic.name.text + "` of `" + fn->name.text + "` is a dimension");
            return false;
          }
          auto value = dim_of(dim, function->scope);
          if (!value) return false;
          binding.dim = *value;
        }
        break;
      case Constraint::kElement:
      case Constraint::kNumeric:
      case Constraint::kFloat:
      case Constraint::kInteger: {
        binding.kind = Binding::Kind::kElement;
        ElementSet allowed = constraint == Constraint::kElement   ? kAllElements
                             : constraint == Constraint::kNumeric ? kNumericElements
                             : constraint == Constraint::kFloat   ? kFloatElements
                                                                  : kIntegerElements;
        if (explicit_type == nullptr) {
          binding.type = types_->tensor(inference_.fresh_element(allowed), {});
        } else if (!explicit_type->is_scalar() ||
                   !inference_.restrict(explicit_type->element_or_variable(), allowed)) {
          constraint_error(decl, generic, explicit_type, "", argument->range);
          return false;
        } else {
          binding.type = explicit_type;
        }
        break;
      }
      case Constraint::kPlacement:
        binding.kind = Binding::Kind::kPlacement;
        binding.placement = placement.value_or(Placement::kClients);
        break;
      default:
        binding.kind = Binding::Kind::kType;
        binding.type = explicit_type == nullptr ? inference_.fresh_type() : explicit_type;
        break;
    }
    bind(scope, generic.name.text, binding);
  }
  return true;
}

}  // namespace fedc::checking
