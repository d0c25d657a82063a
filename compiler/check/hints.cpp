// What to write instead, in the words of the program at hand.
#include <algorithm>
#include <cctype>
#include <cmath>

#include "compiler/check/op_call.h"
#include "compiler/lex/literals.h"

namespace fedc::checking {
namespace {

// `text` as a number that may be of type `wanted`: without a suffix, and without a point where that
// is an integer type. "" where it is no number, or none of such a value.
std::string number_as(const std::string& text, ElementType wanted) {
  const size_t begin = text.substr(0, 1) == "-" ? 1 : 0;
  const auto in_number = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_';
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

// A name, a field or a call: what binds more tightly than any operator.
bool is_tight(const std::string& text) {
  int depth = 0;
  for (const char c : text) {
    const bool in_word = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
    if (depth == 0 && !in_word && c != '(') return false;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  return !text.empty() && text[0] != '(';
}

// In which order values of two types are converted: to that of the larger number.
int conversion_rank(ElementType element) {
  if (element == ElementType::kBool) return 0;
  return (is_float(element) ? 1000 : 1) + element_bits(element);
}

}  // namespace

std::string Checker::written(SourceRange range) {
  constexpr size_t kLongest = 60;
  if (!range.valid()) return "...";
  const std::string text = one_line(sources_.text(range));
  const bool shown = !text.empty() && text.size() <= kLongest && text.find("//") == text.npos;
  return shown ? text : "...";
}

std::string Checker::written_tight(SourceRange range) {
  const std::string text = written(range);
  return is_tight(text) || text == "..." ? text : "(" + text + ")";
}

std::string Checker::hint_of_cast(const std::string& text, ElementType to) {
  const std::string type(element_name(to));
  if (to == ElementType::kBool) {
    return "compare it: `" + (is_tight(text) ? text : "(" + text + ")") + " != 0` is a bool";
  }
  if (text[0] == '"') return "a text is bytes, not a number: leave the quotes out";
  const std::string number = number_as(text, to);
  if (!number.empty()) {
    return "write `" + number + "`: a number without a point or a suffix takes the type that is " +
           "wanted";
  }
  if (is_number(text)) return "write an integer, such as `1`, or use `float32` on both sides";
  return "values never convert by themselves: write `cast<" + type + ">(" + text + ")`";
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
  if (op_call_ == nullptr) return {};
  for (size_t i = 0; i < op_call_->by_param.size(); ++i) {
    const ast::TypeExpr* type = op_call_->decl->parameters[i].type;
    while (const auto* placed = ast::as<ast::PlacedType>(type)) type = placed->member;
    while (const auto* sequence = ast::as<ast::SequenceType>(type)) type = sequence->element;
    const auto* named = ast::as<ast::NamedType>(type);
    if (named == nullptr || named->name.text != generic) continue;
    return op_call_->by_param[i] == nullptr ? SourceRange() : op_call_->by_param[i]->range;
  }
  return {};
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
    return from.range.valid() ? hint_of_cast(written(from.range), to.element) : std::string();
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
            return "a bool is `true` or `false`, not `" + written(from->range) + "`";
          }
          const std::string text = written(from->range), number = number_as(text, to->element);
          if (number.empty()) continue;
          // `1.0` of an integer: which of the two is to change?
          if (!is_float(from->element) || !to->range.valid()) return hint(*from, *to);
          return "write `" + number + "` to compute in `" + std::string(element_name(to->element)) +
                 "`, `cast<" + std::string(element_name(from->element)) + ">(" +
                 written(to->range) + ")` to compute in `" +
                 std::string(element_name(from->element)) + "`";
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
std::string Checker::hint_of_sequence(const std::string& operation, const std::string& text) {
  if (operation.rfind("federated_", 0) == 0) {
    return "make one value of each client's sequence first: `federated_map(sequence_sum, " + text +
           ")`, for example";
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
  const std::string text = written(operand_of(generic));
  if (type->is_sequence()) return hint_of_sequence(decl->name.text, text);
  if (decl->result != nullptr && decl->result->kind == ast::TypeKind::Function) {
    return "a gradient is by the first argument: write a function that takes floating-point "
           "numbers first, such as `fn(x) { f(n, x) }`";
  }
  const ElementSet allowed = elements_of(constraint);
  const auto element = one_element(type);
  if (type->is_struct() && constraint >= Constraint::kTensor &&
      constraint <= Constraint::kKeyTensor) {
    return "it takes one tensor: select a field, or write `map_fields(fn(x) { " + decl->name.text +
           "(x) }, " + text + ")` for each";
  }
  const bool fits = element && (allowed & element_bit(*element)) != 0;
  if (fits || (element && is_key(*element)) || allowed == kKeyElements) return "";
  if (allowed == kBoolElements) {
    return element ? hint_of_cast(text, ElementType::kBool) : std::string();
  }
  const ElementType to = (allowed & element_bit(ElementType::kInt32)) != 0 ? ElementType::kInt32
                                                                           : ElementType::kFloat32;
  if (element == ElementType::kBool) {
    return "a bool is no number: write `cast<" + std::string(element_name(to)) + ">(" + text +
           ")`, which is 1 for `true` and 0 for `false`";
  }
  if (!element && !type->is_struct()) return "";
  return hint_of_cast(text, to);
}

// A call with type arguments, up to that for `open`, of which nothing is known.
std::string Checker::call_with_types(const PendingConstraint& call, const std::string& open) {
  std::string types;
  for (const ast::GenericParameter& generic : generics_of(call.decl)) {
    const Constraint constraint = constraint_of(generic);
    if (constraint == Constraint::kPlacement) break;
    const Binding* binding = find_binding(call.scope->ref(), generic.name.text);
    const bool integers = elements_of(constraint) == kIntegerElements;
    std::string type = integers ? "int32" : "float32";
    if (constraint == Constraint::kDim) type = "3";
    if (constraint >= Constraint::kTensor && constraint <= Constraint::kKeyTensor) type += "[3]";
    if (constraint == Constraint::kKey || constraint == Constraint::kKeyTensor) type = "Key";
    if (binding != nullptr && binding->type != nullptr &&
        !inference_.with_defaults(binding->type)->has_variables()) {
      type = to_string(inference_.with_defaults(binding->type));
    }
    types += (types.empty() ? "" : ", ") + type;
    if (generic.name.text == open) break;
  }
  const std::string text = written(call.range);
  const size_t begin = std::min(text.find('('), text.size());
  const std::string callee = text.substr(0, begin);
  if (text == "..." || begin == text.size() || !is_tight(callee)) {
    return call.decl->decl->name.text + "<" + types + ">(...)";
  }
  return callee + "<" + types + ">" + text.substr(begin);
}

// What is done under an `if` on some participants only, which is not done at all.
std::string Checker::hint_under_if(const std::string& operation, const std::string& value) {
  const auto chosen = [&](const char* otherwise) {
    return "federated_map(fn(v) { if c { v } else { " + std::string(otherwise) + " } }, " + value +
           ")";
  };
  if (operation.empty() || operation == "federated_map") {
    return "move the `if` into the function that is mapped: `" + chosen("0.0") + "`";
  }
  if (operation == "federated_mean") {
    return "call it once, and move the `if` to what clients compute: into a weight, "
           "`federated_mean(" +
           value + ", " + chosen("1.0") + ")`, or into the value";
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
  if (placed && mapped_.at == Placement::kServer && type->placement() == Placement::kClients) {
    return "this function runs at the server: aggregate `" + name +
           "` first, for example with `federated_mean`";
  }
  const bool sent =
      placed && mapped_.at == Placement::kClients && type->placement() == Placement::kServer;
  const std::string value = sent ? "federated_broadcast(" + name + ")" : name;
  std::string all = mapped_.over;
  if (all.front() == '(' && all.back() == ')') {
    all.pop_back();
  } else {
    all = "(" + all;
  }
  return "give the function a parameter for it: `federated_map(fn(" + mapped_.parameters + ", " +
         name + ") { ... }, " + all + ", " + value + "))`";
}

}  // namespace fedc::checking
