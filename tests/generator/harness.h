// Compiles programs in this process and compares what they compute with the interpreter.
#ifndef FEDC_TESTS_GENERATOR_HARNESS_H_
#define FEDC_TESTS_GENERATOR_HARNESS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "compiler/interpret/interpret.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "runtime/program/program.h"
#include "tests/generator/machine.h"
#include "tests/generator/program.h"

namespace fedc::generator {

struct Compiled {
  std::unique_ptr<mlir::MLIRContext> context;
  // The fed module with calls expanded and gradients replaced, otherwise as emitted: what the
  // interpreter runs. Nothing else of the compiler has touched it.
  mlir::OwningOpRef<mlir::ModuleOp> fed;
  std::shared_ptr<const fedrt::Program> program;
  std::string aarch64_client;  // an object, if asked for
  bool checks_finite = false;
};

// Null, with what the compiler said in `error`, where it refuses the text.
std::unique_ptr<Compiled> compile(const std::string& text, const Machine& machine,
                                  std::string* error);
// The same as far as `fed`: nothing is split or lowered. `look` sees the module as emitted, with
// its gradients.
std::unique_ptr<Compiled> compile_for_oracle(const std::string& text, std::string* error,
                                             const std::function<void(mlir::ModuleOp)>& look);

// How compiled code computes exp and its like: its own expansions, one element at a time.
class CompiledMath {
 public:
  static std::unique_ptr<CompiledMath> make(std::string* error);
  double operator()(interpret::Function function, fedrt::ElementType element, double x,
                    double y) const;

 private:
  std::unique_ptr<Compiled> compiled_;
  mutable std::vector<uint8_t> arena_;
};
// The functions' names in the language, in the order of interpret::Function.
const std::vector<std::string>& function_names();

// What is different between the interpreter's and the compiled program's run; empty: nothing.
// Errors agree when status and line do; where the program was compiled with checks, one that only
// it has is no difference.
std::string difference(const Compiled& compiled, const Entry& entry, const Call& call,
                       const interpret::MathLibrary& math, uint64_t order_seed);

// The same for a split module that is not lowered.
std::string split_difference(mlir::ModuleOp fed, mlir::ModuleOp split, const Entry& entry,
                             const Call& call, const interpret::MathLibrary& math);

// Equal bytes, but any NaN equals any other.
bool same_bytes(const fedrt::Tensor& a, const fedrt::Tensor& b);

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_HARNESS_H_
