// Rules of specialisation, federated values and processes.
#include <gtest/gtest.h>

#include "compiler/check/testing.h"

namespace fedc {
namespace {

using testing::Checked;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
#define EXPECT_HAS(text, part) EXPECT_TRUE(has(text, part)) << text

// RULE: S-function-argument
// RULE: S-capture
TEST(Specialise, FunctionArgumentsAndTheirCaptures) {
  Checked c(R"(
fn twice<T>(f: (T -> T), x: T) -> T { f(f(x)) }
fn negated(x: float32) -> float32 { -x }
fn f(x: float32, y: float32) -> float32 {
  let plus = fn(v) { v + y };
  twice(fn(v) { plus(v) * y }, x) + twice(negated, x)
}
)");
  EXPECT_HAS(c.text(), "fn f.fn.1(v: float32, y: float32) -> float32 {\n  add(v, y):float32\n}");
  EXPECT_HAS(c.text(),
             "fn twice.float32(x: float32, y: float32) -> float32 {\n"
             "  f.fn(f.fn(x, y), y)\n}");
  EXPECT_HAS(c.function("f"), "add(twice.float32(x, y), twice.float32.1(x)):float32");
}

// RULE: S-generic
TEST(Specialise, Generics) {
  Checked c(R"(
fn scale<T: float>(x: T, k: float32) -> T { x * cast<T>(k) }
fn dot3<n: dim>(x: float32[n], y: float32[n]) -> float32 { dot(x, y) * n }
fn f(x: float32, y: float64) -> float64 { let z = scale(x, 2.0); scale(y, 3.0) + scale(1.5, 1) }
fn g(x: float32[4]) -> float32 { dot3(x, x) }
)");
  EXPECT_HAS(c.text(), "fn scale.float32(x: float32, k: float32)");
  EXPECT_HAS(c.function("f"),
             "add(scale.float64(y, 3:float32), scale.float64(1.5:float64, 1:float32))");
  EXPECT_HAS(c.function("dot3.4"), "4:float32");
  // Told where it is called, with a note in the body.
  Checked bad("fn f<T>(x: T) -> T { exp(x) }\nfn g(x: int32) -> int32 { f(x) }");
  EXPECT_HAS(bad.errors(), "test.fed:2:27: error: in `f` called here");
  EXPECT_HAS(bad.errors(), "test.fed:1:22: note: it happens here, with `T=int32`");
}

// RULE: S-no-recursion
TEST(Specialise, NoRecursion) {
  EXPECT_HAS(Checked("fn f(x: int32) -> int32 { g(x) }\nfn g(x: int32) -> int32 { h(x) }\n"
                     "fn h(x: int32) -> int32 { f(x) }")
                 .summary(),
             "`h` -> `f` -> `g` -> `h`");
  EXPECT_HAS(
      Checked("fn f<T>(x: T) -> T { let y = f((x, x)); x }\nfn g(x: int32) -> int32 { f(x) }")
          .summary(),
      "`f` -> `f`");
  EXPECT_EQ(Checked("fn twice(f: (int32 -> int32), x: int32) -> int32 { f(f(x)) }\n"
                    "fn g(x: int32) -> int32 { twice(fn(y) { twice(fn(z) { z + y }, y) }, x) }")
                .summary(),
            "");
}

// RULE: S-differentiate-first
TEST(Specialise, Gradients) {
  Checked c(R"(
type M = <w=float32[3],b=float32>;
fn loss(m: M, x: float32[3], label: int32) -> float32 { dot(m.w, x) + m.b * cast<float32>(label) }
fn f(m: M, x: float32[3]) -> <value=float32,gradient=M> { value_and_grad(loss)(m, x, 3) }
fn g(x: float32, k: float32) -> float32 { grad(fn(y) { y * y * k })(x) }
)");
  EXPECT_HAS(c.function("f"), "loss(%0, %1, %2)");
  EXPECT_HAS(c.function("f"), ", m, x, 3:int32):<value=float32,gradient=<w=float32[3],b=float32>>");
  EXPECT_HAS(c.function("g"), "grad(fn(y: float32)");
  EXPECT_HAS(Checked("fn f(x: int32) -> int32 { grad(fn(y) { y * y })(x) }").summary(),
             "a gradient is by floating-point numbers");
}

// RULE: F-all-equal
// RULE: F-zip
// RULE: F-select
TEST(Federated, ZipAndSelect) {
  Checked c(R"(
fn pair(a: float32, b: int32) -> <s=float32,n=int32> { (s=a, n=b) }
fn f(x: float32@SERVER, y: {int32}@CLIENTS) -> int32@SERVER {
  let r = federated_map(pair, (federated_broadcast(x), y));
  let z = federated_map(fn(v) { v + 1 }, federated_broadcast(x));
  federated_sum(r.n)
}
)");
  EXPECT_HAS(c.function("f"),
             "coerce<{<float32,int32>}@CLIENTS>((federated_broadcast(x):float32@CLIENTS, y))");
  EXPECT_HAS(c.function("f"), "coerce<{float32}@CLIENTS>(federated_broadcast(x)");
  EXPECT_HAS(c.function("f"), "federated_sum(r.n):int32@SERVER");
}

// RULE: F-operator
TEST(Federated, OperatorsAreMapped) {
  Checked c("fn f(x: float32@SERVER, y: float32@SERVER) -> float32@SERVER { x + y * 2 }");
  EXPECT_HAS(c.function("f"), "add(%0.0, %0.1):float32");
  EXPECT_HAS(Checked("fn f(x: float32@SERVER, y: {float32}@CLIENTS) -> {float32}@CLIENTS { x + y }")
                 .summary(),
             "wrong-placement");
}

// RULE: F-operation
TEST(Federated, OperationsAreMapped) {
  Checked c(R"(
fn f(x: {float32}@CLIENTS) -> float64@SERVER { cast<float64>(federated_sum(x)) }
fn g(x: float32[2,3]@SERVER, y: float32[3]@SERVER) -> float32[3]@SERVER {
  maximum(reduce_sum(x, axes=0), clamp(0.0, y, 1.0))
}
fn h(data: {float32*}@CLIENTS) -> {float32}@CLIENTS { sequence_sum(sequence_take(data, 3)) }
fn zip(x: {float32[2]}@CLIENTS) -> {float32[4]}@CLIENTS { concatenate((x, x), axis=0) }
)");
  EXPECT_HAS(c.function("f"), "federated_map(fn(%0: float32)");
  EXPECT_HAS(c.function("f"), "):float64@SERVER");
  EXPECT_HAS(c.function("g"), "clamp(%t, %0'2, %t'1):float32[3]");
  EXPECT_HAS(c.function("h"), "sequence_sum(%0):float32");
  EXPECT_HAS(Checked("fn f(x: float32@SERVER, y: {float32}@CLIENTS) -> {float32}@CLIENTS {\n"
                     "  maximum(x, y)\n}")
                 .summary(),
             "wrong-placement: `maximum` between a value at SERVER and one at CLIENTS");
  // A mistake within is shown as one of the operation.
  EXPECT_HAS(Checked("fn f(x: bool@SERVER) -> bool@SERVER { exp(x) }").summary(),
             "constraint-not-met: `exp` wants");
}

TEST(Federated, HintsWhereAStructOfOneIsExpected) {
  EXPECT_HAS(
      Checked("fn f(x: {float32}@CLIENTS) -> <float32@SERVER> { (federated_mean(x)) }").errors(),
      "hint: a struct of one is written `(federated_mean(x),)`");
  EXPECT_HAS(Checked("fn f(x: int32) -> <total=int32> { x }").errors(),
             "hint: a struct of one is written `(total=x,)`");
}

TEST(Federated, HintsAtStepsThatAreRepeated) {
  const std::string hint = "hint: repeat a federated step by";
  EXPECT_HAS(Checked("fn step(x: float32@SERVER) -> float32@SERVER { x + 1.0 }\n"
                     "fn f(x: float32@SERVER, s: int32*) -> float32@SERVER {\n"
                     "  let y = sequence_reduce(s, 0.0, fn(a, k) { step(x) });\n  x\n}")
                 .errors(),
             hint);
  // What runs in a function that a client is given is another matter.
  EXPECT_HAS(Checked("fn f(x: {float32*}@CLIENTS, t: float32@SERVER) -> {float32}@CLIENTS {\n"
                     "  federated_map(fn(s) { sequence_reduce(s, 0.0, fn(a, v) { a + t }) }, x)\n}")
                 .errors(),
             "hint: give it to the operation as part of its argument: `(x, t)`");
}

// RULE: F-local-function
TEST(Federated, MappedFunctionsAreLocal) {
  EXPECT_HAS(Checked("fn f(x: {float32}@CLIENTS, t: float32@SERVER) -> {float32}@CLIENTS {\n"
                     "  federated_map(fn(v) { v * t }, x)\n}")
                 .summary(),
             "federated-in-local: `t` is federated");
  EXPECT_HAS(
      Checked("fn f(x: float32) -> float32 { let y = federated_value(x, SERVER); x }").summary(),
      "federated-in-local");
  // What has no placement may be captured.
  EXPECT_EQ(Checked("fn f(x: {float32}@CLIENTS) -> {float32}@CLIENTS { let k = 2.0;\n"
                    "  federated_map(fn(v) { v * k }, x)\n}")
                .summary(),
            "");
}

// RULE: F-under-if
TEST(Federated, NotUnderIf) {
  EXPECT_HAS(Checked("fn f(x: {float32}@CLIENTS, c: bool) -> float32@SERVER {\n"
                     "  if c { federated_sum(x) } else { federated_max(x) }\n}")
                 .summary(),
             "federated-under-if");
}

// RULE: F-mean-integers
TEST(Federated, MeanOfIntegers) {
  EXPECT_HAS(Checked("fn f(x: {int32}@CLIENTS) -> int32@SERVER { federated_mean(x) }").errors(),
             "cast<float32>(x)");
}

// RULE: F-known-dims
TEST(Federated, AggregationWantsKnownDimensions) {
  EXPECT_HAS(
      Checked("fn f(x: {float32[?<=3]}@CLIENTS) -> float32[?<=3]@SERVER { federated_sum(x) }")
          .summary(),
      "unknown-dims-aggregate");
}

// RULE: F-bound
TEST(Federated, EntriesHaveBounds) {
  EXPECT_HAS(Checked("fn f(x: {float32[?]}@CLIENTS) -> {float32[?]}@CLIENTS { x }").summary(),
             "bound-required");
  EXPECT_EQ(Checked("fn f(x: float32[?]) -> float32 { reduce_sum(x) }").summary(), "");
}

// RULE: F-eval
TEST(Federated, EvalIsComputedAtAPlacement) {
  Checked c(R"(
fn start() -> float32[2] { ones() }
fn f() -> float32[2]@SERVER { federated_eval(start, SERVER) }
fn g(x: {float32[2]}@CLIENTS) -> {float32[2]}@CLIENTS { x + federated_eval(fn() { start() }, CLIENTS) }
)");
  EXPECT_EQ(c.errors(), "");
  EXPECT_HAS(c.function("f"), "federated_map");
  EXPECT_HAS(Checked("fn f() -> float32@SERVER { federated_eval(fn(x) { x }, SERVER) }").summary(),
             "argument-count");
  EXPECT_HAS(
      Checked("fn f() -> float32@CLIENTS { federated_eval(fn() { 1.0 }, CLIENTS) }").summary(),
      "wrong-placement");
}

// RULE: F-fold
TEST(Federated, Fold) {
  const auto folded = [](const std::string& count, const std::string& step) {
    return Checked("fn f(x: {float32}@CLIENTS) -> float32@SERVER { fold(" + count +
                   ", federated_sum(x), " + step + ") }\n" +
                   "fn g(i: int64, s: float32@SERVER) -> float32@SERVER { s + cast<float32>(i) }");
  };
  const std::string mean = "fn(_, s) { federated_mean(federated_broadcast(s)) }";
  EXPECT_EQ(folded("3", mean).summary(), "");
  EXPECT_EQ(folded("64", "g").summary(), "");
  EXPECT_EQ(folded("0", mean).summary(), "");
  EXPECT_HAS(folded("65", mean).summary(), "instantiation-limit");
  EXPECT_HAS(folded("-1", mean).summary(), "instantiation-limit");
  EXPECT_HAS(folded("federated_sum(x)", mean).summary(), "not-constant");
  // The state keeps its type and its place.
  EXPECT_HAS(folded("3", "fn(_, s) { federated_broadcast(s) }").errors(), "next state of `fold`");
}

// RULE: F-entry
TEST(Federated, Entries) {
  Checked c(R"(
fn average(x: {float32}@CLIENTS) -> float32@SERVER { federated_mean(x) }
fn helper(x: {float32}@CLIENTS, k: float32) -> float32@SERVER { federated_mean(x, if_empty=k) }
fn local(x: float32) -> float32 { x }
export fn predict(x: float32) -> float32 { local(x) }
)");
  EXPECT_HAS(c.text(), "entry average one_shot\nentry predict export\n");
  EXPECT_FALSE(has(c.text(), "entry helper"));
}

// RULE: F-own-data
TEST(Federated, DataIsEachClientsOwn) {
  EXPECT_HAS(Checked("fn f(x: float32*@CLIENTS) -> float32@SERVER { federated_value(0.0, SERVER) }")
                 .errors(),
             "hint: write `x: {float32*}@CLIENTS`\n");
  EXPECT_HAS(Checked(R"(
process p {
  initialize() -> float32@SERVER { federated_value(0.0, SERVER) }
  next(s: float32@SERVER, x: float32@CLIENTS) -> <state=float32@SERVER> { (state=s,) }
}
)")
                 .errors(),
             "hint: write `x: {float32}@CLIENTS`\n");
  // One value may be the same for all.
  EXPECT_EQ(Checked("fn f(x: float32@CLIENTS) -> float32@SERVER { federated_sum(x) }").errors(),
            "");
}

// RULE: F-export
TEST(Federated, Exports) {
  EXPECT_EQ(
      Checked("export fn f(x: float32[?<=3], xs: <v=float32[2],n=int32>*) -> <y=float32[?<=3]> "
              "{ (y=x,) }")
          .summary(),
      "");
  EXPECT_HAS(
      Checked("export fn f(x: {float32}@CLIENTS) -> float32@SERVER { federated_sum(x) }").errors(),
      "drop `export`");
  EXPECT_HAS(Checked("export fn f<n: dim>(x: float32[n]) -> float32 { reduce_sum(x) }").summary(),
             "exported-function");
  EXPECT_HAS(Checked("export fn f(g: (float32 -> float32)) -> float32 { g(1.0) }").summary(),
             "exported-function");
  EXPECT_HAS(Checked("export fn f(x: float32*) -> float32* { x }").summary(), "exported-function");
  EXPECT_HAS(Checked("export fn f(x: float32[?]) -> float32 { reduce_sum(x) }").summary(),
             "bound-required");
}

TEST(Federated, EveryIntrinsic) {
  Checked c(R"(
type T = <a=float32,n=int64>;
fn f(x: {T}@CLIENTS, keys: {int32[4]}@CLIENTS, rows: float32[9,2]@SERVER)
    -> <float32@SERVER,int64@SERVER,{float32[2]*}@CLIENTS,int64@SERVER,int64@SERVER,int64@SERVER> {
  let m = federated_aggregate(x, (s=0.0, n=0), fn(a, v) { (s=a.s + v.a, n=a.n + v.n) },
                              fn(a, b) { (s=a.s + b.s, n=a.n + b.n) }, fn(a) { a.s / cast<float32>(a.n) });
  let rows_of = federated_select(keys, 8, rows, fn(db, k) { reduce_sum(db, axes=(0,)) + cast<float32>(k) });
  let z = federated_zip((x.a, x.n));
  (m, federated_sum(x.n), rows_of, federated_secure_sum(x.n, max=100),
   federated_secure_sum_bitwidth(x.n, 7), federated_secure_modular_sum(x.n, 1024))
}
)");
  EXPECT_EQ(c.summary(), "");
}

TEST(Federated, WhatAMeanOfNobodyIs) {
  const auto mean = [](const std::string& if_empty) {
    return Checked(
               "type T = <a=float16,b=float64[2]>;\n"
               "fn f(x: {T}@CLIENTS, s: T@SERVER, apart: <a=float16@SERVER,b=float64[2]@SERVER>,\n"
               "     k: float64@SERVER, v: T) -> T@SERVER { federated_mean(x, if_empty=" +
               if_empty + ") }")
        .summary();
  };
  for (const char* good : {"zeros<T>()", "v", "s", "apart", "(a=1.0, b=v.b)"}) {
    EXPECT_EQ(mean(good), "") << good;
  }
  EXPECT_HAS(mean("x"), "wrong-placement");
  EXPECT_HAS(mean("k"), "argument `if_empty` of `federated_mean`");
  EXPECT_HAS(mean("1.0"), "argument `if_empty` of `federated_mean`");
  EXPECT_HAS(mean("(a=s.a, b=v.b)"), "argument `if_empty` of `federated_mean`");
}

// RULE: P-limit
TEST(Process, Limits) {
  EXPECT_EQ(Checked("limit client.arena <= 2MiB, client.up <= 100, server.code <= 1GiB;\n"
                    "fn f(x: {float32}@CLIENTS) -> float32@SERVER { federated_mean(x) }")
                .summary(),
            "");
  EXPECT_HAS(Checked("limit client.areno <= 2MiB;").summary(),
             "unknown-name: nothing that can be limited is called `client.areno`");
  EXPECT_HAS(Checked("limit server.up <= 2MiB;").summary(),
             "unknown-name: nothing that can be limited is called `server.up`");
}

// RULE: P-members
// RULE: P-state
TEST(Process, MembersAndState) {
  Checked c(R"(
process p {
  initialize() -> float32@SERVER { federated_value(0.0, SERVER) }
  next(s: float32@SERVER, x: {float32}@CLIENTS) -> <state=float32@SERVER,metrics=<sum=float32@SERVER>> {
    let sum = federated_sum(x);
    (state=s + sum, metrics=(sum=sum,))
  }
  evaluate(s: float32@SERVER, x: {float32}@CLIENTS) -> <m=float32@SERVER> { (m=federated_mean(x),) }
}
)");
  EXPECT_HAS(c.text(),
             "entry p.initialize initialize\nentry p.next next\nentry p.evaluate evaluate\n");
  EXPECT_HAS(Checked("process p { initialize() -> int32@SERVER { federated_value(0, SERVER) } }")
                 .summary(),
             "process-type: process `p` has no `next`");
  EXPECT_HAS(Checked("process p {\n"
                     "  initialize() -> int32@SERVER { federated_value(0, SERVER) }\n"
                     "  next(s: int64@SERVER) -> <state=int64@SERVER> { (state=s,) }\n}")
                 .summary(),
             "process-type: the first parameter of `next` is the state that `initialize` makes");
}

// RULE: P-client-state
TEST(Process, ClientState) {
  Checked c(R"(
process p {
  initialize() -> float32@SERVER { federated_value(0.0, SERVER) }
  client_state() -> int64 { 0 }
  next(s: float32@SERVER, x: {float32}@CLIENTS, rounds: {int64}@CLIENTS)
      -> <state=float32@SERVER,client_state={int64}@CLIENTS> {
    (state=federated_mean(x), client_state=federated_map(fn(n) { n + 1 }, rounds))
  }
}
)");
  EXPECT_HAS(c.text(), "entry p.client_state client_state\nentry p.next next client_state=2\n");
  EXPECT_HAS(Checked("process p {\n"
                     "  initialize() -> int32@SERVER { federated_value(0, SERVER) }\n"
                     "  client_state() -> int64 { 0 }\n"
                     "  next(s: int32@SERVER) -> <state=int32@SERVER> { (state=s,) }\n}")
                 .summary(),
             "process-type: `next` must take the clients' state");
}

}  // namespace
}  // namespace fedc
