// Expressions.
#include <algorithm>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc::checking {
namespace {

std::vector<std::string> field_names(const Type* type) {
  std::vector<std::string> names;
  for (const Field& field : type->fields()) names.push_back(field.name);
  return names;
}

}  // namespace

Value Checker::error() { return {types_->error(), nullptr, nullptr}; }

Value Checker::data(Value value, SourceRange range, const std::string& what) {
  if (value.function == nullptr) return value;
  if (value.function->kind == FnValue::Kind::kCurried) {
    const std::string name = callee_text(value.function);
    report(DiagnosticKind::FunctionValue, range,
           "`" + name + "(...)` is a function, and its arguments are missing")
        .with_hint("give it a function, and the arguments behind that: `" + name + "(f)(x, ...)`");
    return error();
  }
  const std::string text = written_tight(range);
  if (value.function->kind == FnValue::Kind::kStruct) {
    // One of its parts is what to use.
    std::string call, part;
    size_t functions = 0, alone = 0;
    for (size_t i = 0; i < value.function->parts.size(); ++i) {
      const FnPart& field = value.function->parts[i];
      const std::string name = "." + (field.name.empty() ? std::to_string(i) : field.name);
      const bool is_function = field.value.function != nullptr;
      functions += is_function;
      if (!is_function) alone = i;
      std::string& first = is_function ? call : part;
      if (first.empty()) first = name;
    }
    const std::vector<std::string> rest = values_in(written(range));
    report(DiagnosticKind::FunctionValue, range,
           functions == 1 && !part.empty()
               ? "this struct holds a function, `" + call + "`, and is no data"
               : "this is " + shown_function(value.function) + ", and no data")
        .with_hint(rest.size() == value.function->parts.size() && functions + 1 == rest.size()
                       ? "leave the function `" + call + "` out: write `" + rest[alone] + "`"
                   : text[0] == '(' ? "leave the function `" + call + "` out"
                   : part.empty()   ? "call the function in it: `" + text + call + "(...)`"
                                    : "leave the function `" + call +
                                          "` out, or write the data alone, "
                                          "`" +
                                          text + part + "`");
    return error();
  }
  Diagnostic& diagnostic = report(
      DiagnosticKind::FunctionValue, range,
      what.empty()
          ? "a function is no data: it can only be called, bound by `let`, kept in a struct, "
            "or given to a function"
          : "this is a function, but " + what + " is data");
  hint_to_call(diagnostic, value.function);
  return error();
}

Value Checker::infer(const ast::Expr* expr, ScopeRef scope, const Type* expected) {
  switch (expr->kind) {
    case ast::ExprKind::Error:
      return error();
    case ast::ExprKind::Number:
    case ast::ExprKind::Bool: {
      auto value = constant(expr, scope);
      return value ? literal(*value, expr->range) : error();
    }
    case ast::ExprKind::String: {
      const auto* string = ast::as<ast::String>(expr);
      const Type* type = types_->tensor(ElementType::kUint8,
                                        {Dim::fixed(static_cast<int64_t>(string->bytes.size()))});
      return {type, program_->make<core::Constant>(type, expr->range, string->bytes), nullptr};
    }
    case ast::ExprKind::NameRef:
      return infer_name(ast::as<ast::NameRef>(expr), scope);
    case ast::ExprKind::PlacementRef:
      report(DiagnosticKind::NotAValue, expr->range,
             "`" + std::string(spelling(ast::as<ast::PlacementRef>(expr)->placement)) +
                 "` is a placement, not a value")
          .with_hint(context_ != nullptr && context_->local
                         ? "remove it: a function without placements runs where it is called"
                         : "`federated_value(x, " +
                               std::string(spelling(ast::as<ast::PlacementRef>(expr)->placement)) +
                               ")` is x, placed there");
      return error();
    case ast::ExprKind::Struct:
      return infer_struct(ast::as<ast::Struct>(expr), scope, expected);
    case ast::ExprKind::Field:
      return infer_field(ast::as<ast::Field>(expr), scope);
    case ast::ExprKind::Index:
      return infer_index(ast::as<ast::Index>(expr), scope);
    case ast::ExprKind::TypeApply:
      return infer_type_apply(ast::as<ast::TypeApply>(expr), scope);
    case ast::ExprKind::Call:
      return infer_call(ast::as<ast::Call>(expr), scope, expected);
    case ast::ExprKind::Unary:
      return infer_unary(ast::as<ast::Unary>(expr), scope);
    case ast::ExprKind::Binary:
      return infer_binary(ast::as<ast::Binary>(expr), scope);
    case ast::ExprKind::If:
      return infer_if(ast::as<ast::If>(expr), scope, expected);
    case ast::ExprKind::Match:
      return infer_match(ast::as<ast::Match>(expr), scope, expected);
    case ast::ExprKind::Block:
      return infer_block(ast::as<ast::Block>(expr), scope, expected);
    case ast::ExprKind::Lambda: {
      FnValue* function = new_function_value(FnValue::Kind::kClosure, expr->range);
      function->lambda = ast::as<ast::Lambda>(expr);
      function->scope = scope;
      function->key = "c" + std::to_string(reinterpret_cast<uintptr_t>(expr)) + "." +
                      std::to_string(reinterpret_cast<uintptr_t>(scope.scope));
      Value value;
      value.function = function;
      return value;
    }
  }
  return error();
}

