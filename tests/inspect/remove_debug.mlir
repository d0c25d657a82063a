// RUN: fed-opt --local-remove-debug %s | FileCheck %s

// Wherever they stand, and nothing else.
// CHECK-LABEL: @nested
// CHECK-NOT: local.debug
// CHECK: local.fold
// CHECK: local.exp
// CHECK-NOT: local.debug
func.func @nested(%x: tensor<3xf32>) -> tensor<3xf32> {
  local.debug %x, "x" : tensor<3xf32>
  %n = local.constant dense<2> : tensor<i64>
  %0 = local.fold %n init(%x : tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<3xf32>):
    %1 = local.exp %s : tensor<3xf32>
    local.debug %1, "step" : tensor<3xf32>
    local.yield %1 : tensor<3xf32>
  }
  return %0 : tensor<3xf32>
}

// RUN: fed-opt --local-differentiate %s | FileCheck %s --check-prefix=GRADIENT

// The reverse code repeats the step of the fold, and shows nothing again.
// GRADIENT-LABEL: @slope
// GRADIENT-COUNT-1: local.debug
// GRADIENT-NOT: local.debug
func.func @slope(%x: tensor<f32>) -> tensor<f32> {
  %v, %g = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %n = local.constant dense<2> : tensor<i64>
    %0 = local.fold %n at_most = 2 init(%a : tensor<f32>) -> tensor<f32> {
    ^bb0(%i: tensor<i64>, %s: tensor<f32>):
      %1 = local.exp %s : tensor<f32>
      local.debug %1, "step" : tensor<f32>
      local.yield %1 : tensor<f32>
    }
    local.yield %0 : tensor<f32>
  }
  return %g : tensor<f32>
}
