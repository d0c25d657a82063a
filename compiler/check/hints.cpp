// What to write instead, in the words of the program at hand.
#include <algorithm>
#include <cctype>
#include <cmath>

#include "compiler/check/op_call.h"
#include "compiler/check/written.h"
#include "compiler/lex/literals.h"

namespace fedc::checking {
namespace {

// `text` as a number that may be of type `wanted`: without a suffix, and without a point where that
// is an integer type. "" where it is no number, or none of such a value.
std::string number_as(const std::string& text, ElementType wanted) {
  const size_t begin = text.substr(0, 1) == "-" ? 1 : 0;
  char previous = 0;
  const auto in_number = [&](char c) {
    const bool signs = (c == '-' || c == '+') && (previous == 'e' || previous == 'E');
    previous = c;
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || signs;
  };
  if (begin >= text.size() || !std::isdigit(static_cast<unsigned char>(text[begin])) ||
      !std::all_of(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), in_number)) {
    return "";
  }
  const std::string digits = text.substr(begin);
  const lex::NumberValue value = lex::decode_number(digits);
  if (value.status != lex::NumberValue::Status::Ok) return "";
  const std::string plain = text.substr(0, begin + value.suffix_offset);
  if (is_float(wanted)) return value.suffix.empty() ? "" : plain;
  if (wanted == ElementType::kBool || is_key(wanted)) return "";
  if (!value.is_float) return value.suffix.empty() ? "" : plain;
  constexpr double kLargest = 9007199254740992.0;  // 2^53
  if (value.float_value != std::floor(value.float_value) || value.float_value > kLargest) return "";
  return text.substr(0, begin) + std::to_string(static_cast<int64_t>(value.float_value));
}

bool is_number(const std::string& text) {
  const size_t begin = text.substr(0, 1) == "-" ? 1 : 0;
  return begin < text.size() && std::isdigit(static_cast<unsigned char>(text[begin])) &&
         text.find_first_of(" (") == std::string::npos;
}

// In which order values of two types are converted: to that of the larger number.
int conversion_rank(ElementType element) {
  if (element == ElementType::kBool) return 0;
  return (is_float(element) ? 1000 : 1) + element_bits(element);
}

}  // namespace

std::string Checker::written(SourceRange range) { return checking::written(sources_, range); }

std::string Checker::written_tight(SourceRange range) {
  const std::string text = written(range);
  return is_tight(text) || text == "..." ? text : "(" + text + ")";
}

std::string Checker::hint_of_cast(const std::string& text, ElementType to, SourceRange part,
                                  SourceRange whole) {
  const std::string type(element_name(to));
  if (to == ElementType::kBool) {
    return "compare it: write `" +
           replaced(sources_, whole, part, (is_tight(text) ? text : "(" + text + ")") + " != 0") +
           "`";
  }
  if (text[0] == '"') return "a text is bytes, not a number: leave the quotes out";
  const std::string number = number_as(text, to);
  if (!number.empty()) {
    return "write `" + replaced(sources_, whole, part, number) +
           "`: a number without a point or a suffix takes the type that is " + "wanted";
  }
  if (is_number(text)) return "write an integer, such as `1`, or use `float32` on both sides";
  return "values never convert by themselves: write `" +
         replaced(sources_, whole, part, "cast<" + type + ">(" + text + ")") + "`";
}

// The struct that is written as `text`, with what the server has sent to the clients.
std::string Checker::sent_to_clients(const Type* from, const std::string& text) {
  std::vector<std::string> parts = parts_of(text, from->fields().size());
  bool clients = false;
  std::string all;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Type* type = inference_.substitute(from->fields()[i].type);
    if (!type->is_federated()) return "";
    clients |= type->placement() == Placement::kClients;
    std::string part = parts[i];
    if (type->placement() == Placement::kServer) {
      const size_t begin = from->fields()[i].name.empty() ? 0 : part.find('=') + 1;
      part = part.substr(0, begin) + "federated_broadcast(" + part.substr(begin) + ")";
    }
    all += (all.empty() ? "" : ", ") + part;
  }
  return clients && !all.empty() ? "(" + all + ")" : "";
}

