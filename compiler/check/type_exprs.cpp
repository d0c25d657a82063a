// Types as written, in a scope.
#include <algorithm>

#include "compiler/check/guards.h"
#include "compiler/check/op_call.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc::checking {
namespace {

constexpr uint32_t kDeepestType = 200;
constexpr uint64_t kLargestType = 20000;
constexpr int64_t kLargestDim = int64_t{1} << 48;

}  // namespace

bool Checker::type_fits(const Type* type, SourceRange range) {
  if (type->depth() <= kDeepestType && type->size() <= kLargestType) return true;
  report(DiagnosticKind::TypeTooLarge, range,
         type->depth() > kDeepestType ? "this type is nested too deeply"
                                      : "this type has too many parts")
      .with_hint("at most " + std::to_string(kLargestType) + " parts, " +
                 std::to_string(kDeepestType) + " levels deep");
  return false;
}

const Type* Checker::type_of(const ast::TypeExpr* type, ScopeRef scope) {
  const Type* result = types_->error();
  switch (type->kind) {
    case ast::TypeKind::Error:
      return result;
    case ast::TypeKind::Named:
      return named_type(ast::as<ast::NamedType>(type), scope);
    case ast::TypeKind::Tensor:
      return tensor_type(ast::as<ast::TensorType>(type), scope);
    case ast::TypeKind::Sequence: {
      const Type* element = type_of(ast::as<ast::SequenceType>(type)->element, scope);
      if (element->is_error()) return element;
      if (element->has_federated() || element->has_function()) {
        report(DiagnosticKind::NotAType, type->range,
               "a sequence cannot hold " +
                   std::string(element->has_function() ? "functions" : "federated values"))
            .with_hint(element->has_function()
                           ? "give each function as a parameter, or keep them in a struct"
                           : "a sequence on each client is `{T*}@CLIENTS`");
        return result;
      }
      result = types_->sequence(element);
      break;
    }
    case ast::TypeKind::Struct: {
      std::vector<Field> fields;
      std::map<std::string, SourceRange> seen;
      for (const auto& element : ast::as<ast::StructType>(type)->fields) {
        std::string name = element.name ? element.name->text : "";
        if (!name.empty()) {
          auto [it, inserted] = seen.try_emplace(name, element.name->range);
          if (!inserted) {
            report(DiagnosticKind::DuplicateName, element.name->range,
                   "field `" + name + "` stands twice")
                .with_hint("give one of the two another name")
                .with_note(it->second, "the other one is here");
          }
        }
        const Type* field = type_of(element.type, scope);
        if (field->is_error()) return field;
        fields.push_back({name, field});
      }
      result = types_->structure(std::move(fields));
      break;
    }
    case ast::TypeKind::Function: {
      const auto* function = ast::as<ast::FunctionType>(type);
      const Type* parameter = nullptr;
      if (function->parameter != nullptr) {
        parameter = type_of(function->parameter, scope);
        if (parameter->is_error()) return parameter;
      }
      const Type* value = type_of(function->result, scope);
      if (value->is_error()) return value;
      result = types_->function(parameter, value);
      break;
    }
    case ast::TypeKind::Placed:
      result = placed_type(ast::as<ast::PlacedType>(type), scope);
      break;
  }
  return type_fits(result, type->range) ? result : types_->error();
}

bool Checker::no_arguments(const ast::NamedType* type) {
  if (type->arguments.empty()) return true;
  report(DiagnosticKind::TypeArguments, type->arguments_range,
         "`" + type->name.text + "` takes no type arguments");
  return false;
}

