// RUN: fed-opt %s --local-to-linalg --split-input-file --verify-each | FileCheck %s

// The example of the pass: signs go where operations have used them.
// CHECK-LABEL: func.func @unsigned(
// CHECK-SAME: !llvm.ptr, %[[X:[a-z0-9]+]]: tensor<4xi32>, %[[Y:.*]]: tensor<4xi32>) -> tensor<4xi32>
// CHECK: linalg.generic
// CHECK: arith.maxui
func.func @unsigned(%x: tensor<4xui32>, %y: tensor<4xui32>) -> tensor<4xui32> {
  %0 = local.maximum %x, %y : tensor<4xui32>
  return %0 : tensor<4xui32>
}

// -----

// Scalars are values.
// CHECK-LABEL: func.func @scalar(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f32, %[[Y:[a-z0-9]+]]: f32) -> f32
// CHECK-NEXT: %[[R:.*]] = arith.addf %[[X]], %[[Y]] : f32
// CHECK-NEXT: return %[[R]]
func.func @scalar(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  %0 = local.add %x, %y : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// Storage at the bound, a slice of the size; two sizes are compared once.
// CHECK-LABEL: func.func @unknown(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?xf32>, %[[N:[a-z0-9]+]]: index, %[[Y:[a-z0-9]+]]: tensor<?xf32>, %[[M:[a-z0-9]+]]: index)
// CHECK: arith.cmpi ne, %[[N]], %[[M]]
// CHECK: call @fed.fail
// CHECK: %[[K:.*]] = arith.minsi %[[N]], %[[M]]
// CHECK: %[[E:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: tensor.extract_slice %[[E]][0] [%[[K]]] [1]
// CHECK-NOT: arith.cmpi
// CHECK: return
func.func @unknown(%x: tensor<?xf32, #local.bounds<[8]>>, %y: tensor<?xf32, #local.bounds<[8]>>)
    -> tensor<?xf32, #local.bounds<[8]>> {
  %0 = local.add %x, %y : tensor<?xf32, #local.bounds<[8]>>
  %1 = local.multiply %0, %x : tensor<?xf32, #local.bounds<[8]>>
  %2 = local.multiply %y, %1 : tensor<?xf32, #local.bounds<[8]>>
  return %2 : tensor<?xf32, #local.bounds<[8]>>
}

// -----

// Sums stay in registers while the contracted index increases; rows are read along.
// CHECK-LABEL: func.func @dot
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<4xf32>, vector<4xf32>) {
// CHECK: vector.transfer_read
// CHECK: math.fma {{.*}} : vector<4xf32>
// CHECK: vector.store
func.func @dot(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %0 = local.dot_general %a, %b batching = [] x [] contracting = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// Sixteen partials, combined pairwise.
// CHECK-LABEL: func.func @reduce
// CHECK: scf.for {{.*}} -> (vector<16xf32>)
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK: arith.addf {{.*}} : vector<8xf32>
// CHECK: arith.addf {{.*}} : vector<4xf32>
// CHECK: arith.addf {{.*}} : vector<2xf32>
// CHECK: arith.addf {{.*}} : vector<1xf32>
func.func @reduce(%x: tensor<40xf32>) -> tensor<f32> {
  %0 = local.reduce sum %x dims = [0] : tensor<40xf32> -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// Truths need no partials: a loop for each dimension, however many of them --check-nan adds.
// CHECK-LABEL: func.func @all(
// CHECK-NOT: vector
// CHECK: scf.for {{.*}} -> (i1)
// CHECK-NEXT: scf.for {{.*}} -> (i1)
// CHECK-NEXT: tensor.extract
// CHECK-NEXT: arith.andi {{.*}} : i1
// CHECK-NOT: vector
// CHECK: return
func.func @all(%x: tensor<40x3xi1>) -> tensor<i1> {
  %0 = local.reduce all %x dims = [0, 1] : tensor<40x3xi1> -> tensor<i1>
  return %0 : tensor<i1>
}

// -----

// What makes them is done where they are read.
// CHECK-LABEL: func.func @all_finite(
// CHECK: scf.for
// CHECK-NEXT: tensor.extract {{.*}} : tensor<40xf32>
// CHECK-NEXT: math.absf
// CHECK: arith.cmpf olt
// CHECK-NEXT: arith.andi {{.*}} : i1
func.func @all_finite(%x: tensor<40xf32>) -> tensor<i1> {
  %0 = local.is_finite %x : tensor<40xf32> -> tensor<40xi1>
  %1 = local.reduce all %0 dims = [0] : tensor<40xi1> -> tensor<i1>
  return %1 : tensor<i1>
}

// -----

// Only one branch runs; tensors come out of it in a buffer.
// CHECK-LABEL: func.func @if
// CHECK: %[[B:.*]] = memref.alloc() {alignment = 64 : i64} : memref<3xf32>
// CHECK: %[[S:.*]] = scf.if %{{.*}} -> (i32) {
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[B]]
// CHECK: } else {
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[B]]
// CHECK: bufferization.to_tensor %[[B]] restrict
func.func @if(%c: tensor<i1>, %x: tensor<3xf32>, %i: tensor<i32>, %j: tensor<i32>) -> (tensor<3xf32>, tensor<i32>) {
  %0:2 = local.if %c -> tensor<3xf32>, tensor<i32> {
    local.yield %x, %i : tensor<3xf32>, tensor<i32>
  } else {
    %y = local.negate %x : tensor<3xf32>
    local.yield %y, %j : tensor<3xf32>, tensor<i32>
  }
  return %0#0, %0#1 : tensor<3xf32>, tensor<i32>
}

// -----

// Integer division never traps: by zero it reports and gives 0.
// CHECK-LABEL: func.func @divide
// CHECK: call @fed.fail
// CHECK: arith.divsi
// CHECK: arith.select
func.func @divide(%x: tensor<i32>, %y: tensor<i32>) -> tensor<i32> {
  %0 = local.divide %x, %y : tensor<i32>
  return %0 : tensor<i32>
}
