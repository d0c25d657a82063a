// Shapes, contractions and reductions against values worked out by hand.
#include <limits>

#include "compiler/interpret/testing.h"

namespace fedc::interpret::testing {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

const Tensor kMatrix = tensor<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6});

CallOutcome on_matrix(const std::string& op, const std::string& result) {
  return evaluate("%x: tensor<2x3xi32>", "%r = local." + op + " : tensor<2x3xi32> -> " + result,
                  result, {leaf(kMatrix)});
}

TEST(Shape, Constant) {
  const auto constant = [](const std::string& value) {
    const std::string type = value.substr(value.rfind(" : ") + 3);
    return evaluate("", "%r = local.constant " + value, type, {});
  };
  expect(constant("dense<[1, -2]> : tensor<2xi8>"), vector<int8_t>({1, -2}));
  expect(constant("dense<[true, false, true]> : tensor<3xi1>"), vector<bool>({true, false, true}));
  expect(constant("dense<true> : tensor<2xi1>"), vector<bool>({true, true}));
  expect(constant("dense<2.5> : tensor<2x1xf64>"), tensor<double>({2, 1}, {2.5, 2.5}));
  expect(constant("dense<200> : tensor<ui8>"), scalar<uint8_t>(200));
}

TEST(Shape, Param) {
  const std::string text = R"(
    fed.param @rate : tensor<f32> = 0.5 : f32
    func.func @f() -> tensor<f32> {
      %r = local.param @rate : tensor<f32>
      return %r : tensor<f32>
    })";
  expect(call(text, {}), scalar<float>(0.5f));
  expect(call(text, {}, {{"rate", scalar<float>(2.f)}}), scalar<float>(2.f));
}

TEST(Shape, Iota) {
  expect(evaluate("", "%r = local.iota 1 : tensor<2x3xi32>", "tensor<2x3xi32>", {}),
         tensor<int32_t>({2, 3}, {0, 1, 2, 0, 1, 2}));
  const std::string type = "tensor<?xf32, #local.bounds<[4]>>";
  const auto sized = [&](int64_t n) {
    return evaluate("%n: tensor<i64>", "%r = local.iota 0 sizes(%n) : " + type, type,
                    {leaf(scalar<int64_t>(n))});
  };
  expect(sized(3), vector<float>({0, 1, 2}));
  expect(sized(0), vector<float>({}));
  expect_error(sized(5), FED_BAD_SIZE);
  expect_error(sized(-1), FED_BAD_SIZE);
}

TEST(Shape, GetDimensionSize) {
  const std::string type = "tensor<?x3xi32, #local.bounds<[9, -1]>>";
  const auto size = [&](int d) {
    return evaluate("%x: " + type,
                    "%r = local.get_dimension_size %x, " + std::to_string(d) + " : " + type,
                    "tensor<i64>", {leaf(kMatrix)});
  };
  expect(size(0), scalar<int64_t>(2));
  expect(size(1), scalar<int64_t>(3));
}

TEST(Shape, BroadcastInDim) {
  expect(evaluate("%x: tensor<2xi32>",
                  "%r = local.broadcast_in_dim %x dims = [0] : tensor<2xi32> -> tensor<2x3xi32>",
                  "tensor<2x3xi32>", {leaf(vector<int32_t>({7, 8}))}),
         tensor<int32_t>({2, 3}, {7, 7, 7, 8, 8, 8}));
  expect(evaluate("%x: tensor<1x2xi32>",
                  "%r = local.broadcast_in_dim %x dims = [0, 1] : tensor<1x2xi32> -> "
                  "tensor<2x2xi32>",
                  "tensor<2x2xi32>", {leaf(tensor<int32_t>({1, 2}, {7, 8}))}),
         tensor<int32_t>({2, 2}, {7, 8, 7, 8}));
  const std::string to = "tensor<?x2xi32, #local.bounds<[4, -1]>>";
  expect(evaluate("%x: tensor<2xi32>, %n: tensor<i64>",
                  "%r = local.broadcast_in_dim %x dims = [1] sizes(%n) : tensor<2xi32> -> " + to,
                  to, {leaf(vector<int32_t>({7, 8})), leaf(scalar<int64_t>(3))}),
         tensor<int32_t>({3, 2}, {7, 8, 7, 8, 7, 8}));
}

