// Compiled phases against the interpreter, to the bit: operations, unknown sizes, control.
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::ElementType;
using fedrt::Tensor;

std::mt19937_64& generator() {
  static std::mt19937_64 random(7);
  return random;
}

LeafValue leaf(Tensor tensor) { return {std::move(tensor), {}}; }

// Random elements; floats of all magnitudes, with a few that are special.
Tensor random_tensor(ElementType element, std::vector<int64_t> dims, bool special = true) {
  Tensor tensor = Tensor::zeros(element, std::move(dims));
  auto& random = generator();
  auto number = [&]() -> double {
    if (special && random() % 8 == 0) {
      const double values[] = {0, -0.0, INFINITY, -INFINITY, NAN, 1e300, -1e30, 1e-310};
      return values[random() % 8];
    }
    return (random() / 0x1p63 - 1) * std::ldexp(1.0, int(random() % 40) - 20);
  };
  switch (element) {
    case ElementType::kBool:
      for (auto& byte : tensor.bytes) byte = random() % 2;
      break;
    case ElementType::kFloat32:
      for (float& x : tensor.as<float>()) x = static_cast<float>(number());
      break;
    case ElementType::kFloat64:
      for (double& x : tensor.as<double>()) x = number();
      break;
    default:
      for (auto& byte : tensor.bytes) byte = static_cast<uint8_t>(random());
  }
  return tensor;
}

struct Type {
  const char* mlir;
  ElementType element;
};
const Type kIntegers[] = {{"i8", ElementType::kInt8},     {"i16", ElementType::kInt16},
                          {"i32", ElementType::kInt32},   {"i64", ElementType::kInt64},
                          {"ui8", ElementType::kUint8},   {"ui16", ElementType::kUint16},
                          {"ui32", ElementType::kUint32}, {"ui64", ElementType::kUint64}};
const Type kFloats[] = {{"f32", ElementType::kFloat32}, {"f64", ElementType::kFloat64}};
const Type kBool = {"i1", ElementType::kBool};

std::vector<Type> numbers() {
  std::vector<Type> all(std::begin(kIntegers), std::end(kIntegers));
  all.insert(all.end(), std::begin(kFloats), std::end(kFloats));
  return all;
}

