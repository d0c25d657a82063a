//===- Local.td - what one participant computes alone ---------------------===//
#ifndef LOCAL_TD
#define LOCAL_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/local/Interfaces.td"

def LocalDialect : Dialect {
  let name = "local";
  let cppNamespace = "::local";
  let summary = "value-semantics tensor and sequence computation of one participant";
  let description = [{
    Tensor operations carry StableHLO's names and meaning where it has one. Scalars are tensors of
    rank 0. A dimension that is unknown at compile time may carry a bound, in the tensor type's
    encoding `#local.bounds<[32, -1]>`: storage is always sized for the bound. Operations of several
    operands require equal shapes; where a dimension is unknown the equality is checked at run time.
    There are no structs: a struct is its leaves (see Rationale.md).
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
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
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$bounds);
  let assemblyFormat = "`<` `[` $bounds `]` `>`";
}

def Local_SequenceType : TypeDef<LocalDialect, "Sequence"> {
  let mnemonic = "sequence";
  let summary = "a lazy sequence; its element is a list of tensor leaves";
  let parameters = (ins ArrayRefParameter<"::mlir::Type">:$elements);
  let assemblyFormat = "`<` `[` $elements `]` `>`";
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

def Local_Tensor : Type<CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">, "ranked tensor",
                                  "::mlir::RankedTensorType">;
class Local_TensorOf<string pred, string desc> : Type<
    And<[Local_Tensor.predicate,
         CPred<"[](::mlir::Type e) { return " # pred # "; }(::llvm::cast<::mlir::RankedTensorType>($_self).getElementType())">]>,
    desc, "::mlir::RankedTensorType">;
def Local_FloatTensor : Local_TensorOf<"::llvm::isa<::mlir::FloatType>(e)", "tensor of a float type">;
def Local_BoolTensor : Local_TensorOf<"e.isInteger(1)", "tensor of bool">;
def Local_NumberTensor : Local_TensorOf<"e.isIntOrFloat() && !e.isInteger(1)", "tensor of numbers">;
def Local_IndexScalar : Type<
    And<[Local_Tensor.predicate, CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 0">,
         CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isSignlessInteger(64)">]>,
    "tensor<i64>", "::mlir::RankedTensorType">,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI64Type())">;
def Local_BoolScalar : Type<
    And<[Local_BoolTensor.predicate, CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 0">]>,
    "tensor<i1>", "::mlir::RankedTensorType">,
    BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI1Type())">;

class Local_Op<string mnemonic, list<Trait> traits = []> : Op<LocalDialect, mnemonic, traits>;

// Operands and results agree in shape: see `verifySameShape` in Local.h.
def SameShape : NativeOpTrait<"SameShape"> {
  let cppNamespace = "::local";
}

def Vjp : DeclareOpInterfaceMethods<DifferentiableOpInterface>;

//===----------------------------------------------------------------------===//
// Constants and shapes
//===----------------------------------------------------------------------===//

def Local_ConstantOp : Local_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "a constant tensor";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, ::mlir::Type(value.getShapedType()), value);
  }]>];
}

