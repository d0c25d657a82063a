#include "compiler/format/format.h"

#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ast/print.h"
#include "compiler/format/formatter.h"
#include "compiler/lex/lex.h"
#include "compiler/parse/parse.h"

namespace fedc {
namespace {

// The tree without places: what the formatter must not change.
std::string tree(const SourceManager& sources, FileId file, DiagnosticEngine& diagnostics) {
  return ast::to_string(*parse(sources, file, diagnostics, {.prelude = true}));
}

std::vector<std::string_view> comments(const std::vector<formatting::Piece>& pieces) {
  std::vector<std::string_view> all;
  for (const formatting::Piece& piece : pieces) {
    for (const formatting::Comment& comment : piece.before) all.push_back(comment.text);
    if (!piece.after.empty()) all.push_back(piece.after);
  }
  return all;
}

}  // namespace

std::optional<std::string> format(const SourceManager& sources, FileId file,
                                  DiagnosticEngine& diagnostics) {
  // What only the prelude may declare is laid out all the same: whether it may is fedc's business.
  const auto module = parse(sources, file, diagnostics, {.prelude = true});
  if (diagnostics.has_errors()) return std::nullopt;
  const lex::TokenList list = lex::tokenize(sources, file, diagnostics);
  const std::vector<formatting::Piece> pieces = formatting::pieces(sources, file, list.tokens);
  formatting::Formatter formatter(pieces);
  const formatting::Doc* doc = formatter.module(*module);
  if (!formatter.ok()) return std::nullopt;
  std::string text = formatting::layout(doc, kFormatWidth);

  SourceManager after;
  DiagnosticEngine ignored;
  const FileId changed = after.add_file(sources.path(file), text);
  if (tree(after, changed, ignored) != ast::to_string(*module) || ignored.has_errors()) {
    return std::nullopt;
  }
  const lex::TokenList made = lex::tokenize(after, changed, ignored);
  if (comments(formatting::pieces(after, changed, made.tokens)) != comments(pieces)) {
    return std::nullopt;
  }
  return text;
}

}  // namespace fedc
