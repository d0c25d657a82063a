// Shape functions of operations on elements at computed places, on single dimensions and on whole
// structs.
#include <map>

#include "compiler/check/shape_rule.h"

namespace fedc::checking {
namespace {

// As types are written.
constexpr int64_t kLargestDim = int64_t{1} << 48;

struct IndexShapes : ShapeRule {
  const Type* refuse_open(const Type* type, size_t i, const char* what) {
    return refuse("dimension " + std::to_string(i) + " of " + show(type) + " is `" +
                  type->dims()[i].to_string() + "`; only fixed dimensions " + what);
  }

  // pad(X, E, low, high, interior)
  const Type* pad() {
    const Type* x = call.types[0];
    if (!inference().unify_elements(x->element_or_variable(),
                                    call.types[1]->element_or_variable())) {
      return refuse("element types differ");
    }
    const auto *low = numbers(0), *high = numbers(1), *interior = numbers(2);
    if (low == nullptr || high == nullptr || low->size() != x->rank() ||
        high->size() != x->rank() || (interior != nullptr && interior->size() != x->rank())) {
      return refuse("`low`, `high` and `interior` have one number for each dimension");
    }
    std::vector<Dim> dims;
    for (size_t i = 0; i < x->rank(); ++i) {
      int64_t before = (*low)[i], after = (*high)[i], between = interior ? (*interior)[i] : 0;
      if (before < 0 || after < 0 || between < 0) {
        return refuse("dimension " + std::to_string(i) +
                      " cannot be padded by less than nothing: `slice` takes elements away");
      }
      Dim dim = x->dims()[i];
      if (!dim.is_fixed()) {
        if (before != 0 || after != 0 || between != 0) return refuse_open(x, i, "are padded");
        dims.push_back(dim);
        continue;
      }
      int64_t gaps = dim.size() > 0 ? dim.size() - 1 : 0, size;
      if (__builtin_mul_overflow(gaps, between, &size) ||
          __builtin_add_overflow(size, dim.size(), &size) ||
          __builtin_add_overflow(size, before, &size) ||
          __builtin_add_overflow(size, after, &size) || size > kLargestDim) {
        return refuse("dimension " + std::to_string(i) + " would be larger than any memory",
                      "`low` and `high` are how many elements come before and behind those of `" +
                          written(0) + "`, `interior` how many between two",
                      before >= after && before >= between ? "low"
                      : after >= between                   ? "high"
                                                           : "interior");
      }
      dims.push_back(Dim::fixed(size));
    }
    return tensor(x, std::move(dims));
  }

  // reversed(X, axes): X.
  const Type* reversed() {
    if (const auto* axes = numbers(0)) {
      std::vector<bool> seen(call.types[0]->rank());
      for (int64_t axis : *axes) {
        if (seen[axis]) return refuse("axis " + std::to_string(axis) + " stands twice");
        seen[axis] = true;
      }
    }
    return call.types[0];
  }

  // Whether `start` has one integer for each dimension of `x`, and all of these are fixed.
  bool starts(const Type* x, const Type* start) {
    start = inference().substitute(start);
    size_t count = 1;
    bool scalars = start->is_tensor() && start->rank() == 0;
    if (start->is_struct()) {
      count = start->fields().size();
      scalars = true;
      for (const Field& field : start->fields()) {
        const Type* type = inference().substitute(field.type);
        scalars &= type->is_tensor() && type->rank() == 0;
      }
    }
    if (!scalars || count != x->rank()) {
      refuse("`start` has one integer for each of the " + std::to_string(x->rank()) +
             " dimensions of " + show(x) + ", as `(i, j)` for two");
      return false;
    }
    for (size_t i = 0; i < x->rank(); ++i) {
      if (x->dims()[i].is_fixed()) continue;
      refuse_open(x, i, "have boxes");
      return false;
    }
    return true;
  }

  // dynamic_slice(X, I, sizes)
  const Type* dynamic_slice() {
    const Type* x = call.types[0];
    if (!starts(x, call.types[1])) return nullptr;
    const auto* sizes = numbers(0);
    if (sizes == nullptr || sizes->size() != x->rank()) {
      return refuse("`sizes` has one number for each dimension");
    }
    std::vector<Dim> dims;
    for (size_t i = 0; i < x->rank(); ++i) {
      int64_t size = (*sizes)[i];
      if (size < 0 || size > x->dims()[i].size()) {
        return refuse("size " + std::to_string(size) + " does not fit dimension " +
                      std::to_string(i) + ", which has " + x->dims()[i].to_string());
      }
      dims.push_back(Dim::fixed(size));
    }
    return tensor(x, std::move(dims));
  }

