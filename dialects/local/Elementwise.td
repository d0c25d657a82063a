//===- Elementwise.td - one result element from one of each operand -------===//
#ifndef LOCAL_ELEMENTWISE_TD
#define LOCAL_ELEMENTWISE_TD

include "dialects/local/Base.td"

class Local_Unary<string mnemonic, Constraint type, string element, string sum, string desc = "",
                  list<Trait> traits = [Vjp]>
    : Local_Op<mnemonic, [Pure, SameShape, Elementwise, SameOperandsAndResultElementType] # traits> {
  let summary = sum;
  let description = desc # "\n```mlir\nfunc.func @" # mnemonic # "(%x: tensor<4x" # element # ">) -> tensor<4x" # element #
    "> {\n  %0 = local." # mnemonic # " %x : tensor<4x" # element # ">\n  return %0 : tensor<4x" # element # ">\n}\n```\n";
  let arguments = (ins type:$operand);
  let results = (outs type:$result);
  let assemblyFormat = "$operand attr-dict `:` custom<EqualTypes>(type($operand), type($result))";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand), [{
    build($_builder, $_state, operand.getType(), operand);
  }]>];
}
def Local_NegateOp : Local_Unary<"negate", Local_NumberTensor, "f32", "-x; wraps in integers"> { let hasFolder = 1; }
def Local_AbsOp : Local_Unary<"abs", Local_NumberTensor, "i32", "|x|; wraps in integers", "The gradient at 0 is 0.">;
def Local_SignOp : Local_Unary<"sign", Local_NumberTensor, "f32", "-1, 0 or 1; of a NaN NaN, of a zero that zero", "The gradient is 0.">;
def Local_ExpOp : Local_Unary<"exp", Local_FloatTensor, "f32", "e^x, within 4 ulp">;
def Local_LogOp : Local_Unary<"log", Local_FloatTensor, "f64", "natural logarithm, within 4 ulp">;
def Local_Log1pOp : Local_Unary<"log_plus_one", Local_FloatTensor, "f32", "log(1 + x), within 4 ulp">;
def Local_Expm1Op : Local_Unary<"exponential_minus_one", Local_FloatTensor, "f32", "e^x - 1, within 4 ulp">;
def Local_TanhOp : Local_Unary<"tanh", Local_FloatTensor, "f32", "hyperbolic tangent, within 4 ulp">;
def Local_LogisticOp : Local_Unary<"logistic", Local_FloatTensor, "f32", "1 / (1 + e^-x), within 4 ulp">;
def Local_SqrtOp : Local_Unary<"sqrt", Local_FloatTensor, "f32", "square root, correctly rounded">;
def Local_RsqrtOp : Local_Unary<"rsqrt", Local_FloatTensor, "f32", "1 / sqrt(x), two roundings">;
def Local_FloorOp : Local_Unary<"floor", Local_FloatTensor, "f32", "largest integer not above x", "The gradient is 0.">;
def Local_CeilOp : Local_Unary<"ceil", Local_FloatTensor, "f32", "smallest integer not below x", "The gradient is 0.">;
def Local_RoundNearestEvenOp : Local_Unary<"round_nearest_even", Local_FloatTensor, "f32", "nearest integer, halves to the even one", "The gradient is 0.">;
def Local_RoundNearestAfzOp : Local_Unary<"round_nearest_afz", Local_FloatTensor, "f32", "nearest integer, halves away from zero", "The gradient is 0.">;
def Local_SineOp : Local_Unary<"sine", Local_FloatTensor, "f32", "sine of radians, within 1 ulp of any finite number; NaN of an infinity">;
def Local_CosineOp : Local_Unary<"cosine", Local_FloatTensor, "f32", "cosine of radians, within 1 ulp of any finite number; NaN of an infinity">;
def Local_ErfOp : Local_Unary<"erf", Local_FloatTensor, "f32", "error function, within 2 ulp">;
def Local_NotOp : Local_Unary<"not", Local_BoolTensor, "i1", "logical not", "", []> { let hasFolder = 1; }
def Local_StopGradientOp : Local_Unary<"stop_gradient", Local_Tensor, "f32", "the identity, with derivative zero">;

