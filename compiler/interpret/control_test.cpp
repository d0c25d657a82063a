// Control, calls and sequences.
#include "compiler/interpret/testing.h"
#include "runtime/data/threefry.h"

namespace fedc::interpret::testing {
namespace {

LeafValue numbers(std::initializer_list<int32_t> values) {
  std::vector<fedrt::Element> elements;
  for (const int32_t value : values) elements.push_back({scalar<int32_t>(value)});
  return sequence(std::move(elements));
}

// Sums (10 * accumulator + element), so that order shows, over the sequence %s that `stages` make.
CallOutcome digits(const std::string& stages, const LeafValue& values,
                   std::vector<LeafValue> more = {}) {
  std::vector<LeafValue> arguments = {values};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return call(R"(
    func.func @f(%in: !local.sequence<[tensor<i32>]>)" +
                  std::string(more.empty() ? "" : ", %n: tensor<i64>") + R"() -> tensor<i32> {
      %zero = local.constant dense<0> : tensor<i32>
      %ten = local.constant dense<10> : tensor<i32>
      )" + stages +
                  R"(
      %r = local.sequence_reduce %s init(%zero : tensor<i32>) : !local.sequence<[tensor<i32>]> -> tensor<i32> {
        ^bb0(%acc: tensor<i32>, %x: tensor<i32>):
          %a = local.multiply %acc, %ten : tensor<i32>
          %b = local.add %a, %x : tensor<i32>
          local.yield %b : tensor<i32>
      }
      return %r : tensor<i32>
    })",
              arguments);
}
constexpr char kSame[] =
    "%one = local.constant dense<1> : tensor<i64> "
    "%s = local.sequence_repeat %in, %one : !local.sequence<[tensor<i32>]>";

TEST(Control, If) {
  const std::string body = R"(
    %r = local.if %c -> tensor<i32> {
      %a = local.add %x, %x : tensor<i32>
      local.yield %a : tensor<i32>
    } else {
      %z = local.constant dense<0> : tensor<i32>
      %a = local.divide %x, %z : tensor<i32>
      local.yield %a : tensor<i32>
    })";
  const auto branch = [&](bool c) {
    return evaluate("%c: tensor<i1>, %x: tensor<i32>", body, "tensor<i32>",
                    {leaf(scalar<bool>(c)), leaf(scalar<int32_t>(21))});
  };
  expect(branch(true), scalar<int32_t>(42));
  expect_error(branch(false), FED_BAD_VALUE);
}

TEST(Control, AssertAndUnusedErrors) {
  const auto checked = [](bool c) {
    return evaluate("%c: tensor<i1>, %r: tensor<i32>",
                    "local.assert %c, \"it holds\"\n"
                    "%z = local.constant dense<0> : tensor<i32>\n"
                    "%unused = local.divide %r, %z : tensor<i32>",
                    "tensor<i32>", {leaf(scalar<bool>(c)), leaf(scalar<int32_t>(1))});
  };
  expect(checked(true), scalar<int32_t>(1));
  expect_error(checked(false), FED_ASSERTION);
  EXPECT_EQ(checked(false).error->message, "it holds");
}

TEST(Control, Call) {
  const std::string text = R"(
    func.func private @twice(%x: tensor<i32>) -> tensor<i32> {
      %r = local.add %x, %x : tensor<i32>
      return %r : tensor<i32>
    }
    func.func @f(%x: tensor<i32>) -> tensor<i32> {
      %a = func.call @twice(%x) : (tensor<i32>) -> tensor<i32>
      %r = func.call @twice(%a) : (tensor<i32>) -> tensor<i32>
      return %r : tensor<i32>
    })";
  expect(call(text, {leaf(scalar<int32_t>(3))}), scalar<int32_t>(12));
}

TEST(Sequence, ReduceInOrder) {
  expect(digits(kSame, numbers({1, 2, 3})), scalar<int32_t>(123));
  expect(digits(kSame, numbers({})), scalar<int32_t>(0));
}

TEST(Sequence, MapUsesValuesFromAbove) {
  expect(digits(R"(
      %s = local.sequence_map %in : !local.sequence<[tensor<i32>]> -> !local.sequence<[tensor<i32>]> {
        ^bb0(%x: tensor<i32>):
          %y = local.subtract %ten, %x : tensor<i32>
          local.yield %y : tensor<i32>
      })",
                numbers({1, 2, 3})),
         scalar<int32_t>(987));
}

TEST(Sequence, TakeAndRepeat) {
  const auto take = [](int64_t n) {
    return digits("%s = local.sequence_take %in, %n : !local.sequence<[tensor<i32>]>",
                  numbers({1, 2, 3}), {leaf(scalar<int64_t>(n))});
  };
  expect(take(2), scalar<int32_t>(12));
  expect(take(0), scalar<int32_t>(0));
  expect(take(-1), scalar<int32_t>(0));
  expect(take(9), scalar<int32_t>(123));
  const auto repeat = [](int64_t n) {
    return digits("%s = local.sequence_repeat %in, %n : !local.sequence<[tensor<i32>]>",
                  numbers({1, 2}), {leaf(scalar<int64_t>(n))});
  };
  expect(repeat(3), scalar<int32_t>(121212));
  expect(repeat(-3), scalar<int32_t>(0));
  expect(digits("%s = local.sequence_repeat %in, %n : !local.sequence<[tensor<i32>]>", numbers({}),
                {leaf(scalar<int64_t>(INT64_MAX))}),
         scalar<int32_t>(0));
}

