// Elements at computed places, sorting and running sums, against values worked out by hand.
#include <limits>

#include "compiler/interpret/testing.h"

namespace fedc::interpret::testing {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

const Tensor kMatrix = tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6});

TEST(Index, Reverse) {
  const auto along = [](const std::string& dims) {
    return evaluate(
        "%x: tensor<2x3xf32>",
        "%r = local.reverse %x dims = " + dims + " : tensor<2x3xf32> -> tensor<2x3xf32>",
        "tensor<2x3xf32>", {leaf(kMatrix)});
  };
  expect(along("[1]"), tensor<float>({2, 3}, {3, 2, 1, 6, 5, 4}));
  expect(along("[0, 1]"), tensor<float>({2, 3}, {6, 5, 4, 3, 2, 1}));
  expect(along("[]"), kMatrix);
}

TEST(Index, PadWithAValue) {
  expect(evaluate("%x: tensor<2xi32>, %v: tensor<i32>",
                  "%r = local.pad %x value(%v : tensor<i32>) low = [1] high = [2] interior = [1] : "
                  "tensor<2xi32> -> tensor<6xi32>",
                  "tensor<6xi32>", {leaf(vector<int32_t>({1, 2})), leaf(scalar<int32_t>(9))}),
         vector<int32_t>({9, 1, 9, 2, 9, 9}));
}

TEST(Index, DynamicSlice) {
  const auto from = [](int64_t i, int64_t j) {
    return evaluate("%x: tensor<2x3xf32>, %i: tensor<i64>, %j: tensor<i64>",
                    "%r = local.dynamic_slice %x[%i, %j] sizes = [1, 2] : tensor<2x3xf32> -> "
                    "tensor<1x2xf32>",
                    "tensor<1x2xf32>",
                    {leaf(kMatrix), leaf(scalar<int64_t>(i)), leaf(scalar<int64_t>(j))});
  };
  expect(from(1, 0), tensor<float>({1, 2}, {4, 5}));
  expect(from(0, 1), tensor<float>({1, 2}, {2, 3}));
  expect_error(from(0, 2), FED_BAD_VALUE);
  expect_error(from(-1, 0), FED_BAD_VALUE);
  expect_error(from(2, 0), FED_BAD_VALUE);
}

TEST(Index, DynamicUpdateSlice) {
  const auto at = [](int64_t i, int64_t j) {
    return evaluate("%x: tensor<2x3xf32>, %u: tensor<2x1xf32>, %i: tensor<i64>, %j: tensor<i64>",
                    "%r = local.dynamic_update_slice %x, %u[%i, %j] : (tensor<2x3xf32>, "
                    "tensor<2x1xf32>) -> tensor<2x3xf32>",
                    "tensor<2x3xf32>",
                    {leaf(kMatrix), leaf(tensor<float>({2, 1}, {8, 9})), leaf(scalar<int64_t>(i)),
                     leaf(scalar<int64_t>(j))});
  };
  expect(at(0, 2), tensor<float>({2, 3}, {1, 2, 8, 4, 5, 9}));
  expect_error(at(1, 0), FED_BAD_VALUE);
}

TEST(Index, Take) {
  const auto rows = [](std::initializer_list<int32_t> indices) {
    return evaluate("%x: tensor<2x3xf32>, %i: tensor<2xi32>",
                    "%r = local.take %x, %i dim = 1 batch = 0 : (tensor<2x3xf32>, tensor<2xi32>) "
                    "-> tensor<2x2xf32>",
                    "tensor<2x2xf32>", {leaf(kMatrix), leaf(vector<int32_t>(indices))});
  };
  expect(rows({2, 0}), tensor<float>({2, 2}, {3, 1, 6, 4}));
  expect_error(rows({0, 3}), FED_BAD_VALUE);
  expect_error(rows({-1, 0}), FED_BAD_VALUE);
  expect(evaluate("%x: tensor<2x3xf32>, %i: tensor<2x2xui8>",
                  "%r = local.take %x, %i dim = 1 batch = 1 : (tensor<2x3xf32>, tensor<2x2xui8>) "
                  "-> tensor<2x2xf32>",
                  "tensor<2x2xf32>", {leaf(kMatrix), leaf(tensor<uint8_t>({2, 2}, {2, 2, 0, 1}))}),
         tensor<float>({2, 2}, {3, 3, 4, 5}));
  // Every index is looked at, whether there is anything to take or not.
  expect_error(
      evaluate("%x: tensor<2x0xf32>, %i: tensor<i64>",
               "%r = local.take %x, %i dim = 0 batch = 0 : (tensor<2x0xf32>, "
               "tensor<i64>) -> tensor<0xf32>",
               "tensor<0xf32>",
               {leaf(Tensor::zeros(ElementType::kFloat32, {2, 0})), leaf(scalar<int64_t>(2))}),
      FED_BAD_VALUE);
}

