#include "compiler/parse/parser.h"

namespace fedc {

// What to write where a value that is bound was meant to change to `value`.
std::string Parser::hint_of_change(const std::string& name, const std::string& value) {
  return "give the new value a name of its own, `let new_" + name + " = " + value +
         ";`, and write `new_" + name + "` below";
}

const ast::Block* Parser::parse_block(std::string_view what) {
  const lex::Token open = advance();
  auto* block = module_->make<ast::Block>();
  Height height;
  const size_t mistakes = mistakes_;
  while (at_ < open.match) {
    const size_t before = at_;
    parse_statement(*block, open.match, height);
    if (at_ == before) ++at_;  // whatever it is, it has been reported
  }
  skip_to(open.match);
  if (block->value == nullptr) {
    // A `let` behind the brace: the brace itself is the mistake, reported there.
    if (mistakes_ == mistakes && tokens_[open.match + 1].kind != Kind::KwLet) {
      error(DiagnosticKind::MissingValue, range_of(peek()),
            "the body of " + std::string(what) + " ends without a value")
          .with_hint("the last expression of a body, without `;`, is its value");
    }
    block->value = error_expr(offset());
    height.add(*this);
  }
  advance();
  block->range = since(open.offset);
  // A Block is what its owners hold, never an Error: only its value is replaced.
  height_ = height.value() + 1;
  if (height_ > ast::kMaxDepth) {
    report_too_deep(block->range);
    block->lets.clear();
    block->value = error_expr(open.offset);
    height_ = 2;
  }
  return block;
}

void Parser::parse_statement(ast::Block& block, size_t close, Height& height) {
  if (at(Kind::KwLet)) return parse_let(block, close, height);
  const lex::Token token = peek();
  const std::string_view word = token.kind == Kind::Identifier ? text(token) : "";
  const Kind next = peek(1).kind;
  if (word == "return" && next != Kind::Dot && next != Kind::Equals) {
    error(DiagnosticKind::ForeignSyntax, range_of(token), "there is no `return`")
        .with_hint("write the value alone, without `;`, at the end of the body: `" +
                   rest_of_statement(at_ + 1) + "`");
    advance();
    if (at_ == close || at(Kind::Semicolon)) block.value = error_expr(token.offset);
    if (at_ < close && !at(Kind::Semicolon)) {
      block.value = parse_expr();
      height.add(*this);
    }
    recover_to(close, {Kind::Semicolon, Kind::KwLet});
    accept(Kind::Semicolon);
    return;
  }
  if ((word == "for" || word == "while" || word == "loop") && next != Kind::Dot &&
      next != Kind::Semicolon) {
    error(DiagnosticKind::ForeignSyntax, range_of(token), "there are no loops")
        .with_hint(
            "repeat with `fold(n, start, fn(i, so_far) { ... })`, over a sequence with "
            "`sequence_reduce`; a tensor as a whole has `reduce_sum` and its like");
    recover_to(close, {Kind::LeftBrace});
    if (at(Kind::LeftBrace)) skip_to(peek().match + 1);
    return;
  }
  if ((word == "var" || word == "val" || word == "mut" || word == "auto") &&
      (next == Kind::Identifier || next == Kind::LeftParen) && peek(2).kind == Kind::Equals) {
    error(DiagnosticKind::ForeignSyntax, range_of(token), "values are bound with `let`")
        .with_hint("write `let " + std::string(text(peek(1))) + " = ...;`")
        .with_fix(range_of(token), "let");
    return parse_let(block, close, height);
  }
  if (at_declaration(at_) && !(token.kind == Kind::KwFn && next != Kind::Identifier) &&
      token.kind != Kind::Identifier) {
    error(DiagnosticKind::ForeignSyntax, range_of(token),
          described(token) + " declarations stand at top level only")
        .with_hint(token.kind == Kind::KwFn ? "bind a function literal: `let f = fn(x) { ... };`"
                                            : "move it out of the function");
    recover_to(close, {Kind::Semicolon, Kind::LeftBrace});
    if (at(Kind::LeftBrace)) {
      skip_to(peek().match + 1);
    } else {
      accept(Kind::Semicolon);
    }
    return;
  }
  parse_value_statement(block, close, height);
}

void Parser::parse_let(ast::Block& block, size_t close, Height& height) {
  ast::Let let;
  const uint32_t begin = advance().offset;
  if (at_word("mut") && peek(1).kind == Kind::Identifier) {
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "values do not change")
        .with_hint("remove `mut`, and give each new value a name of its own")
        .with_fix(range_of(peek()), "");
    advance();
  }
  let.pattern = parse_pattern();
  height.add(*this);
  if (accept(Kind::Colon)) {
    let.type = parse_type();
    height.add(*this);
  }
  bool readable = true;
  if (at(Kind::EqualEqual)) {
    error(DiagnosticKind::AssignmentInExpression, range_of(peek()),
          "`==` compares, `=` binds a value to a name")
        .with_hint("write `=`")
        .with_fix(range_of(peek()), "=");
    advance();
  } else {
    const std::string hyphen =
        ast::as<ast::NamePattern>(let.pattern) == nullptr ? "" : hint_of_hyphen();
    if (!hyphen.empty()) {
      expected(DiagnosticKind::ExpectedToken, "`=` after the name of a `let`").with_hint(hyphen);
    }
    readable = expect(Kind::Equals, "after the pattern of a `let`");
  }
  if (readable && at_ < close) {
    let.value = parse_expr();
    height.add(*this);
  } else {
    if (readable) expected(DiagnosticKind::ExpectedExpression, "a value after `=`");
    let.value = error_expr(offset());
  }
  if (!accept(Kind::Semicolon)) {
    if (readable) expect_semicolon("a `let`");
    // On a new line, the next statement starts; else the rest of the line is lost.
    if (!readable || !peek().first_on_line) {
      let.value = error_expr(begin);  // more than was read
      recover_to(close, {Kind::Semicolon, Kind::KwLet});
      accept(Kind::Semicolon);
    }
  }
  let.range = since(begin);
  block.lets.push_back(let);
}

