// Helpers for tests that run the interpreter on IR in text.
#ifndef FEDC_COMPILER_INTERPRET_TESTING_H_
#define FEDC_COMPILER_INTERPRET_TESTING_H_

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "compiler/interpret/interpret.h"
#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

namespace fedc::interpret::testing {

template <class T>
Tensor tensor(std::vector<int64_t> dims, std::initializer_list<T> values) {
  Tensor result = Tensor::zeros(fedrt::element_of<T>(), std::move(dims));
  EXPECT_EQ(result.bytes.size(), values.size() * sizeof(T));
  auto out = result.as<T>();
  size_t i = 0;
  for (const T value : values) out[i++] = value;
  return result;
}
template <class T>
Tensor vector(std::initializer_list<T> values) {
  return tensor<T>({static_cast<int64_t>(values.size())}, values);
}
template <class T>
Tensor scalar(T value) {
  return Tensor::scalar<T>(value);
}

inline LeafValue leaf(Tensor tensor) { return {std::move(tensor), {}}; }
inline LeafValue sequence(std::vector<fedrt::Element> elements) {
  return {{}, std::move(elements)};
}

inline mlir::MLIRContext& context() {
  static mlir::MLIRContext* context = [] {
    auto* made = new mlir::MLIRContext;
    made->loadDialect<local::LocalDialect, fed::FedDialect, mlir::func::FuncDialect>();
    return made;
  }();
  return *context;
}

inline mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string& text) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context());
  EXPECT_TRUE(module) << text;
  return module;
}

// What function @f of `text` gives.
inline CallOutcome call(const std::string& text, const std::vector<LeafValue>& arguments,
                        const Params& params = {}) {
  const auto module = parse(text);
  if (!module) return {};
  return call_function(*module, "f", arguments, params);
}

// The one result of a function whose body is `body`, which ends in a value %r of type `type`.
inline CallOutcome evaluate(const std::string& arguments, const std::string& body,
                            const std::string& type, const std::vector<LeafValue>& values) {
  return call("func.func @f(" + arguments + ") -> " + type + " {\n" + body +
                  "\n return %r : " + type + "\n}",
              values);
}

// Equal types, shapes and bytes; any NaN equals any other.
inline bool same(const Tensor& a, const Tensor& b) {
  if (a.element != b.element || a.dims != b.dims || a.bytes.size() != b.bytes.size()) return false;
  const size_t size = fedrt::element_size(a.element);
  for (int64_t i = 0; i < a.size(); ++i) {
    const double x = number(a, i), y = number(b, i);
    if (x != x && y != y) continue;
    if (std::memcmp(&a.bytes[i * size], &b.bytes[i * size], size) != 0) return false;
  }
  return true;
}

inline std::string show(const Tensor& x) {
  std::string text = std::string(fedrt::element_name(x.element)) + "[";
  for (const int64_t dim : x.dims) text += std::to_string(dim) + ",";
  text += "]{";
  for (int64_t i = 0; i < x.size(); ++i) text += std::to_string(number(x, i)) + ",";
  return text + "}";
}

inline void expect(const CallOutcome& outcome, const Tensor& expected) {
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  ASSERT_EQ(outcome.results.size(), 1u);
  EXPECT_TRUE(same(outcome.results[0].tensor, expected))
      << show(outcome.results[0].tensor) << " instead of " << show(expected);
}
inline void expect_error(const CallOutcome& outcome, int32_t status) {
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->status, status) << outcome.error->message;
}

}  // namespace fedc::interpret::testing

#endif  // FEDC_COMPILER_INTERPRET_TESTING_H_
