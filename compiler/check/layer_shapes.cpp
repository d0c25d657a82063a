// Shape functions of tensors that are filled, and of the library's layers and losses: with them
// signatures say what fits, so that a mistake is told where a layer is called, not inside of it.
#include <map>

#include "compiler/check/shape_rule.h"

namespace fedc::checking {
namespace {

struct LayerShapes : ShapeRule {
  const Type* refuse_whole(std::string text, std::string hint, size_t operand) {
    refuse(std::move(text), std::move(hint), name(operand));
    why->whole = true;
    return nullptr;
  }
  std::string shown(const Type* like, std::vector<Dim> dims) {
    return show(types().tensor(like->element_or_variable(), std::move(dims)));
  }

  // labelled(L, I): L without its last dimension, that of the classes. There is a label for each
  // row of them.
  const Type* labelled() {
    const Type *scores = call.types[0], *labels = call.types[1];
    if (scores->rank() == 0) return refuse("a dimension of classes comes last");
    const std::vector<Dim> rows(scores->dims().begin(), scores->dims().end() - 1);
    const std::string classes = scores->dims().back().to_string();
    bool fits = labels->rank() == rows.size();
    for (size_t i = 0; fits && i < rows.size(); ++i) {
      fits = meet(rows[i], labels->dims()[i]).has_value();
    }
    if (fits) return types().tensor(scores->element_or_variable(), rows);
    const std::string text = written(1);
    std::string hint;
    if (labels->rank() == rows.size() + 1) {
      const Dim last = labels->dims().back();
      const std::string at = std::to_string(rows.size());
      if (last == Dim::fixed(1)) {
        hint =
            "write `squeeze(" + text + ", " + at + ")`, which is without the dimension of size 1";
      } else if (last == scores->dims().back()) {
        hint = "write `argmax(" + text + ", axis=" + at + ")` where a 1 marks the class";
      }
    }
    return refuse_whole(
        "`" + name(1) + "` of `" + callee() + "` is " + show(labels) + ": of `" + name(0) + "`, " +
            show(scores) +
            (rows.empty() ? ", there is one label"
                          : ", there is a label for each row of " + classes + " classes") +
            ", " + shown(labels, rows),
        hint, 1);
  }

  // gated(X, W, H, U): H, the state of a cell that takes x times W, from the state times U.
  const Type* gated() {
    const Type *x = call.types[0], *input = call.types[1], *state = call.types[2],
               *before = call.types[3];
    const size_t rank = state->rank();
    if (x->rank() == 0 || rank == 0 || input->rank() != 2 || before->rank() != 2)
      return refuse("it takes vectors, or batches of them, and matrices of weights");
    if (!meet(x->dims().back(), input->dims()[0])) {
      return refuse_whole("`" + name(0) + "` of `" + callee() + "` is " + show(x) + ": `" +
                              name(1) + "`, " + show(input) + ", takes vectors of " +
                              input->dims()[0].to_string() + " elements",
                          declared_with(2, 0, x->dims().back().to_string()), 0);
    }
    // One state for each x; an x for all states is repeated.
    std::vector<Dim> wanted(x->dims().begin(), x->dims().end() - 1);
    wanted.push_back(input->dims()[1]);
    bool fits = wanted.size() <= rank && meet(state->dims().back(), before->dims()[0]).has_value();
    for (size_t i = 1; fits && i <= wanted.size(); ++i) {
      const Dim one = wanted[wanted.size() - i], other = state->dims()[rank - i];
      fits = one == Dim::fixed(1) || (other != Dim::fixed(1) && meet(one, other).has_value());
    }
    if (fits) return state;
    const bool batch =
        wanted.size() == 2 && rank == 1 && meet(state->dims()[0], wanted[1]).has_value();
    return refuse_whole(
        "`" + name(2) + "` of `" + callee() + "` is " + show(state) + ": of `" + name(0) + "`, " +
            show(x) + ", the state is " + shown(state, wanted),
        batch
            ? "a batch has a state for each row: begin with `repeat_rows(state, x)` where `state` "
              "is that of one and `x` has as many rows"
            : "",
        2);
  }

