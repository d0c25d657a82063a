// The oracle: a plain interpreter of `local` functions and of unsplit `fed` modules.
//
// It is slow and obviously right, shares no code with differentiation, splitting or lowering, and
// decides nothing that they decide: what compiled programs compute must equal what it computes, to
// the bit (see docs on arithmetic; functions such as exp within their stated bound, unless a
// MathLibrary is given). The one thing it shares is the kernel that sums floats over clients, which
// tests compare with exact arithmetic.
//
// It reads a module whose gradients are gone (after `local-differentiate`); calls need not be
// inlined. `fed.mean` is interpreted as such, so it must run before `fed-expand-means`.
#ifndef FEDC_COMPILER_INTERPRET_INTERPRET_H_
#define FEDC_COMPILER_INTERPRET_INTERPRET_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/interpret/tensor_ops.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Location.h"
#include "runtime/data/value.h"

namespace fedc::interpret {

using fedrt::Leaf;
using fedrt::LeafValue;
using Params = std::map<std::string, Tensor>;

// Why a computation has no result.
struct Error {
  int32_t status;                // one of the ABI's
  mlir::Location location;       // of the operation, as the user wrote it
  std::string message;           // in the terms of the operation
  std::optional<size_t> client;  // on whose device; none: at the server
};

struct Options {
  Params params;       // those not given have their defaults
  size_t clients = 0;  // how many there are at the start
  // lost[k]: clients whose message of client phase k + 1 never arrives. They take no part in later
  // phases either.
  std::vector<std::set<size_t>> lost;
  MathLibrary math = libm;
  // What `debug` shows on a client, or at the server, under a label; empty: nothing.
  std::function<void(std::optional<size_t> client, const std::string& label, const Tensor& value)>
      debug;
};

struct Outcome {
  std::optional<Error> error;  // then there are no results
  std::vector<Leaf> results;   // one a result of the entry
  // accepted[k]: clients whose message of client phase k + 1 was accepted. What a client that is
  // not in the last one would hold of a result is an empty LeafValue.
  std::vector<std::set<size_t>> accepted;
  // rejected[k]: clients whose message of client phase k + 1 was rejected, and why
  // (FED_REJECT_...).
  std::vector<std::map<size_t, int32_t>> rejected;
};

// The parameters of `module`: what is given, else their defaults.
Params with_defaults(mlir::ModuleOp module, const Params& given);

// Runs entry `name` of `module` over the leaves of its arguments.
Outcome run_entry(mlir::ModuleOp module, const std::string& name,
                  const std::vector<Leaf>& arguments, const Options& options);

// Calls function `name`, of tensors and sequences. The error is at the operation that failed.
struct CallOutcome {
  std::optional<Error> error;
  std::vector<LeafValue> results;
};
CallOutcome call_function(mlir::ModuleOp module, const std::string& name,
                          const std::vector<LeafValue>& arguments, const Params& params = {},
                          const MathLibrary& math = libm);

}  // namespace fedc::interpret

#endif  // FEDC_COMPILER_INTERPRET_INTERPRET_H_
