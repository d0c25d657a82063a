// `map_fields` and `zip_fields`: a function is applied to each field that is no struct itself, and
// specialised for its type there. They are written out, so nothing later sees them.
#include "compiler/check/guards.h"
#include "compiler/check/op_call.h"

namespace fedc::checking {

Value Checker::over_fields(const OpCall& call) {
  const FnValue* function = nullptr;
  std::vector<Value> operands;
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] == Role::kFunction) {
      function = function_arg(*call.by_param[i], "argument `" + call.decl->parameters[i].name.text +
                                                     "` of `" + callee_text(call.function) + "`");
      if (function == nullptr) return error();
    } else {
      operands.push_back(call.values[i]);
    }
  }
  Bindings lets;
  Sink sink(*this, lets);
  for (Value& operand : operands) {
    if (inference_.resolve(operand.type)->has_federated()) {
      report(DiagnosticKind::WrongPlacement, call.range,
             "`" + call.name + "` is given " + show(operand.type) +
                 ": one participant applies it to what it has")
          .with_hint("use it inside a function given to `federated_map`");
      return error();
    }
    operand = as_variable(operand, lets);
  }
  return wrap(lets, over_fields(call, function, operands, ""));
}

Value Checker::over_fields(const OpCall& call, const FnValue* function,
                           const std::vector<Value>& operands, const std::string& path) {
  const Type* shape = nullptr;
  for (const Value& operand : operands) {
    const Type* type = inference_.resolve(operand.type);
    if (!type->is_struct()) continue;
    if (shape == nullptr) shape = type;
    bool same = type->fields().size() == shape->fields().size();
    for (size_t i = 0; same && i < shape->fields().size(); ++i) {
      same = type->fields()[i].name == shape->fields()[i].name;
    }
    if (same) continue;
    report(DiagnosticKind::TypeMismatch, call.range,
           "`" + call.name + "` takes structs with the same fields, not " + show(shape) + " and " +
               show(type) + (path.empty() ? "" : ", as in `" + path + "`"));
    return error();
  }
  if (shape == nullptr) {
    std::vector<Arg> args;
    for (const Value& operand : operands) args.push_back(value_arg(operand, call.range));
    const std::string before = std::exchange(in_field_, path);
    const Value value = data(apply(function, std::move(args), call.range), call.range);
    in_field_ = before;
    return value;
  }
  std::vector<Field> fields;
  std::vector<core::Expr*> parts;
  for (size_t i = 0; i < shape->fields().size(); ++i) {
    std::vector<Value> inner;
    for (const Value& operand : operands) {
      const bool is_struct = inference_.resolve(operand.type)->is_struct();
      inner.push_back(is_struct ? select(operand, static_cast<int>(i), call.range) : operand);
    }
    const std::string& name = shape->fields()[i].name;
    const Value part =
        over_fields(call, function, inner,
                    (path.empty() ? "" : path + ".") + (name.empty() ? std::to_string(i) : name));
    if (part.is_error()) return error();
    fields.push_back({name, inference_.resolve(part.type)});
    parts.push_back(part.expr);
  }
  const Type* type = types_->structure(std::move(fields));
  if (!type_fits(type, call.range)) return error();
  return {type, program_->make<core::Struct>(type, call.range, std::move(parts)), nullptr};
}

}  // namespace fedc::checking
