// Shape functions: the result types that unification cannot say. The prelude calls them as
// `base[name(arguments)]`; the table at the end has those of this file.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "compiler/check/shape_rule.h"
#include "compiler/check/window_shapes.h"

namespace fedc::checking {

struct Shapes : ShapeRule {
  // Of two dimensions that are not equal in tensors of one rank: what to do.
  std::string sizes;
  // What the two that are broadcast are called.
  const char *first_name = "one", *second_name = "the other";

  // Fixed 1 stretches; an unknown dimension does not, whatever it is at run time.
  std::optional<Dim> broadcast_dim(Dim a, Dim b) {
    if (a == Dim::fixed(1)) return b;
    if (b == Dim::fixed(1)) return a;
    return meet(a, b);
  }

  const Type* leaf_apart(const Type* tensor) {
    return types().tensor(element(tensor), tensor->dims());
  }

  const Type* broadcast(const Type* a, const Type* b, const std::string& path) {
    a = inference().substitute(a);
    b = inference().substitute(b);
    if (a->is_error() || b->is_error()) return types().error();
    if (a->is_variable() || b->is_variable()) {
      return refuse("it is not known here what type they have");
    }
    if (a->is_struct() || b->is_struct()) return broadcast_structs(a, b, path);
    if (!a->is_tensor() || !b->is_tensor()) {
      return refuse(place(path) + show(a->is_tensor() ? b : a) + " is no tensor");
    }
    if (!inference().unify_elements(a->element_or_variable(), b->element_or_variable())) {
      // Of operands that are shown, they are seen.
      return refuse(path.empty()
                        ? "element types differ"
                        : place(path) + "element types differ: " +
                              show(types().tensor(a->element_or_variable(), {})) + " and " +
                              show(types().tensor(b->element_or_variable(), {})));
    }
    const Type* longer = a->rank() >= b->rank() ? a : b;
    const Type* shorter = a->rank() >= b->rank() ? b : a;
    std::vector<Dim> dims = longer->dims();
    size_t offset = longer->rank() - shorter->rank();
    for (size_t i = 0; i < shorter->rank(); ++i) {
      auto dim = broadcast_dim(dims[offset + i], shorter->dims()[i]);
      if (!dim) {
        const Dim x = dims[offset + i], y = shorter->dims()[i];
        if (offset == 0 && x.is_fixed() && y.is_fixed()) {
          const Type* made = result();
          const bool known = made != nullptr && made->is_tensor() && made->rank() == a->rank() &&
                             (made->dims()[i] == x || made->dims()[i] == y);
          sizes = known ? "give both the size of the result, " + made->dims()[i].to_string()
                        : "give both the same size: " + a->dims()[i].to_string() + " or " +
                              b->dims()[i].to_string() + " in both";
        }
        return refuse(place(path) + "dimension " + std::to_string(offset + i) + " is " +
                      dims[offset + i].to_string() + " in " +
                      (longer == a ? first_name : second_name) + " and " +
                      shorter->dims()[i].to_string() + " in " +
                      (longer == a ? second_name : first_name));
      }
      dims[offset + i] = *dim;
    }
    return tensor(a, std::move(dims));
  }

  // Structs with other fields: those that one of the two has alone.
  const Type* refuse_fields(const Type* a, const Type* b, const std::string& path) {
    std::string first, second, both;
    const std::string x = written(0), y = written(1);
    const std::string& name_of_op = callee();
    const bool is_operator = name_of_op.size() <= 2;
    for (const Field& field : a->fields()) {
      if (field.name.empty()) continue;
      if (b->field_index(field.name) < 0) {
        first += (first.empty() ? "`" : ", `") + field.name + "`";
      } else {
        const std::string p = x + "." + field.name, q = y + "." + field.name;
        both +=
            ", " + field.name + "=" +
            (is_operator ? p + " " + name_of_op + " " + q : name_of_op + "(" + p + ", " + q + ")");
      }
    }
    for (const Field& field : b->fields()) {
      if (field.name.empty() || a->field_index(field.name) >= 0) continue;
      second += (second.empty() ? "`" : ", `") + field.name + "`";
    }
    std::string text = std::string(first_name) + " has " + counted(a->fields().size(), "field") +
                       ", " + second_name + " " + std::to_string(b->fields().size());
    if (!first.empty()) text += "; only the first has " + first;
    if (!second.empty()) text += "; only the second has " + second;
    const bool shown = path.empty() && call.types.size() == 2 && first.empty() != second.empty() &&
                       !both.empty() && x.find(' ') == x.npos && y.find(' ') == y.npos &&
                       x != "..." && y != "...";
    return refuse(place(path) + text, shown ? "for the fields that both have write `(.." +
                                                  (second.empty() ? x : y) + both + ")`"
                                            : "");
  }

