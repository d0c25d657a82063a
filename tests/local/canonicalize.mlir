// RUN: fed-opt %s --canonicalize --cse --split-input-file --verify-each | FileCheck %s

// CHECK-LABEL: func.func @neutral_elements
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[N:.*]]: tensor<4xi32>)
func.func @neutral_elements(%x: tensor<4xf32>, %n: tensor<4xi32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) {
  %zero = local.constant dense<0.0> : tensor<4xf32>
  %minus_zero = local.constant dense<-0.0> : tensor<4xf32>
  %one = local.constant dense<1.0> : tensor<4xf32>
  %i0 = local.constant dense<0> : tensor<4xi32>
  %i1 = local.constant dense<1> : tensor<4xi32>
  %a = local.add %x, %minus_zero : tensor<4xf32>
  %b = local.subtract %a, %zero : tensor<4xf32>
  %c = local.multiply %b, %one : tensor<4xf32>
  %d = local.divide %c, %one : tensor<4xf32>
  // -0.0 + 0.0 is 0.0 and -0.0 - -0.0 is 0.0: neither gives x back.
  // CHECK-DAG: %[[E:.*]] = local.add %[[X]], %{{.*}} : tensor<4xf32>
  %e = local.add %x, %zero : tensor<4xf32>
  // CHECK-DAG: %[[F:.*]] = local.subtract %[[X]], %{{.*}} : tensor<4xf32>
  %f = local.subtract %x, %minus_zero : tensor<4xf32>
  // NaN * 0.0 is NaN.
  // CHECK-DAG: %[[G:.*]] = local.multiply %[[X]], %{{.*}} : tensor<4xf32>
  %g = local.multiply %x, %zero : tensor<4xf32>
  %h = local.add %i0, %n : tensor<4xi32>
  %i = local.multiply %h, %i1 : tensor<4xi32>
  // CHECK-DAG: %[[J:.*]] = local.constant dense<0> : tensor<4xi32>
  %j = local.multiply %n, %i0 : tensor<4xi32>
  %k = local.negate %n : tensor<4xi32>
  %l = local.negate %k : tensor<4xi32>
  // CHECK: return %[[X]], %[[E]], %[[F]], %[[G]], %[[N]], %[[J]], %[[N]]
  return %d, %e, %f, %g, %i, %j, %l : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>
}

// -----

