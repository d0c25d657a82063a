// What each phase of a split program does: levels, schedules and slots over flat code.
#ifndef FEDC_COMPILER_SPLIT_PLAN_H_
#define FEDC_COMPILER_SPLIT_PLAN_H_

#include <string>
#include <utility>
#include <vector>

#include "compiler/split/flatten.h"

namespace fedc::split {

// A leaf of a layout, bound to a value of flat code.
struct Slot {
  fed::Space space;
  int64_t index;
  std::string name;
  mlir::Value value;
};

struct PhasePlan {
  std::vector<Slot> ins;
  std::vector<Slot> outs;
  std::vector<mlir::Operation*> operations;  // of flat code, in its order
};

// What the server runs to combine what clients send for one aggregate.
struct FoldPlan {
  fed::AggregateOp op;
  std::vector<int64_t> values, results;      // leaves of messages; -1: a result that nothing reads
  std::vector<mlir::Value> zero;             // of flat code
  std::vector<mlir::Operation*> operations;  // of flat code, that `zero` is made by
};

// What the server runs to make one client's slices.
struct SelectionPlan {
  fed::SelectOp op;
  std::vector<Slot> ins;                     // the keys first; what the database is made of
  std::vector<mlir::Value> database;         // of flat code
  std::vector<mlir::Operation*> operations;  // of flat code, that `database` is made by
  // One a result of the select; those with an index of -1 are not read.
  std::vector<Slot> outs;
};

struct Plan {
  std::vector<PhasePlan> server;                              // steps 0, 1, ..
  std::vector<PhasePlan> clients;                             // phases 1, 2, ..
  std::vector<std::vector<fed::ReductionAttr>> aggregations;  // of client phases 1, 2, ..
  std::vector<std::vector<FoldPlan>> folds;                   // likewise
  std::vector<std::vector<SelectionPlan>> selections;         // of keys from client phases 1, 2, ..
};

// Errors are at the user's location: a value that crosses a boundary has no fixed size.
mlir::FailureOr<Plan> plan(Flat& flat);

}  // namespace fedc::split

#endif  // FEDC_COMPILER_SPLIT_PLAN_H_
