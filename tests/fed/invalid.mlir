// RUN: fed-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{a federated value's member is a tensor or a sequence, not 'i32'}}
func.func private @federated_type_c1(!fed.federated<i32, clients>)

// -----

// expected-error@+1 {{only a value at the clients is all equal}}
func.func private @federated_type_c2(!fed.federated<tensor<f32>, server, all_equal>)

// -----

// expected-error@+1 {{type must be a scalar tensor, not 'tensor<4xf32>'}}
fed.param @fed_param_c1a : tensor<4xf32> = 0.1 : f32

// -----

// expected-error@+1 {{value 1 : i32 is no 'f32'}}
fed.param @fed_param_c1b : tensor<f32> = 1 : i32

// -----

// expected-error@+1 {{default 2.000000e+00 : f32 is not between 0.000000e+00 : f32 and 1.000000e+00 : f32}}
fed.param @fed_param_c2a : tensor<f32> = 2.0 : f32 in [0.0 : f32, 1.0 : f32]

// -----

// expected-error@+1 {{has one end of a range}}
"fed.param"() <{sym_name = "fed_param_c2", type = tensor<f32>, default_value = 1.0 : f32, minimum = 0.0 : f32}> : () -> ()
func.func private @fed_param_c2b()

// -----

func.func @intrinsic_c1(%x: !fed.federated<tensor<f32>, clients>, %y: tensor<i1>, %z: tensor<f32>) {
  %0 = local.if %y -> !fed.federated<tensor<f32>, server> {
    // expected-error@+1 {{cannot stand in a region of `local.if`}}
    %1 = fed.sum %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
    local.yield %1 : !fed.federated<tensor<f32>, server>
  } else {
    %2 = fed.value %z : tensor<f32> -> !fed.federated<tensor<f32>, server>
    local.yield %2 : !fed.federated<tensor<f32>, server>
  }
  return
}

// -----

func.func @intrinsic_c1b(%x: !fed.federated<tensor<f32>, clients>) {
  %0 = fed.map clients(%x) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients> {
  ^bb0(%y: tensor<f32>):
    // expected-error@+1 {{cannot stand in a region of `fed.map`}}
    %1 = fed.value %y : tensor<f32> -> !fed.federated<tensor<f32>, server>
    fed.yield %y : tensor<f32>
  }
  return
}

// -----

func.func @intrinsic_c2(%x: !fed.federated<tensor<?xf32, #local.bounds<[8]>>, clients>) {
  // expected-error@+1 {{between placements, which only a tensor of static shape can}}
  %0 = fed.sum %x : !fed.federated<tensor<?xf32, #local.bounds<[8]>>, clients> -> !fed.federated<tensor<?xf32, #local.bounds<[8]>>, server>
  return
}

// -----

func.func @intrinsic_c2b(%x: !fed.federated<!local.sequence<[tensor<f32>]>, server>) {
  // expected-error@+1 {{which only a tensor of static shape can}}
  %0 = fed.broadcast %x : !fed.federated<!local.sequence<[tensor<f32>]>, server> -> !fed.federated<!local.sequence<[tensor<f32>]>, clients, all_equal>
  return
}

// -----

func.func @value_c1(%x: tensor<f32>) {
  // expected-error@+1 {{places a 'tensor<f32>' but gives '!fed.federated<tensor<f64>, server>'}}
  %0 = fed.value %x : tensor<f32> -> !fed.federated<tensor<f64>, server>
  return
}

// -----

func.func @value_c2(%x: tensor<f32>) {
  // expected-error@+1 {{at the clients is all equal}}
  %0 = fed.value %x : tensor<f32> -> !fed.federated<tensor<f32>, clients>
  return
}

// -----

func.func @broadcast_c1(%x: !fed.federated<tensor<f32>, server>) {
  // expected-error@+1 {{of 'tensor<f32>' gives no 'tensor<4xf32>'}}
  %0 = fed.broadcast %x : !fed.federated<tensor<f32>, server> -> !fed.federated<tensor<4xf32>, clients, all_equal>
  return
}

// -----

