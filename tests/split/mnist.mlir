// Federated averaging: one phase, weights of two means travel once, the state is kept.
// RUN: fed-opt %s --fed-expand-means --fed-split --verify-each | FileCheck %s

!model = !fed.federated<tensor<784x10xf32>, server>
!data = !fed.federated<!local.sequence<[tensor<784x10xf32>]>, clients>
module @mnist {
  fed.param @lr : tensor<f32> = 0.1 : f32 in [0.0 : f32, 1.0 : f32]
  func.func @training.initialize() -> (!model {fed.name = "model"})
      attributes {fed.entry = #fed.entry<"training", initialize>, fed.signature = "( -> float32[784,10]@SERVER)"} {
    %c = local.constant dense<0.0> : tensor<784x10xf32>
    %0 = fed.value %c : tensor<784x10xf32> -> !model
    return %0 : !model
  }
  func.func @training.next(%model: !model {fed.name = "model"}, %data: !data {fed.name = "data"})
      -> (!model {fed.name = "state"}, !fed.federated<tensor<f32>, server> {fed.name = "metrics.loss"})
      attributes {fed.entry = #fed.entry<"training", next>, fed.signature = "(<model=float32[784,10]@SERVER,data={float32[784,10]*}@CLIENTS> -> <state=float32[784,10]@SERVER,metrics=<loss=float32@SERVER>>)"} {
    %0 = fed.broadcast %model : !model -> !fed.federated<tensor<784x10xf32>, clients, all_equal>
    %r:3 = fed.map clients(%0, %data) : (!fed.federated<tensor<784x10xf32>, clients, all_equal>, !data)
        -> (!fed.federated<tensor<784x10xf32>, clients>, !fed.federated<tensor<i32>, clients>, !fed.federated<tensor<f32>, clients>) {
    ^bb0(%m: tensor<784x10xf32>, %s: !local.sequence<[tensor<784x10xf32>]>):
      %zero = local.constant dense<0> : tensor<i32>
      %one = local.constant dense<1> : tensor<i32>
      %x:2 = local.sequence_reduce %s init(%m, %zero : tensor<784x10xf32>, tensor<i32>) : !local.sequence<[tensor<784x10xf32>]> -> tensor<784x10xf32>, tensor<i32> {
      ^bb0(%a: tensor<784x10xf32>, %c: tensor<i32>, %e: tensor<784x10xf32>):
        %y = local.add %a, %e : tensor<784x10xf32>
        %d = local.add %c, %one : tensor<i32>
        local.yield %y, %d : tensor<784x10xf32>, tensor<i32>
      }
      %lr = local.param @lr : tensor<f32>
      %l = local.broadcast_in_dim %lr dims = [] : tensor<f32> -> tensor<784x10xf32>
      %z = local.multiply %x#0, %l : tensor<784x10xf32>
      %loss = local.reduce sum %z dims = [0, 1] : tensor<784x10xf32> -> tensor<f32>
      fed.yield %z, %x#1, %loss : tensor<784x10xf32>, tensor<i32>, tensor<f32>
    } loc(fused<["r.delta", "r.examples", "r.loss"]>["mnist.fed":12:3])
    %1 = fed.mean %r#0 weight %r#1 : !fed.federated<tensor<i32>, clients> : !fed.federated<tensor<784x10xf32>, clients> -> !model loc("mnist.fed":13:5)
    %2 = fed.mean %r#2 weight %r#1 : !fed.federated<tensor<i32>, clients> : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server> loc("mnist.fed":14:5)
    %3 = fed.map server(%model, %1) : (!model, !model) -> !model {
    ^bb0(%a: tensor<784x10xf32>, %b: tensor<784x10xf32>):
      %c = local.add %a, %b : tensor<784x10xf32>
      fed.yield %c : tensor<784x10xf32>
    }
    return %3, %2 : !model, !fed.federated<tensor<f32>, server>
  }
}

// CHECK-LABEL: module @mnist
// CHECK-SAME: fed.hash = "{{[0-9a-f]+}}"
// CHECK: fed.param @lr

// CHECK-LABEL: fed.program @training.initialize <"training", initialize>
// CHECK: fed.phase server 0 ins [] outs [#fed.slot<result, 0, "model">] {
// CHECK-NEXT: local.constant
// CHECK-NEXT: fed.yield
// CHECK-NOT: fed.phase

// CHECK-LABEL: fed.program @training.next <"training", next>
// CHECK: fed.phase server 0 ins [#fed.slot<input, 0, "model">] outs [#fed.slot<message, 0, "model">, #fed.slot<kept, 0, "model">] {
// CHECK-NEXT: ^bb0(%[[M:.*]]: tensor<784x10xf32>):
// CHECK-NEXT: fed.yield %[[M]], %[[M]]
// CHECK: fed.phase clients 1 ins [#fed.slot<message, 0, "model">, #fed.slot<sequence, 0, "data">]
// CHECK-SAME: outs [#fed.slot<message, 0, "r.delta">, #fed.slot<message, 1, "r.examples">, #fed.slot<message, 2, "r.loss">]
// CHECK: %[[R:.*]]:2 = local.sequence_reduce
// CHECK: local.param @lr
// CHECK: %[[W:.*]] = local.convert %[[R]]#1 : tensor<i32> -> tensor<i64>
// CHECK-NOT: local.convert
// CHECK: fed.yield %{{.*}}, %[[W]], %{{.*}} : tensor<784x10xf32>, tensor<i64>, tensor<f32>
// CHECK: fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = 1, result = 0, "federated_mean", #[[L:[a-z0-9]+]]>,
// CHECK-SAME: #fed.reduction<sum, value = 1, weight = -1, result = 1, "federated_mean", #[[L]]>,
// CHECK-SAME: #fed.reduction<sum, value = 2, weight = 1, result = 2, "federated_mean", #{{.*}}>]
// CHECK: fed.phase server 1 ins [#fed.slot<message, 0, "r.delta">, #fed.slot<message, 1, "r.examples">, #fed.slot<message, 2, "r.loss">, #fed.slot<kept, 0, "model">]
// CHECK-SAME: outs [#fed.slot<result, 0, "state">, #fed.slot<result, 1, "metrics.loss">]
// CHECK: local.assert
// CHECK-NOT: local.assert
// CHECK: fed.yield
