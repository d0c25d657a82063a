// Arguments that are known at compile time.
#include "compiler/check/op_call.h"

namespace fedc::checking {
namespace {

bool is_text(const ast::TypeExpr* type) {
  const auto* tensor = ast::as<ast::TensorType>(type);
  const auto* element = tensor == nullptr ? nullptr : ast::as<ast::NamedType>(tensor->element);
  return element != nullptr && element->name.text == "uint8";
}

}  // namespace

std::optional<core::Static> Checker::static_value(const OpCall& call, const ast::Parameter& param,
                                                  Arg& arg) {
  if (arg.ast == nullptr) {
    not_constant(arg.range, "parameter `" + param.name.text + "` wants a constant");
    return std::nullopt;
  }
  bool is_list = param.type->kind == ast::TypeKind::Tensor;
  if (is_text(param.type)) {
    if (const auto* text = ast::as<ast::String>(arg.ast)) return core::Static(text->bytes);
    const auto* name = ast::as<ast::NameRef>(arg.ast);
    report(DiagnosticKind::BadConstant, arg.range,
           "argument `" + param.name.text + "` of `" + callee_text(call.function) +
               "` must be a text in quotes" +
               (name == nullptr ? "" : "; `" + name->name + "` is a name"))
        .with_hint("write a text in quotes: `" + call.name + "(" + written_first(call) + ", \"" +
                   (name == nullptr ? "loss" : name->name) + "\")`");
    return std::nullopt;
  }
  const auto* named = ast::as<ast::NamedType>(param.type);
  std::string kind = named == nullptr ? "" : named->name.text;
  if (is_list) {
    if (ast::as<ast::TensorType>(param.type)->dims.size() == 2) return pairs(arg);
    std::vector<int64_t> numbers;
    if (const auto* list = ast::as<ast::Struct>(arg.ast)) {
      for (const ast::Argument& field : list->fields) {
        auto number = constant_int(field.value, arg.scope);
        if (!number) return std::nullopt;
        numbers.push_back(*number);
      }
    } else {
      auto number = constant_int(arg.ast, arg.scope);
      if (!number) return std::nullopt;
      numbers.push_back(*number);
    }
    return core::Static(numbers);
  }
  if (kind == "bool" || kind == "float64") {
    auto value = constant(arg.ast, arg.scope);
    if (!value) return std::nullopt;
    if (const bool* b = std::get_if<bool>(&value->value); b != nullptr && kind == "bool") {
      return core::Static(std::vector<int64_t>{*b});
    }
    auto number = convert(
        value->value, types_->scalar(kind == "bool" ? ElementType::kBool : ElementType::kFloat64),
        arg.range);
    if (!number) return std::nullopt;
    return core::Static(std::get<double>(*number));
  }
  auto number = constant_int(arg.ast, arg.scope);
  if (!number) return std::nullopt;
  return core::Static(std::vector<int64_t>{*number});
}

// A list of pairs, `((0, 1), (2, 2))`, or of numbers that stand for a pair of themselves.
std::optional<core::Static> Checker::pairs(const Arg& arg) {
  std::vector<int64_t> numbers;
  auto add = [&](const ast::Expr* expr) {
    const auto* pair = ast::as<ast::Struct>(expr);
    if (pair != nullptr && pair->fields.size() != 2) {
      report(DiagnosticKind::BadConstant, expr->range,
             "an entry is a number, or a pair of one before and one after, not " +
                 std::to_string(pair->fields.size()) + " numbers");
      return false;
    }
    for (size_t i = 0; i < 2; ++i) {
      auto number = constant_int(pair == nullptr ? expr : pair->fields[i].value, arg.scope);
      if (!number) return false;
      numbers.push_back(*number);
    }
    return true;
  };
  if (const auto* list = ast::as<ast::Struct>(arg.ast)) {
    for (const ast::Argument& entry : list->fields) {
      if (!add(entry.value)) return std::nullopt;
    }
  } else if (!add(arg.ast)) {
    return std::nullopt;
  }
  return core::Static(numbers);
}

bool Checker::op_statics(OpCall& call) {
  bool failed = false;
  int64_t rank = -1;
  for (const Value& value : call.values) {
    if (value.is_error()) continue;
    const Type* type = inference_.resolve(value.type);
    if (type->is_struct() && !type->fields().empty()) {
      type = inference_.resolve(type->fields()[0].type);
    }
    if (type->is_tensor()) rank = static_cast<int64_t>(type->rank());
    break;
  }
  for (size_t i = 0; i < call.by_param.size(); ++i) {
    if (call.roles[i] != Role::kStatic || call.by_param[i] == nullptr) continue;
    const ast::Parameter& parameter = call.decl->parameters[i];
    auto value = static_value(call, parameter, *call.by_param[i]);
    if (!value) {
      failed = true;
      continue;
    }
    const std::string& name = parameter.name.text;
    auto* numbers = std::get_if<std::vector<int64_t>>(&*value);
    if ((name == "axis" || name == "axes") && numbers != nullptr && rank >= 0) {
      for (int64_t& axis : *numbers) {
        int64_t given = axis;
        if (axis < 0) axis += rank;
        if (axis >= 0 && axis < rank) continue;
        report(DiagnosticKind::ShapeMismatch, call.by_param[i]->range,
               "`" + callee_text(call.function) + "` has no axis " + std::to_string(given) +
                   ": its operand has " + counted(static_cast<size_t>(rank), "dimension"))
            .with_hint(rank == 0 ? "one number has no axes: use it as it is"
                                 : "axes are counted from 0: the last is " +
                                       std::to_string(rank - 1) + ", which may be written -1");
        return false;
      }
    }
    call.statics[name] = *value;
  }
  return !failed;
}

}  // namespace fedc::checking
