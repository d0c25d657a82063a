// The local dialect: what one participant computes alone. See Local.td and Rationale.md.
#pragma once

#include <optional>

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace local {

// Elements: bool i1; int8..int64 i8..i64; uint8..uint64 ui8..ui64; f16, bf16, f32, f64.
bool isElement(mlir::Type type);
bool isFloat(mlir::Type type);
bool isNumber(mlir::Type type);   // an element, but not bool
bool isInteger(mlir::Type type);  // a number, but no float

// Shapes ---------------------------------------------------------------------------------------

// What a type says of one dimension. A static dimension has bound == size.
struct Dim {
  int64_t size;   // or ShapedType::kDynamic
  int64_t bound;  // the largest size possible, or -1: not known

  static Dim fixed(int64_t size) { return {size, size}; }
  static Dim unknown(int64_t bound = -1) { return {mlir::ShapedType::kDynamic, bound}; }
  bool is_unknown() const { return size == mlir::ShapedType::kDynamic; }
  bool operator==(const Dim&) const = default;
};

// The largest size of dimension `dim`: its static size, its bound, or -1 where it has none.
int64_t getBound(mlir::RankedTensorType type, int64_t dim);
// One entry a dimension, as getBound.
llvm::SmallVector<int64_t> getBounds(mlir::RankedTensorType type);
llvm::SmallVector<Dim> getDims(mlir::RankedTensorType type);

// The tensor type of these dimensions; the encoding is there only when some unknown one is bounded.
mlir::RankedTensorType makeTensorType(llvm::ArrayRef<Dim> dims, mlir::Type element);
// `bounds` may be empty; its entries at static dimensions do not matter, -1 is no bound.
mlir::RankedTensorType makeTensorType(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> bounds,
                                      mlir::Type element);
// The same dimensions with another element type.
mlir::RankedTensorType withElementType(mlir::RankedTensorType type, mlir::Type element);

// The number of elements with every unknown dimension at its bound; nullopt if one has no bound.
std::optional<int64_t> getBoundedElementCount(mlir::RankedTensorType type);

// The type with every unknown dimension at its bound, which each has.
mlir::RankedTensorType atBounds(mlir::RankedTensorType type);
// Of `steps` values of the type, unknown dimensions at their bounds: what a loop notes of them.
mlir::RankedTensorType noteType(mlir::Type type, int64_t steps);

// Two types of one actual size: `meet` says all that either says. nullopt: they can never be equal
// (two static sizes that differ, or a static size above the other's bound).
std::optional<Dim> meet(Dim a, Dim b);
// The same, dimension by dimension, with `a`'s element type. Null: the shapes can never be equal.
mlir::RankedTensorType meetTypes(mlir::Type a, mlir::Type b);
// True if `to` says nothing that `from` does not: a type may forget what is known, never invent.
bool implies(Dim from, Dim to);
bool impliesShape(mlir::RankedTensorType from, mlir::RankedTensorType to);

// A new value like `like` (a tensor), each element `value`. Sizes that its type leaves open are
// read from `like`. `value` is rounded to the element type.
mlir::Value makeSplatLike(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value like,
                          double value);
// The actual sizes of the dimensions that `type` leaves open, in order, read from `from`, which has
// the same actual shape: what `broadcast_in_dim` and `iota` take as sizes.
llvm::SmallVector<mlir::Value> makeUnknownSizes(mlir::OpBuilder& builder, mlir::Location loc,
                                                mlir::RankedTensorType type, mlir::Value from);
// What the operation that makes `tensor` says of the size of its dimension `dim`, which the type
// leaves open: that it is the size of another value's dimension, or an i64 scalar itself.
struct SizeSource {
  static constexpr int64_t kItself = -1;
  mlir::Value value;  // null: it says nothing
  int64_t dim = 0;    // or kItself
};
SizeSource getSizeSource(mlir::Value tensor, int64_t dim);
// Whether the type or the IR that makes `tensor` says that dimension `dim` has the size `size`.
bool isKnownSize(mlir::Value tensor, int64_t dim, mlir::Value size);
// The elements with which a tensor begins, along each dimension that `type` leaves open, and the
// tensor's own type does not, as many as `sizes` says, in the order of what `type` leaves open.
mlir::Value makeBeginning(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value whole,
                          mlir::RankedTensorType type, mlir::ValueRange sizes);
// Whether indices are those of the first places, all of them inside of a dimension of this size.
bool areFirstPlaces(mlir::Value indices, int64_t size);
// Whether these are known to be indices of places inside of a dimension of this size.
bool areInside(mlir::Value indices, int64_t size);
// `value` as `type`: a cast where the types differ.
mlir::Value makeCast(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value value,
                     mlir::Type type);

// How many windows of `window` places fit, every `stride` places, into `size` with padding before
// and after; 0 where none does.
int64_t countWindows(int64_t size, int64_t window, int64_t stride, int64_t low, int64_t high);

// Traits ---------------------------------------------------------------------------------------

namespace detail {
llvm::LogicalResult verifySameShape(mlir::Operation* op);
// shape_c2 and element type: `result` must be the tensor of `dims` and `element`, or forget some.
llvm::LogicalResult verifyResult(mlir::Operation* op, mlir::RankedTensorType result,
                                 llvm::ArrayRef<Dim> dims, mlir::Type element);
// The region's last operation must be a yield of values of these types, which are those of `what`.
llvm::LogicalResult verifyYield(mlir::Operation* op, mlir::Region& region, mlir::TypeRange types,
                                llvm::StringRef what);
llvm::LogicalResult verifyStatesAndNotes(mlir::Operation* op, mlir::Region& body,
                                         mlir::TypeRange init, std::optional<uint64_t> at_most);
llvm::LogicalResult verifyArguments(mlir::Operation* op, mlir::Region& region,
                                    mlir::TypeRange types);
}  // namespace detail

// All operands have one shape; each pair of types has a meet, and the result's type says no more
// than the meet of all operands' types. Where types leave it open, equality is checked at run time.
template <typename ConcreteType>
class SameShape : public mlir::OpTrait::TraitBase<ConcreteType, SameShape> {
 public:
  static llvm::LogicalResult verifyTrait(mlir::Operation* op) {
    return detail::verifySameShape(op);
  }
};

// Makes a lazy sequence out of another one.
template <typename ConcreteType>
class SequenceStage : public mlir::OpTrait::TraitBase<ConcreteType, SequenceStage> {};

}  // namespace local

#include "dialects/local/LocalDialect.h.inc"
#include "dialects/local/LocalEnums.h.inc"
#include "dialects/local/LocalInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/local/LocalAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/local/LocalTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/local/LocalOps.h.inc"
