// Shape functions of products of matrices and vectors, and of `reshape`.
#include <algorithm>
#include <map>

#include "compiler/check/shape_rule.h"
#include "compiler/check/written.h"

namespace fedc::checking {
namespace {

struct MatrixShapes : ShapeRule {
  // Whether a result of these dimensions is what stands around the call asks for, if that is known.
  bool is_wanted(const std::vector<Dim>& dims) {
    const Type* wanted = expected();
    if (wanted == nullptr || !wanted->is_tensor()) return true;
    bool fits = wanted->rank() == dims.size();
    for (size_t i = 0; fits && i < dims.size(); ++i) {
      const Dim dim = wanted->dims()[i];
      fits = dim.is_variable() || dims[i].is_variable() || meet(dim, dims[i]).has_value();
    }
    return fits;
  }

  // How the two are multiplied after all: the other way round, or with one transposed.
  std::string hint_of_order(const Type* a, const Type* b) {
    const std::string x = written(0), y = written(1);
    const bool matrices = a->rank() == 2 && b->rank() == 2;
    std::vector<std::string> ways;
    const auto add = [&](const std::string& way, const std::vector<Dim>& result) {
      if (is_wanted(result)) ways.push_back(way);
    };
    const std::vector<Dim>&p = a->dims(), &q = b->dims();
    if (matrices && meet(p[0], q[0])) add("transpose(" + x + "), " + y, {p[1], q[1]});
    if (matrices && meet(p[1], q[1])) add(x + ", transpose(" + y + ")", {p[0], q[0]});
    if (b->rank() <= 2 && a->rank() <= 2 && meet(q.back(), p[0])) {
      std::vector<Dim> dims(q.begin(), q.end() - 1);
      dims.insert(dims.end(), p.begin() + 1, p.end());
      add(y + ", " + x, dims);
    }
    std::string hint;
    // Of a layer, whose weights are to be for these vectors.
    if (!name(1).empty()) return matrices ? declared_with(2, 0, p.back().to_string()) : "";
    if (ways.empty()) return "the two are to be equal: along them the products are added";
    for (const std::string& way : ways)
      hint += (hint.empty() ? "write `matmul(" : " or `matmul(") + way + ")`";
    return hint;
  }

  // Both operands, as factors in the place of the call.
  std::string product() { return in_place(written_tight(0) + " * " + written_tight(1)); }

  const Type* matmul() {
    const Type *a = call.types[0], *b = call.types[1];
    if (!inference().unify_elements(a->element_or_variable(), b->element_or_variable())) {
      return refuse("element types differ");
    }
    if (a->rank() < 1 || b->rank() < 1 || (a->rank() == 1 && b->rank() == 1) ||
        (b->rank() > 2 && a->rank() != b->rank()) || (a->rank() > 2 && b->rank() == 1)) {
      const bool vectors = a->rank() == 1 && b->rank() == 1;
      return refuse(vectors
                        ? "two vectors have a `dot`"
                        : "it takes two matrices, a matrix and a vector, or batches of matrices",
                    vectors ? "write `dot(" + written(0) + ", " + written(1) + ")`"
                    : a->rank() == 0 || b->rank() == 0 ? "write `" + product() + "`"
                                                       : "");
    }
    Dim k1 = a->dims().back();
    Dim k2 = b->rank() == 1 ? b->dims()[0] : b->dims()[b->rank() - 2];
    if (!meet(k1, k2)) {
      return refuse("the last dimension of the first is " + k1.to_string() +
                        (b->rank() == 1 ? ", and that of the second is "
                                        : ", and the last but one of the second is ") +
                        k2.to_string(),
                    hint_of_order(a, b));
    }
    std::vector<Dim> dims;
    if (b->rank() > 2) {
      for (size_t i = 0; i + 2 < a->rank(); ++i) {
        auto dim = meet(a->dims()[i], b->dims()[i]);
        if (!dim) {
          return refuse("dimension " + std::to_string(i) + " of the batches is " +
                        a->dims()[i].to_string() + " and " + b->dims()[i].to_string());
        }
        dims.push_back(*dim);
      }
      dims.push_back(a->dims()[a->rank() - 2]);
    } else {
      dims.assign(a->dims().begin(), a->dims().end() - 1);
    }
    if (b->rank() > 1) dims.push_back(b->dims().back());
    return tensor(a, std::move(dims));
  }