  // dynamic_update_slice(X, U, I): X.
  const Type* dynamic_update_slice() {
    const Type *x = call.types[0], *update = call.types[1];
    if (!inference().unify_elements(x->element_or_variable(), update->element_or_variable())) {
      return refuse("element types differ");
    }
    if (!starts(x, call.types[2])) return nullptr;
    if (update->rank() != x->rank()) {
      return refuse("the update has " + std::to_string(update->rank()) +
                    " dimensions, and what it goes into " + std::to_string(x->rank()));
    }
    for (size_t i = 0; i < x->rank(); ++i) {
      if (!update->dims()[i].is_fixed()) return refuse_open(update, i, "have boxes");
      if (update->dims()[i].size() > x->dims()[i].size()) {
        return refuse("dimension " + std::to_string(i) + " is " + update->dims()[i].to_string() +
                      " in the update, and " + x->dims()[i].to_string() + " in what it goes into");
      }
    }
    return x;
  }

  // The dimensions of the indices stand where the axis was.
  std::optional<std::vector<Dim>> taken_dims(const Type* x, const Type* indices, size_t i) {
    size_t axis = numbers(i) == nullptr ? 0 : static_cast<size_t>((*numbers(i))[0]);
    if (axis >= x->rank()) {
      refuse("a scalar has no axis");
      return std::nullopt;
    }
    std::vector<Dim> dims(x->dims().begin(), x->dims().begin() + axis);
    dims.insert(dims.end(), indices->dims().begin(), indices->dims().end());
    dims.insert(dims.end(), x->dims().begin() + axis + 1, x->dims().end());
    return dims;
  }

  // take(X, I, axis)
  const Type* take() {
    auto dims = taken_dims(call.types[0], call.types[1], 0);
    return dims ? tensor(call.types[0], std::move(*dims)) : nullptr;
  }

  // scatter_add(X, I, U, axis): X.
  const Type* scatter_add() {
    const Type *x = call.types[0], *updates = call.types[2];
    if (!inference().unify_elements(x->element_or_variable(), updates->element_or_variable())) {
      return refuse("element types differ");
    }
    auto dims = taken_dims(x, call.types[1], 0);
    if (!dims) return nullptr;
    const Type* expected = tensor(x, *dims);
    if (updates->rank() != dims->size()) {
      return refuse("the updates are " + show(updates) + ", expected " + show(expected));
    }
    for (size_t i = 0; i < dims->size(); ++i) {
      if (meet((*dims)[i], updates->dims()[i])) continue;
      return refuse("the updates are " + show(updates) + ", expected " + show(expected) +
                    ": dimension " + std::to_string(i) + " is " + updates->dims()[i].to_string() +
                    " instead of " + (*dims)[i].to_string());
    }
    return x;
  }

  // top_k(X, k): the last dimension becomes k.
  const Type* top_k() {
    const Type* x = call.types[0];
    const auto* k = numbers(0);
    if (x->rank() == 0) return refuse("a scalar has no largest elements");
    size_t last = x->rank() - 1;
    if (!x->dims()[last].is_fixed()) return refuse_open(x, last, "have a known number to choose");
    if (k == nullptr || (*k)[0] < 0 || (*k)[0] > x->dims()[last].size()) {
      return refuse("the last dimension has " + x->dims()[last].to_string() +
                    " elements to choose from");
    }
    std::vector<Dim> dims = x->dims();
    dims[last] = Dim::fixed((*k)[0]);
    return tensor(x, std::move(dims));
  }

  // inserted(X, at): a dimension of 1 more.
  const Type* inserted() {
    const Type* x = call.types[0];
    int64_t rank = static_cast<int64_t>(x->rank()), at = (*numbers(0))[0];
    if (at < 0 || at > rank) {
      return refuse("a new dimension stands at a place from 0 to " + std::to_string(rank));
    }
    std::vector<Dim> dims = x->dims();
    dims.insert(dims.begin() + at, Dim::fixed(1));
    return tensor(x, std::move(dims));
  }

  // removed(X, axis): without a dimension of 1.
  const Type* removed() {
    const Type* x = call.types[0];
    std::vector<Dim> dims = x->dims();
    size_t axis = static_cast<size_t>((*numbers(0))[0]);
    if (axis >= dims.size()) return refuse("a scalar has no axis");
    if (dims[axis] != Dim::fixed(1)) {
      return refuse("dimension " + std::to_string(axis) + " is " + dims[axis].to_string() +
                    "; only one of size 1 goes away");
    }
    dims.erase(dims.begin() + axis);
    return tensor(x, std::move(dims));
  }

