//===- Sequence.td - lazy sequences, one element in memory at a time ------===//
#ifndef LOCAL_SEQUENCE_TD
#define LOCAL_SEQUENCE_TD

include "dialects/local/Base.td"

def Local_SequenceReduceOp : Local_Op<"sequence_reduce", [SingleBlock, RecursiveMemoryEffects]> {
  let summary = "folds a sequence in order";
  let description = [{
    The region takes the accumulator's leaves, then the element's, and yields the next accumulator.
    It may use values from above. The results are the last accumulator (`init` for an empty sequence).
    More elements than `at_most` fail the phase. After the accumulator the region may yield further
    tensors, its notes: their results have one row for each element, 0 where there was none.

    The gradient needs `at_most`: the elements are noted, and a fold over them takes the place of the
    reduction.

    - (sequence_reduce_c1) The region's arguments have the types of `init`, then of the element's leaves.
    - (sequence_reduce_c2) The region yields values of the types of `init`, then tensors whose unknown
      dimensions have bounds; the results are of these types, the notes' at their bounds and with
      `at_most` as their first dimension.
    - (sequence_reduce_c3) `at_most` is not negative, and is given where there are notes.

    ```mlir
    func.func @sequence_reduce(%s: !local.sequence<[tensor<4xf32>]>, %zero: tensor<4xf32>) -> tensor<4xf32> {
      %0 = local.sequence_reduce %s init(%zero : tensor<4xf32>) : !local.sequence<[tensor<4xf32>]> -> tensor<4xf32> {
      ^bb0(%sum: tensor<4xf32>, %x: tensor<4xf32>):
        %1 = local.add %sum, %x : tensor<4xf32>
        local.yield %1 : tensor<4xf32>
      }
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Local_SequenceType:$sequence, Variadic<AnyType>:$init, OptionalAttr<I64Attr>:$at_most);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sequence (`at_most` `=` $at_most^)? (`init` `(` $init^ `:` type($init) `)`)? attr-dict `:` qualified(type($sequence)) (`->` type($results)^)? $body
  }];
  let hasVerifier = 1;
}

def Local_SequenceMapOp : Local_Op<"sequence_map", [SingleBlock, Pure, SequenceStage]> {
  let summary = "applies a region to each element, lazily";
  let description = [{
    The region may use values from above. It runs again in every pass over the result.

    - (sequence_map_c1) The region's arguments have the types of the element's leaves.
    - (sequence_map_c2) The region yields the leaves of the result's element.

    ```mlir
    func.func @sequence_map(%s: !local.sequence<[tensor<4xf32>, tensor<i32>]>) -> !local.sequence<[tensor<4xf32>]> {
      %0 = local.sequence_map %s : !local.sequence<[tensor<4xf32>, tensor<i32>]> -> !local.sequence<[tensor<4xf32>]> {
      ^bb0(%x: tensor<4xf32>, %label: tensor<i32>):
        %1 = local.negate %x : tensor<4xf32>
        local.yield %1 : tensor<4xf32>
      }
      return %0 : !local.sequence<[tensor<4xf32>]>
    }
    ```
  }];
  let arguments = (ins Local_SequenceType:$sequence);
  let results = (outs Local_SequenceType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sequence attr-dict `:` qualified(type($sequence)) `->` qualified(type($result)) $body";
  let hasVerifier = 1;
}

def Local_SequenceFilterOp : Local_Op<"sequence_filter", [SingleBlock, Pure, SequenceStage, AllTypesMatch<["sequence", "result"]>]> {
  let summary = "the elements for which a region yields true";
  let description = [{
    The region may use values from above. It runs again in every pass over the result.

    - (sequence_filter_c1) The region's arguments have the types of the element's leaves.
    - (sequence_filter_c2) The region yields one `tensor<i1>`.

    ```mlir
    func.func @sequence_filter(%s: !local.sequence<[tensor<4xf32>, tensor<i1>]>) -> !local.sequence<[tensor<4xf32>, tensor<i1>]> {
      %0 = local.sequence_filter %s : !local.sequence<[tensor<4xf32>, tensor<i1>]> {
      ^bb0(%x: tensor<4xf32>, %good: tensor<i1>):
        local.yield %good : tensor<i1>
      }
      return %0 : !local.sequence<[tensor<4xf32>, tensor<i1>]>
    }
    ```
  }];
  let arguments = (ins Local_SequenceType:$sequence);
  let results = (outs Local_SequenceType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sequence attr-dict `:` qualified(type($sequence)) $body";
  let hasVerifier = 1;
}

class Local_CountedStage<string mnemonic, string sum> : Local_Op<mnemonic, [Pure, SequenceStage, AllTypesMatch<["sequence", "result"]>]> {
  let summary = sum;
  let description = "\n```mlir\nfunc.func @" # mnemonic # "(%s: !local.sequence<[tensor<f32>]>, %n: tensor<i64>) -> !local.sequence<[tensor<f32>]> {\n" #
    "  %0 = local." # mnemonic # " %s, %n : !local.sequence<[tensor<f32>]>\n  return %0 : !local.sequence<[tensor<f32>]>\n}\n```\n";
  let arguments = (ins Local_SequenceType:$sequence, Local_IndexScalar:$count);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = "$sequence `,` $count attr-dict `:` qualified(type($sequence))";
}
def Local_SequenceTakeOp : Local_CountedStage<"sequence_take", "the first elements, at most `count` of them (none for a negative count)">;
def Local_SequenceSkipOp : Local_CountedStage<"sequence_skip", "the sequence without its first `count` elements (all of it for a negative count), which are not computed">;
def Local_SequenceRepeatOp : Local_CountedStage<"sequence_repeat", "the sequence `count` times over (none for a negative count)">;

def Local_SequenceBatchOp : Local_Op<"sequence_batch", [Pure, SequenceStage]> {
  let summary = "groups elements by `size`; the last group may be smaller, or is dropped";
  let description = [{
    An element leaf `tensor<S>` becomes `tensor<?xS>` with bound `size`, or `tensor<size x S>` when the
    remainder is dropped.

    - (sequence_batch_c1) `size` >= 1.
    - (sequence_batch_c2) The leaves of the operand's element are static.
    - (sequence_batch_c3) The result's element has the batched leaves.

    ```mlir
    func.func @sequence_batch(%s: !local.sequence<[tensor<4xf32>]>)
        -> !local.sequence<[tensor<?x4xf32, #local.bounds<[8, -1]>>]> {
      %0 = local.sequence_batch %s size = 8
        : !local.sequence<[tensor<4xf32>]> -> !local.sequence<[tensor<?x4xf32, #local.bounds<[8, -1]>>]>
      return %0 : !local.sequence<[tensor<?x4xf32, #local.bounds<[8, -1]>>]>
    }
    ```
  }];
  let arguments = (ins Local_SequenceType:$sequence, I64Attr:$size, UnitAttr:$drop_remainder);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = [{
    $sequence `size` `=` $size (`drop_remainder` $drop_remainder^)? attr-dict
    `:` qualified(type($sequence)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def Local_SequenceShuffleOp : Local_Op<"sequence_shuffle", [Pure, SequenceStage, AllTypesMatch<["sequence", "result"]>]> {
  let summary = "the elements in a random order, through a buffer of `size`";
  let description = [{
    The buffer is filled with the next elements; then element `threefry(key, i)` modulo their number is given, i counting
    from 0, and its place is taken by the last one in the buffer. Once the operand has ended the buffer empties. Every
    pass over the result has the same order. An element is computed when it comes into the buffer.

    - (sequence_shuffle_c1) `size` >= 1.

    ```mlir
    func.func @sequence_shuffle(%s: !local.sequence<[tensor<4xf32>]>, %key: tensor<ui64>) -> !local.sequence<[tensor<4xf32>]> {
      %0 = local.sequence_shuffle %s, %key size = 8 : !local.sequence<[tensor<4xf32>]>
      return %0 : !local.sequence<[tensor<4xf32>]>
    }
    ```
  }];
  let arguments = (ins Local_SequenceType:$sequence, Local_WordScalar:$key, I64Attr:$size);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = "$sequence `,` $key `size` `=` $size attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def Local_SequenceEnumerateOp : Local_Op<"sequence_enumerate", [Pure, SequenceStage]> {
  let summary = "the elements with their numbers, from 0";
  let description = [{
    - (sequence_enumerate_c1) The result's element is a `tensor<i64>`, the number, and the operand's leaves.

    ```mlir
    func.func @sequence_enumerate(%s: !local.sequence<[tensor<4xf32>]>) -> !local.sequence<[tensor<i64>, tensor<4xf32>]> {
      %0 = local.sequence_enumerate %s : !local.sequence<[tensor<4xf32>]> -> !local.sequence<[tensor<i64>, tensor<4xf32>]>
      return %0 : !local.sequence<[tensor<i64>, tensor<4xf32>]>
    }
    ```
  }];
  let arguments = (ins Local_SequenceType:$sequence);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = "$sequence attr-dict `:` qualified(type($sequence)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def Local_SequenceZipOp : Local_Op<"sequence_zip", [Pure, SequenceStage]> {
  let summary = "pairs of elements of two sequences, as many as the shorter one has";
  let description = [{
    An element is computed only where there is one of the other sequence to go with it.

    - (sequence_zip_c1) The result's element has the leaves of `lhs`, then those of `rhs`.

    ```mlir
    func.func @sequence_zip(%s: !local.sequence<[tensor<4xf32>]>, %t: !local.sequence<[tensor<i32>]>) -> !local.sequence<[tensor<4xf32>, tensor<i32>]> {
      %0 = local.sequence_zip %s, %t : !local.sequence<[tensor<4xf32>]>, !local.sequence<[tensor<i32>]>
        -> !local.sequence<[tensor<4xf32>, tensor<i32>]>
      return %0 : !local.sequence<[tensor<4xf32>, tensor<i32>]>
    }
    ```
  }];
  let arguments = (ins Local_SequenceType:$lhs, Local_SequenceType:$rhs);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` qualified(type($lhs)) `,` qualified(type($rhs)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def Local_SequenceConcatenateOp : Local_Op<"sequence_concatenate", [Pure, SequenceStage, AllTypesMatch<["lhs", "rhs", "result"]>]> {
  let summary = "the elements of one sequence, then those of another";
  let description = [{
    ```mlir
    func.func @sequence_concatenate(%s: !local.sequence<[tensor<4xf32>]>, %t: !local.sequence<[tensor<4xf32>]>) -> !local.sequence<[tensor<4xf32>]> {
      %0 = local.sequence_concatenate %s, %t : !local.sequence<[tensor<4xf32>]>
      return %0 : !local.sequence<[tensor<4xf32>]>
    }
    ```
  }];
  let arguments = (ins Local_SequenceType:$lhs, Local_SequenceType:$rhs);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` qualified(type($result))";
}

def Local_SequenceRowsOp : Local_Op<"sequence_rows", [Pure]> {
  let summary = "the rows of tensors, from the first to the last, as a sequence";
  let description = [{
    Element i has row i of each operand: the slice at i of its first dimension, without that dimension.

    - (sequence_rows_c1) There is an operand; all have one static size of the first dimension.
    - (sequence_rows_c2) The leaves of the result's element are the operands' rows.

    ```mlir
    func.func @sequence_rows(%x: tensor<3x4xf32>, %y: tensor<3xi32>) -> !local.sequence<[tensor<4xf32>, tensor<i32>]> {
      %0 = local.sequence_rows %x, %y : (tensor<3x4xf32>, tensor<3xi32>) -> !local.sequence<[tensor<4xf32>, tensor<i32>]>
      return %0 : !local.sequence<[tensor<4xf32>, tensor<i32>]>
    }
    ```
  }];
  let arguments = (ins Variadic<Local_Tensor>:$rows);
  let results = (outs Local_SequenceType:$result);
  let assemblyFormat = "$rows attr-dict `:` functional-type($rows, $result)";
  let hasVerifier = 1;
}

#endif  // LOCAL_SEQUENCE_TD
