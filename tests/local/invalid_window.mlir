// RUN: fed-opt %s --split-input-file --verify-diagnostics

func.func @convolution_c1(%a: tensor<4x8x8x6xf32>, %b: tensor<3x6x8xf32>) {
  // expected-error@+1 {{must have one rank, at least 3}}
  %0 = local.convolution %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<3x6x8xf32>) -> tensor<4x6x6x8xf32>
  return
}

// -----

func.func @convolution_c2(%a: tensor<4x8x8x6xf32>, %b: tensor<3x3x6x8xf32>) {
  // expected-error@+1 {{a stride and a dilation of at least 1}}
  %0 = local.convolution %a, %b strides = [1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<3x3x6x8xf32>) -> tensor<4x6x6x8xf32>
  return
}

// -----

func.func @convolution_c2b(%a: tensor<4x8x8x6xf32>, %b: tensor<3x3x6x8xf32>) {
  // expected-error@+1 {{a stride and a dilation of at least 1}}
  %0 = local.convolution %a, %b strides = [1, 0] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<3x3x6x8xf32>) -> tensor<4x6x6x8xf32>
  return
}

// -----

func.func @convolution_c2c(%a: tensor<4x8x8x6xf32>, %b: tensor<3x3x6x8xf32>) {
  // expected-error@+1 {{a stride and a dilation of at least 1}}
  %0 = local.convolution %a, %b strides = [1, 1] padding = [0, -1, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<3x3x6x8xf32>) -> tensor<4x6x6x8xf32>
  return
}

// -----

func.func @convolution_c3(%a: tensor<4x?x8x6xf32>, %b: tensor<3x3x6x8xf32>) {
  // expected-error@+1 {{only the batch may be unknown}}
  %0 = local.convolution %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x?x8x6xf32>, tensor<3x3x6x8xf32>) -> tensor<4x6x6x8xf32>
  return
}

// -----

func.func @convolution_c3b(%a: tensor<4x8x8x6xf32>, %b: tensor<3x0x6x8xf32>) {
  // expected-error@+1 {{only the batch may be unknown}}
  %0 = local.convolution %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<3x0x6x8xf32>) -> tensor<4x6x6x8xf32>
  return
}

// -----

func.func @convolution_c4(%a: tensor<4x8x8x6xf32>, %b: tensor<3x3x6x8xf32>) {
  // expected-error@+1 {{2 groups do not divide the channels of}}
  %0 = local.convolution %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 2 : (tensor<4x8x8x6xf32>, tensor<3x3x6x8xf32>) -> tensor<4x6x6x8xf32>
  return
}

// -----

func.func @convolution_c4b(%a: tensor<4x8x8x24xf32>, %b: tensor<3x3x6x6xf32>) {
  // expected-error@+1 {{4 groups do not divide the channels of}}
  %0 = local.convolution %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 4 : (tensor<4x8x8x24xf32>, tensor<3x3x6x6xf32>) -> tensor<4x6x6x6xf32>
  return
}

// -----

func.func @convolution_c5(%a: tensor<4x8x8x6xf32>, %b: tensor<3x3x6x8xf64>) {
  // expected-error@+1 {{different element types}}
  %0 = local.convolution %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<3x3x6x8xf64>) -> tensor<4x6x6x8xf32>
  return
}

// -----

func.func @convolution_c6(%a: tensor<4x8x8x6xf32>, %b: tensor<3x3x6x8xf32>) {
  // expected-error@+1 {{expected 'tensor<4x6x6x8xf32>'}}
  %0 = local.convolution %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<3x3x6x8xf32>) -> tensor<4x6x5x8xf32>
  return
}

// -----

func.func @convolution_data_c1(%a: tensor<4x6x5x8xf32>, %b: tensor<3x3x6x8xf32>) {
  // expected-error@+1 {{takes the gradient 'tensor<4x6x5x8xf32>', expected 'tensor<4x6x6x8xf32>'}}
  %0 = local.convolution_data %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x6x5x8xf32>, tensor<3x3x6x8xf32>) -> tensor<4x8x8x6xf32>
  return
}

// -----

