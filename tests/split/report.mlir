// What a privacy engineer reads, and the manifest that it comes from.
// RUN: fed-opt %s --fed-expand-means --fed-split --mlir-print-debuginfo -o %t
// RUN: manifest-of --report %t | FileCheck %s --match-full-lines --strict-whitespace
// RUN: manifest-of %t | FileCheck %s --check-prefix=MANIFEST

!data = !fed.federated<!local.sequence<[tensor<784xf32>, tensor<?xi32, #local.bounds<[8]>>]>, clients>
module @report {
  fed.param @lr : tensor<f32> = 0.1 : f32 in [0.0 : f32, 1.0 : f32] loc("report.fed":1:1)
  func.func @f(%data: !data {fed.name = "data"} loc("report.fed":2:6), %age: !fed.federated<tensor<i32>, clients> {fed.name = "age"} loc("report.fed":2:20))
      -> (!fed.federated<tensor<f32>, server> {fed.name = "mean"}, !fed.federated<tensor<i32>, server> {fed.name = "oldest"})
      attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<data={<image=float32[784],label=int32[?<=8]>*}@CLIENTS,age={int32}@CLIENTS> -> <mean=float32@SERVER,oldest=int32@SERVER>)"} {
    %r:2 = fed.map clients(%data) : (!data) -> (!fed.federated<tensor<f32>, clients>, !fed.federated<tensor<i64>, clients>) {
    ^bb0(%d: !local.sequence<[tensor<784xf32>, tensor<?xi32, #local.bounds<[8]>>]>):
      %lr = local.param @lr : tensor<f32>
      %zero = local.constant dense<0> : tensor<i64>
      %one = local.constant dense<1> : tensor<i64>
      %s:2 = local.sequence_reduce %d init(%lr, %zero : tensor<f32>, tensor<i64>)
          : !local.sequence<[tensor<784xf32>, tensor<?xi32, #local.bounds<[8]>>]> -> tensor<f32>, tensor<i64> {
      ^bb0(%a: tensor<f32>, %n: tensor<i64>, %image: tensor<784xf32>, %label: tensor<?xi32, #local.bounds<[8]>>):
        %x = local.reduce sum %image dims = [0] : tensor<784xf32> -> tensor<f32>
        %y = local.add %a, %x : tensor<f32>
        %m = local.add %n, %one : tensor<i64>
        local.yield %y, %m : tensor<f32>, tensor<i64>
      } loc("report.fed":4:9)
      fed.yield %s#0, %s#1 : tensor<f32>, tensor<i64>
    } loc(fused<["r.sum", "r.count"]>["report.fed":4:3])
    %0 = fed.mean %r#0 weight %r#1 : !fed.federated<tensor<i64>, clients> : !fed.federated<tensor<f32>, clients> -> !fed.federated<tensor<f32>, server> loc("mean"("report.fed":5:3))
    %1 = fed.max %age : !fed.federated<tensor<i32>, clients> -> !fed.federated<tensor<i32>, server> loc("oldest"("report.fed":6:3))
    return %0, %1 : !fed.federated<tensor<f32>, server>, !fed.federated<tensor<i32>, server>
  }
}

// ---- the report
//      CHECK:privacy report of report
// CHECK-NEXT:program {{[0-9a-f]+}}
// CHECK-NEXT:values are followed, and what decides whether a client fails at a line; that it takes part, and whether sizes (`?`) agree, is seen too
// CHECK-EMPTY:
// CHECK-NEXT:f
// CHECK-NEXT:  leaves the device in phase 1: 192 bytes, 16 of them values: each begins at a multiple of 64
// CHECK-NEXT:    r.sum: float32, 4 bytes, report.fed:4:9
// CHECK-NEXT:      through federated_mean at report.fed:5:3, weighted by r.count at the server
// CHECK-NEXT:      computed from data, parameter lr
// CHECK-NEXT:    r.count: int64, 8 bytes, report.fed:4:9
// CHECK-NEXT:      weight of federated_mean at report.fed:5:3
// CHECK-NEXT:      computed from data
// CHECK-NEXT:    age: int32, 4 bytes, report.fed:2:20
// CHECK-NEXT:      through federated_max at report.fed:6:3: reveals one client's value
// CHECK-NEXT:      is age itself, unchanged
// CHECK-NEXT:    not protected by secure aggregation: the server receives each client's values and combines them
// CHECK-NEXT:  held by the device
// CHECK-NEXT:    data: a sequence of <image=float32[784], label=int32[?<=8]>, report.fed:2:6
// CHECK-NEXT:      depends on it and leaves the device: r.sum, r.count
// CHECK-NEXT:    age: int32, 4 bytes, report.fed:2:20
// CHECK-NEXT:      depends on it and leaves the device: age
// CHECK-NEXT:  results at the server
// CHECK-NEXT:    mean: float32, 4 bytes, report.fed:5:3
// CHECK-NEXT:      made of federated_mean of r.sum in phase 1, the total of r.count in phase 1, parameter lr
// CHECK-NEXT:    oldest: int32, 4 bytes, report.fed:6:3
// CHECK-NEXT:      made of federated_max of age in phase 1

// MANIFEST: name: "report"
// MANIFEST: param_layout {
// MANIFEST-NEXT: bytes: 64
// MANIFEST: name: "f"
// MANIFEST-NEXT: role: ONE_SHOT
// MANIFEST: sequences {
// MANIFEST-NEXT: name: "data"
// MANIFEST: name: "image"
// MANIFEST: bytes: 3136
// MANIFEST: name: "label"
// MANIFEST: unknown: true
// MANIFEST-NEXT: size: 8
// MANIFEST: aggregations {
// MANIFEST-NEXT: level: 1
// MANIFEST: kind: SUM
// MANIFEST-NEXT: value: 0
// MANIFEST-NEXT: weight: 1
// MANIFEST-NEXT: result: 0
// MANIFEST: intrinsic: "federated_mean"
// MANIFEST: kind: MAX
// MANIFEST: sites {
// MANIFEST: file: "report.fed"
// MANIFEST: line: 5
// MANIFEST-NEXT: column: 3
// MANIFEST-NEXT: text: "the total weight of this `federated_mean` is 0"
