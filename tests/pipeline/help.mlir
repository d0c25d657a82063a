// What is ours comes first; LLVM's options follow.
// RUN: fed-opt --help | FileCheck %s
// CHECK: Reads MLIR in the dialects of the federated compiler
// CHECK: usage: fed-opt [FILE.mlir] [--PASS ...] [-o FILE]
// CHECK: --fed-split
// CHECK: --fed-to-llvm-pipeline=side=client
// CHECK: OVERVIEW:
