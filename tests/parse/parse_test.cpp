// Syntax trees: what is parsed, and how it groups.
#include <gtest/gtest.h>

#include "tests/parse/parse_testing.h"

namespace fedc::testing {
namespace {

std::string tree_of(std::string text, ParseOptions options = {}) {
  Parsed parsed(std::move(text), options);
  return parsed.errors() + parsed.tree();
}

TEST(Parse, Function) {
  EXPECT_EQ(tree_of("// The mean.\n// Of all.\n"
                    "fn average(readings: {float32}@CLIENTS) -> float32@SERVER {\n"
                    "  federated_mean(readings)\n}\n"),
            "module\n"
            "  fn average\n"
            "    parameter readings: {float32}@CLIENTS\n"
            "    result float32@SERVER\n"
            "    block\n"
            "      call\n"
            "        name federated_mean\n"
            "        name readings\n");
}

TEST(Parse, DocIsTheCommentDirectlyAbove) {
  Parsed parsed(
      "// far\n\n// one\n//   two\nfn f() -> T { 1 }  // no\nfn g() -> T { 2 } fn h() -> T { 3 }");
  auto doc = [&](size_t i) {
    return ast::as<ast::FunctionDecl>(parsed.module->declarations.at(i))->doc;
  };
  EXPECT_EQ(doc(0), "one\n  two");
  EXPECT_EQ(doc(1), "");
  EXPECT_EQ(doc(2), "");
}

TEST(Parse, PositionsAreOfTheWholeConstruct) {
  Parsed parsed("fn f(x: T) -> T {\n  let y = g(x).a + 1;\n  y\n}");
  ASSERT_EQ(parsed.errors(), "");
  EXPECT_EQ(ast::to_string(*parsed.module, &parsed.sources),
            "module @1:1\n"
            "  fn f @1:1\n"
            "    parameter x: T @1:6\n"
            "    result T @1:15\n"
            "    block @1:17\n"
            "      let y @2:3\n"
            "        binary @2:11\n"
            "          field a @2:11\n"
            "            call @2:11\n"
            "              name g @2:11\n"
            "              name x @2:13\n"
            "          + number 1 @2:20\n"
            "      name y @3:3\n");
  const auto* f = ast::as<ast::FunctionDecl>(parsed.module->declarations[0]);
  EXPECT_EQ(parsed.sources.text(f->signature_range), "fn f(x: T) -> T");
  EXPECT_EQ(parsed.sources.text(f->body->lets[0].range), "let y = g(x).a + 1;");
  EXPECT_EQ(parsed.sources.text(f->body->lets[0].value->range), "g(x).a + 1");
  EXPECT_EQ(parsed.sources.text(f->name.range), "f");
}

TEST(Parse, Precedence) {
  EXPECT_EQ(reprinted("a + b * c - d / e % f"), "a + b * c - d / e % f");
  EXPECT_EQ(reprinted("(a + b) * c"), "(a + b) * c");
  EXPECT_EQ(reprinted("a - (b - c)"), "a - (b - c)");
  EXPECT_EQ(reprinted("(a - b) - c"), "a - b - c");
  EXPECT_EQ(reprinted("a + 1 < b * 2 && !c || d == e"), "a + 1 < b * 2 && !c || d == e");
  EXPECT_EQ(reprinted("a && (b || c)"), "a && (b || c)");
  EXPECT_EQ(reprinted("(a < b) == c"), "(a < b) == c");
  EXPECT_EQ(reprinted("-a.b(c) * -d"), "-a.b(c) * -d");
  EXPECT_EQ(reprinted("(-a).b"), "(-a).b");
  EXPECT_EQ(reprinted("!(a && b)"), "!(a && b)");
}

TEST(Parse, ChainsAreLists) {
  Parsed parsed("fn f() -> T { a + b - c * d + e }");
  const auto* body = ast::as<ast::FunctionDecl>(parsed.module->declarations.at(0))->body;
  const auto* chain = ast::as<ast::Binary>(body->value);
  ASSERT_NE(chain, nullptr);
  ASSERT_EQ(chain->rest.size(), 3u);
  EXPECT_EQ(chain->rest[1].op, ast::BinaryOp::Subtract);
  EXPECT_EQ(chain->rest[1].operand->kind, ast::ExprKind::Binary);
  EXPECT_EQ(parsed.sources.text(chain->rest[1].op_range), "-");
}

TEST(Parse, Structs) {
  EXPECT_EQ(reprinted("(a, b)"), "(a, b)");
  EXPECT_EQ(reprinted("(x=a, y=(b, c),)"), "(x=a, y=(b, c))");
  EXPECT_EQ(reprinted("(a,)"), "(a,)");
  EXPECT_EQ(reprinted("(x=a,)"), "(x=a,)");
  EXPECT_EQ(reprinted("(x=a)"), "(x=a,)");
  EXPECT_EQ(reprinted("()"), "()");
  EXPECT_EQ(reprinted("((a))"), "a");
  EXPECT_EQ(reprinted("a.x.0.1.y"), "a.x.0.1.y");
}

TEST(Parse, Calls) {
  EXPECT_EQ(reprinted("f(a, b, if_empty=v)"), "f(a, b, if_empty=v)");
  EXPECT_EQ(reprinted("f()(a,).x(b)"), "f()(a).x(b)");
  EXPECT_EQ(reprinted("value_and_grad(loss)(m, b)"), "value_and_grad(loss)(m, b)");
  EXPECT_EQ(reprinted("fn(x) { x }(3)"), "(fn(x) { x })(3)");
}

TEST(Parse, TypeArguments) {
  EXPECT_EQ(reprinted("cast<float32>(x)"), "cast<float32>(x)");
  EXPECT_EQ(reprinted("zeros<<Model,Model>>()"), "zeros<<Model,Model>>()");
  EXPECT_EQ(reprinted("nn.dense<float32[n,10], 3>(x)"), "nn.dense<float32[n,10],3>(x)");
  EXPECT_EQ(reprinted("map(cast<int32>, x)"), "map(cast<int32>, x)");
  EXPECT_EQ(reprinted("f<{T*}@CLIENTS, (A -> B)>.x"), "f<{T*}@CLIENTS,(A -> B)>.x");
  EXPECT_EQ(reprinted("(a < b, c > d)"), "(a < b, c > d)") << "comparisons";
  EXPECT_EQ(reprinted("a < b"), "a < b");
  EXPECT_EQ(reprinted("if a < b { c } else { d > (e) }"), "if a < b { c } else { d > e }");
}

TEST(Parse, Numbers) {
  EXPECT_EQ(reprinted("(1, 0x1f, 1_000, 2f32, 1.5e-3, 0.0f64, 7u8)"),
            "(1, 31, 1000, 2f32, 0.0015, 0f64, 7u8)");
  EXPECT_EQ(reprinted("(-128i8, -9223372036854775808, 18446744073709551615, 3.0)"),
            "(-128i8, -9223372036854775808, 18446744073709551615, 3.0)");
  EXPECT_EQ(reprinted("(-3.5, - 1, a-1, -(2), 1e39, 65504f16)"),
            "(-3.5, -1, a - 1, -2, 1e+39, 65504f16)");
  EXPECT_EQ(reprinted("100000000000000000000f32"), "1e+20f32");
}

TEST(Parse, OtherLiterals) {
  EXPECT_EQ(reprinted(R"((true, false, "a\n\"\x07", SERVER))"),
            R"((true, false, "a\n\"\x07", SERVER))");
}