std::string replace(std::string text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// One program that returns every operation's result, over a tensor and over scalars.
TEST(Phase, Elementwise) {
  for (const Type& type : numbers()) {
    bool is_float = fedrt::is_float(type.element);
    std::vector<std::string> unary = {"negate", "abs", "sign"};
    std::vector<std::string> binary = {"add", "subtract", "multiply", "maximum", "minimum"};
    if (is_float) {
      for (const char* op :
           {"sqrt", "rsqrt", "floor", "ceil", "round_nearest_even", "round_nearest_afz"})
        unary.push_back(op);
      binary.insert(binary.end(), {"divide", "remainder"});
    } else {
      unary.insert(unary.end(), {"bitwise_not", "popcnt", "count_leading_zeros"});
      binary.insert(binary.end(),
                    {"bitwise_and", "bitwise_or", "bitwise_xor", "shift_left", "shift_right"});
      if (type.element == ElementType::kUint64) binary.push_back("threefry");
    }
    for (const std::string shape : {"", "37x"}) {
      std::string t = "tensor<" + shape + type.mlir + ">", c = "tensor<" + shape + "i1>";
      std::string body, results, types;
      int n = 0;
      auto add = [&](const std::string& text, const std::string& result) {
        std::string name = "%r" + std::to_string(n++);
        body += name + " = local." + text + "\n";
        results += (results.empty() ? "" : ", ") + name;
        types += (types.empty() ? "" : ", ") + result;
      };
      for (auto& op : unary) add(op + " %x : " + t, t);
      for (auto& op : binary) add(op + " %x, %y : " + t, t);
      for (const char* d : {"EQ", "NE", "LT", "LE", "GT", "GE"})
        add(std::string("compare ") + d + ", %x, %y : " + t + " -> " + c, c);
      if (is_float) {
        add("is_finite %x : " + t + " -> " + c, c);
        add("is_nan %x : " + t + " -> " + c, c);
      }
      add("select %p, %x, %y : " + c + ", " + t, t);
      for (const Type& to : numbers()) {
        if (std::string(to.mlir) == type.mlir) continue;
        std::string r = "tensor<" + shape + to.mlir + ">";
        add("convert %x : " + t + " -> " + r, r);
      }
      add("convert %x : " + t + " -> " + c, c);
      add("convert %p : " + c + " -> " + t, t);
      std::vector<int64_t> dims;
      if (!shape.empty()) dims = {37};
      std::vector<std::vector<LeafValue>> runs;
      for (int i = 0; i < 12; ++i)
        runs.push_back({leaf(random_tensor(type.element, dims)),
                        leaf(random_tensor(type.element, dims)),
                        leaf(random_tensor(ElementType::kBool, dims))});
      expect_same("func.func @f(%x: " + t + ", %y: " + t + ", %p: " + c + ") -> (" + types +
                      ") {\n" + body + "return " + results + " : " + types + "\n}",
                  runs);
    }
  }
}

// Amounts around the width, where it matters.
TEST(Phase, Shifts) {
  for (const Type& type : kIntegers) {
    std::string t = std::string("tensor<40x") + type.mlir + ">";
    std::vector<std::vector<LeafValue>> runs;
    for (int i = 0; i < 8; ++i) {
      Tensor y = Tensor::zeros(type.element, {40});
      size_t size = fedrt::element_size(type.element);
      for (int64_t k = 0; k < 40; ++k) {
        int64_t amount = static_cast<int64_t>(generator()() % (8 * size + 6)) - 3;
        std::memcpy(&y.bytes[k * size], &amount, size);
      }
      runs.push_back({leaf(random_tensor(type.element, {40})), leaf(y)});
    }
    expect_same("func.func @f(%x: " + t + ", %y: " + t + ") -> (" + t + ", " + t +
                    ") {\n%0 = local.shift_left %x, %y : " + t +
                    "\n%1 = local.shift_right %x, %y : " + t + "\nreturn %0, %1 : " + t + ", " + t +
                    "\n}",
                runs);
  }
}

TEST(Phase, IntegerDivision) {
  for (const Type& type : kIntegers) {
    std::string t = std::string("tensor<9x") + type.mlir + ">";
    std::string text = "func.func @f(%x: " + t + ", %y: " + t + ") -> (" + t + ", " + t +
                       ") {\n%0 = local.divide %x, %y : " + t +
                       "\n%1 = local.remainder %x, %y : " + t + "\nreturn %0, %1 : " + t + ", " +
                       t + "\n}";
    std::vector<std::vector<LeafValue>> runs;
    for (int i = 0; i < 20; ++i) {
      Tensor x = random_tensor(type.element, {9}), y = random_tensor(type.element, {9});
      size_t size = fedrt::element_size(type.element);
      // No zero, but the least by -1.
      for (size_t at = 0; at < y.bytes.size(); at += size) y.bytes[at] |= 1;
      memset(x.bytes.data(), 0, size);
      x.bytes[size - 1] = 0x80;
      memset(y.bytes.data(), 0xff, size);
      runs.push_back({leaf(x), leaf(y)});
    }
    runs.push_back(
        {leaf(random_tensor(type.element, {9})), leaf(Tensor::zeros(type.element, {9}))});
    expect_same(text, runs);
  }
}

TEST(Phase, Reductions) {
  for (const Type& type : numbers()) {
    for (const std::string kind : {"sum", "product", "max", "min"}) {
      // Compiling takes time: of the small integers only what differs by sign.
      bool small = fedrt::element_size(type.element) < 4;
      if (kind == "product" ? !fedrt::is_float(type.element) : small && kind == "sum") continue;
      std::string t = type.mlir;
      std::string text = replace(R"(
func.func @f(%x: tensor<3x5x37xT>, %y: tensor<50xT>, %z: tensor<16x4xT>, %e: tensor<0x3xT>)
    -> (tensor<3x5xT>, tensor<5x37xT>, tensor<37xT>, tensor<T>, tensor<T>, tensor<4xT>, tensor<3xT>) {
  %0 = local.reduce K %x dims = [2] : tensor<3x5x37xT> -> tensor<3x5xT>
  %1 = local.reduce K %x dims = [0] : tensor<3x5x37xT> -> tensor<5x37xT>
  %2 = local.reduce K %x dims = [0, 1] : tensor<3x5x37xT> -> tensor<37xT>
  %3 = local.reduce K %x dims = [0, 1, 2] : tensor<3x5x37xT> -> tensor<T>
  %4 = local.reduce K %y dims = [0] : tensor<50xT> -> tensor<T>
  %5 = local.reduce K %z dims = [0] : tensor<16x4xT> -> tensor<4xT>
  %6 = local.reduce K %e dims = [0] : tensor<0x3xT> -> tensor<3xT>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<3x5xT>, tensor<5x37xT>, tensor<37xT>, tensor<T>, tensor<T>, tensor<4xT>, tensor<3xT>
})",
                                 "T>", t + ">");
      text = replace(text, "K %", kind + " %");
      std::vector<std::vector<LeafValue>> runs;
      for (int i = 0; i < 4; ++i) {
        bool special = i == 3 && kind[0] == 'm';
        runs.push_back({leaf(random_tensor(type.element, {3, 5, 37}, special)),
                        leaf(random_tensor(type.element, {50}, special)),
                        leaf(random_tensor(type.element, {16, 4}, special)),
                        leaf(Tensor::zeros(type.element, {0, 3}))});
      }
      expect_same(text, runs);
    }
  }
}

