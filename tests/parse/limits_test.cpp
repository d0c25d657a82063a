// Text that no person writes: every one gives a tree or diagnostics, soon.
#include <gtest/gtest.h>

#include "tests/parse/parse_testing.h"

namespace fedc::testing {
namespace {

std::string times(size_t n, std::string_view text) {
  std::string out;
  out.reserve(n * text.size());
  for (size_t i = 0; i < n; ++i) out += text;
  return out;
}

std::string in_function(const std::string& body) { return "fn f(a: T) -> T { " + body + " }"; }

// The kinds of the first few diagnostics, and that everything can be printed.
std::string kinds(std::string text) {
  Parsed parsed(std::move(text));
  parsed.tree();
  parsed.errors();
  std::string out;
  int count = 0;
  for (const Diagnostic* d : parsed.diagnostics.sorted()) {
    if (++count > 3) break;
    out += (out.empty() ? "" : " ") + std::string(id_of(d->kind));
  }
  return out;
}

TEST(Limits, Depth) {
  const std::string too_deep = "nesting-too-deep";
  constexpr size_t n = 10000;
  EXPECT_EQ(kinds(in_function(times(n, "(") + "a" + times(n, ")"))), too_deep);
  EXPECT_EQ(kinds(in_function(times(250, "(") + "a" + times(250, ")"))), "");
  EXPECT_EQ(kinds(in_function(times(n, "-") + "a")), too_deep);
  EXPECT_EQ(kinds(in_function(times(n, "!") + "a")), too_deep);
  EXPECT_EQ(kinds(in_function("a" + times(n, ".b"))), too_deep);
  EXPECT_EQ(kinds(in_function("a" + times(n, ".0"))), too_deep);
  EXPECT_EQ(kinds(in_function("a" + times(n, "()"))), too_deep);
  EXPECT_EQ(kinds(in_function(times(n, "f(") + "a" + times(n, ")"))), too_deep);
  EXPECT_EQ(kinds(in_function(times(120, "(") + "a" + times(120, ".b.b.b)"))), too_deep);
  EXPECT_EQ(kinds(in_function(times(n, "fn(x) {") + "a" + times(n, "}"))), too_deep);
  EXPECT_EQ(kinds(in_function(times(n, "if a { b } else ") + "{ c }")), too_deep);
  EXPECT_EQ(kinds(in_function(times(n, "if a { ") + "b" + times(n, "} else { c }"))), too_deep);
  EXPECT_EQ(kinds(in_function(times(n, "if "))), too_deep);
  EXPECT_EQ(kinds(in_function("let " + times(n, "(") + "a" + times(n, ",)") + " = x; a")),
            too_deep);
  EXPECT_EQ(kinds("type X = " + times(n, "<") + "T" + times(n, ">") + ";"), too_deep);
  EXPECT_EQ(kinds("type X = " + times(n, "(T -> ") + "T" + times(n, ")") + ";"), too_deep);
  EXPECT_EQ(kinds("type X = " + times(n, "{") + "T" + times(n, "}@CLIENTS") + ";"), too_deep);
  EXPECT_EQ(kinds("type X = T" + times(n, "*") + ";"), too_deep);
  EXPECT_EQ(kinds("type X = T" + times(n, "@SERVER") + ";"), too_deep);
  EXPECT_EQ(kinds("type X = T[" + times(n, "(") + "1" + times(n, ")") + "];"), too_deep);
}

TEST(Limits, LengthIsNotDepth) {
  EXPECT_EQ(kinds(in_function("a" + times(10000, "+a"))), "");
  EXPECT_EQ(kinds(in_function("a" + times(250000, "+a"))), "");
  EXPECT_EQ(kinds(in_function("f(" + times(100000, "x, ") + "x)")), "");
  EXPECT_EQ(kinds(in_function(times(10000, "let a = 1; ") + "a")), "");
  EXPECT_EQ(kinds(in_function(times(10000, "let a = 1;\n") + "a")), "");
}

TEST(Limits, LongWords) {
  EXPECT_EQ(kinds(in_function(times(1000000, "a"))), "");
  EXPECT_EQ(kinds(in_function(times(1000000, "1"))), "number-out-of-range");
  EXPECT_EQ(kinds(in_function("1." + times(1000000, "1"))), "");
  EXPECT_EQ(kinds(in_function("1e" + times(1000000, "9"))), "number-out-of-range");
  EXPECT_EQ(kinds("//" + times(1000000, "x")), "");
  EXPECT_EQ(kinds("\"" + times(1000000, "x")), "unclosed-string");
}

TEST(Limits, BrokenText) {
  EXPECT_EQ(kinds(""), "");
  EXPECT_EQ(kinds(times(1000000, " ")), "");
  EXPECT_EQ(kinds(times(1000000, "\n")), "");
  EXPECT_EQ(kinds(std::string(1000000, '\0')), "invalid-utf8");
  EXPECT_EQ(kinds(times(1000000, "\xff")), "invalid-utf8");
  EXPECT_EQ(kinds(times(60000, "a \xff ")), "invalid-utf8");
  EXPECT_EQ(kinds(times(60000, "a \xff                 ")),
            "invalid-utf8 invalid-utf8 invalid-utf8");
  EXPECT_EQ(kinds(times(500000, "\u00e9")), "invalid-character");
}

// Each of these would be quadratic in a careless parser.
TEST(Limits, ManyMistakes) {
  EXPECT_EQ(kinds(times(200000, "(")), "unclosed-bracket");
  EXPECT_EQ(kinds(times(60000, ")")).substr(0, 18), "unexpected-closing");
  EXPECT_EQ(kinds(in_function("a" + times(60000, "<a"))), "chained-comparison");
  EXPECT_EQ(kinds("type X = " + times(60000, "<") + ";"), "nesting-too-deep");
  EXPECT_EQ(kinds(times(60000, "fn ")).substr(0, 13), "reserved-word");
  EXPECT_EQ(kinds(times(60000, "let ")), "expected-declaration");
  EXPECT_EQ(kinds(times(60000, "/*")).substr(0, 14), "foreign-syntax");
  EXPECT_EQ(kinds("process p { " + times(60000, "x ") + "}"), "expected-token");
  EXPECT_EQ(kinds(in_function("f(" + times(60000, ",") + ")")).substr(0, 19),
            "expected-expression");
  EXPECT_NE(kinds(in_function(times(10000, "f<") + "T" + times(10000, ">()"))), "");
  EXPECT_NE(kinds(in_function(times(10000, "([{"))), "");
  EXPECT_NE(kinds(in_function(times(10000, "(;"))), "");
  EXPECT_NE(kinds(in_function(times(10000, "<x=1, "))), "");
  EXPECT_NE(kinds("fn f<" + times(10000, "T:<")), "");
}

}  // namespace
}  // namespace fedc::testing
