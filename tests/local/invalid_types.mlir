// RUN: fed-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{bounds are 1 but the tensor's rank is 2}}
func.func private @bounds_c1(tensor<?x4xf32, #local.bounds<[8]>>)

// -----

// expected-error@+1 {{a bound is a size, or -1 for none}}
func.func private @bounds_c2a(tensor<?xf32, #local.bounds<[-2]>>)

// -----

// expected-error@+1 {{a static dimension has bound -1}}
func.func private @bounds_c2b(tensor<?x4xf32, #local.bounds<[8, 4]>>)

// -----

// expected-error@+1 {{bounds that bound nothing are left out}}
func.func private @bounds_c3(tensor<?x4xf32, #local.bounds<[-1, -1]>>)

// -----

// expected-error@+1 {{a sequence's element consists of tensors, not 'i32'}}
func.func private @sequence_type_c1(!local.sequence<[tensor<f32>, i32]>)
