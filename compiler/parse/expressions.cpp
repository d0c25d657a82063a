#include "compiler/diagnostics/suggest.h"
#include "compiler/parse/parser.h"

namespace fedc {
namespace {

using lex::TokenKind;

struct Operator {
  int precedence = 0;  // 0: none
  ast::BinaryOp op = ast::BinaryOp::Add;
};

Operator operator_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::OrOr:
      return {1, ast::BinaryOp::Or};
    case TokenKind::AndAnd:
      return {2, ast::BinaryOp::And};
    case TokenKind::EqualEqual:
      return {3, ast::BinaryOp::Equal};
    case TokenKind::NotEqual:
      return {3, ast::BinaryOp::NotEqual};
    case TokenKind::Less:
      return {3, ast::BinaryOp::Less};
    case TokenKind::LessEqual:
      return {3, ast::BinaryOp::LessEqual};
    case TokenKind::Greater:
      return {3, ast::BinaryOp::Greater};
    case TokenKind::GreaterEqual:
      return {3, ast::BinaryOp::GreaterEqual};
    case TokenKind::Plus:
      return {4, ast::BinaryOp::Add};
    case TokenKind::Minus:
      return {4, ast::BinaryOp::Subtract};
    case TokenKind::Star:
      return {5, ast::BinaryOp::Multiply};
    case TokenKind::Slash:
      return {5, ast::BinaryOp::Divide};
    case TokenKind::Percent:
      return {5, ast::BinaryOp::Remainder};
    default:
      return {};
  }
}

}  // namespace

const ast::Expr* Parser::parse_binary(int precedence) {
  const uint32_t begin = offset();
  const ast::Expr* left = parse_unary();
  Height height;
  height.add(*this);
  ast::Binary* chain = nullptr;
  int chain_precedence = 0;
  bool compared_twice = false;
  auto finish = [&] {
    if (chain == nullptr) return;
    // Comparisons in a row mean nothing, and nothing more is to be said about them.
    left = compared_twice ? error_expr(begin) : done(chain, height);
    height = Height();
    height.add(*this);
    chain = nullptr;
    compared_twice = false;
  };
  while (true) {
    Operator next = operator_of(peek().kind);
    if (next.precedence == 0 && (at_word("and") || at_word("or")) && !peek().first_on_line) {
      const bool is_and = at_word("and");
      error(DiagnosticKind::ForeignSyntax, range_of(peek()),
            "there is no operator " + described(peek()))
          .with_hint(is_and ? "write `&&`" : "write `||`")
          .with_fix(range_of(peek()), is_and ? "&&" : "||");
      next = operator_of(is_and ? Kind::AndAnd : Kind::OrOr);
    }
    if (next.precedence == 0 || next.precedence < precedence) break;
    if (chain != nullptr && chain_precedence != next.precedence) finish();
    if (chain != nullptr && next.precedence == kComparison && !compared_twice) {
      error(DiagnosticKind::ChainedComparison, range_of(peek()), "comparisons do not chain")
          .with_hint("write `" + compared_with_both(*chain) + "` to compare with both");
      compared_twice = true;
    }
    if (chain == nullptr) {
      chain = module_->make<ast::Binary>();
      chain->first = left;
      chain_precedence = next.precedence;
    }
    const SourceRange op_range = range_of(advance());
    const ast::Expr* operand = parse_binary(next.precedence + 1);
    height.add(*this);
    chain->rest.push_back({next.op, op_range, operand});
    chain->range = since(begin);
  }
  finish();
  height_ = height.value();
  return left;
}

// `a < b && b < ...` of the comparison `a < b`, in front of another operator.
std::string Parser::compared_with_both(const ast::Binary& chain) const {
  const auto text_of = [&](SourceRange range) {
    return written(range.begin.offset, range.begin.offset + range.length);
  };
  const auto& [op, op_range, middle] = chain.rest.back();
  const std::string shared = text_of(middle->range);
  // What is compared with last, where it is one word.
  const Kind after = peek(2).kind;
  const bool one = (peek(1).kind == Kind::Number || peek(1).kind == Kind::Identifier) &&
                   (after == Kind::Semicolon || after == Kind::Comma || lex::is_close(after) ||
                    after == Kind::LeftBrace || after == Kind::AndAnd || after == Kind::OrOr);
  return text_of(chain.first->range) + " " + std::string(ast::spelling(op)) + " " + shared +
         " && " + shared + " " + std::string(text(peek())) + " " +
         (one ? std::string(text(peek(1))) : "...");
}

