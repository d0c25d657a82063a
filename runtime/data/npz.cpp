#include "runtime/data/npz.h"

#include <zlib.h>

#include <charconv>
#include <cstring>
#include <deque>
#include <iterator>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "runtime/data/excerpt.h"
#include "runtime/data/file.h"

namespace fedrt {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEndRecord = 0x06054b50;
constexpr uint16_t kVersion = 20, kStored = 0, kDeflated = 8;
constexpr uint16_t kDate = 1 << 5 | 1;  // 1 January 1980, the zip format's first day
constexpr char kMagic[] = "\x93NUMPY";
constexpr char kZipBegins[] = "PK";

struct Descr {
  ElementType element;
  const char* text;
};
constexpr Descr kDescrs[] = {
    {ElementType::kBool, "|b1"},    {ElementType::kInt8, "|i1"},     {ElementType::kInt16, "<i2"},
    {ElementType::kInt32, "<i4"},   {ElementType::kInt64, "<i8"},    {ElementType::kUint8, "|u1"},
    {ElementType::kUint16, "<u2"},  {ElementType::kUint32, "<u4"},   {ElementType::kUint64, "<u8"},
    {ElementType::kFloat16, "<f2"}, {ElementType::kBfloat16, "|V2"}, {ElementType::kFloat32, "<f4"},
    {ElementType::kFloat64, "<f8"}, {ElementType::kBfloat16, "<V2"},
};

template <typename T>
void put(T value, std::string* out) {
  for (size_t i = 0; i < sizeof(T); ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

template <typename T>
bool get(std::string_view bytes, size_t at, T* out) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) return false;
  *out = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    *out = static_cast<T>(*out | static_cast<T>(static_cast<uint8_t>(bytes[at + i])) << (8 * i));
  return true;
}

uint32_t checksum(std::string_view bytes, uint32_t before = 0) {
  uLong crc = before;
  while (!bytes.empty()) {
    const uInt part = static_cast<uInt>(std::min<size_t>(bytes.size(), 1 << 30));
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), part);
    bytes.remove_prefix(part);
  }
  return static_cast<uint32_t>(crc);
}

// What precedes the data of the tensor in a .npy file.
std::string npy_header(const Tensor& tensor) {
  const char* descr = "";
  for (const Descr& d : kDescrs)
    if (d.element == tensor.element && *descr == 0) descr = d.text;
  std::string shape = "(";
  for (size_t i = 0; i < tensor.dims.size(); ++i)
    absl::StrAppend(&shape, i ? ", " : "", tensor.dims[i]);
  shape += tensor.dims.size() == 1 ? ",)" : ")";
  std::string header =
      absl::StrCat("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", shape, ", }");
  // The array begins at a multiple of 64; the header ends with a line feed.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header.push_back('\n');
  std::string npy(kMagic, 6);
  npy.append("\x01\x00", 2);
  put<uint16_t>(static_cast<uint16_t>(header.size()), &npy);
  npy += header;
  return npy;
}

// The value of a key in the header's dictionary, up to its comma or brace.
std::optional<std::string_view> dictionary_value(std::string_view header, std::string_view key) {
  const size_t at = header.find(absl::StrCat("'", std::string(key), "':"));
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + key.size() + 3);
  while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
  const size_t end = !rest.empty() && rest[0] == '(' ? rest.find(')') : rest.find_first_of(",}");
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(0, end);
}

// From Fortran's order (the first dimension fastest) to ours.
void turn(Tensor* tensor) {
  const size_t size = element_size(tensor->element), rank = tensor->dims.size();
  const std::vector<uint8_t> in = tensor->bytes;
  std::vector<int64_t> index(rank, 0);
  for (size_t to = 0; to < in.size() / size; ++to) {
    size_t from = 0, stride = 1;
    for (size_t d = 0; d < rank; ++d) {
      from += static_cast<size_t>(index[d]) * stride;
      stride *= static_cast<size_t>(tensor->dims[d]);
    }
    std::memcpy(tensor->bytes.data() + to * size, in.data() + from * size, size);
    for (size_t d = rank; d-- > 0 && ++index[d] == tensor->dims[d];) index[d] = 0;
  }
}