  // Of two tensors that do not broadcast.
  std::string hint_of_dims(const std::string& same_rank) {
    const Type* a = inference().substitute(call.types[0]);
    const Type* b = inference().substitute(call.types[1]);
    constexpr char kPairs[] =
        "dimensions are paired from the last one back; the two of a pair are equal, or one of them "
        "is 1, as `expand_dims` makes it";
    if (why->text.find("dimension ") == std::string::npos) return "";
    if (!a->is_tensor() || !b->is_tensor()) return same_rank.empty() ? kPairs : same_rank;
    const bool first = a->rank() >= b->rank();
    const Type *longer = first ? a : b, *shorter = first ? b : a;
    const std::string text = written(first ? 1 : 0);
    // A number for each row: the vector is a column.
    if (longer->rank() == 2 && shorter->rank() == 1 && longer->dims()[0] == shorter->dims()[0]) {
      return "dimensions are paired from the last one back: `expand_dims(" + text +
             ", 1)` is paired with dimension 0";
    }
    if (a->rank() == 2 && b->rank() == 2 && a->dims()[0] == b->dims()[1] &&
        a->dims()[1] == b->dims()[0]) {
      return "`transpose(" + text + ")` has the dimensions of the other";
    }
    return same_rank.empty() ? kPairs : same_rank;
  }

  const Type* broadcast_structs(const Type* a, const Type* b, const std::string& path) {
    const Type* shape = a->is_struct() ? a : b;
    if (a->is_struct() && b->is_struct() && a->fields().size() != b->fields().size()) {
      return refuse_fields(a, b, path);
    }
    std::vector<Field> fields;
    for (size_t i = 0; i < shape->fields().size(); ++i) {
      std::string name = shape->fields()[i].name;
      if (a->is_struct() && b->is_struct()) {
        const std::string& other = b->fields()[i].name;
        if (name.empty()) name = other;
        if (!other.empty() && other != name) {
          return refuse(place(path) + "field " + std::to_string(i) + " is called `" + name +
                        "` and `" + other + "`");
        }
      }
      const Type* field = broadcast(a->is_struct() ? a->fields()[i].type : a,
                                    b->is_struct() ? b->fields()[i].type : b,
                                    path + "." + (name.empty() ? std::to_string(i) : name));
      if (field == nullptr) return nullptr;
      fields.push_back({name, field});
    }
    return types().structure(std::move(fields));
  }

  // Broadcasting of all operands together, leaf by leaf.
  const Type* elementwise() {
    const Type* result = inference().substitute(call.types[0]);
    // The base's element replaces the operands' at the end, not in between.
    ShapeCall plain = call;
    plain.base = nullptr;
    Shapes inner{{checker, plain, why}};
    for (size_t i = 1; i < call.types.size(); ++i) {
      result = inner.broadcast(result, call.types[i], "");
      if (result != nullptr) continue;
      if (why->hint.empty() && call.types.size() == 2) why->hint = hint_of_dims(inner.sizes);
      return nullptr;
    }
    warn_of_pairs();
    return each_leaf(result, [this](const Type* leaf) { return leaf_apart(leaf); });
  }

  // `select(condition, a, b)`: the condition's shape counts, its element does not.
  const Type* choose() {
    const Type* values = inference().substitute(call.types[1]);
    values = broadcast(values, call.types[2], "");
    if (values == nullptr) return nullptr;
    const Type* condition = shaped_as(inference().substitute(call.types[0]), values, "");
    first_name = "what it chooses from";
    second_name = "the condition";
    const Type* chosen = condition == nullptr ? nullptr : broadcast(values, condition, "");
    if (chosen == nullptr && why->hint.empty()) {
      why->hint =
          "a condition is one bool, or has the fields and dimensions of what it chooses from";
    }
    return chosen;
  }

