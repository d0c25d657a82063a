// Where polls go, by steps: here at most 100 lie between two.
// RUN: fed-opt %s --fed-insert-polls=limit=100 --canonicalize --cse --verify-each | FileCheck %s
// RUN: fed-opt %s --fed-insert-polls --verify-each | FileCheck %s --check-prefix=SHORT
// RUN: fed-opt %s --fed-insert-polls=limit=100 --convert-scf-to-cf --fed-exit-at-polls --canonicalize --verify-each | FileCheck %s --check-prefix=EXITS
// SHORT-NOT: call @fed.poll(
// SHORT: func.func @rows(

func.func private @fed.poll(!llvm.ptr, i32) -> i1
func.func private @fed.sequence_next(!llvm.ptr, i32, i32, i32, !llvm.ptr, i32) -> i32

// A long flat loop: chunks of a power of two, in the same order, the last one shorter; out of it
// in one step.
// CHECK-LABEL: func.func @flat(
// CHECK-DAG: %[[CHUNK:.*]] = arith.constant 32 : index
// CHECK-DAG: %[[MANY:.*]] = arith.constant 1000 : index
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[MANY]] step %[[CHUNK]] iter_args(%[[X:.*]] = %{{.*}})
// CHECK-NEXT: func.call @fed.poll(%arg0,
// CHECK-NEXT: %[[END:.*]] = arith.addi %[[I]], %[[CHUNK]]
// CHECK-NEXT: %[[STOP:.*]] = arith.minsi %[[END]], %[[MANY]]
// CHECK-NEXT: scf.for %{{.*}} = %[[I]] to %[[STOP]] step %{{.*}} iter_args(%{{.*}} = %[[X]])
// CHECK-NEXT: arith.addi
// CHECK-NEXT: arith.xori
// EXITS-LABEL: func.func @flat(
// EXITS: %[[LEAVE:.*]] = call @fed.poll(
// EXITS-NEXT: cf.cond_br %[[LEAVE]], ^[[EXIT:.*]], ^
// EXITS: ^[[EXIT]]:
// EXITS-NEXT: %[[STATUS:.*]] = call @fed.status(%arg0)
// EXITS-NEXT: return %[[STATUS]]
func.func @flat(%frame: !llvm.ptr) -> i32 {
  %zero = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %many = arith.constant 1000 : index
  %0 = scf.for %i = %c0 to %many step %c1 iter_args(%x = %zero) -> i32 {
    %1 = arith.addi %x, %x : i32
    %2 = arith.xori %1, %zero : i32
    scf.yield %2 : i32
  }
  return %0 : i32
}

// A nest: no call in the inner loop, one a time of the outer one.
// CHECK-LABEL: func.func @nest(
// CHECK: scf.for
// CHECK-NEXT: func.call @fed.poll
// CHECK-NEXT: scf.for
// CHECK-NOT: fed.poll
// CHECK: return
func.func @nest(%frame: !llvm.ptr) -> i32 {
  %zero = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %some = arith.constant 30 : index
  %0 = scf.for %i = %c0 to %some step %c1 iter_args(%x = %zero) -> i32 {
    %1 = scf.for %j = %c0 to %some step %c1 iter_args(%y = %x) -> i32 {
      %2 = arith.addi %y, %y : i32
      scf.yield %2 : i32
    }
    scf.yield %1 : i32
  }
  return %0 : i32
}

// Many short loops behind each other: a poll where the steps add up to the limit. What is as
// short as the limit as a whole has none.
// CHECK-LABEL: func.func @straight(
// CHECK: scf.for
// CHECK-NOT: fed.poll
// CHECK: scf.for
// CHECK: call @fed.poll
// CHECK-NEXT: scf.for
// CHECK-NOT: fed.poll
// CHECK: return
func.func @straight(%frame: !llvm.ptr) -> i32 {
  %zero = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %few = arith.constant 20 : index
  %0 = scf.for %i = %c0 to %few step %c1 iter_args(%x = %zero) -> i32 {
    %3 = arith.addi %x, %x : i32
    scf.yield %3 : i32
  }
  %1 = scf.for %i = %c0 to %few step %c1 iter_args(%x = %0) -> i32 {
    %3 = arith.addi %x, %x : i32
    scf.yield %3 : i32
  }
  %2 = scf.for %i = %c0 to %few step %c1 iter_args(%x = %1) -> i32 {
    %3 = arith.addi %x, %x : i32
    scf.yield %3 : i32
  }
  return %2 : i32
}

// An unknown size is at most the room of what it indexes: 4 elements are few, 400 are not.
// CHECK-LABEL: func.func @unknown(
// CHECK: scf.for
// CHECK-NOT: fed.poll
// CHECK: scf.for
// CHECK: call @fed.poll
// CHECK: scf.for
// CHECK: return
func.func @unknown(%frame: !llvm.ptr) -> i32 {
  %zero = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %memory = memref.alloc() : memref<1600xi8>
  %small = memref.alloc() : memref<4xi32>
  %sizes = memref.alloc() : memref<1xindex>
  %n = memref.load %sizes[%c0] : memref<1xindex>
  %large = memref.view %memory[%c0][%n] : memref<1600xi8> to memref<?xi32>
  scf.for %i = %c0 to %n step %c1 {
    memref.store %zero, %small[%i] : memref<4xi32>
  }
  scf.for %i = %c0 to %n step %c1 {
    memref.store %zero, %large[%i] : memref<?xi32>
  }
  %x = memref.load %small[%c0] : memref<4xi32>
  %y = memref.load %large[%c0] : memref<?xi32>
  %sum = arith.addi %x, %y : i32
  return %sum : i32
}

// The host's sequence polls by itself.
// CHECK-LABEL: func.func @elements(
// CHECK-NOT: fed.poll
// CHECK: return
func.func @elements(%frame: !llvm.ptr) -> i32 {
  %zero = arith.constant 0 : i32
  %0 = scf.while (%x = %zero) : (i32) -> i32 {
    %1 = func.call @fed.sequence_next(%frame, %zero, %zero, %zero, %frame, %zero) : (!llvm.ptr, i32, i32, i32, !llvm.ptr, i32) -> i32
    %2 = arith.cmpi ne, %1, %zero : i32
    scf.condition(%2) %x : i32
  } do {
  ^bb0(%x: i32):
    %1 = arith.addi %x, %x : i32
    scf.yield %1 : i32
  }
  return %0 : i32
}

// Another one counts.
// CHECK-LABEL: func.func @rows(
// CHECK: scf.while
// CHECK: scf.condition
// CHECK: %[[NEXT:.*]] = arith.addi %{{.*}}, %{{.*}} : i64
// CHECK: %[[REST:.*]] = arith.andi %[[NEXT]], %{{.*}} : i64
// CHECK: %[[DUE:.*]] = arith.cmpi eq, %[[REST]], %{{.*}} : i64
// CHECK: scf.if %[[DUE]]
// CHECK-NEXT: func.call @fed.poll
// CHECK: scf.yield {{.*}}, %[[NEXT]]
func.func @rows(%frame: !llvm.ptr) -> i32 {
  %one = arith.constant 1 : i32
  %0 = scf.while (%x = %one) : (i32) -> i32 {
    %2 = arith.cmpi ne, %x, %one : i32
    scf.condition(%2) %x : i32
  } do {
  ^bb0(%x: i32):
    %1 = arith.addi %x, %x : i32
    scf.yield %1 : i32
  }
  return %0 : i32
}
