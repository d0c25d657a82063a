// RUN: fed-opt %s --split-input-file --verify-diagnostics

func.func @pad_c4(%x: tensor<4xf32>, %v: tensor<f64>) {
  // expected-error@+1 {{pads 'tensor<4xf32>' with a 'tensor<f64>'}}
  %0 = local.pad %x value(%v : tensor<f64>) low = [1] high = [0] interior = [0] : tensor<4xf32> -> tensor<5xf32>
  return
}

// -----

func.func @reverse_c1(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{dims must be distinct dimensions of 'tensor<4x3xf32>'}}
  %0 = local.reverse %x dims = [0, 0] : tensor<4x3xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @reverse_c2(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{expected 'tensor<4x3xf32>'}}
  %0 = local.reverse %x dims = [0] : tensor<4x3xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @dynamic_slice_c1(%x: tensor<4x?xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{needs static dimensions, and a start and a size for each}}
  %0 = local.dynamic_slice %x[%i, %i] sizes = [1, 1] : tensor<4x?xf32> -> tensor<1x1xf32>
  return
}

// -----

func.func @dynamic_slice_c1b(%x: tensor<4x3xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{needs static dimensions, and a start and a size for each}}
  %0 = local.dynamic_slice %x[%i] sizes = [1, 1] : tensor<4x3xf32> -> tensor<1x1xf32>
  return
}

// -----

func.func @dynamic_slice_c2(%x: tensor<4x3xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{size 5 does not fit dimension 0 of 'tensor<4x3xf32>'}}
  %0 = local.dynamic_slice %x[%i, %i] sizes = [5, 1] : tensor<4x3xf32> -> tensor<5x1xf32>
  return
}

// -----

func.func @dynamic_slice_c3(%x: tensor<4x3xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{expected 'tensor<2x1xf32>'}}
  %0 = local.dynamic_slice %x[%i, %i] sizes = [2, 1] : tensor<4x3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @dynamic_update_slice_c1(%x: tensor<4x3xf32>, %u: tensor<?x1xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{needs static dimensions, and a start for each}}
  %0 = local.dynamic_update_slice %x, %u[%i, %i] : (tensor<4x3xf32>, tensor<?x1xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @dynamic_update_slice_c2(%x: tensor<4x3xf32>, %u: tensor<1x4xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{update 'tensor<1x4xf32>' does not fit into 'tensor<4x3xf32>'}}
  %0 = local.dynamic_update_slice %x, %u[%i, %i] : (tensor<4x3xf32>, tensor<1x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @dynamic_update_slice_c3(%x: tensor<4x3xf32>, %u: tensor<1x1xf32>, %i: tensor<i64>) {
  // expected-error@+1 {{expected 'tensor<4x3xf32>'}}
  %0 = local.dynamic_update_slice %x, %u[%i, %i] : (tensor<4x3xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return
}

// -----

func.func @take_c1(%x: tensor<4x3xf32>, %i: tensor<2xi32>) {
  // expected-error@+1 {{cannot take along dimension 0 of 'tensor<4x3xf32>' with batch 1 and indices 'tensor<2xi32>'}}
  %0 = local.take %x, %i dim = 0 batch = 1 : (tensor<4x3xf32>, tensor<2xi32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @take_c1b(%x: tensor<4x3xf32>, %i: tensor<2xi32>) {
  // expected-error@+1 {{cannot take along dimension 2}}
  %0 = local.take %x, %i dim = 2 batch = 0 : (tensor<4x3xf32>, tensor<2xi32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @take_c2(%x: tensor<4x3xf32>, %i: tensor<5x2xi32>) {
  // expected-error@+1 {{batch dimensions differ: 'tensor<4x3xf32>' and 'tensor<5x2xi32>'}}
  %0 = local.take %x, %i dim = 1 batch = 1 : (tensor<4x3xf32>, tensor<5x2xi32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @take_c3(%x: tensor<4x3xf32>, %i: tensor<5x2xi32>) {
  // expected-error@+1 {{expected 'tensor<5x2x3xf32>'}}
  %0 = local.take %x, %i dim = 0 batch = 0 : (tensor<4x3xf32>, tensor<5x2xi32>) -> tensor<10x3xf32>
  return
}

// -----

func.func @scatter_add_c1(%x: tensor<4x3xf32>, %i: tensor<i32>, %u: tensor<4xf32>) {
  // expected-error@+1 {{cannot add along dimension 1 of 'tensor<4x3xf32>' with batch 1 and indices 'tensor<i32>'}}
  %0 = local.scatter_add %x, %i, %u dim = 1 batch = 1 : (tensor<4x3xf32>, tensor<i32>, tensor<4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @scatter_add_c2(%x: tensor<4x3xf32>, %i: tensor<5x2xi32>, %u: tensor<4x2xf32>) {
  // expected-error@+1 {{batch dimensions differ}}
  %0 = local.scatter_add %x, %i, %u dim = 1 batch = 1 : (tensor<4x3xf32>, tensor<5x2xi32>, tensor<4x2xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @scatter_add_c3(%x: tensor<4x3xf32>, %i: tensor<2xi32>, %u: tensor<2x4xf32>) {
  // expected-error@+1 {{updates are 'tensor<2x4xf32>', expected 'tensor<2x3xf32>'}}
  %0 = local.scatter_add %x, %i, %u dim = 0 batch = 0 : (tensor<4x3xf32>, tensor<2xi32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @scatter_add_c4(%x: tensor<4x3xf32>, %i: tensor<2xi32>, %u: tensor<2x3xf32>) {
  // expected-error@+1 {{expected 'tensor<4x3xf32>'}}
  %0 = local.scatter_add %x, %i, %u dim = 0 batch = 0 : (tensor<4x3xf32>, tensor<2xi32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @argsort_c1(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{dimension 2 is not one of 'tensor<4x3xf32>'}}
  %0 = local.argsort %x dim = 2 : tensor<4x3xf32> -> tensor<4x3xi32>
  return
}

// -----

func.func @argsort_c2(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{expected 'tensor<4x3xi32>'}}
  %0 = local.argsort %x dim = 0 : tensor<4x3xf32> -> tensor<3x4xi32>
  return
}

// -----

func.func @argsort_c3(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{gives i32 or i64, not 'i8'}}
  %0 = local.argsort %x dim = 0 : tensor<4x3xf32> -> tensor<4x3xi8>
  return
}

// -----

func.func @cumulative_sum_c1(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{dimension -1 is not one of 'tensor<4x3xf32>'}}
  %0 = local.cumulative_sum %x dim = -1 : tensor<4x3xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @cumulative_sum_c2(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{expected 'tensor<4x3xf32>'}}
  %0 = local.cumulative_sum %x dim = 0 : tensor<4x3xf32> -> tensor<4x3xf64>
  return
}
