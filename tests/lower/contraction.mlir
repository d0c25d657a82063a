// RUN: fed-opt %s --local-to-linalg=cpu=x86-64-v3 --split-input-file --verify-each | FileCheck %s
// RUN: fed-opt %s --local-to-linalg=cpu=x86-64-v4 --split-input-file --verify-each | FileCheck %s --check-prefix=MASKED

// A small right side: rows outside, tiles of six rows and one of four; the last columns overlap.
// CHECK-LABEL: func.func @near
// CHECK-NOT: memref<{{[0-9]+}}x16xf32>
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %{{.*}} step %c6{{.*}} {
// CHECK: scf.for %[[J:.*]] = %{{.*}} to %{{.*}} step %c16{{.*}} {
// CHECK: %[[COLUMN:.*]] = arith.minui %[[J]]
// CHECK: vector.transfer_read %{{.*}}[%{{.*}}, %[[COLUMN]]]
// CHECK-COUNT-6: math.fma {{.*}} : vector<16xf32>
// CHECK: scf.for {{.*}} step %c4
// CHECK-COUNT-4: math.fma {{.*}} : vector<16xf32>
func.func @near(%a: tensor<16x3xf32>, %b: tensor<3x40xf32>) -> tensor<16x40xf32> {
  %0 = local.dot_general %a, %b batching = [] x [] contracting = [1] x [0] : (tensor<16x3xf32>, tensor<3x40xf32>) -> tensor<16x40xf32>
  return %0 : tensor<16x40xf32>
}

// -----

// Long sums: blocks of steps outside of all, the sums so far in the output.
// CHECK-LABEL: func.func @long
// CHECK: %[[OUT:.*]] = memref.alloc() {{.*}} : memref<6x16xf32>
// CHECK: scf.for %[[FROM:.*]] = %{{.*}} to %{{.*}} step %c500
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[FROM]]
// CHECK: scf.if %[[FIRST]]
// CHECK: vector.load %[[OUT]]
// CHECK: math.fma
// CHECK: vector.store {{.*}}, %[[OUT]]
func.func @long(%a: tensor<6x2000xf32>, %b: tensor<2000x16xf32>) -> tensor<6x16xf32> {
  %0 = local.dot_general %a, %b batching = [] x [] contracting = [1] x [0] : (tensor<6x2000xf32>, tensor<2000x16xf32>) -> tensor<6x16xf32>
  return %0 : tensor<6x16xf32>
}

// -----

// A transposed right side, by a transposition that is read through: a panel is turned in squares.
// CHECK-LABEL: func.func @turned
// CHECK: %[[PANEL:.*]] = memref.alloc() {{.*}} : memref<64x16xf32>
// CHECK: vector.transfer_read {{.*}} vector<8xf32>
// CHECK: vector.shuffle {{.*}} [0, 1, 2, 3, 8, 9, 10, 11]
// CHECK: vector.store {{.*}}, %[[PANEL]]
// CHECK: scf.for {{.*}} step %c6
// CHECK: vector.load %[[PANEL]]
func.func @turned(%a: tensor<12x64xf32>, %b: tensor<16x64xf32>) -> tensor<12x16xf32> {
  %t = local.transpose %b, permutation = [1, 0] : tensor<16x64xf32> -> tensor<64x16xf32>
  %0 = local.dot_general %a, %t batching = [] x [] contracting = [1] x [0] : (tensor<12x64xf32>, tensor<64x16xf32>) -> tensor<12x16xf32>
  return %0 : tensor<12x16xf32>
}

// -----

// Narrow columns of rows that are neighbours on the left: eight rows have eight registers of eight
// columns, and two of the other two columns of four rows each.
// CHECK-LABEL: func.func @narrow
// CHECK: scf.for {{.*}} step %c8
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: math.fma
// CHECK: vector.shuffle {{.*}} [0, 0, 1, 1, 2, 2, 3, 3]
// CHECK-COUNT-9: math.fma
// CHECK: vector.extract_strided_slice {{.*}} {offsets = [6], sizes = [2], strides = [1]}
func.func @narrow(%a: tensor<20x784xf32>, %b: tensor<20x10xf32>) -> tensor<784x10xf32> {
  %0 = local.dot_general %a, %b batching = [] x [] contracting = [0] x [0] : (tensor<20x784xf32>, tensor<20x10xf32>) -> tensor<784x10xf32>
  return %0 : tensor<784x10xf32>
}

// -----

// Where a part of a vector can be read, ten columns are one register with idle lanes.
// MASKED-LABEL: func.func @idle
// MASKED: %[[MASK:.*]] = vector.constant_mask [10] : vector<16xi1>
// MASKED: vector.transfer_read {{.*}}, %[[MASK]] {in_bounds = [true]} : tensor<784x10xf32>, vector<16xf32>
// MASKED-COUNT-10: math.fma {{.*}} : vector<16xf32>
// MASKED: vector.extract_strided_slice {{.*}} {offsets = [8], sizes = [2], strides = [1]}
func.func @idle(%a: tensor<20x784xf32>, %b: tensor<784x10xf32>) -> tensor<20x10xf32> {
  %0 = local.dot_general %a, %b batching = [] x [] contracting = [1] x [0] : (tensor<20x784xf32>, tensor<784x10xf32>) -> tensor<20x10xf32>
  return %0 : tensor<20x10xf32>
}
