// RUN: fed-opt %s --local-differentiate --canonicalize --cse | FileCheck %s

// The gradient of the sum of each operation that moves or sums elements. The checks are written by tests/update_checks.py.

// CHECK-LABEL: func.func @broadcast_in_dim(
// CHECK-SAME: %[[ARG0:.*]]: tensor<3x1xf32>) -> tensor<3x1xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<2x5x3xf32>
// CHECK-NEXT: %[[V1:.*]] = local.reduce  sum %[[V0]] dims = [0, 1] : tensor<2x5x3xf32> -> tensor<3xf32>
// CHECK-NEXT: %[[V2:.*]] = local.broadcast_in_dim %[[V1]] dims = [0] : tensor<3xf32> -> tensor<3x1xf32>
// CHECK-NEXT: return %[[V2]] : tensor<3x1xf32>
// CHECK-NEXT: }
func.func @broadcast_in_dim(%a0: tensor<3x1xf32>) -> (tensor<3x1xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<3x1xf32>) -> (tensor<f32>, tensor<3x1xf32>) {
  ^bb0(%x0: tensor<3x1xf32>):
    %r = local.broadcast_in_dim %x0 dims = [2, 0] : tensor<3x1xf32> -> tensor<2x5x3xf32>
    %loss = local.reduce sum %r dims = [0, 1, 2] : tensor<2x5x3xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<3x1xf32>
}

// CHECK-LABEL: func.func @broadcast_unknown(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?xf32>, %[[ARG1:.*]]: tensor<i64>) -> tensor<?xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V1:.*]] = local.broadcast_in_dim %[[V0]] dims = [] sizes(%[[ARG1]]) : tensor<f32> -> tensor<2x?xf32>
// CHECK-NEXT: %[[V2:.*]] = local.reduce  sum %[[V1]] dims = [0] : tensor<2x?xf32> -> tensor<?xf32>
// CHECK-NEXT: return %[[V2]] : tensor<?xf32>
// CHECK-NEXT: }
func.func @broadcast_unknown(%a0: tensor<?xf32>, %n: tensor<i64>) -> (tensor<?xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<?xf32>) -> (tensor<f32>, tensor<?xf32>) {
  ^bb0(%x0: tensor<?xf32>):
    %r = local.broadcast_in_dim %x0 dims = [1] sizes(%n) : tensor<?xf32> -> tensor<2x?xf32>
    %loss = local.reduce sum %r dims = [0, 1] : tensor<2x?xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<?xf32>
}

// CHECK-LABEL: func.func @reshape(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V1:.*]] = local.get_dimension_size %[[ARG0]], 0 : tensor<?x2x3xf32>
// CHECK-NEXT: %[[V2:.*]] = local.broadcast_in_dim %[[V0]] dims = [] sizes(%[[V1]]) : tensor<f32> -> tensor<?x6xf32>
// CHECK-NEXT: %[[V3:.*]] = local.reshape %[[V2]] : tensor<?x6xf32> -> tensor<?x2x3xf32>
// CHECK-NEXT: return %[[V3]] : tensor<?x2x3xf32>
// CHECK-NEXT: }
func.func @reshape(%a0: tensor<?x2x3xf32>) -> (tensor<?x2x3xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<?x2x3xf32>) -> (tensor<f32>, tensor<?x2x3xf32>) {
  ^bb0(%x0: tensor<?x2x3xf32>):
    %r = local.reshape %x0 : tensor<?x2x3xf32> -> tensor<?x6xf32>
    %loss = local.reduce sum %r dims = [0, 1] : tensor<?x6xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<?x2x3xf32>
}