func.func @map_c1(%x: !fed.federated<tensor<f32>, server>) {
  // expected-error@+1 {{at the clients cannot read '!fed.federated<tensor<f32>, server>'}}
  %0 = fed.map clients(%x) : (!fed.federated<tensor<f32>, server>) -> !fed.federated<tensor<f32>, clients> {
  ^bb0(%m: tensor<f32>):
    fed.yield %m : tensor<f32>
  }
  return
}

// -----

func.func @map_c1b(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{at the clients cannot give '!fed.federated<tensor<f32>, server>'}}
  %0 = fed.map clients(%x) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server> {
  ^bb0(%m: tensor<f32>):
    fed.yield %m : tensor<f32>
  }
  return
}

// -----

func.func @map_c1c(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{gives an all-equal value from values that are not}}
  %0 = fed.map clients(%x) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, clients, all_equal> {
  ^bb0(%m: tensor<f32>):
    fed.yield %m : tensor<f32>
  }
  return
}

// -----

func.func @map_c2(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{region takes ('tensor<4xf32>'), expected ('tensor<f32>')}}
  %0 = fed.map clients(%x) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<4xf32>, clients> {
  ^bb0(%m: tensor<4xf32>):
    fed.yield %m : tensor<4xf32>
  }
  return
}

// -----

func.func @map_c3(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{region yields ('tensor<f32>'), expected ('tensor<4xf32>')}}
  %0 = fed.map clients(%x) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<4xf32>, clients> {
  ^bb0(%m: tensor<f32>):
    fed.yield %m : tensor<f32>
  }
  return
}

// -----

func.func @min_c1(%x: !fed.federated<tensor<i1>, clients>) {
  // expected-error@+1 {{combines numbers, not 'tensor<i1>'}}
  %0 = fed.min %x : !fed.federated<tensor<i1>, clients> -> !fed.federated<tensor<i1>, server>
  return
}

// -----

func.func @max_c1(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{of 'tensor<f32>' gives no 'tensor<4xf32>'}}
  %0 = fed.max %x : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<4xf32>, server>
  return
}

// -----

func.func @sum_c1(%x: !fed.federated<tensor<i1>, clients>) {
  // expected-error@+1 {{combines numbers, not 'tensor<i1>'}}
  %0 = fed.sum %x : !fed.federated<tensor<i1>, clients> -> !fed.federated<tensor<i1>, server>
  return
}

// -----

func.func @sum_c2(%x: !fed.federated<tensor<f32>, clients>, %g: !fed.federated<tensor<4xf32>, clients>) {
  // expected-error@+1 {{weight must be a scalar number, not 'tensor<4xf32>'}}
  %0 = fed.sum %x weight %g : !fed.federated<tensor<4xf32>, clients> : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f64>, server>
  return
}

// -----

func.func @sum_c3a(%x: !fed.federated<tensor<f32>, clients>, %w: !fed.federated<tensor<i64>, clients>) {
  // expected-error@+1 {{of 'tensor<f32>' gives no 'tensor<f32>'}}
  %0 = fed.sum %x weight %w : !fed.federated<tensor<i64>, clients> : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  return
}

// -----

func.func @sum_c3b(%x: !fed.federated<tensor<i32>, clients>, %w: !fed.federated<tensor<i64>, clients>) {
  // expected-error@+1 {{of 'tensor<i32>' gives no 'tensor<i32>'}}
  %0 = fed.sum %x weight %w : !fed.federated<tensor<i64>, clients> : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i32>, server>
  return
}

// -----

func.func @mean_c1(%x: !fed.federated<tensor<i32>, clients>) {
  // expected-error@+1 {{combines floats, not 'tensor<i32>'}}
  %0 = fed.mean %x : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i32>, server>
  return
}

// -----

func.func @mean_c2(%x: !fed.federated<tensor<f32>, clients>, %w: !fed.federated<tensor<i1>, clients>) {
  // expected-error@+1 {{weight must be a scalar number, not 'tensor<i1>'}}
  %0 = fed.mean %x weight %w : !fed.federated<tensor<i1>, clients> : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  return
}

// -----