TEST(Shape, ReshapeTransposeSlice) {
  expect(on_matrix("reshape %x", "tensor<3x2xi32>"), tensor<int32_t>({3, 2}, {1, 2, 3, 4, 5, 6}));
  expect(on_matrix("transpose %x, permutation = [1, 0]", "tensor<3x2xi32>"),
         tensor<int32_t>({3, 2}, {1, 4, 2, 5, 3, 6}));
  expect(on_matrix("slice %x start = [0, 0] limit = [2, 3] strides = [1, 2]", "tensor<2x2xi32>"),
         tensor<int32_t>({2, 2}, {1, 3, 4, 6}));
  expect(on_matrix("slice %x start = [1, 1] limit = [2, 3] strides = [1, 1]", "tensor<1x2xi32>"),
         tensor<int32_t>({1, 2}, {5, 6}));
}

TEST(Shape, Pad) {
  expect(on_matrix("pad %x low = [1, 0] high = [0, 1] interior = [0, 1]", "tensor<3x6xi32>"),
         tensor<int32_t>({3, 6}, {0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0}));
}

TEST(Shape, Concatenate) {
  expect(evaluate(
             "%x: tensor<2x1xi32>, %y: tensor<2x2xi32>",
             "%r = local.concatenate %x, %y dim = 1 : (tensor<2x1xi32>, tensor<2x2xi32>) -> "
             "tensor<2x3xi32>",
             "tensor<2x3xi32>",
             {leaf(tensor<int32_t>({2, 1}, {1, 2})), leaf(tensor<int32_t>({2, 2}, {3, 4, 5, 6}))}),
         tensor<int32_t>({2, 3}, {1, 3, 4, 2, 5, 6}));
}

TEST(Shape, Cast) {
  const std::string from = "tensor<?xi32, #local.bounds<[8]>>";
  const auto cast = [&](const std::string& to, Tensor x) {
    return evaluate("%x: " + from, "%r = local.cast %x : " + from + " -> " + to, to,
                    {leaf(std::move(x))});
  };
  expect(cast("tensor<2xi32>", vector<int32_t>({1, 2})), vector<int32_t>({1, 2}));
  expect_error(cast("tensor<2xi32>", vector<int32_t>({1})), FED_BAD_SIZE);
  expect_error(cast("tensor<?xi32, #local.bounds<[1]>>", vector<int32_t>({1, 2})), FED_BAD_SIZE);
}

TEST(Contract, MatrixProduct) {
  const auto product = [](const std::string& element, Tensor x, Tensor y) {
    const std::string lhs = "tensor<2x3x" + element + ">", rhs = "tensor<3x2x" + element + ">";
    const std::string result = "tensor<2x2x" + element + ">";
    return evaluate("%x: " + lhs + ", %y: " + rhs,
                    "%r = local.dot_general %x, %y batching = [] x [] contracting = [1] x [0] : (" +
                        lhs + ", " + rhs + ") -> " + result,
                    result, {leaf(std::move(x)), leaf(std::move(y))});
  };
  expect(product("i32", kMatrix, tensor<int32_t>({3, 2}, {1, 2, 3, 4, 5, 6})),
         tensor<int32_t>({2, 2}, {22, 28, 49, 64}));
  // (1 + e)(1 - e) - 1 is -e^2 with a fused multiply-add, where two roundings would give 0.
  const float e = 0x1p-13f;
  expect(product("f32", tensor<float>({2, 3}, {-1, 1 + e, 0, 0, 0, 0}),
                 tensor<float>({3, 2}, {1, 0, 1 - e, 0, 0, 0})),
         tensor<float>({2, 2}, {-e * e, 0, 0, 0}));
}

TEST(Contract, BatchedAndTwoContractingDimensions) {
  const std::string type = "tensor<2x2xi32>";
  const auto dot = [&](const std::string& dims, const std::string& result) {
    return evaluate(
        "%x: " + type + ", %y: " + type,
        "%r = local.dot_general %x, %y " + dims + " : (" + type + ", " + type + ") -> " + result,
        result,
        {leaf(tensor<int32_t>({2, 2}, {1, 2, 3, 4})), leaf(tensor<int32_t>({2, 2}, {5, 6, 7, 8}))});
  };
  expect(dot("batching = [0] x [0] contracting = [1] x [1]", "tensor<2xi32>"),
         vector<int32_t>({17, 53}));
  expect(dot("batching = [] x [] contracting = [0, 1] x [1, 0]", "tensor<i32>"),
         scalar<int32_t>(5 + 14 + 18 + 32));
  expect(dot("batching = [1] x [0] contracting = [] x []", "tensor<2x2x2xi32>"),
         tensor<int32_t>({2, 2, 2}, {5, 6, 15, 18, 14, 16, 28, 32}));
}

