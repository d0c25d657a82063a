//===- Indexing.td - elements at places that are computed -----------------===//
#ifndef LOCAL_INDEXING_TD
#define LOCAL_INDEXING_TD

include "dialects/local/Base.td"

def Local_ReverseOp : Local_Op<"reverse", [Pure, Vjp]> {
  let summary = "the elements in the opposite order along dimensions";
  let description = [{
    - (reverse_c1) `dimensions` are distinct dimensions of the operand.
    - (reverse_c2) The result has the operand's dimensions and element type.

    ```mlir
    func.func @reverse(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
      %0 = local.reverse %x dims = [0, 1] : tensor<?x3xf32> -> tensor<?x3xf32>
      return %0 : tensor<?x3xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, DenseI64ArrayAttr:$dimensions);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `dims` `=` $dimensions attr-dict `:` type($operand) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::llvm::ArrayRef<int64_t>":$dimensions), [{
    build($_builder, $_state, operand.getType(), operand, dimensions);
  }]>];
  let hasVerifier = 1;
}

def Local_DynamicSliceOp : Local_Op<"dynamic_slice", [Pure, Vjp]> {
  let summary = "a box of static size at a place that is computed";
  let description = [{
    A box that is not all inside the operand fails the phase.

    - (dynamic_slice_c1) The operand's dimensions are static; each has a start and a size.
    - (dynamic_slice_c2) 0 <= size <= the dimension's size.
    - (dynamic_slice_c3) The result has the sizes, and the operand's element type.

    ```mlir
    func.func @dynamic_slice(%x: tensor<4x8xf32>, %i: tensor<i64>, %j: tensor<i64>) -> tensor<1x3xf32> {
      %0 = local.dynamic_slice %x[%i, %j] sizes = [1, 3] : tensor<4x8xf32> -> tensor<1x3xf32>
      return %0 : tensor<1x3xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, Variadic<Local_IndexScalar>:$start, DenseI64ArrayAttr:$sizes);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `[` $start `]` `sizes` `=` $sizes attr-dict `:` type($operand) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::mlir::ValueRange":$start, "::llvm::ArrayRef<int64_t>":$sizes)>];
  let extraClassDeclaration = [{
    // The result's type with all that follows from the operands.
    ::mlir::RankedTensorType getFullType();
  }];
  let hasVerifier = 1;
}

def Local_DynamicUpdateSliceOp : Local_Op<"dynamic_update_slice", [Pure, Vjp]> {
  let summary = "a tensor with a box at a place that is computed replaced";
  let description = [{
    A box that is not all inside the operand fails the phase.

    - (dynamic_update_slice_c1) The operand's and the update's dimensions are static; each of the
      operand's has a start.
    - (dynamic_update_slice_c2) The update has the operand's element type and as many dimensions, none
      larger than the operand's.
    - (dynamic_update_slice_c3) The result has the operand's dimensions and element type.

    ```mlir
    func.func @dynamic_update_slice(%x: tensor<4x8xf32>, %u: tensor<1x3xf32>, %i: tensor<i64>, %j: tensor<i64>) -> tensor<4x8xf32> {
      %0 = local.dynamic_update_slice %x, %u[%i, %j] : (tensor<4x8xf32>, tensor<1x3xf32>) -> tensor<4x8xf32>
      return %0 : tensor<4x8xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, Local_Tensor:$update, Variadic<Local_IndexScalar>:$start);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `,` $update `[` $start `]` attr-dict `:` `(` type($operand) `,` type($update) `)` `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::mlir::Value":$update, "::mlir::ValueRange":$start), [{
    build($_builder, $_state, operand.getType(), operand, update, start);
  }]>];
  let hasVerifier = 1;
}

def Local_TakeOp : Local_Op<"take", [Pure, Vjp]> {
  let summary = "slices along one dimension, at indices";
  let description = [{
    `result[b, l, i, r] = operand[b, l, indices[b, i], r]` where b are the first `batch` dimensions, l the
    further ones before `dimension`, and i and r any number of dimensions. An index that is negative or
    not below the dimension's size fails the phase.

    - (take_c1) 0 <= `batch` <= `dimension` < rank of the operand, and `batch` <= rank of the indices.
    - (take_c2) The first `batch` dimensions of operand and indices meet.
    - (take_c3) The result's dimensions follow; it has the operand's element type.

    ```mlir
    func.func @take(%x: tensor<?x10x4xf32>, %i: tensor<?x3xi32>) -> tensor<?x3x4xf32> {
      %0 = local.take %x, %i dim = 1 batch = 1 : (tensor<?x10x4xf32>, tensor<?x3xi32>) -> tensor<?x3x4xf32>
      return %0 : tensor<?x3x4xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, Local_IntegerTensor:$indices, I64Attr:$dimension, I64Attr:$batch);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `,` $indices `dim` `=` $dimension `batch` `=` $batch attr-dict `:` functional-type(operands, $result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::mlir::Value":$indices, "int64_t":$dimension, "int64_t":$batch)>];
  let hasVerifier = 1;
}

def Local_ScatterAddOp : Local_Op<"scatter_add", [Pure, Vjp]> {
  let summary = "adds slices to a tensor along one dimension, at indices";
  let description = [{
    The operand, to which, in row-major order, each element of `updates` is added where `take` of the
    same indices, dimension and batch would have taken it. Several may meet in one place. An index that
    is negative or not below the dimension's size fails the phase.

    - (scatter_add_c1) 0 <= `batch` <= `dimension` < rank of the operand, and `batch` <= rank of the
      indices.
    - (scatter_add_c2) The first `batch` dimensions of operand and indices meet.
    - (scatter_add_c3) The updates have the operand's element type, and their dimensions meet those that
      `take` would give.
    - (scatter_add_c4) The result has the operand's dimensions and element type.

    ```mlir
    func.func @scatter_add(%x: tensor<10x4xf32>, %i: tensor<3xi32>, %u: tensor<3x4xf32>) -> tensor<10x4xf32> {
      %0 = local.scatter_add %x, %i, %u dim = 0 batch = 0 : (tensor<10x4xf32>, tensor<3xi32>, tensor<3x4xf32>) -> tensor<10x4xf32>
      return %0 : tensor<10x4xf32>
    }
    ```
  }];
  let arguments = (ins Local_NumberTensor:$operand, Local_IntegerTensor:$indices, Local_NumberTensor:$updates, I64Attr:$dimension, I64Attr:$batch);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = "$operand `,` $indices `,` $updates `dim` `=` $dimension `batch` `=` $batch attr-dict `:` functional-type(operands, $result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::mlir::Value":$indices, "::mlir::Value":$updates,
                                 "int64_t":$dimension, "int64_t":$batch), [{
    build($_builder, $_state, operand.getType(), operand, indices, updates, dimension, batch);
  }]>];
  let hasVerifier = 1;
}

def Local_ArgsortOp : Local_Op<"argsort", [Pure]> {
  let summary = "the indices that put the elements along one dimension in order";
  let description = [{
    Equal elements keep their order. NaN is above infinity, so it is last, and first where `descending`.

    - (argsort_c1) 0 <= `dimension` < rank of the operand.
    - (argsort_c2) The result has the operand's dimensions.
    - (argsort_c3) The result's element type is i32 or i64.

    ```mlir
    func.func @argsort(%x: tensor<?x10xf32>) -> tensor<?x10xi32> {
      %0 = local.argsort %x dim = 1 descending : tensor<?x10xf32> -> tensor<?x10xi32>
      return %0 : tensor<?x10xi32>
    }
    ```
  }];
  let arguments = (ins Local_NumberTensor:$operand, I64Attr:$dimension, UnitAttr:$descending);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = "$operand `dim` `=` $dimension (`descending` $descending^)? attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
}

def Local_CumulativeSumOp : Local_Op<"cumulative_sum", [Pure, Vjp]> {
  let summary = "the sums of each element and those before it along one dimension";
  let description = [{
    Each element is the previous sum plus the operand's element; the first is the operand's. Integers
    wrap.

    - (cumulative_sum_c1) 0 <= `dimension` < rank of the operand.
    - (cumulative_sum_c2) The result has the operand's dimensions and element type.

    ```mlir
    func.func @cumulative_sum(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %0 = local.cumulative_sum %x dim = 0 : tensor<?x4xf32> -> tensor<?x4xf32>
      return %0 : tensor<?x4xf32>
    }
    ```
  }];
  let arguments = (ins Local_NumberTensor:$operand, I64Attr:$dimension);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = "$operand `dim` `=` $dimension attr-dict `:` type($operand) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "int64_t":$dimension), [{
    build($_builder, $_state, operand.getType(), operand, dimension);
  }]>];
  let hasVerifier = 1;
}

#endif  // LOCAL_INDEXING_TD
