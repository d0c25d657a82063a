// Rules of text, of calls and of functions: syntax, default values, functions as values.
#include <gtest/gtest.h>

#include "compiler/check/testing.h"

namespace fedc {
namespace {

using testing::Checked;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
#define EXPECT_HAS(text, part) EXPECT_TRUE(has(text, part)) << text

// RULE: T-call-struct
TEST(Calls, GatherWhatOneParameterTakes) {
  Checked c(R"(
type Point = <x=float32,y=float32>;
fn norm(p: Point) -> float32 { p.x * p.x + p.y * p.y }
fn first<T: float>(p: <T,T>) -> T { p.0 }
fn apply(f: (Point -> float32), p: Point) -> float32 { f(p.x, p.y) + f(p) }
fn a(x: float32) -> float32 { norm(x, 1.0) + norm((x, 1.0)) + norm(x=x, y=2.0) }
fn b(x: float32) -> float32 { apply(norm, (x, x)) + first(x, 2) }
fn c(x: float32) -> float32 { let g = fn(p) { p.0 - p.1 }; g(x, 1.0) }
fn d(x: float32) -> Point { grad(norm)(x, x) }
fn e(x: float32*) -> float32 {
  sequence_reduce(x, 0.0, fn(p: <float32,float32>) { norm(p.0, p.1) })
}
fn f(x: float32*) -> float32 { sequence_reduce(x, 0.0, norm) }
fn g(x: float32@SERVER, y: float32@SERVER) -> float32@SERVER { h(x, y) }
fn h(p: <float32@SERVER,float32@SERVER>) -> float32@SERVER { p.0 + p.1 }
fn i(p: {<float32,float32>}@CLIENTS) -> {float32}@CLIENTS { p.0 }
fn j(x: {float32}@CLIENTS) -> {float32}@CLIENTS { i(x, x) }
)");
  EXPECT_EQ(c.summary(), "");
  EXPECT_HAS(c.function("a"), "norm(coerce<<x=float32,y=float32>>((x, 1:float32)))");
  EXPECT_HAS(c.function("a"), "norm((x=x, y=2:float32))");
  // Where the one parameter is no struct, a further argument is a mistake.
  EXPECT_HAS(Checked("fn f(x: float32) -> float32 { x }\nfn g() -> float32 { f(1, 2) }").summary(),
             "argument-count: `f` takes 1 argument, not 2");
  EXPECT_HAS(Checked("fn g(x: float32) -> float32 { exp(x, x) }").summary(),
             "argument-count: `exp` takes 1 argument, not 2");
  EXPECT_HAS(Checked("fn f(p: <float32,float32>) -> float32 { p.0 }\n"
                     "fn g() -> float32 { f(1, 2, 3) }")
                 .summary(),
             "type-mismatch: argument `p` of `f`");
}

// RULE: T-call-names
TEST(Calls, FieldsHaveTheNamesOfParameters) {
  const std::string f = "fn f(rate: float32, decay: float32) -> float32 { rate - decay }\n";
  EXPECT_EQ(Checked(f + R"(
fn a(s: <float32,float32>) -> float32 { f(s) }
fn b(s: <rate=float32,decay=float32>) -> float32 { f(s) }
fn c(s: <x=float32,y=float32>) -> float32 { let g = fn(a, b) { a - b }; g(s) + (fn(a, b) { a })(s) }
)")
                .summary(),
            "");
  EXPECT_HAS(Checked(f + "fn a(s: <decay=float32,rate=float32>) -> float32 { f(s) }").summary(),
             "field 0 is called `decay` and the parameter there `rate`");
  EXPECT_HAS(Checked(f + "fn a(s: <rate=float32,x=float32>) -> float32 { grad(f)(s) }").summary(),
             "field 1 is called `x` and the parameter there `decay`");
  EXPECT_HAS(
      Checked("fn a(s: <x=float32,y=float32>) -> float32 { let g = fn(y, x) { x - y }; g(s) }")
          .summary(),
      "field 0 is called `x` and the parameter there `y`");
}

// RULE: L-words
TEST(Text, WordsAreNoNames) {
  for (const char* word :
       {"as", "const", "else", "export", "false", "fn", "if", "import", "in", "let", "match",
        "param", "process", "true", "type", "CLIENTS", "SERVER"}) {
    const std::string name = word;
    EXPECT_NE(Checked("fn f(" + name + ": float32) -> float32 { 1.0 }").summary(), "") << name;
  }
  EXPECT_EQ(Checked("fn while(host: float32) -> float32 { host }").summary(), "");
}

// RULE: L-text
TEST(Text, IsItsBytes) {
  EXPECT_EQ(Checked(R"(fn f() -> uint8[4] { "a\n\x41\"" })").summary(), "");
  EXPECT_HAS(Checked(R"(fn f() -> uint8[4] { "abc" })").summary(), "type-mismatch");
}

// RULE: L-comparison
TEST(Text, ComparisonsDoNotAssociate) {
  EXPECT_HAS(Checked("fn f(x: float32) -> bool { 0.0 < x < 1.0 }").summary(), "chained-comparison");
  EXPECT_HAS(Checked("fn f(x: int32) -> bool { x == x == x }").summary(), "chained-comparison");
}

// RULE: L-named-last
TEST(Text, NamedArgumentsComeLast) {
  const std::string f = "fn f(x: float32, y: float32) -> float32 { x - y }\n";
  EXPECT_EQ(Checked(f + "fn g(a: float32) -> float32 { f(a, y=1.0) + f(y=a, x=2.0) }").summary(),
            "");
  EXPECT_HAS(Checked(f + "fn g(a: float32) -> float32 { f(x=a, 1.0) }").summary(),
             "positional-after-named");
  EXPECT_HAS(Checked(f + "fn g(a: float32) -> float32 { f(a, x=1.0) }").summary(),
             "unknown-argument: parameter `x` of `f` is given twice");
  EXPECT_HAS(Checked(f + "fn g(a: float32) -> float32 { f(a, z=1.0) }").summary(),
             "unknown-argument: `f` has no parameter `z`");
}

// RULE: L-depth
TEST(Text, IsNotTooDeep) {
  const auto nested = [](int depth) {
    return "fn f(x: float32) -> float32 { " + std::string(depth, '-') + "x }";
  };
  EXPECT_EQ(Checked(nested(200)).summary(), "");
  EXPECT_HAS(Checked(nested(300)).summary(), "nesting-too-deep");
}

// RULE: T-rank
TEST(Text, TensorsHaveAtMostEightDimensions) {
  EXPECT_EQ(Checked("fn f(x: float32[1,1,1,1,1,1,1,1]) -> float32 { reduce_sum(x) }").summary(),
            "");
  EXPECT_HAS(Checked("fn f(x: float32[1,1,1,1,1,1,1,1,1]) -> float32 { reduce_sum(x) }").summary(),
             "type-too-large: a tensor has at most 8 dimensions");
}

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
            "type-mismatch: the default value of `x` is `0.5`, which is not an integer, but "
            "`int32` is expected\n");
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
             "argument-count: `f` takes 1 to 2 arguments, not 0: `x: float32` is missing");
  EXPECT_HAS(Checked("fn f(g: (float32 -> float32) = h) -> float32 { g(1.0) }\n"
                     "fn h(x: float32) -> float32 { f() + x }")
                 .summary(),
             "recursion");
}

