// Balances the brackets of a token list, so that a parser may rely on them: it always finds the end
// of what it is in. A missing bracket is reported where it should stand, with a note at its
// partner.
#include <algorithm>
#include <string>
#include <utility>

#include "compiler/lex/lex.h"

namespace fedc::lex {
namespace {

class BracketMatcher {
 public:
  BracketMatcher(std::vector<Token> tokens, const SourceManager& sources, FileId file,
                 DiagnosticEngine& diagnostics)
      : in_(std::move(tokens)), text_(sources.text(file)), file_(file), diagnostics_(diagnostics) {
    out_.file = file;
    out_.tokens.reserve(in_.size());
  }

  TokenList run() {
    for (at_ = 0; at_ < in_.size(); ++at_) {
      const Token& token = in_[at_];
      if (token.first_on_line) indent_ = indent_of(token);
      if (statement_starts_) statement_indent_ = indent_;
      statement_starts_ = token.kind == TokenKind::Semicolon ||
                          token.kind == TokenKind::LeftBrace || token.kind == TokenKind::RightBrace;
      if (is_open(token.kind)) {
        open(token);
      } else if (is_close(token.kind)) {
        close(token);
      } else {
        if (token.kind == TokenKind::EndOfFile || starts_declaration()) {
          close_down_to(0);
        } else if (token.kind == TokenKind::Arrow && in_open_parameters()) {
          close_down_to(stack_.size() - 1);
        } else if (token.kind == TokenKind::Semicolon && !stack_.empty() &&
                   stack_.back().kind != TokenKind::LeftBrace && !closes_soon()) {
          // `;` stands in braces only: the brackets around it have been forgotten.
          size_t depth = stack_.size();
          while (depth > 0 && stack_[depth - 1].kind != TokenKind::LeftBrace) --depth;
          close_down_to(depth);
        }
        out_.tokens.push_back(token);
      }
    }
    return std::move(out_);
  }

 private:
  struct Open {
    TokenKind kind;
    uint32_t index;  // in the output
    uint32_t offset;
    uint32_t indent;  // of the line on which its statement starts
  };

  SourceRange range(uint32_t begin, uint32_t length) const { return {{file_, begin}, length}; }
  static int number(TokenKind kind) {
    return kind == TokenKind::LeftParen || kind == TokenKind::RightParen       ? 0
           : kind == TokenKind::LeftBracket || kind == TokenKind::RightBracket ? 1
                                                                               : 2;
  }

  uint32_t indent_of(const Token& token) const {
    uint32_t i = token.offset;
    while (i > 0 && (text_[i - 1] == ' ' || text_[i - 1] == '\t')) --i;
    return token.offset - i;
  }

  void open(const Token& token) {
    stack_.push_back(
        {token.kind, static_cast<uint32_t>(out_.tokens.size()), token.offset, statement_indent_});
    ++open_count_[number(token.kind)];
    out_.tokens.push_back(token);
  }

  // Appends `token` as the partner of the innermost bracket.
  void pair(Token token) {
    const Open opened = stack_.back();
    stack_.pop_back();
    --open_count_[number(opened.kind)];
    token.match = opened.index;
    out_.tokens[opened.index].match = static_cast<uint32_t>(out_.tokens.size());
    if (token.kind == TokenKind::RightBrace && token.first_on_line && !suspect_.found &&
        opened.indent != indent_) {
      suspect_ = {true, opened.offset, token.offset, dedent_in(opened)};
    }
    if (stack_.empty()) suspect_.found = false;
    out_.tokens.push_back(token);
  }

  void close(Token token) {
    if (stack_.empty()) {
      token.kind = TokenKind::UnmatchedClose;
      out_.tokens.push_back(token);
      return;
    }
    const TokenKind wanted = closing(stack_.back().kind);
    if (token.kind != wanted) {
      if (open_count_[number(token.kind)] > 0) {
        size_t depth = stack_.size();
        while (closing(stack_[depth - 1].kind) != token.kind) --depth;
        close_down_to(depth);
      } else if (wanted == TokenKind::RightBrace || in_[at_ + 1].kind == wanted) {
        // One too many: what is here goes on behind it.
        token.kind = TokenKind::UnmatchedClose;
        out_.tokens.push_back(token);
        return;
      } else {
        diagnostics_
            .report(DiagnosticKind::UnclosedBracket, range(token.offset, token.length),
                    "expected `" + std::string(spelling(wanted)) + "`, found `" +
                        std::string(spelling(token.kind)) + "`")
            .with_hint("write `" + std::string(spelling(wanted)) + "` in its place")
            .with_note(range(stack_.back().offset, 1),
                       "to close this `" + std::string(spelling(stack_.back().kind)) + "`");
        token.kind = wanted;
      }
    }
    pair(token);
  }

