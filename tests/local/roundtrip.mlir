// RUN: fed-opt %s --verify-each | fed-opt --verify-each | FileCheck %s
// RUN: fed-opt %s --mlir-print-op-generic | fed-opt | FileCheck %s

#b = #local.bounds<[32, -1]>

// CHECK-LABEL: func.func @shapes
fed.param @lr : tensor<f32> = 0.1 : f32

func.func @shapes(%x: tensor<?x4xf32, #b>, %y: tensor<4x3xf32>, %z: tensor<3xf32>) -> tensor<i64> {
  // CHECK: local.constant dense<1.000000e+00> : tensor<3xf32>
  %c = local.constant dense<1.0> : tensor<3xf32>
  // CHECK: local.param @lr : tensor<f32>
  %lr = local.param @lr : tensor<f32>
  // CHECK: local.get_dimension_size %{{.*}}, 0 : tensor<?x4xf32, #local.bounds<[32, -1]>>
  %n = local.get_dimension_size %x, 0 : tensor<?x4xf32, #b>
  // CHECK: local.iota 1 sizes(%{{.*}}) : tensor<?x4xi32, #local.bounds<[32, -1]>>
  %i = local.iota 1 sizes(%n) : tensor<?x4xi32, #b>
  // CHECK: local.iota 0 : tensor<4xi32>
  %i0 = local.iota 0 : tensor<4xi32>
  // CHECK: local.broadcast_in_dim %{{.*}} dims = [1] sizes(%{{.*}}) : tensor<3xf32> -> tensor<?x3xf32, #local.bounds<[32, -1]>>
  %b = local.broadcast_in_dim %z dims = [1] sizes(%n) : tensor<3xf32> -> tensor<?x3xf32, #b>
  // CHECK: local.broadcast_in_dim %{{.*}} dims = [] : tensor<f32> -> tensor<3xf32>
  %b2 = local.broadcast_in_dim %lr dims = [] : tensor<f32> -> tensor<3xf32>
  // CHECK: local.reshape %{{.*}} : tensor<4x3xf32> -> tensor<12xf32>
  %r = local.reshape %y : tensor<4x3xf32> -> tensor<12xf32>
  // CHECK: local.transpose %{{.*}}, permutation = [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  %t = local.transpose %y, permutation = [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  // CHECK: local.slice %{{.*}} start = [0, 1] limit = [-1, 3] strides = [1, 1]
  %s = local.slice %x start = [0, 1] limit = [-1, 3] strides = [1, 1] : tensor<?x4xf32, #b> -> tensor<?x2xf32, #b>
  // CHECK: local.pad %{{.*}} low = [1] high = [2] interior = [1] : tensor<3xf32> -> tensor<8xf32>
  %p = local.pad %z low = [1] high = [2] interior = [1] : tensor<3xf32> -> tensor<8xf32>
  // CHECK: local.concatenate %{{.*}}, %{{.*}} dim = 0 : (tensor<3xf32>, tensor<8xf32>) -> tensor<11xf32>
  %cc = local.concatenate %z, %p dim = 0 : (tensor<3xf32>, tensor<8xf32>) -> tensor<11xf32>
  // CHECK: local.cast %{{.*}} : tensor<?x4xf32, #local.bounds<[32, -1]>> -> tensor<?x?xf32>
  %k = local.cast %x : tensor<?x4xf32, #b> -> tensor<?x?xf32>
  return %n : tensor<i64>
}

