#include "runtime/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

absl::Status bad(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

// zlib's reader, which takes plain files, too.
class GzipFile {
 public:
  explicit GzipFile(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (file_) gzbuffer(file_, 1 << 17);
  }
  ~GzipFile() {
    if (file_) gzclose_r(file_);
  }
  bool is_open() const { return file_ != nullptr; }
  // Bytes read: fewer at the end of the file, and before damage, which *why then says.
  int64_t read(uint8_t* out, size_t bytes, std::string* why) {
    size_t got = 0;
    while (got < bytes) {
      const unsigned ask = static_cast<unsigned>(std::min<size_t>(bytes - got, 1 << 20));
      const int n = gzread(file_, out + got, ask);
      int code = 0;
      const char* message = gzerror(file_, &code);
      got += static_cast<size_t>(std::max(n, 0));
      // Damage that lies ahead is known early; it is an error only where it is reached.
      if (n < 0 || (n < static_cast<int>(ask) && code != Z_OK && code != Z_STREAM_END)) {
        *why = code == Z_ERRNO ? std::strerror(errno) : message;
        if (why->rfind(path_ + ": ", 0) == 0) why->erase(0, path_.size() + 2);
        break;
      }
      if (n == 0) break;
    }
    return static_cast<int64_t>(got);
  }

 private:
  std::string path_;
  gzFile file_;
};

uint32_t big_endian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

std::string hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

Tensor column_of(IdxFile file) {
  return {ElementType::kUint8, std::move(file.dims), std::move(file.bytes)};
}

// What the files hold, and who holds what.
struct DataSet {
  Records records;
  Dealt dealt;
};

absl::StatusOr<DataSet> load(const IdxSpec& spec, std::optional<uint64_t> clients) {
  DataSet data;
  data.records.path = spec.images;
  std::vector<uint32_t> ranks;
  const Whose whose_is = [&](uint64_t record, uint64_t count) {
    return whose(spec.dealing, record, count, ranks, clients);
  };
  // The labels first: they may say who would hold a damaged image.
  if (!spec.labels.empty()) {
    absl::StatusOr<IdxFile> labels = read_idx(spec.labels, whose_is);
    if (!labels.ok()) return labels.status();
    if (labels->dims.size() != 1)
      return bad(spec.labels,
                 absl::StrCat("has ", labels->dims.size(), " dimensions, labels have 1"));
    data.records.count = static_cast<uint64_t>(labels->dims[0]);
    data.records.columns.push_back({"label", column_of(*std::move(labels)), {}});
    if (spec.dealing.partition.column == "label") {
      absl::StatusOr<std::vector<uint32_t>> found = ranks_of(spec.dealing.partition, data.records);
      if (!found.ok()) return found.status();
      ranks = *std::move(found);
    }
  }
  absl::StatusOr<IdxFile> images = read_idx(spec.images, whose_is);
  if (!images.ok()) return images.status();
  if (images->dims.size() < 2)
    return bad(spec.images, absl::StrCat("has ", images->dims.size(),
                                         " dimension, images have at least 2 (examples, pixels)"));
  const uint64_t count = static_cast<uint64_t>(images->dims[0]);
  if (!data.records.columns.empty() && data.records.count != count)
    return bad(spec.labels, absl::StrCat("has ", data.records.count, " labels for the ", count,
                                         " images of ", spec.images));
  data.records.count = count;
  data.records.columns.insert(data.records.columns.begin(),
                              {"image", column_of(*std::move(images)), {}});
  if (ranks.empty()) {
    absl::StatusOr<std::vector<uint32_t>> found = ranks_of(spec.dealing.partition, data.records);
    if (!found.ok()) return found.status();
    ranks = *std::move(found);
  }
  absl::StatusOr<Dealt> dealt = deal(spec.dealing, count, ranks, clients, spec.images);
  if (!dealt.ok()) return dealt.status();
  data.dealt = *std::move(dealt);
  return data;
}

// Fits the program's element to the data set's.
absl::StatusOr<Form> fit(const IdxSpec& spec, const LeafType& element, const Records& records) {
  const auto wrong = [&](const std::string& what) { return unfit(element, spec.images, what); };
  absl::StatusOr<Form> form = form_of(element, spec.dealing, spec.images);
  if (!form.ok()) return form.status();
  const Tensor& images = records.columns[0].data;
  const int64_t pixels = *element_count(std::span(images.dims).subspan(1));
  bool has_image = false, has_label = false;
  for (size_t i = 0; i < form->fields.size(); ++i) {
    Field& field = form->fields[i];
    const bool integer = is_signed_integer(field.type) || is_unsigned_integer(field.type);
    if (field.dims.empty() && !has_label && integer) {
      has_label = true;
      field.column = 1;
      if (spec.labels.empty()) return wrong("labels=PATH is missing");
      continue;
    }
    if (element_count(field.dims) != pixels || has_image)
      return wrong(absl::StrCat("a ", to_string(*element.tensors[i]), " is neither an image of ",
                                pixels, " pixels nor a label"));
    has_image = true;
    if (field.type != ElementType::kFloat32 && field.type != ElementType::kFloat64 &&
        field.type != ElementType::kUint8)
      return wrong("images are float32, float64 or uint8");
  }
  if (!has_image) return wrong("there is no image in it");
  if (!has_label && !spec.labels.empty() && spec.dealing.partition.kind == Partition::Kind::kEven)
    return wrong("there is no label in it");
  return form;
}

// Of a label that the program's type does not have.
absl::Status check_labels(const IdxSpec& spec, const Form& form, const DataSet& data) {
  for (const Field& field : form.fields) {
    if (field.column != 1 || field.type != ElementType::kInt8) continue;
    const std::vector<uint8_t>& labels = data.records.columns[1].data.bytes;
    for (uint64_t client = 0; client + 1 < data.dealt.begins.size(); ++client)
      for (uint64_t i = data.dealt.begins[client]; i < data.dealt.begins[client + 1]; ++i)
        if (const uint8_t label = labels[data.dealt.order[i]]; label > 127)
          return bad(spec.labels,
                     absl::StrCat("record ", data.dealt.order[i], ", of client ", client,
                                  ": label ", static_cast<int>(label), " does not fit in int8"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<IdxFile> read_idx(const std::string& path, const Whose& whose) {
  errno = 0;
  GzipFile file(path);
  if (!file.is_open())
    return absl::NotFoundError(absl::StrCat(
        path, ": cannot be opened: ", errno != 0 ? std::strerror(errno) : "out of memory"));
  std::string why;
  uint8_t header[4];
  int64_t got = file.read(header, sizeof header, &why);
  if (!why.empty()) return bad(path, why);
  if (got < 4) return bad(path, "too short for an IDX file");
  const uint32_t magic = big_endian(header);
  const uint32_t rank = magic & 0xff;
  if (magic >> 16 != 0 || rank == 0 || rank > 7)
    return bad(path, absl::StrCat("not an IDX file (it begins with ", hex(magic), ")"));
  if ((magic >> 8 & 0xff) != 0x08)
    return bad(
        path, absl::StrCat("an IDX file of other elements than unsigned bytes (", hex(magic), ")"));
  IdxFile idx;
  for (uint32_t d = 0; d < rank; ++d) {
    got = file.read(header, sizeof header, &why);
    if (!why.empty()) return bad(path, why);
    if (got < 4) return bad(path, "cut short in its header");
    idx.dims.push_back(big_endian(header));
  }
  const auto total = element_count(idx.dims);
  if (!total || idx.dims[0] > std::numeric_limits<int32_t>::max())
    return bad(path, "its header says more data than there can be");
  const int64_t record = idx.dims[0] > 0 ? *total / idx.dims[0] : 0;
  if (record == 0 && idx.dims[0] > 0) return bad(path, "its records have no bytes");
  // In pieces, and no more room than data of which deflate makes a thousandth could fill: a header
  // that lies costs no memory.
  std::error_code no_size;
  const uintmax_t packed = std::filesystem::file_size(path, no_size);
  if (!no_size)
    idx.bytes.reserve(std::min<uintmax_t>(static_cast<uintmax_t>(*total), packed * 1032));
  while (static_cast<int64_t>(idx.bytes.size()) < *total) {
    const size_t have = idx.bytes.size();
    const size_t ask = static_cast<size_t>(
        std::min<int64_t>(*total - static_cast<int64_t>(have), int64_t{1} << 22));
    idx.bytes.resize(have + ask);
    got = file.read(idx.bytes.data() + have, ask, &why);
    if (got == static_cast<int64_t>(ask)) continue;
    const int64_t at = (static_cast<int64_t>(have) + got) / record;
    return bad(
        path, absl::StrCat(
                  "record ", at, " of ", idx.dims[0],
                  whose ? whose(static_cast<uint64_t>(at), static_cast<uint64_t>(idx.dims[0])) : "",
                  ": ", why.empty() ? "the file ends in it" : why));
  }
  got = file.read(header, 1, &why);
  if (!why.empty()) return bad(path, absl::StrCat("after the last record: ", why));
  if (got > 0)
    return bad(path, absl::StrCat("more data after its last record, number ", idx.dims[0] - 1));
  return idx;
}

absl::StatusOr<IdxSpec> parse_idx_spec(const std::string& text,
                                       std::optional<uint64_t> default_shuffle) {
  IdxSpec spec;
  if (absl::Status status =
          parse_dealing(text, default_shuffle, {{"images", &spec.images}, {"labels", &spec.labels}},
                        &spec.dealing);
      !status.ok())
    return status;
  if (spec.images.empty()) return absl::InvalidArgumentError("images=PATH is missing");
  if (spec.labels.empty() && spec.dealing.partition.column == "label")
    return absl::InvalidArgumentError("partition: labels=PATH is missing");
  return spec;
}

absl::StatusOr<std::shared_ptr<const SequenceSource>> make_idx_source(
    const IdxSpec& spec, const LeafType& element, std::optional<uint64_t> clients) {
  absl::StatusOr<DataSet> data = load(spec, clients);
  if (!data.ok()) return data.status();
  absl::StatusOr<Form> form = fit(spec, element, data->records);
  if (!form.ok()) return form.status();
  if (absl::Status status = check_labels(spec, *form, *data); !status.ok()) return status;
  return make_record_source(std::move(data->records), *std::move(form), std::move(data->dealt),
                            spec.dealing.epochs);
}

}  // namespace fedrt
