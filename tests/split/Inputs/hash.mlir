!c = !fed.federated<tensor<f32>, clients>
!s = !fed.federated<tensor<f32>, server>
module @hash {
  fed.param @lr : tensor<f32> = 0.5 : f32 in [0.0 : f32, 1.0 : f32] loc("hash.fed":1:1)
  func.func @f(%x: !c {fed.name = "x"} loc("hash.fed":3:1)) -> (!s {fed.name = "r"})
      attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={float32}@CLIENTS> -> <r=float32@SERVER>)"} {
    %y = fed.map clients(%x) : (!c) -> !c {
    ^bb0(%a: tensor<f32> loc("hash.fed":5:2)):
      %one = local.constant dense<1.0> : tensor<f32> loc("hash.fed":6:9)
      %lr = local.param @lr : tensor<f32>
      %b = local.add %a, %one : tensor<f32> loc("hash.fed":6:2)
      %c = local.add %b, %lr : tensor<f32> loc("hash.fed":7:2)
      fed.yield %c : tensor<f32>
    } loc("y"("hash.fed":4:2))
    %r = fed.min %y : !c -> !s loc("hash.fed":8:2)
    return %r : !s
  } loc("hash.fed":2:1)
}
