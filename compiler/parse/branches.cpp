// `if`, `match` and function literals: the expressions with braces.
#include "compiler/parse/parser.h"

namespace fedc {

const ast::Expr* Parser::parse_if() {
  Nesting nesting(*this);
  auto* node = module_->make<ast::If>();
  const uint32_t begin = advance().offset;
  Height height;
  node->condition = parse_expr();
  height.add(*this);
  const auto* fields = ast::as<ast::Struct>(node->condition);
  if (at(Kind::Equals)) {
    error(DiagnosticKind::AssignmentInExpression, range_of(peek()),
          "`=` binds a value to a name, `==` compares")
        .with_hint("write `==`");
    advance();
    parse_expr();
    node->condition = error_expr(begin);
  } else if (fields != nullptr && fields->fields.size() == 1 && fields->fields[0].name) {
    const SourceRange name = fields->fields[0].name->range;
    error(DiagnosticKind::AssignmentInExpression, {name.end(), 1},
          "`=` names a field, `==` compares")
        .with_hint("write `==`")
        .with_fix({name.end(), 1}, "==");
    node->condition = error_expr(begin);
  }
  if (!at(Kind::LeftBrace)) {
    // `if (c) a else b`, `if c then a else b`
    const bool word = at(Kind::Colon) || at_word("then");
    const size_t first = word ? at_ + 1 : at_;
    size_t middle = first;
    while (middle < tokens_.size() && tokens_[middle].kind != Kind::KwElse &&
           tokens_[middle].kind != Kind::Semicolon && tokens_[middle].kind != Kind::EndOfFile &&
           !lex::is_close(tokens_[middle].kind)) {
      middle = lex::is_open(tokens_[middle].kind) ? tokens_[middle].match + 1 : middle + 1;
    }
    std::string hint = "if c { a } else { b }";
    if (middle > first && middle + 1 < tokens_.size() && tokens_[middle].kind == Kind::KwElse &&
        tokens_[middle + 1].kind != Kind::KwIf && tokens_[middle + 1].kind != Kind::LeftBrace) {
      const SourceRange condition = node->condition->range;
      const std::string parts[] = {
          written(condition.begin.offset, condition.begin.offset + condition.length),
          written(tokens_[first].offset, tokens_[middle - 1].offset + tokens_[middle - 1].length),
          rest_of_statement(middle + 1)};
      if (std::find(std::begin(parts), std::end(parts), "...") == std::end(parts))
        hint = "if " + parts[0] + " { " + parts[1] + " } else { " + parts[2] + " }";
    }
    expected(DiagnosticKind::ExpectedToken, "`{` after the condition of an `if`")
        .with_hint("write `" + hint + "`");
    recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::LeftBrace, Kind::RightParen,
                                Kind::RightBracket, Kind::RightBrace});
    if (!at(Kind::LeftBrace)) return error_expr(begin);
  }
  node->then = parse_block("an `if`");
  height.add(*this);
  if ((at_word("elif") || at_word("elsif") || at_word("elseif"))) {
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "there is no " + described(peek()))
        .with_hint("write `else if`")
        .with_fix(range_of(peek()), "else if");
    node->otherwise = nesting.too_deep() ? error_expr(begin) : parse_if();
  } else if (!accept(Kind::KwElse)) {
    error(DiagnosticKind::MissingElse, after_previous(), "an `if` needs an `else`")
        .with_hint("write `else { ... }`: an `if` is an expression and has a value in both cases");
    node->otherwise = error_expr(begin);
  } else if (at(Kind::KwIf)) {
    node->otherwise = nesting.too_deep() ? nullptr : parse_if();
    if (node->otherwise == nullptr) {
      recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::RightParen,
                                  Kind::RightBracket, Kind::RightBrace});
      return error_expr(begin);
    }
  } else if (at(Kind::LeftBrace)) {
    node->otherwise = parse_block("an `else`");
  } else {
    expected(DiagnosticKind::ExpectedToken, "`{` after `else`");
    node->otherwise = error_expr(offset());
  }
  height.add(*this);
  node->range = since(begin);
  return done(node, height);
}

