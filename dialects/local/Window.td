//===- Window.td - reductions of windows and their gradients --------------===//
#ifndef LOCAL_WINDOW_TD
#define LOCAL_WINDOW_TD

include "dialects/local/Base.td"

class Local_WindowOp<string mnemonic> : Local_Op<mnemonic, [Pure, Vjp]> {
  let results = (outs Local_NumberTensor:$result);
  let hasVerifier = 1;
}

def Local_ReduceWindowOp : Local_WindowOp<"reduce_window"> {
  let summary = "combines the elements of each window of a tensor";
  let description = [{
    Along each dimension of size H windows of `window` elements begin every `strides` elements, from
    `low` elements before the first on, as many as fit into low + H + high; `padding` is `low` and
    `high` for each dimension, in turn. What lies in the padding is left out. A window's elements are
    combined in row-major order, from the identity of `kind` on: of no elements it is 0 (sum),
    -infinity or the smallest integer (max), or the opposite (min). The gradient of max and min goes to
    the window's element that `select_and_scatter` selects.

    - (reduce_window_c1) One entry of `window` and `strides`, and two of `padding`, a dimension; windows
      and strides are from 1 to 2^31, padding is from 0 to below the window.
    - (reduce_window_c2) Along an unknown dimension window and stride are 1.
    - (reduce_window_c3) The kind is sum, max or min.
    - (reduce_window_c4) The result has the numbers of windows, and the operand's element type.

    ```mlir
    func.func @reduce_window(%x: tensor<?x4x6xf32>) -> tensor<?x2x3xf32> {
      %0 = local.reduce_window max %x window = [1, 2, 2] strides = [1, 2, 2] padding = [0, 0, 0, 0, 0, 0]
        : tensor<?x4x6xf32> -> tensor<?x2x3xf32>
      return %0 : tensor<?x2x3xf32>
    }
    ```
  }];
  let arguments = (ins Local_NumberTensor:$operand, Local_ReduceKindAttr:$kind,
    DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding);
  let assemblyFormat = [{
    $kind $operand `window` `=` $window `strides` `=` $strides `padding` `=` $padding attr-dict
    `:` type($operand) `->` type($result)
  }];
  let builders = [OpBuilder<(ins "::mlir::Value":$operand, "::local::ReduceKind":$kind,
      "::llvm::ArrayRef<int64_t>":$window, "::llvm::ArrayRef<int64_t>":$strides,
      "::llvm::ArrayRef<int64_t>":$padding)>];
}

class Local_SelectingOp<string mnemonic> : Local_WindowOp<mnemonic> {
  let arguments = (ins Local_NumberTensor:$operand, Local_NumberTensor:$source,
    Local_ReduceKindAttr:$kind, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$padding);
  let assemblyFormat = [{
    $kind $operand `,` $source `window` `=` $window `strides` `=` $strides `padding` `=` $padding
    attr-dict `:` functional-type(operands, $result)
  }];
}

def Local_SelectAndScatterOp : Local_SelectingOp<"select_and_scatter"> {
  let summary = "adds each window's number to the window's largest (max) or smallest (min) element";
  let description = [{
    Windows are those of `reduce_window` of `operand`; `source` has one number for each. The result has
    the operand's shape: from 0 on, each window, in row-major order, adds its number where the
    operand's window has its largest (smallest) element. The first wins ties; the first NaN wins over
    numbers. A window without elements adds to none.

    - (select_and_scatter_c1) The kind is max or min.
    - (select_and_scatter_c2) `operand` and `source` are operand and result of a `local.reduce_window`
      with these attributes.
    - (select_and_scatter_c3) The result has the operand's dimensions, and the element type of both.

    ```mlir
    func.func @select_and_scatter(%x: tensor<?x4xf32>, %g: tensor<?x2xf32>) -> tensor<?x4xf32> {
      %0 = local.select_and_scatter max %x, %g window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0]
        : (tensor<?x4xf32>, tensor<?x2xf32>) -> tensor<?x4xf32>
      return %0 : tensor<?x4xf32>
    }
    ```
  }];
}

def Local_SelectAndGatherOp : Local_SelectingOp<"select_and_gather"> {
  let summary = "takes from each window what stands where another tensor's largest or smallest element is";
  let description = [{
    Windows are those of `reduce_window` of `operand`, which selects an element of each window as
    `select_and_scatter` does; the result is the element of `source` there, and 0 where a window has no
    elements.

    - (select_and_gather_c1) The kind is max or min.
    - (select_and_gather_c2) The dimensions of `operand` and `source` meet.
    - (select_and_gather_c3) `operand` and the result are operand and result of a `local.reduce_window`
      with these attributes.

    ```mlir
    func.func @select_and_gather(%x: tensor<?x4xf32>, %v: tensor<?x4xf32>) -> tensor<?x2xf32> {
      %0 = local.select_and_gather max %x, %v window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0]
        : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    }
    ```
  }];
}

#endif  // LOCAL_WINDOW_TD
