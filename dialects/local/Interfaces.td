//===- Interfaces.td - interfaces of the local dialect --------------------===//
#ifndef LOCAL_INTERFACES_TD
#define LOCAL_INTERFACES_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let description = [{
    An operation that knows its vector-Jacobian product. Reverse mode is one pass over the IR: it
    asks each operation, last first, how the gradients of its results make gradients of its operands.
  }];
  let cppNamespace = "::local";
  let methods = [InterfaceMethod<[{
      Builds, at the builder's insertion point, the gradient of each operand from those of the
      results (`result_gradients`, one a result, null where a result does not matter). An entry of
      `operand_gradients` (one an operand) stays null where the derivative is zero. Fails, after
      emitting an error at the operation, where there is no derivative.
    }], "::llvm::LogicalResult", "buildVjp", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::ValueRange":$result_gradients,
      "::llvm::SmallVectorImpl<::mlir::Value> &":$operand_gradients)>];
}

def SequenceStage : NativeOpTrait<"SequenceStage"> {
  let cppNamespace = "::local";
}

#endif
