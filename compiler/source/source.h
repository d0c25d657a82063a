// Source files and positions in them. A position is two 32-bit numbers; text, lines and columns are
// looked up here when a person has to read them.
#ifndef FEDC_SOURCE_SOURCE_H_
#define FEDC_SOURCE_SOURCE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace fedc {

using FileId = uint32_t;  // 0: no file

// A byte in a file.
struct SourceLoc {
  FileId file = 0;
  uint32_t offset = 0;

  bool valid() const { return file != 0; }
  auto operator<=>(const SourceLoc&) const = default;
};

// `length` bytes from `begin` on, in one file. May be empty (a place between two characters).
struct SourceRange {
  SourceLoc begin;
  uint32_t length = 0;

  bool valid() const { return begin.valid(); }
  uint32_t end_offset() const { return begin.offset + length; }
  SourceLoc end() const { return {begin.file, end_offset()}; }
  auto operator<=>(const SourceRange&) const = default;
};

// The smallest range that covers both. An invalid one (or one of another file) is ignored.
SourceRange cover(SourceRange a, SourceRange b);

// 1-based. A column counts UTF-8 code points; a byte that is not part of valid UTF-8 counts as one.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
};

// Owns the text of every file of one compilation. Views and ids stay valid as long as it lives.
class SourceManager {
 public:
  // Texts beyond this many bytes are refused, so that offsets always fit.
  static constexpr uint32_t kMaxFileSize = 64u << 20;

  SourceManager() = default;
  SourceManager(const SourceManager&) = delete;
  SourceManager& operator=(const SourceManager&) = delete;

  // `path` is what diagnostics print; it need not exist. Text beyond kMaxFileSize is cut off.
  FileId add_file(std::string path, std::string text);

  // Reads a file. 0 when that fails; then `*error` says why in a form that continues "cannot read
  // `path`: ".
  FileId add_from_disk(const std::string& path, std::string* error);

  // The id of a file that was added under this very path, or 0.
  FileId find(std::string_view path) const;

  const std::string& path(FileId file) const;
  std::string_view text(FileId file) const;
  std::string_view text(SourceRange range) const;

  LineColumn line_column(SourceLoc loc) const;
  uint32_t line_count(FileId file) const;
  // The line without its line break; `line` is 1-based.
  std::string_view line_text(FileId file, uint32_t line) const;
  // The offset of the first byte of a line.
  uint32_t line_begin(FileId file, uint32_t line) const;

 private:
  struct File {
    std::string path;
    std::string text;
    std::vector<uint32_t> line_begins;
    // Code points in front of a few evenly spaced ones, so that columns in very long lines are
    // found without counting from the line's start.
    struct Checkpoint {
      uint32_t offset;
      uint32_t code_points;
    };
    std::vector<Checkpoint> checkpoints;
  };
  const File& get(FileId file) const;
  // Code points of the file that start before `offset`, without the one around it.
  static uint32_t code_points_before(const File& file, uint32_t offset);

  std::deque<File> files_;
};

// Code points in `text`, where each invalid byte counts as one.
uint32_t count_code_points(std::string_view text);

// The number of bytes of the code point at the front of `text` (1 if it is not valid UTF-8, 0 if
// `text` is empty). `*valid` says whether it is valid UTF-8.
uint32_t code_point_size(std::string_view text, bool* valid);

}  // namespace fedc

#endif  // FEDC_SOURCE_SOURCE_H_
