//===- Convolution.td - convolutions and their gradients ------------------===//
#ifndef LOCAL_CONVOLUTION_TD
#define LOCAL_CONVOLUTION_TD

include "dialects/local/Base.td"

// One convolution has three tensors: the operand (batch, spatial dimensions, channels), the filter
// (spatial dimensions, channels of the operand in a group, channels of the result) and the result
// (batch, spatial dimensions, channels). Each operation computes one of them from the other two; so
// the gradients of all three are among the three.
class Local_ConvolutionLike<string mnemonic> : Local_Op<mnemonic, [Pure, Vjp]> {
  let arguments = (ins Local_NumberTensor:$lhs, Local_NumberTensor:$rhs,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding, DenseI64ArrayAttr:$dilation,
    I64Attr:$groups);
  let results = (outs Local_NumberTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `strides` `=` $strides `padding` `=` $padding `dilation` `=` $dilation
    `groups` `=` $groups attr-dict `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
}

def Local_ConvolutionOp : Local_ConvolutionLike<"convolution"> {
  let summary = "sums products of a filter with each window of a tensor";
  let description = [{
    Along each spatial dimension of size H, with a filter of size K, the window of position p takes the
    elements p * stride + k * dilation - low for k from 0 to K - 1; `padding` is `low` and `high` for
    each spatial dimension, in turn. There are as many positions as windows fit into the low + H + high
    places. What lies in the padding is left out: it contributes nothing, whatever the filter has
    there. With `groups`, the channels of operand and result are so many equal parts, each part of the
    result seeing its part of the operand. Each output accumulates in increasing order over the filter's
    spatial dimensions (row-major), then its channels, by fused multiply-add from +0; integers wrap.

    - (convolution_c1) Operand and filter have one rank, which is at least 3.
    - (convolution_c2) One entry of `strides` and `dilation`, and two of `padding`, for each spatial
      dimension; none is above 2^31, strides and dilations are at least 1, padding is not negative.
    - (convolution_c3) Only the batch may be unknown; the filter's spatial dimensions are at least 1.
    - (convolution_c4) The filter's channels times `groups` are the operand's, and `groups` divides the
      result's.
    - (convolution_c5) Operands and result have one element type.
    - (convolution_c6) The result has the operand's batch, the numbers of positions, and the filter's
      last dimension.

    ```mlir
    func.func @convolution(%x: tensor<?x8x8x3xf32>, %filter: tensor<5x5x3x16xf32>) -> tensor<?x4x4x16xf32> {
      %0 = local.convolution %x, %filter strides = [2, 2] padding = [2, 2, 2, 2] dilation = [1, 1] groups = 1
        : (tensor<?x8x8x3xf32>, tensor<5x5x3x16xf32>) -> tensor<?x4x4x16xf32>
      return %0 : tensor<?x4x4x16xf32>
    }
    ```
  }];
  let builders = [OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs,
      "::llvm::ArrayRef<int64_t>":$strides, "::llvm::ArrayRef<int64_t>":$padding,
      "::llvm::ArrayRef<int64_t>":$dilation, "int64_t":$groups)>];
}

def Local_ConvolutionDataOp : Local_ConvolutionLike<"convolution_data"> {
  let summary = "the gradient of a convolution by its operand";
  let description = [{
    `lhs` is a gradient of the convolution's result, `rhs` its filter. Each output sums, over the
    filter's spatial dimensions (row-major), then the result's channels, the products of the filter's
    elements with the gradients of the positions whose window it is in, by fused multiply-add from +0.

    - (convolution_data_c1) The result, `rhs` and `lhs` are operand, filter and result of a
      `local.convolution` with these attributes.

    ```mlir
    func.func @convolution_data(%g: tensor<?x4x4x16xf32>, %filter: tensor<5x5x3x16xf32>) -> tensor<?x8x8x3xf32> {
      %0 = local.convolution_data %g, %filter strides = [2, 2] padding = [2, 2, 2, 2] dilation = [1, 1] groups = 1
        : (tensor<?x4x4x16xf32>, tensor<5x5x3x16xf32>) -> tensor<?x8x8x3xf32>
      return %0 : tensor<?x8x8x3xf32>
    }
    ```
  }];
}

def Local_ConvolutionFilterOp : Local_ConvolutionLike<"convolution_filter"> {
  let summary = "the gradient of a convolution by its filter";
  let description = [{
    `lhs` is the convolution's operand, `rhs` a gradient of its result. Each output sums, over the batch,
    then the positions (row-major), the products of the gradients with the elements that it was
    multiplied with, by fused multiply-add from +0. That the batches are equal is checked at run time
    where the types leave it open.

    - (convolution_filter_c1) `lhs`, the result and `rhs` are operand, filter and result of a
      `local.convolution` with these attributes.

    ```mlir
    func.func @convolution_filter(%x: tensor<?x8x8x3xf32>, %g: tensor<?x4x4x16xf32>) -> tensor<5x5x3x16xf32> {
      %0 = local.convolution_filter %x, %g strides = [2, 2] padding = [2, 2, 2, 2] dilation = [1, 1] groups = 1
        : (tensor<?x8x8x3xf32>, tensor<?x4x4x16xf32>) -> tensor<5x5x3x16xf32>
      return %0 : tensor<5x5x3x16xf32>
    }
    ```
  }];
}

#endif  // LOCAL_CONVOLUTION_TD