void Parser::parse_value_statement(ast::Block& block, size_t close, Height& height) {
  const uint32_t begin = offset();
  const size_t mistakes = mistakes_;
  const ast::Expr* value = parse_expr();
  const SourceRange range = since(begin);
  const bool failed = mistakes_ != mistakes;
  if (at_ < close && at(Kind::Equals)) {
    Diagnostic& d =
        error(DiagnosticKind::AssignmentInExpression, range_of(peek()), "there is no assignment");
    if (const auto* name = ast::as<ast::NameRef>(value)) {
      const bool bound = std::any_of(block.lets.begin(), block.lets.end(), [&](const auto& let) {
        const auto* pattern = ast::as<ast::NamePattern>(let.pattern);
        return pattern != nullptr && pattern->name == name->name;
      });
      const std::string rest = rest_of_statement(at_ + 1);
      d.with_hint(bound ? hint_of_change(name->name, rest)
                        : "write `let " + name->name + " = " + rest + ";`");
    } else {
      d.with_hint("build a new value instead; to compare, write `==`");
    }
    recover_to(close, {Kind::Semicolon, Kind::KwLet});
    accept(Kind::Semicolon);
    if (at_ >= close) {
      block.value = error_expr(begin);
      height.add(*this);
    }
    return;
  }
  auto take_value = [&] {
    block.value = value;
    height.add(*this);
  };
  if (at_ >= close) return take_value();
  if (at(Kind::Semicolon)) {
    const SourceRange semicolon = range_of(peek());
    if (at_ + 1 >= close) {
      if (!failed) {
        error(DiagnosticKind::MissingValue, semicolon,
              "this body ends with `;` and so without a value")
            .with_hint("remove the `;`: the last expression is the value")
            .with_fix(semicolon, "");
      }
      take_value();
      advance();
      return;
    }
    if (!failed) {
      error(DiagnosticKind::UnusedValue, range, "the value of this expression is not used")
          .with_hint("bind it to a name with `let`, or remove it");
    }
    advance();
    return;
  }
  if (peek().first_on_line) {
    error(DiagnosticKind::MissingSemicolon, after_previous(),
          "this expression is neither bound by `let` nor the last one of its body")
        .with_hint("bind it with `let name = ...;`, or continue the expression");
    return;
  }
  const auto* called = ast::as<ast::NameRef>(value);
  const bool is_call = called != nullptr && (at(Kind::Identifier) || at(Kind::Number));
  expected(DiagnosticKind::ExpectedToken, "`}` after the value of a body")
      .with_hint(is_call ? "a call has parentheses: `" + called->name + "(" +
                               rest_of_statement(at_) + ")`"
                         : "bind values with `let name = ...;`");
  recover_to(close, {Kind::Semicolon, Kind::KwLet});
  accept(Kind::Semicolon);
  if (at_ < close) return;
  block.value = error_expr(begin);  // whatever it is, it is more than was read
  height.add(*this);
}

