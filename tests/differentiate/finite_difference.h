// Gradients against finite differences, in float64, over random shapes (sizes 0 and 1 included,
// dimensions known or not) and random values.
//
// A case is a body that computes %r from float64 operands %x0, %x1, .... The loss is
// sum(c * (r * r + r)) with random weights c, so that also linear operations have a second
// derivative. Along a random direction d:
//   first order:   (loss(x + h d) - loss(x - h d)) / 2h   is   <gradient(x), d>
//   second order:  the same of <gradient(x), v>, whose gradient is taken by nested gradients
// with h = 1e-5, within a relative error of 1e-6 (of the larger of 1, the loss and the derivative).
// Canonicalised code must then give the same bits as the code as it was made, and so must code
// whose loops note nothing but states. Where products of a loop's steps are stacked, the same holds
// of what loops note, and of whether they are stacked in fact.
#ifndef TESTS_DIFFERENTIATE_FINITE_DIFFERENCE_H_
#define TESTS_DIFFERENTIATE_FINITE_DIFFERENCE_H_

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "compiler/differentiate/differentiate.h"
#include "compiler/interpret/testing.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace fedc::finite_difference {

using fedrt::LeafValue;
using fedrt::Tensor;

constexpr int kRepeats = 12;
constexpr double kStep = 1e-5, kTolerance = 1e-6;

using Dims = std::vector<int64_t>;

struct Domain {
  double low = -2, high = 2;
};
constexpr Domain kAny{}, kPositive{0.5, 2};

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int64_t below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(engine_); }
  bool coin() { return below(2) == 1; }
  // Small sizes, 0 and 1 among them.
  int64_t size() { return std::discrete_distribution<int64_t>({1, 3, 4, 4, 3})(engine_); }
  Dims dims(int64_t rank) {
    Dims dims(rank);
    for (int64_t& dim : dims) dim = size();
    return dims;
  }
  double real(Domain domain) {
    return std::uniform_real_distribution<double>(domain.low, domain.high)(engine_);
  }
  Tensor tensor(const Dims& dims, Domain domain) {
    Tensor tensor = Tensor::zeros(fedrt::ElementType::kFloat64, dims);
    for (double& value : tensor.as<double>()) value = real(domain);
    return tensor;
  }
  // The dimensions 0 to n - 1 in random order.
  Dims order(int64_t n) {
    Dims order(n);
    for (int64_t i = 0; i < n; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), engine_);
    return order;
  }

 private:
  std::mt19937 engine_;
};

inline std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}
inline std::string list(const Dims& values) {
  std::vector<std::string> parts;
  for (int64_t value : values) parts.push_back(std::to_string(value));
  return "[" + join(parts) + "]";
}

struct Operand {
  Dims dims;
  std::vector<bool> unknown;  // a dimension
  Domain domain;

  std::string type(const std::string& element = "f64") const {
    std::string shape;
    Dims bounds;
    bool any = false;
    for (size_t i = 0; i < dims.size(); ++i) {
      shape += (unknown[i] ? "?" : std::to_string(dims[i])) + "x";
      bounds.push_back(unknown[i] ? 6 : -1);
      any |= unknown[i];
    }
    return "tensor<" + shape + element + (any ? ", #local.bounds<" + list(bounds) + ">" : "") + ">";
  }
};
inline Operand known(Dims dims, Domain domain = kAny) {
  std::vector<bool> unknown(dims.size(), false);
  return {std::move(dims), std::move(unknown), domain};
}
inline Operand some_unknown(Random& random, Dims dims, Domain domain = kAny) {
  Operand operand = known(std::move(dims), domain);
  for (size_t i = 0; i < operand.unknown.size(); ++i) operand.unknown[i] = random.coin();
  return operand;
}

struct Case {
  std::vector<Operand> operands;
  Operand result;
  std::string body;  // of %x0, %x1, ...; ends with %r
};

