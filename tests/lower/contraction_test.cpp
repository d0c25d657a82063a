// Products of matrices, compiled against interpreted, bit for bit: whole tiles and what is left
// over, panels, blocks of the contracted dimension, transposed sides, unknown sizes and empty ones.
#include <gtest/gtest.h>

#include <random>

#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::Tensor;
using Dims = std::vector<int64_t>;

Tensor random_tensor(std::mt19937& random, const std::string& element, const Dims& dims) {
  auto fill = [&]<class T>(T) {
    Tensor tensor = Tensor::zeros(fedrt::element_of<T>(), dims);
    std::uniform_real_distribution<T> uniform(-1, 1);
    for (T& x : tensor.as<T>()) x = uniform(random);
    return tensor;
  };
  return element == "f64" ? fill(double{}) : fill(float{});
}

// The dimension `unknown` unknown with this bound, or none (-1).
std::string type(const Dims& dims, const std::string& element, int64_t unknown, int64_t bound) {
  std::string text = "tensor<", bounds;
  for (int64_t i = 0; i < static_cast<int64_t>(dims.size()); ++i) {
    text += (i == unknown ? "?" : std::to_string(dims[i])) + "x";
    bounds += (i ? ", " : "") + std::to_string(i == unknown ? bound : -1);
  }
  return text + element + (unknown >= 0 ? ", #local.bounds<[" + bounds + "]>>" : ">");
}

enum Unknown { kNone, kRows, kDepth };

struct Product {
  int64_t m, k, n;
  Unknown unknown = kNone;
  std::string element = "f32", cpu = "";
};

// As contracting dimensions say, or (`written`) by transpositions before.
void check(const Product& p, bool turn_left, bool turn_right, bool written) {
  SCOPED_TRACE(std::to_string(p.m) + "x" + std::to_string(p.k) + "x" + std::to_string(p.n) + " " +
               p.element + (turn_left ? " t" : " n") + (turn_right ? "t " : "n ") +
               std::to_string(p.unknown));
  std::mt19937 random(p.m + p.k + p.n);
  const Dims a = turn_left ? Dims{p.k, p.m} : Dims{p.m, p.k},
             b = turn_right ? Dims{p.n, p.k} : Dims{p.k, p.n};
  // Where the unknown dimension stands in each.
  const int64_t in_a = p.unknown == kNone ? -1 : (p.unknown == kRows) == turn_left,
                in_b = p.unknown == kDepth ? turn_right : -1,
                bound = (p.unknown == kRows ? p.m : p.k) + 3;
  auto type_of = [&](const Dims& dims, int64_t unknown) {
    return type(dims, p.element, unknown, bound);
  };
  const std::string ta = type_of(a, in_a), tb = type_of(b, in_b),
                    tc = type_of({p.m, p.n}, p.unknown == kRows ? 0 : -1);
  std::string left = "%a", right = "%b", of_left = ta, of_right = tb, code;
  auto transposed = [&](std::string& value, std::string& of, const Dims& dims, int64_t unknown) {
    std::string to = type_of({dims[1], dims[0]}, unknown < 0 ? -1 : 1 - unknown);
    code += "  " + value + "t = local.transpose " + value + ", permutation = [1, 0] : " + of +
            " -> " + to + "\n";
    value += "t";
    of = to;
  };
  if (written && turn_left) transposed(left, of_left, a, in_a);
  if (written && turn_right) transposed(right, of_right, b, in_b);
  code += "  %c = local.dot_general " + left + ", " + right +
          " batching = [] x [] contracting = [" + (turn_left && !written ? "0" : "1") + "] x [" +
          (turn_right && !written ? "1" : "0") + "] : (" + of_left + ", " + of_right + ") -> " +
          tc + "\n";
  expect_same(
      "func.func @f(%a: " + ta + ", %b: " + tb + ") -> " + tc + " {\n" + code +
          "  return %c : " + tc + "\n}\n",
      {{{random_tensor(random, p.element, a), {}}, {random_tensor(random, p.element, b), {}}}},
      p.cpu);
}

void check_all(const Product& p) {
  for (bool left : {false, true})
    for (bool right : {false, true}) check(p, left, right, (p.m + left) % 2 == 0);
}

TEST(Contraction, RowsOfAnyNumber) {
  for (int64_t m : {1, 2, 3, 4, 5, 7, 10, 11, 13, 20}) {
    check({m, 9, 24}, m % 2 == 0, m % 4 < 2, true);
    check({m, 9, 24, kRows}, m % 2 == 1, m % 4 < 2, false);
  }
}

