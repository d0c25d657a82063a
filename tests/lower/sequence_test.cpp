// Sequences in compiled phases: stages, nested passes, buffers, and what the host may do wrong.
#include <gtest/gtest.h>

#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::Element;
using fedrt::ElementType;
using fedrt::Tensor;

Tensor numbers(std::vector<int64_t> dims, float first) {
  Tensor tensor = Tensor::zeros(ElementType::kFloat32, std::move(dims));
  for (float& x : tensor.as<float>()) x = first, first = first * 1.25f + 0.5f;
  return tensor;
}

// n elements: a vector of 3 and a number.
LeafValue pairs(int n) {
  LeafValue value;
  for (int i = 0; i < n; ++i)
    value.elements.push_back({numbers({3}, i + 0.1f), Tensor::scalar<int32_t>(i + 1)});
  return value;
}
LeafValue leaf(Tensor tensor) { return {std::move(tensor), {}}; }

const char* kSum = R"(
  %init = local.constant dense<0.0> : tensor<3xf32>
  %zero = local.constant dense<0> : tensor<i32>
  %r:2 = local.sequence_reduce %q init(%init, %zero : tensor<3xf32>, tensor<i32>) : !s -> tensor<3xf32>, tensor<i32> {
  ^bb0(%a: tensor<3xf32>, %n: tensor<i32>, %v: tensor<3xf32>, %i: tensor<i32>):
    %half = local.constant dense<0.5> : tensor<3xf32>
    %b = local.multiply %a, %half : tensor<3xf32>
    %c = local.add %b, %v : tensor<3xf32>
    %ten = local.constant dense<10> : tensor<i32>
    %m = local.multiply %n, %ten : tensor<i32>
    %k = local.add %m, %i : tensor<i32>
    local.yield %c, %k : tensor<3xf32>, tensor<i32>
  }
  return %r#0, %r#1 : tensor<3xf32>, tensor<i32>
})";

// A stage between the argument %s and the reduction of %q.
std::string with_stage(const std::string& stage) {
  return "!s = !local.sequence<[tensor<3xf32>, tensor<i32>]>\n"
         "func.func @f(%s: !s, %count: tensor<i64>) -> (tensor<3xf32>, tensor<i32>) {\n" +
         stage + kSum;
}

std::vector<std::vector<LeafValue>> runs(std::vector<int64_t> counts) {
  std::vector<std::vector<LeafValue>> result;
  for (int n : {0, 1, 4})
    for (int64_t count : counts) result.push_back({pairs(n), leaf(Tensor::scalar(count))});
  return result;
}

// What the steps of a reduction note, and more elements than there may be.
TEST(Sequence, Notes) {
  for (int most : {0, 1, 3, 4, 7}) {
    const std::string n = std::to_string(most);
    expect_same(R"(
!s = !local.sequence<[tensor<3xf32>, tensor<i32>]>
func.func @f(%s: !s, %count: tensor<i64>) -> (tensor<i32>, tensor<)" +
                    n + "x3xf32>, tensor<" + n + R"(xi32>) {
  %q = local.sequence_skip %s, %count : !s
  %zero = local.constant dense<0> : tensor<i32>
  %r:3 = local.sequence_reduce %q at_most = )" +
                    n + R"( init(%zero : tensor<i32>) : !s -> tensor<i32>, tensor<)" + n +
                    "x3xf32>, tensor<" + n + R"(xi32> {
  ^bb0(%n: tensor<i32>, %v: tensor<3xf32>, %i: tensor<i32>):
    %half = local.constant dense<0.5> : tensor<3xf32>
    %b = local.multiply %v, %half : tensor<3xf32>
    %k = local.add %n, %i : tensor<i32>
    local.yield %k, %b, %n : tensor<i32>, tensor<3xf32>, tensor<i32>
  }
  return %r#0, %r#1, %r#2 : tensor<i32>, tensor<)" +
                    n + "x3xf32>, tensor<" + n + "xi32>\n}",
                runs({0, 1, 5}));
  }
}