func.func @convolution_filter_c1(%a: tensor<4x8x8x6xf32>, %b: tensor<4x6x5x8xf32>) {
  // expected-error@+1 {{takes the gradient 'tensor<4x6x5x8xf32>', expected 'tensor<4x6x6x8xf32>'}}
  %0 = local.convolution_filter %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<4x6x5x8xf32>) -> tensor<3x3x6x8xf32>
  return
}

// -----

func.func @convolution_filter_c1b(%a: tensor<4x8x8x6xf32>, %b: tensor<5x6x6x8xf32>) {
  // expected-error@+1 {{batches differ}}
  %0 = local.convolution_filter %a, %b strides = [1, 1] padding = [0, 0, 0, 0] dilation = [1, 1] groups = 1 : (tensor<4x8x8x6xf32>, tensor<5x6x6x8xf32>) -> tensor<3x3x6x8xf32>
  return
}

// -----

func.func @reduce_window_c1(%a: tensor<4x6xf32>, %b: tensor<4x3xf32>) {
  // expected-error@+1 {{a window and a stride of at least 1}}
  %0 = local.reduce_window max %a window = [1] strides = [1, 2] padding = [0, 0, 0, 0] : tensor<4x6xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @reduce_window_c1b(%a: tensor<4x6xf32>, %b: tensor<4x3xf32>) {
  // expected-error@+1 {{two paddings below the window}}
  %0 = local.reduce_window max %a window = [1, 2] strides = [1, 2] padding = [1, 0, 0, 0] : tensor<4x6xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @reduce_window_c2(%a: tensor<?x6xf32>, %b: tensor<4x3xf32>) {
  // expected-error@+1 {{dimension 0 of 'tensor<?x6xf32>' is unknown and has no windows}}
  %0 = local.reduce_window max %a window = [2, 2] strides = [1, 2] padding = [0, 0, 0, 0] : tensor<?x6xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @reduce_window_c3(%a: tensor<4x6xf32>, %b: tensor<4x3xf32>) {
  // expected-error@+1 {{kind is sum, max or min, not product}}
  %0 = local.reduce_window product %a window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0] : tensor<4x6xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @reduce_window_c4(%a: tensor<4x6xf32>, %b: tensor<4x3xf32>) {
  // expected-error@+1 {{expected 'tensor<4x3xf32>'}}
  %0 = local.reduce_window max %a window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0] : tensor<4x6xf32> -> tensor<4x2xf32>
  return
}

// -----

func.func @select_and_scatter_c1(%a: tensor<4x6xf32>, %b: tensor<4x3xf32>) {
  // expected-error@+1 {{kind is max or min, not sum}}
  %0 = local.select_and_scatter sum %a, %b window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0] : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @select_and_scatter_c2(%a: tensor<4x6xf32>, %b: tensor<4x2xf32>) {
  // expected-error@+1 {{has the source 'tensor<4x2xf32>', expected 'tensor<4x3xf32>'}}
  %0 = local.select_and_scatter max %a, %b window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0] : (tensor<4x6xf32>, tensor<4x2xf32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @select_and_scatter_c3(%a: tensor<4x6xf32>, %b: tensor<4x3xf32>) {
  // expected-error@+1 {{expected 'tensor<4x6xf32>'}}
  %0 = local.select_and_scatter max %a, %b window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0] : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<4x5xf32>
  return
}

// -----

func.func @select_and_gather_c1(%a: tensor<4x6xf32>, %b: tensor<4x6xf32>) {
  // expected-error@+1 {{kind is max or min, not sum}}
  %0 = local.select_and_gather sum %a, %b window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0] : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @select_and_gather_c2(%a: tensor<4x6xf32>, %b: tensor<4x5xf32>) {
  // expected-error@+1 {{selects in 'tensor<4x6xf32>' but takes from 'tensor<4x5xf32>'}}
  %0 = local.select_and_gather max %a, %b window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0] : (tensor<4x6xf32>, tensor<4x5xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @select_and_gather_c3(%a: tensor<4x6xf32>, %b: tensor<4x6xf32>) {
  // expected-error@+1 {{expected 'tensor<4x3xf32>'}}
  %0 = local.select_and_gather max %a, %b window = [1, 2] strides = [1, 2] padding = [0, 0, 0, 0] : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x2xf32>
  return
}
