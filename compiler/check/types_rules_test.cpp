// Rules of types, constants and names.
#include <gtest/gtest.h>

#include <fstream>

#include "compiler/check/testing.h"

namespace fedc {
namespace {

using testing::Checked;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
#define EXPECT_HAS(text, part) EXPECT_TRUE(has(text, part)) << text

// RULE: T-literal-context
TEST(Literals, TakeTheTypeOfTheContextThroughLetsAndStructs) {
  Checked c(R"(
fn total(xs: float64*) -> <sum=float64,count=int64> {
  let zero = (sum=0.0, count=0);
  sequence_reduce(xs, zero, fn(s, x) { (sum=s.sum + x, count=s.count + 1) })
}
fn eighth(x: float16) -> float16 { let half = 0.5; x * half * half * 0.5 }
fn whole(x: float32) -> float32 { x + 1 }
)");
  EXPECT_HAS(c.function("total"),
             "let zero: <sum=float64,count=int64> = (sum=0:float64, count=0:int64);");
  EXPECT_HAS(c.function("eighth"), "let half: float16 = 0.5:float16;");
  EXPECT_HAS(c.function("whole"), "add(x, 1:float32):float32");
}

// The accumulator's count is int64 because dim() gives int64.
TEST(Literals, TakeTheTypeOfAnAccumulator) {
  Checked c(R"(
fn count(xs: float32[?<=8]*) -> int64 {
  let end = sequence_reduce(xs, (n=0, s=0.0), fn(a, x) { (n=a.n + dim(x, 0), s=a.s + reduce_sum(x)) });
  end.n
}
)");
  EXPECT_HAS(c.function("count"), "(n=0:int64, s=0:float32)");
}

// RULE: T-literal-default
TEST(Literals, DefaultAtTheEndOfTheFunction) {
  Checked c("fn f(x: float32) -> float32 { let n = 3; let y = 2.5; let z = n + 1; x }");
  EXPECT_HAS(c.function("f"), "let n: int32 = 3:int32;");
  EXPECT_HAS(c.function("f"), "let y: float32 = 2.5:float32;");
  EXPECT_HAS(c.function("f"), "add(n, 1:int32):int32");
}

// RULE: T-literal-range
TEST(Literals, AreInRange) {
  EXPECT_EQ(Checked("fn f(x: uint8) -> uint8 { x + 255 }").summary(), "");
  EXPECT_EQ(Checked("fn f(x: int8) -> int8 { x + -128 }").summary(), "");
  EXPECT_EQ(Checked("fn f(x: uint64) -> uint64 { x + 18446744073709551615 }").summary(), "");
  EXPECT_HAS(Checked("fn f(x: uint8) -> uint8 { x + 256 }").summary(), "literal-out-of-range: 256");
  EXPECT_HAS(Checked("fn f(x: uint8) -> uint8 { x + -1 }").summary(), "literal-out-of-range: -1");
  EXPECT_HAS(Checked("fn f(x: float16) -> float16 { x + 70000 }").summary(),
             "literal-out-of-range: 70000");
}

// RULE: T-fold
TEST(Fold, KeepsTheTypeOfItsState) {
  EXPECT_EQ(Checked("fn f(n: int64) -> float64 { fold(n, 1.0, fn(i, s) { s * cast<float64>(i) }) }")
                .summary(),
            "");
  EXPECT_HAS(Checked("fn f(x: float32) -> float32 { fold(3, x, fn(_, s) { cast<float64>(s) }) }")
                 .summary(),
             "type-mismatch");
  EXPECT_HAS(
      Checked("fn f(x: float32) -> float32 { fold(3, x, fn(_, s) { s }, at_most=-1) }").summary(),
      "the largest number of steps is from 0");
}

// RULE: T-while
TEST(While, HasAConditionAndALargestNumberOfSteps) {
  const std::string start = "fn f(x: float64) -> float64 { repeat_while(x, ";
  EXPECT_EQ(Checked(start + "fn(s) { s > 1.0 }, fn(s) { 0.5 * s }, at_most=10) }").summary(), "");
  EXPECT_HAS(Checked(start + "fn(s) { s }, fn(s) { 0.5 * s }, at_most=10) }").summary(),
             "type-mismatch: the value of the function given to `repeat_while`");
  EXPECT_HAS(Checked(start + "fn(s) { s > 1.0 }, fn(s) { s > 1.0 }, at_most=10) }").summary(),
             "type-mismatch");
  EXPECT_HAS(Checked(start + "fn(s) { s > 1.0 }, fn(s) { 0.5 * s }) }").summary(),
             "argument-count: `repeat_while` takes 4 arguments, not 3: `at_most` is missing");
  EXPECT_HAS(Checked(start + "fn(s) { s > 1.0 }, fn(s) { s }, at_most=-1) }").summary(),
             "the largest number of steps is from 0 to 2^62");
}

// RULE: T-windows
TEST(Windows, HaveShapes) {
  const auto convolution = [](const std::string& x, const std::string& filter,
                              const std::string& result, const std::string& rest) {
    return Checked("fn f(x: float32[" + x + "], w: float32[" + filter + "]) -> float32[" + result +
                   "] { convolution(x, w" + rest + ") }")
        .summary();
  };
  EXPECT_EQ(convolution("?<=8,28,28,3", "5,5,3,16", "?<=8,24,24,16", ""), "");
  EXPECT_EQ(convolution("?<=8,28,28,3", "5,5,3,16", "?<=8,28,28,16", ", padding=(2, 2)"), "");
  EXPECT_EQ(convolution("4,9,6", "3,3,2", "4,4,2", ", strides=2, padding=((0, 1),), groups=2"), "");
  EXPECT_EQ(convolution("4,9,6,5,1", "1,2,3,1,7", "4,9,4,1,7", ", dilation=(1, 2, 2)"), "");
  EXPECT_HAS(convolution("8,28,28,3", "5,5,1,16", "8,24,24,16", ""),
             "there are 3 channels in dimension 3 of `x`, and the filter takes 1");
  EXPECT_HAS(convolution("8,28,28,6", "5,5,2,16", "8,24,24,16", ", groups=2"),
             "the filter takes 2 for each of 2 groups");
  EXPECT_HAS(convolution("8,28,28,4", "5,5,2,3", "8,24,24,3", ", groups=2"),
             "which 2 groups do not share equally");
  EXPECT_HAS(convolution("8,?,28,3", "5,5,3,1", "8,24,24,1", ""), "dimension 1 is `?`");
  EXPECT_HAS(convolution("8,28,3", "?,3,1", "8,24,1", ""), "a filter's dimensions are known");
  EXPECT_HAS(convolution("8,28,3", "0,3,1", "8,24,1", ""), "which makes no window");
  EXPECT_HAS(convolution("8,4,3", "5,3,1", "8,1,1", ""), "does not fit into dimension 1");
  EXPECT_HAS(convolution("8,4,3", "5,3,1", "8,1,1", ", padding=-1"), "`padding` is at least 0");
  EXPECT_HAS(convolution("8,4,3", "2,3,1", "8,1,1", ", strides=0"), "`strides` is at least 1");
  EXPECT_HAS(convolution("8,4,3", "2,3,1", "8,1,1", ", groups=0"), "`groups` is at least 1");
  EXPECT_HAS(convolution("8,4,3", "2,3,1", "8,1,1", ", padding=((1, 2, 3),)"),
             "a pair of one before and one after, not 3 numbers");
  EXPECT_HAS(convolution("8,4", "2,4", "8,1", ""), "at least one axis");
  EXPECT_HAS(convolution("8,4,4", "2,4", "8,1", ""), "as many dimensions as `x`, which has 3");
  EXPECT_HAS(
      Checked("fn f(x: float32[1,4,1]) -> float32[1,2,1] { max_pool(x, window=2, padding=2) }")
          .summary(),
      "windows of nothing but padding");
  EXPECT_HAS(
      Checked("fn f(x: float32[1,4,1]) -> float32[1,1,1] { avg_pool(x, window=5) }").summary(),
      "does not fit into dimension 1, which has 4");
  EXPECT_HAS(Checked("fn f(x: int32[1,4,1]) -> int32[1,2,1] { avg_pool(x, window=2) }").summary(),
             "constraint-not-met");
}

// RULE: T-reshape
TEST(Types, ReshapesKeepTheNumberOfElements) {
  Checked c(R"(
fn left(x: float32[6]) -> float32[2,3] { reshape<float32[2,?]>(x) }
fn rows(x: float32[?,4]) -> float32[?,2,2] { reshape<float32[?,2,2]>(x) }
fn all(x: float32[?<=9]) -> float32[2,3] { reshape<float32[2,3]>(x) }
fn bound(x: float32[3,?]) -> float32[3,?<=5] { reshape<float32[3,?<=5]>(x) }
)");
  EXPECT_EQ(c.errors(), "");
  EXPECT_HAS(Checked("fn f(x: float32[6]) -> float32[?] { reshape<float32[?<=5]>(x) }").summary(),
             "there are 6 elements, and the result has at most 5");
  EXPECT_HAS(Checked("fn f(x: float32[?,4]) -> float32[?] { reshape<float32[?]>(x) }").summary(),
             "an unknown dimension stays the first");
}

// RULE: T-no-conversion
TEST(Types, NeverConvertByThemselves) {
  EXPECT_HAS(Checked("fn f(x: int32) -> int64 { x }").errors(), "cast<int64>(x)");
  EXPECT_HAS(Checked("fn f(x: int32, y: int64) -> int64 { x + y }").summary(), "type-mismatch");
  EXPECT_HAS(Checked("fn f(x: float32) -> int32 { let n = 1.5; cast<int32>(x + n) + n }").summary(),
             "type-mismatch");
}

// RULE: T-assign-forget
TEST(Types, ForgetDimensions) {
  Checked c(R"(
fn sum(x: float32[?]) -> float32 { reduce_sum(x) }
fn f(x: float32[3], y: float32[?<=4]) -> float32 { sum(x) + sum(y) }
)");
  EXPECT_HAS(c.function("f"), "sum(coerce<float32[?]>(x))");
  EXPECT_HAS(c.function("f"), "sum(coerce<float32[?]>(y))");
}

// RULE: T-assign-unknown-dim
TEST(Types, DoNotLearnDimensions) {
  EXPECT_HAS(Checked("fn f(x: float32[?]) -> float32[3] { x }").summary(),
             "unknown-dimension: the result of `f` is `float32[?]`, but `float32[3]` is expected: "
             "dimension 0 is `?`, which need not be `3`");
  EXPECT_HAS(Checked("fn f(x: float32[?]) -> float32[?<=3] { x }").summary(), "unknown-dimension");
  EXPECT_HAS(Checked("fn f(x: float32[?<=5]) -> float32[?<=3] { x }").summary(), "type-mismatch");
}

// RULE: T-assign-names
TEST(Types, UnnamedFieldsTakeNames) {
  EXPECT_EQ(Checked("fn f(x: float32) -> <a=float32,b=int32> { (x, 1) }").summary(), "");
  EXPECT_HAS(Checked("fn f(x: float32) -> <float32> { (a=x,) }").summary(), "type-mismatch");
  EXPECT_HAS(Checked("fn f(x: float32) -> <b=float32> { (a=x,) }").summary(),
             "field 0 is called `a`, not `b`");
}

// RULE: T-unknown-unrelated
TEST(Types, UnknownDimensionsMeetAtRunTime) {
  Checked c(R"(
fn f(x: float32[?], y: float32[3]) -> float32[3] { x + y }
fn g(x: float32[?<=9,4], y: float32[?<=4,2]) -> float32[?<=9,2] { matmul(x, y) }
)");
  EXPECT_EQ(c.summary(), "");
  EXPECT_HAS(Checked("fn f(x: float32[?<=2], y: float32[3]) -> float32[3] { x + y }").summary(),
             "shape-mismatch");
  EXPECT_HAS(Checked("fn f(x: float32[?], y: float32[?]) -> float32[3] { x + y }").summary(),
             "unknown-dimension");
}

// RULE: T-broadcast
TEST(Types, Broadcast) {
  EXPECT_EQ(Checked(R"(
fn f(x: float32[?<=32,10], b: float32[10]) -> float32[?<=32,10] { x + b }
fn g(x: float32[3,1], y: float32[1,4]) -> float32[3,4] { x * y }
fn h(x: float32[?<=8,1], y: float32[4]) -> float32[?<=8,4] { x * y }
)")
                .summary(),
            "");
  EXPECT_HAS(Checked("fn f(x: float32[2], y: float32[3]) -> float32[3] { x + y }").summary(),
             "dimension 0 is 2 in one and 3 in the other");
}

// RULE: T-take
TEST(Types, Take) {
  EXPECT_EQ(Checked(R"(
fn f(x: float32[?<=8,10,3], i: int32[2,5]) -> float32[?<=8,2,5,3] { take(x, i, axis=1) }
fn g(x: float32[10,3], i: uint8[?<=4], u: float32[?<=4,3]) -> float32[10,3] { scatter_add(x, i, u) }
)")
                .summary(),
            "");
  EXPECT_HAS(
      Checked("fn f(x: float32[3,2], u: float32[4,2], i: int32[5]) -> float32[3,2] "
              "{ scatter_add(x, i, u) }")
          .summary(),
      "the updates are `float32[4,2]`, expected `float32[5,2]`: dimension 0 is 4 instead of 5");
  EXPECT_HAS(Checked("fn f(x: float32[3,2], u: float32[2], i: int32[5]) -> float32[3,2] "
                     "{ scatter_add(x, i, u) }")
                 .summary(),
             "the updates are `float32[2]`, expected `float32[5,2]`");
  EXPECT_HAS(Checked("fn f(x: float32[3], u: float64, i: int32) -> float32[3] "
                     "{ scatter_add(x, i, u) }")
                 .summary(),
             "element types differ");
  EXPECT_HAS(Checked("fn f(x: float32, i: int32) -> float32 { take(x, i) }").summary(),
             "a scalar has no axis");
}

// RULE: T-box
TEST(Types, Box) {
  EXPECT_EQ(Checked(R"(
fn f(x: float32[8,10], i: int32, j: int64) -> float32[1,3] { dynamic_slice(x, (i, j), sizes=(1, 3)) }
fn g(x: float32[8], u: float32[3], i: int32) -> float32[8] { dynamic_update_slice(x, u, i) }
)")
                .summary(),
            "");
  EXPECT_HAS(
      Checked(
          "fn f(x: float32[8,10], i: int32) -> float32[1,3] { dynamic_slice(x, i, sizes=(1, 3)) }")
          .summary(),
      "`start` has one integer for each of the 2 dimensions of `float32[8,10]`");
  EXPECT_HAS(Checked("fn f(x: float32[8], i: int32) -> float32[9] { dynamic_slice(x, i, sizes=9) }")
                 .summary(),
             "size 9 does not fit dimension 0, which has 8");
  EXPECT_HAS(
      Checked("fn f(x: float32[8], i: int32) -> float32[2] { dynamic_slice(x, i, sizes=(1, 2)) }")
          .summary(),
      "`sizes` has one number for each dimension");
  EXPECT_HAS(
      Checked("fn f(x: float32[?<=8], i: int32) -> float32[2] { dynamic_slice(x, i, sizes=2) }")
          .summary(),
      "dimension 0 of `float32[?<=8]` is `?<=8`; only fixed dimensions have boxes");
  EXPECT_HAS(Checked("fn f(x: float32[8], u: float32[9], i: int32) -> float32[8] "
                     "{ dynamic_update_slice(x, u, i) }")
                 .summary(),
             "dimension 0 is 9 in the update, and 8 in what it goes into");
  EXPECT_HAS(Checked("fn f(x: float32[8], u: float32, i: int32) -> float32[8] "
                     "{ dynamic_update_slice(x, u, i) }")
                 .summary(),
             "the update has 0 dimensions, and what it goes into 1");
}

// RULE: T-pad
TEST(Types, Pad) {
  EXPECT_EQ(Checked("fn f(x: float32[?<=8,3]) -> float32[?<=8,8] "
                    "{ pad(x, 0.0, low=(0, 1), high=(0, 2), interior=(0, 1)) }")
                .summary(),
            "");
  EXPECT_HAS(Checked("fn f(x: float32[3]) -> float32[2] { pad(x, 0.0, low=0, high=-1) }").summary(),
             "dimension 0 cannot be padded by less than nothing");
  EXPECT_HAS(
      Checked("fn f(x: float32[?<=3]) -> float32[4] { pad(x, 0.0, low=0, high=1) }").summary(),
      "only fixed dimensions are padded");
  EXPECT_HAS(
      Checked("fn f(x: float32[3,3]) -> float32[4] { pad(x, 0.0, low=0, high=1) }").summary(),
      "`low`, `high` and `interior` have one number for each dimension");
  EXPECT_HAS(
      Checked("fn f(x: float32[3], v: int32) -> float32[4] { pad(x, v, low=0, high=1) }").summary(),
      "element types differ");
  EXPECT_HAS(Checked("fn f(x: float32[3]) -> float32[4] "
                     "{ pad(x, 0.0, low=9223372036854775807, high=1) }")
                 .summary(),
             "dimension 0 would be larger than any memory");
  EXPECT_HAS(
      Checked("fn f(x: float32[3,3]) -> float32[3,3] { reverse(x, axes=(1, -1)) }").summary(),
      "axis 1 stands twice");
}

// RULE: T-top-k
TEST(Types, TopK) {
  EXPECT_EQ(
      Checked("fn f(x: float32[?<=8,10]) -> int32[?<=8,10] { top_k(x, 10).indices }").summary(),
      "");
  EXPECT_HAS(Checked("fn f(x: float32[10]) -> float32[11] { top_k(x, 11).values }").summary(),
             "the last dimension has 10 elements to choose from");
  EXPECT_HAS(Checked("fn f(x: float32[?<=8]) -> float32[2] { top_k(x, 2).values }").summary(),
             "only fixed dimensions have a known number to choose");
  EXPECT_HAS(Checked("fn f(x: float32) -> float32 { top_k(x, 1).values }").summary(),
             "a scalar has no largest elements");
}

// RULE: T-unit-dim
TEST(Types, UnitDim) {
  EXPECT_EQ(Checked("fn f(x: float32[?<=8,2]) -> float32[?<=8,2] "
                    "{ squeeze(expand_dims(x, 2), axis=-1) }")
                .summary(),
            "");
  EXPECT_HAS(Checked("fn f(x: float32[2]) -> float32[2,1] { expand_dims(x, 2) }").summary(),
             "a new dimension stands at a place from 0 to 1");
  EXPECT_HAS(Checked("fn f(x: float32[2,?<=1]) -> float32[2] { squeeze(x, axis=1) }").summary(),
             "dimension 1 is ?<=1; only one of size 1 goes away");
}

// RULE: T-rows
TEST(Types, Rows) {
  Checked c(R"(
fn state(x: int32[?<=8,5]) -> <h=float32[?<=8,4],c=float32[?<=8,2,2]> {
  repeat_rows((h=zeros<float32[4]>(), c=ones<float32[2,2]>()), x)
}
fn of_known(x: float32[3], y: float32[?]) -> float32[3,?] { repeat_rows(y, x) }
fn like(x: float32[?<=8,5]) -> float32[?<=8,5] { zeros_like(x) }
)");
  EXPECT_EQ(c.errors(), "");
  EXPECT_HAS(Checked("fn f(x: float32) -> float32[1] { repeat_rows(1.0, x) }").summary(),
             "a scalar has no rows");
  EXPECT_HAS(
      Checked("fn f(x: <y=int32[?<=8]>) -> float32[?<=8,2] { zeros<float32[?<=8,2]>() }").errors(),
      "write `repeat_rows(zeros<float32[2]>(), x.y)`");
}

// RULE: T-dot-general
TEST(Types, DotGeneral) {
  EXPECT_EQ(Checked("fn f(x: float32[?<=8,3,2], y: float32[?<=4,3]) -> float32[?<=4,3,2] "
                    "{ dot_general(x, y, x_batching=(0, 1), y_batching=(0, 1)) }")
                .summary(),
            "");
  auto of = [](const std::string& dims) {
    return Checked("fn f(x: float32[2,3], y: float32[3,4]) -> float32[2,4] { dot_general(x, y, " +
                   dims + ") }")
        .summary();
  };
  EXPECT_HAS(of("1, 1"), "the contracting dimensions 1 of x and 1 of y are 3 and 4");
  EXPECT_HAS(of("x_batching=0, y_batching=0"),
             "the batching dimensions 0 of x and 0 of y are 2 and 3");
  EXPECT_HAS(of("1"), "there are 1 contracting dimensions of x and 0 of y");
  EXPECT_HAS(of("2, 0"), "2 is no other dimension of x");
  EXPECT_HAS(of("1, 0, x_batching=1, y_batching=0"), "1 is no other dimension of x");
  EXPECT_HAS(of("1, -1"), "-1 is no other dimension of y");
}

// RULE: T-flatten
TEST(Types, Flatten) {
  EXPECT_EQ(Checked(R"(
type M = <w=float32[2,3],b=<float32,float32[0]>>;
fn f(m: M) -> float32[7] { flatten(m) }
fn g(v: float32[7]) -> M { unflatten<M>(v) }
fn h(v: float32[7]) -> M { unflatten(v) }
fn n() -> int64 { size<M>() + size<<int32,bool[3]>>() }
)")
                .summary(),
            "");
  EXPECT_HAS(Checked("fn f(x: <float32,float64>) -> float32[2] { flatten(x) }").summary(),
             "its element types differ: `float32` and `float64`");
  // The type of an element is known where the dimensions are not.
  EXPECT_EQ(Checked("fn g<X: tensors>(x: X, y: X[element_of(X)]) -> X[element_of(X)] { y }"
                    "fn f(x: <float64[?],float64>) -> float64 { g(x, 1.0) }")
                .summary(),
            "");
  EXPECT_HAS(Checked("fn f(x: float32[?<=2]) -> float32[2] { flatten(x) }").summary(),
             "has an unknown dimension: how large is it?");
  EXPECT_HAS(Checked("fn f() -> float32[0] { flatten(()) }").summary(), "there is no tensor in it");
  EXPECT_HAS(
      Checked("fn f(v: float32[3]) -> float32[2,2] { unflatten<float32[2,2]>(v) }").summary(),
      "it is made of a vector of 4 elements");
  EXPECT_HAS(
      Checked("fn f(v: float32[?<=4]) -> float32[2,2] { unflatten<float32[2,2]>(v) }").summary(),
      "is unknown, and must be 4");
  EXPECT_HAS(Checked("fn f(v: int32[4]) -> float32[2,2] { unflatten<float32[2,2]>(v) }").summary(),
             "element types differ");
}

// RULE: T-struct-arithmetic
TEST(Types, StructArithmetic) {
  Checked c(R"(
type M = <w=float32[2,3],b=float32[3]>;
param lr: float32 = 0.1;
fn step(m: M, g: M) -> M { m - lr * g }
fn half(m: M) -> M { m / 2 }
)");
  EXPECT_HAS(c.function("step"),
             "subtract(m, multiply(param lr, g):<w=float32[2,3],b=float32[3]>)");
  EXPECT_HAS(c.function("half"), "divide(m, 2:float32)");
  EXPECT_HAS(Checked("fn f(m: <a=float32,b=int32>) -> <a=float32,b=int32> { m * 2.5 }").summary(),
             "in `b`, element types differ");
}

// RULE: T-if-bool
TEST(Types, ConditionsAreBool) {
  EXPECT_HAS(Checked("fn f(x: int32) -> int32 { if x { 1 } else { 2 } }").errors(), "x != 0");
}

// RULE: T-if-join
TEST(Types, BranchesJoin) {
  Checked c(
      "fn f(c: bool, x: float32[2], y: float32[?<=4]) -> float32[?<=4] { if c { x } else { y } }");
  EXPECT_HAS(c.function("f"), "coerce<float32[?<=4]>(x)");
  EXPECT_HAS(
      Checked("fn f(c: bool, x: float32, y: int32) -> float32 { if c { x } else { y } }").summary(),
      "type-mismatch: the value after `else` is `int32`");
}

// RULE: T-match
TEST(Types, MatchIsNestedIfs) {
  Checked c(R"(
const A = 3;
fn f(x: int32, y: float32[2], z: float32[?<=4]) -> float32[?<=4] {
  match x + 1 { 0 => y, A => z, -1 => y, _ => { let w = z; w } }
}
fn b(x: bool) -> int32 { match x { true => 1, false => 0 } }
)");
  EXPECT_HAS(c.function("f"), "if equal(%t, 0:int32):bool {");
  EXPECT_HAS(c.function("f"), "if equal(%t, 3:int32):bool {");
  EXPECT_HAS(c.function("f"), "coerce<float32[?<=4]>(y)");
  EXPECT_EQ(c.function("b").find("false"), std::string::npos) << "the last arm needs no comparison";
  const auto wrong = [](const std::string& arms, const std::string& type = "int32") {
    return Checked("fn f(x: " + type + ", n: int32) -> int32 { match x { " + arms + " } }")
        .summary();
  };
  EXPECT_HAS(wrong("0 => 1"), "match-arms: an arm for all other values is missing");
  EXPECT_HAS(wrong("true => 1", "bool"), "match-arms: an arm for `false` is missing");
  EXPECT_HAS(wrong("1 => 1, 1 => 2, _ => 3"), "match-arms: `1` has an arm already");
  EXPECT_HAS(wrong("_ => 1, 1 => 2"), "match-arms: no value is left for this arm");
  EXPECT_HAS(wrong("true => 1, false => 2, _ => 3", "bool"), "match-arms: no value is left");
  EXPECT_HAS(wrong("1.0 => 1, _ => 3", "float32"), "type-mismatch: `match` compares");
  EXPECT_HAS(wrong("256 => 1, _ => 3", "uint8"), "literal-out-of-range");
  EXPECT_HAS(wrong("1i64 => 1, _ => 3"), "type-mismatch: this is `int64`");
  EXPECT_HAS(wrong("n => 1, _ => 3"), "not-constant");
  EXPECT_HAS(wrong("1 => 1, _ => 2.5"), "type-mismatch");
  std::string many;
  for (int i = 0; i < 300; ++i) many += std::to_string(i) + " => 1, ";
  EXPECT_HAS(wrong(many + "_ => 2"), "match-arms: a `match` has at most 200 arms");
}

// RULE: T-update
TEST(Types, UpdatesKeepTheType) {
  Checked c(R"(
type S = <a=int64, b=<c=float32, d=float32>>;
fn f(s: S) -> S { (..s, b=(..s.b, d=0.0)) }
fn p(s: S@SERVER, x: {int64}@CLIENTS) -> S@SERVER { (..s, a=s.a + federated_sum(x)) }
)");
  EXPECT_HAS(c.function("f"), "(a=s.a, b=");
  const auto wrong = [](const std::string& value) {
    return Checked("type S = <a=int64, b=float32>; fn f(s: S, n: int64) -> S { " + value + " }")
        .summary();
  };
  EXPECT_HAS(wrong("(..s, aa=1)"), "no-such-field: `<a=int64,b=float32>` has no field `aa`");
  EXPECT_HAS(wrong("(..s, a=1.5)"), "type-mismatch: field `a` is `float32`");
  EXPECT_HAS(wrong("(..s, a=1, a=2)"), "duplicate-name: field `a` stands twice");
  EXPECT_HAS(wrong("(..n, a=1)"), "no-such-field: `int64` is not a struct");
}

// RULE: C-arithmetic
TEST(Constants, AreComputed) {
  Checked c(R"(
const n: int64 = 4;
const rows = n * 2 - 1;
const wide = rows > 5 && !false;
fn f(x: float32[rows,n+1]) -> float32[if wide { 7 } else { 1 }, 5] { x }
fn g(x: uint8) -> uint8 { x + 3 }
fn h() -> int64 { rows }
)");
  EXPECT_HAS(c.function("f"), "x: float32[7,5]");
  EXPECT_HAS(c.function("h"), "7:int64");
  CheckOptions options;
  options.defines["n"] = "6";
  EXPECT_HAS(
      Checked("const n: int64 = 4;\nfn f(x: float32[n]) -> float32[n] { x }", options).text(),
      "float32[6]");
  EXPECT_HAS(Checked("const a = 1 / 0;").summary(), "division by zero");
}

// RULE: C-define
TEST(Constants, AreDefinedOnTheCommandLine) {
  const std::string text =
      "const WIDTH: int64 in [1, 8] = 2;\nparam rate: float32 = 0.5;\n"
      "fn f(x: float32[WIDTH]) -> float32[WIDTH] { x * rate }";
  CheckOptions options;
  options.defines = {{"WIDTH", "4"}};
  EXPECT_HAS(Checked(text, options).function("f"), "fn f(x: float32[4])");
  options.defines = {{"WIDTH", "9"}};
  EXPECT_HAS(Checked(text, options).errors(),
             "<command line>:1:4: error: 9 is not in the range from 1 to 8 [F0222 param-range]\n"
             "   1 | -D WIDTH=9\n"
             "     |    ^~~~~~~\n");
  options.defines = {{"WIDTH", "wide"}};
  EXPECT_HAS(Checked(text, options).errors(), "<command line>:1:4: error: `wide` is no value");
  options.defines = {{"WIDTH", "4.5"}};
  EXPECT_HAS(Checked(text, options).errors(), "<command line>:1:4: error: ");
  options.defines = {{"WIDHT", "4"}};
  EXPECT_HAS(Checked(text, options).errors(), "hint: did you mean `WIDTH`?");
  options.defines = {{"rate", "1"}};
  EXPECT_HAS(Checked(text, options).errors(),
             "hint: set it where the program runs: `fed-run ... --set rate=1`");
}

// RULE: C-param-range
TEST(Constants, ParamsAreInRange) {
  EXPECT_HAS(Checked("param lr: float32 in [0.0, 1.0] = 0.5;\nfn f() -> float32 { lr }").text(),
             "param lr: float32 in [0, 1] = 0.5");
  EXPECT_HAS(Checked("param lr: float32 in [0.0, 1.0] = 1.5;").summary(), "param-range");
}

// RULE: N-block
TEST(Names, AreBoundOnceInABlock) {
  EXPECT_HAS(Checked("fn f(x: int32) -> int32 { let y = 1; let y = 2; x }").summary(),
             "duplicate-name");
  EXPECT_EQ(Checked("fn f(x: int32) -> int32 { let x = x + 1; let f = 2; x + f }").summary(), "");
  // A function literal does not see what is bound later.
  EXPECT_HAS(
      Checked("fn f(x: int32) -> int32 { let g = fn(a) { a + y }; let y = 2; g(x) }").summary(),
      "unknown-name");
}

// RULE: N-import
TEST(Names, Import) {
  std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/lib_a.fed") << "import \"lib_b.fed\" as b;\nconst k = 3;\n"
                                          "type V = float32[k];\nparam lr: float32 = 0.5;\n"
                                          "fn scale(x: V) -> V { b.twice(x) * lr }\n";
  std::ofstream(folder + "/lib_b.fed") << "fn twice<T: tensor>(x: T) -> T { x + x }\n";
  std::ofstream(folder + "/lib_c.fed") << "import \"lib_d.fed\" as d;\n";
  std::ofstream(folder + "/lib_d.fed") << "import \"./lib_c.fed\" as c;\n";
  Checked good(
      "import \"lib_a.fed\" as a;\nfn f(x: a.V, y: float32[a.k]) -> a.V { a.scale(x) + y }", {},
      folder + "/main.fed");
  EXPECT_HAS(good.text(), "fn a.scale(x: float32[3]) -> float32[3]");
  EXPECT_HAS(good.text(), "param a.lr: float32");
  Checked cycle("import \"lib_c.fed\" as c;", {}, folder + "/main.fed");
  EXPECT_HAS(cycle.summary(), "cyclic-import");
  Checked missing("import \"lib_x.fed\" as x;\nfn f() -> int32 { x.y }", {}, folder + "/main.fed");
  EXPECT_HAS(missing.summary(), "import-not-found");
  EXPECT_FALSE(has(missing.summary(), "unknown-name"));
  CheckOptions options;
  options.import_path = {folder};
  EXPECT_EQ(Checked("import \"lib_b.fed\" as b;", options, "/elsewhere/main.fed").summary(), "");
}

// RULE: N-private
TEST(Names, Private) {
  std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/lib_p.fed") << "const _k = 3;\ntype _V = float32[_k];\n"
                                          "fn _twice(x: _V) -> _V { x + x }\n"
                                          "fn twice(x: _V) -> _V { _twice(x) }\n";
  const auto use = [&](const std::string& text) {
    return Checked("import \"lib_p.fed\" as p;\n" + text, {}, folder + "/main.fed").summary();
  };
  EXPECT_EQ(use("fn f(x: float32[3]) -> float32[3] { p.twice(x) }"), "");
  EXPECT_HAS(use("fn f(x: float32[3]) -> float32[3] { p._twice(x) }"), "private-name: `_twice`");
  EXPECT_HAS(use("fn f(x: p._V) -> p._V { x }"), "private-name: `_V`");
  EXPECT_HAS(use("fn f(x: float32[p._k]) -> float32 { 0.0 }"), "private-name: `_k`");
  const Checked c(
      "fn _a(x: {int32}@CLIENTS) -> int32@SERVER { federated_sum(x) }\n"
      "fn b(x: {int32}@CLIENTS) -> int32@SERVER { _a(x) }\n");
  ASSERT_EQ(c.program->entries.size(), 1u) << c.text();
  EXPECT_EQ(c.program->entries[0].name, "b");
}

// RULE: N-std
TEST(Names, StandardLibrary) {
  const std::string f = "fn f(x: float32[3]) -> float32[3] { ";
  EXPECT_HAS(Checked("import \"std/nn\" as n;\n" + f + "n.relu(x) }").text(), "fn n.relu.");
  EXPECT_HAS(Checked("import \"std/nm\" as n;").errors(), "did you mean `\"std/nn\"`?");
  EXPECT_HAS(Checked("import \"std/other\" as n;").errors(), "its modules are `std/aggregators`");
  EXPECT_HAS(Checked(f + "relu(x) }").errors(), "write `import \"std/nn\" as nn;` and `nn.relu`");
  EXPECT_HAS(Checked("import \"std/nn\" as n;\n" + f + "relu(x) }").errors(), "write `n.relu`");
}

}  // namespace
}  // namespace fedc
