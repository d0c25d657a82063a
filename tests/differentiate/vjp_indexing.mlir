// RUN: fed-opt %s --local-differentiate --canonicalize --cse | FileCheck %s

// The gradient of the sum of each operation. The checks are written by tests/update_checks.py.

// CHECK-LABEL: func.func @pad_value(
// CHECK-SAME: %[[ARG0:.*]]: tensor<f32>, %[[ARG1:.*]]: tensor<3xf32>) -> tensor<f32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT: %[[V2:.*]] = local.constant dense<1.000000e+00> : tensor<8xf32>
// CHECK-NEXT: %[[V3:.*]] = local.pad %[[V1]] low = [1] high = [2] interior = [1] : tensor<3xf32> -> tensor<8xf32>
// CHECK-NEXT: %[[V4:.*]] = local.compare  EQ, %[[V3]], %[[V0]] : tensor<8xf32> -> tensor<8xi1>
// CHECK-NEXT: %[[V5:.*]] = local.select %[[V4]], %[[V2]], %[[V0]] : tensor<8xi1>, tensor<8xf32>
// CHECK-NEXT: %[[V6:.*]] = local.reduce  sum %[[V5]] dims = [0] : tensor<8xf32> -> tensor<f32>
// CHECK-NEXT: return %[[V6]] : tensor<f32>
// CHECK-NEXT: }
func.func @pad_value(%a0: tensor<f32>, %x: tensor<3xf32>) -> (tensor<f32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%x0: tensor<f32>):
    %r = local.pad %x value(%x0 : tensor<f32>) low = [1] high = [2] interior = [1] : tensor<3xf32> -> tensor<8xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<8xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<f32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?x3xf32>) -> tensor<?x3xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V1:.*]] = local.get_dimension_size %[[ARG0]], 0 : tensor<?x3xf32>
// CHECK-NEXT: %[[V2:.*]] = local.broadcast_in_dim %[[V0]] dims = [] sizes(%[[V1]]) : tensor<f32> -> tensor<?x3xf32>
// CHECK-NEXT: %[[V3:.*]] = local.reverse %[[V2]] dims = [1] : tensor<?x3xf32> -> tensor<?x3xf32>
// CHECK-NEXT: return %[[V3]] : tensor<?x3xf32>
// CHECK-NEXT: }
func.func @reverse(%a0: tensor<?x3xf32>) -> (tensor<?x3xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<?x3xf32>) -> (tensor<f32>, tensor<?x3xf32>) {
  ^bb0(%x0: tensor<?x3xf32>):
    %r = local.reverse %x0 dims = [1] : tensor<?x3xf32> -> tensor<?x3xf32>
    %loss = local.reduce sum %r dims = [0, 1] : tensor<?x3xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @dynamic_slice(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4x3xf32>, %[[ARG1:.*]]: tensor<i64>) -> tensor<4x3xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4x3xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<2x1xf32>
// CHECK-NEXT: %[[V2:.*]] = local.dynamic_update_slice %[[V0]], %[[V1]][%[[ARG1]], %[[ARG1]]] : (tensor<4x3xf32>, tensor<2x1xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return %[[V2]] : tensor<4x3xf32>
// CHECK-NEXT: }
func.func @dynamic_slice(%a0: tensor<4x3xf32>, %i: tensor<i64>) -> (tensor<4x3xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4x3xf32>) -> (tensor<f32>, tensor<4x3xf32>) {
  ^bb0(%x0: tensor<4x3xf32>):
    %r = local.dynamic_slice %x0[%i, %i] sizes = [2, 1] : tensor<4x3xf32> -> tensor<2x1xf32>
    %loss = local.reduce sum %r dims = [0, 1] : tensor<2x1xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @dynamic_update_slice(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4x3xf32>, %[[ARG1:.*]]: tensor<2x1xf32>, %[[ARG2:.*]]: tensor<i64>) -> tensor<4x3xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<2x1xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<4x3xf32>
// CHECK-NEXT: %[[V2:.*]] = local.dynamic_update_slice %[[V1]], %[[V0]][%[[ARG2]], %[[ARG2]]] : (tensor<4x3xf32>, tensor<2x1xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return %[[V2]] : tensor<4x3xf32>
// CHECK-NEXT: }
func.func @dynamic_update_slice(%a0: tensor<4x3xf32>, %u: tensor<2x1xf32>, %i: tensor<i64>) -> (tensor<4x3xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4x3xf32>) -> (tensor<f32>, tensor<4x3xf32>) {
  ^bb0(%x0: tensor<4x3xf32>):
    %r = local.dynamic_update_slice %x0, %u[%i, %i] : (tensor<4x3xf32>, tensor<2x1xf32>) -> tensor<4x3xf32>
    %loss = local.reduce sum %r dims = [0, 1] : tensor<4x3xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @take(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4x3xf32>, %[[ARG1:.*]]: tensor<2xi32>) -> tensor<4x3xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4x3xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<4x2xf32>
// CHECK-NEXT: %[[V2:.*]] = local.scatter_add %[[V0]], %[[ARG1]], %[[V1]] dim = 1 batch = 0 : (tensor<4x3xf32>, tensor<2xi32>, tensor<4x2xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return %[[V2]] : tensor<4x3xf32>
// CHECK-NEXT: }
func.func @take(%a0: tensor<4x3xf32>, %i: tensor<2xi32>) -> (tensor<4x3xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4x3xf32>) -> (tensor<f32>, tensor<4x3xf32>) {
  ^bb0(%x0: tensor<4x3xf32>):
    %r = local.take %x0, %i dim = 1 batch = 0 : (tensor<4x3xf32>, tensor<2xi32>) -> tensor<4x2xf32>
    %loss = local.reduce sum %r dims = [0, 1] : tensor<4x2xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @scatter_add(
// CHECK-SAME: %[[ARG0:.*]]: tensor<2xf32>, %[[ARG1:.*]]: tensor<2xi32>, %[[ARG2:.*]]: tensor<4xf32>) -> tensor<2xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.take %[[V0]], %[[ARG1]] dim = 0 batch = 0 : (tensor<4xf32>, tensor<2xi32>) -> tensor<2xf32>
// CHECK-NEXT: return %[[V1]] : tensor<2xf32>
// CHECK-NEXT: }
func.func @scatter_add(%a0: tensor<2xf32>, %i: tensor<2xi32>, %x: tensor<4xf32>) -> (tensor<2xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<2xf32>) -> (tensor<f32>, tensor<2xf32>) {
  ^bb0(%x0: tensor<2xf32>):
    %r = local.scatter_add %x, %i, %x0 dim = 0 batch = 0 : (tensor<4xf32>, tensor<2xi32>, tensor<2xf32>) -> tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @cumulative_sum(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.reverse %[[V0]] dims = [0] : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.cumulative_sum %[[V1]] dim = 0 : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.reverse %[[V2]] dims = [0] : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT: return %[[V3]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @cumulative_sum(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.cumulative_sum %x0 dim = 0 : tensor<4xf32> -> tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}
