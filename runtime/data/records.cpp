#include "runtime/data/records.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "runtime/data/excerpt.h"
#include "runtime/data/pixels.h"

namespace fedrt {
namespace {

absl::Status bad(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

bool parse_number(const std::string& text, uint64_t* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

// The parts between commas that no backslash stands before.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',')
      parts.back().push_back(text[++i]);
    else if (text[i] == ',')
      parts.emplace_back();
    else
      parts.back().push_back(text[i]);
  }
  return parts;
}

absl::Status parse_key(const std::string& key, const std::string& value,
                       const std::vector<PathKey>& paths, Dealing* out) {
  const auto number = [&](uint64_t* to, uint64_t least) -> absl::Status {
    if (parse_number(value, to) && *to >= least) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(key, ": expected a whole number from ", least,
                                                   " on, found `", excerpt(value, kMostQuotedWord),
                                                   "`"));
  };
  for (const auto& [name, path] : paths)
    if (key == name) {
      *path = value;
      return absl::OkStatus();
    }
  if (key == "batch") return number(&out->batch, 1);
  if (key == "epochs") return number(&out->epochs, 1);
  if (key == "limit") return number(&out->limit, 1);
  if (key == "shuffle") {
    uint64_t seed = 0;
    if (value == "none")
      out->shuffle.reset();
    else if (parse_number(value, &seed))
      out->shuffle = seed;
    else
      return absl::InvalidArgumentError(absl::StrCat("shuffle: expected a seed or `none`, found `",
                                                     excerpt(value, kMostQuotedWord), "`"));
    return absl::OkStatus();
  }
  if (key == "partition") {
    absl::StatusOr<Partition> parsed = parse_partition(value);
    if (parsed.ok()) out->partition = *std::move(parsed);
    return parsed.status();
  }
  if (key == "shards") {
    const size_t slash = value.find('/');
    if (slash == std::string::npos || !parse_number(value.substr(0, slash), &out->shard) ||
        !parse_number(value.substr(slash + 1), &out->shards) || out->shard >= out->shards)
      return absl::InvalidArgumentError(
          absl::StrCat("shards: expected I/N with I from 0 to N-1, found `",
                       excerpt(value, kMostQuotedWord), "`"));
    return absl::OkStatus();
  }
  std::string names;
  for (const auto& [name, path] : paths) absl::StrAppend(&names, name, ", ");
  return absl::InvalidArgumentError(absl::StrCat("unknown key `", excerpt(key), "`; the keys are ",
                                                 names,
                                                 "batch, epochs, partition, shards, limit, "
                                                 "shuffle"));
}

// Ranks of values that can be compared.
template <typename T>
std::vector<uint32_t> rank(const std::vector<T>& values) {
  std::vector<T> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<uint32_t> ranks;
  ranks.reserve(values.size());
  for (const T& value : values)
    ranks.push_back(static_cast<uint32_t>(std::lower_bound(sorted.begin(), sorted.end(), value) -
                                          sorted.begin()));
  return ranks;
}

template <typename T>
std::vector<uint32_t> rank_elements(const Tensor& data) {
  const std::span<const T> values = data.as<T>();
  return rank(std::vector<T>(values.begin(), values.end()));
}

// Of one integer a record.
std::vector<uint32_t> rank_integers(const Tensor& data) {
  switch (data.element) {
    case ElementType::kInt8:
      return rank_elements<int8_t>(data);
    case ElementType::kInt16:
      return rank_elements<int16_t>(data);
    case ElementType::kInt32:
      return rank_elements<int32_t>(data);
    case ElementType::kInt64:
      return rank_elements<int64_t>(data);
    case ElementType::kUint16:
      return rank_elements<uint16_t>(data);
    case ElementType::kUint32:
      return rank_elements<uint32_t>(data);
    case ElementType::kUint64:
      return rank_elements<uint64_t>(data);
    default:
      return rank_elements<uint8_t>(data);  // bool, too
  }
}

std::vector<uint32_t> order_of(const Dealing& dealing, uint64_t count, std::mt19937_64* rng) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  if (dealing.shuffle) shuffle(rng, order);
  if (dealing.limit != 0 && dealing.limit < order.size()) order.resize(dealing.limit);
  return order;
}

