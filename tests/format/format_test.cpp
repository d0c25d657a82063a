// What fed-fmt makes of this and that. Every expected text is formatted itself: a second run
// changes nothing.
#include "compiler/format/format.h"

#include <gtest/gtest.h>

#include <string>

namespace fedc {
namespace {

std::string formatted(const std::string& text) {
  SourceManager sources;
  DiagnosticEngine diagnostics;
  const FileId file = sources.add_file("a.fed", text);
  const auto result = format(sources, file, diagnostics);
  EXPECT_EQ(diagnostics.to_string(sources), "");
  return result.value_or("(nothing)");
}

void expect(const std::string& text, const std::string& wanted) {
  EXPECT_EQ(formatted(text), wanted);
  EXPECT_EQ(formatted(wanted), wanted);
}

TEST(Format, OneLine) {
  expect("fn  f( x:float32 ,y : < a=int32,b=float32 [ ? <= 3 , 2*N ] > )->float32*{x+ -y . a*(2)}",
         "fn f(x: float32, y: <a=int32, b=float32[?<=3,2 * N]>) -> float32* { x + -y.a * (2) }\n");
  expect("type  P=< int32 , ( ->bool ) , {float32}@ CLIENTS >;",
         "type P = <int32,( -> bool),{float32}@CLIENTS>;\n");
  expect("param r :float32 in[ -1 , 2e-3 ]= 0x1f ;const N=1_000;",
         "param r: float32 in [-1, 2e-3] = 0x1f;\nconst N = 1_000;\n");
  expect("import\"a.fed\"as a ;export fn g<T:float,n : dim>()->T[n]{zeros < T [ n ] > ( )}",
         "import \"a.fed\" as a;\nexport fn g<T: float, n: dim>() -> T[n] { zeros<T[n]>() }\n");
}

// What is no value stays what it is: not every file that is formatted is right.
TEST(Format, ElementsOfNumbers) {
  expect("fn f(x: int32) -> int32 { x +1   .0 - 2  . name }",
         "fn f(x: int32) -> int32 { x + 1 .0 - 2 .name }\n");
}

TEST(Format, CommasBehindTheLast) {
  expect("fn f(x: int32,) -> <int32,> { let (a, b,) = g(1, 2,); (h(a,), (b, x,), (b,), (x=a,)) }",
         "fn f(x: int32,) -> <int32,> {\n"
         "  let (a, b) = g(1, 2);\n"
         "  (h(a,), (b, x), (b,), (x=a,))\n"
         "}\n");
}

TEST(Format, BodiesAreOnLinesWhereTheFileSaysSo) {
  expect("fn f(x: int32) -> int32 { x }", "fn f(x: int32) -> int32 { x }\n");
  expect("fn f(x: int32) -> int32 {\n\n  x }", "fn f(x: int32) -> int32 {\n  x\n}\n");
  expect("fn f(c: bool) -> int32 { if c {\n 1 } else if d { 2 } else { 3 } }",
         "fn f(c: bool) -> int32 {\n"
         "  if c {\n    1\n  } else if d {\n    2\n  } else {\n    3\n  }\n"
         "}\n");
}

TEST(Format, FunctionLiteralsSpanLines) {
  expect("fn f() -> T { sequence_reduce(b, start, fn(s, x) {\nlet y = x; s + y }) }",
         "fn f() -> T {\n"
         "  sequence_reduce(b, start, fn(s, x) {\n"
         "    let y = x;\n"
         "    s + y\n"
         "  })\n"
         "}\n");
  expect("fn f() -> T { federated_sum(federated_map(fn(x) {\nx }, data)) }",
         "fn f() -> T {\n"
         "  federated_sum(federated_map(fn(x) {\n"
         "    x\n"
         "  }, data))\n"
         "}\n");
}

// A literal with something behind it stands on a line of its own where it fits on one; else it
// spans lines in the call's, as it does where the file has it on several.
TEST(Format, FunctionLiteralsBeforeOtherArguments) {
  expect(
      "fn f(x: float32, many_values: float32) -> float32 { sequence_reduce_somehow(fn(a, b) { a + "
      "b }, many_values, x) }",
      "fn f(x: float32, many_values: float32) -> float32 {\n"
      "  sequence_reduce_somehow(fn(a, b) { a + b }, many_values, x)\n"
      "}\n");
  expect(
      "fn f(x: float32) -> float32 { let y = some_function_of_two(fn(a, b) { another_function(a, "
      "b) + a_third_function(b, x, a, b) }, x * x); y }",
      "fn f(x: float32) -> float32 {\n"
      "  let y = some_function_of_two(\n"
      "    fn(a, b) { another_function(a, b) + a_third_function(b, x, a, b) },\n"
      "    x * x\n"
      "  );\n"
      "  y\n"
      "}\n");
  expect(
      "fn f(x: float32) -> float32 { let y = some_function_of_two(fn(a, b) { another_function(a, "
      "b) + a_third_function(b, x, a, b) * a_fourth_function_of_them(a, b, a) }, x * x); y }",
      "fn f(x: float32) -> float32 {\n"
      "  let y = some_function_of_two(fn(a, b) {\n"
      "    another_function(a, b) + a_third_function(b, x, a, b) * a_fourth_function_of_them(a, b, "
      "a)\n"
      "  }, x * x);\n"
      "  y\n"
      "}\n");
}

TEST(Format, MatchAndUpdates) {
  expect("fn f(x: bool) -> S { match x{true=>(.. s,a=1),false=>s} }",
         "fn f(x: bool) -> S { match x { true => (..s, a=1), false => s } }\n");
  expect(
      "fn f(x: int32) -> S {\nmatch x {\n0 => a, // zero\n\n// rest\n_ => { let b = 1; b },\n} }",
      "fn f(x: int32) -> S {\n"
      "  match x {\n"
      "    0 => a,  // zero\n\n"
      "    // rest\n"
      "    _ => {\n      let b = 1;\n      b\n    },\n"
      "  }\n"
      "}\n");
}

TEST(Format, LongLines) {
  const std::string a(40, 'a'), b(40, 'b'), c(40, 'c');
  expect("fn f() -> T { let x = " + a + " + " + b + " * " + c + "; x }",
         "fn f() -> T {\n  let x =\n      " + a + " +\n      " + b + " * " + c + ";\n  x\n}\n");
  expect("fn f() -> T { g(" + a + ", " + b + ", " + c + ") }",
         "fn f() -> T {\n  g(\n    " + a + ",\n    " + b + ",\n    " + c + "\n  )\n}\n");
  expect("fn f() -> T { (x=" + a + ", y=" + b + ", z=" + c + ") }",
         "fn f() -> T {\n  (x=" + a + ",\n   y=" + b + ",\n   z=" + c + ")\n}\n");
  expect("fn f(x: " + a + ") -> <" + b + "," + c + "> { x }",
         "fn f(x: " + a + ")\n    -> <" + b + "," + c + "> { x }\n");
  expect("fn f(x: " + a + ", y: " + b + ", z: " + c + ") -> T { x }",
         "fn f(\n  x: " + a + ",\n  y: " + b + ",\n  z: " + c + "\n) -> T { x }\n");
}

TEST(Format, Comments) {
  expect("//a\n\n\n//b  \nconst A = 1;// c\n//d\n\nconst B = 2;\n//e",
         "//a\n\n//b\nconst A = 1;  // c\n//d\n\nconst B = 2;\n//e\n");
  expect("fn f() -> T { // a\n let x = 1; // b\n\n // c\n\n x\n // d\n } // e",
         "fn f() -> T {  // a\n  let x = 1;  // b\n\n  // c\n\n  x\n  // d\n}  // e\n");
  expect("fn f() -> T { g(a, // one\n // two\n b // three\n ) }",
         "fn f() -> T {\n  g(\n    a,  // one\n    // two\n    b  // three\n  )\n}\n");
  expect("fn f(x: T, // one\n y: T) -> T { x }", "fn f(\n  x: T,  // one\n  y: T\n) -> T { x }\n");
  expect("fn f() -> T { let x = // why\n 1; x + // plus\n y }",
         "fn f() -> T {\n  let x =  // why\n      1;\n  x +  // plus\n      y\n}\n");
  expect("process p {\n // a\n initialize() -> T@SERVER { x }\n\n // b\n }",
         "process p {\n  // a\n  initialize() -> T@SERVER { x }\n\n  // b\n}\n");
  expect("fn f( // none\n ) -> T { x }", "fn f(  // none\n) -> T { x }\n");
  expect("// only this", "// only this\n");
  expect("", "");
  expect("\xEF\xBB\xBF// mark\r\nconst A = 1;\r\n", "// mark\nconst A = 1;\n");
}

TEST(Format, EmptyLines) {
  expect("\n\nconst A = 1;\n\n\n\nconst B = 2;\nconst C = 3;\n\n\n",
         "const A = 1;\n\nconst B = 2;\nconst C = 3;\n");
  expect("fn f() -> T {\n\n let x = 1;\n\n\n let y = 2;\n y\n\n}",
         "fn f() -> T {\n  let x = 1;\n\n  let y = 2;\n  y\n}\n");
}

TEST(Format, Greater) {
  expect("fn f() -> T { let x: <int32>= (1,); x }",
         "fn f() -> T {\n  let x: <int32> = (1,);\n  x\n}\n");
  expect("fn f() -> T { a < b && (c > (d)) }", "fn f() -> T { a < b && (c > (d)) }\n");
}

TEST(Format, MistakesLeaveNothing) {
  SourceManager sources;
  DiagnosticEngine diagnostics;
  EXPECT_FALSE(format(sources, sources.add_file("a.fed", "fn f( { }"), diagnostics).has_value());
  EXPECT_TRUE(diagnostics.has_errors());
}

TEST(Format, Deep) {
  std::string text = "x";
  for (int i = 0; i < 80; ++i) text = "f(aaaaaaaaaaaaaaaaaaaaaaa, (" + text + "), y)";
  const std::string once = formatted("fn g() -> T { " + text + " }");
  EXPECT_EQ(formatted(once), once);
}

TEST(Format, Long) {
  std::string text = "x";
  for (int i = 0; i < 20000; ++i) text += " + x";
  const std::string once = formatted("fn g() -> T { " + text + " }");
  EXPECT_EQ(formatted(once), once);
}

}  // namespace
}  // namespace fedc
