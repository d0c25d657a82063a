//===- Passes.td - differentiation ----------------------------------------===//
#ifndef DIFFERENTIATE_PASSES_TD
#define DIFFERENTIATE_PASSES_TD

include "mlir/Pass/PassBase.td"

def LocalDifferentiate : Pass<"local-differentiate"> {
  let summary = "replaces `local.gradient` by forward and reverse code, innermost first";
  let description = [{
    The region's operations stay as the forward code. Then, last operation first, each one's
    `DifferentiableOpInterface` makes gradients of its operands from those of its results; where a
    value is used several times its gradients are added. Only what lies between the first `wrt`
    operands and the yielded scalar takes part. The gradient of a `local.if` is another one with the
    same condition, whose regions compute their forward values again. A zero gradient is made only
    where a result needs one. The result may be differentiated again: gradients nest.

    Conventions where the derivative does not exist: at a tie of maximum, minimum, and reductions by
    them, the first element has the gradient; `abs` has 0 at 0; `sign`, rounding and `floor` have 0
    everywhere. Integers and bools carry no gradient. An operation that has no derivative but stands
    in between is an error at its location; for a reduction of a sequence: take the gradient inside it.

    ```mlir
    func.func @square(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
      %value, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
      ^bb0(%a: tensor<f32>):
        %0 = local.multiply %a, %a : tensor<f32>
        local.yield %0 : tensor<f32>
      }
      return %value, %dx : tensor<f32>, tensor<f32>
    }
    ```
  }];
  let dependentDialects = ["::local::LocalDialect"];
}

#endif  // DIFFERENTIATE_PASSES_TD
