#include <algorithm>
#include <string>
#include <unordered_map>

#include "compiler/lex/lex.h"

namespace fedc::lex {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || is_digit(c); }

const std::unordered_map<std::string_view, TokenKind>& keywords() {
  static const auto* table = new std::unordered_map<std::string_view, TokenKind>{
#define FEDC_KEYWORD(name, text) {text, TokenKind::name},
#include "compiler/lex/tokens.def"
  };
  return *table;
}

struct Punctuation {
  std::string_view text;
  TokenKind kind;
};
constexpr Punctuation kPunctuation[] = {
#define FEDC_PUNCTUATION(name, text) {text, TokenKind::name},
#include "compiler/lex/tokens.def"
};

// Characters that people paste from documents, and what they stand for.
struct LookAlike {
  std::string_view text;
  std::string_view meant;
  TokenKind kind;  // Invalid: no token stands for it
};
constexpr LookAlike kLookAlikes[] = {
    {"\u2212", "-", TokenKind::Minus},      {"\u2013", "-", TokenKind::Minus},
    {"\u00d7", "*", TokenKind::Star},       {"\u00f7", "/", TokenKind::Slash},
    {"\u2264", "<=", TokenKind::LessEqual}, {"\u2265", ">=", TokenKind::GreaterEqual},
    {"\u2260", "!=", TokenKind::NotEqual},  {"\u2192", "->", TokenKind::Arrow},
    {"\u201c", "\"", TokenKind::Invalid},   {"\u201d", "\"", TokenKind::Invalid},
    {"\u2018", "\"", TokenKind::Invalid},   {"\u2019", "\"", TokenKind::Invalid},
    {"\u27e8", "<", TokenKind::Less},       {"\u27e9", ">", TokenKind::Greater},
};

class Scanner {
 public:
  Scanner(const SourceManager& sources, FileId file, DiagnosticEngine& diagnostics)
      : text_(sources.text(file)), file_(file), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;  // a byte order mark
    if (report_no_text()) at_ = text_.size();
    while (skip_space_and_comments()) scan_token();
    add(TokenKind::EndOfFile, static_cast<uint32_t>(text_.size()), 0);
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  SourceRange range(size_t begin, size_t length) const {
    return {{file_, static_cast<uint32_t>(begin)}, static_cast<uint32_t>(length)};
  }
  Diagnostic& report(DiagnosticKind kind, size_t begin, size_t length, std::string message) {
    return diagnostics_.report(kind, range(begin, length), std::move(message));
  }

  void add(TokenKind kind, size_t begin, size_t length) {
    Token token;
    token.kind = kind;
    token.first_on_line = new_line_;
    token.offset = static_cast<uint32_t>(begin);
    token.length = static_cast<uint32_t>(length);
    tokens_.push_back(token);
    new_line_ = false;
  }
  void take(TokenKind kind, size_t length) {
    add(kind, at_, length);
    at_ += length;
  }

