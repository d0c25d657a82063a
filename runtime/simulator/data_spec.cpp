#include "runtime/simulator/data_spec.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "runtime/data/idx.h"
#include "runtime/data/json.h"

namespace fedrt {
namespace {

constexpr std::string_view kIdx = "idx:";

// A struct type of some fields of the argument.
proto::Type part_of(const proto::Type& argument, const std::vector<int>& fields) {
  proto::Type type;
  type.mutable_struct_();
  for (const int field : fields)
    *type.mutable_struct_()->add_fields() = argument.struct_().fields(field);
  return type;
}

std::string names_of(const proto::Type& type) {
  std::string names;
  for (const auto& field : type.struct_().fields())
    absl::StrAppend(&names, names.empty() ? "" : ", ", "`", field.name(), "`");
  return names;
}

}  // namespace

absl::StatusOr<std::string> text_of(const std::string& text_or_file, const std::string& flag) {
  if (text_or_file.empty() || text_or_file[0] != '@') return text_or_file;
  const std::string path = text_or_file.substr(1);
  std::ifstream stream(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  // Reading a folder opens, and then fails.
  if (!stream.is_open() || stream.bad())
    return absl::NotFoundError(absl::StrCat(flag, ": ", path, ": cannot be read"));
  return text;
}

absl::StatusOr<Arguments> read_spec(const SpecRequest& request, const std::string& others) {
  const Computation& computation = *request.computation;
  const proto::Type& argument = computation.manifest->argument();
  std::vector<int> json_fields = request.fields;
  const bool idx = std::string_view(request.spec).substr(0, kIdx.size()) == kIdx;
  int idx_field = -1;
  if (idx) {
    int sequences = 0;
    for (const int field : request.fields)
      for (const LeafType& leaf : leaves_of(argument.struct_().fields(field).type()))
        if (leaf.sequence) {
          idx_field = field;
          ++sequences;
        }
    if (sequences != 1 || leaves_of(argument.struct_().fields(idx_field).type()).size() != 1)
      return absl::InvalidArgumentError(
          absl::StrCat(request.flag, ": IDX files fill an argument that is one sequence; `",
                       computation.manifest->name(), "` takes ", to_string(argument)));
    std::erase(json_fields, idx_field);
  }

  // Everything else is JSON, from the SPEC itself or from --args.
  const bool from_spec = !idx && !request.spec.empty();
  const std::string source = from_spec ? request.flag : "--args";
  const proto::Type type = part_of(argument, json_fields);
  Value value;
  value.items.resize(json_fields.size());
  if (!json_fields.empty()) {
    const std::string& given = from_spec ? request.spec : others;
    if (given.empty())
      return absl::InvalidArgumentError(absl::StrCat(
          idx ? "--args" : request.flag, " is missing: `", computation.manifest->name(), "` takes ",
          names_of(type), " of type ", to_string(type)));
    absl::StatusOr<std::string> text = text_of(given, source);
    if (!text.ok()) return text.status();
    absl::StatusOr<Value> parsed = parse_json(*text, type, source, !from_spec);
    if (!parsed.ok()) return parsed.status();
    value = *std::move(parsed);
  }
  absl::StatusOr<int64_t> counted = client_count(value, type);
  if (!counted.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", std::string(counted.status().message())));
  if (*counted >= 0 && request.clients && *request.clients != static_cast<uint64_t>(*counted))
    return absl::InvalidArgumentError(absl::StrCat(
        source, ": has ", *counted, " clients, but --clients says ", *request.clients));
  if (*counted < 0 && !request.clients && idx)
    return absl::InvalidArgumentError("--clients=N is missing");
  const uint64_t clients =
      *counted >= 0 ? static_cast<uint64_t>(*counted) : request.clients.value_or(1);

  absl::StatusOr<std::vector<Leaf>> flat = flatten(value, type);
  if (!flat.ok()) return flat.status();
  // Leaves of the whole argument, those of fields that are not ours with one empty tensor of their
  // type, which the caller replaces.
  std::vector<Leaf> leaves;
  size_t next = 0;
  for (int field = 0; field < argument.struct_().fields_size(); ++field) {
    const bool ours = std::find(json_fields.begin(), json_fields.end(), field) != json_fields.end();
    for (const LeafType& leaf : leaves_of(argument.struct_().fields(field).type())) {
      if (ours) {
        leaves.push_back(std::move((*flat)[next++]));
        continue;
      }
      LeafValue empty;
      if (!leaf.sequence) {
        empty.tensor.element = static_cast<ElementType>(leaf.tensors[0]->element());
        for (const auto& dim : leaf.tensors[0]->dims())
          empty.tensor.dims.push_back(dim.unknown() ? 0 : dim.size());
        empty.tensor = Tensor::zeros(empty.tensor.element, empty.tensor.dims);
      }
      leaves.push_back({std::vector<LeafValue>(leaf.per_client() ? clients : 1, empty)});
    }
  }
  absl::StatusOr<Arguments> arguments = make_arguments(computation, std::move(leaves), clients);
  if (!arguments.ok() || !idx) return arguments;

  absl::StatusOr<IdxSpec> spec = parse_idx_spec(request.spec.substr(kIdx.size()), request.seed);
  if (!spec.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(request.flag, ": ", std::string(spec.status().message())));
  for (size_t i = 0; i < computation.argument_leaves.size(); ++i) {
    if (computation.argument_slots[i].space != LeafSlot::Space::kClientSequence) continue;
    auto data = make_idx_source(*spec, computation.argument_leaves[i], clients);
    if (!data.ok())
      return absl::InvalidArgumentError(
          absl::StrCat(request.flag, ": ", std::string(data.status().message())));
    arguments->sequences[computation.argument_slots[i].index] = *std::move(data);
  }
  return arguments;
}

}  // namespace fedrt