TEST(Contract, ReduceKinds) {
  const auto reduce = [](const std::string& kind) {
    return on_matrix("reduce " + kind + " %x dims = [1]", "tensor<2xi32>");
  };
  expect(reduce("sum"), vector<int32_t>({6, 15}));
  expect(reduce("product"), vector<int32_t>({6, 120}));
  expect(reduce("max"), vector<int32_t>({3, 6}));
  expect(reduce("min"), vector<int32_t>({1, 4}));
  expect(on_matrix("reduce sum %x dims = [0]", "tensor<3xi32>"), vector<int32_t>({5, 7, 9}));
  expect(on_matrix("reduce sum %x dims = [0, 1]", "tensor<i32>"), scalar<int32_t>(21));
  const auto logic = [](const std::string& kind) {
    return evaluate("%x: tensor<2x2xi1>",
                    "%r = local.reduce " + kind + " %x dims = [1] : tensor<2x2xi1> -> tensor<2xi1>",
                    "tensor<2xi1>", {leaf(tensor<bool>({2, 2}, {true, false, true, true}))});
  };
  expect(logic("any"), vector<bool>({true, true}));
  expect(logic("all"), vector<bool>({false, true}));
}

TEST(Contract, ReduceSumUsesSixteenPartials) {
  // Elements 0 and 16 meet first: (2^24 + 1) + ... would lose the ones if they came one by one.
  Tensor x = Tensor::zeros(ElementType::kFloat32, {18});
  auto v = x.as<float>();
  v[0] = 16777216.f;  // partial 0
  v[1] = 1.f;         // partials 1 and 1: 2, which 2^24 can take
  v[17] = 1.f;
  expect(evaluate("%x: tensor<18xf32>",
                  "%r = local.reduce sum %x dims = [0] : tensor<18xf32> -> tensor<f32>",
                  "tensor<f32>", {leaf(x)}),
         scalar<float>(16777218.f));
  // Partials 0 and 8 meet before 8 and 9.
  v[1] = v[17] = 0.f;
  v[8] = -16777216.f;
  v[9] = 1.f;
  expect(evaluate("%x: tensor<18xf32>",
                  "%r = local.reduce sum %x dims = [0] : tensor<18xf32> -> tensor<f32>",
                  "tensor<f32>", {leaf(x)}),
         scalar<float>(1.f));
}

TEST(Contract, EmptyReductions) {
  const auto reduce = [](const std::string& kind) {
    return evaluate("%x: tensor<0xf32>",
                    "%r = local.reduce " + kind + " %x dims = [0] : tensor<0xf32> -> tensor<f32>",
                    "tensor<f32>", {leaf(vector<float>({}))});
  };
  expect(reduce("sum"), scalar<float>(0.f));
  expect(reduce("product"), scalar<float>(1.f));
  expect(reduce("max"), scalar<float>(-kInf));
  expect(reduce("min"), scalar<float>(kInf));
  expect(evaluate("%x: tensor<0xi8>",
                  "%r = local.reduce max %x dims = [0] : tensor<0xi8> -> tensor<i8>", "tensor<i8>",
                  {leaf(vector<int8_t>({}))}),
         scalar<int8_t>(-128));
}

TEST(Contract, ReductionsSeeNaN) {
  expect(evaluate("%x: tensor<3xf32>",
                  "%r = local.reduce max %x dims = [0] : tensor<3xf32> -> tensor<f32>",
                  "tensor<f32>", {leaf(vector<float>({1, kNaN, 2}))}),
         scalar<float>(kNaN));
}

TEST(Contract, ArgReduce) {
  const auto arg = [](const std::string& kind, Tensor x) {
    const std::string type = "tensor<" + std::to_string(x.dims[0]) + "xf32>";
    return evaluate("%x: " + type,
                    "%r = local.arg_reduce " + kind + " %x dim = 0 : " + type + " -> tensor<i32>",
                    "tensor<i32>", {leaf(std::move(x))});
  };
  expect(arg("max", vector<float>({1, 3, 3})), scalar<int32_t>(1));
  expect(arg("min", vector<float>({2, 1, 1})), scalar<int32_t>(1));
  expect(arg("max", vector<float>({kInf, kNaN, kNaN})), scalar<int32_t>(1));
  expect(arg("min", vector<float>({0.f, -0.f})), scalar<int32_t>(0));
}

}  // namespace
}  // namespace fedc::interpret::testing
