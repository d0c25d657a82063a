#include "compiler/interpret/interpret.h"

#include "compiler/interpret/federated.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/SymbolTable.h"

namespace fedc::interpret {

Params with_defaults(mlir::ModuleOp module, const Params& given) {
  Params params = given;
  for (auto param : module.getOps<fed::ParamOp>()) {
    const auto type = mlir::cast<mlir::RankedTensorType>(param.getType());
    const ElementType element = element_type(type.getElementType());
    const mlir::Attribute value = param.getDefaultValueAttr();
    Tensor tensor;
    if (auto number = mlir::dyn_cast<mlir::FloatAttr>(value)) {
      // Already of the element type, so that this conversion is exact.
      tensor = convert(Tensor::scalar<double>(number.getValueAsDouble()), element);
    } else if (auto number = mlir::dyn_cast<mlir::IntegerAttr>(value)) {
      const llvm::APInt bits = number.getValue();
      tensor = convert(Tensor::scalar<int64_t>(static_cast<int64_t>(
                           number.getType().isUnsignedInteger() || number.getType().isInteger(1)
                               ? bits.getZExtValue()
                               : bits.getSExtValue())),
                       element);
    } else {
      continue;
    }
    params.emplace(param.getSymName().str(), std::move(tensor));
  }
  return params;
}

Outcome run_entry(mlir::ModuleOp module, const std::string& name,
                  const std::vector<Leaf>& arguments, const Options& options) {
  Outcome outcome;
  auto entry = module.lookupSymbol<mlir::func::FuncOp>(name);
  if (!entry || entry.isExternal() || entry.getNumArguments() != arguments.size()) {
    outcome.error = Error{FED_BAD_CALL, module.getLoc(), "no such entry: `" + name + "`", {}};
    return outcome;
  }
  const Params params = with_defaults(module, options.params);
  return Round(entry, arguments, options, params).run();
}

CallOutcome call_function(mlir::ModuleOp module, const std::string& name,
                          const std::vector<LeafValue>& arguments, const Params& given,
                          const MathLibrary& math) {
  CallOutcome outcome;
  auto function = module.lookupSymbol<mlir::func::FuncOp>(name);
  if (!function || function.isExternal() || function.getNumArguments() != arguments.size()) {
    outcome.error = Error{FED_BAD_CALL, module.getLoc(), "no such function: `" + name + "`", {}};
    return outcome;
  }
  const Params params = with_defaults(module, given);
  Evaluator evaluator(params, math);
  std::vector<Value> values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    values.push_back(from_leaf(arguments[i], function.getArgumentTypes()[i]));
  }
  const auto results = evaluator.run(function.getBody().front(), std::move(values));
  if (results) {
    for (const Value& value : *results) outcome.results.push_back(to_leaf(value));
  } else {
    const Failure& why = *evaluator.failure();
    outcome.error = Error{why.status, why.location, why.message, {}};
  }
  return outcome;
}

}  // namespace fedc::interpret