Value Checker::check_expr(const ast::Expr* expr, ScopeRef scope, const Type* expected,
                          const std::string& what) {
  const Value value = infer(expr, scope, expected);
  const size_t mark = diagnostics_.reported();
  const Value adapted = adapt(value, expected, value_range(expr), what);
  if (adapted.is_error() && !value.is_error()) suggest_number(expr, scope, expected, mark);
  return adapted;
}

SourceRange Checker::value_range(const ast::Expr* expr) {
  while (const auto* block = ast::as<ast::Block>(expr)) expr = block->value;
  return expr->range;
}

Value Checker::coerce(Value value, const Type* to, SourceRange range, const std::string& what,
                      bool of_operation) {
  if (value.is_error() || to->is_error()) return value.is_error() ? value : error();
  const Type* before = inference_.substitute(value.type);
  if (auto failed = inference_.assign(value.type, to)) {
    mismatch(*failed, before, inference_.substitute(to), range, what);
    return error();
  }
  const Type* from = inference_.substitute(value.type);
  const Type* target = inference_.substitute(to);
  if (from == target) return {from, value.expr, nullptr};
  // An operation takes any dimensions; where it needs them equal it checks that itself.
  if (of_operation && from->is_tensor()) return {from, value.expr, nullptr};
  return {target, program_->make<core::Coerce>(target, value.expr->range, value.expr), nullptr};
}

Value Checker::literal(const ConstValue& value, SourceRange range) {
  const Type* type = value.type;
  if (type == nullptr) {
    type = inference_.literal(std::holds_alternative<double>(value.value));
  }
  auto* constant = program_->make<core::Constant>(type, range, value.value);
  if (value.type == nullptr) pending_literals_.push_back({constant});
  return {type, constant, nullptr};
}

Value Checker::reference(const core::Var* var, SourceRange range) {
  const Type* type = inference_.resolve(var->type);
  if (type->has_federated()) {
    if (!context_->mapped_by.empty()) {
      report(DiagnosticKind::FederatedInLocal, range,
             "`" + var->name + "` is federated: a function given to `" + context_->mapped_by +
                 "` sees only what one participant has")
          .with_hint(hint_of_capture(var->name, type))
          .with_note(var->range, "it is " + show(type));
      return error();
    }
    if (context_->if_depth > 0) {
      if (std::exchange(under_if_.reported, true)) return error();
      report(DiagnosticKind::FederatedUnderIf, range,
             "`" + var->name +
                 "` is federated and cannot be used under `if`: all participants "
                 "must take part in the same operations")
          .with_hint(hint_under_if("", var->name, ""));
      return error();
    }
  }
  return {var->type, program_->make<core::Ref>(range, capture(context_, var)), nullptr};
}

Value Checker::infer_name(const ast::NameRef* name, ScopeRef scope) {
  if (const Binding* binding = find_binding(scope, name->name)) {
    switch (binding->kind) {
      case Binding::Kind::kVar:
        return reference(binding->var, name->range);
      case Binding::Kind::kFunction: {
        Value value;
        value.function = binding->function;
        return value;
      }
      case Binding::Kind::kDim: {
        auto value = constant_name(name, scope);
        return value ? literal(*value, name->range) : error();
      }
      case Binding::Kind::kError:
        return error();
      default:
        report(DiagnosticKind::NotAValue, name->range,
               "`" + name->name + "` is a type, not a value")
            .with_note(binding->range, "it is declared here");
        return error();
    }
  }
  DeclInfo* decl = find_declaration(scope.scope->module, name->name);
  if (decl == nullptr) decl = find_declaration(prelude_, name->name);
  if (decl != nullptr) return infer_declaration(decl, name->range, scope);
  unknown_name(scope, name->name, name->range, "value");
  return error();
}