TEST(Sequence, ErrorsOfElementsNobodyTakesDoNotHappen) {
  const std::string map = R"(
      %m = local.sequence_map %in : !local.sequence<[tensor<i32>]> -> !local.sequence<[tensor<i32>]> {
        ^bb0(%x: tensor<i32>):
          %y = local.divide %ten, %x : tensor<i32>
          local.yield %y : tensor<i32>
      }
      %s = local.sequence_take %m, %n : !local.sequence<[tensor<i32>]>)";
  expect(digits(map, numbers({5, 0}), {leaf(scalar<int64_t>(1))}), scalar<int32_t>(2));
  expect_error(digits(map, numbers({5, 0}), {leaf(scalar<int64_t>(2))}), FED_BAD_VALUE);
}

TEST(Sequence, SkipAndConcatenate) {
  const auto skip = [](int64_t n) {
    return digits("%s = local.sequence_skip %in, %n : !local.sequence<[tensor<i32>]>",
                  numbers({1, 2, 3}), {leaf(scalar<int64_t>(n))});
  };
  expect(skip(2), scalar<int32_t>(3));
  expect(skip(0), scalar<int32_t>(123));
  expect(skip(-1), scalar<int32_t>(123));
  expect(skip(9), scalar<int32_t>(0));
  expect(digits(R"(
      %t = local.sequence_take %in, %n : !local.sequence<[tensor<i32>]>
      %s = local.sequence_concatenate %in, %t : !local.sequence<[tensor<i32>]>)",
                numbers({1, 2, 3}), {leaf(scalar<int64_t>(2))}),
         scalar<int32_t>(12312));
}

// Keeps x where 10 / x is odd: an error in the condition ends it all, however often it is repeated.
TEST(Sequence, Filter) {
  const std::string filter = R"(
      %f = local.sequence_filter %in : !local.sequence<[tensor<i32>]> {
        ^bb0(%x: tensor<i32>):
          %y = local.divide %ten, %x : tensor<i32>
          %two = local.constant dense<2> : tensor<i32>
          %m = local.remainder %y, %two : tensor<i32>
          %none = local.constant dense<0> : tensor<i32>
          %odd = local.compare NE, %m, %none : tensor<i32> -> tensor<i1>
          local.yield %odd : tensor<i1>
      }
      %s = local.sequence_repeat %f, %n : !local.sequence<[tensor<i32>]>)";
  const auto run = [&](std::initializer_list<int32_t> in, int64_t n) {
    return digits(filter, numbers(in), {leaf(scalar<int64_t>(n))});
  };
  expect(run({1, 2, 3, 4, 7}, 2), scalar<int32_t>(237237));
  expect(run({1}, INT64_MAX), scalar<int32_t>(0));
  expect_error(run({2, 0, 3}, INT64_MAX), FED_BAD_VALUE);
}

TEST(Sequence, ZipAndEnumerate) {
  const std::string stages = R"(
      %t = local.sequence_skip %in, %n : !local.sequence<[tensor<i32>]>
      %z = local.sequence_zip %in, %t : !local.sequence<[tensor<i32>]>, !local.sequence<[tensor<i32>]>
        -> !local.sequence<[tensor<i32>, tensor<i32>]>
      %e = local.sequence_enumerate %z : !local.sequence<[tensor<i32>, tensor<i32>]>
        -> !local.sequence<[tensor<i64>, tensor<i32>, tensor<i32>]>
      %s = local.sequence_map %e : !local.sequence<[tensor<i64>, tensor<i32>, tensor<i32>]> -> !local.sequence<[tensor<i32>]> {
        ^bb0(%i: tensor<i64>, %x: tensor<i32>, %y: tensor<i32>):
          %j = local.convert %i : tensor<i64> -> tensor<i32>
          %p = local.multiply %x, %y : tensor<i32>
          %q = local.add %p, %j : tensor<i32>
          local.yield %q : tensor<i32>
      })";
  // 1*2+0, 2*3+1
  expect(digits(stages, numbers({1, 2, 3}), {leaf(scalar<int64_t>(1))}), scalar<int32_t>(27));
  expect(digits(stages, numbers({1, 2, 3}), {leaf(scalar<int64_t>(3))}), scalar<int32_t>(0));
}

