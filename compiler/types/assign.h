// Which values may stand where a type is expected. Types never convert; what is allowed only
// forgets something that the type says, and is a core::Coerce where it changes the type:
//   - a dimension's size or bound: float32[10] and float32[?<=5] are assignable to float32[?<=10]
//     and float32[?]; never the other way;
//   - that all clients have the same value: T@CLIENTS is assignable to {T}@CLIENTS;
//   - that federated values are apart: a struct of values of one placement is assignable to one
//     value of structs there (an implicit federated_zip);
//   - and an unnamed field is assignable to a named one.
// Sequences, structs and federated types are covariant. The error type is assignable both ways.
#ifndef FEDC_COMPILER_TYPES_ASSIGN_H_
#define FEDC_COMPILER_TYPES_ASSIGN_H_

#include <optional>
#include <string>

#include "compiler/types/type.h"

namespace fedc {

// The innermost disagreement of two types.
struct Mismatch {
  enum class Kind {
    kDifferent,   // not the same kind of type, or element types differ
    kRank,        // another number of dimensions
    kDim,         // sizes differ, or a bound is exceeded
    kUnknownDim,  // a dimension is not known, and the target wants it fixed or bounded
    kFieldCount,
    kFieldName,
    kPlacement,   // SERVER against CLIENTS
    kPerClient,   // {T}@CLIENTS where all clients must have the same value
    kUnplaced,    // a value without placement where a federated one is expected
    kPlaced,      // a federated value where one without placement is expected
    kMixed,       // a struct of values of which some are not federated or elsewhere
    kConstraint,  // a variable does not allow this type (from the solver)
    kInfinite,    // a variable would contain itself (from the solver)
  };
  Kind kind;
  std::string path;  // `.weights`, `.0.x`, `*` for a sequence's element; empty: the type itself
  const Type* from;
  const Type* to;
  int dim = -1;        // which dimension, for kDim and kUnknownDim
  std::string detail;  // from the solver
};

// What checking knows of inference variables. A null result means success.
class Solver {
 public:
  virtual ~Solver() = default;
  // What a variable stands for at its outermost level; the type itself otherwise.
  virtual const Type* resolve(const Type* type) = 0;
  virtual std::optional<Mismatch> bind(const Type* variable, const Type* type) = 0;
  // One or both of the elements are variables.
  virtual bool unify_elements(Element a, Element b) = 0;
  // `to` is a variable; `from` may be one.
  virtual std::optional<Mismatch::Kind> assign_dim(Dim from, Dim to) = 0;
};

// Null when `from` is assignable to `to`, with variables bound as far as needed.
std::optional<Mismatch> assign(TypeContext& context, const Type* from, const Type* to,
                               Solver* solver = nullptr);

// Null when a dimension is assignable; neither is a variable.
std::optional<Mismatch::Kind> assign_dim(Dim from, Dim to);

// The federated value that a struct (of structs ...) of federated values of one placement makes,
// or null. All equal if all of them are. An empty struct makes none.
const Type* zipped(TypeContext& context, const Type* type, Solver* solver = nullptr);

}  // namespace fedc

#endif  // FEDC_COMPILER_TYPES_ASSIGN_H_