  // dot_general(A, B, x_contracting, y_contracting, x_batching, y_batching): the batching
  // dimensions, what else is A's, what else is B's.
  const Type* dot_general() {
    const Type *a = call.types[0], *b = call.types[1];
    if (!inference().unify_elements(a->element_or_variable(), b->element_or_variable())) {
      return refuse("element types differ");
    }
    std::vector<bool> used_a(a->rank()), used_b(b->rank());
    std::vector<Dim> dims;
    for (size_t pair : {2, 0}) {  // batching first
      static const std::vector<int64_t> kNone;
      const auto& of_a = numbers(pair) == nullptr ? kNone : *numbers(pair);
      const auto& of_b = numbers(pair + 1) == nullptr ? kNone : *numbers(pair + 1);
      const std::string what = pair == 0 ? "contracting" : "batching";
      if (of_a.size() != of_b.size()) {
        return refuse("there are " + std::to_string(of_a.size()) + " " + what +
                      " dimensions of x and " + std::to_string(of_b.size()) + " of y");
      }
      for (size_t i = 0; i < of_a.size(); ++i) {
        auto take = [&](const Type* type, int64_t dim, std::vector<bool>& used) {
          if (dim < 0 || dim >= static_cast<int64_t>(type->rank()) || used[dim]) return false;
          used[dim] = true;
          return true;
        };
        if (!take(a, of_a[i], used_a)) {
          return refuse(std::to_string(of_a[i]) + " is no other dimension of x");
        }
        if (!take(b, of_b[i], used_b)) {
          return refuse(std::to_string(of_b[i]) + " is no other dimension of y");
        }
        Dim da = a->dims()[of_a[i]], db = b->dims()[of_b[i]];
        auto dim = meet(da, db);
        if (!dim) {
          return refuse("the " + what + " dimensions " + std::to_string(of_a[i]) + " of x and " +
                        std::to_string(of_b[i]) + " of y are " + da.to_string() + " and " +
                        db.to_string());
        }
        if (pair == 2) dims.push_back(*dim);
      }
    }
    for (size_t i = 0; i < a->rank(); ++i) {
      if (!used_a[i]) dims.push_back(a->dims()[i]);
    }
    for (size_t i = 0; i < b->rank(); ++i) {
      if (!used_b[i]) dims.push_back(b->dims()[i]);
    }
    return tensor(a, std::move(dims));
  }

  // The number of elements of all leaves, which have known shapes. Null, and a reason, where one
  // has not.
  std::optional<int64_t> elements_of(const Type* type) {
    int64_t total = 0;
    const Type* result = each_leaf(type, [&](const Type* leaf) -> const Type* {
      int64_t count = 1;
      for (Dim dim : leaf->dims()) {
        if (!dim.is_fixed()) {
          return refuse(show(leaf) + " has an unknown dimension: how large is it?");
        }
        if (__builtin_mul_overflow(count, dim.size(), &count)) {
          return refuse("it has more elements than any memory");
        }
      }
      if (__builtin_add_overflow(total, count, &total)) {
        return refuse("it has more elements than any memory");
      }
      return leaf;
    });
    if (result == nullptr || result->is_error()) return std::nullopt;
    return total;
  }

  // The first leaf, where all have one element type. Null, and a reason, where they have not.
  const Type* leaf_of_one_element(const Type* type) {
    const Type* first = nullptr;
    const Type* result = each_leaf(type, [&](const Type* leaf) -> const Type* {
      if (first == nullptr) first = leaf;
      if (!inference().unify_elements(first->element_or_variable(), leaf->element_or_variable())) {
        return refuse("its element types differ: " + show(first) + " and " + show(leaf));
      }
      return leaf;
    });
    if (result == nullptr || result->is_error()) return nullptr;
    return first != nullptr ? first : refuse("there is no tensor in it");
  }

