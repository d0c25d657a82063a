// RUN: fed-opt %s --fed-to-split-pipeline | FileCheck %s --check-prefix=SPLIT
// RUN: fed-opt %s --fed-to-llvm-pipeline=side=client | FileCheck %s --check-prefix=CLIENT
// RUN: fed-opt %s --fed-to-llvm-pipeline=side=server | FileCheck %s --check-prefix=SERVER

// SPLIT: fed.program @total
// CLIENT: llvm.func @total.client.1
// CLIENT-NOT: server
// SERVER: llvm.func @total.server.1
module @total {
  func.func @total(%x: !fed.federated<tensor<f32>, clients> {fed.name = "x"})
      -> (!fed.federated<tensor<f32>, server> {fed.name = "result"})
      attributes {fed.entry = #fed.entry<"", one_shot>,
                  fed.signature = "(<x={float32}@CLIENTS> -> float32@SERVER)"} {
    %0 = fed.sum %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
    return %0 : !fed.federated<tensor<f32>, server>
  }
}
