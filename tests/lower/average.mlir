// The whole way from a split program to objects: one client phase, one server step.
// RUN: fed-opt %s --fed-lower-client --verify-each | FileCheck %s
// RUN: fed-opt %s --fed-lower-server --verify-each | FileCheck %s --check-prefix=SERVER
// RUN: compile-split %s --side=client -o %t.x86.o && llvm-nm %t.x86.o | FileCheck %s --check-prefix=NM
// RUN: compile-split %s --side=client --target=aarch64-linux-gnu -o %t.arm.o && llvm-nm %t.arm.o | FileCheck %s --check-prefix=NM
// RUN: compile-split %s --side=server -o %t.server.o && llvm-nm %t.server.o | FileCheck %s --check-prefix=NM-SERVER
// RUN: not compile-split %s --target=pdp11 -o %t.o 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not compile-split %s --cpu=armv8-a -o %t.o 2>&1 | FileCheck %s --check-prefix=CPU

// CHECK: fed.arena_bytes
// CHECK: llvm.func @average.client.1(%{{.*}}: !llvm.ptr) -> i32
// CHECK-NOT: llvm.func @average.server
// SERVER: llvm.func @average.server.1(%{{.*}}: !llvm.ptr) -> i32
// SERVER: call @fed.fail

// NM-NOT: {{^ +U }}
// NM: {{[DR]}} average_client_program
// NM-SERVER-DAG: U fed_acc_finite_f32
// NM-SERVER-DAG: U fed_acc_sum_f32_add{{$}}
// NM-SERVER-DAG: U fed_acc_sum_f32_add_all
// NM-SERVER-DAG: U fed_acc_sum_i64_merge
// NM-SERVER-DAG: {{[DR]}} average_manifest
// NM-SERVER-DAG: {{[DR]}} average_manifest_size
// NM-SERVER-DAG: {{[DR]}} average_server_program

// TARGET: unknown target `pdp11`: the known ones are x86_64-linux-gnu, aarch64-linux-gnu, 
// CPU: `x86_64-linux-gnu` has no processors `armv8-a`: the known ones are x86-64-v3, x86-64-v4
module @average attributes {fed.hash = "00"} {
  fed.program @average <"", one_shot> "(<readings={float32}@CLIENTS> -> float32@SERVER)" {
    fed.phase server 0 ins [] outs [] {
      fed.yield
    }
    fed.phase clients 1 ins [#fed.slot<input, 0, "readings">]
        outs [#fed.slot<message, 0, "readings">, #fed.slot<message, 1, "weight">] {
    ^bb0(%x: tensor<f32>):
      %one = local.constant dense<1> : tensor<i64>
      fed.yield %x, %one : tensor<f32>, tensor<i64>
    }
    fed.aggregation 1 [
      #fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_mean", loc("average.fed":2:3)>,
      #fed.reduction<sum, value = 1, weight = -1, result = 1, "federated_mean", loc("average.fed":2:3)>]
    fed.phase server 1 ins [#fed.slot<message, 0, "readings">, #fed.slot<message, 1, "weight">]
        outs [#fed.slot<result, 0, "">] {
    ^bb0(%sum: tensor<f32>, %count: tensor<i64>):
      %zero = local.constant dense<0> : tensor<i64>
      %some = local.compare NE, %count, %zero : tensor<i64> -> tensor<i1>
      local.assert %some, "no client contributed to this `federated_mean`"
      %n = local.convert %count : tensor<i64> -> tensor<f32>
      %mean = local.divide %sum, %n : tensor<f32>
      fed.yield %mean : tensor<f32>
    }
  }
}
