#include "runtime/data/value.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace fedrt {
namespace {

// Inside a federated type, the placement that holds for everything below.
struct Placed {
  proto::Placement placement = proto::UNPLACED;
  bool all_equal = false;
};

void collect(const proto::Type& type, const std::string& path, Placed placed,
             std::vector<LeafType>* out) {
  switch (type.kind_case()) {
    case proto::Type::kTensor:
      out->push_back({path,
                      placed.placement,
                      placed.all_equal,
                      false,
                      {&type.tensor()},
                      {std::string()},
                      nullptr});
      return;
    case proto::Type::kSequence: {
      LeafType leaf{path, placed.placement, placed.all_equal, true, {}, {}, &type.sequence()};
      std::vector<LeafType> element;
      collect(type.sequence(), "", {}, &element);
      for (LeafType& part : element) {
        leaf.tensors.insert(leaf.tensors.end(), part.tensors.begin(), part.tensors.end());
        leaf.element_paths.push_back(std::move(part.path));
      }
      out->push_back(std::move(leaf));
      return;
    }
    case proto::Type::kStruct:
      for (int i = 0; i < type.struct_().fields_size(); ++i)
        collect(type.struct_().fields(i).type(), join_path(path, field_name(type.struct_(), i)),
                placed, out);
      return;
    case proto::Type::kFederated:
      collect(type.federated().member(), path,
              {type.federated().placement(), type.federated().all_equal()}, out);
      return;
    case proto::Type::KIND_NOT_SET:
      return;
  }
}

bool is_client_list(const proto::Type& type) {
  return type.has_federated() && type.federated().placement() == proto::CLIENTS &&
         !type.federated().all_equal();
}

absl::Status wrong(const std::string& path, const proto::Type& type, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path.empty() ? "" : path + ": ", "expected ",
                                                 to_string(type), ", found ", what));
}

