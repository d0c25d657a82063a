// RUN: fed-opt %s --local-differentiate --canonicalize --cse | FileCheck %s

// The gradient of the sum of each operation. The checks are written by tests/update_checks.py.

// CHECK-LABEL: func.func @negate(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<-1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @negate(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.negate %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @abs(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.sign %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @abs(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.abs %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @sign(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @sign(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.sign %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @exp(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.exp %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @exp(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.exp %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @log(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.divide %[[V0]], %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: return %[[V1]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @log(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.log %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @log_plus_one(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.add %[[ARG0]], %[[V0]] : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.divide %[[V0]], %[[V1]] : tensor<4xf32>
// CHECK-NEXT: return %[[V2]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @log_plus_one(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.log_plus_one %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @exponential_minus_one(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.exp %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @exponential_minus_one(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.exponential_minus_one %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @tanh(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.tanh %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.multiply %[[V1]], %[[V1]] : tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.subtract %[[V0]], %[[V2]] : tensor<4xf32>
// CHECK-NEXT: return %[[V3]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @tanh(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.tanh %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @logistic(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.logistic %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.subtract %[[V0]], %[[V1]] : tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.multiply %[[V1]], %[[V2]] : tensor<4xf32>
// CHECK-NEXT: return %[[V3]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @logistic(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.logistic %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @sqrt(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<5.000000e-01> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.sqrt %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.divide %[[V0]], %[[V1]] : tensor<4xf32>
// CHECK-NEXT: return %[[V2]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @sqrt(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.sqrt %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @rsqrt(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<-5.000000e-01> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.rsqrt %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.multiply %[[V1]], %[[V0]] : tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.divide %[[V2]], %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: return %[[V3]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @rsqrt(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.rsqrt %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @round_nearest_even(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @round_nearest_even(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.round_nearest_even %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @sine(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.cosine %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @sine(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.sine %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @cosine(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.sine %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.negate %[[V0]] : tensor<4xf32>
// CHECK-NEXT: return %[[V1]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @cosine(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.cosine %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @erf(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.12837923> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.multiply %[[ARG0]], %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.negate %[[V1]] : tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.exp %[[V2]] : tensor<4xf32>
// CHECK-NEXT: %[[V4:.*]] = local.multiply %[[V3]], %[[V0]] : tensor<4xf32>
// CHECK-NEXT: return %[[V4]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @erf(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.erf %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @floor(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @floor(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.floor %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @ceil(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @ceil(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.ceil %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @stop_gradient(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[V0]] : tensor<4xf32>
// CHECK-NEXT: }
func.func @stop_gradient(%a0: tensor<4xf32>) -> (tensor<4xf32>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = local.stop_gradient %x0 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @add(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[V0]], %[[V0]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @add(%a0: tensor<4xf32>, %a1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.add %x0, %x1 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @subtract(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<-1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[V0]], %[[V1]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @subtract(%a0: tensor<4xf32>, %a1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.subtract %x0, %x1 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @multiply(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: return %[[ARG1]], %[[ARG0]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @multiply(%a0: tensor<4xf32>, %a1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.multiply %x0, %x1 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @divide(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.divide %[[ARG0]], %[[ARG1]] : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.divide %[[V0]], %[[ARG1]] : tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.multiply %[[V2]], %[[V1]] : tensor<4xf32>
// CHECK-NEXT: %[[V4:.*]] = local.negate %[[V3]] : tensor<4xf32>
// CHECK-NEXT: return %[[V2]], %[[V4]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @divide(%a0: tensor<4xf32>, %a1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.divide %x0, %x1 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @remainder(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.remainder %[[ARG0]], %[[ARG1]] : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.subtract %[[ARG0]], %[[V1]] : tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.divide %[[V2]], %[[ARG1]] : tensor<4xf32>
// CHECK-NEXT: %[[V4:.*]] = local.negate %[[V3]] : tensor<4xf32>
// CHECK-NEXT: return %[[V0]], %[[V4]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @remainder(%a0: tensor<4xf32>, %a1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.remainder %x0, %x1 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @power(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.power %[[ARG0]], %[[ARG1]] : tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.subtract %[[ARG1]], %[[V1]] : tensor<4xf32>
// CHECK-NEXT: %[[V4:.*]] = local.power %[[ARG0]], %[[V3]] : tensor<4xf32>
// CHECK-NEXT: %[[V5:.*]] = local.compare  EQ, %[[ARG1]], %[[V0]] : tensor<4xf32> -> tensor<4xi1>
// CHECK-NEXT: %[[V6:.*]] = local.multiply %[[ARG1]], %[[V4]] : tensor<4xf32>
// CHECK-NEXT: %[[V7:.*]] = local.select %[[V5]], %[[V0]], %[[V6]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[V8:.*]] = local.compare  EQ, %[[ARG0]], %[[V0]] : tensor<4xf32> -> tensor<4xi1>
// CHECK-NEXT: %[[V9:.*]] = local.log %[[ARG0]] : tensor<4xf32>
// CHECK-NEXT: %[[V10:.*]] = local.multiply %[[V2]], %[[V9]] : tensor<4xf32>
// CHECK-NEXT: %[[V11:.*]] = local.select %[[V8]], %[[V0]], %[[V10]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: return %[[V7]], %[[V11]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @power(%a0: tensor<4xf32>, %a1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.power %x0, %x1 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @maximum(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.compare  GE, %[[ARG0]], %[[ARG1]] : tensor<4xf32> -> tensor<4xi1>
// CHECK-NEXT: %[[V3:.*]] = local.select %[[V2]], %[[V1]], %[[V0]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[V4:.*]] = local.select %[[V2]], %[[V0]], %[[V1]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: return %[[V3]], %[[V4]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @maximum(%a0: tensor<4xf32>, %a1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.maximum %x0, %x1 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @minimum(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.compare  LE, %[[ARG0]], %[[ARG1]] : tensor<4xf32> -> tensor<4xi1>
// CHECK-NEXT: %[[V3:.*]] = local.select %[[V2]], %[[V1]], %[[V0]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[V4:.*]] = local.select %[[V2]], %[[V0]], %[[V1]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: return %[[V3]], %[[V4]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @minimum(%a0: tensor<4xf32>, %a1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.minimum %x0, %x1 : tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @select(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf32>, %[[ARG1:.*]]: tensor<4xf32>, %[[ARG2:.*]]: tensor<4xi1>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V1:.*]] = local.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: %[[V2:.*]] = local.select %[[ARG2]], %[[V1]], %[[V0]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: %[[V3:.*]] = local.select %[[ARG2]], %[[V0]], %[[V1]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT: return %[[V2]], %[[V3]] : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }
func.func @select(%a0: tensor<4xf32>, %a1: tensor<4xf32>, %p: tensor<4xi1>) -> (tensor<4xf32>, tensor<4xf32>) {
  %g:3 = local.gradient(%a0, %a1) wrt = 2 : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x0: tensor<4xf32>, %x1: tensor<4xf32>):
    %r = local.select %p, %x0, %x1 : tensor<4xi1>, tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1, %g#2 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @convert(
// CHECK-SAME: %[[ARG0:.*]]: tensor<4xf16>) -> tensor<4xf16> {
// CHECK-NEXT: %[[V0:.*]] = local.constant dense<1.000000e+00> : tensor<4xf16>
// CHECK-NEXT: return %[[V0]] : tensor<4xf16>
// CHECK-NEXT: }
func.func @convert(%a0: tensor<4xf16>) -> (tensor<4xf16>) {
  %g:2 = local.gradient(%a0) wrt = 1 : (tensor<4xf16>) -> (tensor<f32>, tensor<4xf16>) {
  ^bb0(%x0: tensor<4xf16>):
    %r = local.convert %x0 : tensor<4xf16> -> tensor<4xf32>
    %loss = local.reduce sum %r dims = [0] : tensor<4xf32> -> tensor<f32>
    local.yield %loss : tensor<f32>
  }
  return %g#1 : tensor<4xf16>
}
