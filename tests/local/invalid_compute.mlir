// RUN: fed-opt %s --split-input-file --verify-diagnostics

func.func @compare_c1(%x: tensor<4xi1>) {
  // expected-error@+1 {{bools have no order}}
  %0 = local.compare LT, %x, %x : tensor<4xi1> -> tensor<4xi1>
  return
}

// -----

func.func @select_c1(%p: tensor<1xi1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{condition 'tensor<1xi1>' is neither a scalar nor of the shape of 'tensor<4xf32>'}}
  %0 = local.select %p, %x, %x : tensor<1xi1>, tensor<4xf32>
  return
}

// -----

func.func @select_c2(%p: tensor<i1>, %x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error@+1 {{chooses between different shapes: 'tensor<4xf32>' and 'tensor<5xf32>'}}
  %0 = local.select %p, %x, %y : tensor<i1>, (tensor<4xf32>, tensor<5xf32>, tensor<4xf32>)
  return
}

// -----

func.func @dot_general_c1(%x: tensor<4x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{batching and contracting dimensions of the operands must pair up}}
  %0 = local.dot_general %x, %y batching = [] x [] contracting = [1] x [0, 1] : (tensor<4x3xf32>, tensor<3x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @dot_general_c2(%x: tensor<4x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{must be distinct dimensions}}
  %0 = local.dot_general %x, %y batching = [1] x [0] contracting = [1] x [1] : (tensor<4x3xf32>, tensor<3x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @dot_general_c2b(%x: tensor<4x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{must be distinct dimensions}}
  %0 = local.dot_general %x, %y batching = [] x [] contracting = [2] x [0] : (tensor<4x3xf32>, tensor<3x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @dot_general_c3(%x: tensor<4x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{batching dimensions differ}}
  %0 = local.dot_general %x, %y batching = [0] x [0] contracting = [] x [] : (tensor<4x3xf32>, tensor<3x4xf32>) -> tensor<4x3x4xf32>
  return
}

// -----

func.func @dot_general_c4(%x: tensor<4x3xf32>, %y: tensor<5x4xf32>) {
  // expected-error@+1 {{contracting dimensions differ}}
  %0 = local.dot_general %x, %y batching = [] x [] contracting = [1] x [0] : (tensor<4x3xf32>, tensor<5x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @dot_general_c5(%x: tensor<4x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{expected 'tensor<4x4xf32>'}}
  %0 = local.dot_general %x, %y batching = [] x [] contracting = [1] x [0] : (tensor<4x3xf32>, tensor<3x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @dot_general_c6(%x: tensor<4x3xf32>, %y: tensor<3x4xf64>) {
  // expected-error@+1 {{operands have different element types}}
  %0 = local.dot_general %x, %y batching = [] x [] contracting = [1] x [0] : (tensor<4x3xf32>, tensor<3x4xf64>) -> tensor<4x4xf32>
  return
}

// -----

func.func @dot_general_c7(%x: tensor<4x3xf32>, %y: tensor<3x4xf32>, %z: tensor<4xf32>) {
  // expected-error@+1 {{adds into 'tensor<4xf32>', which is not of the result's type 'tensor<4x4xf32>'}}
  %0 = local.dot_general %x, %y into %z batching = [] x [] contracting = [1] x [0] : (tensor<4x3xf32>, tensor<3x4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @reduce_c1(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{dims must be increasing dimensions of 'tensor<4x3xf32>'}}
  %0 = local.reduce sum %x dims = [1, 0] : tensor<4x3xf32> -> tensor<f32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{kind any does not combine 'f32'}}
  %0 = local.reduce any %x dims = [0] : tensor<4x3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @reduce_c3(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{expected 'tensor<3xf32>'}}
  %0 = local.reduce sum %x dims = [0] : tensor<4x3xf32> -> tensor<4xf32>
  return
}

// -----

func.func @arg_reduce_c1(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{kind is max or min, not sum}}
  %0 = local.arg_reduce sum %x dim = 0 : tensor<4x3xf32> -> tensor<3xi32>
  return
}

// -----

func.func @arg_reduce_c2(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{dimension 2 is not one of 'tensor<4x3xf32>'}}
  %0 = local.arg_reduce max %x dim = 2 : tensor<4x3xf32> -> tensor<3xi32>
  return
}

// -----

func.func @arg_reduce_c3(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{expected 'tensor<3xi32>'}}
  %0 = local.arg_reduce max %x dim = 0 : tensor<4x3xf32> -> tensor<4xi32>
  return
}

// -----

func.func @arg_reduce_c4(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{gives indices of i32 or i64, not 'i8'}}
  %0 = local.arg_reduce max %x dim = 0 : tensor<4x3xf32> -> tensor<3xi8>
  return
}

// -----

func.func @if_c1(%c: tensor<i1>, %x: tensor<f32>) {
  // expected-error@+1 {{region yields (), but the results are ('tensor<f32>')}}
  %0 = local.if %c -> tensor<f32> {
    local.yield %x : tensor<f32>
  } else {
    local.yield
  }
  return
}

// -----

func.func @gradient_c1(%x: tensor<f32>) {
  // expected-error@+1 {{region takes ('tensor<f64>'), expected ('tensor<f32>')}}
  %0, %1 = local.gradient(%x) wrt = 1 : (tensor<f32>) -> (tensor<f64>, tensor<f32>) {
  ^bb0(%a: tensor<f64>):
    local.yield %a : tensor<f64>
  }
  return
}

// -----

func.func @gradient_c2(%x: tensor<f32>) {
  // expected-error@+1 {{wrt = 2 but there are 1 operands}}
  %0, %1 = local.gradient(%x) wrt = 2 : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    local.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @gradient_c2b(%x: tensor<i32>, %y: tensor<f32>) {
  // expected-error@+1 {{differentiates with respect to 'tensor<i32>', which is no float tensor}}
  %0, %1 = local.gradient(%x, %y) wrt = 1 : (tensor<i32>, tensor<f32>) -> (tensor<f32>, tensor<i32>) {
  ^bb0(%a: tensor<i32>, %b: tensor<f32>):
    local.yield %b : tensor<f32>
  }
  return
}

// -----

func.func @gradient_c3(%x: tensor<2xf32>) {
  // expected-error@+1 {{the first value that the region yields must be a float scalar}}
  %0, %1 = local.gradient(%x) wrt = 1 : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  ^bb0(%a: tensor<2xf32>):
    local.yield %a : tensor<2xf32>
  }
  return
}

// -----

func.func @gradient_c4(%x: tensor<f32>) {
  // expected-error@+1 {{has results ('tensor<f32>'), expected ('tensor<f32>', 'tensor<f32>')}}
  %0 = local.gradient(%x) wrt = 1 : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    local.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @custom_gradient_c1(%x: tensor<f32>) {
  // expected-error@+1 {{region yields}}
  %0 = local.custom_gradient(%x) : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    local.yield
  } backward {
  ^bb0(%a: tensor<f32>, %g: tensor<f32>):
    local.yield %g : tensor<f32>
  }
  return
}

// -----

func.func @custom_gradient_c2(%x: tensor<f32>) {
  // expected-error@+1 {{region takes ('tensor<f32>'), expected ('tensor<f32>', 'tensor<f32>')}}
  %0 = local.custom_gradient(%x) : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    local.yield %a : tensor<f32>
  } backward {
  ^bb0(%g: tensor<f32>):
    local.yield %g : tensor<f32>
  }
  return
}