// RULE: S-function-struct
TEST(FunctionValues, StandInStructs) {
  Checked c(R"(
fn f(x: float32) -> float32 {
  let o = (rate=x * 2.0, step=fn(a, b) { a - b }, more=(negate, exp));
  let (rate=r, step=s, more=(n, _)) = o;
  let p = (..o, rate=3.0, step=add);
  o.step(x, o.rate) + s(r, n(x)) + p.step(p.rate, o.more.1(x))
}
fn both(p: (float32 -> float32), x: float32) -> float32 { p(x) }
fn g(x: float32) -> float32 { both((exp, negate).0, x) }
)");
  EXPECT_EQ(c.errors(), "");
  EXPECT_HAS(c.function("f"), "multiply(x, 2:float32)");
  EXPECT_HAS(c.function("f"), "add(%t'1, exp(x)");
  EXPECT_HAS(c.function("g"), "both(x)");
  EXPECT_HAS(Checked("fn f(x: float32) -> float32 { (x, exp) }").summary(),
             "function-value: this struct holds a function, `.1`, and is no data");
  EXPECT_HAS(Checked("fn f(x: float32) -> float32 { (a=x, b=exp)(x) }").summary(),
             "not-a-function");
  EXPECT_HAS(Checked("fn f(x: float32) -> float32 { (a=x, b=exp).c(x) }").summary(),
             "no-such-field: a struct with functions, `(a, b)` has no field `c`");
  EXPECT_HAS(Checked("fn f(x: float32) -> float32 { (..(a=x, b=exp), b=x).a }").summary(),
             "not-a-function: field `b` is `float32`, but a function is expected");
  EXPECT_HAS(
      Checked("fn f(x: {float32}@CLIENTS) -> {float32}@CLIENTS { federated_map((exp, exp), x) }")
          .summary(),
      "not-a-function");
}

