// One participant's evaluation of `local` code: on demand, one value at a time.
#ifndef FEDC_COMPILER_INTERPRET_EVAL_H_
#define FEDC_COMPILER_INTERPRET_EVAL_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "compiler/interpret/tensor_ops.h"
#include "dialects/local/Local.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Operation.h"
#include "runtime/data/value.h"

namespace fedc::interpret {

using fedrt::Element;

// An element of a sequence, computed when it is called (each time); nothing after a failure.
using LazyElement = std::function<std::optional<Element>()>;

// A lazy sequence: calls the visitor with each element until it answers false. Can be passed over
// any number of times.
using Sequence = std::function<void(const std::function<bool(const LazyElement&)>&)>;

using Value = std::variant<Tensor, Sequence>;

// Why an evaluation ended early; `status` is one of the ABI's.
struct Failure {
  int32_t status;
  mlir::Location location;
  std::string message;
};

using Params = std::map<std::string, Tensor>;

// The values of one execution of a block; `parent` is the execution around it.
struct Scope {
  mlir::Block* block;
  std::shared_ptr<Scope> parent;
  std::unordered_map<const void*, Value> values;
};
using ScopePtr = std::shared_ptr<Scope>;

// Evaluates what is asked for and what that needs, so an error in code whose value nobody uses does
// not happen; assertions always run. The first failure sticks.
class Evaluator {
 public:
  Evaluator(const Params& params, const MathLibrary& math) : params_(params), math_(math) {}
  virtual ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // The block's results (its terminator's operands) for these arguments; nothing after a failure.
  std::optional<std::vector<Value>> run(mlir::Block& block, std::vector<Value> arguments,
                                        ScopePtr parent = nullptr);

  // The value of `value`, null after a failure. `scope` is the execution of the block that uses it.
  const Value* get(mlir::Value value, const ScopePtr& scope);
  const Tensor* tensor(mlir::Value value, const ScopePtr& scope);

  // Runs the assertions that stand directly or nested in `op`, which is in `scope`.
  bool check(mlir::Operation& op, const ScopePtr& scope) { return evaluate(op, scope); }

  void fail(int32_t status, mlir::Location location, std::string message);
  const std::optional<Failure>& failure() const { return failure_; }

 protected:
  // Where a value comes from that this class knows nothing of: an argument of the outermost block,
  // or the result of an operation of another dialect. Null after a failure.
  virtual std::optional<Value> outside(mlir::Value value, const ScopePtr& scope);
  // What `debug` shows.
  virtual void show(local::DebugOp op, const Tensor& value);

 private:
  using Operands = std::vector<const Value*>;
  using Results = std::optional<std::vector<Value>>;

  bool evaluate(mlir::Operation& op, const ScopePtr& scope);
  Results compute(mlir::Operation& op, const Operands& operands, const ScopePtr& scope);
  Results elementwise(mlir::Operation& op, const std::vector<const Tensor*>& operands);
  Results shape(mlir::Operation& op, const std::vector<const Tensor*>& operands);
  Results contract(mlir::Operation& op, const std::vector<const Tensor*>& operands);
  Results indexed(mlir::Operation& op, const std::vector<const Tensor*>& operands);
  Results window(mlir::Operation& op, const std::vector<const Tensor*>& operands);
  Results control(mlir::Operation& op, const Operands& operands, const ScopePtr& scope);
  Results iterate(local::FoldOp fold, const Operands& operands, const ScopePtr& scope);
  Results sequence(mlir::Operation& op, const Operands& operands, const ScopePtr& scope);
  std::optional<Sequence> stage(mlir::Operation& op, const Operands& operands,
                                const ScopePtr& scope);
  Sequence batches(const Sequence& from, size_t size, bool drop_remainder, mlir::Location location);

  // The sizes of a result of type `type` whose unknown dimensions are `sizes`, in order.
  std::optional<Dims> sized(mlir::Operation& op, mlir::Type type,
                            const std::vector<const Tensor*>& sizes);
  bool same(mlir::Operation& op, int64_t a, int64_t b);
  // Where a box of `sizes` stands; it must be inside of a tensor of the sizes `within`.
  std::optional<Dims> box(mlir::Operation& op, const std::vector<const Tensor*>& start,
                          const Dims& sizes, const Dims& within);
  bool in_range(mlir::Operation& op, const Tensor& indices, int64_t size);

  const Params& params_;
  const MathLibrary& math_;
  std::optional<Failure> failure_;
  // Scopes that a lazy sequence among their own values refers to: the cycles to break at the end.
  std::vector<std::weak_ptr<Scope>> cyclic_;
};

ElementType element_type(mlir::Type type);
Reduce reduce_kind(local::ReduceKind kind);

// Between what hosts hold and what is computed with; `type` is a tensor's or a sequence's.
Value from_leaf(const fedrt::LeafValue& leaf, mlir::Type type);
fedrt::LeafValue to_leaf(const Value& value);

}  // namespace fedc::interpret

#endif  // FEDC_COMPILER_INTERPRET_EVAL_H_