Value Checker::infer_type_apply(const ast::TypeApply* apply, ScopeRef scope) {
  Value value = infer(apply->function, scope);
  if (value.is_error()) return value;
  const FnValue* base = value.function;
  if (base == nullptr || base->kind != FnValue::Kind::kDecl ||
      base->decl->function()->generics.empty()) {
    report(DiagnosticKind::TypeArguments, apply->arguments_range,
           "`" + written(apply->function->range) + "` takes no type arguments")
        .with_hint("leave them out: `" + written(apply->function->range) + "(...)`");
    return error();
  }
  FnValue* function = new_function_value(FnValue::Kind::kDecl, apply->range);
  function->decl = base->decl;
  function->type_args = apply;
  function->scope = scope;
  function->key = base->key + "<" + std::to_string(reinterpret_cast<uintptr_t>(apply)) + "." +
                  std::to_string(reinterpret_cast<uintptr_t>(scope.scope));
  value.function = function;
  return value;
}

Value Checker::select(Value base, int index, SourceRange range) {
  const Type* type = inference_.resolve(base.type);
  const Type* member = type->is_federated() ? inference_.resolve(type->member()) : type;
  const Type* field = member->fields()[index].type;
  if (type->is_federated()) {
    field = types_->federated(field, type->placement(), type->all_equal());
  }
  return {field, program_->make<core::Select>(field, range, base.expr, index), nullptr};
}

Value Checker::infer_field(const ast::Field* field, ScopeRef scope) {
  if (DeclInfo* import = imported_module(field->base, scope)) {
    if (import->imported == nullptr || field->name.text.empty()) return error();
    DeclInfo* decl = imported_declaration(import->imported, field->name, scope, field->range);
    return decl == nullptr ? error() : infer_declaration(decl, field->range, scope);
  }
  if (field_of_foreign_module(field, scope)) return error();
  Value base = infer(field->base, scope);
  if (base.function != nullptr && base.function->kind == FnValue::Kind::kStruct) {
    return function_field(base.function, field->name, field->range);
  }
  base = data(base, field->base->range);
  if (base.is_error() || field->name.text.empty()) return error();
  const Type* type = inference_.resolve(base.type);
  const Type* member = type->is_federated() ? inference_.resolve(type->member()) : type;
  if (member->is_error()) return error();
  if (!member->is_struct()) {
    Diagnostic& diagnostic =
        report(DiagnosticKind::NoSuchField, field->name.range,
               show(type) + " is not a struct: it has no field `" + field->name.text + "`");
    const OtherNames others = other_names(field->name.text);
    const std::string& operation = member->is_sequence() ? others.of_sequence : others.of_tensor;
    const std::string text = written(field->base->range);
    const std::string over_clients = "federated_" + field->name.text;
    if (type->is_federated() && type->placement() == Placement::kClients && member->is_scalar() &&
        find_declaration(prelude_, over_clients) != nullptr) {
      diagnostic
          .with_hint("values have no methods: write `" + over_clients + "(" + text +
                     ")` over all clients")
          .replacing(use_of(field->range));
    } else if (!operation.empty()) {
      diagnostic.with_hint("values have no methods and no attributes: write `" +
                           filled(operation, text) + "`");
      const bool has_arguments = called_ != nullptr && called_->callee->range == field->range &&
                                 !called_->arguments.empty();
      if (!has_arguments) diagnostic.replacing(use_of(field->range));
    }
    return error();
  }
  int index = member->field_index(field->name.text);
  if (index >= 0) return select(base, index, field->range);
  no_such_field(show(type), field_names(member), field->name);
  return error();
}

void Checker::no_such_field(const std::string& shown, const std::vector<std::string>& names,
                            const ast::Name& name) {
  Diagnostic& diagnostic =
      report(DiagnosticKind::NoSuchField, name.range, shown + " has no field `" + name.text + "`");
  const std::string nearest(nearest_name(name.text, {names.begin(), names.end()}));
  if (!nearest.empty() || names.empty() || names.front().empty()) {
    diagnostic.with_suggestion(name.range, nearest);
    return;
  }
  constexpr size_t kShown = 12;
  std::string all;
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i)
    all += (i == 0 ? "`" : ", `") + names[i] + "`";
  diagnostic.with_hint("its fields are " + all + (names.size() > kShown ? ", ..." : ""));
}