// CHECK-LABEL: func.func @transpose(
// CHECK-SAME: %[[ARG0:.*]]: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<2x3x4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<2x3x4xf32>
// CHECK-NEXT: }
func.func @transpose(%a0: tensor<2x3x4xf32>) -> (tensor<2x3x4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<2x3x4xf32>) -> (tensor<f32>, tensor<2x3x4xf32>) {
  ^bb0(%x0: tensor<2x3x4xf32>):
    %r = local.transpose %x0, permutation = [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
    %loss = local.reduce sum %r dims = [0, 1, 2] : tensor<3x4x2xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @slice(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?x8xf32>) -> tensor<?x8xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V1:.*]] = local.get_dimension_size %[[ARG0]], 0 : tensor<?x8xf32>
// CHECK-NEXT: %[[V2:.*]] = local.broadcast_in_dim %[[V0]] dims = [] sizes(%[[V1]]) : tensor<f32> -> tensor<?x3xf32>
// CHECK-NEXT: %[[V3:.*]] = local.pad %[[V2]] low = [0, 1] high = [0, 2] interior = [0, 1] : tensor<?x3xf32> -> tensor<?x8xf32>
// CHECK-NEXT: return %[[V3]] : tensor<?x8xf32>
// CHECK-NEXT: }
func.func @slice(%a0: tensor<?x8xf32>) -> (tensor<?x8xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<?x8xf32>) -> (tensor<f32>, tensor<?x8xf32>) {
  ^bb0(%x0: tensor<?x8xf32>):
    %r = local.slice %x0 start = [0, 1] limit = [-1, 7] strides = [1, 2] : tensor<?x8xf32> -> tensor<?x3xf32>
    %loss = local.reduce sum %r dims = [0, 1] : tensor<?x3xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @pad(
// CHECK-SAME: %[[ARG0:.*]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT: return %[[V0]] : tensor<3xf32>
// CHECK-NEXT: }
func.func @pad(%a0: tensor<3xf32>) -> (tensor<3xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>) {
  ^bb0(%x0: tensor<3xf32>):
    %r = local.pad %x0 low = [1] high = [2] interior = [1] : tensor<3xf32> -> tensor<8xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<8xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<3xf32>
}

// CHECK-LABEL: func.func @concatenate(
// CHECK-SAME: %[[ARG0:.*]]: tensor<3xf32>, %[[ARG1:.*]]: tensor<2xf32>) -> (tensor<3xf32>, tensor<2xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<3xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK-NEXT: return %[[V0]], %[[V1]] : tensor<3xf32>, tensor<2xf32>
// CHECK-NEXT: }
func.func @concatenate(%a0: tensor<3xf32>, %a1: tensor<2xf32>) -> (tensor<3xf32>, tensor<2xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<3xf32>, tensor<2xf32>) -> (tensor<f32>, tensor<3xf32>, tensor<2xf32>) {
  ^bb0(%x0: tensor<3xf32>, %x1: tensor<2xf32>):
    %r = local.concatenate %x0, %x1 dim = 0 : (tensor<3xf32>, tensor<2xf32>) -> tensor<5xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<5xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<3xf32>, tensor<2xf32>
}

// CHECK-LABEL: func.func @cast(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<4> : tensor<i64>
// CHECK-NEXT: %[[V2:.*]] = local.broadcast_in_dim %[[V0]] dims = [] sizes(%[[V1]]) : tensor<f32> -> tensor<?xf32>
// CHECK-NEXT: %[[V3:.*]] = local.cast %[[V2]] : tensor<?xf32> -> tensor<4xf32>
// CHECK-NEXT: return %[[V3]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @cast(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.cast %x0 : tensor<4xf32> -> tensor<?xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<?xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @dot_general(
// CHECK-SAME: %[[ARG0:.*]]: tensor<7x2x3xf32>, %[[ARG1:.*]]: tensor<3x7x5xf32>) -> (tensor<7x2x3xf32>, tensor<3x7x5xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<7x2x5xf32>
// CHECK-NEXT: %[[V1:.*]] = local.dot_general %[[V0]], %[[ARG1]] batching = [0] x [1] contracting = [2] x [2] : (tensor<7x2x5xf32>, tensor<3x7x5xf32>) -> tensor<7x2x3xf32>
// CHECK-NEXT: %[[V2:.*]] = local.dot_general %[[ARG0]], %[[V0]] batching = [0] x [0] contracting = [1] x [1] : (tensor<7x2x3xf32>, tensor<7x2x5xf32>) -> tensor<7x3x5xf32>
// CHECK-NEXT: %[[V3:.*]] = local.transpose %[[V2]], permutation = [1, 0, 2] : tensor<7x3x5xf32> -> tensor<3x7x5xf32>
// CHECK-NEXT: return %[[V1]], %[[V3]] : tensor<7x2x3xf32>, tensor<3x7x5xf32>
// CHECK-NEXT: }
func.func @dot_general(%a0: tensor<7x2x3xf32>, %a1: tensor<3x7x5xf32>) -> (tensor<7x2x3xf32>, tensor<3x7x5xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<7x2x3xf32>, tensor<3x7x5xf32>) -> (tensor<f32>, tensor<7x2x3xf32>, tensor<3x7x5xf32>) {
  ^bb0(%x0: tensor<7x2x3xf32>, %x1: tensor<3x7x5xf32>):
    %r = local.dot_general %x0, %x1 batching = [0] x [1] contracting = [2] x [0] : (tensor<7x2x3xf32>, tensor<3x7x5xf32>) -> tensor<7x2x5xf32>
    %loss = local.reduce sum %r dims = [0, 1, 2] : tensor<7x2x5xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<7x2x3xf32>, tensor<3x7x5xf32>
}

// CHECK-LABEL: func.func @reduce_sum(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.get_dimension_size %[[ARG0]], 0 : tensor<?x4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.broadcast_in_dim %[[V0]] dims = [1] sizes(%[[V1]]) : tensor<4xf32> -> tensor<?x4xf32>
// CHECK-NEXT: return %[[V2]] : tensor<?x4xf32>
// CHECK-NEXT: }
func.func @reduce_sum(%a0: tensor<?x4xf32>) -> (tensor<?x4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<?x4xf32>) -> (tensor<f32>, tensor<?x4xf32>) {
  ^bb0(%x0: tensor<?x4xf32>):
    %r = local.reduce sum %x0 dims = [0] : tensor<?x4xf32> -> tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @reduce_product(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0> : tensor<i64>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1> : tensor<i64>
// CHECK-NEXT: %[[V2:.*]] = local.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V3:.*]] = local.constant dense<1.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V4:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V5:.*]] = local.get_dimension_size %[[ARG0]], 0 : tensor<?x4xf32>
// CHECK-NEXT: %[[V6:.*]] = local.broadcast_in_dim %[[V3]] dims = [] sizes(%[[V5]]) : tensor<f32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V7:.*]] = local.broadcast_in_dim %[[V2]] dims = [] sizes(%[[V5]]) : tensor<f32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V8:.*]] = local.compare  EQ, %[[ARG0]], %[[V7]] : tensor<?x4xf32> -> tensor<?x4xi1>
// CHECK-NEXT: %[[V9:.*]] = local.select %[[V8]], %[[V6]], %[[ARG0]] : tensor<?x4xi1>, tensor<?x4xf32>
// CHECK-NEXT: %[[V10:.*]] = local.reduce  product %[[V9]] dims = [0] : tensor<?x4xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[V11:.*]] = local.convert %[[V8]] : tensor<?x4xi1> -> tensor<?x4xi64>
// CHECK-NEXT: %[[V12:.*]] = local.reduce  sum %[[V11]] dims = [0] : tensor<?x4xi64> -> tensor<4xi64>
// CHECK-NEXT: %[[V13:.*]] = local.broadcast_in_dim %[[V4]] dims = [1] sizes(%[[V5]]) : tensor<4xf32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V14:.*]] = local.broadcast_in_dim %[[V10]] dims = [1] sizes(%[[V5]]) : tensor<4xf32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V15:.*]] = local.multiply %[[V13]], %[[V14]] : tensor<?x4xf32>
// CHECK-NEXT: %[[V16:.*]] = local.divide %[[V15]], %[[V9]] : tensor<?x4xf32>
// CHECK-NEXT: %[[V17:.*]] = local.broadcast_in_dim %[[V12]] dims = [1] sizes(%[[V5]]) : tensor<4xi64> -> tensor<?x4xi64>
// CHECK-NEXT: %[[V18:.*]] = local.broadcast_in_dim %[[V1]] dims = [] sizes(%[[V5]]) : tensor<i64> -> tensor<?x4xi64>
// CHECK-NEXT: %[[V19:.*]] = local.compare  EQ, %[[V17]], %[[V18]] : tensor<?x4xi64> -> tensor<?x4xi1>
// CHECK-NEXT: %[[V20:.*]] = local.select %[[V19]], %[[V15]], %[[V7]] : tensor<?x4xi1>, tensor<?x4xf32>
// CHECK-NEXT: %[[V21:.*]] = local.broadcast_in_dim %[[V0]] dims = [] sizes(%[[V5]]) : tensor<i64> -> tensor<?x4xi64>
// CHECK-NEXT: %[[V22:.*]] = local.compare  EQ, %[[V17]], %[[V21]] : tensor<?x4xi64> -> tensor<?x4xi1>
// CHECK-NEXT: %[[V23:.*]] = local.select %[[V22]], %[[V16]], %[[V7]] : tensor<?x4xi1>, tensor<?x4xf32>
// CHECK-NEXT: %[[V24:.*]] = local.select %[[V8]], %[[V20]], %[[V23]] : tensor<?x4xi1>, tensor<?x4xf32>
// CHECK-NEXT: return %[[V24]] : tensor<?x4xf32>
// CHECK-NEXT: }
func.func @reduce_product(%a0: tensor<?x4xf32>) -> (tensor<?x4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<?x4xf32>) -> (tensor<f32>, tensor<?x4xf32>) {
  ^bb0(%x0: tensor<?x4xf32>):
    %r = local.reduce product %x0 dims = [0] : tensor<?x4xf32> -> tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @reduce_max(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:.*]] = local.constant dense<4611686018427387904> : tensor<i64>
// CHECK-NEXT: %[[V3:.*]] = local.reduce  max %[[ARG0]] dims = [0] : tensor<?x4xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[V4:.*]] = local.get_dimension_size %[[ARG0]], 0 : tensor<?x4xf32>
// CHECK-NEXT: %[[V5:.*]] = local.iota 0 sizes(%[[V4]]) : tensor<?x4xi64>
// CHECK-NEXT: %[[V6:.*]] = local.broadcast_in_dim %[[V3]] dims = [1] sizes(%[[V4]]) : tensor<4xf32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V7:.*]] = local.compare  EQ, %[[ARG0]], %[[V6]] : tensor<?x4xf32> -> tensor<?x4xi1>
// CHECK-NEXT: %[[V8:.*]] = local.broadcast_in_dim %[[V2]] dims = [] sizes(%[[V4]]) : tensor<i64> -> tensor<?x4xi64>
// CHECK-NEXT: %[[V9:.*]] = local.select %[[V7]], %[[V5]], %[[V8]] : tensor<?x4xi1>, tensor<?x4xi64>
// CHECK-NEXT: %[[V10:.*]] = local.reduce  min %[[V9]] dims = [0] : tensor<?x4xi64> -> tensor<4xi64>
// CHECK-NEXT: %[[V11:.*]] = local.broadcast_in_dim %[[V10]] dims = [1] sizes(%[[V4]]) : tensor<4xi64> -> tensor<?x4xi64>
// CHECK-NEXT: %[[V12:.*]] = local.compare  EQ, %[[V9]], %[[V11]] : tensor<?x4xi64> -> tensor<?x4xi1>
// CHECK-NEXT: %[[V13:.*]] = local.and %[[V7]], %[[V12]] : tensor<?x4xi1>
// CHECK-NEXT: %[[V14:.*]] = local.broadcast_in_dim %[[V0]] dims = [1] sizes(%[[V4]]) : tensor<4xf32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V15:.*]] = local.broadcast_in_dim %[[V1]] dims = [] sizes(%[[V4]]) : tensor<f32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V16:.*]] = local.select %[[V13]], %[[V14]], %[[V15]] : tensor<?x4xi1>, tensor<?x4xf32>
// CHECK-NEXT: return %[[V16]] : tensor<?x4xf32>
// CHECK-NEXT: }
func.func @reduce_max(%a0: tensor<?x4xf32>) -> (tensor<?x4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<?x4xf32>) -> (tensor<f32>, tensor<?x4xf32>) {
  ^bb0(%x0: tensor<?x4xf32>):
    %r = local.reduce max %x0 dims = [0] : tensor<?x4xf32> -> tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @reduce_min(
// CHECK-SAME: %[[ARG0:.*]]: tensor<?x4xf32>) -> tensor<?x4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT: %[[V2:.*]] = local.constant dense<4611686018427387904> : tensor<i64>
// CHECK-NEXT: %[[V3:.*]] = local.reduce  min %[[ARG0]] dims = [0] : tensor<?x4xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[V4:.*]] = local.get_dimension_size %[[ARG0]], 0 : tensor<?x4xf32>
// CHECK-NEXT: %[[V5:.*]] = local.iota 0 sizes(%[[V4]]) : tensor<?x4xi64>
// CHECK-NEXT: %[[V6:.*]] = local.broadcast_in_dim %[[V3]] dims = [1] sizes(%[[V4]]) : tensor<4xf32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V7:.*]] = local.compare  EQ, %[[ARG0]], %[[V6]] : tensor<?x4xf32> -> tensor<?x4xi1>
// CHECK-NEXT: %[[V8:.*]] = local.broadcast_in_dim %[[V2]] dims = [] sizes(%[[V4]]) : tensor<i64> -> tensor<?x4xi64>
// CHECK-NEXT: %[[V9:.*]] = local.select %[[V7]], %[[V5]], %[[V8]] : tensor<?x4xi1>, tensor<?x4xi64>
// CHECK-NEXT: %[[V10:.*]] = local.reduce  min %[[V9]] dims = [0] : tensor<?x4xi64> -> tensor<4xi64>
// CHECK-NEXT: %[[V11:.*]] = local.broadcast_in_dim %[[V10]] dims = [1] sizes(%[[V4]]) : tensor<4xi64> -> tensor<?x4xi64>
// CHECK-NEXT: %[[V12:.*]] = local.compare  EQ, %[[V9]], %[[V11]] : tensor<?x4xi64> -> tensor<?x4xi1>
// CHECK-NEXT: %[[V13:.*]] = local.and %[[V7]], %[[V12]] : tensor<?x4xi1>
// CHECK-NEXT: %[[V14:.*]] = local.broadcast_in_dim %[[V0]] dims = [1] sizes(%[[V4]]) : tensor<4xf32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V15:.*]] = local.broadcast_in_dim %[[V1]] dims = [] sizes(%[[V4]]) : tensor<f32> -> tensor<?x4xf32>
// CHECK-NEXT: %[[V16:.*]] = local.select %[[V13]], %[[V14]], %[[V15]] : tensor<?x4xi1>, tensor<?x4xf32>
// CHECK-NEXT: return %[[V16]] : tensor<?x4xf32>
// CHECK-NEXT: }
func.func @reduce_min(%a0: tensor<?x4xf32>) -> (tensor<?x4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<?x4xf32>) -> (tensor<f32>, tensor<?x4xf32>) {
  ^bb0(%x0: tensor<?x4xf32>):
    %r = local.reduce min %x0 dims = [0] : tensor<?x4xf32> -> tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<?x4xf32>
}