TEST(Parse, IfAndBlocks) {
  EXPECT_EQ(reprinted("if a { b } else if c { let d = 1; d } else { e }"),
            "if a { b } else if c { let d = 1; d } else { e }");
  EXPECT_EQ(reprinted("1 + if a { b } else { c } * 2"), "1 + (if a { b } else { c }) * 2");
}

TEST(Parse, Match) {
  EXPECT_EQ(reprinted("match x + 1 { -1 => a, A => { let b = 1; b } _ => c, }"),
            "match x + 1 { -1 => a, A => { let b = 1; b }, _ => c }");
  EXPECT_EQ(reprinted("1 + match x { _ => y }"), "1 + (match x { _ => y })");
}

TEST(Parse, Updates) {
  EXPECT_EQ(reprinted("(..s, a=1)"), "(..s, a=1)");
  EXPECT_EQ(reprinted("( .. f(x).y , a=1, b=(..a, c=2), )"), "(..f(x).y, a=1, b=(..a, c=2))");
}

TEST(Parse, Lambdas) {
  EXPECT_EQ(reprinted("fn(s, b: T, _) { s }"), "fn(s, b: T, _) { s }");
  EXPECT_EQ(reprinted("fn() -> T* { s }"), "fn() -> T* { s }");
}

TEST(Parse, Patterns) {
  Parsed parsed(
      "fn f() -> T { let (a, (b, _)) = x; let (value=l, gradient=(g,)) = y; let (z): T = 1; a }");
  ASSERT_EQ(parsed.errors(), "");
  const auto* body = ast::as<ast::FunctionDecl>(parsed.module->declarations.at(0))->body;
  EXPECT_EQ(ast::to_source(*body),
            "{ let (a, (b, _)) = x; let (value=l, gradient=(g,)) = y; let z: T = 1; a }");
}

