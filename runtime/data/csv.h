// Tables of numbers as comma-separated values, written a row at a time.
#ifndef RUNTIME_DATA_CSV_H_
#define RUNTIME_DATA_CSV_H_

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "runtime/data/file.h"

namespace fedrt {

// How much of a table was written, and a hash of that (file.h).
struct CsvPosition {
  uint64_t bytes = 0;
  uint64_t hash = kNoBytesHash;
};

class CsvWriter {
 public:
  CsvWriter() = default;
  ~CsvWriter();
  CsvWriter(const CsvWriter&) = delete;

  // Replaces the file.
  absl::Status open(const std::string& path);
  // Goes on with a table that was written up to `position`; rows after that are taken away. Fails
  // where the file does not begin with what was written.
  absl::Status resume(const std::string& path, const CsvPosition& position);
  const CsvPosition& position() const { return position_; }
  bool is_open() const { return file_ != nullptr; }
  // Writes a row and flushes it, so that a run that is cut off leaves whole rows. Cells with a
  // comma, a quote or a line feed are quoted.
  absl::Status row(const std::vector<std::string>& cells);

 private:
  std::string path_;
  CsvPosition position_;
  std::FILE* file_ = nullptr;
};

}  // namespace fedrt

#endif  // RUNTIME_DATA_CSV_H_
