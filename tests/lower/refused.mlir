// Intrinsics whose run-time part does not exist yet.
// RUN: not fed-opt %s --fed-phases-to-functions 2>&1 | FileCheck %s
// CHECK: aggregate.fed:7:3: error: `federated_aggregate` cannot be compiled to machine code yet
module @refused attributes {fed.hash = "00"} {
  fed.program @p <"", one_shot> "(<x={int64}@CLIENTS> -> int64@SERVER)" {
    fed.phase server 0 ins [] outs [] {
      fed.yield
    }
    fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
    ^bb0(%x: tensor<i64>):
      fed.yield %x : tensor<i64>
    }
    fed.aggregation 1 [#fed.reduction<aggregate, value = 0, guard = -1, result = 0, "federated_aggregate", loc("aggregate.fed":7:3)>]
    fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [#fed.slot<result, 0, "">] {
    ^bb0(%x: tensor<i64>):
      fed.yield %x : tensor<i64>
    }
  }
}
