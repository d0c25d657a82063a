// Productions whose result is a tensor.
#include <algorithm>

#include "tests/generator/expressions.h"

namespace fedc::generator {

TyPtr with_element(const TyPtr& type, ElementType element) {
  return tensor_type(element, type->dims);
}

std::string list(const std::vector<int>& values) {
  std::string text = "(";
  for (size_t i = 0; i < values.size(); ++i) {
    text += (i ? ", " : "") + std::to_string(values[i]);
  }
  return text + (values.size() == 1 ? ",)" : ")");
}

NodePtr Expressions::tensor(const TyPtr& type, int depth) {
  if (!computes_with(type->element)) return storage(type, depth);
  if (type->element == ElementType::kBool) {
    return random_.chance(20) ? storage(type, depth) : boolean(type, depth);
  }
  switch (random_.below(16)) {
    case 15:
      return met(type);
    case 14:
      return windowed(type, depth);
    case 0:
    case 1:
    case 2:
    case 3:
      return arithmetic(type, depth);
    case 4:
    case 5:
      return unary(type, depth);
    case 6:
      return shaped(type, depth);
    case 7:
    case 8:
      return reduction(type, depth);
    case 9:
      return product(type, depth);
    case 10:
      return conversion(type, depth);
    case 11:
      return placed(type, depth);
    case 12:
      return ordered(type, depth);
    default: {
      NodePtr condition = expression(random_.chance(50) ? tensor_type(ElementType::kBool)
                                                        : with_element(type, ElementType::kBool),
                                     depth - 1);
      NodePtr a = expression(type, depth - 1), b = expression(type, depth - 1);
      if (!condition || !a || !b) return nullptr;
      return make(type, "select($0, $1, $2)", {std::move(condition), std::move(a), std::move(b)});
    }
  }
}

TyPtr Expressions::broadcastable(const TyPtr& type) {
  if (random_.chance(55)) return type;
  if (random_.chance(50)) return tensor_type(type->element);
  std::vector<Dim> dims = type->dims;
  for (Dim& dim : dims) {
    if (random_.chance(30)) dim = Dim{1};
  }
  dims.erase(dims.begin(), dims.begin() + random_.below(static_cast<int>(dims.size()) + 1));
  return tensor_type(type->element, dims);
}

NodePtr Expressions::arithmetic(const TyPtr& type, int depth) {
  NodePtr a = expression(type, depth - 1);
  NodePtr b = expression(broadcastable(type), depth - 1);
  if (!a || !b) return nullptr;
  const bool swap = random_.chance(30);
  const auto infix = [&](const std::string& op) {
    return make(type, swap ? "($1 " + op + " $0)" : "($0 " + op + " $1)", {a, b});
  };
  const auto named = [&](const std::string& op) { return make(type, op + "($0, $1)", {a, b}); };
  const bool is_float = fedrt::is_float(type->element);
  if (!is_float && random_.chance(25)) {
    static const std::vector<std::string> kBits = {"bitwise_and", "bitwise_or", "bitwise_xor",
                                                   "shift_left", "shift_right"};
    return named(random_.pick(kBits));
  }
  switch (random_.below(10)) {
    case 0:
    case 1:
      return infix("+");
    case 2:
    case 3:
      return infix("-");
    case 4:
    case 5:
      return infix("*");
    case 6:
      return named("maximum");
    case 7:
      return named("minimum");
    case 8:
      if (is_float && context_.style.functions && random_.chance(20)) {
        return make(type, "power(abs($0), $1)", {a, b});
      }
      [[fallthrough]];
    default: {
      const std::string op = random_.chance(70) ? "/" : "%";
      if (is_float) return infix(op);
      // No integer is divided by zero but by design.
      const NodePtr one = leaf(tensor_type(type->element), "1" + suffix(type->element));
      return make(type, "($0 " + op + " maximum($1, $2))", {a, b, one});
    }
  }
}

NodePtr Expressions::unary(const TyPtr& type, int depth) {
  NodePtr x = expression(type, depth - 1);
  if (!x) return nullptr;
  const auto named = [&](const std::string& op) { return make(type, op + "($0)", {x}); };
  if (fedrt::is_float(type->element)) {
    static const std::vector<std::string> kExact = {"abs",           "sign",  "floor",
                                                    "ceil",          "sqrt",  "rsqrt",
                                                    "stop_gradient", "round", "round_nearest_afz"};
    static const std::vector<std::string> kFunctions = {"exp",      "log", "log1p", "expm1", "tanh",
                                                        "logistic", "sin", "cos",   "erf"};
    if (context_.style.functions && random_.chance(30)) return named(random_.pick(kFunctions));
    if (random_.chance(70)) return named(random_.pick(kExact));
  } else if (random_.chance(70)) {
    static const std::vector<std::string> kIntegers = {"abs", "sign", "bitwise_not", "popcount",
                                                       "count_leading_zeros"};
    return named(random_.pick(kIntegers));
  }
  // `-1u8` is no number.
  if (fedrt::is_unsigned_integer(type->element) && x->kids.empty()) return x;
  return make(type, "(-$0)", {x});
}

NodePtr Expressions::boolean(const TyPtr& type, int depth) {
  switch (random_.below(8)) {
    case 0: {
      NodePtr x = expression(type, depth - 1);
      return x ? make(type, "(!$0)", {x}) : nullptr;
    }
    case 1:
    case 2: {
      NodePtr a = expression(type, depth - 1), b = expression(type, depth - 1);
      if (!a || !b) return nullptr;
      return make(type, random_.chance(50) ? "($0 && $1)" : "($0 || $1)", {a, b});
    }
    case 3: {
      NodePtr x = expression(with_element(type, float_element(context_)), depth - 1);
      return x ? make(type, random_.chance(50) ? "is_finite($0)" : "is_nan($0)", {x}) : nullptr;
    }
    case 4:
      return reduction(type, depth);
    default: {
      static const std::vector<std::string> kOps = {"==", "!=", "<", "<=", ">", ">="};
      const TyPtr compared = with_element(type, any_element(context_));
      NodePtr a = expression(compared, depth - 1);
      NodePtr b =
          expression(random_.chance(60) ? compared : tensor_type(compared->element), depth - 1);
      if (!a || !b) return nullptr;
      const int ops = compared->element == ElementType::kBool ? 2 : 6;
      return make(type, "($0 " + kOps[random_.below(ops)] + " $1)", {a, b});
    }
  }
}

NodePtr Expressions::conversion(const TyPtr& type, int depth) {
  const std::string element(fedrt::element_name(type->element));
  if (type->element == ElementType::kInt64 && type->is_scalar() && random_.chance(40)) {
    std::vector<Named> tensors = named();
    std::erase_if(
        tensors, [](const Named& one) { return !one.type->is_tensor() || one.type->dims.empty(); });
    if (!tensors.empty()) {
      const Named& one = random_.pick(tensors);
      const int axis = random_.below(static_cast<int>(one.type->dims.size()));
      return make(type, "dim($0, " + std::to_string(axis) + ")", {one.node});
    }
  }
  ElementType from = any_element(context_);
  if (!computes_with(type->element)) from = ElementType::kFloat32;
  if (type->element == ElementType::kFloat32 && random_.chance(25)) {
    from = random_.chance(50) ? ElementType::kFloat16 : ElementType::kBfloat16;
  }
  NodePtr x = expression(with_element(type, from), depth - 1);
  return x ? make(type, "cast<" + element + ">($0)", {x}) : nullptr;
}

NodePtr Expressions::storage(const TyPtr& type, int depth) {
  switch (random_.below(4)) {
    case 0:
      return shaped(type, depth);
    case 1:
      return placed(type, depth);
    case 2:
      return ordered(type, depth);
    default:
      return conversion(type, depth);
  }
}

// The same elements elsewhere.
NodePtr Expressions::shaped(const TyPtr& type, int depth) {
  const int rank = static_cast<int>(type->dims.size());
  if (rank == 0 || has_unknown_dims(*type)) return nullptr;
  switch (random_.below(5)) {
    case 0: {
      const TyPtr flat = tensor_type(type->element, {Dim{element_count(*type)}});
      NodePtr x = expression(flat, depth - 1);
      return x ? make(type, "reshape<" + to_string(*type) + ">($0)", {x}) : nullptr;
    }
    case 1: {
      std::vector<int> permutation(rank);
      for (int i = 0; i < rank; ++i) permutation[i] = i;
      for (int i = rank - 1; i > 0; --i)
        std::swap(permutation[i], permutation[random_.below(i + 1)]);
      std::vector<Dim> dims(rank);
      for (int i = 0; i < rank; ++i) dims[permutation[i]] = type->dims[i];
      NodePtr x = expression(tensor_type(type->element, dims), depth - 1);
      return x ? make(type, "transpose($0, permutation=" + list(permutation) + ")", {x}) : nullptr;
    }
    case 2: {
      std::vector<int> start, limit, strides;
      std::vector<Dim> dims;
      for (const Dim& dim : type->dims) {
        const int stride = random_.chance(25) ? 2 : 1;
        start.push_back(random_.below(3));
        strides.push_back(stride);
        const int size = static_cast<int>(dim.size);
        limit.push_back(start.back() + (size == 0 ? 0 : (size - 1) * stride + 1));
        dims.push_back({limit.back() + random_.below(3)});
      }
      NodePtr x = expression(tensor_type(type->element, dims), depth - 1);
      if (!x) return nullptr;
      return make(type,
                  "slice($0, start=" + list(start) + ", limit=" + list(limit) +
                      ", strides=" + list(strides) + ")",
                  {x});
    }
    case 3: {
      const int axis = random_.below(rank);
      if (type->dims[axis].size < 2) return nullptr;
      std::vector<Dim> first = type->dims, second = type->dims;
      first[axis].size = random_.between(1, static_cast<int>(type->dims[axis].size) - 1);
      second[axis].size -= first[axis].size;
      NodePtr a = expression(tensor_type(type->element, first), depth - 1);
      NodePtr b = expression(tensor_type(type->element, second), depth - 1);
      if (!a || !b) return nullptr;
      return make(type, "concatenate(($0, $1), axis=" + std::to_string(axis) + ")", {a, b});
    }
    default: {
      std::vector<Dim> dims(type->dims.begin() + random_.below(rank + 1), type->dims.end());
      for (Dim& dim : dims) {
        if (random_.chance(30)) dim = Dim{1};
      }
      NodePtr x = expression(tensor_type(type->element, dims), depth - 1);
      return x ? make(type, "broadcast_to<" + to_string(*type) + ">($0)", {x}) : nullptr;
    }
  }
}

NodePtr Expressions::reduction(const TyPtr& type, int depth) {
  // What is in scope with an unknown dimension can only be reduced.
  std::vector<Named> candidates = named();
  const bool is_bool = type->element == ElementType::kBool;
  std::erase_if(candidates, [&](const Named& one) {
    return !one.type->is_tensor() || one.type->element != type->element || !type->is_scalar() ||
           one.type->dims.empty();
  });
  NodePtr x;
  std::string axes;
  if (!candidates.empty() && random_.chance(60)) {
    x = expression(random_.pick(candidates).type, depth - 1);
  } else {
    static const std::vector<int64_t> kSizes = {1, 2, 7, 15, 16, 17, 33};
    const int rank = static_cast<int>(type->dims.size());
    std::vector<Dim> dims = type->dims;
    const int axis = random_.below(rank + 1);
    int64_t size = random_.pick(kSizes);
    if (element_count(*type) * size > 600) size = 2;
    dims.insert(dims.begin() + axis, Dim{size});
    x = expression(tensor_type(type->element, dims), depth - 1);
    if (rank > 0 || random_.chance(50)) axes = ", axes=" + list({axis});
    if (rank > 0 && type->dims[std::min(axis, rank - 1)].size == 1 && random_.chance(50)) {
      // The dimension of size 1 may as well be the reduced one.
      std::vector<Dim> wide = type->dims;
      wide[std::min(axis, rank - 1)].size = size;
      x = expression(tensor_type(type->element, wide), depth - 1);
      axes = ", axes=" + list({std::min(axis, rank - 1)}) + ", keep_dims=true";
    }
  }
  if (!x) return nullptr;
  if (is_bool) {
    return make(type, (random_.chance(50) ? "reduce_any($0" : "reduce_all($0") + axes + ")", {x});
  }
  if (fedrt::is_float(type->element) && random_.chance(25)) {
    return make(type, "reduce_mean($0" + axes + ")", {x});
  }
  static const std::vector<std::string> kKinds = {"reduce_sum", "reduce_sum", "reduce_sum",
                                                  "reduce_max", "reduce_min", "reduce_prod"};
  return make(type, random_.pick(kKinds) + "($0" + axes + ")", {x});
}

NodePtr Expressions::product(const TyPtr& type, int depth) {
  const int rank = static_cast<int>(type->dims.size());
  static const std::vector<int64_t> kSizes = {1, 2, 3, 7, 17};
  const Dim k{random_.pick(kSizes)};
  if (rank == 0) {
    const TyPtr vector = tensor_type(type->element, {k});
    if (type->element == ElementType::kInt32 && random_.chance(50)) {
      NodePtr x = expression(tensor_type(any_element(context_), {k}), depth - 1);
      if (!x || x->type->element == ElementType::kBool) return nullptr;
      return make(type, std::string(random_.chance(50) ? "argmax" : "argmin") + "($0, axis=0)",
                  {x});
    }
    NodePtr a = expression(vector, depth - 1), b = expression(vector, depth - 1);
    return a && b ? make(type, "dot($0, $1)", {a, b}) : nullptr;
  }
  if (rank == 1) {
    const bool left = random_.chance(50);
    const Dim n = type->dims[0];
    NodePtr a = expression(
        tensor_type(type->element, left ? std::vector<Dim>{k} : std::vector<Dim>{n, k}), depth - 1);
    NodePtr b = expression(
        tensor_type(type->element, left ? std::vector<Dim>{k, n} : std::vector<Dim>{k}), depth - 1);
    return a && b ? make(type, "matmul($0, $1)", {a, b}) : nullptr;
  }
  if (rank == 2 && !type->dims[1].tag && random_.chance(25)) {
    static const std::vector<ElementType> kIndices = {ElementType::kInt32, ElementType::kInt64,
                                                      ElementType::kUint8};
    NodePtr x = expression(tensor_type(random_.pick(kIndices), {type->dims[0]}), depth - 1);
    if (!x) return nullptr;
    return make(type,
                "one_hot<" + std::string(fedrt::element_name(type->element)) + ">($0, " +
                    std::to_string(type->dims[1].size) + ")",
                {x});
  }
  if (rank == 3 || (rank == 2 && random_.chance(30))) {  // batches, contracted in any order
    std::vector<Dim> a_dims = {k, type->dims[0]}, b_dims = {type->dims[rank - 1]};
    if (rank == 3) a_dims.insert(a_dims.begin() + 1, type->dims[1]);
    b_dims.push_back(k);
    const bool batched = rank == 3 && random_.chance(70);
    if (batched) b_dims.push_back(type->dims[0]);
    if (element_count(*type) * k.size > 3000) return nullptr;
    // x is (k, [m,] n0); without batches n0 is the first free one, and so must stand there.
    if (!batched && rank == 3) std::swap(a_dims[1], a_dims[2]);
    NodePtr a = expression(tensor_type(type->element, a_dims), depth - 1);
    NodePtr b = expression(tensor_type(type->element, b_dims), depth - 1);
    if (!a || !b) return nullptr;
    return make(type,
                batched ? "dot_general($0, $1, 0, 1, x_batching=2, y_batching=2)"
                        : "dot_general($0, $1, 0, 1)",
                {a, b});
  }
  if (rank == 2) {
    NodePtr a = expression(tensor_type(type->element, {type->dims[0], k}), depth - 1);
    NodePtr b = expression(tensor_type(type->element, {k, type->dims[1]}), depth - 1);
    return a && b ? make(type, "matmul($0, $1)", {a, b}) : nullptr;
  }
  return nullptr;
}

}  // namespace fedc::generator