// RULE: S-function-result
TEST(FunctionValues, AreReturned) {
  Checked c(R"(
fn scaler(k: float32) -> (float32 -> float32) { let twice = 2.0 * k; fn(x) { twice * x } }
fn curry(a: float32) -> (float32 -> (float32 -> float32)) { fn(b) { fn(c) { a + b * c } } }
fn f(x: float32) -> float32 { scaler(3.0)(x) + curry(x)(x)(x) }
fn g(x: float32) -> float32 { let s = scaler(x); s(s(x)) }
fn h(xs: float32*) -> float32 { let s = scaler(2.0); sequence_reduce(sequence_map(s, xs), 0.0, add) }
fn i(x: {float32}@CLIENTS) -> {float32}@CLIENTS { federated_map(scaler(0.5), x) }
fn j(x: float32) -> float32 { grad(scaler(0.5))(x) }
)");
  EXPECT_EQ(c.errors(), "");
  EXPECT_EQ(c.function("scaler").find("there is no scaler"), 0);
  // What is captured is computed once.
  EXPECT_HAS(c.function("g"), "let twice: float32 = multiply(2:float32, x):float32;");
  EXPECT_HAS(Checked("fn f(x: float32) -> (float32 -> float32) { x }").summary(),
             "not-a-function: the result of `f` is `float32`, but a function is expected");
  EXPECT_HAS(Checked("fn f(x: float32) -> (float32 -> float32) { if x > 0.0 { exp } else { log } }")
                 .summary(),
             "function-value");
  EXPECT_HAS(Checked("fn f(x: float32) -> (float32 -> float32) { fn(y) { f(y)(x) } }").summary(),
             "recursion");
}

// An algorithm is a value whose functions move values between server and clients, and the members
// of a process are calls of it.
TEST(FunctionValues, MakeAProcess) {
  const std::string text = R"(
type Algorithm<M, B> = <initialize=( -> M), next=(<M@SERVER,{B*}@CLIENTS> -> M@SERVER)>;
fn averaging<M: float_message, B>(train: (<M,B*> -> M)) -> Algorithm<M,B> {
  (initialize=fn() { zeros<M>() }, next=fn(m, data) {
    federated_mean(federated_map(train, (federated_broadcast(m), data)))
  })
}
fn train(m: float32[2], data: float32[2]*) -> float32[2] { sequence_reduce(data, m, add) }
)";
  const std::string process = R"(
process training {
  initialize() -> float32[2]@SERVER { federated_eval(averaging(train).initialize, SERVER) }
  next(m: float32[2]@SERVER, data: {float32[2]*}@CLIENTS) -> <state=float32[2]@SERVER> {
    (state=averaging(train).next(m, data),)
  }
}
)";
  EXPECT_EQ(Checked(text + process).summary(), "");
  const std::string rest = "next(s: float32@SERVER) -> <state=float32@SERVER> { (state=s,) } }";
  EXPECT_HAS(Checked("process p { initialize() -> (float32 -> float32) { exp } " + rest).summary(),
             "process-type: a member of a process cannot return a function");
  EXPECT_HAS(Checked("process p { initialize() -> float32@SERVER { federated_value(0.0, SERVER) }\n"
                     "client_state() -> <f=(float32 -> float32)> { (f=exp,) } " +
                     rest)
                 .summary(),
             "process-type: a member of a process cannot return a function");
  EXPECT_HAS(Checked("export fn f(x: float32) -> (float32 -> float32) { exp }").summary(),
             "exported-function: `f` is exported, so an app calls it from C: it cannot return");
  // Nor does a function come back to itself through what is left out.
  EXPECT_HAS(
      Checked("fn f(x: float32, g: (float32 -> float32) = fn(y) { f(y) }) -> float32 { g(x) }\n"
              "fn h(x: float32) -> float32 { f(x) }")
          .summary(),
      "recursi");
  // One participant alone cannot take such a step.
  EXPECT_HAS(
      Checked(text + "fn f(m: float32[2]) -> float32[2] { averaging(train).next(m, m) }").summary(),
      "wrong-placement");
}

