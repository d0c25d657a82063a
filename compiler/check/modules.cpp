// Files, imports, declarations and names.
#include <algorithm>
#include <map>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/parse/parse.h"
#include "compiler/stdlib/stdlib.h"

namespace fedc::checking {
namespace {

// How often a function that calls itself is to be repeated, in terms of its parameters: `fold`
// counts in `int64`.
std::string times(const ast::FunctionDecl* function) {
  for (size_t i = 0; function != nullptr && i < function->parameters.size(); ++i) {
    const ast::Parameter& parameter = function->parameters[i];
    const auto* type = ast::as<ast::NamedType>(parameter.type);
    const std::string name = type == nullptr || type->module ? "" : type->name.text;
    if (name == "int64") return parameter.name.text;
    if (name.starts_with("int") || name.starts_with("uint"))
      return "cast<int64>(" + parameter.name.text + ")";
  }
  return "n";
}

std::string folder_of(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string stem_of(const std::string& path) {
  std::string name = path.substr(folder_of(path).size());
  size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

// `a/./b//c/../d` -> `a/b/d`, so that one file is imported once whatever it is called.
std::string normalized(const std::string& path) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (begin <= path.size()) {
    size_t end = std::min(path.find('/', begin), path.size());
    std::string part = path.substr(begin, end - begin);
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    begin = end + 1;
  }
  std::string result = !path.empty() && path[0] == '/' ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) result += (i == 0 ? "" : "/") + parts[i];
  return result.empty() ? "." : result;
}

std::string_view kind_text(const ast::Decl* decl) {
  switch (decl->kind) {
    case ast::DeclKind::Import:
      return "import";
    case ast::DeclKind::Type:
      return "type";
    case ast::DeclKind::Constant:
      return static_cast<const ast::ConstantDecl*>(decl)->is_param ? "param" : "const";
    case ast::DeclKind::Process:
      return "process";
    default:
      return "function";
  }
}

}  // namespace

Checker::Checker(SourceManager& sources, DiagnosticEngine& diagnostics, const CheckOptions& options)
    : CheckerState(sources, diagnostics, options) {}

std::unique_ptr<core::Program> Checker::run(const ast::Module& module) {
  prelude_ = load_prelude();
  const std::string& path = sources_.path(module.file);
  program_->name = stem_of(path);
  main_ = add_module(&module, normalized(path), "", false);
  import_stack_.push_back(main_);
  for (const ast::Decl* decl : module.declarations) declare(main_, decl);
  for (DeclInfo* decl : main_->in_order) load_import(main_, decl);
  import_stack_.pop_back();
  check_defines();
  for (size_t i = 0; i < modules_.size(); ++i) {
    if (!modules_[i]->prelude) check_module(modules_[i].get());
  }
  check_queue();
  add_entries(main_);
  check_queue();
  if (diagnostics_.has_errors()) return nullptr;
  finish_core();
  if (diagnostics_.has_errors()) return nullptr;
  order_functions();
  return std::move(program_);
}

// The command line is a file of its own, so that a mistake in it is shown as one in a file is.
void Checker::check_defines() {
  if (options_.defines.empty()) return;
  std::string text;
  std::map<std::string, SourceRange> ranges;
  for (const auto& [name, value] : options_.defines) {
    text += "-D ";
    std::string given = name + "=" + value;
    ranges[name] = {{0, static_cast<uint32_t>(text.size())}, static_cast<uint32_t>(given.size())};
    text += given + "\n";
  }
  FileId file = sources_.add_file("<command line>", std::move(text));
  std::vector<std::string_view> names;
  for (const DeclInfo* info : main_->in_order) {
    const auto* constant = ast::as<ast::ConstantDecl>(info->decl);
    if (constant != nullptr && !constant->is_param) names.push_back(info->decl->name.text);
  }
  for (auto& [name, range] : ranges) {
    range.begin.file = file;
    define_ranges_[name] = range;
    DeclInfo* decl = find_declaration(main_, name);
    const auto* constant = decl == nullptr ? nullptr : ast::as<ast::ConstantDecl>(decl->decl);
    if (constant == nullptr) {
      Diagnostic& diagnostic = diagnostics_.report(DiagnosticKind::UnknownName, range,
                                                   "there is no `const " + name + "` to define");
      diagnostic.with_suggestion(range, nearest_name(name, names));
    } else if (constant->is_param) {
      diagnostics_
          .report(DiagnosticKind::UnknownName, range,
                  "`" + name + "` is a `param`, which the server chooses anew for each round")
          .with_hint("set it where the program runs: `fed-run ... --set " + name + "=" +
                     options_.defines.at(name) + "`")
          .with_note(decl->decl->name.range, "it is declared here");
    }
  }
}

ModuleInfo* Checker::load_prelude() {
  ModuleInfo* module = add_module(nullptr, "<prelude>", "", true);
  for (const StdlibFile& file : stdlib_files()) {
    if (!file.module.empty()) continue;
    FileId id = sources_.find(file.path);
    if (id == 0) id = sources_.add_file(std::string(file.path), std::string(file.text));
    ParseOptions options;
    options.prelude = true;
    parsed_.push_back(parse(sources_, id, diagnostics_, options));
    for (const ast::Decl* decl : parsed_.back()->declarations) declare(module, decl);
  }
  return module;
}

ModuleInfo* Checker::add_module(const ast::Module* ast, std::string path, std::string prefix,
                                bool prelude) {
  modules_.push_back(std::make_unique<ModuleInfo>());
  ModuleInfo* module = modules_.back().get();
  module->ast = ast;
  module->path = path;
  module->prefix = std::move(prefix);
  module->prelude = prelude;
  module->scope = new_scope({}, module, nullptr);
  modules_by_path_[std::move(path)] = module;
  return module;
}

void Checker::declare(ModuleInfo* module, const ast::Decl* decl) {
  declarations_.push_back(std::make_unique<DeclInfo>());
  DeclInfo* info = declarations_.back().get();
  info->decl = decl;
  info->module = module;
  info->name = module->prefix + decl->name.text;
  module->in_order.push_back(info);
  if (decl->name.text.empty()) return;
  auto [it, inserted] = module->declarations.try_emplace(decl->name.text, info);
  if (!inserted) {
    diagnostics_
        .report(DiagnosticKind::DuplicateName, decl->name.range,
                "`" + decl->name.text + "` is declared twice")
        .with_hint(
            "give one of the two another name; functions of one name do not differ by their "
            "parameters")
        .with_note(it->second->decl->name.range, "the other declaration is here");
  } else if (!module->prelude && element_from_name(decl->name.text)) {
    diagnostics_.report(DiagnosticKind::DuplicateName, decl->name.range,
                        "`" + decl->name.text + "` is an element type and cannot be declared");
  }
}

void Checker::load_import(ModuleInfo* module, DeclInfo* info) {
  const auto* import = ast::as<ast::ImportDecl>(info->decl);
  if (import == nullptr) return;
  if (import->path.rfind("std/", 0) == 0) return load_std(module, info);
  if (import_stack_.size() > 100) {
    report(DiagnosticKind::ImportNotFound, import->path_range, "imports are nested too deeply");
    return;
  }
  std::vector<std::string> candidates;
  if (!import->path.empty() && import->path[0] == '/') {
    candidates.push_back(normalized(import->path));
  } else {
    candidates.push_back(normalized(folder_of(module->path) + import->path));
    for (const std::string& folder : options_.import_path) {
      candidates.push_back(normalized(folder + "/" + import->path));
    }
  }
  std::string first_error;
  for (const std::string& path : candidates) {
    auto known = modules_by_path_.find(path);
    if (known != modules_by_path_.end()) {
      auto active = std::find(import_stack_.begin(), import_stack_.end(), known->second);
      if (active == import_stack_.end()) {
        info->imported = known->second;
        return;
      }
      if (known->second == module) {
        report(DiagnosticKind::CyclicImport, import->path_range, "the file imports itself")
            .with_hint("remove the import: what a file declares it knows without one");
        return;
      }
      std::string cycle;
      for (; active != import_stack_.end(); ++active) cycle += "`" + (*active)->path + "` -> ";
      report(DiagnosticKind::CyclicImport, import->path_range,
             "files import each other: " + cycle + "`" + path + "`")
          .with_hint("move what both need into a third file");
      return;
    }
    std::string error;
    FileId file = sources_.find(path);
    if (file == 0) file = sources_.add_from_disk(path, &error);
    if (file == 0) {
      if (first_error.empty()) first_error = error;
      continue;
    }
    return read_module(module, info, file, path);
  }
  report(DiagnosticKind::ImportNotFound, import->path_range,
         "cannot read `" + candidates[0] + "`: " + first_error)
      .with_hint(
          "the path is relative to the file that imports, then to the folders that `-I DIR` names");
}

void Checker::read_module(ModuleInfo* module, DeclInfo* info, FileId file, std::string path) {
  parsed_.push_back(parse(sources_, file, diagnostics_));
  const ast::Module* ast = parsed_.back().get();
  ModuleInfo* read =
      add_module(ast, std::move(path), module->prefix + info->decl->name.text + ".", false);
  info->imported = read;
  import_stack_.push_back(read);
  for (const ast::Decl* decl : ast->declarations) declare(read, decl);
  for (size_t i = 0; i < read->in_order.size(); ++i) load_import(read, read->in_order[i]);
  import_stack_.pop_back();
}

// A module of the standard library, which is in the binary.
void Checker::load_std(ModuleInfo* module, DeclInfo* info) {
  const auto* import = ast::as<ast::ImportDecl>(info->decl);
  std::vector<std::string_view> names;
  std::string list;
  for (const StdlibFile& file : stdlib_files()) {
    if (file.module.empty()) continue;
    names.push_back(file.module);
    list += (list.empty() ? "`" : ", `") + std::string(file.module) + "`";
    if (file.module != import->path) continue;
    const std::string path(file.path);
    const auto known = modules_by_path_.find(path);
    if (known != modules_by_path_.end()) {
      info->imported = known->second;
      return;
    }
    FileId id = sources_.find(path);
    if (id == 0) id = sources_.add_file(path, std::string(file.text));
    return read_module(module, info, id, path);
  }
  const std::string nearest = nearest_name(import->path, names);
  report(DiagnosticKind::ImportNotFound, import->path_range,
         "the standard library has no module `" + import->path + "`")
      .with_hint("its modules are " + list)
      .with_suggestion(import->path_range, nearest.empty() ? "" : "\"" + nearest + "\"");
}

// The module of the standard library that declares `name`, or "".
std::string_view Checker::std_module_of(std::string_view name) {
  for (const StdlibFile& file : stdlib_files()) {
    if (file.module.empty()) continue;
    SourceManager sources;
    DiagnosticEngine ignored;
    const FileId id = sources.add_file(std::string(file.path), std::string(file.text));
    const auto module = parse(sources, id, ignored);
    for (const ast::Decl* decl : module->declarations) {
      // What a module imports or keeps to itself is not there for others.
      if (decl->kind == ast::DeclKind::Import || decl->name.text.front() == '_') continue;
      if (decl->name.text == name) return file.module;
    }
  }
  return "";
}

void Checker::check_module(ModuleInfo* module) {
  for (DeclInfo* info : module->in_order) {
    switch (info->decl->kind) {
      case ast::DeclKind::Import:
        break;
      case ast::DeclKind::Type:
        declared_type(info, info->decl->name.range);
        break;
      case ast::DeclKind::Constant:
        if (static_cast<const ast::ConstantDecl*>(info->decl)->is_param) {
          param_decl(info);
        } else {
          const_decl(info, info->decl->name.range);
        }
        break;
      case ast::DeclKind::Function:
        check_signature(info);
        break;
      case ast::DeclKind::Process:
        if (module == main_) check_process(module, ast::as<ast::ProcessDecl>(info->decl));
        break;
      case ast::DeclKind::Limit:
        check_limit(*ast::as<ast::LimitDecl>(info->decl));
        break;
      case ast::DeclKind::Require:
        report(DiagnosticKind::NotAvailable, info->decl->range, "`require` is not available yet")
            .with_hint("leave it out: nothing checks it so far");
        break;
    }
  }
}

DeclInfo* Checker::find_declaration(ModuleInfo* module, std::string_view name) {
  auto it = module->declarations.find(name);
  return it == module->declarations.end() ? nullptr : it->second;
}

const Binding* Checker::find_binding(ScopeRef scope, std::string_view name) {
  std::string key(name);
  while (scope.scope != nullptr) {
    auto it = scope.scope->names.find(key);
    if (it != scope.scope->names.end() && it->second.number < scope.limit) return &it->second;
    scope = scope.scope->parent;
  }
  return nullptr;
}

void Checker::note_use(ScopeRef scope, DeclInfo* used, SourceRange range, bool* recursive) {
  *recursive = false;
  DeclInfo* owner = scope.scope->owner;
  if (owner == nullptr || used->function() == nullptr || used->function()->body == nullptr) return;
  if (!owner->uses.insert(used).second) return;
  // A path from `used` back to `owner` closes a cycle. Depth first, without the machine's stack.
  ++search_;
  std::vector<DeclInfo*> work = {used};
  used->search = search_;
  used->found_from = nullptr;
  while (!work.empty() && owner->search != search_) {
    DeclInfo* next = work.back();
    work.pop_back();
    for (DeclInfo* callee : next->uses) {
      if (callee->search == search_) continue;
      callee->search = search_;
      callee->found_from = next;
      work.push_back(callee);
    }
  }
  if (owner->search != search_) return;
  *recursive = true;
  owner->uses.erase(used);  // one cycle, one message
  std::vector<std::string> names;
  for (DeclInfo* step = owner; step != nullptr; step = step->found_from) {
    names.push_back(step->name);
  }
  std::string cycle = "`" + owner->name + "`";
  for (auto it = names.rbegin(); it != names.rend(); ++it) cycle += " -> `" + *it + "`";
  report(DiagnosticKind::Recursion, range, "functions cannot be recursive: " + cycle)
      .with_hint("repeat with `fold(" + times(owner->function()) +
                 ", start, fn(i, so_far) { ... })`, over a sequence with `sequence_reduce`")
      .with_note(used->decl->name.range, "`" + used->name + "` is declared here");
}

Scope* Checker::new_scope(ScopeRef parent, ModuleInfo* module, DeclInfo* owner) {
  scopes_.emplace_back();
  Scope* scope = &scopes_.back();
  scope->parent = parent;
  scope->module = module;
  scope->owner = owner;
  return scope;
}

bool Checker::bind(Scope* scope, const std::string& name, Binding binding) {
  binding.number = static_cast<uint32_t>(scope->names.size());
  auto [it, inserted] = scope->names.try_emplace(name, binding);
  if (inserted) return true;
  report(DiagnosticKind::DuplicateName, binding.range,
         "`" + name + "` is bound twice in the same block")
      .with_hint("values do not change: give the new one a name of its own, and use that below")
      .with_note(it->second.range, "the first `" + name + "` is here");
  return false;
}

DeclInfo* Checker::imported_module(const ast::Expr* expr, ScopeRef scope) {
  const auto* name = ast::as<ast::NameRef>(expr);
  if (name == nullptr || find_binding(scope, name->name) != nullptr) return nullptr;
  DeclInfo* decl = find_declaration(scope.scope->module, name->name);
  return decl != nullptr && decl->decl->kind == ast::DeclKind::Import ? decl : nullptr;
}

Value Checker::infer_declaration(DeclInfo* decl, SourceRange range, ScopeRef scope) {
  switch (decl->decl->kind) {
    case ast::DeclKind::Function: {
      bool recursive = false;
      note_use(scope, decl, range, &recursive);
      if (recursive) return error();
      FnValue* function = new_function_value(FnValue::Kind::kDecl, range);
      function->decl = decl;
      function->scope = scope;
      function->key = "d" + std::to_string(reinterpret_cast<uintptr_t>(decl));
      Value value;
      value.function = function;
      return value;
    }
    case ast::DeclKind::Constant:
      if (static_cast<const ast::ConstantDecl*>(decl->decl)->is_param) {
        const core::ParamDecl* param = param_decl(decl);
        if (param == nullptr) return error();
        return {param->type, program_->make<core::Param>(param->type, range, param), nullptr};
      }
      if (const ConstValue* value = const_decl(decl, range)) return literal(*value, range);
      return error();
    default: {
      Diagnostic& diagnostic = report(DiagnosticKind::NotAValue, range,
                                      "`" + decl->decl->name.text + "` is a" +
                                          (kind_text(decl->decl) == "import" ? "n " : " ") +
                                          std::string(kind_text(decl->decl)) + ", not a value")
                                   .with_note(decl->decl->name.range, "it is declared here");
      if (decl->decl->kind == ast::DeclKind::Process)
        diagnostic.with_hint(
            "the members of a process are called by the system alone: write what both need as a "
            "function");
      if (decl->decl->kind == ast::DeclKind::Type) {
        const Type* type = declared_type(decl, range);
        diagnostic.with_hint(
            (type->is_struct() ? "a struct is written as its fields, `(field=value, ...)`; `zeros<"
                               : "`zeros<") +
            decl->decl->name.text + ">()` is a value of that type");
      } else if (decl->decl->kind == ast::DeclKind::Import) {
        diagnostic.with_hint("write what is meant of it: `" + decl->decl->name.text + ".name`");
      }
      return error();
    }
  }
}

bool Checker::in_prelude(SourceRange range) const {
  return std::any_of(prelude_->in_order.begin(), prelude_->in_order.end(), [&](const DeclInfo* d) {
    return d->decl->range.begin.file == range.begin.file;
  });
}

SourceRange Checker::shown_range(const ast::FunctionDecl* function) {
  return in_prelude(function->name.range) ? SourceRange() : function->name.range;
}

std::string Checker::summary(const ast::FunctionDecl* function) {
  return one_line(sources_.text(function->signature_range));
}

}  // namespace fedc::checking