// Rows of tensors are elements like any others; of no rows there are none.
TEST(Sequence, Rows) {
  const std::string text = R"(
func.func @f(%x: tensor<NUMBERx3xf32>, %y: tensor<NUMBERxi32>) -> (tensor<3xf32>, tensor<i32>) {
  %rows = local.sequence_rows %x, %y : (tensor<NUMBERx3xf32>, tensor<NUMBERxi32>) -> !s
  %two = local.constant dense<2> : tensor<i64>
  %q = local.sequence_repeat %rows, %two : !s)";
  for (int64_t count : {0, 1, 5}) {
    std::string made = "!s = !local.sequence<[tensor<3xf32>, tensor<i32>]>\n" + text + kSum;
    for (size_t at; (at = made.find("NUMBER")) != std::string::npos;)
      made.replace(at, 6, std::to_string(count));
    Tensor labels = Tensor::zeros(ElementType::kInt32, {count});
    for (int32_t i = 0; i < count; ++i) labels.as<int32_t>()[i] = i - 2;
    expect_same(made, {{leaf(numbers({count, 3}, 0.1f)), leaf(labels)}});
  }
}

// Elements that have a dimension of size 0, and rows and batches of them.
TEST(Sequence, ElementsWithoutElements) {
  const std::string text = R"(
!s = !local.sequence<[tensor<2x0xf32>, tensor<i32>]>
!b = !local.sequence<[tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>, tensor<?xi32, #local.bounds<[3]>>]>
!w = !local.sequence<[tensor<3x2x0xf32>, tensor<3xi32>]>
func.func @f(%s: !s) -> (tensor<2x0xf32>, tensor<i32>, tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>, tensor<i32>) {
  %b = local.sequence_batch %s size = 3 : !s -> !b
  %w = local.sequence_batch %s size = 3 drop_remainder : !s -> !w
  %z = local.constant dense<0.0> : tensor<2x0xf32>
  %n = local.constant dense<0> : tensor<i32>
  %t = local.constant dense<0.0> : tensor<1x2x0xf32>
  %u = local.cast %t : tensor<1x2x0xf32> -> tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>
  %r:3 = local.sequence_reduce %b init(%z, %n, %u : tensor<2x0xf32>, tensor<i32>, tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>) : !b -> tensor<2x0xf32>, tensor<i32>, tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>> {
  ^bb0(%a: tensor<2x0xf32>, %c: tensor<i32>, %l: tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>, %v: tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>, %k: tensor<?xi32, #local.bounds<[3]>>):
    %sum = local.reduce sum %v dims = [0] : tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>> -> tensor<2x0xf32>
    %d = local.add %a, %sum : tensor<2x0xf32>
    %ks = local.reduce sum %k dims = [0] : tensor<?xi32, #local.bounds<[3]>> -> tensor<i32>
    %e = local.add %c, %ks : tensor<i32>
    %neg = local.negate %v : tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>
    local.yield %d, %e, %neg : tensor<2x0xf32>, tensor<i32>, tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>
  }
  %m = local.sequence_reduce %w init(%n : tensor<i32>) : !w -> tensor<i32> {
  ^bb0(%c: tensor<i32>, %v: tensor<3x2x0xf32>, %k: tensor<3xi32>):
    %rows = local.sequence_rows %v, %k : (tensor<3x2x0xf32>, tensor<3xi32>) -> !s
    %e = local.sequence_reduce %rows init(%c : tensor<i32>) : !s -> tensor<i32> {
    ^bb0(%p: tensor<i32>, %q: tensor<2x0xf32>, %x: tensor<i32>):
      %y = local.add %p, %x : tensor<i32>
      local.yield %y : tensor<i32>
    }
    local.yield %e : tensor<i32>
  }
  return %r#0, %r#1, %r#2, %m : tensor<2x0xf32>, tensor<i32>, tensor<?x2x0xf32, #local.bounds<[3, -1, -1]>>, tensor<i32>
})";
  std::vector<std::vector<LeafValue>> runs;
  for (int32_t count : {0, 2, 3, 7}) {
    LeafValue value;
    for (int32_t i = 0; i < count; ++i)
      value.elements.push_back(
          {Tensor::zeros(ElementType::kFloat32, {2, 0}), Tensor::scalar<int32_t>(10 + i)});
    runs.push_back({value});
  }
  expect_same(text, runs);
}

TEST(Sequence, TakeRepeatMap) {
  expect_same(with_stage("%q = local.sequence_take %s, %count : !s"), runs({-1, 0, 2, 9}));
  expect_same(with_stage("%q = local.sequence_repeat %s, %count : !s"), runs({-1, 0, 1, 3}));
  expect_same(with_stage(R"(
    %t = local.sequence_take %s, %count : !s
    %u = local.sequence_repeat %t, %count : !s
    %q = local.sequence_map %u : !s -> !s {
    ^bb0(%v: tensor<3xf32>, %i: tensor<i32>):
      %w = local.add %v, %v : tensor<3xf32>
      %c = local.convert %count : tensor<i64> -> tensor<i32>
      %j = local.add %i, %c : tensor<i32>
      local.yield %w, %j : tensor<3xf32>, tensor<i32>
    })"),
              runs({0, 2, 3}));
  expect_same(with_stage(R"(
    %t = local.sequence_repeat %s, %count : !s
    %five = local.constant dense<5> : tensor<i64>
    %u = local.sequence_take %t, %five : !s
    %q = local.sequence_repeat %u, %count : !s)"),
              runs({0, 2, 3}));
}

// %c: whether the number is odd.
const std::string kOdd = R"(
    %two = local.constant dense<2> : tensor<i32>
    %left = local.remainder %i, %two : tensor<i32>
    %none = local.constant dense<0> : tensor<i32>
    %c = local.compare NE, %left, %none : tensor<i32> -> tensor<i1>
    local.yield %c : tensor<i1>
  })";

