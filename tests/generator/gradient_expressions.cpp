// Productions of gradients, and of what says its own.
#include <algorithm>

#include "tests/generator/expressions.h"

namespace fedc::generator {
namespace {

// What gradients are taken by and of: floats of known dimensions.
bool takes_gradient(const Ty& type) {
  return is_data(type) && is_float(type) && !has_unknown_dims(type);
}
bool uniform_elements(const TyPtr& type) {
  const std::vector<TyPtr> parts = leaves(type);
  return !parts.empty() && std::ranges::all_of(parts, [&](const TyPtr& part) {
    return part->element == parts[0]->element;
  });
}

}  // namespace

Expressions Expressions::apart(std::vector<Parameter> scope, int differentiated) const {
  for (const Param& param : context_.file.params) {
    scope.insert(scope.begin(), {param.name, tensor_type(param.element)});
  }
  Expressions result(context_, std::move(scope));
  result.differentiated_ = std::max(differentiated, differentiated_);
  return result;
}

TyPtr Expressions::gradient_type() {
  std::vector<Named> candidates = named();
  std::erase_if(candidates, [](const Named& one) {
    return !takes_gradient(*one.type) || leaves(one.type).empty();
  });
  if (!candidates.empty() && random_.chance(60)) return random_.pick(candidates).type;
  for (int tries = 0; tries < 20; ++tries) {
    TyPtr type = any_type(context_, 1);
    if (takes_gradient(*type)) return type;
  }
  return tensor_type(float_element(context_));
}

// A body of type `result` in which `by` is in scope and, mostly, used.
NodePtr Expressions::differentiable(const Parameter& by, const TyPtr& result, int order,
                                    int depth) {
  const int before = differentiated_;
  differentiated_ += order;
  scope_.push_back(by);
  NodePtr body;
  if (NodePtr part = apart({by}, differentiated_).expression(result, std::min(depth, 4))) {
    const std::string name = context_.fresh("v");
    scope_.push_back({name, result});
    NodePtr rest = block(result, depth);
    scope_.pop_back();
    if (rest && !rest->block && is_number(*result)) {
      rest = make(result, "(" + name + " + $0)", {std::move(rest)});
    }
    if (rest) {
      body = make(result, "let " + name + " = $0; $1", {std::move(part), std::move(rest)}, {name});
    }
  }
  scope_.pop_back();
  differentiated_ = before;
  return body;
}

// The gradient of a function literal, which may use all that is in scope.
NodePtr Expressions::literal_gradient(const TyPtr& type, int depth) {
  if (!takes_gradient(*type) || leaves(type).empty() || differentiated_ >= 2) return nullptr;
  const bool value = type->is_scalar() && random_.chance(35);
  const TyPtr by = value ? gradient_type() : type;
  const std::string name = context_.fresh("y"), typed = name + ": " + to_string(*by);
  const TyPtr result =
      value ? type : tensor_type(leaves(by)[random_.below(leaves(by).size())]->element);
  NodePtr at = expression(by, depth - 1);
  if (!at) return nullptr;
  const Parameter parameter{name, by};
  const auto of_body = [&](const std::string& text, NodePtr body) -> NodePtr {
    return body ? make(type, text, {at, std::move(body)}, {name}) : nullptr;
  };
  const std::string f = "fn(" + typed + ") { $1 }";
  const int how = random_.below(10);
  if (value || how < 2) {
    return of_body("value_and_grad(" + f + ")($0)" + (value ? ".value" : ".gradient"),
                   differentiable(parameter, result, 1, depth - 1));
  }
  if (how < 4)
    return of_body("grad(" + f + ")($0)", differentiable(parameter, result, 1, depth - 1));
  if (how < 6 && random_.chance(30)) {
    if (NodePtr made = pooled_curvature(type, depth)) return made;
  }
  if (how < 6 && differentiated_ == 0) {  // second derivatives: of a number, or along a direction
    NodePtr body = differentiable(parameter, result, 2, std::min(depth - 1, 3));
    if (by->is_scalar()) return of_body("grad(grad(" + f + "))($0)", std::move(body));
    NodePtr direction = expression(by, depth - 2);
    if (!body || !direction || !uniform_elements(by)) return nullptr;
    const std::string outer = context_.fresh("y");
    return make(type,
                "grad(fn(" + outer + ": " + to_string(*by) + ") { reduce_sum(flatten(grad(" + f +
                    ")(" + outer + ") * $2)) })($0)",
                {at, std::move(body), std::move(direction)}, {name, outer});
  }
  if (how < 8) {
    const TyPtr out = random_.chance(40) ? result : gradient_type();
    if (!uniform_elements(out)) return nullptr;
    NodePtr body = differentiable(parameter, out, 1, depth - 1);
    NodePtr pulled = expression(out, depth - 2);
    if (!body || !pulled) return nullptr;
    return make(type, "vjp(" + f + ", $0).pullback($2)", {at, std::move(body), std::move(pulled)},
                {name});
  }
  // By the first of two.
  const TyPtr second = wanted_type();
  if (has_unknown_dims(*second)) return nullptr;
  const std::string other = context_.fresh("y");
  NodePtr with = expression(second, depth - 2);
  scope_.push_back({other, second});
  NodePtr body = differentiable(parameter, result, 1, depth - 1);
  scope_.pop_back();
  if (!with || !body) return nullptr;
  return make(type,
              "grad(fn(" + typed + ", " + other + ": " + to_string(*second) + ") { $1 })($0, $2)",
              {at, std::move(body), std::move(with)}, {name, other});
}

// Of what stands in the largest places, the second derivative along a direction.
NodePtr Expressions::pooled_curvature(const TyPtr& type, int depth) {
  const int64_t size = element_count(*type);
  if (!type->is_tensor() || type->dims.empty() || size == 0 || differentiated_ > 0) return nullptr;
  const int window = random_.between(1, static_cast<int>(std::min<int64_t>(size, 3)));
  const int stride = random_.between(1, 3);
  const TyPtr whole = tensor_type(type->element, {Dim{1}, Dim{size}, Dim{1}});
  const TyPtr pooled =
      tensor_type(type->element, {Dim{1}, Dim{(size - window) / stride + 1}, Dim{1}});
  const std::string x = context_.fresh("y"), y = context_.fresh("y"), p = context_.fresh("v");
  NodePtr at = expression(type, depth - 1), direction = expression(type, depth - 2);
  differentiated_ += 2;
  scope_.push_back({y, type});
  scope_.push_back({p, pooled});
  NodePtr factor = expression(pooled, std::min(depth - 1, 3));
  scope_.resize(scope_.size() - 2);
  differentiated_ -= 2;
  if (!at || !direction || !factor) return nullptr;
  return make(type,
              "grad(fn(" + x + ": " + to_string(*type) + ") { reduce_sum(grad(fn(" + y + ": " +
                  to_string(*type) + ") { let " + p + " = max_pool(reshape<" + to_string(*whole) +
                  ">(" + y + "), window=" + std::to_string(window) +
                  ", strides=" + std::to_string(stride) + "); reduce_sum(" + p + " * " + p +
                  " * $1) })(" + x + ") * $2) })($0)",
              {std::move(at), std::move(factor), std::move(direction)}, {x, y, p});
}

// Functions of their argument alone: elsewhere they would give no gradient, which is an error where
// one is wanted.
NodePtr Expressions::custom_gradient(const TyPtr& type, int depth) {
  if (!takes_gradient(*type) || leaves(type).empty()) return nullptr;
  const TyPtr from = gradient_type();
  const std::string x = context_.fresh("y"), y = context_.fresh("y"), g = context_.fresh("y");
  NodePtr at = expression(from, depth - 1);
  NodePtr forward = apart({{x, from}}, 2).block(type, depth - 1);
  NodePtr backward = apart({{y, from}, {g, type}}, 2).block(from, depth - 1);
  if (!at || !forward || !backward) return nullptr;
  return make(type, "custom_gradient(fn(" + x + ") { $1 }, fn(" + y + ", " + g + ") { $2 }, $0)",
              {std::move(at), std::move(forward), std::move(backward)}, {x, y, g});
}

// value_and_grad(f)(x, ...) or grad(f)(x, ...) of a function of the file, whole or its part of this
// type.
NodePtr Expressions::gradient(const TyPtr& type, int depth) {
  std::vector<const Function*> candidates;
  for (const Function& function : context_.file.functions) {
    if (function.differentiable &&
        (equal(function.parameters[0].type, type) || equal(function.result, type))) {
      candidates.push_back(&function);
    }
  }
  if (candidates.empty() || random_.chance(40)) {
    return random_.chance(25) ? custom_gradient(type, depth) : literal_gradient(type, depth);
  }
  const Function& function = *random_.pick(candidates);
  std::string text;
  std::vector<NodePtr> arguments;
  for (const Parameter& parameter : function.parameters) {
    NodePtr argument = expression(parameter.type, depth - 1);
    if (!argument) return nullptr;
    text += (arguments.empty() ? "$" : ", $") + std::to_string(arguments.size());
    arguments.push_back(std::move(argument));
  }
  const bool value = !equal(function.parameters[0].type, type);
  if (!value && random_.chance(40)) {
    text = "grad(" + function.name + ")(" + text + ")";
  } else {
    text = "value_and_grad(" + function.name + ")(" + text + ")" + (value ? ".value" : ".gradient");
  }
  Node node = *make(type, text, std::move(arguments));
  node.use = function.name;
  return std::make_shared<Node>(std::move(node));
}

}  // namespace fedc::generator