TEST(Phase, AnyAllAndArgReduce) {
  expect_same(R"(
func.func @f(%x: tensor<3x21xi1>) -> (tensor<3xi1>, tensor<21xi1>) {
  %0 = local.reduce any %x dims = [1] : tensor<3x21xi1> -> tensor<3xi1>
  %1 = local.reduce all %x dims = [0] : tensor<3x21xi1> -> tensor<21xi1>
  return %0, %1 : tensor<3xi1>, tensor<21xi1>
})",
              {{leaf(random_tensor(kBool.element, {3, 21}))},
               {leaf(Tensor::zeros(kBool.element, {3, 21}))}});
  for (const Type& type : numbers()) {
    std::string text = replace(R"(
func.func @f(%x: tensor<4x9xT>) -> (tensor<4xi32>, tensor<9xi64>) {
  %0 = local.arg_reduce max %x dim = 1 : tensor<4x9xT> -> tensor<4xi32>
  %1 = local.arg_reduce min %x dim = 0 : tensor<4x9xT> -> tensor<9xi64>
  return %0, %1 : tensor<4xi32>, tensor<9xi64>
})",
                               "T>", std::string(type.mlir) + ">");
    std::vector<std::vector<LeafValue>> runs;
    for (int i = 0; i < 8; ++i) runs.push_back({leaf(random_tensor(type.element, {4, 9}))});
    runs.push_back({leaf(Tensor::zeros(type.element, {4, 9}))});
    expect_same(text, runs);
  }
}

TEST(Phase, DotGeneral) {
  for (const Type& type : numbers()) {
    std::string text = replace(R"(
func.func @f(%a: tensor<5x33xT>, %b: tensor<33x10xT>, %v: tensor<33xT>, %c: tensor<2x3x4xT>, %d: tensor<4x2x3xT>, %e: tensor<3xT>)
    -> (tensor<5x10xT>, tensor<10x5xT>, tensor<5xT>, tensor<T>, tensor<3x2xT>, tensor<2xT>, tensor<3x33xT>) {
  %0 = local.dot_general %a, %b batching = [] x [] contracting = [1] x [0] : (tensor<5x33xT>, tensor<33x10xT>) -> tensor<5x10xT>
  %1 = local.dot_general %b, %a batching = [] x [] contracting = [0] x [1] : (tensor<33x10xT>, tensor<5x33xT>) -> tensor<10x5xT>
  %2 = local.dot_general %a, %v batching = [] x [] contracting = [1] x [0] : (tensor<5x33xT>, tensor<33xT>) -> tensor<5xT>
  %3 = local.dot_general %v, %v batching = [] x [] contracting = [0] x [0] : (tensor<33xT>, tensor<33xT>) -> tensor<T>
  %4 = local.dot_general %c, %d batching = [1, 0] x [2, 1] contracting = [2] x [0] : (tensor<2x3x4xT>, tensor<4x2x3xT>) -> tensor<3x2xT>
  %5 = local.dot_general %c, %d batching = [0] x [1] contracting = [2, 1] x [0, 2] : (tensor<2x3x4xT>, tensor<4x2x3xT>) -> tensor<2xT>
  %6 = local.dot_general %e, %v batching = [] x [] contracting = [] x [] : (tensor<3xT>, tensor<33xT>) -> tensor<3x33xT>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<5x10xT>, tensor<10x5xT>, tensor<5xT>, tensor<T>, tensor<3x2xT>, tensor<2xT>, tensor<3x33xT>
})",
                               "T>", std::string(type.mlir) + ">");
    std::vector<std::vector<LeafValue>> runs;
    for (int i = 0; i < 4; ++i) {
      std::vector<LeafValue> run;
      for (std::vector<int64_t> dims :
           std::vector<std::vector<int64_t>>{{5, 33}, {33, 10}, {33}, {2, 3, 4}, {4, 2, 3}, {3}})
        run.push_back(leaf(random_tensor(type.element, dims, i == 3)));
      runs.push_back(run);
    }
    expect_same(text, runs);
  }
}