TEST(Sequence, SkipAndFilter) {
  expect_same(with_stage("%q = local.sequence_skip %s, %count : !s"), runs({-1, 0, 2, 9}));
  expect_same(with_stage("%q = local.sequence_filter %s : !s {\n"
                         "^bb0(%v: tensor<3xf32>, %i: tensor<i32>):" +
                         kOdd),
              runs({0}));
  // Of what is computed: the element is kept. Inside of other stages.
  expect_same(with_stage(R"(
    %mm = local.sequence_map %s : !s -> !s {
    ^bb0(%v: tensor<3xf32>, %i: tensor<i32>):
      %w = local.add %v, %v : tensor<3xf32>
      %j = local.add %i, %i : tensor<i32>
      %one = local.constant dense<1> : tensor<i32>
      %k = local.subtract %j, %one : tensor<i32>
      local.yield %w, %k : tensor<3xf32>, tensor<i32>
    }
    %kk = local.sequence_skip %mm, %count : !s
    %f = local.sequence_filter %kk : !s {
    ^bb0(%v: tensor<3xf32>, %i: tensor<i32>):)" +
                         kOdd + R"(
    %rr = local.sequence_repeat %f, %count : !s
    %q = local.sequence_filter %rr : !s {
    ^bb0(%v: tensor<3xf32>, %i: tensor<i32>):
      %three = local.constant dense<3> : tensor<i32>
      %c = local.compare NE, %i, %three : tensor<i32> -> tensor<i1>
      local.yield %c : tensor<i1>
    })"),
              runs({0, 1, 2, 9}));
}

TEST(Sequence, ZipEnumerateConcatenate) {
  const std::string zip = R"(
    %t = local.sequence_skip %s, %count : !s
    %z = local.sequence_zip %t, %s : !s, !s -> !local.sequence<[tensor<3xf32>, tensor<i32>, tensor<3xf32>, tensor<i32>]>
    %e = local.sequence_enumerate %z : !local.sequence<[tensor<3xf32>, tensor<i32>, tensor<3xf32>, tensor<i32>]>
      -> !local.sequence<[tensor<i64>, tensor<3xf32>, tensor<i32>, tensor<3xf32>, tensor<i32>]>
    %mm = local.sequence_map %e : !local.sequence<[tensor<i64>, tensor<3xf32>, tensor<i32>, tensor<3xf32>, tensor<i32>]> -> !s {
    ^bb0(%n: tensor<i64>, %v: tensor<3xf32>, %i: tensor<i32>, %w: tensor<3xf32>, %j: tensor<i32>):
      %p = local.multiply %v, %w : tensor<3xf32>
      %a = local.multiply %i, %j : tensor<i32>
      %b = local.convert %n : tensor<i64> -> tensor<i32>
      %d = local.add %a, %b : tensor<i32>
      local.yield %p, %d : tensor<3xf32>, tensor<i32>
    }
)";
  expect_same(with_stage(zip + "%q = local.sequence_repeat %mm, %count : !s"), runs({0, 1, 2, 5}));
  expect_same(with_stage(zip + "%q = local.sequence_concatenate %mm, %s : !s"), runs({0, 1, 5}));
  // What is joined differs from pass to pass and is filtered, repeated and batched.
  expect_same(with_stage(zip + R"(
    %j = local.sequence_concatenate %s, %mm : !s
    %f = local.sequence_filter %j : !s {
    ^bb0(%v: tensor<3xf32>, %i: tensor<i32>):)" +
                         kOdd + R"(
    %rr = local.sequence_repeat %f, %count : !s
    %g = local.sequence_batch %rr size = 2 drop_remainder : !s -> !local.sequence<[tensor<2x3xf32>, tensor<2xi32>]>
    %q = local.sequence_map %g : !local.sequence<[tensor<2x3xf32>, tensor<2xi32>]> -> !s {
    ^bb0(%v: tensor<2x3xf32>, %i: tensor<2xi32>):
      %w = local.reduce max %v dims = [0] : tensor<2x3xf32> -> tensor<3xf32>
      %k = local.reduce sum %i dims = [0] : tensor<2xi32> -> tensor<i32>
      local.yield %w, %k : tensor<3xf32>, tensor<i32>
    })"),
              runs({0, 1, 2}));
}

