//===- Contraction.td - contractions and reductions -----------------------===//
#ifndef LOCAL_CONTRACTION_TD
#define LOCAL_CONTRACTION_TD

include "dialects/local/Base.td"

def Local_DotGeneralOp : Local_Op<"dot_general", [Pure, Vjp]> {
  let summary = "sums products over the contracting dimensions";
  let description = [{
    Result dimensions: batching, then lhs's free, then rhs's free ones. Each output accumulates in
    increasing order of the contracting index (row-major over the contracting dimensions as listed)
    by fused multiply-add from +0, or, with `into`, from the element of that tensor that stands where the
    output will; integers wrap. So sums into the sums of other terms are as if all terms were one
    contraction's, in this order. Contracting and batching dimensions that are unknown
    must agree at run time.

    - (dot_general_c1) As many batching, and as many contracting, dimensions of lhs as of rhs.
    - (dot_general_c2) Batching and contracting dimensions are distinct dimensions of their operand.
    - (dot_general_c3) Paired batching dimensions meet.
    - (dot_general_c4) Paired contracting dimensions meet.
    - (dot_general_c5) The result's dimensions follow.
    - (dot_general_c6) Operands and result have one element type.
    - (dot_general_c7) `into` has the result's type.

    ```mlir
    func.func @dot_general(%x: tensor<?x4xf32>, %y: tensor<4x3xf32>) -> tensor<?x3xf32> {
      %0 = local.dot_general %x, %y batching = [] x [] contracting = [1] x [0]
        : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
      return %0 : tensor<?x3xf32>
    }
    func.func @dot_general_into(%x: tensor<5x4xf32>, %y: tensor<5x3xf32>, %sums: tensor<4x3xf32>) -> tensor<4x3xf32> {
      %0 = local.dot_general %x, %y into %sums batching = [] x [] contracting = [0] x [0]
        : (tensor<5x4xf32>, tensor<5x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
      return %0 : tensor<4x3xf32>
    }
    ```
  }];
  let arguments = (ins Local_NumberTensor:$lhs, Local_NumberTensor:$rhs,
    Optional<Local_NumberTensor>:$into, DenseI64ArrayAttr:$lhs_batching, DenseI64ArrayAttr:$rhs_batching,
    DenseI64ArrayAttr:$lhs_contracting, DenseI64ArrayAttr:$rhs_contracting);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`into` $into^)? `batching` `=` $lhs_batching `x` $rhs_batching `contracting` `=` $lhs_contracting `x` $rhs_contracting
    attr-dict `:` functional-type(operands, $result)
  }];
  let builders = [OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs,
      "::llvm::ArrayRef<int64_t>":$lhs_batching, "::llvm::ArrayRef<int64_t>":$rhs_batching,
      "::llvm::ArrayRef<int64_t>":$lhs_contracting, "::llvm::ArrayRef<int64_t>":$rhs_contracting,
      CArg<"::mlir::Value", "{}">:$into)>];
  let extraClassDeclaration = [{
    // The dimensions that are neither batching nor contracting, in order.
    ::llvm::SmallVector<int64_t> getLhsFree();
    ::llvm::SmallVector<int64_t> getRhsFree();
  }];
  let hasVerifier = 1;
}

def Local_ReduceOp : Local_Op<"reduce", [Pure, Vjp]> {
  let summary = "combines the elements along dimensions";
  let description = [{
    Sums and products run over 16 interleaved partials that are then combined pairwise, so that the
    result is the same on every target. The empty reduction gives the identity (sum 0, product 1,
    max -infinity or the smallest integer, min the opposite, any false, all true). The gradient of max
    and min goes to the first element that attains it; the second derivative of a product is not
    exact where a factor is 0.

    - (reduce_c1) `dimensions` are dimensions of the operand, increasing.
    - (reduce_c2) any and all are of bool, the other kinds of numbers.
    - (reduce_c3) The result has the other dimensions, in order, and the operand's element type.

    ```mlir
    func.func @reduce(%x: tensor<?x4xf32>) -> tensor<4xf32> {
      %0 = local.reduce sum %x dims = [0] : tensor<?x4xf32> -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, Local_ReduceKindAttr:$kind, DenseI64ArrayAttr:$dimensions);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$kind $operand `dims` `=` $dimensions attr-dict `:` type($operand) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::local::ReduceKind":$kind, "::llvm::ArrayRef<int64_t>":$dimensions)>];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_ArgReduceOp : Local_Op<"arg_reduce", [Pure]> {
  let summary = "the index of the largest (max) or smallest (min) element along one dimension";
  let description = [{
    The lowest index wins ties; the first NaN wins over numbers. Of no elements it is 0.

    - (arg_reduce_c1) `kind` is max or min.
    - (arg_reduce_c2) 0 <= `dimension` < rank of the operand.
    - (arg_reduce_c3) The result has the other dimensions, in order.
    - (arg_reduce_c4) The result's element type is i32 or i64.

    ```mlir
    func.func @arg_reduce(%x: tensor<?x10xf32>) -> tensor<?xi32> {
      %0 = local.arg_reduce max %x dim = 1 : tensor<?x10xf32> -> tensor<?xi32>
      return %0 : tensor<?xi32>
    }
    ```
  }];
  let arguments = (ins Local_NumberTensor:$operand, Local_ReduceKindAttr:$kind, I64Attr:$dimension);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = "$kind $operand `dim` `=` $dimension attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

#endif  // LOCAL_CONTRACTION_TD