const Type* Checker::named_type(const ast::NamedType* type, ScopeRef scope) {
  const std::string& name = type->name.text;
  if (name.empty()) return types_->error();
  const ScopeRef scope_of_use = scope;
  ModuleInfo* module = scope.scope->module;
  if (type->module) {
    DeclInfo* import = find_declaration(module, type->module->text);
    const std::string element = element_from_name(name) ? name : element_type_called(name);
    if (import == nullptr && !element.empty()) {  // `np.float32`
      report(DiagnosticKind::UnknownName, type->module->range,
             "there is no import `" + type->module->text + "` here")
          .with_hint("element types are in no module: write `" + element + "`")
          .with_fix(type->range, element);
      return types_->error();
    }
    if (import == nullptr || import->decl->kind != ast::DeclKind::Import) {
      unknown_name(scope, type->module->text, type->module->range, "import");
      return types_->error();
    }
    if (import->imported == nullptr) return types_->error();
    module = import->imported;
    if (imported_declaration(module, type->name, scope, type->range, "type") == nullptr)
      return types_->error();
    scope = module->scope->ref();
  } else if (const Binding* binding = find_binding(scope, name)) {
    switch (binding->kind) {
      case Binding::Kind::kType:
      case Binding::Kind::kElement:
        if (no_arguments(type)) return binding->type;
        return types_->error();
      case Binding::Kind::kError:
        return types_->error();
      default:
        report(DiagnosticKind::NotAType, type->range,
               "`" + name + "` is a " +
                   (binding->kind == Binding::Kind::kDim ? "dimension" : "value") + ", not a type")
            .with_hint(binding->kind == Binding::Kind::kDim
                           ? "dimensions stand behind an element type: `float32[" + name + "]`"
                           : "write the type that the value has");
        return types_->error();
    }
  }
  if (!type->module) {
    if (auto element = element_from_name(name)) {
      return no_arguments(type) ? types_->scalar(*element) : types_->error();
    }
  }
  DeclInfo* decl = find_declaration(module, name);
  if (decl == nullptr) decl = find_declaration(prelude_, name);
  if (decl != nullptr && decl->decl->kind == ast::DeclKind::Type) {
    return applied_type(decl, type, scope_of_use);
  }
  if (decl != nullptr) {
    report(DiagnosticKind::NotAType, type->range, "`" + name + "` is not a type")
        .with_hint("write the type of the value that is meant, such as `float32`")
        .with_note(decl->decl->name.range, "it is declared here");
    return types_->error();
  }
  Diagnostic& diagnostic =
      report(DiagnosticKind::UnknownName, type->range, "there is no type `" + name + "` here");
  std::string near = element_type_called(name);
  if (near.empty()) {
    std::vector<std::string_view> names;
    for (const auto& [text, info] : module->declarations) {
      if (info->decl->kind == ast::DeclKind::Type) names.push_back(text);
    }
    for (int i = 0; i < kNumElementTypes; ++i) {
      names.push_back(element_name(static_cast<ElementType>(i)));
    }
    near = nearest_name(name, names);
  }
  if (near.find('[') != std::string::npos) {
    diagnostic.with_hint(
        "text is bytes: `uint8[5]` holds five, `uint8[?<=80]` at most 80, and a number says which "
        "of several words is meant");
    return types_->error();
  }
  for (const char* other : {"List", "list", "Vec", "Array", "Sequence", "Tensor", "Dataset"}) {
    if (name != other) continue;
    diagnostic.with_hint("a tensor is `float32[3,4]`, a sequence of any length `float32*`");
    return types_->error();
  }
  diagnostic.with_hint(hint_of_missing(scope_of_use, name, "type"))
      .with_suggestion(type->name.range, near);
  return types_->error();
}