TEST(Sequence, RepeatingNothingEnds) {
  auto compiled = Compiled::of_function(with_stage("%q = local.sequence_repeat %s, %count : !s"));
  ASSERT_TRUE(compiled);
  EXPECT_EQ(compiled->run({pairs(0), leaf(Tensor::scalar(int64_t{1} << 60))}).error.status, FED_OK);
}

TEST(Sequence, Batch) {
  for (const std::string drop : {"", "drop_remainder"}) {
    std::string size = drop.empty() ? "?" : "4",
                bounds = drop.empty() ? ", #local.bounds<[4, -1]>" : "";
    std::string v = "tensor<" + size + "x3xf32" + bounds + ">";
    std::string i = "tensor<" + size + "xi32" + (drop.empty() ? ", #local.bounds<[4]>" : "") + ">";
    std::string b = "!local.sequence<[" + v + ", " + i + "]>";
    std::string text = R"(
!s = !local.sequence<[tensor<3xf32>, tensor<i32>]>
func.func @f(%s: !s, %count: tensor<i64>) -> (tensor<3xf32>, tensor<i32>, V) {
  %t = local.sequence_repeat %s, %count : !s
  %q = local.sequence_batch %t size = 4 DROP : !s -> B
  %fs = local.constant dense<0.0> : tensor<3xf32>
  %zero = local.constant dense<0> : tensor<i32>
  %none = LAST
  %r:3 = local.sequence_reduce %q init(%fs, %zero, %none : tensor<3xf32>, tensor<i32>, V) : B -> tensor<3xf32>, tensor<i32>, V {
  ^bb0(%a: tensor<3xf32>, %n: tensor<i32>, %l: V, %v: V, %i: I):
    %x = local.reduce sum %v dims = [0] : V -> tensor<3xf32>
    %c = local.subtract %x, %a : tensor<3xf32>
    %y = local.reduce sum %i dims = [0] : I -> tensor<i32>
    %three = local.constant dense<3> : tensor<i32>
    %m = local.multiply %n, %three : tensor<i32>
    %k = local.add %m, %y : tensor<i32>
    local.yield %c, %k, %v : tensor<3xf32>, tensor<i32>, V
  }
  return %r#0, %r#1, %r#2 : tensor<3xf32>, tensor<i32>, V
})";
    auto put = [&](const std::string& what, const std::string& with) {
      for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    };
    put("DROP", drop);
    put("LAST", drop.empty()
                    ? "local.broadcast_in_dim %fs dims = [1] sizes(%one) : tensor<3xf32> -> V"
                    : "local.constant dense<0.0> : V");
    if (drop.empty()) put("%none =", "%one = local.constant dense<1> : tensor<i64>\n  %none =");
    put(" V", " " + v);
    put("V)", v + ")");
    put("V,", v + ",");
    put(" B", " " + b);
    put(" I ", " " + i + " ");
    put(" I)", " " + i + ")");
    put("%i: I", "%i: " + i);
    expect_same(text, runs({0, 1, 2, 3}));
  }
}