class Local_Binary<string mnemonic, Constraint type, string element, string sum, string desc = "",
                   list<Trait> traits = [Vjp]>
    : Local_Op<mnemonic, [Pure, SameShape, Elementwise, SameOperandsAndResultElementType] # traits> {
  let summary = sum;
  let description = desc # "\n```mlir\nfunc.func @" # mnemonic # "(%x: tensor<4x" # element # ">, %y: tensor<?x" # element #
    ">) -> tensor<4x" # element # "> {\n  %0 = local." # mnemonic # " %x, %x : tensor<4x" # element # ">\n  %1 = local." # mnemonic #
    " %0, %y : (tensor<4x" # element # ">, tensor<?x" # element # ">, tensor<4x" # element # ">)\n  return %1 : tensor<4x" #
    element # ">\n}\n```\n";
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` custom<EqualTypes>(type($lhs), type($rhs), type($result))";
  let builders = [OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs), [{
    build($_builder, $_state, ::local::meetTypes(lhs.getType(), rhs.getType()), lhs, rhs);
  }]>];
}
def Local_AddOp : Local_Binary<"add", Local_NumberTensor, "f32", "x + y; wraps in integers", "", [Vjp, Commutative]> { let hasFolder = 1; }
def Local_SubtractOp : Local_Binary<"subtract", Local_NumberTensor, "f32", "x - y; wraps in integers"> { let hasFolder = 1; }
def Local_MultiplyOp : Local_Binary<"multiply", Local_NumberTensor, "f32", "x * y; wraps in integers", "", [Vjp, Commutative]> { let hasFolder = 1; }
def Local_DivideOp : Local_Binary<"divide", Local_NumberTensor, "i32", "x / y; integers truncate, and division by zero fails the phase"> { let hasFolder = 1; }
def Local_RemainderOp : Local_Binary<"remainder", Local_NumberTensor, "ui8", "x - y * trunc(x / y): the sign is the dividend's"> { let hasFolder = 1; }
def Local_PowerOp : Local_Binary<"power", Local_FloatTensor, "f32", "x^y, within 4 ulp",
    "The gradient of x is 0 where y is 0, that of y is 0 where x is 0.">;
// Not Commutative: at a tie the first operand has the gradient, so their order is meaning.
def Local_MaximumOp : Local_Binary<"maximum", Local_NumberTensor, "f32", "the larger; NaN if either is", "At a tie the gradient goes to the first operand."> { let hasFolder = 1; }
def Local_MinimumOp : Local_Binary<"minimum", Local_NumberTensor, "f32", "the smaller; NaN if either is", "At a tie the gradient goes to the first operand."> { let hasFolder = 1; }
def Local_AndOp : Local_Binary<"and", Local_BoolTensor, "i1", "logical and", "", [Commutative]> { let hasFolder = 1; }
def Local_OrOp : Local_Binary<"or", Local_BoolTensor, "i1", "logical or", "", [Commutative]> { let hasFolder = 1; }

def Local_CompareOp : Local_Op<"compare", [Pure, SameShape, Elementwise, SameOperandsElementType]> {
  let summary = "compares elements; with NaN only NE holds";
  let description = [{
    - (compare_c1) Bools are compared by EQ and NE only.

    ```mlir
    func.func @compare(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xi1> {
      %0 = local.compare LT, %x, %y : tensor<4xf32> -> tensor<4xi1>
      return %0 : tensor<4xi1>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$lhs, Local_Tensor:$rhs, Local_DirectionAttr:$direction);
  let results = (outs Local_BoolTensor:$result);
  let assemblyFormat = "$direction `,` $lhs `,` $rhs attr-dict `:` custom<EqualTypes>(type($lhs), type($rhs)) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs, "::local::Direction":$direction)>];
  let hasVerifier = 1;
  let hasFolder = 1;
}

class Local_Classifier<string mnemonic, string sum> : Local_Op<mnemonic, [Pure, SameShape, Elementwise]> {
  let summary = sum;
  let description = "\n```mlir\nfunc.func @" # mnemonic # "(%x: tensor<4xf32>) -> tensor<4xi1> {\n  %0 = local." # mnemonic #
    " %x : tensor<4xf32> -> tensor<4xi1>\n  return %0 : tensor<4xi1>\n}\n```\n";
  let arguments = (ins Local_FloatTensor:$operand);
  let results = (outs Local_BoolTensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
}
def Local_IsFiniteOp : Local_Classifier<"is_finite", "true where x is neither infinite nor NaN">;
def Local_IsNanOp : Local_Classifier<"is_nan", "true where x is NaN">;

def Local_SelectOp : Local_Op<"select", [Pure, Vjp]> {
  let summary = "on_true where pred holds, else on_false";
  let description = [{
    - (select_c1) `pred` is a scalar, or its shape meets the others'.
    - (select_c2) `on_true` and `on_false` have one element type, the result's, and meet; the
      result's type follows from them and a `pred` that is no scalar.

    ```mlir
    func.func @select(%p: tensor<4xi1>, %q: tensor<i1>, %x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
      %0 = local.select %p, %x, %y : tensor<4xi1>, tensor<4xf32>
      %1 = local.select %q, %0, %y : tensor<i1>, tensor<4xf32>
      return %1 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Local_BoolTensor:$pred, Local_Tensor:$on_true, Local_Tensor:$on_false);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$pred `,` $on_true `,` $on_false attr-dict `:` type($pred) `,` custom<EqualTypes>(type($on_true), type($on_false), type($result))";
  let builders = [OpBuilder<(ins "::mlir::Value":$pred, "::mlir::Value":$on_true, "::mlir::Value":$on_false), [{
    build($_builder, $_state, ::local::meetTypes(on_true.getType(), on_false.getType()), pred, on_true, on_false);
  }]>];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_ConvertOp : Local_Op<"convert", [Pure, SameShape, Elementwise, Vjp]> {
  let summary = "changes the element type";
  let description = [{
    Float to integer truncates and saturates, NaN gives 0; integer to float and float to float round
    to nearest even; integer to integer wraps; to bool asks whether it differs from zero; from bool
    gives 0 or 1. Between floats the gradient is converted back; an integer has none.

    ```mlir
    func.func @convert(%x: tensor<4xf32>) -> tensor<4xui8> {
      %0 = local.convert %x : tensor<4xf32> -> tensor<4xui8>
      return %0 : tensor<4xui8>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::mlir::Type":$element), [{
    build($_builder, $_state,
          ::mlir::Type(::local::withElementType(::llvm::cast<::mlir::RankedTensorType>(operand.getType()), element)), operand);
  }]>];
  let hasFolder = 1;
}

#endif  // LOCAL_ELEMENTWISE_TD