// ---- Patterns

const ast::Pattern* Parser::parse_pattern() {
  Nesting nesting(*this);
  const uint32_t begin = offset();
  auto fail = [&] {
    height_ = 1;
    return module_->make<ast::ErrorPattern>(since(begin));
  };
  if (nesting.too_deep()) {
    if (at(Kind::LeftParen)) skip_to(peek().match + 1);
    return fail();
  }
  if (at(Kind::LeftParen)) return parse_struct_pattern();
  if (at_word("_")) {
    advance();
    height_ = 1;
    return module_->make<ast::WildcardPattern>(since(begin));
  }
  if (at(Kind::Identifier) || lex::is_keyword(peek().kind)) {
    const ast::Name name = expect_name("a name that is bound");
    auto* pattern = module_->make<ast::NamePattern>(name.range);
    pattern->name = name.text;
    height_ = 1;
    return pattern;
  }
  Diagnostic& d = expected(DiagnosticKind::ExpectedPattern, "a name, `_` or `(` to bind values to");
  if (at(Kind::Less)) {
    d.with_hint("write `(a, b)`: angle brackets are for types");
    if (peek().match != 0) return parse_struct_pattern();
  } else if (at(Kind::LeftBrace) || at(Kind::LeftBracket)) {
    const size_t close = peek().match;
    const std::string inside =
        close > at_ ? written(peek().offset + 1, tokens_[close].offset) : "...";
    d.with_hint("write `(" + (inside == "..." ? "a, b" : inside) + ")`");
    return parse_struct_pattern();
  }
  return fail();
}

const ast::Pattern* Parser::parse_struct_pattern() {
  auto* pattern = module_->make<ast::StructPattern>();
  const lex::Token open = advance();
  Height height;
  bool named = false, comma = false;
  while (at_ < open.match) {
    ast::StructPattern::Element element;
    const uint32_t begin = offset();
    if (peek(1).kind == Kind::Equals) {
      element.name = expect_name("the name of a field");
      accept(Kind::Equals);
      named = true;
    } else if (named) {
      error(DiagnosticKind::PositionalAfterNamed, range_of(peek()),
            "a field without a name after named ones")
          .with_hint("write `name=` in front of it");
    }
    element.pattern = parse_pattern();
    height.add(*this);
    element.range = since(begin);
    pattern->fields.push_back(std::move(element));
    comma = accept(Kind::Comma);
    if (comma || at_ >= open.match) continue;
    expected(DiagnosticKind::ExpectedToken, "`,` or `)` in a pattern");
    recover_to(open.match, {Kind::Comma});
    accept(Kind::Comma);
  }
  skip_to(open.match);
  advance();
  pattern->range = since(open.offset);
  // As for values, parentheses around one name leave no trace.
  if (pattern->fields.size() == 1 && !pattern->fields[0].name && !comma) {
    return pattern->fields[0].pattern;
  }
  return done(pattern, height);
}

}  // namespace fedc