TEST(Contraction, ColumnsOfAnyNumber) {
  for (int64_t n : {2, 3, 5, 7, 8, 10, 13, 15, 16, 17, 31, 62, 70}) {
    for (bool turn : {false, true}) check({7, 17, n}, n % 2 == 0, turn, false);
    check({1, 17, n}, false, false, false);
    check({3, 17, n, kNone, "f64"}, false, n % 2 == 0, true);
  }
}

TEST(Contraction, Panels) {
  check_all({60, 300, 40});
  check_all({61, 300, 37, kRows});
  check_all({50, 200, 50, kNone, "f64"});
}

TEST(Contraction, BlocksOfSteps) {
  for (int64_t n : {16, 40}) {
    check_all({9, 1700, n});
    check_all({70, 1537, n, kRows});
    check_all({9, 1300, n, kDepth});
  }
}

// Where this machine can run it.
TEST(Contraction, TilesForAvx512) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("x86-64-v4")) GTEST_SKIP() << "this machine has no AVX-512";
  for (int64_t m : {3, 10, 20, 37}) check_all({m, 40, 70, kRows, "f32", "x86-64-v4"});
  check_all({37, 2500, 40, kDepth, "f32", "x86-64-v4"});
  check_all({150, 300, 70, kNone, "f64", "x86-64-v4"});
#endif
}

TEST(Contraction, Empty) {
  for (Unknown unknown : {kNone, kRows, kDepth}) {
    check_all({0, 5, 20, unknown});
    check_all({5, 0, 20, unknown});
  }
  check_all({5, 3, 0});
}

// What is done to the sums before they are stored: with columns that overlap and rows that repeat,
// with blocks, and where a size turns out only at run time.
TEST(Contraction, Epilogue) {
  std::mt19937 random(1);
  for (auto [k, n] : {std::pair{9, 40}, {1700, 16}, {1700, 40}, {130, 10}}) {
    for (bool unknown : {false, true}) {
      const Dims a = {k, 21}, b = {k, n}, c = {21, n};
      const std::string ta = type(a, "f32", unknown ? 0 : -1, k + 2),
                        tb = type(b, "f32", unknown ? 0 : -1, k + 2), tc = type(c, "f32", -1, 0);
      expect_same(
          "func.func @f(%a: " + ta + ", %b: " + tb + ", %w: " + tc + ", %r: tensor<f32>) -> (" +
              tc + ", " + tc + ") {\n  %g = local.dot_general %a, %b batching = [] x [] " +
              "contracting = [0] x [0] : (" + ta + ", " + tb + ") -> " + tc +
              "\n  %s = local.broadcast_in_dim %r dims = [] : tensor<f32> -> " + tc +
              "\n  %u = local.multiply %s, %g : " + tc + "\n  %v = local.multiply %s, %w : " + tc +
              "\n  %x = local.subtract %v, %u : " + tc + "\n  %y = local.maximum %x, %w : " + tc +
              "\n  return %y, %v : " + tc + ", " + tc + "\n}\n",
          {{{random_tensor(random, "f32", a), {}},
            {random_tensor(random, "f32", b), {}},
            {random_tensor(random, "f32", c), {}},
            {random_tensor(random, "f32", {}), {}}}});
    }
  }
}

