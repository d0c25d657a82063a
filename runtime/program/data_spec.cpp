#include "runtime/program/data_spec.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"
#include "runtime/data/json.h"
#include "runtime/program/spec_files.h"

namespace fedrt {
namespace {

// A struct type of some fields of the argument.
proto::Type part_of(const proto::Type& argument, const std::vector<int>& fields, bool own) {
  proto::Type type;
  type.mutable_struct_();
  for (const int field : fields)
    *type.mutable_struct_()->add_fields() = argument.struct_().fields(field);
  if (own) make_own(&type);
  return type;
}

// How a value of the type looks in JSON, as far as a line shows it.
std::string form_of(const proto::Type& type) {
  if (type.has_federated()) {
    const bool each =
        type.federated().placement() == proto::CLIENTS && !type.federated().all_equal();
    return each ? "[...]" : form_of(type.federated().member());
  }
  if (type.has_struct_())
    return type.struct_().fields_size() > 0 && !type.struct_().fields(0).name().empty() ? "{...}"
                                                                                        : "[...]";
  if (!type.has_tensor() || type.tensor().dims_size() > 0) return "[...]";
  switch (type.tensor().element()) {
    case proto::BOOL:
      return "true";
    case proto::FLOAT16:
    case proto::BFLOAT16:
    case proto::FLOAT32:
    case proto::FLOAT64:
      return "0.5";
    default:
      return "1";
  }
}

// "; write --args='{"rate":0.5}'": the flag for fields of a struct.
std::string example_of(const std::string& flag, const proto::Type& type) {
  std::string fields;
  for (const auto& field : type.struct_().fields())
    absl::StrAppend(&fields, fields.empty() ? "" : ",", "\"", field.name(),
                    "\":", form_of(field.type()));
  return absl::StrCat("; write ", flag, "='{", fields, "}'");
}

std::string names_of(const proto::Type& type) {
  std::string names;
  for (const auto& field : type.struct_().fields())
    absl::StrAppend(&names, names.empty() ? "" : ", ", "`", field.name(), "`");
  return names;
}

}  // namespace

void make_own(proto::Type* type) {
  if (type->has_federated()) type->mutable_federated()->set_all_equal(true);
  if (type->has_struct_())
    for (auto& field : *type->mutable_struct_()->mutable_fields()) make_own(field.mutable_type());
}

absl::StatusOr<std::string> text_of(const std::string& text_or_file, const std::string& flag) {
  if (text_or_file.empty()) return text_or_file;
  if (text_or_file[0] != '@') {
    if (absl::Status status = check_spec(text_or_file, flag); !status.ok()) return status;
    return text_or_file;
  }
  absl::StatusOr<std::string> text = read_file(text_or_file.substr(1));
  if (text.ok()) return text;
  return absl::NotFoundError(absl::StrCat(flag, ": ", std::string(text.status().message())));
}

std::string source_of(const std::string& text_or_file, const std::string& flag) {
  if (text_or_file.empty() || text_or_file[0] != '@') return flag;
  return absl::StrCat(flag, ": ", text_or_file.substr(1));
}

namespace {

// What the host gives is no argument: `text`, which `flag` gives, must not name it.
absl::Status check_no_host_inputs(const Computation& computation, const std::string& text,
                                  const std::string& flag) {
  const proto::StructType& argument = computation.manifest->argument().struct_();
  std::vector<std::string> keys;
  for (int i = 0; i < argument.fields_size(); ++i) {
    if (origin_of(*computation.manifest, i) != proto::FROM_HOST) continue;
    if (keys.empty()) {
      absl::StatusOr<std::vector<std::string>> found = json_keys(text, flag);
      if (!found.ok()) return absl::OkStatus();  // it is told of where it is read
      keys = *std::move(found);
    }
    const std::string& name = argument.fields(i).name();
    if (std::find(keys.begin(), keys.end(), name) != keys.end())
      return absl::InvalidArgumentError(absl::StrCat(
          flag, ": `", name, "` comes from the host: give it as --host ", name, "=VALUE"));
  }
  return absl::OkStatus();
}

// The fields in JSON: those that `spec` has from there, the others from `others`.
absl::StatusOr<Value> read_json(const SpecRequest& request, const std::vector<int>& fields,
                                bool files, const std::string& others) {
  const Computation& computation = *request.computation;
  const proto::Type& argument = computation.manifest->argument();
  const proto::Type whole = part_of(argument, fields, request.own);
  Value value;
  value.kind = Value::Kind::kStruct;
  value.items.resize(fields.size());
  const std::string spec = files ? "" : request.spec;
  if (fields.empty() && spec.empty()) return value;
  if (spec.empty() && others.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(files ? "--args" : request.flag, " is missing: `",
                     computation.manifest->name(), "` takes ", names_of(whole), " of type ",
                     to_string(whole), example_of(files ? "--args" : request.flag, whole)));
  const auto has = [](const std::vector<std::string>& keys, const std::string& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  const auto keys_of = [](const std::string& text, const std::string& flag,
                          std::vector<std::string>* keys) -> absl::Status {
    absl::StatusOr<std::vector<std::string>> found = json_keys(text, flag);
    if (found.ok()) *keys = *std::move(found);
    return found.status();
  };
  std::string spec_text, others_text;
  std::vector<std::string> spec_keys, others_keys;
  if (!spec.empty()) {
    absl::StatusOr<std::string> text = text_of(spec, request.flag);
    if (!text.ok()) return text.status();
    spec_text = *std::move(text);
    if (absl::Status status =
            check_no_host_inputs(computation, spec_text, source_of(spec, request.flag));
        !status.ok())
      return status;
  }
  if (!others.empty()) {
    absl::StatusOr<std::string> text = text_of(others, "--args");
    if (!text.ok()) return text.status();
    others_text = *std::move(text);
    if (absl::Status status =
            check_no_host_inputs(computation, others_text, source_of(others, "--args"));
        !status.ok())
      return status;
    if (absl::Status status = keys_of(others_text, source_of(others, "--args"), &others_keys);
        !status.ok())
      return status;
    if (!spec.empty())
      if (absl::Status status = keys_of(spec_text, source_of(spec, request.flag), &spec_keys);
          !status.ok())
        return status;
  }
  // What only the server has need not stand beside the clients' data.
  if (!spec.empty() && request.flag != "--args") {
    const absl::StatusOr<std::vector<std::string>> keys = json_keys(spec_text, request.flag);
    for (size_t i = 0; keys.ok() && i < fields.size(); ++i) {
      const auto& field = whole.struct_().fields(static_cast<int>(i));
      const bool at_server =
          !field.type().has_federated() || field.type().federated().placement() == proto::SERVER;
      if (!at_server || has(*keys, field.name()) || has(others_keys, field.name())) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          source_of(spec, request.flag), ": field `", field.name(), "` of type ",
          to_string(field.type()), " is missing: add it, or",
          example_of("--args", part_of(argument, {fields[i]}, request.own)).substr(1)));
    }
  }
  // A field that nobody gives is missing where it belongs.
  std::vector<int> from_spec, from_others;
  std::vector<size_t> spec_places, others_places;
  bool known = true;
  for (const std::string& key : spec_keys)
    known &= std::any_of(fields.begin(), fields.end(),
                         [&](int field) { return argument.struct_().fields(field).name() == key; });
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto& field = argument.struct_().fields(fields[i]);
    const bool in_others = !has(spec_keys, field.name()) && has(others_keys, field.name());
    if (spec.empty() && !in_others && !files && request.flag != "--args")
      return absl::InvalidArgumentError(
          absl::StrCat(request.flag, " is missing: `", computation.manifest->name(), "` takes `",
                       field.name(), "` of type ", to_string(field.type()),
                       example_of(request.flag, part_of(argument, {fields[i]}, request.own))));
    const bool other = spec.empty() || (known && in_others);
    (other ? from_others : from_spec).push_back(fields[i]);
    (other ? others_places : spec_places).push_back(i);
  }
  const auto take = [&](const std::string& text, const std::vector<int>& some,
                        const std::vector<size_t>& places, const std::string& flag,
                        bool more) -> absl::Status {
    absl::StatusOr<Value> part = parse_json(text, part_of(argument, some, request.own), flag, more);
    if (!part.ok()) return part.status();
    for (size_t i = 0; i < places.size(); ++i) value.items[places[i]] = std::move(part->items[i]);
    return absl::OkStatus();
  };
  if (!spec.empty())
    if (absl::Status status =
            take(spec_text, from_spec, spec_places, source_of(spec, request.flag), false);
        !status.ok())
      return status;
  if (!from_others.empty())
    if (absl::Status status =
            take(others_text, from_others, others_places, source_of(others, "--args"), true);
        !status.ok())
      return status;
  return value;
}

}  // namespace

