// Addresses map to lines of the source, through names, calls and fusions; every phase is in the
// table; both targets.
// RUN: fed-opt %s --fed-lower-client --mlir-print-debuginfo --verify-each | FileCheck %s
// RUN: compile-split %s -o %t.o && llvm-dwarfdump --debug-line %t.o | FileCheck %s --check-prefix=LINES
// RUN: compile-split %s --target=aarch64-linux-gnu -o %t.arm.o && llvm-dwarfdump --debug-line %t.arm.o | FileCheck %s --check-prefix=LINES
// RUN: llvm-symbolizer --obj=%t.o --functions=none 0x30 | FileCheck %s --check-prefix=SYMBOL
// RUN: compile-split %s --emit=asm -o %t.s && FileCheck %s --check-prefix=ASM < %t.s
// RUN: compile-split %s --emit=llvm -o %t.ll && FileCheck %s --check-prefix=LLVM < %t.ll

// CHECK: #llvm.di_compile_unit
// CHECK: #llvm.di_subprogram
// LINES: name: "lines.fed"
// LINES: {{0x[0-9a-f]+ +(12|14) +}}
// SYMBOL: lines.fed:1{{[0-9]}}:
// ASM: .loc
// LLVM: target triple = "x86_64-unknown-linux-gnu"
// LLVM: define internal{{.*}}i32 @p.client.1({{.*}} !dbg
module @lines attributes {fed.hash = "00"} {
  fed.program @p <"", one_shot> "(<x={float32[64]}@CLIENTS> -> {float32[64]}@CLIENTS)" {
    fed.phase server 0 ins [] outs [] {
      fed.yield
    }
    fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<result, 0, "x">] {
    ^bb0(%x: tensor<64xf32>):
      %0 = local.sqrt %x : tensor<64xf32> loc("root"("dir/lines.fed":12:3))
      %1 = local.add %0, %x : tensor<64xf32> loc(callsite("dir/lines.fed":14:5 at "dir/lines.fed":20:1))
      fed.yield %1 : tensor<64xf32> loc("dir/lines.fed":15:1)
    } loc("dir/lines.fed":11:1)
  } loc("dir/lines.fed":11:1)
}
