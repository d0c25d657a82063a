// Secure sums, aggregates and selections: their levels, their reductions, and the code that the server
// runs for them.
// RUN: fed-opt %s --fed-expand-means --fed-split --verify-each --split-input-file | FileCheck %s

!i = !fed.federated<tensor<i32>, clients>
!s = !fed.federated<tensor<i64>, server>

// CHECK: #[[SUM:.*]] = loc("later.fed":1:1)
// CHECK: #[[BITS:.*]] = loc("later.fed":2:1)
// CHECK: #[[MOD:.*]] = loc("later.fed":3:1)
// CHECK-LABEL: fed.program @secure
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "x">, #fed.slot<message, 1, "x_2">]
// CHECK: local.assert %{{.*}}, "a value of this `federated_secure_sum` is not between 0 and 8"
// CHECK: local.convert %{{.*}} : tensor<i32> -> tensor<i64>
// CHECK: local.assert %{{.*}}, "a value of this `federated_secure_sum_bitwidth` is not between 0 and 255"
// CHECK: local.remainder
// CHECK: fed.aggregation 1 [#fed.reduction<secure_sum, value = 0, weight = -1, result = 0, limit = 8, "federated_secure_sum", #[[SUM]]>,
// CHECK-SAME: #fed.reduction<secure_sum, value = 0, weight = -1, result = 1, limit = 255, "federated_secure_sum_bitwidth", #[[BITS]]>,
// CHECK-SAME: #fed.reduction<secure_modular_sum, value = 1, weight = -1, result = 2, limit = 7, "federated_secure_modular_sum", #[[MOD]]>]
// CHECK: fed.phase server 1
// CHECK-NOT: local.remainder
func.func @secure(%x: !i {fed.name = "x"}) -> (!s {fed.name = "a"}, !s {fed.name = "b"}, !s {fed.name = "c"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={int32}@CLIENTS> -> <a=int64@SERVER,b=int64@SERVER,c=int64@SERVER>)"} {
  %a = fed.secure_sum %x max = 8 : !i -> !s loc("later.fed":1:1)
  %b = fed.secure_sum_bitwidth %x bitwidth = 8 : !i -> !s loc("later.fed":2:1)
  %c = fed.secure_modular_sum %x modulus = 8 : !i -> !s loc("later.fed":3:1)
  return %a, %b, %c : !s, !s, !s
}

// -----

!i = !fed.federated<tensor<i32>, clients>
!s = !fed.federated<tensor<i32>, server>

// Leaves of members and results of an aggregate need not pair up.
// CHECK-LABEL: fed.program @aggregate
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "x">, #fed.slot<message, 1, "y">]
// CHECK: fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", {{[^,]*}}>, #fed.reduction<aggregate, value = 1, weight = -1, result = -1, "federated_aggregate", {{[^,]*}}>]
// CHECK: fed.fold 1 of [0, 1] to [0] zero {
// CHECK-NEXT: local.constant dense<0>
// CHECK: } accumulate {
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<i32>, %{{.*}}: tensor<i32>, %{{.*}}: tensor<i32>):
// CHECK: } merge {
// CHECK: } report {
// CHECK: fed.phase server 1 ins [#fed.slot<message, 0, "x">]
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

!i = !fed.federated<tensor<ui8>, clients>
!e = !fed.federated<tensor<ui8>, clients, all_equal>
!b = !fed.federated<tensor<ui8>, server>
!s = !fed.federated<tensor<i64>, server>

// The leaves of one secure sum come from one cohort. All of uint8 is in range: nothing to check.
// CHECK-LABEL: fed.program @cohort
// CHECK-NOT: local.assert
// CHECK: fed.aggregation 1 [#fed.reduction<min,
// CHECK: fed.aggregation 2 [#fed.reduction<secure_sum, {{[^>]*}}>, #fed.reduction<secure_sum, {{[^>]*}}>]
func.func @cohort(%x: !i {fed.name = "x"}) -> (!s {fed.name = "a"}, !s {fed.name = "b"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={uint8}@CLIENTS> -> <a=int64@SERVER,b=int64@SERVER>)"} {
  %m = fed.min %x : !i -> !b
  %l = fed.broadcast %m : !b -> !e
  %y = fed.map clients(%x, %l) : (!i, !e) -> !i {
  ^bb0(%p: tensor<ui8>, %q: tensor<ui8>):
    %d = local.subtract %p, %q : tensor<ui8>
    fed.yield %d : tensor<ui8>
  }
  %a = fed.secure_sum %x max = 255 {group = 0 : i64} : !i -> !s
  %b = fed.secure_sum %y max = 300 {group = 0 : i64} : !i -> !s
  return %a, %b : !s, !s
}

// -----

