//===- Program.td - split programs ----------------------------------------===//
#ifndef FED_PROGRAM_TD
#define FED_PROGRAM_TD

// Included by Fed.td, whose classes it uses.

//===----------------------------------------------------------------------===//
// Split programs
//===----------------------------------------------------------------------===//

def Fed_ProgramOp : Fed_Op<"program", [Symbol, IsolatedFromAbove, NoTerminator, SingleBlock]> {
  let summary = "one entry, split: server steps, client phases and the aggregations between them";
  let description = [{
    The operations stand in the order of time. An attribute `fed.origins` tells who fills each parameter
    where that is not an argument alone ("argument", "host", "key", "private_key"): for whoever runs the
    program, since phases do not care.

    - (program_c1) It holds phases, aggregations, folds and selections only.
    - (program_c2) Server step 0 comes first, then for each k from 1 on client phase k, its aggregation
      if it uploads anything, the aggregation's folds, server step k, which may be missing after the
      last phase alone, and the selections for client phase k + 1.
    - (program_c3) A client phase reads the message of the server step before it, whole, followed by the
      slices selected for it; the step after an aggregation reads what that makes, whole. Types agree,
      and every leaf of an upload is aggregated.
    - (program_c4) What is kept is written, once, before it is read, with the same type. No slot is
      written twice, and no input, state or sequence has two types.
    - (program_c5) Leaves of messages and of what is written are numbered from 0 without gaps.
    - (program_c6) Inputs and sequences are not written, results not read, and state is the clients'.
    - (program_c7) The folds of a level read leaves that its aggregates upload and make each leaf that
      its aggregates make, with its type.
    - (program_c8) The selections of a level read leaves of the upload and what is kept, and make
      each leaf that its selects make.

    ```mlir
    fed.program @sum <"", one_shot> "({float32}@CLIENTS -> float32@SERVER)" {
      fed.phase server 0 ins [] outs [] {
        fed.yield
      }
      fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
      fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
      fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [#fed.slot<result, 0, "">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Fed_EntryAttr:$entry, StrAttr:$signature);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name $entry $signature attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;  // of phases that are verified themselves
}

def Fed_PhaseOp : Fed_Op<"phase", [IsolatedFromAbove, SingleBlock, HasParent<"ProgramOp">]> {
  let summary = "what one side does between two messages";
  let description = [{
    Server steps are numbered from 0, client phases from 1: client phase k reads what server step
    k-1 sent and server step k reads what was aggregated over client phase k. `ins` binds the
    region's arguments and `outs` what it yields (see `fed.slot`).

    - (phase_c1) Each entry of `ins` and `outs` is a slot.
    - (phase_c2) `ins` has one slot an argument, `outs` one a yielded value.
    - (phase_c3) A `sequence` slot, and no other, is of a sequence.

    ```mlir
    fed.program @sum <"", one_shot> "({float32}@CLIENTS -> float32@SERVER)" {
      fed.phase server 0 ins [] outs [] {
        fed.yield
      }
      fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
      fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
      fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [#fed.slot<result, 0, "">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
    }
    ```
  }];
  let arguments = (ins Fed_PlacementAttr:$side, I64Attr:$level, ArrayAttr:$ins, ArrayAttr:$outs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$side $level `ins` $ins `outs` $outs attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def Fed_AggregationOp : Fed_Op<"aggregation", [HasParent<"ProgramOp">]> {
  let summary = "how the uploads of one client phase are combined";
  let description = [{
    - (aggregation_c1) Each entry is a reduction.

    ```mlir
    fed.program @sum <"", one_shot> "({float32}@CLIENTS -> float32@SERVER)" {
      fed.phase server 0 ins [] outs [] {
        fed.yield
      }
      fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
      fed.aggregation 1 [#fed.reduction<sum, value = 0, weight = -1, result = 0, "federated_sum", loc(unknown)>]
      fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [#fed.slot<result, 0, "">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
    }
    ```
  }];
  let arguments = (ins I64Attr:$level, ArrayAttr:$reductions);
  let assemblyFormat = "$level $reductions attr-dict";
  let hasVerifier = 1;
}

def Fed_FoldOp : Fed_Op<"fold", [IsolatedFromAbove, HasParent<"ProgramOp">]> {
  let summary = "the code of one aggregate of an aggregation";
  let description = [{
    `values` are leaves of the upload, `results` leaves of the server step's message (-1: nothing reads
    that one). Regions: `zero` -> accumulator; `accumulate` (accumulator, values) -> accumulator; `merge`
    (accumulator, accumulator) -> accumulator; `report` accumulator -> results.

    - (fold_c1) `zero` takes nothing and yields the accumulator, which is tensors of static shape.
    - (fold_c2) `accumulate` takes the accumulator, then one tensor for each value, and yields the
      accumulator.
    - (fold_c3) `merge` takes two accumulators and yields one.
    - (fold_c4) `report` takes the accumulator and yields one value for each result.

    ```mlir
    fed.program @largest <"", one_shot> "({float32}@CLIENTS -> float32@SERVER)" {
      fed.phase server 0 ins [] outs [] {
        fed.yield
      }
      fed.phase clients 1 ins [#fed.slot<input, 0, "x">] outs [#fed.slot<message, 0, "x">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
      fed.aggregation 1 [#fed.reduction<aggregate, value = 0, weight = -1, result = 0, "federated_aggregate", loc(unknown)>]
      fed.fold 1 of [0] to [0] zero {
        %zero = local.constant dense<0.0> : tensor<f32>
        fed.yield %zero : tensor<f32>
      } accumulate {
      ^bb0(%a: tensor<f32>, %x: tensor<f32>):
        %0 = local.maximum %a, %x : tensor<f32>
        fed.yield %0 : tensor<f32>
      } merge {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %0 = local.maximum %a, %b : tensor<f32>
        fed.yield %0 : tensor<f32>
      } report {
      ^bb0(%a: tensor<f32>):
        fed.yield %a : tensor<f32>
      }
      fed.phase server 1 ins [#fed.slot<message, 0, "x">] outs [#fed.slot<result, 0, "">] {
      ^bb0(%x: tensor<f32>):
        fed.yield %x : tensor<f32>
      }
    }
    ```
  }];
  let arguments = (ins I64Attr:$level, DenseI64ArrayAttr:$values, DenseI64ArrayAttr:$results);
  let regions = (region SizedRegion<1>:$zero, SizedRegion<1>:$accumulate, SizedRegion<1>:$merge, SizedRegion<1>:$report);
  let assemblyFormat = [{
    $level `of` $values `to` $results attr-dict-with-keyword
    `zero` $zero `accumulate` $accumulate `merge` $merge `report` $report
  }];
  let hasVerifier = 1;
}

def Fed_SelectionOp : Fed_Op<"selection", [IsolatedFromAbove, SingleBlock, HasParent<"ProgramOp">]> {
  let summary = "what the server makes for one client that downloads: the slices of its keys";
  let description = [{
    Runs at the server after step `level`, for each client that downloads for client phase `level` + 1.
    `ins` are what the server keeps, and of messages leaves of this client's own upload of phase
    `level`; `outs` are leaves of its download.

    - (selection_c1) `ins` has one slot an argument, of what is kept or of the message; `outs` one message slot
      a yielded value.

    ```mlir
    fed.program @lookup <"", one_shot> "(<keys={int32[2]}@CLIENTS,table=float32[2]@SERVER> -> {float32[2]}@CLIENTS)" {
      fed.phase server 0 ins [#fed.slot<input, 0, "table">] outs [#fed.slot<kept, 0, "table">] {
      ^bb0(%table: tensor<2xf32>):
        fed.yield %table : tensor<2xf32>
      }
      fed.phase clients 1 ins [#fed.slot<input, 0, "keys">] outs [#fed.slot<message, 0, "keys">] {
      ^bb0(%keys: tensor<2xi32>):
        fed.yield %keys : tensor<2xi32>
      }
      fed.aggregation 1 [#fed.reduction<select, value = 0, weight = -1, result = 0, limit = 8, "federated_select", loc(unknown)>]
      fed.phase server 1 ins [] outs [] {
        fed.yield
      }
      fed.selection 1 ins [#fed.slot<kept, 0, "table">, #fed.slot<message, 0, "keys">] outs [#fed.slot<message, 0, "rows">] {
      ^bb0(%table: tensor<2xf32>, %keys: tensor<2xi32>):
        %0 = local.convert %keys : tensor<2xi32> -> tensor<2xf32>
        %1 = local.multiply %0, %table : tensor<2xf32>
        fed.yield %1 : tensor<2xf32>
      }
      fed.phase clients 2 ins [#fed.slot<message, 0, "rows">] outs [#fed.slot<result, 0, "">] {
      ^bb0(%rows: tensor<2xf32>):
        fed.yield %rows : tensor<2xf32>
      }
    }
    ```
  }];
  let arguments = (ins I64Attr:$level, ArrayAttr:$ins, ArrayAttr:$outs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$level `ins` $ins `outs` $outs attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

#endif  // FED_PROGRAM_TD
