// RUN: fed-opt %s --fed-phases-to-functions --canonicalize --verify-each | FileCheck %s
// RUN: fed-opt %s --fed-phases-to-functions=server --canonicalize --verify-each | FileCheck %s --check-prefix=SERVER
// Offsets are the manifest's; sizes that are not known come first, and zeros fill the room.

// CHECK: fed.cursors = {p = array<i32: 1>}
// CHECK-LABEL: func.func @p.client.1(%{{.*}}: !llvm.ptr) -> i32
// CHECK: call @fed.begin
// CHECK: memref.view {{.*}} to memref<1xi64>
// CHECK: call @fed.fail
// CHECK: call @fed.sequence_call
// CHECK: scf.while
// CHECK: call @fed.sequence_next
// CHECK: scf.condition
// CHECK: memref.store {{.*}} : memref<8xf32>
// CHECK: call @fed.status
// CHECK-NOT: p.server
// SERVER: func.func @p.server.0
// SERVER-NOT: p.client
module @phases attributes {fed.hash = "00"} {
  fed.param @lr : tensor<f32> = 1.0 : f32
  fed.program @p <"", one_shot> "(<x={float32[?<=8]}@CLIENTS,s={float32*}@CLIENTS> -> <{float32[?<=8]}@CLIENTS,{float32}@CLIENTS>)" {
    fed.phase server 0 ins [] outs [] {
      fed.yield
    }
    fed.phase clients 1 ins [#fed.slot<input, 0, "x">, #fed.slot<sequence, 0, "s">]
        outs [#fed.slot<result, 0, "x">, #fed.slot<result, 1, "sum">] {
    ^bb0(%x: tensor<?xf32, #local.bounds<[8]>>, %s: !local.sequence<[tensor<f32>]>):
      %lr = local.param @lr : tensor<f32>
      %0 = local.sequence_reduce %s init(%lr : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
      ^bb0(%a: tensor<f32>, %e: tensor<f32>):
        %b = local.add %a, %e : tensor<f32>
        local.yield %b : tensor<f32>
      }
      fed.yield %x, %0 : tensor<?xf32, #local.bounds<[8]>>, tensor<f32>
    }
  }
}
