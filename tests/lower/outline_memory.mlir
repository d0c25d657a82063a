// More numbers than registers take come back from a part through memory, by type.
// RUN: fed-opt %s --fed-outline-parts=limit=6 --verify-each | FileCheck %s

// CHECK-LABEL: func.func @many(
// CHECK-DAG: %[[F:.*]] = memref.alloca() : memref<5xf32>
// CHECK-DAG: %[[I:.*]] = memref.alloca() : memref<1xi32>
// CHECK: call @many.part.1(%arg0, %arg1, %arg2, %[[F]], %[[I]]) : (!llvm.ptr, f32, i32, memref<5xf32>, memref<1xi32>) -> ()
// CHECK-COUNT-5: memref.load %[[F]]
// CHECK: %[[N:.*]] = memref.load %[[I]]
// CHECK: call @many.part.2(%arg0,
// CHECK-LABEL: func.func private @many.part.1(
// CHECK-COUNT-6: memref.store
// CHECK-NEXT: return
func.func @many(%frame: !llvm.ptr, %x: f32, %n: i32) -> (f32, i32) {
  %0 = arith.addf %x, %x : f32
  %1 = arith.addf %0, %x : f32
  %2 = arith.addf %1, %x : f32
  %3 = arith.addf %2, %x : f32
  %4 = arith.addf %3, %x : f32
  %m = arith.addi %n, %n : i32
  %5 = arith.mulf %0, %1 : f32
  %6 = arith.mulf %5, %2 : f32
  %7 = arith.mulf %6, %3 : f32
  %8 = arith.mulf %7, %4 : f32
  %9 = arith.mulf %8, %8 : f32
  %10 = arith.mulf %9, %8 : f32
  %11 = arith.mulf %10, %8 : f32
  return %11, %m : f32, i32
}
