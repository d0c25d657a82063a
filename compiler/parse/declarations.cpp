#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <utility>

#include "compiler/diagnostics/suggest.h"
#include "compiler/parse/parser.h"

namespace fedc {

using ast::FunctionKind;

// The unit whose first letter a word has: `MiB` for `megabytes`.
static std::string unit_meant(std::string_view word) {
  const char letter = word.empty() ? ' ' : static_cast<char>(word[0] & ~0x20);
  return std::string_view("KMG").find(letter) == std::string_view::npos
             ? "B"
             : std::string(1, letter) + "iB";
}

bool Parser::at_declaration(size_t position) const {
  const lex::Token& token = tokens_[position];
  switch (token.kind) {
    case Kind::KwConst:
    case Kind::KwExport:
    case Kind::KwFn:
    case Kind::KwImport:
    case Kind::KwParam:
    case Kind::KwProcess:
    case Kind::KwType:
      return true;
    case Kind::Identifier: {
      const std::string_view word = text(token);
      return (word == "op" || word == "intrinsic" || word == "limit" || word == "require") &&
             tokens_[position + 1].kind == Kind::Identifier;
    }
    default:
      return false;
  }
}

void Parser::parse_declaration() {
  const lex::Token& token = peek();
  silent_ = false;
  if (!at_declaration(at_)) return report_no_declaration();
  switch (token.kind) {
    case Kind::KwImport:
      return parse_import();
    case Kind::KwType:
      return parse_type_declaration();
    case Kind::KwConst:
      return parse_constant(/*is_param=*/false);
    case Kind::KwParam:
      return parse_constant(/*is_param=*/true);
    case Kind::KwProcess:
      return parse_process();
    case Kind::KwExport: {
      const uint32_t begin = advance().offset;
      if (!expect(Kind::KwFn, "after `export`")) return recover_to_declaration();
      parse_function(FunctionKind::Function, begin, /*exported=*/true);
      return;
    }
    case Kind::KwFn: {
      const uint32_t begin = advance().offset;
      parse_function(FunctionKind::Function, begin, /*exported=*/false);
      return;
    }
    default:
      break;
  }
  const std::string_view word = text(token);
  if (word == "limit") return parse_limit();
  if (word == "require") return parse_require();
  if (!options_.prelude) {
    error(DiagnosticKind::PreludeOnly, range_of(token),
          "`" + std::string(word) + "` declarations belong to the prelude")
        .with_hint("write a function: `fn`");
  }
  const uint32_t begin = advance().offset;
  parse_function(word == "op" ? FunctionKind::Op : FunctionKind::Intrinsic, begin, false);
}

void Parser::report_no_declaration() {
  if (at(Kind::UnmatchedClose)) {  // the first token of the file, or behind a recovery
    error(DiagnosticKind::UnexpectedClosing, range_of(peek()),
          "this " + described(peek()) + " closes nothing")
        .with_hint("remove it, or write its opening bracket");
    ++at_;
    return;
  }
  const bool is_let = at(Kind::KwLet);
  const std::string_view word = at(Kind::Identifier) ? text(peek()) : "";
  // What stands at the margin is no rest of a body that ended too early.
  const uint32_t offset = peek().offset;
  const bool margin = offset == 0 || source_[offset - 1] == '\n';
  const bool behind_brace = previous().kind == Kind::RightBrace && !margin;
  const SourceRange brace = range_of(previous());
  Diagnostic& d = expected(DiagnosticKind::ExpectedDeclaration, "a declaration");
  if (is_let && behind_brace && peek().first_on_line && closes_nothing_ahead()) {
    const int line = sources_.line_column(brace.begin).line;
    d.with_hint("the `}` in line " + std::to_string(line) +
                " ends the body too early: remove it; a constant of the file is declared with "
                "`const`");
  } else if (is_let) {
    d.with_hint("at top level, write `const` for a constant; `let` belongs into a function")
        .with_fix(range_of(peek()), "const");
    if (!behind_brace && peek(1).kind == Kind::Identifier) {
      return parse_constant(/*is_param=*/false);
    }
  } else if (word == "def" || word == "func" || word == "function" || word == "fun") {
    d.with_hint("a function is declared with `fn`");
  } else if (word == "from" || word == "use" || word == "using" || word == "include") {
    // `from std import nn`
    std::string file, name;
    const bool from = word == "from" && peek(1).kind == Kind::Identifier &&
                      peek(2).kind == Kind::KwImport && peek(3).kind == Kind::Identifier;
    if (from) {
      name = text(peek(3));
      file = text(peek(1)) == "std" ? "std/" + name : std::string(text(peek(1))) + ".fed";
      if (text(peek(1)) != "std") name = text(peek(1));
    }
    d.with_hint("write `import \"" + (from ? file : "std/nn") + "\" as " + (from ? name : "nn") +
                ";`" + (from ? "" : ", for example"));
  } else if (word == "struct" || word == "class" || word == "record") {
    d.with_hint("a struct type is declared with `type Name = <field=float32>;`");
  } else if (peek(1).kind == Kind::Identifier && peek(2).kind == Kind::LeftParen) {
    // `float32 f(...)`
    d.with_hint("a function is declared with `fn`: write `fn " + std::string(text(peek(1))) +
                "(...) -> " + std::string(text(peek())) + " { ... }`");
  } else {
    const std::string nearest =
        nearest_name(word, {"fn", "type", "const", "param", "process", "import", "export"});
    d.with_hint(
         "declarations start with `fn`, `type`, `const`, `param`, `process`, `import` or `export`")
        .with_suggestion(range_of(peek()), nearest);
  }
  if (behind_brace) d.with_note(brace, "the body in front of it ends here");
  recover_to_declaration();
}

// Whether a closing bracket in front of the next declaration has no opening one.
bool Parser::closes_nothing_ahead() const {
  for (size_t i = at_; i < tokens_.size() && tokens_[i].kind != Kind::EndOfFile;) {
    if (tokens_[i].kind == Kind::UnmatchedClose) return true;
    if (tokens_[i].first_on_line && at_declaration(i)) return false;
    i = lex::is_open(tokens_[i].kind) ? tokens_[i].match + 1 : i + 1;
  }
  return false;
}

void Parser::recover_to_declaration() {
  const size_t start = at_;
  while (!at(Kind::EndOfFile)) {
    // In the middle of a line such a word may be part of the mistake, unless something ended.
    const bool fresh = peek().first_on_line || previous().kind == Kind::Semicolon ||
                       previous().kind == Kind::RightBrace;
    if (at_ > start && fresh && at_declaration(at_)) return;
    // What stands at the margin was meant as a declaration of its own: `let x = 1;`, `proces p {`.
    const uint32_t offset = peek().offset;
    const bool margin = at_ > start && (offset == 0 || source_[offset - 1] == '\n');
    if (margin && (at(Kind::KwLet) || (at(Kind::Identifier) && peek(1).kind == Kind::Identifier))) {
      return;
    }
    at_ = lex::is_open(peek().kind) ? peek().match + 1 : at_ + 1;
  }
}

// Behind a declaration that ends in `;`, which may have been reported as missing.
void Parser::finish_declaration() {
  if (previous().kind != Kind::Semicolon && !at_declaration(at_)) recover_to_declaration();
}

void Parser::parse_import() {
  auto* decl = module_->make<ast::ImportDecl>();
  const uint32_t begin = advance().offset;
  if (!at(Kind::String)) {
    expected(DiagnosticKind::ExpectedToken, "a file in quotes after `import`")
        .with_hint(
            "write `import \"std/nn\" as nn;` for a module of the standard library, `import "
            "\"file.fed\" as name;` for a file");
    return recover_to_declaration();
  }
  decl->path_range = range_of(peek());
  const lex::StringValue path = lex::decode_string(text(peek()));
  decl->path = path.bytes;
  if (!path.message.empty()) {
    const SourceLoc at{file_, peek().offset + path.error_offset};
    error(DiagnosticKind::InvalidString, {at, path.error_length}, path.message)
        .with_hint(path.hint);
  }
  advance();
  if (!at(Kind::KwAs)) {
    std::string name = decl->path.substr(decl->path.rfind('/') + 1);
    name = name.substr(0, name.find('.'));
    const auto in_name = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
    };
    if (!std::all_of(name.begin(), name.end(), in_name)) name = "name";
    expected(DiagnosticKind::ExpectedToken, "`as` and a name after the file of an import")
        .with_hint("write `import " + std::string(text(previous())) + " as " + name + ";`");
    return recover_to_declaration();
  }
  advance();
  decl->name = expect_name("the name of an import");
  expect_semicolon("an import");
  decl->range = since(begin);
  module_->declarations.push_back(decl);
}

