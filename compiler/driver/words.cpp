#include "compiler/driver/words.h"

#include <cctype>

namespace fedc {
namespace {

uint32_t word_length(std::string_view text, uint32_t offset) {
  uint32_t end = offset;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
    ++end;
  }
  return end > offset ? end - offset : 1;
}

}  // namespace

SourceRange word_at(const SourceManager& sources, std::string_view path, unsigned line,
                    unsigned column) {
  const FileId file = sources.find(path);
  if (file == 0 || line == 0 || line > sources.line_count(file)) return {};
  const uint32_t begin = sources.line_begin(file, line);
  const std::string_view text = sources.line_text(file, line);
  uint32_t offset = 0;
  for (unsigned at = 1; at < column && offset < text.size(); ++at) {
    bool valid;
    offset += code_point_size(text.substr(offset), &valid);
  }
  return {{file, begin + offset}, word_length(text, offset)};
}

}  // namespace fedc
