// RUN: fed-opt %s --local-differentiate | FileCheck %s

// CHECK-LABEL: func.func @convolution(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, %[[ARG1:.*]]: tensor<3x2x5xf32>) -> (tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.convolution %[[ARG0]], %[[ARG1]] strides = [2] padding = [1, 0] dilation = [1] groups = 1 : (tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>) -> tensor<?x4x5xf32, #local.bounds<[4, -1, -1]>>
// CHECK-NEXT: %[[V1:.*]] = local.reduce  sum %[[V0]] dims = [0, 1, 2] : tensor<?x4x5xf32, #local.bounds<[4, -1, -1]>> -> tensor<f32>
// CHECK-NEXT: %[[V2:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:.*]] = local.get_dimension_size %[[V0]], 0 : tensor<?x4x5xf32, #local.bounds<[4, -1, -1]>>
// CHECK-NEXT: %[[V4:.*]] = local.broadcast_in_dim %[[V2]] dims = [] sizes(%[[V3]]) : tensor<f32> -> tensor<?x4x5xf32, #local.bounds<[4, -1, -1]>>
// CHECK-NEXT: %[[V5:.*]] = local.convolution_data %[[V4]], %[[ARG1]] strides = [2] padding = [1, 0] dilation = [1] groups = 1 : (tensor<?x4x5xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>) -> tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>
// CHECK-NEXT: %[[V6:.*]] = local.convolution_filter %[[ARG0]], %[[V4]] strides = [2] padding = [1, 0] dilation = [1] groups = 1 : (tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<?x4x5xf32, #local.bounds<[4, -1, -1]>>) -> tensor<3x2x5xf32>
// CHECK-NEXT: return %[[V5]], %[[V6]] : tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>
// CHECK-NEXT: }
func.func @convolution(%x: tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, %w: tensor<3x2x5xf32>) -> (tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>) {
  %v, %dx, %dw = local.gradient(%x, %w) wrt = 2
      : (tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>) -> (tensor<f32>, tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>) {
  ^bb0(%a: tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, %b: tensor<3x2x5xf32>):
    %0 = local.convolution %a, %b strides = [2] padding = [1, 0] dilation = [1] groups = 1
      : (tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>) -> tensor<?x4x5xf32, #local.bounds<[4, -1, -1]>>
    %1 = local.reduce sum %0 dims = [0, 1, 2] : tensor<?x4x5xf32, #local.bounds<[4, -1, -1]>> -> tensor<f32>
    local.yield %1 : tensor<f32>
  }
  return %dx, %dw : tensor<?x9x2xf32, #local.bounds<[4, -1, -1]>>, tensor<3x2x5xf32>
}

// CHECK-LABEL: func.func @pools(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4x9xf32>) -> tensor<4x9xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.reduce_window  sum %[[ARG0]] window = [1, 3] strides = [1, 2] padding = [0, 0, 1, 0] : tensor<4x9xf32> -> tensor<4x4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.reduce_window  max %[[V0]] window = [2, 2] strides = [2, 2] padding = [0, 0, 0, 0] : tensor<4x4xf32> -> tensor<2x2xf32>
// CHECK-NEXT: %[[V2:.*]] = local.reduce  sum %[[V1]] dims = [0, 1] : tensor<2x2xf32> -> tensor<f32>
// CHECK-NEXT: %[[V3:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:.*]] = local.broadcast_in_dim %[[V3]] dims = [] : tensor<f32> -> tensor<2x2xf32>
// CHECK-NEXT: %[[V5:.*]] = local.select_and_scatter  max %[[V0]], %[[V4]] window = [2, 2] strides = [2, 2] padding = [0, 0, 0, 0] : (tensor<4x4xf32>, tensor<2x2xf32>) -> tensor<4x4xf32>
// CHECK-NEXT: %[[V6:.*]] = local.pad %[[V5]] low = [0, 1] high = [0, 3] interior = [0, 1] : tensor<4x4xf32> -> tensor<4x11xf32>
// CHECK-NEXT: %[[V7:.*]] = local.reduce_window  sum %[[V6]] window = [1, 3] strides = [1, 1] padding = [0, 0, 0, 0] : tensor<4x11xf32> -> tensor<4x9xf32>
// CHECK-NEXT: return %[[V7]] : tensor<4x9xf32>
// CHECK-NEXT: }
func.func @pools(%x: tensor<4x9xf32>) -> tensor<4x9xf32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<4x9xf32>) -> (tensor<f32>, tensor<4x9xf32>) {
  ^bb0(%a: tensor<4x9xf32>):
    %0 = local.reduce_window sum %a window = [1, 3] strides = [1, 2] padding = [0, 0, 1, 0] : tensor<4x9xf32> -> tensor<4x4xf32>
    %1 = local.reduce_window max %0 window = [2, 2] strides = [2, 2] padding = [0, 0, 0, 0] : tensor<4x4xf32> -> tensor<2x2xf32>
    %2 = local.reduce sum %1 dims = [0, 1] : tensor<2x2xf32> -> tensor<f32>
    local.yield %2 : tensor<f32>
  }
  return %dx : tensor<4x9xf32>
}