// Text of: @loss(x..., c, v...), @gradient of it, and @second, the gradient of <gradient, v>.
inline std::string program(const Case& test) {
  const size_t n = test.operands.size();
  auto names = [&](const std::string& prefix) {
    std::vector<std::string> names;
    for (size_t i = 0; i < n; ++i) names.push_back(prefix + std::to_string(i));
    return names;
  };
  std::vector<std::string> types;
  for (const Operand& operand : test.operands) types.push_back(operand.type());
  auto typed = [&](const std::string& prefix) {
    std::vector<std::string> typed = names(prefix);
    for (size_t i = 0; i < n; ++i) typed[i] += ": " + types[i];
    return join(typed);
  };
  auto all = [](const Operand& operand) {
    Dims all(operand.dims.size());
    std::iota(all.begin(), all.end(), 0);
    return list(all);
  };
  const std::string r = test.result.type(), type_list = join(types),
                    results = "(tensor<f64>, " + type_list + ")",
                    body = test.body + "\n%square = local.multiply %r, %r : " + r +
                           "\n%both = local.add %square, %r : " + r +
                           "\n%weighted = local.multiply %both, %c : " + r +
                           "\n%loss = local.reduce sum %weighted dims = " + all(test.result) +
                           " : " + r + " -> tensor<f64>\n";
  // The loss differentiated at `at`, as %grads.
  auto gradient = [&](const std::string& name, const std::string& at, const std::string& arguments,
                      const std::string& region) {
    return name + ":" + std::to_string(n + 1) + " = local.gradient(" + join(names(at)) +
           ") wrt = " + std::to_string(n) + " : (" + type_list + ") -> " + results + " {\n^bb0(" +
           typed(arguments) + "):\n" + region + "}\n";
  };
  auto function = [&](const std::string& name, const std::string& x, const std::string& result,
                      const std::string& code) {
    return "func.func @" + name + "(" + typed(x) + ", %c: " + r + ", " + typed("%v") + ") -> " +
           result + " {\n" + code + "}\n";
  };
  auto returned = [&](const std::string& name) {
    std::string text = "return " + name + "#0";
    for (size_t i = 0; i < n; ++i) text += ", " + name + "#" + std::to_string(i + 1);
    return text + " : tensor<f64>, " + type_list + "\n";
  };
  const std::string yielded = body + "local.yield %loss : tensor<f64>\n";
  std::string slope = "%sum = local.constant dense<0.0> : tensor<f64>\n", sum = "%sum";
  for (size_t i = 0; i < n; ++i) {
    const std::string k = std::to_string(i);
    slope += "%by" + k + " = local.multiply %grads#" + std::to_string(i + 1) + ", %v" + k + " : " +
             types[i] + "\n%part" + k + " = local.reduce sum %by" + k +
             " dims = " + all(test.operands[i]) + " : " + types[i] + " -> tensor<f64>\n%sum" + k +
             " = local.add " + sum + ", %part" + k + " : tensor<f64>\n";
    sum = "%sum" + k;
  }
  slope += "local.yield " + sum + " : tensor<f64>\n";
  return function("loss", "%x", "tensor<f64>", body + "return %loss : tensor<f64>\n") +
         function("gradient", "%at", results,
                  gradient("%grads", "%at", "%x", yielded) + returned("%grads")) +
         function(
             "second", "%at", results,
             gradient("%seconds", "%at", "%of", gradient("%grads", "%of", "%x", yielded) + slope) +
                 returned("%seconds"));
}

class Checker {
 public:
  explicit Checker(const Case& test) : text_(program(test)) {
    module_ = interpret::testing::parse(text_);
    if (!module_) return;
    mlir::OwningOpRef<mlir::ModuleOp> again = mlir::cast<mlir::ModuleOp>(module_->clone());
    good_ = apply(*module_, [](auto& passes) { passes.addPass(createLocalDifferentiate()); }) &&
            apply(*again, [](auto& passes) { passes.addPass(createLocalDifferentiate({0})); });
    const auto simplify = [](mlir::PassManager& passes) {
      passes.addPass(mlir::createCanonicalizerPass());
      passes.addPass(mlir::createCSEPass());
    };
    const auto stack = [](mlir::PassManager& passes) {
      passes.addPass(createLocalStackContractions());
    };
    const auto stack_nothing = [](mlir::PassManager& passes) {
      passes.addPass(createLocalStackContractions({0}));
    };
    const auto add = [&](std::vector<mlir::OwningOpRef<mlir::ModuleOp>>& variants,
                         mlir::ModuleOp from, auto... make) {
      variants.push_back(mlir::cast<mlir::ModuleOp>(from->clone()));
      good_ = good_ && (apply(*variants.back(), make) && ...);
    };
    add(variants_, *module_, simplify);
    add(variants_, *again);
    add(variants_, *again, simplify);
    add(variants_, *module_, simplify, stack, simplify);
    add(variants_, *module_, simplify, stack_nothing);
    add(variants_, *again, simplify, stack, simplify);
    add(variants_, *again, simplify, stack_nothing);
  }

  bool good() const { return good_; }

  std::vector<Tensor> run(const std::string& function, const std::vector<Tensor>& arguments) {
    std::vector<LeafValue> leaves;
    for (const Tensor& tensor : arguments) leaves.push_back({tensor, {}});
    const std::vector<Tensor> results = call(*module_, function, leaves);
    compare(variants_, results, function, leaves);
    return results;
  }

  const std::string& text() const { return text_; }

