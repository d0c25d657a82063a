// What cannot be compiled is refused where the user wrote it.
// RUN: not fed-opt %s --local-to-linalg --split-input-file 2>&1 | FileCheck %s

// CHECK: half.fed:3:7: error: arithmetic on float16 and bfloat16 is not available in compiled code yet: convert to float32 first
func.func @half(%x: tensor<4xf16>) -> tensor<4xf16> {
  %0 = local.add %x, %x : tensor<4xf16> loc("half.fed":3:7)
  return %0 : tensor<4xf16>
}

// -----

// CHECK: bound.fed:4:9: error: the memory of this value has no bound: dimension 0 is unknown; write its type with a bound, such as `?<=32`
func.func @bound(%n: tensor<i64>) -> tensor<?xi32> {
  %0 = local.iota 0 sizes(%n) : tensor<?xi32> loc("bound.fed":4:9)
  return %0 : tensor<?xi32>
}
