#include "compiler/lex/lex.h"

#include <gtest/gtest.h>

#include "compiler/lex/literals.h"

namespace fedc::lex {
namespace {

struct Lexed {
  explicit Lexed(std::string text) {
    const FileId file = sources.add_file("test.fed", std::move(text));
    list = tokenize(sources, file, diagnostics);
  }
  // The tokens, separated by spaces; inserted ones in quotes, those that close nothing as `!)`.
  std::string tokens() const {
    std::string out;
    for (const Token& t : list.tokens) {
      if (t.kind == TokenKind::EndOfFile) break;
      if (!out.empty()) out += " ";
      if (t.inserted) {
        out += "'" + std::string(spelling(t.kind)) + "'";
        continue;
      }
      if (t.kind == TokenKind::Invalid) out += "?";
      if (t.kind == TokenKind::UnmatchedClose) out += "!";
      out += sources.text(SourceRange{{list.file, t.offset}, t.length});
    }
    return out;
  }
  std::string errors() const { return diagnostics.to_string(sources); }
  // The kinds of the errors, separated by spaces.
  std::string kinds() const {
    std::string out;
    for (const Diagnostic* d : diagnostics.sorted()) {
      out += (out.empty() ? "" : " ") + std::string(id_of(d->kind));
    }
    return out;
  }

