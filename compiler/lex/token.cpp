#include "compiler/lex/token.h"

namespace fedc::lex {

std::string_view spelling(TokenKind kind) {
  switch (kind) {
#define FEDC_KEYWORD(name, text) \
  case TokenKind::name:          \
    return text;
#define FEDC_PUNCTUATION(name, text) FEDC_KEYWORD(name, text)
#include "compiler/lex/tokens.def"
    default:
      return "";
  }
}

bool is_keyword(TokenKind kind) { return kind >= TokenKind::KwAs && kind <= TokenKind::KwType; }

bool is_open(TokenKind kind) {
  return kind == TokenKind::LeftParen || kind == TokenKind::LeftBracket ||
         kind == TokenKind::LeftBrace;
}

bool is_close(TokenKind kind) {
  return kind == TokenKind::RightParen || kind == TokenKind::RightBracket ||
         kind == TokenKind::RightBrace;
}

TokenKind closing(TokenKind open) {
  return open == TokenKind::LeftParen     ? TokenKind::RightParen
         : open == TokenKind::LeftBracket ? TokenKind::RightBracket
                                          : TokenKind::RightBrace;
}

}  // namespace fedc::lex
