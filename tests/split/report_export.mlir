// What an app calls by itself is in the report, as something that sends nothing.
// RUN: fed-opt %s --fed-split --mlir-print-debuginfo -o %t
// RUN: FileCheck %s --check-prefix=SPLIT < %t
// RUN: manifest-of --report %t | FileCheck %s

!c = !fed.federated<tensor<f32>, clients, all_equal>

// SPLIT: fed.program @predict <"", export>
// SPLIT-NEXT: fed.phase server 0 ins [] outs []
// SPLIT: fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<result, 0, "result">]
// SPLIT-NOT: fed.phase
// SPLIT-NOT: fed.aggregation

// CHECK: predict
// CHECK-NEXT: called by the app, on the device: nothing leaves it
// CHECK-NOT: {{.}}
func.func @predict(%x: !c {fed.name = "x"}) -> (!c {fed.name = "result"})
    attributes {fed.entry = #fed.entry<"", export>, fed.signature = "(<x=float32@CLIENTS> -> float32@CLIENTS)"} {
  %y = fed.map clients(%x) : (!c) -> !c {
  ^bb0(%v: tensor<f32>):
    %0 = local.add %v, %v : tensor<f32>
    fed.yield %0 : tensor<f32>
  }
  return %y : !c
}