// How many clients one shard has, where all are as many as the values that the records have.
absl::StatusOr<uint64_t> clients_of_column(const Dealing& dealing, std::vector<uint32_t> ranks,
                                           std::optional<uint64_t> clients,
                                           const std::string& path) {
  std::sort(ranks.begin(), ranks.end());
  const uint64_t values =
      static_cast<uint64_t>(std::unique(ranks.begin(), ranks.end()) - ranks.begin());
  const std::string column =
      absl::StrCat("partition: column `", excerpt(dealing.partition.column), "` ");
  if (values == 0)
    return bad(path, absl::StrCat(column,
                                  "has no values, as there are no records: nobody would be "
                                  "a client"));
  if (values > kMostParts)
    return bad(path, absl::StrCat(column, "has ", values, " different values, more than ",
                                  kMostParts, ", the most clients that are made of one"));
  const uint64_t each = clients.value_or(values / dealing.shards);
  if (each != 0 && dealing.shards <= values && each * dealing.shards == values) return each;
  const std::string shards = absl::StrCat(dealing.shards, " shards");
  const std::string asked =
      !clients ? absl::StrCat(shards, " cannot have equally many")
      : dealing.shards == 1
          ? absl::StrCat(*clients, *clients == 1 ? " is asked for" : " are asked for")
          : absl::StrCat(shards, " of ", *clients, " are asked for");
  return bad(path, absl::StrCat(column, "has ", values, " different value", values == 1 ? "" : "s",
                                ", each of which is a client, but ", asked));
}

// Moves row order[i] of `size` bytes to place i, for all i; what is in no order goes. In its place:
// a copy would need the memory of all data twice.
void reorder(const std::vector<uint32_t>& order, size_t size, std::vector<uint8_t>& bytes) {
  std::vector<uint32_t> from = order;
  const size_t rows = size != 0 ? bytes.size() / size : 0;
  std::vector<bool> taken(rows);
  for (uint32_t row : order)
    if (row < rows) taken[row] = true;
  for (uint32_t row = 0; row < rows; ++row)
    if (!taken[row]) from.push_back(row);
  std::vector<uint8_t> first(size);
  for (size_t start = 0; start < rows; ++start) {
    if (from[start] == start) continue;
    uint8_t* const data = bytes.data();
    std::memcpy(first.data(), data + start * size, size);
    size_t place = start;
    while (from[place] != start) {
      const size_t next = from[place];
      // The one after the next is known already; its memory takes long to come.
      for (size_t p = 0; p < std::min<size_t>(size, 4096); p += 64)
        __builtin_prefetch(data + from[next] * size + p);
      std::memcpy(data + place * size, data + next * size, size);
      from[place] = static_cast<uint32_t>(place);
      place = next;
    }
    std::memcpy(data + place * size, first.data(), size);
    from[place] = static_cast<uint32_t>(place);
  }
  bytes.resize(order.size() * size);
  // A client that is a process has few of the rows.
  if (bytes.size() < bytes.capacity() / 2) bytes.shrink_to_fit();
}

// The columns that the form wants, in the order of the clients that have the records: a client's
// lie one behind the other.
class RecordSource : public SequenceSource {
 public:
  RecordSource(Records records, Form form, Dealt dealt, uint64_t epochs)
      : records_(std::move(records)),
        form_(std::move(form)),
        begins_(std::move(dealt.begins)),
        epochs_(epochs) {
    for (size_t c = 0; c < records_.columns.size(); ++c) {
      Column& column = records_.columns[c];
      if (std::none_of(form_.fields.begin(), form_.fields.end(),
                       [&](const Field& field) { return field.column == c; })) {
        column = {};
        continue;
      }
      const size_t row =
          records_.count != 0 ? column.data.bytes.size() / static_cast<size_t>(records_.count) : 0;
      reorder(dealt.order, row, column.data.bytes);
      row_bytes_.resize(std::max(row_bytes_.size(), c + 1));
      row_bytes_[c] = row;
    }
  }
  uint64_t clients() const override { return begins_.size() - 1; }
  std::unique_ptr<SequenceReader> open(uint64_t client) const override;
  bool is_empty(uint64_t client) const override { return begins_[client] == begins_[client + 1]; }

 private:
  class Reader;

  Records records_;
  Form form_;
  std::vector<uint64_t> begins_;   // where each client's records begin, and the end
  std::vector<size_t> row_bytes_;  // by column
  uint64_t epochs_;
};

class RecordSource::Reader : public SequenceReader {
 public:
  Reader(const RecordSource* source, uint64_t client)
      : source_(*source),
        begin_(source_.begins_[client]),
        end_(source_.begins_[client + 1]),
        buffers_(source_.form_.fields.size()) {
    rewind();
  }