// A layer and its gradient, of rows whose number is known at run time, twice: what is added along
// rows and along columns, a result that two others read, and a choice by a comparison.
TEST(Contraction, EpilogueOfALayer) {
  std::mt19937 random(1);
  for (const std::string cpu : {"", "x86-64-v4"}) {
#if defined(__x86_64__)
    if (cpu == "x86-64-v4" && !__builtin_cpu_supports("x86-64-v4")) continue;
#endif
    for (int64_t n : {10, 24, 40}) {
      const std::string x = type({0, 17}, "f32", 0, 25), e = type({0, n}, "f32", 0, 23),
                        y = type({0, n}, "f32", 0, 25), w = type({17, n}, "f32", -1, 0),
                        v = type({n, n}, "f32", -1, 0), b = type({n}, "f32", -1, 0),
                        r = type({0}, "f32", 0, 25), mask = type({0, n}, "i1", 0, 25);
      const auto dot = [&](const char* left, const char* right, const std::string& a,
                           const std::string& b, const std::string& c, const char* k) {
        return "local.dot_general %" + std::string(left) + ", %" + right +
               " batching = [] x [] contracting = [1] x [" + k + "] : (" + a + ", " + b + ") -> " +
               c + "\n";
      };
      std::vector<std::vector<LeafValue>> runs;
      for (int64_t rows : {0, 1, 9, 20, 23})
        runs.push_back({{random_tensor(random, "f32", {rows, 17}), {}},
                        {random_tensor(random, "f32", {17, n}), {}},
                        {random_tensor(random, "f32", {n}), {}},
                        {random_tensor(random, "f32", {rows, n}), {}},
                        {random_tensor(random, "f32", {n, n}), {}},
                        {random_tensor(random, "f32", {rows}), {}}});
      runs.push_back(runs[2]);
      runs.back()[3] = {random_tensor(random, "f32", {8, n}), {}};  // sizes differ: an error
      expect_same(
          "func.func @f(%x: " + x + ", %w: " + w + ", %b: " + b + ", %e: " + e + ", %v: " + v +
              ", %r: " + r + ") -> (" + y + ", " + y + ", " + e + ") {\n" +
              "  %zero = local.constant dense<0.0> : tensor<f32>\n  %p = " +
              dot("x", "w", x, w, y, "0") + "  %n = local.get_dimension_size %x, 0 : " + x +
              "\n  %bb = local.broadcast_in_dim %b dims = [1] sizes(%n) : " + b + " -> " + y +
              "\n  %rr = local.broadcast_in_dim %r dims = [0] sizes(%n) : " + r + " -> " + y +
              "\n  %zz = local.broadcast_in_dim %zero dims = [] sizes(%n) : tensor<f32> -> " + y +
              "\n  %q = local.add %p, %bb : " + y + "\n  %s = local.multiply %rr, %q : " + y +
              "\n  %h = local.maximum %s, %zz : " + y + "\n  %d = " + dot("e", "v", e, v, e, "1") +
              "  %m = local.compare GE, %s, %zz : " + y + " -> " + mask +
              "\n  %ee = local.negate %e : " + e + "\n  %t = local.add %d, %ee : " + e +
              "\n  %c = local.cast %t : " + e + " -> " + y +
              "\n  %g = local.select %m, %c, %zz : " + mask + ", " + y +
              "\n  %k = local.cast %g : " + y + " -> " + e + "\n  return %h, %s, %k : " + y + ", " +
              y + ", " + e + "\n}\n",
          runs, cpu);
    }
  }
}

// A sum of two products, and of one with what stands behind the other.
TEST(Contraction, SumsOfProducts) {
  std::mt19937 random(1);
  const std::string a = "tensor<9x16xf32>", b = "tensor<16x16xf32>";
  const std::string dot =
      " batching = [] x [] contracting = [1] x [0] : (" + a + ", " + b + ") -> " + a + "\n";
  expect_same("func.func @f(%a: " + a + ", %b: " + b + ") -> (" + a + ", " + a + ") {\n" +
                  "  %p = local.dot_general %a, %b" + dot + "  %q = local.dot_general %p, %b" +
                  dot + "  %r = local.dot_general %q, %b" + dot +
                  "  %s = local.dot_general %a, %b" + dot + "  %t = local.add %r, %s : " + a +
                  "\n  %u = local.negate %t : " + a + "\n  %v = local.dot_general %a, %b" + dot +
                  "  %w = local.subtract %u, %v : " + a + "\n  return %w, %q : " + a + ", " + a +
                  "\n}\n",
              {{{random_tensor(random, "f32", {9, 16}), {}},
                {random_tensor(random, "f32", {16, 16}), {}}}});
}

// What is done to the second product's sums where the first one's are, which makes it again.
TEST(Contraction, SumsOfLaterProducts) {
  std::mt19937 random(1);
  const std::string a = "tensor<9x16xf32>", b = "tensor<16x16xf32>";
  const std::string dot =
      " batching = [] x [] contracting = [1] x [0] : (" + a + ", " + b + ") -> " + a + "\n";
  for (const std::string between :
       {"  %k = local.negate %q : " + a + "\n",
        "  %j = local.multiply %q, %c : " + a + "\n  %k = local.maximum %q, %j : " + a + "\n",
        "  %m = local.compare GE, %q, %c : " + a + " -> tensor<9x16xi1>\n" +
            "  %j = local.add %q, %c : " + a +
            "\n  %k = local.select %m, %j, %c : tensor<9x16xi1>, " + a + "\n"}) {
    expect_same("func.func @f(%a: " + a + ", %b: " + b + ", %c: " + a + ") -> " + a + " {\n" +
                    "  %p = local.dot_general %a, %b" + dot + "  %q = local.dot_general %c, %b" +
                    dot + between + "  %r = local.subtract %k, %p : " + a + "\n  return %r : " + a +
                    "\n}\n",
                {{{random_tensor(random, "f32", {9, 16}), {}},
                  {random_tensor(random, "f32", {16, 16}), {}},
                  {random_tensor(random, "f32", {9, 16}), {}}}});
  }
}

