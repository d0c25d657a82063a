// What an entry's parameters are filled with: arguments, what the host gives, keys.
#include "compiler/check/checker.h"

namespace fedc::checking {
namespace {

// Which kinds of leaves a type has.
struct Kinds {
  bool plain = false, key = false, private_key = false;
  int count() const { return plain + key + private_key; }
};

void collect(const Type* type, Kinds* kinds) {
  if (type->is_federated() || type->is_sequence()) return collect(type->member(), kinds);
  if (type->is_struct()) {
    for (const Field& field : type->fields()) collect(field.type, kinds);
    return;
  }
  if (!type->is_tensor() || type->element_or_variable().is_variable()) return;
  kinds->key |= type->element() == ElementType::kKey;
  kinds->private_key |= type->element() == ElementType::kPrivateKey;
  kinds->plain |= !is_key(type->element());
}

Kinds kinds_of(const Type* type) {
  Kinds kinds;
  collect(type, &kinds);
  return kinds;
}

// What a function that is run by mistake may be instead. A member of a process is always run.
std::string or_helper(core::Role role, const ast::FunctionDecl* decl) {
  const std::string& name = decl->name.text;
  return role == core::Role::kOneShot
             ? "; if only other functions call `" + name + "`, rename it to `_" + name + "`"
             : "";
}

// The first leaf that is no key, or, where `kind` is given, none of that kind: ".a.v", and its
// type.
std::optional<std::pair<std::string, const Type*>> other_leaf(const Type* type,
                                                              std::optional<ElementType> kind) {
  if (type->is_federated() || type->is_sequence()) return other_leaf(type->member(), kind);
  if (type->is_tensor()) {
    const bool other = kind ? type->element() != *kind : !is_key(type->element());
    return other ? std::make_optional(std::pair(std::string(), type)) : std::nullopt;
  }
  for (size_t i = 0; type->is_struct() && i < type->fields().size(); ++i) {
    const Field& field = type->fields()[i];
    auto found = other_leaf(field.type, kind);
    if (!found) continue;
    found->first = "." + (field.name.empty() ? std::to_string(i) : field.name) + found->first;
    return found;
  }
  return std::nullopt;
}

}  // namespace

bool Checker::check_from_host(const ast::Parameter& parameter, const Type* type) {
  const Kinds kinds = kinds_of(type);
  const bool per_client =
      type->is_federated() && type->placement() == Placement::kClients && !type->all_equal();
  if (per_client && !type->has_sequence() && kinds.plain && kinds.count() == 1) return true;
  const std::string what = "parameter `" + parameter.name.text + "` is " + show(type) +
                           ", but what comes from the host is ";
  if (kinds.key || kinds.private_key) {
    report(DiagnosticKind::HostInput, parameter.range, what + "no key")
        .with_hint("leave `from host` out: whoever runs the round fills keys");
  } else {
    report(DiagnosticKind::HostInput, parameter.range,
           what + (per_client ? "tensors" : "each client's own"))
        .with_hint(per_client ? "a sequence is read as data: leave `from host` out"
                              : "write `" + parameter.name.text + ": {" +
                                    to_string(type->is_federated() ? type->member() : type) +
                                    "}@CLIENTS from host`");
  }
  return false;
}

bool Checker::has_private_key(const Type* type) { return kinds_of(type).private_key; }

std::vector<core::Origin> Checker::entry_origins(const Instance* instance, core::Role role) {
  const ast::FunctionDecl* decl = instance->decl->function();
  std::vector<core::Origin> origins(decl->parameters.size(), core::Origin::kArgument);
  // Of a state that `initialize` makes it is told there.
  const bool told = role == core::Role::kNext && !instance->param_types.empty() &&
                    instance->param_types[0] != nullptr &&
                    kinds_of(instance->param_types[0]).private_key;
  if (!told && instance->result != nullptr && kinds_of(instance->result).private_key) {
    report(DiagnosticKind::PrivateKeySent, decl->result->range,
           "the result is " + show(instance->result) +
               ", but a `PrivateKey` is of one round and never leaves where it was drawn")
        .with_hint(role == core::Role::kOneShot
                       ? "return what is made with it" + or_helper(role, decl)
                       : "leave it out of the state: a parameter `key: PrivateKey@SERVER` or `key: "
                         "{PrivateKey}@CLIENTS` of `next` is drawn anew in each round");
  }
  for (size_t i = 0; i < origins.size(); ++i) {
    const ast::Parameter& parameter = decl->parameters[i];
    const Type* type = instance->param_types[i];
    if (type == nullptr) continue;
    if (parameter.from_host) {
      origins[i] = core::Origin::kHost;
      continue;
    }
    // The state is what the round before made of it, its keys too.
    if (i == 0 && (role == core::Role::kNext || role == core::Role::kEvaluate)) continue;
    const Kinds kinds = kinds_of(type);
    const bool equal =
        type->is_federated() && type->placement() == Placement::kClients && type->all_equal();
    const bool of_round = role == core::Role::kNext || role == core::Role::kEvaluate;
    if (equal && kinds.plain && (of_round || type->has_sequence())) {
      report(DiagnosticKind::WrongPlacement, parameter.range,
             "parameter `" + parameter.name.text + "` is " + show(type) +
                 ", one value that all clients have, but each client brings its own")
          .with_hint("write `" + parameter.name.text + ": {" +
                     to_string(type->member(), type_names_) + "}@CLIENTS`");
      continue;
    }
    if (!kinds.key && !kinds.private_key) continue;
    const std::string what = "parameter `" + parameter.name.text + "` is " + show(type);
    // That it has no placement has been said.
    if (!type->has_federated() && role != core::Role::kExport) continue;
    if (kinds.count() > 1) {
      const auto other = other_leaf(
          type, kinds.plain ? std::nullopt : std::optional<ElementType>(ElementType::kKey));
      report(DiagnosticKind::HostInput, parameter.range,
             what + ", but a parameter with keys holds nothing but keys" +
                 (kinds.plain ? "" : " of one kind") +
                 (other ? ", and `" + other->first + "` is " + show(other->second) : ""))
          .with_hint("make it two parameters" + or_helper(role, decl));
    } else if (type->has_sequence() || type->has_unknown_dims()) {
      report(DiagnosticKind::HostInput, parameter.range,
             what + ", but how many keys there are is not known")
          .with_hint("take one key, and `random.split` it" + or_helper(role, decl));
    } else if (!type->is_federated() || equal) {
      report(DiagnosticKind::HostInput, parameter.range,
             what + ", but each participant is given keys of its own")
          .with_hint("write `{Key}@CLIENTS`, or take a `Key@SERVER` and broadcast it" +
                     or_helper(role, decl));
    } else {
      origins[i] = kinds.key ? core::Origin::kKey : core::Origin::kPrivateKey;
    }
  }
  return origins;
}

}  // namespace fedc::checking
