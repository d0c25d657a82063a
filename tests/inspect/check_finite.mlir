// RUN: fed-opt --local-check-finite %s | FileCheck %s

// Each value is looked at once, where it is made.
// CHECK-LABEL: @chain
// CHECK: %[[X:.*]] = local.is_finite %arg0
// CHECK-NEXT: %[[ALL:.*]] = local.reduce all %[[X]] dims = [0]
// CHECK-NEXT: %[[LOG:.*]] = local.log %arg0
// CHECK-NEXT: %[[F:.*]] = local.is_finite %[[LOG]]
// CHECK-NEXT: %[[FINITE:.*]] = local.reduce all %[[F]] dims = [0]
// CHECK-NEXT: %[[N:.*]] = local.is_nan %[[LOG]]
// CHECK-NEXT: %[[NN:.*]] = local.not %[[N]]
// CHECK-NEXT: %[[NONAN:.*]] = local.reduce all %[[NN]] dims = [0]
// CHECK-NEXT: %[[UNKNOWN:.*]] = local.not %[[ALL]]
// CHECK-NEXT: %[[A:.*]] = local.or %[[UNKNOWN]], %[[NONAN]]
// CHECK-NEXT: local.assert %[[A]], "`log` makes NaN of finite numbers"
// CHECK-NEXT: %[[B:.*]] = local.or %[[UNKNOWN]], %[[FINITE]]
// CHECK-NEXT: local.assert %[[B]], "`log` makes an infinity of finite numbers"
// CHECK-NEXT: local.add %[[LOG]], %arg0
// CHECK: local.and
// CHECK: "`add` makes NaN of finite numbers"
func.func @chain(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = local.log %x : tensor<?xf32>
  %1 = local.add %0, %x : tensor<?xf32>
  return %1 : tensor<?xf32>
}

// Scalars are no tensors to be reduced; integers and constants are nothing to be looked at.
// CHECK-LABEL: @scalar
// CHECK-NOT: local.reduce
// CHECK: local.divide
// CHECK-NOT: "`constant`
// CHECK: "`divide` makes an infinity of finite numbers"
// CHECK-NOT: local.assert
// CHECK: local.negate %arg1
func.func @scalar(%x: tensor<f64>, %n: tensor<4xi32>) -> (tensor<f64>, tensor<4xi32>) {
  %c = local.constant dense<0x7FF0000000000000> : tensor<f64>
  %0 = local.divide %c, %x : tensor<f64>
  %1 = local.negate %n : tensor<4xi32>
  return %0, %1 : tensor<f64>, tensor<4xi32>
}

// What stands in regions is looked at there.
// CHECK-LABEL: @region
// CHECK: local.if
// CHECK: local.sqrt
// CHECK: "`sqrt` makes NaN of finite numbers"
// CHECK: else
func.func @region(%c: tensor<i1>, %x: tensor<f32>) -> tensor<f32> {
  %0 = local.if %c -> tensor<f32> {
    %1 = local.sqrt %x : tensor<f32>
    local.yield %1 : tensor<f32>
  } else {
    local.yield %x : tensor<f32>
  }
  return %0 : tensor<f32>
}