def Local_ParamOp : Local_Op<"param", [Pure]> {
  let summary = "the round's value of a parameter";
  let description = "Names a `fed.param` of the module. Readable on both sides, equal everywhere in a round.";
  let arguments = (ins FlatSymbolRefAttr:$name);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Local_GetDimensionSizeOp : Local_Op<"get_dimension_size", [Pure]> {
  let summary = "the actual size of one dimension";
  let arguments = (ins Local_Tensor:$operand, I64Attr:$dimension);
  let results = (outs Local_IndexScalar:$result);
  let assemblyFormat = "$operand `,` $dimension attr-dict `:` type($operand)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "int64_t":$dimension), [{
    build($_builder, $_state, ::mlir::RankedTensorType::get({}, $_builder.getI64Type()), operand, $_builder.getI64IntegerAttr(dimension));
  }]>];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Local_IotaOp : Local_Op<"iota", [Pure]> {
  let summary = "indices along one dimension";
  let description = "`sizes` gives the result's unknown dimensions, in order.";
  let arguments = (ins Variadic<Local_IndexScalar>:$sizes, I64Attr:$dimension);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = "$dimension (`sizes` `(` $sizes^ `)`)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Local_BroadcastInDimOp : Local_Op<"broadcast_in_dim", [Pure, Vjp]> {
  let summary = "repeats a tensor along new or size-1 dimensions";
  let description = [{
    Dimension i of the operand becomes dimension `dimensions[i]` of the result and has its size, or
    size 1. `sizes` gives the result's unknown dimensions, in order.
  }];
  let arguments = (ins Local_Tensor:$operand, Variadic<Local_IndexScalar>:$sizes, DenseI64ArrayAttr:$dimensions);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `dims` `=` $dimensions (`sizes` `(` $sizes^ `)`)? attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_ReshapeOp : Local_Op<"reshape", [Pure, Vjp]> {
  let summary = "the same elements in row-major order in another shape";
  let description = "Shapes are static but for dimension 0, which may be the same unknown dimension in both.";
  let arguments = (ins Local_Tensor:$operand);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_TransposeOp : Local_Op<"transpose", [Pure, Vjp]> {
  let summary = "permutes dimensions: result dimension i is operand dimension permutation[i]";
  let arguments = (ins Local_Tensor:$operand, DenseI64ArrayAttr:$permutation);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `,` `permutation` `=` $permutation attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_SliceOp : Local_Op<"slice", [Pure, Vjp]> {
  let summary = "a static box of a tensor, with strides";
  let description = "An unknown dimension may only be taken whole: start 0, limit -1, stride 1.";
  let arguments = (ins Local_Tensor:$operand, DenseI64ArrayAttr:$start, DenseI64ArrayAttr:$limit, DenseI64ArrayAttr:$strides);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `start` `=` $start `limit` `=` $limit `strides` `=` $strides attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

def Local_PadOp : Local_Op<"pad", [Pure, Vjp]> {
  let summary = "surrounds and interleaves a tensor with zeros";
  let description = "StableHLO's pad with the value zero and non-negative paddings; unknown dimensions are not padded.";
  let arguments = (ins Local_Tensor:$operand, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$interior);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `low` `=` $low `high` `=` $high `interior` `=` $interior attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

def Local_ConcatenateOp : Local_Op<"concatenate", [Pure, Vjp]> {
  let summary = "joins tensors along a static dimension";
  let arguments = (ins Variadic<Local_Tensor>:$inputs, I64Attr:$dimension);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$inputs `dim` `=` $dimension attr-dict `:` functional-type($inputs, $result)";
  let hasVerifier = 1;
}

def Local_CastOp : Local_Op<"cast", [Pure, SameShape, SameOperandsAndResultElementType, Vjp]> {
  let summary = "the same tensor, its type saying less or more about the shape";
  let description = [{
    Forgets a static size or a bound, or asserts one: what the result's type says and the operand's
    does not is checked at run time.
  }];
  let arguments = (ins Local_Tensor:$operand);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

class Local_Unary<string mnemonic, Constraint type, string sum, list<Trait> traits = [Vjp]>
    : Local_Op<mnemonic, [Pure, Elementwise, SameShape, SameOperandsAndResultElementType] # traits> {
  let summary = sum;
  let arguments = (ins type:$operand);
  let results = (outs type:$result);
  let assemblyFormat = "$operand attr-dict `:` custom<EqualTypes>(type($operand), type($result))";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand), [{
    build($_builder, $_state, operand.getType(), operand);
  }]>];
}
def Local_NegateOp : Local_Unary<"negate", Local_NumberTensor, "-x; wraps in integers"> { let hasFolder = 1; }
def Local_AbsOp : Local_Unary<"abs", Local_NumberTensor, "|x|; wraps in integers">;
def Local_SignOp : Local_Unary<"sign", Local_NumberTensor, "-1, 0 or 1; of a NaN NaN, of a zero that zero">;
def Local_ExpOp : Local_Unary<"exp", Local_FloatTensor, "e^x, within 4 ulp">;
def Local_LogOp : Local_Unary<"log", Local_FloatTensor, "natural logarithm, within 4 ulp">;
def Local_Log1pOp : Local_Unary<"log_plus_one", Local_FloatTensor, "log(1 + x), within 4 ulp">;
def Local_Expm1Op : Local_Unary<"exponential_minus_one", Local_FloatTensor, "e^x - 1, within 4 ulp">;
def Local_TanhOp : Local_Unary<"tanh", Local_FloatTensor, "hyperbolic tangent, within 4 ulp">;
def Local_LogisticOp : Local_Unary<"logistic", Local_FloatTensor, "1 / (1 + e^-x), within 4 ulp">;
def Local_SqrtOp : Local_Unary<"sqrt", Local_FloatTensor, "square root, correctly rounded">;
def Local_RsqrtOp : Local_Unary<"rsqrt", Local_FloatTensor, "1 / sqrt(x), two roundings">;
def Local_FloorOp : Local_Unary<"floor", Local_FloatTensor, "largest integer not above x">;
def Local_CeilOp : Local_Unary<"ceil", Local_FloatTensor, "smallest integer not below x">;
def Local_NotOp : Local_Unary<"not", Local_BoolTensor, "logical not", []> { let hasFolder = 1; }
def Local_StopGradientOp : Local_Unary<"stop_gradient", Local_Tensor, "the identity, with derivative zero">;

class Local_Binary<string mnemonic, Constraint type, string sum, list<Trait> traits = [Vjp]>
    : Local_Op<mnemonic, [Pure, Elementwise, SameShape, SameOperandsAndResultElementType] # traits> {
  let summary = sum;
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` custom<EqualTypes>(type($lhs), type($rhs), type($result))";
  let builders = [OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs), [{
    build($_builder, $_state, ::local::meetTypes(lhs.getType(), rhs.getType()), lhs, rhs);
  }]>];
}
def Local_AddOp : Local_Binary<"add", Local_NumberTensor, "x + y; wraps in integers", [Vjp, Commutative]> { let hasFolder = 1; }
def Local_SubtractOp : Local_Binary<"subtract", Local_NumberTensor, "x - y; wraps in integers"> { let hasFolder = 1; }
def Local_MultiplyOp : Local_Binary<"multiply", Local_NumberTensor, "x * y; wraps in integers", [Vjp, Commutative]> { let hasFolder = 1; }
def Local_DivideOp : Local_Binary<"divide", Local_NumberTensor, "x / y; integers truncate, and division by zero fails the phase"> { let hasFolder = 1; }
def Local_RemainderOp : Local_Binary<"remainder", Local_NumberTensor, "x - y * trunc(x / y): the sign is the dividend's">;
def Local_PowerOp : Local_Binary<"power", Local_FloatTensor, "x^y, within 4 ulp">;
def Local_MaximumOp : Local_Binary<"maximum", Local_NumberTensor, "the larger; NaN if either is", [Vjp, Commutative]>;
def Local_MinimumOp : Local_Binary<"minimum", Local_NumberTensor, "the smaller; NaN if either is", [Vjp, Commutative]>;
def Local_AndOp : Local_Binary<"and", Local_BoolTensor, "logical and", [Commutative]>;
def Local_OrOp : Local_Binary<"or", Local_BoolTensor, "logical or", [Commutative]>;

def Local_CompareOp : Local_Op<"compare", [Pure, Elementwise, SameShape, SameOperandsElementType]> {
  let summary = "compares elements; with NaN only NE holds";
  let arguments = (ins Local_Tensor:$lhs, Local_Tensor:$rhs, Local_DirectionAttr:$direction);
  let results = (outs Local_BoolTensor:$result);
  let assemblyFormat = "$direction `,` $lhs `,` $rhs attr-dict `:` custom<EqualTypes>(type($lhs), type($rhs)) `->` type($result)";
  let hasVerifier = 1;
}

def Local_IsFiniteOp : Local_Op<"is_finite", [Pure, Elementwise, SameShape]> {
  let summary = "true where x is neither infinite nor NaN";
  let arguments = (ins Local_FloatTensor:$operand);
  let results = (outs Local_BoolTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
}

def Local_SelectOp : Local_Op<"select", [Pure, Vjp]> {
  let summary = "on_true where pred holds, else on_false";
  let description = "`pred` is of the same shape, or a scalar.";
  let arguments = (ins Local_BoolTensor:$pred, Local_Tensor:$on_true, Local_Tensor:$on_false);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$pred `,` $on_true `,` $on_false attr-dict `:` type($pred) `,` custom<EqualTypes>(type($on_true), type($on_false), type($result))";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_ConvertOp : Local_Op<"convert", [Pure, Elementwise, SameShape, Vjp]> {
  let summary = "changes the element type";
  let description = [{
    Float to integer truncates and saturates, NaN gives 0; integer to float rounds to nearest even;
    integer to integer wraps; to bool asks whether it differs from zero.
  }];
  let arguments = (ins Local_Tensor:$operand);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Contractions and reductions
//===----------------------------------------------------------------------===//

def Local_DotGeneralOp : Local_Op<"dot_general", [Pure, Vjp]> {
  let summary = "sums products over the contracting dimensions";
  let description = [{
    Result dimensions: batching, then lhs's free, then rhs's free ones. Each output accumulates in
    increasing order of the contracting index (row-major over the contracting dimensions as listed)
    by fused multiply-add from +0. Contracting dimensions that are unknown must agree at run time.
  }];
  let arguments = (ins Local_NumberTensor:$lhs, Local_NumberTensor:$rhs,
    DenseI64ArrayAttr:$lhs_batching, DenseI64ArrayAttr:$rhs_batching,
    DenseI64ArrayAttr:$lhs_contracting, DenseI64ArrayAttr:$rhs_contracting);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `batching` `=` $lhs_batching `x` $rhs_batching `contracting` `=` $lhs_contracting `x` $rhs_contracting
    attr-dict `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
}

def Local_ReduceOp : Local_Op<"reduce", [Pure, Vjp]> {
  let summary = "combines the elements along dimensions";
  let description = [{
    Sums and products run over 16 interleaved partials that are then combined pairwise, so that the
    result is the same on every target. The empty reduction gives the identity (sum 0, product 1,
    max -infinity or the smallest integer, min the opposite, any false, all true).
  }];
  let arguments = (ins Local_Tensor:$operand, Local_ReduceKindAttr:$kind, DenseI64ArrayAttr:$dimensions);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$kind $operand `dims` `=` $dimensions attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

def Local_ArgReduceOp : Local_Op<"arg_reduce", [Pure]> {
  let summary = "the index of the largest (max) or smallest (min) element along one dimension";
  let description = "The lowest index wins ties; the first NaN wins over numbers. Of no elements it is 0.";
  let arguments = (ins Local_NumberTensor:$operand, Local_ReduceKindAttr:$kind, I64Attr:$dimension);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = "$kind $operand `dim` `=` $dimension attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

def Local_YieldOp : Local_Op<"yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["IfOp", "SequenceReduceOp", "SequenceMapOp", "GradientOp"]>]> {
  let summary = "the results of a region";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange{}); }]>];
}

