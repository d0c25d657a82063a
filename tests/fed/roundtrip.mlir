// RUN: fed-opt %s --verify-each | fed-opt --verify-each | FileCheck %s
// RUN: fed-opt %s --mlir-print-op-generic | fed-opt | FileCheck %s

// CHECK: fed.param @lr : tensor<f32> = 1.000000e-01 : f32 in [0.000000e+00 : f32, 1.000000e+00 : f32]
fed.param @lr : tensor<f32> = 0.1 : f32 in [0.0 : f32, 1.0 : f32]
// CHECK: fed.param @count : tensor<i32> = 3 : i32
fed.param @count : tensor<i32> = 3 : i32

// CHECK-LABEL: func.func @training.next
// CHECK-SAME: fed.entry = #fed.entry<"training", next>
func.func @training.next(
    %model: !fed.federated<tensor<4xf32>, server> {fed.name = "model"},
    %data: !fed.federated<!local.sequence<[tensor<4xf32>]>, clients> {fed.name = "data"})
    -> (!fed.federated<tensor<4xf32>, server> {fed.name = "state"})
    attributes {fed.entry = #fed.entry<"training", next>,
                fed.signature = "(<model=float32[4]@SERVER,data={float32[4]*}@CLIENTS> -> <state=float32[4]@SERVER>)"} {
  // CHECK: fed.broadcast %{{.*}} : !fed.federated<tensor<4xf32>, server> -> !fed.federated<tensor<4xf32>, clients, all_equal>
  %0 = fed.broadcast %model : !fed.federated<tensor<4xf32>, server> -> !fed.federated<tensor<4xf32>, clients, all_equal>
  // CHECK: fed.map clients(%{{.*}}, %{{.*}}) : (!fed.federated<tensor<4xf32>, clients, all_equal>, !fed.federated<!local.sequence<[tensor<4xf32>]>, clients>) -> (!fed.federated<tensor<4xf32>, clients>, !fed.federated<tensor<i64>, clients>) {
  %1, %n = fed.map clients(%0, %data)
      : (!fed.federated<tensor<4xf32>, clients, all_equal>, !fed.federated<!local.sequence<[tensor<4xf32>]>, clients>)
      -> (!fed.federated<tensor<4xf32>, clients>, !fed.federated<tensor<i64>, clients>) {
  ^bb0(%m: tensor<4xf32>, %s: !local.sequence<[tensor<4xf32>]>):
    %zero = local.constant dense<0> : tensor<i64>
    %one = local.constant dense<1> : tensor<i64>
    %r, %k = local.sequence_reduce %s init(%m, %zero : tensor<4xf32>, tensor<i64>)
        : !local.sequence<[tensor<4xf32>]> -> tensor<4xf32>, tensor<i64> {
    ^bb0(%a: tensor<4xf32>, %c: tensor<i64>, %e: tensor<4xf32>):
      %x = local.add %a, %e : tensor<4xf32>
      %y = local.add %c, %one : tensor<i64>
      local.yield %x, %y : tensor<4xf32>, tensor<i64>
    }
    // CHECK: fed.yield %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<i64>
    fed.yield %r, %k : tensor<4xf32>, tensor<i64>
  }
  // CHECK: fed.mean %{{.*}} weight %{{.*}} : !fed.federated<tensor<i64>, clients> : !fed.federated<tensor<4xf32>, clients> -> !fed.federated<tensor<4xf32>, server>
  %2 = fed.mean %1 weight %n : !fed.federated<tensor<i64>, clients> : !fed.federated<tensor<4xf32>, clients> -> !fed.federated<tensor<4xf32>, server>
  return %2 : !fed.federated<tensor<4xf32>, server>
}