// Sums that begin with others, over sides as they are and over sides that run backwards.
TEST(Phase, DotGeneralInto) {
  for (const Type& type : numbers()) {
    std::string text = replace(R"(
func.func @f(%a: tensor<3x5x33xT>, %b: tensor<3x5x20xT>, %s: tensor<33x20xT>, %v: tensor<33xT>, %k: tensor<T>, %w: tensor<5xT>)
    -> (tensor<33x20xT>, tensor<33x20xT>, tensor<33x20xT>, tensor<T>, tensor<33xT>, tensor<33x5xT>) {
  %0 = local.dot_general %a, %b into %s batching = [] x [] contracting = [0, 1] x [0, 1] : (tensor<3x5x33xT>, tensor<3x5x20xT>, tensor<33x20xT>) -> tensor<33x20xT>
  %c = local.reverse %a dims = [0] : tensor<3x5x33xT> -> tensor<3x5x33xT>
  %d = local.reverse %b dims = [0] : tensor<3x5x20xT> -> tensor<3x5x20xT>
  %1 = local.dot_general %c, %d batching = [] x [] contracting = [0, 1] x [0, 1] : (tensor<3x5x33xT>, tensor<3x5x20xT>) -> tensor<33x20xT>
  %2 = local.dot_general %c, %d into %0 batching = [] x [] contracting = [0, 1] x [0, 1] : (tensor<3x5x33xT>, tensor<3x5x20xT>, tensor<33x20xT>) -> tensor<33x20xT>
  %3 = local.dot_general %v, %v into %k batching = [] x [] contracting = [0] x [0] : (tensor<33xT>, tensor<33xT>, tensor<T>) -> tensor<T>
  %4 = local.dot_general %v, %k into %v batching = [] x [] contracting = [] x [] : (tensor<33xT>, tensor<T>, tensor<33xT>) -> tensor<33xT>
  %z = local.dot_general %v, %w batching = [] x [] contracting = [] x [] : (tensor<33xT>, tensor<5xT>) -> tensor<33x5xT>
  %5 = local.dot_general %v, %w into %z batching = [] x [] contracting = [] x [] : (tensor<33xT>, tensor<5xT>, tensor<33x5xT>) -> tensor<33x5xT>
  return %0, %1, %2, %3, %4, %5 : tensor<33x20xT>, tensor<33x20xT>, tensor<33x20xT>, tensor<T>, tensor<33xT>, tensor<33x5xT>
})",
                               "T>", std::string(type.mlir) + ">");
    std::vector<std::vector<LeafValue>> runs;
    for (int i = 0; i < 4; ++i) {
      std::vector<LeafValue> run;
      for (std::vector<int64_t> dims :
           std::vector<std::vector<int64_t>>{{3, 5, 33}, {3, 5, 20}, {33, 20}, {33}, {}, {5}})
        run.push_back(leaf(random_tensor(type.element, dims, i == 3)));
      runs.push_back(run);
    }
    expect_same(text, runs);
  }
}

