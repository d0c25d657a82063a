// RUN: fed-opt %s --split-input-file --verify-diagnostics

func.func @param_c1() {
  // expected-error@+1 {{the module has no parameter `lr`}}
  %0 = local.param @lr : tensor<f32>
  return
}

// -----

fed.param @lr : tensor<f32> = 0.1 : f32
func.func @param_c2() {
  // expected-error@+1 {{parameter `lr` is a 'tensor<f32>'}}
  %0 = local.param @lr : tensor<f64>
  return
}

// -----

func.func @shape_c1(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error@+1 {{operands have different shapes: 'tensor<4xf32>' and 'tensor<5xf32>'}}
  %0 = local.add %x, %y : (tensor<4xf32>, tensor<5xf32>, tensor<4xf32>)
  return
}

// -----

// A size above the other's bound can never be equal to it.
func.func @shape_c1b(%x: tensor<9xf32>, %y: tensor<?xf32, #local.bounds<[8]>>) {
  // expected-error@+1 {{operands have different shapes}}
  %0 = local.add %x, %y : (tensor<9xf32>, tensor<?xf32, #local.bounds<[8]>>, tensor<9xf32>)
  return
}

// -----

func.func @shape_c2(%x: tensor<?xf32, #local.bounds<[8]>>, %y: tensor<?xf32>) {
  // expected-error@+1 {{result type 'tensor<?xf32, #local.bounds<[4]>>' does not follow from the operands: expected 'tensor<?xf32, #local.bounds<[8]>>' or a type that says less}}
  %0 = local.add %x, %y : (tensor<?xf32, #local.bounds<[8]>>, tensor<?xf32>, tensor<?xf32, #local.bounds<[4]>>)
  return
}

// -----

func.func @get_dimension_size_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{dimension 1 is not one of 'tensor<4xf32>'}}
  %0 = local.get_dimension_size %x, 1 : tensor<4xf32>
  return
}

// -----

func.func @iota_c1() {
  // expected-error@+1 {{dimension -1 is not one of 'tensor<4xi32>'}}
  %0 = local.iota -1 : tensor<4xi32>
  return
}

// -----

func.func @iota_c2(%n: tensor<i64>) {
  // expected-error@+1 {{has 1 sizes for 0 unknown dimensions of 'tensor<4xi32>'}}
  %0 = local.iota 0 sizes(%n) : tensor<4xi32>
  return
}

// -----

func.func @broadcast_in_dim_c1(%x: tensor<3x4xf32>) {
  // expected-error@+1 {{dims must name a different dimension}}
  %0 = local.broadcast_in_dim %x dims = [1, 1] : tensor<3x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @broadcast_in_dim_c1b(%x: tensor<3xf32>) {
  // expected-error@+1 {{dims must name a different dimension}}
  %0 = local.broadcast_in_dim %x dims = [2] : tensor<3xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @broadcast_in_dim_c2(%x: tensor<3xf32>) {
  // expected-error@+1 {{has 0 sizes for 1 unknown dimensions}}
  %0 = local.broadcast_in_dim %x dims = [0] : tensor<3xf32> -> tensor<3x?xf32>
  return
}

// -----

func.func @broadcast_in_dim_c3(%x: tensor<3xf32>) {
  // expected-error@+1 {{dimension 0 of 'tensor<3xf32>' is neither 1 nor the size of dimension 1 of 'tensor<3x4xf32>'}}
  %0 = local.broadcast_in_dim %x dims = [1] : tensor<3xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @broadcast_in_dim_c4(%x: tensor<3xf32>) {
  // expected-error@+1 {{changes the element type from 'f32' to 'f64'}}
  %0 = local.broadcast_in_dim %x dims = [0] : tensor<3xf32> -> tensor<3x4xf64>
  return
}

// -----

func.func @reshape_c1(%x: tensor<4x?xf32>) {
  // expected-error@+1 {{only dimension 0 may be unknown}}
  %0 = local.reshape %x : tensor<4x?xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @reshape_c2(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{changes the number of elements}}
  %0 = local.reshape %x : tensor<4x3xf32> -> tensor<13xf32>
  return
}

// -----

func.func @reshape_c3(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{changes the element type}}
  %0 = local.reshape %x : tensor<4x3xf32> -> tensor<12xi32>
  return
}

// -----

func.func @transpose_c1(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{permutation must name each dimension}}
  %0 = local.transpose %x, permutation = [0, 0] : tensor<4x3xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @transpose_c2(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{does not follow from the operands: expected 'tensor<3x4xf32>'}}
  %0 = local.transpose %x, permutation = [1, 0] : tensor<4x3xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @slice_c1(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{needs a start, a limit and a stride for each dimension}}
  %0 = local.slice %x start = [0] limit = [1] strides = [1] : tensor<4x3xf32> -> tensor<1x3xf32>
  return
}

// -----

func.func @slice_c2(%x: tensor<?xf32>) {
  // expected-error@+1 {{is unknown and must be taken whole}}
  %0 = local.slice %x start = [0] limit = [2] strides = [1] : tensor<?xf32> -> tensor<2xf32>
  return
}

// -----

func.func @slice_c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{start 2, limit 5 and stride 1 do not fit dimension 0}}
  %0 = local.slice %x start = [2] limit = [5] strides = [1] : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @slice_c4(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected 'tensor<2xf32>'}}
  %0 = local.slice %x start = [0] limit = [4] strides = [2] : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @pad_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{needs low, high and interior, none negative, for each dimension}}
  %0 = local.pad %x low = [-1] high = [0] interior = [0] : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @pad_c2(%x: tensor<?xf32>) {
  // expected-error@+1 {{is unknown and cannot be padded}}
  %0 = local.pad %x low = [1] high = [0] interior = [0] : tensor<?xf32> -> tensor<?xf32>
  return
}

// -----

func.func @pad_c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected 'tensor<7xf32>'}}
  %0 = local.pad %x low = [0] high = [0] interior = [1] : tensor<4xf32> -> tensor<8xf32>
  return
}

// -----

func.func @concatenate_c1(%x: tensor<4xf32>, %y: tensor<4x4xf32>) {
  // expected-error@+1 {{joins 'tensor<4xf32>' and 'tensor<4x4xf32>'}}
  %0 = local.concatenate %x, %y dim = 0 : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @concatenate_c2(%x: tensor<4xf32>, %y: tensor<?xf32>) {
  // expected-error@+1 {{joins along dimension 0, which is unknown}}
  %0 = local.concatenate %x, %y dim = 0 : (tensor<4xf32>, tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @concatenate_c3(%x: tensor<4x2xf32>, %y: tensor<4x3xf32>) {
  // expected-error@+1 {{inputs differ in a dimension other than 0}}
  %0 = local.concatenate %x, %y dim = 0 : (tensor<4x2xf32>, tensor<4x3xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @concatenate_c4(%x: tensor<4x2xf32>, %y: tensor<4x2xf32>) {
  // expected-error@+1 {{expected 'tensor<8x2xf32>'}}
  %0 = local.concatenate %x, %y dim = 0 : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<9x2xf32>
  return
}

// -----

func.func @cast_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{no tensor is both a 'tensor<4xf32>' and a 'tensor<5xf32>'}}
  %0 = local.cast %x : tensor<4xf32> -> tensor<5xf32>
  return
}
