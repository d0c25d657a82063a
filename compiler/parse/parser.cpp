#include "compiler/parse/parser.h"

namespace fedc {

std::unique_ptr<ast::Module> parse(const SourceManager& sources, FileId file,
                                   DiagnosticEngine& diagnostics, ParseOptions options) {
  return Parser(sources, file, diagnostics, options).parse_module();
}

Parser::Parser(const SourceManager& sources, FileId file, DiagnosticEngine& diagnostics,
               ParseOptions options)
    : sources_(sources),
      diagnostics_(diagnostics),
      options_(options),
      file_(file),
      source_(sources.text(file)),
      list_(lex::tokenize(sources, file, diagnostics)),
      tokens_(list_.tokens) {}

std::unique_ptr<ast::Module> Parser::parse_module() {
  module_ = std::make_unique<ast::Module>();
  module_->file = file_;
  while (!at(Kind::EndOfFile)) parse_declaration();
  return std::move(module_);
}

// ---- Tokens

const lex::Token& Parser::peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const lex::Token& Parser::previous() const { return tokens_[at_ == 0 ? 0 : at_ - 1]; }

bool Parser::at_word(std::string_view word) const {
  return at(Kind::Identifier) && text(peek()) == word;
}

std::string_view Parser::text(const lex::Token& token) const {
  return source_.substr(token.offset, token.length);
}

std::string Parser::described(const lex::Token& token) const {
  constexpr size_t kLongest = 40;
  if (token.kind == Kind::EndOfFile) return "the end of the file";
  if (token.inserted) return "`" + std::string(lex::spelling(token.kind)) + "`";
  std::string_view words = text(token);
  if (token.kind == Kind::String && words.size() > kLongest) return "a string";
  if (words.size() > kLongest) return "`" + std::string(words.substr(0, kLongest)) + "...`";
  return "`" + std::string(words) + "`";
}

lex::Token Parser::advance() {
  const lex::Token taken = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  while (at(Kind::UnmatchedClose)) {
    if (!list_.damaged(peek().offset)) {
      diagnostics_
          .report(DiagnosticKind::UnexpectedClosing, range_of(peek()),
                  "this " + described(peek()) + " closes nothing")
          .with_hint("remove it, or write its opening bracket");
    }
    ++at_;
  }
  return taken;
}

bool Parser::accept(Kind kind) {
  if (!at(kind)) return false;
  advance();
  return true;
}

void Parser::recover_to(size_t end, std::initializer_list<Kind> kinds) {
  while (at_ < end && !at(Kind::EndOfFile)) {
    if (std::find(kinds.begin(), kinds.end(), peek().kind) != kinds.end()) return;
    at_ = lex::is_open(peek().kind) ? peek().match + 1 : at_ + 1;
  }
}

bool Parser::expect(Kind kind, std::string_view after) {
  if (accept(kind)) return true;
  expected(DiagnosticKind::ExpectedToken,
           "`" + std::string(lex::spelling(kind)) + "` " + std::string(after));
  return false;
}

// The values before and behind the `,` here, as one struct.
std::string Parser::as_struct() const {
  size_t begin = at_;
  while (begin > 0 && tokens_[begin - 1].kind != Kind::Equals) {
    const Kind before = tokens_[begin - 1].kind;
    if (lex::is_close(before) || lex::is_open(before) || before == Kind::Semicolon) return "(a, b)";
    --begin;
  }
  const std::string first = written(tokens_[begin].offset, previous().offset + previous().length);
  const std::string rest = rest_of_statement(at_ + 1);
  return first == "..." || rest == "..." ? "(a, b)" : "(" + first + ", " + rest + ")";
}

void Parser::expect_semicolon(std::string_view after) {
  if (accept(Kind::Semicolon)) return;
  const lex::Token& next = peek();
  // What is not on the same line can hardly belong to it.
  if (next.first_on_line || next.kind == Kind::EndOfFile || lex::is_keyword(next.kind) ||
      lex::is_close(next.kind)) {
    error(DiagnosticKind::MissingSemicolon, after_previous(),
          "missing `;` after " + std::string(after))
        .with_hint("write `;` here")
        .with_fix(after_previous(), ";");
  } else {
    expected(DiagnosticKind::ExpectedToken, "`;` after " + std::string(after))
        .with_hint(next.kind == Kind::Comma
                       ? "several values in one stand in parentheses: `" + as_struct() + "`"
                       : "write what joins the two, such as an operator, or end it with `;`");
  }
}

// ---- Ranges

SourceRange Parser::range_of(const lex::Token& token) const {
  return {{file_, token.offset}, token.length};
}

SourceRange Parser::joined(const lex::Token& first, const lex::Token& second) const {
  if (first.offset + first.length != second.offset) return range_of(second);
  return {{file_, first.offset}, first.length + second.length};
}

SourceRange Parser::spanned(const lex::Token& first, const lex::Token& last) const {
  return {{file_, first.offset}, last.offset + last.length - first.offset};
}

SourceRange Parser::since(uint32_t begin) const {
  const uint32_t end = previous().offset + previous().length;
  return {{file_, begin}, end > begin ? end - begin : 0};
}

SourceRange Parser::after_previous() const {
  return {{file_, previous().offset + previous().length}, 0};
}

// ---- Text for hints

std::string Parser::written(size_t begin, size_t end) const {
  constexpr size_t kLongest = 60;
  std::string line;
  for (char c : source_.substr(begin, end - begin)) {
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
    if (c != ' ' || (!line.empty() && line.back() != ' ')) line += c;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  const bool shown = !line.empty() && line.size() <= kLongest && line.find("//") == line.npos;
  return shown ? line : "...";
}

std::string Parser::rest_of_statement(size_t position, bool of_list) const {
  size_t end = position;
  while (end < tokens_.size()) {
    const Kind kind = tokens_[end].kind;
    if (kind == Kind::EndOfFile || kind == Kind::Semicolon || kind == Kind::KwLet ||
        kind == Kind::UnmatchedClose || lex::is_close(kind) || (of_list && kind == Kind::Comma)) {
      break;
    }
    end = lex::is_open(kind) ? tokens_[end].match + 1 : end + 1;
  }
  if (end <= position) return "...";
  return written(tokens_[position].offset, tokens_[end - 1].offset + tokens_[end - 1].length);
}

std::string Parser::hint_of_hyphen() const {
  std::string name(text(previous()));
  const size_t first = name.size();
  uint32_t end = previous().offset + previous().length;
  for (size_t i = at_; i + 1 < tokens_.size(); i += 2) {
    const lex::Token& part = tokens_[i + 1];
    if (tokens_[i].kind != Kind::Minus || tokens_[i].offset != end) break;
    if (part.kind != Kind::Identifier || part.offset != end + 1) break;
    name += "_" + std::string(text(part));
    end = part.offset + part.length;
  }
  if (name.size() == first) return "";
  return "names consist of letters, digits and `_`: write `" + name + "`";
}

// ---- Diagnostics

Diagnostic& Parser::error(DiagnosticKind kind, SourceRange range, std::string message) {
  const bool known = peek().kind == Kind::Invalid || previous().kind == Kind::Invalid ||
                     peek().inserted || list_.damaged(range.begin.offset) ||
                     last_error_at_ == at_ || silent_;
  last_error_at_ = at_;
  ++mistakes_;
  if (!known) return diagnostics_.report(kind, range, std::move(message));
  ignored_ = Diagnostic{};
  return ignored_;
}

Diagnostic& Parser::expected(DiagnosticKind kind, std::string_view what) {
  return error(kind, range_of(peek()),
               "expected " + std::string(what) + ", found " + described(peek()));
}

ast::Name Parser::name_of(const lex::Token& token) const {
  return {std::string(text(token)), range_of(token)};
}

ast::Name Parser::expect_name(std::string_view what) {
  if (at(Kind::Identifier)) return name_of(advance());
  if (lex::is_keyword(peek().kind)) {
    error(DiagnosticKind::ReservedWord, range_of(peek()),
          described(peek()) + " is a word of the language and cannot be " + std::string(what))
        .with_hint("choose another name, such as `" + std::string(text(peek())) + "_`");
    return name_of(advance());
  }
  Diagnostic& d = expected(DiagnosticKind::ExpectedName, what);
  if (previous().kind == Kind::Dot) {
    d.with_hint("write the name behind the `.`, or remove the `.`");
  } else if (previous().kind == Kind::KwType || previous().kind == Kind::KwFn ||
             previous().kind == Kind::KwConst || previous().kind == Kind::KwParam) {
    d.with_hint("write the name behind `" + std::string(text(previous())) + "`");
  }
  return {"", {{file_, peek().offset}, 0}};
}

// ---- Depth

bool Parser::Nesting::too_deep() const {
  if (parser_.depth_ <= ast::kMaxDepth) return false;
  parser_.report_too_deep(parser_.range_of(parser_.peek()));
  return true;
}

void Parser::report_too_deep(SourceRange range) {
  if (!silent_) {
    error(DiagnosticKind::NestingTooDeep, {range.begin, std::min(range.length, 1u)},
          "nested more than " + std::to_string(ast::kMaxDepth) + " deep")
        .with_hint(
            "give a part of it a name, with `let` or, of a type, with `type`, or move it into a "
            "function");
  }
  silent_ = true;  // what follows is out of step
  last_error_at_ = at_;
}

const ast::Expr* Parser::error_expr(uint32_t begin) {
  height_ = 1;
  return module_->make<ast::ErrorExpr>(since(begin));
}

const ast::TypeExpr* Parser::error_type(uint32_t begin) {
  height_ = 1;
  return module_->make<ast::ErrorType>(since(begin));
}

const ast::Expr* Parser::done(ast::Expr* node, const Height& below) {
  height_ = below.value() + 1;
  if (height_ <= ast::kMaxDepth) return node;
  report_too_deep(node->range);
  height_ = 1;
  return module_->make<ast::ErrorExpr>(node->range);
}

const ast::TypeExpr* Parser::done(ast::TypeExpr* node, const Height& below) {
  height_ = below.value() + 1;
  if (height_ <= ast::kMaxDepth) return node;
  report_too_deep(node->range);
  height_ = 1;
  return module_->make<ast::ErrorType>(node->range);
}

const ast::Pattern* Parser::done(ast::Pattern* node, const Height& below) {
  height_ = below.value() + 1;
  if (height_ <= ast::kMaxDepth) return node;
  report_too_deep(node->range);
  height_ = 1;
  return module_->make<ast::ErrorPattern>(node->range);
}

}  // namespace fedc