// The beginning of a .npy file.
struct NpyHeader {
  Tensor form;  // without bytes
  bool fortran_order = false;
  size_t bytes = 0;  // before the data
};

constexpr size_t kMostHeaderBytes = 1 << 16;

// What is wrong with an array whose dtype, as the header writes it, has no type here.
std::string wrong_dtype(std::string_view descr) {
  if (descr.substr(0, 1) == "[")
    return "an array of a structured dtype, which has no type here: write an array for each field";
  // Without quotes: '<U5'.
  if (descr.size() > 2) descr = descr.substr(1, descr.size() - 2);
  const std::string dtype = absl::StrCat("(dtype `", excerpt(descr), "`)");
  const char kind = descr.size() > 1 ? descr[1] : ' ';
  if (kind == 'O')
    return absl::StrCat("an array of Python objects ", dtype,
                        ", which only Python reads: make it one of numbers, such as "
                        "`.astype(numpy.float32)`");
  if (kind == 'U' || kind == 'S')
    return absl::StrCat("an array of texts ", dtype,
                        ", which have no type here: number them, with "
                        "`numpy.unique(texts, return_inverse=True)[1].astype(numpy.int32)`");
  for (const Descr& d : kDescrs)
    if (descr.substr(0, 1) == ">" && descr.substr(1) == std::string_view(d.text).substr(1))
      return absl::StrCat("an array in the other byte order ", dtype, ": `.astype(\"<",
                          std::string(descr.substr(1)), "\")` turns it");
  return absl::StrCat("an array of elements that have no type here ", dtype);
}

// Nothing: fine; else what is wrong. `npy` may be cut after the header.
std::string read_header(std::string_view npy, NpyHeader* out) {
  uint16_t short_length = 0;
  uint32_t length = 0;
  if (npy.size() < 10 || std::memcmp(npy.data(), kMagic, 6) != 0) return "not a .npy array";
  const int version = npy[6];
  size_t start = 10;
  if (version == 1) {
    get(npy, 8, &short_length);
    length = short_length;
  } else if ((version == 2 || version == 3) && get(npy, 8, &length)) {
    start = 12;
  } else {
    return "a .npy array of a version that is not known";
  }
  if (npy.size() < start || npy.size() - start < length) return "cut short in its header";
  out->bytes = start + length;
  const std::string_view header = npy.substr(start, length);
  const auto descr = dictionary_value(header, "descr");
  const auto order = dictionary_value(header, "fortran_order");
  const auto shape = dictionary_value(header, "shape");
  if (!descr || !order || !shape || shape->empty() || (*shape)[0] != '(')
    return "its header says no descr, fortran_order or shape";
  out->fortran_order = *order == "True";
  bool known = false;
  for (const Descr& d : kDescrs)
    if (descr->size() == 5 && descr->substr(1, 3) == d.text) {
      out->form.element = d.element;
      known = true;
    }
  if (!known) return wrong_dtype(*descr);
  for (std::string_view rest = shape->substr(1); !rest.empty();) {
    if (rest[0] == ' ' || rest[0] == ',') {
      rest.remove_prefix(1);
      continue;
    }
    int64_t dim = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), dim);
    if (error != std::errc() || dim < 0) return "its shape cannot be read";
    out->form.dims.push_back(dim);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
  }
  return "";
}

// Whether an entry of `size` bytes is the header and just the data of its shape.
bool is_of_size(const NpyHeader& header, size_t size) {
  const auto count = element_count(header.form.dims);
  return count && *count <= (int64_t{1} << 58) && size >= header.bytes &&
         static_cast<uint64_t>(*count) * element_size(header.form.element) == size - header.bytes;
}

Tensor read_data(NpyHeader header, std::string_view npy) {
  Tensor tensor = std::move(header.form);
  tensor.bytes.assign(npy.begin() + static_cast<ptrdiff_t>(header.bytes), npy.end());
  // Compiled code takes a bool for 0 or 1.
  if (tensor.element == ElementType::kBool)
    for (uint8_t& byte : tensor.bytes) byte = byte != 0;
  if (header.fortran_order) turn(&tensor);
  return tensor;
}

