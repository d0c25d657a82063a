// Where a mistake is told, and in whose words: what shows in a body that is checked for a call is
// told at the call, in the text of the one who wrote it.
#include <algorithm>

#include "compiler/check/guards.h"
#include "compiler/check/written.h"

namespace fedc::checking {
namespace {

constexpr std::string_view kLibrary = "<std/";
// The type of an argument whose text is longer says nothing.
constexpr size_t kLongestGiven = 80;

}  // namespace

bool Checker::in_library(SourceRange range) const {
  return range.valid() && sources_.path(range.begin.file).starts_with(kLibrary);
}

// Whether both stand in the text of one declaration.
bool Checker::in_one_declaration(SourceRange a, SourceRange b) const {
  if (!a.valid() || !b.valid() || a.begin.file != b.begin.file) return false;
  for (const auto& module : modules_) {
    if (module->ast == nullptr || module->ast->file != a.begin.file) continue;
    return std::any_of(module->in_order.begin(), module->in_order.end(), [&](const DeclInfo* d) {
      return holds(d->decl->range, a) && holds(d->decl->range, b);
    });
  }
  return false;
}

std::string Checker::name_in(const DeclInfo* decl, const ModuleInfo* user) {
  const std::string name = decl->name.substr(decl->module->prefix.size());
  if (decl->module->prelude || decl->module == user) return name;
  for (const DeclInfo* import : user->in_order) {
    if (import->imported == decl->module) return import->decl->name.text + "." + name;
  }
  return "";
}

std::string Checker::named(const DeclInfo* decl, SourceRange where) const {
  for (const auto& module : modules_) {
    if (!where.valid() || module->ast == nullptr || module->ast->file != where.begin.file) continue;
    if (const std::string name = name_in(decl, module.get()); !name.empty())
      return "`" + name + "`";
  }
  // `<std/nn.fed>`
  std::string path = decl->module->path;
  if (path.starts_with(kLibrary))
    path = path.substr(1, path.size() - std::string(".fed>").size() - 1);
  return "`" + decl->name.substr(decl->module->prefix.size()) + "` of `" + path + "`";
}

// The call for which what is being checked is checked, outermost; null `decl`: for its own sake.
Checker::Called Checker::outermost_call() const {
  const Instance* instance = instance_;
  const Copy* copy = copy_;
  if (instance != nullptr && instance->call.valid()) {
    while (instance->from != nullptr && instance->from->call.valid()) instance = instance->from;
    copy = instance->copy;
    if (copy == nullptr) return {instance->decl, instance->call, false, &instance->param_types};
  }
  if (copy == nullptr) return {};
  while (copy->outer != nullptr) copy = copy->outer;
  return {copy->decl, copy->call, copy->literal, &copy->given};
}

Diagnostic& Checker::report(DiagnosticKind kind, SourceRange range, std::string message) {
  Diagnostic& diagnostic = report_in_call(kind, range, std::move(message));
  if (whole_.type != nullptr &&
      (kind == DiagnosticKind::TypeMismatch || kind == DiagnosticKind::ShapeMismatch)) {
    diagnostic.with_note({}, whole_.hint);
  }
  if (!in_field_.empty()) diagnostic.with_note({}, "this is for field `" + in_field_ + "`");
  return diagnostic;
}

Diagnostic& Checker::report_in_call(DiagnosticKind kind, SourceRange range, std::string message) {
  const Called call = outermost_call();
  if (call.decl == nullptr) return diagnostics_.report(kind, range, std::move(message));
  // One message a call is enough; of several functions that the user wrote, one each.
  const bool specialised = instance_ != nullptr && instance_->call.valid();
  Copy* outermost = specialised ? nullptr : copy_;
  while (outermost != nullptr && outermost->outer != nullptr) outermost = outermost->outer;
  bool* failed = outermost != nullptr ? &outermost->failed : &instance_->failed;
  for (Instance* i = instance_; specialised && in_library(range) && i != nullptr; i = i->from) {
    if (i->call.valid()) failed = &i->failed;
  }
  const bool told = *failed;
  *failed |= severity_of(kind) == Severity::Error;
  // A function literal of the same text.
  if (in_one_declaration(call.range, range)) {
    return diagnostics_.report(kind, range, std::move(message));
  }
  if (told) {
    sink_diagnostic_ = Diagnostic();
    return sink_diagnostic_;
  }
  const std::string name = named(call.decl, call.range);
  Diagnostic& diagnostic =
      diagnostics_.report(kind, call.range,
                          (call.literal ? "in the function that " + name + " made, called here: "
                                        : "in " + name + " called here: ") +
                              std::move(message));
  // What the library's text would have to be is no help, and its letters are none of the caller's.
  if (in_library(range)) {
    diagnostic.with_hint(hint_in_call(range));
    diagnostic.in_foreign_text = true;
    diagnostic.with_note(range, "it happens here");
    const ast::FunctionDecl* decl = call.decl->function();
    std::string given;
    for (size_t i = 0; !call.literal && i < call.given->size(); ++i) {
      const std::string type = (*call.given)[i] == nullptr ? "" : show((*call.given)[i]);
      if (type.empty() || type.size() > kLongestGiven) continue;
      given += (given.empty() ? "" : ", ") + type + " as `" + decl->parameters[i].name.text + "`";
    }
    if (!given.empty()) diagnostic.with_note({}, name + " is given " + given);
    return diagnostic;
  }
  // The prelude is not the user's either, and not shown.
  if (!in_prelude(range)) {
    const bool described = specialised && !instance_->description.empty();
    diagnostic.with_note(range,
                         "it happens here" + (described ? ", with " + instance_->description : ""));
  }
  return diagnostic;
}

std::string Checker::hint_in_call(SourceRange range) const {
  const Called call = outermost_call();
  if (call.decl == nullptr || in_one_declaration(call.range, range)) return "";
  std::string name = named(call.decl, call.range);
  const char* const change = in_library(range) ? "" : ", or change its body";
  if (call.literal) {
    const std::string_view text = sources_.text(call.range);
    const std::string_view head = text.substr(0, std::min(text.find('('), text.size()));
    if (head.empty() || head.find_first_of(" \n") != head.npos) {
      return std::string(
                 "its body cannot take what it is given here: give it arguments of other "
                 "types") +
             change;
    }
    name = "`" + std::string(head) + "`";
  }
  return "its body cannot take what it is given here: give " + name + " arguments of other types" +
         change;
}

}  // namespace fedc::checking