// The call of a function without placements, `callee`, as a map over placed arguments; "" where
// they do not all live somewhere.
std::string Checker::mapped_call(const std::string& callee, const std::vector<Arg*>& args) {
  bool clients = false;
  for (Arg* arg : args) {
    const Value value = arg_value(*arg);
    if (value.is_error() || value.function != nullptr || arg->name != nullptr) return "";
    const Type* type = inference_.resolve(value.type);
    if (!type->is_federated() || written(arg->range) == "...") return "";
    clients |= type->placement() == Placement::kClients;
  }
  std::string all;
  for (Arg* arg : args) {
    const bool sent =
        clients && inference_.resolve(arg->value->type)->placement() == Placement::kServer;
    const std::string text = written(arg->range);
    all += (all.empty() ? "" : ", ") + (sent ? "federated_broadcast(" + text + ")" : text);
  }
  return "`federated_map(" + callee + ", " + (args.size() == 1 ? all : "(" + all + ")") + ")`";
}

std::string Checker::hint_of_mapped_call(const std::string& callee, const std::vector<Arg*>& args) {
  const std::string call = mapped_call(callee, args);
  if (call.empty()) return "";
  return "it lives at a placement, where a function is applied by a map: " + call;
}

std::string Checker::path_of(const std::string& generic) const {
  if (op_call_ != nullptr || user_call_ == nullptr) return "";
  const std::function<std::optional<std::string>(const ast::TypeExpr*)> find =
      [&](const ast::TypeExpr* type) -> std::optional<std::string> {
    while (const auto* placed = ast::as<ast::PlacedType>(type)) type = placed->member;
    const auto* named = ast::as<ast::NamedType>(type);
    if (named != nullptr && !named->module && named->name.text == generic) return "";
    const auto* fields = ast::as<ast::StructType>(type);
    for (size_t i = 0; fields != nullptr && i < fields->fields.size(); ++i) {
      const auto& field = fields->fields[i];
      if (const auto inside = find(field.type))
        return "." + (field.name ? field.name->text : std::to_string(i)) + *inside;
    }
    return std::nullopt;
  };
  for (const ast::Parameter& parameter : user_call_->decl->parameters) {
    if (const auto inside = find(parameter.type)) return parameter.name.text + *inside;
  }
  return "";
}

std::string Checker::hint_of_placed_arguments(const UserCall& call) {
  struct Given {
    const Arg* arg;
    std::string parameter;
    std::optional<Placement> at;
    std::string text;
  };
  std::vector<Given> all;  // in the order of the text
  size_t placed = 0;
  bool clients = false;
  for (size_t i = 0; i < call.by_param->size(); ++i) {
    const Arg* arg = (*call.by_param)[i];
    if (!holds(call.range, arg->range)) continue;  // a default value
    Given given{arg, call.decl->parameters[i].name.text, std::nullopt, written(arg->range)};
    if (given.text == "...") return "";
    if (arg->value && !arg->value->is_error() && arg->value->function == nullptr) {
      const Type* type = inference_.resolve(arg->value->type);
      if (type->is_federated()) given.at = type->placement();
    }
    placed += given.at.has_value();
    clients |= given.at == Placement::kClients;
    all.push_back(given);
  }
  std::sort(all.begin(), all.end(), [](const Given& a, const Given& b) {
    return a.arg->range.begin.offset < b.arg->range.begin.offset;
  });
  const std::string head = called_head(std::string(sources_.text(call.range)));
  if (placed == 0 || head.empty()) return "";
  std::string inside, parameters, values;
  for (const Given& given : all) {
    inside += (inside.empty() ? "" : ", ") +
              (given.arg->name == nullptr ? "" : given.arg->name->text + "=") +
              (given.at ? given.parameter : given.text);
    if (!given.at) continue;
    const bool sent = clients && given.at == Placement::kServer;
    parameters += (parameters.empty() ? "" : ", ") + given.parameter;
    values += (values.empty() ? "" : ", ") +
              (sent ? "federated_broadcast(" + given.text + ")" : given.text);
    // What is only placed is placed behind.
    constexpr std::string_view kPlaces = "federated_value";
    if (placed > 1 || !given.text.starts_with(std::string(kPlaces) + "(")) continue;
    const std::vector<std::string> parts = values_in(given.text.substr(kPlaces.size()));
    if (parts.size() != 2) continue;
    return "place what it makes: write `federated_value(" +
           replaced(sources_, call.range, given.arg->range, parts[0]) + ", " + parts[1] + ")`";
  }
  return "it computes where the values are: write `federated_map(fn(" + parameters + ") { " + head +
         "(" + inside + ") }, " + (placed == 1 ? values : "(" + values + ")") + ")`";
}