// Undoes deflate, of what becomes `size` bytes the first `*out` holds; false on damage, or another
// size.
bool inflate_first(std::string_view in, size_t size, std::string* out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out->data());
  stream.avail_out = static_cast<uInt>(out->size());
  const int result = inflate(&stream, Z_SYNC_FLUSH);
  const bool whole =
      stream.avail_out == 0 && (out->size() < size ? result == Z_OK : result == Z_STREAM_END);
  inflateEnd(&stream);
  return whole;
}

}  // namespace

absl::Status write_npz(const std::string& path, const NamedTensors& tensors) {
  std::deque<std::string> headers;  // of the entries; parts point into them, and into the tensors
  std::vector<std::string_view> parts;
  std::string directory;
  size_t written = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::string entry = name + ".npy", header = npy_header(tensor);
    const std::string_view data(reinterpret_cast<const char*>(tensor.bytes.data()),
                                tensor.bytes.size());
    const size_t size = header.size() + data.size();
    if (written + size + directory.size() > std::numeric_limits<uint32_t>::max() / 2 ||
        entry.size() > 60000 || tensors.size() > 60000)
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": too large for an archive of this form (2 GiB)"));
    // The fields that both headers have.
    std::string common;
    put<uint16_t>(kVersion, &common);
    put<uint16_t>(0, &common);  // flags
    put<uint16_t>(kStored, &common);
    put<uint16_t>(0, &common);  // time
    put<uint16_t>(kDate, &common);
    put<uint32_t>(checksum(data, checksum(header)), &common);
    put<uint32_t>(static_cast<uint32_t>(size), &common);
    put<uint32_t>(static_cast<uint32_t>(size), &common);
    put<uint16_t>(static_cast<uint16_t>(entry.size()), &common);
    put<uint16_t>(0, &common);  // extra field
    put<uint32_t>(kCentralHeader, &directory);
    put<uint16_t>(kVersion, &directory);
    directory += common;
    put<uint16_t>(0, &directory);  // comment
    put<uint16_t>(0, &directory);  // disk
    put<uint16_t>(0, &directory);  // internal attributes
    put<uint32_t>(0, &directory);  // external attributes
    put<uint32_t>(static_cast<uint32_t>(written), &directory);
    directory += entry;
    std::string& local = headers.emplace_back();
    put<uint32_t>(kLocalHeader, &local);
    local += common + entry + header;
    parts.insert(parts.end(), {local, data});
    written += local.size() + data.size();
  }
  const uint32_t directory_bytes = static_cast<uint32_t>(directory.size());
  put<uint32_t>(kEndRecord, &directory);
  put<uint32_t>(0, &directory);  // disks
  put<uint16_t>(static_cast<uint16_t>(tensors.size()), &directory);
  put<uint16_t>(static_cast<uint16_t>(tensors.size()), &directory);
  put<uint32_t>(directory_bytes, &directory);
  put<uint32_t>(static_cast<uint32_t>(written), &directory);
  put<uint16_t>(0, &directory);  // comment
  parts.push_back(directory);
  return write_file(path, parts, 0666, /*lasting=*/true);
}

std::string astype_hint(ElementType found, ElementType wanted) {
  if (found == wanted) return "";
  const std::string name(element_name(wanted));
  return absl::StrCat("; `.astype(",
                      wanted == ElementType::kBool       ? "bool"
                      : wanted == ElementType::kBfloat16 ? "ml_dtypes.bfloat16"
                                                         : "numpy." + name,
                      ")` makes it that");
}

