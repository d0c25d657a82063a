// Tensors without elements: nothing is inserted, since offsets in them would lie outside.
// RUN: fed-opt %s --local-to-linalg --verify-each | FileCheck %s

// CHECK-LABEL: func.func @concatenate
// CHECK-NOT: insert_slice
func.func @concatenate(%a: tensor<2x0x5xf32>, %b: tensor<3x0x5xf32>) -> tensor<5x0x5xf32> {
  %0 = local.concatenate %a, %b dim = 0 : (tensor<2x0x5xf32>, tensor<3x0x5xf32>) -> tensor<5x0x5xf32>
  return %0 : tensor<5x0x5xf32>
}

// A view of what has no elements has no offsets either, whatever its sizes.
// CHECK-LABEL: func.func @unknown
// CHECK: memref.reinterpret_cast
func.func @unknown(%a: tensor<?x0xf32, #local.bounds<[4, -1]>>) -> tensor<?x0xf32, #local.bounds<[4, -1]>> {
  %0 = local.negate %a : tensor<?x0xf32, #local.bounds<[4, -1]>>
  return %0 : tensor<?x0xf32, #local.bounds<[4, -1]>>
}