// Through buffers of every size, from a key that is a value.
TEST(Sequence, Shuffle) {
  const std::string key = "%key = local.convert %count : tensor<i64> -> tensor<ui64>\n";
  const std::string other =
      "%unit = local.constant dense<1> : tensor<ui64>\n"
      "%other = local.threefry %key, %unit : tensor<ui64>\n";
  for (const char* size : {"1", "2", "3", "9"}) {
    const std::string shuffle =
        key + "%t = local.sequence_shuffle %s, %key size = " + size + " : !s\n";
    expect_same(with_stage(shuffle + "%q = local.sequence_repeat %t, %count : !s"),
                runs({0, 1, 2, 3}));
    // Twice, and of what is filtered and computed.
    expect_same(with_stage(key + other + "%f = local.sequence_filter %s : !s {\n" +
                           "^bb0(%v: tensor<3xf32>, %i: tensor<i32>):\n" + kOdd + R"(
    %mm = local.sequence_map %f : !s -> !s {
    ^bb0(%v: tensor<3xf32>, %i: tensor<i32>):
      %w = local.add %v, %v : tensor<3xf32>
      local.yield %w, %i : tensor<3xf32>, tensor<i32>
    }
    %jj = local.sequence_concatenate %mm, %s : !s
    %t = local.sequence_shuffle %jj, %key size = )" +
                           size + R"( : !s
    %u = local.sequence_shuffle %t, %other size = 2 : !s
    %q = local.sequence_take %u, %count : !s)"),
                runs({0, 1, 2, 5}));
  }
}

// Sizes of elements move with them; one that has no elements takes no memory.
TEST(Sequence, ShuffleOfUnknownSizes) {
  const std::string text = R"(
!v = tensor<?xf32, #local.bounds<[3]>>
!e = tensor<?x0x?xf32, #local.bounds<[2, -1, 4]>>
!s = !local.sequence<[!v, !e, tensor<i1>]>
func.func @f(%s: !s, %x: !v, %k: tensor<ui64>) -> (!v, tensor<i64>, tensor<i64>) {
  %q = local.sequence_shuffle %s, %k size = 3 : !s
  %zero = local.constant dense<0> : tensor<i64>
  %r:3 = local.sequence_reduce %q init(%x, %zero, %zero : !v, tensor<i64>, tensor<i64>) : !s -> !v, tensor<i64>, tensor<i64> {
  ^bb0(%a: !v, %n: tensor<i64>, %t: tensor<i64>, %e: !v, %z: !e, %p: tensor<i1>):
    %d = local.get_dimension_size %e, 0 : !v
    %d0 = local.get_dimension_size %z, 0 : !e
    %d2 = local.get_dimension_size %z, 2 : !e
    %ten = local.constant dense<10> : tensor<i64>
    %n1 = local.multiply %n, %ten : tensor<i64>
    %n2 = local.add %n1, %d : tensor<i64>
    %t1 = local.multiply %t, %ten : tensor<i64>
    %t2 = local.add %t1, %d0 : tensor<i64>
    %t3 = local.multiply %t2, %ten : tensor<i64>
    %t4 = local.add %t3, %d2 : tensor<i64>
    %c = local.convert %p : tensor<i1> -> tensor<i64>
    %t5 = local.add %t4, %c : tensor<i64>
    local.yield %e, %n2, %t5 : !v, tensor<i64>, tensor<i64>
  }
  return %r#0, %r#1, %r#2 : !v, tensor<i64>, tensor<i64>
})";
  std::vector<std::vector<LeafValue>> runs;
  for (int n : {0, 1, 3, 6})
    for (uint64_t key : {0, 1, 7}) {
      LeafValue value;
      for (int i = 0; i < n; ++i)
        value.elements.push_back({numbers({i % 4}, static_cast<float>(i)),
                                  Tensor::zeros(ElementType::kFloat32, {i % 3, 0, i % 5}),
                                  Tensor::scalar(i % 2 == 1)});
      runs.push_back({value, leaf(numbers({2}, 1)), leaf(Tensor::scalar(key))});
    }
  expect_same(text, runs);
}

// Yielding the accumulator's leaves crosswise: no iteration may overwrite what it still reads.
TEST(Sequence, AccumulatorsChangePlaces) {
  expect_same(R"(
!s = !local.sequence<[tensor<3xf32>, tensor<i32>]>
func.func @f(%s: !s, %x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %y = local.add %x, %x : tensor<3xf32>
  %r:3 = local.sequence_reduce %s init(%x, %y, %y : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) : !s -> tensor<3xf32>, tensor<3xf32>, tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>, %b: tensor<3xf32>, %c: tensor<3xf32>, %v: tensor<3xf32>, %i: tensor<i32>):
    local.yield %b, %c, %a : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
})",
              {{pairs(1), leaf(numbers({3}, 1))},
               {pairs(2), leaf(numbers({3}, 1))},
               {pairs(3), leaf(numbers({3}, 1))}});
}

