// The type parameters of a call, given or open.
#include "compiler/check/checker.h"

namespace fedc::checking {

const std::vector<ast::GenericParameter>& Checker::generics_of(const DeclInfo* decl) {
  const auto* type = ast::as<ast::TypeDecl>(decl->decl);
  return type != nullptr ? type->generics : decl->function()->generics;
}

void Checker::note_declaration(Diagnostic& diagnostic, const DeclInfo* decl) {
  if (const ast::FunctionDecl* function = decl->function()) {
    diagnostic.with_note(shown_range(function), "it is declared as `" + summary(function) + "`");
  } else {
    diagnostic.with_note(decl->decl->name.range, "it is declared here");
  }
}

bool Checker::types_said(const FnValue* function, SourceRange range) {
  DeclInfo* decl = function->decl;
  const ast::TypeApply* given = function->type_args;
  const auto* open = unsaid(decl->function(), given == nullptr ? 0 : given->arguments.size());
  if (open == nullptr) return true;
  Diagnostic& diagnostic =
      report(DiagnosticKind::CannotInfer, range,
             "nothing says what `" + open->name.text + "` of `" + decl->decl->name.text + "` is");
  Scope* scope = new_scope(decl->module->scope->ref(), decl->module, decl);
  if (bind_generics(decl, nullptr, {}, scope, false, std::nullopt)) {
    diagnostic.with_hint("write it in `< >`: `" + call_with_types({decl, scope, range}) +
                         "`, for example");
  }
  note_description(diagnostic, decl->function());
  return false;
}

bool Checker::instantiate_generics(DeclInfo* decl, const FnValue* function, Scope* scope,
                                   bool of_op, std::optional<Placement> placement) {
  const ast::FunctionDecl* fn = decl->function();
  const ast::TypeApply* given = function == nullptr ? nullptr : function->type_args;
  if (given == nullptr) return bind_generics(decl, nullptr, {}, scope, of_op, placement);
  if (given->arguments.size() > fn->generics.size()) {
    Diagnostic& diagnostic =
        report(DiagnosticKind::TypeArguments, given->arguments_range,
               "`" + fn->name.text + "` takes at most " + std::to_string(fn->generics.size()) +
                   " type argument" + (fn->generics.size() == 1 ? "" : "s") + ", not " +
                   std::to_string(given->arguments.size()))
            .with_hint("leave out those after the first " + std::to_string(fn->generics.size()));
    note_declaration(diagnostic, decl);
    return false;
  }
  return bind_generics(decl, &given->arguments, function->scope, scope, of_op, placement);
}

// Whether a type argument, which is parsed as a type where it is a name, names one.
bool Checker::names_type(const ast::NamedType* type, ScopeRef scope) {
  if (type->module || !type->arguments.empty()) return true;
  if (const Binding* binding = find_binding(scope, type->name.text)) {
    return binding->kind == Binding::Kind::kType || binding->kind == Binding::Kind::kElement;
  }
  if (element_from_name(type->name.text)) return true;
  const DeclInfo* decl = find_declaration(scope.scope->module, type->name.text);
  return decl != nullptr && decl->decl->kind == ast::DeclKind::Type;
}

// Whether it names what is a size: a dimension or a constant.
bool Checker::names_size(const ast::TypeExpr* type, ScopeRef scope) {
  const auto* named = ast::as<ast::NamedType>(type);
  if (named == nullptr || named->module || !named->arguments.empty()) return false;
  if (const Binding* binding = find_binding(scope, named->name.text)) {
    return binding->kind == Binding::Kind::kDim;
  }
  const DeclInfo* decl = find_declaration(scope.scope->module, named->name.text);
  return decl != nullptr && decl->decl->kind == ast::DeclKind::Constant;
}

bool Checker::bind_generics(DeclInfo* decl, const std::vector<ast::TypeArgument>* given,
                            ScopeRef given_scope, Scope* scope, bool of_op,
                            std::optional<Placement> placement) {
  const std::vector<ast::GenericParameter>& generics = generics_of(decl);
  const std::string& name = decl->decl->name.text;
  for (size_t i = 0; i < generics.size(); ++i) {
    const ast::GenericParameter& generic = generics[i];
    const ast::TypeArgument* argument =
        given != nullptr && i < given->size() ? &(*given)[i] : nullptr;
    Constraint constraint = constraint_of(generic);
    Binding binding;
    binding.range = generic.name.range;
    const Type* explicit_type = nullptr;
    if (argument != nullptr && constraint != Constraint::kDim) {
      explicit_type = argument->type == nullptr || names_size(argument->type, given_scope)
                          ? nullptr
                          : type_of(argument->type, given_scope);
      if (explicit_type == nullptr) {
        report(DiagnosticKind::TypeArguments, argument->range,
               "`" + generic.name.text + "` of `" + name + "` is a type, but this is a size")
            .with_hint("write a type, as in `" + name + "<float32>`");
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
          ast::NameRef dim_name;
          const auto* named = ast::as<ast::NamedType>(argument->type);
          if (named != nullptr && !names_type(named, given_scope)) {
            dim_name.range = argument->range;
            dim_name.name = named->name.text;
            dim.value = &dim_name;
          }
          if (dim.value == nullptr) {
            report(DiagnosticKind::TypeArguments, argument->range,
                   "`" + generic.name.text + "` of `" + name + "` is a size, but this is a type")
                .with_hint("write a number or a `const`, as in `" + name + "<3>`");
            return false;
          }
          auto value = dim_of(dim, given_scope);
          if (!value) return false;
          binding.dim = *value;
        }
        break;
      case Constraint::kElement:
      case Constraint::kPlain:
      case Constraint::kNumeric:
      case Constraint::kFloat:
      case Constraint::kInteger:
      case Constraint::kKey: {
        binding.kind = Binding::Kind::kElement;
        const ElementSet allowed = elements_of(constraint);
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
