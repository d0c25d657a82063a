// Data sets whose records have names for what is in them: a JSON object a line
// (https://jsonlines.org), or arrays of one length in NumPy's .npz.
#ifndef RUNTIME_DATA_RECORD_FILES_H_
#define RUNTIME_DATA_RECORD_FILES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "runtime/data/records.h"
#include "runtime/data/sequence.h"
#include "runtime/data/value.h"

namespace fedrt {

struct RecordFileSpec {
  std::string path;
  Dealing dealing;
};

// Parses "records=PATH" and what parse_dealing does.
absl::StatusOr<RecordFileSpec> parse_record_file_spec(const std::string& text,
                                                      std::optional<uint64_t> default_shuffle);

// The sequences of `clients` clients, or of as many as the partition makes, of what a file holds.
// `element` is the sequence's leaf as leaves_of gives it; its fields have their names in each
// record, which may have others, too; an element that is no struct is the field `value`. Where all
// leaves have an unknown first dimension an element is a batch of records. Errors name the path,
// the record and, where that can be told, the client that it would go to.
absl::StatusOr<std::shared_ptr<const SequenceSource>> make_json_lines_source(
    const RecordFileSpec& spec, const LeafType& element, std::optional<uint64_t> clients);

// The same of arrays whose first dimension counts the records. They have the names of the leaves
// ("x", "point.x") and their element types.
absl::StatusOr<std::shared_ptr<const SequenceSource>> make_npz_source(
    const RecordFileSpec& spec, const LeafType& element, std::optional<uint64_t> clients);

}  // namespace fedrt

#endif  // RUNTIME_DATA_RECORD_FILES_H_
