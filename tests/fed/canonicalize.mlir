// RUN: fed-opt %s --canonicalize | FileCheck %s

// What nobody reads of a map goes, and with it the mean that only it needed.
// CHECK-LABEL: func.func @unused
// CHECK-NOT: fed.mean
// CHECK: %[[M:.*]] = fed.map clients(%arg0) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients>
// CHECK: return %[[M]]
func.func @unused(%x: !fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients> {
  %m = fed.mean %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  %b = fed.broadcast %m : !fed.federated<tensor<f32>, server> -> !fed.federated<tensor<f32>, clients, all_equal>
  %r:2 = fed.map clients(%x, %b) : (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients, all_equal>)
      -> (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<f32>, clients>) {
  ^bb0(%v: tensor<f32>, %mean: tensor<f32>):
    %n = local.negate %v : tensor<f32>
    fed.yield %mean, %n : tensor<f32>, tensor<f32>
  }
  return %r#1 : !fed.federated<tensor<f32>, clients>
}
