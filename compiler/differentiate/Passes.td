//===- Passes.td - differentiation ----------------------------------------===//
#ifndef DIFFERENTIATE_PASSES_TD
#define DIFFERENTIATE_PASSES_TD

include "mlir/Pass/PassBase.td"

def LocalInferBounds : Pass<"local-infer-bounds"> {
  let summary = "writes into types the bounds of unknown dimensions that follow";
  let description = [{
    A function of `?` that is called with a `?<=32` is code that says `?` once it stands in its caller.
    Here each result gets the bounds of what its dimensions come from, and a state of a loop that of
    what the loop begins with, where no step changes its size. Memory, and what a gradient notes, needs
    them.

    ```mlir
    func.func @known(%x: tensor<?x2xf32, #local.bounds<[32, -1]>>, %n: tensor<i64>) -> tensor<?x2xf32> {
      %0 = local.cast %x : tensor<?x2xf32, #local.bounds<[32, -1]>> -> tensor<?x2xf32>
      %1 = local.fold %n init(%0 : tensor<?x2xf32>) -> tensor<?x2xf32> {
      ^bb0(%i: tensor<i64>, %s: tensor<?x2xf32>):
        %2 = local.tanh %s : tensor<?x2xf32>
        local.yield %2 : tensor<?x2xf32>
      }
      return %1 : tensor<?x2xf32>
    }
    ```
  }];
  let dependentDialects = ["::local::LocalDialect"];
}

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

    The gradient of a loop is a loop that takes the steps in the other order. For each step it needs
    values of the forward step. Where those of all steps, at the largest number of steps, are at most
    `most-stored` bytes, the forward loop notes them. Else the loop is cut into segments of about as
    many steps as there are segments: the forward loop notes the states before each segment, and the
    reverse loop makes the steps of a segment again before it goes through them in reverse (A.
    Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
    differentiation", 1992), and so on inward. What only moves data is done again and never noted.
    Both ways give the same bytes: a sum of gradients goes through the steps, from the last to the
    first, however they are nested. Where a step adds a contraction to it, and nothing else reads that,
    the contraction goes into the sum: its terms are added one by one. (What a program adds up itself is
    rounded as it is written.) What a gradient inside of a gradient needs is always noted. Notes of values of unknown size have
    room for the largest; the size is read outside of the loop where no step changes it, and is noted
    for each step where one may. The reverse loop has the bytes that the forward loop notes for it
    as its attribute `kept_bytes`, the most steps as `of_steps` and those of a segment as `segment`.

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
  let options = [
    Option<"mostStored", "most-stored", "int64_t", "int64_t{1} << 26",
      "the bytes, for each loop, up to which what its reverse needs is noted for every step">
  ];
  let dependentDialects = ["::local::LocalDialect"];
}

def LocalStackContractions : Pass<"local-stack-contractions"> {
  let summary = "products of a loop's steps that can be one product for all steps become that";
  let description = [{
    A state of a `local.fold` into which each step adds a contraction, and which nothing else reads, is
    the sum of the contractions of all steps: `local-differentiate` makes such of the gradients of what
    a loop uses from above. Where the number of steps is
    known, the two operands are then noted for all steps (rows of the loop, and rows that a step takes
    by its number, are there already), and one contraction behind the loop, with the steps as its
    first contracting dimension and in their order, gives the same bytes: it reads and writes the sums
    once and not in every step. That is done where the notes for one loop are at most `most-stored` bytes.

    Operands of unknown size are stacked where their size is known outside of the loop: the stacks are
    of that size.

    A contraction of such rows with what is the same in each step is made for all steps before the loop,
    which then takes the results as rows: each of them has the same terms in the same order.

    Operands that are the same in each step stay where they are, and so do contractions of loops that
    may end early.

    ```mlir
    func.func @sum(%x: tensor<8x3x4xf32>, %y: tensor<8x3x5xf32>) -> tensor<4x5xf32> {
      %count = local.constant dense<8> : tensor<i64>
      %zero = local.constant dense<0.0> : tensor<4x5xf32>
      %0 = local.fold %count at_most = 8 reverse init(%zero : tensor<4x5xf32>) rows(%x, %y : tensor<8x3x4xf32>, tensor<8x3x5xf32>)
          -> tensor<4x5xf32> {
      ^bb0(%i: tensor<i64>, %sum: tensor<4x5xf32>, %a: tensor<3x4xf32>, %b: tensor<3x5xf32>):
        %1 = local.dot_general %a, %b into %sum batching = [] x [] contracting = [0] x [0]
          : (tensor<3x4xf32>, tensor<3x5xf32>, tensor<4x5xf32>) -> tensor<4x5xf32>
        local.yield %1 : tensor<4x5xf32>
      }
      return %0 : tensor<4x5xf32>
    }
    ```
  }];
  let options = [
    Option<"mostStored", "most-stored", "int64_t", "int64_t{1} << 26",
      "the bytes, for each loop, that the notes may have">
  ];
  let dependentDialects = ["::local::LocalDialect"];
}

#endif  // DIFFERENTIATE_PASSES_TD
