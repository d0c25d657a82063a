// The constraints of type parameters.
#ifndef FEDC_COMPILER_CHECK_CONSTRAINT_H_
#define FEDC_COMPILER_CHECK_CONSTRAINT_H_

namespace fedc::checking {

// What a type parameter accepts. kElement..kInteger are scalars, and `T[n]` is a tensor of them.
enum class Constraint {
  kNone,
  kElement,
  kPlain,  // an element that is no key
  kNumeric,
  kFloat,
  kInteger,
  kKey,  // Key or PrivateKey
  kDim,
  kPlacement,
  kTensor,  // one tensor
  kPlainTensor,
  kNumericTensor,
  kFloatTensor,
  kIntegerTensor,
  kKeyTensor,
  kTensors,  // a tensor or a struct (of structs ...) of tensors
  kPlainTensors,
  kNumericTensors,
  kFloatTensors,
  kBoolTensors,
  kIntegerTensors,
  kValue,    // anything without placement: tensors, sequences, structs of them
  kMessage,  // tensors of known dimensions, as aggregation wants them
  kNumericMessage,
  kFloatMessage,
  kIntegerMessage,
  kPlaced,  // a struct of federated values
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_CONSTRAINT_H_