// CHECK-LABEL: func.func @intrinsics
func.func @intrinsics(%x: !fed.federated<tensor<4xf32>, clients>, %w: !fed.federated<tensor<i32>, clients>,
                      %keys: !fed.federated<tensor<2xi32>, clients>, %db: !fed.federated<tensor<8x4xf32>, server>) {
  %c = local.constant dense<0.0> : tensor<4xf32>
  // CHECK: fed.value %{{.*}} : tensor<4xf32> -> !fed.federated<tensor<4xf32>, server>
  %0 = fed.value %c : tensor<4xf32> -> !fed.federated<tensor<4xf32>, server>
  // CHECK: fed.min
  %1 = fed.min %x : !fed.federated<tensor<4xf32>, clients> -> !fed.federated<tensor<4xf32>, server>
  // CHECK: fed.max
  %2 = fed.max %x : !fed.federated<tensor<4xf32>, clients> -> !fed.federated<tensor<4xf32>, server>
  // CHECK: fed.sum %{{.*}} : !fed
  %3 = fed.sum %x : !fed.federated<tensor<4xf32>, clients> -> !fed.federated<tensor<4xf32>, server>
  // CHECK: fed.sum %{{.*}} weight %{{.*}} : !fed.federated<tensor<i32>, clients> : !fed.federated<tensor<4xf32>, clients>
  %4 = fed.sum %x weight %w : !fed.federated<tensor<i32>, clients> : !fed.federated<tensor<4xf32>, clients> -> !fed.federated<tensor<4xf64>, server>
  // CHECK: fed.mean %{{.*}} if_empty %{{.*}} : tensor<4xf32> : !fed
  %5 = fed.mean %x if_empty %c : tensor<4xf32> : !fed.federated<tensor<4xf32>, clients> -> !fed.federated<tensor<4xf32>, server>
  // CHECK: fed.secure_sum %{{.*}} max = 8 {group = 3 : i64} :
  %6 = fed.secure_sum %w max = 8 {group = 3 : i64} : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i64>, server>
  // CHECK: fed.secure_sum_bitwidth
  %7 = fed.secure_sum_bitwidth %w bitwidth = 8 : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i64>, server>
  // CHECK: fed.secure_modular_sum
  %8 = fed.secure_modular_sum %w modulus = 8 : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i64>, server>
  // CHECK: fed.aggregate %{{.*}} zero(%{{.*}} : tensor<4xf32>) : (!fed.federated<tensor<4xf32>, clients>) -> !fed.federated<tensor<4xf32>, server> accumulate {
  %9 = fed.aggregate %x zero(%c : tensor<4xf32>) : (!fed.federated<tensor<4xf32>, clients>) -> !fed.federated<tensor<4xf32>, server>
  accumulate {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %s = local.add %a, %b : tensor<4xf32>
    fed.yield %s : tensor<4xf32>
  } merge {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %s = local.add %a, %b : tensor<4xf32>
    fed.yield %s : tensor<4xf32>
  } report {
  ^bb0(%a: tensor<4xf32>):
    fed.yield %a : tensor<4xf32>
  }
  // CHECK: fed.select %{{.*}} max_key = 7 of(%{{.*}}) : !fed.federated<tensor<2xi32>, clients>, (!fed.federated<tensor<8x4xf32>, server>) -> !fed.federated<tensor<2x4xf32>, clients> {
  %10 = fed.select %keys max_key = 7 of (%db) : !fed.federated<tensor<2xi32>, clients>, (!fed.federated<tensor<8x4xf32>, server>) -> !fed.federated<tensor<2x4xf32>, clients> {
  ^bb0(%d: tensor<8x4xf32>, %key: tensor<i32>):
    %s = local.slice %d start = [0, 0] limit = [1, 4] strides = [1, 1] : tensor<8x4xf32> -> tensor<1x4xf32>
    %r = local.reshape %s : tensor<1x4xf32> -> tensor<4xf32>
    fed.yield %r : tensor<4xf32>
  }
  return
}

// CHECK-LABEL: fed.program @average <"", one_shot>
fed.program @average <"", one_shot> "({float32}@CLIENTS -> float32@SERVER)" {
  // CHECK: fed.phase server 0 ins [] outs []
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  // CHECK: fed.phase clients 1 ins [#fed.slot<input, 0, "readings">] outs [#fed.slot<message, 0, "readings">] {
  fed.phase clients 1 ins [#fed.slot<input, 0, "readings">] outs [#fed.slot<message, 0, "readings">] {
  ^bb0(%x: tensor<f32>):
    fed.yield %x : tensor<f32>
  }
  // CHECK: fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", {{.*}}>]
  fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
  // CHECK: fed.phase server 1 ins [#fed.slot<message, 0, "">] outs [#fed.slot<result, 0, "">] {
  fed.phase server 1 ins [#fed.slot<message, 0, "">] outs [#fed.slot<result, 0, "">] {
  ^bb0(%x: tensor<f32>):
    fed.yield %x : tensor<f32>
  }
}

// CHECK-LABEL: fed.program @secure
fed.program @secure <"", one_shot> "({int64}@CLIENTS -> int64@SERVER)" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%x: tensor<i64>):
    fed.yield %x : tensor<i64>
  }
  // CHECK: fed.aggregation 1 [#fed.reduction<secure_sum, value = 0, weight = -1, result = 0, limit = 100, "federated_secure_sum", {{.*}}>]
  fed.aggregation 1 [#fed.reduction<secure_sum, value = 0, weight = -1, result = 0, limit = 100, "federated_secure_sum", loc(unknown)>]
  fed.phase server 1 ins [#fed.slot<message, 0, "">] outs [#fed.slot<result, 0, "">] {
  ^bb0(%x: tensor<i64>):
    fed.yield %x : tensor<i64>
  }
}