// A nested sequence cannot be taken apart into leaves; the language has none.
absl::Status flatten_element(const Value& value, const proto::Type& type, const std::string& path,
                             Element* out) {
  if (type.has_tensor()) {
    if (value.kind != Value::Kind::kTensor) return wrong(path, type, "a structure");
    if (absl::Status status = check_tensor(value.tensor, type.tensor()); !status.ok())
      return absl::InvalidArgumentError(
          absl::StrCat(path.empty() ? "" : path + ": ", std::string(status.message())));
    out->push_back(value.tensor);
    return absl::OkStatus();
  }
  if (!type.has_struct_()) return wrong(path, type, "a value that a sequence cannot hold");
  if (value.kind != Value::Kind::kStruct ||
      value.items.size() != static_cast<size_t>(type.struct_().fields_size()))
    return wrong(path, type, "another structure");
  for (int i = 0; i < type.struct_().fields_size(); ++i) {
    absl::Status status = flatten_element(value.items[i], type.struct_().fields(i).type(),
                                          join_path(path, field_name(type.struct_(), i)), out);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Appends one participant's value to the leaves from *next on, advancing it.
absl::Status flatten_into(const Value& value, const proto::Type& type, const std::string& path,
                          std::vector<Leaf>* leaves, size_t* next) {
  switch (type.kind_case()) {
    case proto::Type::kTensor: {
      Element one;
      if (absl::Status status = flatten_element(value, type, path, &one); !status.ok())
        return status;
      (*leaves)[(*next)++].members.push_back({std::move(one[0]), {}});
      return absl::OkStatus();
    }
    case proto::Type::kSequence: {
      if (value.kind != Value::Kind::kSequence) return wrong(path, type, "something else");
      LeafValue leaf;
      leaf.elements.resize(value.items.size());
      for (size_t i = 0; i < value.items.size(); ++i) {
        absl::Status status = flatten_element(value.items[i], type.sequence(),
                                              absl::StrCat(path, "[", i, "]"), &leaf.elements[i]);
        if (!status.ok()) return status;
      }
      (*leaves)[(*next)++].members.push_back(std::move(leaf));
      return absl::OkStatus();
    }
    case proto::Type::kStruct:
      if (value.kind != Value::Kind::kStruct ||
          value.items.size() != static_cast<size_t>(type.struct_().fields_size()))
        return wrong(path, type, "another structure");
      for (int i = 0; i < type.struct_().fields_size(); ++i) {
        absl::Status status =
            flatten_into(value.items[i], type.struct_().fields(i).type(),
                         join_path(path, field_name(type.struct_(), i)), leaves, next);
        if (!status.ok()) return status;
      }
      return absl::OkStatus();
    case proto::Type::kFederated: {
      const proto::Type& member = type.federated().member();
      if (!is_client_list(type)) return flatten_into(value, member, path, leaves, next);
      if (value.kind != Value::Kind::kClients) return wrong(path, type, "no list of clients");
      const size_t first = *next;
      for (size_t i = 0; i < value.items.size(); ++i) {
        *next = first;
        absl::Status status =
            flatten_into(value.items[i], member, absl::StrCat(path, "[", i, "]"), leaves, next);
        if (!status.ok()) return status;
      }
      *next = first + leaves_of(member).size();
      return absl::OkStatus();
    }
    case proto::Type::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat(path, ": a value without a type"));
}

Value unflatten_element(const proto::Type& type, Element* leaves, size_t* next) {
  if (type.has_tensor()) return Value::of(std::move((*leaves)[(*next)++]));
  Value value;
  for (const auto& field : type.struct_().fields())
    value.items.push_back(unflatten_element(field.type(), leaves, next));
  return value;
}

Value unflatten_from(std::vector<Leaf>* leaves, const proto::Type& type, size_t member,
                     size_t clients, size_t* next) {
  switch (type.kind_case()) {
    case proto::Type::kTensor:
      return Value::of(std::move((*leaves)[(*next)++].members[member].tensor));
    case proto::Type::kSequence: {
      Value value = Value::make(Value::Kind::kSequence, {});
      for (Element& element : (*leaves)[(*next)++].members[member].elements) {
        size_t part = 0;
        value.items.push_back(unflatten_element(type.sequence(), &element, &part));
      }
      return value;
    }
    case proto::Type::kStruct: {
      Value value;
      for (const auto& field : type.struct_().fields())
        value.items.push_back(unflatten_from(leaves, field.type(), member, clients, next));
      return value;
    }
    case proto::Type::kFederated: {
      if (!is_client_list(type))
        return unflatten_from(leaves, type.federated().member(), 0, clients, next);
      Value value = Value::make(Value::Kind::kClients, {});
      const size_t first = *next;
      for (size_t i = 0; i < clients; ++i) {
        *next = first;
        value.items.push_back(unflatten_from(leaves, type.federated().member(), i, clients, next));
      }
      *next = first + leaves_of(type.federated().member()).size();
      return value;
    }
    case proto::Type::KIND_NOT_SET:
      break;
  }
  return {};
}

absl::Status count_clients(const Value& value, const proto::Type& type, const std::string& path,
                           int64_t* count, std::string* first) {
  if (type.has_federated()) {
    if (!is_client_list(type)) return absl::OkStatus();
    const int64_t here = static_cast<int64_t>(value.items.size());
    const std::string name = path.empty() ? "the value" : path;
    if (*count < 0) {
      *count = here;
      *first = name;
    } else if (*count != here) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": has ", here, " clients, but ", *first, " has ", *count));
    }
    return absl::OkStatus();
  }
  if (!type.has_struct_()) return absl::OkStatus();
  for (int i = 0; i < type.struct_().fields_size(); ++i) {
    if (static_cast<size_t>(i) >= value.items.size()) return wrong(path, type, "fewer fields");
    absl::Status status =
        count_clients(value.items[i], type.struct_().fields(i).type(),
                      join_path(path, field_name(type.struct_(), i)), count, first);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

std::string join_path(const std::string& base, const std::string& name) {
  if (base.empty()) return name;
  if (name.empty()) return base;
  return base + "." + name;
}

std::string field_name(const proto::StructType& type, int index) {
  const std::string& name = type.fields(index).name();
  return name.empty() ? std::to_string(index) : name;
}

std::string file_name(const proto::Site& site) {
  const std::string& file = site.file();
  if (file.size() > 2 && file.front() == '<' && file.back() == '>')
    return file.substr(1, file.size() - 2);
  return file.substr(file.rfind('/') + 1);
}

proto::Origin origin_of(const proto::Computation& computation, int field) {
  return field < computation.origins_size() ? computation.origins(field) : proto::FROM_ARGUMENT;
}

std::vector<LeafType> leaves_of(const proto::Type& type) {
  std::vector<LeafType> leaves;
  collect(type, "", {}, &leaves);
  return leaves;
}

absl::StatusOr<int64_t> client_count(const Value& value, const proto::Type& type) {
  int64_t count = -1;
  std::string first;
  if (absl::Status status = count_clients(value, type, "", &count, &first); !status.ok())
    return status;
  return count;
}

absl::StatusOr<std::vector<Leaf>> flatten(const Value& value, const proto::Type& type) {
  std::vector<Leaf> leaves(leaves_of(type).size());
  size_t next = 0;
  if (absl::Status status = flatten_into(value, type, "", &leaves, &next); !status.ok())
    return status;
  return leaves;
}

absl::StatusOr<Value> unflatten(std::vector<Leaf> leaves, const proto::Type& type, size_t clients) {
  const std::vector<LeafType> types = leaves_of(type);
  if (types.size() != leaves.size())
    return absl::InternalError(absl::StrCat("a value of type ", to_string(type), " has ",
                                            types.size(), " leaves, not ", leaves.size()));
  for (size_t i = 0; i < types.size(); ++i) {
    const size_t members = types[i].per_client() ? clients : 1;
    if (leaves[i].members.size() != members)
      return absl::InternalError(absl::StrCat("leaf ", types[i].path, " has ",
                                              leaves[i].members.size(), " members, not ", members));
    if (!types[i].sequence) continue;
    for (const LeafValue& member : leaves[i].members)
      for (const Element& element : member.elements)
        if (element.size() != types[i].tensors.size())
          return absl::InternalError(
              absl::StrCat("an element of ", types[i].path, " has ", element.size(), " leaves"));
  }
  size_t next = 0;
  return unflatten_from(&leaves, type, 0, clients, &next);
}

absl::Status check_form(const Tensor& tensor, const proto::TensorType& type) {
  bool fits = static_cast<int>(tensor.element) == static_cast<int>(type.element()) &&
              tensor.dims.size() == static_cast<size_t>(type.dims_size());
  for (int i = 0; fits && i < type.dims_size(); ++i) {
    const proto::Dimension& dim = type.dims(i);
    fits = tensor.dims[i] >= 0 && (!dim.unknown()    ? tensor.dims[i] == dim.size()
                                   : dim.size() != 0 ? tensor.dims[i] <= dim.size()
                                                     : true);
  }
  if (fits) return absl::OkStatus();
  std::string found(element_name(tensor.element));
  if (!tensor.dims.empty()) absl::StrAppend(&found, "[", absl::StrJoin(tensor.dims, ","), "]");
  return absl::InvalidArgumentError(absl::StrCat("expected ", to_string(type), ", found ", found));
}

absl::Status check_tensor(const Tensor& tensor, const proto::TensorType& type) {
  if (absl::Status status = check_form(tensor, type); !status.ok()) return status;
  if (tensor.bytes.size() == static_cast<size_t>(tensor.size()) * element_size(tensor.element))
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("expected ", to_string(type), ", found ", tensor.bytes.size(), " bytes"));
}