// The same of a splat that is spread over an unknown size, where that is the other operand's.
// CHECK-LABEL: func.func @neutral_spread
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[M:.*]]: tensor<i64>)
func.func @neutral_spread(%x: tensor<?x4xf32>, %m: tensor<i64>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %one = local.constant dense<1.0> : tensor<f32>
  %n = local.get_dimension_size %x, 0 : tensor<?x4xf32>
  %y = local.exp %x : tensor<?x4xf32>
  %ones = local.broadcast_in_dim %one dims = [] sizes(%n) : tensor<f32> -> tensor<?x4xf32>
  // CHECK: %[[Y:.*]] = local.exp %[[X]]
  %a = local.multiply %ones, %y : tensor<?x4xf32>
  // Another size must be checked.
  // CHECK: %[[B:.*]] = local.multiply
  %others = local.broadcast_in_dim %one dims = [] sizes(%m) : tensor<f32> -> tensor<?x4xf32>
  %b = local.multiply %y, %others : tensor<?x4xf32>
  // CHECK: return %[[Y]], %[[B]]
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func.func @arithmetic
func.func @arithmetic() -> (tensor<2xf32>, tensor<3xi8>, tensor<3xi8>, tensor<3xui8>, tensor<f32>, tensor<2xf32>) {
  %x = local.constant dense<[0.1, 3.0]> : tensor<2xf32>
  %y = local.constant dense<[0.2, 2.0]> : tensor<2xf32>
  // CHECK-DAG: %[[A:.*]] = local.constant dense<[3.000000e-01, 5.000000e+00]> : tensor<2xf32>
  %a = local.add %x, %y : tensor<2xf32>
  %i = local.constant dense<[-7, 7, -128]> : tensor<3xi8>
  %j = local.constant dense<[2, -2, -1]> : tensor<3xi8>
  // CHECK-DAG: %[[B:.*]] = local.constant dense<[-3, -3, -128]> : tensor<3xi8>
  %b = local.divide %i, %j : tensor<3xi8>
  // CHECK-DAG: %[[C:.*]] = local.constant dense<[-1, 1, 0]> : tensor<3xi8>
  %c = local.remainder %i, %j : tensor<3xi8>
  %u = local.constant dense<[200, 7, 1]> : tensor<3xui8>
  %v = local.constant dense<[100, 2, 255]> : tensor<3xui8>
  // CHECK-DAG: %[[D:.*]] = local.constant dense<[44, 9, 0]> : tensor<3xui8>
  %d = local.add %u, %v : tensor<3xui8>
  // A NaN's bits differ between targets: left to them.
  // CHECK-DAG: %[[E:.*]] = local.divide
  %zero = local.constant dense<0.0> : tensor<f32>
  %e = local.divide %zero, %zero : tensor<f32>
  // CHECK-DAG: %[[F:.*]] = local.constant dense<[2.000000e-01, 3.000000e+00]> : tensor<2xf32>
  %f = local.maximum %x, %y : tensor<2xf32>
  // CHECK: return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]], %[[F]]
  return %a, %b, %c, %d, %e, %f : tensor<2xf32>, tensor<3xi8>, tensor<3xi8>, tensor<3xui8>, tensor<f32>, tensor<2xf32>
}

// -----

// Division by zero fails at run time, at its place.
// CHECK-LABEL: func.func @division_by_zero
// CHECK: local.divide
func.func @division_by_zero() -> tensor<i32> {
  %x = local.constant dense<1> : tensor<i32>
  %y = local.constant dense<0> : tensor<i32>
  %z = local.divide %x, %y : tensor<i32>
  return %z : tensor<i32>
}

// -----

// CHECK-LABEL: func.func @conversions
func.func @conversions() -> (tensor<3xi8>, tensor<3xui8>, tensor<2xf32>, tensor<2xi1>, tensor<2xf16>) {
  %x = local.constant dense<[1.9, -1.0e9, 0x7FC00000]> : tensor<3xf32>
  // CHECK-DAG: %[[A:.*]] = local.constant dense<[1, -128, 0]> : tensor<3xi8>
  %a = local.convert %x : tensor<3xf32> -> tensor<3xi8>
  // CHECK-DAG: %[[B:.*]] = local.constant dense<[1, 0, 0]> : tensor<3xui8>
  %b = local.convert %x : tensor<3xf32> -> tensor<3xui8>
  %i = local.constant dense<[16777217, -3]> : tensor<2xi32>
  // CHECK-DAG: %[[C:.*]] = local.constant dense<[0x4B800000, -3.000000e+00]> : tensor<2xf32>
  %c = local.convert %i : tensor<2xi32> -> tensor<2xf32>
  %t = local.constant dense<[0, 256]> : tensor<2xi32>
  // CHECK-DAG: %[[D:.*]] = local.constant dense<[false, true]> : tensor<2xi1>
  %d = local.convert %t : tensor<2xi32> -> tensor<2xi1>
  // CHECK-DAG: %[[E:.*]] = local.constant dense<[0.000000e+00, 2.560000e+02]> : tensor<2xf16>
  %e = local.convert %t : tensor<2xi32> -> tensor<2xf16>
  // CHECK: return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]]
  return %a, %b, %c, %d, %e : tensor<3xi8>, tensor<3xui8>, tensor<2xf32>, tensor<2xi1>, tensor<2xf16>
}

// -----

// CHECK-LABEL: func.func @comparisons
func.func @comparisons() -> (tensor<3xi1>, tensor<3xi1>, tensor<2xi1>) {
  %x = local.constant dense<[0.0, 1.0, 0x7FC00000]> : tensor<3xf32>
  %y = local.constant dense<[-0.0, 2.0, 0.0]> : tensor<3xf32>
  // CHECK-DAG: %[[A:.*]] = local.constant dense<[true, false, false]> : tensor<3xi1>
  %a = local.compare EQ, %x, %y : tensor<3xf32> -> tensor<3xi1>
  // CHECK-DAG: %[[B:.*]] = local.constant dense<[false, true, true]> : tensor<3xi1>
  %b = local.compare NE, %x, %y : tensor<3xf32> -> tensor<3xi1>
  %u = local.constant dense<[200, 1]> : tensor<2xui8>
  %v = local.constant dense<[100, 2]> : tensor<2xui8>
  // CHECK-DAG: %[[C:.*]] = local.constant dense<[false, true]> : tensor<2xi1>
  %c = local.compare LT, %u, %v : tensor<2xui8> -> tensor<2xi1>
  // CHECK: return %[[A]], %[[B]], %[[C]]
  return %a, %b, %c : tensor<3xi1>, tensor<3xi1>, tensor<2xi1>
}

// -----

// CHECK-LABEL: func.func @shapes
// CHECK-SAME: (%[[X:.*]]: tensor<4x3xf32>)
func.func @shapes(%x: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<4x3xf32>, tensor<12xf32>, tensor<5x4x3xf32>, tensor<2x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>) {
  %a0 = local.transpose %x, permutation = [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  %a = local.transpose %a0, permutation = [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  %b = local.broadcast_in_dim %x dims = [0, 1] : tensor<4x3xf32> -> tensor<4x3xf32>
  // CHECK-DAG: %[[C:.*]] = local.reshape %[[X]] : tensor<4x3xf32> -> tensor<12xf32>
  %c0 = local.reshape %x : tensor<4x3xf32> -> tensor<2x6xf32>
  %c = local.reshape %c0 : tensor<2x6xf32> -> tensor<12xf32>
  // CHECK-DAG: %[[D:.*]] = local.broadcast_in_dim %[[X]] dims = [1, 2] : tensor<4x3xf32> -> tensor<5x4x3xf32>
  %d0 = local.broadcast_in_dim %x dims = [0, 1] : tensor<4x3xf32> -> tensor<4x3x1xf32>
  %d1 = local.broadcast_in_dim %x dims = [1, 2] : tensor<4x3xf32> -> tensor<1x4x3xf32>
  %d = local.broadcast_in_dim %d1 dims = [0, 1, 2] : tensor<1x4x3xf32> -> tensor<5x4x3xf32>
  // CHECK-DAG: %[[E:.*]] = local.constant dense<1.000000e+00> : tensor<2x3xf32>
  %one = local.constant dense<1.0> : tensor<f32>
  %e = local.broadcast_in_dim %one dims = [] : tensor<f32> -> tensor<2x3xf32>
  %f = local.slice %x start = [0, 0] limit = [4, 3] strides = [1, 1] : tensor<4x3xf32> -> tensor<4x3xf32>
  %g0 = local.pad %x low = [0, 0] high = [0, 0] interior = [0, 0] : tensor<4x3xf32> -> tensor<4x3xf32>
  %g = local.concatenate %g0 dim = 0 : (tensor<4x3xf32>) -> tensor<4x3xf32>
  // CHECK: return %[[X]], %[[X]], %[[C]], %[[D]], %[[E]], %[[X]], %[[X]]
  return %a, %b, %c, %d, %e, %f, %g : tensor<4x3xf32>, tensor<4x3xf32>, tensor<12xf32>, tensor<5x4x3xf32>, tensor<2x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>
}

// -----

// A size is traced to where it is said.
// CHECK-LABEL: func.func @sizes
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x?xf32>, %[[N:.*]]: tensor<i64>)
func.func @sizes(%x: tensor<?x4xf32>, %w: tensor<4x?xf32>, %n: tensor<i64>) -> (tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>) {
  // CHECK-DAG: %[[FOUR:.*]] = local.constant dense<4> : tensor<i64>
  %four = local.get_dimension_size %x, 1 : tensor<?x4xf32>
  %i = local.iota 0 sizes(%n) : tensor<?x4xf32>
  %j = local.exp %i : tensor<?x4xf32>
  %a = local.get_dimension_size %j, 0 : tensor<?x4xf32>
  %d = local.dot_general %x, %w batching = [] x [] contracting = [1] x [0] : (tensor<?x4xf32>, tensor<4x?xf32>) -> tensor<?x?xf32>
  %t = local.transpose %d, permutation = [1, 0] : tensor<?x?xf32> -> tensor<?x?xf32>
  // CHECK-DAG: %[[B:.*]] = local.get_dimension_size %[[W]], 1 : tensor<4x?xf32>
  %b = local.get_dimension_size %t, 0 : tensor<?x?xf32>
  %r = local.reduce sum %t dims = [0] : tensor<?x?xf32> -> tensor<?xf32>
  // CHECK-DAG: %[[C:.*]] = local.get_dimension_size %[[X]], 0 : tensor<?x4xf32>
  %c = local.get_dimension_size %r, 0 : tensor<?xf32>
  %s = local.slice %x start = [0, 1] limit = [-1, 2] strides = [1, 1] : tensor<?x4xf32> -> tensor<?x1xf32>
  %e = local.get_dimension_size %s, 0 : tensor<?x1xf32>
  // CHECK: return %[[FOUR]], %[[N]], %[[B]], %[[C]], %[[C]] :
  return %four, %a, %b, %c, %e : tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>
}

// -----

// A cast that only forgets needs no check in between; one that asserts does.
// CHECK-LABEL: func.func @casts
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[Y:.*]]: tensor<?xf32>)
func.func @casts(%x: tensor<4xf32>, %y: tensor<?xf32>) -> (tensor<4xf32>, tensor<?xf32>) {
  %a = local.cast %x : tensor<4xf32> -> tensor<?xf32>
  %b = local.cast %a : tensor<?xf32> -> tensor<4xf32>
  // CHECK: %[[C:.*]] = local.cast %[[Y]] : tensor<?xf32> -> tensor<4xf32>
  %c = local.cast %y : tensor<?xf32> -> tensor<4xf32>
  // CHECK: %[[D:.*]] = local.cast %[[C]] : tensor<4xf32> -> tensor<?xf32>
  %d = local.cast %c : tensor<4xf32> -> tensor<?xf32>
  // CHECK: return %[[X]], %[[D]]
  return %b, %d : tensor<4xf32>, tensor<?xf32>
}

