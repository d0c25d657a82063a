//===- Control.td - choice, assertion, differentiation --------------------===//
#ifndef LOCAL_CONTROL_TD
#define LOCAL_CONTROL_TD

include "dialects/local/Base.td"

def Local_YieldOp : Local_Op<"yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["IfOp", "SequenceReduceOp", "SequenceMapOp", "SequenceFilterOp", "FoldOp", "GradientOp",
                "CustomGradientOp"]>]> {
  let summary = "the results of a region";
  let description = [{
    ```mlir
    func.func @yield(%c: tensor<i1>, %x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
      %0 = local.if %c -> tensor<f32> {
        local.yield %x : tensor<f32>
      } else {
        local.yield %y : tensor<f32>
      }
      return %0 : tensor<f32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange{}); }]>];
}

def Local_IfOp : Local_Op<"if", [SingleBlock, NoRegionArguments, RecursiveMemoryEffects,
                                 RecursivelySpeculatable]> {
  let summary = "one of two regions by a scalar condition; only that one runs";
  let description = [{
    The regions may use values from above.

    - (if_c1) Each region yields values of the results' types.

    ```mlir
    func.func @if(%c: tensor<i1>, %x: tensor<f32>) -> tensor<f32> {
      %0 = local.if %c -> tensor<f32> {
        %1 = local.exp %x : tensor<f32>
        local.yield %1 : tensor<f32>
      } else {
        local.yield %x : tensor<f32>
      }
      return %0 : tensor<f32>
    }
    ```
  }];
  let arguments = (ins Local_BoolScalar:$condition);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$then_region, SizedRegion<1>:$else_region);
  let assemblyFormat = "$condition attr-dict-with-keyword (`->` type($results)^)? $then_region `else` $else_region";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Local_AssertOp : Local_Op<"assert"> {
  let summary = "fails the phase with a message where a scalar condition does not hold";
  let description = [{
    Status FED_ASSERTION at this operation's location; the first failure of a phase sticks.

    ```mlir
    func.func @assert(%c: tensor<i1>) {
      local.assert %c, "the learning rate must be positive"
      return
    }
    ```
  }];
  let arguments = (ins Local_BoolScalar:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
  let hasCanonicalizeMethod = 1;
}

def Local_DebugOp : Local_Op<"debug"> {
  let summary = "shows a value, under a label, to whoever simulates the program";
  let description = [{
    It changes nothing and nothing depends on it. Only the code that fed-run and the interpreter run
    has it: `--local-remove-debug` takes it away before anything else looks at the program.

    ```mlir
    func.func @debug(%x: tensor<3xf32>) -> tensor<3xf32> {
      local.debug %x, "x" : tensor<3xf32>
      return %x : tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins Local_Tensor:$value, StrAttr:$label);
  let assemblyFormat = "$value `,` $label attr-dict `:` type($value)";
}

def Local_GradientOp : Local_Op<"gradient", [SingleBlock, RecursiveMemoryEffects, RecursivelySpeculatable]> {
  let summary = "value and gradient of a region with respect to its first operands";
  let description = [{
    The region takes the operands and yields a float scalar, which is differentiated, and perhaps
    further values, which are not. The results are what it yields, followed by the derivative of the
    first yielded value with respect to each of the first `wrt` operands. The region may use values
    from above; they are constants. `--local-differentiate` replaces it by forward and reverse code,
    innermost first.

    - (gradient_c1) The region's arguments have the operands' types.
    - (gradient_c2) 0 <= `wrt` <= the number of operands; the first `wrt` are float tensors.
    - (gradient_c3) The first yielded value is a float scalar.
    - (gradient_c4) The results have the types of the yielded values, then those of the first `wrt`
      operands.

    ```mlir
    func.func @gradient(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
      %value, %dx = local.gradient(%x, %y) wrt = 1 : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %0 = local.multiply %a, %b : tensor<f32>
        local.yield %0 : tensor<f32>
      }
      return %dx : tensor<f32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$operands, I64Attr:$wrt);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $operands `)` `wrt` `=` $wrt attr-dict `:` functional-type($operands, $results) $body";
  let hasVerifier = 1;
}

def Local_CustomGradientOp : Local_Op<"custom_gradient", [SingleBlock, RecursiveMemoryEffects,
                                                          RecursivelySpeculatable]> {
  let summary = "a region whose gradient is another region";
  let description = [{
    The first region takes the operands and yields the results. The second takes the operands and the
    gradients of the results, and yields those of the operands. Both may use values from above, which
    are constants to differentiation. `--local-differentiate` replaces it by what is in its regions.

    - (custom_gradient_c1) The first region's arguments have the operands' types, and what it yields has
      the results' types.
    - (custom_gradient_c2) The second region's arguments have the operands' types, then the results', and
      what it yields has the operands' types.

    ```mlir
    func.func @custom_gradient(%x: tensor<f32>) -> tensor<f32> {
      %y = local.custom_gradient(%x) : (tensor<f32>) -> tensor<f32> {
      ^bb0(%a: tensor<f32>):
        %0 = local.floor %a : tensor<f32>
        local.yield %0 : tensor<f32>
      } backward {
      ^bb0(%a: tensor<f32>, %g: tensor<f32>):
        local.yield %g : tensor<f32>
      }
      return %y : tensor<f32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$operands);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body, SizedRegion<1>:$backward);
  let assemblyFormat = "`(` $operands `)` attr-dict `:` functional-type($operands, $results) $body `backward` $backward";
  let hasVerifier = 1;
}

#endif  // LOCAL_CONTROL_TD
