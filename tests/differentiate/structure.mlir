// RUN: fed-opt %s --local-differentiate --verify-each | FileCheck %s

// What an operand's value does from above is constant: only the use through %a counts.
// CHECK-LABEL: func.func @captured
// CHECK-SAME: (%[[X:.*]]: tensor<f32>)
// CHECK: %[[V:.*]] = local.multiply %[[X]], %[[X]] : tensor<f32>
// CHECK: %[[ONE:.*]] = local.constant dense<1.0
// CHECK: %[[DX:.*]] = local.multiply %[[ONE]], %[[X]]
// CHECK: return %[[V]], %[[DX]]
func.func @captured(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %0 = local.multiply %a, %x : tensor<f32>
    local.yield %0 : tensor<f32>
  }
  return %v, %dx : tensor<f32>, tensor<f32>
}

// Further yielded values pass through; a gradient that nothing gives is zero; unknown sizes are read
// from the operand.
// CHECK-LABEL: func.func @zero
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>, %[[Y:.*]]: tensor<f32>)
// CHECK: %[[E:.*]] = local.exp %[[X]]
// CHECK: %[[ZERO:.*]] = local.constant dense<0.0
// CHECK: %[[N:.*]] = local.get_dimension_size %[[X]], 0
// CHECK: %[[DX:.*]] = local.broadcast_in_dim %[[ZERO]] dims = [] sizes(%[[N]]) : tensor<f32> -> tensor<?xf32>
// CHECK-NEXT: return %[[E]], %[[DX]]
func.func @zero(%x: tensor<?xf32>, %y: tensor<f32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %v, %e, %dx = local.gradient(%x, %y) wrt = 1 : (tensor<?xf32>, tensor<f32>) -> (tensor<f32>, tensor<?xf32>, tensor<?xf32>) {
  ^bb0(%a: tensor<?xf32>, %b: tensor<f32>):
    %0 = local.exp %a : tensor<?xf32>
    local.yield %b, %0 : tensor<f32>, tensor<?xf32>
  }
  return %e, %dx : tensor<?xf32>, tensor<?xf32>
}

// The gradient of a choice is a choice, which computes its forward values again.
// CHECK-LABEL: func.func @choice
// CHECK-SAME: (%[[C:.*]]: tensor<i1>, %[[X:.*]]: tensor<f32>)
// CHECK: local.if %[[C]]
// CHECK: %[[ONE:.*]] = local.constant dense<1.0
// CHECK: %[[DX:.*]] = local.if %[[C]] -> tensor<f32> {
// CHECK:   %[[E:.*]] = local.exp %[[X]]
// CHECK:   %[[D:.*]] = local.multiply %[[ONE]], %[[E]]
// CHECK:   local.yield %[[D]]
// CHECK: } else {
// CHECK:   local.yield %[[ONE]]
// CHECK: return %[[DX]]
func.func @choice(%c: tensor<i1>, %x: tensor<f32>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %0 = local.if %c -> tensor<f32> {
      %1 = local.exp %a : tensor<f32>
      local.yield %1 : tensor<f32>
    } else {
      local.yield %a : tensor<f32>
    }
    local.yield %0 : tensor<f32>
  }
  return %dx : tensor<f32>
}

// Gradients nest: the inner one is made first, and is then differentiated.
// CHECK-LABEL: func.func @nested
// CHECK-NOT: local.gradient
// CHECK: return
func.func @nested(%x: tensor<f32>) -> tensor<f32> {
  %v, %ddx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %w, %dx = local.gradient(%a) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
    ^bb1(%b: tensor<f32>):
      %0 = local.tanh %b : tensor<f32>
      local.yield %0 : tensor<f32>
    }
    local.yield %dx : tensor<f32>
  }
  return %ddx : tensor<f32>
}

// A reduction of a sequence is a constant where no gradient goes through it.
// CHECK-LABEL: func.func @constant_reduction
// CHECK: local.sequence_reduce
// CHECK-NOT: local.gradient
func.func @constant_reduction(%x: tensor<f32>, %s: !local.sequence<[tensor<f32>]>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %zero = local.constant dense<0.0> : tensor<f32>
    %0 = local.sequence_reduce %s init(%zero : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
    ^bb1(%sum: tensor<f32>, %e: tensor<f32>):
      %1 = local.add %sum, %e : tensor<f32>
      local.yield %1 : tensor<f32>
    }
    %2 = local.multiply %a, %0 : tensor<f32>
    local.yield %2 : tensor<f32>
  }
  return %dx : tensor<f32>
}
