// Types and expressions as one line of source text.
#include <charconv>

#include "compiler/ast/print.h"

namespace fedc::ast {
namespace {

// From 1 (`||`) to 5 (`*`), as the parser has it.
int precedence(BinaryOp op) {
  switch (op) {
    case BinaryOp::Or:
      return 1;
    case BinaryOp::And:
      return 2;
    case BinaryOp::Add:
    case BinaryOp::Subtract:
      return 4;
    case BinaryOp::Multiply:
    case BinaryOp::Divide:
    case BinaryOp::Remainder:
      return 5;
    default:
      return 3;
  }
}

class Writer {
 public:
  std::string out;

  void type(const TypeExpr& t) {
    switch (t.kind) {
      case TypeKind::Error:
        out += "<error>";
        return;
      case TypeKind::Named: {
        const auto& named = *as<NamedType>(&t);
        if (named.module) out += named.module->text + ".";
        out += named.name.text;
        if (!named.arguments.empty()) type_arguments(named.arguments);
        return;
      }
      case TypeKind::Tensor: {
        const auto& tensor = *as<TensorType>(&t);
        type(*tensor.element);
        out += "[";
        for (size_t i = 0; i < tensor.dims.size(); ++i) {
          const Dim& dim = tensor.dims[i];
          if (i > 0) out += ",";
          if (dim.unknown) out += dim.value != nullptr ? "?<=" : "?";
          if (dim.value != nullptr) expr(*dim.value, 4);
        }
        out += "]";
        return;
      }
      case TypeKind::Sequence:
        type(*as<SequenceType>(&t)->element);
        out += "*";
        return;
      case TypeKind::Struct: {
        const auto& fields = as<StructType>(&t)->fields;
        out += "<";
        for (size_t i = 0; i < fields.size(); ++i) {
          if (i > 0) out += ",";
          if (fields[i].name) out += fields[i].name->text + "=";
          type(*fields[i].type);
        }
        out += ">";
        return;
      }
      case TypeKind::Function: {
        const auto& function = *as<FunctionType>(&t);
        out += "(";
        if (function.parameter != nullptr) type(*function.parameter);
        out += " -> ";
        type(*function.result);
        out += ")";
        return;
      }
      case TypeKind::Placed: {
        const auto& placed = *as<PlacedType>(&t);
        if (placed.per_member) out += "{";
        type(*placed.member);
        if (placed.per_member) out += "}";
        out += "@" + placed.placement.text;
        return;
      }
    }
  }

  void type_arguments(const std::vector<TypeArgument>& arguments) {
    out += "<";
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (i > 0) out += ",";
      if (arguments[i].type != nullptr) {
        type(*arguments[i].type);
      } else {
        expr(*arguments[i].dim, 4);
      }
    }
    out += ">";
  }