  // A condition's fields and shapes, with the elements of what it chooses from.
  const Type* shaped_as(const Type* condition, const Type* values, const std::string& path) {
    values = inference().resolve(values);
    if (condition->is_struct()) {
      if (condition->fields().empty() && !(values->is_struct() && values->fields().empty())) {
        return refuse(
            (path.empty() ? "the condition" : "`" + path + "` of the condition") + " has no bool",
            "write a bool there, such as `x > 0.0`");
      }
      std::vector<Field> fields;
      for (size_t i = 0; i < condition->fields().size(); ++i) {
        const Field& field = condition->fields()[i];
        const Type* chosen = values;
        // Where the counts differ, broadcasting says so.
        if (values->is_struct() && i < values->fields().size()) chosen = values->fields()[i].type;
        const Type* shaped =
            shaped_as(inference().resolve(field.type), chosen,
                      path + "." + (field.name.empty() ? std::to_string(i) : field.name));
        if (shaped == nullptr) return nullptr;
        fields.push_back({field.name, shaped});
      }
      return types().structure(std::move(fields));
    }
    return each_leaf(values, [&](const Type* leaf) {
      return types().tensor(leaf->element_or_variable(), condition->dims());
    });
  }

  // `threefry(key, counter)`: the shapes broadcast; the elements are those of a key and uint64.
  const Type* keyed() {
    const Type* key = inference().substitute(call.types[0]);
    const Type* counter = inference().substitute(call.types[1]);
    if (!inference().unify_elements(counter->element_or_variable(),
                                    Element{ElementType::kUint64, -1})) {
      return refuse("a counter is `uint64`, not " + show(counter));
    }
    return broadcast(key, types().tensor(key->element_or_variable(), counter->dims()), "");
  }

  const Type* same() {
    return each_leaf(call.types[0], [this](const Type* leaf) { return leaf_apart(leaf); });
  }

  // `same`, after checking that a static argument, which `what` names, is in a range.
  const Type* within(const char* what, int64_t low, int64_t high, const char* hint) {
    const auto* limit = numbers(0);
    if (limit == nullptr || (*limit)[0] < low || (*limit)[0] > high) {
      return refuse(
          "the " + std::string(what) + " is from " + std::to_string(low) +
              (high == std::numeric_limits<int64_t>::max() ? " on"
                                                           : " to " + std::to_string(high)) +
              (limit == nullptr ? "" : ", not " + std::to_string((*limit)[0])),
          hint);
    }
    return same();
  }
  // The state of a loop, after checking the largest number of its steps, if there is one.
  const Type* iterated() {
    const auto* most = numbers(0);
    if (most != nullptr && ((*most)[0] < 0 || (*most)[0] > (int64_t{1} << 62))) {
      return refuse("the largest number of steps is from 0 to 2^62");
    }
    return call.types[0];
  }
  // Sums stay below 2^62, so all that is added does.
  const Type* secure_sum() {
    return within("largest value", 0, (int64_t{1} << 62) - 1,
                  "write the largest that one client may have, such as `1000`");
  }
  const Type* secure_bits() {
    return within("number of bits", 1, 62,
                  "write how many bits the value of one client has at most, such as `16`");
  }
  const Type* secure_modular() {
    return within("modulus", 1, int64_t{1} << 62,
                  "write a number above what the sum can be, such as `65536`");
  }
  // The slices of a select are rows of tensors, so there is one.
  const Type* selected() {
    bool any = false;
    each_leaf(call.types[0], [&](const Type* leaf) {
      any = true;
      return leaf;
    });
    if (!any) {
      return refuse("a slice holds a tensor",
                    "give a function that makes a tensor, or a struct of tensors");
    }
    return within("largest key", 0, std::numeric_limits<int64_t>::max(),
                  "write the largest key that a client may ask for, such as `7` of 8 rows");
  }

  // reduce(X, axes, keep_dims): all axes where none are given.
  const Type* reduce() {
    const Type* x = call.types[0];
    const std::vector<int64_t>* axes = numbers(0);
    bool keep = numbers(1) != nullptr && (*numbers(1))[0] != 0;
    std::vector<bool> reduced(x->rank(), axes == nullptr);
    if (axes != nullptr) {
      for (int64_t axis : *axes) {
        int64_t i = axis < 0 ? axis + static_cast<int64_t>(x->rank()) : axis;
        if (i < 0 || i >= static_cast<int64_t>(x->rank())) {
          return refuse("there is no axis " + std::to_string(axis));
        }
        if (reduced[i]) return refuse("axis " + std::to_string(axis) + " stands twice");
        reduced[i] = true;
      }
    }
    std::vector<Dim> dims;
    for (size_t i = 0; i < x->rank(); ++i) {
      if (!reduced[i]) dims.push_back(x->dims()[i]);
      if (reduced[i] && keep) dims.push_back(Dim::fixed(1));
    }
    return tensor(x, std::move(dims));
  }