func.func @mean_c3(%x: !fed.federated<tensor<f32>, clients>, %y: tensor<4xf32>) {
  // expected-error@+1 {{if_empty must be a 'tensor<f32>', unplaced or at the server, not 'tensor<4xf32>'}}
  %0 = fed.mean %x if_empty %y : tensor<4xf32> : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  return
}

// -----

func.func @mean_c3b(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{if_empty must be a 'tensor<f32>', unplaced or at the server}}
  %0 = fed.mean %x if_empty %x : !fed.federated<tensor<f32>, clients> : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  return
}

// -----

func.func @secure_sum_c1(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{sums integers, not 'tensor<f32>'}}
  %0 = fed.secure_sum %x max = 8 : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  return
}

// -----

func.func @secure_sum_c1b(%x: !fed.federated<tensor<i32>, clients>) {
  // expected-error@+1 {{of 'tensor<i32>' gives a 'tensor<i64>', not 'tensor<i32>'}}
  %0 = fed.secure_sum %x max = 8 : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i32>, server>
  return
}

// -----

func.func @secure_sum_c2(%x: !fed.federated<tensor<i32>, clients>) {
  // expected-error@+1 {{has a limit of -1, which is not from 0 to 4611686018427387903}}
  %0 = fed.secure_sum %x max = -1 : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i64>, server>
  return
}

// -----

func.func @secure_sum_bitwidth_c1(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{sums integers, not 'tensor<f32>'}}
  %0 = fed.secure_sum_bitwidth %x bitwidth = 8 : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  return
}

// -----

func.func @secure_sum_bitwidth_c1b(%x: !fed.federated<tensor<i32>, clients>) {
  // expected-error@+1 {{of 'tensor<i32>' gives a 'tensor<i64>', not 'tensor<i32>'}}
  %0 = fed.secure_sum_bitwidth %x bitwidth = 8 : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i32>, server>
  return
}

// -----

func.func @secure_sum_bitwidth_c2(%x: !fed.federated<tensor<i32>, clients>) {
  // expected-error@+1 {{has a limit of 63, which is not from 1 to 62}}
  %0 = fed.secure_sum_bitwidth %x bitwidth = 63 : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i64>, server>
  return
}

// -----

func.func @secure_modular_sum_c1(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{sums integers, not 'tensor<f32>'}}
  %0 = fed.secure_modular_sum %x modulus = 8 : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server>
  return
}

// -----

func.func @secure_modular_sum_c1b(%x: !fed.federated<tensor<i32>, clients>) {
  // expected-error@+1 {{of 'tensor<i32>' gives a 'tensor<i64>', not 'tensor<i32>'}}
  %0 = fed.secure_modular_sum %x modulus = 8 : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i32>, server>
  return
}

// -----

func.func @secure_modular_sum_c2(%x: !fed.federated<tensor<i32>, clients>) {
  // expected-error@+1 {{has a limit of 0, which is not from 1 to 4611686018427387904}}
  %0 = fed.secure_modular_sum %x modulus = 0 : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i64>, server>
  return
}

// -----

