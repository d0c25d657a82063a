//===- Passes.td - from `local` and split programs to the LLVM dialect ----===//
#ifndef COMPILER_LOWER_PASSES_TD
#define COMPILER_LOWER_PASSES_TD

include "mlir/Pass/PassBase.td"

def LocalToLinalgPass : Pass<"local-to-linalg", "::mlir::ModuleOp"> {
  let summary = "lowers functions over `local` to linalg, tensor, arith and scf";
  let description = [{
    Every `func.func` with a body is rewritten: its first argument becomes the frame of the ABI
    (`!llvm.ptr`), through which run-time errors are reported; tensors of rank 0 become scalars;
    integers lose their signs, which operations have taken into account; an unknown dimension
    becomes an `index` argument behind its tensor. Storage for a value of unknown size is taken at
    its bound. Dot products accumulate in increasing k by fused multiply-add; sums run over 16
    interleaved partials combined pairwise.

    Example:

    ```mlir
    func.func @f(%x: tensor<4xui32>, %y: tensor<4xui32>) -> tensor<4xui32> {
      %0 = local.maximum %x, %y : tensor<4xui32>
      return %0 : tensor<4xui32>
    }
    ```

    becomes a `linalg.generic` whose body is `arith.maxui`.
  }];
  let options = [Option<"cpu", "cpu", "std::string", "", "the processor whose tiles products have (see tiles.h)">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect", "::mlir::func::FuncDialect"];
}

def FedPhasesToFunctionsPass : Pass<"fed-phases-to-functions", "::mlir::ModuleOp"> {
  let summary = "turns one side's phases into functions of the ABI";
  let description = [{
    Each `fed.phase` of the side becomes `func.func @PROGRAM.SIDE.LEVEL(!llvm.ptr) -> i32`, which
    reads its slots from the frame's flat layouts, computes as `local-to-linalg` says, and writes
    its results back, with zeros behind values of unknown size. The other side's phases vanish. At
    the server the regions of a `fed.fold` become functions, too, and the `fed.selection`s of a level
    one (see fed_fold and fed_selection of the ABI).
    `fed.cursors` on the module says how many passes over each sequence are open at once.

    Example:

    ```mlir
    module attributes {fed.hash = "00"} {
    fed.program @p <"", one_shot> "(<x={float32}@CLIENTS> -> {float32}@CLIENTS)" {
      fed.phase server 0 ins [] outs [] {
        fed.yield
      }
      fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<result, 0, "x">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
    }
    }
    ```

    becomes `func.func @p.client.1`, which loads a float32 at offset 0 of `frame->input` and stores
    it at offset 0 of `frame->result`.
  }];
  let options = [Option<"server", "server", "bool", "false", "lower the server's steps, not the client's phases">,
    Option<"cpu", "cpu", "std::string", "", "the processor whose tiles products have (see tiles.h)">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect", "::mlir::func::FuncDialect"];
}

def LocalExpandMathPass : Pass<"local-expand-math"> {
  let summary = "expands exp, log, tanh, pow and their like without a math library";
  let description = [{
    `math.exp`, `log`, `log1p`, `expm1`, `tanh`, `erf` and `powf` on float32 and float64 scalars and
    vectors become arithmetic, fused multiply-adds and operations on bits: argument reduction in two
    parts and polynomials. No branches, so that loops vectorise; the same bits on every target. The
    error is at most 4 ulp everywhere, subnormal results included; infinities and NaNs are as in
    IEEE 754. `sin` and `cos` of scalars become the same with one branch: arguments from 2^30 on are
    reduced by integer products with as many bits of 2 / pi as it takes; within 1 ulp.

    Example:

    ```mlir
    func.func @f(%x: f32) -> f32 {
      %0 = math.exp %x : f32
      return %0 : f32
    }
    ```

    becomes a `math.roundeven`-free reduction by multiples of log 2, a polynomial of `math.fma` and
    a scaling by powers of two through `arith.bitcast`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect"];
}

def FedBufferizePass : Pass<"fed-bufferize", "::mlir::ModuleOp"> {
  let summary = "tensors to memory: upstream's one-shot bufferization with static buffers";
  let description = [{
    Elementwise operations are fused, then upstream's analysis decides what is computed in place.
    Copies become `linalg.copy`, never a call. A buffer of unknown size is an error here: every
    allocation is at its bound.

    Example:

    ```mlir
    func.func @f(%in: memref<4xf32>, %out: memref<4xf32>) {
      %0 = bufferization.to_tensor %in restrict : memref<4xf32> to tensor<4xf32>
      bufferization.materialize_in_destination %0 in restrict writable %out
          : (tensor<4xf32>, memref<4xf32>) -> ()
      return
    }
    ```

    becomes one `linalg.copy`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::scf::SCFDialect"];
}

def FedAssignArenaPass : Pass<"fed-assign-arena", "::mlir::ModuleOp"> {
  let summary = "gives every buffer an offset in the caller's arena";
  let description = [{
    Each `memref.alloc` of a function whose first argument is the frame becomes a view of
    `frame->arena` at a static, 64-byte aligned offset. Buffers that do not hold anything at the same
    time may share memory. `fed.arena_bytes` on the module is the largest need of any function;
    `fed.live_bytes` on a function is the most that lives in it at one time, and `fed.buffers` has for
    each buffer its offset, its size, the first and the last moment of its life, and the places in the
    source where it is made and last used.

    Example:

    ```mlir
    func.func @f(%frame: !llvm.ptr) {
      %0 = memref.alloc() : memref<4xf32>
      %1 = memref.alloc() : memref<4xf32>
      %2 = memref.alloc() : memref<4xf32>
      memref.copy %0, %1 : memref<4xf32> to memref<4xf32>
      memref.copy %1, %2 : memref<4xf32> to memref<4xf32>
      return
    }
    ```

    becomes views at the offsets 0, 64 and 0 of the arena, and `fed.arena_bytes` is 128.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect"];
}

def FedLinalgToLoopsPass : Pass<"fed-linalg-to-loops", "::mlir::ModuleOp"> {
  let summary = "linalg on memory to loops that say which iterations are independent";
  let description = [{
    Each linalg operation becomes `scf.for` loops. Where iterations of the innermost one are
    independent, by the operation's iterators, the loop has an `llvm.loop_annotation` with an access
    group of its own: see `fed-mark-parallel-loops`.

    Example:

    ```mlir
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
      linalg.copy ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
      return
    }
    ```

    becomes a loop over four loads and stores with an annotation.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def FedMarkParallelLoopsPass : Pass<"fed-mark-parallel-loops", "::mlir::ModuleOp"> {
  let summary = "tells LLVM that iterations of a loop do not depend on each other";
  let description = [{
    A branch with an `llvm.loop_annotation`, as conversions leave it behind for a loop that had one,
    gets it as LLVM's own, and the loads and stores of its loop get its access groups. LLVM then
    vectorises without a look at addresses, which it can often not tell apart in one arena.

    Example:

    ```mlir
    #group = #llvm.access_group<id = distinct[0]<>>
    llvm.func @f(%x: !llvm.ptr, %c: i1) {
      llvm.br ^loop
    ^loop:
      %0 = llvm.load %x : !llvm.ptr -> f32
      llvm.store %0, %x : f32, !llvm.ptr
      llvm.cond_br %c, ^latch, ^end
    ^latch:
      llvm.br ^loop {llvm.loop_annotation = #llvm.loop_annotation<parallelAccesses = #group>}
    ^end:
      llvm.return
    }
    ```

    gets the group on the load and on the store.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def FedInsertPollsPass : Pass<"fed-insert-polls", "::mlir::ModuleOp"> {
  let summary = "makes long phases ask in between whether to cancel";
  let description = [{
    Functions of the ABI (of the frame, giving a status) call `fed.poll` so often that no more than
    about `limit` elementary steps lie between two calls, or between one and the next element of a
    sequence of the host's, which polls too: twice the limit at most, where a loop over such
    elements begins again. A step is an instruction on a register of 128 bits; an access to
    memory, a division or a function of math counts 8, so that the default takes well below 10 ms on
    a slow phone even where every access misses the caches.

    Work is estimated from the bounds of loops, or from the room of the memory that they index. In a
    nest of loops the poll goes to the innermost level whose body has enough work to hide it; a
    loop with a small body becomes one over chunks and one inside a chunk, so that no kernel's
    loop has a call in it and no arithmetic changes its order. Loops over other sequences count
    their iterations. Straight code polls when the limit is reached: what is shorter as a whole
    never does. The result of a poll is unused until `fed-exit-at-polls`.

    Example:

    ```mlir
    func.func @f(%frame: !llvm.ptr) -> i32 {
      %zero = arith.constant 0 : i32
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %many = arith.constant 100000000 : index
      %0 = scf.for %i = %c0 to %many step %c1 iter_args(%x = %zero) -> i32 {
        %1 = arith.xori %x, %zero : i32
        scf.yield %1 : i32
      }
      return %0 : i32
    }
    ```

    becomes

    ```mlir
    func.func @f(%frame: !llvm.ptr) -> i32 {
      %zero = arith.constant 0 : i32
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %many = arith.constant 100000000 : index
      %chunk = arith.constant 262144 : index
      %stride = arith.constant 262144 : index
      %0 = scf.for %i = %c0 to %many step %stride iter_args(%x = %zero) -> i32 {
        %nowhere = arith.constant 0 : i32
        %leave = func.call @fed.poll(%frame, %nowhere) : (!llvm.ptr, i32) -> i1
        %next = arith.addi %i, %stride : index
        %end = arith.minsi %next, %many : index
        %1 = scf.for %j = %i to %end step %c1 iter_args(%y = %x) -> i32 {
          %2 = arith.xori %y, %zero : i32
          scf.yield %2 : i32
        }
        scf.yield %1 : i32
      }
      return %0 : i32
    }
    func.func private @fed.poll(!llvm.ptr, i32) -> i1
    ```
  }];
  let options = [Option<"limit", "limit", "int64_t", "1 << 19", "the steps between two polls">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::scf::SCFDialect", "::mlir::LLVM::LLVMDialect"];
}

def FedOutlinePartsPass : Pass<"fed-outline-parts", "::mlir::ModuleOp"> {
  let summary = "makes long code functions of bounded length";
  let description = [{
    What optimises and assembles code takes more than linear time in the length of a function, and a
    phase is one function of everything that its participant computes. Here code of more than
    twice `limit` operations is cut: about `limit` operations that follow one another in a block
    become a private function, a part, which is called in their place and is never inlined. It takes
    the frame and the values that it uses, and returns those that are used behind it, numbers through
    memory where they are more than a few; constants and addresses that follow from others are
    computed again. A vector of one element is handed over as its element: LLVM has no machine code
    for an argument `<1 x i1>` of a processor with AVX-512. Innermost blocks are cut first. Shorter
    code, such as a training step of a few layers, stays as it is.

    Example:

    ```mlir
    func.func @f(%frame: !llvm.ptr, %x: f32) -> f32 {
      %0 = arith.mulf %x, %x : f32
      %1 = arith.addf %0, %x : f32
      %2 = arith.mulf %1, %0 : f32
      %3 = arith.addf %2, %1 : f32
      return %3 : f32
    }
    ```

    with `limit=2` calls `@f.part.1(%frame, %x)`, which returns `%0` and `%1`, and then
    `@f.part.2(%frame, %1, %0)`, which returns `%3`.
  }];
  let options = [Option<"limit", "limit", "int64_t", "4000", "the operations of a part">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::LLVM::LLVMDialect", "::mlir::vector::VectorDialect"];
}

def FedExitAtPollsPass : Pass<"fed-exit-at-polls", "::mlir::ModuleOp"> {
  let summary = "leaves a phase where a poll says so";
  let description = [{
    Behind each call of `fed.poll` in a function of the ABI the function returns the frame's status
    where the poll gave true, out of however many loops. A part of a phase (see
    `fed-outline-parts`) that polls returns as well, and says so in a first result of its own, at
    which its caller returns, too. Runs when loops have become branches.

    Example:

    ```mlir
    func.func private @fed.poll(!llvm.ptr, i32) -> i1
    func.func @f(%frame: !llvm.ptr) -> i32 {
      %zero = arith.constant 0 : i32
      %0 = call @fed.poll(%frame, %zero) : (!llvm.ptr, i32) -> i1
      return %zero : i32
    }
    ```

    becomes

    ```mlir
    func.func private @fed.poll(!llvm.ptr, i32) -> i1
    func.func @f(%frame: !llvm.ptr) -> i32 {
      %zero = arith.constant 0 : i32
      %0 = call @fed.poll(%frame, %zero) : (!llvm.ptr, i32) -> i1
      cf.cond_br %0, ^leave, ^go_on
    ^go_on:
      return %zero : i32
    ^leave:
      %1 = call @fed.status(%frame) : (!llvm.ptr) -> i32
      return %1 : i32
    }
    func.func private @fed.status(!llvm.ptr) -> i32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::func::FuncDialect", "::mlir::ub::UBDialect"];
}

def FedDebugLocationsPass : Pass<"fed-debug-locations", "::mlir::ModuleOp"> {
  let summary = "reduces locations to places in the source and the calls around them, for line tables";
  let description = [{
    Names of values and fusions are resolved to file, line and column, call sites of known functions
    to inlined subprograms, and each function gets a debug subprogram, so that addresses map to
    lines of the `.fed` file and to the calls that led there. Functions that have no place in a
    source, the compiler's own, are in no line table.

    Example:

    ```mlir
    llvm.func @f() {
      llvm.return loc("x"("a.fed":3:5))
    } loc("a.fed":2:1)
    ```

    has its return at `a.fed:3:5` afterwards.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif
