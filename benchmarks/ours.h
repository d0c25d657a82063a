// A compiled `export fn` as a host calls it: over the client library. (Inside benchmarks.)
#ifndef BENCHMARKS_OURS_H_
#define BENCHMARKS_OURS_H_

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "fed_client.h"

// Memory of a phase's kind.
class Block {
 public:
  explicit Block(size_t bytes)
      : data_(std::aligned_alloc(64, (bytes + 127) / 64 * 64)), bytes_(bytes) {
    std::memset(data_, 0, bytes);
  }
  Block(const Block&) = delete;
  ~Block() { std::free(data_); }
  void* data() { return data_; }
  float* floats(size_t offset = 0) {
    return reinterpret_cast<float*>(static_cast<char*>(data_) + offset);
  }
  size_t bytes() const { return bytes_; }

 private:
  void* data_;
  size_t bytes_;
};

// One leaf of the batches of a sequence argument, batch after batch.
struct BatchLeaf {
  const void* data;
  size_t bytes;  // of a batch
  std::vector<int64_t> dims;
};

// The batches of a sequence argument.
struct Batches {
  int64_t count;
  std::vector<BatchLeaf> leaves;
  int64_t next = 0;
};

inline int32_t batches_open(void* user, uint32_t, uint32_t) {
  static_cast<Batches*>(user)->next = 0;
  return FED_OK;
}
inline int32_t batches_rewind(void* user, uint32_t, uint32_t) { return batches_open(user, 0, 0); }
inline int32_t batches_next(void* user, uint32_t, uint32_t, fed_view* leaves, uint32_t) {
  Batches& b = *static_cast<Batches*>(user);
  if (b.next == b.count) return FED_END;
  for (size_t i = 0; i < b.leaves.size(); ++i) {
    const BatchLeaf& leaf = b.leaves[i];
    leaves[i].data = static_cast<const char*>(leaf.data) + leaf.bytes * b.next;
    for (size_t d = 0; d < leaf.dims.size(); ++d) leaves[i].dims[d] = leaf.dims[d];
  }
  ++b.next;
  return FED_OK;
}

// The only computation of a program.
class Ours {
 public:
  Ours(const fed_program& program, Batches* batches)
      : computation_(program.computations[0]),
        memory_(fed_client_bytes(&program)),
        input(computation_.input.bytes),
        result(computation_.result.bytes) {
    host_.size = sizeof host_;
    host_.version = FED_ABI_VERSION;
    host_.user = batches;
    host_.sequence_open = batches_open;
    host_.sequence_next = batches_next;
    host_.sequence_rewind = batches_rewind;
    client_ = fed_client_open(&program, memory_.data(), memory_.bytes(), &host_);
    if (!client_) std::abort();
    error_.size = sizeof error_;
    error_.version = FED_ABI_VERSION;
  }

  float* argument(int i) { return input.floats(computation_.input.leaves[i].offset); }
  float* output(int i) { return result.floats(computation_.result.leaves[i].offset); }
  void set_param(float value) {
    uint64_t bytes = 0;
    std::memcpy(fed_client_params(client_, &bytes), &value, sizeof value);
  }
  void call() {
    int32_t status = fed_client_call(client_, computation_.name, input.data(), input.bytes(),
                                     result.data(), result.bytes(), &error_);
    if (status != FED_OK) {
      std::fprintf(stderr, "%s: status %d\n", computation_.name, status);
      std::exit(1);
    }
  }

 private:
  const fed_computation& computation_;
  Block memory_;

 public:
  Block input, result;

 private:
  fed_host host_ = {};
  fed_error error_ = {};
  fed_client* client_;
};

#endif  // BENCHMARKS_OURS_H_
