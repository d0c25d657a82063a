// RUN: fed-opt %s --local-differentiate --split-input-file --verify-diagnostics

func.func @through_a_reduction(%x: tensor<f32>, %s: !local.sequence<[tensor<f32>]>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    // expected-error@+1 {{a reduction of a sequence cannot be differentiated: take the gradient inside the reduction}}
    %0 = local.sequence_reduce %s init(%a : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
    ^bb1(%sum: tensor<f32>, %e: tensor<f32>):
      %1 = local.multiply %sum, %e : tensor<f32>
      local.yield %1 : tensor<f32>
    }
    local.yield %0 : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

// Also where the value enters the reduction from above, or through a lazy stage.
func.func @through_a_stage(%x: tensor<f32>, %s: !local.sequence<[tensor<f32>]>, %zero: tensor<f32>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %m = local.sequence_map %s : !local.sequence<[tensor<f32>]> -> !local.sequence<[tensor<f32>]> {
    ^bb1(%e: tensor<f32>):
      %1 = local.multiply %a, %e : tensor<f32>
      local.yield %1 : tensor<f32>
    }
    // expected-error@+1 {{take the gradient inside the reduction}}
    %0 = local.sequence_reduce %m init(%zero : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
    ^bb1(%sum: tensor<f32>, %e: tensor<f32>):
      %1 = local.add %sum, %e : tensor<f32>
      local.yield %1 : tensor<f32>
    }
    local.yield %0 : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func private @external(tensor<f32>) -> tensor<f32>
func.func @through_a_call(%x: tensor<f32>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    // expected-error@+1 {{`func.call` cannot be differentiated}}
    %0 = func.call @external(%a) : (tensor<f32>) -> tensor<f32>
    local.yield %0 : tensor<f32>
  }
  return %dx : tensor<f32>
}
