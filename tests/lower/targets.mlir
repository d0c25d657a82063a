// The same bytes on both targets: elementary functions, reductions, conversions, sequences.
// RUN: compile-split %s -o %t.o
// RUN: clang-22 -std=c11 -DPROGRAM=targets_client_program -I%root/runtime/abi %S/Inputs/host.c %t.o -fuse-ld=lld -o %t.x86
// RUN: %t.x86 > %t.x86.txt
// RUN: compile-split %s --target=aarch64-linux-gnu -o %t.arm.o
// RUN: clang-22 --target=aarch64-linux-gnu -static -std=c11 -DPROGRAM=targets_client_program -I%root/runtime/abi %S/Inputs/host.c %t.arm.o -fuse-ld=lld -o %t.arm
// RUN: compile-split %s --cpu=x86-64-v4 --emit=asm -o %t.v4.s
// RUN: grep -q zmm %t.v4.s
// RUN: qemu-aarch64 %t.arm > %t.arm.txt
// RUN: diff %t.x86.txt %t.arm.txt
// RUN: FileCheck %s < %t.x86.txt
// CHECK: 0 {{[0-9a-f]+}}
module @targets attributes {fed.hash = "00"} {
  fed.program @p <"", one_shot> "(<x={float32[70]}@CLIENTS,y={float64[70]}@CLIENTS,i={int64[70]}@CLIENTS,u={uint64[70]}@CLIENTS,s={float32[3]*}@CLIENTS> -> <{float32[70]}@CLIENTS,{float64[70]}@CLIENTS,{int64[70]}@CLIENTS,{uint64[70]}@CLIENTS,{float32[70]}@CLIENTS,{int64}@CLIENTS,{float32[3]}@CLIENTS>)" {
    fed.phase server 0 ins [] outs [] {
      fed.yield
    }
    fed.phase clients 1 ins [#fed.slot<input, 0, "x">, #fed.slot<input, 1, "y">, #fed.slot<input, 2, "i">, #fed.slot<input, 3, "u">, #fed.slot<sequence, 0, "s">]
        outs [#fed.slot<result, 0, "a">, #fed.slot<result, 1, "b">, #fed.slot<result, 2, "c">, #fed.slot<result, 3, "d">, #fed.slot<result, 4, "e">, #fed.slot<result, 5, "f">, #fed.slot<result, 6, "g">] {
    ^bb0(%x: tensor<70xf32>, %y: tensor<70xf64>, %i: tensor<70xi64>, %u: tensor<70xui64>, %s: !local.sequence<[tensor<3xf32>]>):
      %e = local.exp %x : tensor<70xf32>
      %t = local.tanh %e : tensor<70xf32>
      %p = local.power %t, %x : tensor<70xf32>
      %r = local.remainder %p, %x : tensor<70xf32>
      %f = local.floor %r : tensor<70xf32>
      %mx = local.maximum %f, %x : tensor<70xf32>
      %l = local.log %y : tensor<70xf64>
      %q = local.power %l, %y : tensor<70xf64>
      %m = local.remainder %q, %y : tensor<70xf64>
      %fi = local.convert %u : tensor<70xui64> -> tensor<70xf32>
      %di = local.convert %m : tensor<70xf64> -> tensor<70xui64>
      %ii = local.divide %i, %i : tensor<70xi64>
      %ir = local.remainder %u, %di : tensor<70xui64>
      %k = local.reduce product %i dims = [0] : tensor<70xi64> -> tensor<i64>
      %z = local.constant dense<0.0> : tensor<3xf32>
      %b = local.sequence_batch %s size = 16 drop_remainder : !local.sequence<[tensor<3xf32>]> -> !local.sequence<[tensor<16x3xf32>]>
      %w = local.sequence_reduce %b init(%z : tensor<3xf32>) : !local.sequence<[tensor<16x3xf32>]> -> tensor<3xf32> {
      ^bb0(%a: tensor<3xf32>, %v: tensor<16x3xf32>):
        %c = local.reduce sum %v dims = [0] : tensor<16x3xf32> -> tensor<3xf32>
        %d = local.add %a, %c : tensor<3xf32>
        local.yield %d : tensor<3xf32>
      }
      fed.yield %mx, %m, %ii, %ir, %fi, %k, %w : tensor<70xf32>, tensor<70xf64>, tensor<70xi64>, tensor<70xui64>, tensor<70xf32>, tensor<i64>, tensor<3xf32>
    }
  }
}
