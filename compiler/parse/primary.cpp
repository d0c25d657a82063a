#include <cfloat>
#include <cmath>

#include "compiler/parse/parser.h"

namespace fedc {
namespace {

using ast::NumberSuffix;

struct SuffixInfo {
  NumberSuffix suffix;
  std::string_view type;
  bool is_float;
  uint64_t max;      // of integers: the largest magnitude without a sign
  double max_float;  // of floats: the largest finite value
};

constexpr SuffixInfo kSuffixes[] = {
    {NumberSuffix::I8, "int8", false, INT8_MAX, 0},
    {NumberSuffix::I16, "int16", false, INT16_MAX, 0},
    {NumberSuffix::I32, "int32", false, INT32_MAX, 0},
    {NumberSuffix::I64, "int64", false, INT64_MAX, 0},
    {NumberSuffix::U8, "uint8", false, UINT8_MAX, 0},
    {NumberSuffix::U16, "uint16", false, UINT16_MAX, 0},
    {NumberSuffix::U32, "uint32", false, UINT32_MAX, 0},
    {NumberSuffix::U64, "uint64", false, UINT64_MAX, 0},
    {NumberSuffix::F16, "float16", true, 0, 65504.0},
    {NumberSuffix::BF16, "bfloat16", true, 0, 0x1.FEp127},
    {NumberSuffix::F32, "float32", true, 0, FLT_MAX},
    {NumberSuffix::F64, "float64", true, 0, DBL_MAX},
};

}  // namespace

const ast::Expr* Parser::parse_number(bool negative, uint32_t begin) {
  const lex::Token token = advance();
  const lex::NumberValue value = lex::decode_number(text(token));
  const SourceRange range = since(begin);
  const std::string_view digits = text(token).substr(0, value.suffix_offset);
  using Status = lex::NumberValue::Status;
  auto fail = [&](DiagnosticKind kind, SourceRange where, std::string message, std::string hint) {
    error(kind, where, std::move(message)).with_hint(std::move(hint));
    return error_expr(begin);
  };
  if (value.status == Status::Malformed) {
    return fail(DiagnosticKind::InvalidNumber, range_of(token), value.message, value.hint);
  }
  const SuffixInfo* info = nullptr;
  for (const SuffixInfo& s : kSuffixes) {
    if (spelling(s.suffix) == value.suffix) info = &s;
  }
  if (info == nullptr && !value.suffix.empty()) {
    const SourceRange where = {{file_, token.offset + value.suffix_offset},
                               token.length - value.suffix_offset};
    const std::string suffix(value.suffix.substr(0, 40));
    return fail(DiagnosticKind::InvalidNumber, where, "a number cannot end in `" + suffix + "`",
                "the suffixes are `i8` to `i64`, `u8` to `u64`, `f16`, `bf16`, `f32` and `f64`; a "
                "name cannot start with a digit");
  }
  auto* number = module_->make<ast::Number>(range);
  height_ = 1;
  number->negative = negative;
  number->is_float = value.is_float || (info != nullptr && info->is_float);
  number->magnitude = value.magnitude;
  number->float_value = negative ? -value.float_value : value.float_value;
  number->suffix = info == nullptr ? NumberSuffix::None : info->suffix;
  if (value.is_float && info != nullptr && !info->is_float) {
    return fail(DiagnosticKind::InvalidNumber, range,
                "a number with a point or an exponent cannot be `" + std::string(info->type) + "`",
                "write `cast<" + std::string(info->type) + ">(" + std::string(digits) + ")`");
  }
  if (value.status == Status::TooSmall) {
    return fail(DiagnosticKind::NumberOutOfRange, range,
                "this number is nearer to zero than any `float64`", "write `0.0`");
  }
  if (number->is_float) {
    // The largest number as people write it, 3.4028235e38, is a little above it.
    const double limit = (info == nullptr ? DBL_MAX : info->max_float) * (1 + 0x1p-26);
    const bool fits = std::fabs(number->float_value) <= limit;
    if ((value.status == Status::TooLarge && value.is_float) || !fits ||
        std::isinf(number->float_value)) {
      const std::string type(info == nullptr ? "float64" : info->type);
      return fail(DiagnosticKind::NumberOutOfRange, range,
                  "this number is too large for `" + type + "`",
                  type == "float16"    ? "its largest value is 65504.0"
                  : type == "bfloat16" ? "its largest value is about 3.39e38"
                  : type == "float32"  ? "its largest value is about 3.4e38"
                                       : "its largest value is about 1.8e308");
    }
    return number;
  }
  const bool is_signed = info != nullptr && spelling(info->suffix)[0] == 'i';
  uint64_t limit = info != nullptr ? info->max : UINT64_MAX;
  std::string low = "0";
  if (is_signed) low = "-" + std::to_string(limit + 1);
  if (negative && is_signed) ++limit;
  if (negative && info != nullptr && !is_signed) limit = 0;
  if (negative && info == nullptr) limit = 1ull << 63;
  if (value.status == Status::TooLarge || value.magnitude > limit) {
    if (info == nullptr) {
      return fail(DiagnosticKind::NumberOutOfRange, range, "no integer type holds this number",
                  negative ? "`int64` goes down to -9223372036854775808"
                           : "`uint64` goes up to 18446744073709551615; a float has a point, as in "
                             "`1.0e20`");
    }
    return fail(DiagnosticKind::NumberOutOfRange, range,
                "this number is out of the range of `" + std::string(info->type) + "`",
                "it holds " + low + " to " + std::to_string(info->max));
  }
  return number;
}

const ast::Expr* Parser::parse_string() {
  const lex::Token token = advance();
  lex::StringValue value = lex::decode_string(text(token));
  if (!value.message.empty()) {
    const SourceLoc at{file_, token.offset + value.error_offset};
    error(DiagnosticKind::InvalidString, {at, value.error_length}, value.message)
        .with_hint(value.hint);
    return error_expr(token.offset);
  }
  auto* string = module_->make<ast::String>(range_of(token));
  string->bytes = std::move(value.bytes);
  height_ = 1;
  return string;
}

const ast::Expr* Parser::parse_primary() {
  const uint32_t begin = offset();
  height_ = 1;
  switch (peek().kind) {
    case Kind::Number:
      return parse_number(/*negative=*/false, begin);
    case Kind::String:
      return parse_string();
    case Kind::KwTrue:
    case Kind::KwFalse: {
      auto* value = module_->make<ast::Bool>(range_of(peek()));
      value->value = advance().kind == Kind::KwTrue;
      return value;
    }
    case Kind::KwServer:
    case Kind::KwClients: {
      auto* placement = module_->make<ast::PlacementRef>(range_of(peek()));
      placement->placement =
          advance().kind == Kind::KwServer ? ast::Placement::Server : ast::Placement::Clients;
      return placement;
    }
    case Kind::Identifier: {
      if (at_word("_")) return report_no_expression();
      auto* name = module_->make<ast::NameRef>(range_of(peek()));
      name->name = text(advance());
      return name;
    }
    case Kind::LeftParen:
      return parse_parentheses();
    case Kind::Less:
      return parse_angle_struct();
    case Kind::KwIf:
      return parse_if();
    case Kind::KwMatch:
      return parse_match();
    case Kind::KwFn:
      return parse_lambda();
    default:
      return report_no_expression();
  }
}

// `[[1.0, 2.0], [3.0, 4.0]]` from the token `open` on, as a tensor; "" for other lists.
std::string Parser::matrix_of(size_t open) const {
  const size_t close = tokens_[open].match;
  std::string rows;
  size_t count = 0, columns = 0, numbers = 0, floats = 0;
  for (size_t i = open + 1; i < close; ++i) {
    if (tokens_[i].kind == Kind::Comma) continue;
    if (tokens_[i].kind != Kind::LeftBracket) return "";
    const size_t end = tokens_[i].match, before = numbers;
    for (size_t j = i + 1; j < end; ++j) {
      const Kind kind = tokens_[j].kind;
      if (kind == Kind::Number) {
        const lex::NumberValue value = lex::decode_number(text(tokens_[j]));
        if (!value.suffix.empty()) return "";
        ++numbers;
        floats += value.is_float;
      } else if (kind != Kind::Comma && kind != Kind::Minus) {
        return "";
      }
    }
    const std::string row = written(tokens_[i].offset + 1, tokens_[end].offset);
    if (row == "..." || numbers == before || (count > 0 && numbers - before != columns)) return "";
    columns = numbers - before;
    rows += (count++ == 0 ? "(" : ", (") + row + (columns == 1 && row.back() != ',' ? ",)" : ")");
    i = end;
  }
  if (count == 0 || rows.size() > 80 || (floats != 0 && floats != numbers)) return "";
  return "reshape<" + std::string(floats != 0 ? "float32[" : "int32[") + std::to_string(count) +
         "," + std::to_string(columns) + "]>(flatten((" + rows + (count == 1 ? ",)))" : ")))");
}

const ast::Expr* Parser::report_no_expression() {
  const uint32_t begin = offset();
  const lex::Token token = peek();
  const Kind before = previous().kind;
  if (token.kind == Kind::Star && before == Kind::Star) {
    const lex::Token& base = tokens_[at_ < 2 ? 0 : at_ - 2];
    const bool known = base.kind == Kind::Identifier || base.kind == Kind::Number;
    const bool selected = at_ > 2 && tokens_[at_ - 3].kind == Kind::Dot;
    error(DiagnosticKind::ForeignSyntax, joined(previous(), token), "there is no operator `**`")
        .with_hint("write `power(" + (known && !selected ? std::string(text(base)) : "x") + ", " +
                   operand_at(at_ + 1, "y") + ")`");
    advance();
    return parse_unary();
  }
  if (token.kind == Kind::Equals &&
      (before == Kind::Plus || before == Kind::Minus || before == Kind::Star ||
       before == Kind::Slash || before == Kind::Percent)) {
    const lex::Token& changed = tokens_[at_ < 2 ? 0 : at_ - 2];
    const std::string name(changed.kind == Kind::Identifier ? text(changed) : "x");
    const std::string by = rest_of_statement(at_ + 1);
    error(DiagnosticKind::ForeignSyntax, joined(previous(), token), "values do not change")
        .with_hint(hint_of_change(name, name + " " + std::string(text(previous())) + " " + by));
    advance();
    parse_binary(1);
    return error_expr(begin);
  }
  if (token.kind == Kind::Dot && peek(1).kind == Kind::Number) {
    error(DiagnosticKind::InvalidNumber, range_of(token), "a number starts with a digit")
        .with_hint("write `0." + std::string(text(peek(1)).substr(0, 40)) + "`");
    advance();
    advance();
    return error_expr(begin);
  }
  if (token.kind == Kind::LeftBracket) {
    // `[1.0, 2.0]`; a list of one is `(1.0,)`.
    const lex::Token& close = tokens_[token.match];
    std::string list = written(token.offset + 1, close.offset);
    const bool flat = list != "..." && list.find('[') == list.npos && list.find(':') == list.npos;
    if (flat && list.find(',') == list.npos) list += ",";
    const std::string matrix = matrix_of(at_);
    error(DiagnosticKind::ForeignSyntax, range_of(token), "there are no list literals")
        .with_hint(
            flat ? "a tensor of these is `flatten((" + list + "))`, a struct `(" + list + ")`"
            : !matrix.empty()
                ? "write `" + matrix + "`"
                : "a tensor of three numbers is `flatten((1.0, 2.0, 3.0))`, to which "
                  "`reshape<float32[3,1]>(...)` gives other dimensions; a struct is `(a, b)`");
    skip_to(token.match + 1);
    return error_expr(begin);
  }
  if (lex::is_keyword(token.kind) && !token.first_on_line && token.kind != Kind::KwLet &&
      token.kind != Kind::KwElse) {
    error(DiagnosticKind::ReservedWord, range_of(token),
          described(token) + " is a word of the language and cannot be a value")
        .with_hint("choose another name, such as `" + std::string(text(token)) + "_`");
    advance();
    return error_expr(begin);
  }
  const bool is_operator = before == Kind::Plus || before == Kind::Minus || before == Kind::Star ||
                           before == Kind::Slash || before == Kind::Percent ||
                           before == Kind::AndAnd || before == Kind::OrOr ||
                           before == Kind::EqualEqual || before == Kind::Less ||
                           before == Kind::Greater;
  // What is on the next line is not the mistake.
  Diagnostic& d = is_operator && token.first_on_line
                      ? error(DiagnosticKind::ExpectedExpression, after_previous(),
                              "expected a value behind `" + std::string(text(previous())) + "`")
                      : expected(DiagnosticKind::ExpectedExpression, "a value");
  if (token.kind == Kind::LeftBrace) {
    const std::string inside = written(token.offset + 1, tokens_[token.match].offset);
    const bool fields =
        inside.find('=') != inside.npos && inside.find_first_of(":;{") == inside.npos;
    d.with_hint("braces belong to `fn`, `if`, `else` and `match`; a struct is written `(" +
                (fields ? inside : "a=1, b=2") + ")`");
    skip_to(token.match + 1);
  } else if (at_word("_")) {
    d.with_hint("`_` only stands for a value that is not bound");
    advance();
  } else if (token.kind == Kind::KwElse) {
    d.with_hint("`else` follows the `}` of an `if`");
  } else if (token.kind == Kind::Comma) {
    d.with_hint("write a value in front of the `,`, or remove it");
  } else if (is_operator) {
    d.with_hint("`" + std::string(text(previous())) + "` wants a value behind it");
  } else if (token.kind == Kind::DotDot) {
    d.with_hint("`..` stands first in a struct: `(..s, field=value)`");
    advance();
    parse_unary();
  }
  return error_expr(begin);
}

const ast::Expr* Parser::parse_parentheses() {
  const lex::Token open = advance();
  if (at(Kind::DotDot)) return parse_update(open);
  Height height;
  bool comma = false;
  std::vector<ast::Argument> fields = parse_arguments(open.match, 1, height, &comma);
  skip_to(open.match);
  advance();
  if (fields.size() == 1 && !fields[0].name && !comma) {
    height_ = height.value();
    return fields[0].value;
  }
  if (misordered_) return error_expr(open.offset);
  auto* value = module_->make<ast::Struct>(since(open.offset));
  value->fields = std::move(fields);
  return done(value, height);
}

// `(..s, x=1)`, from the `..` on.
const ast::Expr* Parser::parse_update(const lex::Token& open) {
  advance();
  auto* value = module_->make<ast::Struct>();
  Height height;
  value->base = parse_expr();
  height.add(*this);
  bool comma = false;
  if (at_ >= open.match || !accept(Kind::Comma) || at_ >= open.match) {
    expected(DiagnosticKind::ExpectedToken, "`,` and the fields that are to change")
        .with_hint("write `(..s, field=value)`");
  } else {
    value->fields = parse_arguments(open.match, 1, height, &comma);
    for (const ast::Argument& field : value->fields) {
      if (field.name || misordered_) continue;
      error(DiagnosticKind::PositionalAfterNamed, field.range, "the fields that change have names")
          .with_hint("write `name=` in front of it");
      misordered_ = true;
    }
  }
  const bool readable = !value->fields.empty() && !misordered_;
  skip_to(open.match);
  advance();
  value->range = since(open.offset);
  return readable ? done(value, height) : error_expr(open.offset);
}

// `<x=1, y=2>` where a value is expected: the brackets of types.
const ast::Expr* Parser::parse_angle_struct() {
  const lex::Token open = peek();
  std::string inside = "...";
  if (open.match != 0) inside = written(open.offset + 1, tokens_[open.match].offset);
  if (inside == "...") inside = "x=1, y=2";
  error(DiagnosticKind::ValueInAngleBrackets, range_of(open),
        "a struct value is written with parentheses")
      .with_hint("write `(" + inside + ")`; `<x=T, y=U>` is a type");
  advance();
  auto* value = module_->make<ast::Struct>();
  Height height;
  while (!at(Kind::Greater)) {
    ast::Argument argument;
    const uint32_t begin = offset();
    if (at(Kind::Identifier) && peek(1).kind == Kind::Equals) {
      argument.name = expect_name("the name of a field");
      advance();
    }
    argument.value = parse_binary(kAdditive);
    height.add(*this);
    argument.range = since(begin);
    value->fields.push_back(std::move(argument));
    if (!accept(Kind::Comma)) break;
  }
  if (!accept(Kind::Greater)) {
    recover_to(tokens_.size(), {Kind::Comma, Kind::Semicolon, Kind::RightParen, Kind::RightBracket,
                                Kind::RightBrace});
    last_error_at_ = at_;
    return error_expr(open.offset);
  }
  value->range = since(open.offset);
  return done(value, height);
}

}  // namespace fedc
