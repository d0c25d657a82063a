#include "compiler/parse/parser.h"

namespace fedc {

bool Parser::accept_greater() {
  if (accept(Kind::Greater)) return true;
  if (!at(Kind::GreaterEqual)) return false;
  // `let x: <int32>= (1,);`: take the `>` and leave the `=`.
  lex::Token& token = tokens_[at_];
  token.kind = Kind::Equals;
  ++token.offset;
  --token.length;
  return true;
}

const ast::TypeExpr* Parser::parse_type() {
  Nesting nesting(*this);
  const uint32_t begin = offset();
  if (nesting.too_deep()) {
    const size_t end = lex::is_open(peek().kind) || (at(Kind::Less) && peek().match != 0)
                           ? peek().match + 1
                           : at_ + 1;
    if (!lex::is_close(peek().kind) && !at(Kind::EndOfFile)) skip_to(end);
    return error_type(begin);
  }
  const ast::TypeExpr* type = parse_type_primary();
  Height height;
  while (true) {
    height = Height();
    height.add(*this);
    if (at(Kind::Star)) {
      advance();
      auto* sequence = module_->make<ast::SequenceType>(since(begin));
      sequence->element = type;
      type = done(sequence, height);
    } else if (at(Kind::At)) {
      advance();
      type = parse_placement(type, /*per_member=*/false, begin, height);
    } else if (at(Kind::KwServer) || at(Kind::KwClients)) {
      error(DiagnosticKind::MissingAt, range_of(peek()), "missing `@` before " + described(peek()))
          .with_hint("write `@` in front of " + described(peek()))
          .with_fix({{file_, offset()}, 0}, "@");
      type = parse_placement(type, /*per_member=*/false, begin, height);
    } else if (at(Kind::LeftBracket) && !peek().first_on_line) {
      const ast::TypeKind kind = type->kind;
      if (kind != ast::TypeKind::Named && kind != ast::TypeKind::Error) {
        error(DiagnosticKind::ExpectedType, range_of(peek()),
              "only element types such as `float32` have dimensions")
            .with_hint(
                "write the dimensions directly behind the element type, as in "
                "`float32[784,10]*`");
      }
      auto* tensor = module_->make<ast::TensorType>();
      tensor->element = type;
      tensor->dims = parse_dims(height);
      tensor->range = since(begin);
      const bool sound = kind == ast::TypeKind::Named && !tensor->dims.empty();
      type = sound ? done(tensor, height) : error_type(begin);
    } else {
      height_ = height.value();
      return type;
    }
  }
}

const ast::TypeExpr* Parser::parse_type_primary() {
  switch (peek().kind) {
    case Kind::Identifier:
      return parse_named_type();
    case Kind::Less:
      return parse_struct_type();
    case Kind::LeftParen:
      return parse_function_type();
    case Kind::LeftBrace:
      return parse_braced_type();
    default: {
      const uint32_t begin = offset();
      Diagnostic& d = expected(DiagnosticKind::ExpectedType, "a type");
      if (at(Kind::LeftBracket)) {
        d.with_hint("write the element type first, as in `float32[784,10]`; a sequence is `T*`");
        skip_to(peek().match + 1);
      } else if (at(Kind::Star)) {
        d.with_hint("a sequence is written `T*`");
        while (at(Kind::Star)) advance();
        last_error_at_ = at_;
        return parse_type_primary();
      } else if (at(Kind::KwServer) || at(Kind::KwClients)) {
        d.with_hint("write the type first, as in `float32@" + std::string(text(peek())) + "`");
        advance();
      } else if (at(Kind::At) && lex::is_keyword(peek(1).kind)) {
        d.with_hint("write the type first, as in `float32@" + std::string(text(peek(1))) + "`");
      } else {
        d.with_hint("a type is `float32`, `float32[3]` or `<x=float32, y=int32>`, for example");
      }
      return error_type(begin);
    }
  }
}

const ast::TypeExpr* Parser::parse_named_type() {
  const uint32_t begin = offset();
  auto* type = module_->make<ast::NamedType>();
  type->name = name_of(advance());
  if (accept(Kind::Dot)) {
    type->module = std::move(type->name);
    type->name = expect_name("the name of a type");
  }
  Height height;
  if (at(Kind::Less)) type->arguments = parse_type_arguments(type->arguments_range, height);
  type->range = since(begin);
  return done(type, height);
}

ast::StructType::Element Parser::parse_type_field(Height& height) {
  ast::StructType::Element field;
  const uint32_t begin = offset();
  if (peek(1).kind == Kind::Equals) {
    field.name = expect_name("the name of a field");
    accept(Kind::Equals);
  } else if (at(Kind::Identifier) && peek(1).kind == Kind::Colon) {
    field.name = name_of(advance());
    error(DiagnosticKind::ForeignSyntax, range_of(peek()),
          "the fields of a struct type are written with `=`")
        .with_hint("write `" + field.name->text + "=`")
        .with_fix(range_of(peek()), "=");
    advance();
  }
  field.type = parse_type();
  height.add(*this);
  field.range = since(begin);
  return field;
}

const ast::TypeExpr* Parser::parse_struct_type() {
  auto* type = module_->make<ast::StructType>();
  const lex::Token open = advance();
  Height height;
  bool closed = accept_greater();
  bool named = false;
  while (!closed) {
    const size_t before = at_;
    type->fields.push_back(parse_type_field(height));
    const auto& field = type->fields.back();
    if (named && !field.name && field.type->kind != ast::TypeKind::Error) {
      error(DiagnosticKind::PositionalAfterNamed, field.range,
            "a field without a name after named ones")
          .with_hint("write `name=` in front of it");
    }
    named |= field.name.has_value();
    const bool comma = accept(Kind::Comma);
    closed = accept_greater();
    if (closed || (comma && at_ > before)) continue;
    Diagnostic& d = expected(DiagnosticKind::UnclosedBracket, "`,` or `>` after a field");
    d.with_hint(at(Kind::Semicolon) || at(Kind::Equals) || at(Kind::LeftBrace)
                    ? "write `>` in front of it"
                    : "write `,` between two fields, `>` behind the last")
        .with_note(range_of(open), "to close this `<`");
    if (open.match != 0 && at_ <= open.match) {
      skip_to(open.match + 1);
      closed = true;
    } else {
      recover_to(tokens_.size(), {Kind::Semicolon, Kind::Equals, Kind::Greater, Kind::LeftBrace,
                                  Kind::RightBrace, Kind::RightParen, Kind::RightBracket});
      accept(Kind::Greater);
      break;
    }
  }
  type->range = since(open.offset);
  return done(type, height);
}

const ast::TypeExpr* Parser::parse_function_type() {
  const lex::Token open = advance();
  const size_t close = open.match;
  Height height;
  const ast::TypeExpr* parameter = nullptr;
  if (!at(Kind::Arrow)) {
    // Several, named or single types here are a struct type in the wrong brackets.
    auto* fields = module_->make<ast::StructType>();
    bool comma = false;
    const uint32_t begin = offset();
    while (at_ < close && !at(Kind::Arrow)) {
      fields->fields.push_back(parse_type_field(height));
      comma = accept(Kind::Comma);
      if (!comma) break;
    }
    fields->range = since(begin);
    const bool one = fields->fields.size() == 1 && !fields->fields[0].name && !comma;
    const bool empty = fields->fields.empty();
    const bool is_function = at(Kind::Arrow);
    const SourceRange range = {{file_, open.offset},
                               tokens_[close].offset + tokens_[close].length - open.offset};
    if (empty) {
      error(DiagnosticKind::TypeInParentheses, range, "`()` is a value, not a type")
          .with_hint("the empty struct type is `<>`; a function without parameters is `( -> T)`");
    } else if (!is_function && at_ == close) {
      Diagnostic& d =
          error(DiagnosticKind::TypeInParentheses, range,
                one ? "a type in parentheses" : "a struct type is written with angle brackets");
      const std::string_view inner = source_.substr(begin, fields->range.length);
      if (inner.size() < 60) {
        d.with_hint("write `" + std::string(one ? "" : "<") + std::string(inner) +
                    std::string(one ? "" : ">") + "`; a function type is `(T -> U)`");
      }
    } else if (is_function && !one) {
      const lex::Token& last = tokens_[close - 1];
      error(DiagnosticKind::TypeInParentheses, fields->range,
            "a function type has one parameter: several are a struct type")
          .with_hint("write `(<" + written(begin, begin + fields->range.length) + "> " +
                     written(offset(), last.offset + last.length) + ")`");
    }
    if (one) {
      parameter = fields->fields[0].type;
    } else {
      parameter = done(fields, height);
      height.add(*this);
    }
    if (!is_function) {
      if (at_ != close) expected(DiagnosticKind::ExpectedToken, "`->` in a function type");
      skip_to(close);
      advance();
      height_ = height.value();
      return parameter;
    }
  }
  advance();  // ->
  auto* type = module_->make<ast::FunctionType>();
  type->parameter = parameter;
  type->result = parse_type();
  height.add(*this);
  if (at_ != close) expected(DiagnosticKind::ExpectedToken, "`)` after a function type");
  skip_to(close);
  advance();
  type->range = since(open.offset);
  return done(type, height);
}

const ast::TypeExpr* Parser::parse_braced_type() {
  const lex::Token open = advance();
  Height height;
  if (at(Kind::Identifier) && (peek(1).kind == Kind::Equals || peek(1).kind == Kind::Colon)) {
    const std::string fields = written(offset(), tokens_[open.match].offset);
    error(DiagnosticKind::ForeignSyntax, range_of(open),
          "a struct type is written with angle brackets")
        .with_hint(fields == "..." || peek(1).kind == Kind::Colon ? "write `<x=float32, y=int32>`"
                                                                  : "write `<" + fields + ">`");
    skip_to(open.match);
    advance();
    return error_type(open.offset);
  }
  const ast::TypeExpr* member = parse_type();
  height.add(*this);
  if (at_ != open.match) {
    expected(DiagnosticKind::ExpectedToken, "`}` after the type of the members");
  }
  skip_to(open.match);
  advance();
  if (accept(Kind::At)) return parse_placement(member, /*per_member=*/true, open.offset, height);
  if (at(Kind::Star) && peek(1).kind == Kind::At) {
    const std::string_view inner = sources_.text(member->range);
    error(DiagnosticKind::MissingAt, range_of(peek()),
          "`*` stands behind the `}`: what each client has is the sequence")
        .with_hint("write `{" + std::string(inner) + "*}@" + std::string(text(peek(2))) + "`")
        .with_fix({{file_, open.offset}, peek().offset + 1 - open.offset},
                  "{" + std::string(inner) + "*}");
    advance();
    auto* sequence = module_->make<ast::SequenceType>(since(open.offset));
    sequence->element = member;
    advance();
    return parse_placement(done(sequence, height), /*per_member=*/true, open.offset, height);
  }
  if (at(Kind::KwServer) || at(Kind::KwClients)) {
    error(DiagnosticKind::MissingAt, after_previous(), "missing `@` before " + described(peek()))
        .with_hint("write `@` in front of " + described(peek()))
        .with_fix({{file_, offset()}, 0}, "@");
    return parse_placement(member, /*per_member=*/true, open.offset, height);
  }
  error(DiagnosticKind::MissingAt, after_previous(), "a type in braces needs a placement")
      .with_hint("write `@CLIENTS` behind the `}`");
  return error_type(open.offset);
}

const ast::TypeExpr* Parser::parse_placement(const ast::TypeExpr* member, bool per_member,
                                             uint32_t begin, Height height) {
  auto* type = module_->make<ast::PlacedType>();
  type->member = member;
  type->per_member = per_member;
  if (at(Kind::KwServer) || at(Kind::KwClients)) {
    type->placement = name_of(advance());
  } else if (at(Kind::Identifier)) {
    type->placement = name_of(advance());
  } else {
    expected(DiagnosticKind::ExpectedName, "`SERVER` or `CLIENTS` after `@`");
    return error_type(begin);
  }
  type->range = since(begin);
  return done(type, height);
}

std::vector<ast::Dim> Parser::parse_dims(Height& height) {
  std::vector<ast::Dim> dims;
  const lex::Token element = previous();
  const lex::Token open = advance();
  const std::string of_element =
      element.kind == Kind::Identifier ? std::string(text(element)) : "float32";
  const auto with_dims = [&](const std::string& dims_of) {
    return "`" + of_element + "[" + dims_of + "]`";
  };
  if (at_ == open.match) {
    error(DiagnosticKind::EmptyDimensions, {{file_, open.offset}, offset() + 1 - open.offset},
          "empty dimensions")
        .with_hint("one number is `" + of_element + "`, three are " + with_dims("3") +
                   ", at most 100 " + with_dims("?<=100") +
                   "; any number of them, read one by one, is a sequence, `" + of_element + "*`");
  }
  while (at_ < open.match) {
    ast::Dim dim;
    const uint32_t begin = offset();
    if (accept(Kind::Question)) {
      dim.unknown = true;
      if (accept(Kind::LessEqual)) {
        dim.value = parse_binary(kAdditive);
        height.add(*this);
      } else if (at(Kind::Less)) {
        error(DiagnosticKind::ExpectedToken, range_of(peek()),
              "a bound is written with `<=`, found `<`")
            .with_hint("write `?<=32`, for example");
      }
    } else {
      const bool bare_bound = at(Kind::LessEqual);
      if (bare_bound) {
        expected(DiagnosticKind::ExpectedExpression, "a dimension")
            .with_hint(
                "write `?<=" + (peek(1).kind == Kind::Number ? std::string(text(peek(1))) : "32") +
                "`: a dimension that is not known, with its bound");
        advance();
      }
      dim.value = parse_binary(kAdditive);
      height.add(*this);
    }
    dim.range = since(begin);
    dims.push_back(dim);
    if (at_ >= open.match || accept(Kind::Comma)) continue;
    expected(DiagnosticKind::ExpectedToken, "`,` or `]` after a dimension");
    recover_to(open.match, {Kind::Comma});
    accept(Kind::Comma);
  }
  skip_to(open.match);
  advance();
  return dims;
}

}  // namespace fedc
