// When a value of an unsplit module comes to be.
//
// Defined on its own, by recursion over what a value depends on, and not taken from `fed-split`:
// what belongs to one message, and so is accepted or rejected whole, follows from the levels.
#ifndef FEDC_COMPILER_INTERPRET_LEVELS_H_
#define FEDC_COMPILER_INTERPRET_LEVELS_H_

#include <map>
#include <vector>

#include "dialects/fed/Fed.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"

namespace fedc::interpret {

// A level is a moment on one line: server step 0, client phase 1, server step 1, client phase 2,
// ... are the moments 0, 1, 2, 3, ...
class Levels {
 public:
  // The aggregates that results need. Those of one `group`, which the user wrote as one
  // aggregation, are all of the latest phase of theirs, so that they combine the same clients. Call
  // it first.
  void set_aggregates(const std::vector<mlir::Operation*>& aggregates);
  // The first moment at which `value` can be known to the participant that computes it: `value` is
  // in the entry's block or in the region of one of its `fed.map`s.
  int moment(mlir::Value value);
  // The client phase whose message carries what `aggregate` combines: a sum, mean, min, max.
  int phase(mlir::Operation* aggregate);
  // When the assertion that `op`, in the region of a `fed.map`, is or contains can be checked.
  int moment_of(mlir::Operation* op, int earliest);

 private:
  int own_phase(mlir::Operation* aggregate);

  llvm::DenseMap<mlir::Value, int> moments_;
  std::map<int64_t, std::vector<mlir::Operation*>> groups_;
};

constexpr int kServerStart = 0, kClientStart = 1;
inline int earliest(fed::Placement placement) {
  return placement == fed::Placement::Server ? kServerStart : kClientStart;
}
inline int client_phase(int moment) { return (moment + 1) / 2; }

}  // namespace fedc::interpret

#endif  // FEDC_COMPILER_INTERPRET_LEVELS_H_
