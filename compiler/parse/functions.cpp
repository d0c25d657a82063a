#include "compiler/parse/parser.h"

namespace fedc {

using ast::FunctionKind;

namespace {

// `float32`, `int8`, `bool`: no names that anybody gives a parameter.
bool is_element(std::string_view name) {
  return name == "bool" || name.rfind("float", 0) == 0 || name.rfind("int", 0) == 0 ||
         name.rfind("uint", 0) == 0 || name.rfind("bfloat", 0) == 0;
}

}  // namespace

ast::FunctionDecl* Parser::parse_function(FunctionKind kind, uint32_t begin, bool exported) {
  auto* decl = module_->make<ast::FunctionDecl>();
  const bool has_body = kind == FunctionKind::Function || kind == FunctionKind::ProcessMember;
  // Elsewhere than in the prelude, where it was reported, an operation is a function like any
  // other.
  decl->function_kind = has_body || options_.prelude ? kind : FunctionKind::Function;
  decl->exported = exported;
  decl->doc = doc_above(begin);
  decl->name = expect_name("the name of a function");
  if (at(Kind::Less)) decl->generics = parse_generics();
  Height height;
  if (at(Kind::LeftParen)) {
    decl->parameters = parse_parameters(/*types_required=*/true, decl->parameters_range, height);
    decl->result = parse_result_type("a function");
  } else {
    Diagnostic& d = expected(DiagnosticKind::ExpectedToken, "`(` and the parameters of a function");
    const std::string hyphen = decl->name.text.empty() ? "" : hint_of_hyphen();
    if (!hyphen.empty()) {
      d.with_hint(hyphen);
    } else if (!decl->name.text.empty()) {
      d.with_hint(at(Kind::LeftBracket)
                      ? "type parameters stand in `< >`: `fn " + decl->name.text + "<T>(...)`"
                      : "write `" + decl->name.text + "()` for a function without parameters");
    }
    decl->result = error_type(offset());
  }
  decl->signature_range = since(begin);
  const auto no_body = [&] {
    auto* body = module_->make<ast::Block>(since(begin));
    body->value = error_expr(offset());
    decl->body = body;
  };
  if (!has_body && !(at(Kind::LeftBrace) && !options_.prelude)) {
    expect_semicolon("an operation");
    finish_declaration();
    if (!options_.prelude) no_body();
  } else {
    if (at(Kind::LeftBrace)) {
      decl->body = parse_block("a function");
    } else {
      Diagnostic& d = expected(DiagnosticKind::ExpectedToken, "`{` and the body of a function");
      if (at(Kind::Equals)) {
        const std::string body = rest_of_statement(at_ + 1);
        d.with_hint("write the body in braces: `{ " + body + " }`, without `=` and `;`");
      }
      // The body is probably further on: `fn f(x: T) : U {`.
      const size_t end = tokens_.size();
      while (at_ < end && !at(Kind::EndOfFile) && !at(Kind::LeftBrace) && !at(Kind::Semicolon) &&
             !lex::is_close(peek().kind) && !at_declaration(at_)) {
        at_ = lex::is_open(peek().kind) ? peek().match + 1 : at_ + 1;
      }
      if (at(Kind::LeftBrace)) {
        decl->body = parse_block("a function");
      } else {
        no_body();
        if (at(Kind::Semicolon)) advance();
      }
    }
  }
  decl->range = since(begin);
  if (kind != FunctionKind::ProcessMember) module_->declarations.push_back(decl);
  return decl;
}

std::vector<ast::GenericParameter> Parser::parse_generics() {
  std::vector<ast::GenericParameter> generics;
  const lex::Token open = advance();
  while (!at(Kind::Greater)) {
    ast::GenericParameter parameter;
    const uint32_t begin = offset();
    parameter.name = expect_name("the name of a type parameter");
    if (accept(Kind::Colon)) parameter.constraint = parse_type();
    parameter.range = since(begin);
    const bool named = !parameter.name.text.empty();
    if (named) generics.push_back(std::move(parameter));
    if (!accept(Kind::Comma)) break;
  }
  if (!accept_greater()) {
    expected(DiagnosticKind::UnclosedBracket, "`,` or `>` after a type parameter")
        .with_note(range_of(open), "to close this `<`");
    // The parameters usually follow.
    recover_to(tokens_.size(), {Kind::LeftParen, Kind::Semicolon, Kind::RightBrace});
  }
  return generics;
}

std::vector<ast::Parameter> Parser::parse_parameters(bool types_required, SourceRange& range,
                                                     Height& height) {
  std::vector<ast::Parameter> parameters;
  const lex::Token open = advance();
  while (at_ < open.match) {
    parameters.push_back(parse_parameter(types_required, height));
    if (at_ == open.match) break;
    if (!accept(Kind::Comma)) {
      if (at(Kind::Equals)) {
        error(DiagnosticKind::ForeignSyntax, range_of(peek()),
              "the parameters of a function literal have no default values")
            .with_hint(
                "give the value where the function is called, or declare the function at top "
                "level, where parameters have default values");
      } else {
        expected(DiagnosticKind::ExpectedToken, "`,` or `)` after a parameter")
            .with_hint(at(Kind::Question)
                           ? "there are no values that may be missing: give a default "
                             "value, `x: float32 = 0.0`"
                       : at(Kind::Identifier) ? "write `,` between two parameters"
                                              : "");
      }
      recover_to(open.match, {Kind::Comma});
      accept(Kind::Comma);
    }
    if (parameters.back().name.text.empty()) parameters.pop_back();
  }
  if (!parameters.empty() && parameters.back().name.text.empty()) parameters.pop_back();
  skip_to(open.match);
  advance();
  range = since(open.offset);
  return parameters;
}

ast::Parameter Parser::parse_parameter(bool types_required, Height& height) {
  ast::Parameter parameter;
  const uint32_t begin = offset();
  if (at(Kind::LeftParen) && !types_required) {
    error(DiagnosticKind::ExpectedName, range_of(peek()),
          "expected the name of a parameter, found `(`")
        .with_hint(
            "give the parameter a name, and take it apart inside: `fn(pair) { let (a, b) = pair; "
            "... }`");
    return parameter;
  }
  parameter.name = expect_name("the name of a parameter");
  if (accept(Kind::Question)) parameter.optional = true;
  if (accept(Kind::Colon)) {
    const Kind next = peek(1).kind;
    if (at_word("static") &&
        (next == Kind::Identifier || next == Kind::Less || next == Kind::LeftParen)) {
      advance();
      parameter.is_static = true;
    }
    parameter.type = parse_type();
    height.add(*this);
    if (at_word("from")) {
      advance();
      if (at_word("host")) {
        advance();
      } else {
        expected(DiagnosticKind::ExpectedToken, "`host` after `from`");
      }
      parameter.from_host = true;
    }
    if (types_required && accept(Kind::Equals)) {
      parameter.value = parse_expr();
      height.add(*this);
    }
  } else if (types_required && !parameter.name.text.empty()) {
    const std::string name = parameter.name.text;
    expected(DiagnosticKind::ExpectedToken, "`:` and the type of the parameter `" + name + "`")
        .with_hint(!at(Kind::Identifier) ? "write `" + name + ": float32`, for example"
                   : is_element(name) ? "the name comes first: write `" +
                                            std::string(text(peek())) + ": " + name + "`"
                                      : "write `" + name + ": " + std::string(text(peek())) + "`");
    parameter.type = error_type(offset());
  }
  parameter.range = since(begin);
  return parameter;
}

const ast::TypeExpr* Parser::parse_result_type(std::string_view of) {
  if (accept(Kind::Arrow)) return parse_type();
  const uint32_t begin = offset();
  Diagnostic& d = expected(DiagnosticKind::ExpectedToken,
                           "`->` and the type of the result of " + std::string(of));
  d.with_hint("write `-> float32`, for example");
  if (accept(Kind::Colon)) {
    d.with_hint("write `->` instead of `:`").with_fix(range_of(previous()), " ->");
    return parse_type();
  }
  return error_type(begin);
}

std::string Parser::doc_above(uint32_t begin) const {
  auto blank = [](std::string_view s) { return s.find_first_not_of(" \t\r") == s.npos; };
  size_t line = begin;  // the line break in front of the declaration
  while (line > 0 && blank(source_.substr(line - 1, 1))) --line;
  if (line == 0 || source_[--line] != '\n') return "";
  std::vector<std::string_view> lines;
  while (true) {
    const size_t before = line == 0 ? std::string_view::npos : source_.rfind('\n', line - 1);
    const size_t start = before == std::string_view::npos ? 0 : before + 1;
    std::string_view words = source_.substr(start, line - start);
    words.remove_prefix(std::min(words.find_first_not_of(" \t"), words.size()));
    if (words.substr(0, 2) != "//") break;
    words.remove_prefix(2);
    if (words.substr(0, 1) == " ") words.remove_prefix(1);
    while (!words.empty() && (words.back() == '\r' || words.back() == ' ')) words.remove_suffix(1);
    lines.push_back(words);
    if (before == std::string_view::npos) break;
    line = before;
  }
  std::string doc;
  for (auto it = lines.rbegin(); it != lines.rend(); ++it) {
    if (!doc.empty()) doc += "\n";
    doc += *it;
  }
  return doc;
}

}  // namespace fedc