// How one element is had of a sequence that is written as `text`; "" where it is not known what to
// begin with.
std::string Checker::hint_of_element(const Type* type, const std::string& text, uint32_t index) {
  type = inference_.with_defaults(inference_.substitute(type));
  if (!type->is_tensor() || type->has_variables() || type->has_unknown_dims() ||
      is_key(type->element()) || text == "...") {
    return "";
  }
  const std::string zero = type->rank() > 0 ? "zeros<" + to_string(type) + ">()"
                           : type->element() == ElementType::kBool ? "false"
                           : is_float(type->element())             ? "0.0"
                                                                   : "0";
  return ": `sequence_reduce(sequence_take(" + text + ", " +
         std::to_string(static_cast<uint64_t>(index) + 1) + "), " + zero +
         ", fn(_, x) { x })` is " +
         (index == 0 ? "the first, or `" + zero + "` where there is none"
                     : "element " + std::to_string(index) + ", or the last where there are fewer");
}

std::string Checker::hint_of_declared(const Type* type, const Type* right) {
  if (instance_ == nullptr || inference_.substitute(type) != instance_->result) return "";
  return ", and `" + to_string(inference_.with_defaults(right)) + "` as the result";
}

// A `param` stands where a constant must: make it one, or a function of the constant in whose value
// it is.
std::string Checker::hint_of_param(DeclInfo* param) {
  const auto* declared = ast::as<ast::ConstantDecl>(param->decl);
  const auto* made = const_ == nullptr ? nullptr : ast::as<ast::ConstantDecl>(const_->decl);
  if (made == nullptr) {
    const std::string value = written(declared->value->range);
    return "make it a constant: `const " + declared->name.text + " = " + value + ";`";
  }
  std::string name = made->name.text;
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const ast::TypeExpr* type = made->type != nullptr ? made->type : declared->type;
  const auto* binary = ast::as<ast::Binary>(made->value);
  const bool arithmetic = binary != nullptr && binary->rest[0].op <= ast::BinaryOp::Remainder;
  const bool free = name == made->name.text || find_declaration(const_->module, name) == nullptr;
  if (!free || type == nullptr || (made->type == nullptr && !arithmetic))
    return "write a function that makes it";
  return "write a function that makes it: `fn " + name + "() -> " + written(type->range) + " { " +
         written(made->value->range) + " }`, used as `" + name + "()`";
}

std::string Checker::made_constant(const ast::Expr* value, const Type* type) {
  const std::string text = written(value->range);
  if (!type->is_tensor() || text == "...") return "...";
  const std::string made = to_string(type);
  if (value->kind == ast::ExprKind::Number) return "fill<" + made + ">(" + text + ")";
  if (value->kind != ast::ExprKind::Struct) return "...";
  return type->rank() == 1 ? "flatten(" + text + ")"
                           : "reshape<" + made + ">(flatten(" + text + "))";
}