def Local_IfOp : Local_Op<"if", [SingleBlock, NoRegionArguments, RecursiveMemoryEffects]> {
  let summary = "one of two regions by a scalar condition; only that one runs";
  let arguments = (ins Local_BoolScalar:$condition);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$then_region, SizedRegion<1>:$else_region);
  let assemblyFormat = "$condition attr-dict-with-keyword (`->` type($results)^)? $then_region `else` $else_region";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Local_AssertOp : Local_Op<"assert"> {
  let summary = "fails the phase with a message where a scalar condition does not hold";
  let description = "Status FED_ASSERTION at this operation's location; the first failure of a phase sticks.";
  let arguments = (ins Local_BoolScalar:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
  let hasCanonicalizeMethod = 1;
}

def Local_GradientOp : Local_Op<"gradient", [SingleBlock, RecursiveMemoryEffects, RecursivelySpeculatable]> {
  let summary = "value and gradient of a region with respect to its first operands";
  let description = [{
    The region takes the operands and yields a float scalar (with `has_aux`, further values that are
    not differentiated). The results are what it yields, followed by its derivative with respect to
    each of the first `wrt` operands. The region may use values from above; they are constants.
    `--local-differentiate` replaces it by forward and reverse code, innermost first.
  }];
  let arguments = (ins Variadic<AnyType>:$operands, I64Attr:$wrt);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $operands `)` `wrt` `=` $wrt attr-dict `:` functional-type($operands, $results) $body";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Sequences: lazy, one element in memory at a time
//===----------------------------------------------------------------------===//

def Local_SequenceReduceOp : Local_Op<"sequence_reduce", [SingleBlock, RecursiveMemoryEffects]> {
  let summary = "folds a sequence in order";
  let description = [{
    The region takes the accumulator's leaves, then the element's, and yields the next accumulator.
    It may use values from above. The results are the last accumulator (`init` for an empty sequence).
  }];
  let arguments = (ins Local_SequenceType:$sequence, Variadic<AnyType>:$init);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sequence (`init` `(` $init^ `:` type($init) `)`)? attr-dict `:` qualified(type($sequence)) (`->` type($results)^)? $body";
  let hasVerifier = 1;
}

def Local_SequenceMapOp : Local_Op<"sequence_map", [SingleBlock, Pure, SequenceStage]> {
  let summary = "applies a region to each element, lazily";
  let description = "The region may use values from above. It runs again in every pass over the result.";
  let arguments = (ins Local_SequenceType:$sequence);
  let results = (outs Local_SequenceType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sequence attr-dict `:` qualified(type($sequence)) `->` qualified(type($result)) $body";
  let hasVerifier = 1;
}

def Local_SequenceTakeOp : Local_Op<"sequence_take", [Pure, SequenceStage, AllTypesMatch<["sequence", "result"]>]> {
  let summary = "the first elements, at most `count` of them (none for a negative count)";
  let arguments = (ins Local_SequenceType:$sequence, Local_IndexScalar:$count);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = "$sequence `,` $count attr-dict `:` qualified(type($sequence))";
}

def Local_SequenceRepeatOp : Local_Op<"sequence_repeat", [Pure, SequenceStage, AllTypesMatch<["sequence", "result"]>]> {
  let summary = "the sequence `count` times over (none for a negative count)";
  let arguments = (ins Local_SequenceType:$sequence, Local_IndexScalar:$count);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = "$sequence `,` $count attr-dict `:` qualified(type($sequence))";
}

def Local_SequenceBatchOp : Local_Op<"sequence_batch", [Pure, SequenceStage]> {
  let summary = "groups elements by `size`; the last group may be smaller, or is dropped";
  let description = "An element leaf `tensor<S>` becomes `tensor<?xS>` with bound `size`, or `tensor<size x S>` when the remainder is dropped.";
  let arguments = (ins Local_SequenceType:$sequence, I64Attr:$size, UnitAttr:$drop_remainder);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = "$sequence `size` `=` $size (`drop_remainder` $drop_remainder^)? attr-dict `:` qualified(type($sequence)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

#endif  // LOCAL_TD