// A pass inside a pass over the same sequence, and one after it.
TEST(Sequence, NestedPassesHaveCursorsOfTheirOwn) {
  const std::string text = R"(
!s = !local.sequence<[tensor<3xf32>, tensor<i32>]>
func.func @f(%s: !s) -> (tensor<i32>, tensor<3xf32>) {
  %zero = local.constant dense<0> : tensor<i32>
  %r = local.sequence_reduce %s init(%zero : tensor<i32>) : !s -> tensor<i32> {
  ^bb0(%n: tensor<i32>, %v: tensor<3xf32>, %i: tensor<i32>):
    %inner = local.sequence_reduce %s init(%n : tensor<i32>) : !s -> tensor<i32> {
    ^bb0(%m: tensor<i32>, %w: tensor<3xf32>, %j: tensor<i32>):
      %p = local.multiply %i, %j : tensor<i32>
      %k = local.add %m, %p : tensor<i32>
      local.yield %k : tensor<i32>
    }
    local.yield %inner : tensor<i32>
  }
  %fs = local.constant dense<0.0> : tensor<3xf32>
  %last = local.sequence_reduce %s init(%fs : tensor<3xf32>) : !s -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>, %v: tensor<3xf32>, %i: tensor<i32>):
    local.yield %v : tensor<3xf32>
  }
  return %r, %last : tensor<i32>, tensor<3xf32>
})";
  expect_same(text, {{pairs(0)}, {pairs(1)}, {pairs(4)}});
  auto compiled = Compiled::of_function(text);
  ASSERT_TRUE(compiled);
  EXPECT_EQ(compiled->program().computations[0].sequences[0].cursors, 2u);
  EXPECT_EQ(compiled->run({pairs(2)}).cursors_seen, 2);
}

TEST(Sequence, UnknownSizesOfElements) {
  const std::string text = R"(
!v = tensor<?xf32, #local.bounds<[8]>>
!s = !local.sequence<[!v]>
func.func @f(%s: !s, %x: !v) -> (!v, tensor<i64>, tensor<f32>) {
  %zero = local.constant dense<0> : tensor<i64>
  %f = local.constant dense<0.0> : tensor<f32>
  %r:3 = local.sequence_reduce %s init(%x, %zero, %f : !v, tensor<i64>, tensor<f32>) : !s -> !v, tensor<i64>, tensor<f32> {
  ^bb0(%a: !v, %n: tensor<i64>, %t: tensor<f32>, %e: !v):
    %d = local.get_dimension_size %e, 0 : !v
    %m = local.add %n, %d : tensor<i64>
    %sum = local.reduce sum %e dims = [0] : !v -> tensor<f32>
    %u = local.add %t, %sum : tensor<f32>
    local.yield %e, %m, %u : !v, tensor<i64>, tensor<f32>
  }
  return %r#0, %r#1, %r#2 : !v, tensor<i64>, tensor<f32>
})";
  LeafValue some;
  for (int64_t n : {0, 8, 3}) some.elements.push_back({numbers({n}, 1)});
  expect_same(text, {{some, leaf(numbers({2}, 3))}, {LeafValue{}, leaf(numbers({2}, 3))}});
  // More than the bound: nothing of the element is read.
  auto compiled = Compiled::of_function(text);
  ASSERT_TRUE(compiled);
  some.elements.push_back({numbers({9}, 1)});
  Outcome outcome = compiled->run({some, leaf(numbers({2}, 3))});
  EXPECT_EQ(outcome.error.status, FED_BAD_SIZE);
  EXPECT_EQ(outcome.error.detail[0], 9);
  EXPECT_EQ(outcome.error.detail[1], FED_BEYOND(8));
}

TEST(Sequence, TheHostMayCancelOrFail) {
  auto compiled = Compiled::of_function(with_stage("%q = local.sequence_take %s, %count : !s"));
  ASSERT_TRUE(compiled);
  std::vector<LeafValue> arguments = {pairs(6), leaf(Tensor::scalar(int64_t{5}))};
  Outcome cancelled = compiled->run(arguments, 2);
  EXPECT_EQ(cancelled.error.status, FED_CANCELLED);
  EXPECT_EQ(cancelled.results[1].as<int32_t>()[0], 12);  // two elements were taken
  EXPECT_EQ(compiled->run(arguments, 100).error.status, FED_OK);
  EXPECT_EQ(compiled->run(arguments, -1, 3).error.status, 99);
}

}  // namespace
}  // namespace fedc::testing