const ast::Expr* Parser::parse_unary() {
  const uint32_t begin = offset();
  if (at(Kind::Minus) || at(Kind::Bang)) {
    Nesting nesting(*this);
    if (nesting.too_deep()) {
      recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::RightParen,
                                  Kind::RightBracket, Kind::RightBrace});
      return error_expr(begin);
    }
    const lex::Token op = advance();
    if (op.kind == Kind::Minus && at(Kind::Number) && peek(1).kind != Kind::Dot &&
        peek(1).kind != Kind::LeftParen) {
      return parse_number(/*negative=*/true, begin);
    }
    auto* unary = module_->make<ast::Unary>();
    unary->op = op.kind == Kind::Minus ? ast::UnaryOp::Negate : ast::UnaryOp::Not;
    unary->op_range = range_of(op);
    unary->operand = parse_unary();
    Height height;
    height.add(*this);
    unary->range = since(begin);
    return done(unary, height);
  }
  if (at_word("not") && (peek(1).kind == Kind::Identifier || peek(1).kind == Kind::KwTrue ||
                         peek(1).kind == Kind::KwFalse)) {
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "there is no operator `not`")
        .with_hint("write `!" + operand_at(at_ + 1, "x") + "`")
        .with_fix(range_of(peek()), "!");
    advance();
    last_error_at_ = at_;
    return parse_postfix();
  }
  if (at(Kind::Plus)) {
    const bool twice = previous().kind == Kind::Plus;
    const lex::Token& value = tokens_[at_ < 2 ? 0 : at_ - 2];
    const std::string name(value.kind == Kind::Identifier ? text(value) : "x");
    error(DiagnosticKind::ForeignSyntax, twice ? joined(previous(), peek()) : range_of(peek()),
          twice ? "there is no `++`" : "there is no sign `+`")
        .with_hint(twice ? "write `" + name + " + 1`, and bind it to a name of its own"
                         : "remove the `+`");
    while (at(Kind::Plus)) advance();
    last_error_at_ = at_;  // `x++` also lacks an operand
  }
  return parse_postfix();
}

bool Parser::at_type_arguments() const {
  if (!at(Kind::Less) || peek().match == 0) return false;
  switch (tokens_[peek().match + 1].kind) {
    case Kind::LeftParen:
    case Kind::RightParen:
    case Kind::RightBracket:
    case Kind::RightBrace:
    case Kind::Comma:
    case Kind::Semicolon:
    case Kind::Dot:
      return true;
    default:
      return false;
  }
}

std::vector<ast::TypeArgument> Parser::parse_type_arguments(SourceRange& range, Height& height) {
  std::vector<ast::TypeArgument> arguments;
  const lex::Token open = advance();
  while (!at(Kind::Greater) && !at(Kind::GreaterEqual)) {
    ast::TypeArgument argument;
    const uint32_t begin = offset();
    if (at(Kind::Number)) {
      argument.dim = parse_number(/*negative=*/false, begin);
    } else {
      argument.type = parse_type();
    }
    height.add(*this);
    argument.range = since(begin);
    arguments.push_back(argument);
    if (!accept(Kind::Comma)) break;
  }
  if (!accept_greater()) {
    expected(DiagnosticKind::ExpectedToken, "`,` or `>` after a type argument");
    if (open.match > at_) {
      skip_to(open.match);
      advance();
    }
  }
  range = since(open.offset);
  return arguments;
}

