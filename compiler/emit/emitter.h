// The state of one emission. Internal to compiler/emit.
#ifndef FEDC_COMPILER_EMIT_EMITTER_H_
#define FEDC_COMPILER_EMIT_EMITTER_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/check/core.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/emit/analysis.h"
#include "compiler/emit/leaves.h"
#include "compiler/source/source.h"
#include "llvm/ADT/StringMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace fedc::emission {

// A value: one IR value for each leaf of its type.
using Leaves = llvm::SmallVector<mlir::Value, 4>;

// What the user calls the value that is about to be made: the leaf at path p becomes `name.p`.
// nullopt: an intermediate value without a name. Empty: the names are the paths alone.
using Hint = std::optional<std::string>;

// One use of an operation of the prelude, its arguments already emitted.
struct OpCall {
  const core::Op& op;
  std::vector<Leaves> args;  // as op.args; an absent one has no leaves
  const Hint& hint;

  bool has(size_t i) const { return i < op.args.size() && op.args[i] != nullptr; }
  mlir::Value scalar(size_t i) const { return args[i].front(); }
};

class Emitter;
using OpEmitter = std::function<Leaves(Emitter&, const OpCall&)>;
using OpTable = llvm::StringMap<OpEmitter>;

// Each adds the operations of its file.
void add_elementwise(OpTable& table);
void add_tensor_ops(OpTable& table);
void add_indexing(OpTable& table);
void add_window_ops(OpTable& table);
void add_sequence_ops(OpTable& table);
void add_gradients(OpTable& table);
void add_intrinsics(OpTable& table);
const OpTable& op_table();

class Emitter {
 public:
  Emitter(const core::Program& program, const SourceManager& sources, DiagnosticEngine& diagnostics,
          mlir::MLIRContext& context);

  // Null after a diagnostic.
  mlir::OwningOpRef<mlir::ModuleOp> run();

  Leaves emit(const core::Expr* expr, const Hint& hint = {});

  // Emits a function literal as the one block of an empty region. The block takes the leaves of the
  // parameters and then, where the region is isolated, those of `captured`. Afterwards the
  // insertion point is where the terminator belongs; guard it.
  Leaves emit_lambda(mlir::Region& region, const core::Lambda& lambda, const Hint& hint,
                     llvm::ArrayRef<const core::Var*> captured = {});
  // The body of a function literal where the insertion point is, of these arguments.
  Leaves emit_inline(const core::Lambda& lambda, llvm::ArrayRef<Leaves> arguments,
                     const Hint& hint = {});
  // The same for an isolated region that cannot take captures: what they are computed from is
  // copied into it (constants, params and operations on them: entries have no unplaced arguments).
  Leaves emit_closed_lambda(mlir::Region& region, const core::Lambda& lambda);
  const Leaves& lookup(const core::Var* var) const { return env_.at(var); }
  // A new number for the leaves of one aggregation; none where it has a single leaf.
  mlir::IntegerAttr new_group(size_t leaves) {
    return leaves > 1 ? b.getI64IntegerAttr(next_group_++) : mlir::IntegerAttr();
  }

  // ---- locations
  // In the text that is being emitted.
  mlir::Location at(SourceRange range);
  // Of the operation that makes leaf `leaf` of the call's result, or of the one that makes all.
  mlir::Location loc(const OpCall& call, size_t leaf);
  mlir::Location loc(const OpCall& call);
  mlir::Location loc(const core::Expr* expr, const Hint& hint);

  // ---- diagnostics
  Diagnostic& report(DiagnosticKind kind, SourceRange range, std::string message) {
    return diagnostics_.report(kind, range, std::move(message));
  }

  // ---- types
  const std::vector<Leaf>& leaves(const Type* type) { return types_.of(type); }
  llvm::SmallVector<mlir::Type> leaf_types(const Type* type);
  mlir::RankedTensorType tensor_type(const Type* type) { return types_.tensor(type); }
  LeafTypes& types() { return types_; }

  // ---- values
  mlir::Value constant(mlir::Location where, mlir::RankedTensorType type, double value);
  mlir::Value index_constant(mlir::Location where, int64_t value);  // tensor<i64>
  // The same value as a type that says less (or, for tensors, more: checked at run time).
  mlir::Value convert(mlir::Location where, mlir::Value value, mlir::Type type);
  void convert(mlir::Location where, Leaves& values, mlir::TypeRange types);
  // Of a federated value: also turns all-equal values into per-client ones, which `convert` leaves
  // as they are since every operation takes both.
  mlir::Value convert_placed(mlir::Location where, mlir::Value value, mlir::Type type);

  mlir::OpBuilder b;

 private:
  mlir::Location place(SourceRange range);
  mlir::Location called_from(mlir::Location here, const core::CallSite* site);
  // Of what is no `let`.
  Leaves emit_plain(const core::Expr* expr, const Hint& hint);
  bool check_sizes();
  void emit_params();
  void emit_function(const core::Function& function);
  void emit_entry(const core::Entry& entry);
  // The leaves of a call of an exported function, at the client; `block` gets the arguments.
  Leaves emit_export(mlir::Block& block, const core::Function& function, mlir::FunctionType type,
                     const Hint& hint);

  Leaves emit_constant(const core::Constant& constant, const Hint& hint);
  Leaves emit_if(const core::If& branch, const Hint& hint);
  Leaves emit_call(const core::Call& call, const Hint& hint);
  Leaves emit_ops(const core::Op& op, const Hint& hint);
  std::vector<std::string> names(const Type* type, const Hint& hint);
  void bind_params(mlir::Block& block, llvm::ArrayRef<const core::Var*> params);

  const core::Program& program_;
  const SourceManager& sources_;
  DiagnosticEngine& diagnostics_;
  Analysis analysis_;
  LeafTypes types_;
  mlir::ModuleOp module_;
  std::unordered_map<const core::Var*, Leaves> env_;
  std::unordered_map<const core::Function*, mlir::Operation*> functions_;
  // By file and offset: looking up a line and column costs more than anything else here.
  std::unordered_map<uint64_t, mlir::Location> places_;
  int64_t next_group_ = 0;
  // Where the federated functions that are being expanded were called.
  std::vector<mlir::Location> call_sites_;
  const core::CallSite* written_out_ = nullptr;  // of the expression that is being emitted
};

// Static arguments, or `otherwise` where not given.
std::vector<int64_t> static_ints(const core::Op& op, const char* name,
                                 std::vector<int64_t> otherwise = {});
int64_t static_int(const core::Op& op, const char* name, int64_t otherwise);

}  // namespace fedc::emission

#endif  // FEDC_COMPILER_EMIT_EMITTER_H_