// -----

func.func @sequence_reduce_c1(%s: !local.sequence<[tensor<f32>]>, %x: tensor<f32>) {
  // expected-error@+1 {{region takes ('tensor<f32>'), expected ('tensor<f32>', 'tensor<f32>')}}
  %0 = local.sequence_reduce %s init(%x : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    local.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @sequence_reduce_c2(%s: !local.sequence<[tensor<f32>]>, %x: tensor<f32>) {
  // expected-error@+1 {{starts from ('tensor<f32>') but yields ()}}
  %0 = local.sequence_reduce %s init(%x : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    local.yield
  }
  return
}

// -----

func.func @sequence_reduce_c2b(%s: !local.sequence<[tensor<f32>]>, %x: tensor<f32>) {
  // expected-error@+1 {{has results ('tensor<f32>'), expected ('tensor<f32>', 'tensor<3xf32>')}}
  %0 = local.sequence_reduce %s at_most = 3 init(%x : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    local.yield %a, %b : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @sequence_reduce_c3(%s: !local.sequence<[tensor<f32>]>, %x: tensor<f32>) {
  // expected-error@+1 {{at_most is negative}}
  %0 = local.sequence_reduce %s at_most = -1 init(%x : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    local.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @sequence_reduce_c3b(%s: !local.sequence<[tensor<f32>]>, %x: tensor<f32>) {
  // expected-error@+1 {{notes 'tensor<f32>', which needs at_most and a bound for each dimension}}
  %0 = local.sequence_reduce %s init(%x : tensor<f32>) : !local.sequence<[tensor<f32>]> -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    local.yield %a, %b : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @sequence_map_c1(%s: !local.sequence<[tensor<f32>]>) {
  // expected-error@+1 {{region takes ('tensor<f64>'), expected ('tensor<f32>')}}
  %0 = local.sequence_map %s : !local.sequence<[tensor<f32>]> -> !local.sequence<[tensor<f64>]> {
  ^bb0(%a: tensor<f64>):
    local.yield %a : tensor<f64>
  }
  return
}

// -----

func.func @sequence_map_c2(%s: !local.sequence<[tensor<f32>]>) {
  // expected-error@+1 {{region yields ('tensor<f32>'), but the leaves of the result's element are ('tensor<f64>')}}
  %0 = local.sequence_map %s : !local.sequence<[tensor<f32>]> -> !local.sequence<[tensor<f64>]> {
  ^bb0(%a: tensor<f32>):
    local.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @sequence_filter_c1(%s: !local.sequence<[tensor<f32>]>) {
  // expected-error@+1 {{region takes ('tensor<f64>'), expected ('tensor<f32>')}}
  %0 = local.sequence_filter %s : !local.sequence<[tensor<f32>]> {
  ^bb0(%a: tensor<f64>):
    %c = local.constant dense<true> : tensor<i1>
    local.yield %c : tensor<i1>
  }
  return
}

// -----

func.func @sequence_filter_c2(%s: !local.sequence<[tensor<f32>]>) {
  // expected-error@+1 {{region yields ('tensor<f32>'), but the leaves of the condition are ('tensor<i1>')}}
  %0 = local.sequence_filter %s : !local.sequence<[tensor<f32>]> {
  ^bb0(%a: tensor<f32>):
    local.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @sequence_enumerate_c1(%s: !local.sequence<[tensor<f32>]>) {
  // expected-error@+1 {{expected '!local.sequence<[tensor<i64>, tensor<f32>]>'}}
  %0 = local.sequence_enumerate %s : !local.sequence<[tensor<f32>]> -> !local.sequence<[tensor<f32>]>
  return
}

// -----

func.func @sequence_zip_c1(%s: !local.sequence<[tensor<f32>]>, %t: !local.sequence<[tensor<i32>]>) {
  // expected-error@+1 {{expected '!local.sequence<[tensor<f32>, tensor<i32>]>'}}
  %0 = local.sequence_zip %s, %t : !local.sequence<[tensor<f32>]>, !local.sequence<[tensor<i32>]> -> !local.sequence<[tensor<i32>, tensor<f32>]>
  return
}

// -----

func.func @sequence_shuffle_c1(%s: !local.sequence<[tensor<f32>]>, %k: tensor<ui64>) {
  // expected-error@+1 {{size must be at least 1, not 0}}
  %0 = local.sequence_shuffle %s, %k size = 0 : !local.sequence<[tensor<f32>]>
  return
}

// -----

func.func @sequence_batch_c1(%s: !local.sequence<[tensor<f32>]>) {
  // expected-error@+1 {{size must be at least 1, not 0}}
  %0 = local.sequence_batch %s size = 0 : !local.sequence<[tensor<f32>]> -> !local.sequence<[tensor<?xf32>]>
  return
}

// -----

func.func @sequence_batch_c2(%s: !local.sequence<[tensor<?xf32>]>) {
  // expected-error@+1 {{cannot batch 'tensor<?xf32>': its elements may differ in shape}}
  %0 = local.sequence_batch %s size = 2 : !local.sequence<[tensor<?xf32>]> -> !local.sequence<[tensor<?x?xf32>]>
  return
}

// -----

func.func @sequence_batch_c3(%s: !local.sequence<[tensor<f32>]>) {
  // expected-error@+1 {{expected '!local.sequence<[tensor<?xf32, #local.bounds<[2]>>]>'}}
  %0 = local.sequence_batch %s size = 2 : !local.sequence<[tensor<f32>]> -> !local.sequence<[tensor<?xf32>]>
  return
}

// -----

func.func @sequence_rows_c1() {
  // expected-error@+1 {{needs a tensor}}
  %0 = local.sequence_rows : () -> !local.sequence<[tensor<f32>]>
  return
}

// -----

func.func @sequence_rows_c1b(%x: tensor<3x4xf32>, %y: tensor<2xi32>) {
  // expected-error@+1 {{has no rows of 'tensor<2xi32>': all operands need one static size of the first dimension}}
  %0 = local.sequence_rows %x, %y : (tensor<3x4xf32>, tensor<2xi32>) -> !local.sequence<[tensor<4xf32>, tensor<i32>]>
  return
}

// -----

func.func @sequence_rows_c1c(%x: tensor<?xf32>) {
  // expected-error@+1 {{has no rows of 'tensor<?xf32>'}}
  %0 = local.sequence_rows %x : (tensor<?xf32>) -> !local.sequence<[tensor<f32>]>
  return
}

// -----

func.func @sequence_rows_c2(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{gives '!local.sequence<[tensor<f32>]>', expected '!local.sequence<[tensor<4xf32>]>'}}
  %0 = local.sequence_rows %x : (tensor<3x4xf32>) -> !local.sequence<[tensor<f32>]>
  return
}