absl::StatusOr<NamedTensors> read_npz(const std::string& path, const NpzFilter& filter,
                                      const NpzNames& wanted) {
  absl::StatusOr<std::string> bytes =
      read_file(path, std::numeric_limits<uint32_t>::max(), kZipBegins);
  if (!bytes.ok()) return bytes.status();
  const std::string file = *std::move(bytes);
  const auto bad = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
  };
  // The end record stands at the end, before a comment of at most 65535 bytes.
  size_t end = std::string::npos;
  for (size_t back = 22; back <= file.size() && back < 22 + 65536; ++back) {
    uint32_t signature = 0;
    if (get(std::string_view(file), file.size() - back, &signature) && signature == kEndRecord) {
      end = file.size() - back;
      break;
    }
  }
  if (end == std::string::npos) return bad("not a zip archive, or cut short");
  uint16_t entries = 0;
  uint32_t at = 0;
  get(std::string_view(file), end + 10, &entries);
  get(std::string_view(file), end + 16, &at);
  NamedTensors tensors;
  for (size_t n = 0, next = at; n < entries; ++n) {
    const std::string_view all(file);
    uint32_t signature = 0, crc = 0, packed = 0, size = 0, offset = 0;
    uint16_t flags = 0, method = 0, name_length = 0, extra = 0, comment = 0;
    if (!get(all, next, &signature) || signature != kCentralHeader || !get(all, next + 8, &flags) ||
        !get(all, next + 10, &method) || !get(all, next + 16, &crc) ||
        !get(all, next + 20, &packed) || !get(all, next + 24, &size) ||
        !get(all, next + 28, &name_length) || !get(all, next + 30, &extra) ||
        !get(all, next + 32, &comment) || !get(all, next + 42, &offset) ||
        all.size() - next < size_t{46} + name_length)
      return bad("its directory is damaged");
    const std::string name(all.substr(next + 46, name_length));
    next += size_t{46} + name_length + extra + comment;
    const auto bad_entry = [&](const std::string& what) {
      return bad(absl::StrCat(excerpt(name), ": ", what));
    };
    std::string array = name;
    if (name.size() > 4 && name.compare(name.size() - 4, 4, ".npy") == 0)
      array.resize(name.size() - 4);
    for (const auto& [other, tensor] : tensors)
      if (other == array) return bad_entry("stands there twice");
    if (wanted && !wanted(array)) {
      tensors.emplace_back(std::move(array), Tensor());
      continue;
    }
    uint16_t local_name = 0, local_extra = 0;
    if (packed == 0xffffffffu || size == 0xffffffffu)
      return bad_entry("entries beyond 4 GiB are not read");
    if (!get(all, offset, &signature) || signature != kLocalHeader ||
        !get(all, size_t{offset} + 26, &local_name) || !get(all, size_t{offset} + 28, &local_extra))
      return bad_entry("damaged header");
    const size_t start = size_t{offset} + 30 + local_name + local_extra;
    if (start > all.size() || all.size() - start < packed) return bad_entry("cut short");
    std::string_view data = all.substr(start, packed);
    if (flags & 1) return bad_entry("encrypted");
    if (method != kDeflated && method != kStored)
      return bad_entry("compressed in a way that is not read here");
    // First the header alone, so that nothing is unpacked but what is wanted.
    std::string unpacked;
    const auto unpack = [&](size_t most) {
      if (method == kStored) return true;
      unpacked.resize(std::min<size_t>(size, most));
      data = unpacked;
      return inflate_first(all.substr(start, packed), size, &unpacked);
    };
    if (!unpack(kMostHeaderBytes)) return bad_entry("its compressed data are damaged");
    NpyHeader header;
    if (const std::string wrong = read_header(data, &header); !wrong.empty())
      return bad_entry(wrong);
    if (!is_of_size(header, method == kStored ? packed : size))
      return bad_entry("its data are not of its shape's size");
    if (filter)
      if (absl::Status status = filter(array, header.form); !status.ok()) return status;
    if (size > kMostHeaderBytes && !unpack(size))
      return bad_entry("its compressed data are damaged");
    if (checksum(data) != crc) return bad_entry("its checksum is wrong");
    Tensor tensor = read_data(std::move(header), data);
    tensors.emplace_back(std::move(array), std::move(tensor));
  }
  return tensors;
}

}  // namespace fedrt