// RULE: S-function-type
TEST(FunctionValues, HaveOneTypeAtEachCall) {
  const std::string text =
      "type Step<M> = <rate=float32, step=(<M,M> -> M)>;\n"
      "fn sgd<M>(rate: float32) -> Step<M> { (rate=rate, step=fn(m, g) { m - rate * g }) }\n";
  EXPECT_EQ(Checked(text + "fn f(x: float32[2], y: float32[3]) -> float32[3] {\n"
                           "  let a = sgd(0.1).step(x, x); sgd(0.1).step(y, y) }")
                .summary(),
            "");
  EXPECT_HAS(Checked(text + "fn f(x: float32[2], y: float32[3]) -> float32[3] {\n"
                            "  let s = sgd(0.1); let a = s.step(x, x); s.step(y, y) }")
                 .summary(),
             "type-mismatch: argument 1 of the function is `float32[3]`, but `float32[2]`");
  EXPECT_HAS(Checked(text + "fn f(x: float32) -> float32 { let s: Step<float64> = sgd(0.1);\n"
                            "  s.step(x, x) }")
                 .summary(),
             "type-mismatch");
  EXPECT_HAS(Checked(text + "fn f(s: Step<float32>, x: float32) -> float32 { s.step(x, x) }\n"
                            "fn g(x: float32) -> float32 { f((step=add, rate=x), x) }")
                 .summary(),
             "field 0 is called `step`, not `rate`");
  EXPECT_HAS(
      Checked(text + "fn h(x: float32) -> float32 { x }\n"
                     "fn f(s: Step<float32>, x: float32) -> float32 { s.step(x, x) }\n"
                     "fn g(x: float32) -> float32 { f((x, h), x) }")
          .summary(),
      "type-mismatch: field `step` of argument `s` of `f` is the function `(float32 -> float32)`, "
      "but `(<float32,float32> -> float32)` is expected: it takes `float32`");
  // The gradient by the first of several parameters, where only a type says that they are several.
  EXPECT_EQ(Checked("fn f<M: float_tensors,B>(loss: (<M,B> -> float32), m: M, b: B) -> M {\n"
                    "  grad(loss)(m, b) }\n"
                    "fn g(m: float32[2], b: float32[2]) -> float32[2] { f(dot, m, b) }")
                .summary(),
            "");
}

// RULE: S-inlined-mistake
TEST(FunctionValues, AreWrongWhereTheyAreCalled) {
  const std::string text =
      "fn square(k: float32) -> <f=(float32[2,2] -> float32[2,2])> {\n"
      "  (f=fn(x) { matmul(x, x) * k },) }\n"
      "fn any<M>(k: float32) -> (M -> M) { fn(x) { matmul(x, x) } }\n";
  EXPECT_EQ(Checked(text + "fn f(x: float32[2,2]) -> float32[2,2] { square(2.0).f(x) }").summary(),
            "");
  const Checked c(text + "fn f(x: float32[2,3]) -> float32[2,3] { any(2.0)(x) }");
  EXPECT_HAS(
      c.errors(),
      "test.fed:4:41: error: in the function that `any` made, called here: `matmul` cannot take");
  EXPECT_HAS(c.errors(), "test.fed:3:45: note: it happens here");
  EXPECT_EQ(c.diagnostics.error_count(), 1);
  // Where its own types say all, a body is wrong without a call.
  EXPECT_HAS(Checked("fn f(k: float32) -> (float32 -> float32) { fn(x) { x + nothing } }").errors(),
             "test.fed:1:56: error: there is no value `nothing` here");
}

// RULE: S-compose
TEST(FunctionValues, AreComposed) {
  Checked c(R"(
fn half(x: float32) -> float32 { 0.5 * x }
fn f(x: float32) -> float32 { compose(exp, half)(x) }
fn g(x: float32[3]) -> int64 { compose(fn(y) { cast<int64>(y) }, reduce_sum)(x) }
fn h(x: {float32}@CLIENTS) -> {float32}@CLIENTS { federated_map(compose(half, compose(exp, half)), x) }
)");
  EXPECT_EQ(c.errors(), "");
  EXPECT_HAS(Checked("fn f(x: float32) -> float32 { compose(matmul, exp)(x) }").summary(),
             "in the function that `compose` made, called here:");
}

