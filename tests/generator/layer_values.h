// The values that layers are made of (layer_expressions.cpp): bound one after the other, of the few
// sizes of the file; and sums of products of them.
#ifndef FEDC_TESTS_GENERATOR_LAYER_VALUES_H_
#define FEDC_TESTS_GENERATOR_LAYER_VALUES_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/generator/expressions.h"

namespace fedc::generator {

class LayerValues {
 protected:
  using Dims = std::vector<Dim>;
  // Elements of a tensor that is made, at most.
  static constexpr int64_t kMostElements = 6000;
  // Products that the interpreter is asked for, at most, for one contraction.
  static constexpr int64_t kMostProducts = 200000;

  LayerValues(Expressions& in, int depth)
      : in_(in), random_(in.random_), context_(in.context_), depth_(depth) {}

  TyPtr of(const Dims& dims) const { return tensor_type(context_.number, dims); }
  std::string number(const std::string& digits) const { return digits + suffix(context_.number); }
  // One of the file's.
  int64_t size() { return random_.pick(context_.sizes); }

  // Names a value; null of null.
  NodePtr bind(NodePtr value);
  // `result` behind all that was bound; what is in scope is as `scope` was.
  NodePtr close(size_t scope, NodePtr result);
  NodePtr field(const Parameter& of, int i);
  // What is in scope of this rank. Only a first dimension may be unknown.
  std::vector<Named> tensors(size_t rank) const;
  // Late ones are likelier.
  NodePtr pick(const std::vector<Named>& from);
  // A value of a type of known sizes: one that is there, or whose elements are unlike.
  NodePtr value(const TyPtr& type);
  // A tensor of the elements of `from`, of known sizes, in some order, again and again.
  NodePtr spread(const NodePtr& from, const TyPtr& type);
  // What is made of the last values.
  NodePtr summary(const TyPtr& type);
  // Of this type, made of x alone, nearly.
  NodePtr reduced(NodePtr x, const TyPtr& type);

  static Dims with_last(Dims dims, const Dim& last);
  // x times weights of n columns, written in some way; null where that is too much.
  NodePtr product(const NodePtr& x, const Dim& n);
  // Sums of several products of what has as many rows, with a bias; not yet bound.
  NodePtr products(const NodePtr& x, const Dim& n, int terms);
  NodePtr activated(NodePtr x);

  Expressions& in_;
  Random& random_;
  Context& context_;
  const int depth_;
  std::vector<std::pair<std::string, NodePtr>> bound_;
};

int64_t size_of(const std::vector<Dim>& dims);

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_LAYER_VALUES_H_