std::string Checker::hint_of_flat(const Type* from, const Type* to, const std::string& text) {
  const auto element = one_element(from);
  const std::function<std::optional<int64_t>(const Type*)> elements =
      [&](const Type* type) -> std::optional<int64_t> {
    int64_t count = type->is_struct() ? 0 : 1;
    if (!type->is_struct() && !type->is_tensor()) return std::nullopt;
    for (size_t i = 0; type->is_struct() && i < type->fields().size(); ++i) {
      const auto part = elements(type->fields()[i].type);
      if (!part || __builtin_add_overflow(count, *part, &count)) return std::nullopt;
    }
    for (size_t i = 0; type->is_tensor() && i < type->rank(); ++i) {
      const Dim dim = type->dims()[i];
      if (!dim.is_fixed() || __builtin_mul_overflow(count, dim.size(), &count)) return std::nullopt;
    }
    return count;
  };
  if (!from->is_struct() || !to->is_tensor() || to->rank() == 0 || !element ||
      to->element_or_variable().is_variable() || to->element() != *element || !elements(to) ||
      elements(to) != elements(from)) {
    return "";
  }
  return to->rank() == 1 ? "write `flatten(" + text + ")`"
                         : "write `reshape<" + to_string(to) + ">(flatten(" + text + "))`";
}

std::string Checker::suffixed(const std::string& number, std::optional<ElementType> to) {
  if (!to || *to == ElementType::kBool || is_key(*to) || !is_number(number)) return "";
  const std::string as = number_as(number, *to);
  const std::string plain = as.empty() ? number : as;
  // A point makes it a `float32` by itself.
  if (is_float(*to) && plain.find('.') == plain.npos) return "";
  if (!is_float(*to) && plain.find('.') != plain.npos) return "";
  const std::string name(element_name(*to));
  const size_t digits = std::min(name.find_first_of("0123456789"), name.size());
  return plain + (*to == ElementType::kBfloat16 ? "bf" : name.substr(0, 1)) + name.substr(digits);
}

std::optional<ElementType> Checker::one_element(const Type* type) {
  type = inference_.with_defaults(type);
  if (type->is_federated()) type = type->member();
  if (type->is_tensor()) {
    if (type->element_or_variable().is_variable()) return std::nullopt;
    return type->element();
  }
  if (!type->is_struct()) return std::nullopt;
  std::optional<ElementType> element;
  for (const Field& field : type->fields()) {
    const auto of_field = one_element(field.type);
    if (!of_field || (element && *element != *of_field)) return std::nullopt;
    element = of_field;
  }
  return element;
}

SourceRange Checker::operand_of(const std::string& generic) {
  const auto* by_param = op_call_ != nullptr     ? &op_call_->by_param
                         : user_call_ != nullptr ? user_call_->by_param
                                                 : nullptr;
  const ast::Parameter* parameter = parameter_of(generic);
  if (parameter == nullptr || by_param == nullptr) return {};
  const auto* decl = op_call_ != nullptr ? op_call_->decl : user_call_->decl;
  const Arg* given = (*by_param)[static_cast<size_t>(parameter - decl->parameters.data())];
  return given == nullptr ? SourceRange() : given->range;
}

const ast::Parameter* Checker::parameter_of(const std::string& generic) {
  const auto* decl = op_call_ != nullptr     ? op_call_->decl
                     : user_call_ != nullptr ? user_call_->decl
                                             : nullptr;
  if (decl == nullptr) return nullptr;
  for (const ast::Parameter& parameter : decl->parameters) {
    const ast::TypeExpr* type = parameter.type;
    while (const auto* placed = ast::as<ast::PlacedType>(type)) type = placed->member;
    while (const auto* sequence = ast::as<ast::SequenceType>(type)) type = sequence->element;
    const auto* named = ast::as<ast::NamedType>(type);
    if (named != nullptr && !named->module && named->name.text == generic) return &parameter;
  }
  // What a function gives.
  for (const ast::Parameter& parameter : decl->parameters) {
    const auto* function =
        op_call_ != nullptr ? nullptr : ast::as<ast::FunctionType>(parameter.type);
    const auto* named = function == nullptr ? nullptr : ast::as<ast::NamedType>(function->result);
    if (named != nullptr && !named->module && named->name.text == generic) return &parameter;
  }
  return nullptr;
}

