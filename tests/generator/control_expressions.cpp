// Productions of loops, choices and types that say less.
#include <algorithm>

#include "tests/generator/expressions.h"

namespace fedc::generator {

// A few steps, how many of them known or not.
NodePtr Expressions::iteration(const TyPtr& type, int depth) {
  if (has_unknown_dims(*type) || leaves(type).empty()) return nullptr;
  if (random_.chance(30)) return conditional_loop(type, depth);
  const int most = random_.below(4);
  NodePtr count = leaf(tensor_type(ElementType::kInt64), std::to_string(most));
  std::string behind;
  if (random_.chance(40)) {
    NodePtr any = expression(tensor_type(ElementType::kInt64), depth - 2);
    if (!any) return nullptr;
    count = make(tensor_type(ElementType::kInt64), "minimum($0, " + std::to_string(most) + "i64)",
                 {std::move(any)});
    behind = ", at_most=" + std::to_string(most);
  }
  NodePtr init = expression(type, depth - 2);
  const std::string step = context_.fresh("i"), state = context_.fresh("s");
  scope_.push_back({step, tensor_type(ElementType::kInt64)});
  scope_.push_back({state, type});
  NodePtr body = block(type, depth - 1);
  scope_.pop_back();
  scope_.pop_back();
  if (!init || !body) return nullptr;
  return make(type, "fold($0, $1, fn(" + step + ", " + state + ") { $2 }" + behind + ")",
              {std::move(count), std::move(init), std::move(body)}, {step, state});
}

// Steps that are counted, while something holds; seldom more than there may be.
NodePtr Expressions::conditional_loop(const TyPtr& type, int depth) {
  const TyPtr counter = tensor_type(ElementType::kInt32);
  const TyPtr state = struct_type({{"n", counter}, {"x", type}});
  const std::string of_condition = context_.fresh("s"), of_step = context_.fresh("s");
  const int most = random_.below(4);
  NodePtr init = expression(type, depth - 2);
  scope_.push_back({of_condition, state});
  NodePtr condition = expression(tensor_type(ElementType::kBool), depth - 2);
  scope_.back().name = of_step;
  NodePtr body = expression(type, depth - 1);
  scope_.pop_back();
  if (!init || !condition || !body) return nullptr;
  const int bound = most + random_.chance(10);
  return make(type,
              "repeat_while((n=0i32, x=$0), fn(" + of_condition + ") { (" + of_condition + ".n < " +
                  std::to_string(bound) + "i32) && $1 }, fn(" + of_step + ") { (n=" + of_step +
                  ".n + 1i32, x=$2) }, at_most=" + std::to_string(most) + ").x",
              {std::move(init), std::move(condition), std::move(body)}, {of_condition, of_step});
}

// By a small number, or a struct but for one field, or field by field.
NodePtr Expressions::chosen(const TyPtr& type, int depth) {
  switch (random_.below(3)) {
    case 0: {
      static const std::vector<ElementType> kTypes = {ElementType::kInt32, ElementType::kInt64,
                                                      ElementType::kUint8};
      const ElementType element = random_.pick(kTypes);
      NodePtr by = expression(tensor_type(element), depth - 2);
      NodePtr a = block(type, depth - 1), b = block(type, depth - 1),
              otherwise = block(type, depth - 1);
      if (!by || !a || !b || !otherwise) return nullptr;
      return make(type, "(match $0 { 0 => { $1 } 1 => { $2 } _ => { $3 } })",
                  {std::move(by), std::move(a), std::move(b), std::move(otherwise)});
    }
    case 1: {
      if (!type->is_struct() || type->fields.empty() || type->fields[0].first.empty()) {
        return nullptr;
      }
      const auto& [name, field] = random_.pick(type->fields);
      NodePtr whole = expression(type, depth - 1), part = expression(field, depth - 1);
      if (!whole || !part) return nullptr;
      return make(type, "(..$0, " + name + "=$1)", {std::move(whole), std::move(part)});
    }
    default: {
      if (!type->is_struct() || !is_number(*type) || type->fields.empty()) return nullptr;
      std::vector<std::pair<std::string, TyPtr>> fields;
      for (const auto& [name, field] : type->fields) {
        if (!field->is_tensor()) return nullptr;
        fields.emplace_back(name, random_.chance(50) ? tensor_type(ElementType::kBool)
                                                     : with_element(field, ElementType::kBool));
      }
      NodePtr by = expression(struct_type(std::move(fields)), depth - 1);
      NodePtr a = expression(type, depth - 1), b = expression(type, depth - 1);
      if (!by || !a || !b) return nullptr;
      return make(type, "select($0, $1, $2)", {std::move(by), std::move(a), std::move(b)});
    }
  }
}

// A tensor type, some of whose dimensions are forgotten.
TyPtr Expressions::forgetful(const TyPtr& type) {
  if (!type->is_tensor() || type->dims.empty() || has_unknown_dims(*type)) return type;
  std::vector<Dim> dims = type->dims;
  for (Dim& dim : dims) {
    if (!random_.chance(70)) continue;
    dim.size += random_.below(3);
    dim.tag = ++context_.next_name;
  }
  return tensor_type(type->element, dims);
}

// What may stand where `type`, which has unknown dimensions, is expected.
NodePtr Expressions::fitting(const TyPtr& type, int depth) {
  if (!type->is_tensor()) return nullptr;
  std::vector<Dim> dims = type->dims;
  for (Dim& dim : dims) {
    if (!dim.tag) continue;
    dim = Dim{random_.between(dim.size > 2 ? 1 : 0, static_cast<int>(dim.size))};
  }
  const TyPtr known = tensor_type(type->element, dims);
  std::vector<Named> candidates = named();
  std::erase_if(candidates, [&](const Named& one) {
    if (!one.type->is_tensor() || one.type->element != type->element ||
        one.type->dims.size() != dims.size()) {
      return true;
    }
    for (size_t d = 0; d < dims.size(); ++d) {
      const Dim &has = one.type->dims[d], &wants = type->dims[d];
      if (wants.tag ? has.size > wants.size : has != wants) return true;
    }
    return false;
  });
  if (!candidates.empty() && random_.chance(60)) return random_.pick(candidates).node;
  return expression(known, depth);
}

// A tensor whose type says less than it might, bound for `body`.
NodePtr Expressions::forgotten(const TyPtr& type, int depth) {
  const TyPtr known = any_tensor(context_), open = forgetful(known);
  if (!has_unknown_dims(*open)) return nullptr;
  NodePtr value = fitting(open, depth - 1);
  if (!value) return nullptr;
  const std::string name = context_.fresh("v"), typed = ": " + to_string(*open) + " = ";
  const auto body_of = [&](const std::string& bound) {
    scope_.push_back({bound, open});
    NodePtr body = block(type, depth - 1);
    scope_.pop_back();
    return body;
  };
  if (random_.chance(60)) {
    NodePtr body = body_of(name);
    if (!body) return nullptr;
    return make(type, "let " + name + typed + "$0; $1", {std::move(value), std::move(body)},
                {name});
  }
  // One of two of other sizes.
  const std::string second = context_.fresh("v"), third = context_.fresh("v");
  NodePtr condition = expression(tensor_type(ElementType::kBool), depth - 2);
  NodePtr other = fitting(open, depth - 1), body = body_of(third);
  if (!condition || !other || !body) return nullptr;
  return make(type,
              "let " + name + typed + "$0; let " + second + typed + "$1; let " + third +
                  " = if $2 { " + name + " } else { " + second + " }; $3",
              {std::move(value), std::move(other), std::move(condition), std::move(body)},
              {name, second, third});
}

// The state has one size in all steps, or the step chooses between two.
NodePtr Expressions::open_loop(const TyPtr& type, int depth) {
  if (!type->is_scalar() || !is_number(*type) || depth < 2) return nullptr;
  const int64_t width = random_.between(1, 3);
  std::vector<Dim> dims = {Dim{random_.between(0, 4), ++context_.next_name}};
  const bool is_matrix = random_.chance(50);
  if (is_matrix) dims.push_back(Dim{width});
  const TyPtr open = tensor_type(type->element, dims);
  NodePtr init = fitting(open, depth - 1), other;
  if (!init) return nullptr;
  const std::string x = context_.fresh("v"), y = context_.fresh("v"), i = context_.fresh("i"),
                    s = context_.fresh("s");
  const int most = random_.below(4), how = random_.below(is_matrix ? 4 : 3);
  std::vector<NodePtr> parts = {std::move(init)};
  std::vector<std::string> names = {x};
  std::string text = "let " + x + ": " + to_string(*open) + " = $0; ", step;
  if (how == 2) {  // of another size
    other = fitting(open, depth - 1);
    if (!other) return nullptr;
    parts.push_back(std::move(other));
    names.push_back(y);
    text += "let " + y + ": " + to_string(*open) + " = $1; ";
  }
  const auto part = [&](const TyPtr& of) -> std::string {
    parts.push_back(expression(of, depth - 2));
    return "$" + std::to_string(parts.size() - 1);
  };
  scope_.push_back({x, open});
  scope_.push_back({i, tensor_type(ElementType::kInt64)});
  scope_.push_back({s, open});
  switch (how) {
    case 0:
      step = "tanh(" + s + " * " + part(type) + " + " + x + ")";
      break;
    case 1:
      step = s + " * " + x + " - " + part(type);
      break;
    case 2:
      step = "if " + part(tensor_type(ElementType::kBool)) + " { -" + s + " } else { " + y + " * " +
             part(type) + " }";
      break;
    default:
      step = "tanh(matmul(" + s + ", " +
             part(tensor_type(type->element, {Dim{width}, Dim{width}})) + ") + " + x + ")";
  }
  scope_.resize(scope_.size() - 3);
  if (std::ranges::any_of(parts, [](const NodePtr& node) { return !node; })) return nullptr;
  names.push_back(i);
  names.push_back(s);
  return make(type,
              text + "reduce_sum(fold(" + std::to_string(most) + ", " + x + ", fn(" + i + ", " + s +
                  ") { " + step + " }))",
              std::move(parts), names);
}

// A tensor of known dimensions, with one of unknown ones: an error where they differ.
NodePtr Expressions::met(const TyPtr& type) {
  std::vector<Named> all = named(), known, open;
  for (const Named& one : all) {
    if (!one.type->is_tensor() || one.type->element != type->element ||
        one.type->dims.size() != type->dims.size()) {
      continue;
    }
    if (equal(one.type, type)) known.push_back(one);
    bool meets = has_unknown_dims(*one.type);
    for (size_t d = 0; d < type->dims.size(); ++d) {
      const Dim &has = one.type->dims[d], &wants = type->dims[d];
      meets = meets && (has.tag ? has.size >= wants.size && wants.size > 1 : has == wants);
    }
    if (meets) open.push_back(one);
  }
  if (known.empty() || open.empty()) return nullptr;
  return make(type, "($0 - $1)", {random_.pick(known).node, random_.pick(open).node});
}

}  // namespace fedc::generator