const Type* Checker::tensor_type(const ast::TensorType* type, ScopeRef scope) {
  const Type* base = type_of(type->element, scope);
  if (base->is_error()) return base;
  // `T[reduce(T, axes)]`: a shape function gives the whole type.
  if (type->dims.size() == 1 && ast::as<ast::Call>(type->dims[0].value) != nullptr) {
    const auto* call = ast::as<ast::Call>(type->dims[0].value);
    const auto* callee = ast::as<ast::NameRef>(call->callee);
    if (callee != nullptr && callee->name != "dim") {
      ShapeCall shape;
      shape.name = callee->name;
      const auto* named = ast::as<ast::NamedType>(type->element);
      const Binding* binding = named == nullptr ? nullptr : find_binding(scope, named->name.text);
      bool keeps = binding != nullptr && binding->kind == Binding::Kind::kType;
      shape.base = keeps ? nullptr : base;
      std::deque<core::Static> numbers;
      for (const ast::Argument& argument : call->arguments) {
        const auto* name = ast::as<ast::NameRef>(argument.value);
        const Binding* bound = name == nullptr ? nullptr : find_binding(scope, name->name);
        if (bound != nullptr && bound->type != nullptr && bound->kind != Binding::Kind::kVar) {
          shape.types.push_back(inference_.substitute(bound->type));
          shape.operands.push_back(operand_of(name->name));
          shape.names.push_back(path_of(name->name));
        } else if (name != nullptr) {
          const core::Static* given = nullptr;
          if (statics_ != nullptr) {
            auto it = statics_->find(name->name);
            if (it != statics_->end()) given = &it->second;
          }
          shape.statics.push_back(given);
        } else if (std::vector<int64_t> given;
                   statics_ != nullptr && constant_ints(argument.value, scope, &given)) {
          numbers.push_back(std::move(given));
          shape.statics.push_back(&numbers.back());
        }
      }
      // Before its arguments are known, a result has no type yet.
      for (const Type* argument : shape.types) {
        if (argument->is_error()) return argument;
      }
      if (statics_ == nullptr) return inference_.fresh_type();
      Refusal why;
      const Type* result = shape_call(shape, &why);
      if (result != nullptr) return result;
      report_refusal(shape, why);
      return types_->error();
    }
  }
  if (!base->is_scalar()) {
    report(DiagnosticKind::NotAType, type->element->range,
           "only an element type has dimensions, not " + show(base))
        .with_hint(base->is_tensor()
                       ? "write all dimensions behind the element type, as in `float32[3,4]`"
                       : "a sequence of these is `T*`; a struct has dimensions in its fields");
    return types_->error();
  }
  std::vector<Dim> dims;
  for (const ast::Dim& dim : type->dims) {
    auto value = dim_of(dim, scope);
    if (!value) return types_->error();
    dims.push_back(*value);
  }
  if (dims.size() > 8) {
    report(DiagnosticKind::TypeTooLarge, type->range, "a tensor has at most 8 dimensions");
    return types_->error();
  }
  return types_->tensor(base->element_or_variable(), std::move(dims));
}

// A number, or those of a list, whose entries may be lists, in order.
bool Checker::constant_ints(const ast::Expr* expr, ScopeRef scope, std::vector<int64_t>* out) {
  if (const auto* list = ast::as<ast::Struct>(expr)) {
    for (const ast::Argument& entry : list->fields) {
      if (!constant_ints(entry.value, scope, out)) return false;
    }
    return true;
  }
  const std::optional<int64_t> number = constant_int(expr, scope);
  if (number) out->push_back(*number);
  return number.has_value();
}

std::optional<Dim> Checker::dim_of(const ast::Dim& dim, ScopeRef scope) {
  if (dim.unknown && dim.value == nullptr) return Dim::unknown();
  if (const auto* name = ast::as<ast::NameRef>(dim.value)) {
    const Binding* binding = find_binding(scope, name->name);
    if (binding != nullptr && binding->kind == Binding::Kind::kDim && !dim.unknown) {
      return inference_.substitute(binding->dim);
    }
  }
  const bool computed = dim.value->kind == ast::ExprKind::Binary;
  const SourceRange around =
      std::exchange(arithmetic_, computed ? dim.value->range : SourceRange());
  auto value = constant_int(dim.value, scope);
  arithmetic_ = around;
  if (!value) return std::nullopt;
  if (*value < 0 || *value > kLargestDim) {
    Diagnostic& diagnostic = report(DiagnosticKind::BadConstant, dim.range,
                                    "a dimension cannot be " + std::to_string(*value))
                                 .with_hint("dimensions are from 0 to 2^48");
    const auto* name = ast::as<ast::NameRef>(dim.value);
    const DeclInfo* decl =
        name == nullptr ? nullptr : find_declaration(scope.scope->module, name->name);
    if (decl != nullptr && decl->decl->kind == ast::DeclKind::Constant)
      diagnostic.with_note(decl->decl->name.range, "`" + name->name + "` is declared here");
    return std::nullopt;
  }
  return dim.unknown ? Dim::bounded(*value) : Dim::fixed(*value);
}