  const Type* dot() {
    const Type *a = call.types[0], *b = call.types[1];
    if (a->rank() != 1 || b->rank() != 1) {
      return refuse("it takes two vectors",
                    "the product of matrices is `matmul(" + written(0) + ", " + written(1) +
                        ")`, the sum of the products of all elements `reduce_sum(" + written(0) +
                        " * " + written(1) + ")`");
    }
    if (!inference().unify_elements(a->element_or_variable(), b->element_or_variable())) {
      return refuse("element types differ");
    }
    if (!meet(a->dims()[0], b->dims()[0])) {
      return refuse("their lengths are " + a->dims()[0].to_string() + " and " +
                    b->dims()[0].to_string());
    }
    return tensor(a, {});
  }

  static std::vector<Dim> with_first(std::vector<Dim> dims, int64_t size) {
    dims[0] = Dim::fixed(size);
    return dims;
  }

  static std::string number(__int128 value) { return std::to_string(static_cast<int64_t>(value)); }

  // The result would have another number of elements. `made`: what is asked for; null: no hint.
  const Type* refuse_count(const std::string& has, const std::string& wanted, const Type* made,
                           __int128 count) {
    std::string hint;
    if (made != nullptr && made->rank() == 1) {
      const Type* right =
          types().tensor(made->element_or_variable(), {Dim::fixed(static_cast<int64_t>(count))});
      hint = "write `reshape<" + to_string(inference().with_defaults(right)) + ">(" + written(1) +
             ")`" + also_declared(made, right);
    } else if (made != nullptr) {
      hint = "the dimensions of the result multiply to " + number(count);
    }
    return refuse("there are " + has + " elements, and the result has " + wanted, hint);
  }

  // Rows of the result `r` that the elements cannot fill.
  std::string hint_of_rows(const Type* r, __int128 count) {
    size_t known = 0, at = 0;
    for (size_t i = 0; i < r->rank(); ++i) {
      if (!r->dims()[i].is_fixed()) continue;
      at = i;
      ++known;
    }
    const std::string all =
        "the dimensions that are known multiply to a divisor of " + number(count);
    if (known != 1 || count < 1) return all;
    int64_t size = r->dims()[at].size();
    while (size > 1 && (size > count || count % size != 0) && size < (1 << 20)) --size;
    if (size < 1 || count % size != 0) return all;
    std::vector<Dim> dims = r->dims();
    dims[at] = Dim::fixed(size);
    const Type* right = types().tensor(r->element_or_variable(), std::move(dims));
    return "write `reshape<" + to_string(inference().with_defaults(right)) + ">(" + written(1) +
           ")`, for example: " + r->dims()[at].to_string() + " is no divisor of " + number(count);
  }

