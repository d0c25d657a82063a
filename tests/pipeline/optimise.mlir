// RUN: fed-opt %s --fed-optimise-pipeline --verify-each --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// Calls are expanded, inside and outside of regions; what nobody uses vanishes; names and places
// survive.
func.func private @scale(%x: tensor<f32>, %k: tensor<f32>) -> tensor<f32> {
  %0 = local.multiply %x, %k : tensor<f32> loc("scaled"("m.fed":2:3))
  return %0 : tensor<f32>
}
func.func private @twice(%x: tensor<f32>) -> tensor<f32> {
  %k = local.constant dense<2.0> : tensor<f32>
  %0 = func.call @scale(%x, %k) : (tensor<f32>, tensor<f32>) -> tensor<f32> loc("m.fed":6:3)
  return %0 : tensor<f32>
}
func.func private @unused(%x: tensor<f32>) -> tensor<f32> {
  return %x : tensor<f32>
}

// CHECK-NOT: @scale
// CHECK-NOT: @unused
// CHECK-LABEL: func.func @entry
// CHECK: fed.map clients
// CHECK: local.multiply {{.*}} loc(callsite("scaled"("m.fed":2:3) at callsite("m.fed":6:3 at "m.fed":12:5)))
// CHECK: loc("r"("m.fed":11:3))
func.func @entry(%x: !fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients> {
  %r = fed.map clients(%x) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients> {
  ^bb0(%m: tensor<f32>):
    %0 = func.call @twice(%m) : (tensor<f32>) -> tensor<f32> loc("m.fed":12:5)
    fed.yield %0 : tensor<f32>
  } loc("r"("m.fed":11:3))
  return %r : !fed.federated<tensor<f32>, clients>
}