func.func @aggregate_c1(%x: !fed.federated<tensor<f32>, clients>) {
  // expected-error@+1 {{zero must be unplaced, not}}
  %0 = fed.aggregate %x zero(%x : !fed.federated<tensor<f32>, clients>) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server>
  accumulate {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    fed.yield %a : tensor<f32>
  } merge {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    fed.yield %a : tensor<f32>
  } report {
  ^bb0(%a: tensor<f32>):
    fed.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @aggregate_c2(%x: !fed.federated<tensor<f32>, clients>, %z: tensor<f32>) {
  // expected-error@+1 {{accumulate takes ('tensor<f32>'), expected ('tensor<f32>', 'tensor<f32>')}}
  %0 = fed.aggregate %x zero(%z : tensor<f32>) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server>
  accumulate {
  ^bb0(%a: tensor<f32>):
    fed.yield %a : tensor<f32>
  } merge {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    fed.yield %a : tensor<f32>
  } report {
  ^bb0(%a: tensor<f32>):
    fed.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @aggregate_c3(%x: !fed.federated<tensor<f32>, clients>, %z: tensor<f32>) {
  // expected-error@+1 {{merge yields ('tensor<f32>', 'tensor<f32>'), expected ('tensor<f32>')}}
  %0 = fed.aggregate %x zero(%z : tensor<f32>) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server>
  accumulate {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    fed.yield %a : tensor<f32>
  } merge {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    fed.yield %a, %a : tensor<f32>, tensor<f32>
  } report {
  ^bb0(%a: tensor<f32>):
    fed.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @aggregate_c4(%x: !fed.federated<tensor<f32>, clients>, %z: tensor<f32>) {
  // expected-error@+1 {{report yields ('tensor<f32>', 'tensor<f32>'), expected ('tensor<f32>')}}
  %0 = fed.aggregate %x zero(%z : tensor<f32>) : (!fed.federated<tensor<f32>, clients>) -> !fed.federated<tensor<f32>, server>
  accumulate {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    fed.yield %a : tensor<f32>
  } merge {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    fed.yield %a : tensor<f32>
  } report {
  ^bb0(%a: tensor<f32>):
    fed.yield %a, %a : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @select_c1(%k: !fed.federated<tensor<2xf32>, clients>, %d: !fed.federated<tensor<4xf32>, server>) {
  // expected-error@+1 {{keys must be integers of rank 1 and static length, not 'tensor<2xf32>'}}
  %0 = fed.select %k max_key = 7 of (%d) : !fed.federated<tensor<2xf32>, clients>, (!fed.federated<tensor<4xf32>, server>) -> !fed.federated<tensor<2x4xf32>, clients> {
  ^bb0(%r: tensor<4xf32>, %key: tensor<i32>):
    fed.yield %r : tensor<4xf32>
  }
  return
}

// -----

func.func @select_c2(%k: !fed.federated<tensor<2xi32>, clients>, %d: !fed.federated<tensor<4xf32>, server>) {
  // expected-error@+1 {{max_key must be at least 0}}
  %0 = fed.select %k max_key = -1 of (%d) : !fed.federated<tensor<2xi32>, clients>, (!fed.federated<tensor<4xf32>, server>) -> !fed.federated<tensor<2x4xf32>, clients> {
  ^bb0(%r: tensor<4xf32>, %key: tensor<i32>):
    fed.yield %r : tensor<4xf32>
  }
  return
}

// -----

func.func @select_c3(%k: !fed.federated<tensor<2xi32>, clients>, %d: !fed.federated<tensor<4xf32>, server>) {
  // expected-error@+1 {{region takes ('tensor<4xf32>'), expected ('tensor<4xf32>', 'tensor<i32>')}}
  %0 = fed.select %k max_key = 7 of (%d) : !fed.federated<tensor<2xi32>, clients>, (!fed.federated<tensor<4xf32>, server>) -> !fed.federated<tensor<2x4xf32>, clients> {
  ^bb0(%r: tensor<4xf32>):
    fed.yield %r : tensor<4xf32>
  }
  return
}

// -----

func.func @select_c4(%k: !fed.federated<tensor<2xi32>, clients>, %d: !fed.federated<tensor<4xf32>, server>) {
  // expected-error@+1 {{gives a stack of 2 slices for each leaf, not 'tensor<3x4xf32>'}}
  %0 = fed.select %k max_key = 7 of (%d) : !fed.federated<tensor<2xi32>, clients>, (!fed.federated<tensor<4xf32>, server>) -> !fed.federated<tensor<3x4xf32>, clients> {
  ^bb0(%r: tensor<4xf32>, %key: tensor<i32>):
    fed.yield %r : tensor<4xf32>
  }
  return
}

// -----

func.func @select_c4b(%k: !fed.federated<tensor<2xi32>, clients>, %d: !fed.federated<tensor<4xf32>, server>) {
  // expected-error@+1 {{gives a stack of 2 slices for each leaf, not '!local.sequence<[tensor<4xf32>]>'}}
  %0 = fed.select %k max_key = 7 of (%d) : !fed.federated<tensor<2xi32>, clients>, (!fed.federated<tensor<4xf32>, server>) -> !fed.federated<!local.sequence<[tensor<4xf32>]>, clients> {
  ^bb0(%r: tensor<4xf32>, %key: tensor<i32>):
    fed.yield %r : tensor<4xf32>
  }
  return
}

// -----

fed.program @program_c1 <"", one_shot> "" {
  // expected-error@+1 {{is no phase, aggregation, fold or selection of a program}}
  %0 = local.constant dense<1.0> : tensor<f32>
}

// -----

fed.program @phase_c1 <"", one_shot> "" {
  // expected-error@+1 {{1 : i64 is no slot}}
  fed.phase clients 1 ins [1] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%x: tensor<f32>):
    fed.yield %x : tensor<f32>
  }
}

// -----

fed.program @phase_c2 <"", one_shot> "" {
  // expected-error@+1 {{has 2 slots for 1 arguments}}
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">, #fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%x: tensor<f32>):
    fed.yield %x : tensor<f32>
  }
}

// -----

fed.program @phase_c2b <"", one_shot> "" {
  // expected-error@+1 {{has 1 slots for 2 yielded values}}
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%x: tensor<f32>):
    fed.yield %x, %x : tensor<f32>, tensor<f32>
  }
}

// -----

fed.program @phase_c3 <"", one_shot> "" {
  // expected-error@+1 {{binds a 'tensor<f32>' to #fed.slot<sequence, 0, "x">}}
  fed.phase clients 1 ins [#fed.slot<sequence, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%x: tensor<f32>):
    fed.yield %x : tensor<f32>
  }
}

// -----

fed.program @aggregation_c1 <"", one_shot> "" {
  // expected-error@+1 {{1 : i64 is no reduction}}
  fed.aggregation 1 [1]
}

// -----

// expected-error@+1 {{a slot's index is from 0 to 1048575, not -1}}
func.func private @slot_c1a() attributes {slot = #fed.slot<message, -1, "x">}

// -----

// expected-error@+1 {{a slot's index is from 0 to 1048575, not 4294967296}}
func.func private @slot_c1b() attributes {slot = #fed.slot<kept, 4294967296, "x">}

// -----

// expected-error@+1 {{a leaf's number is from 0 to 1048575, or -1 for none, not 1048576}}
func.func private @reduction_c1a() attributes {reduction = #fed.reduction<sum, value = 1048576, weight = -1, result = 0, "f", loc(unknown)>}

// -----

// expected-error@+1 {{a min has a value}}
func.func private @reduction_c1b() attributes {reduction = #fed.reduction<min, value = -1, weight = -1, result = 0, "f", loc(unknown)>}

// -----

// expected-error@+1 {{a max has no weight}}
func.func private @reduction_c1c() attributes {reduction = #fed.reduction<max, value = 0, weight = 0, result = 0, "f", loc(unknown)>}

// -----

// expected-error@+1 {{a sum has no limit of 7}}
func.func private @reduction_c2a() attributes {reduction = #fed.reduction<sum, value = 0, weight = -1, result = 0, limit = 7, "f", loc(unknown)>}

// -----

// expected-error@+1 {{a secure_sum has no limit of -7}}
func.func private @reduction_c2b() attributes {reduction = #fed.reduction<secure_sum, value = 0, weight = -1, result = 0, limit = -7, "f", loc(unknown)>}

// -----

// expected-error@+1 {{"here" is no location}}
func.func private @reduction_c3() attributes {reduction = #fed.reduction<sum, value = 0, weight = -1, result = 0, "f", "here">}

// -----

// expected-error@+1 {{has no server step 0}}
fed.program @program_c2a <"", one_shot> "" {
}

// -----

fed.program @program_c2b <"", one_shot> "" {
  // expected-error@+1 {{of the clients at level 1 is out of order}}
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>):
    fed.yield
  }
}

// -----

fed.program @program_c2c <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{of the clients at level 2 is out of order}}
  fed.phase clients 2 ins [#fed.slot<input, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>):
    fed.yield
  }
}

// -----

fed.program @program_c2d <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{does not follow client phase 2}}
  fed.aggregation 2 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
}

// -----

fed.program @program_c3a <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{reads message 0, which is not sent to it}}
  fed.phase clients 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>):
    fed.yield
  }
}

// -----

fed.program @program_c3b <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{follows an upload that nothing aggregates}}
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
}

