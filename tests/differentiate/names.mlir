// RUN: fed-opt %s --local-differentiate --mlir-print-debuginfo | FileCheck %s

// Reverse code has the places of the forward code; a gradient has its own name.
// CHECK-LABEL: func.func @names
// CHECK: local.tanh %{{.*}} loc(#[[FORWARD:.*]])
// CHECK: local.multiply %{{.*}}, %{{.*}} : tensor<f32> loc(#[[SQUARE:.*]])
// CHECK: local.multiply %{{.*}}, %{{.*}} : tensor<f32> loc(#[[GRADIENT:.*]])
// CHECK: #[[AT:.*]] = loc("a.fed":2:3)
// CHECK: #[[FORWARD]] = loc("logits"(#[[AT]]))
// CHECK: #[[GRADIENT]] = loc("g.weights"(#[[AT]]))
func.func @names(%x: tensor<f32>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %0 = local.tanh %a : tensor<f32> loc("logits"("a.fed":2:3))
    local.yield %0 : tensor<f32>
  } loc(fused<["l", "g.weights"]>["a.fed":1:1])
  return %dx : tensor<f32>
}
