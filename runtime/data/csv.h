// Tables of numbers as comma-separated values, written a row at a time.
#ifndef RUNTIME_DATA_CSV_H_
#define RUNTIME_DATA_CSV_H_

#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace fedrt {

class CsvWriter {
 public:
  CsvWriter() = default;
  ~CsvWriter();
  CsvWriter(const CsvWriter&) = delete;

  // Replaces the file.
  absl::Status open(const std::string& path);
  bool is_open() const { return file_ != nullptr; }
  // Writes a row and flushes it, so that a run that is cut off leaves whole rows. Cells with a
  // comma, a quote or a line feed are quoted.
  absl::Status row(const std::vector<std::string>& cells);

 private:
  std::string path_;
  std::FILE* file_ = nullptr;
};

}  // namespace fedrt

#endif  // RUNTIME_DATA_CSV_H_