  // reshape(R, X): R, where the number of elements can agree. At most one dimension of each may be
  // unknown. What the other type says of its size is the result's, or checked at run time; where
  // neither does, it stays the same.
  const Type* reshape() {
    const Type *r = call.types[0], *x = call.types[1];
    if (!r->is_tensor()) return refuse(show(r) + " is no tensor");
    if (!inference().unify_elements(r->element_or_variable(), x->element_or_variable())) {
      return refuse("element types differ");
    }
    struct Count {
      std::vector<size_t> unknown;  // dimensions
      __int128 known = 1;           // elements of the others
      bool overflow = false;
    };
    const auto count = [](const Type* type) {
      Count result;
      for (size_t i = 0; i < type->dims().size(); ++i) {
        const Dim dim = type->dims()[i];
        if (!dim.is_fixed()) {
          result.unknown.push_back(i);
        } else {
          result.overflow |= __builtin_mul_overflow(result.known, static_cast<__int128>(dim.size()),
                                                    &result.known);
        }
      }
      return result;
    };
    const auto open = [](Dim dim) { return dim.is_variable(); };
    if (std::any_of(r->dims().begin(), r->dims().end(), open) ||
        std::any_of(x->dims().begin(), x->dims().end(), open)) {
      return r;
    }
    const Count to = count(r), from = count(x);
    if (to.overflow || from.overflow) return refuse("they have too many elements");
    if (to.unknown.size() > 1) {
      return refuse("at most one dimension of the result may be unknown",
                    "write numbers for the others");
    }
    if (from.unknown.size() > 1) {
      return refuse("at most one dimension of what is reshaped may be unknown",
                    "give the others a number where it is declared");
    }
    if (to.unknown.empty() && from.unknown.empty()) {
      if (to.known == from.known) return r;
      return refuse_count(number(from.known), number(to.known), r, from.known);
    }
    if (!to.unknown.empty() && !from.unknown.empty()) {
      std::vector<Dim> others = x->dims();
      const size_t at = from.unknown[0];
      if (others.size() == r->dims().size()) others[at] = r->dims()[at];
      const bool same_place = to.unknown[0] == at && others == r->dims();
      const bool lead = at == 0 && to.unknown[0] == 0 && to.known == from.known;
      if (same_place || lead) return r;
      const Type* rows = types().tensor(
          r->element_or_variable(), {x->dims()[at], Dim::fixed(static_cast<int64_t>(from.known))});
      return refuse(
          "an unknown dimension stays the first, and the others have as many elements as "
          "before",
          at != 0 ? ""
          : rows == inference().substitute(x)
              ? "to flatten it, give its first dimension a number where it is declared: " +
                    show(types().tensor(
                        x->element_or_variable(),
                        with_first(x->dims(), x->dims()[0].has_bound() ? x->dims()[0].bound() : 8)))
              : "write " + show(rows) + ", for example");
    }
    // One side says how large the other's unknown dimension is.
    const bool of_result = !to.unknown.empty();
    const Count &with = of_result ? to : from, &without = of_result ? from : to;
    const Dim open_dim = (of_result ? r : x)->dims()[with.unknown[0]];
    const std::string rows = "rows of " + number(with.known) + " elements";
    if (with.known == 0 || without.known % with.known != 0) {
      return refuse((of_result ? number(from.known) + " elements make no whole "
                               : number(to.known) + " elements are no whole ") +
                        rows,
                    of_result
                        ? hint_of_rows(r, from.known)
                        : "the result must have a multiple of " + number(with.known) + " elements");
    }
    const auto size = static_cast<int64_t>(without.known / with.known);
    if (open_dim.has_bound() && size > open_dim.bound()) {
      const std::string bound = number(static_cast<__int128>(open_dim.bound()) * with.known);
      return of_result ? refuse_count(number(from.known), "at most " + bound, r, from.known)
                       : refuse_count("at most " + bound, number(to.known), nullptr, 0);
    }
    if (!of_result) return r;
    std::vector<Dim> dims = r->dims();
    dims[with.unknown[0]] = Dim::fixed(size);
    return tensor(r, std::move(dims));
  }
};

}  // namespace

ShapeFunction matrix_shape(const std::string& name, size_t types) {
  static const auto* const kTable = new std::map<std::string, ShapeFunction>{
      {"dot", shape_function<&MatrixShapes::dot>},
      {"matmul", shape_function<&MatrixShapes::matmul>},
      {"reshape", shape_function<&MatrixShapes::reshape>},
  };
  const auto it = kTable->find(name);
  return it == kTable->end() || types < 2 ? nullptr : it->second;
}

}  // namespace fedc::checking
