// More memory than any machine has is an error at the value's place, also where its size overflows.
// RUN: fed-opt %s --split-input-file --fed-assign-arena --verify-diagnostics

func.func @large(%frame: !llvm.ptr) {
  // expected-error @+1 {{what is computed here takes more than 2^40 bytes of memory}}
  %0 = memref.alloc() : memref<274877906945xf32>
  return
}

// -----

func.func @overflows(%frame: !llvm.ptr) {
  // expected-error @+1 {{what is computed here takes more than 2^40 bytes of memory}}
  %0 = memref.alloc() : memref<4611686018427387904x3xf32>
  return
}

// -----

func.func @nothing(%frame: !llvm.ptr) {
  %0 = memref.alloc() : memref<4611686018427387904x0xf32>
  return
}