SourceRange Checker::number_of_call() const {
  SourceRange found;
  if (op_call_ == nullptr) return shape_range_;
  for (size_t i = 0; i < op_call_->by_param.size(); ++i) {
    if (op_call_->roles[i] != Role::kStatic || op_call_->by_param[i] == nullptr) continue;
    if (found.valid()) return shape_range_;
    found = op_call_->by_param[i]->range;
  }
  return found.valid() ? found : shape_range_;
}

// Of operands whose element types differ.
std::string Checker::hint_of_elements(const ShapeCall& call) {
  struct Operand {
    ElementType element;
    SourceRange range;
  };
  std::vector<Operand> operands;
  bool all = true;
  for (size_t i = 0; i < call.types.size(); ++i) {
    const auto element = one_element(call.types[i]);
    all &= element.has_value();
    if (element) operands.push_back({*element, call.operands[i]});
  }
  const auto hint = [&](const Operand& from, const Operand& to) {
    return from.range.valid()
               ? hint_of_cast(written(from.range), to.element, from.range, shape_range_)
               : std::string();
  };
  // The condition of a `select` is a bool, whatever the others are.
  for (const bool bools : {false, true}) {
    for (size_t i = 0; i < operands.size(); ++i) {
      for (size_t j = i + 1; j < operands.size(); ++j) {
        const Operand &a = operands[i], &b = operands[j];
        const bool has_bool = a.element == ElementType::kBool || b.element == ElementType::kBool;
        if (a.element == b.element || (has_bool && !bools)) continue;
        for (const auto& [from, to] : {std::pair(&a, &b), std::pair(&b, &a)}) {
          if (!from->range.valid()) continue;
          if (to->element == ElementType::kBool && is_number(written(from->range))) {
            const std::string number = written(from->range), other = written(to->range);
            const bool equal = shape_of_ == "==", compares = equal || shape_of_ == "!=";
            if (compares && to->range.valid() && (number == "0" || number == "1")) {
              const bool alone = equal == (number == "1");
              return "a bool is compared with bools only: write `" +
                     (alone ? other : "!" + (is_tight(other) ? other : "(" + other + ")")) + "`";
            }
            return "a bool is `true` or `false`, not `" + number + "`";
          }
          const std::string text = written(from->range), number = number_as(text, to->element);
          if (number.empty()) continue;
          // `1.0` of an integer: which of the two is to change?
          if (!is_float(from->element) || !to->range.valid()) return hint(*from, *to);
          const std::string narrow(element_name(to->element)), wide(element_name(from->element));
          const std::string cast = "`" +
                                   replaced(sources_, shape_range_, to->range,
                                            "cast<" + wide + ">(" + written(to->range) + ")") +
                                   "`";
          const std::string plain = replaced(sources_, shape_range_, from->range, number);
          // The type that the function gives says which.
          const auto made = instance_ == nullptr ? std::nullopt : one_element(instance_->result);
          if (made == from->element) return "write " + cast + " to compute in `" + wide + "`";
          if (made == to->element) return "write `" + plain + "` to compute in `" + narrow + "`";
          return "write `" + plain + "` to compute in `" + narrow + "`, " + cast +
                 " to compute in `" + wide + "`";
        }
        const bool first = !b.range.valid() || (a.range.valid() && conversion_rank(a.element) <
                                                                       conversion_rank(b.element));
        const std::string found = first ? hint(a, b) : hint(b, a);
        if (!found.empty()) return found;
      }
    }
  }
  return all ? "" : "values never convert by themselves: `cast<float32>(x)` makes a `float32` of x";
}