TEST(Phase, Shapes) {
  for (const Type& type : {kIntegers[2], kIntegers[4], kFloats[0], kFloats[1]}) {
    std::string text = replace(R"(
func.func @f(%x: tensor<3x4xT>, %s: tensor<T>, %o: tensor<3x1xT>)
    -> (tensor<2x3x4xT>, tensor<5xT>, tensor<3x4xT>, tensor<2x6xT>, tensor<12xT>, tensor<4x3xT>, tensor<2x2xT>,
        tensor<6x9xT>, tensor<3x9xT>, tensor<4x5xT>, tensor<T>, tensor<3xT>, tensor<3xT>) {
  %0 = local.broadcast_in_dim %x dims = [1, 2] : tensor<3x4xT> -> tensor<2x3x4xT>
  %1 = local.broadcast_in_dim %s dims = [] : tensor<T> -> tensor<5xT>
  %2 = local.broadcast_in_dim %o dims = [0, 1] : tensor<3x1xT> -> tensor<3x4xT>
  %3 = local.reshape %x : tensor<3x4xT> -> tensor<2x6xT>
  %4 = local.reshape %x : tensor<3x4xT> -> tensor<12xT>
  %5 = local.transpose %x, permutation = [1, 0] : tensor<3x4xT> -> tensor<4x3xT>
  %6 = local.slice %x start = [1, 0] limit = [3, 4] strides = [1, 2] : tensor<3x4xT> -> tensor<2x2xT>
  %7 = local.pad %x low = [1, 0] high = [2, 2] interior = [0, 1] : tensor<3x4xT> -> tensor<6x9xT>
  %8 = local.concatenate %x, %o, %x dim = 1 : (tensor<3x4xT>, tensor<3x1xT>, tensor<3x4xT>) -> tensor<3x9xT>
  %9 = local.iota 1 : tensor<4x5xT>
  %10 = local.reshape %y : tensor<1xT> -> tensor<T>
  %11 = local.constant dense<[1, 2, 3]> : tensor<3xT>
  %12 = local.reshape %o : tensor<3x1xT> -> tensor<3xT>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12 : tensor<2x3x4xT>, tensor<5xT>, tensor<3x4xT>, tensor<2x6xT>, tensor<12xT>, tensor<4x3xT>, tensor<2x2xT>,
        tensor<6x9xT>, tensor<3x9xT>, tensor<4x5xT>, tensor<T>, tensor<3xT>, tensor<3xT>
})",
                               "T>", std::string(type.mlir) + ">");
    text = replace(text, "%10 = ",
                   "%y = local.reshape %s : tensor<" + std::string(type.mlir) + "> -> tensor<1x" +
                       type.mlir + ">\n%10 = ");
    if (fedrt::is_float(type.element)) text = replace(text, "[1, 2, 3]>", "[1.0, 2.0, 3.0]>");
    expect_same(text,
                {{leaf(random_tensor(type.element, {3, 4})), leaf(random_tensor(type.element, {})),
                  leaf(random_tensor(type.element, {3, 1}))}});
  }
}

TEST(Phase, UnknownSizes) {
  const std::string text = R"(
!m = tensor<?x4xf32, #local.bounds<[8, -1]>>
!v = tensor<?xf32, #local.bounds<[8]>>
func.func @f(%x: !m, %y: !m, %w: tensor<4x3xf32>) -> (!m, tensor<?x3xf32, #local.bounds<[8, -1]>>, !v, tensor<4xf32>, tensor<i64>, !m, tensor<?x2x2xf32, #local.bounds<[8, -1, -1]>>, tensor<?xi32, #local.bounds<[8]>>, tensor<?x8xf32, #local.bounds<[8, -1]>>, tensor<4x?xf32, #local.bounds<[-1, 8]>>, tensor<?x2xf32, #local.bounds<[8, -1]>>, tensor<4x4xf32>, tensor<?xi1, #local.bounds<[8]>>) {
  %0 = local.add %x, %y : !m
  %1 = local.dot_general %x, %w batching = [] x [] contracting = [1] x [0] : (!m, tensor<4x3xf32>) -> tensor<?x3xf32, #local.bounds<[8, -1]>>
  %2 = local.reduce sum %x dims = [1] : !m -> !v
  %3 = local.reduce sum %x dims = [0] : !m -> tensor<4xf32>
  %4 = local.get_dimension_size %x, 0 : !m
  %5 = local.broadcast_in_dim %2 dims = [0] sizes(%4) : !v -> !m
  %6 = local.reshape %x : !m -> tensor<?x2x2xf32, #local.bounds<[8, -1, -1]>>
  %7 = local.iota 0 sizes(%4) : tensor<?xi32, #local.bounds<[8]>>
  %8 = local.concatenate %x, %y dim = 1 : (!m, !m) -> tensor<?x8xf32, #local.bounds<[8, -1]>>
  %9 = local.transpose %x, permutation = [1, 0] : !m -> tensor<4x?xf32, #local.bounds<[-1, 8]>>
  %10 = local.slice %x start = [0, 1] limit = [-1, 4] strides = [1, 2] : !m -> tensor<?x2xf32, #local.bounds<[8, -1]>>
  %11 = local.dot_general %x, %y batching = [] x [] contracting = [0] x [0] : (!m, !m) -> tensor<4x4xf32>
  %z = local.constant dense<0.0> : tensor<f32>
  %zs = local.broadcast_in_dim %z dims = [] sizes(%4) : tensor<f32> -> !v
  %12 = local.compare GT, %2, %zs : !v -> tensor<?xi1, #local.bounds<[8]>>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12 : !m, tensor<?x3xf32, #local.bounds<[8, -1]>>, !v, tensor<4xf32>, tensor<i64>, !m, tensor<?x2x2xf32, #local.bounds<[8, -1, -1]>>, tensor<?xi32, #local.bounds<[8]>>, tensor<?x8xf32, #local.bounds<[8, -1]>>, tensor<4x?xf32, #local.bounds<[-1, 8]>>, tensor<?x2xf32, #local.bounds<[8, -1]>>, tensor<4x4xf32>, tensor<?xi1, #local.bounds<[8]>>
})";
  std::vector<std::vector<LeafValue>> runs;
  for (int64_t n : {0, 1, 5, 8})
    for (int64_t m : {n, n == 8 ? n - 1 : n + 1})
      runs.push_back({leaf(random_tensor(ElementType::kFloat32, {n, 4}, false)),
                      leaf(random_tensor(ElementType::kFloat32, {m, 4}, false)),
                      leaf(random_tensor(ElementType::kFloat32, {4, 3}, false))});
  expect_same(text, runs);
}

