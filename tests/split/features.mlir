// What else an entry may be made of.
// RUN: fed-opt %s --fed-expand-means --fed-split --verify-each --split-input-file | FileCheck %s

!c = !fed.federated<tensor<f32>, clients>
!s = !fed.federated<tensor<f32>, server>

// Arguments that are results stay where they are; what no result needs is dropped.
// CHECK-LABEL: fed.program @passed_through
// CHECK: fed.phase server 0 ins [#fed.slot<input, 1, "s">] outs [#fed.slot<result, 0, "a">] {
// CHECK: fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<result, 0, "b">] {
// CHECK-NOT: local.
// CHECK-NOT: fed.aggregation
// CHECK-NOT: fed.phase server 1
func.func @passed_through(%x: !c {fed.name = "x"}, %u: !s {fed.name = "u"}, %s: !s {fed.name = "s"}) -> (!s {fed.name = "a"}, !c {fed.name = "b"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS,u=float32@SERVER,s=float32@SERVER> -> <a=float32@SERVER,b={float32}@CLIENTS>)"} {
  %dead = fed.map clients(%x) : (!c) -> !c {
  ^bb0(%a: tensor<f32>):
    %n = local.negate %a : tensor<f32>
    fed.yield %n : tensor<f32>
  }
  %dead2 = fed.sum %dead : !c -> !s
  return %s, %x : !s, !c
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!s = !fed.federated<tensor<f32>, server>

// The last phase may have no upload: a result at the clients that depends on an aggregate.
// CHECK-LABEL: fed.program @answer_at_clients
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "x">, #fed.slot<kept, 0, "x">]
// CHECK: fed.aggregation 1
// CHECK: fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [#fed.slot<message, 0, "x">]
// CHECK: fed.phase clients 2 ins [#fed.slot<message, 0, "x">, #fed.slot<kept, 0, "x">] outs [#fed.slot<result, 0, "r">, #fed.slot<result, 1, "t">]
// CHECK-NOT: fed.aggregation
// CHECK-NOT: fed.phase
func.func @answer_at_clients(%x: !c {fed.name = "x"}) -> (!c {fed.name = "r"}, !e {fed.name = "t"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> <r={float32}@CLIENTS,t=float32@CLIENTS>)"} {
  %a = fed.sum %x : !c -> !s
  %b = fed.broadcast %a : !s -> !e
  %r = fed.map clients(%x, %b) : (!c, !e) -> !c {
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %d = local.subtract %p, %q : tensor<f32>
    fed.yield %d : tensor<f32>
  }
  return %r, %b : !c, !e
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!s = !fed.federated<tensor<f32>, server>
!seq = !fed.federated<!local.sequence<[tensor<f32>]>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>

// Stages of lazy sequences are made anew in each phase that reduces them; what they capture is kept.
// CHECK-LABEL: fed.program @lazy
// CHECK: fed.phase clients 1 ins [#fed.slot<message, 0, "scale">, #fed.slot<sequence, 0, "d">] outs [#fed.slot<message, 0, "r">, #fed.slot<kept, 0, "twice">]
// CHECK: local.add
// CHECK: local.sequence_map
// CHECK: local.sequence_reduce
// CHECK: fed.phase clients 2 ins [#fed.slot<message, 0, "r">, #fed.slot<sequence, 0, "d">, #fed.slot<kept, 0, "twice">]
// CHECK-NOT: local.add
// CHECK: local.sequence_map
// CHECK: local.sequence_reduce
func.func @lazy(%d: !seq {fed.name = "d"}, %scale: !s {fed.name = "scale"}) -> (!s {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<d={float32*}@CLIENTS,scale=float32@SERVER> -> <r=float32@SERVER>)"} {
  %sb = fed.broadcast %scale : !s -> !e
  %m, %r = fed.map clients(%d, %sb) : (!seq, !e) -> (!seq, !c) {
  ^bb0(%s: !local.sequence<[tensor<f32>]>, %k: tensor<f32>):
    %twice = local.add %k, %k : tensor<f32> loc("twice"("f":1:1))
    %zero = local.constant dense<0.0> : tensor<f32>
    %t = local.sequence_map %s : !local.sequence<[tensor<f32>]> -> !local.sequence<[tensor<f32>]> {
    ^bb0(%x: tensor<f32>):
      %y = local.multiply %x, %twice : tensor<f32>
      local.yield %y : tensor<f32>
    }
    %u = local.sequence_reduce %t init(%zero : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
    ^bb0(%a: tensor<f32>, %x: tensor<f32>):
      %y = local.maximum %a, %x : tensor<f32>
      local.yield %y : tensor<f32>
    }
    fed.yield %t, %u : !local.sequence<[tensor<f32>]>, tensor<f32>
  } loc(fused<["m", "r"]>["f":1:1])
  %a = fed.sum %r : !c -> !s
  %b = fed.broadcast %a : !s -> !e
  %v = fed.map clients(%m, %b) : (!seq, !e) -> !c {
  ^bb0(%s: !local.sequence<[tensor<f32>]>, %k: tensor<f32>):
    %u = local.sequence_reduce %s init(%k : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
    ^bb0(%acc: tensor<f32>, %x: tensor<f32>):
      %y = local.maximum %acc, %x : tensor<f32>
      local.yield %y : tensor<f32>
    }
    fed.yield %u : tensor<f32>
  }
  %z = fed.sum %v : !c -> !s
  return %z : !s
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!s = !fed.federated<tensor<f32>, server>

// Client state has slots of its own; the entry that makes the first state writes them too.
// CHECK-LABEL: fed.program @p.client_state <"p", client_state>
// CHECK: fed.phase server 0 ins [] outs [] {
// CHECK: fed.phase clients 1 ins [] outs [#fed.slot<state, 0, "result">] {
// CHECK-NEXT: local.constant
// CHECK-NOT: fed.phase
// CHECK-LABEL: fed.program @p.next <"p", next>
// CHECK-SAME: attributes {fed.client_state = 1 : i64}
// CHECK: fed.phase clients 1 ins [#fed.slot<input, 0, "x">, #fed.slot<input, 1, "y">, #fed.slot<state, 0, "c">] outs [#fed.slot<message, 0, "x">, #fed.slot<result, 0, "y">, #fed.slot<state, 0, "client_state">] {
func.func @p.client_state() -> (tensor<f32> {fed.name = "result"})
    attributes {fed.entry = #fed.entry<"p", client_state>, fed.signature = "( -> float32)"} {
  %0 = local.constant dense<1.0> : tensor<f32>
  return %0 : tensor<f32>
}
func.func @p.next(%x: !c {fed.name = "x"}, %s: !c {fed.name = "c", fed.client_state}, %y: !c {fed.name = "y"})
    -> (!s {fed.name = "state"}, !c {fed.name = "client_state", fed.client_state}, !c {fed.name = "y"})
    attributes {fed.entry = #fed.entry<"p", next>, fed.signature = "(<x={float32}@CLIENTS,c={float32}@CLIENTS,y={float32}@CLIENTS> -> <state=float32@SERVER,client_state={float32}@CLIENTS,y={float32}@CLIENTS>)"} {
  %n = fed.map clients(%x, %s) : (!c, !c) -> !c {
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %d = local.subtract %p, %q : tensor<f32>
    fed.yield %d : tensor<f32>
  }
  %a = fed.sum %x : !c -> !s
  return %a, %n, %y : !s, !c, !c
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!e = !fed.federated<tensor<f32>, clients, all_equal>
!s = !fed.federated<tensor<f32>, server>

// Unplaced values are made where they are used; placing one costs no message.
// CHECK-LABEL: fed.program @unplaced
// CHECK: fed.phase server 0 ins [] outs [] {
// CHECK: fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "scaled">] {
// CHECK: local.param @lr
// CHECK: local.multiply
// CHECK: fed.phase server 1
// CHECK: local.param @lr
// CHECK: local.multiply
fed.param @lr : tensor<f32> = 0.1 : f32
func.func @unplaced(%x: !c {fed.name = "x"}) -> (!s {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> <r=float32@SERVER>)"} {
  %lr = local.param @lr : tensor<f32>
  %sq = local.multiply %lr, %lr : tensor<f32>
  %l = fed.value %sq : tensor<f32> -> !s
  %lb = fed.broadcast %l : !s -> !e
  %m = fed.map clients(%x, %lb) : (!c, !e) -> !c {
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %d = local.add %p, %q : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("scaled"("f":1:1))
  %a = fed.sum %m : !c -> !s
  %r = fed.map server(%a, %sq) : (!s, tensor<f32>) -> !s {
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %d = local.add %p, %q : tensor<f32>
    fed.yield %d : tensor<f32>
  }
  return %r : !s
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!s = !fed.federated<tensor<f32>, server>

// A leaf is in a message once, whatever aggregates it; the same sum is one sum, equal computations
// of two maps are one. Names that come twice get a number.
// CHECK-LABEL: fed.program @once
// CHECK: fed.phase clients 1 {{.*}} outs [#fed.slot<message, 0, "n">, #fed.slot<message, 1, "n_2">]
// CHECK: local.negate
// CHECK-NOT: local.negate
// CHECK: fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, {{[^,]*}}, {{[^,]*}}>, #fed.reduction<min, value = 0, weight = -1, result = 1, {{[^,]*}}, {{[^,]*}}>, #fed.reduction<sum, value = 1, weight = -1, result = 2, {{[^,]*}}, {{[^,]*}}>]
// CHECK: fed.phase server 1 ins [#fed.slot<message, 0, "a">, #fed.slot<message, 1, "m">, #fed.slot<message, 2, "n">] outs [#fed.slot<result, 0, "a">, #fed.slot<result, 1, "b">, #fed.slot<result, 2, "c">, #fed.slot<result, 3, "d">]
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<f32>, %[[B:.*]]: tensor<f32>, %[[C:.*]]: tensor<f32>):
// CHECK-NEXT: fed.yield %[[A]], %[[B]], %[[A]], %[[C]]
func.func @once(%x: !c {fed.name = "x"}) -> (!s {fed.name = "a"}, !s {fed.name = "b"}, !s {fed.name = "c"}, !s {fed.name = "d"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> <a=float32@SERVER,b=float32@SERVER,c=float32@SERVER,d=float32@SERVER>)"} {
  %n = fed.map clients(%x) : (!c) -> !c {
  ^bb0(%p: tensor<f32>):
    %d = local.negate %p : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("n"("f":1:1))
  %m = fed.map clients(%x) : (!c) -> !c {
  ^bb0(%p: tensor<f32>):
    %d = local.negate %p : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("m"("f":1:1))
  %q = fed.map clients(%x) : (!c) -> !c {
  ^bb0(%p: tensor<f32>):
    %d = local.abs %p : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("n"("f":1:1))
  %a = fed.sum %n : !c -> !s loc("a"("f":2:1))
  %b = fed.min %m : !c -> !s
  %c = fed.sum %m : !c -> !s
  %d = fed.sum %q : !c -> !s
  return %a, %b, %c, %d : !s, !s, !s, !s
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!s = !fed.federated<tensor<f32>, server>

// What zeros are made of may have an effect inside: the server has it once, and zeros are made without it.
// CHECK-LABEL: fed.program @told
// CHECK: fed.phase server 0
// CHECK: local.debug
// CHECK: fed.fold
// CHECK: local.if
// CHECK-NOT: local.debug
// CHECK: local.negate
module {
fed.param @k : tensor<f32> = 2.5 : f32 in [0.0 : f32, 10.0 : f32]
func.func @told(%x: !c {fed.name = "x"}) -> (!s {fed.name = "r"})
    attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> <r=float32@SERVER>)"} {
  %k = local.param @k : tensor<f32>
  %none = local.constant dense<0.0> : tensor<f32>
  %some = local.compare GT, %k, %none : tensor<f32> -> tensor<i1>
  %zero = local.if %some -> tensor<f32> {
    local.debug %k, "k" : tensor<f32>
    %n = local.negate %k : tensor<f32>
    local.yield %n : tensor<f32>
  } else {
    local.yield %none : tensor<f32>
  }
  %r = fed.aggregate %x zero(%zero : tensor<f32>) : (!c) -> !s accumulate {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %c = local.add %a, %b : tensor<f32>
    fed.yield %c : tensor<f32>
  } merge {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %c = local.add %a, %b : tensor<f32>
    fed.yield %c : tensor<f32>
  } report {
  ^bb0(%a: tensor<f32>):
    fed.yield %a : tensor<f32>
  }
  return %r : !s
}
}