// The forward fold notes its states; only what depends on %a is carried backwards.
// CHECK-LABEL: func.func @fold(
// CHECK-SAME: %[[ARG0:.*]]: tensor<f32>, %[[ARG1:.*]]: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<3> : tensor<i64>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:.*]]:3 = local.fold %[[V0]] at_most = 3 init(%[[ARG0]], %[[V1]] : tensor<f32>, tensor<f32>) -> tensor<f32>, tensor<f32>, tensor<3xf32> {
// CHECK-NEXT: ^bb0(%[[ARG2:.*]]: tensor<i64>, %[[ARG3:.*]]: tensor<f32>, %[[ARG4:.*]]: tensor<f32>):
// CHECK-NEXT: %[[V6:.*]] = local.multiply %[[ARG3]], %[[ARG1]] : tensor<f32>
// CHECK-NEXT: %[[V7:.*]] = local.add %[[ARG4]], %[[ARG4]] : tensor<f32>
// CHECK-NEXT: local.yield %[[V6]], %[[V7]], %[[ARG3]] : tensor<f32>, tensor<f32>, tensor<f32>
// CHECK-NEXT: }
// CHECK-NEXT: %[[V3:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:.*]] = local.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V5:.*]]:2 = local.fold %[[V0]] at_most = 3 reverse init(%[[V3]], %[[V4]] : tensor<f32>, tensor<f32>) rows(%[[V2]]#2 : tensor<3xf32>) attributes {kept_bytes = 12 : i64, of_steps = 3 : i64} -> tensor<f32>, tensor<f32> {
// CHECK-NEXT: ^bb0(%[[ARG2]]: tensor<i64>, %[[ARG3]]: tensor<f32>, %[[ARG4]]: tensor<f32>, %[[ARG5:.*]]: tensor<f32>):
// CHECK-NEXT: %[[V6]] = local.multiply %[[ARG3]], %[[ARG1]] : tensor<f32>
// CHECK-NEXT: %[[V7]] = local.multiply %[[ARG3]], %[[ARG5]] : tensor<f32>
// CHECK-NEXT: %[[V8:.*]] = local.add %[[ARG4]], %[[V7]] : tensor<f32>
// CHECK-NEXT: local.yield %[[V6]], %[[V8]] : tensor<f32>, tensor<f32>
// CHECK-NEXT: }
// CHECK-NEXT: return %[[V5]]#0, %[[V5]]#1 : tensor<f32>, tensor<f32>
// CHECK-NEXT: }
func.func @fold(%x: tensor<f32>, %w: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %v, %dx, %dw = local.gradient(%x, %w) wrt = 2 : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %n = local.constant dense<3> : tensor<i64>
    %one = local.constant dense<1.0> : tensor<f32>
    %0:2 = local.fold %n at_most = 3 init(%a, %one : tensor<f32>, tensor<f32>) -> tensor<f32>, tensor<f32> {
    ^bb1(%i: tensor<i64>, %s: tensor<f32>, %t: tensor<f32>):
      %1 = local.multiply %s, %b : tensor<f32>
      %2 = local.add %t, %t : tensor<f32>
      local.yield %1, %2 : tensor<f32>, tensor<f32>
    }
    local.yield %0#0 : tensor<f32>
  }
  return %dx, %dw : tensor<f32>, tensor<f32>
}
