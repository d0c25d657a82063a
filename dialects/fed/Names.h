// What the user calls a value and where they wrote it: both live in locations, so that every pass
// keeps them without knowing.
//
//   loc("r.loss"("mnist.fed":12:3))                               an operation of one result
//   loc(fused<["r.delta.weights", "r.examples"]>["mnist.fed":12:3])   of several: one name each
//   loc(callsite(<inner> at <outer>))                               inlined: the inner one counts
#ifndef FEDC_DIALECTS_FED_NAMES_H_
#define FEDC_DIALECTS_FED_NAMES_H_

#include <string>

#include "llvm/ADT/ArrayRef.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Value.h"

namespace fed {

// The user's name of a leaf, or "" where it has none.
std::string name_of(mlir::Value value);

// The location of an operation at `where` whose results are called `names` (one each; "": none).
mlir::Location named_location(mlir::Location where, llvm::ArrayRef<std::string> names);

// The innermost place in a source file, or null where a location holds none.
mlir::FileLineColLoc position_of(mlir::Location location);

// The same location without the names of results.
mlir::Location without_names(mlir::Location location);

}  // namespace fed

#endif  // FEDC_DIALECTS_FED_NAMES_H_
