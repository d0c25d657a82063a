#include "runtime/program/host_inputs.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/json.h"
#include "runtime/program/data_spec.h"

namespace fedrt {
namespace {

constexpr char kEachRound[] = "--host-each-round";

// What is written for a parameter: `value` is of `type`, that with one entry a client or that which
// all share.
struct Given {
  Value value;
  proto::Type type;
};

// `list`: of such values.
absl::StatusOr<Given> parse(const std::string& text, const proto::Type& type, bool list,
                            const std::string& flag) {
  absl::StatusOr<Value> value =
      list ? parse_json_list(text, type, "round", flag) : parse_json(text, type, flag);
  if (!value.ok()) return value.status();
  return Given{*std::move(value), type};
}

absl::StatusOr<Given> read(const std::string& text, const proto::Type& type, bool own, bool list,
                           const std::string& flag) {
  proto::Type shared = type;
  make_own(&shared);
  if (own) return parse(text, shared, list, flag);
  absl::StatusOr<Given> each = parse(text, type, list, flag);
  if (each.ok()) return each;
  absl::StatusOr<Given> all = parse(text, shared, list, flag);
  // Of a list the entries are the likelier mistake.
  size_t first = text.find_first_not_of(" \t\n");
  if (list && first != std::string::npos) first = text.find_first_not_of(" \t\n", first + 1);
  return all.ok() || first == std::string::npos || text[first] != '[' ? all : each;
}

// A parameter of the computation that is from the host, and its leaves.
struct Parameter {
  const proto::StructType::Field* field;
  size_t begin, end;
};

std::vector<Parameter> parameters_of(const Computation& computation) {
  const proto::StructType& argument = computation.manifest->argument().struct_();
  std::vector<Parameter> parameters;
  size_t leaf = 0;
  for (int i = 0; i < argument.fields_size(); ++i) {
    const size_t begin = leaf;
    leaf += leaves_of(argument.fields(i).type()).size();
    if (origin_of(*computation.manifest, i) == proto::FROM_HOST)
      parameters.push_back({&argument.fields(i), begin, leaf});
  }
  return parameters;
}

absl::Status put(const Computation& computation, const Parameter& parameter, const Value& value,
                 const proto::Type& type, const std::string& flag, Arguments* arguments) {
  absl::StatusOr<std::vector<Leaf>> leaves = flatten(value, type);
  if (!leaves.ok()) return leaves.status();
  const bool each = type.has_federated() && !type.federated().all_equal();
  for (size_t l = parameter.begin; l < parameter.end; ++l) {
    std::vector<Tensor>& tensors = arguments->client[computation.argument_slots[l].index];
    tensors.clear();
    const size_t members = (*leaves)[l - parameter.begin].members.size();
    if (each && members != arguments->clients)
      return absl::InvalidArgumentError(absl::StrCat(flag, ": has ", members,
                                                     " clients, but there are ", arguments->clients,
                                                     ": --clients=N says how many"));
    for (LeafValue& member : (*leaves)[l - parameter.begin].members) {
      if (absl::Status status =
              check_tensor(member.tensor, *computation.argument_leaves[l].tensors[0]);
          !status.ok())
        return absl::InvalidArgumentError(absl::StrCat(flag, ": ", std::string(status.message())));
      tensors.push_back(std::move(member.tensor));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status check_host_names(const Program& program, const HostInputs& given,
                              const std::string& flag) {
  std::set<std::string> known;
  for (const Computation& computation : program.computations())
    for (const Parameter& parameter : parameters_of(computation))
      known.insert(parameter.field->name());
  std::string names;
  for (const std::string& name : known)
    absl::StrAppend(&names, names.empty() ? "" : ", ", "`", name, "`");
  for (const auto& [name, value] : given)
    if (known.count(name) == 0)
      return absl::InvalidArgumentError(
          absl::StrCat(flag, ": the program takes no `", name, "` from the host; ",
                       names.empty() ? "it takes nothing from there" : "it takes " + names));
  return absl::OkStatus();
}

absl::StatusOr<HostRounds> HostRounds::read(const Computation& computation, const HostInputs& given,
                                            uint64_t rounds, Arguments* arguments) {
  HostRounds result;
  for (const Parameter& parameter : parameters_of(computation)) {
    const std::string& name = parameter.field->name();
    const auto found = given.find(name);
    if (found == given.end()) continue;
    const std::string flag = absl::StrCat(kEachRound, " ", name);
    absl::StatusOr<std::string> text = text_of(found->second, flag);
    if (!text.ok()) return text.status();
    absl::StatusOr<Given> values = fedrt::read(*text, parameter.field->type(), /*own=*/false,
                                               /*list=*/true, source_of(found->second, flag));
    if (!values.ok()) return values.status();
    if (values->value.items.size() < rounds)
      return absl::InvalidArgumentError(absl::StrCat(source_of(found->second, flag), ": has ",
                                                     values->value.items.size(),
                                                     " rounds, but --rounds says ", rounds));
    result.fields_[name] = {values->type, std::move(values->value.items)};
  }
  // A mistake is said now, not after hours of rounds.
  for (uint64_t round = rounds; round > 0 && !result.fields_.empty(); --round)
    if (absl::Status status = result.fill(computation, round, arguments); !status.ok())
      return status;
  return result;
}

absl::Status HostRounds::fill(const Computation& computation, uint64_t round,
                              Arguments* arguments) const {
  for (const Parameter& parameter : parameters_of(computation)) {
    const auto found = fields_.find(parameter.field->name());
    if (found == fields_.end()) continue;
    const std::string flag = absl::StrCat(kEachRound, " ", found->first, ": round ", round);
    if (absl::Status status = put(computation, parameter, found->second.rounds[round - 1],
                                  found->second.type, flag, arguments);
        !status.ok())
      return status;
  }
  return absl::OkStatus();
}

absl::Status read_host_inputs(const Computation& computation, const HostInputs& given, bool own,
                              Arguments* arguments, const HostRounds& rounds) {
  for (const Parameter& parameter : parameters_of(computation)) {
    const std::string& name = parameter.field->name();
    const proto::Type& type = parameter.field->type();
    if (rounds.has(name)) continue;
    const std::string flag = absl::StrCat("--host ", name);
    const auto found = given.find(name);
    if (found == given.end())
      return absl::InvalidArgumentError(
          absl::StrCat(flag, "=VALUE is missing: `", computation.manifest->name(), "` takes `",
                       name, "` of type ", to_string(type), " from the host"));
    absl::StatusOr<std::string> text = text_of(found->second, flag);
    if (!text.ok()) return text.status();
    absl::StatusOr<Given> value =
        read(*text, type, own, /*list=*/false, source_of(found->second, flag));
    if (!value.ok()) return value.status();
    if (absl::Status status = put(computation, parameter, value->value, value->type,
                                  source_of(found->second, flag), arguments);
        !status.ok())
      return status;
  }
  return absl::OkStatus();
}

}  // namespace fedrt
