// What linalg says of iterations reaches LLVM: it vectorises without comparing addresses.
// RUN: fed-opt %s --fed-linalg-to-loops --canonicalize --fed-insert-polls=limit=1000 | FileCheck %s
// RUN: fed-opt %s --fed-linalg-to-loops --canonicalize --convert-scf-to-cf --convert-cf-to-llvm --finalize-memref-to-llvm --fed-mark-parallel-loops | FileCheck %s --check-prefix=MARKED
func.func private @fed.poll(!llvm.ptr, i32) -> i1
func.func private @memory() -> memref<100000xf32>

// Rows of a matrix and one number for each: the innermost loop is marked, not the other.
// CHECK: #[[ONE:.*]] = #llvm.loop_annotation<parallelAccesses = #[[GROUP:.*]]>
// CHECK: #[[TWO:.*]] = #llvm.loop_annotation<parallelAccesses = #{{.*}}>
// CHECK-LABEL: func.func @rows(
// CHECK: scf.for
// CHECK: scf.for
// CHECK: memref.store
// CHECK-NEXT: } {llvm.loop_annotation = #[[ONE]]}
// CHECK-NEXT: }
// CHECK-NEXT: return
// MARKED: #[[GROUP:.*]] = #llvm.access_group<
// MARKED-LABEL: func.func @rows(
// MARKED: llvm.load {{.*}} {access_groups = [#[[GROUP]]]}
// MARKED: llvm.load {{.*}} {access_groups = [#[[GROUP]]]}
// MARKED: llvm.store {{.*}} {access_groups = [#[[GROUP]]]}
// MARKED: llvm.br {{.*}} {loop_annotation =
// MARKED: llvm.br ^
// MARKED-NOT: loop_annotation
// MARKED: return
func.func @rows(%x: memref<7x10xf32>, %y: memref<7xf32>, %out: memref<7x10xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%x, %y : memref<7x10xf32>, memref<7xf32>) outs(%out : memref<7x10xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.subf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// Sums along rows are not: each addition waits for the one before.
// CHECK-LABEL: func.func @sums(
// CHECK-NOT: loop_annotation
// CHECK: return
// MARKED-LABEL: func.func @sums(
// MARKED-NOT: {{access_groups|loop_annotation}}
// MARKED: return
func.func @sums(%x: memref<7x10xf32>, %out: memref<7xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<7x10xf32>) outs(%out : memref<7xf32>) {
  ^bb0(%a: f32, %b: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// A long loop that polls is marked inside of its chunks.
// CHECK-LABEL: func.func @long(
// CHECK: scf.for
// CHECK: func.call @fed.poll(
// CHECK: scf.for
// CHECK: memref.store
// CHECK-NEXT: } {llvm.loop_annotation = #[[TWO]]}
// CHECK-NEXT: }
func.func @long(%frame: !llvm.ptr) -> i32 {
  %x = call @memory() : () -> memref<100000xf32>
  %out = call @memory() : () -> memref<100000xf32>
  linalg.copy ins(%x : memref<100000xf32>) outs(%out : memref<100000xf32>)
  %ok = arith.constant 0 : i32
  return %ok : i32
}
