// Operators, which are operations of the prelude.
#include <algorithm>

#include "compiler/check/checker.h"

namespace fedc::checking {
namespace {

const char* operation_of(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::Add:
      return "add";
    case ast::BinaryOp::Subtract:
      return "subtract";
    case ast::BinaryOp::Multiply:
      return "multiply";
    case ast::BinaryOp::Divide:
      return "divide";
    case ast::BinaryOp::Remainder:
      return "remainder";
    case ast::BinaryOp::Equal:
      return "equal";
    case ast::BinaryOp::NotEqual:
      return "not_equal";
    case ast::BinaryOp::Less:
      return "less";
    case ast::BinaryOp::LessEqual:
      return "less_equal";
    case ast::BinaryOp::Greater:
      return "greater";
    case ast::BinaryOp::GreaterEqual:
      return "greater_equal";
    case ast::BinaryOp::And:
      return "and";
    case ast::BinaryOp::Or:
      return "or";
  }
  return "";
}

// How much of a chain of operators becomes one nested expression in core.
constexpr size_t kChainPiece = 32;

}  // namespace

Value Checker::operation(const char* name, const std::string& spelling, std::vector<Arg> args,
                         SourceRange range) {
  FnValue*& function = operators_[name];
  if (function == nullptr) {
    function = new_function_value(FnValue::Kind::kDecl, range);
    function->decl = find_declaration(prelude_, name);
    function->key = std::string("o") + name;
    function->spelling = spelling;
    function->scope = prelude_->scope->ref();
  }
  if (function->decl == nullptr) return error();  // the prelude itself is broken: already reported
  return apply_op(function, std::move(args), range);
}

Value Checker::infer_unary(const ast::Unary* unary, ScopeRef scope) {
  Value operand = data(infer(unary->operand, scope), unary->operand->range);
  if (operand.is_error()) return error();
  return operation(unary->op == ast::UnaryOp::Negate ? "negate" : "not",
                   std::string(spelling(unary->op)), {value_arg(operand, unary->operand->range)},
                   unary->range);
}

Value Checker::infer_binary(const ast::Binary* binary, ScopeRef scope) {
  Value value = data(infer(binary->first, scope), binary->first->range);
  SourceRange range = binary->first->range;
  Bindings lets;
  for (size_t i = 0; i < binary->rest.size(); ++i) {
    const auto& link = binary->rest[i];
    Value operand = data(infer(link.operand, scope), link.operand->range);
    if (value.is_error() || operand.is_error()) {
      value = error();
      continue;
    }
    if ((i + 1) % kChainPiece == 0) value = as_variable(value, lets);
    SourceRange left = range;
    // With the parentheses around its operands.
    const bool last = i + 1 == binary->rest.size();
    range = binary->range;
    if (!last) {
      const uint32_t end = link.operand->range.end_offset();
      const std::string_view behind = sources_.text(range.begin.file).substr(end);
      const size_t closed = std::min(behind.find_first_not_of(") \n"), behind.size());
      const size_t bracket = behind.substr(0, closed).find_last_of(')');
      range.length = end - range.begin.offset +
                     static_cast<uint32_t>(bracket == behind.npos ? 0 : bracket + 1);
    }
    value = operation(operation_of(link.op), std::string(ast::spelling(link.op)),
                      {value_arg(value, left), value_arg(operand, link.operand->range)}, range);
  }
  return wrap(lets, value);
}

}  // namespace fedc::checking