std::optional<Placement> Checker::placement_of(const ast::Name& name, ScopeRef scope) {
  if (name.text == "SERVER") return Placement::kServer;
  if (name.text == "CLIENTS") return Placement::kClients;
  const Binding* binding = find_binding(scope, name.text);
  if (binding != nullptr && binding->kind == Binding::Kind::kPlacement) return binding->placement;
  if (!name.text.empty()) {
    report(DiagnosticKind::UnknownName, name.range, "there is no placement `" + name.text + "`")
        .with_hint("placements are `SERVER` and `CLIENTS`");
  }
  return std::nullopt;
}

const Type* Checker::placed_type(const ast::PlacedType* type, ScopeRef scope) {
  const Type* member = type_of(type->member, scope);
  if (member->is_error()) return member;
  auto placement = placement_of(type->placement, scope);
  if (!placement) return types_->error();
  bool generic = find_binding(scope, type->placement.text) != nullptr;
  if (type->per_member && *placement == Placement::kServer && !generic) {
    report(DiagnosticKind::NotAType, type->range, "the server has one value, not one per client")
        .with_hint("write `" + to_string(member) + "@SERVER`");
    return types_->error();
  }
  if (member->has_federated() || member->has_function()) {
    report(DiagnosticKind::NotAType, type->range,
           member->has_function() ? "a function cannot be placed"
                                  : "a federated value cannot be placed again")
        .with_hint(member->has_function() ? "give it as a parameter without placement"
                   : member->is_federated()
                       ? "write " + show(member)
                       : "place the struct as a whole, `{<T,U>}@CLIENTS`, or each of its fields");
    return types_->error();
  }
  return types_->federated(member, *placement, !type->per_member);
}

const Type* Checker::declared_type(DeclInfo* decl, SourceRange use) {
  if (decl->progress == Progress::kDone) return decl->type;
  if (decl->progress == Progress::kActive) {
    report(DiagnosticKind::CyclicDefinition, use,
           "type `" + decl->decl->name.text + "` contains itself")
        .with_hint(
            "types are finite: for any number of parts write a sequence, `T*`, of a type "
            "that is not this one")
        .with_note(decl->decl->name.range, "it is declared here");
    return types_->error();
  }
  DepthGuard guard(*this, use);
  decl->progress = Progress::kActive;
  // One with type parameters is looked at for its own mistakes: no use of it has this type.
  Scope* scope = new_scope(decl->module->scope->ref(), decl->module, nullptr);
  const bool sound = guard.ok() && bind_generics(decl, nullptr, {}, scope, false, std::nullopt);
  decl->type =
      sound ? type_of(ast::as<ast::TypeDecl>(decl->decl)->type, scope->ref()) : types_->error();
  decl->progress = Progress::kDone;
  if (decl->type->is_struct() && !decl->type->fields().empty() && !decl->type->has_variables()) {
    const std::string name = name_in(decl, main_);
    const auto [named, is_new] = type_names_.emplace(decl->type, name.empty() ? decl->name : name);
    if (!is_new) named->second.clear();  // which of the two is not known any more
  }
  return decl->type;
}