TEST(Index, ScatterAdd) {
  const auto add = [](std::initializer_list<int64_t> indices) {
    return evaluate("%x: tensor<3xi8>, %i: tensor<3xi64>, %u: tensor<3xi8>",
                    "%r = local.scatter_add %x, %i, %u dim = 0 batch = 0 : (tensor<3xi8>, "
                    "tensor<3xi64>, tensor<3xi8>) -> tensor<3xi8>",
                    "tensor<3xi8>",
                    {leaf(vector<int8_t>({100, 2, 3})), leaf(vector<int64_t>(indices)),
                     leaf(vector<int8_t>({20, 20, 20}))});
  };
  expect(add({0, 2, 0}), vector<int8_t>({-116, 2, 23}));
  expect_error(add({0, 3, 0}), FED_BAD_VALUE);
}

TEST(Index, SizesMustAgree) {
  const std::string unknown = "tensor<?x2xf32, #local.bounds<[4, -1]>>";
  expect_error(
      evaluate("%x: " + unknown + ", %i: tensor<3xi32>",
               "%r = local.take %x, %i dim = 1 batch = 1 : (" + unknown +
                   ", tensor<3xi32>) -> tensor<3xf32>",
               "tensor<3xf32>",
               {leaf(tensor<float>({2, 2}, {1, 2, 3, 4})), leaf(vector<int32_t>({0, 1, 0}))}),
      FED_BAD_SIZE);
}

TEST(Index, Argsort) {
  const auto order = [](const std::string& how) {
    return evaluate("%x: tensor<7xf32>",
                    "%r = local.argsort %x dim = 0" + how + " : tensor<7xf32> -> tensor<7xi32>",
                    "tensor<7xi32>",
                    {leaf(vector<float>({2, kNaN, 0.f, -0.f, kInf, kNaN, -kInf}))});
  };
  expect(order(""), vector<int32_t>({6, 2, 3, 0, 4, 1, 5}));
  expect(order(" descending"), vector<int32_t>({1, 5, 4, 0, 2, 3, 6}));
  expect(evaluate("%x: tensor<2x2xui8>",
                  "%r = local.argsort %x dim = 0 : tensor<2x2xui8> -> tensor<2x2xi64>",
                  "tensor<2x2xi64>", {leaf(tensor<uint8_t>({2, 2}, {200, 1, 100, 2}))}),
         tensor<int64_t>({2, 2}, {1, 0, 0, 1}));
}

TEST(Index, CumulativeSum) {
  const auto along = [](const std::string& dim) {
    return evaluate(
        "%x: tensor<2x3xf32>",
        "%r = local.cumulative_sum %x dim = " + dim + " : tensor<2x3xf32> -> tensor<2x3xf32>",
        "tensor<2x3xf32>", {leaf(kMatrix)});
  };
  expect(along("0"), tensor<float>({2, 3}, {1, 2, 3, 5, 7, 9}));
  expect(along("1"), tensor<float>({2, 3}, {1, 3, 6, 4, 9, 15}));
  expect(evaluate("%x: tensor<2xf32>",
                  "%r = local.cumulative_sum %x dim = 0 : tensor<2xf32> -> tensor<2xf32>",
                  "tensor<2xf32>", {leaf(vector<float>({-0.f, -0.f}))}),
         vector<float>({-0.f, -0.f}));
}

}  // namespace
}  // namespace fedc::interpret::testing
