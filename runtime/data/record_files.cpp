#include "runtime/data/record_files.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "runtime/data/excerpt.h"
#include "runtime/data/file.h"
#include "runtime/data/json.h"
#include "runtime/data/json_tree.h"
#include "runtime/data/npz.h"

namespace fedrt {
namespace {

constexpr uint64_t kMostRecords = std::numeric_limits<int32_t>::max();

absl::Status bad(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

// The name of a leaf's column.
std::string name_of(const LeafType& element, size_t leaf) {
  return element.element_paths[leaf].empty() ? "value" : element.element_paths[leaf];
}

// Without the first dimension, where that is unknown: of a batch, the type of a record.
void take_batch_away(proto::Type* type) {
  if (type->has_tensor() && type->tensor().dims_size() > 0 && type->tensor().dims(0).unknown())
    type->mutable_tensor()->mutable_dims()->DeleteSubrange(0, 1);
  if (type->has_struct_())
    for (auto& field : *type->mutable_struct_()->mutable_fields())
      take_batch_away(field.mutable_type());
}

proto::Type record_type(const LeafType& element) {
  proto::Type type = *element.element;
  if (!type.has_struct_()) {
    proto::Type whole;
    auto* field = whole.mutable_struct_()->add_fields();
    field->set_name("value");
    *field->mutable_type() = std::move(type);
    type = std::move(whole);
  }
  take_batch_away(&type);
  return type;
}

// What to write in the place of a line that is a list.
std::string form_of_line(const JsonNode& line, const proto::Type& type) {
  if (line.kind != JsonNode::Kind::kList) return "";
  if (!line.items().empty() && line.items()[0].kind == JsonNode::Kind::kObject)
    return "; each record of the list is a line of its own, as `jq -c '.[]'` makes them";
  std::string fields;
  for (const auto& field : type.struct_().fields())
    absl::StrAppend(&fields, fields.empty() ? "" : ",", "\"", field.name(), "\":...");
  return absl::StrCat("; write {", fields, "} on each line");
}

// The records of a file, a line each, and how they are told apart in messages.
class JsonLines {
 public:
  JsonLines(const RecordFileSpec& spec, std::optional<uint64_t> clients)
      : spec_(spec), clients_(clients) {}

  absl::Status read() {
    absl::StatusOr<std::string> text = read_file(spec_.path);
    if (!text.ok()) return text.status();
    text_ = *std::move(text);
    uint64_t number = 1;
    for (size_t at = 0; at < text_.size(); ++number) {
      const size_t end = std::min(text_.find('\n', at), text_.size());
      const std::string_view line = std::string_view(text_).substr(at, end - at);
      if (line.find_first_not_of(" \t\r") != std::string_view::npos)
        lines_.push_back({line, number});
      at = end + 1;
    }
    if (lines_.size() > kMostRecords) return bad(spec_.path, "more records than can be counted");
    return absl::OkStatus();
  }

  // The columns that the program takes; and, where the partition goes by a column, each record's
  // rank there.
  absl::StatusOr<Records> read_records(const LeafType& element, const Form& form) {
    const proto::Type type = record_type(element);
    Records records{spec_.path, lines_.size(), {}};
    for (size_t leaf = 0; leaf < form.fields.size(); ++leaf) {
      Tensor data{form.fields[leaf].type, {static_cast<int64_t>(lines_.size())}, {}};
      data.dims.insert(data.dims.end(), form.fields[leaf].dims.begin(),
                       form.fields[leaf].dims.end());
      records.columns.push_back({name_of(element, leaf), std::move(data), {}});
    }
    for (size_t r = 0; r < lines_.size(); ++r) {
      const absl::StatusOr<JsonNode> tree = parse_json_for(lines_[r].text, type, "");
      if (!tree.ok()) return broken(r, r, std::string(tree.status().message()));
      if (absl::Status status = take_column(r, *tree); !status.ok()) return status;
      absl::StatusOr<Value> value = decode_json(*tree, type, "", /*more_fields=*/true);
      if (!value.ok())
        return broken(
            r, r + 1,
            absl::StrCat(std::string(value.status().message()), form_of_line(*tree, type)));
      absl::StatusOr<std::vector<Leaf>> leaves = flatten(*value, type);
      if (!leaves.ok()) return broken(r, r + 1, std::string(leaves.status().message()));
      for (size_t leaf = 0; leaf < records.columns.size(); ++leaf) {
        const std::vector<uint8_t>& bytes = (*leaves)[leaf].members[0].tensor.bytes;
        std::vector<uint8_t>& all = records.columns[leaf].data.bytes;
        all.insert(all.end(), bytes.begin(), bytes.end());
      }
    }
    if (absl::Status status = rank(); !status.ok()) return status;
    return records;
  }

  size_t size() const { return lines_.size(); }
  std::span<const uint32_t> ranks() const { return ranks_; }

 private:
  struct Line {
    std::string_view text;
    uint64_t number;  // from 1, as editors count
  };

  // Takes what record r, the next one, has in the partition's column.
  absl::Status take_column(size_t r, const JsonNode& record) {
    const Partition& partition = spec_.dealing.partition;
    if (partition.column.empty()) return absl::OkStatus();
    const JsonNode* value = nullptr;
    const std::vector<std::string> none;
    const std::vector<std::string>& names =
        record.kind == JsonNode::Kind::kObject ? record.body->keys : none;
    for (size_t k = 0; k < names.size(); ++k)
      if (names[k] == partition.column) value = &record.items()[k];
    const auto wrong = [&](const std::string& what) {
      return bad(spec_.path,
                 absl::StrCat("line ", lines_[r].number, ": record ", r, ": partition: ", what));
    };
    if (value == nullptr) return wrong(no_column(partition, names));
    if (value->kind == JsonNode::Kind::kString)
      texts_.push_back(value->body->text);
    else if (value->kind == JsonNode::Kind::kInteger)
      integers_.push_back(value->integer);
    else if (value->kind == JsonNode::Kind::kUnsigned)
      integers_.push_back(value->unsigned_int);
    else
      return wrong(absl::StrCat("column `", excerpt(partition.column), "` is ", value->describe(),
                                " here; a partition goes by integers or texts"));
    if (!texts_.empty() && !integers_.empty())
      return wrong(absl::StrCat("column `", excerpt(partition.column), "` is ", value->describe(),
                                " here; it has both integers and texts"));
    return absl::OkStatus();
  }

  // Ranks the records by what was taken of all of them.
  absl::Status rank() {
    const Partition& partition = spec_.dealing.partition;
    if (partition.column.empty()) return absl::OkStatus();
    // The order of integers is all that counts.
    std::vector<__int128> sorted = integers_;
    std::sort(sorted.begin(), sorted.end());
    std::vector<int64_t> places;
    for (const __int128 value : integers_)
      places.push_back(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin());
    Records records{spec_.path, lines_.size(), {}};
    records.columns.push_back({partition.column,
                               Tensor::of<int64_t>({static_cast<int64_t>(places.size())}, places),
                               std::move(texts_)});
    absl::StatusOr<std::vector<uint32_t>> ranks = ranks_of(partition, records);
    if (ranks.ok()) ranks_ = *std::move(ranks);
    return ranks.status();
  }

  // ", of client 3": whose record it would be. The column is taken of `taken` records and read of
  // the rest; where it cannot be, nobody is named.
  std::string whose_is(size_t record, size_t taken) {
    for (size_t r = taken; r < lines_.size() && !spec_.dealing.partition.column.empty(); ++r) {
      const absl::StatusOr<JsonNode> tree = parse_json_tree(lines_[r].text);
      if (!tree.ok() || !take_column(r, *tree).ok()) return "";
    }
    if (!rank().ok()) return "";
    return whose(spec_.dealing, record, lines_.size(), ranks_, clients_);
  }

  // `what` is ": line 1, column 5: WHAT" or ": FIELD: WHAT", of the record's own text.
  absl::Status broken(size_t record, size_t taken, std::string_view what) {
    what.remove_prefix(std::min<size_t>(what.size(), what.substr(0, 2) == ": " ? 2 : 0));
    std::string column;
    constexpr std::string_view kFirst = "line 1, column ";
    if (const size_t colon = what.find(": ");
        what.substr(0, kFirst.size()) == kFirst && colon != std::string_view::npos) {
      column =
          absl::StrCat(", column ", std::string(what.substr(kFirst.size(), colon - kFirst.size())));
      what.remove_prefix(colon + 2);
    }
    return bad(spec_.path, absl::StrCat("line ", lines_[record].number, column, ": record ", record,
                                        whose_is(record, taken), ": ", std::string(what)));
  }

  const RecordFileSpec& spec_;
  const std::optional<uint64_t> clients_;
  std::string text_;
  std::vector<Line> lines_;
  // What the records so far have in the partition's column.
  std::vector<__int128> integers_;
  std::vector<std::string> texts_;
  std::vector<uint32_t> ranks_;
};

}  // namespace

absl::StatusOr<RecordFileSpec> parse_record_file_spec(const std::string& text,
                                                      std::optional<uint64_t> default_shuffle) {
  RecordFileSpec spec;
  if (absl::Status status =
          parse_dealing(text, default_shuffle, {{"records", &spec.path}}, &spec.dealing);
      !status.ok())
    return status;
  if (spec.path.empty()) return absl::InvalidArgumentError("records=PATH is missing");
  return spec;
}

absl::StatusOr<std::shared_ptr<const SequenceSource>> make_json_lines_source(
    const RecordFileSpec& spec, const LeafType& element, std::optional<uint64_t> clients) {
  absl::StatusOr<Form> form = form_of(element, spec.dealing, spec.path);
  if (!form.ok()) return form.status();
  for (size_t leaf = 0; leaf < form->fields.size(); ++leaf) form->fields[leaf].column = leaf;
  JsonLines lines(spec, clients);
  if (absl::Status status = lines.read(); !status.ok()) return status;
  absl::StatusOr<Records> records = lines.read_records(element, *form);
  if (!records.ok()) return records.status();
  absl::StatusOr<Dealt> dealt = deal(spec.dealing, lines.size(), lines.ranks(), clients, spec.path);
  if (!dealt.ok()) return dealt.status();
  return make_record_source(*std::move(records), *std::move(form), *std::move(dealt),
                            spec.dealing.epochs);
}

absl::StatusOr<std::shared_ptr<const SequenceSource>> make_npz_source(
    const RecordFileSpec& spec, const LeafType& element, std::optional<uint64_t> clients) {
  absl::StatusOr<Form> form = form_of(element, spec.dealing, spec.path);
  if (!form.ok()) return form.status();
  const auto wanted = [&](const std::string& name) {
    if (name == spec.dealing.partition.column) return true;
    for (size_t leaf = 0; leaf < form->fields.size(); ++leaf)
      if (name_of(element, leaf) == name) return true;
    return false;
  };
  absl::StatusOr<NamedTensors> arrays = read_npz(spec.path, nullptr, wanted);
  if (!arrays.ok()) return arrays.status();
  Records records{spec.path, 0, {}};
  std::vector<std::string> names;
  for (auto& [name, tensor] : *arrays) {
    names.push_back(name);
    records.columns.push_back({name, std::move(tensor), {}});
  }
  std::string first;
  // Arrays that nobody asks for may be of any size.
  const auto count = [&](const Column& column) -> absl::Status {
    if (column.data.dims.empty())
      return bad(spec.path, absl::StrCat("array `", column.name, "` has no dimension of records"));
    const uint64_t rows = static_cast<uint64_t>(column.data.dims[0]);
    if (!first.empty() && rows != records.count)
      return bad(spec.path, absl::StrCat("array `", column.name, "` has ", rows, " records, and `",
                                         first, "` ", records.count));
    if (rows > kMostRecords || (rows > 0 && column.data.bytes.empty()))
      return bad(spec.path, absl::StrCat("array `", column.name, "` has ", rows,
                                         " records of nothing, or too many"));
    first = column.name;
    records.count = rows;
    return absl::OkStatus();
  };
  for (size_t leaf = 0; leaf < form->fields.size(); ++leaf) {
    Field& field = form->fields[leaf];
    const std::string name = name_of(element, leaf);
    const auto at = std::find_if(records.columns.begin(), records.columns.end(),
                                 [&](const Column& column) { return column.name == name; });
    if (at == records.columns.end())
      return unfit(
          element, spec.path,
          absl::StrCat("there is no array `", name, "`; the arrays are ", list_names(names)));
    if (absl::Status status = count(*at); !status.ok()) return status;
    const std::span<const int64_t> row = std::span(at->data.dims).subspan(1);
    const bool fits = std::equal(row.begin(), row.end(), field.dims.begin(), field.dims.end());
    if (at->data.element != field.type || !fits)
      return unfit(
          element, spec.path,
          absl::StrCat("array `", name, "` is of ", std::string(element_name(at->data.element)),
                       "[", absl::StrJoin(at->data.dims, ","), "]",
                       fits ? astype_hint(at->data.element, field.type) : ""));
    field.column = static_cast<size_t>(at - records.columns.begin());
  }
  for (const Column& column : records.columns)
    if (column.name == spec.dealing.partition.column)
      if (absl::Status status = count(column); !status.ok()) return status;
  absl::StatusOr<std::vector<uint32_t>> ranks = ranks_of(spec.dealing.partition, records);
  if (!ranks.ok()) return ranks.status();
  absl::StatusOr<Dealt> dealt = deal(spec.dealing, records.count, *ranks, clients, spec.path);
  if (!dealt.ok()) return dealt.status();
  return make_record_source(std::move(records), *std::move(form), *std::move(dealt),
                            spec.dealing.epochs);
}

}  // namespace fedrt