void Parser::parse_type_declaration() {
  auto* decl = module_->make<ast::TypeDecl>();
  const uint32_t begin = advance().offset;
  decl->name = expect_name("the name of a type");
  if (at(Kind::Less)) decl->generics = parse_generics();
  const std::string hyphen = decl->name.text.empty() ? "" : hint_of_hyphen();
  if (!hyphen.empty()) {
    expected(DiagnosticKind::ExpectedToken, "`=` after the name of a type").with_hint(hyphen);
  }
  if (!expect(Kind::Equals, "after the name of a type")) {
    decl->type = error_type(offset());
    recover_to_declaration();
  } else {
    decl->type = parse_type();
    expect_semicolon("a type declaration");
    finish_declaration();
  }
  decl->range = since(begin);
  module_->declarations.push_back(decl);
}

void Parser::parse_constant(bool is_param) {
  auto* decl = module_->make<ast::ConstantDecl>();
  decl->is_param = is_param;
  const std::string word = is_param ? "`param`" : "`const`";
  const uint32_t begin = advance().offset;
  decl->name = expect_name(is_param ? "the name of a parameter" : "the name of a constant");
  const std::string hyphen = decl->name.text.empty() ? "" : hint_of_hyphen();
  if (accept(Kind::Colon)) {
    decl->type = parse_type();
  } else if (is_param && hyphen.empty()) {
    const lex::Token& value = peek(1);
    const bool is_number = at(Kind::Equals) && value.kind == Kind::Number;
    const bool is_bool =
        at(Kind::Equals) && (value.kind == Kind::KwTrue || value.kind == Kind::KwFalse);
    const std::string type = is_bool                                                  ? "bool"
                             : is_number && !lex::decode_number(text(value)).is_float ? "int32"
                                                                                      : "float32";
    expected(DiagnosticKind::ExpectedToken, "`:` and the type of a `param`")
        .with_hint("write `param " + decl->name.text + ": " + type +
                   (at(Kind::Equals) ? " = " + rest_of_statement(at_ + 1) : "") + ";`" +
                   (is_bool ? "" : ", or another type"));
  }
  if (!hyphen.empty()) {
    expected(DiagnosticKind::ExpectedToken, "`=` and the value of a " + word).with_hint(hyphen);
  }
  if (accept(Kind::KwIn)) {
    if (!at(Kind::LeftBracket)) {
      expected(DiagnosticKind::ExpectedToken, "`[` after `in`")
          .with_hint("write a range as `in [0.0, 1.0]`");
    } else {
      const size_t end = advance().match;
      decl->min = parse_binary(kAdditive);
      expect(Kind::Comma, "between the ends of a range");
      decl->max = parse_binary(kAdditive);
      if (at_ != end) expected(DiagnosticKind::ExpectedToken, "`]` after a range");
      skip_to(end);
      advance();
    }
  }
  if (expect(Kind::Equals, "and the default of a " + word)) {
    decl->value = parse_expr();
    expect_semicolon("a " + word);
  } else {
    decl->value = error_expr(offset());
  }
  finish_declaration();
  decl->range = since(begin);
  module_->declarations.push_back(decl);
}