// What to do with a sequence where a tensor is wanted.
std::string Checker::hint_of_sequence(const std::string& operation, SourceRange operand) {
  const std::string text = written(operand);
  if (operation.rfind("federated_", 0) == 0) {
    return "make one value of each client's sequence first: write `" +
           replaced(sources_, op_call_ == nullptr ? operand : op_call_->range, operand,
                    "federated_map(sequence_sum, " + text + ")") +
           "`, for example";
  }
  if (operation == "dim" || operation == "reduce_sum" || operation == "reduce_mean" ||
      operation == "reduce_max" || operation == "reduce_min") {
    const std::string name = operation == "dim" ? "len" : operation.substr(operation.find('_') + 1);
    return "of a sequence write `" + filled(other_names(name).of_sequence, text) + "`" +
           (operation == "reduce_mean" ? ", and divide `sum` by `n`" : "");
  }
  return "a sequence is read one by one: `sequence_map(fn(x) { ... }, " + text +
         ")` computes with each element, `sequence_sum` and `sequence_reduce` make one value of "
         "all; clients' sequences inside a `federated_map`";
}

// Of a type that a constraint does not accept; "" where nothing is known.
std::string Checker::hint_of_constraint(const ast::FunctionDecl* decl, Constraint constraint,
                                        const Type* type, const std::string& generic) {
  const SourceRange operand = operand_of(generic);
  const SourceRange around = op_call_ == nullptr ? operand : op_call_->range;
  const std::string text = written(operand);
  if (type->is_sequence()) return hint_of_sequence(decl->name.text, operand);
  const ElementSet allowed = elements_of(constraint);
  const auto element = one_element(type);
  if (type->is_struct() && constraint >= Constraint::kTensor &&
      constraint <= Constraint::kKeyTensor) {
    const std::string each =
        "`map_fields(fn(x) { " + decl->name.text + "(x) }, " + text + ")` makes one of each field";
    if (element && decl->name.text.starts_with("reduce_")) {
      return "`" + decl->name.text + "(flatten(" + text + "))` makes one number of all fields, " +
             each;
    }
    return "it takes one tensor: select a field; " + each;
  }
  const bool fits = element && (allowed & element_bit(*element)) != 0;
  // Of a struct, the fields that it can take.
  const auto* made = ast::as<ast::NamedType>(decl->result);
  const bool keeps = decl->parameters.size() == 1 && made != nullptr && made->name.text == generic;
  if (type->is_struct() && keeps && is_tight(text)) {
    std::string some;
    for (const Field& field : type->fields()) {
      const auto of_field = one_element(field.type);
      if (field.name.empty() || !of_field || (allowed & element_bit(*of_field)) == 0) continue;
      some += ", " + field.name + "=" + decl->name.text + "(" + text + "." + field.name + ")";
    }
    if (!some.empty()) return "for the fields that it takes, write `(.." + text + some + ")`";
  }
  if (fits || (element && is_key(*element)) || allowed == kKeyElements) return "";
  if (allowed == kBoolElements) {
    if (!element) return "";
    return decl->name.text == "not"
               ? "write `" + (is_tight(text) ? text : "(" + text + ")") + " == 0`: `!` takes bools"
               : hint_of_cast(text, ElementType::kBool, operand, around);
  }
  const ElementType to = (allowed & element_bit(ElementType::kInt32)) != 0 ? ElementType::kInt32
                                                                           : ElementType::kFloat32;
  if (element == ElementType::kBool) {
    const auto cast = [&](const std::string& of) {
      return "cast<" + std::string(element_name(to)) + ">(" + of + ")";
    };
    std::string converted = replaced(sources_, around, operand, cast(text));
    // Both operands of an operator, where both are bools.
    if (op_call_ != nullptr && op_call_->values.size() == 2 && callee_ != decl->name.text &&
        one_element(op_call_->values[0].type) == ElementType::kBool &&
        one_element(op_call_->values[1].type) == ElementType::kBool) {
      converted = cast(written(op_call_->by_param[0]->range)) + " " + callee_ + " " +
                  cast(written(op_call_->by_param[1]->range));
    }
    return "a bool is no number: write `" + converted + "`; 1 is for `true` and 0 for `false`";
  }
  if (!element && !type->is_struct()) return "";
  return hint_of_cast(text, to, operand, around);
}