const Type* Checker::applied_type(DeclInfo* decl, const ast::NamedType* type, ScopeRef scope) {
  const auto* declared = ast::as<ast::TypeDecl>(decl->decl);
  const size_t wanted = declared->generics.size();
  if (type->arguments.size() != wanted) {
    report(DiagnosticKind::TypeArguments,
           type->arguments_range.valid() ? type->arguments_range : type->range,
           "type `" + decl->decl->name.text + "` takes " +
               (wanted == 0 ? "no" : std::to_string(wanted)) + " type argument" +
               (wanted == 1 ? "" : "s") + ", not " + std::to_string(type->arguments.size()))
        .with_note(decl->decl->name.range, "it is declared here");
    return types_->error();
  }
  if (wanted == 0) return declared_type(decl, type->range);
  Scope* inner = new_scope(decl->module->scope->ref(), decl->module, nullptr);
  if (!bind_generics(decl, &type->arguments, scope, inner, false, std::nullopt)) {
    return types_->error();
  }
  for (const ast::GenericParameter& generic : declared->generics) {
    const Binding* binding = find_binding(inner->ref(), generic.name.text);
    // What is open now is looked at where it is known.
    if (binding->type == nullptr || inference_.substitute(binding->type)->has_variables()) continue;
    std::string why;
    if (satisfies(binding->type, constraint_of(generic), &why)) continue;
    constraint_error(decl, generic, binding->type, why, type->range);
    return types_->error();
  }
  // Types apply types, which would be worked out again and again.
  std::string key = std::to_string(reinterpret_cast<uintptr_t>(decl));
  for (const ast::GenericParameter& generic : declared->generics) {
    const Binding* binding = find_binding(inner->ref(), generic.name.text);
    key += "," +
           std::to_string(binding->type == nullptr
                              ? inference_.substitute(binding->dim).key()
                              : reinterpret_cast<uintptr_t>(inference_.substitute(binding->type)));
  }
  const auto known = applied_types_.find(key);
  if (known != applied_types_.end()) return known->second;
  if (decl->progress == Progress::kActive) {
    report(DiagnosticKind::CyclicDefinition, type->range,
           "type `" + decl->decl->name.text + "` contains itself")
        .with_hint(
            "types are finite: for any number of parts write a sequence, `T*`, of a type "
            "that is not this one")
        .with_note(decl->decl->name.range, "it is declared here");
    return types_->error();
  }
  DepthGuard guard(*this, type->range);
  if (!guard.ok()) return types_->error();
  const Progress before = std::exchange(decl->progress, Progress::kActive);
  const Type* result = type_of(declared->type, inner->ref());
  decl->progress = before;
  return applied_types_[key] = result;
}

bool Checker::mentions(ast::TypeKind kind, const ast::TypeExpr* type, ScopeRef scope,
                       const std::vector<ast::GenericParameter>& generics) {
  if (type->kind == kind) return true;
  switch (type->kind) {
    case ast::TypeKind::Struct: {
      const auto& fields = ast::as<ast::StructType>(type)->fields;
      return std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
        return mentions(kind, field.type, scope, generics);
      });
    }
    case ast::TypeKind::Named: {
      const auto* named = ast::as<ast::NamedType>(type);
      for (const ast::TypeArgument& argument : named->arguments) {
        if (argument.type != nullptr && mentions(kind, argument.type, scope, generics)) return true;
      }
      ModuleInfo* module = scope.scope->module;
      if (named->module) {
        DeclInfo* import = find_declaration(module, named->module->text);
        module = import == nullptr ? nullptr : import->imported;
      } else if (find_binding(scope, named->name.text) != nullptr ||
                 std::any_of(generics.begin(), generics.end(), [&](const auto& generic) {
                   return generic.name.text == named->name.text;
                 })) {
        return false;
      }
      DeclInfo* decl = module == nullptr ? nullptr : find_declaration(module, named->name.text);
      if (decl == nullptr || decl->decl->kind != ast::DeclKind::Type) return false;
      const auto [known, inserted] = decl->mentions.try_emplace(kind, false);
      if (!inserted) return known->second;  // also of a type that contains itself
      const auto* declared = ast::as<ast::TypeDecl>(decl->decl);
      const bool found =
          mentions(kind, declared->type, decl->module->scope->ref(), declared->generics);
      decl->mentions[kind] = found;
      return found;
    }
    default:
      return false;
  }
}

}  // namespace fedc::checking