  // Inserts what closes the brackets above `depth`, and reports them as one mistake.
  void close_down_to(size_t depth) {
    if (stack_.size() <= depth) return;
    const uint32_t end =
        out_.tokens.empty() ? 0 : out_.tokens.back().offset + out_.tokens.back().length;
    std::string missing;
    for (size_t i = stack_.size(); i > depth && missing.size() < 8; --i) {
      missing += spelling(closing(stack_[i - 1].kind));
    }
    if (stack_.size() - depth > missing.size()) missing += "...";
    const Open& outermost = stack_[depth];
    uint32_t damage = outermost.offset;
    const bool suspected = suspect_.found && suspect_.open > outermost.offset;
    const uint32_t place = suspected && suspect_.dedent != 0 ? suspect_.dedent : end;
    Diagnostic& d = diagnostics_.report(DiagnosticKind::UnclosedBracket, range(place, 0),
                                        "missing `" + missing + "`");
    if (!missing.ends_with("...")) d.with_hint("write `" + missing + "` where the caret is");
    if (suspected) {
      d.with_note(range(suspect_.open, 1), "perhaps to close this `{`");
      d.with_note(range(suspect_.close, 1), "this `}` closes it now, but is not indented like it");
    } else {
      for (size_t i = stack_.size(), shown = 0; i > depth && shown < 3; --i, ++shown) {
        d.with_note(range(stack_[i - 1].offset, 1),
                    "this `" + std::string(spelling(stack_[i - 1].kind)) + "` is not closed");
      }
    }
    suspect_.found = false;
    while (stack_.size() > depth) {
      Token token;
      token.kind = closing(stack_.back().kind);
      token.inserted = true;
      token.offset = end;
      pair(token);
    }
    // A parser may stumble over the token behind the gap, too.
    add_damage(damage, std::max(end, in_[at_].offset + in_[at_].length) + 1);
  }

  void add_damage(uint32_t begin, uint32_t end) {
    auto& all = out_.damages;
    while (!all.empty() && all.back().end >= begin) {
      begin = std::min(begin, all.back().begin);
      end = std::max(end, all.back().end);
      all.pop_back();
    }
    all.push_back({begin, end});
  }

  // Whether the token here starts a declaration: in the first column, where nothing else starts
  // with such a word.
  bool starts_declaration() const {
    const Token& token = in_[at_];
    if (stack_.empty() || !token.first_on_line || indent_ != 0) return false;
    switch (token.kind) {
      case TokenKind::KwConst:
      case TokenKind::KwExport:
      case TokenKind::KwImport:
      case TokenKind::KwParam:
      case TokenKind::KwProcess:
      case TokenKind::KwType:
        return true;
      case TokenKind::KwFn:
        return in_[at_ + 1].kind == TokenKind::Identifier;
      default:
        return false;
    }
  }

  // Where the text in braces goes back to the indentation of their statement: behind the last token
  // in front of that; 0 if nowhere.
  uint32_t dedent_in(const Open& opened) const {
    for (size_t i = opened.index + 2; i < out_.tokens.size(); ++i) {
      const Token& token = out_.tokens[i];
      if (!token.first_on_line || token.inserted || indent_of(token) > opened.indent) continue;
      return out_.tokens[i - 1].offset + out_.tokens[i - 1].length;
    }
    return 0;
  }