// -----

// expected-error@+1 {{ends with an upload that nothing aggregates}}
fed.program @program_c3c <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
}

// -----

fed.program @program_c3d <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{combines leaf 1, which is not uploaded}}
  fed.aggregation 1 [#fed.reduction<sum, value = 1, weight = -1, result = 0, "federated_sum", loc(unknown)>]
}

// -----

fed.program @program_c3e <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{does not combine all leaves of the upload}}
  fed.aggregation 1 []
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
}

// -----

fed.program @program_c3f <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{makes leaf 0, which no step reads}}
  fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
}

// -----

fed.program @program_c3g <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{makes leaf 0 of 'tensor<f32>', which is read as 'tensor<i32>'}}
  fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @program_c3h <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
  // expected-error@+1 {{reads another message than what is aggregated for it}}
  fed.phase server 1 ins [#fed.slot<message, 0, "x">, #fed.slot<message, 1, "x">] outs [] {
  ^bb0(%a0: tensor<f32>, %a1: tensor<f32>):
    fed.yield
  }
}

// -----

// expected-error@+1 {{sends a message that no phase reads}}
fed.program @program_c3i <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
}

// -----

fed.program @program_c3j <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.aggregation 1 [#fed.reduction<select, value = 0, weight = -1, result = 0, "federated_select", loc(unknown)>]
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{does not read the slices that are selected for it}}
  fed.phase clients 2 ins [] outs [] {
    fed.yield
  }
}