// `tff.federated_mean`, `np.exp`, `torch.nn.functional.relu`: reports it.
bool Checker::field_of_foreign_module(const ast::Field* field, ScopeRef scope) {
  const ast::Expr* outermost = field->base;
  while (const auto* outer = ast::as<ast::Field>(outermost)) outermost = outer->base;
  const auto* base = ast::as<ast::NameRef>(outermost);
  if (base == nullptr || find_binding(scope, base->name) != nullptr ||
      find_declaration(scope.scope->module, base->name) != nullptr ||
      find_declaration(prelude_, base->name) != nullptr) {
    return false;
  }
  const std::string message = "there is no value `" + base->name + "` here";
  const std::string& name = field->name.text;
  if (find_declaration(prelude_, name) != nullptr) {
    const bool is_called = called_ != nullptr && called_->callee->range == field->range;
    const std::string call = written(is_called ? called_->range : field->range);
    const size_t at = call.find(name);
    report(DiagnosticKind::UnknownName, base->range, message)
        .with_hint("operations are in no module: write `" +
                   (at == std::string::npos ? name : call.substr(at)) + "`, without `" +
                   written(field->base->range) + ".`")
        .with_fix(field->range, name)
        .replacing(use_of(field->range));
    return true;
  }
  // A module of the library that is not imported has it: that is the mistake.
  const auto& members = std_members("value");
  const auto library = members.find("std/" + base->name);
  if (library != members.end() &&
      std::find(library->second.begin(), library->second.end(), name) != library->second.end()) {
    return false;
  }
  if (++unknown_names_ > DiagnosticEngine::kMaxPrinted) return false;
  // `sum` of any other library is one of a tensor.
  std::string hint;
  const OtherNames others = library == members.end() ? other_names(name) : OtherNames();
  if (others.of_tensor.empty())
    hint = hint_of_meant(scope, "std/" + base->name, name, "value", field->range);
  if (hint.empty()) {
    if (others.of_tensor.empty()) return false;
    const bool called =
        called_ != nullptr && called_->callee->range == field->range && !called_->arguments.empty();
    hint = "write `" +
           filled(others.of_tensor,
                  called ? written_argument(called_->arguments[0].value) : std::string("x")) +
           "`";
  }
  Diagnostic& diagnostic = report(DiagnosticKind::UnknownName, base->range, message);
  diagnostic.with_hint(hint);
  if (!hint.starts_with("write `import")) diagnostic.replacing(use_of(field->range));
  return true;
}

Value Checker::infer_index(const ast::Index* index, ScopeRef scope) {
  Value base = infer(index->base, scope);
  if (base.function != nullptr && base.function->kind == FnValue::Kind::kStruct &&
      index->index < base.function->parts.size()) {
    return part_of(base.function, index->index, index->range);
  }
  base = data(base, index->base->range);
  if (base.is_error()) return error();
  const Type* type = inference_.resolve(base.type);
  const Type* member = type->is_federated() ? inference_.resolve(type->member()) : type;
  if (member->is_error()) return error();
  if (!member->is_struct() || index->index >= member->fields().size()) {
    const std::string number = std::to_string(index->index);
    const size_t count = member->is_struct() ? member->fields().size() : 0;
    std::string hint;
    if (count > 0) {
      hint = "fields are counted from 0: the last is `." + std::to_string(count - 1) + "`";
    } else if (member->is_sequence()) {
      hint = "the elements of a sequence are read one by one, by `sequence_reduce`" +
             hint_of_element(member->member(), written(index->base->range), index->index);
    } else if (member->is_tensor() && member->rank() > 0) {
      hint = "`." + number + "` is a field of a struct; element " + number +
             " of a tensor is `take(" + written(index->base->range) + ", " + number +
             ")`, and `slice` gives a part of it";
    }
    report(DiagnosticKind::NoSuchField, index->index_range,
           member->is_struct()
               ? show(type) + " has " + counted(count, "field") + ": none has index " + number
               : show(type) + " is not a struct: it has no fields")
        .with_hint(hint);
    return error();
  }
  return select(base, static_cast<int>(index->index), index->range);
}

Value Checker::infer_struct(const ast::Struct* value, ScopeRef scope, const Type* expected) {
  if (value->base != nullptr) return infer_update(value, scope);
  return struct_of(unchecked_args(value->fields, scope), expected, value->range);
}

