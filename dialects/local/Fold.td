//===- Fold.td - iteration over a range -----------------------------------===//
#ifndef LOCAL_FOLD_TD
#define LOCAL_FOLD_TD

include "dialects/local/Base.td"

def Local_FoldOp : Local_Op<"fold", [SingleBlock, RecursiveMemoryEffects, AttrSizedOperandSegments]> {
  let summary = "runs a region `count` times, from one state to the next";
  let description = [{
    For i from 0 to `count` - 1 (with `reverse` from `count` - 1 to 0) the region takes i, the state and
    row i of each of `rows`, and yields the next state and perhaps further tensors, its notes. The
    results are the last state (`init` for no steps), and for each note a tensor whose row i is what
    step i noted, 0 where there was no such step. A note of unknown size stands at the beginning of its
    row, which has room for the largest; behind it there is 0. The region may use values from above. A
    negative `count` is no steps; one above `at_most` fails the phase.

    With `until_false` the first state says whether to go on: at the first step where it is false, the
    steps end.

    The gradient runs the steps backwards. For that, the forward fold notes what a step's gradient needs
    of it, and its sizes where they may differ from step to step, for `at_most` steps, or the states
    before segments of steps, which are then made again.

    - (fold_c1) The region's arguments are an i64 scalar, then of the types of `init`, then of rows.
    - (fold_c2) The region yields values of the types of `init`, then tensors whose unknown dimensions
      have bounds; the results are of these types, the notes' at their bounds and with `at_most` as
      their first dimension.
    - (fold_c3) `at_most` is not negative. With rows or notes it is given, and it is the static first
      dimension of the rows.
    - (fold_c4) With `until_false` the first of `init` is an i1 scalar, and `reverse` is not given.

    ```mlir
    func.func @fold(%count: tensor<i64>, %x: tensor<f32>, %rows: tensor<8x3xf32>) -> (tensor<f32>, tensor<8xf32>) {
      %0:2 = local.fold %count at_most = 8 init(%x : tensor<f32>) rows(%rows : tensor<8x3xf32>)
          -> tensor<f32>, tensor<8xf32> {
      ^bb0(%i: tensor<i64>, %state: tensor<f32>, %row: tensor<3xf32>):
        %1 = local.reduce sum %row dims = [0] : tensor<3xf32> -> tensor<f32>
        %2 = local.multiply %state, %1 : tensor<f32>
        local.yield %2, %1 : tensor<f32>, tensor<f32>
      }
      return %0#0, %0#1 : tensor<f32>, tensor<8xf32>
    }
    ```
  }];
  let arguments = (ins Local_IndexScalar:$count, Variadic<Local_Tensor>:$init,
    Variadic<Local_Tensor>:$rows, OptionalAttr<I64Attr>:$at_most, UnitAttr:$reverse,
    UnitAttr:$until_false);
  let results = (outs Variadic<Local_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $count (`at_most` `=` $at_most^)? (`reverse` $reverse^)? (`until_false` $until_false^)? (`init` `(` $init^ `:` type($init) `)`)?
    (`rows` `(` $rows^ `:` type($rows) `)`)? attr-dict-with-keyword (`->` type($results)^)? $body
  }];
  let hasVerifier = 1;
}

#endif  // LOCAL_FOLD_TD
