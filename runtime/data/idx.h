// MNIST's file format (Yann LeCun, "The IDX file format"): a magic number, big-endian dimensions,
// bytes. And image data sets in two such files, as sequences that simulated clients hold.
#ifndef RUNTIME_DATA_IDX_H_
#define RUNTIME_DATA_IDX_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/data/records.h"
#include "runtime/data/sequence.h"
#include "runtime/data/value.h"

namespace fedrt {

struct IdxFile {
  std::vector<int64_t> dims;  // the first is the number of records
  std::vector<uint8_t> bytes;
};

// What stands after a record's number in a message: ", of client 3", by the record and how many
// there are.
using Whose = std::function<std::string(uint64_t record, uint64_t count)>;

// Reads a file of unsigned bytes, gzipped or not. Fails, naming file and record, at a bad magic
// number, data cut short or left over, and damage that gzip notices.
absl::StatusOr<IdxFile> read_idx(const std::string& path, const Whose& whose = nullptr);

// A data set in IDX files: the columns `image` and `label`.
struct IdxSpec {
  std::string images, labels;  // paths; no labels: the program's element has none
  Dealing dealing;
};

// Parses "images=PATH,labels=PATH" and what parse_dealing does.
absl::StatusOr<IdxSpec> parse_idx_spec(const std::string& text,
                                       std::optional<uint64_t> default_shuffle);

// The sequences of `clients` clients, or of as many as the partition makes. `element` is the
// sequence's leaf as leaves_of gives it, and decides the form: the leaf that has as many elements
// as an image has pixels is the image (float32 or float64: scaled to [0, 1]; uint8: as in the
// file), flat or with rows and columns; a scalar leaf of an integer type is the label. Where both
// have an unknown first dimension an element is a batch of up to that bound.
absl::StatusOr<std::shared_ptr<const SequenceSource>> make_idx_source(
    const IdxSpec& spec, const LeafType& element, std::optional<uint64_t> clients);

}  // namespace fedrt

#endif  // RUNTIME_DATA_IDX_H_