  // In parentheses if it binds weaker than `least` (6: an operand of a sign, 7: of a postfix).
  void expr(const Expr& e, int least) {
    switch (e.kind) {
      case ExprKind::Error:
        out += "<error>";
        return;
      case ExprKind::Number:
        number(*as<Number>(&e), least);
        return;
      case ExprKind::Bool:
        out += as<Bool>(&e)->value ? "true" : "false";
        return;
      case ExprKind::String:
        out += quoted(as<String>(&e)->bytes);
        return;
      case ExprKind::NameRef:
        out += as<NameRef>(&e)->name;
        return;
      case ExprKind::PlacementRef:
        out += spelling(as<PlacementRef>(&e)->placement);
        return;
      case ExprKind::Struct: {
        const auto& fields = as<Struct>(&e)->fields;
        const Expr* base = as<Struct>(&e)->base;
        out += "(";
        if (base != nullptr) {
          out += "..";
          expr(*base, 1);
          out += ", ";
        }
        arguments(fields);
        if (fields.size() == 1 && base == nullptr) out += ",";
        out += ")";
        return;
      }
      case ExprKind::Field:
        expr(*as<Field>(&e)->base, 7);
        out += "." + as<Field>(&e)->name.text;
        return;
      case ExprKind::Index:
        expr(*as<Index>(&e)->base, 7);
        out += "." + std::to_string(as<Index>(&e)->index);
        return;
      case ExprKind::TypeApply: {
        const auto& apply = *as<TypeApply>(&e);
        expr(*apply.function, 7);
        type_arguments(apply.arguments);
        return;
      }
      case ExprKind::Call:
        expr(*as<Call>(&e)->callee, 7);
        out += "(";
        arguments(as<Call>(&e)->arguments);
        out += ")";
        return;
      case ExprKind::Unary:
        if (least > 6) out += "(";
        out += spelling(as<Unary>(&e)->op);
        expr(*as<Unary>(&e)->operand, 6);
        if (least > 6) out += ")";
        return;
      case ExprKind::Binary: {
        const auto& chain = *as<Binary>(&e);
        const int own = precedence(chain.rest[0].op);
        if (own < least) out += "(";
        expr(*chain.first, own == 3 ? 4 : own);
        for (const Binary::Link& link : chain.rest) {
          out += " " + std::string(spelling(link.op)) + " ";
          expr(*link.operand, own + 1);
        }
        if (own < least) out += ")";
        return;
      }
      case ExprKind::If: {
        const auto& node = *as<If>(&e);
        // Parentheses: an operator behind the last `}` would look like its continuation.
        if (least > 1) out += "(";
        out += "if ";
        expr(*node.condition, 1);
        out += " ";
        expr(*node.then, 0);
        out += " else ";
        expr(*node.otherwise, 0);
        if (least > 1) out += ")";
        return;
      }
      case ExprKind::Match: {
        const auto& node = *as<Match>(&e);
        if (least > 1) out += "(";
        out += "match ";
        expr(*node.subject, 1);
        out += " {";
        for (size_t i = 0; i < node.arms.size(); ++i) {
          out += i > 0 ? ", " : " ";
          if (node.arms[i].constant == nullptr) {
            out += "_";
          } else {
            expr(*node.arms[i].constant, 1);
          }
          out += " => ";
          expr(*node.arms[i].value, 1);
        }
        out += " }";
        if (least > 1) out += ")";
        return;
      }
      case ExprKind::Lambda: {
        const auto& lambda = *as<Lambda>(&e);
        if (least > 1) out += "(";
        out += "fn(";
        for (size_t i = 0; i < lambda.parameters.size(); ++i) {
          if (i > 0) out += ", ";
          out += lambda.parameters[i].name.text;
          if (lambda.parameters[i].type == nullptr) continue;
          out += ": ";
          type(*lambda.parameters[i].type);
        }
        out += ")";
        if (lambda.result != nullptr) {
          out += " -> ";
          type(*lambda.result);
        }
        out += " ";
        expr(*lambda.body, 0);
        if (least > 1) out += ")";
        return;
      }
      case ExprKind::Block: {
        const auto& block = *as<Block>(&e);
        out += "{ ";
        for (const Let& let : block.lets) {
          out += "let ";
          pattern(*let.pattern);
          if (let.type != nullptr) {
            out += ": ";
            type(*let.type);
          }
          out += " = ";
          expr(*let.value, 1);
          out += "; ";
        }
        expr(*block.value, 1);
        out += " }";
        return;
      }
    }
  }

  void pattern(const Pattern& p) {
    switch (p.kind) {
      case PatternKind::Error:
        out += "<error>";
        return;
      case PatternKind::Name:
        out += as<NamePattern>(&p)->name;
        return;
      case PatternKind::Wildcard:
        out += "_";
        return;
      case PatternKind::Struct: {
        const auto& fields = as<StructPattern>(&p)->fields;
        out += "(";
        for (size_t i = 0; i < fields.size(); ++i) {
          if (i > 0) out += ", ";
          if (fields[i].name) out += fields[i].name->text + "=";
          pattern(*fields[i].pattern);
        }
        if (fields.size() == 1) out += ",";
        out += ")";
        return;
      }
    }
  }

 private:
  void arguments(const std::vector<Argument>& list) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out += ", ";
      if (list[i].name) out += list[i].name->text + "=";
      expr(*list[i].value, 1);
    }
  }

  void number(const Number& n, int least) {
    const bool parentheses = n.negative && least > 6;
    if (parentheses) out += "(";
    out += to_source(n);
    if (parentheses) out += ")";
  }

  static std::string to_source(const Number& n) {
    std::string text;
    if (n.is_float) {
      char buffer[64];
      const auto end = std::to_chars(buffer, buffer + sizeof buffer, n.float_value).ptr;
      text.assign(buffer, end);
      // A float without a suffix must keep looking like one.
      const bool looks_whole = text.find_first_of(".e") == std::string::npos;
      if (n.suffix == NumberSuffix::None && looks_whole) text += ".0";
    } else {
      if (n.negative) text += "-";
      text += std::to_string(n.magnitude);
    }
    text += spelling(n.suffix);
    return text;
  }

  static std::string quoted(const std::string& bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text = "\"";
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        text += '\\';
        text += c;
      } else if (c == '\n') {
        text += "\\n";
      } else if (byte < 0x20 || byte >= 0x7F) {
        text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
      } else {
        text += c;
      }
    }
    return text + "\"";
  }
};

}  // namespace

std::string to_source(const TypeExpr& type) {
  Writer writer;
  writer.type(type);
  return std::move(writer.out);
}

std::string to_source(const Expr& expr) {
  Writer writer;
  writer.expr(expr, 0);
  return std::move(writer.out);
}

std::string to_source(const Pattern& pattern) {
  Writer writer;
  writer.pattern(pattern);
  return std::move(writer.out);
}

}  // namespace fedc::ast