// States that are updated by products are computed where the next step reads them: in place where
// nothing reads the old ones any more (%e: of %t), else beside them (%f: %a reads %s).
TEST(Contraction, States) {
  for (int64_t n : {16, 20, 10}) {
    std::mt19937 random(n);
    const std::string w = type({30, n}, "f32", -1, 0), x = type({n, n}, "f32", -1, 0);
    std::vector<std::vector<LeafValue>> runs;
    for (int64_t count : {0, 1, 2, 5})
      runs.push_back({{Tensor::scalar(count), {}},
                      {random_tensor(random, "f32", {30, n}), {}},
                      {random_tensor(random, "f32", {n, n}), {}}});
    const auto dot = [&](const char* left, const char* right, const char* k) {
      return std::string("local.dot_general %") + left + ", %" + right +
             " batching = [] x [] contracting = [1] x [" + k + "] : (" + w + ", " + x + ") -> " +
             w + "\n";
    };
    const std::string states = w + ", " + w + ", " + w;
    expect_same("func.func @f(%n: tensor<i64>, %w: " + w + ", %x: " + x + ") -> (" + states +
                    ") {\n  %r:3 = local.fold %n init(%w, %w, %w : " + states + ") -> " + states +
                    " {\n  ^bb0(%i: tensor<i64>, %s: " + w + ", %t: " + w + ", %u: " + w +
                    "):\n    %a = " + dot("s", "x", "0") + "    %c = " + dot("t", "x", "1") +
                    "    %d = " + dot("c", "x", "0") + "    %e = local.subtract %t, %d : " + w +
                    "\n    %f = local.add %a, %s : " + w + "\n    %g = " + dot("u", "x", "0") +
                    "    %h = local.add %u, %e : " + w + "\n    %j = local.subtract %h, %g : " + w +
                    "\n    local.yield %f, %e, %j : " + states +
                    "\n  }\n  return %r#0, %r#1, %r#2 : " + states + "\n}\n",
                runs);
  }
}

// Two states that one product updates, each in place: momentum with decay of the weights. The
// first is read by what makes the second, and again in a step of its own.
TEST(Contraction, StatesOfOneProduct) {
  for (int64_t n : {16, 20, 10}) {
    std::mt19937 random(n);
    const std::string w = type({30, n}, "f32", -1, 0), x = type({n, n}, "f32", -1, 0);
    std::vector<std::vector<LeafValue>> runs;
    for (int64_t count : {0, 1, 5})
      runs.push_back({{Tensor::scalar(count), {}},
                      {random_tensor(random, "f32", {30, n}), {}},
                      {random_tensor(random, "f32", {n, n}), {}},
                      {random_tensor(random, "f32", {}), {}}});
    const std::string two = w + ", " + w;
    expect_same(
        "func.func @f(%n: tensor<i64>, %w: " + w + ", %x: " + x + ", %r: tensor<f32>) -> (" + two +
            ") {\n" + "  %s = local.broadcast_in_dim %r dims = [] : tensor<f32> -> " + w +
            "\n  %z:2 = local.fold %n init(%w, %w : " + two + ") -> " + two +
            " {\n  ^bb0(%i: tensor<i64>, %p: " + w + ", %v: " + w + "):\n" +
            "    %t = local.broadcast_in_dim %r dims = [] : tensor<f32> -> " + w +
            "\n    %g = local.dot_general %p, %x batching = [] x [] contracting = [1] x " +
            "[0] : (" + w + ", " + x + ") -> " + w + "\n    %d = local.multiply %t, %p : " + w +
            "\n    %h = local.add %g, %d : " + w + "\n    %m = local.multiply %t, %v : " + w +
            "\n    %u = local.add %m, %h : " + w + "\n    %l = local.multiply %t, %u : " + w +
            "\n    %q = local.subtract %p, %l : " + w + "\n    local.yield %q, %u : " + two +
            "\n  }\n  return %z#0, %z#1 : " + two + "\n}\n",
        runs);
  }
}

// Both sides have a batch, the left one rows of two dimensions.
TEST(Contraction, Batches) {
  std::mt19937 random(1);
  const std::string ta = "tensor<3x2x9x130xf32>", tb = "tensor<3x40x130xf32>",
                    tc = "tensor<3x2x9x40xf32>";
  expect_same("func.func @f(%a: " + ta + ", %b: " + tb + ") -> " + tc +
                  " {\n  %c = local.dot_general %a, %b batching = [0] x [0] contracting = [3] x [2]"
                  " : (" +
                  ta + ", " + tb + ") -> " + tc + "\n  return %c : " + tc + "\n}\n",
              {{{random_tensor(random, "f32", {3, 2, 9, 130}), {}},
                {random_tensor(random, "f32", {3, 40, 130}), {}}}});
}

}  // namespace
}  // namespace fedc::testing
