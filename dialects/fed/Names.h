// What the user calls a value and where they wrote it: both live in locations, so that every pass
// keeps them without knowing.
//
//   loc("r.loss"("mnist.fed":12:3))                               an operation of one result
//   loc(fused<["r.delta.weights", "r.examples"]>["mnist.fed":12:3])   of several: one name each
//   loc(callsite(<inner> at <outer>))                               inlined: the inner one counts
//   loc(fused<loc("square"("a.fed":3:1))>["a.fed":9:5])             a call of that function
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

// As name_of, of the result of that number of what is at the location.
std::string name_of(mlir::Location location, size_t result = 0);

// The location of an operation at `where` whose results are called `names` (one each; "": none).
mlir::Location named_location(mlir::Location where, llvm::ArrayRef<std::string> names);

// The location of a call at `where` of the function of that name, declared at `declared`.
mlir::Location call_location(mlir::Location where, llvm::StringRef callee, mlir::Location declared);

// A place in a source file and the function around it that was inlined there, as its name over
// where it is declared; null where code is in no inlined function, or in none that is known.
struct Frame {
  mlir::FileLineColLoc place;
  mlir::NameLoc callee;
};

// The innermost place of a location, then for each call that it was inlined by that call's. A call
// of an unknown function is left out.
llvm::SmallVector<Frame> frames_of(mlir::Location location);

// The innermost place in a source file, or null where a location holds none.
mlir::FileLineColLoc position_of(mlir::Location location);

// The same location without the names of results.
mlir::Location without_names(mlir::Location location);

}  // namespace fed

#endif  // FEDC_DIALECTS_FED_NAMES_H_
