// Names that are not there, and what was meant by them.
#include <algorithm>
#include <map>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/stdlib/stdlib.h"

namespace fedc::checking {

std::vector<std::string_view> Checker::visible_names(ScopeRef scope) {
  std::vector<std::string_view> names;
  ModuleInfo* module = scope.scope->module;
  for (ScopeRef s = scope; s.scope != nullptr; s = s.scope->parent) {
    for (const auto& [name, binding] : s.scope->names) {
      if (binding.number < s.limit) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());  // the order of a hash table is not the same everywhere
  for (const auto& [name, decl] : module->declarations) names.push_back(name);
  for (const auto& [name, decl] : prelude_->declarations) names.push_back(name);
  return names;
}

// In what is to be written, `%` is the operand.
OtherNames Checker::other_names(const std::string& name) {
  static const std::map<std::string, OtherNames> kNames = {
      {"sum", {"reduce_sum(%)", "sequence_sum(%)"}},
      {"mean",
       {"reduce_mean(%)",
        "sequence_reduce(%, (n=0.0, sum=0.0), fn(a, x) { (n=a.n + 1.0, sum=a.sum + x) })"}},
      {"max", {"reduce_max(%)", "sequence_reduce(%, -inf<float32>(), maximum)"}},
      {"min", {"reduce_min(%)", "sequence_reduce(%, inf<float32>(), minimum)"}},
      {"prod", {"reduce_prod(%)", "sequence_reduce(%, 1.0, multiply)"}},
      {"any", {"reduce_any(%)", "sequence_reduce(%, false, fn(a, x) { a || x })"}},
      {"all", {"reduce_all(%)", "sequence_reduce(%, true, fn(a, x) { a && x })"}},
      {"T", {"transpose(%)", ""}},
      {"shape", {"dim(%, 0)", ""}},
      {"size", {"dim(%, 0)", "sequence_reduce(%, 0i64, fn(n, _) { n + 1 })"}},
      {"len", {"dim(%, 0)", "sequence_reduce(%, 0i64, fn(n, _) { n + 1 })"}},
      {"astype", {"cast<float32>(%)", ""}},
      {"range", {"iota<int32[3]>()", ""}},
      {"arange", {"iota<int32[3]>()", ""}},
      {"fold", {"", "sequence_reduce(%, 0.0, fn(so_far, x) { ... })"}},
      {"reduce", {"", "sequence_reduce(%, 0.0, fn(so_far, x) { ... })"}},
      {"map", {"", "sequence_map(fn(x) { ... }, %)"}},
      {"filter", {"", "sequence_filter(fn(x) { ... }, %)"}},
      {"take", {"take(%, 0)", "sequence_take(%, 1)"}},
      {"skip", {"", "sequence_skip(%, 1)"}},
      {"batch", {"", "sequence_batch(%, 32)"}},
      {"repeat", {"", "sequence_repeat(%, 2)"}},
      {"shuffle", {"", "sequence_shuffle(%, buffer=100, key=key)"}},
      {"reshape", {"reshape<float32[2,3]>(%)", ""}},
  };
  if (auto found = kNames.find(name); found != kNames.end()) return found->second;
  const auto known = [&](const std::string& operation) {
    return find_declaration(prelude_, operation) != nullptr ? operation + "(%)" : "";
  };
  return {known(name), known("sequence_" + name)};
}

namespace {

constexpr char kToServer[] =
    "what clients have comes to the server combined, never one by one: write `federated_sum`, "
    "`federated_mean`, `federated_min`, `federated_max` or `federated_aggregate`, whose result is "
    "one "
    "value, such as `float32@SERVER`";

// What to write for names that are known from elsewhere and mean no function of a tensor; or "".
// `$` is for the arguments of the call.
std::string hint_of_foreign(const std::string& name) {
  static const std::map<std::string, std::string> kHints = {
      {"True", "write `true`"},
      {"False", "write `false`"},
      {"None", "there is no such value: give one of the type that is wanted, such as `0.0`"},
      {"print", "`debug(x)` is x, and `fed-run` shows it"},
      {"federated_avg", "write `federated_mean($)`"},
      {"federated_average", "write `federated_mean($)`"},
      {"federated_weighted_mean", "write `federated_mean($)`"},
      {"federated_reduce", "write `federated_aggregate(...)`"},
      {"federated_collect", kToServer},
      {"federated_gather", kToServer},
      {"federated_all_gather", kToServer},
      {"federated_concat", kToServer},
      {"federated_concatenate", kToServer},
      {"federated_sample", kToServer},
      {"federated_apply", "write `federated_map(f, value)`"},
      {"federated_value_at_server", "write `federated_value(x, SERVER)`"},
      {"federated_value_at_clients", "write `federated_value(x, CLIENTS)`"},
      {"federated_eval_at_server", "write `federated_eval(f, SERVER)`"},
      {"federated_eval_at_clients", "write `federated_eval(f, CLIENTS)`"},
      {"federated_map_all_equal", "write `federated_map(f, value)`"},
      {"federated_send", "write `federated_broadcast(value)` from the server to the clients"},
      {"federated_scatter", "write `federated_broadcast(value)`, or `federated_select` for parts"},
      {"federated_secure_select", "write `federated_select(...)`"},
      {"max",
       "write `maximum(x, y)` of two values, `reduce_max(x)` of a tensor, `sequence_reduce(xs, "
       "-inf<float32>(), maximum)` of a sequence"},
      {"min",
       "write `minimum(x, y)` of two values, `reduce_min(x)` of a tensor, `sequence_reduce(xs, "
       "inf<float32>(), minimum)` of a sequence"},
      {"pow", "write `power($)`"},
      {"where", "write `select(condition, x, y)`"},
      {"clip", "write `clamp(smallest, x, largest)`"},
      {"ln", "write `log($)`"},
      {"square", "write `x * x`"},
      {"mod", "write `x % y`"},
      {"full", "write `fill<float32[3]>(x)`, for example"},
      {"zeros_like", "write `0.0 * x`, or `zeros<float32[3]>()` of a type that is known"},
      {"ones_like", "write `0.0 * x + 1.0`, or `ones<float32[3]>()` of a type that is known"},
      {"einsum", "write `matmul(x, y)`, or `dot_general(...)` for other dimensions"},
      {"std", "modules of the standard library are imported: `import \"std/nn\" as nn;`"},
      {"federated_computation", "a function over placed values is one: write `fn`"},
      {"tf_computation", "a function without placements is one: write `fn`"},
  };
  const auto found = kHints.find(name);
  if (found != kHints.end()) return found->second;
  return "";
}

// Where a pattern binds `name`; invalid where it does not.
SourceRange bound_in(const ast::Pattern* pattern, const std::string& name) {
  if (const auto* one = ast::as<ast::NamePattern>(pattern)) {
    return one->name == name ? one->range : SourceRange();
  }
  if (const auto* fields = ast::as<ast::StructPattern>(pattern)) {
    for (const auto& field : fields->fields) {
      if (const SourceRange range = bound_in(field.pattern, name); range.valid()) return range;
    }
  }
  return {};
}

}  // namespace

// A name that is bound further down in a block around its use: says so.
bool Checker::note_bound_below(ScopeRef scope, const std::string& name, Diagnostic& diagnostic) {
  for (ScopeRef s = scope; s.scope != nullptr; s = s.scope->parent) {
    if (s.scope->block == nullptr) continue;
    for (const ast::Let& let : s.scope->block->lets) {
      const SourceRange range = bound_in(let.pattern, name);
      if (!range.valid()) continue;
      diagnostic
          .with_hint("a `let` is seen by what stands below it: move that of `" + name + "` up")
          .with_note(range, "`" + name + "` is bound here");
      return true;
    }
  }
  return false;
}

// Where nothing is near.
std::string Checker::hint_of_missing(ScopeRef scope, const std::string& name,
                                     std::string_view what) {
  const DeclInfo* owner = scope.scope->owner;
  if (what == "type") return "declare it: `type " + name + " = ...;`";
  if (what == "import") {
    return "write `import \"" + name + ".fed\" as " + name + ";` where the file begins";
  }
  if (what == "constant") {
    return "declare `const " + name + " = 3;`, for example, or, where each call gives it, a type " +
           "parameter of the function: `fn " + (owner == nullptr ? "f" : owner->decl->name.text) +
           "<" + name + ": dim>(...)`";
  }
  if (name.rfind("federated_", 0) == 0) {
    return "clients and server exchange values by `federated_broadcast`, `federated_sum`, "
           "`federated_mean`, `federated_min`, `federated_max`, `federated_aggregate` and "
           "`federated_select`; `federated_map` computes where they are";
  }
  for (const DeclInfo* info : scope.scope->module->in_order) {
    const ast::FunctionDecl* function = info->function();
    if (function == nullptr || info == owner || owner == nullptr) continue;
    for (const ast::Parameter& parameter : function->parameters) {
      if (parameter.name.text != name || parameter.type == nullptr) continue;
      return "it is a parameter of `" + function->name.text + "`, which only `" +
             function->name.text + "` sees: make it one of `" + owner->decl->name.text +
             "`, too, `" + written(parameter.range) + "`";
    }
  }
  return "bind it with `let`, or make it a parameter or a `const`";
}

SourceRange Checker::use_of(SourceRange name) const {
  if (called_ == nullptr) return name;
  const auto* applied = ast::as<ast::TypeApply>(called_->callee);
  const ast::Expr* callee = applied == nullptr ? called_->callee : applied->function;
  return callee->range == name ? called_->range : name;
}

void Checker::unknown_name(ScopeRef scope, const std::string& name, SourceRange range,
                           std::string_view what) {
  if (name.empty()) return;  // it was missing, and that has been reported
  Diagnostic& diagnostic = report(DiagnosticKind::UnknownName, range,
                                  "there is no " + std::string(what) + " `" + name + "` here");
  // No more are shown than this, and each looks at all names.
  if (++unknown_names_ > DiagnosticEngine::kMaxPrinted) return;
  // The arguments, where it is called.
  std::string given;
  if (called_ != nullptr && called_->callee->range == range) {
    for (const ast::Argument& argument : called_->arguments)
      given += (given.empty() ? "" : ", ") + written(argument.range);
  }
  if (given.empty()) given = "...";
  if (std::string hint = hint_of_foreign(name); what == "value" && !hint.empty()) {
    const size_t at = hint.find('$');
    diagnostic.with_hint(at == hint.npos ? hint : hint.replace(at, 1, given));
    return;
  }
  const std::string element = element_from_name(name) ? name : element_type_called(name);
  if (what == "value" && !element.empty() && element.find('[') == element.npos) {
    diagnostic.with_hint("write `cast<" + element + ">(" + given + ")` to convert a value")
        .replacing(use_of(range));
    return;
  }
  // In a body it would have been found: this is a default value, or a dimension in a type.
  if (scope.scope->owner != nullptr) {
    const auto* decl = ast::as<ast::FunctionDecl>(scope.scope->owner->decl);
    for (size_t i = 0; decl != nullptr && i < decl->parameters.size(); ++i) {
      if (decl->parameters[i].name.text != name) continue;
      diagnostic.with_hint(
          "it is a parameter, and neither default values nor types can use parameters: they are "
          "fixed before the call; compute with it in the body");
      return;
    }
  }
  if (what == "value" && note_bound_below(scope, name, diagnostic)) return;
  if (nearest_name(name, visible_names(scope)).empty() && (what == "value" || what == "type") &&
      std_module_of(name).empty()) {
    if (const std::string hint = hint_of_meant(scope, "", name, what, range); !hint.empty()) {
      diagnostic.with_hint(hint);
      if (!hint.starts_with("write `import")) diagnostic.replacing(use_of(range));
      return;
    }
  }
  for (const StdlibFile& file : stdlib_files()) {
    if (file.module != "std/" + name) continue;
    diagnostic.with_hint("it is a module: write `import \"" + std::string(file.module) + "\" as " +
                         name + ";` where the file begins");
    return;
  }
  const std::string_view module = std_module_of(name);
  const OtherNames others = what == "value" ? other_names(name) : OtherNames();
  if (others.of_tensor.size() + others.of_sequence.size() > 0) {
    const std::string of_tensor = "`" + filled(others.of_tensor, "x") + "` of a tensor";
    const std::string of_sequence = "`" + filled(others.of_sequence, "xs") + "` of a sequence";
    diagnostic.with_hint("write " + (others.of_tensor.empty() ? of_sequence
                                     : others.of_sequence.empty()
                                         ? of_tensor
                                         : of_tensor + ", " + of_sequence));
    return;
  }
  if (module.empty()) {
    diagnostic.with_hint(hint_of_missing(scope, name, what))
        .with_suggestion(range, nearest_name(name, visible_names(scope)));
    return;
  }
  // As the file calls the module, or as it could.
  std::string alias(module.substr(module.find('/') + 1));
  std::string first = "write `import \"" + std::string(module) + "\" as " + alias + ";` and ";
  for (const DeclInfo* info : scope.scope->module->in_order) {
    const auto* import = ast::as<ast::ImportDecl>(info->decl);
    if (import == nullptr || import->path != module) continue;
    alias = import->name.text;
    first = "write ";
  }
  diagnostic.with_hint("it is in the standard library: " + first + "`" + alias + "." + name + "`");
  if (first == "write ") diagnostic.with_fix(range, alias + "." + name);
}

DeclInfo* Checker::imported_declaration(ModuleInfo* module, const ast::Name& name, ScopeRef scope,
                                        SourceRange used, std::string_view what) {
  DeclInfo* decl = find_declaration(module, name.text);
  if (decl != nullptr && !is_private(name.text)) return decl;
  if (decl != nullptr) {
    report(DiagnosticKind::PrivateName, name.range,
           "`" + name.text + "` is private: its name starts with `_`, so that only `" +
               module->path + "` sees it")
        .with_hint("use what the file offers to others, or take the `_` from its name there")
        .with_note(decl->decl->name.range, "it is declared here");
    return nullptr;
  }
  std::vector<std::string_view> names;
  std::string some;
  for (const DeclInfo* info : module->in_order) {
    const std::string& declared = info->decl->name.text;
    const bool is_import = info->decl->kind == ast::DeclKind::Import;
    if (declared.empty() || is_import || is_private(declared)) continue;
    const bool is_type = info->decl->kind == ast::DeclKind::Type;
    if ((what == "type") != is_type && what != "any") continue;
    names.push_back(declared);
  }
  constexpr size_t kShown = 12;
  for (size_t i = 0; i < names.size() && i < kShown; ++i)
    some += (i == 0 ? "`" : ", `") + std::string(names[i]) + "`";
  Diagnostic& diagnostic = report(DiagnosticKind::UnknownName, name.range,
                                  "`" + module->path + "` has no `" + name.text + "`");
  // `<std/nn.fed>` is `std/nn`.
  const bool is_std = module->path.starts_with("<std/");
  const std::string library =
      is_std ? module->path.substr(1, module->path.find('.') - 1) : std::string();
  if (const std::string nearest = nearest_name(name.text, names); !nearest.empty()) {
    diagnostic.with_suggestion(name.range, nearest);
  } else if (!some.empty()) {
    diagnostic.with_hint("it has " + some + (names.size() > kShown ? ", ..." : ""));
  }
  if (!is_std || ++unknown_names_ > DiagnosticEngine::kMaxPrinted) return nullptr;
  if (const std::string hint = hint_of_meant(scope, library, name.text, what, used);
      !hint.empty()) {
    diagnostic.with_hint(hint);
    diagnostic.fix.reset();
    // A type keeps its arguments.
    SourceRange whole = used;
    if (what == "type") whole.length = name.range.end_offset() - used.begin.offset;
    if (!hint.starts_with("write `import")) diagnostic.replacing(use_of(whole));
  }
  return nullptr;
}

}  // namespace fedc::checking
