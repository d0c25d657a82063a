// Productions of keys and of what is drawn from them.
#include <algorithm>

#include "tests/generator/expressions.h"

namespace fedc::generator {
namespace {

bool uniform_elements(const TyPtr& type) {
  const std::vector<TyPtr> parts = leaves(type);
  return !parts.empty() && std::ranges::all_of(parts, [&](const TyPtr& part) {
    return part->element == parts[0]->element;
  });
}

}  // namespace

NodePtr Expressions::key(const TyPtr& type, int depth) {
  if (!type->dims.empty()) {
    if (type->dims.size() > 1 || type->dims[0].size == 0) return nullptr;
    NodePtr base = key(key_type(type->private_key), depth - 1);
    if (!base) return nullptr;
    if (random_.chance(30)) {
      return make(type,
                  "derive_key($0, iota<uint64[" + std::to_string(type->dims[0].size) + "]>())",
                  {std::move(base)});
    }
    return make(type, "random.split<" + std::to_string(type->dims[0].size) + ">($0)",
                {std::move(base)});
  }
  std::vector<Named> candidates = named();
  std::erase_if(candidates, [&](const Named& one) {
    return !one.type->is_key() || one.type->private_key != type->private_key ||
           one.type->dims.size() > 1 || (one.type->dims.size() == 1 && one.type->dims[0].size == 0);
  });
  if (candidates.empty()) return nullptr;
  const Named& one = random_.pick(candidates);
  NodePtr node = one.node;
  if (!one.type->dims.empty()) {
    const int size = static_cast<int>(one.type->dims[0].size);
    node = make(type, "take($0, " + std::to_string(random_.below(size)) + ")", {node});
  }
  if (depth <= 0 || random_.chance(30)) return node;
  if (random_.chance(25)) {
    return make(type, "take(random.split<3>($0), " + std::to_string(random_.below(3)) + ")",
                {node});
  }
  static const std::vector<ElementType> kData = {ElementType::kInt32, ElementType::kInt64,
                                                 ElementType::kUint8, ElementType::kUint64};
  NodePtr data = expression(tensor_type(random_.pick(kData)), depth - 2);
  return data ? make(type, "random.fold_in($0, $1)", {node, std::move(data)}) : node;
}

// What is drawn fills `type`, or is a number of each of its elements.
NodePtr Expressions::drawn(const TyPtr& type, int depth) {
  if (has_unknown_dims(*type) || !is_data(*type) || !uniform_elements(type)) return nullptr;
  const bool private_key = random_.chance(25);
  NodePtr from = key(key_type(private_key), depth - 1);
  if (!from) return nullptr;
  const std::string filled = "<" + to_string(*type) + ">($0",
                    prefix = private_key ? "random.private_" : "random.";
  const ElementType element = leaves(type)[0]->element;
  if (element == ElementType::kBool) {
    NodePtr p = expression(tensor_type(ElementType::kFloat32), depth - 2);
    if (!p) return nullptr;
    return make(type, prefix + "bernoulli" + filled + ", $1)", {std::move(from), std::move(p)});
  }
  if (fedrt::is_float(element)) {
    if (type->is_tensor() && !type->dims.empty() && !private_key && computes_with(element)) {
      if (random_.chance(20)) {
        NodePtr like = expression(type, depth - 1);
        if (!like) return nullptr;
        return make(type,
                    random_.chance(50) ? "random.uniform_like($0, $1)"
                                       : "nn.dropout($1, 0.25" + suffix(element) + ", $0)",
                    {std::move(from), std::move(like)});
      }
      if (type->dims.size() >= 2 && random_.chance(20)) {
        static const std::vector<std::string> kInitial = {"nn.glorot_uniform", "nn.glorot_normal",
                                                          "nn.he_uniform", "nn.he_normal"};
        return make(type, random_.pick(kInitial) + filled + ")", {std::move(from)});
      }
    }
    return make(type, prefix + (random_.chance(50) ? "uniform" : "normal") + filled + ")",
                {std::move(from)});
  }
  if (!type->is_tensor() || private_key) return nullptr;
  const bool vector = type->dims.size() == 1;
  const bool special =
      element == ElementType::kInt32 || (element == ElementType::kUint32 && vector);
  if (!special || random_.chance(30)) {  // bits
    NodePtr counters = expression(with_element(type, ElementType::kUint64), depth - 1);
    const bool whole = element == ElementType::kUint64;
    const std::string name(fedrt::element_name(element));
    return counters
               ? make(type, whole ? "threefry($0, $1)" : "cast<" + name + ">(threefry($0, $1))",
                      {std::move(from), std::move(counters)})
               : nullptr;
  }
  if (element == ElementType::kUint32) {
    return make(type, "random.bits<" + std::to_string(type->dims[0].size) + ">($0)",
                {std::move(from)});
  }
  if (vector && random_.chance(50)) {
    return make(type, "random.permutation<" + std::to_string(type->dims[0].size) + ">($0)",
                {std::move(from)});
  }
  std::vector<Dim> dims = type->dims;
  dims.push_back({random_.between(1, 5)});
  NodePtr logits = expression(tensor_type(float_element(context_), dims), depth - 1);
  return logits ? make(type, "random.categorical($0, $1)", {std::move(from), std::move(logits)})
                : nullptr;
}

}  // namespace fedc::generator
