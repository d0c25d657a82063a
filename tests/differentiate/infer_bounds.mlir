// RUN: fed-opt %s --local-infer-bounds --verify-each | FileCheck %s
// RUN: fed-opt %s --local-infer-bounds --local-differentiate --canonicalize --verify-each | FileCheck %s --check-prefix=REVERSE

!open = tensor<?x2xf32>

// What stands between what is bounded gets its bound; what says less outside has it as it was.
// CHECK-LABEL: func.func @between
// CHECK-SAME: (%[[X:.*]]: tensor<?x2xf32, #local.bounds<[4, -1]>>, %[[Y:.*]]: tensor<?x2xf32>)
// CHECK: local.transpose {{.*}} -> tensor<2x?xf32, #local.bounds<[-1, 4]>>
// CHECK: local.exp %{{.*}} : tensor<2x?xf32, #local.bounds<[-1, 4]>>
// CHECK: %[[OUT:.*]] = local.cast {{.*}} -> tensor<2x?xf32>
// CHECK: return %[[OUT]]
func.func @between(%x: tensor<?x2xf32, #local.bounds<[4, -1]>>, %y: !open) -> tensor<2x?xf32> {
  %0 = local.cast %x : tensor<?x2xf32, #local.bounds<[4, -1]>> -> !open
  %1 = local.add %0, %y : !open
  %2 = local.transpose %1, permutation = [1, 0] : !open -> tensor<2x?xf32>
  %3 = local.exp %2 : tensor<2x?xf32>
  return %3 : tensor<2x?xf32>
}

// A state keeps its size, or does not.
// CHECK-LABEL: func.func @states
// CHECK: local.fold {{.*}} -> tensor<?x2xf32, #local.bounds<[4, -1]>>, tensor<?x2xf32> {
// CHECK: ^bb0({{.*}}: tensor<i64>, {{.*}}: tensor<?x2xf32, #local.bounds<[4, -1]>>, {{.*}}: tensor<?x2xf32>):
func.func @states(%x: tensor<?x2xf32, #local.bounds<[4, -1]>>, %y: !open, %n: tensor<i64>) -> (!open, !open) {
  %0 = local.cast %x : tensor<?x2xf32, #local.bounds<[4, -1]>> -> !open
  %1:2 = local.fold %n init(%0, %0 : !open, !open) -> !open, !open {
  ^bb0(%i: tensor<i64>, %s: !open, %t: !open):
    %2 = local.tanh %s : !open
    local.yield %2, %y : !open, !open
  }
  return %1#0, %1#1 : !open, !open
}

// So a gradient that has to note its states can.
// REVERSE-LABEL: func.func @gradient
// REVERSE: local.fold {{.*}} -> tensor<?x2xf32, #local.bounds<[4, -1]>>, tensor<3x4x2xf32> {
// REVERSE: local.fold {{.*}} reverse
func.func @gradient(%x: tensor<?x2xf32, #local.bounds<[4, -1]>>) -> tensor<?x2xf32, #local.bounds<[4, -1]>> {
  %0 = local.cast %x : tensor<?x2xf32, #local.bounds<[4, -1]>> -> !open
  %v, %dx = local.gradient(%0) wrt = 1 : (!open) -> (tensor<f32>, !open) {
  ^bb0(%a: !open):
    %n = local.constant dense<3> : tensor<i64>
    %1 = local.fold %n at_most = 3 init(%a : !open) -> !open {
    ^bb1(%i: tensor<i64>, %s: !open):
      %2 = local.tanh %s : !open
      local.yield %2 : !open
    }
    %3 = local.reduce sum %1 dims = [0, 1] : !open -> tensor<f32>
    local.yield %3 : tensor<f32>
  }
  %4 = local.cast %dx : !open -> tensor<?x2xf32, #local.bounds<[4, -1]>>
  return %4 : tensor<?x2xf32, #local.bounds<[4, -1]>>
}
