// For tests: a function over `local`, compiled as the one phase of a client and run on the host.
#ifndef TESTS_LOWER_COMPILED_H_
#define TESTS_LOWER_COMPILED_H_

#include <memory>
#include <string>
#include <vector>

#include "compiler/interpret/interpret.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/tensor.h"

namespace fedc::testing {

using interpret::LeafValue;

struct Outcome {
  fed_error error{};
  std::vector<fedrt::Tensor> results;
  int cursors_seen = 0;  // the largest cursor number that was opened, and one
};

// What a compiled program holds, loaded with dlopen.
class Compiled {
 public:
  // `module` is MLIR text with a func.func @f: the phase's arguments are its arguments, what it
  // returns are its results. For processors of the profile `cpu`. Null after a failed expectation.
  static std::unique_ptr<Compiled> of_function(const std::string& module,
                                               const std::string& cpu = "");
  // A split module whose first program has one client phase.
  static std::unique_ptr<Compiled> of_split(mlir::ModuleOp split, const std::string& cpu = "");
  ~Compiled();

  // Runs the phase. `cancel_after`: the host's wish to cancel becomes true at that poll (-1:
  // never).
  Outcome run(const std::vector<LeafValue>& arguments, int cancel_after = -1,
              int fail_sequence_after = -1);

  const fed_program& program() const { return *program_; }
  const std::string& object() const { return object_; }

 private:
  Compiled() = default;
  void* library_ = nullptr;
  const fed_program* program_ = nullptr;
  std::string object_;
  std::vector<bool> is_sequence_;  // a phase's argument each
};

// The split module made of a function, in text.
std::string as_split(mlir::ModuleOp module);
mlir::MLIRContext& context();
mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string& text);

// Runs @f compiled and interpreted on the same arguments and expects the same bytes, or the same
// kind of error.
void expect_same(const std::string& module, const std::vector<std::vector<LeafValue>>& runs,
                 const std::string& cpu = "");

}  // namespace fedc::testing

#endif  // TESTS_LOWER_COMPILED_H_
