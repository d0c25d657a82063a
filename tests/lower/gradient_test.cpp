// Gradients of loops, compiled and interpreted, to the bit: whatever the loops note and whichever
// of their products are stacked.
#include <gtest/gtest.h>

#include <random>

#include "compiler/differentiate/differentiate.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "tests/lower/compiled.h"

namespace fedc::testing {
namespace {

using fedrt::Tensor;

std::string replace(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// A recurrent network of S steps and a state of 5 x H, in which each step has a loop of its own.
// Without functions such as exp, which the interpreter takes from elsewhere.
constexpr char kNetwork[] = R"(
func.func @f(%x: tensor<Sx5x33xf32>, %u: tensor<33xHxf32>, %w: tensor<HxHxf32>, %b: tensor<Hxf32>)
    -> (tensor<f32>, tensor<33xHxf32>, tensor<HxHxf32>, tensor<Hxf32>) {
  %all:4 = local.gradient(%u, %w, %b) wrt = 3 : (tensor<33xHxf32>, tensor<HxHxf32>, tensor<Hxf32>)
      -> (tensor<f32>, tensor<33xHxf32>, tensor<HxHxf32>, tensor<Hxf32>) {
  ^bb0(%p: tensor<33xHxf32>, %q: tensor<HxHxf32>, %r: tensor<Hxf32>):
    %n = local.constant dense<S> : tensor<i64>
    %three = local.constant dense<3> : tensor<i64>
    %zero = local.constant dense<0.0> : tensor<5xHxf32>
    %one = local.constant dense<1.0> : tensor<5xHxf32>
    %last = local.fold %n at_most = SREVERSE init(%zero : tensor<5xHxf32>) -> tensor<5xHxf32> {
    ^bb1(%i: tensor<i64>, %s: tensor<5xHxf32>):
      %row = local.take %x, %i dim = 0 batch = 0 : (tensor<Sx5x33xf32>, tensor<i64>) -> tensor<5x33xf32>
      %0 = local.dot_general %row, %p batching = [] x [] contracting = [1] x [0] : (tensor<5x33xf32>, tensor<33xHxf32>) -> tensor<5xHxf32>
      %1 = local.dot_general %s, %q batching = [] x [] contracting = [1] x [0] : (tensor<5xHxf32>, tensor<HxHxf32>) -> tensor<5xHxf32>
      %2 = local.add %0, %1 : tensor<5xHxf32>
      %3 = local.broadcast_in_dim %r dims = [1] : tensor<Hxf32> -> tensor<5xHxf32>
      %4 = local.add %2, %3 : tensor<5xHxf32>
      %a = local.multiply %4, %4 : tensor<5xHxf32>
      %c = local.add %a, %one : tensor<5xHxf32>
      %5 = local.divide %4, %c : tensor<5xHxf32>
      %6 = local.fold %three at_most = 3 init(%5 : tensor<5xHxf32>) -> tensor<5xHxf32> {
      ^bb2(%j: tensor<i64>, %t: tensor<5xHxf32>):
        %7 = local.dot_general %t, %q batching = [] x [] contracting = [1] x [0] : (tensor<5xHxf32>, tensor<HxHxf32>) -> tensor<5xHxf32>
        %d = local.multiply %7, %7 : tensor<5xHxf32>
        %e = local.add %d, %one : tensor<5xHxf32>
        %8 = local.divide %one, %e : tensor<5xHxf32>
        local.yield %8 : tensor<5xHxf32>
      }
      local.yield %6 : tensor<5xHxf32>
    }
    %square = local.multiply %last, %last : tensor<5xHxf32>
    %loss = local.reduce sum %square dims = [0, 1] : tensor<5xHxf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %all#0, %all#1, %all#2, %all#3 : tensor<f32>, tensor<33xHxf32>, tensor<HxHxf32>, tensor<Hxf32>
})";

std::string optimised(const std::string& text, int64_t noted, int64_t stacked) {
  mlir::OwningOpRef<mlir::ModuleOp> module = parse(text);
  mlir::PassManager passes(module->getContext());
  passes.addPass(createLocalDifferentiate({noted}));
  passes.addPass(mlir::createCanonicalizerPass());
  passes.addPass(mlir::createCSEPass());
  passes.addPass(createLocalStackContractions({stacked}));
  EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
  std::string result;
  llvm::raw_string_ostream stream(result);
  module->print(stream);
  return result;
}

TEST(Gradient, OfALoop) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 0.3f);
  constexpr int64_t kAll = int64_t{1} << 40;
  for (int64_t steps : {4, 7}) {
    // Columns that fill tiles, and columns whose tiles overlap.
    for (int64_t state : {32, 21}) {
      for (const char* reverse : {"", " reverse"}) {
        SCOPED_TRACE(std::to_string(steps) + " steps of " + std::to_string(state) + reverse);
        std::string text = replace(kNetwork, "REVERSE", reverse);
        text = replace(text, "xH", "x" + std::to_string(state));
        text = replace(text, "<H", "<" + std::to_string(state));
        text = replace(text, "<S", "<" + std::to_string(steps));
        text = replace(text, "= S", "= " + std::to_string(steps));
        std::vector<LeafValue> arguments;
        for (std::vector<int64_t> dims : std::vector<std::vector<int64_t>>{
                 {steps, 5, 33}, {33, state}, {state, state}, {state}}) {
          Tensor tensor = Tensor::zeros(fedrt::ElementType::kFloat32, dims);
          for (float& x : tensor.as<float>()) x = normal(random);
          arguments.push_back({tensor, {}});
        }
        std::vector<Tensor> first;
        for (int64_t noted : {kAll, int64_t{0}}) {
          for (int64_t stacked : {kAll, int64_t{0}}) {
            const std::string code = optimised(text, noted, stacked);
            expect_same(code, {arguments});
            std::unique_ptr<Compiled> compiled = Compiled::of_function(code);
            ASSERT_TRUE(compiled);
            const std::vector<Tensor> results = compiled->run(arguments).results;
            if (first.empty()) first = results;
            ASSERT_EQ(results.size(), first.size());
            for (size_t i = 0; i < results.size(); ++i)
              EXPECT_EQ(results[i].bytes, first[i].bytes) << i << "\n" << code;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace fedc::testing