std::vector<ast::Name> Parser::parse_path(std::string_view what) {
  std::vector<ast::Name> path;
  do {
    path.push_back(expect_name(what));
  } while (accept(Kind::Dot));
  return path;
}

void Parser::parse_limit() {
  auto* decl = module_->make<ast::LimitDecl>();
  const uint32_t begin = advance().offset;
  do {
    ast::LimitDecl::Item item{};
    const uint32_t item_begin = offset();
    item.subject = parse_path("what to limit, such as `client.arena`");
    if (!expect(Kind::LessEqual, "after what is limited")) break;
    const lex::NumberValue number =
        at(Kind::Number) ? lex::decode_number(text(peek())) : lex::NumberValue{};
    static constexpr std::pair<std::string_view, uint64_t> kUnits[] = {
        {"", 1}, {"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}};
    uint64_t unit = 0;
    for (const auto& [name, size] : kUnits) {
      if (number.suffix == name) unit = size;
    }
    if (!at(Kind::Number) || number.is_float || unit == 0 ||
        number.status != lex::NumberValue::Status::Ok || number.magnitude > UINT64_MAX / unit) {
      // `3KB`, `3.5KiB`
      const char letter = number.suffix.empty() ? 0 : static_cast<char>(number.suffix[0] & ~0x20);
      const bool meant =
          std::string_view("KMG").find(letter) != std::string_view::npos && unit == 0;
      std::string hint = "the units are `B`, `KiB`, `MiB` and `GiB`";
      if (at(Kind::Number) && number.is_float) {
        hint = "a size is a whole number: take the next smaller unit";
        const double bytes = number.float_value * static_cast<double>(unit);
        if (unit > 0 && bytes < 1e15 && bytes == std::floor(bytes))
          hint = "a size is a whole number: write `" +
                 std::to_string(static_cast<uint64_t>(bytes)) + "B`";
      } else if (at(Kind::Number) && letter != 0 && meant && number.suffix.size() <= 2) {
        const std::string digits(
            text(peek()).substr(0, text(peek()).size() - number.suffix.size()));
        hint = "write `" + digits + letter + "iB`, of 1024: " + hint;
      }
      expected(DiagnosticKind::InvalidNumber, "a size such as `128KiB`").with_hint(hint);
      break;
    }
    // `3 KiB`
    if (const std::string_view after = text(peek(1));
        number.suffix.empty() && peek(1).kind == Kind::Identifier) {
      const auto known = std::find_if(std::begin(kUnits), std::end(kUnits),
                                      [&](const auto& one) { return one.first == after; });
      const std::string digits(text(peek()));
      Diagnostic& diagnostic =
          error(DiagnosticKind::InvalidNumber, range_of(peek(1)),
                known == std::end(kUnits) ? "there is no unit " + described(peek(1))
                                          : "a unit stands directly behind its number");
      diagnostic.with_hint(known == std::end(kUnits)
                               ? "write `" + digits + unit_meant(after) +
                                     "`, for example: the units are `B`, `KiB`, `MiB` and `GiB`"
                               : "write `" + digits + std::string(after) + "`");
      break;
    }
    advance();
    item.bytes = number.magnitude * unit;
    item.range = since(item_begin);
    decl->items.push_back(std::move(item));
  } while (accept(Kind::Comma));
  expect_semicolon("a `limit`");
  finish_declaration();
  decl->range = since(begin);
  module_->declarations.push_back(decl);
}

void Parser::parse_require() {
  auto* decl = module_->make<ast::RequireDecl>();
  const uint32_t begin = advance().offset;
  decl->entry = parse_path("the computation that is required to");
  if (expect(Kind::Colon, "after the computation of a `require`")) {
    do {
      ast::RequireDecl::Item item{};
      const uint32_t item_begin = offset();
      item.subject = parse_path("what is required");
      if (at_word("through")) {
        advance();
        item.through = parse_path("an aggregator");
      } else if (at(Kind::LessEqual) || at(Kind::GreaterEqual) || at(Kind::EqualEqual)) {
        const Kind op = advance().kind;
        item.op = op == Kind::LessEqual      ? ast::BinaryOp::LessEqual
                  : op == Kind::GreaterEqual ? ast::BinaryOp::GreaterEqual
                                             : ast::BinaryOp::Equal;
        item.bound = parse_binary(kAdditive);
      } else {
        expected(DiagnosticKind::ExpectedToken, "`through`, `<=`, `>=` or `==`");
        break;
      }
      item.range = since(item_begin);
      decl->items.push_back(std::move(item));
    } while (accept(Kind::Comma));
    expect_semicolon("a `require`");
  }
  finish_declaration();
  decl->range = since(begin);
  module_->declarations.push_back(decl);
}

// ---- Processes

void Parser::parse_process() {
  auto* decl = module_->make<ast::ProcessDecl>();
  const uint32_t begin = advance().offset;
  decl->name = expect_name("the name of a process");
  if (!at(Kind::LeftBrace)) {
    expected(DiagnosticKind::ExpectedToken, "`{` after the name of a process");
    decl->incomplete = true;
    recover_to_declaration();
  } else {
    const size_t close = peek().match;
    advance();
    while (at_ < close) {
      const size_t before = at_;
      parse_member(*decl, close);
      if (at_ == before) ++at_;
    }
    skip_to(close);
    advance();
  }
  decl->range = since(begin);
  module_->declarations.push_back(decl);
}

void Parser::parse_member(ast::ProcessDecl& process, size_t close) {
  using ast::ProcessRole;
  if (at(Kind::KwFn)) {
    error(DiagnosticKind::ForeignSyntax, range_of(peek()),
          "the members of a process are written without `fn`")
        .with_hint("remove `fn`; other functions stand outside of the process")
        .with_fix(range_of(peek()), "");
    advance();
  }
  const lex::Token name = peek();
  if (name.kind != Kind::Identifier || peek(1).kind != Kind::LeftParen) {
    constexpr std::string_view kStarts[] = {
        "initialize() -> float32@SERVER { ... }", "client_state() -> int64 { ... }",
        "next(state: float32@SERVER, ...) -> <state=float32@SERVER> { ... }",
        "evaluate(state: float32@SERVER, ...) -> <loss=float32@SERVER> { ... }"};
    const auto start = std::find_if(std::begin(kStarts), std::end(kStarts), [&](auto text_of) {
      return name.kind == Kind::Identifier && text_of.substr(0, text_of.find('(')) == text(name);
    });
    if (start != std::end(kStarts)) {
      error(
          DiagnosticKind::ExpectedToken, range_of(peek(1)),
          "expected `(` and the parameters of " + described(name) + ", found " + described(peek(1)))
          .with_hint("write `" + std::string(*start) + "`, for example");
    } else {
      expected(DiagnosticKind::ExpectedToken,
               "`initialize(...)`, `next(...)`, `evaluate(...)` or `client_state()`")
          .with_hint("other declarations stand outside of the process");
    }
    process.incomplete = true;
    recover_to(close, {Kind::LeftBrace, Kind::Semicolon});
    if (at(Kind::LeftBrace)) {
      skip_to(peek().match + 1);
    } else {
      accept(Kind::Semicolon);
    }
    return;
  }
  const ProcessRole* role = nullptr;
  static constexpr ProcessRole kRoles[] = {ProcessRole::Initialize, ProcessRole::Next,
                                           ProcessRole::Evaluate, ProcessRole::ClientState};
  std::vector<std::string_view> words;
  for (const ProcessRole& r : kRoles) {
    words.push_back(spelling(r));
    if (spelling(r) == text(name)) role = &r;
  }
  if (role == nullptr) {
    process.incomplete = true;
    // What others call them.
    static constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
        {"init", "initialize"}, {"start", "initialize"}, {"setup", "initialize"},
        {"step", "next"},       {"round", "next"},       {"update", "next"},
        {"eval", "evaluate"},   {"test", "evaluate"},    {"validate", "evaluate"}};
    std::string nearest = nearest_name(text(name), words);
    for (const auto& [other, word] : kOthers) {
      if (text(name) == other) nearest = word;
    }
    error(DiagnosticKind::UnknownProcessMember, range_of(name),
          "a process has no member " + described(name))
        .with_hint(
            "its members are `initialize`, `next`, `evaluate` and `client_state`; other functions "
            "stand outside of it")
        .with_suggestion(range_of(name), nearest);
  } else {
    for (const auto& member : process.members) {
      if (member.role != *role) continue;
      error(DiagnosticKind::DuplicateProcessMember, range_of(name),
            "this process has a second " + described(name))
          .with_hint("a process has one of each: remove one of the two")
          .with_note(member.function->name.range, "the first one is here");
      role = nullptr;
      break;
    }
  }
  ast::FunctionDecl* function = parse_function(FunctionKind::ProcessMember, name.offset, false);
  if (role != nullptr) process.members.push_back({*role, function});
}

}  // namespace fedc
