// Intrinsics whose run-time part comes later are at their levels, with a reduction that says what
// they are and where.
// RUN: fed-opt %s --fed-split --verify-each --split-input-file | FileCheck %s

!i = !fed.federated<tensor<i32>, clients>
!s = !fed.federated<tensor<i64>, server>

// CHECK: #[[SUM:.*]] = loc("later.fed":1:1)
// CHECK: #[[BITS:.*]] = loc("later.fed":2:1)
// CHECK: #[[MOD:.*]] = loc("later.fed":3:1)
// CHECK-LABEL: fed.program @secure
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "x">]
// CHECK: fed.aggregation 1 [#fed.reduction<secure_sum, value = 0, guard = -1, result = 0, "federated_secure_sum", #[[SUM]]>,
// CHECK-SAME: #fed.reduction<secure_sum, value = 0, guard = -1, result = 1, "federated_secure_sum_bitwidth", #[[BITS]]>,
// CHECK-SAME: #fed.reduction<secure_modular_sum, value = 0, guard = -1, result = 2, "federated_secure_modular_sum", #[[MOD]]>]
func.func @secure(%x: !i {fed.name = "x"}) -> (!s {fed.name = "a"}, !s {fed.name = "b"}, !s {fed.name = "c"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={int32}@CLIENTS> -> <a=int64@SERVER,b=int64@SERVER,c=int64@SERVER>)"} {
  %k = local.constant dense<8> : tensor<i32>
  %a = fed.secure_sum %x, %k : !i, tensor<i32> -> !s loc("later.fed":1:1)
  %b = fed.secure_sum_bitwidth %x, %k : !i, tensor<i32> -> !s loc("later.fed":2:1)
  %c = fed.secure_modular_sum %x, %k : !i, tensor<i32> -> !s loc("later.fed":3:1)
  return %a, %b, %c : !s, !s, !s
}

// -----

!i = !fed.federated<tensor<i32>, clients>
!s = !fed.federated<tensor<i32>, server>

// Leaves of members and results of an aggregate need not pair up.
// CHECK-LABEL: fed.program @aggregate
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "x">, #fed.slot<message, 1, "y">]
// CHECK: fed.aggregation 1 [#fed.reduction<aggregate, value = 0, guard = -1, result = 0, "federated_aggregate", {{[^,]*}}>, #fed.reduction<aggregate, value = 1, guard = -1, result = -1, "federated_aggregate", {{[^,]*}}>]
func.func @aggregate(%x: !i {fed.name = "x"}, %y: !i {fed.name = "y"}) -> (!s {fed.name = "a"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={int32}@CLIENTS,y={int32}@CLIENTS> -> <a=int32@SERVER>)"} {
  %zero = local.constant dense<0> : tensor<i32>
  %a = fed.aggregate %x, %y zero(%zero : tensor<i32>) : (!i, !i) -> !s
      accumulate {
      ^bb0(%acc: tensor<i32>, %v: tensor<i32>, %w: tensor<i32>):
        %n = local.add %acc, %v : tensor<i32>
        fed.yield %n : tensor<i32>
      } merge {
      ^bb0(%p: tensor<i32>, %q: tensor<i32>):
        %n = local.add %p, %q : tensor<i32>
        fed.yield %n : tensor<i32>
      } report {
      ^bb0(%acc: tensor<i32>):
        fed.yield %acc : tensor<i32>
      }
  return %a : !s
}

// -----

!k = !fed.federated<tensor<2xi32>, clients>
!db = !fed.federated<tensor<8x4xf32>, server>
!r = !fed.federated<tensor<2x4xf32>, clients>

// Keys go up in phase 1, slices arrive in phase 2.
// CHECK-LABEL: fed.program @select
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "keys">]
// CHECK: fed.aggregation 1 [#fed.reduction<select, value = 0, guard = -1, result = 0, "federated_select", {{[^,]*}}>]
// CHECK: fed.phase server 1 ins [] outs []
// CHECK: fed.phase clients 2 ins [#fed.slot<message, 0, "slices">] outs [#fed.slot<result, 0, "r">]
func.func @select(%keys: !k {fed.name = "keys"}, %db: !db {fed.name = "db"}) -> (!r {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<keys={int32[2]}@CLIENTS,db=float32[8,4]@SERVER> -> <r={float32[2,4]}@CLIENTS>)"} {
  %max = local.constant dense<8> : tensor<i32>
  %r = fed.select %keys max %max of (%db) : !k, tensor<i32>, (!db) -> !r {
  ^bb0(%d: tensor<8x4xf32>, %key: tensor<i32>):
    %s = local.slice %d start = [0, 0] limit = [1, 4] strides = [1, 1] : tensor<8x4xf32> -> tensor<1x4xf32>
    %v = local.reshape %s : tensor<1x4xf32> -> tensor<4xf32>
    fed.yield %v : tensor<4xf32>
  } loc("slices"("later.fed":1:1))
  return %r : !r
}