// -----

// CHECK-LABEL: func.func @control
// CHECK-SAME: (%[[C:.*]]: tensor<i1>, %[[X:.*]]: tensor<f32>, %[[Y:.*]]: tensor<f32>)
func.func @control(%c: tensor<i1>, %x: tensor<f32>, %y: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<i1>, tensor<i1>) {
  %true = local.constant dense<true> : tensor<i1>
  %false = local.constant dense<false> : tensor<i1>
  // CHECK: %[[A:.*]] = local.exp %[[Y]]
  %a = local.if %false -> tensor<f32> {
    local.yield %x : tensor<f32>
  } else {
    %0 = local.exp %y : tensor<f32>
    local.yield %0 : tensor<f32>
  }
  // CHECK-NOT: local.assert %true
  local.assert %true, "holds"
  // CHECK: local.assert %[[C]], "must hold"
  local.assert %c, "must hold"
  %b = local.select %true, %x, %y : tensor<i1>, tensor<f32>
  %d = local.and %true, %c : tensor<i1>
  %e0 = local.not %c : tensor<i1>
  %e1 = local.not %e0 : tensor<i1>
  %e = local.or %e1, %false : tensor<i1>
  // CHECK: return %[[A]], %[[X]], %[[C]], %[[C]]
  return %a, %b, %d, %e : tensor<f32>, tensor<f32>, tensor<i1>, tensor<i1>
}
