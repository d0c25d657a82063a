#include "tests/generator/program.h"

#include <algorithm>
#include <cctype>

namespace fedc::generator {

TyPtr tensor_type(ElementType element, std::vector<Dim> dims) {
  Ty type;
  type.element = element;
  type.dims = std::move(dims);
  return std::make_shared<Ty>(std::move(type));
}

TyPtr struct_type(std::vector<std::pair<std::string, TyPtr>> fields) {
  Ty type;
  type.kind = Ty::Kind::kStruct;
  type.fields = std::move(fields);
  return std::make_shared<Ty>(std::move(type));
}

TyPtr sequence_type(TyPtr member) {
  Ty type;
  type.kind = Ty::Kind::kSequence;
  type.member = std::move(member);
  return std::make_shared<Ty>(std::move(type));
}

TyPtr key_type(bool private_key, std::vector<Dim> dims) {
  Ty type;
  type.kind = Ty::Kind::kKey;
  type.element = ElementType::kUint64;  // as which the runtime knows it
  type.private_key = private_key;
  type.dims = std::move(dims);
  return std::make_shared<Ty>(std::move(type));
}

TyPtr function_type(std::vector<TyPtr> parameters, TyPtr result) {
  Ty type;
  type.kind = Ty::Kind::kFunction;
  for (TyPtr& parameter : parameters) type.fields.emplace_back("", std::move(parameter));
  type.member = std::move(result);
  return std::make_shared<Ty>(std::move(type));
}

std::string to_string(const Ty& type, bool tags) {
  std::string text;
  switch (type.kind) {
    case Ty::Kind::kTensor:
    case Ty::Kind::kKey:
      text = !type.is_key()     ? fedrt::element_name(type.element)
             : type.private_key ? "PrivateKey"
                                : "Key";
      for (size_t d = 0; d < type.dims.size(); ++d) {
        const Dim& dim = type.dims[d];
        text += d == 0 ? "[" : ",";
        if (dim.tag) text += "?" + (tags ? "#" + std::to_string(dim.tag) : "") + "<=";
        text += std::to_string(dim.size);
      }
      return type.dims.empty() ? text : text + "]";
    case Ty::Kind::kStruct:
      for (const auto& [name, field] : type.fields) {
        text += text.empty() ? "<" : ",";
        if (!name.empty()) text += name + "=";
        text += to_string(*field, tags);
      }
      return text.empty() ? "<>" : text + ">";
    case Ty::Kind::kSequence:
      return to_string(*type.member, tags) + "*";
    case Ty::Kind::kFunction:
      for (const auto& [name, field] : type.fields) {
        text += (text.empty() ? "" : ",") + to_string(*field, tags);
      }
      if (type.fields.size() > 1) text = "<" + text + ">";
      return "(" + text + " -> " + to_string(*type.member, tags) + ")";
  }
  return text;
}

bool has_unknown_dims(const Ty& type) {
  if (type.is_sequence()) return has_unknown_dims(*type.member);
  for (const auto& [name, field] : type.fields) {
    if (has_unknown_dims(*field)) return true;
  }
  for (const Dim& dim : type.dims) {
    if (dim.tag) return true;
  }
  return false;
}

bool has_sequence(const Ty& type) {
  if (type.is_sequence()) return true;
  for (const auto& [name, field] : type.fields) {
    if (has_sequence(*field)) return true;
  }
  return false;
}

bool has_private_key(const Ty& type) {
  if (type.is_key()) return type.private_key;
  return std::ranges::any_of(type.fields,
                             [](const auto& field) { return has_private_key(*field.second); });
}

bool has_key(const Ty& type) {
  return type.is_key() ||
         std::ranges::any_of(type.fields, [](const auto& field) { return has_key(*field.second); });
}

bool is_data(const Ty& type) {
  if (!type.is_struct()) return type.is_tensor();
  return std::ranges::all_of(type.fields, [](const auto& field) { return is_data(*field.second); });
}

std::vector<TyPtr> leaves(const TyPtr& type) {
  if (!type->is_struct()) return {type};
  std::vector<TyPtr> result;
  for (const auto& [name, field] : type->fields) {
    for (TyPtr leaf : leaves(field)) result.push_back(std::move(leaf));
  }
  return result;
}

int64_t element_count(const Ty& type) {
  int64_t count = 1;
  for (const Dim& dim : type.dims) count *= dim.size;
  return count;
}

std::string to_string(const FedTy& type) {
  switch (type.place) {
    case Place::kServer:
      return to_string(*type.member) + "@SERVER";
    case Place::kClients:
      return "{" + to_string(*type.member) + "}@CLIENTS";
    case Place::kAllEqual:
      return to_string(*type.member) + "@CLIENTS";
  }
  return "";
}

namespace {

void to_proto(const Ty& type, fed::proto::Type* out) {
  switch (type.kind) {
    case Ty::Kind::kTensor:
    case Ty::Kind::kKey: {
      auto* tensor = out->mutable_tensor();
      tensor->set_element(static_cast<fed::proto::ElementType>(type.element));
      for (const Dim& dim : type.dims) {
        auto* added = tensor->add_dims();
        added->set_unknown(dim.tag != 0);
        added->set_size(dim.size);
      }
      return;
    }
    case Ty::Kind::kStruct: {
      auto* made = out->mutable_struct_();
      for (const auto& [name, field] : type.fields) {
        auto* added = made->add_fields();
        added->set_name(name);
        to_proto(*field, added->mutable_type());
      }
      return;
    }
    case Ty::Kind::kSequence:
      return to_proto(*type.member, out->mutable_sequence());
    case Ty::Kind::kFunction:
      return;  // neither placed nor sent
  }
}

fed::proto::Type fields(const std::vector<std::pair<std::string, FedTy>>& fields) {
  fed::proto::Type type;
  auto* made = type.mutable_struct_();
  for (const auto& [name, field] : fields) {
    auto* added = made->add_fields();
    added->set_name(name);
    to_proto(field, added->mutable_type());
  }
  return type;
}

}  // namespace

void to_proto(const FedTy& type, fed::proto::Type* out) {
  auto* federated = out->mutable_federated();
  federated->set_placement(type.place == Place::kServer ? fed::proto::SERVER : fed::proto::CLIENTS);
  federated->set_all_equal(type.place == Place::kAllEqual);
  to_proto(*type.member, federated->mutable_member());
}

NodePtr make(TyPtr type, std::string text, std::vector<NodePtr> kids,
             std::vector<std::string> binds) {
  Node node;
  node.type = std::move(type);
  node.text = std::move(text);
  node.kids = std::move(kids);
  node.binds = std::move(binds);
  node.block = node.text.starts_with("let ");
  return std::make_shared<Node>(std::move(node));
}

NodePtr leaf(TyPtr type, std::string text) { return make(std::move(type), std::move(text), {}); }

NodePtr variable(TyPtr type, const std::string& name) {
  Node node;
  node.type = std::move(type);
  node.text = node.use = name;
  return std::make_shared<Node>(std::move(node));
}

std::string print(const Node& node) {
  std::string text;
  for (size_t i = 0; i < node.text.size(); ++i) {
    if (node.text[i] == '$') {
      text += print(*node.kids[node.text[++i] - '0']);
    } else {
      text += node.text[i];
    }
  }
  return text;
}

void free_names(const Node& node, std::set<std::string>* names) {
  std::set<std::string> inside;
  if (!node.use.empty()) inside.insert(node.use);
  for (const NodePtr& kid : node.kids) free_names(*kid, &inside);
  for (const std::string& name : node.binds) inside.erase(name);
  names->merge(inside);
}

int size_of(const Node& node) {
  int size = 1;
  for (const NodePtr& kid : node.kids) size += size_of(*kid);
  return size;
}

FedTy Entry::type_of(const std::string& name) const {
  for (const auto& [parameter, type] : parameters) {
    if (parameter == name) return type;
  }
  for (const Statement& statement : statements) {
    if (statement.name == name) return statement.type;
  }
  return {};
}

std::string print(const File& file) {
  std::string text;
  for (const Param& param : file.params) text += "param " + param.declaration + ";\n";
  for (const Function& function : file.functions) {
    text += "\nfn " + function.name + "(";
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      const Parameter& parameter = function.parameters[i];
      text += (i ? ", " : "") + parameter.name + ": " + to_string(*parameter.type);
    }
    text += ") -> " + to_string(*function.result) + " {\n  " + print(*function.body) + "\n}\n";
  }
  for (const Entry& entry : file.entries) {
    text += "\nfn " + entry.name + "(";
    for (size_t i = 0; i < entry.parameters.size(); ++i) {
      const auto& [name, type] = entry.parameters[i];
      text += (i ? ", " : "") + name + ": " + to_string(type);
      if (entry.from_host.count(name)) text += " from host";
    }
    text += ")\n    -> <";
    for (size_t i = 0; i < entry.results.size(); ++i) {
      text += (i ? "," : "") + ("r" + std::to_string(i) + "=") +
              to_string(entry.type_of(entry.results[i]));
    }
    text += "> {\n";
    for (const Statement& statement : entry.statements) {
      text += "  let " + statement.name + " = " + print(*statement.value) + ";\n";
    }
    text += "  (";
    for (size_t i = 0; i < entry.results.size(); ++i) {
      text += (i ? ", " : "") + ("r" + std::to_string(i) + "=") + entry.results[i];
    }
    text += entry.results.size() == 1 ? ",)\n}\n" : ")\n}\n";
  }
  std::string head = "// Seed " + std::to_string(file.seed) + ".\n";
  for (const std::string module : {"nn", "random"}) {
    if (text.find(module + ".") != std::string::npos) {
      head += "import \"std/" + module + "\" as " + module + ";\n";
    }
  }
  return head + text;
}

File without_unused(const File& file) {
  File result = file;
  std::set<std::string> used;
  for (const Entry& entry : file.entries) {
    for (const Statement& statement : entry.statements) free_names(*statement.value, &used);
  }
  // Functions call only earlier ones.
  result.functions.clear();
  for (size_t i = file.functions.size(); i-- > 0;) {
    if (!used.count(file.functions[i].name)) continue;
    free_names(*file.functions[i].body, &used);
    result.functions.insert(result.functions.begin(), file.functions[i]);
  }
  std::erase_if(result.params, [&](const Param& param) { return !used.count(param.name); });
  return result;
}

fed::proto::Type argument_type(const Entry& entry) { return fields(entry.parameters); }

fed::proto::Type result_type(const Entry& entry) {
  std::vector<std::pair<std::string, FedTy>> results;
  for (size_t i = 0; i < entry.results.size(); ++i) {
    results.emplace_back("r" + std::to_string(i), entry.type_of(entry.results[i]));
  }
  return fields(results);
}

}  // namespace fedc::generator