const ast::Expr* Parser::parse_postfix() {
  Nesting nesting(*this);
  const uint32_t begin = offset();
  if (nesting.too_deep()) {
    if (lex::is_open(peek().kind)) {
      skip_to(peek().match + 1);
    } else {
      recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::RightParen,
                                  Kind::RightBracket, Kind::RightBrace});
    }
    return error_expr(begin);
  }
  const ast::Expr* base = parse_primary();
  while (true) {
    Height height;
    height.add(*this);
    if (at(Kind::Dot)) {
      advance();
      if (at(Kind::Number)) {
        const lex::Token number = advance();
        const lex::NumberValue value = lex::decode_number(text(number));
        auto* index = module_->make<ast::Index>(since(begin));
        index->base = base;
        index->index_range = range_of(number);
        if (value.status != lex::NumberValue::Status::Ok || value.magnitude > UINT32_MAX) {
          error(DiagnosticKind::NumberOutOfRange, range_of(number),
                "no struct has a field of this number");
          base = error_expr(begin);
          continue;
        }
        index->index = static_cast<uint32_t>(value.magnitude);
        base = done(index, height);
        continue;
      }
      auto* field = module_->make<ast::Field>();
      field->base = base;
      field->name = expect_name("the name of a field");
      field->range = since(begin);
      if (field->name.text.empty()) return error_expr(begin);
      base = done(field, height);
    } else if (at(Kind::LeftParen)) {
      auto* call = module_->make<ast::Call>();
      const lex::Token open = advance();
      call->callee = base;
      bool comma = false;
      call->arguments = parse_arguments(open.match, 1, height, &comma);
      skip_to(open.match);
      advance();
      call->arguments_range = since(open.offset);
      call->range = since(begin);
      base = misordered_ ? error_expr(begin) : done(call, height);
    } else if (at_type_arguments() &&
               (base->kind == ast::ExprKind::NameRef || base->kind == ast::ExprKind::Field)) {
      auto* apply = module_->make<ast::TypeApply>();
      apply->function = base;
      apply->arguments = parse_type_arguments(apply->arguments_range, height);
      apply->range = since(begin);
      base = done(apply, height);
    } else if (report_foreign_postfix(begin)) {
      base = error_expr(begin);
    } else {
      height_ = height.value();
      return base;
    }
  }
}

// A name or a number with what is behind it, as it is written from the token `position` on.
std::string Parser::operand_at(size_t position, const char* otherwise) const {
  if (position >= tokens_.size()) return otherwise;
  const Kind first = tokens_[position].kind;
  if (first != Kind::Identifier && first != Kind::Number && first != Kind::LeftParen)
    return otherwise;
  size_t end = first == Kind::LeftParen ? tokens_[position].match + 1 : position + 1;
  while (end < tokens_.size() &&
         (tokens_[end].kind == Kind::LeftParen || tokens_[end].kind == Kind::Dot))
    end = tokens_[end].kind == Kind::Dot ? end + 2 : tokens_[end].match + 1;
  if (end > tokens_.size()) return otherwise;
  const std::string all =
      written(tokens_[position].offset, tokens_[end - 1].offset + tokens_[end - 1].length);
  return all == "..." ? otherwise : all;
}

// What has been taken from `begin` on.
std::string Parser::written_since(uint32_t begin) const {
  const std::string all = written(begin, previous().offset + previous().length);
  return all == "..." ? "x" : all;
}

// `a if c else b` from the `if` on, or `c ? a : b` from the `?` on, as an `if`; with names where it
// is not seen what stands for them.
std::string Parser::as_if() const {
  constexpr char kNames[] = "if c { a } else { b }";
  const bool question = at(Kind::Question);
  size_t begin = at_;
  while (begin > 0) {
    const Kind before = tokens_[begin - 1].kind;
    if (lex::is_close(before)) return kNames;
    if (lex::is_open(before) || before == Kind::Semicolon || before == Kind::Equals ||
        before == Kind::Comma || before == Kind::FatArrow) {
      break;
    }
    --begin;
  }
  const Kind middle = question ? Kind::Colon : Kind::KwElse;
  size_t end = at_ + 1;
  while (end < tokens_.size() && tokens_[end].kind != middle) {
    const Kind kind = tokens_[end].kind;
    if (lex::is_close(kind) || kind == Kind::Comma || kind == Kind::Semicolon ||
        kind == Kind::EndOfFile) {
      return kNames;
    }
    end = lex::is_open(kind) ? tokens_[end].match + 1 : end + 1;
  }
  if (end >= tokens_.size() || begin == at_ || end == at_ + 1) return kNames;
  const std::string first = written(tokens_[begin].offset, previous().offset + previous().length);
  const std::string second =
      written(tokens_[at_ + 1].offset, tokens_[end - 1].offset + tokens_[end - 1].length);
  const std::string third = rest_of_statement(end + 1);
  if (first == "..." || second == "..." || third == "..." ||
      third.find_first_of(",?{") != std::string::npos || third.find(" if ") != std::string::npos) {
    return kNames;
  }
  return "if " + (question ? first : second) + " { " + (question ? second : first) + " } else { " +
         third + " }";
}

