// RUN: fed-opt %s --local-differentiate --canonicalize --cse --local-stack-contractions --canonicalize --verify-each | FileCheck %s
// RUN: fed-opt %s --local-differentiate="most-stored=0" --canonicalize --cse --local-stack-contractions --canonicalize --verify-each | FileCheck %s --check-prefix=AGAIN
// RUN: fed-opt %s --local-differentiate --canonicalize --cse --local-stack-contractions="most-stored=0" --verify-each | FileCheck %s --check-prefix=EACH

// A recurrent network: what comes from the rows is made before the loop. What is noted is what tanh gives and the state before; the gradients of both
// matrices are one product each, over the rows that are there and the gradients of all steps.
// CHECK-LABEL: func.func @recurrent
// CHECK-SAME: (%[[X:.*]]: tensor<6x2x3xf32>,
// CHECK: %[[BY_U:.*]] = local.dot_general %[[X]], %{{.*}} batching = [] x [] contracting = [2] x [0] : (tensor<6x2x3xf32>, tensor<3x4xf32>) -> tensor<6x2x4xf32>
// CHECK: %[[NOTED:.*]]:3 = local.fold {{.*}} rows(%[[BY_U]] : {{.*}} -> tensor<2x4xf32>, tensor<6x2x4xf32>, tensor<6x2x4xf32>
// CHECK: %[[BACK:.*]]:2 = local.fold {{.*}} reverse init({{.*}}) rows({{.*}}) attributes {kept_bytes = 384 : i64, of_steps = 6 : i64} -> tensor<2x4xf32>, tensor<6x2x4xf32>
// CHECK-NOT: local.tanh
// CHECK-NOT: into
// CHECK: local.yield
// CHECK-DAG: %[[XR:.*]] = local.reverse %[[X]] dims = [0]
// CHECK-DAG: %[[GR:.*]] = local.reverse %[[BACK]]#1 dims = [0]
// CHECK: local.dot_general %[[XR]], %[[GR]] batching = [] x [] contracting = [0, 1] x [0, 1] : (tensor<6x2x3xf32>, tensor<6x2x4xf32>) -> tensor<3x4xf32>

// Two segments of three steps; the loop over them carries the sums, into which each adds its products.
// AGAIN-LABEL: func.func @recurrent
// AGAIN: local.fold {{.*}} at_most = 2 {{.*}} -> tensor<2x4xf32>, tensor<2x2x4xf32>
// AGAIN: local.fold {{.*}} at_most = 3
// AGAIN: local.fold {{.*}} at_most = 2 reverse
// AGAIN-SAME: of_steps = 6 : i64, segment = 3 : i64
// AGAIN: local.tanh
// AGAIN: local.fold {{.*}} at_most = 3 reverse

