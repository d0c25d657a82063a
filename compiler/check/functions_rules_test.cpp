// Rules of functions: default values, functions as values.
#include <gtest/gtest.h>

#include "compiler/check/testing.h"

namespace fedc {
namespace {

using testing::Checked;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
#define EXPECT_HAS(text, part) EXPECT_TRUE(has(text, part)) << text

// RULE: T-default
TEST(Defaults, StandForWhatACallLeavesOut) {
  Checked c(R"(
const N = 3;
fn f(x: float32, a: float32 = 0.5, n: int64 = 2 * N) -> float32 { x * a * cast<float32>(n) }
fn none(x: float32) -> float32 { f(x) }
fn last(x: float32) -> float32 { f(x, n=1) }
fn all(x: float32) -> float32 { f(x, 2.0, 3) }
fn mapped(x: {float32}@CLIENTS) -> {float32}@CLIENTS { federated_map(f, x) }
fn slope(x: float32) -> float32 { grad(f)(x) + grad(f)(x, 1.0) }
)");
  EXPECT_HAS(c.function("none"), "f(x, 0.5:float32, 6:int64)");
  EXPECT_HAS(c.function("last"), "f(x, 0.5:float32, 1:int64)");
  EXPECT_HAS(c.function("all"), "f(x, 2:float32, 3:int64)");
  EXPECT_HAS(c.function("mapped"), "0.5:float32, 6:int64)");
  EXPECT_HAS(c.function("slope"), "1:float32");
}
TEST(Defaults, AreStructsAndFunctionsAndGeneric) {
  EXPECT_EQ(Checked(R"(
type Pair = <a=float32,b=int32>;
fn half(x: float32) -> float32 { 0.5 * x }
fn f(x: float32, p: Pair = (a=1.0, b=2), g: (float32 -> float32) = half) -> float32 { g(x) + p.a }
fn g<T: float>(x: T, y: T = 2.0) -> T { x * y }
fn h(x: float32) -> float32 { f(x) + f(x, g=exp) + g(x) }
fn i(x: float64) -> float64 { g(x) + g(x, y=1.0) }
fn j(p: <float32,float32>, scale: float32 = 1.0) -> float32 { scale * p.0 * p.1 }
fn k(p: <float32,float32>) -> float32 { j(p) + j(p, scale=2.0) }
)")
                .summary(),
            "");
}
TEST(Defaults, AreOfTheParametersType) {
  EXPECT_EQ(Checked("fn f(x: int32 = 0.5) -> int32 { x }\nfn g() -> int32 { f() }").summary(),
            "type-mismatch: the default value of `x` is `float32`, but `int32` is expected\n");
  EXPECT_EQ(Checked("fn f(x: uint8 = 256) -> uint8 { x }").summary(),
            "literal-out-of-range: 256 is out of the range of `uint8`\n");
  EXPECT_HAS(Checked("fn f(x: float32@SERVER = 1.0) -> float32@SERVER { x }").summary(),
             "wrong-placement");
  EXPECT_HAS(Checked("param p: float32 = 1.0;\nfn f(x: float32 = p) -> float32 { x }").summary(),
             "not-constant");
  EXPECT_HAS(Checked("fn f(x: float32, y: float32 = x) -> float32 { x }").summary(),
             "unknown-name");
  EXPECT_HAS(Checked("fn f(x: float32, y: float32 = 1.0) -> float32 { x }\n"
                     "fn g() -> float32 { f() }")
                 .summary(),
             "argument-count: `f` takes 1 to 2 arguments, not 0: `x` is missing");
  EXPECT_HAS(Checked("fn f(g: (float32 -> float32) = h) -> float32 { g(1.0) }\n"
                     "fn h(x: float32) -> float32 { f() + x }")
                 .summary(),
             "recursion");
}

}  // namespace
}  // namespace fedc
