// RUN: fed-opt %s --verify-each | fed-opt --verify-each | FileCheck %s
// RUN: fed-opt %s --mlir-print-op-generic | fed-opt | FileCheck %s

#b = #local.bounds<[32, -1, -1]>

// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<?x8x4xf32, #b>, %w: tensor<3x2x6xf32>) {
  // CHECK: %[[Y:.*]] = local.convolution %{{.*}}, %{{.*}} strides = [2] padding = [1, 0] dilation = [1] groups = 2
  %y = local.convolution %x, %w strides = [2] padding = [1, 0] dilation = [1] groups = 2
    : (tensor<?x8x4xf32, #b>, tensor<3x2x6xf32>) -> tensor<?x4x6xf32, #b>
  // CHECK: local.convolution_data %[[Y]], %{{.*}} strides = [2] padding = [1, 0] dilation = [1] groups = 2
  %dx = local.convolution_data %y, %w strides = [2] padding = [1, 0] dilation = [1] groups = 2
    : (tensor<?x4x6xf32, #b>, tensor<3x2x6xf32>) -> tensor<?x8x4xf32, #b>
  // CHECK: local.convolution_filter %{{.*}}, %[[Y]] strides = [2] padding = [1, 0] dilation = [1] groups = 2
  %dw = local.convolution_filter %x, %y strides = [2] padding = [1, 0] dilation = [1] groups = 2
    : (tensor<?x8x4xf32, #b>, tensor<?x4x6xf32, #b>) -> tensor<3x2x6xf32>
  // CHECK: %[[P:.*]] = local.reduce_window max %{{.*}} window = [1, 2, 1] strides = [1, 2, 1] padding = [0, 0, 0, 0, 0, 0]
  %p = local.reduce_window max %x window = [1, 2, 1] strides = [1, 2, 1] padding = [0, 0, 0, 0, 0, 0]
    : tensor<?x8x4xf32, #b> -> tensor<?x4x4xf32, #b>
  // CHECK: local.select_and_scatter max %{{.*}}, %[[P]] window = [1, 2, 1]
  %q = local.select_and_scatter max %x, %p window = [1, 2, 1] strides = [1, 2, 1] padding = [0, 0, 0, 0, 0, 0]
    : (tensor<?x8x4xf32, #b>, tensor<?x4x4xf32, #b>) -> tensor<?x8x4xf32, #b>
  // CHECK: local.select_and_gather max %{{.*}}, %{{.*}} window = [1, 2, 1]
  %r = local.select_and_gather max %x, %q window = [1, 2, 1] strides = [1, 2, 1] padding = [0, 0, 0, 0, 0, 0]
    : (tensor<?x8x4xf32, #b>, tensor<?x8x4xf32, #b>) -> tensor<?x4x4xf32, #b>
  return
}

// CHECK-LABEL: func.func @folds
func.func @folds(%n: tensor<i64>, %x: tensor<f32>, %rows: tensor<4x2xf32>) {
  // CHECK: local.fold %{{.*}} init(%{{.*}} : tensor<f32>) -> tensor<f32> {
  %a = local.fold %n init(%x : tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %s: tensor<f32>):
    local.yield %s : tensor<f32>
  }
  // CHECK: local.fold %{{.*}} at_most = 4 reverse rows(%{{.*}} : tensor<4x2xf32>) -> tensor<4x2xf32> {
  %b = local.fold %n at_most = 4 reverse rows(%rows : tensor<4x2xf32>) -> tensor<4x2xf32> {
  ^bb0(%i: tensor<i64>, %row: tensor<2xf32>):
    local.yield %row : tensor<2xf32>
  }
  return
}