std::vector<int> fields_at(const Computation& computation, proto::Placement placement) {
  std::vector<int> fields;
  const proto::Computation& manifest = *computation.manifest;
  for (int i = 0; i < manifest.argument().struct_().fields_size(); ++i) {
    if (manifest.has_state_argument() && manifest.state_argument() == static_cast<uint32_t>(i))
      continue;
    if (origin_of(manifest, i) != proto::FROM_ARGUMENT) continue;
    for (const LeafType& leaf : leaves_of(manifest.argument().struct_().fields(i).type()))
      if (leaf.placement == placement) {
        fields.push_back(i);
        break;
      }
  }
  return fields;
}

absl::StatusOr<Arguments> read_spec(const SpecRequest& request, const std::string& others) {
  const Computation& computation = *request.computation;
  const proto::Type& argument = computation.manifest->argument();
  std::vector<int> json_fields = request.fields;
  const absl::StatusOr<std::optional<SpecFiles>> parsed =
      parse_spec_files(request.spec, request.flag, request.seed);
  if (!parsed.ok()) return parsed.status();
  const std::optional<SpecFiles>& files = *parsed;
  if (files) {
    int sequence_field = -1;
    int sequences = 0;
    for (const int field : request.fields)
      for (const LeafType& leaf : leaves_of(argument.struct_().fields(field).type()))
        if (leaf.sequence) {
          sequence_field = field;
          ++sequences;
        }
    if (sequences != 1 || leaves_of(argument.struct_().fields(sequence_field).type()).size() != 1)
      return absl::InvalidArgumentError(
          absl::StrCat(request.flag, ": ", files->subject(), " an argument that is one sequence; `",
                       computation.manifest->name(), "` takes ", to_string(argument)));
    std::erase(json_fields, sequence_field);
  }
  if (absl::Status status = check_spec(request.spec, request.flag); !status.ok()) return status;

  // Everything else is JSON, from the SPEC itself or from --args.
  const bool from_spec = !files && !request.spec.empty();
  const std::string source = from_spec ? request.flag : "--args";
  const proto::Type type = part_of(argument, json_fields, request.own);
  absl::StatusOr<Value> read = read_json(request, json_fields, files.has_value(), others);
  if (!read.ok()) {
    // A file of records looks like one of JSON.
    const std::string path = from_spec && request.spec[0] == '@' ? request.spec.substr(1) : "";
    const std::string form = flag_for_file(path, request.flag);
    if (path.empty() || form == absl::StrCat(request.flag, "=@", path)) return read.status();
    return absl::InvalidArgumentError(absl::StrCat(std::string(read.status().message()),
                                                   "; a file with an object a line is ", form));
  }
  const Value value = *std::move(read);
  absl::StatusOr<int64_t> counted = client_count(value, type);
  if (!counted.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", std::string(counted.status().message())));
  if (*counted >= 0 && request.clients && *request.clients != static_cast<uint64_t>(*counted))
    return absl::InvalidArgumentError(absl::StrCat(source, ": has ", *counted, " clients, but ",
                                                   request.clients_flag, " says ",
                                                   *request.clients));
  std::optional<uint64_t> given = request.clients;
  if (*counted >= 0) given = static_cast<uint64_t>(*counted);
  const bool by_column = files && files->dealing().partition.kind == Partition::Kind::kColumn;
  if (!given && !by_column) given = request.otherwise;
  if (files && !given && !by_column)
    return absl::InvalidArgumentError(
        absl::StrCat(request.clients_flag,
                     "=N is missing: how many clients the records are dealt to; with "
                     "partition=column:NAME in the SPEC the values of a column say it"));
  std::shared_ptr<const SequenceSource> source_of_files;
  size_t slot_of_files = 0;
  for (size_t i = 0; files && i < computation.argument_leaves.size(); ++i) {
    if (computation.argument_slots[i].space != LeafSlot::Space::kClientSequence) continue;
    absl::StatusOr<std::shared_ptr<const SequenceSource>> made =
        open_spec_files(*files, computation.argument_leaves[i], given, request.flag);
    if (!made.ok()) return made.status();
    source_of_files = *std::move(made);
    slot_of_files = computation.argument_slots[i].index;
  }
  const uint64_t clients =
      source_of_files != nullptr ? source_of_files->clients() : given.value_or(1);

  absl::StatusOr<std::vector<Leaf>> flat = flatten(value, type);
  if (!flat.ok()) return flat.status();
  // Leaves of the whole argument, those of fields that are not ours with one empty tensor of their
  // type, which the caller replaces.
  std::vector<Leaf> leaves;
  std::vector<size_t> open;  // of those the indices
  size_t next = 0;
  for (int field = 0; field < argument.struct_().fields_size(); ++field) {
    const bool ours = std::find(json_fields.begin(), json_fields.end(), field) != json_fields.end();
    for (const LeafType& leaf : leaves_of(argument.struct_().fields(field).type())) {
      if (ours) {
        leaves.push_back(std::move((*flat)[next++]));
        continue;
      }
      open.push_back(leaves.size());
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
  if (!arguments.ok()) return arguments;
  // A state may be large: until it is there its place is not.
  for (const size_t leaf : open)
    if (computation.argument_slots[leaf].space == LeafSlot::Space::kServer)
      arguments->server[computation.argument_slots[leaf].index] = Tensor();
  if (source_of_files != nullptr) arguments->sequences[slot_of_files] = source_of_files;
  return arguments;
}

}  // namespace fedrt
