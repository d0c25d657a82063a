// Productions that take elements from computed places, or go along one dimension.
#include <algorithm>

#include "tests/generator/expressions.h"

namespace fedc::generator {

// Indices of these dimensions into `size` elements, which are not none.
NodePtr Expressions::indices(const std::vector<Dim>& dims, int64_t size, int depth) {
  static const std::vector<ElementType> kTypes = {ElementType::kInt32, ElementType::kInt64,
                                                  ElementType::kUint8};
  const TyPtr type = tensor_type(random_.pick(kTypes), dims);
  NodePtr x = expression(type, depth - 1);
  if (!x) return nullptr;
  const std::string s = suffix(type->element);
  return make(type, "clamp(0" + s + ", $0, " + std::to_string(size - 1) + s + ")", {x});
}

NodePtr Expressions::placed(const TyPtr& type, int depth) {
  static const std::vector<int64_t> kSizes = {1, 2, 5, 17};
  const int rank = static_cast<int>(type->dims.size());
  if (has_unknown_dims(*type)) return nullptr;
  // Elements that are moved, and nothing else.
  const bool moved = type->element == ElementType::kBool || !computes_with(type->element);
  switch (random_.below(5)) {
    case 0:
    case 1: {  // the indices' dimensions stand from `axis` on
      const int axis = random_.below(rank + 1), inner = random_.below(rank - axis + 1);
      const int64_t size = random_.pick(kSizes);
      std::vector<Dim> dims(type->dims.begin(), type->dims.begin() + axis);
      dims.push_back({size});
      dims.insert(dims.end(), type->dims.begin() + axis + inner, type->dims.end());
      const TyPtr from = tensor_type(type->element, dims);
      if (element_count(*from) > 600) return nullptr;
      NodePtr x = expression(from, depth - 1);
      NodePtr at =
          indices({type->dims.begin() + axis, type->dims.begin() + axis + inner}, size, depth - 1);
      if (!x || !at) return nullptr;
      return make(type, "take($0, $1, axis=" + std::to_string(axis) + ")", {x, at});
    }
    case 2: {
      if (rank == 0 || moved) return nullptr;
      const int axis = random_.below(rank);
      if (type->dims[axis].size == 0) return nullptr;
      std::vector<Dim> places;
      for (int i = random_.below(3); i > 0; --i) places.push_back({random_.between(0, 4)});
      std::vector<Dim> dims = type->dims;
      dims.erase(dims.begin() + axis);
      dims.insert(dims.begin() + axis, places.begin(), places.end());
      const TyPtr of_updates = tensor_type(type->element, dims);
      if (element_count(*of_updates) > 600) return nullptr;
      NodePtr x = expression(type, depth - 1), updates = expression(of_updates, depth - 1);
      NodePtr at = indices(places, type->dims[axis].size, depth - 1);
      if (!x || !at || !updates) return nullptr;
      return make(type, "scatter_add($0, $1, $2, axis=" + std::to_string(axis) + ")",
                  {x, at, updates});
    }
    default: {
      // A box out of something larger, or one that replaces a part.
      if (rank == 0) return nullptr;
      const bool update = random_.chance(50);
      std::vector<Dim> other = type->dims;
      std::string start, sizes;
      std::vector<NodePtr> kids(update ? 2 : 1);
      for (int d = 0; d < rank; ++d) {
        const int64_t size = type->dims[d].size;
        other[d].size =
            update ? random_.between(0, static_cast<int>(size)) : size + random_.between(0, 3);
        const int64_t room = update ? size - other[d].size : other[d].size - size;
        NodePtr at = indices({}, room + 1, depth - 2);
        if (!at) return nullptr;
        start += (d ? ", $" : "$") + std::to_string(kids.size());
        sizes += (d ? ", " : "") + std::to_string(size);
        kids.push_back(std::move(at));
      }
      const TyPtr other_type = tensor_type(type->element, other);
      if (element_count(*other_type) > 600) return nullptr;
      kids[0] = expression(update ? type : other_type, depth - 1);
      if (update) kids[1] = expression(other_type, depth - 1);
      if (!kids[0] || (update && !kids[1])) return nullptr;
      if (rank > 1) start = "(" + start + ")";
      return make(
          type,
          update ? "dynamic_update_slice($0, $1, " + start + ")"
                 : "dynamic_slice($0, " + start + ", sizes=(" + sizes + (rank == 1 ? ",))" : "))"),
          kids);
    }
  }
}

NodePtr Expressions::ordered(const TyPtr& type, int depth) {
  const int rank = static_cast<int>(type->dims.size());
  if (rank == 0) return nullptr;
  const int axis = random_.below(rank);
  const std::string along = ", axis=" + std::to_string(axis);
  // Elements that are moved, and nothing else.
  const bool moved = type->element == ElementType::kBool || !computes_with(type->element);
  const std::string order = random_.chance(50) ? ", descending=true)" : ")";
  const auto of_same = [&](const std::string& before, const std::string& after) -> NodePtr {
    NodePtr x = expression(type, depth - 1);
    return x ? make(type, before + "($0" + after, {x}) : nullptr;
  };
  switch (random_.below(10)) {
    case 0:
      return of_same("reverse", random_.chance(50) ? ")" : ", axes=" + list({axis}) + ")");
    case 1:
      return moved ? nullptr : of_same("sort", along + order);
    case 2:
      return moved ? nullptr : of_same("cumsum", along + ")");
    case 3: {
      if (type->element != ElementType::kInt32) return nullptr;
      NodePtr x = expression(with_element(type, any_element(context_)), depth - 1);
      if (!x || x->type->element == ElementType::kBool) return nullptr;
      return make(type, "argsort($0" + along + order, {x});
    }
    case 4: {
      if (moved || type->dims.back().tag) return nullptr;
      const bool places = type->element == ElementType::kInt32 && random_.chance(50);
      std::vector<Dim> dims = type->dims;
      const int64_t k = dims.back().size;
      dims.back().size += random_.below(4);
      const ElementType element = places ? any_element(context_) : type->element;
      if (element == ElementType::kBool) return nullptr;
      NodePtr x = expression(tensor_type(element, dims), depth - 1);
      if (!x) return nullptr;
      return make(type, "top_k($0, " + std::to_string(k) + ")" + (places ? ".indices" : ".values"),
                  {x});
    }
    case 5: {
      std::vector<int> low, high, interior;
      std::vector<Dim> dims = type->dims;
      for (Dim& dim : dims) {
        int64_t room = dim.tag ? 0 : dim.size;
        low.push_back(random_.below(static_cast<int>(std::min<int64_t>(room, 3)) + 1));
        room -= low.back();
        high.push_back(random_.below(static_cast<int>(std::min<int64_t>(room, 3)) + 1));
        room -= high.back();
        // What is left is elements, or elements with one between each two.
        const bool gaps = !dim.tag && room % 2 == 1 && random_.chance(40);
        interior.push_back(gaps ? 1 : 0);
        if (!dim.tag) dim.size = gaps ? (room + 1) / 2 : room;
      }
      NodePtr x = expression(tensor_type(type->element, dims), depth - 1);
      NodePtr value = expression(tensor_type(type->element), depth - 1);
      if (!x || !value) return nullptr;
      return make(type,
                  "pad($0, $1, low=" + list(low) + ", high=" + list(high) +
                      ", interior=" + list(interior) + ")",
                  {x, value});
    }
    case 6: {
      std::vector<Dim> dims = type->dims;
      const int at = random_.below(rank + 1);
      dims.insert(dims.begin() + at, Dim{1});
      NodePtr x = expression(tensor_type(type->element, dims), depth - 1);
      return x ? make(type, "squeeze($0, axis=" + std::to_string(at) + ")", {x}) : nullptr;
    }
    case 7: {
      if (random_.chance(20)) {
        NodePtr like = expression(type, depth - 1);
        return like ? make(type, "zeros_like($0)", {like}) : nullptr;
      }
      [[fallthrough]];
    }
    case 8: {
      NodePtr value = expression(
          tensor_type(type->element, {type->dims.begin() + 1, type->dims.end()}), depth - 1);
      std::vector<Dim> rows = {type->dims[0]};
      if (random_.chance(50)) rows.push_back(Dim{random_.between(1, 3)});
      NodePtr x = expression(tensor_type(any_element(context_), rows), depth - 1);
      return value && x ? make(type, "repeat_rows($0, $1)", {value, x}) : nullptr;
    }
    default: {
      if (type->dims[axis] != Dim{1}) return nullptr;
      std::vector<Dim> dims = type->dims;
      dims.erase(dims.begin() + axis);
      NodePtr x = expression(tensor_type(type->element, dims), depth - 1);
      return x ? make(type, "expand_dims($0, " + std::to_string(axis) + ")", {x}) : nullptr;
    }
  }
}

}  // namespace fedc::generator
