// One mistake, one message: the kinds and places of what a wrong text gives. The full wording is in
// tests/diagnostics.
#include <gtest/gtest.h>

#include "tests/parse/parse_testing.h"

namespace fedc::testing {
namespace {

// `line:column kind` of each diagnostic.
std::string mistakes(std::string text) {
  Parsed parsed(std::move(text));
  std::string out;
  for (const Diagnostic* d : parsed.diagnostics.sorted()) {
    const LineColumn at = parsed.sources.line_column(d->range.begin);
    out += (out.empty() ? "" : ", ") + std::to_string(at.line) + ":" + std::to_string(at.column) +
           " " + std::string(id_of(d->kind));
  }
  return out;
}

std::string in_body(const std::string& body) {
  return mistakes("fn f(x: T) -> T {\n" + body + "\n}\nfn g(x: T) -> T { x }\n");
}

TEST(Mistakes, Semicolons) {
  EXPECT_EQ(in_body("let y = x\ny"), "2:10 missing-semicolon");
  EXPECT_EQ(in_body("let y = x let z = y; z"), "2:10 missing-semicolon");
  EXPECT_EQ(in_body("let y = x"), "2:10 missing-semicolon");
  EXPECT_EQ(in_body("x;"), "2:2 missing-value");
  EXPECT_EQ(in_body("x; x"), "2:1 unused-value");
  EXPECT_EQ(in_body("let y = x;;\ny"), "2:11 expected-expression");
  EXPECT_EQ(in_body("let y = x;"), "3:1 missing-value");
  EXPECT_EQ(in_body(""), "3:1 missing-value");
  EXPECT_EQ(in_body("f(x)\nlet y = x;\ny"), "2:5 missing-semicolon");
  EXPECT_EQ(mistakes("type A = T\ntype B = T;"), "1:11 missing-semicolon");
  EXPECT_EQ(mistakes("const a = 1"), "1:12 missing-semicolon");
}

TEST(Mistakes, Brackets) {
  EXPECT_EQ(in_body("let y = (x;\ny"), "2:11 unclosed-bracket");
  EXPECT_EQ(in_body("let y = g((x, 1);\ny"), "2:17 unclosed-bracket");
  EXPECT_EQ(in_body("let y: T[3 = x;\ny"), "2:15 unclosed-bracket");
  EXPECT_EQ(in_body("g(x))"), "2:5 unexpected-closing");
  EXPECT_EQ(in_body("g(x]"), "2:4 unclosed-bracket");
  EXPECT_EQ(in_body("g(x; x)"), "2:4 expected-token");
  EXPECT_EQ(in_body("let h = fn(a) { a ;\nh(x)"), "4:2 unclosed-bracket");
  EXPECT_EQ(in_body("x\n}"), "4:1 unexpected-closing");
  EXPECT_EQ(mistakes("fn f(x: T) -> T {\n  let a = 1;\n}\n  let b = 2;\n  a\n}\nfn g() -> T { 1 }"),
            "4:3 expected-declaration");
  EXPECT_EQ(mistakes("fn f(x: T -> T { x }\nfn g() -> T { 1 }"), "1:10 unclosed-bracket");
}

TEST(Mistakes, EqualsSigns) {
  EXPECT_EQ(in_body("if x = 1 { 1 } else { 2 }"), "2:6 assignment-in-expression");
  EXPECT_EQ(in_body("if (x = 1) { 1 } else { 2 }"), "2:6 assignment-in-expression");
  EXPECT_EQ(in_body("x = 3;\nx"), "2:3 assignment-in-expression");
  EXPECT_EQ(in_body("x = 3"), "2:3 assignment-in-expression");
  EXPECT_EQ(in_body("let y == 3;\ny"), "2:7 assignment-in-expression");
  EXPECT_EQ(in_body("x += 3;\nx"), "2:3 foreign-syntax");
}

TEST(Mistakes, Types) {
  EXPECT_EQ(mistakes("type A = (x=T, y=U);"), "1:10 type-in-parentheses");
  EXPECT_EQ(mistakes("type A = (T, U);"), "1:10 type-in-parentheses");
  EXPECT_EQ(mistakes("type A = (T);"), "1:10 type-in-parentheses");
  EXPECT_EQ(mistakes("type A = ();"), "1:10 type-in-parentheses");
  EXPECT_EQ(mistakes("type A = (T, U -> V);"), "1:11 type-in-parentheses");
  EXPECT_EQ(mistakes("type A = <x: T>;"), "1:12 foreign-syntax");
  EXPECT_EQ(mistakes("type A = <x=T, U>;"), "1:16 positional-after-named");
  EXPECT_EQ(mistakes("type A = <x=T;\ntype B = U;"), "1:14 unclosed-bracket");
  EXPECT_EQ(mistakes("type A = T SERVER;"), "1:12 missing-at");
  EXPECT_EQ(mistakes("type A = {T} CLIENTS;"), "1:13 missing-at");
  EXPECT_EQ(mistakes("type A = {T};"), "1:13 missing-at");
  EXPECT_EQ(mistakes("type A = T@;"), "1:12 expected-name");
  EXPECT_EQ(mistakes("type A = T[];"), "1:11 empty-dimensions");
  EXPECT_EQ(mistakes("type A = T[<=3];"), "1:12 expected-expression");
  EXPECT_EQ(mistakes("type A = T[?<3];"), "1:13 expected-token");
  EXPECT_EQ(mistakes("type A = [T];"), "1:10 expected-type");
  EXPECT_EQ(mistakes("type A = T*[3];"), "1:12 expected-type");
  EXPECT_EQ(mistakes("type A = List<T;"), "1:16 expected-token");
  EXPECT_EQ(mistakes("type A = ;"), "1:10 expected-type");
}

TEST(Mistakes, Functions) {
  EXPECT_EQ(mistakes("fn f(a) -> T { a }"), "1:7 expected-token");
  EXPECT_EQ(mistakes("fn f(a: T) { a }"), "1:12 expected-token");
  EXPECT_EQ(mistakes("fn f(a: T): T { a }"), "1:11 expected-token");
  EXPECT_EQ(mistakes("fn f(a: T) -> T = a;"), "1:17 expected-token");
  EXPECT_EQ(mistakes("fn f() -> T { fn(a: T = 1) { a } }"), "1:23 foreign-syntax");
  EXPECT_EQ(mistakes("fn f(a: T b: T) -> T { a }"), "1:11 expected-token");
  EXPECT_EQ(mistakes("fn f -> T { 1 }"), "1:6 expected-token");
  EXPECT_EQ(mistakes("fn f<T(a: T) -> T { 1 }"), "1:7 unclosed-bracket");
  EXPECT_EQ(mistakes("fn (a: T) -> T { 1 }"), "1:4 expected-name");
  EXPECT_EQ(mistakes("fn if(a: T) -> T { 1 }"), "1:4 reserved-word");
  EXPECT_EQ(mistakes("def f(a: T) -> T { 1 }\nfn g() -> T { 1 }"), "1:1 expected-declaration");
  EXPECT_EQ(mistakes("op f(a: T) -> T;"), "1:1 prelude-only");
  EXPECT_EQ(in_body("let h = fn((a, b)) { a }; x"), "2:12 expected-name");
  EXPECT_EQ(in_body("let h = fn a { a }; x"), "2:12 expected-token");
  EXPECT_EQ(in_body("let h = fn(a) a; x"), "2:15 expected-token");
  EXPECT_EQ(in_body("  fn h(a: T) -> T { a }\nx"), "2:3 foreign-syntax");
}

TEST(Mistakes, Expressions) {
  EXPECT_EQ(in_body("x < 1 < 2 < 3"), "2:7 chained-comparison");
  EXPECT_EQ(in_body("<a=1, b=2>"), "2:1 value-in-angle-brackets");
  EXPECT_EQ(in_body("f(a=1, 2)"), "2:8 positional-after-named");
  EXPECT_EQ(in_body("f(a: 1)"), "2:2 foreign-syntax");
  EXPECT_EQ(in_body("if x { 1 }"), "2:11 missing-else");
  EXPECT_EQ(in_body("if x { } else { 1 }"), "2:8 missing-value");
  EXPECT_EQ(in_body("if x { 1 } elif y { 2 } else { 3 }"), "2:12 foreign-syntax");
  EXPECT_EQ(in_body("if x then 1 else 2"), "2:6 expected-token");
  EXPECT_EQ(in_body("x ++ 1"), "2:3 foreign-syntax");
  EXPECT_EQ(in_body("x ** 2"), "2:3 foreign-syntax");
  EXPECT_EQ(in_body("x[0]"), "2:1 foreign-syntax");
  EXPECT_EQ(in_body("x ? 1 : 2"), "2:3 foreign-syntax");
  EXPECT_EQ(in_body("x and x"), "2:3 foreign-syntax");
  EXPECT_EQ(in_body("return x;"), "2:1 foreign-syntax");
  EXPECT_EQ(in_body("for i in x { i }"), "2:1 foreign-syntax");
  EXPECT_EQ(in_body("var y = x;\ny"), "2:1 foreign-syntax");
  EXPECT_EQ(in_body("[1, 2]"), "2:1 foreign-syntax");
  EXPECT_EQ(in_body("'a'"), "2:1 foreign-syntax");
  EXPECT_EQ(in_body("match x { 1 -> 2, _ => 3 }"), "2:13 foreign-syntax");
  EXPECT_EQ(in_body("match x { 1: 2, _ => 3 }"), "2:12 foreign-syntax");
  EXPECT_EQ(in_body("match x { 1 => 2 _ => 3 }"), "2:18 expected-token");
  EXPECT_EQ(in_body("match x { 1, _ => 3 }"), "2:12 expected-token");
  EXPECT_EQ(in_body("match x { }"), "2:11 expected-token");
  EXPECT_EQ(in_body("match x 1 => 2"), "2:9 expected-token");
  EXPECT_EQ(in_body("match { 1 => 2 }"), "2:7 expected-expression");
  EXPECT_EQ(in_body("(..x)"), "2:5 expected-token");
  EXPECT_EQ(in_body("(..x, 1)"), "2:7 positional-after-named");
  EXPECT_EQ(in_body("(a=1, ..x)"), "2:7 positional-after-named");
  EXPECT_EQ(in_body("f(..x, a=1)"), "2:3 expected-expression");
  EXPECT_EQ(in_body("x +"), "2:4 expected-expression");
  EXPECT_EQ(in_body("x x"), "2:3 expected-token");
  EXPECT_EQ(in_body("x $ x"), "2:3 invalid-character");
  EXPECT_EQ(in_body("let y = 1 $ x; y"), "2:11 invalid-character");
  EXPECT_EQ(in_body("x."), "3:1 expected-name");
  EXPECT_EQ(in_body("f(x x, 1)"), "2:5 expected-token");
  EXPECT_EQ(in_body("(1, 2 3)"), "2:7 expected-token");
}

TEST(Mistakes, Numbers) {
  for (const char* number : {"256u8", "-129i8", "-1u32", "2147483648i32", "18446744073709551616",
                             "-9223372036854775809", "1e39f32", "65520f16", "1e999", "1e-999"}) {
    EXPECT_EQ(in_body(number), "2:1 number-out-of-range") << number;
  }
  for (const char* number : {"1.5i32", "0x", "1e", "0b11", ".5"}) {
    EXPECT_EQ(in_body(number), "2:1 invalid-number") << number;
  }
  EXPECT_EQ(in_body("3foo"), "2:2 invalid-number");
  EXPECT_EQ(in_body("(1.)"), "2:2 invalid-number");
}

TEST(Mistakes, Processes) {
  EXPECT_EQ(mistakes("process p { fn next() -> T { 1 } }"), "1:13 foreign-syntax");
  EXPECT_EQ(mistakes("process p { initialise() -> T { 1 } }"), "1:13 unknown-process-member");
  EXPECT_EQ(mistakes("process p { next() -> T { 1 } next() -> T { 2 } }"),
            "1:31 duplicate-process-member");
  EXPECT_EQ(mistakes("process p { next -> T { 1 } evaluate() -> T { 2 } }"), "1:18 expected-token");
  EXPECT_EQ(mistakes("process p next() -> T { 1 }"), "1:11 expected-token");
}

TEST(Mistakes, OtherDeclarations) {
  EXPECT_EQ(mistakes("import std;\nfn f() -> T { 1 }"), "1:8 expected-token");
  EXPECT_EQ(mistakes("import \"a\";"), "1:11 expected-token");
  EXPECT_EQ(mistakes("param x = 3;"), "1:9 expected-token");
  EXPECT_EQ(mistakes("param x: T;"), "1:11 expected-token");
  EXPECT_EQ(mistakes("param x: T in (1, 2) = 1;"), "1:15 expected-token");
  EXPECT_EQ(mistakes("limit client.arena <= 2MB;"), "1:23 invalid-number");
  EXPECT_EQ(mistakes("require p: x;"), "1:13 expected-token");
  EXPECT_EQ(mistakes("let x = 1;\nfn f() -> T { 1 }"), "1:1 expected-declaration");
  EXPECT_EQ(mistakes("tyep X = T;\ntype Y = T;"), "1:1 expected-declaration");
}

TEST(Mistakes, SeveralInOneFile) {
  EXPECT_EQ(mistakes("type A = ;\n"
                     "fn f(x: T) -> T {\n"
                     "  let a = x +;\n"
                     "  let b = (x;\n"
                     "  let c = 300u8;\n"
                     "  c\n"
                     "}\n"
                     "fn g() -> T { if x { 1 } }\n"),
            "1:10 expected-type, 3:14 expected-expression, 4:13 unclosed-bracket, "
            "5:11 number-out-of-range, 8:25 missing-else");
}

TEST(Mistakes, SuggestedNames) {
  auto hint = [](const char* text) {
    Parsed parsed(text);
    return parsed.diagnostics.sorted().at(0)->hint;
  };
  EXPECT_EQ(hint("process p { intialize() -> T { 1 } }"), "did you mean `initialize`?");
  EXPECT_EQ(hint("proces p { }"), "did you mean `process`?");
}

}  // namespace
}  // namespace fedc::testing
