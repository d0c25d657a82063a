// Elementwise operations against values worked out by hand.
#include <limits>

#include "compiler/interpret/testing.h"

namespace fedc::interpret::testing {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// `op` applied to vectors.
CallOutcome apply(const std::string& op, const std::string& element, const Tensor& x) {
  const std::string type = "tensor<" + std::to_string(x.dims[0]) + "x" + element + ">";
  return evaluate("%x: " + type, "%r = local." + op + " %x : " + type, type, {leaf(x)});
}
CallOutcome apply(const std::string& op, const std::string& element, const Tensor& x,
                  const Tensor& y) {
  const std::string type = "tensor<" + std::to_string(x.dims[0]) + "x" + element + ">";
  return evaluate("%x: " + type + ", %y: " + type, "%r = local." + op + " %x, %y : " + type, type,
                  {leaf(x), leaf(y)});
}
CallOutcome convert_to(const std::string& from, const std::string& to, const Tensor& x) {
  const std::string n = std::to_string(x.dims[0]) + "x";
  return evaluate("%x: tensor<" + n + from + ">",
                  "%r = local.convert %x : tensor<" + n + from + "> -> tensor<" + n + to + ">",
                  "tensor<" + n + to + ">", {leaf(x)});
}

TEST(Elementwise, IntegersWrap) {
  expect(apply("add", "i8", vector<int8_t>({127, -128}), vector<int8_t>({1, -1})),
         vector<int8_t>({-128, 127}));
  expect(apply("subtract", "ui8", vector<uint8_t>({0, 5}), vector<uint8_t>({1, 3})),
         vector<uint8_t>({255, 2}));
  expect(apply("multiply", "i16", vector<int16_t>({300, -300}), vector<int16_t>({300, 300})),
         vector<int16_t>({24464, -24464}));
  expect(apply("multiply", "ui64", vector<uint64_t>({1ull << 63}), vector<uint64_t>({3})),
         vector<uint64_t>({1ull << 63}));
  expect(apply("negate", "i32", vector<int32_t>({INT32_MIN, 7})), vector<int32_t>({INT32_MIN, -7}));
  expect(apply("abs", "i64", vector<int64_t>({INT64_MIN, -7})), vector<int64_t>({INT64_MIN, 7}));
}

TEST(Elementwise, IntegerDivision) {
  expect(apply("divide", "i32", vector<int32_t>({7, -7, 7, INT32_MIN}),
               vector<int32_t>({2, 2, -2, -1})),
         vector<int32_t>({3, -3, -3, INT32_MIN}));
  expect(apply("remainder", "i32", vector<int32_t>({7, -7, 7, INT32_MIN}),
               vector<int32_t>({2, 2, -2, -1})),
         vector<int32_t>({1, -1, 1, 0}));
  expect(apply("divide", "ui8", vector<uint8_t>({200}), vector<uint8_t>({3})),
         vector<uint8_t>({66}));
  expect_error(apply("divide", "i32", vector<int32_t>({1, 1}), vector<int32_t>({1, 0})),
               FED_BAD_VALUE);
  expect_error(apply("remainder", "ui16", vector<uint16_t>({1}), vector<uint16_t>({0})),
               FED_BAD_VALUE);
}

TEST(Elementwise, Bits) {
  const Tensor x = vector<int8_t>({12, -1, 0}), y = vector<int8_t>({10, 7, -128});
  expect(apply("bitwise_and", "i8", x, y), vector<int8_t>({8, 7, 0}));
  expect(apply("bitwise_or", "i8", x, y), vector<int8_t>({14, -1, -128}));
  expect(apply("bitwise_xor", "i8", x, y), vector<int8_t>({6, -8, -128}));
  expect(apply("bitwise_not", "i8", x), vector<int8_t>({-13, 0, -1}));
  expect(apply("popcnt", "i8", x), vector<int8_t>({2, 8, 0}));
  expect(apply("count_leading_zeros", "i8", x), vector<int8_t>({4, 0, 8}));
  expect(apply("count_leading_zeros", "ui64", vector<uint64_t>({1})), vector<uint64_t>({63}));
  const Tensor n = vector<int8_t>({1, 3, 7, 8, -1, 0});
  const Tensor of = vector<int8_t>({-5, 100, 1, -5, -5, 77});
  expect(apply("shift_left", "i8", of, n), vector<int8_t>({-10, 32, -128, 0, 0, 77}));
  expect(apply("shift_right", "i8", of, n), vector<int8_t>({-3, 12, 0, -1, -1, 77}));
  expect(
      apply("shift_right", "ui16", vector<uint16_t>({0xffff, 0xffff}), vector<uint16_t>({4, 16})),
      vector<uint16_t>({0xfff, 0}));
}

// Random123, tests/kat_vectors: threefry2x32 with 20 rounds.
TEST(Elementwise, Threefry) {
  expect(apply("threefry", "ui64", vector<uint64_t>({0, ~uint64_t{0}, 0x13198a2e03707344}),
               vector<uint64_t>({0, ~uint64_t{0}, 0x243f6a8885a308d3})),
         vector<uint64_t>({0x6b20015999ba4efe, 0x1cb996fcbb002be7, 0xc4923a9c483df7a0}));
}

TEST(Elementwise, FloatArithmetic) {
  expect(apply("add", "f32", vector<float>({16777216.f, 0.f}), vector<float>({1.f, -0.f})),
         vector<float>({16777216.f, 0.f}));
  expect(apply("divide", "f32", vector<float>({1.f, -1.f, 0.f}), vector<float>({0.f, 0.f, 0.f})),
         vector<float>({kInf, -kInf, kNaN}));
  expect(
      apply("remainder", "f32", vector<float>({7.5f, -7.5f, 1.f}), vector<float>({2.f, 2.f, 0.f})),
      vector<float>({1.5f, -1.5f, kNaN}));
  expect(apply("sqrt", "f64", vector<double>({2.0, -1.0})),
         vector<double>({1.4142135623730951, std::numeric_limits<double>::quiet_NaN()}));
  expect(apply("rsqrt", "f32", vector<float>({4.f, 0.f})), vector<float>({0.5f, kInf}));
  expect(apply("floor", "f32", vector<float>({-1.5f, 1.5f})), vector<float>({-2.f, 1.f}));
  expect(apply("ceil", "f32", vector<float>({-1.5f, 1.5f})), vector<float>({-1.f, 2.f}));
  expect(apply("round_nearest_even", "f32", vector<float>({0.5f, 1.5f, -2.5f, 1.2f, kInf})),
         vector<float>({0.f, 2.f, -2.f, 1.f, kInf}));
  expect(apply("round_nearest_afz", "f32", vector<float>({0.5f, 1.5f, -2.5f, 0.49999997f, -0.2f})),
         vector<float>({1.f, 2.f, -3.f, 0.f, -0.f}));
  expect(apply("sign", "f32", vector<float>({-3.f, 0.f, -0.f, kNaN, kInf})),
         vector<float>({-1.f, 0.f, -0.f, kNaN, 1.f}));
  expect(apply("negate", "f32", vector<float>({0.f, -2.f})), vector<float>({-0.f, 2.f}));
}

TEST(Elementwise, SmallFloatsRoundOnce) {
  // 1 + 2^-11 is halfway between two float16: to even.
  const Tensor one = convert(vector<float>({1.f, 65504.f, 6e-8f}), ElementType::kFloat16);
  const Tensor eps = convert(vector<float>({0.00048828125f, 16.f, 0.f}), ElementType::kFloat16);
  const auto sum = apply("add", "f16", one, eps);
  ASSERT_FALSE(sum.error);
  expect({{}, {leaf(convert(sum.results[0].tensor, ElementType::kFloat32))}},
         vector<float>({1.f, kInf, 5.9604645e-8f}));
  const Tensor wide = convert(vector<float>({1.00390625f, 3e38f, 3.4e38f}), ElementType::kBfloat16);
  expect({{}, {leaf(convert(wide, ElementType::kFloat32))}},
         vector<float>({1.f, 226 * 0x1p120f, kInf}));
}

TEST(Elementwise, MaximumAndMinimum) {
  const Tensor x = vector<float>({1.f, kNaN, 0.f, -0.f}), y = vector<float>({2.f, 1.f, -0.f, 0.f});
  expect(apply("maximum", "f32", x, y), vector<float>({2.f, kNaN, 0.f, 0.f}));
  expect(apply("minimum", "f32", x, y), vector<float>({1.f, kNaN, -0.f, -0.f}));
  expect(apply("maximum", "ui8", vector<uint8_t>({200}), vector<uint8_t>({100})),
         vector<uint8_t>({200}));
  expect(apply("maximum", "i8", vector<int8_t>({-56}), vector<int8_t>({100})),
         vector<int8_t>({100}));
}

TEST(Elementwise, Logic) {
  const Tensor x = vector<bool>({true, true, false, false});
  const Tensor y = vector<bool>({true, false, true, false});
  expect(apply("and", "i1", x, y), vector<bool>({true, false, false, false}));
  expect(apply("or", "i1", x, y), vector<bool>({true, true, true, false}));
  expect(apply("not", "i1", x), vector<bool>({false, false, true, true}));
}

TEST(Elementwise, Compare) {
  const auto compare_with = [](const std::string& direction) {
    return evaluate(
        "%x: tensor<3xf32>, %y: tensor<3xf32>",
        "%r = local.compare " + direction + ", %x, %y : tensor<3xf32> -> tensor<3xi1>",
        "tensor<3xi1>",
        {leaf(vector<float>({1.f, -0.f, kNaN})), leaf(vector<float>({2.f, 0.f, kNaN}))});
  };
  expect(compare_with("EQ"), vector<bool>({false, true, false}));
  expect(compare_with("NE"), vector<bool>({true, false, true}));
  expect(compare_with("LT"), vector<bool>({true, false, false}));
  expect(compare_with("LE"), vector<bool>({true, true, false}));
  expect(compare_with("GT"), vector<bool>({false, false, false}));
  expect(compare_with("GE"), vector<bool>({false, true, false}));
  expect(evaluate("%x: tensor<ui8>, %y: tensor<ui8>",
                  "%r = local.compare GT, %x, %y : tensor<ui8> -> tensor<i1>", "tensor<i1>",
                  {leaf(scalar<uint8_t>(200)), leaf(scalar<uint8_t>(100))}),
         scalar<bool>(true));
}

TEST(Elementwise, SelectByElementAndByScalar) {
  const std::string arguments = "%x: tensor<2xi32>, %y: tensor<2xi32>";
  const std::vector<LeafValue> values = {leaf(vector<int32_t>({1, 2})),
                                         leaf(vector<int32_t>({3, 4}))};
  auto with = [&](Tensor pred) {
    auto all = values;
    all.push_back(leaf(std::move(pred)));
    return all;
  };
  expect(evaluate(arguments + ", %p: tensor<2xi1>",
                  "%r = local.select %p, %x, %y : tensor<2xi1>, tensor<2xi32>", "tensor<2xi32>",
                  with(vector<bool>({false, true}))),
         vector<int32_t>({3, 2}));
  expect(evaluate(arguments + ", %p: tensor<i1>",
                  "%r = local.select %p, %x, %y : tensor<i1>, tensor<2xi32>", "tensor<2xi32>",
                  with(scalar<bool>(true))),
         vector<int32_t>({1, 2}));
}

TEST(Elementwise, IsFiniteAndIsNan) {
  expect(evaluate("%x: tensor<3xf32>", "%r = local.is_finite %x : tensor<3xf32> -> tensor<3xi1>",
                  "tensor<3xi1>", {leaf(vector<float>({1.f, kNaN, -kInf}))}),
         vector<bool>({true, false, false}));
  expect(evaluate("%x: tensor<3xf32>", "%r = local.is_nan %x : tensor<3xf32> -> tensor<3xi1>",
                  "tensor<3xi1>", {leaf(vector<float>({1.f, kNaN, -kInf}))}),
         vector<bool>({false, true, false}));
}

TEST(Elementwise, Convert) {
  expect(convert_to("f32", "i8", vector<float>({1.9f, -1.9f, 300.f, -kInf, kNaN})),
         vector<int8_t>({1, -1, 127, -128, 0}));
  expect(convert_to("f32", "ui8", vector<float>({-1.f, 255.9f, 256.f})),
         vector<uint8_t>({0, 255, 255}));
  expect(convert_to("f32", "i64", vector<float>({1e20f, -9.2233720368547758e18f})),
         vector<int64_t>({INT64_MAX, INT64_MIN}));
  expect(convert_to("f64", "ui64", vector<double>({18446744073709549568.0, 1.8446744073709552e19})),
         vector<uint64_t>({18446744073709549568ull, UINT64_MAX}));
  expect(convert_to("i32", "f32", vector<int32_t>({16777217, 16777219})),
         vector<float>({16777216.f, 16777220.f}));
  expect(convert_to("ui64", "f32", vector<uint64_t>({UINT64_MAX})),
         vector<float>({18446744073709551616.f}));
  expect(convert_to("i32", "i8", vector<int32_t>({300, -129})), vector<int8_t>({44, 127}));
  expect(convert_to("i8", "ui32", vector<int8_t>({-1})), vector<uint32_t>({UINT32_MAX}));
  expect(convert_to("f32", "i1", vector<float>({0.f, -0.f, 0.1f, kNaN})),
         vector<bool>({false, false, true, true}));
  expect(convert_to("i1", "f32", vector<bool>({false, true})), vector<float>({0.f, 1.f}));
  expect(convert_to("f64", "f32", vector<double>({1e300, 1e-300})), vector<float>({kInf, 0.f}));
}

TEST(Elementwise, Functions) {
  expect(apply("exp", "f32", vector<float>({0.f, 1.f, -kInf, 100.f})),
         vector<float>({1.f, 2.7182817f, 0.f, kInf}));
  expect(apply("log", "f32", vector<float>({1.f, 0.f, -1.f})), vector<float>({0.f, -kInf, kNaN}));
  expect(apply("log_plus_one", "f64", vector<double>({1e-20})), vector<double>({1e-20}));
  expect(apply("exponential_minus_one", "f64", vector<double>({1e-20})), vector<double>({1e-20}));
  expect(apply("tanh", "f32", vector<float>({0.5f, kInf})), vector<float>({0.46211717f, 1.f}));
  expect(apply("logistic", "f32", vector<float>({0.f, -kInf})), vector<float>({0.5f, 0.f}));
  expect(apply("sine", "f64", vector<double>({0.5, -0.0})),
         vector<double>({0.479425538604203, -0.0}));
  expect(apply("cosine", "f32", vector<float>({0.f, kInf})), vector<float>({1.f, kNaN}));
  expect(apply("erf", "f32", vector<float>({0.5f, -kInf})), vector<float>({0.5204999f, -1.f}));
  expect(apply("power", "f32", vector<float>({2.f, -2.f, 0.f}), vector<float>({10.f, 3.f, 0.f})),
         vector<float>({1024.f, -8.f, 1.f}));
}

TEST(Elementwise, SizesMustAgree) {
  const std::string type = "tensor<?xi32, #local.bounds<[4]>>";
  const auto add = [&](Tensor x, Tensor y) {
    return evaluate("%x: " + type + ", %y: " + type, "%r = local.add %x, %y : " + type, type,
                    {leaf(std::move(x)), leaf(std::move(y))});
  };
  expect(add(vector<int32_t>({1, 2}), vector<int32_t>({3, 4})), vector<int32_t>({4, 6}));
  expect_error(add(vector<int32_t>({1, 2}), vector<int32_t>({3})), FED_BAD_SIZE);
}

}  // namespace
}  // namespace fedc::interpret::testing