// -----

fed.program @program_c3k <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{reads another message than what is sent to it}}
  fed.phase clients 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @program_c4a <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{slot kept 0 is read before it is written}}
  fed.phase clients 1 ins [#fed.slot<kept, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>):
    fed.yield
  }
}

// -----

fed.program @program_c4b <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<kept, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{slot kept 0 is read as 'tensor<i32>' and written as 'tensor<f32>'}}
  fed.phase clients 2 ins [#fed.slot<kept, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @program_c4c <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{slot result 0 is written twice}}
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<result, 0, "x">, #fed.slot<result, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0, %a0 : tensor<f32>, tensor<f32>
  }
}

// -----

fed.program @program_c4d <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>):
    fed.yield
  }
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{slot input 0 is read as 'tensor<i32>' and as 'tensor<f32>'}}
  fed.phase clients 2 ins [#fed.slot<input, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @program_c4e <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{slot message 0 is bound twice}}
  fed.phase clients 1 ins [#fed.slot<message, 0, "x">, #fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>, %a1: tensor<f32>):
    fed.yield
  }
}

// -----

fed.program @program_c4f <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  // expected-error@+1 {{makes leaf 0 twice}}
  fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>, #fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>):
    fed.yield
  }
}

// -----

fed.program @program_c5a <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{message slots are not numbered from 0 without gaps}}
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 1, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
}

// -----

// expected-error@+1 {{result slots are not numbered from 0 without gaps}}
fed.program @program_c5b <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<result, 1000000, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
}

// -----

fed.program @program_c6a <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{slot result 0 cannot be read}}
  fed.phase clients 1 ins [#fed.slot<result, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>):
    fed.yield
  }
}

// -----

fed.program @program_c6b <"", one_shot> "" {
  fed.phase server 0 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{slot input 0 cannot be written}}
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<input, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
}

// -----

fed.program @program_c6c <"", one_shot> "" {
  // expected-error@+1 {{slot state 0 is the clients' alone}}
  fed.phase server 0 ins [#fed.slot<state, 0, "x">] outs [] {
  ^bb0(%a0: tensor<f32>):
    fed.yield
  }
}

// -----

fed.program @program_c6d <"", one_shot> "" {
  // expected-error@+1 {{slot state 0 is the clients' alone}}
  fed.phase server 0 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<state, 0, "x">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
}

// -----