  std::vector<int64_t> list(size_t i) {
    return numbers(i) == nullptr ? std::vector<int64_t>() : *numbers(i);
  }

  // convolution(X, F, strides, padding, dilation, groups)
  const Type* convolution() {
    const Type *x = call.types[0], *filter = call.types[1];
    if (!inference().unify_elements(x->element_or_variable(), filter->element_or_variable())) {
      return refuse("element types differ");
    }
    int64_t groups = numbers(3) == nullptr ? 1 : (*numbers(3))[0];
    auto dims = convolution_dims(x, filter, {{}, list(0), list(1), list(2), groups}, why);
    if (dims) return tensor(x, std::move(*dims));
    // For these channels, a filter of the same windows.
    const size_t rank = x->rank();
    if (rank >= 3 && filter->rank() == rank && groups == 1 && x->dims().back().is_fixed() &&
        filter->dims()[rank - 2] != x->dims().back()) {
      std::vector<Dim> wanted = filter->dims();
      wanted[rank - 2] = x->dims().back();
      why->hint = declared_with(rank, rank - 2, x->dims().back().to_string());
      if (why->hint.empty()) {
        why->hint = "a filter for these channels is " +
                    show(types().tensor(filter->element_or_variable(), std::move(wanted)));
      }
    }
    return nullptr;
  }

  // pool(X, window, strides, padding)
  const Type* pool() {
    auto dims = pool_dims(call.types[0], {list(0), list(1), list(2), {}, 1}, why);
    return dims ? tensor(call.types[0], std::move(*dims)) : nullptr;
  }

  // transpose(X, permutation): reversed where none is given.
  const Type* transpose() {
    const Type* x = call.types[0];
    std::vector<Dim> dims;
    if (const auto* permutation = numbers(0)) {
      std::vector<int64_t> sorted = *permutation;
      std::sort(sorted.begin(), sorted.end());
      for (size_t i = 0; i < sorted.size(); ++i) {
        if (sorted[i] != static_cast<int64_t>(i)) sorted.clear();
      }
      if (sorted.size() != x->rank()) {
        std::string all;
        for (size_t i = x->rank(); i-- > 0;) all += (all.empty() ? "" : ", ") + std::to_string(i);
        return refuse(
            "`permutation` must name each of its " + std::to_string(x->rank()) + " dimensions once",
            x->rank() > 1 ? "write `permutation=(" + all + ")`, for example" : "");
      }
      for (int64_t i : *permutation) dims.push_back(x->dims()[i]);
    } else {
      dims.assign(x->dims().rbegin(), x->dims().rend());
    }
    return tensor(x, std::move(dims));
  }

  // broadcast_to(R, X): R, to which X stretches.
  const Type* broadcast_to() {
    const Type *r = call.types[0], *x = call.types[1];
    if (!r->is_tensor()) return refuse(show(r) + " is no tensor");
    const Type* both = broadcast(x, r, "");
    if (both == nullptr) return nullptr;
    if (x->rank() > r->rank()) return refuse("the result has fewer dimensions");
    for (size_t i = 0; i < x->rank(); ++i) {
      Dim from = x->dims()[i], to = r->dims()[r->rank() - x->rank() + i];
      if (from != Dim::fixed(1) && to == Dim::fixed(1)) {
        return refuse("dimension " + std::to_string(i) + " is " + from.to_string() + " and 1");
      }
    }
    for (Dim dim : r->dims()) {
      if (!dim.is_fixed()) return refuse("the result's dimensions must be fixed");
    }
    return inference().substitute(r);
  }

  const Type* iota() {
    const Type* r = call.types[0];
    if (!r->is_tensor() || r->rank() == 0) return refuse("it makes a tensor, not a scalar");
    for (Dim dim : r->dims()) {
      if (!dim.is_fixed()) return refuse("the result's dimensions must be fixed");
    }
    if (numbers(0) != nullptr) {
      int64_t axis = (*numbers(0))[0];
      if (axis < 0 || axis >= static_cast<int64_t>(r->rank()))
        return refuse("`axis` is " + std::to_string(axis) + ", and this result has none such");
    } else if (r->rank() != 1) {
      return refuse("say along which `axis` it counts");
    }
    return r;
  }