bool Parser::report_foreign_postfix(uint32_t begin) {
  if (peek().first_on_line) return false;
  // From what it stands behind to a token.
  const auto until = [&](const lex::Token& token) {
    SourceRange range = since(begin);
    range.length = token.offset + token.length - begin;
    return range;
  };
  if (at(Kind::LeftBracket) && tokens_[peek().match + 1].kind == Kind::LeftParen) {
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "type arguments stand in `< >`")
        .with_hint("write `zeros<float32[3]>()`, for example");
    skip_to(peek().match + 1);
    return true;
  }
  if (at(Kind::LeftBracket) && peek(1).kind == Kind::String) {
    const lex::StringValue name = lex::decode_string(text(peek(1)));
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "fields are not selected with `[ ]`")
        .with_hint("write `." + name.bytes.substr(0, 40) + "`")
        .replacing(spanned(peek(), tokens_[peek().match]));
    skip_to(peek().match + 1);
    return true;
  }
  if (at(Kind::At)) {
    const bool placement = peek(1).kind == Kind::KwServer || peek(1).kind == Kind::KwClients;
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "there is no operator `@`")
        .with_hint(placement
                       ? "`federated_value(" + written_since(begin) + ", " +
                             std::string(text(peek(1))) + ")` places a value; `@` stands in types"
                       : "write `matmul(" + written_since(begin) + ", " + operand_at(at_ + 1, "y") +
                             ")`; `@` stands in types");
    recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::RightParen, Kind::RightBracket,
                                Kind::RightBrace});
    return true;
  }
  if (at(Kind::KwAs) && peek(1).kind == Kind::Identifier) {
    std::string type(text(peek(1)));
    if (const std::string meant = element_type_called(type); !meant.empty()) type = meant;
    error(DiagnosticKind::ForeignSyntax, joined(peek(), peek(1)),
          "`as` names what is imported: it converts no value")
        .with_hint("write `cast<" + type + ">(" + written_since(begin) + ")`")
        .replacing(until(peek(1)));
    skip_to(at_ + 2);
    return true;
  }
  if (at(Kind::LeftBracket)) {
    const bool minus = peek(1).kind == Kind::Minus;
    const lex::Token& index = peek(minus ? 2 : 1);
    const bool simple = peek().match == at_ + (minus ? 3 : 2) &&
                        (index.kind == Kind::Number || (index.kind == Kind::Identifier && !minus));
    const std::string place = simple ? (minus ? "-" : "") + std::string(text(index)) : "0";
    const std::string base = written_since(begin);
    constexpr std::string_view kShape = ".shape";
    if (base.ends_with(kShape)) {
      error(DiagnosticKind::ForeignSyntax, range_of(peek()), "values have no attribute `shape`")
          .with_hint("write `dim(" + base.substr(0, base.size() - kShape.size()) + ", " + place +
                     ")`")
          .replacing(until(tokens_[peek().match]));
      skip_to(peek().match + 1);
      return true;
    }
    error(DiagnosticKind::ForeignSyntax, range_of(peek()), "tensors are not indexed with `[ ]`")
        .with_hint("write `take(" + base + ", " + place +
                   ")` for an element or a row, `slice(...)` for a part of a tensor, `.0` for a "
                   "field of a "
                   "struct")
        .replacing(simple ? until(tokens_[peek().match]) : SourceRange());
    skip_to(peek().match + 1);
    return true;
  }
  const bool question = at(Kind::Question);
  if (question || at(Kind::KwIf)) {
    error(DiagnosticKind::ForeignSyntax, range_of(peek()),
          question ? "there is no operator `? :`" : "there is no `a if c else b`")
        .with_hint("write `" + as_if() + "`");
    recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::RightParen, Kind::RightBracket,
                                Kind::RightBrace});
    return true;
  }
  return false;
}

// `x => x + 1`, `lambda x: x + 1`: reports it, and skips to the next argument.
bool Parser::report_foreign_function(size_t close) {
  const bool arrow = (at(Kind::Identifier) && peek(1).kind == Kind::FatArrow) ||
                     (at(Kind::LeftParen) && tokens_[peek().match + 1].kind == Kind::FatArrow);
  if (!arrow && !(at_word("lambda") && peek(1).kind == Kind::Identifier)) return false;
  // Its parameters and its value.
  size_t begin = arrow ? at_ : at_ + 1, middle = begin;
  while (middle < close && tokens_[middle].kind != (arrow ? Kind::FatArrow : Kind::Colon))
    middle = lex::is_open(tokens_[middle].kind) ? tokens_[middle].match + 1 : middle + 1;
  size_t end = middle + 1;
  while (end < close && tokens_[end].kind != Kind::Comma)
    end = lex::is_open(tokens_[end].kind) ? tokens_[end].match + 1 : end + 1;
  std::string literal = "...";
  if (middle > begin && end > middle + 1 && end <= close) {
    std::string names =
        written(tokens_[begin].offset, tokens_[middle - 1].offset + tokens_[middle - 1].length);
    if (names.front() != '(') names = "(" + names + ")";
    const std::string value =
        written(tokens_[middle + 1].offset, tokens_[end - 1].offset + tokens_[end - 1].length);
    if (names != "(...)" && value != "..." && value.front() != '{')
      literal = "fn" + names + " { " + value + " }";
  }
  error(DiagnosticKind::ForeignSyntax, range_of(peek()),
        "a function literal is written `fn(x) { ... }`")
      .with_hint(literal == "..." ? "write `fn(x) { x + 1 }`, for example"
                                  : "write `" + literal + "`");
  skip_to(std::min(end, close));
  return true;
}

