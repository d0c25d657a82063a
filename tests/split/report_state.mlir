// Client state in a report: what it is made of counts, for it may leave in a later round.
// RUN: fed-opt %s --fed-split --mlir-print-debuginfo -o %t
// RUN: manifest-of --report %t | FileCheck %s

!c = !fed.federated<tensor<f32>, clients>
!s = !fed.federated<tensor<f32>, server>

// CHECK: p.next
// CHECK: x: float32, 4 bytes
// CHECK-NEXT: through federated_sum
// CHECK: held by the device
// CHECK-NEXT: y: float32, 4 bytes
// CHECK-NEXT: leaves the device in a later round, through the client's state: x of p.next
// CHECK-NEXT: c: float32, 4 bytes{{.*}}, kept between rounds
// CHECK-NEXT: depends on it and leaves the device: x
// CHECK-NEXT: its next value is computed from y
func.func @p.next(%y: !c {fed.name = "y"}, %s: !c {fed.name = "c", fed.client_state})
    -> (!s {fed.name = "state"}, !c {fed.name = "client_state", fed.client_state})
    attributes {fed.entry = #fed.entry<"p", next>, fed.signature = "(<y={float32}@CLIENTS,c={float32}@CLIENTS> -> <state=float32@SERVER,client_state={float32}@CLIENTS>)"} {
  %n = fed.map clients(%s) : (!c) -> !c {
  ^bb0(%q: tensor<f32>):
    %d = local.negate %q : tensor<f32>
    fed.yield %d : tensor<f32>
  } loc("x"("state.fed":1:1))
  %a = fed.sum %n : !c -> !s
  return %a, %y : !s, !c
}
