#include "compiler/format/format.h"

#include <string_view>
#include <utility>

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

}  // namespace

std::optional<std::string> format(const SourceManager& sources, FileId file,
                                  DiagnosticEngine& diagnostics) {
  // What only the prelude may declare is laid out all the same: whether it may is fedc's business.
  const auto module = parse(sources, file, diagnostics, {.prelude = true});
  if (diagnostics.has_errors()) return std::nullopt;
  const lex::TokenList list = lex::tokenize(sources, file, diagnostics);
  formatting::Formatter formatter(formatting::pieces(sources, file, list.tokens));
  const formatting::Doc* doc = formatter.module(*module);
  if (!formatter.ok()) return std::nullopt;
  std::string text = formatting::layout(doc, kFormatWidth);

  SourceManager after;
  DiagnosticEngine ignored;
  const FileId changed = after.add_file(sources.path(file), text);
  if (tree(after, changed, ignored) != ast::to_string(*module) || ignored.has_errors()) {
    return std::nullopt;
  }
  return text;
}

}  // namespace fedc