// `(..s, x=1)`: a struct of the type of s.
Value Checker::infer_update(const ast::Struct* update, ScopeRef scope) {
  Value base = infer(update->base, scope);
  if (base.function != nullptr && base.function->kind == FnValue::Kind::kStruct) {
    return update_functions(base.function, update, scope);
  }
  base = data(base, update->base->range);
  if (base.is_error()) return error();
  const Type* type = inference_.resolve(base.type);
  const Type* member = type->is_federated() ? inference_.resolve(type->member()) : type;
  if (!member->is_struct()) {
    report(DiagnosticKind::NoSuchField, update->base->range,
           show(type) + " is not a struct: it has no fields to change");
    return error();
  }
  Bindings lets;
  base = as_variable(base, lets);
  std::vector<Value> parts;
  for (size_t i = 0; i < member->fields().size(); ++i) {
    parts.push_back(select(base, static_cast<int>(i), update->base->range));
  }
  std::map<int, SourceRange> changed;
  bool failed = false;
  for (const ast::Argument& field : update->fields) {
    const int index = member->field_index(field.name->text);
    if (index < 0) {
      no_such_field(show(type), field_names(member), *field.name);
      failed = true;
      continue;
    }
    const auto [first, inserted] = changed.try_emplace(index, field.name->range);
    if (!inserted) {
      report(DiagnosticKind::DuplicateName, field.name->range,
             "field `" + field.name->text + "` stands twice")
          .with_hint("leave one of the two out")
          .with_note(first->second, "the other one is here");
      failed = true;
      continue;
    }
    Value& part = parts[static_cast<size_t>(index)];
    part = check_expr(field.value, scope, part.type, "field `" + field.name->text + "`");
    failed |= part.is_error();
  }
  if (failed) return error();
  std::vector<Field> fields;
  std::vector<core::Expr*> values;
  for (size_t i = 0; i < parts.size(); ++i) {
    fields.push_back({member->fields()[i].name, inference_.resolve(parts[i].type)});
    values.push_back(parts[i].expr);
  }
  const Type* made = types_->structure(std::move(fields));
  return wrap(
      lets, {made, program_->make<core::Struct>(made, update->range, std::move(values)), nullptr});
}

Value Checker::struct_of(std::vector<Arg> values, const Type* expected, SourceRange range) {
  if (expected != nullptr) expected = inference_.resolve(expected);
  bool fits =
      expected != nullptr && expected->is_struct() && expected->fields().size() == values.size();
  std::vector<Field> fields;
  std::vector<core::Expr*> parts;
  std::vector<FnPart> all;
  std::map<std::string, SourceRange> seen;
  bool failed = false, has_function = false;
  for (size_t i = 0; i < values.size(); ++i) {
    Arg& field = values[i];
    std::string name = field.name != nullptr ? field.name->text : "";
    if (!name.empty()) {
      auto [it, inserted] = seen.try_emplace(name, field.name->range);
      if (!inserted) {
        report(DiagnosticKind::DuplicateName, field.name->range,
               "field `" + name + "` stands twice")
            .with_hint("leave one of the two out, or give it another name")
            .with_note(it->second, "the other one is here");
        failed = true;
      }
    }
    const Type* hint = fits ? expected->fields()[i].type : nullptr;
    Value part = arg_value(field, hint);
    failed |= part.is_error();
    if (failed) continue;
    has_function |= part.function != nullptr;
    if (part.function != nullptr) {
      all.push_back({name, part});
      continue;
    }
    // Each part is coerced by itself where that is possible; what does not fit is told of the
    // whole.
    if (hint != nullptr && part.type != hint && !hint->has_variables() &&
        !part.type->has_variables() && !fedc::assign(*types_, part.type, hint)) {
      part = coerce(part, hint, field.range, "the field");
    }
    all.push_back({name, part});
    fields.push_back({name, part.type});
    parts.push_back(part.expr);
  }
  if (failed) return error();
  if (has_function) return function_struct(std::move(all), range);
  for (Field& field : fields) field.type = inference_.resolve(field.type);
  const Type* type = types_->structure(std::move(fields));
  if (!type_fits(type, range)) return error();
  return {type, program_->make<core::Struct>(type, range, std::move(parts)), nullptr};
}

Arg Checker::value_arg(Value value, SourceRange range) {
  Arg arg;
  arg.value = value;
  arg.range = range;
  return arg;
}

}  // namespace fedc::checking
