// One entry taken apart: the first step of splitting.
#ifndef FEDC_COMPILER_SPLIT_FLATTEN_H_
#define FEDC_COMPILER_SPLIT_FLATTEN_H_

#include <optional>
#include <string>
#include <vector>

#include "dialects/fed/Fed.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fedc::split {

// What crosses between the placements. In flat code each crossing is a placeholder operation, with
// the values that are sent as operands and what arrives as results.
enum class Crossing { kBroadcast, kReduction, kSelect };

// An entry as one block over members: bodies of `fed.map`s stand in it one after the other, equal
// operations merged.
struct Flat {
  struct Leaf {
    std::string name;  // in the user's terms; may be empty
    fed::Placement side;
    bool state = false;  // of the client's state
  };

  mlir::OwningOpRef<mlir::func::FuncOp> function;  // arguments and returned values are members
  std::vector<Leaf> arguments;
  std::vector<Leaf> results;
  // The entry's operations whose regions are yet to be placed: aggregates and selects.
  std::vector<mlir::Operation*> origins;

  mlir::Block& block() { return function->getBody().front(); }
};

// Errors are at the user's location.
mlir::FailureOr<Flat> flatten(mlir::func::FuncOp entry);

// Nothing is computed or sent twice because it was written twice: merges equal operations of flat
// code, assertions too.
void merge_equal(Flat& flat);

// Where an operation of flat code runs; nothing where it is at home everywhere (a constant, a
// parameter, a computation with unplaced values). A reduction's placeholder is at the server, a
// broadcast's at the clients.
std::optional<fed::Placement> side_of(mlir::Operation* op);

// Of a placeholder; nothing for any other operation.
std::optional<Crossing> crossing_of(mlir::Operation* op);
fed::ReductionKind reduction_of(mlir::Operation* placeholder);  // a select's is kSelect
llvm::StringRef intrinsic_of(mlir::Operation* placeholder);     // as the user wrote it
// What the clients send for it: of an aggregate its operands but the zeros behind them, of a select
// the keys, without the database behind them.
mlir::ValueRange sent_for(mlir::Operation* placeholder);
mlir::ValueRange unsent_for(mlir::Operation* placeholder);
// Which of Flat::origins it stands for: an aggregate or a select.
size_t origin_of(mlir::Operation* placeholder);
bool is_of_mean(mlir::Operation* placeholder);  // a sum that a mean became
// Reductions of one group are of the same clients; nothing for one that stands alone.
std::optional<int64_t> group_of(mlir::Operation* placeholder);
void set_group(mlir::Operation* placeholder, int64_t group);
// The greatest value or key that a client may send; 0 where nothing bounds it.
int64_t limit_of(mlir::Operation* placeholder);
// The user's names of a placeholder's operands and results; may be empty.
std::string operand_name(mlir::Operation* placeholder, unsigned operand);
std::string result_name(mlir::Operation* placeholder, unsigned result);

// From now on `placeholder` is called and placed in the source as `other` is.
void stand_for(mlir::Operation* placeholder, mlir::Operation* other);

// A copy for a phase: without what flat code notes on operations.
void strip_notes(mlir::Operation* op);

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_FLATTEN_H_
