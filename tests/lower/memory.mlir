// RUN: fed-opt %s --fed-bufferize --canonicalize --verify-each | FileCheck %s --check-prefix=BUFFERS
// RUN: fed-opt %s --fed-bufferize --canonicalize --fed-assign-arena --canonicalize --verify-each | FileCheck %s --check-prefix=ARENA

// BUFFERS-LABEL: func.func @copy
// BUFFERS-NEXT: memref.copy
// BUFFERS-NEXT: return
func.func @copy(%in: memref<4xf32>, %out: memref<4xf32>) {
  %0 = bufferization.to_tensor %in restrict : memref<4xf32> to tensor<4xf32>
  bufferization.materialize_in_destination %0 in restrict writable %out : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// What has gaps is copied by loops.
// BUFFERS-LABEL: func.func @copy_with_gaps
// BUFFERS-NEXT: linalg.copy
// BUFFERS-NEXT: return
func.func @copy_with_gaps(%in: memref<4xf32, strided<[2]>>, %out: memref<4xf32>) {
  %0 = bufferization.to_tensor %in restrict : memref<4xf32, strided<[2]>> to tensor<4xf32>
  bufferization.materialize_in_destination %0 in restrict writable %out : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// Buffers that live at the same time lie behind each other in the arena, the largest first, each at a
// multiple of 64 bytes.
// ARENA: fed.arena_bytes = 256
// ARENA-LABEL: func.func @buffers(
// ARENA-SAME: fed.live_bytes = 256
// ARENA-DAG: %[[C0:.*]] = arith.constant 0 : index
// ARENA-DAG: %[[C192:.*]] = arith.constant 192 : index
// ARENA: llvm.getelementptr %{{.*}}[72]
// ARENA-DAG: memref.view %[[A:.*]][%[[C192]]][] : memref<256xi8> to memref<4xf32>
// ARENA-DAG: memref.view %{{.*}}[%[[C0]]][] : memref<256xi8> to memref<17xf64>
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

// One that is used up before another begins leaves its place to it; %1 is alive beside both.
// ARENA-LABEL: func.func @one_after_the_other(
// ARENA-SAME: fed.live_bytes = 128
// ARENA-DAG: %[[Z:.*]] = arith.constant 0 : index
// ARENA-DAG: %[[M:.*]] = arith.constant 64 : index
// ARENA: memref.view %{{.*}}[%[[Z]]][] : memref<128xi8> to memref<4xf32>
// ARENA: memref.view %{{.*}}[%[[M]]][] : memref<128xi8> to memref<4xf32>
// ARENA: linalg.copy
func.func @one_after_the_other(%frame: !llvm.ptr, %x: f32, %i: index) -> f32 {
  %0 = memref.alloc() : memref<4xf32>
  %1 = memref.alloc() : memref<4xf32>
  %2 = memref.alloc() : memref<4xf32>
  memref.store %x, %0[%i] : memref<4xf32>
  linalg.copy ins(%0 : memref<4xf32>) outs(%1 : memref<4xf32>)
  linalg.copy ins(%1 : memref<4xf32>) outs(%2 : memref<4xf32>)
  %3 = memref.load %2[%i] : memref<4xf32>
  return %3 : f32
}

// What a loop hands on to its next iteration is alive in all of it, and so is what it reads from
// outside: three buffers at once.
// ARENA-LABEL: func.func @loop(
// ARENA-SAME: fed.live_bytes = 192
func.func @loop(%frame: !llvm.ptr, %x: f32, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %outside = memref.alloc() : memref<4xf32>
  %first = memref.alloc() : memref<4xf32>
  memref.store %x, %outside[%c0] : memref<4xf32>
  memref.store %x, %first[%c0] : memref<4xf32>
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%before = %first) -> (memref<4xf32>) {
    %after = memref.alloc() : memref<4xf32>
    linalg.copy ins(%before : memref<4xf32>) outs(%after : memref<4xf32>)
    linalg.copy ins(%outside : memref<4xf32>) outs(%after : memref<4xf32>)
    scf.yield %after : memref<4xf32>
  }
  %3 = memref.load %last[%c0] : memref<4xf32>
  return %3 : f32
}

// An address that goes to memory may be found again at any time.
// ARENA-LABEL: func.func @escapes(
// ARENA-SAME: fed.live_bytes = 128
func.func @escapes(%frame: !llvm.ptr, %place: !llvm.ptr, %x: f32, %i: index) -> f32 {
  %0 = memref.alloc() : memref<4xf32>
  %1 = memref.alloc() : memref<4xf32>
  %address = memref.extract_aligned_pointer_as_index %0 : memref<4xf32> -> index
  %number = arith.index_cast %address : index to i64
  llvm.store %number, %place : i64, !llvm.ptr
  memref.store %x, %1[%i] : memref<4xf32>
  %2 = memref.load %1[%i] : memref<4xf32>
  return %2 : f32
}
