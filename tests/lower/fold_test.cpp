// Folds in compiled phases: what they carry, read and note, and counts that do not fit.
#include <gtest/gtest.h>

#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::ElementType;
using fedrt::Tensor;

Tensor numbers(std::vector<int64_t> dims, float first) {
  Tensor tensor = Tensor::zeros(ElementType::kFloat32, std::move(dims));
  for (float& x : tensor.as<float>()) x = first, first = first * 1.25f + 0.5f;
  return tensor;
}
LeafValue leaf(Tensor tensor) { return {std::move(tensor), {}}; }

std::vector<std::vector<LeafValue>> runs(std::vector<LeafValue> rest) {
  std::vector<std::vector<LeafValue>> result;
  for (int64_t count : {-3, 0, 1, 3, 4, 5, 1000}) {
    result.push_back({leaf(Tensor::scalar(count))});
    result.back().insert(result.back().end(), rest.begin(), rest.end());
  }
  return result;
}

TEST(Fold, StatesRowsAndNotes) {
  Tensor flags = Tensor::zeros(ElementType::kBool, {4});
  for (size_t i : {0, 2, 3}) flags.bytes[i] = static_cast<decltype(flags.bytes)::value_type>(1);
  for (const char* direction : {"", "reverse"}) {
    expect_same(R"(
func.func @f(%n: tensor<i64>, %x: tensor<3xf32>, %rows: tensor<4x3xf32>, %flags: tensor<4xi1>)
    -> (tensor<3xf32>, tensor<i64>, tensor<4x3xf32>, tensor<4xi64>) {
  %zero = local.constant dense<7> : tensor<i64>
  %r:4 = local.fold %n at_most = 4 )" +
                    std::string(direction) + R"(
      init(%x, %zero : tensor<3xf32>, tensor<i64>) rows(%rows, %flags : tensor<4x3xf32>, tensor<4xi1>)
      -> tensor<3xf32>, tensor<i64>, tensor<4x3xf32>, tensor<4xi64> {
  ^bb0(%i: tensor<i64>, %s: tensor<3xf32>, %k: tensor<i64>, %row: tensor<3xf32>, %flag: tensor<i1>):
    %a = local.subtract %row, %s : tensor<3xf32>
    %b = local.select %flag, %a, %row : tensor<i1>, tensor<3xf32>
    %ten = local.constant dense<10> : tensor<i64>
    %m = local.multiply %k, %ten : tensor<i64>
    %l = local.add %m, %i : tensor<i64>
    local.yield %b, %l, %s, %k : tensor<3xf32>, tensor<i64>, tensor<3xf32>, tensor<i64>
  }
  return %r#0, %r#1, %r#2, %r#3 : tensor<3xf32>, tensor<i64>, tensor<4x3xf32>, tensor<4xi64>
})",
                runs({leaf(numbers({3}, 0.5f)), leaf(numbers({4, 3}, -1)), leaf(flags)}));
  }
}

// A state of unknown size, and no largest count.
TEST(Fold, UnknownSizes) {
  const std::string t = "tensor<?xf32, #local.bounds<[6]>>";
  for (int64_t size : {0, 1, 6}) {
    expect_same("func.func @f(%n: tensor<i64>, %x: " + t + ") -> " + t +
                    " {\n  %r = local.fold %n init(%x : " + t + ") -> " + t +
                    " {\n  ^bb0(%i: tensor<i64>, %s: " + t + "):\n    %a = local.add %s, %x : " +
                    t + "\n    local.yield %a : " + t + "\n  }\n  return %r : " + t + "\n}",
                runs({leaf(numbers({size}, 0.5f))}));
  }
}

// Steps end where the first state is false: at once, in time, and not at all.
TEST(Fold, UntilFalse) {
  for (int most : {0, 3, 6}) {
    const std::string rows = std::to_string(most) + "x";
    expect_same(
        "func.func @f(%n: tensor<i64>, %x: tensor<3xf32>, %go: tensor<i1>)\n"
        "    -> (tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<" +
            rows + "i64>, tensor<" + rows + "3xf32>) {\n" + "  %most = local.constant dense<" +
            std::to_string(most) +
            "> : tensor<i64>\n  %zero = local.constant dense<0> : tensor<i64>\n" +
            "  %r:5 = local.fold %most at_most = " + std::to_string(most) +
            " until_false init(%go, %zero, %x : tensor<i1>, tensor<i64>, tensor<3xf32>)\n"
            "      -> tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<" +
            rows + "i64>, tensor<" + rows + R"(3xf32> {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %k: tensor<i64>, %s: tensor<3xf32>):
    %one = local.constant dense<1> : tensor<i64>
    %next = local.add %k, %one : tensor<i64>
    %more = local.compare LT, %next, %n : tensor<i64> -> tensor<i1>
    %half = local.constant dense<0.5> : tensor<3xf32>
    %t = local.multiply %s, %half : tensor<3xf32>
    local.yield %more, %next, %t, %next, %s : tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<i64>, tensor<3xf32>
  }
  return %r#0, %r#1, %r#2, %r#3, %r#4 : tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<)" +
            rows + "i64>, tensor<" + rows + "3xf32>\n}",
        [] {
          auto all = runs({leaf(numbers({3}, 0.5f)), leaf(Tensor::scalar(true))});
          for (auto& run : runs({leaf(numbers({3}, 0.5f)), leaf(Tensor::scalar(false))}))
            all.push_back(run);
          return all;
        }());
  }
}

// No room at all, and states without elements.
TEST(Fold, Empty) {
  expect_same(R"(
func.func @f(%n: tensor<i64>, %x: tensor<2x0xf32>) -> (tensor<2x0xf32>, tensor<0x2xf32>, tensor<0xi64>) {
  %c = local.constant dense<1.0> : tensor<2xf32>
  %r:3 = local.fold %n at_most = 0 init(%x : tensor<2x0xf32>) -> tensor<2x0xf32>, tensor<0x2xf32>, tensor<0xi64> {
  ^bb0(%i: tensor<i64>, %s: tensor<2x0xf32>):
    local.yield %s, %c, %i : tensor<2x0xf32>, tensor<2xf32>, tensor<i64>
  }
  return %r#0, %r#1, %r#2 : tensor<2x0xf32>, tensor<0x2xf32>, tensor<0xi64>
})",
              {{leaf(Tensor::scalar<int64_t>(0)), leaf(numbers({2, 0}, 0))},
               {leaf(Tensor::scalar<int64_t>(1)), leaf(numbers({2, 0}, 0))}});
}

}  // namespace
}  // namespace fedc::testing
