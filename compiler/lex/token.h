// The words of a .fed file.
#ifndef FEDC_LEX_TOKEN_H_
#define FEDC_LEX_TOKEN_H_

#include <cstdint>
#include <string_view>

#include "compiler/source/source.h"

namespace fedc::lex {

enum class TokenKind : uint8_t {
  EndOfFile,
  Invalid,         // has been reported: whoever fails because of it says nothing more
  UnmatchedClose,  // a `)`, `]` or `}` that closes nothing; not reported yet
  Identifier,
  Number,
  String,
#define FEDC_KEYWORD(name, text) name,
#define FEDC_PUNCTUATION(name, text) name,
#include "compiler/lex/tokens.def"
};

struct Token {
  TokenKind kind = TokenKind::EndOfFile;
  bool first_on_line = false;
  bool inserted = false;  // a closing bracket that is not in the text (reported as missing)
  uint32_t offset = 0;
  uint32_t length = 0;
  // Of a bracket: the index of its partner. Of a `<` that could open a list of type arguments: the
  // index of its `>`. Else 0 (the token 0 is never a closing one).
  uint32_t match = 0;
};

// `let`, `==` ...; "" for kinds without a fixed spelling.
std::string_view spelling(TokenKind kind);
bool is_keyword(TokenKind kind);
bool is_open(TokenKind kind);   // ( [ {
bool is_close(TokenKind kind);  // ) ] }
// The closing bracket of an opening one.
TokenKind closing(TokenKind open);

}  // namespace fedc::lex

#endif  // FEDC_LEX_TOKEN_H_