  SourceManager sources;
  DiagnosticEngine diagnostics;
  TokenList list;
};

TEST(Lex, Words) {
  Lexed lexed("let x_1=a<=b&&!c||d->e==f!=g>=h;// comment\n<x=T>*@{?}");
  EXPECT_EQ(lexed.tokens(),
            "let x_1 = a <= b && ! c || d -> e == f != g >= h ; < x = T > * @ { ? }");
  EXPECT_EQ(lexed.kinds(), "");
}

TEST(Lex, KeywordsAreWholeWords) {
  Lexed lexed("let lets SERVER SERVERS");
  EXPECT_EQ(lexed.list.tokens[0].kind, TokenKind::KwLet);
  EXPECT_EQ(lexed.list.tokens[1].kind, TokenKind::Identifier);
  EXPECT_EQ(lexed.list.tokens[2].kind, TokenKind::KwServer);
  EXPECT_EQ(lexed.list.tokens[3].kind, TokenKind::Identifier);
}

TEST(Lex, NumbersAndSelections) {
  EXPECT_EQ(Lexed("1 0x1f 1.5e-3 1_000 2f32 1.0f64 1e+5x 128KiB").tokens(),
            "1 0x1f 1.5e-3 1_000 2f32 1.0f64 1e+5x 128KiB");
  EXPECT_EQ(Lexed("x.0.1 x.0.y 1.foo a-1 0x1e-3").tokens(),
            "x . 0 . 1 x . 0 . y 1 . foo a - 1 0x1e - 3");
}

TEST(Lex, DecodeNumber) {
  EXPECT_EQ(decode_number("1_000").magnitude, 1000u);
  EXPECT_EQ(decode_number("0xff").magnitude, 255u);
  EXPECT_EQ(decode_number("0xffu8").suffix, "u8");
  EXPECT_EQ(decode_number("18446744073709551615").magnitude, UINT64_MAX);
  EXPECT_EQ(decode_number("18446744073709551616").status, NumberValue::Status::TooLarge);
  EXPECT_EQ(decode_number("0x10000000000000000").status, NumberValue::Status::TooLarge);
  EXPECT_EQ(decode_number("1.5e-3").float_value, 1.5e-3);
  EXPECT_EQ(decode_number("1e5").float_value, 1e5);
  EXPECT_TRUE(decode_number("1e5").is_float);
  EXPECT_EQ(decode_number("3f32").float_value, 3.0);
  EXPECT_FALSE(decode_number("3f32").is_float);
  EXPECT_EQ(decode_number("100000000000000000000f64").float_value, 1e20);
  EXPECT_EQ(decode_number("1e999").status, NumberValue::Status::TooLarge);
  EXPECT_EQ(decode_number("1e-999").status, NumberValue::Status::TooSmall);
  EXPECT_EQ(decode_number("5e-324").status, NumberValue::Status::Ok);
  EXPECT_EQ(decode_number("1.").status, NumberValue::Status::Malformed);
  EXPECT_EQ(decode_number("0x").status, NumberValue::Status::Malformed);
  EXPECT_EQ(decode_number("1e").status, NumberValue::Status::Malformed);
  EXPECT_EQ(decode_number("0b1").status, NumberValue::Status::Malformed);
}

TEST(Lex, DecodeString) {
  EXPECT_EQ(decode_string(R"("a\n\"\\\x41\0")").bytes, std::string("a\n\"\\A\0", 6));
  EXPECT_EQ(decode_string(R"("\q")").error_offset, 1u);
  EXPECT_FALSE(decode_string(R"("\x4")").message.empty());
}

TEST(Lex, PartnersOfBrackets) {
  Lexed lexed("f(a, [b], {c})");
  const auto& t = lexed.list.tokens;
  EXPECT_EQ(t[1].match, 11u);
  EXPECT_EQ(t[11].match, 1u);
  EXPECT_EQ(t[4].match, 6u);
}

TEST(Lex, MissingBracketsAreInserted) {
  EXPECT_EQ(Lexed("{ f(a; b }").tokens(), "{ f ( a ')' ; b }");
  EXPECT_EQ(Lexed("{ f(a }").tokens(), "{ f ( a ')' }");
  EXPECT_EQ(Lexed("{ f(a[1 }").tokens(), "{ f ( a [ 1 ']' ')' }");
  EXPECT_EQ(Lexed("{ f(a; b) }").tokens(), "{ f ( a ; b ) }") << "the `;` is the mistake";
  EXPECT_EQ(Lexed("fn f {\nfn g {}").tokens(), "fn f { '}' fn g { }");
  EXPECT_EQ(Lexed("((").tokens(), "( ( ')' ')'");
  EXPECT_EQ(Lexed("((").kinds(), "unclosed-bracket");
  EXPECT_EQ(Lexed("(a] ").tokens(), "( a ]");
  EXPECT_EQ(Lexed("(a] ").kinds(), "unclosed-bracket");
  EXPECT_EQ(Lexed("(a])").tokens(), "( a !] )");
  EXPECT_EQ(Lexed("a)").tokens(), "a !)");
}

TEST(Lex, TheForgottenBraceIsFoundByItsIndentation) {
  EXPECT_EQ(Lexed("fn f {\n  let g = fn {\n    1\n  ;\n  2\n}\nfn h {}\n").errors(),
            "test.fed:3:6: error: missing `}` [F0121 unclosed-bracket]\n"
            "   3 |     1\n"
            "     |      ^\n"
            "hint: write `}` where the caret is\n"
            "test.fed:2:14: note: perhaps to close this `{`\n"
            "   2 |   let g = fn {\n"
            "     |              ^\n"
            "test.fed:6:1: note: this `}` closes it now, but is not indented like it\n"
            "   6 | }\n"
            "     | ^\n");
}

TEST(Lex, ParametersEndInFrontOfTheResult) {
  EXPECT_EQ(Lexed("fn f(x: T -> U { x }").tokens(), "fn f ( x : T ')' -> U { x }");
  EXPECT_EQ(Lexed("fn f<T>(x: T -> {U}@CLIENTS { x }").tokens(),
            "fn f < T > ( x : T ')' -> { U } @ CLIENTS { x }");
  EXPECT_EQ(Lexed("fn f(g: (T -> U)) { x }").kinds(), "");
}

TEST(Lex, TypeArgumentsByTheirBrackets) {
  // The index of the partner of the first `<`, or 0.
  auto match = [](std::string text) {
    Lexed lexed(std::move(text));
    for (const Token& t : lexed.list.tokens) {
      if (t.kind == TokenKind::Less) return t.match;
    }
    return 0u;
  };
  EXPECT_EQ(match("cast<float32>(x)"), 3u);
  EXPECT_EQ(match("zeros<<A,B>>()"), 7u);
  EXPECT_EQ(match("f<T[?<=3,n+1]>()"), 12u);
  EXPECT_EQ(match("f<{T}@CLIENTS, (A -> B)>()"), 13u);
  EXPECT_EQ(match("a < b && c > d"), 0u);
  EXPECT_EQ(match("a < b + c, d > e"), 0u);
  EXPECT_EQ(match("(a < b), c > (d)"), 0u);
  EXPECT_EQ(match("f(a < b; c > (d))"), 0u);
}

TEST(Lex, InvalidText) {
  EXPECT_EQ(Lexed(std::string("a \0\0 b", 6)).kinds(), "invalid-character");
  // What is no text at all is told once.
  EXPECT_EQ(Lexed(std::string("\x7F"
                              "ELF\0\0\0\1\xFF\xFE\0\0\n\0\0 a \xC0\" b",
                              22))
                .kinds(),
            "invalid-utf8");
  EXPECT_EQ(Lexed("a \xff\xfe b").kinds(), "invalid-utf8");
  EXPECT_EQ(Lexed("// \xff\n// \xff").kinds(), "invalid-utf8 invalid-utf8");
  EXPECT_EQ(Lexed("\"\xff\"").kinds(), "invalid-utf8");
  EXPECT_EQ(Lexed("\"abc\n").kinds(), "unclosed-string");
  EXPECT_EQ(Lexed("\"abc\\\"").kinds(), "unclosed-string");
  EXPECT_EQ(Lexed("\"abc\\").kinds(), "unclosed-string");
  EXPECT_EQ(Lexed("/* a */ b").tokens(), "b");
  EXPECT_EQ(Lexed("/* a").kinds(), "foreign-syntax");
  EXPECT_EQ(Lexed("na\u00efve").kinds(), "invalid-character") << "one mistake";
  EXPECT_EQ(Lexed("a \u2212 b").kinds(), "invalid-character");
  EXPECT_EQ(Lexed("a & b | c").kinds(), "invalid-character invalid-character");
}

TEST(Lex, ByteOrderMark) {
  EXPECT_EQ(Lexed("\xEF\xBB\xBF"
                  "fn")
                .kinds(),
            "");
}

}  // namespace
}  // namespace fedc::lex
