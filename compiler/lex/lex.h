// From text to tokens whose brackets are balanced.
#ifndef FEDC_LEX_LEX_H_
#define FEDC_LEX_LEX_H_

#include <vector>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/lex/token.h"
#include "compiler/source/source.h"

namespace fedc::lex {

struct TokenList {
  FileId file = 0;
  // Ends with EndOfFile. Every ( [ { has a partner: missing ones are inserted (and reported), those
  // too many are UnmatchedClose.
  std::vector<Token> tokens;
  // Where a bracket is missing and the structure is a guess: [begin, end) offsets, in order,
  // disjoint. A parser says nothing about mistakes that it finds in there.
  struct Damage {
    uint32_t begin;
    uint32_t end;
  };
  std::vector<Damage> damages;

  bool damaged(uint32_t offset) const;
};

// Linear in the length of the file.
TokenList tokenize(const SourceManager& sources, FileId file, DiagnosticEngine& diagnostics);

// The two steps of tokenize(): tokens as they stand, then their brackets.
std::vector<Token> scan(const SourceManager& sources, FileId file, DiagnosticEngine& diagnostics);
TokenList match_brackets(std::vector<Token> tokens, const SourceManager& sources, FileId file,
                         DiagnosticEngine& diagnostics);

// Finds, for every `<` that may open a list of type arguments, its `>` (Token::match): a balanced
// list of words that types consist of. The caller looks at what follows the `>`.
void match_angles(std::vector<Token>& tokens);

}  // namespace fedc::lex

#endif  // FEDC_LEX_LEX_H_
