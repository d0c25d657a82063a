// RUN: fed-opt %s --split-input-file --verify-diagnostics

func.func @fold_c1(%n: tensor<i64>, %x: tensor<f32>, %r: tensor<4x3xf32>) {
  // expected-error@+1 {{region takes}}
  %0:2 = local.fold %n at_most = 4 init(%x : tensor<f32>) rows(%r : tensor<4x3xf32>) -> tensor<f32>, tensor<4xf32> {
  ^bb0(%i: tensor<i32>, %s: tensor<f32>, %row: tensor<3xf32>):
    local.yield %s, %s : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @fold_c1b(%n: tensor<i64>, %x: tensor<f32>, %r: tensor<4x3xf32>) {
  // expected-error@+1 {{region takes}}
  %0:2 = local.fold %n at_most = 4 init(%x : tensor<f32>) rows(%r : tensor<4x3xf32>) -> tensor<f32>, tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<f32>, %row: tensor<4x3xf32>):
    local.yield %s, %s : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @fold_c2(%n: tensor<i64>, %x: tensor<f32>, %r: tensor<4x3xf32>) {
  // expected-error@+1 {{yields}}
  %0:2 = local.fold %n at_most = 4 init(%x : tensor<f32>) rows(%r : tensor<4x3xf32>) -> tensor<f32>, tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<f32>, %row: tensor<3xf32>):
    local.yield %row, %s : tensor<3xf32>, tensor<f32>
  }
  return
}

// -----

func.func @fold_c2b(%n: tensor<i64>, %x: tensor<f32>, %r: tensor<4x3xf32>) {
  // expected-error@+1 {{has results}}
  %0:2 = local.fold %n at_most = 4 init(%x : tensor<f32>) rows(%r : tensor<4x3xf32>) -> tensor<f32>, tensor<5xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<f32>, %row: tensor<3xf32>):
    local.yield %s, %s : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @fold_c3(%n: tensor<i64>, %x: tensor<f32>, %r: tensor<4x3xf32>) {
  // expected-error@+1 {{at_most is negative}}
  %0:2 = local.fold %n at_most = -1 init(%x : tensor<f32>) rows(%r : tensor<4x3xf32>) -> tensor<f32>, tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<f32>, %row: tensor<3xf32>):
    local.yield %s, %s : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @fold_c3b(%n: tensor<i64>, %x: tensor<f32>, %r: tensor<5x3xf32>) {
  // expected-error@+1 {{needs at_most rows}}
  %0:2 = local.fold %n at_most = 4 init(%x : tensor<f32>) rows(%r : tensor<5x3xf32>) -> tensor<f32>, tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<f32>, %row: tensor<3xf32>):
    local.yield %s, %s : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @fold_c4(%n: tensor<i64>, %x: tensor<f32>) {
  // expected-error@+1 {{until its first state is false}}
  %0 = local.fold %n until_false init(%x : tensor<f32>) -> tensor<f32> {
  ^bb0(%i: tensor<i64>, %s: tensor<f32>):
    local.yield %s : tensor<f32>
  }
  return
}

// -----

func.func @fold_c4b(%n: tensor<i64>, %x: tensor<i1>) {
  // expected-error@+1 {{not in reverse}}
  %0 = local.fold %n reverse until_false init(%x : tensor<i1>) -> tensor<i1> {
  ^bb0(%i: tensor<i64>, %s: tensor<i1>):
    local.yield %s : tensor<i1>
  }
  return
}

// -----

func.func @fold_c3c(%n: tensor<i64>, %x: tensor<f32>, %r: tensor<4x3xf32>) {
  // expected-error@+1 {{which needs at_most and a bound for each dimension}}
  %0:2 = local.fold %n init(%x : tensor<f32>) -> tensor<f32>, tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %s: tensor<f32>):
    local.yield %s, %s : tensor<f32>, tensor<f32>
  }
  return
}