TEST(Phase, Placed) {
  for (const Type& type : {kFloats[0], kFloats[1], kIntegers[0], kIntegers[7]}) {
    std::string text = replace(R"(
func.func @f(%x: tensor<?x5xT, #local.bounds<[6, -1]>>, %i: tensor<?xi32, #local.bounds<[4]>>, %s: tensor<5x3xT>,
             %j: tensor<i64>, %v: tensor<T>)
    -> (tensor<?x5xT, #local.bounds<[4, -1]>>, tensor<?x5xT, #local.bounds<[6, -1]>>, tensor<2x2xT>, tensor<5x3xT>,
        tensor<?x5xT, #local.bounds<[6, -1]>>, tensor<?x5xi32, #local.bounds<[6, -1]>>,
        tensor<?x5xi64, #local.bounds<[6, -1]>>, tensor<?x5xT, #local.bounds<[6, -1]>>, tensor<8x6xT>) {
  %0 = local.take %x, %i dim = 0 batch = 0 : (tensor<?x5xT, #local.bounds<[6, -1]>>, tensor<?xi32, #local.bounds<[4]>>) -> tensor<?x5xT, #local.bounds<[4, -1]>>
  %1 = local.scatter_add %x, %i, %0 dim = 0 batch = 0 : (tensor<?x5xT, #local.bounds<[6, -1]>>, tensor<?xi32, #local.bounds<[4]>>, tensor<?x5xT, #local.bounds<[4, -1]>>) -> tensor<?x5xT, #local.bounds<[6, -1]>>
  %2 = local.dynamic_slice %s[%j, %j] sizes = [2, 2] : tensor<5x3xT> -> tensor<2x2xT>
  %3 = local.dynamic_update_slice %s, %2[%j, %j] : (tensor<5x3xT>, tensor<2x2xT>) -> tensor<5x3xT>
  %4 = local.reverse %x dims = [0, 1] : tensor<?x5xT, #local.bounds<[6, -1]>> -> tensor<?x5xT, #local.bounds<[6, -1]>>
  %5 = local.argsort %1 dim = 0 : tensor<?x5xT, #local.bounds<[6, -1]>> -> tensor<?x5xi32, #local.bounds<[6, -1]>>
  %6 = local.argsort %x dim = 1 descending : tensor<?x5xT, #local.bounds<[6, -1]>> -> tensor<?x5xi64, #local.bounds<[6, -1]>>
  %7 = local.cumulative_sum %x dim = 0 : tensor<?x5xT, #local.bounds<[6, -1]>> -> tensor<?x5xT, #local.bounds<[6, -1]>>
  %8 = local.pad %s value(%v : tensor<T>) low = [1, 0] high = [2, 1] interior = [0, 1] : tensor<5x3xT> -> tensor<8x6xT>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : tensor<?x5xT, #local.bounds<[4, -1]>>, tensor<?x5xT, #local.bounds<[6, -1]>>,
    tensor<2x2xT>, tensor<5x3xT>, tensor<?x5xT, #local.bounds<[6, -1]>>, tensor<?x5xi32, #local.bounds<[6, -1]>>,
    tensor<?x5xi64, #local.bounds<[6, -1]>>, tensor<?x5xT, #local.bounds<[6, -1]>>, tensor<8x6xT>
})",
                               "T,", std::string(type.mlir) + ",");
    text = replace(text, "T>", std::string(type.mlir) + ">");
    std::vector<std::vector<LeafValue>> runs;
    // Indices and places in range and beyond it, of all numbers of rows.
    for (int i = 0; i < 24; ++i) {
      int64_t rows = i % 7, count = rows == 0 ? 0 : i % 5;
      Tensor at = Tensor::zeros(ElementType::kInt32, {count});
      for (int32_t& x : at.as<int32_t>()) x = static_cast<int32_t>(generator()() % rows);
      if (i % 6 == 5 && count > 0) at.as<int32_t>()[0] = i % 12 == 5 ? -1 : rows;
      int64_t place = i % 8 == 7 ? -1 : i % 8 == 3 ? 2 : i % 2;
      runs.push_back({leaf(random_tensor(type.element, {rows, 5})), leaf(at),
                      leaf(random_tensor(type.element, {5, 3})), leaf(Tensor::scalar(place)),
                      leaf(random_tensor(type.element, {}))});
    }
    expect_same(text, runs);
  }
}

TEST(Phase, Casts) {
  expect_same(R"(
func.func @f(%x: tensor<?xf32, #local.bounds<[8]>>) -> (tensor<4xf32>, tensor<?xf32, #local.bounds<[6]>>) {
  %0 = local.cast %x : tensor<?xf32, #local.bounds<[8]>> -> tensor<4xf32>
  %1 = local.cast %x : tensor<?xf32, #local.bounds<[8]>> -> tensor<?xf32, #local.bounds<[6]>>
  return %0, %1 : tensor<4xf32>, tensor<?xf32, #local.bounds<[6]>>
})",
              {{leaf(random_tensor(ElementType::kFloat32, {4}))},
               {leaf(random_tensor(ElementType::kFloat32, {3}))},
               {leaf(random_tensor(ElementType::kFloat32, {7}))}});
}