  // Whether the `->` here stands in parameters, which have not been closed: a body follows it
  // before a `)`. (In the parentheses of a function type nothing that could be called is in front.)
  bool in_open_parameters() const {
    if (stack_.empty() || stack_.back().kind != TokenKind::LeftParen || stack_.back().index == 0) {
      return false;
    }
    const TokenKind before = out_.tokens[stack_.back().index - 1].kind;
    if (before != TokenKind::Identifier && before != TokenKind::KwFn &&
        before != TokenKind::Greater) {
      return false;
    }
    int depth = 0;
    for (size_t i = at_ + 1; i < in_.size() && i < at_ + 64; ++i) {
      const TokenKind kind = in_[i].kind;
      // `-> {T}@CLIENTS` is a type.
      const bool of_type = in_[i - 1].kind == TokenKind::Arrow;
      if (kind == TokenKind::LeftBrace && depth == 0 && !of_type) return true;
      if (is_open(kind)) ++depth;
      if (is_close(kind) && depth-- == 0) return false;
    }
    return false;
  }

  // Whether the bracket around the `;` here is closed a little further on: then the `;` itself is
  // the mistake.
  bool closes_soon() const {
    int depth = 0;
    for (size_t i = at_ + 1; i < in_.size() && i < at_ + 64; ++i) {
      const TokenKind kind = in_[i].kind;
      if (kind == TokenKind::Semicolon || kind == TokenKind::KwLet ||
          kind == TokenKind::LeftBrace || kind == TokenKind::RightBrace) {
        return false;
      }
      if (is_open(kind)) ++depth;
      if (is_close(kind) && depth-- == 0) return kind == closing(stack_.back().kind);
    }
    return false;
  }

  std::vector<Token> in_;
  std::string_view text_;
  FileId file_;
  DiagnosticEngine& diagnostics_;
  TokenList out_;
  std::vector<Open> stack_;
  size_t open_count_[3] = {0, 0, 0};
  size_t at_ = 0;
  uint32_t indent_ = 0;  // of this line
  bool statement_starts_ = true;
  uint32_t statement_indent_ = 0;
  // The first pair of braces inside the outermost one whose indentation does not agree: when a
  // brace turns out to be missing, it is probably there.
  struct {
    bool found = false;
    uint32_t open = 0;
    uint32_t close = 0;
    uint32_t dedent = 0;
  } suspect_;
};

}  // namespace

bool TokenList::damaged(uint32_t offset) const {
  auto next = std::upper_bound(damages.begin(), damages.end(), offset,
                               [](uint32_t o, const Damage& d) { return o < d.begin; });
  return next != damages.begin() && offset < (next - 1)->end;
}

TokenList match_brackets(std::vector<Token> tokens, const SourceManager& sources, FileId file,
                         DiagnosticEngine& diagnostics) {
  return BracketMatcher(std::move(tokens), sources, file, diagnostics).run();
}

void match_angles(std::vector<Token>& tokens) {
  struct Angle {
    uint32_t index;
    size_t depth;
  };
  std::vector<Angle> angles;
  std::vector<TokenKind> brackets;
  for (uint32_t i = 0; i < tokens.size(); ++i) {
    const TokenKind kind = tokens[i].kind;
    switch (kind) {
      case TokenKind::LeftParen:
      case TokenKind::LeftBracket:
      case TokenKind::LeftBrace:
        brackets.push_back(kind);
        break;
      case TokenKind::RightParen:
      case TokenKind::RightBracket:
      case TokenKind::RightBrace:
        brackets.pop_back();
        while (!angles.empty() && angles.back().depth > brackets.size()) angles.pop_back();
        break;
      case TokenKind::Less:
        angles.push_back({i, brackets.size()});
        break;
      case TokenKind::Greater:
        if (!angles.empty() && angles.back().depth == brackets.size()) {
          tokens[angles.back().index].match = i;
          angles.pop_back();
        } else {
          angles.clear();
        }
        break;
      case TokenKind::Identifier:
      case TokenKind::Number:
      case TokenKind::KwServer:
      case TokenKind::KwClients:
      case TokenKind::Comma:
      case TokenKind::Dot:
      case TokenKind::At:
      case TokenKind::Question:
      case TokenKind::Arrow:
      case TokenKind::Equals:
      case TokenKind::Star:
        break;
      case TokenKind::LessEqual:
        if (i == 0 || tokens[i - 1].kind != TokenKind::Question) angles.clear();
        break;
      case TokenKind::Plus:
      case TokenKind::Minus:
      case TokenKind::Slash:
      case TokenKind::Percent:
        // Arithmetic stands in dimensions only.
        if (brackets.empty() || brackets.back() != TokenKind::LeftBracket) angles.clear();
        break;
      default:
        angles.clear();
    }
  }
}

}  // namespace fedc::lex
