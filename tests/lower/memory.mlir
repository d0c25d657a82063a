// RUN: fed-opt %s --fed-bufferize --canonicalize --verify-each | FileCheck %s --check-prefix=BUFFERS
// RUN: fed-opt %s --fed-bufferize --canonicalize --fed-assign-arena --canonicalize --verify-each | FileCheck %s --check-prefix=ARENA

// BUFFERS-LABEL: func.func @copy
// BUFFERS-NEXT: linalg.copy
// BUFFERS-NEXT: return
func.func @copy(%in: memref<4xf32>, %out: memref<4xf32>) {
  %0 = bufferization.to_tensor %in restrict : memref<4xf32> to tensor<4xf32>
  bufferization.materialize_in_destination %0 in restrict writable %out : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// Buffers of a function lie behind each other in the arena, each at a multiple of 64 bytes.
// ARENA: fed.arena_bytes = 256
// ARENA-LABEL: func.func @buffers(
// ARENA-DAG: %[[C0:.*]] = arith.constant 0 : index
// ARENA-DAG: %[[C64:.*]] = arith.constant 64 : index
// ARENA: llvm.getelementptr %{{.*}}[72]
// ARENA: memref.view %[[A:.*]][%[[C0]]][] : memref<256xi8> to memref<4xf32>
// ARENA: memref.view %[[A]][%[[C64]]][] : memref<256xi8> to memref<17xf64>
// ARENA-NOT: memref.alloc
func.func @buffers(%frame: !llvm.ptr, %x: f32, %y: f64, %i: index) -> (f32, f64) {
  %0 = memref.alloc() : memref<4xf32>
  %1 = memref.alloc() : memref<17xf64>
  memref.store %x, %0[%i] : memref<4xf32>
  memref.store %y, %1[%i] : memref<17xf64>
  %2 = memref.load %0[%i] : memref<4xf32>
  %3 = memref.load %1[%i] : memref<17xf64>
  return %2, %3 : f32, f64
}