fed.program @fold_c1 <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
  // expected-error@+1 {{zero takes nothing and must end}}
  fed.fold 1 of [0] to [0] zero {
  ^bb0(%q: tensor<i32>):
    fed.yield %q : tensor<i32>
  } accumulate {
  ^bb0(%a: tensor<i32>, %x: tensor<2xi32>):
    fed.yield %a : tensor<i32>
  } merge {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    fed.yield %a : tensor<i32>
  } report {
  ^bb0(%a: tensor<i32>):
    fed.yield %a : tensor<i32>
  }
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @fold_c2 <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
  // expected-error@+1 {{accumulate takes 3 values, expected 2}}
  fed.fold 1 of [0] to [0] zero {
    %z = local.constant dense<0> : tensor<i32>
    fed.yield %z : tensor<i32>
  } accumulate {
  ^bb0(%a: tensor<i32>, %x: tensor<2xi32>, %y: tensor<i32>):
    fed.yield %a : tensor<i32>
  } merge {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    fed.yield %a : tensor<i32>
  } report {
  ^bb0(%a: tensor<i32>):
    fed.yield %a : tensor<i32>
  }
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @fold_c2b <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
  // expected-error@+1 {{accumulate yields}}
  fed.fold 1 of [0] to [0] zero {
    %z = local.constant dense<0> : tensor<i32>
    fed.yield %z : tensor<i32>
  } accumulate {
  ^bb0(%a: tensor<i32>, %x: tensor<2xi32>):
    fed.yield %x : tensor<2xi32>
  } merge {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    fed.yield %a : tensor<i32>
  } report {
  ^bb0(%a: tensor<i32>):
    fed.yield %a : tensor<i32>
  }
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @fold_c3 <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
  // expected-error@+1 {{merge takes}}
  fed.fold 1 of [0] to [0] zero {
    %z = local.constant dense<0> : tensor<i32>
    fed.yield %z : tensor<i32>
  } accumulate {
  ^bb0(%a: tensor<i32>, %x: tensor<2xi32>):
    fed.yield %a : tensor<i32>
  } merge {
  ^bb0(%a: tensor<i32>):
    fed.yield %a : tensor<i32>
  } report {
  ^bb0(%a: tensor<i32>):
    fed.yield %a : tensor<i32>
  }
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @fold_c4 <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
  // expected-error@+1 {{report must yield 1 values}}
  fed.fold 1 of [0] to [0] zero {
    %z = local.constant dense<0> : tensor<i32>
    fed.yield %z : tensor<i32>
  } accumulate {
  ^bb0(%a: tensor<i32>, %x: tensor<2xi32>):
    fed.yield %a : tensor<i32>
  } merge {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    fed.yield %a : tensor<i32>
  } report {
  ^bb0(%a: tensor<i32>):
    fed.yield %a, %a : tensor<i32>, tensor<i32>
  }
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @program_c7 <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
  // expected-error-re@+1 {{reads leaf 1 as a {{.*}}, which no aggregate uploads}}
  fed.fold 1 of [1] to [0] zero {
    %z = local.constant dense<0> : tensor<i32>
    fed.yield %z : tensor<i32>
  } accumulate {
  ^bb0(%a: tensor<i32>, %x: tensor<2xi32>):
    fed.yield %a : tensor<i32>
  } merge {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    fed.yield %a : tensor<i32>
  } report {
  ^bb0(%a: tensor<i32>):
    fed.yield %a : tensor<i32>
  }
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @program_c7b <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
  // expected-error-re@+1 {{makes leaf 0 as a {{.*}}, which no aggregate is to make}}
  fed.fold 1 of [0] to [0] zero {
    %z = local.constant dense<0> : tensor<i32>
    fed.yield %z : tensor<i32>
  } accumulate {
  ^bb0(%a: tensor<i32>, %x: tensor<2xi32>):
    fed.yield %a : tensor<i32>
  } merge {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    fed.yield %a : tensor<i32>
  } report {
  ^bb0(%a: tensor<i32>):
    %f = local.convert %a : tensor<i32> -> tensor<f32>
    fed.yield %f : tensor<f32>
  }
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @program_c7c <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
  // expected-error@+1 {{follows an aggregate that no fold makes}}
  fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [] {
  ^bb0(%a0: tensor<i32>):
    fed.yield
  }
}