!k = !fed.federated<tensor<2xi32>, clients>
!v = !fed.federated<tensor<f32>, server>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!db = !fed.federated<tensor<8x4xf32>, server>
!c = !fed.federated<tensor<2x4xf32>, clients>
!q = !fed.federated<!local.sequence<[tensor<4xf32>]>, clients>
!r = !fed.federated<tensor<4xf32>, clients>

// Keys go up in phase 1; slices arrive in phase 2, behind what all clients are sent, and are kept,
// not the sequence of them.
// CHECK-LABEL: fed.program @select
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "keys">]
// CHECK: local.assert %{{.*}}, "a key of this `federated_select` is not between 0 and its `max_key`, 7"
// CHECK: fed.aggregation 1 [#fed.reduction<select, value = 0, weight = -1, result = 1, limit = 7, "federated_select", {{[^,]*}}>]
// CHECK: fed.phase server 1 {{.*}} outs [#fed.slot<message, 0, "value">, #fed.slot<kept, 0, "db">]
// CHECK: fed.selection 1 ins [#fed.slot<message, 0, "keys">, #fed.slot<kept, {{[0-9]}}, "db">] outs [#fed.slot<message, 1, "slices">]
// CHECK: local.sequence_map
// CHECK: fed.phase clients 2 ins [#fed.slot<message, 0, "value">, #fed.slot<message, 1, "slices">] outs [#fed.slot<result, 0, "r">]
// CHECK: local.sequence_rows
// CHECK: local.sequence_reduce
func.func @select(%keys: !k {fed.name = "keys"}, %db: !db {fed.name = "db"}, %scale: !v {fed.name = "scale"}) -> (!r {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<keys={int32[2]}@CLIENTS,db=float32[8,4]@SERVER,scale=float32@SERVER> -> <r={float32[4]}@CLIENTS>)"} {
  %s = fed.select %keys max_key = 7 of (%db) : !k, (!db) -> !c {
  ^bb0(%d: tensor<8x4xf32>, %key: tensor<i32>):
    %s = local.slice %d start = [0, 0] limit = [1, 4] strides = [1, 1] : tensor<8x4xf32> -> tensor<1x4xf32>
    %v = local.reshape %s : tensor<1x4xf32> -> tensor<4xf32>
    fed.yield %v : tensor<4xf32>
  } loc("slices"("later.fed":1:1))
  %rows = fed.map clients(%s) : (!c) -> !q {
  ^bb0(%t: tensor<2x4xf32>):
    %q = local.sequence_rows %t : (tensor<2x4xf32>) -> !local.sequence<[tensor<4xf32>]>
    fed.yield %q : !local.sequence<[tensor<4xf32>]>
  }
  %m = fed.sum %keys : !k -> !fed.federated<tensor<2xi32>, server>
  %w = fed.map server(%scale, %m) : (!v, !fed.federated<tensor<2xi32>, server>) -> !v {
  ^bb0(%a: tensor<f32>, %b: tensor<2xi32>):
    fed.yield %a : tensor<f32>
  }
  %e = fed.broadcast %w : !v -> !e
  %r = fed.map clients(%rows, %e) : (!q, !e) -> !r {
  ^bb0(%q: !local.sequence<[tensor<4xf32>]>, %f: tensor<f32>):
    %z = local.broadcast_in_dim %f dims = [] : tensor<f32> -> tensor<4xf32>
    %u = local.sequence_reduce %q init(%z : tensor<4xf32>) : !local.sequence<[tensor<4xf32>]> -> tensor<4xf32> {
    ^bb0(%acc: tensor<4xf32>, %x: tensor<4xf32>):
      %y = local.add %acc, %x : tensor<4xf32>
      local.yield %y : tensor<4xf32>
    }
    fed.yield %u : tensor<4xf32>
  }
  return %r : !r
}

// -----

// A selection that nobody reads stays for its keys: what its database is made of fails no round.
// CHECK-LABEL: fed.program @unread
// CHECK: local.assert %{{.*}}, "a key of this `federated_select`
// CHECK-NOT: local.assert
// CHECK-NOT: fed.selection
func.func @unread(%keys: !fed.federated<tensor<2xi32>, clients> {fed.name = "keys"}, %x: !fed.federated<tensor<f32>, clients> {fed.name = "x"}) -> (!fed.federated<tensor<f32>, server> {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<keys={int32[2]}@CLIENTS,x={float32}@CLIENTS> -> <r=float32@SERVER>)"} {
  %m = fed.mean %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  %s = fed.select %keys max_key = 7 of (%m) : !fed.federated<tensor<2xi32>, clients>, (!fed.federated<tensor<f32>, server>) -> !fed.federated<tensor<2xf32>, clients> {
  ^bb0(%d: tensor<f32>, %key: tensor<i32>):
    fed.yield %d : tensor<f32>
  }
  %r = fed.min %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  return %r : !fed.federated<tensor<f32>, server>
}