  void rewind() override {
    next_ = begin_;
    epoch_ = begin_ == end_ ? source_.epochs_ : 0;
  }

  int32_t next(fed_view* leaves, uint32_t count) override {
    const Form& form = source_.form_;
    if (count != form.fields.size()) return FED_HOST_ERROR;
    if (epoch_ == source_.epochs_) return FED_END;
    const uint64_t records = std::min(form.batch, end_ - next_);
    for (uint32_t f = 0; f < count; ++f) {
      leaves[f].data = rows(form.fields[f], records, &buffers_[f]);
      int64_t* dim = leaves[f].dims;
      if (form.batched) *dim++ = static_cast<int64_t>(records);
      std::copy(form.fields[f].dims.begin(), form.fields[f].dims.end(), dim);
    }
    next_ += records;
    if (next_ == end_) {
      next_ = begin_;
      ++epoch_;
    }
    return FED_OK;
  }

 private:
  // The next records' part: as it lies there, or converted in the buffer.
  const void* rows(const Field& field, uint64_t records, std::vector<uint8_t>* buffer) {
    const Tensor& column = source_.records_.columns[field.column].data;
    const size_t row = source_.row_bytes_[field.column], bytes = records * row;
    const uint8_t* in = column.bytes.data() + next_ * row;
    if (column.element == field.type) return in;
    const size_t size = element_size(field.type), elements = bytes / element_size(column.element);
    buffer->resize(elements * size);
    if (field.type == ElementType::kFloat32) {
      pixels_of_bytes(in, elements, reinterpret_cast<float*>(buffer->data()));
    } else if (field.type == ElementType::kFloat64) {
      pixels_of_bytes(in, elements, reinterpret_cast<double*>(buffer->data()));
    } else {
      // Little endian, and never negative: the low byte is all there is.
      std::fill(buffer->begin(), buffer->end(), uint8_t{0});
      for (size_t e = 0; e < elements; ++e) (*buffer)[e * size] = in[e];
    }
    return buffer->data();
  }

  const RecordSource& source_;
  uint64_t begin_, end_, next_ = 0, epoch_ = 0;
  std::vector<std::vector<uint8_t>> buffers_;  // a leaf each
};

std::unique_ptr<SequenceReader> RecordSource::open(uint64_t client) const {
  return std::make_unique<Reader>(this, client);
}

}  // namespace

