// Data sets of records in files, and how they become the sequences that simulated clients hold.
// What a format's own is lies in idx.h and record_files.h.
#ifndef RUNTIME_DATA_RECORDS_H_
#define RUNTIME_DATA_RECORDS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/data/partition.h"
#include "runtime/data/sequence.h"
#include "runtime/data/tensor.h"
#include "runtime/data/value.h"

namespace fedrt {

// In this order: `limit` records of the shuffled set are taken, these are dealt to `shards` times
// as many clients as there are, and ours are those of shard `shard`: client c of C is number C *
// shard + c of them.
struct Dealing {
  std::optional<uint64_t> shuffle;  // seed; nothing: the order of the file
  uint64_t seed = 0;   // of the partition, where nothing is shuffled; else the shuffle's
                       // generator goes on
  uint64_t limit = 0;  // 0: all
  Partition partition;
  uint64_t shard = 0, shards = 1;
  uint64_t batch = 0;   // 0: as large as the program's bound allows
  uint64_t epochs = 1;  // how often a client's sequence goes through its records
};

// A key of a format's own, whose value is a path, and where that goes.
using PathKey = std::pair<std::string, std::string*>;

// Parses "KEY=VALUE,...": the paths, and
// "[,batch=N][,epochs=N][,partition=HOW][,shards=I/N][,limit=N][,shuffle=SEED|none]". A comma in a
// value is written "\,". Without `shuffle` it is `default_shuffle`.
absl::Status parse_dealing(const std::string& text, std::optional<uint64_t> default_shuffle,
                           const std::vector<PathKey>& paths, Dealing* out);

// A column has a row for each record: in the first dimension of a tensor, or a text each.
struct Column {
  std::string name;
  Tensor data;
  std::vector<std::string> texts;  // then there is no data
};

struct Records {
  std::string path;  // for messages
  uint64_t count = 0;
  std::vector<Column> columns;
};

// Which of the column's values each record has, from 0 in their order: that of the numbers, or of
// the bytes of texts (a tensor of uint8 with two dimensions is of texts, too). Nothing where the
// partition goes by no column. Fails where there is no such column, or one of other elements.
absl::StatusOr<std::vector<uint32_t>> ranks_of(const Partition& partition, const Records& records);

// Who holds what.
struct Dealt {
  std::vector<uint32_t> order;   // the first client's records, then the second one's ...
  std::vector<uint64_t> begins;  // where each client's begin there, and the end
};

// Deals the records from 0 to `count` - 1. Without `clients` there are as many as the partition
// makes of the column's values. Errors begin with `path`.
absl::StatusOr<Dealt> deal(const Dealing& dealing, uint64_t count, std::span<const uint32_t> ranks,
                           std::optional<uint64_t> clients, const std::string& path);

// ", of client 3" for who would hold a record, if that can be told and somebody would.
std::string whose(const Dealing& dealing, uint64_t record, uint64_t count,
                  std::span<const uint32_t> ranks, std::optional<uint64_t> clients);

// One leaf of an element: a column's row, as the leaf's type wants it. Bytes become fractions of
// 255 in a leaf of floats, and numbers in one of wider integers; else column and leaf are of one
// type.
struct Field {
  size_t column = 0;
  ElementType type = ElementType::kFloat32;
  std::vector<int64_t> dims;  // without the batch
};

struct Form {
  std::vector<Field> fields;  // a leaf each
  bool batched = false;       // an element is a batch of up to `batch` records
  uint64_t batch = 1;
};

// The form of the program's element, with the columns left to be chosen: where all leaves have an
// unknown first dimension, an element is a batch of up to that bound. Errors say what does not fit
// `path`.
absl::StatusOr<Form> form_of(const LeafType& element, const Dealing& dealing,
                             const std::string& path);

// "PATH: does not fit `data`, whose elements are float32[?,784],int32[?]: WHAT".
absl::Status unfit(const LeafType& element, const std::string& path, const std::string& what);

// The clients' sequences.
std::shared_ptr<const SequenceSource> make_record_source(Records records, Form form, Dealt dealt,
                                                         uint64_t epochs);

}  // namespace fedrt

#endif  // RUNTIME_DATA_RECORDS_H_
