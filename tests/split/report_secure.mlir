// Bounds of what a client sends, and slices that its keys select.
// RUN: fed-opt %s --fed-split --mlir-print-debuginfo -o %t
// RUN: manifest-of --report %t | FileCheck %s --match-full-lines --strict-whitespace
// RUN: manifest-of %t | FileCheck %s --check-prefix=MANIFEST

!i = !fed.federated<tensor<i32>, clients>
!k = !fed.federated<tensor<2xi32>, clients>
!s = !fed.federated<tensor<i64>, server>
!db = !fed.federated<tensor<4xf32>, server>
!r = !fed.federated<tensor<2xf32>, clients>
module @secure {
  func.func @f(%x: !i {fed.name = "x"}, %keys: !k {fed.name = "keys"}, %db: !db {fed.name = "db"})
      -> (!s {fed.name = "total"}, !s {fed.name = "wrapped"}, !r {fed.name = "rows"})
      attributes {fed.entry = #fed.entry<"", one_shot>, fed.signature = "(<x={int32}@CLIENTS,keys={int32[2]}@CLIENTS,db=float32[4]@SERVER> -> <total=int64@SERVER,wrapped=int64@SERVER,rows={float32[2]}@CLIENTS>)"} {
    %0 = fed.secure_sum %x max = 100 : !i -> !s loc("total"("secure.fed":2:3))
    %1 = fed.secure_modular_sum %x modulus = 16 : !i -> !s loc("wrapped"("secure.fed":3:3))
    %2 = fed.select %keys max_key = 3 of (%db) : !k, (!db) -> !r {
    ^bb0(%d: tensor<4xf32>, %key: tensor<i32>):
      %s = local.slice %d start = [0] limit = [1] strides = [1] : tensor<4xf32> -> tensor<1xf32>
      %v = local.reshape %s : tensor<1xf32> -> tensor<f32>
      fed.yield %v : tensor<f32>
    } loc("slices"("secure.fed":4:3))
    return %0, %1, %2 : !s, !s, !r
  }
}

//      CHECK:privacy report of secure
// CHECK-NEXT:program {{[0-9a-f]+}}
// CHECK-NEXT:values are followed, and what decides whether a client fails at a line; that it takes part, and whether sizes (`?`) agree, is seen too
// CHECK-EMPTY:
// CHECK-NEXT:f
// CHECK-NEXT:  leaves the device in phase 1: 192 bytes, 24 of them values: each begins at a multiple of 64
// CHECK-NEXT:    x: int64, 8 bytes, secure.fed:2:3
// CHECK-NEXT:      through federated_secure_sum at secure.fed:2:3, from 0 to 100
// CHECK-NEXT:      computed from x
// CHECK-NEXT:    x_2: int64, 8 bytes, secure.fed:3:3
// CHECK-NEXT:      through federated_secure_modular_sum at secure.fed:3:3, from 0 to 15
// CHECK-NEXT:      computed from x
// CHECK-NEXT:    keys: int32[2], 8 bytes{{.*}}
// CHECK-NEXT:      keys of federated_select at secure.fed:4:3, from 0 to 3: not combined, the server reads each client's
// CHECK-NEXT:      is keys itself, unchanged
// CHECK-NEXT:    not protected by secure aggregation: the server receives each client's values and combines them, but for the keys: these say what slices it sends back
// CHECK-NEXT:  whether a client fails is seen by the server, and where
// CHECK-NEXT:    can fail at secure.fed:2:3 in phase 1: a value of this `federated_secure_sum` is not between 0 and 100
// CHECK-NEXT:      depends on x
// CHECK-NEXT:    can fail at secure.fed:4:3 in phase 1: a key of this `federated_select` is not between 0 and its `max_key`, 3
// CHECK-NEXT:      depends on keys
// CHECK-NEXT:  sent to the device in phase 2: 64 bytes, 8 of them values: each begins at a multiple of 64
// CHECK-NEXT:    slices: float32[2], 8 bytes, secure.fed:4:3
// CHECK-NEXT:      selected by keys in phase 1, at secure.fed:4:3

// MANIFEST: kind: SECURE_SUM
// MANIFEST: limit: 100
// MANIFEST: kind: SECURE_MODULAR_SUM
// MANIFEST: limit: 15
// MANIFEST: kind: SELECT
// MANIFEST: limit: 3
