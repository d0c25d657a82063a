//===- Shape.td - constants and shapes ------------------------------------===//
#ifndef LOCAL_SHAPE_TD
#define LOCAL_SHAPE_TD

include "dialects/local/Base.td"

def Local_ConstantOp : Local_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "a constant tensor";
  let description = [{
    ```mlir
    func.func @constant() -> tensor<2xf32> {
      %0 = local.constant dense<[1.0, 2.0]> : tensor<2xf32>
      return %0 : tensor<2xf32>
    }
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, ::mlir::Type(value.getShapedType()), value);
  }]>];
}

def Local_ParamOp : Local_Op<"param", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the round's value of a parameter";
  let description = [{
    Names a `fed.param` of the module. Readable on both sides, equal everywhere in a round.

    - (param_c1) The module has a parameter of this name.
    - (param_c2) The result has the parameter's type.

    ```mlir
    fed.param @lr : tensor<f32> = 0.1 : f32
    func.func @param() -> tensor<f32> {
      %0 = local.param @lr : tensor<f32>
      return %0 : tensor<f32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$name);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Local_GetDimensionSizeOp : Local_Op<"get_dimension_size", [Pure]> {
  let summary = "the actual size of one dimension";
  let description = [{
    - (get_dimension_size_c1) 0 <= `dimension` < rank of the operand.

    ```mlir
    func.func @get_dimension_size(%x: tensor<?x4xf32>) -> tensor<i64> {
      %0 = local.get_dimension_size %x, 0 : tensor<?x4xf32>
      return %0 : tensor<i64>
    }
    ```
  }];
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
  let description = [{
    Element i of the result is its index along `dimension`. `sizes` gives the result's unknown
    dimensions, in order; a size that is negative or above the bound fails the phase.

    - (iota_c1) 0 <= `dimension` < rank of the result.
    - (iota_c2) One size for each unknown dimension of the result.

    ```mlir
    func.func @iota(%n: tensor<i64>) -> tensor<?x4xi32> {
      %0 = local.iota 1 sizes(%n) : tensor<?x4xi32>
      return %0 : tensor<?x4xi32>
    }
    ```
  }];
  let arguments = (ins Variadic<Local_IndexScalar>:$sizes, I64Attr:$dimension);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = "$dimension (`sizes` `(` $sizes^ `)`)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Local_BroadcastInDimOp : Local_Op<"broadcast_in_dim", [Pure, Vjp]> {
  let summary = "repeats a tensor along new or size-1 dimensions";
  let description = [{
    Dimension i of the operand becomes dimension `dimensions[i]` of the result and has its size, or
    is static 1 and repeated. An unknown dimension is never repeated: that it agrees with the result's
    is checked at run time. `sizes` gives the result's unknown dimensions, in order; a size that is
    negative or above the bound fails the phase.

    - (broadcast_in_dim_c1) One entry of `dimensions` for each dimension of the operand, distinct and
      dimensions of the result.
    - (broadcast_in_dim_c2) One size for each unknown dimension of the result.
    - (broadcast_in_dim_c3) Dimension i of the operand is static 1 or meets dimension
      `dimensions[i]` of the result.
    - (broadcast_in_dim_c4) Operand and result have one element type.

    ```mlir
    func.func @broadcast_in_dim(%x: tensor<3xf32>, %n: tensor<i64>) -> tensor<?x3xf32> {
      %0 = local.broadcast_in_dim %x dims = [1] sizes(%n) : tensor<3xf32> -> tensor<?x3xf32>
      return %0 : tensor<?x3xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, Variadic<Local_IndexScalar>:$sizes, DenseI64ArrayAttr:$dimensions);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `dims` `=` $dimensions (`sizes` `(` $sizes^ `)`)? attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_ReshapeOp : Local_Op<"reshape", [Pure, Vjp]> {
  let summary = "the same elements in row-major order in another shape";
  let description = [{
    - (reshape_c1) Shapes are static but for dimension 0, which may be the same unknown dimension in
      both.
    - (reshape_c2) The numbers of elements agree (without an unknown dimension 0).
    - (reshape_c3) Operand and result have one element type.

    ```mlir
    func.func @reshape(%x: tensor<?x4x3xf32>) -> tensor<?x12xf32> {
      %0 = local.reshape %x : tensor<?x4x3xf32> -> tensor<?x12xf32>
      return %0 : tensor<?x12xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_TransposeOp : Local_Op<"transpose", [Pure, Vjp]> {
  let summary = "permutes dimensions: result dimension i is operand dimension permutation[i]";
  let description = [{
    - (transpose_c1) `permutation` is a permutation of the operand's dimensions.
    - (transpose_c2) The result has the permuted dimensions and the operand's element type.

    ```mlir
    func.func @transpose(%x: tensor<4x3xf32>) -> tensor<3x4xf32> {
      %0 = local.transpose %x, permutation = [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
      return %0 : tensor<3x4xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, DenseI64ArrayAttr:$permutation);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `,` `permutation` `=` $permutation attr-dict `:` type($operand) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::llvm::ArrayRef<int64_t>":$permutation)>];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_SliceOp : Local_Op<"slice", [Pure, Vjp]> {
  let summary = "a static box of a tensor, with strides";
  let description = [{
    Along each dimension the elements `start`, `start` + `stride`, ... below `limit`.

    - (slice_c1) One entry of `start`, `limit` and `strides` a dimension.
    - (slice_c2) An unknown dimension is taken whole: start 0, limit -1, stride 1.
    - (slice_c3) 0 <= start <= limit <= size and stride >= 1 along a static dimension.
    - (slice_c4) The result has the sizes that follow, and the operand's element type.

    ```mlir
    func.func @slice(%x: tensor<?x8xf32>) -> tensor<?x3xf32> {
      %0 = local.slice %x start = [0, 1] limit = [-1, 7] strides = [1, 2] : tensor<?x8xf32> -> tensor<?x3xf32>
      return %0 : tensor<?x3xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, DenseI64ArrayAttr:$start, DenseI64ArrayAttr:$limit, DenseI64ArrayAttr:$strides);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand `start` `=` $start `limit` `=` $limit `strides` `=` $strides attr-dict `:` type($operand) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::llvm::ArrayRef<int64_t>":$start,
                                 "::llvm::ArrayRef<int64_t>":$limit, "::llvm::ArrayRef<int64_t>":$strides)>];
  let extraClassDeclaration = [{
    // The result's type with all that follows from the operands.
    ::mlir::RankedTensorType getFullType();
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_PadOp : Local_Op<"pad", [Pure, Vjp]> {
  let summary = "surrounds and interleaves a tensor with one value";
  let description = [{
    `value`, or zero, `low` times before, `high` times after, and `interior` times between each two
    elements of a dimension.

    - (pad_c1) One entry of `low`, `high` and `interior` a dimension, none negative.
    - (pad_c2) An unknown dimension is not padded.
    - (pad_c3) The result has the sizes that follow, and the operand's element type.
    - (pad_c4) `value` is a scalar of the operand's element type.

    ```mlir
    func.func @pad(%x: tensor<3xf32>, %v: tensor<f32>) -> tensor<9xf32> {
      %0 = local.pad %x low = [1] high = [2] interior = [1] : tensor<3xf32> -> tensor<8xf32>
      %1 = local.pad %0 value(%v : tensor<f32>) low = [1] high = [0] interior = [0] : tensor<8xf32> -> tensor<9xf32>
      return %1 : tensor<9xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand, Optional<Local_Tensor>:$value, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$interior);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand (`value` `(` $value^ `:` type($value) `)`)? `low` `=` $low `high` `=` $high `interior` `=` $interior attr-dict `:` type($operand) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::llvm::ArrayRef<int64_t>":$low,
                                 "::llvm::ArrayRef<int64_t>":$high, "::llvm::ArrayRef<int64_t>":$interior)>];
  let extraClassDeclaration = [{
    // The result's type with all that follows from the operands.
    ::mlir::RankedTensorType getFullType();
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_ConcatenateOp : Local_Op<"concatenate", [Pure, Vjp]> {
  let summary = "joins tensors along a static dimension";
  let description = [{
    - (concatenate_c1) There is an input; all have one rank and one element type, the result's.
    - (concatenate_c2) 0 <= `dimension` < rank; that dimension is static in every input.
    - (concatenate_c3) The inputs' other dimensions meet.
    - (concatenate_c4) The result's dimensions follow.

    ```mlir
    func.func @concatenate(%x: tensor<?x3xf32>, %y: tensor<?x1xf32>) -> tensor<?x4xf32> {
      %0 = local.concatenate %x, %y dim = 1 : (tensor<?x3xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
      return %0 : tensor<?x4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Local_Tensor>:$inputs, I64Attr:$dimension);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$inputs `dim` `=` $dimension attr-dict `:` functional-type($inputs, $result)";
  let extraClassDeclaration = [{
    // The result's type with all that follows from the operands.
    ::mlir::RankedTensorType getFullType();
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Local_CastOp : Local_Op<"cast", [Pure, SameOperandsAndResultElementType, Vjp]> {
  let summary = "the same tensor, its type saying less or more about the shape";
  let description = [{
    Forgets a static size or a bound, or asserts one: what the result's type says and the operand's
    does not is checked at run time.

    - (cast_c1) The operand's and the result's dimensions meet.

    ```mlir
    func.func @cast(%x: tensor<4xf32>) -> tensor<?xf32, #local.bounds<[8]>> {
      %0 = local.cast %x : tensor<4xf32> -> tensor<?xf32, #local.bounds<[8]>>
      return %0 : tensor<?xf32, #local.bounds<[8]>>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$operand);
  let results = (outs Local_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

#endif  // LOCAL_SHAPE_TD