// -----

fed.program @selection_c1 <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<select, value = 0, weight = -1, result = 0, limit = 8, "federated_select", loc(unknown)>]
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{must bind each argument to a message or to what is kept}}
  fed.selection 1 ins [#fed.slot<input, 0, "t">, #fed.slot<message, 0, "x">] outs [#fed.slot<message, 0, "r">] {
  ^bb0(%t: tensor<f32>, %k: tensor<2xi32>):
    fed.yield %k : tensor<2xi32>
  }
  fed.phase clients 2 ins [#fed.slot<message, 0, "r">] outs [] {
  ^bb0(%r: tensor<2xi32>):
    fed.yield
  }
}

// -----

fed.program @selection_c1b <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<select, value = 0, weight = -1, result = 0, limit = 8, "federated_select", loc(unknown)>]
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{must bind each yielded value to a message}}
  fed.selection 1 ins [#fed.slot<kept, 0, "t">, #fed.slot<message, 0, "x">] outs [#fed.slot<result, 0, "r">] {
  ^bb0(%t: tensor<f32>, %k: tensor<2xi32>):
    fed.yield %k : tensor<2xi32>
  }
  fed.phase clients 2 ins [#fed.slot<message, 0, "r">] outs [] {
  ^bb0(%r: tensor<2xi32>):
    fed.yield
  }
}

// -----

fed.program @program_c8 <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<select, value = 0, weight = -1, result = 0, limit = 8, "federated_select", loc(unknown)>]
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{is no key that clients upload}}
  fed.selection 1 ins [#fed.slot<kept, 0, "t">, #fed.slot<message, 1, "x">] outs [#fed.slot<message, 0, "r">] {
  ^bb0(%t: tensor<f32>, %k: tensor<2xi32>):
    fed.yield %k : tensor<2xi32>
  }
  fed.phase clients 2 ins [#fed.slot<message, 0, "r">] outs [] {
  ^bb0(%r: tensor<2xi32>):
    fed.yield
  }
}

// -----

fed.program @program_c8b <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<select, value = 0, weight = -1, result = 0, limit = 8, "federated_select", loc(unknown)>]
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
  // expected-error@+1 {{is not to be selected, or is selected twice}}
  fed.selection 1 ins [#fed.slot<kept, 0, "t">, #fed.slot<message, 0, "x">] outs [#fed.slot<message, 1, "r">] {
  ^bb0(%t: tensor<f32>, %k: tensor<2xi32>):
    fed.yield %k : tensor<2xi32>
  }
  fed.phase clients 2 ins [#fed.slot<message, 0, "r">] outs [] {
  ^bb0(%r: tensor<2xi32>):
    fed.yield
  }
}

// -----

fed.program @program_c8c <"", one_shot> "" {
  fed.phase server 0 ins [#fed.slot<input, 0, "t">] outs [#fed.slot<kept, 0, "t">] {
  ^bb0(%a0: tensor<f32>):
    fed.yield %a0 : tensor<f32>
  }
  fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
  ^bb0(%a0: tensor<2xi32>):
    fed.yield %a0 : tensor<2xi32>
  }
  fed.aggregation 1 [#fed.reduction<select, value = 0, weight = -1, result = 0, limit = 8, "federated_select", loc(unknown)>]
  fed.phase server 1 ins [] outs [] {
    fed.yield
  }
  fed.selection 1 ins [#fed.slot<kept, 0, "t">, #fed.slot<message, 0, "x">] outs [#fed.slot<message, 0, "r">] {
  ^bb0(%t: tensor<f32>, %k: tensor<2xi32>):
    fed.yield %k : tensor<2xi32>
  }
  // expected-error@+1 {{which no selection makes}}
  fed.phase clients 2 ins [#fed.slot<message, 0, "r">] outs [] {
  ^bb0(%r: tensor<2xf32>):
    fed.yield
  }
}