  // append(X, n): one more dimension at the end.
  const Type* append() {
    const auto* n = numbers(0);
    if (n == nullptr || (*n)[0] < 0) return refuse("the new dimension cannot be negative");
    std::vector<Dim> dims = call.types[0]->dims();
    dims.push_back(Dim::fixed((*n)[0]));
    return tensor(call.types[0], std::move(dims));
  }

  // batched(T, size, drop_remainder): a first dimension of at most `size` in every leaf, or of
  // exactly that.
  const Type* batched() {
    const auto* size = numbers(0);
    if (size == nullptr || (*size)[0] < 1) return refuse("a batch has at least one element");
    const bool drop = numbers(1) != nullptr && (*numbers(1))[0] != 0;
    return each_leaf(call.types[0], [&](const Type* leaf) {
      std::vector<Dim> dims = {drop ? Dim::fixed((*size)[0]) : Dim::bounded((*size)[0])};
      dims.insert(dims.end(), leaf->dims().begin(), leaf->dims().end());
      return types().tensor(leaf->element_or_variable(), std::move(dims));
    });
  }

  // shuffled(T, buffer): T, of which a buffer has that many.
  const Type* shuffled() {
    const auto* size = numbers(0);
    if (size == nullptr || (*size)[0] < 1) return refuse("a buffer has at least one element");
    return each_leaf(call.types[0], [&](const Type* leaf) -> const Type* {
      if (leaf->has_unbounded_dims())
        return refuse("memory for the `?` of " + show(leaf) + " needs a bound, as in `?<=32`");
      return leaf;
    });
  }

  const Type* zip() {
    const Type* result = zipped(types(), call.types[0], &inference());
    return result != nullptr ? result : refuse("they are not all at one placement");
  }

  // has_axis(X, axis): a scalar, after checking that the dimension exists.
  const Type* has_axis() {
    const auto* axis = numbers(0);
    int64_t rank = static_cast<int64_t>(call.types[0]->rank());
    if (axis == nullptr || (*axis)[0] < 0 || (*axis)[0] >= rank) {
      return refuse("there is no such dimension");
    }
    return tensor(call.types[0], {});
  }
};

const Type* Checker::shape_call(const ShapeCall& call, Refusal* why) {
  using Method = const Type* (Shapes::*)();
  struct Entry {
    Method method;
    size_t types;
  };
  static const auto* const kTable = new std::map<std::string, Entry>{
      {"append", {&Shapes::append, 1}},
      {"batched", {&Shapes::batched, 1}},
      {"broadcast_to", {&Shapes::broadcast_to, 2}},
      {"choose", {&Shapes::choose, 3}},
      {"convolution", {&Shapes::convolution, 2}},
      {"elementwise", {&Shapes::elementwise, 1}},
      {"keyed", {&Shapes::keyed, 2}},
      {"has_axis", {&Shapes::has_axis, 1}},
      {"iota", {&Shapes::iota, 1}},
      {"pool", {&Shapes::pool, 1}},
      {"iterated", {&Shapes::iterated, 1}},
      {"reduce", {&Shapes::reduce, 1}},
      {"same", {&Shapes::same, 1}},
      {"secure_bits", {&Shapes::secure_bits, 1}},
      {"secure_modular", {&Shapes::secure_modular, 1}},
      {"secure_sum", {&Shapes::secure_sum, 1}},
      {"selected", {&Shapes::selected, 1}},
      {"shuffled", {&Shapes::shuffled, 1}},
      {"transpose", {&Shapes::transpose, 1}},
      {"zip", {&Shapes::zip, 1}},
  };
  auto it = kTable->find(call.name);
  ShapeFunction indexed = index_shape(call.name, call.types.size());
  if (indexed == nullptr) indexed = matrix_shape(call.name, call.types.size());
  if (indexed == nullptr) indexed = join_shape(call.name, call.types.size());
  if (indexed == nullptr) indexed = layer_shape(call.name, call.types.size());
  if (indexed == nullptr && (it == kTable->end() || call.types.size() < it->second.types)) {
    why->text = "there is no shape function `" + call.name + "` of these arguments";
    return nullptr;
  }
  for (const Type* type : call.types) {
    if (!type->is_variable()) continue;
    why->text = "it is not known here what type the operand has";
    return nullptr;
  }
  if (indexed != nullptr) return indexed({*this, call, why});
  Shapes shapes{{*this, call, why}};
  return (shapes.*it->second.method)();
}

}  // namespace fedc::checking