std::string to_string(const proto::TensorType& type) {
  std::string text(element_name(static_cast<ElementType>(type.element())));
  if (type.dims_size() == 0) return text;
  text += '[';
  for (int i = 0; i < type.dims_size(); ++i) {
    const proto::Dimension& dim = type.dims(i);
    if (i != 0) text += ',';
    if (!dim.unknown())
      absl::StrAppend(&text, dim.size());
    else
      absl::StrAppend(&text, "?", dim.size() != 0 ? absl::StrCat("<=", dim.size()) : "");
  }
  return text + ']';
}

std::string to_string(const proto::Type& type) {
  switch (type.kind_case()) {
    case proto::Type::kTensor:
      return to_string(type.tensor());
    case proto::Type::kSequence:
      return to_string(type.sequence()) + "*";
    case proto::Type::kStruct: {
      std::string text = "<";
      for (int i = 0; i < type.struct_().fields_size(); ++i) {
        const auto& field = type.struct_().fields(i);
        absl::StrAppend(&text, i ? "," : "", field.name(), field.name().empty() ? "" : "=",
                        to_string(field.type()));
      }
      return text + ">";
    }
    case proto::Type::kFederated: {
      const std::string member = to_string(type.federated().member());
      const char* place = type.federated().placement() == proto::SERVER ? "@SERVER" : "@CLIENTS";
      return is_client_list(type) ? absl::StrCat("{", member, "}", place)
                                  : absl::StrCat(member, place);
    }
    case proto::Type::KIND_NOT_SET:
      break;
  }
  return "?";
}

}  // namespace fedrt