// What is done under an `if` on some participants only, which is not done at all.
std::string Checker::hint_under_if(const std::string& operation, const std::string& value,
                                   const std::string& weight) {
  const std::string condition = written(under_if_.condition);
  const auto chosen_of = [&](const std::string& of, const char* otherwise) {
    return "federated_map(fn(v) { if " + (condition == "..." ? "c" : condition) + " { v } else { " +
           std::string(otherwise) + " } }, " + of + ")";
  };
  const auto chosen = [&](const char* otherwise) { return chosen_of(value, otherwise); };
  if (operation.empty() || operation == "federated_map") {
    return "move the `if` into the function that is mapped: `" + chosen("0.0") + "`";
  }
  if (operation == "federated_mean") {
    return "call it once, and move the `if` to what clients compute: into a weight, "
           "`federated_mean(" +
           value + ", " + chosen_of(weight, "1.0") + ")`, or into the value";
  }
  return "call it once, and move the `if` to what is computed for it: `" + operation + "(" +
         chosen("0.0") + ")`";
}

// A function that is mapped uses a federated value.
std::string Checker::hint_of_capture(const std::string& name, const Type* type) {
  if (context_->mapped_by.rfind("federated_", 0) != 0) return hint_out_of_local();
  if (mapped_.parameters.empty()) {
    return "give it to the operation as part of its argument: `(x, " + name + ")`";
  }
  const bool placed = type->is_federated();
  std::string aggregated;
  if (placed && mapped_.at == Placement::kServer && type->placement() == Placement::kClients) {
    const auto element = one_element(type);
    if (!element || !(is_float(*element) || is_integer(*element))) {
      return "this function runs at the server: aggregate `" + name +
             "` first, for example with `federated_sum`";
    }
    aggregated = (is_float(*element) ? "federated_mean(" : "federated_sum(") + name + ")";
  }
  const bool sent =
      placed && mapped_.at == Placement::kClients && type->placement() == Placement::kServer;
  const std::string value = sent                  ? "federated_broadcast(" + name + ")"
                            : !aggregated.empty() ? aggregated
                                                  : name;
  return (aggregated.empty() ? "give the function a parameter for it: `"
                             : "this function runs at the server: aggregate `" + name +
                                   "`, and give it a parameter for that: `") +
         map_with(name, value) + "`";
}

// The `federated_map` whose function is checked, with one more parameter.
std::string Checker::map_with(const std::string& name, const std::string& value) const {
  std::string all = mapped_.over;
  if (all.front() == '(' && all.back() == ')') {
    all.pop_back();
  } else {
    all = "(" + all;
  }
  return "federated_map(fn(" + mapped_.parameters + ", " + name + ") { ... }, " + all + ", " +
         value + "))";
}

// An aggregation in a function that clients run: of what is mapped over, where it is that.
std::string Checker::hint_of_aggregate(const std::string& operation, const std::string& text) {
  const std::string name = operation.substr(std::string("federated_").size());
  const bool known = name == "sum" || name == "mean" || name == "min" || name == "max";
  // Of what the function is given, or of what is mapped over.
  const bool given = mapped_.parameters == text || mapped_.over == text;
  if (!known || mapped_.at != Placement::kClients || !given || mapped_.parameters == name)
    return hint_out_of_local();
  return "call it outside, and give the function what it makes: `" +
         map_with(name, "federated_broadcast(" + operation + "(" + mapped_.over + "))") + "`";
}

}  // namespace fedc::checking
