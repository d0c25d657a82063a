#include "runtime/program/host_inputs.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/json.h"
#include "runtime/program/data_spec.h"

namespace fedrt {
namespace {

// A VALUE as leaves of `type`, one with one entry a client or one that all share.
absl::StatusOr<std::vector<Leaf>> parse(const std::string& text, const proto::Type& type,
                                        const std::string& flag) {
  absl::StatusOr<Value> value = parse_json(text, type, flag);
  if (!value.ok()) return value.status();
  return flatten(*value, type);
}

absl::StatusOr<std::vector<Leaf>> read(const std::string& text, const proto::Type& type, bool own,
                                       uint64_t clients, const std::string& flag) {
  proto::Type shared = type;
  make_own(&shared);
  if (own) return parse(text, shared, flag);
  absl::StatusOr<std::vector<Leaf>> each = parse(text, type, flag);
  if (!each.ok()) {
    absl::StatusOr<std::vector<Leaf>> all = parse(text, shared, flag);
    // Of a list the entries are the likelier mistake.
    const size_t first = text.find_first_not_of(" \t\n");
    return all.ok() || first == std::string::npos || text[first] != '[' ? all : each;
  }
  if (!each->empty() && each->front().members.size() != clients)
    return absl::InvalidArgumentError(absl::StrCat(flag, ": has ", each->front().members.size(),
                                                   " clients, but there are ", clients,
                                                   ": --clients=N says how many"));
  return each;
}

}  // namespace

absl::Status check_host_names(const Program& program, const HostInputs& given) {
  std::set<std::string> known;
  for (const Computation& computation : program.computations()) {
    const proto::StructType& argument = computation.manifest->argument().struct_();
    for (int i = 0; i < argument.fields_size(); ++i)
      if (origin_of(*computation.manifest, i) == proto::FROM_HOST)
        known.insert(argument.fields(i).name());
  }
  std::string names;
  for (const std::string& name : known)
    absl::StrAppend(&names, names.empty() ? "" : ", ", "`", name, "`");
  for (const auto& [name, value] : given)
    if (known.count(name) == 0)
      return absl::InvalidArgumentError(
          absl::StrCat("--host: the program takes no `", name, "` from the host; ",
                       names.empty() ? "it takes nothing from there" : "it takes " + names));
  return absl::OkStatus();
}

absl::Status read_host_inputs(const Computation& computation, const HostInputs& given, bool own,
                              Arguments* arguments) {
  const proto::StructType& argument = computation.manifest->argument().struct_();
  size_t leaf = 0;
  for (int i = 0; i < argument.fields_size(); ++i) {
    const size_t begin = leaf;
    leaf += leaves_of(argument.fields(i).type()).size();
    if (origin_of(*computation.manifest, i) != proto::FROM_HOST) continue;
    const std::string& name = argument.fields(i).name();
    const std::string flag = absl::StrCat("--host ", name);
    const auto found = given.find(name);
    if (found == given.end())
      return absl::InvalidArgumentError(
          absl::StrCat(flag, "=VALUE is missing: `", computation.manifest->name(), "` takes `",
                       name, "` of type ", to_string(argument.fields(i).type()), " from the host"));
    absl::StatusOr<std::string> text = text_of(found->second, flag);
    if (!text.ok()) return text.status();
    absl::StatusOr<std::vector<Leaf>> leaves = read(
        *text, argument.fields(i).type(), own, arguments->clients, source_of(found->second, flag));
    if (!leaves.ok()) return leaves.status();
    for (size_t l = begin; l < leaf; ++l) {
      std::vector<Tensor>& tensors = arguments->client[computation.argument_slots[l].index];
      tensors.clear();
      for (LeafValue& member : (*leaves)[l - begin].members) {
        if (absl::Status status =
                check_tensor(member.tensor, *computation.argument_leaves[l].tensors[0]);
            !status.ok())
          return absl::InvalidArgumentError(
              absl::StrCat(flag, ": ", std::string(status.message())));
        tensors.push_back(std::move(member.tensor));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace fedrt
