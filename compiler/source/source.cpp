#include "compiler/source/source.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace fedc {
namespace {

constexpr uint32_t kCheckpointDistance = 1024;  // bytes

}  // namespace

SourceRange cover(SourceRange a, SourceRange b) {
  if (!a.valid()) return b;
  if (!b.valid() || a.begin.file != b.begin.file) return a;
  uint32_t begin = std::min(a.begin.offset, b.begin.offset);
  uint32_t end = std::max(a.end_offset(), b.end_offset());
  return {{a.begin.file, begin}, end - begin};
}

FileId SourceManager::add_file(std::string path, std::string text) {
  if (text.size() > kMaxFileSize) text.resize(kMaxFileSize);
  File& file = files_.emplace_back();
  file.path = std::move(path);
  file.text = std::move(text);
  file.line_begins.push_back(0);
  for (size_t i = file.text.find('\n'); i != std::string::npos; i = file.text.find('\n', i + 1)) {
    file.line_begins.push_back(static_cast<uint32_t>(i + 1));
  }
  const std::string_view all = file.text;
  uint32_t count = 0;
  for (uint32_t i = 0; i < all.size(); ++count) {
    if (i >= file.checkpoints.size() * kCheckpointDistance) file.checkpoints.push_back({i, count});
    bool valid = false;
    i += static_cast<uint8_t>(all[i]) < 0x80 ? 1 : code_point_size(all.substr(i), &valid);
  }
  return static_cast<FileId>(files_.size());
}

uint32_t SourceManager::code_points_before(const File& file, uint32_t offset) {
  if (file.checkpoints.empty()) return 0;
  // Checkpoint k is the first code point at k * kCheckpointDistance or behind.
  size_t k = std::min<size_t>(offset / kCheckpointDistance, file.checkpoints.size() - 1);
  if (file.checkpoints[k].offset > offset) --k;
  uint32_t count = file.checkpoints[k].code_points;
  const std::string_view all = file.text;
  for (uint32_t i = file.checkpoints[k].offset; i < offset; ++count) {
    bool valid = false;
    i += code_point_size(all.substr(i), &valid);
    if (i > offset) break;
  }
  return count;
}

FileId SourceManager::add_from_disk(const std::string& path, std::string* error) {
  std::FILE* in = std::fopen(path.c_str(), "rb");
  if (in == nullptr) {
    *error = std::strerror(errno);
    return 0;
  }
  std::string text;
  char buffer[1 << 16];
  size_t n = 0;
  // A directory opens and fails at the first read.
  while ((n = std::fread(buffer, 1, sizeof buffer, in)) > 0 && text.size() <= kMaxFileSize) {
    text.append(buffer, n);
  }
  const int failure = std::ferror(in) != 0 ? errno : 0;
  std::fclose(in);
  if (failure != 0) {
    *error = std::strerror(failure);
    return 0;
  }
  if (text.size() > kMaxFileSize) {
    *error = "the file is larger than 64 MiB";
    return 0;
  }
  return add_file(path, std::move(text));
}

FileId SourceManager::find(std::string_view path) const {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].path == path) return static_cast<FileId>(i + 1);
  }
  return 0;
}

const SourceManager::File& SourceManager::get(FileId file) const {
  assert(file != 0 && file <= files_.size());
  return files_[file - 1];
}

const std::string& SourceManager::path(FileId file) const { return get(file).path; }
std::string_view SourceManager::text(FileId file) const { return get(file).text; }

std::string_view SourceManager::text(SourceRange range) const {
  if (!range.valid()) return {};
  std::string_view all = text(range.begin.file);
  if (range.begin.offset > all.size()) return {};
  return all.substr(range.begin.offset, range.length);
}

LineColumn SourceManager::line_column(SourceLoc loc) const {
  const File& file = get(loc.file);
  const uint32_t offset = std::min(loc.offset, static_cast<uint32_t>(file.text.size()));
  auto next = std::upper_bound(file.line_begins.begin(), file.line_begins.end(), offset);
  const uint32_t begin = *(next - 1);
  LineColumn result;
  result.line = static_cast<uint32_t>(next - file.line_begins.begin());
  result.column = 1 + code_points_before(file, offset) - code_points_before(file, begin);
  return result;
}

uint32_t SourceManager::line_count(FileId file) const {
  return static_cast<uint32_t>(get(file).line_begins.size());
}

uint32_t SourceManager::line_begin(FileId file, uint32_t line) const {
  const File& f = get(file);
  assert(line >= 1 && line <= f.line_begins.size());
  return f.line_begins[line - 1];
}

std::string_view SourceManager::line_text(FileId file, uint32_t line) const {
  const File& f = get(file);
  const uint32_t begin = line_begin(file, line);
  std::string_view rest = std::string_view(f.text).substr(begin);
  const size_t end = rest.find('\n');
  if (end != std::string_view::npos) rest = rest.substr(0, end);
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return rest;
}

uint32_t code_point_size(std::string_view text, bool* valid) {
  *valid = true;
  if (text.empty()) return 0;
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  uint32_t size = 0, value = 0, smallest = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2, value = lead & 0x1F, smallest = 0x80;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    size = 3, value = lead & 0x0F, smallest = 0x800;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4, value = lead & 0x07, smallest = 0x10000;
  }
  if (size == 0 || text.size() < size) {
    *valid = false;
    return 1;
  }
  for (uint32_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      *valid = false;
      return 1;
    }
    value = value << 6 | (byte(i) & 0x3F);
  }
  // Overlong forms, surrogates and values beyond Unicode are not UTF-8.
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    *valid = false;
    return 1;
  }
  return size;
}

uint32_t count_code_points(std::string_view text) {
  uint32_t count = 0;
  bool valid = false;
  for (size_t i = 0; i < text.size(); ++count) i += code_point_size(text.substr(i), &valid);
  return count;
}

}  // namespace fedc
