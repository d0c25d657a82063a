// Types as the user's file writes them: by the names that it declares or imports.
#include <algorithm>

#include "compiler/check/checker.h"

namespace fedc::checking {
namespace {

// Types in types beyond which none are looked for.
constexpr int kDeepest = 6;

bool has_names(const Type* type) {
  return type->is_struct() && !type->fields().empty() &&
         std::none_of(type->fields().begin(), type->fields().end(),
                      [](const Field& field) { return field.name.empty(); });
}

}  // namespace

// `optimizers.CountedMoments<Model>` of a type that `decl` applied to types gives, written with
// `prefix`; "" where it gives none such.
std::string Checker::as_applied(const Type* type, DeclInfo* decl, const std::string& prefix,
                                ModuleInfo* user, int depth) {
  const auto* declared = ast::as<ast::TypeDecl>(decl->decl);
  if (context_ == nullptr || declared->type->kind != ast::TypeKind::Struct) return "";
  std::vector<std::pair<const Type*, Dim>> arguments;
  const bool fits = tried([&] {
    Scope* scope = new_scope(decl->module->scope->ref(), decl->module, nullptr);
    if (!bind_generics(decl, nullptr, {}, scope, false, std::nullopt)) return false;
    const Type* pattern = type_of(declared->type, scope->ref());
    if (!has_names(pattern) || inference_.assign(type, pattern)) return false;
    if (inference_.substitute(pattern) != type) return false;
    for (const ast::GenericParameter& generic : declared->generics) {
      const Binding* binding = find_binding(scope->ref(), generic.name.text);
      if (binding == nullptr) return false;
      const Type* argument =
          binding->type == nullptr ? nullptr : inference_.substitute(binding->type);
      const Dim dim = inference_.substitute(binding->dim);
      std::string why;
      if (argument == nullptr
              ? dim.is_variable()
              : argument->has_variables() || !satisfies(argument, constraint_of(generic), &why)) {
        return false;
      }
      arguments.emplace_back(argument, dim);
    }
    return true;
  });
  if (!fits) return "";
  std::string text;
  for (const auto& [argument, dim] : arguments) {
    text += (text.empty() ? "" : ",") +
            (argument == nullptr ? dim.to_string() : spelled(argument, user, depth + 1));
  }
  return prefix + decl->decl->name.text + "<" + text + ">";
}

std::string Checker::spelled(const Type* type, ModuleInfo* user, int depth) {
  type = inference_.with_defaults(inference_.substitute(type));
  if (type->is_federated()) {
    const std::string member = spelled(type->member(), user, depth);
    if (type->placement() == Placement::kServer) return member + "@SERVER";
    return type->all_equal() ? member + "@CLIENTS" : "{" + member + "}@CLIENTS";
  }
  if (type->is_sequence()) return spelled(type->member(), user, depth) + "*";
  if (!type->is_struct() || type->fields().empty() || depth > kDeepest) return to_string(type);
  // Those of the file first, and those without parameters.
  for (const bool applied : {false, true}) {
    std::vector<std::pair<ModuleInfo*, std::string>> modules = {{user, ""}};
    for (const DeclInfo* import : user->in_order) {
      if (import->imported != nullptr)
        modules.emplace_back(import->imported, import->decl->name.text + ".");
    }
    for (const auto& [module, prefix] : modules) {
      for (DeclInfo* decl : module->in_order) {
        const auto* declared = ast::as<ast::TypeDecl>(decl->decl);
        if (declared == nullptr || declared->generics.empty() == applied ||
            (module != user && is_private(decl->decl->name.text))) {
          continue;
        }
        if (!applied && decl->type == type) return prefix + decl->decl->name.text;
        if (!applied || !has_names(type)) continue;
        if (std::string text = as_applied(type, decl, prefix, user, depth); !text.empty())
          return text;
      }
    }
  }
  std::string text;
  for (const Field& field : type->fields()) {
    text += (text.empty() ? "" : ",") + (field.name.empty() ? "" : field.name + "=") +
            spelled(field.type, user, depth + 1);
  }
  return "<" + text + ">";
}

// What is to be declared for a result to be of a type: the type's name stands for another one now,
// or nothing does.
std::string Checker::hint_of_result(const Type* made) {
  if (instance_ == nullptr) return "";
  ModuleInfo* const user = instance_->decl->module;
  const ast::TypeExpr* result = instance_->decl->function()->result;
  const auto* placed = ast::as<ast::PlacedType>(result);
  const auto* named = ast::as<ast::NamedType>(placed == nullptr ? result : placed->member);
  const DeclInfo* decl = named == nullptr || named->module || !named->arguments.empty()
                             ? nullptr
                             : find_declaration(user, named->name.text);
  const Type* whole = inference_.substitute(made);
  if (decl != nullptr && decl->decl->kind == ast::DeclKind::Type) {
    if (placed != nullptr && whole->is_federated()) whole = whole->member();
    return "declare `type " + named->name.text + " = " + spelled(whole, user) +
           ";`, if that is what is meant";
  }
  return "write `" + spelled(whole, user) + "` as the result, if that is what is meant";
}

}  // namespace fedc::checking