  // counted(T): a scalar of the base's element.
  const Type* counted() {
    if (!elements_of(call.types[0])) return nullptr;
    return types().tensor(call.base->element_or_variable(), {});
  }
  // Of a batch of unknown size, the type with each row a vector; "" of anything else.
  std::string hint_of_rows(const Type* x) {
    if (!x->is_tensor() || x->rank() < 2 || x->dims()[0].is_fixed()) return "";
    int64_t count = 1;
    for (size_t i = 1; i < x->rank(); ++i) {
      const Dim dim = x->dims()[i];
      if (!dim.is_fixed() || __builtin_mul_overflow(count, dim.size(), &count)) return "";
    }
    return to_string(inference().with_defaults(
        types().tensor(x->element_or_variable(), {x->dims()[0], Dim::fixed(count)})));
  }
  // flattened(T): a vector of all elements.
  const Type* flattened() {
    const Type* first = leaf_of_one_element(call.types[0]);
    if (first == nullptr) return nullptr;
    if (const std::string rows = hint_of_rows(call.types[0]); !rows.empty()) {
      return refuse("it makes one vector, and dimension 0 of " + show(call.types[0]) +
                        ", how many rows there are, is not known",
                    "to flatten each row, write `reshape<" + rows + ">(" + written(0) + ")`");
    }
    auto count = elements_of(call.types[0]);
    if (!count) return nullptr;
    return types().tensor(first->element_or_variable(), {Dim::fixed(*count)});
  }
  // element_of(T): a scalar of the leaves' element type.
  const Type* element_of() {
    const Type* first = leaf_of_one_element(call.types[0]);
    if (first == nullptr) return nullptr;
    return types().tensor(first->element_or_variable(), {});
  }
  // grouped(X, (groups, channels)): images X of so many channels, which the groups share equally.
  const Type* grouped() {
    const Type* x = call.types[0];
    if (x->rank() != 4) {
      return refuse("it takes images, [batch,height,width,channels], of 4 dimensions, not " +
                        std::to_string(x->rank()),
                    x->rank() == 3 ? "`expand_dims(x, 0)` makes a batch of one image, which "
                                     "`squeeze(..., 0)` takes away again"
                                   : "");
    }
    const auto* given = numbers(0);
    if (given == nullptr || given->size() != 2) return x;
    const int64_t groups = (*given)[0], channels = (*given)[1];
    const Dim last = x->dims()[3];
    if (last.is_fixed() && last.size() != channels) {
      return refuse("there are " + last.to_string() + " channels in dimension 3 of `x`, and `" +
                        "layer` is for " + std::to_string(channels),
                    declared_with(1, 0, last.to_string()));
    }
    if (groups >= 1 && channels % groups == 0) return x;
    std::string all;
    int64_t nearest = 1;
    for (int64_t i = 1; i <= channels && i <= 1024; ++i) {
      if (channels % i != 0) continue;
      if (i <= groups) nearest = i;
      all += (all.empty() ? "" : ", ") + std::to_string(i);
    }
    std::string text = written_call();
    const std::string before = "<" + std::to_string(groups) + ">";
    const size_t at = text.find(before);
    if (at == std::string::npos) return refuse_groups(groups, channels, "it is one of " + all);
    text.replace(at, before.size(), "<" + std::to_string(nearest) + ">");
    return refuse_groups(groups, channels,
                         "write `" + text + "`, for example: it is one of " + all);
  }
  const Type* refuse_groups(int64_t groups, int64_t channels, const std::string& hint) {
    return refuse(ShapeRule::counted(static_cast<size_t>(groups), "group") + " cannot share " +
                      ShapeRule::counted(static_cast<size_t>(channels), "channel") + " equally",
                  hint);
  }
  // unflattened(T, V): T, whose elements V has.
  const Type* unflattened() {
    const Type *first = leaf_of_one_element(call.types[0]), *v = call.types[1];
    if (first == nullptr) return nullptr;
    auto count = elements_of(call.types[0]);
    if (!count) return nullptr;
    if (!inference().unify_elements(first->element_or_variable(), v->element_or_variable())) {
      return refuse("element types differ");
    }
    if (v->rank() != 1 || !meet(v->dims()[0], Dim::fixed(*count))) {
      return refuse("it is made of a vector of " + std::to_string(*count) + " elements");
    }
    if (!v->dims()[0].is_fixed()) {
      return refuse("dimension 0 of " + show(v) + " is unknown, and must be " +
                    std::to_string(*count));
    }
    return call.types[0];
  }
};

}  // namespace

ShapeFunction index_shape(const std::string& name, size_t types) {
  struct Entry {
    ShapeFunction function;
    size_t types;
  };
  static const auto* const kTable = new std::map<std::string, Entry>{
      {"counted", {shape_function<&IndexShapes::counted>, 1}},
      {"dot_general", {shape_function<&IndexShapes::dot_general>, 2}},
      {"dynamic_slice", {shape_function<&IndexShapes::dynamic_slice>, 2}},
      {"dynamic_update_slice", {shape_function<&IndexShapes::dynamic_update_slice>, 3}},
      {"element_of", {shape_function<&IndexShapes::element_of>, 1}},
      {"flattened", {shape_function<&IndexShapes::flattened>, 1}},
      {"grouped", {shape_function<&IndexShapes::grouped>, 1}},
      {"inserted", {shape_function<&IndexShapes::inserted>, 1}},
      {"pad", {shape_function<&IndexShapes::pad>, 2}},
      {"removed", {shape_function<&IndexShapes::removed>, 1}},
      {"reversed", {shape_function<&IndexShapes::reversed>, 1}},
      {"scatter_add", {shape_function<&IndexShapes::scatter_add>, 3}},
      {"take", {shape_function<&IndexShapes::take>, 2}},
      {"top_k", {shape_function<&IndexShapes::top_k>, 1}},
      {"unflattened", {shape_function<&IndexShapes::unflattened>, 2}},
  };
  auto it = kTable->find(name);
  return it == kTable->end() || types < it->second.types ? nullptr : it->second.function;
}

}  // namespace fedc::checking