TEST(Phase, If) {
  std::vector<std::vector<LeafValue>> runs;
  for (bool c : {false, true})
    for (int64_t n : {0, 3})
      runs.push_back({leaf(Tensor::scalar<bool>(c)),
                      leaf(random_tensor(ElementType::kFloat32, {n}, false)),
                      leaf(random_tensor(ElementType::kInt32, {}))});
  expect_same(R"(
!v = tensor<?xf32, #local.bounds<[8]>>
func.func @f(%c: tensor<i1>, %x: !v, %i: tensor<i32>) -> (!v, tensor<2xi32>, tensor<i32>) {
  %zero = local.constant dense<0> : tensor<i32>
  %0:3 = local.if %c -> !v, tensor<2xi32>, tensor<i32> {
    %a = local.add %x, %x : !v
    %b = local.broadcast_in_dim %i dims = [] : tensor<i32> -> tensor<2xi32>
    local.yield %a, %b, %i : !v, tensor<2xi32>, tensor<i32>
  } else {
    %b = local.constant dense<[3, 4]> : tensor<2xi32>
    %d = local.divide %i, %zero : tensor<i32>
    local.yield %x, %b, %d : !v, tensor<2xi32>, tensor<i32>
  }
  return %0#0, %0#1, %0#2 : !v, tensor<2xi32>, tensor<i32>
})",
              runs);
}

