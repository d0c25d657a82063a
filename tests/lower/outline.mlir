// Where long code is cut: here parts are of about three operations.
// RUN: fed-opt %s --fed-outline-parts=limit=3 --verify-each | FileCheck %s
// RUN: fed-opt %s --fed-outline-parts --verify-each | FileCheck %s --check-prefix=SHORT
// RUN: fed-opt %s --fed-outline-parts=limit=3 --convert-scf-to-cf --fed-exit-at-polls --verify-each | FileCheck %s --check-prefix=EXITS
// SHORT-NOT: part

func.func private @fed.poll(!llvm.ptr, i32) -> i1

// Constants, addresses and fields of the frame are computed again in each part; other values are
// handed over and returned. What is left is less than a part and stays.
// CHECK-LABEL: func.func @straight(
// CHECK: %[[A:.*]]:2 = call @straight.part.1(%arg0, %arg1) : (!llvm.ptr, f32) -> (f32, f32)
// CHECK: %[[B:.*]] = call @straight.part.2(%arg0, %[[A]]#1, %[[A]]#0) : (!llvm.ptr, f32, f32) -> f32
// CHECK-NEXT: %[[C:.*]] = arith.addf %[[B]], %[[B]]
// CHECK-NEXT: return %[[C]]
func.func @straight(%frame: !llvm.ptr, %x: f32) -> f32 {
  %two = arith.constant 2.0 : f32
  %field = llvm.getelementptr %frame[72] : (!llvm.ptr) -> !llvm.ptr, i8
  %arena = llvm.load %field : !llvm.ptr -> !llvm.ptr
  %0 = arith.mulf %x, %two : f32
  %1 = arith.addf %0, %x : f32
  llvm.store %1, %arena : f32, !llvm.ptr
  %2 = arith.mulf %1, %two : f32
  %3 = arith.addf %2, %0 : f32
  llvm.store %3, %arena : f32, !llvm.ptr
  %4 = arith.addf %3, %3 : f32
  return %4 : f32
}

// A loop whose body is long is cut inside, then it is a part itself. A part that polls says whether
// to leave, and so does one that calls it; one that does not poll has nothing to say.
// CHECK-LABEL: func.func @loop(
// CHECK: %[[L:.*]] = call @loop.part.3(%arg0) : (!llvm.ptr) -> i32
// CHECK: return %[[L]]
// EXITS-LABEL: func.func @loop(
// EXITS: %[[L:.*]]:2 = call @loop.part.3(%arg0) : (!llvm.ptr) -> (i1, i32)
// EXITS-NEXT: cf.cond_br %[[L]]#0, ^[[EXIT:.*]], ^
// EXITS: return %[[L]]#1
// EXITS: ^[[EXIT]]:
// EXITS-NEXT: call @fed.status(%arg0)
func.func @loop(%frame: !llvm.ptr) -> i32 {
  %zero = arith.constant 0 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %many = arith.constant 100 : index
  %0 = scf.for %i = %c0 to %many step %c1 iter_args(%x = %zero) -> i32 {
    %leave = func.call @fed.poll(%frame, %zero) : (!llvm.ptr, i32) -> i1
    %1 = arith.addi %x, %x : i32
    %2 = arith.xori %1, %x : i32
    %3 = arith.addi %2, %2 : i32
    %4 = arith.xori %3, %2 : i32
    %5 = arith.addi %4, %2 : i32
    scf.yield %5 : i32
  }
  return %0 : i32
}

// What has room on the stack stays in its function.
// CHECK-LABEL: func.func @stack(
// CHECK: memref.alloca
// CHECK: call @stack.part.1(%arg0, %{{.*}}, %{{.*}}, %{{.*}}) : (!llvm.ptr, f32, f32, memref<f32>) -> ()
func.func @stack(%frame: !llvm.ptr, %x: f32) -> f32 {
  %0 = arith.addf %x, %x : f32
  %m = memref.alloca() : memref<f32>
  %1 = arith.addf %0, %x : f32
  memref.store %1, %m[] : memref<f32>
  %2 = arith.addf %1, %0 : f32
  %3 = memref.load %m[] : memref<f32>
  return %3 : f32
}

// CHECK-LABEL: func.func private @straight.part.1(
// CHECK-SAME: attributes {fed.part, llvm.linkage = #llvm.linkage<internal>, passthrough = ["noinline"]}
// CHECK: arith.constant 2.0
// CHECK: llvm.load
// CHECK-LABEL: func.func private @loop.part.3(
// CHECK: scf.for
// CHECK: %[[R:.*]] = func.call @loop.part.1(%arg0, %{{.*}}) : (!llvm.ptr, i32) -> i32
// CHECK: func.call @loop.part.2(%arg0, %[[R]]
// EXITS-LABEL: func.func private @loop.part.1(
// EXITS-SAME: -> (i1, i32)
// EXITS: call @fed.poll
// EXITS: cf.cond_br
// EXITS: return %false
// EXITS: %[[ANY:.*]] = ub.poison : i32
// EXITS: return %true{{.*}}, %[[ANY]]
// EXITS-LABEL: func.func private @loop.part.2(
// EXITS-SAME: -> i32
// EXITS-LABEL: func.func private @loop.part.3(
// EXITS-SAME: -> (i1, i32)
// EXITS: %[[P:.*]]:2 = call @loop.part.1(
// EXITS-NEXT: cf.cond_br %[[P]]#0
// EXITS: call @loop.part.2(
