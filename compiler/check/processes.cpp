// Processes and the entries of a program.
#include <algorithm>

#include "compiler/check/checker.h"
#include "compiler/check/written.h"

namespace fedc::checking {
namespace {

// The value a federated type of the server, or a struct of such, has there.
bool all_at_server(const Type* type) {
  if (type->is_federated()) return type->placement() == Placement::kServer;
  if (!type->is_struct()) return false;
  for (const Field& field : type->fields()) {
    if (!all_at_server(field.type)) return false;
  }
  return true;
}

// Everything in it has a placement.
bool all_placed(const Type* type) {
  if (type->is_federated()) return true;
  if (!type->is_struct()) return false;
  for (const Field& field : type->fields()) {
    if (!all_placed(field.type)) return false;
  }
  return true;
}

core::Role role_of(ast::ProcessRole role) {
  switch (role) {
    case ast::ProcessRole::Initialize:
      return core::Role::kInitialize;
    case ast::ProcessRole::Next:
      return core::Role::kNext;
    case ast::ProcessRole::Evaluate:
      return core::Role::kEvaluate;
    case ast::ProcessRole::ClientState:
      return core::Role::kClientState;
  }
  return core::Role::kOneShot;
}

// What a function gives, as it is written, before it is placed.
std::string unplaced(const SourceManager& sources, const ast::FunctionDecl* decl, bool is_placed) {
  const ast::Expr* value = decl->body;
  while (const auto* block = ast::as<ast::Block>(value)) {
    if (!block->lets.empty() && is_placed) return "x";
    value = block->value;
  }
  if (const auto* call = ast::as<ast::Call>(value);
      call != nullptr && written(sources, call->callee->range) == "federated_value" &&
      !call->arguments.empty()) {
    return written(sources, call->arguments[0].value->range);
  }
  return is_placed || value == nullptr ? "x" : written(sources, value->range);
}

// The result of `next` with the state that it lacks; other fields are what a round reports.
std::string hint_of_next(const SourceManager& sources, const ast::FunctionDecl* next,
                         const Type* result, const std::string& made) {
  const ast::Expr* value = next->body;
  while (const auto* block = ast::as<ast::Block>(value)) value = block->value;
  const auto* fields = ast::as<ast::Struct>(value);
  std::string types = "state=" + made, values = "state=...";
  const bool named =
      result->is_struct() && !result->fields().empty() && !result->fields().front().name.empty();
  for (size_t i = 0; named && i < result->fields().size(); ++i) {
    const std::string& name = result->fields()[i].name;
    types += ", " + name + "=" + to_string(result->fields()[i].type);
    const bool shown = fields != nullptr && fields->base == nullptr && i < fields->fields.size();
    values +=
        ", " + name + "=" + (shown ? written(sources, fields->fields[i].value->range) : "...");
  }
  return "write `-> <" + types + ">`, and the value as `(" + values + (named ? ")`" : ",)`") +
         (named ? "" : "; other fields are what a round reports");
}

// What `evaluate` gives is on the clients.
std::string hint_of_evaluated(const SourceManager& sources, const ast::FunctionDecl* evaluate,
                              const Type* result) {
  if (!result->is_federated()) return "aggregate it, for example with `federated_mean`";
  const std::string declared = "write `-> " + to_string(result->member()) + "@SERVER`, and ";
  const ast::Expr* value = evaluate->body;
  while (const auto* block = ast::as<ast::Block>(value)) value = block->value;
  const auto* call = ast::as<ast::Call>(value);
  if (call != nullptr && call->arguments.size() == 1 &&
      written(sources, call->callee->range) == "federated_broadcast") {
    return declared + "return `" + written(sources, call->arguments[0].value->range) + "`";
  }
  return declared + "aggregate the value, for example with `federated_mean`";
}

}  // namespace

void Checker::check_entry_types(const Instance* instance) {
  const ast::FunctionDecl* decl = instance->decl->function();
  const bool member = decl->function_kind == ast::FunctionKind::ProcessMember;
  const bool initialize = member && decl->name.text == "initialize";
  auto check_one = [&](const Type* type, SourceRange range, const std::string& what) {
    if (!all_placed(type)) {
      // What is placed as a whole, or a part of it.
      const bool whole = !type->has_federated();
      const bool of_result = range == decl->result->range;
      const ast::Parameter* parameter = nullptr;
      for (const ast::Parameter& one : decl->parameters) {
        if (one.range == range) parameter = &one;
      }
      const ast::TypeExpr* written = parameter == nullptr ? decl->result : parameter->type;
      const std::string text = one_line(sources_.text(written->range));
      const std::string name = parameter == nullptr ? "" : parameter->name.text + ": ";
      const bool is_state = member && !initialize && parameter == decl->parameters.data();
      // What comes of it in the body is not worth saying.
      if (member && whole && !of_result) std::erase(queue_, instance);
      report(DiagnosticKind::WrongPlacement, range,
             what + " is " + show(type) +
                 (whole ? ", which has no placement" : ", which has a part without placement"))
          .with_hint(
              !whole       ? "write where each field lives: `T@SERVER` or `{T}@CLIENTS`"
              : of_result  ? "write `" + text + "@SERVER`, and place the value: `federated_value(" +
                                 unplaced(sources_, decl, false) + ", SERVER)`"
              : initialize ? "write `" + name + text + "@SERVER`: it runs before there are clients"
              : is_state   ? "write `" + name + text + "@SERVER`: the state is the server's"
              : type->has_sequence()
                  ? "write `" + name + "{" + text + "}@CLIENTS`"
                  : "write `" + name + text + "@SERVER` or `" + name + "{" + text + "}@CLIENTS`");
    } else if (type->has_unbounded_dims() && type->has_sequence() && what == "the result") {
      // No bound makes it one that can be returned.
      report(DiagnosticKind::CannotCompile, range,
             what + " is " + show(type) + ", but a sequence cannot be returned")
          .with_hint(
              "return one value: `sequence_reduce(xs, start, fn(so_far, x) { ... })` makes one of "
              "each sequence");
    } else if (type->has_unbounded_dims()) {
      report(DiagnosticKind::BoundRequired, range,
             what + " is " + show(type) + ": memory for `?` needs a bound")
          .with_hint("write `?<=100`, for example, for a dimension of at most 100");
    }
  };
  for (size_t i = 0; i < decl->parameters.size(); ++i) {
    if (instance->param_types[i] == nullptr) continue;
    const Type* type = instance->param_types[i];
    check_one(type, decl->parameters[i].range, "parameter `" + decl->parameters[i].name.text + "`");
  }
  check_one(instance->result, decl->result->range, "the result");
}

// An app calls an exported function from C, with values alone.
bool Checker::check_export_signature(const ast::FunctionDecl* decl, ScopeRef scope) {
  const std::string name = "`" + decl->name.text + "`";
  if (!decl->generics.empty()) {
    report(DiagnosticKind::ExportedFunction, decl->generics.front().range,
           name + " is exported, so an app calls it as one C function: it cannot be generic")
        .with_hint(
            "write the types that the app uses, or export a function with those types that "
            "calls this one");
    return false;
  }
  bool ok = true;
  for (const ast::Parameter& parameter : decl->parameters) {
    if (!is_function_param(decl, parameter, scope)) continue;
    report(DiagnosticKind::ExportedFunction, parameter.range,
           name + " is exported, so an app calls it from C: it cannot take a function")
        .with_hint("export a function that calls this one with the function it needs");
    ok = false;
  }
  if (mentions(ast::TypeKind::Function, decl->result, scope)) {
    report(DiagnosticKind::ExportedFunction, decl->result->range,
           name + " is exported, so an app calls it from C: it cannot return a function")
        .with_hint("export a function that calls what this one returns");
    ok = false;
  }
  return ok;
}

bool Checker::check_export_types(const Instance* instance) {
  const ast::FunctionDecl* decl = instance->decl->function();
  const std::string name = "`" + decl->name.text + "`";
  auto check_one = [&](const Type* type, SourceRange range, const std::string& what) {
    if (type->has_federated()) {
      // Where only parameters are placed, what is computed is not.
      const bool local =
          !instance->result->has_federated() && type->is_federated() && type->member() != nullptr;
      report(DiagnosticKind::ExportedFunction, range,
             what + " is " + show(type) + ", but " + name +
                 " is exported: it runs in the app, alone, so its types have no placements")
          .with_hint(local ? "write `" + written(range).substr(0, written(range).find(':')) + ": " +
                                 to_string(type->member()) + "`: the app has one value, its own"
                           : "drop `export` from a federated computation, and export the local "
                             "function that it maps");
      return false;
    }
    if (type->has_unbounded_dims()) {
      report(DiagnosticKind::BoundRequired, range,
             what + " is " + show(type) + ": memory for `?` needs a bound")
          .with_hint("write `?<=100`, for example, for a dimension of at most 100");
      return false;
    }
    if (has_private_key(type)) {
      report(DiagnosticKind::ExportedFunction, range,
             what + " is " + show(type) + ", but " + name +
                 " is exported: an app that calls it knows what it gives, so it is not private")
          .with_hint(
              "take a `Key`, which the app makes of entropy of its own, and draw with "
              "`random.normal` and its like, not with `random.private_normal`");
      return false;
    }
    return true;
  };
  for (size_t i = 0; i < decl->parameters.size(); ++i) {
    if (instance->param_types[i] == nullptr) return false;
    if (!check_one(instance->param_types[i], decl->parameters[i].range,
                   "parameter `" + decl->parameters[i].name.text + "`"))
      return false;  // placements are usually in all of them
  }
  if (!check_one(instance->result, decl->result->range, "the result")) return false;
  if (instance->result->has_sequence()) {
    report(DiagnosticKind::ExportedFunction, decl->result->range,
           "the result of " + name + " is " + show(instance->result) +
               ", but an exported function cannot return a sequence")
        .with_hint("return tensors: reduce the sequence with `sequence_reduce`");
    return false;
  }
  return true;
}

int Checker::client_state_param(const Instance* next, const Type* state) {
  const ast::FunctionDecl* decl = next->decl->function();
  int found = -1, count = 0;
  for (size_t i = 1; i < decl->parameters.size(); ++i) {
    const Type* type = next->param_types[i];
    if (type == nullptr || !type->is_federated() || type->placement() != Placement::kClients ||
        type->all_equal() || type->member() != state) {
      continue;
    }
    if (decl->parameters[i].name.text == "client_state") return static_cast<int>(i);
    found = static_cast<int>(i);
    ++count;
  }
  if (count == 1) return found;
  std::string wanted = "`{" + to_string(state) + "}@CLIENTS`";
  report(DiagnosticKind::ProcessType, count == 0 ? decl->name.range : decl->parameters_range,
         count == 0 ? "`next` must take the clients' state: no parameter is " + wanted
                    : "`next` has " + std::to_string(count) + " parameters of type " + wanted +
                          ": which one is the clients' state?")
      .with_hint(count == 0 ? "add a parameter `client_state: {" + to_string(state) +
                                  "}@CLIENTS`, and return what clients keep in a field "
                                  "`client_state`"
                            : "call it `client_state`");
  return -1;
}

// How the first parameter of a member becomes the state.
static std::string hint_of_state(const Instance* member, const std::string& made,
                                 const std::string& taken, const Type* state) {
  const Type* result = member->result;
  const int kept = result->is_struct() ? result->field_index("state") : -1;
  if (kept >= 0 && !member->param_types.empty() &&
      member->param_types[0] == result->fields()[kept].type &&
      all_at_server(member->param_types[0])) {
    // A state of which what `initialize` makes is a part.
    const Type* whole = member->param_types[0]->member();
    if (whole->is_struct() &&
        std::any_of(whole->fields().begin(), whole->fields().end(),
                    [&](const Field& field) { return field.type == state->member(); })) {
      return "let `initialize` make `" + taken + "`";
    }
    // The member says twice what the state is.
    return "let `initialize` make `" + taken + "`, or write `" + made + "` for `" +
           member->decl->function()->parameters[0].name.text + "` and for `state` in the result";
  }
  const std::vector<ast::Parameter>& parameters = member->decl->function()->parameters;
  for (size_t i = 1; i < member->param_types.size(); ++i) {
    if (member->param_types[i] == state) {
      return "move `" + parameters[i].name.text + "` to the front";
    }
  }
  const bool other = !parameters.empty() && member->param_types[0] != nullptr &&
                     all_at_server(member->param_types[0]);
  const std::string name = other ? parameters[0].name.text : "state";
  return "write `" + name + ": " + made + "`" + (other ? "" : " in front");
}

// A field of the result of `next` is on the clients.
std::string Checker::hint_of_report(const ast::FunctionDecl* next, const Field& field) {
  const Type* type = field.type->is_federated() ? field.type->member() : nullptr;
  const auto element = type == nullptr ? std::nullopt : one_element(type);
  if (!element || !(is_float(*element) || is_integer(*element))) {
    return "aggregate it, for example with `federated_mean`";
  }
  std::string text = "...";
  const ast::Expr* value = next->body;
  while (const auto* block = ast::as<ast::Block>(value)) value = block->value;
  if (const auto* made = ast::as<ast::Struct>(value)) {
    for (const ast::Argument& part : made->fields)
      if (part.name && part.name->text == field.name) text = written(part.value->range);
  }
  const std::string at_server = "write `" + field.name + "=" + to_string(type) + "@SERVER`";
  // It may be aggregated already.
  if (text.starts_with("federated_") && !text.starts_with("federated_map") &&
      !text.starts_with("federated_broadcast")) {
    return at_server;
  }
  return at_server + " here, and aggregate the value: `" + field.name + "=" +
         (is_float(*element) ? "federated_mean(" : "federated_sum(") + text + ")`";
}

void Checker::check_process(ModuleInfo* module, const ast::ProcessDecl* process) {
  const std::string& name = process->name.text;
  std::map<ast::ProcessRole, Instance*> members;
  std::set<ast::ProcessRole> declared;
  for (const auto& member : process->members) {
    declarations_.push_back(std::make_unique<DeclInfo>());
    DeclInfo* info = declarations_.back().get();
    info->decl = member.function;
    info->module = module;
    info->name = name + "." + std::string(spelling(member.role));
    declared.insert(member.role);
    if (!member.function->generics.empty()) {
      report(DiagnosticKind::ProcessType, member.function->name.range,
             "a member of a process cannot be generic")
          .with_hint("write the types that it has, or call a generic function in it");
      continue;
    }
    bool failed = false;
    for (const ast::Parameter& parameter : member.function->parameters) {
      if (parameter.value != nullptr) {
        report(DiagnosticKind::DefaultValue, parameter.value->range,
               "a parameter of a member of a process has no default value: the system gives it "
               "what it takes")
            .with_hint("a number that the server chooses for each round is a `param`");
        failed = true;
      } else if (is_function_param(member.function, parameter, module->scope->ref())) {
        report(DiagnosticKind::ProcessType, parameter.range,
               "a member of a process cannot take a function")
            .with_hint("call the function in it");
        failed = true;
      }
    }
    if (mentions(ast::TypeKind::Function, member.function->result, module->scope->ref())) {
      report(DiagnosticKind::ProcessType, member.function->result->range,
             "a member of a process cannot return a function")
          .with_hint("what it returns is sent, or kept: call the function here");
      failed = true;
    }
    Instance* instance = failed ? nullptr : plain_instance(info);
    members[member.role] = instance;
    if (instance == nullptr) continue;
    if (member.role == ast::ProcessRole::ClientState) {
      if (!instance->param_types.empty() || instance->result->has_federated()) {
        report(DiagnosticKind::ProcessType, member.function->name.range,
               "`client_state` is what a new client starts with: it takes nothing and has no "
               "placement")
            .with_hint("write `client_state() -> T { ... }`");
        members[member.role] = nullptr;
      }
    } else {
      check_entry_types(instance);
    }
    core::Entry entry;
    entry.name = info->name;
    entry.function = instance->function;
    entry.process = name;
    entry.role = role_of(member.role);
    entry.origins = entry_origins(instance, entry.role);
    program_->entries.push_back(entry);
  }
  std::string made = "float32@SERVER";
  if (const Instance* initialize = members[ast::ProcessRole::Initialize];
      initialize != nullptr && all_placed(initialize->result)) {
    const Type* result = initialize->result;
    if (all_at_server(result)) {
      made = to_string(result);
    } else if (result->is_federated()) {
      made = to_string(result->member()) + "@SERVER";
    }
  }
  for (ast::ProcessRole role : {ast::ProcessRole::Initialize, ast::ProcessRole::Next}) {
    if (declared.count(role) != 0 || process->incomplete) continue;
    report(DiagnosticKind::ProcessType, process->name.range,
           "process `" + name + "` has no `" + std::string(spelling(role)) + "`")
        .with_hint(role == ast::ProcessRole::Initialize
                       ? "write `initialize() -> " + made + " { ... }`"
                       : "write `next(state: " + made + ", ...) -> <state=" + made + "> { ... }`");
  }

  Instance* initialize = members[ast::ProcessRole::Initialize];
  Instance* next = members[ast::ProcessRole::Next];
  Instance* evaluate = members[ast::ProcessRole::Evaluate];
  Instance* client_state = members[ast::ProcessRole::ClientState];
  const Type* state = nullptr;
  if (initialize != nullptr) {
    const ast::FunctionDecl* decl = initialize->decl->function();
    for (size_t i = 0; i < initialize->param_types.size(); ++i) {
      if (all_at_server(initialize->param_types[i]) || !all_placed(initialize->param_types[i])) {
        continue;
      }
      report(DiagnosticKind::ProcessType, decl->parameters[i].range,
             "`initialize` runs before there are clients: its arguments are at SERVER")
          .with_hint("write `" + decl->parameters[i].name.text + ": T@SERVER`");
    }
    state = initialize->result;
    if (!state->is_federated() || state->placement() != Placement::kServer) {
      if (all_placed(state))
        report(DiagnosticKind::ProcessType, decl->result->range,
               "the state of a process is one value at SERVER, not " + show(state))
            .with_hint(state->is_federated()
                           ? "write `initialize() -> " + to_string(state->member()) +
                                 "@SERVER`, and make it there: `federated_value(" +
                                 unplaced(sources_, decl, true) + ", SERVER)`"
                           : "put the parts together: `initialize() -> <a=T,b=U>@SERVER`");
      state = nullptr;
    }
  }
  const SourceRange made_at =
      initialize == nullptr ? SourceRange() : initialize->decl->function()->result->range;
  // A type as it is written, which has its names.
  const auto spelled = [&](SourceRange range, const Type* type) {
    constexpr size_t kLongest = 200;
    const std::string text = range.valid() ? one_line(sources_.text(range)) : "";
    return text.empty() || text.size() > kLongest ? to_string(type, type_names_) : text;
  };
  auto takes_state = [&](Instance* member, const char* what) {
    const ast::FunctionDecl* decl = member->decl->function();
    // One without a placement has been told of.
    if (state == nullptr || (!member->param_types.empty() && !all_placed(member->param_types[0]))) {
      return;
    }
    if (member->param_types.empty() || member->param_types[0] != state) {
      report(DiagnosticKind::ProcessType,
             decl->parameters.empty() ? decl->name.range : decl->parameters[0].range,
             std::string("the first parameter of `") + what + "` is the state that `initialize` " +
                 "makes, " + show(state) +
                 (member->param_types.empty() ? "" : ", not " + show(member->param_types[0])))
          .with_hint(
              hint_of_state(member, spelled(made_at, state),
                            member->param_types.empty()
                                ? ""
                                : spelled(decl->parameters[0].type->range, member->param_types[0]),
                            state))
          .with_note(made_at, "`initialize` makes it here");
    }
  };
  if (next != nullptr) {
    takes_state(next, "next");
    const ast::FunctionDecl* decl = next->decl->function();
    const Type* result = next->result;
    int index = result->is_struct() ? result->field_index("state") : -1;
    if (index < 0) {
      report(DiagnosticKind::ProcessType, decl->result->range,
             "the result of `next` must be a struct with a field `state`, not " + show(result))
          .with_hint(hint_of_next(sources_, decl, result, made));
    } else if (state != nullptr && result->fields()[index].type != state &&
               !next->param_types.empty() && next->param_types[0] == state) {
      report(DiagnosticKind::ProcessType, decl->result->range,
             "field `state` of the result of `next` is " + show(result->fields()[index].type) +
                 ", but `initialize` makes " + show(state))
          .with_note(made_at, "`initialize` makes it here");
    }
    int kept = result->is_struct() ? result->field_index("client_state") : -1;
    if (client_state != nullptr) {
      const Type* wanted = types_->federated(client_state->result, Placement::kClients, false);
      int param = client_state_param(next, client_state->result);
      for (core::Entry& entry : program_->entries) {
        if (entry.function == next->function) entry.client_state_param = param;
      }
      if (index >= 0 && param >= 0 && (kept < 0 || result->fields()[kept].type != wanted)) {
        report(DiagnosticKind::ProcessType, decl->result->range,
               "the result of `next` has a field `client_state=" + to_string(wanted) +
                   "`: what each client keeps")
            .with_hint("write `-> <state=" + made + ", client_state=" + to_string(wanted) + ">`");
      }
    } else if (kept >= 0 && declared.count(ast::ProcessRole::ClientState) == 0) {
      report(DiagnosticKind::ProcessType, decl->result->range,
             "`next` returns `client_state`, but the process does not say how it starts")
          .with_hint("add `client_state() -> T { ... }`");
    }
    if (index >= 0) {
      for (size_t i = 0; i < result->fields().size(); ++i) {
        const Field& field = result->fields()[i];
        if (static_cast<int>(i) == kept || all_at_server(field.type) || !all_placed(field.type)) {
          continue;
        }
        const auto* fields = ast::as<ast::StructType>(decl->result);
        report(DiagnosticKind::ProcessType,
               fields == nullptr ? decl->result->range : fields->fields[i].range,
               "field `" + field.name + "` of the result of `next` is " + show(field.type) +
                   ", but what a round reports must be at SERVER")
            .with_hint(hint_of_report(decl, field));
      }
    }
  }
  if (evaluate != nullptr) {
    takes_state(evaluate, "evaluate");
    if (!all_at_server(evaluate->result) && all_placed(evaluate->result)) {
      report(DiagnosticKind::ProcessType, evaluate->decl->function()->result->range,
             "the result of `evaluate` must be at SERVER, not " + show(evaluate->result))
          .with_hint(hint_of_evaluated(sources_, evaluate->decl->function(), evaluate->result));
    }
  }
}

// Keeps why a function of placed values is no entry, for a program that has none.
void Checker::note_helper(DeclInfo* info, const Instance* instance) {
  const ast::FunctionDecl* decl = info->function();
  const ScopeRef scope = info->module->scope->ref();
  const auto has = [&](ast::TypeKind kind, const ast::TypeExpr* type) {
    return type != nullptr && mentions(kind, type, scope);
  };
  bool placed = has(ast::TypeKind::Placed, decl->result);
  for (const ast::Parameter& parameter : decl->parameters)
    placed |= has(ast::TypeKind::Placed, parameter.type);
  if (!placed) return;
  const auto note = [&](SourceRange range, std::string reason, std::string hint) {
    program_->helpers.push_back({decl->name.text, range, std::move(reason), std::move(hint)});
  };
  for (size_t i = 0; i < decl->parameters.size(); ++i) {
    const ast::Parameter& parameter = decl->parameters[i];
    const std::string name = "its parameter `" + parameter.name.text + "` ";
    const Type* type = instance == nullptr ? nullptr : instance->param_types[i];
    if (has(ast::TypeKind::Function, parameter.type)) {
      note(parameter.name.range, name + "is or holds a function",
           "call it from a function that gives it one");
    } else if (type != nullptr && !all_placed(type)) {
      note(parameter.name.range, name + "has no placement",
           (type->is_scalar() && !is_key(type->element())
                ? "give it one, such as `" + parameter.name.text + ": " + to_string(type) +
                      "@SERVER`, or remove it and declare `param " + parameter.name.text + ": " +
                      to_string(type) + " = " +
                      (is_float(type->element())               ? "0.1"
                       : type->element() == ElementType::kBool ? "true"
                                                               : "1") +
                      ";` outside of the function"
                : "give it one, such as `" + parameter.name.text + ": " + to_string(type) +
                      "@SERVER`") +
               ", or call the function from another");
    }
  }
  if (has(ast::TypeKind::Function, decl->result)) {
    note(decl->result->range, "its result is or holds a function, which is neither sent nor shown",
         "return what the function gives, placed: `T@SERVER` or `{T}@CLIENTS`");
  }
}

// A function whose parameters and result are all placed is an entry; so is an exported one.
void Checker::add_entries(ModuleInfo* module) {
  std::vector<core::Entry> processes = std::move(program_->entries);
  program_->entries.clear();
  size_t next_process = 0;
  for (DeclInfo* info : module->in_order) {
    if (const auto* process = ast::as<ast::ProcessDecl>(info->decl)) {
      while (next_process < processes.size() &&
             processes[next_process].process == process->name.text) {
        program_->entries.push_back(processes[next_process++]);
      }
      continue;
    }
    const ast::FunctionDecl* decl = info->function();
    if (decl == nullptr || !decl->generics.empty()) continue;
    if (is_private(decl->name.text) && !decl->exported) continue;
    std::string key = "p" + std::to_string(reinterpret_cast<uintptr_t>(info));
    auto known = instance_by_key_.find(key);
    Instance* instance = known == instance_by_key_.end() ? nullptr : known->second;
    note_helper(info, instance);
    if (instance == nullptr) continue;
    bool placed = instance->result->has_federated();
    for (const Type* type : instance->param_types)
      placed |= type != nullptr && type->has_federated();
    if (!placed && !decl->exported) continue;
    if (decl->exported && !check_export_types(instance)) continue;
    // A function of placed and other values is a helper for other functions.
    bool whole = all_placed(instance->result);
    for (const Type* type : instance->param_types) whole &= type != nullptr && all_placed(type);
    if (placed && !whole) continue;
    if (placed) check_entry_types(instance);
    core::Entry entry;
    entry.name = info->name;
    entry.function = instance->function;
    entry.role = placed ? core::Role::kOneShot : core::Role::kExport;
    if (placed) entry.origins = entry_origins(instance, entry.role);
    program_->entries.push_back(entry);
  }
}

}  // namespace fedc::checking
