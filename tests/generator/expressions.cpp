#include "tests/generator/expressions.h"

#include <algorithm>

namespace fedc::generator {
namespace {

const std::vector<ElementType> kIntegers = {
    ElementType::kInt8,  ElementType::kInt16,  ElementType::kInt32,  ElementType::kInt64,
    ElementType::kUint8, ElementType::kUint16, ElementType::kUint32, ElementType::kUint64};

bool all_leaves(const Ty& type, bool (*holds)(ElementType)) {
  if (type.is_tensor()) return holds(type.element);
  if (!type.is_struct()) return false;
  return std::ranges::all_of(type.fields,
                             [&](const auto& field) { return all_leaves(*field.second, holds); });
}

}  // namespace

std::string suffix(ElementType element) {
  const std::string name(fedrt::element_name(element));
  const std::string digits = name.substr(name.find_first_of("0123456789"));
  return (element == ElementType::kBfloat16 ? "bf" : name.substr(0, 1)) + digits;
}

ElementType float_element(Context& context) {
  return context.random.chance(70) ? ElementType::kFloat32 : ElementType::kFloat64;
}

ElementType any_element(Context& context) {
  const int at = context.random.below(100);
  if (at < 60) return float_element(context);
  if (at < 75) return ElementType::kInt32;
  if (at < 83) return ElementType::kInt64;
  if (at < 90) return ElementType::kBool;
  return context.random.pick(kIntegers);
}

// Of the sizes of the file.
static TyPtr layer_tensor(Context& context) {
  Random& random = context.random;
  const int at = random.below(100);
  const int rank = at < 5 ? 0 : at < 25 ? 1 : at < 85 ? 2 : 3;
  std::vector<Dim> dims;
  int64_t count = 1;
  for (int d = 0; d < rank; ++d) {
    int64_t size = random.pick(context.sizes);
    if (count * size > 5000) size = 3;
    count *= size;
    dims.push_back({size});
  }
  return tensor_type(random.chance(90) ? context.number : any_element(context), dims);
}

TyPtr any_tensor(Context& context) {
  static const std::vector<int64_t> kSizes = {1, 2, 2, 3, 3, 5, 7, 16, 17, 33};
  Random& random = context.random;
  if (!context.sizes.empty() && random.chance(60)) return layer_tensor(context);
  const int at = random.below(100);
  const int rank = at < 45 ? 0 : at < 75 ? 1 : at < 94 ? 2 : 3;
  std::vector<Dim> dims;
  int64_t count = 1;
  for (int d = 0; d < rank; ++d) {
    int64_t size = random.chance(2) ? 0 : random.pick(kSizes);
    if (count * size > 300) size = 2;
    count *= std::max<int64_t>(size, 1);
    dims.push_back({size});
  }
  if (random.chance(3)) {
    return tensor_type(random.chance(50) ? ElementType::kFloat16 : ElementType::kBfloat16, dims);
  }
  return tensor_type(any_element(context), dims);
}

TyPtr any_type(Context& context, int depth) {
  if (depth == 0 || context.random.chance(65)) return any_tensor(context);
  std::vector<std::pair<std::string, TyPtr>> fields;
  const bool named = context.random.chance(75);
  const int count = context.random.between(1, 3);
  for (int i = 0; i < count; ++i) {
    fields.emplace_back(named ? std::string(1, static_cast<char>('a' + i)) : "",
                        any_type(context, depth - 1));
  }
  return struct_type(std::move(fields));
}

bool computes_with(ElementType element) {
  return element != ElementType::kFloat16 && element != ElementType::kBfloat16;
}
bool is_number(const Ty& type) {
  return all_leaves(type, [](ElementType element) {
    return element != ElementType::kBool && computes_with(element);
  });
}
bool is_float(const Ty& type) {
  return all_leaves(
      type, [](ElementType element) { return fedrt::is_float(element) && computes_with(element); });
}

NodePtr call_of(const Function& function, std::vector<NodePtr> arguments) {
  std::string text = function.name + "(";
  for (size_t i = 0; i < arguments.size(); ++i) {
    text += (i ? ", $" : "$") + std::to_string(i);
  }
  Node node = *make(function.result, text + ")", std::move(arguments));
  node.use = function.name;
  return std::make_shared<Node>(std::move(node));
}

std::vector<Named> Expressions::named() const {
  std::vector<Named> result;
  for (const Parameter& parameter : scope_) {
    // Twice differentiated, all dimensions are known.
    if (differentiated_ > 1 && has_unknown_dims(*parameter.type)) continue;
    result.push_back({variable(parameter.type, parameter.name), parameter.type});
  }
  for (size_t i = 0; i < result.size() && i < 200; ++i) {
    const Named base = result[i];
    if (!base.type->is_struct()) continue;
    for (size_t f = 0; f < base.type->fields.size(); ++f) {
      const auto& [name, type] = base.type->fields[f];
      // `x.0.1` could be read as a number.
      const std::string text = name.empty() ? "($0)." + std::to_string(f) : "$0." + name;
      result.push_back({make(type, text, {base.node}), type});
    }
  }
  return result;
}

std::vector<Named> Expressions::named(const TyPtr& type) const {
  std::vector<Named> result = named();
  std::erase_if(result, [&](const Named& one) { return !equal(one.type, type); });
  return result;
}

bool Expressions::has_keys() const {
  return std::ranges::any_of(scope_, [](const Parameter& one) { return has_key(*one.type); });
}

NodePtr Expressions::literal(ElementType element) {
  const TyPtr type = tensor_type(element);
  if (element == ElementType::kBool) return leaf(type, random_.chance(50) ? "true" : "false");
  if (fedrt::is_float(element)) {
    static const std::vector<std::string> kNumbers = {"0.0",  "1.0",   "2.0",  "0.5",  "0.1",
                                                      "-1.5", "3.25",  "-0.3", "1e-3", "7.0",
                                                      "-2.0", "100.0", "0.01"};
    std::string number = random_.pick(kNumbers);
    const bool negative = number[0] == '-';
    if (negative) number = number.substr(1);
    number += suffix(element);
    return leaf(type, negative ? "(-" + number + ")" : number);
  }
  const std::string number = std::to_string(random_.below(random_.chance(80) ? 6 : 128));
  const bool negative = fedrt::is_signed_integer(element) && random_.chance(25);
  return leaf(type, negative ? "(-" + number + suffix(element) + ")" : number + suffix(element));
}

NodePtr Expressions::constant(const TyPtr& type) {
  if (type->is_scalar()) return literal(type->element);
  if (type->is_tensor() && !has_unknown_dims(*type)) {
    const std::string name = to_string(*type);
    if (type->element == ElementType::kBool || !computes_with(type->element)) {
      return make(type, "fill<" + name + ">($0)", {literal(type->element)});
    }
    switch (random_.below(4)) {
      case 0:
        return make(type, "fill<" + name + ">($0)", {literal(type->element)});
      case 1: {
        const int axis = random_.below(static_cast<int>(type->dims.size()));
        return leaf(type, "iota<" + name + ">(axis=" + std::to_string(axis) + ")");
      }
      case 2:
        return leaf(type, "ones<" + name + ">()");
      default:
        return leaf(type, "zeros<" + name + ">()");
    }
  }
  if (type->is_struct()) {
    if (is_number(*type) && !has_unknown_dims(*type) && random_.chance(30)) {
      return leaf(type, "zeros<" + to_string(*type) + ">()");
    }
    return structure(type, 0);
  }
  return nullptr;
}

NodePtr Expressions::structure(const TyPtr& type, int depth) {
  std::string text = "(";
  std::vector<NodePtr> kids;
  for (const auto& [name, field] : type->fields) {
    NodePtr kid = expression(field, depth > 0 ? depth - 1 : 0);
    if (!kid) return nullptr;
    if (!kids.empty()) text += ", ";
    if (!name.empty()) text += name + "=";
    text += "$" + std::to_string(kids.size());
    kids.push_back(std::move(kid));
  }
  return make(type, text + (kids.size() == 1 ? ",)" : ")"), std::move(kids));
}

NodePtr Expressions::derived(const TyPtr& type) {
  if (!type->is_tensor() || has_unknown_dims(*type)) return nullptr;
  std::vector<Named> candidates = named();
  std::erase_if(candidates, [&](const Named& one) {
    if (!one.type->is_tensor()) return true;
    // The 16-bit floats convert from float32 and to it.
    const bool same_shape = one.type->dims == type->dims;
    if (!computes_with(type->element)) {
      return one.type->element != ElementType::kFloat32 || !(same_shape || one.type->is_scalar());
    }
    return !computes_with(one.type->element) &&
           (type->element != ElementType::kFloat32 || !same_shape);
  });
  if (candidates.empty()) return nullptr;
  // Late ones are likelier: what has just been bound is there to be used.
  const int count = static_cast<int>(candidates.size());
  const Named& one = candidates[std::max(random_.below(count), random_.below(count))];
  const std::string element(fedrt::element_name(type->element));
  const bool is_bool = one.type->element == ElementType::kBool;
  const TyPtr scalar = tensor_type(type->element);
  NodePtr node = one.node;
  const bool same_shape = one.type->dims == type->dims;
  if (!same_shape && !one.type->is_scalar()) {
    const std::string how = is_bool              ? "reduce_any"
                            : random_.chance(50) ? "reduce_sum"
                                                 : "reduce_max";
    node = make(tensor_type(one.type->element), how + "($0)", {node});
  }
  if (one.type->element != type->element) {
    node = make(same_shape ? type : scalar, "cast<" + element + ">($0)", {node});
  }
  if (same_shape || type->is_scalar()) return node;
  return make(type, "fill<" + to_string(*type) + ">($0)", {node});
}

NodePtr Expressions::simple(const TyPtr& type) {
  if (type->is_key()) return key(type, 0);
  if (type->is_function()) return function_literal(type, 1);
  const std::vector<Named> candidates = named(type);
  if (!candidates.empty() && !random_.chance(15)) return random_.pick(candidates).node;
  if (random_.chance(75)) {
    if (NodePtr made = derived(type)) return made;
  }
  if (NodePtr made = constant(type)) return made;
  return candidates.empty() ? nullptr : random_.pick(candidates).node;
}

NodePtr Expressions::block(const TyPtr& type, int depth) {
  if (depth > 0 && !context_.sizes.empty() && random_.chance(35)) {
    if (NodePtr made = layers(type, depth)) return made;
  }
  if (depth <= 0 || random_.chance(55)) return expression(type, depth);
  if (random_.chance(25)) {
    if (NodePtr made = functions_bound(type, depth)) return made;
  }
  if (differentiated_ <= 1 && random_.chance(8)) {
    if (NodePtr made = forgotten(type, depth)) return made;
  }
  if (differentiated_ <= 1 && is_float(*type) && random_.chance(differentiated_ ? 15 : 5)) {
    if (NodePtr made = open_loop(type, depth)) return made;
  }
  const TyPtr bound = random_.chance(75) ? wanted_type() : any_type(context_, 1);
  const NodePtr value = expression(bound, depth - 1);
  if (!value) return expression(type, depth);
  if (bound->is_struct() && random_.chance(30)) {
    // Taken apart; unnamed fields by position.
    std::string pattern = "(";
    std::vector<std::string> names;
    for (const auto& [name, field] : bound->fields) {
      names.push_back(context_.fresh("v"));
      if (names.size() > 1) pattern += ", ";
      pattern += name.empty() ? names.back() : name + "=" + names.back();
    }
    pattern += names.size() == 1 ? ",)" : ")";
    for (size_t f = 0; f < names.size(); ++f) scope_.push_back({names[f], bound->fields[f].second});
    NodePtr body = block(type, depth - 1);
    scope_.resize(scope_.size() - names.size());
    if (!body) return nullptr;
    return make(type, "let " + pattern + " = $0; $1", {value, std::move(body)}, names);
  }
  const std::string name = context_.fresh("v");
  scope_.push_back({name, bound});
  NodePtr body = block(type, depth - 1);
  scope_.pop_back();
  if (!body) return nullptr;
  const std::string annotation = random_.chance(20) ? ": " + to_string(*bound) : "";
  return make(type, "let " + name + annotation + " = $0; $1", {value, std::move(body)}, {name});
}

TyPtr Expressions::wanted_type() {
  std::vector<Named> candidates = named();
  const bool keys = random_.chance(10);
  std::erase_if(candidates, [&](const Named& one) {
    if (keys && one.type->is_key()) return one.type->private_key;
    return !is_data(*one.type);
  });
  if (candidates.empty() || random_.chance(40)) return any_type(context_, 2);
  return random_.pick(candidates).type;
}

NodePtr Expressions::expression(const TyPtr& type, int depth) {
  if (depth <= 0 || random_.chance(8)) return simple(type);
  for (int attempt = 0; attempt < 4; ++attempt) {
    NodePtr made;
    if (type->is_key()) return key(type, depth);
    if (type->is_function()) return function_literal(type, depth);
    if (random_.chance(30)) made = whole(type, depth);
    if (!made && type->is_struct()) made = structure(type, depth);
    if (!made && type->is_tensor()) made = tensor(type, depth);
    if (made) return made;
  }
  return simple(type);
}

NodePtr Expressions::whole(const TyPtr& type, int depth) {
  if (has_keys() && random_.chance(25)) return drawn(type, depth);
  switch (random_.below(13)) {
    case 8:
    case 9:
      return chosen(type, depth);
    case 10:
      if (!is_float(*type) || random_.chance(50)) return nullptr;
      return context_.style.gradients ? gradient(type, depth) : nullptr;
    case 0: {
      NodePtr condition = expression(tensor_type(ElementType::kBool), depth - 1);
      NodePtr then = block(type, depth - 1), otherwise = block(type, depth - 1);
      if (!condition || !then || !otherwise) return nullptr;
      return make(type, "(if $0 { $1 } else { $2 })",
                  {std::move(condition), std::move(then), std::move(otherwise)});
    }
    case 1:
    case 2:
      return sequence_fold(type, depth);
    case 3:
      return call(type, depth);
    case 4:
      return context_.style.gradients ? gradient(type, depth) : nullptr;
    case 5: {  // structs combine field by field; a scalar goes with every field
      if (!type->is_struct() || !is_number(*type)) return nullptr;
      if (random_.chance(30)) return combined(type, depth);
      static const std::vector<std::string> kOps = {"+", "-", "*"};
      const std::vector<TyPtr> parts = leaves(type);
      const bool one = random_.chance(40) && std::ranges::all_of(parts, [&](const TyPtr& part) {
                         return part->element == parts[0]->element;
                       });
      NodePtr a = expression(type, depth - 1);
      NodePtr b = expression(one ? tensor_type(parts[0]->element) : type, depth - 1);
      if (!a || !b) return nullptr;
      if (one && random_.chance(50)) std::swap(a, b);
      return make(type, "($0 " + random_.pick(kOps) + " $1)", {std::move(a), std::move(b)});
    }
    case 6: {  // through one vector
      if (!type->is_struct() && !random_.chance(20)) return nullptr;
      const std::vector<TyPtr> parts = leaves(type);
      if (parts.empty() || has_unknown_dims(*type) || has_sequence(*type) ||
          !std::ranges::all_of(
              parts, [&](const TyPtr& part) { return part->element == parts[0]->element; })) {
        return nullptr;
      }
      NodePtr x = expression(type, depth - 1);
      if (!x) return nullptr;
      return make(type, "unflatten<" + to_string(*type) + ">(flatten($0))", {x});
    }
    case 7:
      return iteration(type, depth);
    default:
      return nullptr;
  }
}

NodePtr Expressions::stages(TyPtr* element, int depth) {
  std::vector<Named> candidates = named();
  std::erase_if(candidates, [&](const Named& one) {
    return !one.type->is_sequence() || (differentiated_ > 1 && has_unknown_dims(*one.type));
  });
  if (candidates.empty()) return nullptr;
  const Named base = random_.pick(candidates);
  // The gradient is taken by nothing that decides what the elements are.
  const auto body_over = [&](const std::string& name, const TyPtr& of, const TyPtr& wanted) {
    if (differentiated_ > 0) return apart({{name, of}}, 2).block(wanted, depth - 1);
    scope_.push_back({name, of});
    NodePtr body = block(wanted, depth - 1);
    scope_.pop_back();
    return body;
  };
  NodePtr node = base.node;
  *element = base.type->member;
  for (int stage = random_.below(3); stage > 0; --stage) {
    const TyPtr type = sequence_type(*element);
    switch (has_keys() && random_.chance(30) ? 9 : random_.below(11)) {
      case 9: {
        NodePtr by = key(key_type(random_.chance(30)), depth - 1);
        if (!by) break;
        node = make(
            type,
            "sequence_shuffle($0, buffer=" + std::to_string(random_.between(1, 5)) + ", key=$1)",
            {node, std::move(by)});
        break;
      }
      case 4:
        node = make(type, "sequence_skip($0, " + std::to_string(random_.below(3)) + ")", {node});
        break;
      case 5:
        node = make(type, "sequence_concatenate($0, sequence_skip($0, 1))", {node});
        break;
      case 6:
        *element =
            struct_type({{"index", tensor_type(ElementType::kInt64, {})}, {"value", *element}});
        node = make(sequence_type(*element), "sequence_enumerate($0)", {node});
        break;
      case 7:
        // Sizes of neighbours are unrelated, which the generator cannot say.
        if (has_unknown_dims(**element)) break;
        *element = struct_type({{"", *element}, {"", *element}});
        node = make(sequence_type(*element), "sequence_zip($0, sequence_skip($0, 1))", {node});
        break;
      case 8: {
        const std::string name = context_.fresh("e");
        NodePtr body = body_over(name, *element, tensor_type(ElementType::kBool, {}));
        if (!body) break;
        node = make(type, "sequence_filter(fn(" + name + ") { $1 }, $0)", {node, std::move(body)},
                    {name});
        break;
      }
      case 0:
        node = make(type, "sequence_take($0, " + std::to_string(random_.below(4)) + ")", {node});
        break;
      case 1:
        node = make(type, "sequence_repeat($0, " + std::to_string(random_.below(4)) + ")", {node});
        break;
      case 2: {
        if (has_unknown_dims(**element)) break;
        const int size = random_.between(1, 4);
        const bool whole = differentiated_ > 1 || random_.chance(20);
        const int tag = whole ? 0 : ++context_.next_name;
        const auto batched = [&](const auto& self, const TyPtr& of) -> TyPtr {
          if (of->is_tensor()) {
            std::vector<Dim> dims = of->dims;
            dims.insert(dims.begin(), Dim{size, tag});
            return tensor_type(of->element, dims);
          }
          auto fields = of->fields;
          for (auto& [name, field] : fields) field = self(self, field);
          return struct_type(fields);
        };
        *element = batched(batched, *element);
        node = make(
            sequence_type(*element),
            "sequence_batch($0, " + std::to_string(size) + (whole ? ", drop_remainder=true)" : ")"),
            {node});
        break;
      }
      default: {
        if (has_unknown_dims(**element)) break;
        const std::string name = context_.fresh("e");
        const TyPtr mapped = random_.chance(50) ? *element : any_type(context_, 1);
        NodePtr body = body_over(name, *element, mapped);
        if (!body) break;
        *element = mapped;
        node = make(sequence_type(mapped), "sequence_map(fn(" + name + ") { $1 }, $0)",
                    {node, std::move(body)}, {name});
      }
    }
  }
  return node;
}

NodePtr Expressions::sequence_fold(const TyPtr& type, int depth) {
  if (has_unknown_dims(*type)) return nullptr;
  TyPtr element;
  NodePtr sequence = stages(&element, depth - 1);
  if (!sequence) return nullptr;
  std::string behind;
  if (differentiated_ > 0) {
    behind = ", at_most=" + std::to_string(random_.chance(80) ? 25 : random_.between(1, 8));
    if (random_.chance(30)) {  // what maps the elements may use what the gradient is taken by
      const std::string name = context_.fresh("e");
      const TyPtr mapped = any_type(context_, 1);
      scope_.push_back({name, element});
      NodePtr body = block(mapped, depth - 1);
      scope_.pop_back();
      if (!body) return nullptr;
      element = mapped;
      sequence = make(sequence_type(mapped), "sequence_map(fn(" + name + ") { $1 }, $0)",
                      {std::move(sequence), std::move(body)}, {name});
    }
  } else if (equal(element, type) && is_number(*type) && random_.chance(30)) {
    return make(type, "sequence_sum($0)", {std::move(sequence)});
  }
  NodePtr init = expression(type, depth - 2);
  const std::string accumulator = context_.fresh("s"), item = context_.fresh("e");
  scope_.push_back({accumulator, type});
  scope_.push_back({item, element});
  NodePtr body = block(type, depth - 1);
  scope_.pop_back();
  scope_.pop_back();
  if (!init || !body) return nullptr;
  return make(type,
              "sequence_reduce($0, $1, fn(" + accumulator + ", " + item + ") { $2 }" + behind + ")",
              {std::move(sequence), std::move(init), std::move(body)}, {accumulator, item});
}

}  // namespace fedc::generator
