// Parses a text, for tests: its tree or its diagnostics as text.
#ifndef FEDC_TESTS_PARSE_PARSE_TESTING_H_
#define FEDC_TESTS_PARSE_PARSE_TESTING_H_

#include <memory>
#include <string>

#include "compiler/ast/print.h"
#include "compiler/parse/parse.h"

namespace fedc::testing {

struct Parsed {
  explicit Parsed(std::string text, ParseOptions options = {}) {
    file = sources.add_file("test.fed", std::move(text));
    module = parse(sources, file, diagnostics, options);
  }
  std::string errors() const { return diagnostics.to_string(sources); }
  std::string tree() const { return ast::to_string(*module); }

  SourceManager sources;
  FileId file = 0;
  DiagnosticEngine diagnostics;
  std::unique_ptr<ast::Module> module;
};

// The tree of one expression, printed as source text with every parenthesis that matters.
inline std::string reprinted(const std::string& expression) {
  Parsed parsed("fn f() -> T { " + expression + " }");
  if (parsed.diagnostics.has_errors()) return parsed.errors();
  const auto* function = ast::as<ast::FunctionDecl>(parsed.module->declarations.at(0));
  return ast::to_source(*function->body->value);
}

inline std::string reprinted_type(const std::string& type) {
  Parsed parsed("type T = " + type + ";");
  if (parsed.diagnostics.has_errors()) return parsed.errors();
  return ast::to_source(*ast::as<ast::TypeDecl>(parsed.module->declarations.at(0))->type);
}

}  // namespace fedc::testing

#endif  // FEDC_TESTS_PARSE_PARSE_TESTING_H_
