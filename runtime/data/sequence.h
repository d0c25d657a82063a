// Sequences that clients hold, as compiled code asks for them: one pass at a time, one element at a
// time, as often as it likes.
#ifndef RUNTIME_DATA_SEQUENCE_H_
#define RUNTIME_DATA_SEQUENCE_H_

#include <cstdint>
#include <memory>

#include "runtime/abi/fed_abi.h"
#include "runtime/data/value.h"

namespace fedrt {

// One pass. Not for several threads at once.
class SequenceReader {
 public:
  virtual ~SequenceReader() = default;
  // Fills one view a leaf and returns FED_OK, or returns FED_END, or an error. What the views point
  // to is valid until the next call.
  virtual int32_t next(fed_view* leaves, uint32_t count) = 0;
  virtual void rewind() = 0;
};

// One sequence argument over all clients. Thread-safe; every pass yields equal elements.
class SequenceSource {
 public:
  virtual ~SequenceSource() = default;
  virtual uint64_t clients() const = 0;
  virtual std::unique_ptr<SequenceReader> open(uint64_t client) const = 0;
  // Whether the client's sequence has no element.
  virtual bool is_empty(uint64_t client) const = 0;
};

// A source over elements in memory: a member a client, or one that all clients share.
std::shared_ptr<const SequenceSource> make_value_source(Leaf leaf);

}  // namespace fedrt

#endif  // RUNTIME_DATA_SEQUENCE_H_
