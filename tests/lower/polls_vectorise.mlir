// A loop that polls stays as fast inside: adding 8 floats at a time, with no call between them.
// RUN: compile-split %s --emit=llvm -o %t.ll && FileCheck %s < %t.ll
// CHECK-LABEL: define internal{{.*}}i32 @p.client.1(
// CHECK: call{{.*}}@fed.poll(
// CHECK-NOT: {{call.*(@fed|%[0-9]+\()}}
// CHECK: load <8 x float>
// CHECK: fadd <8 x float>
// CHECK: store <8 x float>
// CHECK: br i1
module @long attributes {fed.hash = "00"} {
  fed.program @p <"", one_shot> "(<x={float32[10000000]}@CLIENTS> -> {float32[10000000]}@CLIENTS)" {
    fed.phase server 0 ins [] outs [] {
      fed.yield
    }
    fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<result, 0, "x">] {
    ^bb0(%x: tensor<10000000xf32>):
      %0 = local.add %x, %x : tensor<10000000xf32>
      fed.yield %0 : tensor<10000000xf32>
    }
  }
}