// CHECK-LABEL: func.func @elementwise
func.func @elementwise(%x: tensor<?x4xf32, #b>, %y: tensor<8x4xf32>, %p: tensor<8x4xi1>, %q: tensor<i1>) {
  // CHECK: local.exp %{{.*}} : tensor<8x4xf32>
  %0 = local.exp %y : tensor<8x4xf32>
  // CHECK: local.add %{{.*}}, %{{.*}} : tensor<8x4xf32>
  %1 = local.add %y, %0 : tensor<8x4xf32>
  // CHECK: local.add %{{.*}}, %{{.*}} : (tensor<?x4xf32, #local.bounds<[32, -1]>>, tensor<8x4xf32>, tensor<8x4xf32>)
  %2 = local.add %x, %y : (tensor<?x4xf32, #b>, tensor<8x4xf32>, tensor<8x4xf32>)
  // CHECK: local.compare LT, %{{.*}}, %{{.*}} : tensor<8x4xf32> -> tensor<8x4xi1>
  %3 = local.compare LT, %0, %1 : tensor<8x4xf32> -> tensor<8x4xi1>
  // CHECK: local.is_finite %{{.*}} : tensor<8x4xf32> -> tensor<8x4xi1>
  %4 = local.is_finite %0 : tensor<8x4xf32> -> tensor<8x4xi1>
  // CHECK: local.and %{{.*}}, %{{.*}} : tensor<8x4xi1>
  %5 = local.and %3, %4 : tensor<8x4xi1>
  // CHECK: local.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<8x4xi1>, tensor<8x4xf32>
  %6 = local.select %5, %0, %1 : tensor<8x4xi1>, tensor<8x4xf32>
  // CHECK: local.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<i1>, tensor<8x4xf32>
  %7 = local.select %q, %0, %1 : tensor<i1>, tensor<8x4xf32>
  // CHECK: local.convert %{{.*}} : tensor<8x4xf32> -> tensor<8x4xui8>
  %8 = local.convert %0 : tensor<8x4xf32> -> tensor<8x4xui8>
  return
}

// CHECK-LABEL: func.func @reductions
func.func @reductions(%x: tensor<?x4xf32, #b>, %y: tensor<4x3xf32>) {
  // CHECK: local.dot_general %{{.*}}, %{{.*}} batching = [] x [] contracting = [1] x [0] : (tensor<?x4xf32, #local.bounds<[32, -1]>>, tensor<4x3xf32>) -> tensor<?x3xf32, #local.bounds<[32, -1]>>
  %0 = local.dot_general %x, %y batching = [] x [] contracting = [1] x [0] : (tensor<?x4xf32, #b>, tensor<4x3xf32>) -> tensor<?x3xf32, #b>
  // CHECK: local.reduce sum %{{.*}} dims = [0] : tensor<4x3xf32> -> tensor<3xf32>
  %1 = local.reduce sum %y dims = [0] : tensor<4x3xf32> -> tensor<3xf32>
  // CHECK: local.arg_reduce max %{{.*}} dim = 1 : tensor<4x3xf32> -> tensor<4xi32>
  %2 = local.arg_reduce max %y dim = 1 : tensor<4x3xf32> -> tensor<4xi32>
  return
}

// CHECK-LABEL: func.func @control
func.func @control(%c: tensor<i1>, %x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  // CHECK: local.if %{{.*}} -> tensor<f32> {
  %0 = local.if %c -> tensor<f32> {
    // CHECK: local.yield %{{.*}} : tensor<f32>
    local.yield %x : tensor<f32>
  // CHECK: } else {
  } else {
    local.yield %y : tensor<f32>
  }
  // CHECK: local.assert %{{.*}}, "must hold"
  local.assert %c, "must hold"
  // CHECK: local.gradient(%{{.*}}, %{{.*}}) wrt = 1 : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %v, %g = local.gradient(%0, %y) wrt = 1 : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %m = local.multiply %a, %b : tensor<f32>
    local.yield %m : tensor<f32>
  }
  return %g : tensor<f32>
}

// CHECK-LABEL: func.func @sequences
func.func @sequences(%s: !local.sequence<[tensor<4xf32>, tensor<i32>]>, %n: tensor<i64>, %x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: local.sequence_take %{{.*}}, %{{.*}} : !local.sequence<[tensor<4xf32>, tensor<i32>]>
  %0 = local.sequence_take %s, %n : !local.sequence<[tensor<4xf32>, tensor<i32>]>
  // CHECK: local.sequence_repeat
  %1 = local.sequence_repeat %0, %n : !local.sequence<[tensor<4xf32>, tensor<i32>]>
  // CHECK: local.sequence_map %{{.*}} : !local.sequence<[tensor<4xf32>, tensor<i32>]> -> !local.sequence<[tensor<4xf32>]> {
  %2 = local.sequence_map %1 : !local.sequence<[tensor<4xf32>, tensor<i32>]> -> !local.sequence<[tensor<4xf32>]> {
  ^bb0(%e: tensor<4xf32>, %l: tensor<i32>):
    local.yield %e : tensor<4xf32>
  }
  // CHECK: local.sequence_batch %{{.*}} size = 8 : !local.sequence<[tensor<4xf32>]> -> !local.sequence<[tensor<?x4xf32, #local.bounds<[8, -1]>>]>
  %3 = local.sequence_batch %2 size = 8 : !local.sequence<[tensor<4xf32>]> -> !local.sequence<[tensor<?x4xf32, #local.bounds<[8, -1]>>]>
  // CHECK: local.sequence_rows %{{.*}}, %{{.*}} : (tensor<3x4xf32>, tensor<3xi32>) -> !local.sequence<[tensor<4xf32>, tensor<i32>]>
  %stack = local.constant dense<1.0> : tensor<3x4xf32>
  %column = local.constant dense<1> : tensor<3xi32>
  %rows = local.sequence_rows %stack, %column : (tensor<3x4xf32>, tensor<3xi32>) -> !local.sequence<[tensor<4xf32>, tensor<i32>]>
  // CHECK: local.sequence_batch %{{.*}} size = 8 drop_remainder : !local.sequence<[tensor<4xf32>]> -> !local.sequence<[tensor<8x4xf32>]>
  %4 = local.sequence_batch %2 size = 8 drop_remainder : !local.sequence<[tensor<4xf32>]> -> !local.sequence<[tensor<8x4xf32>]>
  // CHECK: local.sequence_reduce %{{.*}} init(%{{.*}} : tensor<4xf32>) : !local.sequence<[tensor<?x4xf32, #local.bounds<[8, -1]>>]> -> tensor<4xf32> {
  %5 = local.sequence_reduce %3 init(%x : tensor<4xf32>) : !local.sequence<[tensor<?x4xf32, #local.bounds<[8, -1]>>]> -> tensor<4xf32> {
  ^bb0(%acc: tensor<4xf32>, %batch: tensor<?x4xf32, #local.bounds<[8, -1]>>):
    %r = local.reduce sum %batch dims = [0] : tensor<?x4xf32, #local.bounds<[8, -1]>> -> tensor<4xf32>
    %a = local.add %acc, %r : tensor<4xf32>
    local.yield %a : tensor<4xf32>
  }
  return %5 : tensor<4xf32>
}
