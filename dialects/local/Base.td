//===- Base.td - dialect, attributes, types and constraints ---------------===//
#ifndef LOCAL_BASE_TD
#define LOCAL_BASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/local/Interfaces.td"

def LocalDialect : Dialect {
  let name = "local";
  let cppNamespace = "::local";
  let summary = "value-semantics tensor and sequence computation of one participant";
  let description = [{
    Tensor operations carry StableHLO's names and meaning where it has one. Scalars are tensors of
    rank 0. A dimension that is unknown at compile time may carry a bound, in the tensor type's
    encoding `#local.bounds<[32, -1]>`: storage is always sized for the bound. There are no structs:
    a struct is its leaves (see Rationale.md).

    Constraints carry an id: it stands here, in the verifier and in the name of its test. Shapes
    follow two rules wherever types leave something open:

    - (shape_c1) Two dimensions that must be equal have a *meet*: not two different static sizes, nor
      a static size above the other's bound. The meet says all that either says (static if one is,
      else the smaller bound). What the types leave open is checked at run time.
    - (shape_c2) A result's type *follows* from the operands': it may forget a static size or a
      bound, never invent one. `local.cast` alone may assert more; that is checked at run time.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

//===----------------------------------------------------------------------===//
// Attributes and types
//===----------------------------------------------------------------------===//

def Local_BoundsAttr : AttrDef<LocalDialect, "Bounds", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding, ["verifyEncoding"]>]> {
  let mnemonic = "bounds";
  let summary = "upper bounds of a tensor type's unknown dimensions";
  let description = [{
    One entry a dimension: the bound of an unknown dimension, or -1 where the dimension is static or
    has no bound. `tensor<?x10xf32, #local.bounds<[32, -1]>>` is `float32[?<=32,10]`.

    - (bounds_c1) One entry a dimension.
    - (bounds_c2) An entry is a size, or -1; a static dimension has -1.
    - (bounds_c3) Some entry is a bound: a type is written in one way only.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$bounds);
  let assemblyFormat = "`<` `[` $bounds `]` `>`";
}

def Local_SequenceType : TypeDef<LocalDialect, "Sequence"> {
  let mnemonic = "sequence";
  let summary = "a lazy sequence; its element is a list of tensor leaves";
  let description = [{
    - (sequence_type_c1) Each leaf of the element is a tensor.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::Type">:$elements);
  let assemblyFormat = "`<` `[` $elements `]` `>`";
  let genVerifyDecl = 1;
}

def Local_Direction : I32Enum<"Direction", "what a comparison asks", [
    I32EnumCase<"EQ", 0>, I32EnumCase<"NE", 1>, I32EnumCase<"LT", 2>,
    I32EnumCase<"LE", 3>, I32EnumCase<"GT", 4>, I32EnumCase<"GE", 5>]> {
  let cppNamespace = "::local";
}
def Local_DirectionAttr : EnumAttr<LocalDialect, Local_Direction, "direction">;

def Local_ReduceKind : I32Enum<"ReduceKind", "how a reduction combines", [
    I32EnumCase<"Sum", 0, "sum">, I32EnumCase<"Product", 1, "product">,
    I32EnumCase<"Max", 2, "max">, I32EnumCase<"Min", 3, "min">,
    I32EnumCase<"Any", 4, "any">, I32EnumCase<"All", 5, "all">]> {
  let cppNamespace = "::local";
}
def Local_ReduceKindAttr : EnumAttr<LocalDialect, Local_ReduceKind, "reduce_kind">;

// bool i1; int8..int64 i8..i64; uint8..uint64 ui8..ui64; float16, bfloat16, float32, float64.
class Local_TensorOf<string pred, string desc> : Type<
    And<[CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">,
         CPred<"[](::mlir::Type e) { return " # pred #
               "; }(::llvm::cast<::mlir::RankedTensorType>($_self).getElementType())">]>,
    desc, "::mlir::RankedTensorType">;
def Local_Tensor : Local_TensorOf<"::local::isElement(e)", "tensor of bool or numbers">;
def Local_FloatTensor : Local_TensorOf<"::local::isFloat(e)", "tensor of a float type">;
def Local_BoolTensor : Local_TensorOf<"e.isSignlessInteger(1)", "tensor of bool">;
def Local_NumberTensor : Local_TensorOf<"::local::isNumber(e)", "tensor of numbers">;
def Local_IntegerTensor : Local_TensorOf<"::local::isInteger(e)", "tensor of integers">;
def Local_WordTensor : Local_TensorOf<"e.isUnsignedInteger(64)", "tensor of ui64">;
def Local_IndexScalar : Type<
    CPred<"$_self == ::mlir::RankedTensorType::get({}, ::mlir::IntegerType::get($_self.getContext(), 64))">,
    "tensor<i64>", "::mlir::RankedTensorType">,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI64Type())">;
def Local_WordScalar : Type<
    CPred<"$_self == ::mlir::RankedTensorType::get({}, ::mlir::IntegerType::get($_self.getContext(), 64, ::mlir::IntegerType::Unsigned))">,
    "tensor<ui64>", "::mlir::RankedTensorType">,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getIntegerType(64, false))">;
def Local_BoolScalar : Type<
    CPred<"$_self == ::mlir::RankedTensorType::get({}, ::mlir::IntegerType::get($_self.getContext(), 1))">,
    "tensor<i1>", "::mlir::RankedTensorType">,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI1Type())">;

//===----------------------------------------------------------------------===//
// Operations in general
//===----------------------------------------------------------------------===//

class Local_Op<string mnemonic, list<Trait> traits = []> : Op<LocalDialect, mnemonic, traits>;

// Operands and results agree in shape (shape_c1, shape_c2): see Local.h.
def SameShape : NativeOpTrait<"SameShape"> {
  let cppNamespace = "::local";
}

def Vjp : DeclareOpInterfaceMethods<DifferentiableOpInterface>;

#endif  // LOCAL_BASE_TD
