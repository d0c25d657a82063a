#include "compiler/format/trivia.h"

#include <algorithm>
#include <utility>

namespace fedc::formatting {
namespace {

// The comments of `gap`, the text before `next`; one on the line of `previous` (may be null) is
// its.
void take_gap(std::string_view gap, Piece* previous, Piece& next) {
  int line_breaks = 0;
  for (size_t i = 0; i < gap.size();) {
    if (gap[i] == '\n') ++line_breaks;
    if (gap[i] != '/') {
      ++i;
      continue;
    }
    std::string_view text = gap.substr(i, gap.find('\n', i) - i);
    i += text.size();
    text = text.substr(0, text.find_last_not_of(" \t\r") + 1);
    if (line_breaks == 0 && previous != nullptr) {
      previous->after = text;
    } else {
      next.before.push_back({text, line_breaks > 1});
    }
    line_breaks = 0;
  }
  next.blank_before = line_breaks > 1;
}

}  // namespace

std::vector<Piece> pieces(const SourceManager& sources, FileId file,
                          const std::vector<lex::Token>& tokens) {
  const std::string_view text = sources.text(file);
  std::vector<Piece> result;
  result.reserve(tokens.size());
  uint32_t end = 0;
  for (const lex::Token& token : tokens) {
    Piece piece{token.kind,
                text.substr(token.offset, token.length),
                token.offset,
                token.first_on_line,
                false,
                {},
                {}};
    Piece* previous = result.empty() ? nullptr : &result.back();
    take_gap(text.substr(end, token.offset - end), previous, piece);
    end = token.offset + token.length;
    result.push_back(std::move(piece));
  }
  return result;
}

}  // namespace fedc::formatting
