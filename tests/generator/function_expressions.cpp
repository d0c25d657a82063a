// Productions of functions as values, and of calls.
#include <algorithm>

#include "tests/generator/expressions.h"

namespace fedc::generator {
namespace {

std::string arguments_text(size_t count, size_t first) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += (i ? ", $" : "$") + std::to_string(first + i);
  }
  return text;
}

}  // namespace

TyPtr Expressions::some_function_type(const TyPtr& result) {
  std::vector<TyPtr> parameters;
  for (int i = random_.between(1, 2); i > 0; --i) {
    TyPtr type = random_.chance(50) ? wanted_type() : any_type(context_, 1);
    if (has_unknown_dims(*type) || has_key(*type)) type = tensor_type(float_element(context_));
    parameters.push_back(std::move(type));
  }
  return function_type(std::move(parameters), result);
}

// A literal of this type. Wherever it is called, a gradient may be taken of it.
NodePtr Expressions::function_literal(const TyPtr& type, int depth) {
  std::string text;
  std::vector<std::string> names;
  const int before = differentiated_;
  differentiated_ = 2;
  for (const auto& [unnamed, parameter] : type->fields) {
    names.push_back(context_.fresh("y"));
    scope_.push_back({names.back(), parameter});
    text += (names.size() > 1 ? ", " : "") + names.back() + ": " + to_string(*parameter);
  }
  NodePtr body = block(type->member, depth);
  scope_.resize(scope_.size() - names.size());
  differentiated_ = before;
  return body ? make(type, "fn(" + text + ") { $0 }", {std::move(body)}, names) : nullptr;
}

// A struct of a function and something else, either way round, that is bound for `body`.
NodePtr Expressions::functions_bound(const TyPtr& type, int depth) {
  const TyPtr result = random_.chance(60) ? type : any_type(context_, 1);
  if (has_unknown_dims(*result)) return nullptr;
  const TyPtr function = some_function_type(result);
  NodePtr literal = function_literal(function, depth - 1);
  if (!literal) return nullptr;
  const std::string name = context_.fresh("v");
  TyPtr bound = function;
  NodePtr value = literal;
  if (random_.chance(60)) {
    const TyPtr beside = any_type(context_, 1);
    NodePtr data = expression(beside, depth - 2);
    if (!data) return nullptr;
    if (random_.chance(50)) {
      bound = struct_type({{"f", function}, {"d", beside}});
      value = make(bound, "(f=$0, d=$1)", {std::move(literal), std::move(data)});
    } else {
      bound = struct_type({{"", beside}, {"", function}});
      value = make(bound, "($0, $1)", {std::move(data), std::move(literal)});
    }
  }
  scope_.push_back({name, bound});
  NodePtr call = applied(type, depth - 1);
  NodePtr body = call && random_.chance(50) ? call : block(type, depth - 1);
  scope_.pop_back();
  return body ? make(type, "let " + name + " = $0; $1", {std::move(value), std::move(body)}, {name})
              : nullptr;
}

// What a function that is a value gives: one in scope, or one that a function of the file returns.
NodePtr Expressions::applied(const TyPtr& type, int depth) {
  struct Callee {
    NodePtr node;
    TyPtr type;
    const Function* made_by = nullptr;
  };
  std::vector<Callee> candidates;
  const auto consider = [&](const NodePtr& node, const TyPtr& of, const Function* made_by) {
    if (of->is_function() && equal(of->member, type)) candidates.push_back({node, of, made_by});
  };
  for (const Named& one : named()) consider(one.node, one.type, nullptr);
  for (const Function& function : context_.file.functions) {
    // `$0` stands for the call that gives it.
    consider(leaf(nullptr, "$0"), function.result, &function);
    if (!function.result->is_struct()) continue;
    for (const auto& [name, field] : function.result->fields) {
      consider(leaf(nullptr, "$0." + name), field, &function);
    }
  }
  if (candidates.empty()) return nullptr;
  const Callee& callee = random_.pick(candidates);
  NodePtr function = callee.node;
  if (callee.made_by) {
    std::vector<NodePtr> arguments;
    for (const Parameter& parameter : callee.made_by->parameters) {
      NodePtr argument = expression(parameter.type, depth - 1);
      if (!argument) return nullptr;
      arguments.push_back(std::move(argument));
    }
    function = make(nullptr, callee.node->text, {call_of(*callee.made_by, std::move(arguments))});
  }
  std::vector<NodePtr> kids = {function};
  for (const auto& [name, parameter] : callee.type->fields) {
    NodePtr argument = expression(parameter, depth - 1);
    if (!argument) return nullptr;
    kids.push_back(std::move(argument));
  }
  const std::string text = "$0(" + arguments_text(kids.size() - 1, 1) + ")";
  return make(type, text, std::move(kids));
}

// One function after another, and one for each field.
NodePtr Expressions::combined(const TyPtr& type, int depth) {
  if (type->is_struct() && is_number(*type) && !type->fields.empty() && random_.chance(50)) {
    NodePtr x = expression(type, depth - 1);
    if (!x) return nullptr;
    if (random_.chance(50)) {
      static const std::vector<std::string> kUnary = {"abs", "fn(z) { z * z }", "sign"};
      return make(type, "map_fields(" + random_.pick(kUnary) + ", $0)", {std::move(x)});
    }
    static const std::vector<std::string> kBinary = {"add", "maximum", "fn(z, w) { z * w - z }"};
    NodePtr y = expression(type, depth - 1);
    if (!y) return nullptr;
    return make(type, "zip_fields(" + random_.pick(kBinary) + ", $0, $1)",
                {std::move(x), std::move(y)});
  }
  TyPtr from = wanted_type(), between = any_type(context_, 1);
  if (has_unknown_dims(*type) || has_unknown_dims(*from)) return nullptr;
  NodePtr x = expression(from, depth - 1);
  NodePtr first = function_literal(function_type({from}, between), depth - 2);
  NodePtr second = function_literal(function_type({between}, type), depth - 2);
  if (!x || !first || !second) return nullptr;
  return make(type, "compose($0, $1)($2)", {std::move(second), std::move(first), std::move(x)});
}

NodePtr Expressions::call(const TyPtr& type, int depth) {
  if (random_.chance(20)) return combined(type, depth);
  if (random_.chance(30)) {
    if (NodePtr made = applied(type, depth)) return made;
  }
  std::vector<const Function*> candidates;
  for (const Function& function : context_.file.functions) {
    const bool open = std::ranges::any_of(function.parameters, [](const Parameter& parameter) {
      return has_unknown_dims(*parameter.type);
    });
    if (open && differentiated_ > 1) continue;
    if (equal(function.result, type)) candidates.push_back(&function);
  }
  if (candidates.empty()) return nullptr;
  const Function& function = *random_.pick(candidates);
  std::vector<NodePtr> arguments;
  for (const Parameter& parameter : function.parameters) {
    NodePtr argument = has_unknown_dims(*parameter.type) ? fitting(parameter.type, depth - 1)
                                                         : expression(parameter.type, depth - 1);
    if (!argument) return nullptr;
    arguments.push_back(std::move(argument));
  }
  return call_of(function, std::move(arguments));
}

}  // namespace fedc::generator