// RULE: S-custom-gradient
TEST(FunctionValues, HaveGradientsOfTheirOwn) {
  const std::string start =
      "type M = <a=float32[2],b=float32>;\n"
      "fn f(m: M) -> float32 { custom_gradient(fn(m) { reduce_sum(m.a) * m.b }, ";
  EXPECT_EQ(Checked(start + "fn(m, g) { g * m }, m) }").summary(), "");
  EXPECT_HAS(Checked(start + "fn(m, g) { g }, m) }").summary(),
             "type-mismatch: the value of the function given to `custom_gradient`");
  EXPECT_HAS(Checked("fn f(n: int32) -> int32 { custom_gradient(fn(n) { n }, fn(n, g) { g }, n) }")
                 .summary(),
             "constraint-not-met");
}

// RULE: T-fields
TEST(Fields, AreGivenToAFunction) {
  Checked c(R"(
type Model = <w=float32[3,2],layer=<b=float64[2],n=int32>>;
fn twice<T: numeric_tensors>(x: T) -> T { x + x }
fn f(m: Model) -> Model { map_fields(twice, m) }
fn g(m: Model) -> <w=int64,layer=<b=int64,n=int64>> { map_fields(fn(x) { reduce_sum(cast<int64>(x)) }, m) }
fn h(m: Model) -> <w=float32[3,2],layer=<b=float32[2],n=float32>> {
  zip_fields(fn(x, y) { cast<float32>(x) * y }, m, 2.0)
}
fn i(x: float32[2], s: float32*) -> float32 {
  let p = map_fields(fn(q) { sequence_sum(q) }, (s, sequence_map(exp, s)));
  reduce_sum(map_fields(exp, x)) + p.0 + p.1
}
fn j(m: {Model}@CLIENTS) -> {Model}@CLIENTS { federated_map(fn(x) { zip_fields(add, x, map_fields(twice, x)) }, m) }
)");
  EXPECT_EQ(c.errors(), "");
  EXPECT_HAS(c.function("f"), "w=twice.float32_3_2(m.w)");
  const std::string model = "type M = <w=float32[3],b=<c=float32,d=int32>>;\n";
  EXPECT_HAS(Checked(model + "fn f(m: M) -> M { map_fields(exp, m) }").errors(),
             "note: this is for field `b.d`");
  EXPECT_HAS(Checked(model + "fn f(m: M) -> M { zip_fields(add, m, (b=1.0, w=m.w)) }").summary(),
             "type-mismatch: `zip_fields` takes structs with the same fields, not");
  EXPECT_HAS(Checked(model + "fn f(m: M) -> M { map_fields(fn(x) { exp }, m) }").summary(),
             "function-value");
  EXPECT_HAS(Checked(model + "fn f(m: M@SERVER) -> M@SERVER { map_fields(exp, m) }").summary(),
             "wrong-placement: `map_fields` is given");
}

// RULE: T-type-arguments
TEST(Types, TakeArguments) {
  Checked c(R"(
type Pair<T> = <a=T,b=T>;
type Row<E: float, n: dim> = E[n];
type Both<T> = Pair<Pair<T>>;
fn f(x: Both<float32>, y: Row<float64, 3>) -> float32 { x.a.b }
fn g<T: float>(x: Pair<T>) -> T { x.a + x.b }
fn h(x: Pair<float64>) -> float64 { g(x) }
fn zero() -> Pair<int32> { zeros<Pair<int32>>() }
)");
  EXPECT_HAS(c.text(), "x: <a=<a=float32,b=float32>,b=<a=float32,b=float32>>, y: float64[3]");
  const std::string pair = "type Pair<T: float> = <T,T>;\n";
  EXPECT_HAS(Checked(pair + "fn f(x: Pair) -> float32 { x.0 }").summary(),
             "type-arguments: type `Pair` takes 1 type argument, not 0");
  EXPECT_HAS(Checked(pair + "fn f(x: Pair<float32,float32>) -> float32 { x.0 }").summary(),
             "type-arguments: type `Pair` takes 1 type argument, not 2");
  EXPECT_HAS(Checked(pair + "fn f(x: Pair<int32>) -> int32 { x.0 }").summary(),
             "constraint-not-met: `Pair` wants a floating-point scalar for `T`, not `int32`");
  EXPECT_HAS(Checked("fn f(x: float32<int32>) -> float32 { x }").summary(),
             "type-arguments: `float32` takes no type arguments");
  EXPECT_HAS(Checked("type A<T> = <x=A<T>>;").summary(),
             "cyclic-definition: type `A` contains itself");
}

}  // namespace
}  // namespace fedc