  // False at the end of the file.
  bool skip_space_and_comments() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        new_line_ = true;
        ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        size_t end = text_.find('\n', at_);
        if (end == std::string_view::npos) end = text_.size();
        check_utf8(at_, end);
        at_ = end;
      } else if (c == '/' && peek(1) == '*') {
        const size_t end = text_.find("*/", at_ + 2);
        report(DiagnosticKind::ForeignSyntax, at_, 2, "there are no `/* */` comments")
            .with_hint("start each line of the comment with `//`");
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else if (c == '#') {
        report(DiagnosticKind::InvalidCharacter, at_, 1, "`#` has no meaning here")
            .with_hint("a comment starts with `//`");
        // It was meant as one: what it says is not looked at.
        const size_t end = text_.find('\n', at_);
        at_ = end == std::string_view::npos ? text_.size() : end;
      } else {
        return true;
      }
    }
    return false;
  }

  // Reports the first byte that is not UTF-8 in a comment or string.
  void check_utf8(size_t begin, size_t end) {
    for (size_t i = begin; i < end;) {
      bool valid = true;
      const uint32_t size = code_point_size(text_.substr(i, end - i), &valid);
      if (!valid) {
        report_utf8(i, 1);
        return;
      }
      i += size;
    }
  }

  // Of what is no text, as an object file or UTF-16, one message says all. A text with letters of
  // another encoding here and there is told where they are.
  bool report_no_text() {
    constexpr size_t kFew = 8, kRare = 16;
    size_t first = 0, bad = 0;
    for (size_t i = at_; i < text_.size();) {
      bool valid = false;
      const auto c = static_cast<unsigned char>(text_[i]);
      const uint32_t size = code_point_size(text_.substr(i), &valid);
      const bool space = c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\v';
      if (!valid || c == 0x7F || (c < 0x20 && !space)) {
        if (bad++ == 0) first = i;
      }
      i += size;
    }
    if (bad <= kFew || bad <= text_.size() / kRare) return false;
    report(DiagnosticKind::InvalidUtf8, first, 1,
           "the file is not text in UTF-8: this byte and " + std::to_string(bad - 1) +
               " after it are not")
        .with_hint(
            "a program is a text file in the encoding UTF-8, and this is another kind of file");
    return true;
  }
  void report_utf8(size_t begin, size_t length) {
    report(DiagnosticKind::InvalidUtf8, begin, length, "the file is not UTF-8 here")
        .with_hint("save the file in the encoding UTF-8");
  }

  void scan_token() {
    const char c = peek();
    if (is_name_start(c)) return scan_name();
    if (is_digit(c)) return scan_number();
    if (c == '"') return scan_string();
    const TokenKind punctuation = punctuation_here();
    if (punctuation != TokenKind::Invalid) {
      return take(punctuation, spelling(punctuation).size());
    }
    scan_invalid();
  }

  void scan_name() {
    size_t length = 1;
    while (is_name(peek(length))) ++length;
    const auto found = keywords().find(text_.substr(at_, length));
    take(found == keywords().end() ? TokenKind::Identifier : found->second, length);
  }

  // Digits and whatever clings to them; decode_number() says whether it is a number.
  void scan_number() {
    size_t length = 1;
    if (!tokens_.empty() && tokens_.back().kind == TokenKind::Dot) {
      while (is_digit(peek(length))) ++length;  // `x.0.1` selects twice
      return take(TokenKind::Number, length);
    }
    const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    auto take_name = [&] {
      while (is_name(peek(length))) {
        const char c = peek(length++);
        if (!hex && (c == 'e' || c == 'E') && (peek(length) == '+' || peek(length) == '-') &&
            is_digit(peek(length + 1))) {
          ++length;
        }
      }
    };
    take_name();
    if (!hex && peek(length) == '.' && !is_name_start(peek(length + 1)) &&
        peek(length + 1) != '.') {
      ++length;
      take_name();
    }
    take(TokenKind::Number, length);
  }

  void scan_string() {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') {
      end += text_[end] == '\\' && end + 1 < text_.size() && text_[end + 1] != '\n' ? 2 : 1;
    }
    if (end >= text_.size() || text_[end] != '"') {
      end = std::min(end, text_.size());
      report(DiagnosticKind::UnclosedString, at_, end - at_,
             "a string has no closing `\"` on its line")
          .with_hint("write the `\"` where it ends; a line break in a string is written `\\n`");
      return take(TokenKind::Invalid, end - at_);
    }
    check_utf8(at_, end);
    take(TokenKind::String, end + 1 - at_);
  }

  TokenKind punctuation_here() const {
    const char c = peek();
    TokenKind best = TokenKind::Invalid;
    size_t length = 0;
    for (const Punctuation& p : kPunctuation) {
      if (p.text[0] == c && p.text.size() > length && text_.substr(at_, p.text.size()) == p.text) {
        best = p.kind;
        length = p.text.size();
      }
    }
    return best;
  }

  // What stands before and behind the character here, where both are a name or a number.
  std::string operands() const {
    constexpr char kNames[] = "x, y";
    const auto in_word = [](char c) { return is_name(c) || c == '.'; };
    if (tokens_.empty()) return kNames;
    const Token& left = tokens_.back();
    const bool selected = tokens_.size() > 1 && tokens_[tokens_.size() - 2].kind == TokenKind::Dot;
    if ((left.kind != TokenKind::Identifier && left.kind != TokenKind::Number) || selected)
      return kNames;
    size_t begin = at_ + 1;
    while (begin < text_.size() && text_[begin] == ' ') ++begin;
    size_t end = begin;
    while (end < text_.size() && in_word(text_[end])) ++end;
    if (end == begin || end - begin > 20 || left.length > 20 ||
        (end < text_.size() && (text_[end] == '(' || text_[end] == '<'))) {
      return kNames;
    }
    return std::string(text_.substr(left.offset, left.length)) + ", " +
           std::string(text_.substr(begin, end - begin));
  }

  void scan_invalid() {
    const char c = peek();
    if (c == '|' && scan_closure()) return;
    if (c == '&' || c == '|') {
      const std::string twice(2, c);
      report(DiagnosticKind::InvalidCharacter, at_, 1,
             std::string("there is no operator `") + c + "`")
          .with_hint(std::string("write `bitwise_") + (c == '&' ? "and" : "or") + "(" + operands() +
                     ")` for the bits of integers, `" + twice + "` for bools")
          .with_fix(range(at_, 1), twice);
      return take(TokenKind::Invalid, 1);
    }
    if (c == '\'') return scan_single_quoted();
    for (const LookAlike& l : kLookAlikes) {
      if (text_.substr(at_, l.text.size()) != l.text) continue;
      report(DiagnosticKind::InvalidCharacter, at_, l.text.size(),
             "`" + std::string(l.text) + "` has no meaning here")
          .with_hint("write `" + std::string(l.meant) + "`")
          .with_fix(range(at_, l.text.size()), std::string(l.meant));
      return take(l.kind, l.text.size());
    }
    bool valid = true;
    const uint32_t size = code_point_size(text_.substr(at_), &valid);
    if (!valid || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return scan_garbage();
    Diagnostic& d = report(DiagnosticKind::InvalidCharacter, at_, size,
                           "`" + std::string(text_.substr(at_, size)) + "` has no meaning here");
    if (c == '^')
      d.with_hint(operands().find('.') != std::string::npos
                      ? "write `power(" + operands() + ")`"
                      : "write `power(" + operands() +
                            ")`, or of the bits of integers `bitwise_xor(" + operands() + ")`");
    if (size > 1) d.with_hint("names consist of the letters a to z and A to Z, digits and `_`");
    // A name with such a letter in it is one mistake.
    uint32_t length = size;
    while (at_ + length < text_.size()) {
      const std::string_view rest = text_.substr(at_ + length);
      const uint32_t next = code_point_size(rest, &valid);
      if (!valid || !(next > 1 || is_name(rest[0])) || size == 1) break;
      length += next;
    }
    take(TokenKind::Invalid, length);
  }

  // What to write for `|x, y| x + y`, whose second bar is at `bar`.
  std::string literal_of(size_t bar) const {
    size_t end = bar + 1;
    int depth = 0;
    for (; end < text_.size() && end < bar + 60; ++end) {
      const char c = text_[end];
      if (c == '(' || c == '[') ++depth;
      if (c == ')' || c == ']') --depth;
      if (depth < 0 || (depth == 0 && c == ',') || c == ';' || c == '{' || c == '}' || c == '\n')
        break;
    }
    std::string value(text_.substr(bar + 1, end - bar - 1));
    value.erase(0, value.find_first_not_of(' '));
    while (!value.empty() && value.back() == ' ') value.pop_back();
    const std::string names(text_.substr(at_ + 1, bar - at_ - 1));
    const bool known = depth <= 0 && !value.empty() && end < bar + 60 &&
                       value.find('|') == std::string::npos &&
                       names.find_first_of(":&") == std::string::npos;
    return known ? "write `fn(" + names + ") { " + value + " }`"
                 : "write `fn(x) { x + 1 }`, for example";
  }

  // `|x, y|`, the parameters of a function literal elsewhere.
  bool scan_closure() {
    size_t end = at_ + 1;
    while (end < text_.size() &&
           (is_name(text_[end]) ||
            std::string_view(" ,:&").find(text_[end]) != std::string_view::npos)) {
      ++end;
    }
    const bool after_value = !tokens_.empty() && (tokens_.back().kind == TokenKind::Identifier ||
                                                  tokens_.back().kind == TokenKind::Number ||
                                                  is_close(tokens_.back().kind));
    if (end >= text_.size() || text_[end] != '|' || after_value) return false;
    report(DiagnosticKind::ForeignSyntax, at_, end + 1 - at_,
           "a function literal is written `fn(x) { ... }`")
        .with_hint(literal_of(end));
    take(TokenKind::Invalid, end + 1 - at_);
    return true;
  }

  void scan_single_quoted() {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '\'' && text_[end] != '\n') ++end;
    const bool closed = end < text_.size() && text_[end] == '\'';
    constexpr size_t kLongest = 40;
    std::string quoted(closed ? text_.substr(at_ + 1, end - at_ - 1) : "...");
    const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
    if (quoted.size() > kLongest || !std::all_of(quoted.begin(), quoted.end(), plain))
      quoted = "...";
    report(DiagnosticKind::ForeignSyntax, at_, closed ? end + 1 - at_ : 1,
           "strings are written with `\"`")
        .with_hint("write `\"" + quoted + "\"`");
    take(TokenKind::Invalid, closed ? end + 1 - at_ : 1);
  }

  // A run of bytes that no text has: control characters, or not UTF-8.
  void scan_garbage() {
    size_t end = at_;
    bool utf8 = true;
    while (end < text_.size()) {
      bool valid = true;
      const uint32_t size = code_point_size(text_.substr(end), &valid);
      const auto c = static_cast<unsigned char>(text_[end]);
      const bool control = c < 0x20 || c == 0x7F;
      if (valid && (!control || c == '\n')) break;
      utf8 &= valid;
      end += size;
    }
    if (utf8) {
      report(DiagnosticKind::InvalidCharacter, at_, end - at_, "control characters in the text")
          .with_hint("remove them");
    } else {
      report_utf8(at_, end - at_);
    }
    take(TokenKind::Invalid, end - at_);
  }

  std::string_view text_;
  FileId file_;
  DiagnosticEngine& diagnostics_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  bool new_line_ = true;
};

}  // namespace

std::vector<Token> scan(const SourceManager& sources, FileId file, DiagnosticEngine& diagnostics) {
  return Scanner(sources, file, diagnostics).run();
}

TokenList tokenize(const SourceManager& sources, FileId file, DiagnosticEngine& diagnostics) {
  TokenList list = match_brackets(scan(sources, file, diagnostics), sources, file, diagnostics);
  match_angles(list.tokens);
  return list;
}

}  // namespace fedc::lex