// Sums run over 16 interleaved partials, combined pairwise: a sum that other orders get wrong.
TEST(Phase, SixteenPartials) {
  auto compiled = Compiled::of_function(R"(
func.func @f(%x: tensor<100xf32>) -> tensor<f32> {
  %0 = local.reduce sum %x dims = [0] : tensor<100xf32> -> tensor<f32>
  return %0 : tensor<f32>
})");
  ASSERT_TRUE(compiled);
  for (int run = 0; run < 20; ++run) {
    Tensor x = random_tensor(ElementType::kFloat32, {100}, false);
    float partials[16] = {};
    for (int i = 0; i < 100; ++i) partials[i % 16] += x.as<float>()[i];
    for (int half = 8; half >= 1; half /= 2)
      for (int p = 0; p < half; ++p) partials[p] += partials[p + half];
    EXPECT_EQ(compiled->run({leaf(x)}).results[0].as<float>()[0], partials[0]);
  }
}

TEST(Phase, FirstErrorSticksWithItsSite) {
  auto module = parse(R"(
func.func @f(%x: tensor<i32>, %y: tensor<i32>, %ok: tensor<i1>) -> tensor<i32> {
  local.assert %ok, "it holds" loc("e.fed":2:1)
  %0 = local.divide %x, %y : tensor<i32> loc("e.fed":3:5)
  %1 = local.remainder %x, %y : tensor<i32> loc("e.fed":4:5)
  %2 = local.add %0, %1 : tensor<i32>
  return %2 : tensor<i32>
})");
  ASSERT_TRUE(module);
  auto split = parse(as_split(*module));
  ASSERT_TRUE(split);
  // Positions are those of the printed module: what matters is that they differ, and which is
  // first.
  auto compiled = Compiled::of_split(*split);
  ASSERT_TRUE(compiled);
  auto run = [&](int32_t x, int32_t y, bool ok) {
    return compiled->run(
        {leaf(Tensor::scalar(x)), leaf(Tensor::scalar(y)), leaf(Tensor::scalar(ok))});
  };
  EXPECT_EQ(run(7, 2, true).error.status, FED_OK);
  EXPECT_EQ(run(7, 2, true).results[0].as<int32_t>()[0], 4);
  Outcome by_zero = run(7, 0, true), asserted = run(7, 0, false);
  EXPECT_EQ(by_zero.error.status, FED_BAD_VALUE);
  EXPECT_EQ(by_zero.results[0].as<int32_t>()[0], 0);
  EXPECT_EQ(asserted.error.status, FED_ASSERTION);
  EXPECT_NE(by_zero.error.site, 0u);
  EXPECT_NE(by_zero.error.site, asserted.error.site);
}

TEST(Phase, SizesOfInputsAreChecked) {
  auto compiled = Compiled::of_function(R"(
!v = tensor<?xf32, #local.bounds<[8]>>
func.func @f(%x: !v, %y: !v) -> !v {
  %0 = local.add %x, %y : !v
  return %0 : !v
})");
  ASSERT_TRUE(compiled);
  Outcome outcome = compiled->run({leaf(random_tensor(ElementType::kFloat32, {3})),
                                   leaf(random_tensor(ElementType::kFloat32, {5}))});
  EXPECT_EQ(outcome.error.status, FED_BAD_SIZE);
  EXPECT_EQ(outcome.error.detail[0], 3);
  EXPECT_EQ(outcome.error.detail[1], 5);
}

TEST(Phase, EveryTableStartsWithItsSize) {
  auto compiled = Compiled::of_function(R"(
func.func @f(%x: tensor<2x3xui16>) -> tensor<2x3xui16> {
  return %x : tensor<2x3xui16>
})");
  ASSERT_TRUE(compiled);
  const fed_program& program = compiled->program();
  EXPECT_EQ(program.size, sizeof(fed_program));
  EXPECT_EQ(program.version, FED_ABI_VERSION);
  EXPECT_STREQ(program.name, "t");
  ASSERT_EQ(program.computation_count, 1u);
  const fed_computation& computation = program.computations[0];
  EXPECT_EQ(computation.size, sizeof(fed_computation));
  EXPECT_STREQ(computation.name, "p");
  ASSERT_EQ(computation.phase_count, 1u);
  EXPECT_EQ(computation.phases[0].size, sizeof(fed_phase));
  const fed_leaf& leaf = computation.input.leaves[0];
  EXPECT_STREQ(leaf.name, "x0");
  EXPECT_EQ(leaf.element_type, uint32_t{FED_UINT16});
  EXPECT_EQ(leaf.rank, 2u);
  EXPECT_EQ(leaf.dims[1], 3);
  EXPECT_EQ(leaf.bytes, 12u);
  EXPECT_GT(program.stack_bytes, 0u);
}

}  // namespace
}  // namespace fedc::testing
