// What shape functions have in common: see shapes.cpp. (Inside compiler/check.)
#ifndef FEDC_COMPILER_CHECK_SHAPE_RULE_H_
#define FEDC_COMPILER_CHECK_SHAPE_RULE_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/check/op_call.h"
#include "compiler/check/written.h"

namespace fedc::checking {

// A shape function returns null and says why when the operands do not fit.
struct ShapeRule {
  Checker& checker;
  const ShapeCall& call;
  Refusal* why;

  TypeContext& types() { return *checker.types_; }
  Inference& inference() { return checker.inference_; }

  const Type* refuse(std::string text, std::string hint = "", std::string argument = "") {
    *why = {std::move(text), std::move(hint), std::move(argument)};
    return nullptr;
  }
  // The operation, as the user wrote it.
  const std::string& callee() const { return checker.shape_of_; }
  static std::string counted(size_t count, std::string_view what) {
    return Checker::counted(count, what);
  }
  // The argument that has the type `types[i]`, as it is written.
  std::string written(size_t i) const {
    return i < call.operands.size() ? checker.written(call.operands[i]) : "...";
  }
  // Where in the parameters of the function `types[i]` stands: `layer.weights`; "" of an operation.
  std::string name(size_t i) const { return i < call.names.size() ? call.names[i] : ""; }
  // The same, in parentheses where an operator could take it apart.
  std::string written_tight(size_t i) const {
    return i < call.operands.size() ? checker.written_tight(call.operands[i]) : "...";
  }
  // In the place of the call.
  std::string in_place(const std::string& text) const {
    return standing(checker.sources_, checker.shape_range_, text);
  }
  // What is to be declared for one of the call's arguments, a parameter of the function around it
  // whose type has `count` numbers: `value` in the place of number `index`. "" where there is none.
  std::string declared_with(size_t count, size_t index, const std::string& value) const {
    const std::string text = written_call();
    const size_t open = text.find('(');
    if (open == text.npos || checker.instance_ == nullptr) return "";
    for (const std::string& name : values_in(text.substr(open))) {
      for (const ast::Parameter& parameter : checker.instance_->decl->function()->parameters) {
        if (parameter.name.text != name || parameter.type == nullptr) continue;
        const std::string type =
            with_number(checker.written(parameter.type->range), count, index, value);
        if (!type.empty()) return "declare `" + name + ": " + type + "`";
      }
    }
    return "";
  }
  // Where in a struct a mistake is: "in field 0, ".
  static std::string place(const std::string& path) {
    if (path.empty()) return "";
    const bool number = path.find_first_not_of(".0123456789") == std::string::npos;
    return number && path.rfind('.') == 0 ? "in field " + path.substr(1) + ", "
                                          : "in `" + path.substr(1) + "`, ";
  }

  // The whole call, as it is written.
  std::string written_call() const { return checker.written(checker.shape_range_); }

  // Of a result type `right` in place of `type`: what is to be written besides.
  std::string also_declared(const Type* type, const Type* right) {
    return checker.hint_of_declared(type, right);
  }
  // The type of the result that stands around the call asks for; null: not known.
  const Type* expected() const {
    return checker.op_call_ == nullptr ? nullptr : checker.op_call_->expected;
  }
  // The function around the call; null: not known.
  const Instance* instance() const { return checker.instance_; }
  // Says so where a column and a vector of as many elements make all pairs of them.
  void warn_of_pairs() const { checker.warn_of_pairs(call); }
  // What the function around the call gives; null: not known.
  const Type* result() const {
    return checker.instance_ == nullptr ? nullptr : checker.instance_->result;
  }
  const std::vector<int64_t>* numbers(size_t i) {
    if (i >= call.statics.size() || call.statics[i] == nullptr) return nullptr;
    return std::get_if<std::vector<int64_t>>(call.statics[i]);
  }
  Element element(const Type* tensor) {
    return call.base == nullptr ? tensor->element_or_variable() : call.base->element_or_variable();
  }
  const Type* tensor(const Type* like, std::vector<Dim> dims) {
    return types().tensor(element(like), std::move(dims));
  }
  std::string show(const Type* type) { return checker.show(type); }

  // The type with f of each tensor in it, and null where f gives that.
  const Type* each_leaf(const Type* type, const std::function<const Type*(const Type*)>& f) {
    type = inference().substitute(type);
    if (type->is_tensor()) return f(type);
    if (!type->is_struct()) {
      if (type->is_error()) return type;
      return refuse(show(type) + " is no tensor");
    }
    std::vector<Field> fields;
    for (const Field& field : type->fields()) {
      const Type* leaf = each_leaf(field.type, f);
      if (leaf == nullptr) return nullptr;
      fields.push_back({field.name, leaf});
    }
    return types().structure(std::move(fields));
  }

  // The size that two dimensions have where they must be equal, checked at run time if need be.
  std::optional<Dim> meet(Dim a, Dim b) {
    if (a.is_fixed() && b.is_fixed()) return a == b ? std::optional<Dim>(a) : std::nullopt;
    if (a.is_fixed() || b.is_fixed()) {
      Dim fixed = a.is_fixed() ? a : b, open = a.is_fixed() ? b : a;
      if (open.has_bound() && open.bound() < fixed.size()) return std::nullopt;
      return fixed;
    }
    if (!a.has_bound()) return b;
    if (!b.has_bound()) return a;
    return a.bound() <= b.bound() ? a : b;
  }
};

// The shape functions of index_shapes.cpp: those of elements at computed places, of dimensions that
// come and go, and of whole structs. Null where there is none of this name for so many types.
using ShapeFunction = const Type* (*)(const ShapeRule&);
ShapeFunction index_shape(const std::string& name, size_t types);
// Those of matrix_shapes.cpp: products of matrices and vectors, and `reshape`.
ShapeFunction matrix_shape(const std::string& name, size_t types);
// Those of layer_shapes.cpp: what layers and losses take.
ShapeFunction layer_shape(const std::string& name, size_t types);
// Those of join_shapes.cpp: parts of tensors, and tensors that are joined.
ShapeFunction join_shape(const std::string& name, size_t types);

// A shape function that is a method of a set of rules, which has what is a ShapeRule.
template <auto method>
inline constexpr auto shape_function = []<typename Rules>(const Type* (Rules::*)()) {
  return +[](const ShapeRule& rule) -> const Type* {
    Rules rules{rule};
    return (rules.*method)();
  };
}(method);

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_SHAPE_RULE_H_
