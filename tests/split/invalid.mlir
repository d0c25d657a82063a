// What cannot be split, said at the user's place.
// RUN: fed-opt %s --fed-split --split-input-file --verify-diagnostics

!c = !fed.federated<tensor<?xf32>, clients>
!s = !fed.federated<tensor<?xf32>, server>

// expected-error@below {{`x` has an unknown dimension without a bound, so that no memory can be set aside for it; give its type a bound, as in `float32[?<=100]`}}
func.func @unbounded(%x: !c {fed.name = "x"}) attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32[?]}@CLIENTS> -> <>)"} {
  return
}

// -----

!c = !fed.federated<tensor<1048576x1048576xf64>, clients>

// expected-error@below {{`x` takes more memory than a layout can have}}
func.func @huge(%x: !c {fed.name = "x"}) attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float64[1048576,1048576]}@CLIENTS> -> <>)"} {
  return
}

// -----

!seq = !fed.federated<!local.sequence<[tensor<f32>]>, server>
!e = !fed.federated<!local.sequence<[tensor<f32>]>, clients, all_equal>
!r = !fed.federated<tensor<f32>, clients>
func.func @sent(%x: !seq {fed.name = "x"}) -> !r attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x=float32*@SERVER> -> float32@CLIENTS)"} {
  // expected-error@below {{which only a tensor of static shape can}}
  %0 = fed.broadcast %x : !seq -> !e
  %1 = fed.map clients(%0) : (!e) -> !r {
  ^bb0(%s: !local.sequence<[tensor<f32>]>):
    %z = local.constant dense<0.0> : tensor<f32>
    fed.yield %z : tensor<f32>
  }
  return %1 : !r
}

// -----

!seq = !fed.federated<!local.sequence<[tensor<f32>]>, clients>

// expected-error@below {{`r` is a sequence, which cannot be sent, kept or returned; reduce it first}}
func.func @returned(%x: !seq {fed.name = "x"}) -> (!seq {fed.name = "r"}) attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32*}@CLIENTS> -> {float32*}@CLIENTS)"} {
  return %x : !seq
}

// -----

// expected-error@below {{an argument of a federated computation has a placement; write its type as `T@SERVER` or `{T}@CLIENTS`}}
func.func @unplaced_argument(%x: tensor<f32> {fed.name = "x"}) attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x=float32> -> <>)"} {
  return
}

// -----

func.func @unplaced_result() -> tensor<f32> attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "( -> float32)"} {
  // expected-error@below {{a result of a federated computation has a placement; place this one with `federated_value(x, SERVER)`}}
  %0 = local.constant dense<1.0> : tensor<f32>
  return %0 : tensor<f32>
}

// -----

!c = !fed.federated<tensor<f32>, clients>
!s = !fed.federated<tensor<f32>, server>
func.func @mean(%x: !c) -> !s attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> float32@SERVER)"} {
  // expected-error@below {{means are expanded before splitting: run --fed-expand-means}}
  %0 = fed.mean %x : !c -> !s
  return %0 : !s
}

// -----

func.func private @f()
func.func @call() attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "( -> <>)"} {
  // expected-error@below {{calls are inlined before splitting: run --inline}}
  func.call @f() : () -> ()
  return
}

// -----

!c = !fed.federated<tensor<f32>, clients>
// expected-error@below {{the signature has no parameter for client state}}
func.func @p.next(%x: !c {fed.client_state}) attributes {fed.entry = #fed.entry<"p", next>} {
  return
}
