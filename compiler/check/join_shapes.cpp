// Shape functions of parts of tensors, and of tensors that are joined.
#include <map>

#include "compiler/check/shape_rule.h"

namespace fedc::checking {
namespace {

struct JoinShapes : ShapeRule {
  // A slice reaches beyond the end of dimension `i`, which has as many elements as it takes.
  std::string hint_of_slice(const Type* x, size_t i) {
    std::vector<int64_t> start = *numbers(0), limit = *numbers(1);
    const int64_t size = x->dims()[i].size();
    start[i] = size - (limit[i] - start[i]);
    limit[i] = size;
    const auto list = [](const std::vector<int64_t>& all) {
      std::string text;
      for (const int64_t n : all) text += (text.empty() ? "" : ", ") + std::to_string(n);
      return "(" + text + (all.size() == 1 ? ",)" : ")");
    };
    return "`limit` is the first place that is left out, at most " + std::to_string(size) +
           ": the last " + std::to_string(limit[i] - start[i]) + " are `slice(" + written(0) +
           ", " + list(start) + ", " + list(limit) + ")`";
  }

  const Type* slice() {
    const Type* x = call.types[0];
    const auto *start = numbers(0), *limit = numbers(1), *strides = numbers(2);
    if (start == nullptr || limit == nullptr || start->size() != x->rank() ||
        limit->size() != x->rank() || (strides != nullptr && strides->size() != x->rank())) {
      return refuse("`start`, `limit` and `strides` have one number for each dimension");
    }
    std::vector<Dim> dims;
    for (size_t i = 0; i < x->rank(); ++i) {
      Dim dim = x->dims()[i];
      int64_t from = (*start)[i], to = (*limit)[i], step = strides == nullptr ? 1 : (*strides)[i];
      if (!dim.is_fixed()) {
        return refuse("dimension " + std::to_string(i) + " is `" + dim.to_string() +
                      "`; only fixed dimensions are sliced");
      }
      if (from < 0 || to < from || to > dim.size() || step < 1) {
        return refuse("from " + std::to_string(from) + " to " + std::to_string(to) + " by " +
                          std::to_string(step) + " is no part of dimension " + std::to_string(i) +
                          ", which has " + dim.to_string(),
                      from >= 0 && to > dim.size() && to - from <= dim.size() && step == 1
                          ? hint_of_slice(x, i)
                          : "`start` is at least 0 and at most `limit`, `limit` at most " +
                                dim.to_string() + ", and `strides` at least 1");
      }
      dims.push_back(Dim::fixed((to - from + step - 1) / step));
    }
    return tensor(x, std::move(dims));
  }

  // Tensors that differ in dimension `i` alone are joined along that.
  std::string hint_of_axis(const Type* all, size_t i, size_t axis) {
    const Type* first = inference().substitute(all->fields()[0].type);
    for (const Field& field : all->fields()) {
      const Type* next = inference().substitute(field.type);
      if (!next->is_tensor() || next->rank() != first->rank()) return "";
      for (size_t d = 0; d < first->rank(); ++d) {
        if (d != i && !meet(first->dims()[d], next->dims()[d])) {
          return "all dimensions but the one along which they are joined are equal";
        }
      }
    }
    // The result that is asked for has all sizes but that along which they are joined.
    const Type* wanted = expected();
    if (wanted != nullptr && wanted->is_tensor() && wanted->rank() == first->rank() &&
        wanted->dims()[i] == first->dims()[i]) {
      return "for a result of " + show(wanted) + " all must have " + first->dims()[i].to_string() +
             " in dimension " + std::to_string(i);
    }
    return "they are joined along dimension " + std::to_string(axis) +
           ": write `axis=" + std::to_string(i) +
           "` to join them along the one in which they differ";
  }

  std::string hint_of_unknown(const Type* first, size_t axis) {
    for (size_t i = 0; i < first->rank(); ++i)
      if (i != axis && first->dims()[i].is_fixed())
        return "join them along another one, as with `axis=" + std::to_string(i) +
               "`, or work on each of them and join what has a fixed size, as sums have";
    return "work on each of them and join what has a fixed size, as sums have";
  }

  // concatenate(X, axis): X is a struct of tensors.
  const Type* concatenate() {
    const Type* x = call.types[0];
    if (!x->is_struct() || x->fields().empty()) return refuse("it takes a struct of tensors");
    const auto* axes = numbers(0);
    size_t axis = axes == nullptr ? 0 : static_cast<size_t>((*axes)[0]);
    const Type* first = inference().substitute(x->fields()[0].type);
    if (!first->is_tensor() || axis >= first->rank()) return refuse("there is no such axis");
    for (const Field& field : x->fields()) {
      const Type* one = inference().substitute(field.type);
      if (!one->is_tensor() || axis >= one->rank() || !one->dims()[axis].is_unknown()) continue;
      return refuse("dimension " + std::to_string(axis) + " is `" + one->dims()[axis].to_string() +
                        "`; tensors are joined along dimensions of fixed sizes",
                    hint_of_unknown(first, axis));
    }
    std::vector<Dim> dims = first->dims();
    for (size_t f = 1; f < x->fields().size(); ++f) {
      const Type* next = inference().substitute(x->fields()[f].type);
      if (!next->is_tensor() || next->rank() != first->rank() ||
          !inference().unify_elements(first->element_or_variable(), next->element_or_variable())) {
        return refuse("all must be tensors of one element type and as many dimensions");
      }
      for (size_t i = 0; i < dims.size(); ++i) {
        Dim a = dims[i], b = next->dims()[i];
        std::optional<Dim> dim;
        if (i != axis) {
          dim = meet(a, b);
        } else {
          dim = a.is_fixed() && b.is_fixed() ? Dim::fixed(a.size() + b.size()) : Dim::unknown();
        }
        if (!dim) {
          return refuse(
              "dimension " + std::to_string(i) + " is " + a.to_string() + " and " + b.to_string(),
              hint_of_axis(x, i, axis));
        }
        dims[i] = *dim;
      }
    }
    return tensor(first, std::move(dims));
  }
};

}  // namespace

ShapeFunction join_shape(const std::string& name, size_t types) {
  static const auto* const kTable = new std::map<std::string, ShapeFunction>{
      {"concatenate", shape_function<&JoinShapes::concatenate>},
      {"slice", shape_function<&JoinShapes::slice>},
  };
  const auto it = kTable->find(name);
  return it == kTable->end() || types < 1 ? nullptr : it->second;
}

}  // namespace fedc::checking
