// RUN: fed-opt %s --local-expand-math --verify-each | FileCheck %s

// CHECK-LABEL: func.func @f
// CHECK-NOT: math.exp
// CHECK: math.roundeven
// CHECK: math.fma
// CHECK: arith.bitcast
func.func @f(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// The argument is reduced in one of two ways.
// CHECK-LABEL: func.func @sine
// CHECK-NOT: math.{{sin|cos|erf}}
// CHECK: scf.if
// CHECK: math.fma
// CHECK: else
// CHECK: arith.mului_extended
// CHECK-NOT: math.{{sin|cos|erf}}
// CHECK: return
func.func @sine(%x: f32, %y: f64) -> (f32, f64, f32) {
  %0 = math.sin %x : f32
  %1 = math.cos %y : f64
  %2 = math.erf %x : f32
  return %0, %1, %2 : f32, f64, f32
}

// CHECK-LABEL: func.func @all
// CHECK-NOT: math.{{log|log1p|expm1|tanh|powf}}
// CHECK: return
func.func @all(%x: f64, %v: vector<4xf32>) -> (f64, f64, f64, f64, f64, vector<4xf32>) {
  %0 = math.log %x : f64
  %1 = math.log1p %x : f64
  %2 = math.expm1 %x : f64
  %3 = math.tanh %x : f64
  %4 = math.powf %x, %0 : f64
  %5 = math.powf %v, %v : vector<4xf32>
  return %0, %1, %2, %3, %4, %5 : f64, f64, f64, f64, f64, vector<4xf32>
}

// A function of a constant is expanded like any other: folded, it would have the last bits of the
// compiling machine's math library.
// CHECK-LABEL: func.func @constant
// CHECK: math.fma
func.func @constant() -> f32 {
  %c = arith.constant 5.0 : f32
  %0 = math.tanh %c : f32
  return %0 : f32
}
