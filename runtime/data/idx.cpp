#include "runtime/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <limits>
#include <numeric>
#include <random>
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

bool parse_number(const std::string& text, uint64_t* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

// The data set, and which of its examples the clients have.
struct DataSet {
  IdxFile images;                // the first client's, then the second one's ...
  IdxFile labels;                // in the file's order
  std::vector<uint32_t> order;   // the number in the files of each client's examples
  std::vector<uint64_t> begins;  // where each client's begin there, and the end
  int64_t pixels = 0;
};

// Moves record order[i] of `size` bytes to place i, for all i, and the others behind. In its place:
// a copy would need the memory of all data twice.
void reorder(const std::vector<uint32_t>& order, size_t size, std::vector<uint8_t>& bytes) {
  std::vector<uint32_t> from = order;
  const size_t records = size != 0 ? bytes.size() / size : 0;
  std::vector<bool> taken(records);
  for (uint32_t record : order) taken[record] = true;
  for (uint32_t record = 0; record < records; ++record)
    if (!taken[record]) from.push_back(record);
  std::vector<uint8_t> first(size);
  for (size_t start = 0; start < records; ++start) {
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
}

// What the program wants of an element.
struct Form {
  int image = -1, label = -1;  // leaves
  ElementType image_type = ElementType::kFloat32, label_type = ElementType::kInt32;
  std::vector<int64_t> image_dims;  // without the batch
  bool batched = false;
  uint64_t batch = 1;
  size_t leaves = 0;
};

// in[p] / 255 rounded once, as a program of its own would scale, and without the division, which
// takes three times as long: a quotient by the reciprocal, corrected by what it leaves
// (P. Markstein, "Computation of elementary functions on the IBM RISC System/6000 processor", IBM
// Journal of Research and Development, 1990). A test goes through all bytes.
template <typename T>
#if defined(__x86_64__)
__attribute__((target("arch=x86-64-v3")))  // what compiled programs need, too
#endif
void scale(const uint8_t* in, size_t pixels, T* out) {
  constexpr T kReciprocal = T{1} / T{255};
  for (size_t p = 0; p < pixels; ++p) {
    const T value = static_cast<T>(in[p]);
    const T near = value * kReciprocal;
    const T rest = __builtin_elementwise_fma(-near, T{255}, value);
    out[p] = __builtin_elementwise_fma(rest, kReciprocal, near);
  }
}

class IdxSource : public SequenceSource {
 public:
  IdxSource(DataSet data, Form form, uint64_t epochs)
      : data_(std::move(data)), form_(std::move(form)), epochs_(epochs) {}
  uint64_t clients() const override { return data_.begins.size() - 1; }
  std::unique_ptr<SequenceReader> open(uint64_t client) const override;
  bool is_empty(uint64_t client) const override { return begin_of(client) == begin_of(client + 1); }

 private:
  // Of the client's examples in the order, or of the next one's.
  uint64_t begin_of(uint64_t client) const { return data_.begins[client]; }

  class Reader;

  DataSet data_;
  Form form_;
  uint64_t epochs_;
};

class IdxSource::Reader : public SequenceReader {
 public:
  Reader(const IdxSource* source, uint64_t client) : source_(*source) {
    begin_ = source_.begin_of(client);
    end_ = source_.begin_of(client + 1);
    rewind();
  }

  void rewind() override {
    next_ = begin_;
    epoch_ = begin_ == end_ ? source_.epochs_ : 0;
  }

  int32_t next(fed_view* leaves, uint32_t count) override {
    const Form& form = source_.form_;
    if (count != form.leaves) return FED_HOST_ERROR;
    if (epoch_ == source_.epochs_) return FED_END;
    const uint64_t examples = std::min(form.batch, end_ - next_);
    fed_view& image = leaves[form.image];
    switch (form.image_type) {
      case ElementType::kFloat64:
        image.data = scaled_images<double>(examples);
        break;
      case ElementType::kFloat32:
        image.data = scaled_images<float>(examples);
        break;
      default:
        image.data = scaled_images<uint8_t>(examples);
    }
    int64_t* dim = image.dims;
    if (form.batched) *dim++ = static_cast<int64_t>(examples);
    std::copy(form.image_dims.begin(), form.image_dims.end(), dim);
    if (form.label >= 0) {
      gather_labels(examples);
      leaves[form.label].data = labels_.data();
      if (form.batched) leaves[form.label].dims[0] = static_cast<int64_t>(examples);
    }
    next_ += examples;
    if (next_ == end_) {
      next_ = begin_;
      ++epoch_;
    }
    return FED_OK;
  }

 private:
  // The next examples' images, one behind the other.
  template <typename T>
  const void* scaled_images(uint64_t examples) {
    const size_t pixels = static_cast<size_t>(source_.data_.pixels);
    const uint8_t* in = source_.data_.images.bytes.data() + next_ * pixels;
    if constexpr (sizeof(T) == 1) {
      return in;
    } else {
      images_.resize(examples * pixels * sizeof(T));
      scale(in, examples * pixels, reinterpret_cast<T*>(images_.data()));
      return images_.data();
    }
  }

  void gather_labels(uint64_t examples) {
    const size_t size = element_size(source_.form_.label_type);
    labels_.assign(examples * size, 0);
    // Little endian, and never negative: the low byte is all there is.
    for (uint64_t e = 0; e < examples; ++e)
      labels_[e * size] = source_.data_.labels.bytes[source_.data_.order[next_ + e]];
  }

  const IdxSource& source_;
  uint64_t begin_, end_, next_ = 0, epoch_ = 0;
  std::vector<uint8_t> images_, labels_;
};

std::unique_ptr<SequenceReader> IdxSource::open(uint64_t client) const {
  return std::make_unique<Reader>(this, client);
}

absl::StatusOr<DataSet> load(const IdxSpec& spec, uint64_t clients) {
  DataSet data;
  absl::StatusOr<IdxFile> images = read_idx(spec.images);
  if (!images.ok()) return images.status();
  if (images->dims.size() < 2)
    return bad(spec.images, absl::StrCat("has ", images->dims.size(),
                                         " dimension, images have at least 2 (examples, pixels)"));
  data.images = *std::move(images);
  const int64_t examples = data.images.dims[0];
  data.pixels = 1;
  for (size_t d = 1; d < data.images.dims.size(); ++d) data.pixels *= data.images.dims[d];
  if (!spec.labels.empty()) {
    absl::StatusOr<IdxFile> labels = read_idx(spec.labels);
    if (!labels.ok()) return labels.status();
    if (labels->dims.size() != 1)
      return bad(spec.labels,
                 absl::StrCat("has ", labels->dims.size(), " dimensions, labels have 1"));
    if (labels->dims[0] != examples)
      return bad(spec.labels, absl::StrCat("has ", labels->dims[0], " labels for the ", examples,
                                           " images of ", spec.images));
    data.labels = *std::move(labels);
  }
  std::vector<uint32_t> order(static_cast<size_t>(examples));
  std::iota(order.begin(), order.end(), 0u);
  // Draws that are the same for every standard library.
  std::mt19937_64 rng(spec.shuffle.value_or(spec.seed));
  if (spec.shuffle) shuffle(&rng, order);
  if (spec.limit != 0 && spec.limit < order.size()) order.resize(spec.limit);
  // A shard is that of some of all clients.
  if (spec.shards > std::numeric_limits<uint64_t>::max() / clients)
    return bad(spec.images, absl::StrCat("shards: ", spec.shards, " of ", clients,
                                         " clients each are more than can be counted"));
  absl::StatusOr<std::vector<uint32_t>> ours =
      make_parts(spec.partition, order, data.labels.bytes, spec.shards * clients,
                 spec.shard * clients, clients, &rng, &data.begins);
  if (!ours.ok()) return ours.status();
  data.order = *std::move(ours);
  reorder(data.order, static_cast<size_t>(data.pixels), data.images.bytes);
  data.images.bytes.resize(data.order.size() * static_cast<size_t>(data.pixels));
  // A client that is a process has few of the images.
  if (data.images.bytes.size() < data.images.bytes.capacity() / 2)
    data.images.bytes.shrink_to_fit();
  return data;
}

// Fits the program's element to the data set's.
absl::StatusOr<Form> fit(const IdxSpec& spec, const LeafType& element, const DataSet& data) {
  Form form;
  form.leaves = element.tensors.size();
  std::string type;
  for (const proto::TensorType* tensor : element.tensors)
    absl::StrAppend(&type, type.empty() ? "" : ",", to_string(*tensor));
  const auto unfit = [&](const std::string& what) {
    return bad(spec.images, absl::StrCat("does not fit `", element.path, "`, whose elements are ",
                                         type, ": ", what));
  };
  uint64_t bound = 0;
  int batched = 0;
  for (int i = 0; i < static_cast<int>(element.tensors.size()); ++i) {
    const proto::TensorType& tensor = *element.tensors[i];
    const ElementType type_of_leaf = static_cast<ElementType>(tensor.element());
    const bool has_batch = tensor.dims_size() > 0 && tensor.dims(0).unknown();
    if (has_batch) {
      ++batched;
      const uint64_t own = static_cast<uint64_t>(tensor.dims(0).size());
      if (own != 0) bound = bound == 0 ? own : std::min(bound, own);
    }
    std::vector<int64_t> rest;
    int64_t size = 1;
    for (int d = has_batch ? 1 : 0; d < tensor.dims_size(); ++d) {
      if (tensor.dims(d).unknown())
        return unfit("only the first dimension, the batch, can be unknown");
      rest.push_back(tensor.dims(d).size());
      size *= tensor.dims(d).size();
    }
    if (rest.empty() && form.label < 0 &&
        (is_signed_integer(type_of_leaf) || is_unsigned_integer(type_of_leaf))) {
      form.label = i;
      form.label_type = type_of_leaf;
    } else if (size == data.pixels && form.image < 0) {
      form.image = i;
      form.image_type = type_of_leaf;
      form.image_dims = rest;
    } else {
      return unfit(absl::StrCat("a ", to_string(tensor), " is neither an image of ", data.pixels,
                                " pixels nor a label"));
    }
  }
  if (form.image < 0) return unfit("there is no image in it");
  if (form.image_type != ElementType::kFloat32 && form.image_type != ElementType::kFloat64 &&
      form.image_type != ElementType::kUint8)
    return unfit("images are float32, float64 or uint8");
  if (form.label >= 0 && spec.labels.empty()) return unfit("labels=PATH is missing");
  if (form.label < 0 && !spec.labels.empty() && spec.partition.kind == Partition::Kind::kEven)
    return unfit("there is no label in it");
  if (batched != 0 && batched != static_cast<int>(element.tensors.size()))
    return unfit("either all of it is a batch or nothing");
  form.batched = batched != 0;
  if (!form.batched && spec.batch > 1)
    return unfit(absl::StrCat("batch=", spec.batch, " of a program that takes single examples"));
  if (form.batched) {
    if (spec.batch == 0 && bound == 0) return unfit("batch=N is missing, as no bound says it");
    if (bound != 0 && spec.batch > bound)
      return unfit(absl::StrCat("batch=", spec.batch, " is more than the bound ", bound));
    form.batch = spec.batch != 0 ? spec.batch : bound;
  }
  if (form.label >= 0 && form.label_type == ElementType::kInt8)
    for (uint64_t client = 0; client + 1 < data.begins.size(); ++client)
      for (uint64_t i = data.begins[client]; i < data.begins[client + 1]; ++i)
        if (const uint8_t label = data.labels.bytes[data.order[i]]; label > 127)
          return bad(spec.labels,
                     absl::StrCat("record ", data.order[i], ", of client ", client, ": label ",
                                  static_cast<int>(label), " does not fit in int8"));
  return form;
}

}  // namespace

absl::StatusOr<IdxFile> read_idx(const std::string& path) {
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
    const int64_t at = (static_cast<int64_t>(have) + got) / record;
    if (!why.empty() && got < static_cast<int64_t>(ask))
      return bad(path, absl::StrCat("record ", at, " of ", idx.dims[0], ": ", why));
    if (got < static_cast<int64_t>(ask))
      return bad(path, absl::StrCat("record ", at, " of ", idx.dims[0], ": the file ends in it"));
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
  spec.shuffle = default_shuffle;
  spec.seed = default_shuffle.value_or(0);
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',')
      parts.back().push_back(text[++i]);
    else if (text[i] == ',')
      parts.emplace_back();
    else
      parts.back().push_back(text[i]);
  }
  std::vector<std::string> seen;
  for (const std::string& part : parts) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos)
      return absl::InvalidArgumentError(absl::StrCat("expected KEY=VALUE, found `", part, "`"));
    const std::string key = part.substr(0, equals), value = part.substr(equals + 1);
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      return absl::InvalidArgumentError(absl::StrCat("`", key, "` stands twice"));
    seen.push_back(key);
    const auto number = [&](uint64_t* out, uint64_t least) -> absl::Status {
      if (parse_number(value, out) && *out >= least) return absl::OkStatus();
      return absl::InvalidArgumentError(
          absl::StrCat(key, ": expected a whole number from ", least, " on, found `", value, "`"));
    };
    absl::Status status;
    if (key == "images") {
      spec.images = value;
    } else if (key == "labels") {
      spec.labels = value;
    } else if (key == "batch") {
      status = number(&spec.batch, 1);
    } else if (key == "epochs") {
      status = number(&spec.epochs, 1);
    } else if (key == "limit") {
      status = number(&spec.limit, 1);
    } else if (key == "shuffle") {
      uint64_t seed = 0;
      if (value == "none")
        spec.shuffle.reset();
      else if (status = number(&seed, 0); status.ok())
        spec.shuffle = seed;
      else
        status = absl::InvalidArgumentError(
            absl::StrCat("shuffle: expected a seed or `none`, found `", value, "`"));
    } else if (key == "partition") {
      absl::StatusOr<Partition> parsed = parse_partition(value);
      if (parsed.ok()) spec.partition = *parsed;
      status = parsed.status();
    } else if (key == "shards") {
      const size_t slash = value.find('/');
      if (slash == std::string::npos || !parse_number(value.substr(0, slash), &spec.shard) ||
          !parse_number(value.substr(slash + 1), &spec.shards) || spec.shard >= spec.shards)
        status = absl::InvalidArgumentError(
            absl::StrCat("shards: expected I/N with I from 0 to N-1, found `", value, "`"));
    } else {
      status = absl::InvalidArgumentError(
          absl::StrCat("unknown key `", key,
                       "`; the keys are images, labels, batch, epochs, partition, shards, limit, "
                       "shuffle"));
    }
    if (!status.ok()) return status;
  }
  if (spec.images.empty()) return absl::InvalidArgumentError("images=PATH is missing");
  if (spec.labels.empty() && spec.partition.kind != Partition::Kind::kEven)
    return absl::InvalidArgumentError("partition: labels=PATH is missing");
  return spec;
}

absl::StatusOr<std::shared_ptr<const SequenceSource>> make_idx_source(const IdxSpec& spec,
                                                                      const LeafType& element,
                                                                      uint64_t clients) {
  absl::StatusOr<DataSet> data = load(spec, std::max<uint64_t>(clients, 1));
  if (!data.ok()) return data.status();
  absl::StatusOr<Form> form = fit(spec, element, *data);
  if (!form.ok()) return form.status();
  return std::make_shared<const IdxSource>(*std::move(data), *std::move(form), spec.epochs);
}

}  // namespace fedrt
