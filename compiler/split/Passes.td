//===- Passes.td - from the fed module to the split module ---------------===//
#ifndef SPLIT_PASSES_TD
#define SPLIT_PASSES_TD

include "mlir/Pass/PassBase.td"

def FedExpandMeans : Pass<"fed-expand-means", "::mlir::ModuleOp"> {
  let summary = "makes sums of means";
  let description = [{
    A mean of x with weight w is the sum of x with the weight w, which the server multiplies it by,
    over the sum of w. The division happens at the server, after an assertion at the mean's location
    that the total is not 0 (or, with `if_empty`, a choice). The sum of float32 values is of float64, where it does not overflow,
    and the quotient is rounded; where a mean may be too large all the same (of float64 values, or
    with float weights) a second assertion says so. Integer weights add up in int64, float weights in float64; an
    unweighted mean counts clients. A weight that several means share is converted once, so that it
    travels once. The sums of one mean are in one `group`, the mean's own where it has one, so that
    they are taken over the same clients; `fed.mean` notes what they come from.

    Example:

    ```mlir
    func.func @average(%x: !fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server> {
      %0 = fed.mean %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %0 : !fed.federated<tensor<f32>, server>
    }
    ```

    becomes

    ```mlir
    func.func @average(%x: !fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server> {
      %one = local.constant dense<1> : tensor<i64>
      %ones = fed.value %one : tensor<i64> -> !fed.federated<tensor<i64>, clients, all_equal>
      %sum = fed.sum %x {fed.mean, group = 0 : i64} : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f64>, server>
      %count = fed.sum %ones {fed.mean, group = 0 : i64} : !fed.federated<tensor<i64>, clients, all_equal> -> !fed.federated<tensor<i64>, server>
      %mean = fed.map server(%sum, %count) : (!fed.federated<tensor<f64>, server>, !fed.federated<tensor<i64>, server>) -> (!fed.federated<tensor<f32>, server>) {
      ^bb0(%s: tensor<f64>, %n: tensor<i64>):
        %zero = local.constant dense<0> : tensor<i64>
        %some = local.compare NE, %n, %zero : tensor<i64> -> tensor<i1>
        local.assert %some, "no client contributed to this `federated_mean`"
        %d = local.convert %n : tensor<i64> -> tensor<f64>
        %q = local.divide %s, %d : tensor<f64>
        %m = local.convert %q : tensor<f64> -> tensor<f32>
        fed.yield %m : tensor<f32>
      }
      return %mean : !fed.federated<tensor<f32>, server>
    }
    ```
  }];
  let dependentDialects = ["::fed::FedDialect", "::local::LocalDialect"];
}

def FedSplit : Pass<"fed-split", "::mlir::ModuleOp"> {
  let summary = "splits entries into server steps, client phases and the aggregations between them";
  let description = [{
    Every function with `fed.entry` becomes a `fed.program`. The bodies of `fed.map`s are taken
    apart: each operation in them gets a level of its own. Server arguments are at level 0 of the
    server, client arguments at level 1 of the clients; an operation is at the highest level of its
    operands; what is broadcast from level k is at level k+1 of the clients, what is aggregated from
    level k at level k of the server. Aggregations of one `group` are all at the highest level
    of theirs, so that the leaves of what the user wrote as one aggregation are of the same clients.
    That is the smallest possible number of phases.

    Uploads happen at their level. Any other operation may run later, though never after its first
    use, where that makes what is kept between phases smaller: between each two phases a minimum cut
    decides what has run already. A broadcast leaf is sent in the phase that first uses it. A value
    that a later phase needs is kept, but for constants, parameters, sequences and unplaced values,
    which each phase makes anew. A leaf is in a message at most once, and a message is sent only
    where it has a leaf. What no result needs is dropped. The regions of a `fed.aggregate` become a
    `fed.fold` of its level, that of a `fed.select` a `fed.selection`.

    The function attribute `fed.client_state = i` says which parameter of `fed.signature` is the
    client's state; the result's field `client_state` is its next value. The module gets
    `fed.hash`, the program's hash.

    Expects means to be expanded and calls of federated functions to be inlined.

    Example:

    ```mlir
    func.func @total(%x: !fed.federated<tensor<f32>, clients> {fed.name = "x"}) -> (!fed.federated<tensor<f32>, server> {fed.name = "total"})
        attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> <total=float32@SERVER>)"} {
      %0 = fed.sum %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
      return %0 : !fed.federated<tensor<f32>, server>
    }
    ```

    becomes

    ```mlir
    fed.program @total <"", one_shot> "(<x={float32}@CLIENTS> -> <total=float32@SERVER>)" {
      fed.phase server 0 ins [] outs [] {
        fed.yield
      }
      fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
      fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc("total.fed":2:3)>]
      fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [#fed.slot<result, 0, "total">] {
      ^bb0(%total: tensor<f32>):
        fed.yield %total : tensor<f32>
      }
    }
    ```
  }];
  let dependentDialects = ["::fed::FedDialect", "::local::LocalDialect"];
}

#endif  // SPLIT_PASSES_TD
