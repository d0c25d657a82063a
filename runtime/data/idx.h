// MNIST's file format (Yann LeCun, "The IDX file format"): a magic number, big-endian dimensions,
// bytes. And image data sets in two such files, as sequences that simulated clients hold.
#ifndef RUNTIME_DATA_IDX_H_
#define RUNTIME_DATA_IDX_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "runtime/data/partition.h"
#include "runtime/data/sequence.h"
#include "runtime/data/value.h"

namespace fedrt {

struct IdxFile {
  std::vector<int64_t> dims;  // the first is the number of records
  std::vector<uint8_t> bytes;
};

// Reads a file of unsigned bytes, gzipped or not. Fails, naming file and record, at a bad magic
// number, data cut short or left over, and damage that gzip notices.
absl::StatusOr<IdxFile> read_idx(const std::string& path);

// How a data set in IDX files becomes the clients' sequences. In this order: `limit` examples of
// the shuffled set are taken, these are dealt to `shards` times as many clients as there are, and
// ours are those of shard `shard`: client c of C is number C * shard + c of them.
struct IdxSpec {
  std::string images, labels;       // paths; no labels: the program's element has none
  std::optional<uint64_t> shuffle;  // seed; nothing: the order of the file
  uint64_t seed = 0;   // of the partition, where nothing is shuffled; else the shuffle's
                       // generator goes on
  uint64_t limit = 0;  // 0: all
  Partition partition;
  uint64_t shard = 0, shards = 1;
  uint64_t batch = 0;   // 0: as large as the program's bound allows
  uint64_t epochs = 1;  // how often a client's sequence goes through its examples
};

// Parses "images=PATH,labels=PATH[,batch=N][,epochs=N][,partition=HOW][,shards=I/N][,limit=N]
// [,shuffle=SEED|none]". A comma in a path is written "\,". Without `shuffle` it is
// `default_shuffle`.
absl::StatusOr<IdxSpec> parse_idx_spec(const std::string& text,
                                       std::optional<uint64_t> default_shuffle);

// The sequences of `clients` clients. `element` is the sequence's leaf as leaves_of gives it, and
// decides the form: the leaf that has as many elements as an image has pixels is the image (float32
// or float64: scaled to [0, 1]; uint8: as in the file), flat or with rows and columns; a scalar
// leaf of an integer type is the label. Where both have an unknown first dimension an element is a
// batch of up to that bound.
absl::StatusOr<std::shared_ptr<const SequenceSource>> make_idx_source(const IdxSpec& spec,
                                                                      const LeafType& element,
                                                                      uint64_t clients);

}  // namespace fedrt

#endif  // RUNTIME_DATA_IDX_H_
