// What is handed from part to part is something that LLVM has machine code for, on every processor.
// RUN: fed-opt %s --fed-outline-parts=limit=3 --verify-each | FileCheck %s
// RUN: fed-opt %s --fed-outline-parts=limit=2 --convert-vector-to-llvm --convert-func-to-llvm --convert-arith-to-llvm --reconcile-unrealized-casts -o %t.mlir
// RUN: mlir-translate-22 --mlir-to-llvmir %t.mlir -o %t.ll
// RUN: clang-22 -Wno-override-module --target=x86_64-linux-gnu -march=x86-64-v3 -O2 -c %t.ll -o %t.v3.o
// RUN: clang-22 -Wno-override-module --target=x86_64-linux-gnu -march=x86-64-v4 -O2 -c %t.ll -o %t.v4.o
// RUN: clang-22 -Wno-override-module --target=aarch64-linux-gnu -O2 -c %t.ll -o %t.arm.o

// Between functions a vector of one element is its element, both ways: for processors with AVX-512 LLVM
// has no way to take a <1 x i1>. Longer ones are handed over as they are.
// CHECK-LABEL: func.func @vectors_of_one(
// CHECK: %[[X:.*]] = vector.extract %arg1[0] : i1 from vector<1xi1>
// CHECK: %[[Y:.*]] = vector.extract %arg2[0, 0] : f32 from vector<1x1xf32>
// CHECK: %[[V:.*]]:3 = call @vectors_of_one.part.1(%arg0, %[[X]], %[[Y]], %arg3) : (!llvm.ptr, i1, f32, vector<2xi1>) -> (i1, f32, vector<2xi1>)
// CHECK: vector.broadcast %[[V]]#0 : i1 to vector<1xi1>
// CHECK: vector.broadcast %[[V]]#1 : f32 to vector<1x1xf32>
// CHECK-LABEL: func.func private @vectors_of_one.part.1(
// CHECK: %[[A:.*]] = vector.broadcast %arg1 : i1 to vector<1xi1>
// CHECK: %[[B:.*]] = vector.broadcast %arg2 : f32 to vector<1x1xf32>
// CHECK: %[[O:.*]] = arith.ori %[[A]], %[[A]] : vector<1xi1>
// CHECK: %[[M:.*]] = arith.mulf %[[B]], %[[B]] : vector<1x1xf32>
// CHECK: %[[W:.*]] = arith.ori %arg3, %arg3 : vector<2xi1>
// CHECK-DAG: %[[O0:.*]] = vector.extract %[[O]][0]
// CHECK-DAG: %[[M0:.*]] = vector.extract %[[M]][0, 0]
// CHECK: return %[[O0]], %[[M0]], %[[W]] : i1, f32, vector<2xi1>
func.func @vectors_of_one(%frame: !llvm.ptr, %x: vector<1xi1>, %y: vector<1x1xf32>, %z: vector<2xi1>) -> (vector<1xi1>, vector<1x1xf32>, vector<2xi1>) {
  %0 = arith.ori %x, %x : vector<1xi1>
  %1 = arith.mulf %y, %y : vector<1x1xf32>
  %2 = arith.ori %z, %z : vector<2xi1>
  %3 = arith.andi %0, %0 : vector<1xi1>
  %4 = arith.addf %1, %1 : vector<1x1xf32>
  %5 = arith.andi %2, %2 : vector<2xi1>
  %6 = arith.xori %2, %5 : vector<2xi1>
  return %3, %4, %6 : vector<1xi1>, vector<1x1xf32>, vector<2xi1>
}

// The last two of some truths: a vector of one element each.
func.func @any(%frame: !llvm.ptr, %truths: vector<2xi1>) -> i1 {
  %0 = vector.extract_strided_slice %truths {offsets = [0], sizes = [1], strides = [1]} : vector<2xi1> to vector<1xi1>
  %1 = vector.extract_strided_slice %truths {offsets = [1], sizes = [1], strides = [1]} : vector<2xi1> to vector<1xi1>
  %2 = arith.ori %0, %1 : vector<1xi1>
  %3 = vector.extract %2[0] : i1 from vector<1xi1>
  %4 = arith.xori %3, %3 : i1
  return %3 : i1
}
