//===- Passes.td - looking into a run -------------------------------------===//
#ifndef INSPECT_PASSES_TD
#define INSPECT_PASSES_TD

include "mlir/Pass/PassBase.td"

def LocalRemoveDebug : Pass<"local-remove-debug"> {
  let summary = "takes every `local.debug` away";
  let description = [{
    What is deployed is the program that it would be if nobody had looked into it. So this comes
    before any other pass.

    ```mlir
    func.func @shown(%x: tensor<3xf32>) -> tensor<3xf32> {
      local.debug %x, "x" : tensor<3xf32>
      return %x : tensor<3xf32>
    }
    ```
  }];
}

def LocalCheckFinite : Pass<"local-check-finite"> {
  let summary = "asserts that no operation makes NaN or an infinity of finite numbers";
  let description = [{
    Behind each operation of `local` on float32 and float64 two assertions: where all its operands
    are finite, its results hold no NaN, and no infinity. The first that does not hold is the first
    operation that went wrong, since the first error of a phase sticks. Constants are not looked at,
    nor operations that have regions: what is in these is.

    Gradients are code by then, so it comes after `--local-differentiate`. Nothing that the program
    computes changes.

    ```mlir
    func.func @checked(%x: tensor<3xf32>) -> tensor<3xf32> {
      %0 = local.log %x : tensor<3xf32>
      return %0 : tensor<3xf32>
    }
    ```
  }];
  let dependentDialects = ["::local::LocalDialect"];
}

#endif  // INSPECT_PASSES_TD
