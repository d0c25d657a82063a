// Compile-time values: `const`, ranges and defaults of `param`, dimensions, static arguments.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "compiler/check/guards.h"

namespace fedc::checking {
namespace {

using Literal = core::Constant::Value;

bool is_number(const Literal& value) {
  return !std::holds_alternative<bool>(value) && !std::holds_alternative<std::string>(value);
}
bool is_floating(const Literal& value) { return std::holds_alternative<double>(value); }

// Integers of either sign, wide enough to hold both kinds.
__int128 integer(const Literal& value) {
  if (const int64_t* i = std::get_if<int64_t>(&value)) return *i;
  return std::get<uint64_t>(value);
}
double floating(const Literal& value) {
  if (const double* d = std::get_if<double>(&value)) return *d;
  return static_cast<double>(integer(value));
}

std::optional<Literal> from_wide(__int128 value) {
  if (value >= std::numeric_limits<int64_t>::min() &&
      value <= std::numeric_limits<int64_t>::max()) {
    return Literal(static_cast<int64_t>(value));
  }
  if (value > 0 && value <= std::numeric_limits<uint64_t>::max()) {
    return Literal(static_cast<uint64_t>(value));
  }
  return std::nullopt;
}

std::string text_of(const Literal& value) {
  if (const bool* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const int64_t* i = std::get_if<int64_t>(&value)) return std::to_string(*i);
  if (const uint64_t* u = std::get_if<uint64_t>(&value)) return std::to_string(*u);
  if (const double* d = std::get_if<double>(&value)) {
    char text[40];
    std::snprintf(text, sizeof(text), "%g", *d);
    return text;
  }
  return "text";
}

double largest_float(ElementType element) {
  switch (element) {
    case ElementType::kFloat16:
      return 65504.0;
    case ElementType::kBfloat16:
      return 0x1.fep127;
    case ElementType::kFloat32:
      return std::numeric_limits<float>::max();
    default:
      return std::numeric_limits<double>::max();
  }
}

ElementType suffix_element(ast::NumberSuffix suffix) {
  switch (suffix) {
    case ast::NumberSuffix::I8:
      return ElementType::kInt8;
    case ast::NumberSuffix::I16:
      return ElementType::kInt16;
    case ast::NumberSuffix::I32:
      return ElementType::kInt32;
    case ast::NumberSuffix::I64:
      return ElementType::kInt64;
    case ast::NumberSuffix::U8:
      return ElementType::kUint8;
    case ast::NumberSuffix::U16:
      return ElementType::kUint16;
    case ast::NumberSuffix::U32:
      return ElementType::kUint32;
    case ast::NumberSuffix::U64:
      return ElementType::kUint64;
    case ast::NumberSuffix::F16:
      return ElementType::kFloat16;
    case ast::NumberSuffix::BF16:
      return ElementType::kBfloat16;
    case ast::NumberSuffix::F32:
      return ElementType::kFloat32;
    default:
      return ElementType::kFloat64;
  }
}

}  // namespace

void Checker::not_constant(SourceRange range, std::string_view why, const std::string& hint) {
  Diagnostic& diagnostic = report(DiagnosticKind::BadConstant, range,
                                  "this is not known at compile time: " + std::string(why));
  diagnostic.with_hint(!hint.empty() ? hint
                                     : "what is known are numbers, `const`s, dimensions and "
                                       "arithmetic on them: make it a `const`, or compute with it "
                                       "inside a function");
  if (constant_for_ != nullptr) diagnostic.with_note({}, constant_for_);
}

Literal Checker::number_value(const ast::Number* number) {
  if (number->is_float) return number->float_value;
  __int128 value = number->magnitude;
  if (number->negative) value = -value;
  auto literal = from_wide(value);
  return literal ? *literal : Literal(number->float_value);
}

std::optional<ConstValue> Checker::constant(const ast::Expr* expr, ScopeRef scope) {
  switch (expr->kind) {
    case ast::ExprKind::Error:
      return std::nullopt;
    case ast::ExprKind::Number: {
      const auto* number = ast::as<ast::Number>(expr);
      if (number->suffix == ast::NumberSuffix::None) return ConstValue{number_value(number)};
      const Type* type = types_->scalar(suffix_element(number->suffix));
      auto value = convert(number_value(number), type, expr->range);
      if (!value) return std::nullopt;
      return ConstValue{*value, type};
    }
    case ast::ExprKind::Bool:
      return ConstValue{ast::as<ast::Bool>(expr)->value, types_->scalar(ElementType::kBool)};
    case ast::ExprKind::NameRef:
      return constant_name(ast::as<ast::NameRef>(expr), scope);
    case ast::ExprKind::Field: {
      const auto* field = ast::as<ast::Field>(expr);
      DeclInfo* import = imported_module(field->base, scope);
      if (import == nullptr) break;
      if (import->imported == nullptr) return std::nullopt;
      DeclInfo* decl = imported_declaration(import->imported, field->name, scope, field->range);
      if (decl == nullptr) return std::nullopt;
      const auto* constant = ast::as<ast::ConstantDecl>(decl->decl);
      if (constant == nullptr || constant->is_param) break;
      const ConstValue* value = const_decl(decl, expr->range);
      if (value == nullptr) return std::nullopt;
      return *value;
    }
    case ast::ExprKind::Unary: {
      const auto* unary = ast::as<ast::Unary>(expr);
      auto value = constant(unary->operand, scope);
      if (!value) return std::nullopt;
      if (unary->op == ast::UnaryOp::Not) {
        if (const bool* b = std::get_if<bool>(&value->value)) return ConstValue{!*b, value->type};
        break;
      }
      if (is_floating(value->value)) {
        return ConstValue{-floating(value->value), value->type};
      }
      if (!is_number(value->value)) break;
      auto negated = from_wide(-integer(value->value));
      if (negated && value->type != nullptr) negated = convert(*negated, value->type, expr->range);
      if (!negated) return std::nullopt;
      return ConstValue{*negated, value->type};
    }
    case ast::ExprKind::Binary: {
      const auto* binary = ast::as<ast::Binary>(expr);
      auto value = constant(binary->first, scope);
      for (const auto& link : binary->rest) {
        auto operand = constant(link.operand, scope);
        if (!value || !operand) return std::nullopt;
        value = constant_binary(expr, link.op, link.op_range, *value, *operand);
      }
      return value;
    }
    case ast::ExprKind::If: {
      const auto* branch = ast::as<ast::If>(expr);
      auto condition = constant(branch->condition, scope);
      if (!condition) return std::nullopt;
      const bool* b = std::get_if<bool>(&condition->value);
      if (b == nullptr) break;
      return constant(*b ? branch->then : branch->otherwise, scope);
    }
    case ast::ExprKind::Block: {
      const auto* block = ast::as<ast::Block>(expr);
      if (!block->lets.empty()) break;
      return constant(block->value, scope);
    }
    case ast::ExprKind::Call: {
      const auto* call = ast::as<ast::Call>(expr);
      const auto* callee = ast::as<ast::NameRef>(call->callee);
      if (callee != nullptr && callee->name == "dim") return constant_dim(call, scope);
      break;
    }
    default:
      break;
  }
  not_constant(expr->range, "it is not arithmetic on constants");
  return std::nullopt;
}

// Whether it is one of the named function that is around.
static bool is_parameter(ScopeRef scope, const Binding& binding) {
  const DeclInfo* owner = scope.scope->owner;
  const ast::FunctionDecl* decl = owner == nullptr ? nullptr : owner->function();
  return decl != nullptr &&
         std::any_of(decl->parameters.begin(), decl->parameters.end(),
                     [&](const auto& parameter) { return parameter.name.range == binding.range; });
}

// Of arithmetic in a type on a dimension that each call gives.
std::string Checker::hint_of_dimension(ScopeRef scope, const std::string& name) {
  const DeclInfo* owner = scope.scope->owner;
  const std::string f = owner == nullptr ? "f" : owner->decl->name.text;
  const std::string other = name == "m" ? "k" : "m";
  return "make the other dimension a type parameter, too, which each call gives: `fn " + f + "<" +
         name + ": dim, " + other + ": dim>(...)`, called as `" + f +
         "<6,3>(...)`; or make both `const`s";
}

std::optional<ConstValue> Checker::constant_name(const ast::NameRef* name, ScopeRef scope) {
  if (const Binding* binding = find_binding(scope, name->name)) {
    if (binding->kind == Binding::Kind::kError) return std::nullopt;
    if (binding->kind == Binding::Kind::kDim) {
      Dim dim = inference_.substitute(binding->dim);
      if (dim.is_fixed()) return ConstValue{dim.size()};
      if (dim.is_variable()) {
        report(DiagnosticKind::BadConstant, arithmetic_.valid() ? arithmetic_ : name->range,
               "`" + name->name +
                   "` is a dimension that each call gives: a type has no arithmetic on it")
            .with_hint(hint_of_dimension(scope, name->name));
        return std::nullopt;
      }
      not_constant(name->range, "dimension `" + name->name + "` is `" + dim.to_string() + "`");
      return std::nullopt;
    }
    Diagnostic& diagnostic = report(
        DiagnosticKind::BadConstant, name->range,
        "this is not known at compile time: `" + name->name + "` is " +
            (is_parameter(scope, *binding) ? "a parameter, which each call gives" : "a variable"));
    const std::string f = scope.scope->owner == nullptr ? "f" : scope.scope->owner->decl->name.text;
    diagnostic.with_hint(
        "make it a `const`, or, where each call chooses it, a type parameter: `fn " + f + "<" +
        name->name + ": dim>(...)`, which stands in `< >` alone and is given there: `" + f +
        "<3>(...)`");
    if (constant_for_ != nullptr) diagnostic.with_note({}, constant_for_);
    return std::nullopt;
  }
  DeclInfo* decl = find_declaration(scope.scope->module, name->name);
  if (decl == nullptr) decl = find_declaration(prelude_, name->name);
  if (decl == nullptr) {
    unknown_name(scope, name->name, name->range, "constant");
    return std::nullopt;
  }
  const auto* constant = ast::as<ast::ConstantDecl>(decl->decl);
  if (constant == nullptr || constant->is_param) {
    if (constant == nullptr) {
      not_constant(name->range, "`" + name->name + "` is not a constant");
    } else {
      not_constant(name->range, "`" + name->name + "` is chosen anew in each round",
                   hint_of_param(decl));
    }
    return std::nullopt;
  }
  const ConstValue* value = const_decl(decl, name->range);
  if (value == nullptr) return std::nullopt;
  return *value;
}

// `dim(x, i)` of a variable whose dimension is fixed.
std::optional<ConstValue> Checker::constant_dim(const ast::Call* call, ScopeRef scope) {
  const auto* name =
      call->arguments.empty() ? nullptr : ast::as<ast::NameRef>(call->arguments[0].value);
  const Binding* binding = name == nullptr ? nullptr : find_binding(scope, name->name);
  if (binding == nullptr || binding->kind != Binding::Kind::kVar || call->arguments.size() != 2) {
    not_constant(call->range, "only `dim` of a variable can be");
    return std::nullopt;
  }
  auto axis = constant_int(call->arguments[1].value, scope);
  if (!axis) return std::nullopt;
  const Type* type = inference_.substitute(binding->var->type);
  int64_t rank = static_cast<int64_t>(type->rank());
  int64_t i = *axis < 0 ? *axis + rank : *axis;
  if (!type->is_tensor() || i < 0 || i >= rank) {
    not_constant(call->range, show(type) + " has no dimension " + std::to_string(*axis));
    return std::nullopt;
  }
  Dim dim = type->dims()[i];
  if (!dim.is_fixed()) {
    not_constant(call->range, "the dimension is `" + dim.to_string() + "`");
    return std::nullopt;
  }
  return ConstValue{dim.size()};
}

std::optional<ConstValue> Checker::constant_binary(const ast::Expr* at, ast::BinaryOp op,
                                                   SourceRange range, const ConstValue& a,
                                                   const ConstValue& b) {
  const Type* type = a.type != nullptr ? a.type : b.type;
  if (a.type != nullptr && b.type != nullptr && a.type != b.type) {
    report(
        DiagnosticKind::TypeMismatch, range,
        "`" + std::string(ast::spelling(op)) + "` between " + show(a.type) + " and " + show(b.type))
        .with_hint(
            "give both one type: a number without a suffix, and a `const` without a type, "
            "take that of the other");
    return std::nullopt;
  }
  const Type* boolean = types_->scalar(ElementType::kBool);
  const bool* x = std::get_if<bool>(&a.value);
  const bool* y = std::get_if<bool>(&b.value);
  using Op = ast::BinaryOp;
  if (x != nullptr && y != nullptr) {
    if (op == Op::And) return ConstValue{*x && *y, boolean};
    if (op == Op::Or) return ConstValue{*x || *y, boolean};
    if (op == Op::Equal) return ConstValue{*x == *y, boolean};
    if (op == Op::NotEqual) return ConstValue{*x != *y, boolean};
  }
  if (!is_number(a.value) || !is_number(b.value) || op == Op::And || op == Op::Or) {
    not_constant(range, "`" + std::string(ast::spelling(op)) + "` does not apply");
    return std::nullopt;
  }
  bool floats = is_floating(a.value) || is_floating(b.value) ||
                (type != nullptr && is_float(type->element()));
  auto compare = [&](auto p, auto q) -> std::optional<bool> {
    switch (op) {
      case Op::Equal:
        return p == q;
      case Op::NotEqual:
        return p != q;
      case Op::Less:
        return p < q;
      case Op::LessEqual:
        return p <= q;
      case Op::Greater:
        return p > q;
      case Op::GreaterEqual:
        return p >= q;
      default:
        return std::nullopt;
    }
  };
  auto truth = floats ? compare(floating(a.value), floating(b.value))
                      : compare(integer(a.value), integer(b.value));
  if (truth) return ConstValue{*truth, boolean};
  std::optional<Literal> result;
  if (floats) {
    double p = floating(a.value), q = floating(b.value);
    result = op == Op::Add        ? p + q
             : op == Op::Subtract ? p - q
             : op == Op::Multiply ? p * q
             : op == Op::Divide   ? p / q
                                  : std::fmod(p, q);
    if (!std::isfinite(std::get<double>(*result))) result.reset();
  } else {
    __int128 p = integer(a.value), q = integer(b.value);
    if ((op == Op::Divide || op == Op::Remainder) && q == 0) {
      report(DiagnosticKind::BadConstant, range, "division by zero");
      return std::nullopt;
    }
    // Operands have at most 65 bits, but a product of two such would overflow.
    __int128 wide = 0;
    bool fits = op != Op::Multiply || !__builtin_mul_overflow(p, q, &wide);
    if (op != Op::Multiply) {
      wide = op == Op::Add ? p + q : op == Op::Subtract ? p - q : op == Op::Divide ? p / q : p % q;
    }
    if (fits) result = from_wide(wide);
  }
  if (!result) {
    report(DiagnosticKind::BadConstant, at->range,
           floats ? "the value is out of the range of `float64`"
                  : "the value is out of the range of integers, from -9223372036854775808 to "
                    "18446744073709551615")
        .with_hint(floats ? "its largest value is about 1.8e308"
                          : "compute with floats, which have a point: `4.0` instead of `4`");
    return std::nullopt;
  }
  if (type != nullptr) {
    result = convert(*result, type, at->range);
    if (!result) return std::nullopt;
  }
  return ConstValue{*result, type};
}

std::optional<int64_t> Checker::constant_int(const ast::Expr* expr, ScopeRef scope) {
  auto value = constant(expr, scope);
  if (!value) return std::nullopt;
  if (const int64_t* i = std::get_if<int64_t>(&value->value)) return *i;
  if (const uint64_t* u = std::get_if<uint64_t>(&value->value)) {
    if (*u <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return static_cast<int64_t>(*u);
    }
  }
  report(DiagnosticKind::BadConstant, expr->range,
         "an integer is expected here, not " + text_of(value->value))
      .with_hint("write an integer, such as `1`");
  return std::nullopt;
}

std::optional<Literal> Checker::convert(const Literal& value, const Type* type, SourceRange range) {
  ElementType element = type->element();
  auto refuse = [&](DiagnosticKind kind, const std::string& why) {
    report(kind, range, text_of(value) + why);
    return std::nullopt;
  };
  if (std::holds_alternative<std::string>(value)) return value;
  if (element == ElementType::kBool || std::holds_alternative<bool>(value)) {
    if (element == ElementType::kBool && std::holds_alternative<bool>(value)) return value;
    return refuse(DiagnosticKind::TypeMismatch, " is not " + show(type));
  }
  if (is_key(element)) return refuse(DiagnosticKind::TypeMismatch, " is not " + show(type));
  if (is_float(element)) {
    double number = floating(value);
    // Rounding may still reach the largest number from half a unit above it.
    double limit = largest_float(element);
    if (std::isfinite(number) && std::fabs(number) > limit * (1 + 0x1p-26)) {
      report(DiagnosticKind::LiteralRange, range,
             text_of(value) + " is out of the range of " + show(type))
          .with_hint("its largest value is about " + text_of(Literal(limit)));
      return std::nullopt;
    }
    return Literal(number);
  }
  if (is_floating(value)) {
    report(DiagnosticKind::TypeMismatch, range,
           text_of(value) + " is not an integer, as " + show(type) + " is")
        .with_hint("write an integer, such as `1`");
    return std::nullopt;
  }
  __int128 number = integer(value);
  int bits = element_bits(element);
  bool is_signed = is_signed_integer(element);
  __int128 low = is_signed ? -(static_cast<__int128>(1) << (bits - 1)) : 0;
  __int128 high = (static_cast<__int128>(1) << (is_signed ? bits - 1 : bits)) - 1;
  if (number < low || number > high) {
    report(DiagnosticKind::LiteralRange, range,
           text_of(value) + " is out of the range of " + show(type))
        .with_hint("it holds " + std::to_string(static_cast<int64_t>(low)) + " to " +
                   std::to_string(static_cast<uint64_t>(high)));
    return std::nullopt;
  }
  if (is_signed) return Literal(static_cast<int64_t>(number));
  return Literal(static_cast<uint64_t>(number));
}

std::optional<ConstValue> Checker::defined_value(DeclInfo* decl) {
  if (decl->module != main_) return std::nullopt;
  auto it = options_.defines.find(decl->decl->name.text);
  if (it == options_.defines.end()) return std::nullopt;
  const std::string& text = it->second;
  if (text == "true" || text == "false") {
    return ConstValue{text == "true", types_->scalar(ElementType::kBool)};
  }
  char* end = nullptr;
  errno = 0;
  long long integer = std::strtoll(text.c_str(), &end, 0);
  if (!text.empty() && *end == '\0' && errno == 0) return ConstValue{static_cast<int64_t>(integer)};
  double number = std::strtod(text.c_str(), &end);
  if (!text.empty() && *end == '\0') return ConstValue{number};
  diagnostics_.report(DiagnosticKind::BadConstant, define_ranges_[decl->decl->name.text],
                      "`" + text + "` is no value for `const " + decl->decl->name.text + "`");
  return std::nullopt;
}

const ConstValue* Checker::const_decl(DeclInfo* decl, SourceRange use) {
  if (decl->progress == Progress::kActive) {
    report(DiagnosticKind::CyclicDefinition, use,
           "`const " + decl->decl->name.text + "` is defined by itself")
        .with_hint("give one of the constants a value of its own")
        .with_note(decl->decl->name.range, "it is declared here");
    return nullptr;
  }
  if (decl->progress == Progress::kNew) {
    const auto* constant_decl = ast::as<ast::ConstantDecl>(decl->decl);
    DepthGuard guard(*this, use);
    if (!guard.ok()) return nullptr;
    decl->progress = Progress::kActive;
    ScopeRef scope = decl->module->scope->ref();
    auto value = defined_value(decl);
    SourceRange given = value ? define_ranges_[decl->decl->name.text] : constant_decl->value->range;
    const Type* type =
        constant_decl->type == nullptr ? nullptr : type_of(constant_decl->type, scope);
    const bool scalar = type == nullptr || type->is_error() || type->is_scalar();
    const DeclInfo* const around = std::exchange(const_, decl);
    if (!value && scalar) value = constant(constant_decl->value, scope);
    const_ = around;
    if (!scalar) {
      report(DiagnosticKind::TypeMismatch, constant_decl->type->range,
             "a `const` is a scalar, not " + show(type))
          .with_hint("write a function that makes it, `fn " + decl->decl->name.text + "() -> " +
                     to_string(type) + " { " + made_constant(constant_decl->value, type) +
                     " }`, used as `" + decl->decl->name.text + "()`");
      value.reset();
    } else if (value && type != nullptr) {
      if (type->is_error()) {
        value.reset();
      } else if (value->type != nullptr && value->type != type) {
        report(DiagnosticKind::TypeMismatch, given,
               "the value is " + show(value->type) + ", not " + show(type))
            .with_hint(
                "without a suffix or a type of its own, a number takes the type that is expected");
        value.reset();
      } else {
        auto converted = convert(value->value, type, given);
        value.reset();
        if (converted) value = ConstValue{*converted, type};
      }
    }
    if (value && constant_decl->min != nullptr) {
      auto min = constant(constant_decl->min, scope), max = constant(constant_decl->max, scope);
      if (min && max && is_number(value->value) && is_number(min->value) && is_number(max->value) &&
          !(floating(min->value) <= floating(value->value) &&
            floating(value->value) <= floating(max->value))) {
        report(DiagnosticKind::ParamRange, given,
               text_of(value->value) + " is not in the range from " + text_of(min->value) + " to " +
                   text_of(max->value))
            .with_hint("give a value in that range, or declare a larger one");
      }
    }
    decl->value = value;
    decl->progress = Progress::kDone;
  }
  return decl->value ? &*decl->value : nullptr;
}

const core::ParamDecl* Checker::param_decl(DeclInfo* decl) {
  if (decl->progress != Progress::kNew) return decl->param;
  decl->progress = Progress::kDone;
  const auto* declared = ast::as<ast::ConstantDecl>(decl->decl);
  ScopeRef scope = decl->module->scope->ref();
  if (declared->type == nullptr) return nullptr;
  const Type* type = type_of(declared->type, scope);
  if (type->is_error()) return nullptr;
  if (!type->is_scalar()) {
    report(DiagnosticKind::TypeMismatch, declared->type->range,
           "a `param` is a scalar, not " + show(type))
        .with_hint("write a function that makes it, `fn " + decl->decl->name.text + "() -> " +
                   to_string(type) + " { " + made_constant(declared->value, type) +
                   " }`, used as `" + decl->decl->name.text + "()`, or take a parameter `" +
                   decl->decl->name.text + ": " + to_string(type) + "`");
    return nullptr;
  }
  auto part = [&](const ast::Expr* expr) -> std::optional<Literal> {
    auto value = constant(expr, scope);
    if (!value) return std::nullopt;
    if (value->type != nullptr && value->type != type) {
      report(DiagnosticKind::TypeMismatch, expr->range,
             "this is " + show(value->type) + ", not " + show(type))
          .with_hint(hint_of_cast(written(expr->range), type->element()));
      return std::nullopt;
    }
    return convert(value->value, type, expr->range);
  };
  auto value = part(declared->value);
  std::optional<Literal> min, max;
  if (declared->min != nullptr) {
    min = part(declared->min);
    max = part(declared->max);
    if (!min || !max) return nullptr;
    if (!is_number(*min)) {
      report(DiagnosticKind::ParamRange, declared->min->range, "a bool has no range");
      return nullptr;
    }
    auto above = [](const Literal& a, const Literal& b) {
      return is_floating(a) ? floating(a) > floating(b) : integer(a) > integer(b);
    };
    if (above(*min, *max)) {
      report(DiagnosticKind::ParamRange, cover(declared->min->range, declared->max->range),
             "the range from " + text_of(*min) + " to " + text_of(*max) + " is empty")
          .with_hint("write the smaller number first: `in [" + written(declared->max->range) +
                     ", " + written(declared->min->range) + "]`");
      return nullptr;
    }
    if (value && (above(*min, *value) || above(*value, *max))) {
      report(DiagnosticKind::ParamRange, declared->value->range,
             "the default " + text_of(*value) + " is not in the range from " + text_of(*min) +
                 " to " + text_of(*max))
          .with_hint("write a default in that range, or a larger range");
      return nullptr;
    }
  }
  if (!value) return nullptr;
  auto param = std::make_unique<core::ParamDecl>();
  param->name = decl->name;
  param->type = type;
  param->default_value = *value;
  param->min = min;
  param->max = max;
  param->range = declared->name.range;
  decl->param = param.get();
  program_->params.push_back(std::move(param));
  return decl->param;
}

}  // namespace fedc::checking
