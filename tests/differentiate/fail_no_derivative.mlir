// RUN: fed-opt %s --local-differentiate --split-input-file --verify-diagnostics

func.func @through_a_reduction(%x: tensor<f32>, %s: !local.sequence<[tensor<f32>]>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    // expected-error@+2 {{how many there are is not known}}
    // expected-note@+1 {{hint: say how many there are at most, by an argument `at_most=100` of this reduction}}
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

// The elements are kept, so their sizes must have bounds.
func.func @through_a_reduction_of_any_size(%x: tensor<f32>, %s: !local.sequence<[tensor<?xf32>]>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    // expected-error@+1 {{keeps its elements, which here are of a size without a bound}}
    %0 = local.sequence_reduce %s at_most = 3 init(%a : tensor<f32>) : !local.sequence<[tensor<?xf32>]> -> tensor<f32> {
    ^bb1(%sum: tensor<f32>, %e: tensor<?xf32>):
      %1 = local.multiply %sum, %sum : tensor<f32>
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
    // expected-error@+2 {{how many there are is not known}}
    // expected-note@+1 {{take the gradient inside it}}
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

// -----

func.func @past_a_custom_gradient(%x: tensor<f32>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    // expected-error@+1 {{make it a part of their argument}}
    %0 = local.custom_gradient(%a) : (tensor<f32>) -> tensor<f32> {
    ^bb1(%b: tensor<f32>):
      %1 = local.multiply %a, %b : tensor<f32>
      local.yield %1 : tensor<f32>
    } backward {
    ^bb1(%b: tensor<f32>, %g: tensor<f32>):
      local.yield %g : tensor<f32>
    }
    local.yield %0 : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

// The states of a fold are kept for its gradient: how many there are must be known, and their sizes.
func.func @through_an_open_fold(%x: tensor<f32>, %n: tensor<i64>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    // expected-error@+1 {{how many steps there are is not known: give the largest number, as in `at_most=100`}}
    %0 = local.fold %n init(%a : tensor<f32>) -> tensor<f32> {
    ^bb1(%i: tensor<i64>, %s: tensor<f32>):
      %1 = local.multiply %s, %s : tensor<f32>
      local.yield %1 : tensor<f32>
    }
    local.yield %0 : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @through_states_of_any_size(%x: tensor<f32>, %y: tensor<?xf32>, %n: tensor<i64>) -> tensor<f32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    // expected-error@+1 {{a dimension of the state has no bound: declare the parameters that it begins with and that a step returns with one, such as `?<=32`}}
    %0:2 = local.fold %n at_most = 3 init(%a, %y : tensor<f32>, tensor<?xf32>) -> tensor<f32>, tensor<?xf32> {
    ^bb1(%i: tensor<i64>, %s: tensor<f32>, %t: tensor<?xf32>):
      %1 = local.multiply %s, %s : tensor<f32>
      local.yield %1, %t : tensor<f32>, tensor<?xf32>
    }
    local.yield %0#0 : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @through_too_many_states(%x: tensor<1000xf32>, %n: tensor<i64>) -> tensor<1000xf32> {
  %v, %dx = local.gradient(%x) wrt = 1 : (tensor<1000xf32>) -> (tensor<f32>, tensor<1000xf32>) {
  ^bb0(%a: tensor<1000xf32>):
    // expected-error@+1 {{3162278 times 1000 elements is too much}}
    %0 = local.fold %n at_most = 10000000000001 init(%a : tensor<1000xf32>) -> tensor<1000xf32> {
    ^bb1(%i: tensor<i64>, %s: tensor<1000xf32>):
      %1 = local.multiply %s, %s : tensor<1000xf32>
      local.yield %1 : tensor<1000xf32>
    }
    %1 = local.reduce sum %0 dims = [0] : tensor<1000xf32> -> tensor<f32>
    local.yield %1 : tensor<f32>
  }
  return %dx : tensor<1000xf32>
}