TEST(Parse, Types) {
  for (const char* type : {"float32",
                           "float32[784,10]",
                           "int32[?]",
                           "float32[?<=32,784]",
                           "T*",
                           "T**",
                           "<T,U>",
                           "<x=T,y=U>",
                           "<>",
                           "(T -> U)",
                           "( -> U)",
                           "(<a=T,b=U> -> (V -> W))",
                           "T@SERVER",
                           "T@CLIENTS",
                           "{T}@CLIENTS",
                           "{Batch*}@CLIENTS",
                           "<state=Model@SERVER,n=<int64@SERVER>>",
                           "nn.Layer[3]",
                           "T[n + 1,2 * m]",
                           "T[broadcast(a, b)]",
                           "T[?<=n - 1]",
                           "{T}@P"}) {
    EXPECT_EQ(reprinted_type(type), type);
  }
  EXPECT_EQ(reprinted_type("<x = T , y = U*>"), "<x=T,y=U*>");
}

TEST(Parse, AClosingAngleAndAnEqualsSignMayTouch) {
  Parsed parsed("fn f() -> T { let x: <int32>= (1,); let y: <a=<int32>>=x; y }");
  EXPECT_EQ(parsed.errors(), "");
}

TEST(Parse, Declarations) {
  EXPECT_EQ(tree_of("import \"std/nn\" as nn;\n"
                    "type M = <w=float32[3]>;\n"
                    "const n: int64 in [1, 8] = 4;\n"
                    "const m = n * 2;\n"
                    "param lr: float32 in [-1.0, 1.0] = 0.1;\n"
                    "limit client.arena <= 2MiB, client.up <= 7;\n"
                    "require p.next: r.d through noise, cohort >= 20;\n"
                    "export fn f<T: float, n: dim>(x: T[n]) -> T { x }\n"),
            "module\n"
            "  import \"std/nn\" as nn\n"
            "  type M = <w=float32[3]>\n"
            "  const n: int64 in [1, 8]\n"
            "    number 4\n"
            "  const m\n"
            "    binary\n"
            "      name n\n"
            "      * number 2\n"
            "  param lr: float32 in [-1.0, 1.0]\n"
            "    number 0.1\n"
            "  limit\n"
            "    client.arena <= 2097152 bytes\n"
            "    client.up <= 7 bytes\n"
            "  require p.next\n"
            "    r.d through noise\n"
            "    cohort >= 20\n"
            "  export fn f\n"
            "    generic T: float\n"
            "    generic n: dim\n"
            "    parameter x: T[n]\n"
            "    result T\n"
            "    block\n"
            "      name x\n");
}

TEST(Parse, Process) {
  EXPECT_EQ(tree_of("process p {\n"
                    "  initialize() -> T@SERVER { a }\n"
                    "  next(s: T@SERVER, k: {int32}@CLIENTS from host) -> T@SERVER { s }\n"
                    "  evaluate() -> T { b }\n"
                    "  client_state() -> T { c }\n"
                    "}\n"),
            "module\n"
            "  process p\n"
            "    member initialize\n"
            "      result T@SERVER\n"
            "      block\n"
            "        name a\n"
            "    member next\n"
            "      parameter s: T@SERVER\n"
            "      parameter k: {int32}@CLIENTS from host\n"
            "      result T@SERVER\n"
            "      block\n"
            "        name s\n"
            "    member evaluate\n"
            "      result T\n"
            "      block\n"
            "        name b\n"
            "    member client_state\n"
            "      result T\n"
            "      block\n"
            "        name c\n");
}

TEST(Parse, Prelude) {
  EXPECT_EQ(tree_of("op sum<T: float, n: dim>(x: T[n], axes?: static int32, f: (T -> U)) -> T[n];\n"
                    "intrinsic federated_sum<T>(x: {T}@CLIENTS) -> T@SERVER;\n",
                    {.prelude = true}),
            "module\n"
            "  op sum\n"
            "    generic T: float\n"
            "    generic n: dim\n"
            "    parameter x: T[n]\n"
            "    parameter axes?: static int32\n"
            "    parameter f: (T -> U)\n"
            "    result T[n]\n"
            "  intrinsic federated_sum\n"
            "    generic T\n"
            "    parameter x: {T}@CLIENTS\n"
            "    result T@SERVER\n");
}

TEST(Parse, WordsThatAreSpecialInOnePlaceAreNames) {
  EXPECT_EQ(reprinted("op + limit.require(from, host, static, through, intrinsic)"),
            "op + limit.require(from, host, static, through, intrinsic)");
}

}  // namespace
}  // namespace fedc::testing