 private:
  template <class Make>
  bool apply(mlir::ModuleOp module, Make make) {
    mlir::PassManager passes(module->getContext());
    passes.enableVerifier();
    make(passes);
    const bool passed = mlir::succeeded(passes.run(module));
    EXPECT_TRUE(passed) << text_;
    return passed;
  }

  std::vector<Tensor> call(mlir::ModuleOp module, const std::string& function,
                           const std::vector<LeafValue>& leaves) {
    interpret::CallOutcome outcome = interpret::call_function(module, function, leaves);
    if (outcome.error) {
      ADD_FAILURE() << outcome.error->message << "\n" << text_;
      return {};
    }
    std::vector<Tensor> results;
    for (const LeafValue& leaf : outcome.results) results.push_back(leaf.tensor);
    return results;
  }

  void compare(const std::vector<mlir::OwningOpRef<mlir::ModuleOp>>& variants,
               const std::vector<Tensor>& expected, const std::string& function,
               const std::vector<LeafValue>& leaves) {
    for (const auto& variant : variants) {
      const std::vector<Tensor> results = call(*variant, function, leaves);
      for (size_t i = 0; i < std::min(results.size(), expected.size()); ++i)
        EXPECT_TRUE(interpret::testing::same(results[i], expected[i]))
            << function << " result " << i << ": " << interpret::testing::show(expected[i])
            << " becomes " << interpret::testing::show(results[i]) << "\n"
            << text_;
    }
  }

  std::string text_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> variants_;
  bool good_ = false;
};

inline double dot(const std::vector<Tensor>& x, size_t first, const std::vector<Tensor>& y,
                  size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    auto a = x[first + i].as<double>();
    auto b = y[i].as<double>();
    for (size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  }
  return sum;
}

inline void check(const Case& test, Random& random, double tolerance = kTolerance,
                  double h = kStep) {
  Checker checker(test);
  ASSERT_TRUE(checker.good());
  size_t n = test.operands.size();
  std::vector<Tensor> x, d, v;
  for (const Operand& operand : test.operands) {
    x.push_back(random.tensor(operand.dims, operand.domain));
    d.push_back(random.tensor(operand.dims, {-1, 1}));
    v.push_back(random.tensor(operand.dims, {-1, 1}));
  }
  Tensor c = random.tensor(test.result.dims, kAny);
  auto at = [&](double step) {
    std::vector<Tensor> arguments = x;
    for (size_t i = 0; i < n; ++i)
      for (int64_t k = 0; k < x[i].size(); ++k)
        arguments[i].as<double>()[k] += step * d[i].as<double>()[k];
    arguments.push_back(c);
    arguments.insert(arguments.end(), v.begin(), v.end());
    return arguments;
  };
  auto compare = [&](const char* order, double fd, double exact, double scale) {
    double bound = tolerance * std::max({1.0, std::abs(exact), std::abs(scale)});
    EXPECT_LE(std::abs(fd - exact), bound)
        << order << ": differences give " << fd << ", the gradient " << exact << "\n"
        << checker.text();
  };
  std::vector<Tensor> gradient = checker.run("gradient", at(0)),
                      second = checker.run("second", at(0)), up = checker.run("gradient", at(h)),
                      down = checker.run("gradient", at(-h));
  std::vector<Tensor> loss = checker.run("loss", at(0));
  if (::testing::Test::HasFailure()) return;
  EXPECT_TRUE(interpret::testing::same(loss[0], gradient[0]));
  for (size_t i = 0; i < n; ++i) EXPECT_EQ(gradient[i + 1].dims, x[i].dims) << checker.text();
  double value = loss[0].as<double>()[0];
  double fd = (up[0].as<double>()[0] - down[0].as<double>()[0]) / (2 * h);
  compare("first order", fd, dot(gradient, 1, d, n), value);
  double slope = dot(gradient, 1, v, n);
  double fd2 = (dot(up, 1, v, n) - dot(down, 1, v, n)) / (2 * h);
  EXPECT_NEAR(second[0].as<double>()[0], slope, 1e-9 * std::max(1.0, std::abs(slope)));
  compare("second order", fd2, dot(second, 1, d, n), std::max(std::abs(slope), std::abs(value)));
}

using Maker = std::function<Case(Random&)>;

inline void check_all(const Maker& make, double tolerance = kTolerance, double h = kStep) {
  for (int i = 0; i < kRepeats && !::testing::Test::HasFailure(); ++i) {
    Random random(1000 + i);
    check(make(random), random, tolerance, h);
  }
}

}  // namespace fedc::finite_difference

#endif  // TESTS_DIFFERENTIATE_FINITE_DIFFERENCE_H_
