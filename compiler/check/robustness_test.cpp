// Large, deep and hostile programs give a result or an error, in reasonable time.
#include <gtest/gtest.h>

#include <array>

#include "compiler/check/testing.h"

namespace fedc {
namespace {

using testing::Checked;

std::string repeat(const std::string& text, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += text;
  return out;
}
std::string number(int i) { return std::to_string(i); }

TEST(Robustness, LongChains) {
  EXPECT_EQ(Checked("fn f(a: float32) -> float32 { a" + repeat(" + a", 10000) + " }").summary(),
            "");
  EXPECT_EQ(Checked("fn f(a: float32) -> float32 { a" + repeat(" + 1", 2000) + " }").summary(), "");
}

TEST(Robustness, ManyBindings) {
  std::string text = "fn f(x0: float32) -> float32 {\n";
  for (int i = 1; i <= 5000; ++i) text += "let x" + number(i) + " = x" + number(i - 1) + " * 2;\n";
  EXPECT_EQ(Checked(text + "x5000 }").summary(), "");
}

TEST(Robustness, LongCallChainsInEitherOrder) {
  std::string forward, backward;
  for (int i = 0; i < 2000; ++i) {
    std::string f = "fn f" + number(i) + "(x: int32) -> int32 { f" + number(i + 1) + "(x) }\n";
    forward += f;
    backward = f + backward;
  }
  std::string last = "fn f2000(x: int32) -> int32 { x }\n";
  EXPECT_EQ(Checked(forward + last).summary(), "");
  EXPECT_EQ(Checked(last + backward).summary(), "");
}

// Each level writes the one below out twice.
TEST(Robustness, FunctionsThatReturnFunctions) {
  std::string text = "fn f0(x: float32) -> (float32 -> float32) { fn(y) { x + y } }\n";
  for (int i = 1; i < 60; ++i) {
    const std::string below = "f" + number(i - 1);
    text += "fn f" + number(i) + "(x: float32) -> (float32 -> float32) { let g = " + below +
            "(x); let h = " + below + "(g(x)); fn(y) { g(h(y)) } }\n";
  }
  EXPECT_NE(Checked(text + "fn f(x: float32) -> float32 { f59(x)(x) }")
                .summary()
                .find("instantiation-limit"),
            std::string::npos);
  // The same type is worked out once.
  text = "type T0<A> = float32;\n";
  for (int i = 1; i < 60; ++i) {
    const std::string below = "T" + number(i - 1);
    text += "type T" + number(i) + "<A> = " + below + "<" + below + "<A>>;\n";
  }
  EXPECT_EQ(Checked(text + "fn f(x: T59<int32>) -> float32 { x }").summary(), "");
}

TEST(Robustness, DeepNesting) {
  for (const auto& [open, inner, close] :
       std::vector<std::array<std::string, 3>>{{"(", "x", ")"},
                                               {"g(", "x", ")"},
                                               {"-", "x", ""},
                                               {"if x > 1 { ", "x", " } else { 2 }"},
                                               {"sequence_reduce(s, 0, fn(a, b) { ", "a", " })"},
                                               {"grad(fn(y) { ", "x * x", " })(x)"},
                                               {"twice(fn(v) { ", "v + x", " }, x)"}}) {
    for (int depth : {40, 10000}) {
      // A result, or an error of the parser or the checker.
      Checked c(
          "fn g(x: float32) -> float32 { x }\n"
          "fn twice<T>(f: (T -> T), x: T) -> T { f(f(x)) }\n"
          "fn f(x: float32, s: float32*) -> float32 { " +
          repeat(open, depth) + inner + repeat(close, depth) + " }\n");
      EXPECT_EQ(c.program == nullptr, c.diagnostics.has_errors()) << open;
      if (depth == 40) EXPECT_EQ(c.summary(), "") << open;
    }
  }
}

TEST(Robustness, DoublingFunctions) {
  std::string text = "fn f(x: float32) -> float32 {\nlet g0 = fn(v) { v + x };\n";
  for (int i = 1; i < 60; ++i) {
    text +=
        "let g" + number(i) + " = fn(v) { g" + number(i - 1) + "(g" + number(i - 1) + "(v)) };\n";
  }
  EXPECT_EQ(Checked(text + "g59(x) }").summary(), "");
}

TEST(Robustness, DoublingTypes) {
  std::string lets = "fn f(x0: int32) -> int32 {\n", types, generics;
  for (int i = 0; i < 60; ++i) {
    lets += "let x" + number(i + 1) + " = (x" + number(i) + ", x" + number(i) + ");\n";
    types += "type t" + number(i) + " = <t" + number(i + 1) + ",t" + number(i + 1) + ">;\n";
    generics +=
        "fn g" + number(i) + "<T>(x: T) -> T { let a = g" + number(i + 1) + "((x, x)); x }\n";
  }
  EXPECT_NE(Checked(lets + "1 }").summary().find("type-too-large"), std::string::npos);
  EXPECT_NE(Checked(types + "type t60 = int32;\n").summary().find("type-too-large"),
            std::string::npos);
  EXPECT_NE(Checked(generics + "fn g60<T>(x: T) -> T { x }\nfn f(x: int32) -> int32 { g0(x) }")
                .summary()
                .find("type-too-large"),
            std::string::npos);
}

TEST(Robustness, DoublingSpecialisation) {
  std::string text;
  for (int i = 0; i < 30; ++i) {
    std::string next = "t" + number(i + 1);
    text += "fn t" + number(i) + "<T>(f: (T -> T), x: T) -> T { " + next + "(fn(v) { f(v) }, " +
            next + "(fn(v) { f(v) }, x)) }\n";
  }
  Checked c(text +
            "fn t30<T>(f: (T -> T), x: T) -> T { f(x) }\n"
            "fn f(x: float32) -> float32 { t0(fn(v) { v }, x) }");
  EXPECT_NE(c.summary().find("instantiation-limit"), std::string::npos) << c.summary();
}

TEST(Robustness, LongChainOfOperators) {
  std::string text = "fn f(a: float32) -> float32 { a";
  for (int i = 0; i < 200000; ++i) text += "+a";
  Checked c(text + " }");
  EXPECT_EQ(c.summary(), "");
  // The printed form is no slower: it has a name for each of thousands of temporaries.
  EXPECT_GT(c.text().size(), 200000u);
}

TEST(Robustness, ManyMistakes) {
  std::string text = "fn f(x: float32) -> float32 {\n";
  for (int i = 0; i < 3000; ++i) text += "let y" + number(i) + " = unknown" + number(i) + ";\n";
  EXPECT_TRUE(Checked(text + "x }").diagnostics.has_errors());
}

TEST(Robustness, DeepDefinitions) {
  std::string consts, types;
  for (int i = 0; i < 2000; ++i) {
    consts += "const c" + number(i) + " = c" + number(i + 1) + ";\n";
    types += "type t" + number(i) + " = t" + number(i + 1) + "*;\n";
  }
  EXPECT_TRUE(Checked(consts + "const c2000 = 1;").diagnostics.has_errors());
  EXPECT_TRUE(Checked(types + "type t2000 = int32;").diagnostics.has_errors());
}

// What only the prelude may declare is a function to whoever uses it, and one mistake.
TEST(Robustness, OperationsOfAUser) {
  const std::string use = "\nfn g(x: float32@SERVER) -> float32@SERVER { federated_map(f, x) }";
  for (const std::string declaration :
       {"op f(x: float32) -> float32;", "op f(x: float32) -> float32 { x }"}) {
    EXPECT_EQ(Checked(declaration + use).summary(),
              "prelude-only: `op` declarations belong to the prelude\n");
  }
  EXPECT_EQ(Checked("intrinsic f(x: float32@SERVER) -> float32@SERVER;").summary(),
            "prelude-only: `intrinsic` declarations belong to the prelude\n");
}

// A field without a name behind one with a name: there may be no field at its place.
TEST(Robustness, PatternsOutOfOrder) {
  const Checked c("fn f(x: <x=float32>) -> float32 { let (x=a, b, c) = x; a }");
  EXPECT_NE(c.summary().find("positional-after-named"), std::string::npos) << c.summary();
}

TEST(Robustness, NothingAtAll) {
  EXPECT_EQ(Checked("").summary(), "");
  EXPECT_EQ(Checked(" // only a comment").summary(), "");
}

}  // namespace
}  // namespace fedc
