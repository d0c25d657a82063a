// Questions about operations and values of flat code.
#ifndef FEDC_COMPILER_SPLIT_FLAT_CODE_H_
#define FEDC_COMPILER_SPLIT_FLAT_CODE_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "compiler/split/plan.h"
#include "llvm/ADT/StringSet.h"

namespace fedc::split {

bool is_sequence(mlir::Value value);

// All that an operation reads, in its regions too.
llvm::SmallVector<mlir::Value> uses_of(mlir::Operation* op);

// Whether each phase that needs the results makes them anew: where an operation is at home
// everywhere, and stages of lazy sequences.
bool is_cloned(mlir::Operation* op);

bool is_effect(mlir::Operation* op);

// The user's name of a value, or of what it was aggregated from or sent as, or its operation.
std::string name_or_operation(mlir::Value value);

// By space, in this order, then by index.
void sort_slots(std::vector<Slot>& slots, std::initializer_list<fed::Space> spaces);

// Gives every name of a list once: a name that comes again gets a number.
class Names {
 public:
  std::string unique(std::string name);

 private:
  llvm::StringSet<> taken_;
};

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_FLAT_CODE_H_
