#include "runtime/data/csv.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace fedrt {

CsvWriter::~CsvWriter() {
  if (file_) std::fclose(file_);
}

absl::Status CsvWriter::open(const std::string& path) {
  path_ = path;
  file_ = std::fopen(path.c_str(), "w");
  if (file_) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written: ", std::strerror(errno)));
}

absl::Status CsvWriter::resume(const std::string& path, const CsvPosition& position) {
  path_ = path;
  absl::StatusOr<std::string> text = read_file(path);
  if (!text.ok()) return text.status();
  if (text->size() < position.bytes ||
      hash_bytes(std::string_view(*text).substr(0, position.bytes), kNoBytesHash) != position.hash)
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": does not begin with the rows that were written before"));
  file_ = truncate(path.c_str(), static_cast<off_t>(position.bytes)) == 0
              ? std::fopen(path.c_str(), "a")
              : nullptr;
  position_ = position;
  if (file_) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written: ", std::strerror(errno)));
}

absl::Status CsvWriter::row(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line.push_back(',');
    if (cell.find_first_of(",\"\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line.push_back('"');
    for (const char c : cell) line.append(c == '"' ? 2 : 1, c);
    line.push_back('"');
  }
  line.push_back('\n');
  if (std::fputs(line.c_str(), file_) < 0 || std::fflush(file_) != 0)
    return absl::UnavailableError(
        absl::StrCat(path_, ": cannot be written: ", std::strerror(errno)));
  position_ = {position_.bytes + line.size(), hash_bytes(line, position_.hash)};
  return absl::OkStatus();
}

}  // namespace fedrt
