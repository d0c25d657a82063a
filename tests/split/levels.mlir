// Several levels: what is broadcast from server level k is at client level k + 1, what is aggregated
// from client level k at server level k.
// RUN: fed-opt %s --fed-expand-means --fed-split --verify-each --split-input-file | FileCheck %s

!c = !fed.federated<tensor<f32>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!s = !fed.federated<tensor<f32>, server>

// Bisection, four times: each broadcast depends on the aggregate before it.
// CHECK-LABEL: fed.program @four
// CHECK: fed.phase server 0 ins [] outs [] {
// CHECK: fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">, #fed.slot<kept, 0, "x">]
// CHECK: fed.aggregation 1 [#fed.reduction<max, value = 0, weight = -1, result = 0, "federated_max"
// CHECK: fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [#fed.slot<message, 0, "m1">] {
// CHECK: fed.phase clients 2 ins [#fed.slot<message, 0, "m1">, #fed.slot<kept, 0, "x">] outs [#fed.slot<message, 0, "d1">] {
// CHECK-NEXT: ^bb0(%[[M:.*]]: tensor<f32>, %[[X:.*]]: tensor<f32>):
// CHECK-NEXT: local.subtract %[[X]], %[[M]]
// CHECK: fed.aggregation 2
// CHECK: fed.phase server 2 ins [#fed.slot<message, 0, "d1">] outs [#fed.slot<message, 0, "m2">]
// CHECK: fed.phase clients 3 ins [#fed.slot<message, 0, "m2">, #fed.slot<kept, 0, "x">] outs [#fed.slot<message, 0, "d2">] {
// CHECK: fed.aggregation 3
// CHECK: fed.phase server 3
// CHECK: fed.phase clients 4 ins [#fed.slot<message, 0, "m3">, #fed.slot<kept, 0, "x">] outs [#fed.slot<message, 0, "d3">] {
// CHECK: fed.aggregation 4
// CHECK: fed.phase server 4 ins [#fed.slot<message, 0, "d3">] outs [#fed.slot<result, 0, "r">] {
func.func @four(%x: !c {fed.name = "x"}) -> (!s {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> <r=float32@SERVER>)"} {
  %a1 = fed.max %x : !c -> !s
  %m1 = fed.broadcast %a1 : !s -> !e loc("m1"("f":1:1))
  %d1 = fed.map clients(%x, %m1) : (!c, !e) -> !c {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %d = local.subtract %a, %b : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("d1"("f":1:1))
  %a2 = fed.sum %d1 : !c -> !s
  %m2 = fed.broadcast %a2 : !s -> !e loc("m2"("f":1:1))
  %d2 = fed.map clients(%x, %m2) : (!c, !e) -> !c {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %d = local.subtract %a, %b : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("d2"("f":1:1))
  %a3 = fed.sum %d2 : !c -> !s
  %m3 = fed.broadcast %a3 : !s -> !e loc("m3"("f":1:1))
  %d3 = fed.map clients(%x, %m3) : (!c, !e) -> !c {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %d = local.subtract %a, %b : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("d3"("f":1:1))
  %r = fed.min %d3 : !c -> !s
  return %r : !s
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!s = !fed.federated<tensor<f32>, server>

// One fed.map whose operations belong to two phases: x is kept in any case, so the sum of x and y
// waits, and y is sent in the phase that uses it, though the server has it from the start.
// CHECK-LABEL: fed.program @taken_apart
// CHECK: fed.phase server 0 ins [] outs [] {
// CHECK: fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "r_0">, #fed.slot<kept, 0, "x">] {
// CHECK: local.negate
// CHECK-NOT: local.add
// CHECK: fed.yield
// CHECK: fed.phase server 1 ins [#fed.slot<message, 0, "r_0">, #fed.slot<input, 0, "y">] outs [#fed.slot<message, 0, "yb">, #fed.slot<message, 1, "ab">] {
// CHECK: fed.phase clients 2 ins [#fed.slot<message, 0, "yb">, #fed.slot<message, 1, "ab">, #fed.slot<kept, 0, "x">]
// CHECK: local.add
// CHECK-NOT: local.negate
// CHECK: fed.yield
func.func @taken_apart(%x: !c {fed.name = "x"}, %y: !s {fed.name = "y"}) -> (!s {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS,y=float32@SERVER> -> <r=float32@SERVER>)"} {
  %yb = fed.broadcast %y : !s -> !e loc("yb"("f":1:1))
  %r:2 = fed.map clients(%x, %yb) : (!c, !e) -> (!c, !c) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %n = local.negate %a : tensor<f32>
    %d = local.add %a, %b : tensor<f32>
    fed.yield %n, %d : tensor<f32>, tensor<f32>
  } loc(fused<["r_0", "r_1"]>["f":1:1])
  %a = fed.sum %r#0 : !c -> !s
  %ab = fed.broadcast %a : !s -> !e loc("ab"("f":1:1))
  %z = fed.map clients(%r#1, %ab, %x) : (!c, !e, !c) -> !c {
  ^bb0(%a0: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>):
    %d = local.multiply %a0, %b : tensor<f32>
    %f = local.multiply %d, %c : tensor<f32>
    fed.yield %f : tensor<f32>
  }
  %s = fed.sum %z : !c -> !s
  return %s : !s
}

// -----

!v = !fed.federated<tensor<100xf32>, clients>
!c = !fed.federated<tensor<f32>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!s = !fed.federated<tensor<f32>, server>

// What shrinks runs at once, what grows waits: a scalar is kept both times. An argument is read
// where it is first used.
// CHECK-LABEL: fed.program @small
// CHECK: fed.phase server 0 ins [] outs [] {
// CHECK: fed.phase server 1 ins [#fed.slot<message, 0, "x">, #fed.slot<message, 1, "v">] outs [#fed.slot<message, 0, "x">, #fed.slot<kept, 0, "x">, #fed.slot<kept, 1, "s">] {
// CHECK-NEXT: ^bb0(%[[X:.*]]: tensor<f32>, %[[V:.*]]: tensor<100xf32>):
// CHECK-NEXT: %[[S:.*]] = local.reduce sum %[[V]]
// CHECK-NEXT: fed.yield %[[X]], %[[X]], %[[S]]
// CHECK: fed.phase server 2 ins [#fed.slot<message, 0, "d">, #fed.slot<input, 0, "k">, #fed.slot<kept, 0, "x">, #fed.slot<kept, 1, "s">]
// CHECK: local.broadcast_in_dim
func.func @small(%x: !c {fed.name = "x"}, %v: !v {fed.name = "v"}, %k: !s {fed.name = "k"})
    -> (!fed.federated<tensor<100xf32>, server> {fed.name = "r"}, !s {fed.name = "t"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS,v={float32[100]}@CLIENTS,k=float32@SERVER> -> <r=float32[100]@SERVER,t=float32@SERVER>)"} {
  %sx = fed.sum %x : !c -> !s
  %sv = fed.sum %v : !v -> !fed.federated<tensor<100xf32>, server>
  %q:2 = fed.map server(%sx, %sv) : (!s, !fed.federated<tensor<100xf32>, server>) -> (!fed.federated<tensor<100xf32>, server>, !s) {
  ^bb0(%a: tensor<f32>, %b: tensor<100xf32>):
    %n = local.broadcast_in_dim %a dims = [] : tensor<f32> -> tensor<100xf32>
    %s = local.reduce sum %b dims = [0] : tensor<100xf32> -> tensor<f32> loc("s"("f":1:1))
    fed.yield %n, %s : tensor<100xf32>, tensor<f32>
  }
  %xb = fed.broadcast %sx : !s -> !e
  %d = fed.map clients(%x, %xb) : (!c, !e) -> !c {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %d = local.multiply %a, %b : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("d"("f":1:1))
  %sd = fed.sum %d : !c -> !s
  %r:2 = fed.map server(%q#0, %q#1, %sd, %k) : (!fed.federated<tensor<100xf32>, server>, !s, !s, !s) -> (!fed.federated<tensor<100xf32>, server>, !s) {
  ^bb0(%n: tensor<100xf32>, %s: tensor<f32>, %b: tensor<f32>, %f: tensor<f32>):
    %c = local.broadcast_in_dim %b dims = [] : tensor<f32> -> tensor<100xf32>
    %d0 = local.add %n, %c : tensor<100xf32>
    %g = local.multiply %s, %b : tensor<f32>
    %h = local.multiply %g, %f : tensor<f32>
    fed.yield %d0, %h : tensor<100xf32>, tensor<f32>
  }
  return %r#0, %r#1 : !fed.federated<tensor<100xf32>, server>, !s
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!s = !fed.federated<tensor<f32>, server>
!i = !fed.federated<tensor<i64>, clients>

// The sums of one mean are taken over the same clients: the weight of a mean of level 2 travels
// with its value, though it was there at level 1.
// CHECK-LABEL: fed.program @weight_travels_with_value
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "x">, #fed.slot<message, 1, "w">, #fed.slot<kept
// CHECK: fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = 1, result = 0, "federated_mean", {{[^,]*}}>, #fed.reduction<sum, value = 1, weight = -1, result = 1,
// CHECK: fed.phase clients 2 {{.*}} outs [#fed.slot<message, 0, "d">, #fed.slot<message, 1, "w">]
// CHECK: fed.aggregation 2 [#fed.reduction<sum, value = 0, weight = 1, result = 0, "federated_mean", {{[^,]*}}>, #fed.reduction<sum, value = 1, weight = -1, result = 1,
func.func @weight_travels_with_value(%x: !c {fed.name = "x"}, %w: !i {fed.name = "w"}) -> (!s {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS,w={int64}@CLIENTS> -> <r=float32@SERVER>)"} {
  %a = fed.mean %x weight %w : !i : !c -> !s
  %b = fed.broadcast %a : !s -> !e
  %d = fed.map clients(%x, %b) : (!c, !e) -> !c {
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %d = local.subtract %p, %q : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("d"("f":1:1))
  %v = fed.mean %d weight %w : !i : !c -> !s
  return %v : !s
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!s = !fed.federated<tensor<f32>, server>

// Unweighted means of one level share one count, and one division's guard; each level has its own.
// CHECK-LABEL: fed.program @counts
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "x">, #fed.slot<message, 1, "clients">, #fed.slot<message, 2, "y">
// CHECK: fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_mean", {{[^,]*}}>, #fed.reduction<sum, value = 1, weight = -1, result = 1, "federated_mean", {{[^,]*}}>, #fed.reduction<sum, value = 2, weight = -1, result = 2, "federated_mean", {{[^,]*}}>]
// CHECK: fed.phase server 1
// CHECK: local.assert
// CHECK-NOT: local.assert
// CHECK: fed.phase clients 2 {{.*}} outs [#fed.slot<message, 0, "d">, #fed.slot<message, 1, "clients">]
// CHECK: local.constant dense<1> : tensor<i64>
// CHECK: fed.phase server 2
// CHECK: local.assert
func.func @counts(%x: !c {fed.name = "x"}, %y: !c {fed.name = "y"}) -> (!s {fed.name = "r"}, !s {fed.name = "q"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS,y={float32}@CLIENTS> -> <r=float32@SERVER,q=float32@SERVER>)"} {
  %a = fed.mean %x : !c -> !s
  %q = fed.mean %y : !c -> !s
  %b = fed.broadcast %a : !s -> !e
  %d = fed.map clients(%x, %b) : (!c, !e) -> !c {
  ^bb0(%p: tensor<f32>, %o: tensor<f32>):
    %d = local.subtract %p, %o : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("d"("f":1:1))
  %v = fed.mean %d : !c -> !s
  return %v, %q : !s, !s
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!s = !fed.federated<tensor<f32>, server>

// The leaves of one aggregation are of one phase: x waits for d. The sum of x alone does not.
// CHECK-LABEL: fed.program @one_cohort
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "x">, #fed.slot<kept, 0, "x">]
// CHECK: fed.aggregation 1 [#fed.reduction<min, value = 0, weight = -1, result = 0, "federated_min", {{[^>]*}}>, #fed.reduction<sum, value = 0, weight = -1, result = 1, "federated_sum", {{[^>]*}}>]
// CHECK: fed.phase clients 2
// CHECK: fed.aggregation 2 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", {{[^>]*}}>, #fed.reduction<sum, value = 1, weight = -1, result = 1, "federated_sum", {{[^>]*}}>]
func.func @one_cohort(%x: !c {fed.name = "x"}) -> (!s {fed.name = "d"}, !s {fed.name = "n"}, !s {fed.name = "alone"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> <d=float32@SERVER,n=float32@SERVER,alone=float32@SERVER>)"} {
  %m = fed.min %x : !c -> !s
  %b = fed.broadcast %m : !s -> !e
  %d = fed.map clients(%x, %b) : (!c, !e) -> !c {
  ^bb0(%a: tensor<f32>, %l: tensor<f32>):
    %v = local.subtract %a, %l : tensor<f32>
    fed.yield %v : tensor<f32>
  } loc("d"("f":1:1))
  %sd = fed.sum %d {group = 0 : i64} : !c -> !s
  %sn = fed.sum %x {group = 0 : i64} : !c -> !s
  %alone = fed.sum %x : !c -> !s
  return %sd, %sn, %alone : !s, !s, !s
}

// -----

!c = !fed.federated<tensor<f64>, clients>
!e = !fed.federated<tensor<f64>, clients, all_equal>
!s = !fed.federated<tensor<f64>, server>

// A sum and a mean's sum of the same value become one (of float32 they differ in their
// result); the mean's total stays in their phase.
// CHECK-LABEL: fed.program @merged
// CHECK: fed.aggregation 1 [#fed.reduction<min, value = 0, weight = -1, result = 0, "federated_min", {{[^>]*}}>]
// CHECK: fed.aggregation 2 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", {{[^>]*}}>, #fed.reduction<sum, value = 1, weight = -1, result = 1, "federated_mean", {{[^>]*}}>]
func.func @merged(%x: !c {fed.name = "x"}) -> (!s {fed.name = "s"}, !s {fed.name = "m"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float64}@CLIENTS> -> <s=float64@SERVER,m=float64@SERVER>)"} {
  %l = fed.min %x : !c -> !s
  %b = fed.broadcast %l : !s -> !e
  %d = fed.map clients(%x, %b) : (!c, !e) -> !c {
  ^bb0(%a: tensor<f64>, %n: tensor<f64>):
    %v = local.subtract %a, %n : tensor<f64>
    fed.yield %v : tensor<f64>
  } loc("d"("f":1:1))
  %s = fed.sum %d : !c -> !s
  %m = fed.mean %d : !c -> !s
  return %s, %m : !s, !s
}