// EACH-LABEL: func.func @recurrent
// EACH: local.fold {{.*}} reverse
// EACH: local.dot_general {{.*}} into
// EACH: local.dot_general {{.*}} into
func.func @recurrent(%x: tensor<6x2x3xf32>, %u: tensor<3x4xf32>, %w: tensor<4x4xf32>) -> (tensor<3x4xf32>, tensor<4x4xf32>) {
  %v, %du, %dw = local.gradient(%u, %w) wrt = 2 : (tensor<3x4xf32>, tensor<4x4xf32>) -> (tensor<f32>, tensor<3x4xf32>, tensor<4x4xf32>) {
  ^bb0(%a: tensor<3x4xf32>, %b: tensor<4x4xf32>):
    %n = local.constant dense<6> : tensor<i64>
    %zero = local.constant dense<0.0> : tensor<2x4xf32>
    %last = local.fold %n at_most = 6 init(%zero : tensor<2x4xf32>) -> tensor<2x4xf32> {
    ^bb1(%i: tensor<i64>, %s: tensor<2x4xf32>):
      %row = local.take %x, %i dim = 0 batch = 0 : (tensor<6x2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
      %0 = local.dot_general %row, %a batching = [] x [] contracting = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
      %1 = local.dot_general %s, %b batching = [] x [] contracting = [1] x [0] : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
      %2 = local.add %0, %1 : tensor<2x4xf32>
      %3 = local.tanh %2 : tensor<2x4xf32>
      local.yield %3 : tensor<2x4xf32>
    }
    %loss = local.reduce sum %last dims = [0, 1] : tensor<2x4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %du, %dw : tensor<3x4xf32>, tensor<4x4xf32>
}

// The same of at most 2 examples, where the batch has one size in all steps: what is noted has room for 2, and stacks are as large as the batch.
// CHECK-LABEL: func.func @open_recurrent
// CHECK-SAME: (%[[X:.*]]: tensor<6x?x3xf32, #local.bounds<[-1, 2, -1]>>,
// CHECK: %[[BY_U:.*]] = local.dot_general %[[X]], %{{.*}} contracting = [2] x [0]
// CHECK: %[[NOTED:.*]]:3 = local.fold {{.*}} rows(%[[BY_U]] : {{.*}} -> tensor<?x4xf32, #local.bounds<[2, -1]>>, tensor<6x2x4xf32>, tensor<6x2x4xf32>
// CHECK: %[[BACK:.*]]:2 = local.fold {{.*}} reverse init({{.*}}) rows({{.*}}) attributes {kept_bytes = 384 : i64, of_steps = 6 : i64} -> tensor<?x4xf32, #local.bounds<[2, -1]>>, tensor<6x2x4xf32>
// CHECK-NOT: local.tanh
// CHECK-NOT: into
// CHECK: local.yield
// CHECK-DAG: %[[XR:.*]] = local.reverse %[[X]] dims = [0]
// CHECK-DAG: %[[G:.*]] = local.take %[[BACK]]#1, %{{.*}} dim = 1 batch = 0
// CHECK-DAG: %[[GR:.*]] = local.reverse %[[G]] dims = [0]
// CHECK: local.dot_general %[[XR]], %[[GR]] batching = [] x [] contracting = [0, 1] x [0, 1]

// AGAIN-LABEL: func.func @open_recurrent
// AGAIN: local.fold {{.*}} at_most = 2 {{.*}} -> tensor<?x4xf32, #local.bounds<[2, -1]>>, tensor<2x2x4xf32>
// AGAIN: local.fold {{.*}} at_most = 2 reverse
// AGAIN-SAME: of_steps = 6 : i64, segment = 3 : i64
// AGAIN: local.fold {{.*}} at_most = 3
// AGAIN: local.fold {{.*}} at_most = 3 reverse

// EACH-LABEL: func.func @open_recurrent
// EACH: local.fold {{.*}} reverse
// EACH: local.dot_general {{.*}} into
// EACH: local.dot_general {{.*}} into
func.func @open_recurrent(%x: tensor<6x?x3xf32, #local.bounds<[-1, 2, -1]>>, %u: tensor<3x4xf32>, %w: tensor<4x4xf32>) -> (tensor<3x4xf32>, tensor<4x4xf32>) {
  %v, %du, %dw = local.gradient(%u, %w) wrt = 2 : (tensor<3x4xf32>, tensor<4x4xf32>) -> (tensor<f32>, tensor<3x4xf32>, tensor<4x4xf32>) {
  ^bb0(%a: tensor<3x4xf32>, %b: tensor<4x4xf32>):
    %n = local.constant dense<6> : tensor<i64>
    %batch = local.get_dimension_size %x, 1 : tensor<6x?x3xf32, #local.bounds<[-1, 2, -1]>>
    %none = local.constant dense<0.0> : tensor<f32>
    %zero = local.broadcast_in_dim %none dims = [] sizes(%batch) : tensor<f32> -> tensor<?x4xf32, #local.bounds<[2, -1]>>
    %last = local.fold %n at_most = 6 init(%zero : tensor<?x4xf32, #local.bounds<[2, -1]>>) -> tensor<?x4xf32, #local.bounds<[2, -1]>> {
    ^bb1(%i: tensor<i64>, %s: tensor<?x4xf32, #local.bounds<[2, -1]>>):
      %row = local.take %x, %i dim = 0 batch = 0 : (tensor<6x?x3xf32, #local.bounds<[-1, 2, -1]>>, tensor<i64>) -> tensor<?x3xf32, #local.bounds<[2, -1]>>
      %0 = local.dot_general %row, %a batching = [] x [] contracting = [1] x [0] : (tensor<?x3xf32, #local.bounds<[2, -1]>>, tensor<3x4xf32>) -> tensor<?x4xf32, #local.bounds<[2, -1]>>
      %1 = local.dot_general %s, %b batching = [] x [] contracting = [1] x [0] : (tensor<?x4xf32, #local.bounds<[2, -1]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #local.bounds<[2, -1]>>
      %2 = local.add %0, %1 : tensor<?x4xf32, #local.bounds<[2, -1]>>
      %3 = local.tanh %2 : tensor<?x4xf32, #local.bounds<[2, -1]>>
      local.yield %3 : tensor<?x4xf32, #local.bounds<[2, -1]>>
    }
    %loss = local.reduce sum %last dims = [0, 1] : tensor<?x4xf32, #local.bounds<[2, -1]>> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %du, %dw : tensor<3x4xf32>, tensor<4x4xf32>
}

// What a program adds up itself is rounded as it is written.
// CHECK-LABEL: func.func @written
// CHECK: local.fold
// CHECK: local.dot_general
// CHECK-NOT: into
// CHECK: local.add
func.func @written(%x: tensor<8x3x4xf32>, %y: tensor<3x5xf32>, %m: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %n = local.constant dense<8> : tensor<i64>
  %sum = local.fold %n at_most = 8 init(%m : tensor<4x5xf32>) -> tensor<4x5xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4x5xf32>):
    %z = local.constant dense<0.5> : tensor<4x3xf32>
    %0 = local.dot_general %z, %y batching = [] x [] contracting = [1] x [0] : (tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<4x5xf32>
    %1 = local.add %s, %0 : tensor<4x5xf32>
    local.yield %1 : tensor<4x5xf32>
  }
  return %sum : tensor<4x5xf32>
}

// Rows of unknown size are multiplied in each step.
// CHECK-LABEL: func.func @open
// CHECK: local.fold
// CHECK: local.dot_general
func.func @open(%x: tensor<?x2xf32, #local.bounds<[4, -1]>>, %u: tensor<2x2xf32>) -> tensor<?x2xf32, #local.bounds<[4, -1]>> {
  %n = local.constant dense<3> : tensor<i64>
  %last = local.fold %n at_most = 3 init(%x : tensor<?x2xf32, #local.bounds<[4, -1]>>) -> tensor<?x2xf32, #local.bounds<[4, -1]>> {
  ^bb0(%i: tensor<i64>, %s: tensor<?x2xf32, #local.bounds<[4, -1]>>):
    %0 = local.dot_general %s, %u batching = [] x [] contracting = [1] x [0] : (tensor<?x2xf32, #local.bounds<[4, -1]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #local.bounds<[4, -1]>>
    local.yield %0 : tensor<?x2xf32, #local.bounds<[4, -1]>>
  }
  return %last : tensor<?x2xf32, #local.bounds<[4, -1]>>
}

// An argument of the function is no row of the loop, whatever its number.
// CHECK-LABEL: func.func @argument
// CHECK: local.fold
// CHECK: local.dot_general %arg2
func.func @argument(%x: tensor<4xf32>, %b: tensor<4xf32>, %a: tensor<4x4xf32>) -> tensor<4xf32> {
  %n = local.constant dense<3> : tensor<i64>
  %last = local.fold %n at_most = 3 init(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<4xf32>):
    %0 = local.dot_general %a, %s batching = [] x [] contracting = [1] x [0] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %1 = local.multiply %b, %0 : tensor<4xf32>
    local.yield %1 : tensor<4xf32>
  }
  return %last : tensor<4xf32>
}

// Two gradients that are the same sums: each goes on with its own sum, though the products are the same.
// EACH-LABEL: func.func @tied
// EACH: local.fold {{.*}} reverse
// EACH: local.dot_general {{.*}} into
// EACH: local.dot_general {{.*}} into
func.func @tied(%x: tensor<6x2x3xf32>, %u: tensor<3x4xf32>, %w: tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %v, %du, %dw = local.gradient(%u, %w) wrt = 2 : (tensor<3x4xf32>, tensor<3x4xf32>) -> (tensor<f32>, tensor<3x4xf32>, tensor<3x4xf32>) {
  ^bb0(%a: tensor<3x4xf32>, %b: tensor<3x4xf32>):
    %n = local.constant dense<6> : tensor<i64>
    %zero = local.constant dense<0.0> : tensor<2x4xf32>
    %last = local.fold %n at_most = 6 init(%zero : tensor<2x4xf32>) -> tensor<2x4xf32> {
    ^bb1(%i: tensor<i64>, %s: tensor<2x4xf32>):
      %row = local.take %x, %i dim = 0 batch = 0 : (tensor<6x2x3xf32>, tensor<i64>) -> tensor<2x3xf32>
      %0 = local.dot_general %row, %a batching = [] x [] contracting = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
      %1 = local.dot_general %row, %b batching = [] x [] contracting = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
      %2 = local.add %0, %1 : tensor<2x4xf32>
      %3 = local.add %2, %s : tensor<2x4xf32>
      %4 = local.tanh %3 : tensor<2x4xf32>
      local.yield %4 : tensor<2x4xf32>
    }
    %loss = local.reduce sum %last dims = [0, 1] : tensor<2x4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %du, %dw : tensor<3x4xf32>, tensor<3x4xf32>
}
