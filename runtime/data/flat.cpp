#include "runtime/data/flat.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

absl::Status wrong(const fed_leaf& leaf, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat(leaf.name && *leaf.name ? leaf.name : "value", ": ", what));
}

// Says how much was wanted: a program may declare values that no machine has room for.
class TooLarge : public std::bad_alloc {
 public:
  explicit TooLarge(uint64_t bytes)
      : text_(absl::StrCat("there is no memory for ", bytes, " bytes of the program's values")) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

// The zeros are calloc's, which need not write those that are the system's. How far the memory
// begins before what is given away stands in the byte before that.
uint8_t* allocate(uint64_t bytes) {
  uint8_t* memory = bytes > PTRDIFF_MAX - 2 * FED_ALIGNMENT
                        ? nullptr
                        : static_cast<uint8_t*>(std::calloc(1, bytes + 2 * FED_ALIGNMENT));
  if (memory == nullptr) throw TooLarge(bytes);
  const uint8_t before =
      static_cast<uint8_t>(FED_ALIGNMENT - reinterpret_cast<uintptr_t>(memory) % FED_ALIGNMENT);
  memory[before - 1] = before;
  return memory + before;
}

void release(uint8_t* data) {
  if (data != nullptr) std::free(data - data[-1]);
}

}  // namespace

AlignedBuffer::AlignedBuffer(uint64_t bytes) : data_(allocate(bytes)), size_(bytes) {}
void AlignedBuffer::clear() { std::memset(data_, 0, size_); }
AlignedBuffer::AlignedBuffer(AlignedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
AlignedBuffer::AlignedBuffer(const AlignedBuffer& other) : AlignedBuffer(other.size_) {
  if (size_ != 0) std::memcpy(data_, other.data_, size_);
}
AlignedBuffer& AlignedBuffer::operator=(const AlignedBuffer& other) {
  if (this != &other) *this = AlignedBuffer(other);
  return *this;
}
AlignedBuffer::~AlignedBuffer() { release(data_); }

absl::Status write_leaf(const fed_leaf& leaf, const Tensor& tensor, void* base) {
  const ElementType element = static_cast<ElementType>(leaf.element_type);
  if (tensor.element != element)
    return wrong(leaf, absl::StrCat("expected ", std::string(element_name(element)), ", found ",
                                    std::string(element_name(tensor.element))));
  if (tensor.dims.size() != leaf.rank)
    return wrong(leaf, absl::StrCat("expected rank ", leaf.rank, ", found ", tensor.dims.size()));
  for (uint32_t d = 0; d < leaf.rank; ++d) {
    const bool dynamic = (leaf.dynamic >> d) & 1;
    if (tensor.dims[d] < 0 ||
        (dynamic ? tensor.dims[d] > leaf.dims[d] : tensor.dims[d] != leaf.dims[d]))
      return wrong(leaf, absl::StrCat("size ", tensor.dims[d], " of dimension ", d, " is not ",
                                      dynamic ? "at most " : "", leaf.dims[d]));
  }
  if (tensor.bytes.size() > leaf.bytes ||
      tensor.bytes.size() != static_cast<size_t>(tensor.size()) * element_size(element))
    return wrong(leaf, absl::StrCat(tensor.bytes.size(), " bytes do not fit"));
  uint8_t* bytes = static_cast<uint8_t*>(base);
  uint64_t next = leaf.dims_offset;
  for (uint32_t d = 0; d < leaf.rank; ++d) {
    if (!((leaf.dynamic >> d) & 1)) continue;
    std::memcpy(bytes + next, &tensor.dims[d], sizeof(int64_t));
    next += sizeof(int64_t);
  }
  if (!tensor.bytes.empty())
    std::memcpy(bytes + leaf.offset, tensor.bytes.data(), tensor.bytes.size());
  std::memset(bytes + leaf.offset + tensor.bytes.size(), 0, leaf.bytes - tensor.bytes.size());
  return absl::OkStatus();
}

absl::Status read_leaf(const fed_leaf& leaf, const void* base, Tensor* out) {
  const uint8_t* bytes = static_cast<const uint8_t*>(base);
  out->element = static_cast<ElementType>(leaf.element_type);
  out->dims.assign(leaf.dims, leaf.dims + leaf.rank);
  uint64_t next = leaf.dims_offset;
  for (uint32_t d = 0; d < leaf.rank; ++d) {
    if (!((leaf.dynamic >> d) & 1)) continue;
    std::memcpy(&out->dims[d], bytes + next, sizeof(int64_t));
    next += sizeof(int64_t);
    if (out->dims[d] < 0 || out->dims[d] > leaf.dims[d])
      return wrong(leaf, absl::StrCat("size ", out->dims[d], " of dimension ", d,
                                      " is not between 0 and ", leaf.dims[d]));
  }
  const uint64_t size = static_cast<uint64_t>(out->size()) * element_size(out->element);
  if (size > leaf.bytes) return wrong(leaf, "more data than the layout has room for");
  out->bytes.assign(bytes + leaf.offset, bytes + leaf.offset + size);
  return absl::OkStatus();
}

}  // namespace fedrt
