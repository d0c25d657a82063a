#include "tests/generator/layer_values.h"

#include <algorithm>

namespace fedc::generator {

int64_t size_of(const std::vector<Dim>& dims) {
  int64_t size = 1;
  for (const Dim& dim : dims) size *= dim.size;
  return size;
}

NodePtr LayerValues::bind(NodePtr value) {
  if (!value) return nullptr;
  const std::string name = context_.fresh("v");
  in_.scope_.push_back({name, value->type});
  NodePtr named = variable(value->type, name);
  bound_.emplace_back(name, std::move(value));
  return named;
}

NodePtr LayerValues::close(size_t scope, NodePtr result) {
  in_.scope_.resize(scope);
  for (auto it = bound_.rbegin(); result && it != bound_.rend(); ++it) {
    result = make(result->type, "let " + it->first + " = $0; $1", {it->second, std::move(result)},
                  {it->first});
  }
  bound_.clear();
  return result;
}

NodePtr LayerValues::field(const Parameter& of, int i) {
  const auto& [name, type] = of.type->fields[i];
  return make(type, "$0." + name, {variable(of.type, of.name)});
}

std::vector<Named> LayerValues::tensors(size_t rank) const {
  std::vector<Named> all = in_.named();
  std::erase_if(all, [&](const Named& one) {
    if (!one.type->is_tensor() || one.type->element != context_.number ||
        one.type->dims.size() != rank) {
      return true;
    }
    for (size_t d = 0; d < rank; ++d) {
      const Dim& dim = one.type->dims[d];
      if (dim.size == 0 || (d > 0 && dim.tag)) return true;
    }
    return size_of(one.type->dims) > 2 * kMostElements;
  });
  return all;
}

NodePtr LayerValues::pick(const std::vector<Named>& from) {
  if (from.empty()) return nullptr;
  const int count = static_cast<int>(from.size());
  return from[std::max(random_.below(count), random_.below(count))].node;
}

NodePtr LayerValues::value(const TyPtr& type) {
  std::vector<Named> same = in_.named(type);
  if (!same.empty() && random_.chance(75)) return pick(same);
  if (depth_ > 1 && random_.chance(8)) {
    if (NodePtr made = in_.expression(type, std::min(depth_ - 1, 2))) return made;
  }
  std::vector<Named> sources = in_.named();
  std::erase_if(sources, [&](const Named& one) {
    return !one.type->is_tensor() || one.type->element != type->element ||
           has_unknown_dims(*one.type) || element_count(*one.type) < 2;
  });
  if (!sources.empty() && random_.chance(65)) return spread(pick(sources), type);
  if (type->is_scalar()) return in_.literal(type->element);
  std::string text;
  static const std::vector<std::string> kSteps = {"1.7", "0.9", "0.37"};
  for (size_t d = 0; d < type->dims.size(); ++d) {
    text += (d ? " + iota<" : "iota<") + to_string(*type) + ">(axis=" + std::to_string(d) + ") * " +
            number(kSteps[(d + random_.below(3)) % 3]);
  }
  const NodePtr wave = leaf(type, "sin(" + text + ")");
  return random_.chance(50) ? wave : make(type, "($0 * " + number("0.4") + ")", {wave});
}

NodePtr LayerValues::spread(const NodePtr& from, const TyPtr& type) {
  const int64_t have = element_count(*from->type), want = element_count(*type);
  static const std::vector<int> kStrides = {1, 1, 3, 7, 11};
  const std::string element(fedrt::element_name(type->element));
  const std::string flat = "reshape<" + element + "[" + std::to_string(have) + "]>($0)";
  if (type->is_scalar()) {
    return make(type, "take(" + flat + ", " + std::to_string(random_.below(have)) + "i32)", {from});
  }
  return make(type,
              "reshape<" + to_string(*type) + ">(take(" + flat + ", (iota<int32[" +
                  std::to_string(want) + "]>() * " + std::to_string(random_.pick(kStrides)) +
                  "i32 + " + std::to_string(random_.below(50)) + "i32) % " + std::to_string(have) +
                  "i32))",
              {from});
}

NodePtr LayerValues::summary(const TyPtr& type) {
  if (type->is_struct()) {
    std::string text = "(";
    std::vector<NodePtr> kids;
    for (const auto& [name, field] : type->fields) {
      NodePtr kid = summary(field);
      if (!kid) return nullptr;
      text += (kids.empty() ? "" : ", ") + (name.empty() ? "" : name + "=") + "$" +
              std::to_string(kids.size());
      kids.push_back(std::move(kid));
    }
    return make(type, text + (kids.size() == 1 ? ",)" : ")"), std::move(kids));
  }
  if (!type->is_tensor() || type->element != context_.number || element_count(*type) == 0) {
    return in_.expression(type, 1);
  }
  NodePtr all;
  std::vector<Named> same = in_.named(type);
  if (!same.empty() && random_.chance(60)) {
    all = pick(same);
    if (random_.chance(50)) return all;
  }
  for (int parts = random_.between(1, 3); parts > 0; --parts) {
    std::vector<Named> from = in_.named();
    std::erase_if(from, [&](const Named& one) {
      return !one.type->is_tensor() || one.type->element != context_.number ||
             element_count(*one.type) == 0;
    });
    NodePtr part = pick(from);
    if (!part) break;
    part = reduced(std::move(part), type);
    all = all ? make(type, "($0 + $1)", {std::move(all), std::move(part)}) : std::move(part);
  }
  return all ? all : value(type);
}

NodePtr LayerValues::reduced(NodePtr x, const TyPtr& type) {
  static const std::vector<std::string> kKinds = {"reduce_sum", "reduce_sum", "reduce_mean",
                                                  "reduce_max"};
  if (type->is_scalar() && !x->type->is_scalar()) {
    if (!has_unknown_dims(*x->type) && random_.chance(50)) {
      NodePtr by = value(x->type);
      return make(type, "reduce_sum($0 * $1)", {std::move(x), std::move(by)});
    }
    return make(type, random_.pick(kKinds) + "($0)", {std::move(x)});
  }
  if (has_unknown_dims(*x->type)) {
    std::vector<int> axes;
    Dims rest;
    for (size_t d = 0; d < x->type->dims.size(); ++d) {
      const Dim& dim = x->type->dims[d];
      if (dim.tag) {
        axes.push_back(static_cast<int>(d));
      } else {
        rest.push_back(dim);
      }
    }
    x = make(of(rest), random_.pick(kKinds) + "($0, axes=" + list(axes) + ")", {std::move(x)});
  }
  if (equal(x->type, type)) return x;
  if (x->type->is_scalar()) return make(type, "fill<" + to_string(*type) + ">($0)", {std::move(x)});
  return spread(x, type);
}

LayerValues::Dims LayerValues::with_last(Dims dims, const Dim& last) {
  dims.back() = last;
  return dims;
}

NodePtr LayerValues::product(const NodePtr& x, const Dim& n) {
  const Dims& dims = x->type->dims;
  const Dim& k = dims.back();
  const int64_t m = dims.size() == 2 ? dims[0].size : 1;
  if (m * k.size * n.size > kMostProducts || k.size * n.size > kMostElements) return nullptr;
  const TyPtr type = of(with_last(dims, n));
  const bool turned = random_.chance(30);
  NodePtr w = value(turned ? of({n, k}) : of({k, n}));
  if (!w) return nullptr;
  if (w->kids.size() == 1 && random_.chance(40)) w = bind(w);
  if (turned && random_.chance(50)) return make(type, "matmul($0, transpose($1))", {x, w});
  if (turned) {
    return make(type, "dot_general($0, $1, " + std::to_string(dims.size() - 1) + ", 1)", {x, w});
  }
  if (dims.size() == 2 && !dims[0].tag && random_.chance(10)) {
    NodePtr other = value(of({k, dims[0]}));
    return make(type, "matmul(transpose($0), $1)", {other, w});
  }
  return make(type, "matmul($0, $1)", {x, w});
}

NodePtr LayerValues::products(const NodePtr& x, const Dim& n, int terms) {
  NodePtr sum = product(x, n);
  if (!sum) return nullptr;
  const TyPtr type = sum->type;
  for (int i = 1; i < terms; ++i) {
    std::vector<Named> others = tensors(x->type->dims.size());
    if (x->type->dims.size() == 2) {
      std::erase_if(others,
                    [&](const Named& one) { return one.type->dims[0] != x->type->dims[0]; });
    }
    NodePtr next = product(random_.chance(40) || others.empty() ? x : pick(others), n);
    if (!next) continue;
    static const std::vector<std::string> kSigns = {"($0 + $1)", "($0 + $1)", "($1 + $0)",
                                                    "($0 - $1)"};
    sum = make(type, random_.pick(kSigns), {std::move(sum), std::move(next)});
  }
  if (random_.chance(60)) {
    const bool column = type->dims.size() == 2 && !type->dims[0].tag && random_.chance(15);
    NodePtr bias = value(column               ? of({type->dims[0], Dim{1}})
                         : random_.chance(15) ? of({})
                                              : of({n}));
    sum = make(type, random_.chance(80) ? "($0 + $1)" : "($1 + $0)",
               {std::move(sum), std::move(bias)});
  }
  return sum;
}

NodePtr LayerValues::activated(NodePtr x) {
  if (!x) return nullptr;
  const TyPtr type = x->type;
  const auto named = [&](const std::string& text) { return make(type, text, {std::move(x)}); };
  switch (random_.below(10)) {
    case 0:
    case 1:
      return named("tanh($0)");
    case 2:
      return named("logistic($0)");
    case 3:
    case 4:
      return named("maximum($0, " + number("0.0") + ")");
    case 5: {
      NodePtr y = bind(std::move(x));
      return make(type, "select($0 > " + number("0.0") + ", $0, $0 * " + number("0.1") + ")", {y});
    }
    case 6:
      return named("($0 * " + number("0.05") + ")");
    default:
      return x;
  }
}

}  // namespace fedc::generator