// Elements are computed where they are read: not those that are skipped, nor one without a pair.
TEST(Sequence, ErrorsOfSkippedElementsDoNotHappen) {
  const std::string map = R"(
      %m = local.sequence_map %in : !local.sequence<[tensor<i32>]> -> !local.sequence<[tensor<i32>]> {
        ^bb0(%x: tensor<i32>):
          %y = local.divide %ten, %x : tensor<i32>
          local.yield %y : tensor<i32>
      })";
  expect(digits(map + "%s = local.sequence_skip %m, %n : !local.sequence<[tensor<i32>]>",
                numbers({0, 5}), {leaf(scalar<int64_t>(1))}),
         scalar<int32_t>(2));
  expect(digits(map + R"(
      %t = local.sequence_take %in, %n : !local.sequence<[tensor<i32>]>
      %z = local.sequence_zip %m, %t : !local.sequence<[tensor<i32>]>, !local.sequence<[tensor<i32>]>
        -> !local.sequence<[tensor<i32>, tensor<i32>]>
      %s = local.sequence_map %z : !local.sequence<[tensor<i32>, tensor<i32>]> -> !local.sequence<[tensor<i32>]> {
        ^bb0(%x: tensor<i32>, %y: tensor<i32>):
          local.yield %x : tensor<i32>
      })",
                numbers({5, 0}), {leaf(scalar<int64_t>(1))}),
         scalar<int32_t>(2));
}

TEST(Sequence, BatchWithPartialLast) {
  const auto batched = [](bool drop) {
    const std::string type = drop ? "tensor<2xi32>" : "tensor<?xi32, #local.bounds<[2]>>";
    return digits("%g = local.sequence_batch %in size = 2" +
                      std::string(drop ? " drop_remainder" : "") +
                      " : !local.sequence<[tensor<i32>]> -> !local.sequence<[" + type + "]>" + R"(
      %s = local.sequence_map %g : !local.sequence<[)" +
                      type + R"(]> -> !local.sequence<[tensor<i32>]> {
        ^bb0(%x: )" + type +
                      R"():
          %y = local.reduce sum %x dims = [0] : )" +
                      type + R"( -> tensor<i32>
          local.yield %y : tensor<i32>
      })",
                  numbers({1, 2, 3, 4, 5}));
  };
  expect(batched(false), scalar<int32_t>(375));
  expect(batched(true), scalar<int32_t>(37));
}

// Places 0, 1, 2 ... of the buffer are drawn as threefry says; what stands last takes the place.
TEST(Sequence, Shuffle) {
  const auto shuffled = [](int size, const std::string& more = "") {
    return digits(
        "%k = local.constant dense<5> : tensor<ui64>\n%t = local.sequence_shuffle %in, %k size = " +
            std::to_string(size) + " : !local.sequence<[tensor<i32>]>\n" +
            (more.empty() ? "%one = local.constant dense<1> : tensor<i64>\n"
                            "%s = local.sequence_repeat %t, %one : !local.sequence<[tensor<i32>]>"
                          : more),
        numbers({1, 2, 3, 4, 5}));
  };
  const auto model = [](size_t size) {
    std::vector<int> buffer;
    int result = 0;
    uint64_t drawn = 0;
    const auto draw = [&] {
      std::swap(buffer[fedrt::threefry(5, drawn++) % buffer.size()], buffer.back());
      result = 10 * result + buffer.back();
      buffer.pop_back();
    };
    for (int i = 1; i <= 5; ++i) {
      buffer.push_back(i);
      if (buffer.size() == size) draw();
    }
    while (!buffer.empty()) draw();
    return result;
  };
  expect(shuffled(1), scalar<int32_t>(12345));
  for (int size : {2, 3, 5, 9}) expect(shuffled(size), scalar<int32_t>(model(size)));
  // Each pass has the same order, and one that ends early is no other.
  expect(shuffled(3, R"(%two = local.constant dense<2> : tensor<i64>
      %u = local.sequence_take %t, %two : !local.sequence<[tensor<i32>]>
      %s = local.sequence_repeat %u, %two : !local.sequence<[tensor<i32>]>)"),
         scalar<int32_t>(model(3) / 1000 * 101));
}

TEST(Sequence, NestedPassesOverOneSequence) {
  // For every element, the sum of all: 3 elements of sum 6.
  expect(call(R"(
    func.func @f(%s: !local.sequence<[tensor<i32>]>) -> tensor<i32> {
      %zero = local.constant dense<0> : tensor<i32>
      %m = local.sequence_map %s : !local.sequence<[tensor<i32>]> -> !local.sequence<[tensor<i32>]> {
        ^bb0(%x: tensor<i32>):
          local.yield %x : tensor<i32>
      }
      %r = local.sequence_reduce %m init(%zero : tensor<i32>) : !local.sequence<[tensor<i32>]> -> tensor<i32> {
        ^bb0(%acc: tensor<i32>, %x: tensor<i32>):
          %all = local.sequence_reduce %m init(%acc : tensor<i32>) : !local.sequence<[tensor<i32>]> -> tensor<i32> {
            ^bb0(%a: tensor<i32>, %y: tensor<i32>):
              %b = local.add %a, %y : tensor<i32>
              local.yield %b : tensor<i32>
          }
          local.yield %all : tensor<i32>
      }
      return %r : tensor<i32>
    })",
              {numbers({1, 2, 3})}),
         scalar<int32_t>(18));
}

}  // namespace
}  // namespace fedc::interpret::testing
