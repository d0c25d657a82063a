// Tokens with what stands between them.
#ifndef FEDC_FORMAT_TRIVIA_H_
#define FEDC_FORMAT_TRIVIA_H_

#include <string_view>
#include <vector>

#include "compiler/lex/token.h"
#include "compiler/source/source.h"

namespace fedc::formatting {

struct Comment {
  std::string_view text;  // from `//` on, without white space at its end
  bool blank_before = false;
};

struct Piece {
  lex::TokenKind kind;
  std::string_view text;
  uint32_t offset;
  bool first_on_line;
  bool blank_before;            // an empty line between it and what stands before it
  std::vector<Comment> before;  // on lines of their own
  std::string_view after;       // a comment behind it, on its line
};

// The tokens of a file without syntax errors; the last one is the end of the file.
std::vector<Piece> pieces(const SourceManager& sources, FileId file,
                          const std::vector<lex::Token>& tokens);

}  // namespace fedc::formatting

#endif  // FEDC_FORMAT_TRIVIA_H_