const ast::Expr* Parser::parse_match() {
  Nesting nesting(*this);
  const Kind next = peek(1).kind;
  if (lex::is_close(next) || next == Kind::Comma || next == Kind::Semicolon) {
    return report_no_expression();  // a name that is none
  }
  auto* node = module_->make<ast::Match>();
  const uint32_t begin = advance().offset;
  Height height;
  const auto give_up = [&] {
    recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::RightParen, Kind::RightBracket,
                                Kind::RightBrace});
    return error_expr(begin);
  };
  if (nesting.too_deep()) return give_up();
  if (at(Kind::LeftBrace)) {
    expected(DiagnosticKind::ExpectedExpression, "the value that `match` compares");
    node->subject = error_expr(begin);
  } else {
    node->subject = parse_expr();
  }
  height.add(*this);
  if (!at(Kind::LeftBrace)) {
    expected(DiagnosticKind::ExpectedToken, "`{` after the value of a `match`")
        .with_hint("write `match x { 0 => a, 1 => b, _ => c }`");
    return give_up();
  }
  const size_t close = advance().match;
  while (at_ < close) {
    const size_t before = at_;
    node->arms.push_back(parse_arm(node->subject, close, height));
    if (at_ >= close || accept(Kind::Comma) || previous().kind == Kind::RightBrace) {
      if (at_ > before) continue;
    }
    expected(DiagnosticKind::ExpectedToken, "`,` or `}` after an arm of a `match`");
    if (peek(1).kind == Kind::FatArrow) continue;  // only the comma is missing
    recover_to(close, {Kind::Comma});
    if (!accept(Kind::Comma) && at_ == before) ++at_;
  }
  if (node->arms.empty()) {
    expected(DiagnosticKind::ExpectedToken, "an arm such as `_ => value`");
    node->arms.push_back({nullptr, error_expr(offset()), range_of(peek())});
  }
  skip_to(close);
  advance();
  node->range = since(begin);
  return done(node, height);
}

ast::Match::Arm Parser::parse_arm(const ast::Expr* subject, size_t close, Height& height) {
  ast::Match::Arm arm;
  const uint32_t begin = offset();
  if (at_word("_")) {
    advance();
  } else {
    arm.constant = parse_expr();
    height.add(*this);
  }
  if (at(Kind::Arrow) || at(Kind::Colon)) {
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "an arm of a `match` has `=>`")
        .with_hint("write `=>`")
        .with_fix(range_of(peek()), "=>");
    advance();
  } else if (!accept(Kind::FatArrow)) {
    Diagnostic& d = expected(DiagnosticKind::ExpectedToken, "`=>` in an arm of a `match`");
    if (at(Kind::DotDot)) {
      const auto text_of = [&](SourceRange range) {
        return written(range.begin.offset, range.begin.offset + range.length);
      };
      const std::string value = text_of(subject->range);
      const bool known = arm.constant != nullptr && peek(1).kind == Kind::Number;
      d.with_hint(known ? "an arm is for one value: for a range write `if " +
                              text_of(arm.constant->range) + " <= " + value + " && " + value +
                              " <= " + std::string(text(peek(1))) + " { ... } else { ... }`"
                        : "an arm is for one value: compare with `if` for a range");
    }
    arm.value = error_expr(begin);
    recover_to(close, {Kind::Comma});
  }
  if (arm.value == nullptr) {
    arm.value = at(Kind::LeftBrace) ? parse_block("an arm") : parse_expr();
    height.add(*this);
  }
  arm.range = since(begin);
  return arm;
}

const ast::Expr* Parser::parse_lambda() {
  auto* lambda = module_->make<ast::Lambda>();
  const uint32_t begin = advance().offset;
  Height height;
  if (at(Kind::Identifier) && peek(1).kind == Kind::LeftParen) {
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "a function literal has no name")
        .with_hint("write `fn(...) { ... }`");
    advance();
  }
  if (!at(Kind::LeftParen)) {
    const bool bare = at(Kind::Identifier) && peek(1).kind == Kind::LeftBrace;
    expected(DiagnosticKind::ExpectedToken, "`(` after `fn`")
        .with_hint(bare ? "write `fn(" + std::string(text(peek())) + ") " +
                              written(peek(1).offset, tokens_[peek(1).match].offset + 1) + "`"
                        : "a function literal is written `fn(x) { x + 1 }`");
    return error_expr(begin);
  }
  lambda->parameters = parse_parameters(/*types_required=*/false, lambda->parameters_range, height);
  if (accept(Kind::Arrow)) {
    lambda->result = parse_type();
    height.add(*this);
  }
  if (!at(Kind::LeftBrace)) {
    expected(DiagnosticKind::ExpectedToken, "`{` and the body of a function literal")
        .with_hint("write its body in braces: `" + written(begin, offset()) + " { " +
                   rest_of_statement(at_, /*of_list=*/true) + " }`");
    recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::RightParen, Kind::RightBracket,
                                Kind::RightBrace});
    return error_expr(begin);
  }
  lambda->body = parse_block("a function literal");
  height.add(*this);
  lambda->range = since(begin);
  return done(lambda, height);
}

}  // namespace fedc