  // Where in a parameter of the function around the call a tensor has such a first dimension:
  // `batch.x`; "" where none has.
  std::string with_rows(Dim rows) {
    const std::function<std::string(const Type*)> find = [&](const Type* type) -> std::string {
      type = inference().substitute(type);
      if (type->is_tensor()) return type->rank() > 0 && type->dims()[0] == rows ? " " : "";  // here
      for (size_t i = 0; type->is_struct() && i < type->fields().size(); ++i) {
        const Field& field = type->fields()[i];
        std::string inside = find(field.type);
        if (inside.empty()) continue;
        return "." + (field.name.empty() ? std::to_string(i) : field.name) + inside;
      }
      return "";
    };
    const Instance* around = instance();
    for (size_t i = 0; around != nullptr && i < around->param_types.size(); ++i) {
      if (around->param_types[i] == nullptr) continue;
      std::string found = find(around->param_types[i]);
      if (found.empty()) continue;
      found.pop_back();
      return around->decl->function()->parameters[i].name.text + found;
    }
    return "";
  }

  // filled(T, E): T, whose dimensions are known, of elements E where that is given.
  const Type* filled() {
    return each_leaf(call.types[0], [&](const Type* leaf) -> const Type* {
      for (size_t i = 0; i < leaf->rank(); ++i) {
        const Dim dim = leaf->dims()[i];
        if (dim.is_fixed()) continue;
        const bool alone = leaf == inference().substitute(call.types[0]) && i == 0;
        std::string hint;
        if (alone && leaf->rank() > 0) {
          const std::vector<Dim> row(leaf->dims().begin() + 1, leaf->dims().end());
          const std::string one = to_string(types().tensor(leaf->element_or_variable(), row));
          const std::string text = written_call(), x = with_rows(dim);
          const size_t behind = text.rfind(">(");
          hint = "write `repeat_rows(" + callee() + "<" + one + ">" +
                 (behind == text.npos ? "(...)" : text.substr(behind + 1)) + ", " +
                 (x.empty() ? "x)`, where `x` is a tensor with as many rows" : x + ")`");
        }
        return refuse("dimension " + std::to_string(i) + " is not known: how large should it be?",
                      hint);
      }
      if (call.types.size() > 1 &&
          !inference().unify_elements(leaf->element_or_variable(),
                                      call.types[1]->element_or_variable())) {
        return refuse("element types differ");
      }
      return leaf;
    });
  }

  // in_rows(T, X): each tensor of T with a dimension more in front, the first of X.
  const Type* in_rows() {
    const Type* x = call.types[1];
    if (x->rank() == 0) {
      return refuse("a scalar has no rows", "write `" + written(0) + "` alone");
    }
    return each_leaf(call.types[0], [&](const Type* leaf) -> const Type* {
      if (leaf->rank() == 8) return refuse("a tensor has at most 8 dimensions");
      std::vector<Dim> dims = leaf->dims();
      dims.insert(dims.begin(), x->dims()[0]);
      return types().tensor(leaf->element_or_variable(), std::move(dims));
    });
  }
};

}  // namespace

ShapeFunction layer_shape(const std::string& name, size_t types) {
  struct Entry {
    ShapeFunction function;
    size_t types;
  };
  static const auto* const kTable = new std::map<std::string, Entry>{
      {"filled", {shape_function<&LayerShapes::filled>, 1}},
      {"gated", {shape_function<&LayerShapes::gated>, 4}},
      {"in_rows", {shape_function<&LayerShapes::in_rows>, 2}},
      {"labelled", {shape_function<&LayerShapes::labelled>, 2}},
  };
  const auto it = kTable->find(name);
  return it == kTable->end() || types < it->second.types ? nullptr : it->second.function;
}

}  // namespace fedc::checking
