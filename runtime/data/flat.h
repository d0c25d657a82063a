// Tensors in the flat layouts of the ABI (runtime/abi/fed_abi.h).
#ifndef RUNTIME_DATA_FLAT_H_
#define RUNTIME_DATA_FLAT_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "absl/status/status.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/tensor.h"

namespace fedrt {

// FED_ALIGNMENT-aligned memory that starts as zeros. Never null, even when empty. A large one takes
// memory of the system as it is touched.
class AlignedBuffer {
 public:
  AlignedBuffer() : AlignedBuffer(0) {}
  explicit AlignedBuffer(uint64_t bytes);
  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  uint64_t size() const { return size_; }
  void clear();
  AlignedBuffer(AlignedBuffer&& other) noexcept;
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;
  AlignedBuffer(const AlignedBuffer& other);
  AlignedBuffer& operator=(const AlignedBuffer& other);
  ~AlignedBuffer();

 private:
  uint8_t* data_;
  uint64_t size_;
};

// Writes `tensor` as `leaf` of the layout at `base`; the room that it does not fill becomes zero.
// Fails where its element type, rank or sizes are not the leaf's.
absl::Status write_leaf(const fed_leaf& leaf, const Tensor& tensor, void* base);

// Reads `leaf` of the layout at `base`. Fails where an unknown dimension is negative or beyond its
// bound, which only a broken program or message can bring about.
absl::Status read_leaf(const fed_leaf& leaf, const void* base, Tensor* out);

}  // namespace fedrt

#endif  // RUNTIME_DATA_FLAT_H_