// `a: 1, b: 2` from here to the token `close` as `(a=1, b=2)`; "..." where it is long.
std::string Parser::named_arguments(size_t close) const {
  std::string all;
  for (size_t i = at_; i < close;) {
    const bool named =
        tokens_[i].kind == Kind::Identifier && i + 2 < close && tokens_[i + 1].kind == Kind::Colon;
    if (named) {
      all += std::string(text(tokens_[i])) + "=";
    } else if (!all.empty()) {
      return "...";  // without a name behind named ones, which is a mistake of its own
    }
    const size_t begin = named ? i + 2 : i;
    for (i = begin; i < close && tokens_[i].kind != Kind::Comma;)
      i = lex::is_open(tokens_[i].kind) ? tokens_[i].match + 1 : i + 1;
    const std::string value =
        i == begin ? ""
                   : written(tokens_[begin].offset, tokens_[i - 1].offset + tokens_[i - 1].length);
    if (value == "...") return value;
    all += value;
    if (i < close) all += ++i == close ? "," : ", ";
  }
  return "(" + all + ")";
}

std::vector<ast::Argument> Parser::parse_arguments(size_t close, int precedence, Height& height,
                                                   bool* trailing_comma) {
  std::vector<ast::Argument> arguments;
  bool named = false, misordered = false, with_colon = false;
  *trailing_comma = false;
  while (at_ < close) {
    ast::Argument argument;
    const uint32_t begin = offset();
    *trailing_comma = false;
    if ((at(Kind::Identifier) || lex::is_keyword(peek().kind)) && peek(1).kind == Kind::Equals) {
      argument.name = expect_name("the name of a field");
      advance();
      named = true;
    } else if (at(Kind::Identifier) && peek(1).kind == Kind::Colon) {
      if (!with_colon) {  // once for them all
        const std::string all = arguments.empty() ? named_arguments(close) : "...";
        Diagnostic& d =
            error(DiagnosticKind::ForeignSyntax, range_of(peek(1)),
                  "fields and arguments are named with `=`")
                .with_hint("write `" + (all == "..." ? std::string(text(peek())) + "=" : all) + "`")
                .with_fix(range_of(peek(1)), "=");
        if (all != "..." && previous().match == close)
          d.replacing(spanned(previous(), tokens_[close]));
      }
      with_colon = true;
      argument.name = name_of(advance());
      advance();
      named = true;
    } else if (named) {
      misordered = true;
      error(DiagnosticKind::PositionalAfterNamed, range_of(peek()),
            "a value without a name after named ones")
          .with_hint("write the name of its parameter or field in front of it, as in `name=" +
                     rest_of_statement(at_, true) +
                     "`, or leave out the names of those before it, "
                     "if they are in order");
    }
    argument.value = report_foreign_function(close) ? error_expr(begin) : parse_binary(precedence);
    height.add(*this);
    argument.range = since(begin);
    arguments.push_back(std::move(argument));
    if (at_ >= close) break;
    if (accept(Kind::Comma)) {
      *trailing_comma = true;
      continue;
    }
    Diagnostic& d =
        expected(DiagnosticKind::ExpectedToken,
                 "`,` or `" + std::string(lex::spelling(tokens_[close].kind)) + "` after a value");
    if (at(Kind::Equals)) d.with_hint("write `==` to compare");
    if (at(Kind::Semicolon)) d.with_hint("write `,`: `;` separates statements in `{ }` only");
    if (at(Kind::Number) || at(Kind::Identifier)) {
      d.with_hint("write `,` between the two, or an operator");
    }
    arguments.back().value = error_expr(begin);  // more than was read
    recover_to(close, {Kind::Comma});
    accept(Kind::Comma);
  }
  misordered_ = misordered;
  return arguments;
}

}  // namespace fedc