absl::Status parse_dealing(const std::string& text, std::optional<uint64_t> default_shuffle,
                           const std::vector<PathKey>& paths, Dealing* out) {
  out->shuffle = default_shuffle;
  out->seed = default_shuffle.value_or(0);
  std::vector<std::string> seen;
  for (const std::string& part : split(text)) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos)
      return absl::InvalidArgumentError(
          absl::StrCat("expected KEY=VALUE, found `", excerpt(part, kMostQuotedWord), "`"));
    const std::string key = part.substr(0, equals);
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      return absl::InvalidArgumentError(absl::StrCat("`", excerpt(key), "` stands twice"));
    seen.push_back(key);
    if (absl::Status status = parse_key(key, part.substr(equals + 1), paths, out); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint32_t>> ranks_of(const Partition& partition, const Records& records) {
  if (partition.kind == Partition::Kind::kEven) return std::vector<uint32_t>();
  const Column* found = nullptr;
  std::vector<std::string> names;
  for (const Column& column : records.columns) {
    names.push_back(column.name);
    if (column.name == partition.column) found = &column;
  }
  if (found == nullptr) return bad(records.path, "partition: " + no_column(partition, names));
  if (!found->texts.empty()) return rank(found->texts);
  const Tensor& data = found->data;
  if (data.dims.size() == 1 && !is_float(data.element)) return rank_integers(data);
  if (data.dims.size() != 2 || data.element != ElementType::kUint8) {
    std::string dims = absl::StrJoin(data.dims.begin() + 1, data.dims.end(), ",");
    if (!dims.empty()) dims = absl::StrCat("[", dims, "]");
    return bad(records.path,
               absl::StrCat("partition: column `", excerpt(partition.column), "` has a ",
                            std::string(element_name(data.element)), dims,
                            " for each record; a partition goes by integers or texts"));
  }
  const size_t size = static_cast<size_t>(data.dims[1]);
  std::vector<std::string_view> texts;
  for (uint64_t r = 0; r < records.count; ++r)
    texts.emplace_back(reinterpret_cast<const char*>(data.bytes.data()) + r * size, size);
  return rank(texts);
}

absl::StatusOr<Dealt> deal(const Dealing& dealing, uint64_t count, std::span<const uint32_t> ranks,
                           std::optional<uint64_t> clients, const std::string& path) {
  // Draws that are the same for every standard library.
  std::mt19937_64 rng(dealing.shuffle.value_or(dealing.seed));
  const std::vector<uint32_t> order = order_of(dealing, count, &rng);
  uint64_t each = std::max<uint64_t>(clients.value_or(1), 1);
  if (dealing.partition.kind == Partition::Kind::kColumn) {
    std::vector<uint32_t> values;
    for (const uint32_t record : order) values.push_back(ranks[record]);
    absl::StatusOr<uint64_t> made = clients_of_column(dealing, std::move(values), clients, path);
    if (!made.ok()) return made.status();
    each = *made;
  }
  // A shard is that of some of all clients.
  if (dealing.shards > std::numeric_limits<uint64_t>::max() / each)
    return bad(path, absl::StrCat("shards: ", dealing.shards, " of ", each,
                                  " clients each are more than can be counted"));
  Dealt dealt;
  absl::StatusOr<std::vector<uint32_t>> ours =
      make_parts(dealing.partition, order, ranks, dealing.shards * each, dealing.shard * each, each,
                 &rng, &dealt.begins);
  if (!ours.ok()) return ours.status();
  dealt.order = *std::move(ours);
  return dealt;
}

std::string whose(const Dealing& dealing, uint64_t record, uint64_t count,
                  std::span<const uint32_t> ranks, std::optional<uint64_t> clients) {
  // A count that a damaged file says must not cost memory.
  constexpr uint64_t kMost = uint64_t{1} << 26;
  const bool by_column = dealing.partition.kind != Partition::Kind::kEven;
  if (count > kMost || (by_column && ranks.size() != count)) return "";
  absl::StatusOr<Dealt> dealt = deal(dealing, count, ranks, clients, "");
  if (!dealt.ok()) return "";
  const auto at = std::find(dealt->order.begin(), dealt->order.end(), record);
  if (at == dealt->order.end()) return "";
  const auto after = std::upper_bound(dealt->begins.begin(), dealt->begins.end(),
                                      static_cast<uint64_t>(at - dealt->order.begin()));
  return absl::StrCat(", of client ", after - dealt->begins.begin() - 1);
}

absl::Status unfit(const LeafType& element, const std::string& path, const std::string& what) {
  std::string type;
  for (const proto::TensorType* tensor : element.tensors)
    absl::StrAppend(&type, type.empty() ? "" : ",", to_string(*tensor));
  return bad(path, absl::StrCat("does not fit `", element.path, "`, whose elements are ", type,
                                ": ", what));
}

absl::StatusOr<Form> form_of(const LeafType& element, const Dealing& dealing,
                             const std::string& path) {
  Form form;
  uint64_t bound = 0;
  size_t batched = 0;
  for (const proto::TensorType* tensor : element.tensors) {
    Field field;
    field.type = static_cast<ElementType>(tensor->element());
    for (int d = 0; d < tensor->dims_size(); ++d) {
      const auto& dim = tensor->dims(d);
      if (!dim.unknown()) {
        field.dims.push_back(dim.size());
        continue;
      }
      if (d > 0) return unfit(element, path, "only the first dimension, the batch, can be unknown");
      ++batched;
      const uint64_t own = static_cast<uint64_t>(dim.size());
      if (own != 0) bound = bound == 0 ? own : std::min(bound, own);
    }
    form.fields.push_back(std::move(field));
  }
  if (batched != 0 && batched != form.fields.size())
    return unfit(element, path, "either all of it is a batch or nothing");
  form.batched = batched != 0;
  if (!form.batched && dealing.batch > 1)
    return unfit(element, path,
                 absl::StrCat("batch=", dealing.batch, " of a program that takes single examples"));
  if (form.batched) {
    if (dealing.batch == 0 && bound == 0)
      return unfit(element, path, "batch=N is missing, as no bound says it");
    if (bound != 0 && dealing.batch > bound)
      return unfit(element, path,
                   absl::StrCat("batch=", dealing.batch, " is more than the bound ", bound));
    form.batch = dealing.batch != 0 ? dealing.batch : bound;
  }
  return form;
}

std::shared_ptr<const SequenceSource> make_record_source(Records records, Form form, Dealt dealt,
                                                         uint64_t epochs) {
  return std::make_shared<const RecordSource>(std::move(records), std::move(form), std::move(dealt),
                                              epochs);
}

}  // namespace fedrt
